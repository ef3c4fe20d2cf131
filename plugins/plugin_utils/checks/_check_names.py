# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names that AWS would refuse, by the length and the characters that each kind of name may have. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ansible_collections.stratum.aws.plugins.plugin_utils.checks._findings import Finding, entries


@dataclass(frozen=True)
class Rule:
    """What a kind of name must look like: its length, its characters, and the characters in words."""

    kind: str
    shortest: int
    longest: int
    pattern: str
    words: str


_BUCKET: Final = Rule(
    "bucket name",
    3,
    63,
    r"^(?!xn--|sthree-)(?!.*\.\.)[a-z0-9][a-z0-9.-]*[a-z0-9]$",
    "lower-case letters, digits, hyphens and dots, beginning and ending with a letter or digit",
)
_CLUSTER: Final = Rule(
    "cluster name", 1, 100, r"^[0-9A-Za-z][0-9A-Za-z_-]*$", "letters, digits, hyphens and underscores, beginning with a letter or digit"
)
_DATABASE: Final = Rule(
    "database identifier",
    1,
    63,
    r"^[A-Za-z](?!.*--)[0-9A-Za-z-]*(?<!-)$",
    "letters, digits and single hyphens, beginning with a letter and not ending with a hyphen",
)
_CACHE: Final = Rule(
    "replication group id",
    1,
    40,
    r"^[A-Za-z](?!.*--)[0-9A-Za-z-]*(?<!-)$",
    "letters, digits and single hyphens, beginning with a letter and not ending with a hyphen",
)
_GROUP: Final = Rule(
    "security group name",
    1,
    255,
    r"^(?!sg-)[0-9A-Za-z ._\-:/()#,@\[\]+=&;{}!$*]+$",
    "letters, digits, spaces and ._-:/()#,@[]+=&;{}!$*, and not beginning with sg-",
)
_ROLE: Final = Rule("role name", 1, 64, r"^[\w+=,.@-]+$", "letters, digits and _+=,.@-")
_USER: Final = Rule("user name", 1, 64, r"^[\w+=,.@-]+$", "letters, digits and _+=,.@-")
_SECRET: Final = Rule("secret name", 1, 512, r"^[\w/+=.@-]+$", "letters, digits and /_+=.@-")
_TOPIC: Final = Rule("topic name", 1, 256, r"^[\w-]+(\.fifo)?$", "letters, digits, hyphens and underscores")
_QUEUE: Final = Rule("queue name", 1, 80, r"^[0-9A-Za-z_-]+(\.fifo)?$", "letters, digits, hyphens and underscores")
_REPOSITORY: Final = Rule(
    "repository name",
    2,
    256,
    r"^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*$",
    "lower-case letters and digits, with single dots, underscores, hyphens and slashes between them",
)
_ALARM: Final = Rule("alarm name", 1, 255, r"^[^\x00-\x1f]+$", "printable characters")
_LOG_GROUP: Final = Rule("log group name", 1, 512, r"^[\w./#-]+$", "letters, digits and _-/.#")
_VAULT: Final = Rule("vault name", 2, 50, r"^[0-9A-Za-z_-]+$", "letters, digits, hyphens and underscores")
_SUBNET_GROUP: Final = Rule("subnet group name", 1, 255, r"^[\w. -]+$", "letters, digits, spaces, hyphens, underscores and dots")
_BALANCER: Final = Rule(
    "name",
    1,
    32,
    r"^(?!internal-)[0-9A-Za-z]([0-9A-Za-z-]*[0-9A-Za-z])?$",
    "letters, digits and hyphens, neither beginning nor ending with a hyphen, and not beginning with internal-",
)
_WEB_ACL: Final = Rule("web ACL name", 1, 128, r"^[\w-]+$", "letters, digits, hyphens and underscores")
_TABLE: Final = Rule("table name", 3, 255, r"^[\w.-]+$", "letters, digits and _.-")
_SEARCH: Final = Rule("search domain name", 3, 28, r"^[a-z][a-z0-9-]*$", "lower-case letters, digits and hyphens, beginning with a letter")
_FUNCTION: Final = Rule("function name", 1, 64, r"^[\w-]+$", "letters, digits, hyphens and underscores")
_ALIAS: Final = Rule("alias", 1, 250, r"^(?!alias/|aws/)[\w/-]+$", "letters, digits and _-/, and beginning with neither alias/ nor aws/")
_PARAMETER: Final = Rule(
    "parameter name", 1, 1011, r"^/?(?!(?i:aws|ssm))[\w.-]+(/[\w.-]+)*$", "letters, digits and _.-/, and not beginning with aws or ssm"
)
_TAG_VALUE: Final = Rule("tag value", 0, 256, r"^[\w\s.:/=+@-]*$", "letters, digits, spaces and _.:/=+-@")

_NAMES: Final = (
    # variable, key of the name in its entries, rule
    ("data_tier_cache_subnet_groups", "name", _SUBNET_GROUP),
    ("data_tier_caches", "replication_group_id", _CACHE),
    ("data_tier_database_subnet_groups", "name", _SUBNET_GROUP),
    ("data_tier_databases", "identifier", _DATABASE),
    ("data_tier_read_replicas", "identifier", _DATABASE),
    ("data_tier_rotation_functions", "name", _FUNCTION),
    ("data_tier_search_domains", "name", _SEARCH),
    ("data_tier_tables", "name", _TABLE),
    ("delivery_roles", "name", _ROLE),
    ("edge_load_balancers", "name", _BALANCER),
    ("edge_target_groups", "name", _BALANCER),
    ("edge_web_acls", "name", _WEB_ACL),
    ("eks_clusters", "name", _CLUSTER),
    ("eks_irsa_roles", "name", _ROLE),
    ("eks_node_groups", "name", _CLUSTER),
    ("eks_node_roles", "name", _ROLE),
    ("monitoring_alarms", "name", _ALARM),
    ("monitoring_log_groups", "name", _LOG_GROUP),
    ("monitoring_topics", "name", _TOPIC),
    ("backup_vaults", "name", _VAULT),
    ("security_access_keys", "name", _SECRET),
    ("security_access_keys", "user", _USER),
    ("security_groups", "name", _GROUP),
    ("security_external_secrets", "name", _SECRET),
    ("security_iam_roles", "name", _ROLE),
    ("security_key_pairs", "name", _SECRET),
    ("security_kms_keys", "alias", _ALIAS),
    ("security_parameters", "name", _PARAMETER),
    ("security_secrets", "name", _SECRET),
    ("storage_buckets", "name", _BUCKET),
    ("storage_queues", "name", _QUEUE),
    ("storage_repositories", "name", _REPOSITORY),
)


def check(values: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield the names that are too long, too short, or hold characters that AWS refuses; and names given twice."""
    for variable, key, rule in _NAMES:
        seen: set[str] = set()
        for entry in entries(values, variable):
            name = entry.get(key)
            if not isinstance(name, str):
                continue
            yield from _wrong(variable, name, rule)
            if name in seen:
                yield Finding(variable, f'the {rule.kind} "{name}" is given twice', "Give each entry a name of its own")
            seen.add(name)
    for tag, value in (values.get("tags_common") or {}).items():
        yield from _wrong("tags_common", str(value), _TAG_VALUE, f' of the tag "{tag}"')


def _wrong(variable: str, name: str, rule: Rule, of_what: str = "") -> Iterator[Finding]:
    if not rule.shortest <= len(name) <= rule.longest:
        yield Finding(
            variable, f'the {rule.kind}{of_what} "{name}" has {len(name)} characters', f"AWS takes {rule.shortest} to {rule.longest}"
        )
    elif not re.match(rule.pattern, name):
        yield Finding(variable, f'the {rule.kind}{of_what} "{name}" has characters that AWS refuses', f"Use {rule.words}")
