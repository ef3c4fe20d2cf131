# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""AccountabilityAtlas from phase 2 on, production and staging: its network and containers, every figure read back by boto3.

The values stand here and in `phases.py` as the specification has them, not as the inventory does. What is before the containers and
behind them is in the test of the edge; monitoring, deliveries and the second region have tests of their own. Production is read back
on its way from one phase to the next, which is the test of migrations.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from .phases import (
    ALL,
    SERVICES,
    TASKS,
    Grown,
    container_of,
    definition_of,
    environment_of,
    groups_of,
    of,
    services_of,
    sources,
    tags_of,
)

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.timeout(1800)]

# Service: how few and how many tasks there may be.
LIMITS = {
    "api-gateway": (2, 10),
    "user-service": (2, 10),
    "video-service": (2, 10),
    "location-service": (2, 10),
    "search-service": (2, 10),
    "moderation-service": (1, 5),
    "notification-service": (1, 5),
    "web-app": (2, 5),
}


# -- The run itself --------------------------------------------------------------------------------------


@of("staging-3")
def test_a_plan_of_the_empty_account_writes_nothing_and_a_second_run_changes_nothing(grown: Grown) -> None:
    assert grown.written_by_plan == []
    assert grown.planned["summary"]["failed"] == 0
    assert grown.planned["summary"]["create"] > 100
    assert grown.first.report("converge", "accountabilityatlas", grown.environment)["summary"]["failed"] == 0
    second = grown.run().check()
    assert second.changed == 0
    report = second.report("converge", "accountabilityatlas", grown.environment)
    assert {node["action"] for node in report["nodes"]} <= {"unchanged", "skipped"}


@of(*ALL)
def test_everything_bears_the_common_tags(grown: Grown) -> None:
    pages = grown.client("resourcegroupstaggingapi").get_paginator("get_resources")
    filters = [{"Key": "stratum:stack", "Values": ["accountabilityatlas"]}]
    listed = [each for page in pages.paginate(TagFilters=filters) for each in page["ResourceTagMappingList"]]
    assert len(listed) > 80
    common = {"Environment": grown.environment, "Project": "accountabilityatlas", "CostCenter": "engineering"}
    for resource in listed:
        tags = tags_of(resource)
        assert common.items() <= tags.items(), resource
        assert tags.get("Service"), resource


# -- Network ---------------------------------------------------------------------------------------------


@of(*ALL)
def test_the_vpc_has_public_private_and_data_subnets_in_two_zones(grown: Grown) -> None:
    ec2 = grown.client("ec2")
    (vpc,) = [each for each in ec2.describe_vpcs()["Vpcs"] if not each["IsDefault"]]
    assert vpc["CidrBlock"] == "10.0.0.0/16"
    subnets = ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc["VpcId"]]}])["Subnets"]
    assert {subnet["CidrBlock"]: subnet["AvailabilityZone"] for subnet in subnets} == {
        "10.0.1.0/24": "us-east-1a",
        "10.0.2.0/24": "us-east-1b",
        "10.0.10.0/24": "us-east-1a",
        "10.0.11.0/24": "us-east-1b",
        "10.0.20.0/24": "us-east-1a",
        "10.0.21.0/24": "us-east-1b",
    }


@of(*ALL)
def test_private_subnets_call_the_world_through_nat_gateways_in_public_ones(grown: Grown) -> None:
    ec2 = grown.client("ec2")
    cidrs = {each["SubnetId"]: each["CidrBlock"] for each in ec2.describe_subnets()["Subnets"]}
    gateways = {
        each["NatGatewayId"]: cidrs[each["SubnetId"]]
        for each in ec2.describe_nat_gateways(Filters=[{"Name": "state", "Values": ["available"]}])["NatGateways"]
    }
    per_zone = grown.environment == "prod" and grown.phase > 2
    assert set(gateways.values()) == ({"10.0.1.0/24", "10.0.2.0/24"} if per_zone else {"10.0.1.0/24"})
    ways = {}
    for table in ec2.describe_route_tables()["RouteTables"]:
        out = [route["NatGatewayId"] for route in table["Routes"] if route.get("NatGatewayId")]
        for each in table["Associations"]:
            if "SubnetId" in each and out:
                ways[cidrs[each["SubnetId"]]] = gateways[out[0]]
    expected = {"10.0.10.0/24": "10.0.1.0/24", "10.0.11.0/24": "10.0.2.0/24" if per_zone else "10.0.1.0/24"}
    assert ways == expected


@of(*ALL)
def test_who_reaches_what(grown: Grown) -> None:
    test_ports = {(8443, 8443): {"203.0.113.10/32"}} if grown.phase == 4 else {}
    assert sources(grown, "sg-alb") == {(80, 80): {"0.0.0.0/0"}, (443, 443): {"0.0.0.0/0"}, **test_ports}
    behind = {(8081, 8086): {"sg-alb-int"}} if grown.phase == 4 else {}
    assert sources(grown, "sg-ecs") == {(8080, 8080): {"sg-alb"}, (3000, 3000): {"sg-alb"}, (8080, 8086): {"sg-ecs"}, **behind}
    assert sources(grown, "sg-rds") == {(5432, 5432): {"sg-ecs"}}
    assert sources(grown, "sg-redis") == {(6379, 6379): {"sg-ecs"}}
    if grown.phase > 2:
        assert sources(grown, "sg-opensearch") == {(443, 443): {"sg-ecs"}}


# -- Containers ------------------------------------------------------------------------------------------


@of(*ALL)
def test_the_cluster(grown: Grown) -> None:
    (cluster,) = grown.client("ecs").describe_clusters(clusters=[grown.name], include=["SETTINGS"])["clusters"]
    assert cluster["status"] == "ACTIVE"
    assert cluster["settings"] == [{"name": "containerInsights", "value": "enabled"}]
    assert services_of(grown).keys() == SERVICES.keys()
    assert cluster["runningTasksCount"] == sum(TASKS[grown.key].values())


@of(*ALL)
def test_the_eight_task_definitions(grown: Grown) -> None:
    found = {}
    for name in SERVICES:
        definition, container = definition_of(grown, name), container_of(grown, name)
        assert definition["requiresCompatibilities"] == ["FARGATE"]
        assert definition["networkMode"] == "awsvpc"
        (port,) = container["portMappings"]
        address, _separator, _rest = container["healthCheck"]["command"][1].partition("http://localhost:")[2].partition(" ")
        assert address == f"{port['containerPort']}{SERVICES[name][3]}"
        found[name] = (definition["cpu"], definition["memory"], port["containerPort"], f"/{address.partition('/')[2]}")
        assert container["image"] == f"123456789012.dkr.ecr.us-east-1.amazonaws.com/acct-atlas-{name}:1.0.0"
    assert found == SERVICES


@of(*ALL)
def test_as_many_tasks_run_as_the_phase_has(grown: Grown) -> None:
    services = services_of(grown)
    assert {name: service["desiredCount"] for name, service in services.items()} == TASKS[grown.key]
    assert {name: service["runningCount"] for name, service in services.items()} == TASKS[grown.key]
    assert {service["launchType"] for service in services.values()} == {"FARGATE"}
    for name, service in services.items():
        assert tags_of(service, "tags")["Service"] == name


@of(*ALL)
def test_tasks_stand_in_private_subnets_without_public_addresses(grown: Grown) -> None:
    cidrs = {each["SubnetId"]: each["CidrBlock"] for each in grown.client("ec2").describe_subnets()["Subnets"]}
    own = groups_of(grown)["sg-ecs"]["GroupId"]
    for service in services_of(grown).values():
        network = service["networkConfiguration"]["awsvpcConfiguration"]
        assert {cidrs[subnet] for subnet in network["subnets"]} == {"10.0.10.0/24", "10.0.11.0/24"}
        assert network["securityGroups"] == [own]
        assert network["assignPublicIp"] == "DISABLED"


@of("prod-2", "prod-3", "staging-3")
def test_ecs_rolls_out_and_takes_back_what_does_not_come_up(grown: Grown) -> None:
    for service in services_of(grown).values():
        assert service["deploymentController"]["type"] == "ECS"
        assert service["deploymentConfiguration"]["deploymentCircuitBreaker"] == {"enable": True, "rollback": True}
        assert service["deploymentConfiguration"]["minimumHealthyPercent"] == 100
        assert service["deploymentConfiguration"]["maximumPercent"] == 200


@of("prod-4")
def test_codedeploy_replaces_tasks(grown: Grown) -> None:
    for service in services_of(grown).values():
        assert service["deploymentController"]["type"] == "CODE_DEPLOY"
        assert len(service["loadBalancers"]) == 1


@of(*ALL)
def test_secrets_are_environment_variables_that_ecs_fills_in(grown: Grown) -> None:
    secrets = grown.client("secretsmanager")
    names = {each["ARN"]: each["Name"] for each in secrets.list_secrets()["SecretList"]}

    def wanted(service: str) -> dict[str, tuple[str, str]]:
        found = {}
        for each in container_of(grown, service)["secrets"]:
            arn, _colon, rest = each["valueFrom"].rpartition(":secret:")[2].partition(":")
            full = f"{each['valueFrom'].partition(':secret:')[0]}:secret:{arn}"
            found[each["name"]] = (names[full].rpartition("/")[2], rest.partition(":")[0])
        return found

    database = {
        "DATABASE_HOST": ("database", "host"),
        "DATABASE_PORT": ("database", "port"),
        "DATABASE_NAME": ("database", "dbname"),
        "SPRING_DATASOURCE_USERNAME": ("database", "username"),
        "SPRING_DATASOURCE_PASSWORD": ("database", "password"),
        "SPRING_DATA_REDIS_HOST": ("redis", "host"),
        "SPRING_DATA_REDIS_PORT": ("redis", "port"),
        "SPRING_DATA_REDIS_PASSWORD": ("redis", "token"),
    }
    assert wanted("api-gateway") == wanted("location-service") == database
    assert wanted("user-service") == {
        **database,
        "APP_JWT_PRIVATEKEY": ("jwt", "private_key"),
        "ADMIN_EMAIL": ("admin", "email"),
        "ADMIN_PASSWORD_HASH": ("admin", "password_hash"),
    }
    assert wanted("video-service") == {**database, "YOUTUBE_API_KEY": ("youtube", "api_key")}
    assert wanted("web-app") == {"MAPBOX_ACCESS_TOKEN": ("mapbox", "access_token")}
    for name in ("database", "redis"):
        value = json.loads(secrets.get_secret_value(SecretId=f"accountabilityatlas/{grown.environment}/{name}")["SecretString"])
        assert value["host"]
        assert value["port"]


@of(*ALL)
def test_postgresql_searches_until_opensearch_does(grown: Grown) -> None:
    profile = environment_of(grown, "search-service")["SPRING_PROFILES_ACTIVE"]
    assert profile == ("prod,fts" if grown.phase == 2 else "prod")
    assert ("OPENSEARCH_ENDPOINT" in environment_of(grown, "search-service")) is (grown.phase > 2)
    assert environment_of(grown, "user-service")["SPRING_PROFILES_ACTIVE"] == "prod"
    assert environment_of(grown, "web-app")["NODE_ENV"] == "production"


@of(*ALL)
def test_prometheus_may_ask_for_metrics_from_phase_3_on(grown: Grown) -> None:
    for name in SERVICES.keys() - {"web-app"}:
        shown = environment_of(grown, name).get("MANAGEMENT_ENDPOINTS_WEB_EXPOSURE_INCLUDE")
        assert shown == ("health,prometheus" if grown.phase > 2 else None)


@of(*ALL)
def test_requests_are_limited_by_the_gateway_before_there_is_a_firewall(grown: Grown) -> None:
    limits = {name: value for name, value in environment_of(grown, "api-gateway").items() if name.startswith("RATE_LIMIT")}
    expected = {
        "RATE_LIMIT_GENERAL_PER_SECOND": "30",
        "RATE_LIMIT_GENERAL_BURST": "20",
        "RATE_LIMIT_AUTH_PER_SECOND": "5",
        "RATE_LIMIT_AUTH_BURST": "5",
    }
    assert limits == (expected if grown.phase == 2 else {})


@of(*ALL)
def test_services_find_each_other_by_name(grown: Grown) -> None:
    discovery = grown.client("servicediscovery")
    (namespace,) = discovery.list_namespaces()["Namespaces"]
    assert namespace["Name"] == f"{grown.name}.internal"
    assert namespace["Type"] == "DNS_PRIVATE"
    found = {each["Name"]: each for each in discovery.list_services()["Services"]}
    assert found.keys() == SERVICES.keys()
    for name, count in TASKS[grown.key].items():
        assert len(discovery.list_instances(ServiceId=found[name]["Id"])["Instances"]) == count
    host = f"lb.{grown.name}.internal" if grown.phase == 4 else f"video-service.{grown.name}.internal"
    assert environment_of(grown, "api-gateway")["VIDEO_SERVICE_URL"] == f"http://{host}:8082"


@of(*ALL)
def test_each_service_logs_to_a_group_of_its_own(grown: Grown) -> None:
    groups = {
        each["logGroupName"]: each.get("retentionInDays")
        for each in grown.client("logs").describe_log_groups(logGroupNamePrefix=f"/accountabilityatlas/{grown.environment}/")["logGroups"]
    }
    days = {"prod": 30, "staging": 14}[grown.environment]
    assert groups == {f"/accountabilityatlas/{grown.environment}/{name}": days for name in SERVICES}
    for name in SERVICES:
        log = container_of(grown, name)["logConfiguration"]
        assert log["logDriver"] == "awslogs"
        assert log["options"]["awslogs-group"] == f"/accountabilityatlas/{grown.environment}/{name}"


@of(*ALL)
def test_a_daemon_of_x_ray_runs_beside_each_service_from_phase_3_on(grown: Grown) -> None:
    for name in SERVICES:
        containers = [each["name"] for each in definition_of(grown, name)["containerDefinitions"]]
        assert containers == ([name] if grown.phase == 2 else [name, "xray-daemon"])


@of(*ALL)
def test_what_ecs_and_the_programs_may_do(grown: Grown) -> None:
    iam = grown.client("iam")

    def statements(role: str) -> dict[str, Any]:
        (policy,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
        document = iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
        return {each["Sid"]: each for each in document["Statement"]}

    for name in SERVICES:
        definition = definition_of(grown, name)
        role = definition["executionRoleArn"].rpartition("/")[2]
        trust = iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]["Statement"][0]
        assert trust["Principal"]["Service"] == "ecs-tasks.amazonaws.com"
        starting = statements(role)
        assert starting["PullTheImage"]["Resource"].endswith(f":repository/acct-atlas-{name}")
        assert all(":secret:accountabilityatlas/" in arn for arn in starting["ReadTheSecrets"]["Resource"])
        assert [sid for sid, each in starting.items() if each["Resource"] == "*"] == ["LogInToTheRegistry"]
    taking = statements(definition_of(grown, "video-service")["taskRoleArn"].rpartition("/")[2])["TakeFromTheQueue"]
    assert taking["Resource"] == f"arn:aws:sqs:us-east-1:*:acct-atlas-{grown.environment}-video-metadata"


@of("prod-4")
def test_services_are_scaled_at_70_per_cent(grown: Grown) -> None:
    scaling = grown.client("application-autoscaling")
    targets = scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]
    found = {each["ResourceId"]: (each["MinCapacity"], each["MaxCapacity"]) for each in targets}
    assert found == {f"service/{grown.name}/{name}": limits for name, limits in LIMITS.items()}
    policies = scaling.describe_scaling_policies(ServiceNamespace="ecs")["ScalingPolicies"]
    assert {each["ResourceId"] for each in policies} == set(found)
    for each in policies:
        tracking = each["TargetTrackingScalingPolicyConfiguration"]
        assert tracking["PredefinedMetricSpecification"]["PredefinedMetricType"] == "ECSServiceAverageCPUUtilization"
        assert (tracking["TargetValue"], tracking["ScaleInCooldown"], tracking["ScaleOutCooldown"]) == (70.0, 300, 60)


@of("prod-2", "prod-3", "staging-3")
def test_nothing_is_scaled_before_phase_4(grown: Grown) -> None:
    assert grown.client("application-autoscaling").describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"] == []


@of("prod-4")
def test_a_converge_undoes_nothing_that_scaling_has_done(grown: Grown) -> None:
    ecs = grown.client("ecs")
    ecs.update_service(cluster=grown.name, service="video-service", desiredCount=7)
    try:
        assert grown.run("-e", "converge_layers=container_service").check().changed == 0
        assert services_of(grown)["video-service"]["runningCount"] == 7
    finally:
        ecs.update_service(cluster=grown.name, service="video-service", desiredCount=TASKS[grown.key]["video-service"])
