# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Instance classes, node types and engine versions that AWS does not sell in the region, by cfn-lint's data."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from ansible_collections.stratum.aws.plugins.plugin_utils.checks import _catalogue
from ansible_collections.stratum.aws.plugins.plugin_utils.checks._findings import Finding, entries

_KUBERNETES: Final = re.compile(r"^1\.\d{2}$")


def check(values: Mapping[str, Any], region: str) -> Iterator[Finding]:
    """Yield classes, types and versions that are not sold; nothing when cfn-lint is not installed."""
    try:
        yield from _databases(values, region)
        yield from _caches(values, region)
        yield from _nodes(values, region)
    except _catalogue.CatalogueError:
        # The data is a help, not a need: AWS refuses what it does not sell.
        return


def _databases(values: Mapping[str, Any], region: str) -> Iterator[Finding]:
    variable = "data_tier_databases"
    for entry in entries(values, variable):
        engine, who = str(entry.get("engine", "")), entry.get("identifier")
        if engine and engine not in _catalogue.rds_engines():
            yield _not_sold(variable, f'the engine "{engine}" of {who}', engine, _catalogue.rds_engines())
            continue
        yield from _version(
            variable, f"the {engine} version of {who}", entry.get("engine_version"), _catalogue.rds_engine_versions(engine, region)
        )
        yield from _sold(
            variable, f"the class of {who} in {region}", entry.get("instance_class"), _catalogue.rds_instance_classes(engine, region)
        )


def _caches(values: Mapping[str, Any], region: str) -> Iterator[Finding]:
    variable = "data_tier_caches"
    for entry in entries(values, variable):
        engine, who = str(entry.get("engine", "redis")), entry.get("replication_group_id")
        yield from _version(
            variable, f"the {engine} version of {who}", entry.get("engine_version"), _catalogue.elasticache_engine_versions(engine)
        )
        yield from _sold(variable, f"the node type of {who} in {region}", entry.get("node_type"), _catalogue.elasticache_node_types(region))


def _nodes(values: Mapping[str, Any], region: str) -> Iterator[Finding]:
    for entry in entries(values, "eks_clusters"):
        version = entry.get("version")
        if version is not None and not _KUBERNETES.match(str(version)):
            yield Finding(
                "eks_clusters", f'the Kubernetes version "{version}" of {entry.get("name")} is none', "Write it as a text such as '1.29'"
            )
    for entry in entries(values, "eks_node_groups"):
        for kind in entry.get("instance_types") or []:
            yield from _sold(
                "eks_node_groups", f"the instance type of {entry.get('name')} in {region}", kind, _catalogue.ec2_instance_types(region)
            )


def _sold(variable: str, what: str, value: object, choices: Collection[str]) -> Iterator[Finding]:
    if value is not None and choices and str(value) not in choices:
        yield _not_sold(variable, f'{what}, "{value}",', str(value), choices)


def _version(variable: str, what: str, value: object, choices: Collection[str]) -> Iterator[Finding]:
    """A version may be whole (16.11), the beginning of one (16), or end in a zero that AWS leaves out (7.1.0)."""
    if value is None or not choices:
        return
    text = str(value)
    if not any(text == choice or choice.startswith(f"{text}.") or text == f"{choice}.0" for choice in choices):
        yield _not_sold(variable, f'{what}, "{text}",', text, choices)


def _not_sold(variable: str, what: str, value: str, choices: Collection[str]) -> Finding:
    near = difflib.get_close_matches(value, sorted(choices), n=5, cutoff=0.4)
    return Finding(
        variable, f"{what} is not one that AWS offers", f"Choose for example {', '.join(near)}" if near else "Choose one that AWS offers"
    )
