# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What AWS sells: instance classes, node types and engine versions, by region where it matters.

The figures come from cfn-lint's data, which its authors generate from the AWS APIs. Only that
package's JSON files are read, never its code: importing cfn-lint costs more than a second.
Versions that AWS has retired stay in these sets, so a stack written years ago can still be tried.
"""

from __future__ import annotations

import json
import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

DEFAULT_REGION: Final = "ca-central-1"


class CatalogueError(LookupError):
    """The installed cfn-lint has no data where this module looks for it."""


@cache
def _extensions() -> Path:
    spec = find_spec("cfnlint")
    if spec is None or spec.origin is None:
        raise CatalogueError("cfn-lint is not installed; `make setup` installs it")
    return Path(spec.origin).parent / "data" / "schemas" / "extensions"


def _load(resource: str, name: str) -> Any:
    path = _extensions() / resource / f"{name}.json"
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise CatalogueError(f"cfn-lint has no {resource}/{name}.json any more") from error


def _versions(resource: str) -> dict[str, frozenset[str]]:
    """Read a `engine_version.json`: one if/then per engine, whose `then` lists its versions."""
    found: dict[str, frozenset[str]] = {}
    for rule in _load(resource, "engine_version")["allOf"]:
        engine = rule["if"]["properties"]["Engine"].get("const")
        if engine is not None:
            enum = rule["then"]["properties"]["EngineVersion"]["enum"]
            found[engine] = frozenset(str(version) for version in enum)
    return found


@cache
def _rds_versions() -> dict[str, frozenset[str]]:
    return _versions("aws_rds_dbinstance")


@cache
def _elasticache_versions() -> dict[str, frozenset[str]]:
    return _versions("aws_elasticache_cachecluster")


@cache
def _rds_classes() -> dict[str, dict[str, frozenset[str]]]:
    """Classes by region and engine; the licence models of an engine are merged."""
    result: dict[str, dict[str, frozenset[str]]] = {}
    for region, schema in _load("aws_rds_dbinstance", "dbinstanceclass_enum").items():
        if not isinstance(schema, dict):
            continue
        engines: dict[str, frozenset[str]] = {}
        for rule in schema.get("allOf", ()):
            engine = rule["if"]["properties"]["Engine"]["const"]
            enum = rule["then"]["properties"]["DBInstanceClass"]["enum"]
            engines[engine] = engines.get(engine, frozenset()) | frozenset(enum)
        result[region] = engines
    return result


@cache
def _rds_deprecated() -> dict[str, frozenset[str]]:
    rules = _load("aws_rds_dbinstance", "engine_version_deprecated")["allOf"]
    return {
        rule["if"]["properties"]["Engine"]["const"]: frozenset(
            str(version) for version in rule["if"]["properties"]["EngineVersion"]["enum"]
        )
        for rule in rules
    }


@cache
def _rds_version_classes() -> dict[str, tuple[tuple[re.Pattern[str], frozenset[str]], ...]]:
    rules: dict[str, list[tuple[re.Pattern[str], frozenset[str]]]] = {}
    for rule in _load("aws_rds_dbinstance", "db_instance_class")["allOf"]:
        properties = rule["if"]["properties"]
        pattern = re.compile(properties["EngineVersion"]["pattern"])
        classes = frozenset(rule["then"]["properties"]["DBInstanceClass"]["enum"])
        rules.setdefault(properties["Engine"]["const"], []).append((pattern, classes))
    return {engine: tuple(pairs) for engine, pairs in rules.items()}


@cache
def _regional(resource: str, name: str) -> dict[str, frozenset[str]]:
    data = _load(resource, name)
    # Beside the regions there is a `description`, a plain string.
    return {region: frozenset(schema.get("enum", ())) for region, schema in data.items() if isinstance(schema, dict)}


def rds_engines() -> frozenset[str]:
    """Every engine of a DB instance, such as `postgres` or `aurora-mysql`."""
    return frozenset(_rds_versions())


def rds_engine_versions(engine: str, region: str = DEFAULT_REGION) -> frozenset[str]:
    """Every version AWS ever sold of `engine`, retired ones too; empty for an unknown engine.

    The data does not tell regions apart for versions; `region` is there for the caller's sake.
    """
    del region
    return _rds_versions().get(engine, frozenset())


def rds_retired_engine_versions(engine: str) -> frozenset[str]:
    """The versions of `engine` that AWS no longer offers for a new instance."""
    return _rds_deprecated().get(engine, frozenset())


def rds_instance_classes(engine: str, region: str = DEFAULT_REGION) -> frozenset[str]:
    """The classes that `engine` runs on in `region`; empty when the data knows none."""
    return _rds_classes().get(region, {}).get(engine, frozenset())


def rds_instance_classes_for_version(engine: str, version: str) -> frozenset[str] | None:
    """The classes for one version, in any region; None when the data does not say.

    The data lists only the versions still for sale, hence None for a retired one.
    """
    for pattern, classes in _rds_version_classes().get(engine, ()):
        if pattern.match(version):
            return classes
    return None


def elasticache_engines() -> frozenset[str]:
    """`memcached`, `redis` and `valkey`."""
    return frozenset(_elasticache_versions())


def elasticache_engine_versions(engine: str) -> frozenset[str]:
    """Every version of a cache engine; empty for an unknown one."""
    return _elasticache_versions().get(engine, frozenset())


def elasticache_node_types(region: str = DEFAULT_REGION) -> frozenset[str]:
    """The cache node types for sale in `region`; empty for an unknown region."""
    return _regional("aws_elasticache_cachecluster", "cachenodetype_enum").get(region, frozenset())


def ec2_instance_types(region: str = DEFAULT_REGION) -> frozenset[str]:
    """The EC2 instance types for sale in `region`; empty for an unknown region."""
    return _regional("aws_ec2_instance", "instancetype_enum").get(region, frozenset())


def regions() -> frozenset[str]:
    """The regions for which EC2 instance types are known."""
    return frozenset(_regional("aws_ec2_instance", "instancetype_enum")) - {"all"}
