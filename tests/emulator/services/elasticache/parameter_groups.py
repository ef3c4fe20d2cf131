# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cache parameter groups."""

from __future__ import annotations

from typing import Final

from tests.emulator.lifecycle import Lifecycle
from tests.emulator.services.elasticache import checks, engines
from tests.emulator.services.elasticache import parameters as catalogue
from tests.emulator.services.elasticache.store import (
    ElastiCacheStore,
    Resource,
    bad_combination,
    bad_value,
    marked,
    tags_of,
)
from tests.emulator.wire import Document, Operation, error

_AT_ONCE: Final = 20
"""How many parameters one request may change."""


def _cluster_mode(family: str) -> bool:
    return not family.startswith("memcached") and family not in ("redis2.8",)


def ensure_defaults(store: ElastiCacheStore) -> None:
    """Have the groups called `default.…`, which exist in every account."""
    if "default.redis7" in store.parameter_groups:
        return
    for family in engines.families():
        _make(store, f"default.{family}", family, f"Default parameter group for {family}", {})
        if _cluster_mode(family):
            name = f"default.{family}.cluster.on"
            _make(store, name, family, f"Customized default parameter group for {family} with cluster mode on", {})
            store.parameter_values[name]["cluster-enabled"] = "yes"


def _make(store: ElastiCacheStore, name: str, family: str, description: str, tags: dict[str, str]) -> Resource:
    data: Document = {
        "CacheParameterGroupName": name,
        "CacheParameterGroupFamily": family,
        "Description": description,
        "IsGlobal": False,
        "ARN": store.arn("parametergroup", name),
    }
    group = Resource(data, Lifecycle("available"), tags)
    store.parameter_groups[name] = group
    store.parameter_values[name] = {}
    return group


def find(store: ElastiCacheStore, name: str) -> Resource:
    """Return the parameter group `name`, or fail as AWS does."""
    ensure_defaults(store)
    if name not in store.parameter_groups:
        raise error("CacheParameterGroupNotFound", f"CacheParameterGroup not found: {name}")
    return store.parameter_groups[name]


def choose(store: ElastiCacheStore, name: str | None, engine: str, version: str, *, cluster_mode: bool) -> str:
    """Return the parameter group of a cache: the one named if it fits, else the default one."""
    family = engines.family(engine, version)
    if not name:
        return f"default.{family}" + (".cluster.on" if cluster_mode else "")
    found = find(store, name).data["CacheParameterGroupFamily"]
    if found != family:
        raise bad_combination(f"Expected a parameter group of family {family} but found one of family {found}")
    return name


def cluster_enabled(store: ElastiCacheStore, name: str | None) -> bool:
    """Return whether a parameter group turns cluster mode on."""
    if not name:
        return False
    find(store, name)
    return store.parameter_values[name].get("cluster-enabled") == "yes"


def create_cache_parameter_group(store: ElastiCacheStore, parameters: Document) -> Document:
    """Create a parameter group with the defaults of its family."""
    ensure_defaults(store)
    name = parameters["CacheParameterGroupName"].lower()
    if name.startswith("default."):
        raise bad_value("The parameter CacheParameterGroupName must not begin with 'default.'")
    # AWS allows dots between the parts of such a name, as in its own default groups.
    checks.identifier(name.replace(".", "-"), "CacheParameterGroupName", 255)
    family = parameters["CacheParameterGroupFamily"]
    if name in store.parameter_groups:
        raise error("CacheParameterGroupAlreadyExists", f"Cache parameter group {name} already exists.")
    if family not in engines.families():
        raise bad_value(f"CacheParameterGroupFamily {family} is not a valid parameter group family.")
    return {"CacheParameterGroup": _make(store, name, family, parameters["Description"], tags_of(parameters)).data}


def describe_cache_parameter_groups(store: ElastiCacheStore, parameters: Document) -> Document:
    """Return one parameter group or all of them."""
    ensure_defaults(store)
    if name := parameters.get("CacheParameterGroupName"):
        return {"CacheParameterGroups": [find(store, name.lower()).data]}
    groups, marker = marked([group.data for group in store.parameter_groups.values()], parameters)
    return {"CacheParameterGroups": groups, "Marker": marker}


def _changeable(store: ElastiCacheStore, parameters: Document) -> Resource:
    group = find(store, parameters["CacheParameterGroupName"].lower())
    if group.data["CacheParameterGroupName"].startswith("default."):
        raise error("InvalidCacheParameterGroupState", "Default parameter groups cannot be changed.")
    return group


def _named(group: Resource, items: list[Document]) -> dict[str, str]:
    """Return the parameters that a request names, if all of them can be changed."""
    if len(items) > _AT_ONCE:
        raise bad_combination(f"A maximum of {_AT_ONCE} parameters can be changed in one request.")
    known = catalogue.of_family(group.data["CacheParameterGroupFamily"])
    for item in items:
        name = item["ParameterName"]
        if name not in known:
            raise bad_value(f"Could not find parameter with name: {name}")
        if not known[name].modifiable:
            raise bad_value(f"The parameter {name} cannot be modified.")
    return {item["ParameterName"]: item.get("ParameterValue", "") for item in items}


def modify_cache_parameter_group(store: ElastiCacheStore, parameters: Document) -> Document:
    """Set up to twenty parameters: all of them, or none."""
    group = _changeable(store, parameters)
    name = group.data["CacheParameterGroupName"]
    known = catalogue.of_family(group.data["CacheParameterGroupFamily"])
    wanted = _named(group, parameters["ParameterNameValues"])
    for key, value in wanted.items():
        if not catalogue.accepts(known[key], value):
            raise bad_value(f"Value ({value}) of parameter ({key}) must be one of: {known[key].allowed}")
    store.parameter_values[name].update(wanted)
    return {"CacheParameterGroupName": name}


def reset_cache_parameter_group(store: ElastiCacheStore, parameters: Document) -> Document:
    """Set all parameters, or those that are named, to their defaults."""
    group = _changeable(store, parameters)
    name = group.data["CacheParameterGroupName"]
    named, everything = parameters.get("ParameterNameValues"), parameters.get("ResetAllParameters")
    if bool(named) == bool(everything):
        raise bad_combination("Specify either ResetAllParameters or ParameterNameValues.")
    for key in list(store.parameter_values[name]) if everything else _named(group, named or []):
        store.parameter_values[name].pop(key, None)
    return {"CacheParameterGroupName": name}


def delete_cache_parameter_group(store: ElastiCacheStore, parameters: Document) -> None:
    """Delete a parameter group that no cluster uses."""
    group = _changeable(store, parameters)
    name = group.data["CacheParameterGroupName"]
    for cluster in store.clusters.values():
        if cluster.data["CacheParameterGroup"]["CacheParameterGroupName"] == name:
            raise error(
                "InvalidCacheParameterGroupState",
                "One or more cache clusters are still members of this parameter group"
                f" {name}, so the group cannot be deleted: {cluster.data['CacheClusterId']}",
            )
    del store.parameter_groups[name], store.parameter_values[name]


def _render(parameter: catalogue.Parameter, value: str | None) -> Document:
    return {
        "ParameterName": parameter.name,
        "ParameterValue": parameter.default if value is None else value,
        "Description": f"{parameter.name} of the engine",
        "Source": "system" if value is None else "user",
        "DataType": parameter.kind,
        "AllowedValues": parameter.allowed,
        "IsModifiable": parameter.modifiable,
        "MinimumEngineVersion": f"{parameter.since}.0.0",
        "ChangeType": parameter.change,
    }


def describe_cache_parameters(store: ElastiCacheStore, parameters: Document) -> Document:
    """Return the parameters of a group, all or those of one source."""
    name = parameters["CacheParameterGroupName"].lower()
    group = find(store, name)
    values = store.parameter_values[name]
    known = catalogue.of_family(group.data["CacheParameterGroupFamily"])
    shown = [_render(item, values.get(item.name)) for item in known.values()]
    if source := parameters.get("Source"):
        shown = [item for item in shown if item["Source"] == source]
    items, marker = marked(shown, parameters)
    return {"Parameters": items, "CacheNodeTypeSpecificParameters": [], "Marker": marker}


def describe_engine_default_parameters(_store: ElastiCacheStore, parameters: Document) -> Document:
    """Return the parameters of a family."""
    family = parameters["CacheParameterGroupFamily"]
    if family not in engines.families():
        raise bad_value(f"CacheParameterGroupFamily {family} is not a valid parameter group family.")
    items, marker = marked([_render(item, None) for item in catalogue.of_family(family).values()], parameters)
    return {"EngineDefaults": {"CacheParameterGroupFamily": family, "Parameters": items, "Marker": marker}}


OPERATIONS: Final[dict[str, Operation]] = {
    "CreateCacheParameterGroup": create_cache_parameter_group,
    "DescribeCacheParameterGroups": describe_cache_parameter_groups,
    "ModifyCacheParameterGroup": modify_cache_parameter_group,
    "ResetCacheParameterGroup": reset_cache_parameter_group,
    "DeleteCacheParameterGroup": delete_cache_parameter_group,
    "DescribeCacheParameters": describe_cache_parameters,
    "DescribeEngineDefaultParameters": describe_engine_default_parameters,
}
