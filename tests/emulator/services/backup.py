# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""AWS Backup: plans cannot be updated in moto, selections, policies and notifications are missing.

A vault that does not exist is answered with AccessDeniedException, as AWS does it (it does not
tell strangers which vaults exist); `amazon.aws.backup_vault` counts on that.
"""

from __future__ import annotations

import time
import uuid
from typing import Any

from . import _backup_points
from ._patching import wrap

_DENIED = "Insufficient privileges to perform this action."


def _error(code: str, message: str, status: int = 400) -> Exception:
    from moto.core.exceptions import JsonRESTError

    error: Exception = JsonRESTError(code, message)
    error.code = status  # type: ignore[attr-defined]
    return error


def _describe_vault(original: Any, self: Any, backup_vault_name: str) -> Any:
    if backup_vault_name not in self.vaults:
        raise _error("AccessDeniedException", _DENIED, 403)
    return original(self, backup_vault_name)


def _plan(response: Any) -> Any:
    """The plan that the request's path names."""
    identifier = response.uri_match.get("backupPlanId") or response.path.split("/plans/")[-1].split("/")[0]
    plan = response.backup_backend.plans.get(identifier)
    if plan is None or plan.deletion_date is not None:
        raise _error("ResourceNotFoundException", "Failed reading Backup plan with provided version")
    if not hasattr(plan, "selections"):
        plan.selections = {}
    return plan


def _create_plan(original: Any, self: Any, **request: Any) -> Any:
    """Let a plan be made again once its like was deleted."""
    whole = self.plans
    gone = {identifier: plan for identifier, plan in whole.items() if plan.deletion_date is not None}
    self.plans = {identifier: plan for identifier, plan in whole.items() if identifier not in gone}
    try:
        return original(self, **request)
    finally:
        self.plans |= gone


def update_backup_plan(self: Any) -> Any:
    """Replace a plan's rules and give it a new version."""
    from moto.backup.models import Plan
    from moto.core.responses import ActionResult

    plan = _plan(self)
    # A plan of its own fills in the defaults of the rules; only its content is kept.
    fresh = Plan(backup_plan=_body(self)["BackupPlan"], creator_request_id="", backend=self.backup_backend)
    plan.backup_plan, plan.version_id = fresh.backup_plan, fresh.version_id
    plan.advanced_backup_settings = fresh.advanced_backup_settings
    return ActionResult(plan.to_dict())


def create_backup_selection(self: Any) -> Any:
    """Add a selection to a plan."""
    from moto.core.responses import ActionResult

    plan, selection = _plan(self), _body(self)["BackupSelection"]
    if any(known["BackupSelection"]["SelectionName"] == selection["SelectionName"] for known in plan.selections.values()):
        raise _error("AlreadyExistsException", f"Backup selection {selection['SelectionName']} already exists")
    identifier = str(uuid.uuid4())
    plan.selections[identifier] = {
        "BackupSelection": selection,
        "SelectionId": identifier,
        "BackupPlanId": plan.backup_plan_id,
        "CreationDate": time.time(),
    }
    return ActionResult({key: value for key, value in plan.selections[identifier].items() if key != "BackupSelection"})


def _selection(response: Any) -> tuple[Any, str]:
    plan, identifier = _plan(response), response.path.rstrip("/").split("/")[-1]
    if identifier not in plan.selections:
        raise _error("ResourceNotFoundException", f"Backup selection {identifier} does not exist")
    return plan, identifier


def get_backup_selection(self: Any) -> Any:
    """Return one selection."""
    from moto.core.responses import ActionResult

    plan, identifier = _selection(self)
    return ActionResult(plan.selections[identifier])


def delete_backup_selection(self: Any) -> Any:
    """Remove one selection."""
    from moto.core.responses import EmptyResult

    plan, identifier = _selection(self)
    del plan.selections[identifier]
    return EmptyResult()


def list_backup_selections(self: Any) -> Any:
    """List the selections of a plan."""
    from moto.core.responses import ActionResult

    listed = [
        {
            "SelectionId": entry["SelectionId"],
            "SelectionName": entry["BackupSelection"]["SelectionName"],
            "BackupPlanId": entry["BackupPlanId"],
            "CreationDate": entry["CreationDate"],
            "IamRoleArn": entry["BackupSelection"]["IamRoleArn"],
        }
        for entry in _plan(self).selections.values()
    ]
    return ActionResult({"BackupSelectionsList": listed})


def _delete_plan(original: Any, self: Any, backup_plan_id: str) -> Any:
    plan = self.plans.get(backup_plan_id)
    if plan is not None and getattr(plan, "selections", None):
        raise _error("InvalidRequestException", "Related backup plan selections must be deleted prior to backup plan deletion")
    return original(self, backup_plan_id)


def _body(response: Any) -> dict[str, Any]:
    import json

    content: dict[str, Any] = json.loads(response.body)
    return content


def _vault(response: Any) -> Any:
    return response.backup_backend.describe_backup_vault(response.path.split("/")[2])


def _settings(attribute: str, missing: str) -> tuple[Any, Any, Any]:
    """The put, get and delete operations of something that a vault has at most one of."""

    def put(self: Any) -> Any:
        from moto.core.responses import EmptyResult

        setattr(_vault(self), attribute, _body(self))
        return EmptyResult()

    def get(self: Any) -> Any:
        from moto.core.responses import ActionResult

        vault = _vault(self)
        content = getattr(vault, attribute, None)
        if content is None:
            raise _error("ResourceNotFoundException", missing)
        return ActionResult({"BackupVaultName": vault.backup_vault_name, "BackupVaultArn": vault.backup_vault_arn} | content)

    def delete(self: Any) -> Any:
        from moto.core.responses import EmptyResult

        setattr(_vault(self), attribute, None)
        return EmptyResult()

    return put, get, delete


def _iter_tagged_resources(original: Any, self: Any) -> Any:
    from moto.core.resource_tagging import TaggedResource

    yield from original(self)
    for plan in self.plans.values():
        if plan.deletion_date is None:
            tags = self.tagger.get_tag_dict_for_resource(plan.backup_plan_arn)
            yield TaggedResource(plan.backup_plan_arn, tags, "backup:backup-plan")


def install() -> None:
    """Apply the corrections and add the operations with their routes."""
    from moto.backup import urls
    from moto.backup.models import BackupBackend
    from moto.backup.responses import BackupResponse

    wrap(BackupBackend, "describe_backup_vault", _describe_vault)
    wrap(BackupBackend, "create_backup_plan", _create_plan)
    wrap(BackupBackend, "delete_backup_plan", _delete_plan)
    wrap(BackupBackend, "iter_tagged_resources", _iter_tagged_resources)
    operations = (
        update_backup_plan,
        create_backup_selection,
        get_backup_selection,
        delete_backup_selection,
        list_backup_selections,
    )
    for operation in operations:
        setattr(BackupResponse, operation.__name__, operation)
    for noun, missing in (
        ("notifications", "Failed reading notifications from database for Backup vault"),
        ("access_policy", "Failed reading access policy from database for Backup vault"),
    ):
        put, get, delete = _settings(f"emulated_{noun}", missing)
        for verb, function in (("put", put), ("get", get), ("delete", delete)):
            setattr(BackupResponse, f"{verb}_backup_vault_{noun}", function)
    vault = "{0}/backup-vaults/(?P<name>[^/]+)"
    for end in ("notification-configuration", "access-policy"):
        urls.url_paths[f"{vault}/{end}$"] = urls.response.dispatch
    _backup_points.install()
