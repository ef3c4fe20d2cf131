# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is compared of deployment groups, build projects and pipelines."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.stratum.aws.plugins.module_utils import _codebuild, _codedeploy_group, _codepipeline

GROUP: dict[str, Any] = {
    "role_arn": "arn:role",
    "deployment_config": "CodeDeployDefault.ECSAllAtOnce",
    "cluster": "shop",
    "service": "api",
    "target_groups": ["api-blue", "api-green"],
    "production_listener_arn": "arn:listener/1",
    "test_listener_arn": None,
    "termination_wait_minutes": 5,
    "ready_wait_minutes": 0,
    "rollback_events": ["DEPLOYMENT_FAILURE"],
    "alarms": ["errors", "latency"],
    "ignore_alarm_faults": False,
    "triggers": [],
}


def as_aws_answers(options: dict[str, Any], **more: Any) -> dict[str, Any]:
    state = {**_codedeploy_group.wanted(options), "test_listener_arn": options["test_listener_arn"]}
    return {"applicationName": "shop", "deploymentGroupName": "prod", **_codedeploy_group.request(state), **more}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, {}),
        ({"target_groups": ["api-green", "api-blue"]}, {}),
        ({"alarms": ["latency", "errors"]}, {}),
        ({"alarms": []}, {"alarms": []}),
        ({"test_listener_arn": "arn:listener/2"}, {"test_listener_arn": "arn:listener/2"}),
        ({"test_listener_arn": ""}, {}),
        ({"termination_wait_minutes": 60}, {"termination_wait_minutes": 60}),
        ({"ready_wait_minutes": 10}, {"ready_wait_minutes": 10}),
        ({"target_groups": ["api-blue", "other"]}, {"target_groups": ["api-blue", "other"]}),
    ],
)
def test_what_changes_in_a_deployment_group(change: dict[str, Any], expected: dict[str, Any]) -> None:
    current = _codedeploy_group.document(as_aws_answers(GROUP), "arn:group", {})
    assert _codedeploy_group.changes(current, _codedeploy_group.wanted({**GROUP, **change})) == expected


def test_a_group_that_somebody_has_changed_by_hand_is_read() -> None:
    kept = {"blueGreenDeploymentConfiguration": {"terminateBlueInstancesOnDeploymentSuccess": {"action": "KEEP_ALIVE"}}}
    off = {"alarmConfiguration": {"enabled": False, "alarms": [{"name": "errors"}]}, "autoRollbackConfiguration": {"enabled": False}}
    current = _codedeploy_group.document(as_aws_answers(GROUP, **kept, **off), "arn:group", {})
    assert current["termination_wait_minutes"] is None
    assert current["alarms"] == current["rollback_events"] == []
    assert set(_codedeploy_group.changes(current, _codedeploy_group.wanted(GROUP))) == {
        "termination_wait_minutes",
        "alarms",
        "rollback_events",
    }


def test_what_is_switched_off_is_sent_as_switched_off() -> None:
    sent = _codedeploy_group.request({**GROUP, "alarms": [], "rollback_events": []})
    assert sent["alarmConfiguration"] == {"enabled": False, "ignorePollAlarmFailure": False, "alarms": []}
    assert sent["autoRollbackConfiguration"] == {"enabled": False, "events": []}


PROJECT: dict[str, Any] = {
    "name": "shop",
    "arn": "arn:project",
    "source": {"type": "CODEPIPELINE", "buildspec": "version: 0.2"},
    "artifacts": {"type": "CODEPIPELINE", "name": "shop"},
    "environment": {
        "type": "LINUX_CONTAINER",
        "image": "image:1",
        "computeType": "BUILD_GENERAL1_SMALL",
        "privilegedMode": True,
        "imagePullCredentialsType": "CODEBUILD",
        "environmentVariables": [{"name": "B", "value": "2", "type": "PLAINTEXT"}, {"name": "A", "value": "1"}],
    },
    "serviceRole": "arn:role",
    "timeoutInMinutes": 60,
    "cache": {"type": "LOCAL", "modes": ["LOCAL_SOURCE_CACHE"]},
    "logsConfig": {"cloudWatchLogs": {"status": "ENABLED", "groupName": "/builds"}},
    "vpcConfig": {"vpcId": "vpc-1", "subnets": ["subnet-2", "subnet-1"], "securityGroupIds": ["sg-1"]},
    "tags": [{"key": "team", "value": "shop"}],
}
UNSAID: dict[str, Any] = dict.fromkeys(
    (
        "description",
        "source_version",
        "role_arn",
        "timeout_minutes",
        "queued_timeout_minutes",
        "concurrent_builds",
        "encryption_key",
        "source",
        "artifacts",
        "environment",
        "cache_modes",
        "log_group",
        "vpc",
    )
)
VARIABLES = [{"name": "A", "value": 1, "type": "PLAINTEXT"}, {"name": "B", "value": "2", "type": "PLAINTEXT"}]


@pytest.mark.parametrize(
    ("options", "changed"),
    [
        ({}, set()),
        ({"environment": {"image": "image:1", "variables": VARIABLES}}, set()),
        ({"environment": {"image": "image:2"}}, {"environment"}),
        ({"environment": {"image": "image:1", "variables": []}}, {"environment"}),
        ({"vpc": {"vpc_id": "vpc-1", "subnets": ["subnet-1", "subnet-2"], "security_groups": ["sg-1"]}}, set()),
        ({"vpc": {}}, {"vpc"}),
        ({"cache_modes": []}, {"cache_modes"}),
        ({"source": {"type": "CODEPIPELINE", "buildspec": "version: 0.2"}}, set()),
        ({"log_group": "/builds", "timeout_minutes": 60, "role_arn": "arn:role"}, set()),
    ],
)
def test_what_changes_in_a_build_project(options: dict[str, Any], changed: set[str]) -> None:
    wanted = _codebuild.wanted({**UNSAID, **options})
    assert set(_codebuild.changes(_codebuild.document(PROJECT), wanted)) == changed


def test_a_source_of_another_kind_takes_nothing_of_the_old_one_along() -> None:
    source = {"type": "NO_SOURCE", "location": None, "buildspec": "version: 0.2", "clone_depth": None, "connection_arn": None}
    current = _codebuild.document({**PROJECT, "source": {"type": "GITHUB", "location": "https://example.com/shop", "gitCloneDepth": 1}})
    changes = _codebuild.changes(current, _codebuild.wanted({**UNSAID, "source": source}))
    assert _codebuild.request(changes)["source"] == {"type": "NO_SOURCE", "buildspec": "version: 0.2"}


def test_taking_builds_out_of_a_network_says_so() -> None:
    changes = _codebuild.changes(_codebuild.document(PROJECT), _codebuild.wanted({**UNSAID, "vpc": {"vpc_id": None}}))
    assert _codebuild.request(changes)["vpcConfig"] == {}


def action(**more: Any) -> dict[str, Any]:
    full = {
        "name": "Source",
        "category": "Source",
        "owner": "AWS",
        "provider": "CodeStarSourceConnection",
        "version": "1",
        "run_order": 1,
        "configuration": {"BranchName": "main", "DetectChanges": True},
        "inputs": [],
        "outputs": ["Source"],
        "namespace": None,
        "region": None,
        "role_arn": None,
        "timeout_minutes": None,
    }
    return {**full, **more}


def pipeline(**more: Any) -> dict[str, Any]:
    full = {
        "type": "V2",
        "execution_mode": "SUPERSEDED",
        "role_arn": "arn:role",
        "artifact_bucket": "artifacts",
        "artifact_kms_key": None,
        "stages": [{"name": "Source", "rollback_on_failure": False, "actions": [action()]}],
        "triggers": [{"source_action": "Source", "branches": ["main"], "git_tags": [], "file_paths": []}],
        "variables": [],
    }
    return _codepipeline.wanted({**full, **more}, "us-east-1")


def read(declared: dict[str, Any]) -> dict[str, Any]:
    return _codepipeline.document(declared, "arn:pipeline", {}, "us-east-1")


def test_a_pipeline_is_read_as_it_was_written() -> None:
    declared = _codepipeline.declaration("shop", pipeline())
    assert declared["stages"][0]["actions"][0]["configuration"] == {"BranchName": "main", "DetectChanges": "true"}
    assert declared["triggers"] == [
        {
            "providerType": "CodeStarSourceConnection",
            "gitConfiguration": {"sourceActionName": "Source", "push": [{"branches": {"includes": ["main"]}}]},
        }
    ]
    assert _codepipeline.changes(read(declared), pipeline()) == {}


def test_the_region_that_aws_adds_is_no_change() -> None:
    declared = _codepipeline.declaration("shop", pipeline())
    declared["stages"][0]["actions"][0]["region"] = "us-east-1"
    assert _codepipeline.changes(read(declared), pipeline()) == {}
    declared["stages"][0]["actions"][0]["region"] = "us-west-2"
    assert set(_codepipeline.changes(read(declared), pipeline())) == {"stages"}


def test_a_trigger_in_a_form_without_options_is_replaced() -> None:
    declared = _codepipeline.declaration("shop", pipeline())
    declared["triggers"][0]["gitConfiguration"]["pullRequest"] = [{"events": ["OPEN"]}]
    assert set(_codepipeline.changes(read(declared), pipeline())) == {"triggers"}


def test_what_a_pipeline_no_longer_has_goes() -> None:
    declared = _codepipeline.declaration("shop", pipeline(variables=[{"name": "TAG", "default": "1"}]))
    assert declared["variables"] == [{"name": "TAG", "defaultValue": "1"}]
    wanted = pipeline(triggers=[])
    assert set(_codepipeline.changes(read(declared), wanted)) == {"triggers", "variables"}
    assert "triggers" not in _codepipeline.declaration("shop", wanted)
