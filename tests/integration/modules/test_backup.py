# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A vault, a plan and a selection of AWS Backup over their whole lives."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.modules.running import RunModule

pytestmark = pytest.mark.integration

VAULT = {"name": "example", "tags": {"team": "platform"}}
PLAN: dict[str, Any] = {
    "name": "example-daily",
    "rules": [
        {
            "name": "daily",
            "vault": "example",
            "schedule": "cron(0 5 ? * * *)",
            "start_window_minutes": 60,
            "completion_window_minutes": 180,
            "delete_after_days": 7,
            "recovery_point_tags": {"stratum:stack": "example", "Environment": "test"},
        },
        {"name": "monthly", "vault": "example", "schedule": "cron(0 6 1 * ? *)", "delete_after_days": 365, "cold_storage_after_days": 30},
    ],
    "tags": {"team": "platform"},
}
SELECTION: dict[str, Any] = {
    "name": "databases",
    "plan": "example-daily",
    "role_arn": "arn:aws:iam::123456789012:role/example-backup",
    "resources": ["arn:aws:rds:ca-central-1:123456789012:db:two", "arn:aws:rds:ca-central-1:123456789012:db:one"],
    "tags_any": {"Backup": "daily"},
    "tags_all": {"Environment": "test"},
}


def vaults(account: Any) -> list[Any]:
    listed: list[Any] = account.client("backup").list_backup_vaults()["BackupVaultList"]
    return listed


def plans(account: Any) -> list[Any]:
    listed: list[Any] = account.client("backup").list_backup_plans()["BackupPlansList"]
    return listed


def selections(account: Any) -> list[Any]:
    (plan,) = plans(account)
    listed: list[Any] = account.client("backup").list_backup_selections(BackupPlanId=plan["BackupPlanId"])["BackupSelectionsList"]
    return listed


def test_a_vault(account: Any, run_module: RunModule) -> None:
    assert run_module("backup_vault", VAULT, check=True).changed
    assert vaults(account) == []
    created = run_module("backup_vault", VAULT)
    assert created.changed, created
    assert created["vault"]["arn"].endswith(":backup-vault:example")
    again = run_module("backup_vault", VAULT)
    assert not again.failed, again
    assert not again.changed, again
    retagged = run_module("backup_vault", {**VAULT, "tags": {"team": "data"}}, diff=True)
    assert retagged["diff"] == {"before": {"tags": {"team": "platform"}}, "after": {"tags": {"team": "data"}}}
    assert retagged["vault"]["tags"] == {"team": "data"}


def test_the_lock_of_a_vault(account: Any, run_module: RunModule) -> None:
    run_module("backup_vault", VAULT)
    locked = {**VAULT, "locked": True, "min_retention_days": 7}
    assert run_module("backup_vault", locked, check=True).changed
    assert not vaults(account)[0]["Locked"]
    assert run_module("backup_vault", locked).changed
    assert vaults(account)[0]["MinRetentionDays"] == 7
    assert not run_module("backup_vault", locked).changed
    assert not run_module("backup_vault", VAULT).changed
    assert run_module("backup_vault", {**VAULT, "locked": False}).changed
    assert not vaults(account)[0]["Locked"]


def test_whom_a_vault_tells(account: Any, run_module: RunModule) -> None:
    topic = {**VAULT, "notification_topic_arn": account.client("sns").create_topic(Name="alerts")["TopicArn"]}
    created = run_module("backup_vault", topic)
    assert created["vault"]["notification_topic_arn"] == topic["notification_topic_arn"], created
    assert not run_module("backup_vault", topic).changed
    assert run_module("backup_vault", {**topic, "notification_events": ["COPY_JOB_FAILED"]}).changed
    assert not run_module("backup_vault", VAULT).changed
    assert run_module("backup_vault", {**VAULT, "notification_topic_arn": ""}).changed
    assert not run_module("backup_vault", {**VAULT, "notification_topic_arn": ""}).changed


def test_the_key_of_a_vault_stays(account: Any, run_module: RunModule) -> None:
    run_module("backup_vault", {**VAULT, "kms_key_arn": "arn:aws:kms:ca-central-1:123456789012:key/one"})
    result = run_module("backup_vault", {**VAULT, "kms_key_arn": "arn:aws:kms:ca-central-1:123456789012:key/two"})
    assert result.failed
    assert "cannot become" in result.msg


@pytest.mark.parametrize("force", [False, True])
def test_a_vault_goes(account: Any, run_module: RunModule, force: bool) -> None:
    run_module("backup_vault", VAULT)
    gone = {"name": "example", "state": "absent", "force": force}
    assert run_module("backup_vault", gone, check=True).changed
    assert len(vaults(account)) == 1
    result = run_module("backup_vault", gone)
    assert result.changed, result
    assert vaults(account) == []
    assert not run_module("backup_vault", gone).changed


def test_a_plan(account: Any, run_module: RunModule) -> None:
    assert run_module("backup_plan", PLAN, check=True).changed
    assert plans(account) == []
    created = run_module("backup_plan", PLAN)
    assert created.changed, created
    again = run_module("backup_plan", PLAN)
    assert not again.failed, again
    assert not again.changed, again
    assert not run_module("backup_plan", {**PLAN, "rules": PLAN["rules"][::-1]}).changed
    assert not run_module("backup_plan", PLAN, check=True).changed
    other = {**PLAN, "rules": PLAN["rules"][:1], "tags": {"team": "data"}}
    assert set(run_module("backup_plan", other, check=True)["diff"]["after"]) == {"rules", "tags"}
    changed = run_module("backup_plan", other)
    assert changed.changed, changed
    assert changed["plan"]["id"] == created["plan"]["id"]
    (rule,) = changed["plan"]["rules"]
    assert rule["recovery_point_tags"] == {"stratum:stack": "example", "Environment": "test"}
    assert not run_module("backup_plan", other).changed


def test_a_selection(account: Any, run_module: RunModule) -> None:
    assert run_module("backup_selection", SELECTION, check=True).changed
    orphan = run_module("backup_selection", SELECTION)
    assert orphan.failed
    assert "Create the plan first" in orphan.msg
    run_module("backup_plan", PLAN)
    created = run_module("backup_selection", SELECTION)
    assert created.changed, created
    again = run_module("backup_selection", {**SELECTION, "resources": SELECTION["resources"][::-1]})
    assert not again.failed, again
    assert not again.changed, again
    changed = run_module("backup_selection", {**SELECTION, "tags_any": {}})
    assert changed.changed, changed
    assert len(selections(account)) == 1
    assert changed["selection"]["tags_any"] == {}
    assert not run_module("backup_selection", {**SELECTION, "tags_any": {}}).changed


def test_plan_and_selection_go(account: Any, run_module: RunModule) -> None:
    selection = {"name": "databases", "plan": "example-daily", "state": "absent"}
    plan = {"name": "example-daily", "state": "absent"}
    assert not run_module("backup_selection", selection).changed
    run_module("backup_plan", PLAN)
    run_module("backup_selection", SELECTION)
    assert run_module("backup_selection", selection).changed
    assert selections(account) == []
    assert not run_module("backup_selection", selection).changed
    # A plan takes the selections that are left with it.
    run_module("backup_selection", SELECTION)
    assert run_module("backup_plan", plan, check=True).changed
    assert run_module("backup_plan", plan).changed
    assert plans(account) == []
    assert not run_module("backup_plan", plan).changed
