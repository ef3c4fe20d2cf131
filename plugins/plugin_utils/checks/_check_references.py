# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names of other entries and layers that nobody has: without this, a run would stop at them half-way. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from ansible_collections.stratum.aws.plugins.plugin_utils.checks._findings import Finding, entries

_GROUPS: Final = ("security group", ("security_groups", "name"))
_KEYS: Final = ("KMS key", ("security_kms_keys", "alias"))
_ROLES: Final = ("IAM role", ("security_iam_roles", "name"))
_TARGETS: Final = ("target group", ("edge_target_groups", "name"))
_BALANCERS: Final = ("load balancer", ("edge_load_balancers", "name"))
_ACLS: Final = ("web ACL", ("edge_web_acls", "name"))
_DATABASES: Final = ("database", ("data_tier_databases", "identifier"))
_CERTIFICATES: Final = ("certificate", ("edge_certificates", "name", "domain"))
_SECRETS: Final = (
    "secret",
    ("security_secrets", "name"),
    ("security_key_pairs", "name"),
    ("security_access_keys", "name"),
    ("security_external_secrets", "name"),
)
_FILES: Final = ("bucket with files", ("storage_bucket_files", "bucket"))
_ZONES: Final = ("public zone", ("edge_zones", "domain"), ("edge_existing_zones", ""))

_REFERENCES: Final = (
    # variable, where the names stand in its entries, what they name: in words, and (variable, keys of the name) of those that may be named
    ("data_tier_backup_replications", "database", _DATABASES),
    ("data_tier_caches", "kms_key", _KEYS),
    ("data_tier_caches", "secret_kms_key", _KEYS),
    ("data_tier_caches", "security_groups", _GROUPS),
    ("data_tier_databases", "kms_key", _KEYS),
    ("data_tier_databases", "monitoring_role", _ROLES),
    ("data_tier_databases", "performance_insights_kms_key", _KEYS),
    ("data_tier_databases", "rotation.function", ("rotation function", ("data_tier_rotation_functions", "name"))),
    ("data_tier_databases", "secret_kms_key", _KEYS),
    ("data_tier_databases", "security_groups", _GROUPS),
    ("data_tier_read_replicas", "monitoring_role", _ROLES),
    ("data_tier_read_replicas", "security_groups", _GROUPS),
    ("data_tier_rotation_functions", "kms_key", _KEYS),
    ("data_tier_rotation_functions", "secret_kms_keys", _KEYS),
    ("data_tier_rotation_functions", "security_groups", _GROUPS),
    ("data_tier_search_domains", "kms_key", _KEYS),
    ("data_tier_search_domains", "secret_kms_key", _KEYS),
    ("data_tier_search_domains", "security_groups", _GROUPS),
    ("data_tier_search_domains", "snapshots.security_groups", _GROUPS),
    ("data_tier_tables", "kms_key", _KEYS),
    ("edge_distributions", "certificate", _CERTIFICATES),
    ("edge_distributions", "invalidate_bucket", _FILES),
    ("edge_distributions", "origins.bucket", ("bucket", ("storage_buckets", "name"))),
    ("edge_distributions", "origins.load_balancer", _BALANCERS),
    ("edge_distributions", "origins.origin_access_control", ("origin access control", ("edge_origin_access_controls", "name"))),
    ("edge_distributions", "origins.secret_headers.secret", _SECRETS),
    ("edge_distributions", "web_acl", _ACLS),
    ("edge_certificates", "zone", _ZONES),
    ("edge_listener_rules", "forward.target_group", _TARGETS),
    ("edge_listener_rules", "load_balancer", _BALANCERS),
    ("edge_listener_rules", "target_group", _TARGETS),
    ("edge_load_balancers", "listeners.certificates", _CERTIFICATES),
    ("edge_load_balancers", "listeners.forward.target_group", _TARGETS),
    ("edge_load_balancers", "listeners.target_group", _TARGETS),
    ("edge_load_balancers", "security_groups", _GROUPS),
    ("edge_load_balancers", "web_acl", _ACLS),
    ("edge_porkbun_domains", "zone", _ZONES),
    ("edge_records", "alias_distribution", ("distribution", ("edge_distributions", "name"))),
    ("edge_records", "health_check", ("health check", ("edge_health_checks", "name"))),
    ("edge_records", "zone", ("zone", *_ZONES[1:])),
    ("edge_web_acls", "log.kms_key", _KEYS),
    ("security_access_keys", "kms_key", _KEYS),
    ("security_external_secrets", "kms_key", _KEYS),
    ("security_key_pairs", "kms_key", _KEYS),
    ("security_parameters", "kms_key", _KEYS),
    ("security_secrets", "kms_key", _KEYS),
    ("storage_buckets", "distributions", ("distribution", ("edge_distributions", "name"))),
    ("storage_buckets", "kms_key", _KEYS),
    ("storage_file_systems", "kms_key", _KEYS),
    ("storage_file_systems", "security_groups", _GROUPS),
    ("storage_queues", "kms_key", _KEYS),
    ("storage_repositories", "kms_key", _KEYS),
)
_LABELS: Final = ("name", "identifier", "replication_group_id", "id", "alias", "domain", "database", "load_balancer", "zone")


def check(values: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield names that are none; nothing where the layer that they belong to is not in the stack."""
    for variable, path, reference in _REFERENCES:
        kind, sources = reference[0], reference[1:]
        if any(source not in values for source, *_keys in sources):
            continue  # another layer's, told by a run, or made elsewhere
        known = {name for source, *keys in sources for name in _names(values, source, keys)}
        cure = f"Make it in {' or '.join(source for source, *_keys in sources)}, or correct the name"
        for entry in entries(values, variable):
            for name in dict.fromkeys(at(entry, path.split("."))):
                if name not in known:
                    yield Finding(
                        variable, f"{_who(entry)} names the {kind} {name}, which is none of the stack's", f"{_near(name, known)}{cure}"
                    )
    yield from _rules_of_groups(values)
    yield from _new_keys(values)
    for bucket in values.get("storage_bucket_policies") or {}:
        if bucket not in set(_names(values, "storage_buckets", ["name"])):
            yield Finding(
                "storage_bucket_policies",
                f"it has statements for {bucket}, which is no bucket of the stack",
                "Make it in storage_buckets, or correct the name",
            )


def _rules_of_groups(values: Mapping[str, Any]) -> Iterator[Finding]:
    """A rule may name groups of the list, itself, and others by their ids."""
    known = set(_names(values, "security_groups", ["name"]))
    for group in entries(values, "security_groups"):
        named = [*at(group, ["ingress", "groups"]), *at(group, ["egress", "groups"])]
        for name in dict.fromkeys(named):
            if name not in known and name != "self" and not name.startswith("sg-"):
                cure = "Make it in security_groups, or correct the name"
                yield Finding(
                    "security_groups",
                    f"a rule of {group.get('name')} names the security group {name}, which is none of the stack's",
                    f"{_near(name, known)}{cure}",
                )


def _new_keys(values: Mapping[str, Any]) -> Iterator[Finding]:
    """What a run is to replace must be there; a typing error would replace nothing and say nothing."""
    for variable, source in (("security_rotate_key_pairs", "security_key_pairs"), ("security_rotate_access_keys", "security_access_keys")):
        known = set(_names(values, source, ["name"]))
        for name in values.get(variable) or []:
            if name not in known:
                yield Finding(variable, f"{name} is none of {source}", f"{_near(str(name), known)}Correct the name")


def at(entry: Any, path: list[str]) -> Iterator[str]:
    """Yield the texts at a path of keys; lists on the way are walked through."""
    if isinstance(entry, list | tuple):
        for each in entry:
            yield from at(each, path)
    elif path:
        if isinstance(entry, Mapping):
            yield from at(entry.get(path[0]), path[1:])
    elif entry:
        yield str(entry)


def _names(values: Mapping[str, Any], variable: str, keys: Iterable[str]) -> Iterator[str]:
    if not any(keys):
        yield from values.get(variable) or {}
        return
    for entry in entries(values, variable):
        name = next((entry[key] for key in keys if entry.get(key)), None)
        if name:
            yield str(name)


def _who(entry: Mapping[str, Any]) -> str:
    return next((str(entry[key]) for key in _LABELS if entry.get(key)), "an entry")


def _near(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, sorted(known), n=1)
    return f'Did you mean "{near[0]}"? ' if near else ""
