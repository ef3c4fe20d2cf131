# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a task definition of ECS says, whichever of two spellings it has.  Private to the collection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

Document = dict[str, Any]

_HEALTH: Final = {"interval": 30, "timeout": 5, "retries": 3}
_NAMED: Final = ("environment", "secrets")
"""Lists whose items have names; ECS may answer them in another order."""
OWN: Final = (
    "cpu",
    "memory",
    "network_mode",
    "requires_compatibilities",
    "execution_role_arn",
    "task_role_arn",
    "container_definitions",
    "architecture",
    "ephemeral_storage_gib",
    "volumes",
)
"""What a revision says for good: another value of one of these takes another revision."""


def plain(value: Any) -> Any:
    """Return a value without what is empty, which ECS fills in or leaves out as it likes."""
    if isinstance(value, Mapping):
        cleaned = {key: plain(item) for key, item in value.items()}
        return {key: item for key, item in cleaned.items() if item not in (None, [], {}, "")}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


def container(definition: Mapping[str, Any]) -> Document:
    """Return a container definition with ECS's defaults, so that two that mean the same are the same."""
    result: Document = plain(definition)
    result.setdefault("essential", True)
    if not result.get("cpu"):
        result.pop("cpu", None)
    if result.get("readonlyRootFilesystem") is False:
        result.pop("readonlyRootFilesystem")
    ports = [_port(each) for each in result.pop("portMappings", [])]
    if ports:
        result["portMappings"] = ports
    if health := result.get("healthCheck"):
        result["healthCheck"] = {**_HEALTH, **health}
    for key in _NAMED:
        if key in result:
            # An empty value of a variable is a value.
            given = {each["name"]: each for each in definition[key]}
            result[key] = [dict(given[name]) for name in sorted(given)]
    return result


def _port(mapping: Mapping[str, Any]) -> Document:
    port = mapping["containerPort"]
    return {"protocol": "tcp", "hostPort": port, **mapping}


def containers(definitions: Sequence[Mapping[str, Any]]) -> list[Document]:
    """Return container definitions as `container` does."""
    return [container(each) for each in definitions]


def document(definition: Mapping[str, Any], tags: Mapping[str, str]) -> Document:
    """Return a task definition of DescribeTaskDefinition as the module returns it."""
    platform = definition.get("runtimePlatform") or {}
    size = (definition.get("ephemeralStorage") or {}).get("sizeInGiB")
    return {
        "arn": definition["taskDefinitionArn"],
        "family": definition["family"],
        "revision": definition["revision"],
        "status": definition.get("status"),
        "cpu": int(definition["cpu"]) if definition.get("cpu") else None,
        "memory": int(definition["memory"]) if definition.get("memory") else None,
        "network_mode": definition.get("networkMode"),
        "requires_compatibilities": definition.get("requiresCompatibilities") or [],
        "execution_role_arn": definition.get("executionRoleArn"),
        "task_role_arn": definition.get("taskRoleArn"),
        "container_definitions": containers(definition["containerDefinitions"]),
        "architecture": platform.get("cpuArchitecture", "X86_64"),
        "ephemeral_storage_gib": size,
        "volumes": plain(definition.get("volumes") or []),
        "tags": dict(tags),
    }


def wanted(options: Mapping[str, Any]) -> Document:
    """Return what the options ask for, in the form of `document`."""
    result = {key: options[key] for key in OWN if options[key] is not None}
    result["container_definitions"] = containers(options["container_definitions"] or [])
    result["volumes"] = plain(options["volumes"] or [])
    return result


def with_kept_tags(definitions: Sequence[Mapping[str, Any]], current: Sequence[Mapping[str, Any]]) -> list[Document]:
    """Return container definitions with the image that is there now, wherever it is of the same repository.

    Deploys register revisions with other tags. What they brought is not taken back by what an inventory says of a first installation.
    """
    there = {each["name"]: str(each["image"]) for each in current}
    result = []
    for each in definitions:
        image = there.get(each["name"], "")
        same = image and repository(image) == repository(str(each["image"]))
        result.append({**each, "image": image if same else each["image"]})
    return result


def repository(image: str) -> str:
    """Return the name of an image without its tag or digest."""
    bare = image.partition("@")[0]
    path, _slash, last = bare.rpartition("/")
    name = last.partition(":")[0]
    return f"{path}/{name}" if path else name


def family(arn: str) -> str:
    """Return the family of a revision's ARN."""
    return arn.rpartition("/")[2].rpartition(":")[0]


def serving(service: Mapping[str, Any]) -> str:
    """Return the ARN of the revision that a service of DescribeServices runs; CodeDeploy says it in a task set."""
    primary: Mapping[str, Any] = next((each for each in service.get("taskSets") or [] if each.get("status") == "PRIMARY"), {})
    return str(primary.get("taskDefinition") or service.get("taskDefinition") or "")


def revision_changes(current: Mapping[str, Any], target: Mapping[str, Any], newest: int = 0) -> Document:
    """Return what another revision would say differently, with its number and ARN; nothing if the current one will do."""
    changes: Document = {}
    for key, value in target.items():
        present = current.get(key)
        if key == "requires_compatibilities":
            if set(present or []) != set(value):
                changes[key] = value
        elif present != value:
            changes[key] = value
    for key in ("execution_role_arn", "task_role_arn", "ephemeral_storage_gib"):
        # A revision is whole: what it does not say, it does not have.
        if key not in target and current.get(key) is not None:
            changes[key] = None
    if not changes:
        return {}
    number = max(int(current["revision"]), newest) + 1
    return {**changes, "revision": number, "arn": f"{str(current['arn']).rpartition(':')[0]}:{number}"}


def request(family: str, target: Mapping[str, Any]) -> Document:
    """Return the parameters of RegisterTaskDefinition."""
    cpu, memory, storage = target.get("cpu"), target.get("memory"), target.get("ephemeral_storage_gib")
    platform = {"cpuArchitecture": target["architecture"], "operatingSystemFamily": "LINUX"} if target.get("architecture") else None
    return {
        "family": family,
        "cpu": None if cpu is None else str(cpu),
        "memory": None if memory is None else str(memory),
        "networkMode": target.get("network_mode"),
        "requiresCompatibilities": target.get("requires_compatibilities"),
        "executionRoleArn": target.get("execution_role_arn"),
        "taskRoleArn": target.get("task_role_arn"),
        "containerDefinitions": target["container_definitions"],
        "runtimePlatform": platform,
        "ephemeralStorage": None if storage is None else {"sizeInGiB": storage},
        "volumes": target.get("volumes") or None,
    }
