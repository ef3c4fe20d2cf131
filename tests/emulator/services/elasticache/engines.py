# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Engines, their versions and the parameter group family of each version."""

from __future__ import annotations

from typing import Final

from tests.emulator import catalogue
from tests.emulator.services.elasticache.store import ElastiCacheStore, bad_value, marked
from tests.emulator.wire import Document, Operation

_NEWEST: Final = {"redis": "7.1", "valkey": "8.2", "memcached": "1.6.22"}
"""What AWS takes when a request names no version."""

_PATCHES: Final = {
    ("redis", "6.x"): "6.2.6",
    ("redis", "6.0"): "6.0.5",
    ("redis", "6.2"): "6.2.6",
    ("redis", "7.0"): "7.0.7",
    ("redis", "7.1"): "7.1.0",
    ("valkey", "7.2"): "7.2.6",
    ("valkey", "8.0"): "8.0.1",
    ("valkey", "8.1"): "8.1.0",
    ("valkey", "8.2"): "8.2.0",
    ("valkey", "9.0"): "9.0.0",
    ("valkey", "9.1"): "9.1.0",
}
"""From Redis 6 on AWS chooses the patch release and shows it."""

_RETIRED: Final = {
    "redis": ("2.8.24", "3.2.4", "3.2.6", "3.2.10", "4.0.10", "5.0.0", "5.0.3", "5.0.4", "5.0.5", "5.0.6", "6.x"),
    "memcached": (),
    "valkey": (),
}


def offered(engine: str) -> list[str]:
    """Return the versions that can be asked for, oldest first."""
    versions = set(catalogue.elasticache_engine_versions(engine)) | set(_RETIRED.get(engine, ()))
    return sorted(versions, key=order)


def order(version: str) -> tuple[int, ...]:
    """Return a key that sorts versions by their numbers."""
    return tuple(99 if part == "x" else int(part) for part in version.split("."))


def resolve(engine: str, version: str | None) -> str:
    """Return the version that AWS runs and shows when `version` is asked for."""
    if engine not in catalogue.elasticache_engines():
        raise bad_value(f"Invalid value for parameter Engine: {engine}")
    wanted = version or _NEWEST[engine]
    shown = {full for (owner, _unused), full in _PATCHES.items() if owner == engine}
    if wanted not in offered(engine) and wanted not in shown:
        raise bad_value(f"Cannot find version {wanted} for {engine}")
    return _PATCHES.get((engine, wanted), wanted)


def family(engine: str, version: str) -> str:
    """Return the parameter group family of a version, such as `redis7`."""
    major, _unused, rest = version.partition(".")
    if engine == "memcached":
        return f"memcached{major}.{rest.partition('.')[0]}"
    if engine == "valkey":
        return f"valkey{major}"
    if int(major) >= 7:
        return f"redis{major}"
    return "redis6.x" if major == "6" else f"redis{major}.{rest.partition('.')[0]}"


def families() -> list[str]:
    """Return every parameter group family."""
    found = {family(engine, resolve(engine, version)) for engine in sorted(catalogue.elasticache_engines()) for version in offered(engine)}
    return sorted(found)


def describe_cache_engine_versions(_store: ElastiCacheStore, parameters: Document) -> Document:
    """Return the versions that pass the filters."""
    titles = {"redis": "Redis", "valkey": "Valkey", "memcached": "memcached"}
    found = []
    for engine, title in titles.items():
        for version in offered(engine):
            if version == "6.x":
                continue
            item = {
                "Engine": engine,
                "EngineVersion": version,
                "CacheParameterGroupFamily": family(engine, resolve(engine, version)),
                "CacheEngineDescription": title,
                "CacheEngineVersionDescription": f"{title} version {resolve(engine, version)}",
            }
            wanted = ("Engine", "EngineVersion", "CacheParameterGroupFamily")
            if all(parameters.get(key) in (None, "", item[key]) for key in wanted) and (
                not parameters.get("DefaultOnly") or version == _NEWEST[engine]
            ):
                found.append(item)
    items, marker = marked(found, parameters)
    return {"CacheEngineVersions": items, "Marker": marker}


def describe_update_actions(_store: ElastiCacheStore, _parameters: Document) -> Document:
    """Return no update actions: nothing here is behind."""
    return {"UpdateActions": []}


def describe_service_updates(_store: ElastiCacheStore, _parameters: Document) -> Document:
    """Return no service updates."""
    return {"ServiceUpdates": []}


def describe_events(_store: ElastiCacheStore, _parameters: Document) -> Document:
    """Return no events."""
    return {"Events": []}


OPERATIONS: Final[dict[str, Operation]] = {
    "DescribeCacheEngineVersions": describe_cache_engine_versions,
    "DescribeUpdateActions": describe_update_actions,
    "DescribeServiceUpdates": describe_service_updates,
    "DescribeEvents": describe_events,
}
