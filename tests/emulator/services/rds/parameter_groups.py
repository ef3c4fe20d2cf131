# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""DB parameter groups."""

from __future__ import annotations

import re
from typing import Any, Final

from moto.core.responses import ActionResult
from moto.rds.models import DBParameterGroup, RDSBackend

from tests.emulator.services.rds import engines
from tests.emulator.services.rds import parameters as catalogue
from tests.emulator.services.rds.state import Function
from tests.emulator.wire import Document, error

_DBParameterGroup: Final[Any] = DBParameterGroup  # abstract only to the type checker
_create: Final = RDSBackend.create_db_parameter_group
_AT_ONCE: Final = 20
_NAME: Final = re.compile(r"[a-z](-?[a-z0-9]){0,254}", re.IGNORECASE)


def find(backend: Any, name: str) -> Any:
    """Return the group `name`; those called `default.<family>` exist in every account."""
    if name not in backend.db_parameter_groups:
        family = name.removeprefix("default.")
        if not name.startswith("default.") or family not in engines.families():
            raise error("DBParameterGroupNotFound", f"DBParameterGroup not found: {name}")
        backend.db_parameter_groups[name] = _DBParameterGroup(
            backend,
            db_parameter_group_name=name,
            description=f"Default parameter group for {family}",
            db_parameter_group_family=family,
        )
    return backend.db_parameter_groups[name]


def choose(backend: Any, name: str | None, engine: str, version: str) -> str:
    """Return the group of an instance: the one named if it fits, else the default one."""
    family = engines.family(engine, version)
    if not name:
        return str(find(backend, f"default.{family}").name)
    group = find(backend, name)
    if group.family != family:
        raise error(
            "InvalidParameterCombination",
            f"The Parameter Group {name} with DBParameterGroupFamily {group.family} can't be used for this instance. Please use a"
            f" Parameter Group with DBParameterGroupFamily {family}",
        )
    return str(group.name)


def create_db_parameter_group(backend: Any, db_parameter_group_kwargs: Any) -> Any:
    """Create a group for a family that exists."""
    name = db_parameter_group_kwargs["db_parameter_group_name"]
    family = db_parameter_group_kwargs.get("db_parameter_group_family")
    if not _NAME.fullmatch(name):
        raise error(
            "InvalidParameterValue",
            "The parameter DBParameterGroupName is not a valid identifier. Identifiers must begin with a letter; must contain only"
            " ASCII letters, digits, and hyphens; and must not end with a hyphen or contain two consecutive hyphens.",
        )
    if family and family not in engines.families() and not family.startswith(("oracle", "sqlserver", "neptune", "docdb", "db2")):
        raise error("InvalidParameterValue", f"ParameterGroupFamily {family} is not a valid parameter group family")
    return _create(backend, db_parameter_group_kwargs)


def describe_db_parameter_groups(backend: Any, db_parameter_group_kwargs: Any) -> list[Any]:
    """Return one group or all of them."""
    if name := db_parameter_group_kwargs.get("db_parameter_group_name"):
        return [find(backend, name)]
    return list(backend.db_parameter_groups.values())


def _check(group: Any, item: Document) -> None:
    known = catalogue.of_family(group.family)
    if known is None:
        return
    name, value = item["ParameterName"], item.get("ParameterValue")
    parameter = known.get(name)
    if parameter is None:
        raise error("InvalidParameterValue", f"Could not find parameter with name: {name}")
    if not parameter.modifiable:
        raise error("InvalidParameterValue", f"The parameter {name} cannot be modified.")
    if parameter.static and item.get("ApplyMethod") == "immediate":
        raise error("InvalidParameterCombination", "cannot use immediate apply method for static parameter")
    if value is not None and not catalogue.accepts(parameter, str(value)):
        raise error(
            "InvalidParameterValue",
            f"Invalid parameter value: {value} for: {name} allowed values are: {parameter.allowed}",
        )


def _changeable(backend: Any, name: str) -> Any:
    group = find(backend, name)
    if group.name.startswith("default."):
        raise error(
            "InvalidParameterValue", "The parameter DBParameterGroupName is not a valid identifier. Default groups cannot be changed."
        )
    return group


def modify_db_parameter_group(backend: Any, db_parameter_group_name: str, db_parameter_group_parameters: Any) -> Any:
    """Set up to twenty parameters: all of them, or none."""
    group = _changeable(backend, db_parameter_group_name)
    items = [
        {key: item[key] for key in ("ParameterName", "ParameterValue", "ApplyMethod") if key in item}
        for item in db_parameter_group_parameters
    ]
    if len(items) > _AT_ONCE:
        raise error("InvalidParameterValue", f"A maximum of {_AT_ONCE} parameters can be modified in a single request.")
    for item in items:
        _check(group, item)
    group.update_parameters(items)
    return group


def delete_db_parameter_group(backend: Any, db_parameter_group_name: str) -> Any:
    """Delete a group that no instance uses."""
    group = find(backend, db_parameter_group_name)
    if group.name.startswith("default."):
        raise error("InvalidDBParameterGroupState", "Default DBParameterGroup cannot be deleted: " + group.name)
    if any(item.db_parameter_group_name == group.name for item in backend.databases.values()):
        raise error(
            "InvalidDBParameterGroupState",
            f"One or more database instances are still members of this parameter group {group.name}, so the group cannot be deleted",
        )
    return backend.db_parameter_groups.pop(group.name)


def _render(parameter: catalogue.Parameter, own: Document | None) -> Document:
    shown: Document = {
        "ParameterName": parameter.name,
        "Description": f"{parameter.name} of the engine",
        "ApplyType": "static" if parameter.static else "dynamic",
        "DataType": parameter.kind,
        "IsModifiable": parameter.modifiable,
        "ApplyMethod": (own or {}).get("ApplyMethod", "pending-reboot"),
    }
    if own is not None and "ParameterValue" in own:
        shown.update({"Source": "user", "ParameterValue": own["ParameterValue"]})
    elif parameter.default is None:
        shown["Source"] = "engine-default"
    else:
        shown.update({"Source": "system", "ParameterValue": parameter.default})
    if parameter.allowed:
        shown["AllowedValues"] = parameter.allowed
    return shown


def describe_db_parameters(response: Any) -> ActionResult:
    """Return the parameters of a group, all or those of one source."""
    group = find(response.backend, response.params.get("DBParameterGroupName"))
    known = catalogue.of_family(group.family)
    if known is None:
        shown = list(group.parameters.values())
    else:
        shown = [_render(item, group.parameters.get(item.name)) for item in known.values()]
    if source := response.params.get("Source"):
        shown = [item for item in shown if item.get("Source") == source]
    items, marker = engines.paged(shown, response.params)
    return ActionResult({"Parameters": items, "Marker": marker})


def reset_db_parameter_group(response: Any) -> ActionResult:
    """Set all parameters of a group, or those that are named, to their defaults."""
    group = _changeable(response.backend, response.params.get("DBParameterGroupName"))
    named = [item["ParameterName"] for item in response.params.get("Parameters") or []]
    for name in list(group.parameters) if response.params.get("ResetAllParameters") or not named else named:
        group.parameters.pop(name, None)
    return ActionResult({"DBParameterGroupName": group.name})


def describe_engine_default_parameters(response: Any) -> ActionResult:
    """Return the parameters of a family."""
    family = response.params.get("DBParameterGroupFamily")
    known = catalogue.of_family(family) if family in engines.families() else None
    if known is None:
        raise error("InvalidParameterValue", f"ParameterGroupFamily {family} is not a valid parameter group family")
    shown = [_render(item, None) for item in known.values()]
    return ActionResult({"EngineDefaults": {"DBParameterGroupFamily": family, "Parameters": shown}})


BACKEND: Final[dict[str, Function]] = {
    "create_db_parameter_group": create_db_parameter_group,
    "describe_db_parameter_groups": describe_db_parameter_groups,
    "modify_db_parameter_group": modify_db_parameter_group,
    "delete_db_parameter_group": delete_db_parameter_group,
}
RESPONSE: Final[dict[str, Function]] = {
    "describe_db_parameters": describe_db_parameters,
    "reset_db_parameter_group": reset_db_parameter_group,
    "describe_engine_default_parameters": describe_engine_default_parameters,
}
