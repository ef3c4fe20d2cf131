# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Databases, search domains and buckets that cannot stand where they are to, or whose options contradict each other. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from ansible_collections.stratum.aws.plugins.plugin_utils.checks._findings import Finding, entries

_STANDING: Final = (
    # variable, how its entries are named, the tier where they do not say, and the least number of its subnets
    ("data_tier_cache_subnet_groups", "name", "private", 1),
    ("data_tier_database_subnet_groups", "name", "database", 2),
    ("data_tier_rotation_functions", "name", "private", 1),
    ("data_tier_search_domains", "name", "database", 1),
    ("storage_file_systems", "name", "private", 1),
)
_TABLE_INDEXES: Final = ("global_indexes", "local_indexes")


def check(values: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield what AWS would refuse only after other resources have been made."""
    yield from _subnets(values)
    yield from _caches(values)
    yield from _tables(values)
    yield from _searches(values)
    yield from _buckets(values)


def _subnets(values: Mapping[str, Any]) -> Iterator[Finding]:
    for variable, key, usual, least in _STANDING:
        for entry in entries(values, variable):
            tier = entry.get("subnet_tier") or usual
            least = max(least, int(entry.get("availability_zones") or 1)) if variable == "data_tier_search_domains" else least
            source = f"network_{tier}_subnets"
            if source not in values:
                continue  # another stack's network
            count = len(values[source] or [])
            if count < least:
                subnets = "1 subnet" if least == 1 else f"{least} subnets, one in each zone"
                yield Finding(
                    variable,
                    f"{entry.get(key)} needs {subnets}, and {source} has {count}",
                    f"Add to {source}, or choose another subnet_tier",
                )


def _caches(values: Mapping[str, Any]) -> Iterator[Finding]:
    variable = "data_tier_caches"
    for cache in entries(values, variable):
        who, nodes = cache.get("replication_group_id"), int(cache.get("num_cache_clusters") or 1)
        if cache.get("automatic_failover") and nodes < 2:
            yield Finding(variable, f"{who} is to fail over, and has a single node", "Set num_cache_clusters to 2 or more")
        if cache.get("multi_az") and not cache.get("automatic_failover"):
            yield Finding(variable, f"{who} has multi_az without automatic_failover", "Set automatic_failover")


def _tables(values: Mapping[str, Any]) -> Iterator[Finding]:
    variable = "data_tier_tables"
    for table in entries(values, variable):
        who, provisioned = table.get("name"), table.get("billing_mode") == "provisioned"
        given = table.get("read_capacity") is not None and table.get("write_capacity") is not None
        if provisioned and not given:
            yield Finding(variable, f"{who} is provisioned without capacities", "Set read_capacity and write_capacity, or bill on demand")
        if (table.get("encryption") == "customer") != bool(table.get("kms_key")):
            yield Finding(variable, f"{who} needs both encryption customer and kms_key, or neither", "Set the other one, or leave both out")
        if table.get("local_indexes") and not table.get("range_key"):
            yield Finding(variable, f"{who} has local indexes without a range key", "Set range_key, or use global_indexes")
        for index in (index for indexes in _TABLE_INDEXES for index in entries(table, indexes)):
            if (index.get("projection") == "include") != bool(index.get("include")):
                yield Finding(
                    variable,
                    f"the index {index.get('name')} of {who} needs both projection include and include, or neither",
                    "Set the other one, or leave both out",
                )


def _searches(values: Mapping[str, Any]) -> Iterator[Finding]:
    variable = "data_tier_search_domains"
    for domain in entries(values, variable):
        who, zones, nodes = domain.get("name"), int(domain.get("availability_zones") or 1), int(domain.get("instance_count") or 1)
        if nodes < zones:
            yield Finding(
                variable, f"{who} has fewer nodes ({nodes}) than zones ({zones})", "Raise instance_count, or lower availability_zones"
            )
        hour = domain.get("automated_snapshot_hour")
        if hour is not None and not 0 <= int(hour) <= 23:
            yield Finding(variable, f"{who} has the automated_snapshot_hour {hour}", "Give an hour from 0 to 23")


def _buckets(values: Mapping[str, Any]) -> Iterator[Finding]:
    variable = "storage_buckets"
    plain = {bucket.get("name") for bucket in entries(values, variable) if bucket.get("versioning") is False}
    for bucket in entries(values, variable):
        who = bucket.get("name")
        if bucket.get("kms_key") and bucket.get("kms_key_arn"):
            yield Finding(variable, f"{who} has kms_key and kms_key_arn", "Leave one of them out")
        lock = bucket.get("object_lock") or {}
        if lock.get("days") and lock.get("years"):
            yield Finding(variable, f"{who} is locked for days and for years", "Leave one of them out")
        if lock and bool(lock.get("mode")) != bool(lock.get("days") or lock.get("years")):
            yield Finding(variable, f"{who} has an object_lock with a mode or a time, and not both", "Give mode with days or years")
        if bucket.get("object_lock") is not None and who in plain:
            yield Finding(variable, f"{who} has an object_lock without versioning", "Leave versioning out")
        for rule in entries(bucket.get("replication") or {}, "rules"):
            for name in (who, rule.get("destination_bucket")):
                if name in plain:
                    yield Finding(
                        variable,
                        f"the rule {rule.get('id')} of {who} needs old versions of objects, and {name} keeps none",
                        "Leave versioning out",
                    )
        for rule in entries(bucket, "intelligent_tiering"):
            for key, least in (("archive_days", 90), ("deep_archive_days", 180)):
                if rule.get(key) is not None and not least <= int(rule[key]) <= 730:
                    yield Finding(variable, f"{who} has the {key} {rule[key]}", f"AWS takes {least} to 730 days")
            if rule.get("archive_days") is None and rule.get("deep_archive_days") is None:
                yield Finding(variable, f"the tiering {rule.get('id')} of {who} archives nothing", "Set archive_days or deep_archive_days")
