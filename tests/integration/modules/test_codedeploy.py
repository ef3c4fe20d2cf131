# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An application of CodeDeploy and its deployment group over their whole lives."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.modules.delivery_parts import balanced_service, role
from tests.integration.modules.running import RunModule

pytestmark = pytest.mark.integration

APPLICATION: dict[str, Any] = {"name": "shop-api", "tags": {"team": "platform"}}
GROUP: dict[str, Any] = {
    "name": "prod",
    "application": "shop-api",
    "deployment_config": "CodeDeployDefault.ECSCanary10Percent5Minutes",
    "termination_wait_minutes": 5,
    "rollback_events": ["DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_FAILURE"],
    "alarms": ["shop-errors"],
    "tags": {"team": "platform"},
}


def applications(account: Any) -> list[str]:
    return list(account.client("codedeploy").list_applications()["applications"])


def group(account: Any) -> dict[str, Any]:
    found = account.client("codedeploy").get_deployment_group(applicationName="shop-api", deploymentGroupName="prod")
    info: dict[str, Any] = found["deploymentGroupInfo"]
    return info


def test_an_application(account: Any, run_module: RunModule) -> None:
    planned = run_module("codedeploy_application", APPLICATION, check=True)
    assert planned.changed, planned
    assert planned["application"]["arn"].endswith(":application:shop-api")
    assert applications(account) == []
    created = run_module("codedeploy_application", APPLICATION)
    assert created["application"]["compute_platform"] == "ECS", created
    again = run_module("codedeploy_application", APPLICATION)
    assert not again.failed, again
    assert not again.changed, again
    retagged = run_module("codedeploy_application", {**APPLICATION, "tags": {"team": "shop"}}, diff=True)
    assert retagged["diff"] == {"before": {"tags": {"team": "platform"}}, "after": {"tags": {"team": "shop"}}}
    assert retagged["application"]["tags"] == {"team": "shop"}
    other = run_module("codedeploy_application", {**APPLICATION, "compute_platform": "Server"})
    assert "which cannot be changed" in other.msg
    tagged = account.client("resourcegroupstaggingapi").get_resources(ResourceTypeFilters=["codedeploy:application"])
    assert [each["ResourceARN"] for each in tagged["ResourceTagMappingList"]] == [created["application"]["arn"]]
    gone = {"name": "shop-api", "state": "absent"}
    assert run_module("codedeploy_application", gone, check=True).changed
    assert run_module("codedeploy_application", gone).changed
    assert applications(account) == []
    assert not run_module("codedeploy_application", gone).changed


def test_a_deployment_group(account: Any, run_module: RunModule) -> None:
    wanted = {**GROUP, "role_arn": role(account, "codedeploy"), **balanced_service(account)}
    early = run_module("codedeploy_deployment_group", wanted)
    assert "Create the application first" in early.msg, early
    run_module("codedeploy_application", APPLICATION)

    planned = run_module("codedeploy_deployment_group", wanted, check=True)
    assert planned.changed, planned
    assert planned["deployment_group"]["arn"].endswith(":deploymentgroup:shop-api/prod")
    assert account.client("codedeploy").list_deployment_groups(applicationName="shop-api")["deploymentGroups"] == []
    created = run_module("codedeploy_deployment_group", wanted)
    assert created.changed, created
    assert created["deployment_group"]["rollback_events"] == ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM"]
    found = group(account)
    assert found["deploymentConfigName"] == "CodeDeployDefault.ECSCanary10Percent5Minutes"
    assert found["alarmConfiguration"] == {"enabled": True, "ignorePollAlarmFailure": False, "alarms": [{"name": "shop-errors"}]}
    assert found["blueGreenDeploymentConfiguration"]["terminateBlueInstancesOnDeploymentSuccess"] == {
        "action": "TERMINATE",
        "terminationWaitTimeInMinutes": 5,
    }
    assert found["ecsServices"] == [{"clusterName": "example", "serviceName": "api"}]
    (pair,) = found["loadBalancerInfo"]["targetGroupPairInfoList"]
    assert pair["prodTrafficRoute"]["listenerArns"] == [wanted["production_listener_arn"]]
    assert pair["testTrafficRoute"]["listenerArns"] == [wanted["test_listener_arn"]]
    # The order of lists and of the two target groups means nothing.
    again = run_module("codedeploy_deployment_group", {**wanted, "target_groups": wanted["target_groups"][::-1]})
    assert not again.failed, again
    assert not again.changed, again

    other = {
        **wanted,
        "termination_wait_minutes": 60,
        "alarms": [],
        "rollback_events": [],
        "test_listener_arn": "",
        "ready_wait_minutes": 10,
    }
    planned = run_module("codedeploy_deployment_group", other, check=True, diff=True)
    assert planned["diff"]["before"] == {
        "termination_wait_minutes": 5,
        "ready_wait_minutes": 0,
        "rollback_events": ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM"],
        "alarms": ["shop-errors"],
        "test_listener_arn": wanted["test_listener_arn"],
    }
    assert group(account) == found
    assert run_module("codedeploy_deployment_group", other).changed
    changed = group(account)
    assert changed["alarmConfiguration"]["enabled"] is False
    assert changed["autoRollbackConfiguration"]["enabled"] is False
    assert changed["blueGreenDeploymentConfiguration"]["deploymentReadyOption"] == {
        "actionOnTimeout": "STOP_DEPLOYMENT",
        "waitTimeInMinutes": 10,
    }
    assert not run_module("codedeploy_deployment_group", other).changed
    retagged = run_module("codedeploy_deployment_group", {**other, "tags": {"team": "shop"}})
    assert retagged["deployment_group"]["tags"] == {"team": "shop"}

    gone = {"name": "prod", "application": "shop-api", "state": "absent"}
    assert run_module("codedeploy_deployment_group", gone, check=True).changed
    assert run_module("codedeploy_deployment_group", gone).changed
    assert not run_module("codedeploy_deployment_group", gone).changed
    assert not run_module("codedeploy_deployment_group", {**gone, "application": "nothing"}).changed


def test_what_aws_refuses_is_told_with_its_cure(account: Any, run_module: RunModule) -> None:
    run_module("codedeploy_application", APPLICATION)
    wanted = {**GROUP, "role_arn": role(account, "codedeploy"), **balanced_service(account, controller="ECS")}
    refused = run_module("codedeploy_deployment_group", wanted)
    assert "that its deployment controller is CODE_DEPLOY" in refused.msg, refused
    unknown = run_module("codedeploy_deployment_group", {**wanted, "deployment_config": "CodeDeployDefault.ECSOther"})
    assert "Name a configuration of AWS" in unknown.msg
    one = run_module("codedeploy_deployment_group", {**wanted, "target_groups": ["api-blue"]})
    assert "name two different target groups" in one.msg
    assert "missing: cluster" in run_module("codedeploy_deployment_group", {"name": "a", "application": "b", "role_arn": "c"}).msg


def test_a_deployment_stops_at_an_alarm(account: Any, run_module: RunModule) -> None:
    run_module("codedeploy_application", APPLICATION)
    run_module("codedeploy_deployment_group", {**GROUP, "role_arn": role(account, "codedeploy"), **balanced_service(account)})
    codedeploy, cloudwatch = account.client("codedeploy"), account.client("cloudwatch")
    deploy = {"applicationName": "shop-api", "deploymentGroupName": "prod"}
    revision = {"revisionType": "AppSpecContent", "appSpecContent": {"content": "version: 0.0"}}
    first = codedeploy.create_deployment(**deploy, revision=revision)["deploymentId"]
    assert codedeploy.get_deployment(deploymentId=first)["deploymentInfo"]["status"] == "Succeeded"
    cloudwatch.put_metric_alarm(
        AlarmName="shop-errors",
        Namespace="Shop",
        MetricName="Errors",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
    )
    cloudwatch.set_alarm_state(AlarmName="shop-errors", StateValue="ALARM", StateReason="test")
    second = codedeploy.create_deployment(**deploy, revision=revision)["deploymentId"]
    info = codedeploy.get_deployment(deploymentId=second)["deploymentInfo"]
    assert info["status"] == "Stopped"
    assert info["errorInformation"]["code"] == "ALARM_ACTIVE"
    assert "rolled back" in info["rollbackInfo"]["rollbackMessage"]
