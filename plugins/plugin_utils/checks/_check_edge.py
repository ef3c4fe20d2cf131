# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Records, listeners and distributions that say too little, too much, or what does not go together. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

from ansible_collections.stratum.aws.plugins.plugin_utils.checks._findings import Finding, entries

_TARGETS: Final = ("value", "compose_host", "alias_dns_name", "alias_load_balancer", "alias_distribution")
_ROUTING: Final = ("weight", "failover", "routing_region", "geo_location")
_ACTIONS: Final = ("target_group", "forward", "redirect", "fixed_response")
_CONDITIONS: Final = ("hosts", "paths", "methods", "source_ips", "headers")
_ORIGINS: Final = ("bucket", "load_balancer", "api", "domain_name")
_PROTOCOLS: Final = {"application": ("HTTP", "HTTPS"), "network": ("TCP", "TLS", "UDP", "TCP_UDP")}
_HTTPS_PORT: Final = 443
_LOG_PREFIX: Final = "aws-waf-logs-"


def check(values: Mapping[str, Any], region: str) -> Iterator[Finding]:
    """Yield what AWS, or the layer itself, would refuse only after other resources have been made."""
    yield from _records(values)
    yield from _load_balancers(values)
    yield from _rules(values)
    yield from _distributions(values, region)
    for acl in entries(values, "edge_web_acls"):
        name = (acl.get("log") or {}).get("name")
        if name and not str(name).startswith(_LOG_PREFIX):
            yield Finding("edge_web_acls", f"the log group {name} of {acl.get('name')} does not begin with {_LOG_PREFIX}", "Rename it")


def _given(entry: Mapping[str, Any], keys: tuple[str, ...]) -> list[str]:
    return [key for key in keys if entry.get(key) is not None and entry.get(key) != []]


def _one(variable: str, who: str, entry: Mapping[str, Any], keys: tuple[str, ...]) -> Iterator[Finding]:
    given = _given(entry, keys)
    if len(given) != 1:
        has = " and ".join(given) if given else f"none of {', '.join(keys)}"
        yield Finding(variable, f"{who} has {has}", f"Give it one of {', '.join(keys)}")


def _records(values: Mapping[str, Any]) -> Iterator[Finding]:
    variable = "edge_records"
    private = {zone.get("domain") for zone in entries(values, "edge_zones") if zone.get("private")}
    public = {zone.get("domain") for zone in entries(values, "edge_zones") if not zone.get("private")}
    public |= {*(values.get("edge_existing_zones") or {})}
    seen: Counter[tuple[str, ...]] = Counter()
    for record in entries(values, variable):
        zone, kind = str(record.get("zone") or ""), str(record.get("type") or "A")
        name = str(record.get("name") or zone)
        who = f"the record {name} {kind}"
        yield from _one(variable, who, record, _TARGETS)
        if record.get("alias_dns_name") and not record.get("alias_zone_id"):
            yield Finding(variable, f"{who} has alias_dns_name without alias_zone_id", "Give the hosted zone id of what it is an alias of")
        if not f".{name}".rstrip(".").lower().endswith(f".{zone.lower()}"):
            yield Finding(variable, f"{who} lies outside its zone {zone}", "Write the whole name, or choose the zone that it is in")
        if kind == "CNAME" and name.rstrip(".").lower() == zone.lower():
            yield Finding(variable, f"{who} has the name of the zone itself, where DNS allows no CNAME", "Use an alias, or type A")
        if "edge_zones" in values and zone in private | public and zone not in (private if record.get("private") else public):
            which, cure = ("private", "Leave private out") if record.get("private") else ("public", "Set private")
            yield Finding(variable, f"{who} is to be in the {which} zone {zone}, and there is no such zone", f"{cure}, or make the zone")
        routed = _given(record, _ROUTING)
        if routed and not record.get("identifier"):
            yield Finding(variable, f"{who} has {routed[0]} without identifier", "Give each record of the name an identifier of its own")
        seen[(zone, str(bool(record.get("private"))), name.lower(), kind, str(record.get("identifier") or ""))] += 1
    for (_zone, _private, name, kind, identifier), count in seen.items():
        if count > 1:
            told = f" with the identifier {identifier}" if identifier else ""
            yield Finding(variable, f"the record {name} {kind}{told} is given twice", "Merge the values, or give each an identifier")


def _load_balancers(values: Mapping[str, Any]) -> Iterator[Finding]:
    variable = "edge_load_balancers"
    for balancer in entries(values, variable):
        name, kind = balancer.get("name"), str(balancer.get("type") or "application")
        yield from _scope(values, variable, balancer, "REGIONAL")
        ports: Counter[int] = Counter()
        for listener in entries(balancer, "listeners"):
            protocol, port = str(listener.get("protocol") or "HTTPS"), int(listener.get("port") or 0)
            who = f"the listener {port} of {name}"
            ports[port] += 1
            yield from _one(variable, who, listener, _ACTIONS)
            if protocol not in _PROTOCOLS.get(kind, (protocol,)):
                yield Finding(variable, f"{who} speaks {protocol}, and a load balancer of type {kind} does not", _choose(_PROTOCOLS[kind]))
            if protocol in ("HTTPS", "TLS") and not listener.get("certificates"):
                yield Finding(variable, f"{who} speaks {protocol} without certificates", "Name certificates of edge_certificates")
        for port in (port for port, count in ports.items() if count > 1):
            yield Finding(variable, f"{name} has two listeners at port {port}", "Give each a port of its own")


def _choose(protocols: tuple[str, ...]) -> str:
    return f"Choose {' or '.join(protocols)}, or another type"


def _rules(values: Mapping[str, Any]) -> Iterator[Finding]:
    variable = "edge_listener_rules"
    listening = {
        (str(balancer.get("name")), int(listener.get("port") or 0))
        for balancer in entries(values, "edge_load_balancers")
        for listener in entries(balancer, "listeners")
    }
    known = {name for name, _port in listening}
    seen: Counter[tuple[str, int, Any]] = Counter()
    for rule in entries(values, variable):
        balancer, port = str(rule.get("load_balancer")), int(rule.get("port") or _HTTPS_PORT)
        who = f"rule {rule.get('priority')} of {balancer}:{port}"
        seen[(balancer, port, rule.get("priority"))] += 1
        yield from _one(variable, who, rule, _ACTIONS)
        if not any(rule.get(key) for key in _CONDITIONS):
            yield Finding(variable, f"{who} has no condition", f"Give it one or more of {', '.join(_CONDITIONS)}")
        if balancer in known and (balancer, port) not in listening:
            yield Finding(variable, f"{who} belongs to no listener", f"Make {balancer} listen at {port}, or correct port")
    for (balancer, port, priority), count in seen.items():
        if count > 1:
            yield Finding(variable, f"{balancer}:{port} has two rules of priority {priority}", "Give each a priority of its own")


def _distributions(values: Mapping[str, Any], region: str) -> Iterator[Finding]:
    variable = "edge_distributions"
    regions = {entry.get("name") or entry.get("domain"): entry.get("region") or region for entry in entries(values, "edge_certificates")}
    for item in entries(values, variable):
        name, certificate = item.get("name"), item.get("certificate")
        yield from _scope(values, variable, item, "CLOUDFRONT")
        if item.get("aliases") and not certificate:
            yield Finding(variable, f"{name} has aliases without a certificate", "Name one of edge_certificates in us-east-1")
        if regions.get(certificate, "us-east-1") != "us-east-1":
            yield Finding(
                variable,
                f"the certificate {certificate} of {name} is in {regions[certificate]}, and CloudFront looks in us-east-1 only",
                "Set its region to us-east-1",
            )
        origins = [*entries(item, "origins")]
        for origin in origins:
            yield from _one(variable, f"the origin {origin.get('id')} of {name}", origin, _ORIGINS)
        ids = {origin.get("id") for origin in origins}
        for behavior in (*entries(item, "default_behavior"), *entries(item, "behaviors")):
            if behavior.get("origin") not in ids:
                where = behavior.get("path") or "everything else"
                known = ", ".join(sorted(map(str, ids)))
                yield Finding(
                    variable, f"{name} sends {where} to the origin {behavior.get('origin')}, which it does not have", f"Choose {known}"
                )


def _scope(values: Mapping[str, Any], variable: str, entry: Mapping[str, Any], wanted: str) -> Iterator[Finding]:
    scopes = {acl.get("name"): acl.get("scope") or "REGIONAL" for acl in entries(values, "edge_web_acls")}
    acl = entry.get("web_acl")
    if acl in scopes and scopes[acl] != wanted:
        yield Finding(
            variable, f"{entry.get('name')} names the web ACL {acl}, whose scope is {scopes[acl]}", f"Name one whose scope is {wanted}"
        )
