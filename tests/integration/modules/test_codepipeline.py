# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A connection, a build project and a pipeline over their whole lives."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from tests.integration.modules.delivery_parts import role
from tests.integration.modules.running import RunModule

pytestmark = pytest.mark.integration

CONNECTION: dict[str, Any] = {"name": "shop-github", "tags": {"team": "platform"}}
PROJECT: dict[str, Any] = {
    "name": "shop-api",
    "description": "Builds the image",
    "source": {"buildspec": "version: 0.2\n"},
    "environment": {
        "image": "aws/codebuild/amazonlinux-x86_64-standard:5.0",
        "privileged": True,
        "variables": [{"name": "REPOSITORY", "value": "shop/api"}, {"name": "KEY", "value": "shop/key", "type": "SECRETS_MANAGER"}],
    },
    "timeout_minutes": 30,
    "cache_modes": ["LOCAL_SOURCE_CACHE", "LOCAL_DOCKER_LAYER_CACHE"],
    "log_group": "/aws/codebuild/shop-api",
    "tags": {"team": "platform"},
}
PIPELINE: dict[str, Any] = {
    "name": "shop-api",
    "artifact_bucket": "shop-artifacts",
    "stages": [
        {
            "name": "Source",
            "actions": [
                {
                    "name": "Source",
                    "category": "Source",
                    "provider": "CodeStarSourceConnection",
                    "configuration": {"FullRepositoryId": "example/shop", "BranchName": "main", "DetectChanges": True},
                    "outputs": ["Source"],
                }
            ],
        },
        {
            "name": "Build",
            "actions": [
                {
                    "name": "Image",
                    "category": "Build",
                    "provider": "CodeBuild",
                    "configuration": {"ProjectName": "shop-api"},
                    "inputs": ["Source"],
                    "outputs": ["Image"],
                }
            ],
        },
        {"name": "Approval", "actions": [{"name": "Approve", "category": "Approval", "provider": "Manual"}]},
        {
            "name": "Deploy",
            "rollback_on_failure": True,
            "actions": [{"name": "Deploy", "category": "Deploy", "provider": "CodeDeployToECS", "inputs": ["Source", "Image"]}],
        },
    ],
    "triggers": [{"source_action": "Source", "branches": ["main"]}],
    "tags": {"team": "platform"},
}


def test_a_connection(account: Any, run_module: RunModule) -> None:
    client = account.client("codeconnections")
    assert run_module("codeconnections_connection", CONNECTION, check=True).changed
    assert client.list_connections()["Connections"] == []
    created = run_module("codeconnections_connection", CONNECTION)
    assert created.changed, created
    assert created["connection"]["status"] == "PENDING"
    assert created["connection"]["provider"] == "GitHub"
    again = run_module("codeconnections_connection", CONNECTION)
    assert not again.failed, again
    assert not again.changed, again
    retagged = run_module("codeconnections_connection", {**CONNECTION, "tags": {"team": "shop"}}, diff=True)
    assert retagged["diff"] == {"before": {"tags": {"team": "platform"}}, "after": {"tags": {"team": "shop"}}}
    assert "which cannot be changed" in run_module("codeconnections_connection", {**CONNECTION, "provider": "GitLab"}).msg
    assert "at most 32 characters" in run_module("codeconnections_connection", {"name": "x" * 33}).msg
    listed = account.client("resourcegroupstaggingapi").get_resources()["ResourceTagMappingList"]
    assert [each["ResourceARN"] for each in listed] == [created["connection"]["arn"]]
    gone = {"name": "shop-github", "state": "absent"}
    assert run_module("codeconnections_connection", gone, check=True).changed
    assert run_module("codeconnections_connection", gone).changed
    assert not run_module("codeconnections_connection", gone).changed


def test_a_build_project(account: Any, run_module: RunModule) -> None:
    client = account.client("codebuild")
    wanted = {**PROJECT, "role_arn": role(account, "codebuild")}
    assert run_module("codebuild_project", wanted, check=True).changed
    assert client.list_projects()["projects"] == []
    created = run_module("codebuild_project", wanted)
    assert created.changed, created
    (found,) = client.batch_get_projects(names=["shop-api"])["projects"]
    assert found["source"]["type"] == found["artifacts"]["type"] == "CODEPIPELINE"
    assert found["environment"]["privilegedMode"] is True
    assert found["environment"]["computeType"] == "BUILD_GENERAL1_SMALL"
    assert found["logsConfig"]["cloudWatchLogs"] == {"status": "ENABLED", "groupName": "/aws/codebuild/shop-api"}
    assert (found["timeoutInMinutes"], found["queuedTimeoutInMinutes"]) == (30, 480)
    again = run_module("codebuild_project", wanted)
    assert not again.failed, again
    assert not again.changed, again

    environment = {**PROJECT["environment"], "variables": PROJECT["environment"]["variables"][:1]}
    other = {**wanted, "environment": environment, "timeout_minutes": 60, "cache_modes": [], "tags": {"team": "shop"}}
    planned = run_module("codebuild_project", other, check=True, diff=True)
    assert set(planned["diff"]["after"]) == {"environment", "timeout_minutes", "cache_modes", "tags"}
    assert run_module("codebuild_project", other).changed
    (found,) = client.batch_get_projects(names=["shop-api"])["projects"]
    assert [each["name"] for each in found["environment"]["environmentVariables"]] == ["REPOSITORY"]
    assert found["cache"] == {"type": "NO_CACHE"}
    assert found["tags"] == [{"key": "team", "value": "shop"}]
    assert found["description"] == "Builds the image"
    assert not run_module("codebuild_project", other).changed
    # What is not said is left alone.
    assert not run_module("codebuild_project", {"name": "shop-api", "role_arn": wanted["role_arn"], "environment": environment}).changed

    gone = {"name": "shop-api", "state": "absent"}
    assert run_module("codebuild_project", gone, check=True).changed
    assert run_module("codebuild_project", gone).changed
    assert not run_module("codebuild_project", gone).changed
    refused = run_module("codebuild_project", {**wanted, "timeout_minutes": 1})
    assert "valid min value: 5" in refused.msg
    stranger = run_module("codebuild_project", {**wanted, "role_arn": role(account, "ec2")})
    assert "codebuild.amazonaws.com may assume the role" in stranger.msg


def test_a_pipeline(account: Any, run_module: RunModule) -> None:
    client = account.client("codepipeline")
    wanted = {**PIPELINE, "role_arn": role(account, "codepipeline")}
    planned = run_module("codepipeline", wanted, check=True)
    assert planned.changed, planned
    assert client.list_pipelines()["pipelines"] == []
    created = run_module("codepipeline", wanted)
    assert created.changed, created
    found = client.get_pipeline(name="shop-api")["pipeline"]
    assert (found["pipelineType"], found["version"]) == ("V2", 1)
    assert found["stages"][0]["actions"][0]["configuration"]["DetectChanges"] == "true"
    assert found["stages"][3]["onFailure"] == {"result": "ROLLBACK"}
    assert found["triggers"][0]["gitConfiguration"] == {"sourceActionName": "Source", "push": [{"branches": {"includes": ["main"]}}]}
    again = run_module("codepipeline", wanted)
    assert not again.failed, again
    assert not again.changed, again
    assert client.get_pipeline(name="shop-api")["pipeline"]["version"] == 1

    other = copy.deepcopy(wanted)
    other["stages"][0]["actions"][0]["configuration"]["BranchName"] = "release"
    other["execution_mode"], other["tags"] = "QUEUED", {"team": "shop"}
    planned = run_module("codepipeline", other, check=True, diff=True)
    assert set(planned["diff"]["after"]) == {"stages", "execution_mode", "tags"}
    assert run_module("codepipeline", other)["pipeline"]["version"] == 2
    assert not run_module("codepipeline", other).changed
    arn = created["pipeline"]["arn"]
    assert client.list_tags_for_resource(resourceArn=arn)["tags"] == [{"key": "team", "value": "shop"}]

    execution = client.start_pipeline_execution(name="shop-api")["pipelineExecutionId"]
    status = client.get_pipeline_execution(pipelineName="shop-api", pipelineExecutionId=execution)["pipelineExecution"]["status"]
    assert status == "InProgress"
    waiting = client.get_pipeline_state(name="shop-api")["stageStates"][2]["actionStates"][0]["latestExecution"]
    approved = {"summary": "looked at", "status": "Approved"}
    client.put_approval_result(pipelineName="shop-api", stageName="Approval", actionName="Approve", token=waiting["token"], result=approved)
    status = client.get_pipeline_execution(pipelineName="shop-api", pipelineExecutionId=execution)["pipelineExecution"]["status"]
    assert status == "Succeeded"

    gone = {"name": "shop-api", "state": "absent"}
    assert run_module("codepipeline", gone, check=True).changed
    assert run_module("codepipeline", gone).changed
    assert not run_module("codepipeline", gone).changed


def test_pipelines_that_aws_refuses(account: Any, run_module: RunModule) -> None:
    wanted = {**PIPELINE, "role_arn": role(account, "codepipeline")}
    unread = copy.deepcopy(wanted)
    unread["stages"][1]["actions"][0]["inputs"] = ["Nothing"]
    assert "its artifacts" in run_module("codepipeline", unread).msg
    late = {**wanted, "stages": wanted["stages"][::-1]}
    assert "sources are in the first one" in run_module("codepipeline", late).msg
    assert "Set type to V2" in run_module("codepipeline", {**wanted, "type": "V1"}).msg
    assert "missing: artifact_bucket" in run_module("codepipeline", {"name": "a", "role_arn": "b", "stages": []}).msg
