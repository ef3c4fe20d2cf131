# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Recovery points of AWS Backup: a job on request makes one at once, and a vault that holds one is not deleted.

Nothing is copied, and no plan makes a backup by the clock.
"""

from __future__ import annotations

import json
import time
import uuid
from typing import Any
from urllib.parse import unquote

from ._patching import put, wrap


def _error(code: str, message: str) -> Exception:
    from moto.core.exceptions import JsonRESTError

    error: Exception = JsonRESTError(code, message)
    error.code = 400  # type: ignore[attr-defined]
    return error


def _points(vault: Any) -> dict[str, dict[str, Any]]:
    if not hasattr(vault, "emulated_points"):
        vault.emulated_points = {}
    points: dict[str, dict[str, Any]] = vault.emulated_points
    return points


def start_backup_job(self: Any) -> Any:
    """Back something up at once."""
    from moto.core.responses import ActionResult

    body = json.loads(self.body)
    vault = self.backup_backend.describe_backup_vault(body["BackupVaultName"])
    identifier = str(uuid.uuid4())
    arn = f"arn:aws:backup:{self.region}:{self.current_account}:recovery-point:{identifier}"
    _points(vault)[arn] = {
        "RecoveryPointArn": arn,
        "BackupVaultName": vault.backup_vault_name,
        "BackupVaultArn": vault.backup_vault_arn,
        "ResourceArn": body["ResourceArn"],
        "IamRoleArn": body["IamRoleArn"],
        "Status": "COMPLETED",
        "CreationDate": time.time(),
    }
    vault.num_of_recovery_points = vault.number_of_recovery_points = len(_points(vault))
    if body.get("RecoveryPointTags"):
        self.backup_backend.tag_resource(arn, body["RecoveryPointTags"])
    return ActionResult({"BackupJobId": identifier, "RecoveryPointArn": arn, "CreationDate": time.time()})


def list_recovery_points_by_backup_vault(self: Any) -> Any:
    """List what a vault holds."""
    from moto.core.responses import ActionResult

    vault = self.backup_backend.describe_backup_vault(self.path.split("/")[2])
    return ActionResult({"RecoveryPoints": list(_points(vault).values())})


def delete_recovery_point(self: Any) -> Any:
    """Delete one recovery point."""
    from moto.core.responses import EmptyResult

    name, _unused, arn = self.path.split("/", 4)[2:]
    vault = self.backup_backend.describe_backup_vault(name)
    if _points(vault).pop(unquote(arn), None) is None:
        raise _error("ResourceNotFoundException", "Cannot find recovery point.")
    vault.num_of_recovery_points = vault.number_of_recovery_points = len(_points(vault))
    return EmptyResult()


def _delete_vault(original: Any, self: Any, backup_vault_name: str) -> Any:
    vault = self.vaults.get(backup_vault_name)
    if vault is not None and _points(vault):
        raise _error("InvalidRequestException", "Backup vault cannot be deleted because it contains recovery points.")
    return original(self, backup_vault_name)


def install() -> None:
    """Add the operations with their routes."""
    from moto.backup import urls
    from moto.backup.models import BackupBackend
    from moto.backup.responses import BackupResponse

    wrap(BackupBackend, "delete_backup_vault", _delete_vault)
    for operation in (start_backup_job, list_recovery_points_by_backup_vault, delete_recovery_point):
        put(BackupResponse, operation.__name__, operation)
    urls.url_paths["{0}/backup-jobs$"] = urls.response.dispatch
    urls.url_paths["{0}/backup-vaults/(?P<name>[^/]+)/recovery-points/(?P<arn>.*)$"] = urls.response.dispatch
