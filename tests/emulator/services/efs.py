# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""EFS: states, updates, backup policies, the policy's deletion, what an access point needs, and the tags' older operations.

Moto has everything `available` at once, cannot update a file system or its backup policy, encrypts nothing by default with a key, keeps a
mount target's interface without a group, lets a file system go that has access points, and finds tags by ids where AWS's SDK gives ARNs.
"""

from __future__ import annotations

import json
from typing import Any, Final

from tests.emulator.lifecycle import Lifecycle

from ._patching import put, wrap

_MINUTES: Final = "efs.file_system.create"
_TARGET: Final = "efs.mount_target.create"
_POINT_LIMIT: Final = 1000


def _error(code: str, message: str, status: int = 400) -> Exception:
    from moto.efs.exceptions import EFSError

    error = EFSError(code, message)
    error.code = status
    return error


def _life(item: Any, kind: str) -> Lifecycle:
    life: Lifecycle | None = item.__dict__.get("_life")
    if life is None:
        life = item.__dict__["_life"] = Lifecycle("creating")
        life.begin("creating", kind, "available")
    return life


def _settle(backend: Any) -> None:
    for items, kind in ((backend.file_systems_by_id, _MINUTES), (backend.mount_targets_by_id, _TARGET)):
        for item in items.values():
            life = _life(item, kind)
            life.settle()
            item.life_cycle_state = life.status


def _file_system(self: Any) -> Any:
    identifier = self._get_param("FileSystemId")
    found = self.efs_backend.file_systems_by_id.get(identifier)
    if found is None:
        raise _error("FileSystemNotFound", f"File system '{identifier}' does not exist.", 404)
    return found


def _answer(document: Any, status: int = 200) -> Any:
    return json.dumps(document), {"status": status, "Content-Type": "application/json"}


def _check_throughput(mode: Any, provisioned: Any) -> None:
    if (mode == "provisioned") != bool(provisioned):
        raise _error("BadRequest", "ProvisionedThroughputInMibps is required with the throughput mode provisioned, and only with it.")


def _create(original: Any, self: Any, *args: Any, **kwargs: Any) -> Any:
    _check_throughput(kwargs.get("throughput_mode"), kwargs.get("provisioned_throughput_in_mibps"))
    if kwargs.get("encrypted") and not kwargs.get("kms_key_id"):
        kwargs["kms_key_id"] = f"arn:aws:kms:{self.region_name}:{self.account_id}:key/aws-elasticfilesystem"
    system = original(self, *args, **kwargs)
    _life(system, _MINUTES)
    system.life_cycle_state = "creating"
    return system


def _update(self: Any) -> Any:
    system = _file_system(self)
    if system.life_cycle_state != "available":
        raise _error("IncorrectFileSystemLifeCycleState", f"File system is in state {system.life_cycle_state}", 409)
    mode = self._get_param("ThroughputMode") or system.throughput_mode
    provisioned = self._get_param("ProvisionedThroughputInMibps")
    if mode == "provisioned":
        provisioned = provisioned or system.provisioned_throughput_in_mibps
    _check_throughput(mode, provisioned)
    system.throughput_mode, system.provisioned_throughput_in_mibps = mode, provisioned
    return _answer(system.info_json(), 202)


def _put_backup(self: Any) -> Any:
    system = _file_system(self)
    status = (self._get_param("BackupPolicy") or {})["Status"]
    system._backup = status == "ENABLED"
    system.__dict__["_backup_said"] = True
    return _answer({"BackupPolicy": {"Status": "ENABLING" if system._backup else "DISABLING"}})


def _backup(original: Any, self: Any, file_system_id: str) -> Any:
    system = self.file_systems_by_id.get(file_system_id)
    if system is not None and system.__dict__.get("_backup_said") and not system._backup:
        return {"Status": "DISABLED"}
    return original(self, file_system_id)


def _delete_policy(self: Any) -> Any:
    _file_system(self).file_system_policy = None
    return _answer({})


def _delete(original: Any, self: Any, file_system_id: str) -> None:
    if any(point.file_system_id == file_system_id for point in self.access_points.values()):
        raise _error("FileSystemInUse", "Must delete all access points before deleting file system.", 409)
    original(self, file_system_id)
    self.tagging_service.delete_all_tags_for_resource(file_system_id)


def _create_target(original: Any, self: Any, file_system_id: str, subnet_id: str, *args: Any, **kwargs: Any) -> Any:
    system = self.file_systems_by_id.get(file_system_id)
    if system is not None and system.life_cycle_state != "available":
        raise _error("IncorrectFileSystemLifeCycleState", "File system is not available: " + system.life_cycle_state, 409)
    if not kwargs.get("security_groups") and not (len(args) > 1 and args[1]):
        subnet = self.ec2_backend.get_subnet(subnet_id)
        kwargs["security_groups"] = [self.ec2_backend.get_default_security_group(subnet.vpc_id).id]
    target = original(self, file_system_id, subnet_id, *args, **kwargs)
    _life(target, _TARGET)
    target.life_cycle_state = "creating"
    interface = self.ec2_backend.enis.get(target.network_interface_id)
    if interface is not None:
        interface.description = f"EFS mount target for {file_system_id} ({target.mount_target_id})"
        interface.requester_managed = True
    return target


def _create_point(original: Any, self: Any, client_token: str, tags: Any, file_system_id: str, *args: Any, **kwargs: Any) -> Any:
    system = self.file_systems_by_id.get(file_system_id)
    if system is None:
        raise _error("FileSystemNotFound", f"File system '{file_system_id}' does not exist.", 404)
    if system.life_cycle_state != "available":
        raise _error("IncorrectFileSystemLifeCycleState", f"File system is in state {system.life_cycle_state}", 409)
    known = next((point for point in self.access_points.values() if client_token and point.client_token == client_token), None)
    if known is not None:
        error = _error("AccessPointAlreadyExists", f"Access point already exists with client token {client_token}", 409)
        raise error
    if sum(point.file_system_id == file_system_id for point in self.access_points.values()) >= _POINT_LIMIT:
        raise _error("AccessPointLimitExceeded", "You reached the maximum number of access points for this file system.", 403)
    root = kwargs.get("root_directory") or {}
    if root.get("Path", "/") != "/" and not root["Path"].startswith("/"):
        raise _error("BadRequest", "The root directory's path must begin with a slash.")
    return original(self, client_token, tags, file_system_id, *args, **kwargs)


def _delete_point(original: Any, self: Any, access_point_id: str) -> None:
    if access_point_id not in self.access_points:
        raise _error("AccessPointNotFound", f"Access Point {access_point_id} does not exist.", 404)
    original(self, access_point_id)
    self.tagging_service.delete_all_tags_for_resource(access_point_id)


def _identifier(self: Any, original: Any, resource_id: str) -> Any:
    return original(self, resource_id.rsplit("/", 1)[-1])


def _describe_tags(self: Any) -> Any:
    return _answer({"Tags": self.efs_backend.list_tags_for_resource(_file_system(self).file_system_id)})


def _create_tags(self: Any) -> Any:
    self.efs_backend.tagging_service.tag_resource(_file_system(self).file_system_id, self._get_param("Tags") or [])
    return _answer({}, 204)


def _delete_tags(self: Any) -> Any:
    self.efs_backend.tagging_service.untag_resource_using_names(_file_system(self).file_system_id, self._get_param("TagKeys") or [])
    return _answer({}, 204)


def _dispatch(original: Any, self: Any) -> Any:
    _settle(self.efs_backend)
    return original(self)


def install() -> None:
    """Apply the corrections."""
    from moto.efs import urls
    from moto.efs.models import EFSBackend
    from moto.efs.responses import EFSResponse

    for name in ("tags", "create-tags", "delete-tags"):
        urls.url_paths[f"/2015-02-01/{name}/<file_system_id>"] = urls.response.dispatch
    wrap(EFSBackend, "create_file_system", _create)
    wrap(EFSBackend, "delete_file_system", _delete)
    wrap(EFSBackend, "describe_backup_policy", _backup)
    wrap(EFSBackend, "create_mount_target", _create_target)
    wrap(EFSBackend, "create_access_point", _create_point)
    wrap(EFSBackend, "delete_access_point", _delete_point)
    wrap(EFSBackend, "list_tags_for_resource", lambda original, self, resource_id: _identifier(self, original, resource_id))
    put(EFSResponse, "update_file_system", _update)
    put(EFSResponse, "put_backup_policy", _put_backup)
    put(EFSResponse, "delete_file_system_policy", _delete_policy)
    put(EFSResponse, "describe_tags", _describe_tags)
    put(EFSResponse, "create_tags", _create_tags)
    put(EFSResponse, "delete_tags", _delete_tags)
    wrap(EFSResponse, "call_action", _dispatch)
