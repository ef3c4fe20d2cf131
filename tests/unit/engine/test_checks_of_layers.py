# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What preflight finds in the variables of the layers edge, data tier, storage and security: each fault by one sentence with its cure."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

import pytest
import yaml
from ansible_collections.stratum.aws.plugins.plugin_utils.checks import (
    _check_data,
    _check_edge,
    _check_names,
    _check_references,
    _check_security,
    _preflight,
)
from ansible_collections.stratum.aws.plugins.plugin_utils.checks._findings import Finding
from ansible_collections.stratum.aws.plugins.plugin_utils.checks._problems import Place

from tests.playbooks import ROOT

REGION = "ca-central-1"
LISTENER: dict[str, Any] = {"port": 443, "protocol": "HTTPS", "certificates": ["example.com"], "target_group": "web"}
EDGE: dict[str, Any] = {
    "edge_zones": [{"domain": "example.com"}, {"domain": "example.internal", "private": True}],
    "edge_existing_zones": {"example.org": "Z1"},
    "edge_certificates": [
        {"domain": "example.com", "zone": "example.com"},
        {"name": "pages", "domain": "cdn.example.com", "zone": "example.com", "region": "us-east-1"},
    ],
    "edge_health_checks": [{"name": "primary"}],
    "edge_target_groups": [{"name": "web"}],
    "edge_web_acls": [{"name": "regional"}, {"name": "global", "scope": "CLOUDFRONT", "log": {"retention_days": 7}}],
    "edge_origin_access_controls": [{"name": "web"}],
    "edge_load_balancers": [{"name": "web", "security_groups": ["lb"], "web_acl": "regional", "listeners": [LISTENER]}],
    "edge_listener_rules": [{"load_balancer": "web", "priority": 1, "hosts": ["a.example.com"], "target_group": "web"}],
    "edge_distributions": [
        {
            "name": "pages",
            "aliases": ["cdn.example.com"],
            "certificate": "pages",
            "web_acl": "global",
            "origins": [{"id": "web", "bucket": "shop-web", "origin_access_control": "web"}],
            "default_behavior": {"origin": "web"},
            "behaviors": [{"path": "/a", "origin": "web"}],
        }
    ],
    "edge_records": [
        {"zone": "example.com", "value": ["192.0.2.1"]},
        {"zone": "example.com", "name": "www.example.com.", "type": "CNAME", "value": ["example.com"]},
        {"zone": "example.com", "name": "cdn.example.com", "alias_distribution": "pages"},
        {"zone": "example.com", "name": "a.example.com", "identifier": "one", "weight": 1, "value": ["192.0.2.1"]},
        {"zone": "example.com", "name": "a.example.com", "identifier": "two", "weight": 1, "value": ["192.0.2.2"]},
        {"zone": "example.internal", "private": True, "value": ["10.0.0.1"]},
        {"zone": "example.org", "value": ["192.0.2.1"]},
    ],
    "security_groups": [{"name": "lb", "ingress": [{"ports": [443, "8000-8080"], "cidrs": ["0.0.0.0/0"], "ipv6_cidrs": ["::/0"]}]}],
    "storage_buckets": [{"name": "shop-web"}],
}


def said(findings: Iterable[Finding]) -> list[str]:
    return [f"{finding.variable}: {finding.message}. {finding.cure}" for finding in findings]


def everything(values: dict[str, Any]) -> list[str]:
    checks = (_check_references, _check_security, _check_data, _check_names)
    return [*said(_check_edge.check(values, REGION)), *(each for check in checks for each in said(check.check(values)))]


def only(values: dict[str, Any]) -> str:
    found = everything(values)
    assert len(found) == 1, found
    return found[0]


def test_a_good_edge_passes() -> None:
    assert everything(EDGE) == []


def changed(variable: str, place: int, **changes: Any) -> dict[str, Any]:
    entries = [dict(entry) for entry in EDGE[variable]]
    entries[place].update(changes)
    return {**EDGE, variable: entries}


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (changed("edge_records", 0, zone="exmaple.com", name="a.exmaple.com"), "names the zone exmaple.com, which is none"),
        (changed("edge_records", 0, health_check="secondary"), "names the health check secondary, which is none of the stack's"),
        (
            changed("edge_records", 2, alias_distribution="page"),
            'names the distribution page, which is none of the stack\'s. Did you mean "pages"?',
        ),
        (changed("edge_records", 0, value=None), "has none of value, compose_host, alias_dns_name"),
        (changed("edge_records", 0, compose_host="web"), "has value and compose_host. Give it one of"),
        (changed("edge_records", 0, value=None, alias_dns_name="x.example.net"), "alias_dns_name without alias_zone_id"),
        (changed("edge_records", 0, name="www.example.net"), "the record www.example.net A lies outside its zone example.com"),
        (changed("edge_records", 0, name="notexample.com"), "lies outside its zone"),
        (changed("edge_records", 1, name=None), "has the name of the zone itself, where DNS allows no CNAME"),
        (
            changed("edge_records", 0, private=True),
            "is to be in the private zone example.com, and there is no such zone. Leave private out",
        ),
        (changed("edge_records", 5, private=False), "is to be in the public zone example.internal, and there is no such zone. Set private"),
        (changed("edge_records", 0, weight=1), "has weight without identifier"),
        (changed("edge_records", 4, identifier="one"), "the record a.example.com A with the identifier one is given twice"),
        (changed("edge_certificates", 0, zone="example.net"), "names the public zone example.net, which is none"),
        (
            changed("edge_load_balancers", 0, security_groups=["lbs"]),
            'names the security group lbs, which is none of the stack\'s. Did you mean "lb"?',
        ),
        (changed("edge_load_balancers", 0, web_acl="global"), "names the web ACL global, whose scope is CLOUDFRONT"),
        ({"edge_load_balancers": [{"name": "w" * 33}]}, "has 33 characters"),
        (changed("edge_load_balancers", 0, listeners=[{**LISTENER, "certificates": None}]), "speaks HTTPS without certificates"),
        (changed("edge_load_balancers", 0, listeners=[{**LISTENER, "certificates": ["b"]}]), "names the certificate b, which is none"),
        (changed("edge_load_balancers", 0, listeners=[{**LISTENER, "target_group": "api"}]), "names the target group api, which is none"),
        (changed("edge_load_balancers", 0, listeners=[{**LISTENER, "target_group": None}]), "the listener 443 of web has none of"),
        (
            changed("edge_load_balancers", 0, listeners=[{**LISTENER, "protocol": "TCP"}]),
            "speaks TCP, and a load balancer of type application does not",
        ),
        (changed("edge_load_balancers", 0, listeners=[LISTENER, LISTENER]), "web has two listeners at port 443"),
        (changed("edge_listener_rules", 0, port=8443), "rule 1 of web:8443 belongs to no listener"),
        (changed("edge_listener_rules", 0, hosts=None), "rule 1 of web:443 has no condition"),
        (changed("edge_listener_rules", 0, redirect={"port": "1"}), "has target_group and redirect"),
        ({**EDGE, "edge_listener_rules": EDGE["edge_listener_rules"] * 2}, "web:443 has two rules of priority 1"),
        (changed("edge_distributions", 0, certificate="example.com"), "is in ca-central-1, and CloudFront looks in us-east-1 only"),
        (changed("edge_distributions", 0, certificate=None), "pages has aliases without a certificate"),
        (changed("edge_distributions", 0, web_acl="regional"), "whose scope is REGIONAL"),
        (
            changed("edge_distributions", 0, default_behavior={"origin": "api"}),
            "sends everything else to the origin api, which it does not have",
        ),
        (
            changed("edge_distributions", 0, origins=[{"id": "web", "bucket": "shop"}]),
            "names the bucket shop, which is none of the stack's. Did you",
        ),
        (changed("edge_distributions", 0, origins=[{"id": "web"}]), "the origin web of pages has none of bucket, load_balancer"),
        (changed("edge_web_acls", 1, log={"name": "waf"}), "the log group waf of global does not begin with aws-waf-logs-"),
        ({**EDGE, "edge_porkbun_domains": [{"domain": "example.com", "zone": "example.net"}]}, "names the public zone example.net"),
    ],
)
def test_an_edge_that_does_not_fit_together(values: dict[str, Any], words: str) -> None:
    assert words in only(values)


def test_what_another_stack_makes_may_be_named() -> None:
    values = {key: value for key, value in EDGE.items() if key not in ("security_groups", "storage_buckets")}
    assert everything(values) == []


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"security_groups": [{"name": "a", "ingress": [{"groups": ["self", "sg-1", "b"]}]}]}, "a rule of a names the security group b"),
        ({"security_groups": [{"name": "a", "egress": [{"cidrs": ["10.0.0.1/16"]}]}]}, "a rule of a has 10.0.0.1/16 among its cidrs"),
        ({"security_default_egress": [{"ports": ["80-"]}]}, "a rule has the ports 80-. Write a port such as 443"),
        ({"security_groups": [{"name": "a", "ingress": [{"ports": ["90-80"]}]}]}, "has the ports 90-80"),
        ({"security_groups": [{"name": "a", "ingress": [{"ports": [65536]}]}]}, "has the ports 65536"),
        ({"security_kms_keys": [{"alias": "alias/a"}]}, 'the alias "alias/a" has characters that AWS refuses'),
        ({"security_kms_keys": [{"alias": "a", "deletion_window_days": 6}]}, "a has the deletion_window_days 6. AWS takes 7 to 30"),
        ({"security_kms_deletion_window": 31}, "security_kms_deletion_window: it is 31. AWS takes 7 to 30"),
        ({"security_secrets": [{"name": "a", "recovery_window": 1}]}, "a has the recovery_window 1. AWS takes 7 to 30, or 0"),
        ({"security_secrets": [{"name": "a", "kms_key": "k"}], "security_kms_keys": []}, "a names the KMS key k"),
        ({"security_secrets": [{"name": "a"}], "security_key_pairs": [{"name": "a"}]}, "the secret a is one of security_secrets too"),
        ({"security_iam_roles": [{"name": "a"}]}, "nobody may assume a. Give it services or principals or trust_policy"),
        ({"security_iam_roles": [{"name": "a", "services": ["s"], "max_session_duration": 60}]}, "AWS takes 3600 to 43200"),
        ({"security_access_keys": [{"name": "a", "user": "a"}]}, "the user of a may do nothing"),
        ({"security_key_pairs": [{"name": "a"}], "security_rotate_key_pairs": ["b"]}, "b is none of security_key_pairs"),
        ({"security_parameters": [{"name": "/a"}]}, "/a needs value or value_from, and not both"),
        ({"security_parameters": [{"name": "/a", "value_from": {"vpc_id": "a", "key_arn": "a"}}]}, "has 2 kinds"),
        ({"security_parameters": [{"name": "/a", "value": "", "kms_key": "k", "type": "String"}]}, "has a kms_key, and is not encrypted"),
        ({"security_parameters": [{"name": "/aws/a", "value": ""}]}, "has characters that AWS refuses"),
    ],
)
def test_a_security_layer_that_aws_refuses(values: dict[str, Any], words: str) -> None:
    assert words in only(values)


def table(**changes: Any) -> dict[str, Any]:
    return {"data_tier_tables": [{"name": "audit", "hash_key": {"name": "id"}, **changes}]}


def search(**changes: Any) -> dict[str, Any]:
    return {"data_tier_search_domains": [{"name": "search", "security_groups": ["a"], **changes}], "network_database_subnets": [{}, {}]}


def bucket(**changes: Any) -> dict[str, Any]:
    return {"storage_buckets": [{"name": "shop-files", **changes}]}


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (
            {"data_tier_database_subnet_groups": [{"name": "a"}], "network_database_subnets": [{}]},
            "a needs 2 subnets, one in each zone, and",
        ),
        (
            {"data_tier_cache_subnet_groups": [{"name": "a"}], "network_private_subnets": []},
            "a needs 1 subnet, and network_private_subnets has 0",
        ),
        ({"storage_file_systems": [{"name": "a", "subnet_tier": "public"}], "network_public_subnets": []}, "network_public_subnets has 0"),
        ({"data_tier_databases": [{"identifier": "a", "security_groups": ["b"]}], "security_groups": []}, "a names the security group b"),
        ({"data_tier_databases": [{"identifier": "a", "monitoring_role": "b"}], "security_iam_roles": []}, "a names the IAM role b"),
        (
            {"data_tier_databases": [{"identifier": "a", "rotation": {"function": "b"}}], "data_tier_rotation_functions": []},
            "the rotation function b",
        ),
        (
            {"data_tier_databases": [], "data_tier_backup_replications": [{"database": "a", "region": "r"}]},
            "a names the database a, which is none",
        ),
        ({"data_tier_caches": [{"replication_group_id": "a", "automatic_failover": True}]}, "a is to fail over, and has a single node"),
        ({"data_tier_caches": [{"replication_group_id": "a", "multi_az": True}]}, "a has multi_az without automatic_failover"),
        (table(billing_mode="provisioned"), "audit is provisioned without capacities"),
        (table(encryption="customer"), "needs both encryption customer and kms_key"),
        (table(local_indexes=[{"name": "i"}]), "audit has local indexes without a range key"),
        (table(global_indexes=[{"name": "i", "projection": "include"}]), "the index i of audit needs both projection include and include"),
        (table(name="a"), 'the table name "a" has 1 characters'),
        (search(availability_zones=3, instance_count=3), "search needs 3 subnets, one in each zone, and network_database_subnets has 2"),
        (search(availability_zones=2), "search has fewer nodes (1) than zones (2)"),
        (search(automated_snapshot_hour=24), "search has the automated_snapshot_hour 24"),
        (search(name="Search"), 'the search domain name "Search" has characters that AWS refuses'),
        (bucket(kms_key="k", kms_key_arn="arn"), "shop-files has kms_key and kms_key_arn"),
        ({**bucket(kms_key="k"), "security_kms_keys": [{"alias": "key"}]}, "shop-files names the KMS key k"),
        (bucket(object_lock={"mode": "GOVERNANCE", "days": 1, "years": 1}), "is locked for days and for years"),
        (bucket(object_lock={"mode": "GOVERNANCE"}), "with a mode or a time, and not both"),
        (bucket(object_lock={}, versioning=False), "has an object_lock without versioning"),
        (
            bucket(versioning=False, replication={"rules": [{"id": "r", "destination_bucket": "b"}]}),
            "the rule r of shop-files needs old versions",
        ),
        (bucket(intelligent_tiering=[{"id": "t", "archive_days": 30}]), "shop-files has the archive_days 30. AWS takes 90 to 730 days"),
        (bucket(intelligent_tiering=[{"id": "t"}]), "the tiering t of shop-files archives nothing"),
        ({**bucket(), "storage_bucket_policies": {"shop-file": []}}, "it has statements for shop-file, which is no bucket of the stack"),
        ({**bucket(distributions=["pages"]), "edge_distributions": []}, "shop-files names the distribution pages"),
    ],
)
def test_a_data_tier_or_storage_that_aws_refuses(values: dict[str, Any], words: str) -> None:
    assert words in only(values)


def test_good_data_and_security_pass() -> None:
    assert everything(table(encryption="customer", kms_key="k", range_key={"name": "t"}, local_indexes=[{"name": "i"}])) == []
    assert everything(search(availability_zones=2, instance_count=2, automated_snapshot_hour=0)) == []
    assert everything(bucket(object_lock={}, intelligent_tiering=[{"id": "t", "archive_days": 90}])) == []
    assert everything({"security_parameters": [{"name": "/a/b", "value": ""}], "security_secret_recovery_window": 0}) == []


def test_a_problem_says_where_its_variable_is_written() -> None:
    (found,) = _preflight.unfit(changed("edge_records", 0, weight=1), REGION, (), lambda name: Place(f"inventories/prod/{name}.yml", 3))
    assert str(found) == (
        "inventories/prod/edge_records.yml:3: edge_records: the record example.com A has weight without identifier."
        " Give each record of the name an identifier of its own."
    )


@pytest.mark.parametrize("row", _check_references._REFERENCES, ids=lambda row: f"{row[0]}.{row[1]}")
def test_each_reference_is_of_an_option_to_an_option(row: tuple[str, str, tuple[Any, ...]]) -> None:
    """A misspelt row would never find anything."""
    variable, path, (_kind, *sources) = row
    for name, keys in [(variable, path.split(".")), *((source, [key]) for source, *all_keys in sources for key in all_keys if key)]:
        spec = _options()[name]
        for key in keys:
            spec = spec["options"][key]
        assert spec["type"] in ("str", "list")


@cache
def _options() -> dict[str, dict[str, Any]]:
    """Return the specifications of all variables that references are about."""
    found: dict[str, dict[str, Any]] = {}
    for role in ("data_tier", "edge", "security", "storage"):
        text = (ROOT / "roles" / role / "meta" / "argument_specs.yml").read_text(encoding="utf-8")
        found |= yaml.safe_load(text)["argument_specs"]["main"]["options"]
    return found
