# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a destroy must not touch: asked before the first deletion, so that nothing is half gone when it is refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from ansible_collections.stratum.aws.plugins.plugin_utils.checks._problems import Problem
from ansible_collections.stratum.aws.plugins.plugin_utils.graph._taskfile import Node
from ansible_collections.stratum.aws.plugins.plugin_utils.runs._steps import Item, Progress
from ansible_collections.stratum.aws.plugins.plugin_utils.verbs import _conduct_destroy
from ansible_collections.stratum.aws.plugins.plugin_utils.verbs._session import Session

_OVERRIDE: Final = "Take a copy of what matters, and give -e override_protection=true if you mean it"
ClientOf = Callable[..., Any]


def of(session: Session, found: Mapping[Node, Progress], *, override: bool) -> tuple[dict[int, str], list[Problem]]:
    """Return what stays (by the id of the plan's item, with the reason), and what forbids the destroy as a whole."""
    kept: dict[int, str] = {}
    refused: list[Problem] = []
    for node, progress in found.items():
        for item in progress.items:
            if item.action in ("create", "skipped", "failed"):
                continue
            if item.node.keep is not None and (why := _conduct_destroy.wanted(session.prepared.evaluator, item)):
                # Nobody takes it away, so nothing need protect it.
                kept[id(item)] = why
                continue
            if not override and (_is_protected(item.result or {}) or _has_protected_instance(session.client, item)):
                what = f"{node.layer}: {item.title} is protected against deletion"
                refused.append(Problem("override_protection", what, _OVERRIDE, node.place))
            if item.args and not item.args.get("force") and (ask := _CONTENTS.get(node.module)) is not None:
                stays, why = ask(session.client, item)
                if why and stays:
                    kept[id(item)] = why
                elif why:
                    refused.append(Problem("override_protection", f"{node.layer}: {item.title}: {why}", _OVERRIDE, node.place))
    return kept, refused


def _is_protected(result: Mapping[str, Any]) -> bool:
    """Return whether a module's result says that deletion protection is on, at the top or one level below."""
    if result.get("deletion_protection") is True:
        return True
    return any(isinstance(value, Mapping) and value.get("deletion_protection") is True for value in result.values())


def _has_protected_instance(client: ClientOf, item: Item) -> bool:
    """Return whether an instance of a module's result cannot be terminated, which the result does not say."""
    instances = (item.result or {}).get("instance_ids") or [] if item.node.module == "amazon.aws.ec2_instance" else []
    region = (item.args or {}).get("region")
    asked = (client("ec2", region).describe_instance_attribute(InstanceId=each, Attribute="disableApiTermination") for each in instances)
    return any(answer["DisableApiTermination"]["Value"] for answer in asked)


def _objects(client: ClientOf, item: Item) -> tuple[bool, str]:
    args = item.args or {}
    found = client("s3", args.get("region")).list_object_versions(Bucket=args["name"], MaxKeys=1)
    return False, f"the bucket {args['name']} holds objects" if found.get("Versions") or found.get("DeleteMarkers") else ""


def _recovery_points(client: ClientOf, item: Item) -> tuple[bool, str]:
    args = item.args or {}
    found = client("backup", args.get("region")).list_recovery_points_by_backup_vault(BackupVaultName=args["name"], MaxResults=1)
    return True, f"the vault {args['name']} holds backups" if found["RecoveryPoints"] else ""


def _images(client: ClientOf, item: Item) -> tuple[bool, str]:
    args = item.args or {}
    found = client("ecr", args.get("region")).list_images(repositoryName=args["name"], maxResults=1)
    return False, f"the repository {args['name']} holds images" if found["imageIds"] else ""


def _files(client: ClientOf, item: Item) -> tuple[bool, str]:
    args = item.args or {}
    systems = client("efs", args.get("region")).describe_file_systems(CreationToken=args["name"])["FileSystems"]
    held = sum(system["SizeInBytes"]["Value"] for system in systems)
    # A new one is not quite empty: it has its root directory.
    return False, f"the file system {args['name']} holds {held} bytes" if held > _EMPTY_FILE_SYSTEM else ""


_EMPTY_FILE_SYSTEM: Final = 1024**2
_CONTENTS: Final[Mapping[str, Callable[[ClientOf, Item], tuple[bool, str]]]] = {
    "amazon.aws.s3_bucket": _objects,
    "stratum.aws.backup_vault": _recovery_points,
    "stratum.aws.ecr_repository": _images,
    "stratum.aws.efs_file_system": _files,
}
