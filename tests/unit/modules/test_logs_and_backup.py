# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How log groups, metric filters, backup plans, selections and vaults are compared."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.stratum.aws.plugins.modules import backup_plan, backup_selection, backup_vault
from ansible_collections.stratum.aws.plugins.modules import cloudwatch_log_group as log_group
from ansible_collections.stratum.aws.plugins.modules import cloudwatch_metric_filter as metric_filter

Document = dict[str, Any]


def test_a_log_group_without_retention_keeps_for_ever() -> None:
    document = log_group.to_document({"logGroupName": "g", "arn": "arn:aws:logs:r:1:log-group:g:*"}, {"a": "b"})
    assert document == {
        "name": "g",
        "arn": "arn:aws:logs:r:1:log-group:g",
        "retention_days": 0,
        "kms_key_arn": "",
        "log_group_class": "STANDARD",
        "tags": {"a": "b"},
    }


def test_a_metric_filter_read_back_equals_its_options() -> None:
    options = {
        "name": "f",
        "log_group": "g",
        "pattern": "",
        "metric_namespace": "N",
        "metric_name": "M",
        "metric_value": "1",
        "default_value": None,
        "unit": None,
        "dimensions": {"Service": "$.service"},
    }
    transformation = {"metricNamespace": "N", "metricName": "M", "metricValue": "1", "dimensions": {"Service": "$.service"}}
    stored = {"filterName": "f", "logGroupName": "g", "filterPattern": "", "metricTransformations": [transformation]}
    assert metric_filter.to_document(stored) == metric_filter.wanted_document(options)


RULE = {
    "name": "daily",
    "vault": "v",
    "schedule": "cron(0 5 ? * * *)",
    "timezone": "Etc/UTC",
    "start_window_minutes": 60,
    "completion_window_minutes": 180,
    "continuous": False,
    "delete_after_days": 7,
    "copies": [{"vault_arn": "arn", "delete_after_days": 7}],
    "recovery_point_tags": {"stratum:stack": "x", "Environment": "test"},
}


def test_a_rule_goes_there_and_back() -> None:
    rule = backup_plan.to_rule(RULE)
    assert rule["RecoveryPointTags"] == {"stratum:stack": "x", "Environment": "test"}
    assert rule["Lifecycle"] == {"DeleteAfterDays": 7}
    assert rule["CopyActions"] == [{"DestinationBackupVaultArn": "arn", "Lifecycle": {"DeleteAfterDays": 7}}]
    assert backup_plan.from_rule({**rule, "RuleId": "id"}) == RULE


@pytest.mark.parametrize("answer", [{}, {"DeleteAfterDays": 7}, {"DeleteAfterDays": 7, "MoveToColdStorageAfterDays": -1}])
def test_what_aws_leaves_out_or_calls_minus_one_is_unset(answer: Document) -> None:
    assert "cold_storage_after_days" not in backup_plan.from_lifecycle({"Lifecycle": answer})


def test_a_selection_goes_there_and_back() -> None:
    options: Document = {
        "name": "s",
        "role_arn": "r",
        "resources": ["b", "a"],
        "not_resources": [],
        "tags_any": {"Backup": "daily"},
        "tags_all": {"Environment": "production"},
        "tags_none": {},
    }
    selection = backup_selection.to_selection(options)
    assert "NotResources" not in selection
    assert selection["Conditions"] == {"StringEquals": [{"ConditionKey": "aws:ResourceTag/Environment", "ConditionValue": "production"}]}
    # AWS answers all four kinds of conditions, empty or not.
    full = {**selection, "Conditions": {**selection["Conditions"], "StringLike": [], "StringNotEquals": [], "StringNotLike": []}}
    assert backup_selection.from_selection(full) == {
        key: sorted(value) if isinstance(value, list) else value for key, value in options.items() if key != "name"
    }


OPEN = {"locked": False, "min_retention_days": None, "max_retention_days": None}
LOCKED = {"locked": True, "min_retention_days": 7, "max_retention_days": None}


@pytest.mark.parametrize(
    ("current", "options", "expected"),
    [
        (OPEN, {"locked": None}, {}),
        (LOCKED, {"locked": None, "min_retention_days": 3}, {}),
        (OPEN, {"locked": False}, {}),
        (LOCKED, {"locked": False}, OPEN),
        (LOCKED, {"locked": True, "min_retention_days": 7}, {}),
        (OPEN, {"locked": True, "min_retention_days": 7}, LOCKED),
        (LOCKED, {"locked": True, "max_retention_days": 9}, {**LOCKED, "max_retention_days": 9}),
    ],
)
def test_the_lock_of_a_vault(current: Document, options: Document, expected: Document) -> None:
    unset = {"min_retention_days": None, "max_retention_days": None}
    assert backup_vault.lock_changes(current, {**unset, **options}) == expected
