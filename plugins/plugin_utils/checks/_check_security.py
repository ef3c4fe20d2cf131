# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules, roles, secrets and parameters that AWS would refuse. Pure."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from ansible_collections.stratum.aws.plugins.plugin_utils.checks._findings import Finding, entries

_SECRETS: Final = ("security_secrets", "security_key_pairs", "security_access_keys", "security_external_secrets")
_TRUSTED: Final = ("services", "principals", "trust_policy")
_PORTS: Final = re.compile(r"\d+(-\d+)?")
_LIMITS: Final = (
    # variable, option (or none for the variable itself), the least and the most, whether 0 is taken too
    ("security_iam_roles", "max_session_duration", 3600, 43200, False),
    ("security_key_pairs", "keep_previous", 0, 10, False),
    ("security_kms_deletion_window", "", 7, 30, False),
    ("security_kms_keys", "deletion_window_days", 7, 30, False),
    ("security_secret_recovery_window", "", 7, 30, True),
    ("security_secrets", "length", 4, 4096, False),
    *((variable, "recovery_window", 7, 30, True) for variable in _SECRETS),
)


def check(values: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield what AWS would refuse only after other resources have been made."""
    yield from _limits(values)
    for group in entries(values, "security_groups"):
        for direction in ("ingress", "egress"):
            for rule in entries(group, direction):
                yield from _rule("security_groups", f"a rule of {group.get('name')}", rule)
    for rule in entries(values, "security_default_egress"):
        yield from _rule("security_default_egress", "a rule", rule)
    for role in entries(values, "security_iam_roles"):
        if not any(role.get(key) for key in _TRUSTED):
            yield Finding("security_iam_roles", f"nobody may assume {role.get('name')}", f"Give it {' or '.join(_TRUSTED)}")
    for key in entries(values, "security_access_keys"):
        if not key.get("buckets") and not key.get("statements"):
            yield Finding("security_access_keys", f"the user of {key.get('name')} may do nothing", "Give it buckets or statements")
    yield from _secret_names(values)
    yield from _parameters(values)


def _limits(values: Mapping[str, Any]) -> Iterator[Finding]:
    for variable, option, least, most, zero in _LIMITS:
        pairs = [(entry.get("name") or entry.get("alias"), entry.get(option)) for entry in entries(values, variable)] if option else []
        for who, value in pairs or [("", None if option else values.get(variable))]:
            if value is None or least <= int(value) <= most or (zero and int(value) == 0):
                continue
            said = f"{who} has the {option} {value}" if option else f"it is {value}"
            yield Finding(variable, said, f"AWS takes {least} to {most}{', or 0' if zero else ''}")


def _rule(variable: str, who: str, rule: Mapping[str, Any]) -> Iterator[Finding]:
    for key, kind in (("cidrs", ipaddress.IPv4Network), ("ipv6_cidrs", ipaddress.IPv6Network)):
        for text in rule.get(key) or []:
            try:
                kind(str(text), strict=True)
            except ValueError as error:
                yield Finding(variable, f"{who} has {text} among its {key}: {error}", "Write a block such as 10.0.0.0/16 or ::/0")
    for ports in rule.get("ports") or []:
        first, _dash, last = str(ports).partition("-")
        if not _PORTS.fullmatch(str(ports)) or int(first) > int(last or first) or int(last or first) > 65535:
            yield Finding(variable, f"{who} has the ports {ports}", "Write a port such as 443, or a range such as 8000-8080")


def _secret_names(values: Mapping[str, Any]) -> Iterator[Finding]:
    seen: dict[str, str] = {}
    for variable in _SECRETS:
        for name in dict.fromkeys(str(entry["name"]) for entry in entries(values, variable) if entry.get("name")):
            if name in seen:
                yield Finding(variable, f"the secret {name} is one of {seen[name]} too", "Give each secret a name of its own")
            seen.setdefault(name, variable)


def _parameters(values: Mapping[str, Any]) -> Iterator[Finding]:
    variable = "security_parameters"
    for parameter in entries(values, variable):
        who, source = parameter.get("name"), parameter.get("value_from")
        if (parameter.get("value") is None) == (not source):
            yield Finding(variable, f"{who} needs value or value_from, and not both", "Set one of them")
        if source and len(source) != 1:
            yield Finding(
                variable, f"value_from of {who} has {len(source)} kinds", "Give one kind with one name, such as {table_arn: shop}"
            )
        if parameter.get("kms_key") and parameter.get("type") != "SecureString":
            yield Finding(variable, f"{who} has a kms_key, and is not encrypted", "Set type to SecureString, or leave kms_key out")
