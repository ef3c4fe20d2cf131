# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What pipelines are made of, and what the roles of deliveries may do."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.stratum.aws.plugins.filter.build_statements import build_statements
from ansible_collections.stratum.aws.plugins.filter.deploy_statements import deploy_statements
from ansible_collections.stratum.aws.plugins.filter.pipeline_stages import pipeline_stages
from ansible_collections.stratum.aws.plugins.filter.pipeline_statements import pipeline_statements
from ansible_collections.stratum.aws.plugins.filter.pipeline_triggers import pipeline_triggers

PLACE: dict[str, Any] = {"partition": "aws", "region": "us-east-1", "account": "1", "bucket_arn": "arn:aws:s3:::artifacts"}
CONNECTION = "arn:aws:codeconnections:us-east-1:1:connection/x"
STAGES: list[dict[str, Any]] = [
    {
        "name": "Source",
        "actions": [{"name": "Code", "source": {"connection": "github", "repository": "example/shop"}, "outputs": ["Code"]}],
    },
    {
        "name": "Build",
        "actions": [
            {"name": "Tests", "test": {"project": "shop-test"}, "inputs": ["Code"]},
            {
                "name": "Image",
                "build": {"project": "shop-api", "variables": {"A": 1}},
                "inputs": ["Code"],
                "outputs": ["Image"],
                "run_order": 2,
            },
        ],
    },
    {"name": "Approval", "actions": [{"name": "Approve", "approval": {"topic": "approvals", "message": "Look first"}}]},
    {
        "name": "Deploy",
        "rollback_on_failure": True,
        "actions": [
            {"name": "Deploy", "deploy": {"application": "shop", "group": "prod", "image_artifact": "Image"}, "inputs": ["Code", "Image"]}
        ],
    },
]


def written(stages: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    made = pipeline_stages(stages, {"github": CONNECTION}, "arn:aws:sns:us-east-1:1")
    return {action["name"]: action for stage in made for action in stage["actions"]}


def test_actions_say_what_they_do() -> None:
    actions = written(STAGES)
    assert actions["Code"]["configuration"] == {
        "ConnectionArn": CONNECTION,
        "FullRepositoryId": "example/shop",
        "BranchName": "main",
        "DetectChanges": "true",
        "OutputArtifactFormat": "CODE_ZIP",
    }
    assert (actions["Tests"]["category"], actions["Image"]["category"]) == ("Test", "Build")
    assert json.loads(actions["Image"]["configuration"]["EnvironmentVariables"]) == [{"name": "A", "value": "1", "type": "PLAINTEXT"}]
    assert actions["Image"]["run_order"] == 2
    assert actions["Approve"]["configuration"] == {"NotificationArn": "arn:aws:sns:us-east-1:1:approvals", "CustomData": "Look first"}
    assert actions["Deploy"]["provider"] == "CodeDeployToECS"
    assert actions["Deploy"]["configuration"] == {
        "ApplicationName": "shop",
        "DeploymentGroupName": "prod",
        "TaskDefinitionTemplateArtifact": "Code",
        "TaskDefinitionTemplatePath": "taskdef.json",
        "AppSpecTemplateArtifact": "Code",
        "AppSpecTemplatePath": "appspec.yaml",
        "Image1ArtifactName": "Image",
        "Image1ContainerName": "IMAGE",
    }


def test_other_actions() -> None:
    stages = [
        {
            "name": "Other",
            "actions": [
                {"name": "Roll", "rolling_deploy": {"cluster": "shop", "service": "api"}, "inputs": ["Image"]},
                {"name": "Call", "invoke": {"function": "warm", "parameters": "x"}},
                {"name": "Raw", "action_type": {"category": "Deploy", "provider": "S3", "configuration": {"Extract": "true"}}},
            ],
        }
    ]
    actions = written(stages)
    assert actions["Roll"]["configuration"] == {"ClusterName": "shop", "ServiceName": "api", "FileName": "imagedefinitions.json"}
    assert actions["Call"]["configuration"] == {"FunctionName": "warm", "UserParameters": "x"}
    assert (actions["Raw"]["provider"], actions["Raw"]["version"]) == ("S3", "1")
    sids = [each["Sid"] for each in pipeline_statements({"stages": stages}, PLACE)]
    assert {"ReplaceTasks", "CallFunctions", "PassTheRolesOfTasks"} <= set(sids)


@pytest.mark.parametrize(
    ("action", "message"),
    [
        ({"name": "Nothing"}, "the action Nothing has none of source"),
        ({"name": "Both", "approval": {}, "invoke": {"function": "x"}}, "the action Both has approval and invoke"),
        ({"name": "Code", "source": {"connection": "other", "repository": "a/b"}}, "there is no connection other. There are: github"),
    ],
)
def test_an_action_that_cannot_be_says_why(action: dict[str, Any], message: str) -> None:
    with pytest.raises(AnsibleFilterError, match=message):
        written([{"name": "Stage", "actions": [action]}])


def test_a_push_to_the_branch_begins_an_execution() -> None:
    assert pipeline_triggers(STAGES) == [{"source_action": "Code", "branches": ["main"]}]
    quiet = [{"name": "Source", "actions": [{"name": "Code", "source": {"branch": "main", "trigger": False}}]}]
    assert pipeline_triggers(quiet) == []


def by_sid(statements: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {statement["Sid"]: statement for statement in statements}


def test_a_pipeline_may_do_what_its_actions_need() -> None:
    pipeline = {"stages": STAGES, "task_roles": ["shop-task"], "statements": [{"Sid": "More"}]}
    may = by_sid(pipeline_statements(pipeline, {**PLACE, "connection_arns": {"github": CONNECTION}, "kms_key_arn": "arn:key"}))
    assert may["ReadTheCode"]["Resource"] == [CONNECTION]
    assert may["BuildAndTest"]["Resource"] == [
        "arn:aws:codebuild:us-east-1:1:project/shop-api",
        "arn:aws:codebuild:us-east-1:1:project/shop-test",
    ]
    assert may["Deploy"]["Resource"] == ["arn:aws:codedeploy:us-east-1:1:deploymentgroup:shop/prod"]
    assert may["PassTheRolesOfTasks"]["Resource"] == ["arn:aws:iam::1:role/shop-task"]
    assert may["PassTheRolesOfTasks"]["Condition"] == {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}
    assert may["AskForApproval"]["Resource"] == ["arn:aws:sns:us-east-1:1:approvals"]
    assert may["UseTheKeyOfArtifacts"]["Resource"] == ["arn:key"]
    assert "More" in may
    assert [name for name, statement in may.items() if statement.get("Resource") == "*"] == []


def test_a_build_may_push_where_it_is_told_to() -> None:
    project = {
        "name": "shop-api",
        "ecr_push": ["shop/api"],
        "reports": True,
        "secrets": {"KEY": "shop/key:password"},
        "parameters": {"HOST": "/shop/host"},
        "subnets": "private",
    }
    place = {
        **PLACE,
        "log_group": "/builds",
        "repository_arns": {"shop/api": "arn:api", "shop/web": "arn:web"},
        "secret_arns": {"shop/key": "arn:key"},
    }
    may = by_sid(build_statements(project, place))
    assert may["PushAndPullImages"]["Resource"] == ["arn:api"]
    assert may["WriteTheLog"]["Resource"] == ["arn:aws:logs:us-east-1:1:log-group:/builds:*"]
    assert may["ReportTests"]["Resource"] == ["arn:aws:codebuild:us-east-1:1:report-group/shop-api-*"]
    assert may["ReadSecrets"]["Resource"] == ["arn:key"]
    assert may["ReadParameters"]["Resource"] == ["arn:aws:ssm:us-east-1:1:parameter/shop/host"]
    assert "LendTheInterface" in may
    assert by_sid(build_statements({**project, "ecr_push": ["*"]}, place))["PushAndPullImages"]["Resource"] == ["arn:api", "arn:web"]
    with pytest.raises(AnsibleFilterError, match="names the repository other, which the stack does not have"):
        build_statements({**project, "ecr_push": ["other"]}, place)
    assert set(by_sid(build_statements({"name": "x", "source": {"type": "NO_SOURCE"}}, place))) == {"WriteTheLog"}


def test_a_deployment_may_move_its_own_services() -> None:
    listener = "arn:aws:elasticloadbalancing:us-east-1:1:listener/app/shop/a/b"
    group = {
        "cluster": "shop",
        "service": "api",
        "production_listener": "shop:443",
        "triggers": [{"name": "told", "topic": "alerts"}],
    }
    may = by_sid(deploy_statements({"groups": [group], "task_roles": ["shop-*"]}, {**PLACE, "listener_arns": {"shop:443": listener}}))
    assert may["MoveTheServices"]["Resource"] == [
        "arn:aws:ecs:us-east-1:1:service/shop/api",
        "arn:aws:ecs:us-east-1:1:task-set/shop/api/*",
    ]
    assert may["MoveTheTraffic"]["Resource"] == [listener, "arn:aws:elasticloadbalancing:us-east-1:1:listener-rule/app/shop/a/b/*"]
    assert may["TellOfDeployments"]["Resource"] == ["arn:aws:sns:us-east-1:1:alerts"]
    assert may["PassTheRolesOfTasks"]["Resource"] == ["arn:aws:iam::1:role/shop-*"]
    assert list(by_sid(deploy_statements({}, {**PLACE, "bucket_arn": ""}))) == ["LookAtAlarms"]
