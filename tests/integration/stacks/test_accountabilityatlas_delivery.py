# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How releases of AccountabilityAtlas reach it: by GitHub Actions until phase 3, by pipelines in phase 4, read back by boto3.

The values stand here as the specification has them, not as the inventory does.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from .phases import INTERNAL, REGION, SERVICES, Grown, listeners_of, of

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.timeout(1800)]

ACCOUNT = "123456789012"


def statements_of(grown: Grown, role: str, policy: str) -> dict[str, dict[str, Any]]:
    """Return the statements of a role's own policy by their names."""
    document = grown.client("iam").get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
    return {statement["Sid"]: statement for statement in document["Statement"]}


def group_of(grown: Grown, service: str) -> dict[str, Any]:
    """Return the deployment group of a service."""
    named = {"applicationName": f"{grown.name}-{service}", "deploymentGroupName": grown.environment}
    found: dict[str, Any] = grown.client("codedeploy").get_deployment_group(**named)["deploymentGroupInfo"]
    return found


def pipeline_of(grown: Grown, service: str) -> dict[str, Any]:
    """Return the pipeline of a service."""
    found: dict[str, Any] = grown.client("codepipeline").get_pipeline(name=f"{grown.name}-{service}")["pipeline"]
    return found


def actions_of(grown: Grown, service: str) -> dict[tuple[str, str], dict[str, Any]]:
    """Return the actions of a service's pipeline by stage and name."""
    return {(stage["name"], action["name"]): action for stage in pipeline_of(grown, service)["stages"] for action in stage["actions"]}


# -- Until phase 3 ---------------------------------------------------------------------------------------


@of("prod-2", "prod-3")
def test_until_phase_3_github_deploys(grown: Grown) -> None:
    role = grown.client("iam").get_role(RoleName=f"{grown.name}-deploy")["Role"]
    condition = json.dumps(role["AssumeRolePolicyDocument"]["Statement"][0]["Condition"])
    assert "ref:refs/heads/master" in condition
    may = statements_of(grown, f"{grown.name}-deploy", "delivery")
    assert len(may["PushAndPullImages"]["Resource"]) == len(SERVICES)
    assert may["ReplaceTasks"]["Resource"] == f"arn:aws:ecs:{REGION}:*:service/{grown.name}/*"
    assert may["PassTheRolesOfTasks"]["Condition"] == {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}
    assert grown.client("codepipeline").list_pipelines()["pipelines"] == []
    assert grown.client("codedeploy").list_applications()["applications"] == []


# -- Phase 4 ---------------------------------------------------------------------------------------------


@of("prod-4")
def test_each_service_is_deployed_blue_and_green_with_a_canary(grown: Grown) -> None:
    applications = grown.client("codedeploy").list_applications()["applications"]
    assert sorted(applications) == sorted(f"{grown.name}-{service}" for service in SERVICES)
    for service in SERVICES:
        group = group_of(grown, service)
        assert group["deploymentConfigName"] == "CodeDeployDefault.ECSCanary10Percent5Minutes"
        assert group["deploymentStyle"] == {"deploymentType": "BLUE_GREEN", "deploymentOption": "WITH_TRAFFIC_CONTROL"}
        blue = group["blueGreenDeploymentConfiguration"]["terminateBlueInstancesOnDeploymentSuccess"]
        assert blue == {"action": "TERMINATE", "terminationWaitTimeInMinutes": 5}
        assert group["autoRollbackConfiguration"]["enabled"]
        assert sorted(group["autoRollbackConfiguration"]["events"]) == ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM"]
        assert group["alarmConfiguration"]["enabled"]
        assert group["ecsServices"] == [{"clusterName": grown.name, "serviceName": service}]


@of("prod-4")
def test_the_alarms_that_stop_a_deployment_are_there(grown: Grown) -> None:
    named = {alarm["name"] for service in SERVICES for alarm in group_of(grown, service)["alarmConfiguration"]["alarms"]}
    found = grown.client("cloudwatch").describe_alarms(AlarmNames=sorted(named))["MetricAlarms"]
    assert {alarm["AlarmName"] for alarm in found} == named


@of("prod-4")
def test_deployments_move_the_listeners_of_their_services(grown: Grown) -> None:
    public, internal = listeners_of(grown, grown.name), listeners_of(grown, f"{grown.name}-int")
    for service in SERVICES:
        (pair,) = group_of(grown, service)["loadBalancerInfo"]["targetGroupPairInfoList"]
        short = service.removesuffix("-service")
        assert [each["name"] for each in pair["targetGroups"]] == [f"{grown.short}-{short}-blue", f"{grown.short}-{short}-green"]
        port = INTERNAL.get(service)
        production, test = (internal[port], internal[port + 10000]) if port else (public[443], public[8443])
        assert pair["prodTrafficRoute"]["listenerArns"] == [production["ListenerArn"]]
        assert pair["testTrafficRoute"]["listenerArns"] == [test["ListenerArn"]]


@of("prod-4")
def test_codedeploy_may_move_its_own_service_only(grown: Grown) -> None:
    may = statements_of(grown, f"{grown.name}-user-service-deploy", "deploy")
    assert may["MoveTheServices"]["Resource"] == [
        f"arn:aws:ecs:{REGION}:{ACCOUNT}:service/{grown.name}/user-service",
        f"arn:aws:ecs:{REGION}:{ACCOUNT}:task-set/{grown.name}/user-service/*",
    ]
    roles = {arn.rpartition("/")[2] for arn in may["PassTheRolesOfTasks"]["Resource"]}
    assert roles == {f"{grown.name}-user-service-task", f"{grown.name}-user-service-execution"}
    assert all(grown.client("iam").get_role(RoleName=role) for role in roles)


@of("prod-4")
def test_a_push_to_main_is_tested_built_and_brought_to_staging(grown: Grown) -> None:
    names = [each["name"] for each in grown.client("codepipeline").list_pipelines()["pipelines"]]
    assert sorted(names) == sorted(f"{grown.name}-{service}" for service in SERVICES)
    for service in SERVICES:
        pipeline = pipeline_of(grown, service)
        assert pipeline["pipelineType"] == "V2"
        assert [stage["name"] for stage in pipeline["stages"]] == [
            "Source",
            "Build",
            "DeployStaging",
            "ApproveProduction",
            "DeployProduction",
        ]
        (trigger,) = pipeline["triggers"]
        assert trigger["gitConfiguration"] == {"sourceActionName": "Source", "push": [{"branches": {"includes": ["main"]}}]}
        actions = actions_of(grown, service)
        source = actions["Source", "Source"]
        assert source["actionTypeId"]["provider"] == "CodeStarSourceConnection"
        assert source["configuration"]["BranchName"] == "main"
        assert source["configuration"]["FullRepositoryId"].endswith(f"/AcctAtlas-{service}")
        assert {actions["Build", name]["actionTypeId"]["category"] for name in ("Tests", "Analysis")} == {"Test"}
        image = actions["Build", "Image"]
        assert (image["actionTypeId"]["provider"], image["runOrder"]) == ("CodeBuild", 2)
        staging = actions["DeployStaging", "Deploy"]
        assert staging["actionTypeId"]["provider"] == "CodeDeployToECS"
        assert staging["configuration"]["ApplicationName"] == f"accountabilityatlas-staging-{service}"


@of("prod-4")
def test_production_wants_an_approval(grown: Grown) -> None:
    for service in SERVICES:
        actions = actions_of(grown, service)
        approval = actions["ApproveProduction", "Approve"]
        assert (approval["actionTypeId"]["category"], approval["actionTypeId"]["provider"]) == ("Approval", "Manual")
        topics = [topic["TopicArn"] for topic in grown.client("sns").list_topics()["Topics"]]
        assert approval["configuration"]["NotificationArn"] in topics
        production = actions["DeployProduction", "Deploy"]
        assert production["configuration"]["ApplicationName"] == f"{grown.name}-{service}"
        assert production["configuration"]["DeploymentGroupName"] == "prod"
    client = grown.client("codepipeline")
    execution = client.start_pipeline_execution(name=f"{grown.name}-web-app")["pipelineExecutionId"]
    states = client.get_pipeline_state(name=f"{grown.name}-web-app")["stageStates"]
    assert states[3]["actionStates"][0]["latestExecution"]["status"] == "InProgress"
    assert "latestExecution" not in states[4]["actionStates"][0]
    named = {"pipelineName": f"{grown.name}-web-app", "pipelineExecutionId": execution}
    assert client.get_pipeline_execution(**named)["pipelineExecution"]["status"] == "InProgress"


@of("prod-4")
def test_builds_test_analyse_and_push_their_own_image(grown: Grown) -> None:
    client = grown.client("codebuild")
    names = client.list_projects()["projects"]
    assert len(names) == len(SERVICES) + 2
    projects = {project["name"]: project for project in client.batch_get_projects(names=names)["projects"]}
    for project in projects.values():
        assert project["source"]["type"] == project["artifacts"]["type"] == "CODEPIPELINE"
        assert yaml.safe_load(project["source"]["buildspec"])["version"] == 0.2
        assert project["logsConfig"]["cloudWatchLogs"] == {"status": "ENABLED", "groupName": f"/aws/codebuild/{project['name']}"}
    assert "gradlew test" in projects[f"{grown.name}-test"]["source"]["buildspec"]
    assert "JUNITXML" in projects[f"{grown.name}-test"]["source"]["buildspec"]
    assert "spotlessCheck" in projects[f"{grown.name}-lint"]["source"]["buildspec"]
    for service in SERVICES:
        project = projects[f"{grown.name}-{service}-image"]
        assert project["environment"]["privilegedMode"] is True
        assert "docker push" in project["source"]["buildspec"]
        may = statements_of(grown, f"{grown.name}-{service}-image-build", "build")
        assert may["PushAndPullImages"]["Resource"] == [f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/acct-atlas-{service}"]
    assert "PushAndPullImages" not in statements_of(grown, f"{grown.name}-test-build", "build")
    groups = grown.client("logs").describe_log_groups(logGroupNamePrefix="/aws/codebuild/")["logGroups"]
    assert {group["retentionInDays"] for group in groups} == {30}


@of("prod-4")
def test_artifacts_and_the_connection(grown: Grown) -> None:
    bucket = f"accountabilityatlas-artifacts-{grown.environment}"
    assert {pipeline_of(grown, service)["artifactStore"]["location"] for service in SERVICES} == {bucket}
    assert grown.client("s3").get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    (connection,) = grown.client("codeconnections").list_connections()["Connections"]
    assert (connection["ProviderType"], connection["ConnectionName"]) == ("GitHub", "accountabilityatlas-github")
    # A person confirms it in the console; there is no other way.
    assert connection["ConnectionStatus"] == "PENDING"
