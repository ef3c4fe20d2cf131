# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is checked before the first write: the inventory against the roles' specifications and each other.

Everything that is wrong is reported at once, each with its variable, its file and its cure.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleError
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.stratum.aws.plugins.plugin_utils import _core
from ansible_collections.stratum.aws.plugins.plugin_utils.checks import (
    _check_catalogue,
    _check_data,
    _check_deliveries,
    _check_edge,
    _check_names,
    _check_network,
    _check_policy,
    _check_references,
    _check_security,
    _check_windows,
)
from ansible_collections.stratum.aws.plugins.plugin_utils.checks._findings import Finding
from ansible_collections.stratum.aws.plugins.plugin_utils.checks._problems import NOWHERE, Place, Problem
from ansible_collections.stratum.aws.plugins.plugin_utils.graph._evaluate import Evaluator, Unknown
from ansible_collections.stratum.aws.plugins.plugin_utils.graph._layers import Layer
from ansible_collections.stratum.aws.plugins.plugin_utils.graph._references import CircularVariables, Resolver, of_value
from ansible_collections.stratum.aws.plugins.plugin_utils.graph._taskfile import Node
from ansible_collections.stratum.aws.plugins.plugin_utils.runs._jobs import WARM_COLLECTIONS, Kind

ResolveModule = Callable[[str], tuple[str, str | None, bool] | None]
PlaceOf = Callable[[str], Place]
"""Where a variable's value comes from."""


def module_kinds(nodes: Iterable[Node], resolve: ResolveModule) -> tuple[dict[str, Kind], list[Problem]]:
    """Find every module that the nodes name; return how each runs, and those that do not exist."""
    kinds: dict[str, Kind] = {}
    problems: list[Problem] = []
    for node in nodes:
        if node.module in kinds:
            continue
        found = resolve(node.module)
        if found is None:
            problems.append(
                Problem(
                    node.module,
                    f'"{node.name}" uses a module that cannot be found',
                    "Correct the name, or install the collection it belongs to",
                    node.place,
                )
            )
            continue
        name, path, has_action = found
        warm = path is not None and path.endswith(".py") and not has_action and name.startswith(WARM_COLLECTIONS)
        namespace, _unused, rest = name.partition(".")
        collection, _unused, module = rest.partition(".")
        import_path = f"ansible_collections.{namespace}.{collection}.plugins.modules.{module}" if warm else None
        kinds[node.module] = Kind(name, import_path, path)
    return kinds, problems


def unknown_variables(names: Iterable[str], layers: Sequence[Layer], every_role: Iterable[str], place_of: PlaceOf) -> list[Problem]:
    """Return a problem for each variable that bears a layer's prefix and is no variable of that layer."""
    by_name = {layer.name: layer for layer in layers}
    longest_first = sorted(every_role, key=len, reverse=True)
    problems = []
    for name in names:
        owner = next((role for role in longest_first if name.startswith(f"{role}_")), None)
        layer = by_name.get(owner or "")
        if layer is None or name in layer.options or name in layer.variables or name in layer.defaults:
            continue
        near = difflib.get_close_matches(name, [*layer.options], n=1)
        cure = f'Did you mean "{near[0]}"? ' if near else ""
        problems.append(
            Problem(
                name, f'the layer "{layer.name}" has no variable of this name', f"{cure}See roles/{layer.name}/README.md", place_of(name)
            )
        )
    return problems


def resolved(
    layers: Sequence[Layer], evaluator: Evaluator, resolver: Resolver, given: Mapping[str, Any], place_of: PlaceOf
) -> tuple[dict[str, Any], list[Problem]]:
    """Check each layer's variables against its argument specification: presence, type, choices, nested options.

    Returns the values that are known before a run (what only a run can tell is left out), and what is wrong.
    """
    problems = []
    values: dict[str, Any] = {}
    for layer in layers:
        for name, spec in layer.options.items():
            if name not in given and name not in layer.defaults:
                if spec.get("required"):
                    problems.append(
                        Problem(name, f'the layer "{layer.name}" needs this variable', f"Define it in the inventory: {_sentence(spec)}")
                    )
                continue
            try:
                if resolver.resolve(of_value(_value(name, layer, given))).required:
                    continue  # told by a run, or reported as undefined where it is used
                value = _core.plain(evaluator.variable(name, layer.name))
            except (Unknown, CircularVariables):
                continue
            except (AnsibleError, ValueError) as error:
                problems.append(Problem(name, f"the value cannot be rendered: {error}", "Mend the template", place_of(name)))
                continue
            if value is None and not spec.get("required"):
                continue
            result = ArgumentSpecValidator({name: spec}).validate({name: value})
            if result.error_messages:
                problems.extend(
                    Problem(name, _plain(message, name), f"Expected: {_sentence(spec)}", place_of(name))
                    for message in result.error_messages
                )
            else:
                values[name] = result.validated_parameters[name]
    return values, problems


def unfit(values: Mapping[str, Any], region: str, zones: tuple[str, ...], place_of: PlaceOf) -> list[Problem]:
    """Check values of all layers against each other and against what AWS takes and sells."""
    findings = [
        *_check_network.check(values, zones),
        *_check_windows.check(values),
        *_check_names.check(values),
        *_check_references.check(values),
        *_check_security.check(values),
        *_check_data.check(values),
        *_check_edge.check(values, region),
        *_check_deliveries.check(values),
        *_check_catalogue.check(values, region),
    ]
    return placed(findings, place_of)


def weak(values: Mapping[str, Any], place_of: PlaceOf) -> list[Problem]:
    """Return settings that AWS takes and a reviewer would question."""
    return placed(_check_policy.check(values), place_of)


def placed(findings: Iterable[Finding], place_of: PlaceOf) -> list[Problem]:
    """Return findings with the places where their variables were written."""
    return [Problem(finding.variable, finding.message, finding.cure, place_of(finding.variable)) for finding in findings]


def _value(name: str, layer: Layer, given: Mapping[str, Any]) -> Any:
    return given[name] if name in given else layer.defaults[name]


def _plain(message: str, name: str) -> str:
    return message.replace(f"argument '{name}' is", "the value is").replace(f"value of {name}", "the value").rstrip(".")


def _sentence(spec: Mapping[str, Any]) -> str:
    description = spec.get("description") or ""
    first = description if isinstance(description, str) else description[0]
    kind = spec.get("type", "str")
    if spec.get("elements"):
        kind = f"{kind} of {spec['elements']}"
    return f"{kind}. {first}".rstrip(". ")


def place_finder(variables: Mapping[str, Any], place_of: Callable[[object], Place]) -> PlaceOf:
    """Return a function that finds where a variable was written, by the origin of its value or of its name."""
    keys = {str(key): key for key in variables}

    def find(name: str) -> Place:
        for candidate in (variables.get(name), keys.get(name)):
            place = place_of(candidate)
            if place is not NOWHERE:
                return place
        return NOWHERE

    return find
