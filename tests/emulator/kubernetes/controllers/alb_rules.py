# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of an Ingress in the words of ELBv2: paths, hosts, and the annotations `actions.*` and `conditions.*`."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from tests.emulator.kubernetes.api import Object

from .model import Action, MissingServiceError, ModelError

PREFIX: Final = "alb.ingress.kubernetes.io/"
USE_ANNOTATION: Final = "use-annotation"
_FIELDS: Final = {
    "host-header": "HostHeaderConfig",
    "path-pattern": "PathPatternConfig",
    "http-header": "HttpHeaderConfig",
    "http-request-method": "HttpRequestMethodConfig",
    "query-string": "QueryStringConfig",
    "source-ip": "SourceIpConfig",
}
_WORDS: Final = (
    "ContentType DurationSeconds Enabled FixedResponseConfig ForwardConfig Host HttpHeaderName Key MessageBody Path Port Protocol Query"
    " RedirectConfig StatusCode TargetGroupArn TargetGroupStickinessConfig TargetGroups Type Value Values Weight"
)
_NAMES: Final = {name.lower(): name for name in _WORDS.split()} | {value.lower(): value for value in _FIELDS.values()}
"""The annotations spell the members of ELBv2's API with a small first letter, and take any case."""


def sorted_paths(paths: list[Object]) -> list[Object]:
    """Return paths in the order of their precedence: exact ones, then prefixes from long to short, then the rest as written."""

    def rank(path: Object) -> tuple[int, int]:
        kind = path.get("pathType")
        return (0, 0) if kind == "Exact" else (1, -len(path.get("path") or "")) if kind == "Prefix" else (2, 0)

    return sorted(paths, key=rank)


def path_patterns(path: Object) -> list[str]:
    """Return ELBv2's patterns for a path and its type."""
    text, kind = path.get("path") or "", path.get("pathType")
    if not text:
        return []
    if kind not in ("Exact", "Prefix"):
        return [text]
    if any(sign in text for sign in "*?"):
        raise ModelError(f"{kind.lower()} path shouldn't contain wildcards: {text}")
    if kind == "Exact":
        return [text]
    return ["/*"] if text == "/" else [text.removesuffix("/"), text.removesuffix("/") + "/*"]


def conditions_of(hosts: list[str], paths: list[str], more: list[Object]) -> list[Object]:
    """Return a rule's conditions; an Ingress path that says nothing means every request."""
    hosts, paths, result = list(hosts), list(paths), []
    for condition in more:
        values = condition.get(_FIELDS.get(condition["Field"], ""), {}).get("Values", [])
        if condition["Field"] == "host-header":
            hosts += values
        elif condition["Field"] == "path-pattern":
            paths += values
        else:
            result.append(condition)
    if hosts:
        result.append({"Field": "host-header", "HostHeaderConfig": {"Values": hosts}})
    if paths:
        result.append({"Field": "path-pattern", "PathPatternConfig": {"Values": paths}})
    return result or [{"Field": "path-pattern", "PathPatternConfig": {"Values": ["/*"]}}]


class Backends:
    """What the backends of one Ingress come to; `target_group` gives the reference to a service's port."""

    def __init__(self, notes: Mapping[str, str], target_group: Callable[[str, int | str], str]) -> None:
        self._notes = notes
        self._target_group = target_group

    def actions(self, backend: Object) -> list[Action]:
        """Return what is done with a request for a backend."""
        if backend.get("service") is None:
            raise ModelError("missing required service field")
        service = backend["service"]
        port = service.get("port") or {}
        if port.get("name") == USE_ANNOTATION:
            return [self._annotated(service["name"])]
        tuples = [{"serviceName": service["name"], "servicePort": port.get("number") or port.get("name")}]
        return [self._forwarding("", {"forwardconfig": {"targetGroups": tuples}})]

    def conditions(self, backend: Object) -> list[Object]:
        """Return the further conditions that an annotation names for a backend."""
        name = (backend.get("service") or {}).get("name")
        text = self._notes.get(f"{PREFIX}conditions.{name}")
        if text is None:
            return []
        found = []
        for item in _parsed(f"conditions.{name}", text, list):
            field = {key.lower(): value for key, value in item.items()}.get("field")
            if field not in _FIELDS:
                raise ModelError(f"unknown condition field in conditions.{name}: {field}")
            found.append({"Field": field, **{key: value for key, value in _spelled(item).items() if key in _FIELDS.values()}})
        return found

    def _annotated(self, name: str) -> Action:
        text = self._notes.get(f"{PREFIX}actions.{name}")
        if text is None:
            return _unavailable("Backend action does not exist")
        written = {key.lower(): value for key, value in _parsed(f"actions.{name}", text, dict).items()}
        match written.get("type"):
            case "fixed-response" | "redirect" as kind:
                member = "FixedResponseConfig" if kind == "fixed-response" else "RedirectConfig"
                return {"Type": kind, member: _spelled(written.get(member.lower()) or {})}
            case "forward":
                return self._forwarding(name, written)
        raise ModelError(f"unknown action type in actions.{name}: {written.get('type')}")

    def _forwarding(self, name: str, written: Object) -> Action:
        config = {key.lower(): value for key, value in (written.get("forwardconfig") or {}).items()}
        tuples = config.get("targetgroups") or ([{"targetGroupARN": written["targetgrouparn"]}] if "targetgrouparn" in written else [])
        if not tuples:
            raise ModelError(f"missing ForwardConfig in actions.{name}")
        groups: list[Object] = []
        for item in tuples:
            group = {key.lower(): value for key, value in item.items()}
            if ("targetgrouparn" in group) == ("servicename" in group):
                raise ModelError("precisely one of targetGroupARN, targetGroupName and serviceName can be specified")
            try:
                arn = group.get("targetgrouparn") or self._target_group(group["servicename"], _port(group.get("serviceport")))
            except MissingServiceError:
                if len(tuples) > 1:
                    raise
                return _unavailable("Backend service does not exist")
            groups.append({"TargetGroupArn": arn, **({"Weight": int(group["weight"])} if "weight" in group else {})})
        return _forward(groups, _spelled(config.get("targetgroupstickinessconfig") or {}))


def _forward(groups: list[Object], stickiness: Object | None = None) -> Action:
    # The order in the account is the order of the annotation, and a weight that nobody gave is 1.
    config: Object = {"TargetGroups": [{"Weight": 1, **group} for group in groups]}
    if stickiness:
        config["TargetGroupStickinessConfig"] = stickiness
    return {"Type": "forward", "ForwardConfig": config}


def _unavailable(message: str) -> Action:
    """Return what the controller puts in the place of a backend that is not there."""
    return {"Type": "fixed-response", "FixedResponseConfig": {"ContentType": "text/plain", "StatusCode": "503", "MessageBody": message}}


def _port(port: object) -> int | str:
    if port is None:
        raise ModelError("missing servicePort")
    return int(str(port)) if str(port).isdecimal() else str(port)


def _parsed[T](name: str, text: str, kind: type[T]) -> T:
    try:
        document = json.loads(text)
    except ValueError as error:
        raise ModelError(f"failed to parse json annotation, {PREFIX}{name}: {error}") from error
    if not isinstance(document, kind):
        raise ModelError(f"failed to parse json annotation, {PREFIX}{name}: not a {kind.__name__}")
    return document


def _spelled(value: Any) -> Any:
    """Return a value of an annotation with its members named as in ELBv2's API."""
    if isinstance(value, dict):
        return {_NAMES.get(key.lower(), key): _spelled(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_spelled(item) for item in value]
    return value
