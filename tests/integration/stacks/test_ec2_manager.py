# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The EC2 manager in dev, staging and prod: the runs, network, data, people, functions and API of its description, read back by boto3."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.stratum.aws.plugins.module_utils import _archive

from tests.playbooks import ROOT

from .ec2_manager import (
    FUNCTIONS,
    PRIVATE,
    Environment,
    api_of,
    client_of,
    distribution_of,
    group_of,
    in_vpc,
    inhabited,
    pool_of,
    retention_of,
    subnets_of,
    tags_of,
    vpc_of,
)

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.xdist_group("ec2_manager"), pytest.mark.timeout(1800)]

LAYERS = {"network", "security", "storage", "data_tier", "serverless_api", "edge", "monitoring", "audit", "budget", "backup"}


# -- the runs --------------------------------------------------------------------------------------------


def test_the_plan_of_the_empty_account_has_everything_in_it(ec2_manager_environments: dict[str, Environment]) -> None:
    first = ec2_manager_environments["prod"].first
    planned, made = (first.report(verb, "ec2_manager", "prod") for verb in ("plan", "converge"))
    assert planned["summary"]["failed"] == 0
    created = [{node["name"] for node in report["nodes"] if node["action"] == "create"} for report in (planned, made)]
    assert created[1] - created[0] == set()
    assert {node["layer"] for node in planned["nodes"] if node["action"] == "create"} == LAYERS


def test_the_second_run_changes_nothing(ec2_manager: Environment) -> None:
    def invalidations() -> int:
        client = ec2_manager.client("cloudfront", "us-east-1")
        return int(client.list_invalidations(DistributionId=distribution_of(ec2_manager)["Id"])["InvalidationList"]["Quantity"])

    before = invalidations()
    second = ec2_manager.run().check()
    assert second.changed == 0
    report = second.report("converge", "ec2_manager", ec2_manager.word)
    assert [operation for node in report["nodes"] for operation in node["operations"]] == []
    # The page is the same, so nothing is asked to be forgotten.
    assert invalidations() == before


def test_everything_bears_the_tags_of_its_environment(ec2_manager: Environment) -> None:
    wanted = {
        "Environment": ec2_manager.word,
        "Project": "ec2-manager",
        "ManagedBy": "ansible",
        "CostCenter": "engineering",
        "DataClassification": ec2_manager.size["data"],
        "stratum:environment": ec2_manager.word,
    }
    ours = {}
    for region in ("us-west-2", "us-east-1"):
        filters = [{"Key": "stratum:stack", "Values": ["ec2_manager"]}, {"Key": "stratum:environment", "Values": [ec2_manager.word]}]
        pages = ec2_manager.client("resourcegroupstaggingapi", region).get_paginator("get_resources").paginate(TagFilters=filters)
        ours.update({item["ResourceARN"]: tags_of(item) for page in pages for item in page["ResourceTagMappingList"]})
    assert len(ours) > 60
    assert {arn: tags for arn, tags in ours.items() if not wanted.items() <= tags.items()} == {}
    assert {tags["stratum:layer"] for tags in ours.values()} >= LAYERS - {"backup"}


# -- network ---------------------------------------------------------------------------------------------


def test_network(ec2_manager: Environment) -> None:
    assert vpc_of(ec2_manager)["CidrBlock"] == "10.0.0.0/16"
    assert {network: subnet["AvailabilityZone"] for network, subnet in subnets_of(ec2_manager).items()} == {
        "10.0.1.0/24": "us-west-2a",
        "10.0.2.0/24": "us-west-2b",
        "10.0.10.0/24": "us-west-2a",
        "10.0.11.0/24": "us-west-2b",
    }
    ec2 = ec2_manager.client("ec2")
    gateways = ec2.describe_nat_gateways(Filter=in_vpc(ec2_manager))["NatGateways"]
    assert len([each for each in gateways if each["State"] == "available"]) == ec2_manager.size["zones"]
    # Every private subnet has a way out, in whatever zone its gateway stands; every public one is on the internet.
    tables = ec2.describe_route_tables(Filters=in_vpc(ec2_manager))["RouteTables"]
    for network, subnet in subnets_of(ec2_manager).items():
        (table,) = [each for each in tables if any(link.get("SubnetId") == subnet["SubnetId"] for link in each["Associations"])]
        (route,) = [each for each in table["Routes"] if each.get("DestinationCidrBlock") == "0.0.0.0/0"]
        assert bool(route.get("NatGatewayId")) is (network in PRIVATE)
    (acl,) = ec2.describe_network_acls(Filters=in_vpc(ec2_manager))["NetworkAcls"]
    assert acl["IsDefault"]
    assert {entry["RuleAction"] for entry in acl["Entries"] if entry["RuleNumber"] == 100} == {"allow"}


def test_endpoints(ec2_manager: Environment) -> None:
    endpoints = ec2_manager.client("ec2").describe_vpc_endpoints(Filters=in_vpc(ec2_manager))["VpcEndpoints"]
    found = {each["ServiceName"].rpartition(".")[2]: each for each in endpoints}
    kinds = {name: each["VpcEndpointType"] for name, each in found.items()}
    assert kinds == {"dynamodb": "Gateway", "s3": "Gateway", "ec2": "Interface", "ssm": "Interface"}
    assert set(found["ec2"]["SubnetIds"]) == set(found["ssm"]["SubnetIds"]) == inhabited(ec2_manager)


def test_security_groups(ec2_manager: Environment) -> None:
    listed = ec2_manager.client("ec2").describe_managed_prefix_lists()["PrefixLists"]
    names = {each["PrefixListId"]: each["PrefixListName"] for each in listed}
    api = group_of(ec2_manager, "api-gateway")
    (rule,) = api["IpPermissions"]
    assert (rule["IpProtocol"], rule["FromPort"], rule["ToPort"], rule["IpRanges"]) == ("tcp", 443, 443, [])
    assert [names[each["PrefixListId"]] for each in rule["PrefixListIds"]] == ["com.amazonaws.global.cloudfront.origin-facing"]
    assert api["Description"] == "HTTPS from CloudFront only"
    functions = group_of(ec2_manager, "lambda")
    assert functions["IpPermissions"] == []
    (rule,) = functions["IpPermissionsEgress"]
    assert (rule["FromPort"], rule["ToPort"]) == (443, 443)
    allowed = {names[each["PrefixListId"]] for each in rule["PrefixListIds"]}
    assert allowed == {"com.amazonaws.us-west-2.dynamodb", "com.amazonaws.us-west-2.s3"}
    assert functions["Description"] == "Functions, out to DynamoDB and AWS services"


# -- data ------------------------------------------------------------------------------------------------


def test_audit_table(ec2_manager: Environment) -> None:
    dynamodb = ec2_manager.client("dynamodb")
    table = dynamodb.describe_table(TableName=f"{ec2_manager.name}-audit")["Table"]
    assert {each["KeyType"]: each["AttributeName"] for each in table["KeySchema"]} == {"HASH": "id", "RANGE": "timestamp"}
    assert {each["AttributeName"]: each["AttributeType"] for each in table["AttributeDefinitions"]} == {"id": "S", "timestamp": "S"}
    assert table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert (table["SSEDescription"]["Status"], table["SSEDescription"]["SSEType"]) == ("ENABLED", "KMS")
    assert table["DeletionProtectionEnabled"] is ("table" in ec2_manager.size["kept"])
    backups = dynamodb.describe_continuous_backups(TableName=table["TableName"])["ContinuousBackupsDescription"]
    recovery = backups["PointInTimeRecoveryDescription"]
    days = ec2_manager.size["recovery_days"]
    assert recovery["PointInTimeRecoveryStatus"] == ("ENABLED" if days else "DISABLED")
    if days:
        assert recovery["RecoveryPeriodInDays"] == days


@pytest.mark.parametrize("bucket", ["web", "runs", "artifacts", "cloudtrail"])
def test_buckets(ec2_manager: Environment, bucket: str) -> None:
    s3, name = ec2_manager.client("s3"), f"{ec2_manager.name}-{bucket}"
    assert s3.get_bucket_versioning(Bucket=name)["Status"] == "Enabled"
    (rule,) = s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
    assert set(s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"].values()) == {True}
    policy = json.loads(s3.get_bucket_policy(Bucket=name)["Policy"])
    assert any(each["Effect"] == "Deny" and "aws:SecureTransport" in json.dumps(each) for each in policy["Statement"])


def test_the_page_is_in_its_bucket_and_moves_to_cheaper_storage(ec2_manager: Environment) -> None:
    s3, name = ec2_manager.client("s3"), f"{ec2_manager.name}-web"
    keys = {each["Key"] for each in s3.list_objects_v2(Bucket=name)["Contents"]}
    assert keys == {"index.html", "app.js", "cognito.js", "styles.css", "config.json"}
    rules = s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"]
    assert {(each["Days"], each["StorageClass"]) for rule in rules for each in rule.get("Transitions", [])} == {(0, "INTELLIGENT_TIERING")}
    assert [rule["NoncurrentVersionExpiration"]["NoncurrentDays"] for rule in rules] == [90]
    (tiering,) = s3.list_bucket_intelligent_tiering_configurations(Bucket=name)["IntelligentTieringConfigurationList"]
    assert tiering["Status"] == "Enabled"
    assert {each["AccessTier"]: each["Days"] for each in tiering["Tierings"]} == {"ARCHIVE_ACCESS": 90, "DEEP_ARCHIVE_ACCESS": 180}
    config = json.loads(s3.get_object(Bucket=name, Key="config.json")["Body"].read())
    assert config == {
        "environment": ec2_manager.word,
        "region": "us-west-2",
        "apiUrl": "/api",
        "cognitoEndpoint": "https://cognito-idp.us-west-2.amazonaws.com/",
        "userPoolId": pool_of(ec2_manager)["Id"],
        "userPoolClientId": client_of(ec2_manager)["ClientId"],
    }
    policy = json.loads(s3.get_bucket_policy(Bucket=name)["Policy"])
    (reader,) = [each for each in policy["Statement"] if each["Effect"] == "Allow"]
    assert reader["Principal"] == {"Service": "cloudfront.amazonaws.com"}
    assert distribution_of(ec2_manager)["ARN"] in json.dumps(reader["Condition"])


# -- people ----------------------------------------------------------------------------------------------


def test_user_pool(ec2_manager: Environment) -> None:
    cognito, pool = ec2_manager.client("cognito-idp"), pool_of(ec2_manager)
    assert pool["MfaConfiguration"] == ec2_manager.size["mfa"]
    assert cognito.get_user_pool_mfa_config(UserPoolId=pool["Id"])["SoftwareTokenMfaConfiguration"]["Enabled"] is True
    assert pool["Domain"] == ec2_manager.name
    assert pool["DeletionProtection"] == ("ACTIVE" if "pool" in ec2_manager.size["kept"] else "INACTIVE")
    assert pool["Policies"]["PasswordPolicy"]["MinimumLength"] == 12
    assert pool["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"] is True
    groups = cognito.list_groups(UserPoolId=pool["Id"])["Groups"]
    assert {each["GroupName"]: each["Precedence"] for each in groups} == {"administrators": 1, "operators": 2, "viewers": 3}
    client = client_of(ec2_manager)
    assert client["ClientName"] == f"{ec2_manager.name}-web"
    assert set(client["CallbackURLs"]) == set(client["LogoutURLs"]) == {f"{origin}/" for origin in ec2_manager.size["origins"]}
    assert client["TokenValidityUnits"]["RefreshToken"] == "minutes"
    assert client["RefreshTokenValidity"] == ec2_manager.size["refresh_days"] * 24 * 60
    assert "ClientSecret" not in client


# -- functions and API -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions(ec2_manager: Environment, name: str) -> None:
    client, function = ec2_manager.client("lambda"), f"{ec2_manager.name}-{name}"
    found = client.get_function(FunctionName=function)
    config = found["Configuration"]
    assert (config["Runtime"], config["Handler"]) == ("nodejs20.x", f"{name}.handler")
    assert (config["MemorySize"], config["Timeout"]) == (
        ec2_manager.size["memory"],
        {"instances": 30, "export": 120}.get(name, 10),
    )
    assert config["TracingConfig"]["Mode"] == "Active"
    assert config["LoggingConfig"]["LogFormat"] == "JSON"
    assert config["Role"].endswith(f":role/{function}")
    assert set(config["VpcConfig"]["SubnetIds"]) == inhabited(ec2_manager)
    assert config["VpcConfig"]["SecurityGroupIds"] == [group_of(ec2_manager, "lambda")["GroupId"]]
    assert client.get_alias(FunctionName=function, Name="live")["FunctionVersion"] == "1"
    # AWS's own key encrypts the environment, as the description has it: no other is named.
    assert config.get("KMSKeyArn") is None
    assert config["Environment"]["Variables"]["ENVIRONMENT"] == ec2_manager.word
    assert config["Environment"]["Variables"]["LOG_LEVEL"] == ec2_manager.size["log_level"]
    if name != "export":
        assert config["Environment"]["Variables"]["FEATURES"] == "start,stop,reboot"
        assert config["Environment"]["Variables"]["ALLOWED_ORIGINS"] == ",".join(ec2_manager.size["origins"])
    assert found.get("Concurrency", {}).get("ReservedConcurrentExecutions") == ec2_manager.size["reserved"].get(name)
    assert 1000 - sum(ec2_manager.size["reserved"].values()) >= 100
    assert retention_of(ec2_manager, f"/aws/lambda/{function}") == ec2_manager.size["log_days"]
    # The same files are the same bytes wherever and whenever they are packed.
    assert config["CodeSha256"] == _archive.packed(ROOT / "applications" / "ec2_manager" / "functions").code_sha256


def test_functions_may_do_what_they_need_and_no_more(ec2_manager: Environment) -> None:
    iam = ec2_manager.client("iam")
    actions, attached = {}, set()
    for name in FUNCTIONS:
        role = f"{ec2_manager.name}-{name}"
        (policy,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
        listed = [each["Action"] for each in iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]["Statement"]]
        actions[name] = sorted(action for each in listed for action in (each if isinstance(each, list) else [each]))
        attached.add(tuple(sorted(each["PolicyName"] for each in iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"])))
    assert actions == {
        "health": ["dynamodb:Query"],
        "audit": ["dynamodb:Query", "dynamodb:Scan"],
        "export": ["s3:PutObject", "tag:GetResources"],
        "instances": ["dynamodb:PutItem", "ec2:DescribeInstances", "ec2:RebootInstances", "ec2:StartInstances", "ec2:StopInstances"],
    }
    assert attached == {("AWSLambdaVPCAccessExecutionRole", "AWSXRayDaemonWriteAccess")}


def methods_of(stack: Environment) -> dict[tuple[str, str], Any]:
    """Return the methods of the API by path and verb."""
    resources = stack.client("apigateway").get_resources(restApiId=api_of(stack)["id"], embed=["methods"], limit=500)["items"]
    return {(each["path"], verb): method for each in resources for verb, method in each.get("resourceMethods", {}).items()}


def test_api(ec2_manager: Environment) -> None:
    gateway, api = ec2_manager.client("apigateway"), api_of(ec2_manager)
    assert api["endpointConfiguration"]["types"] == ["REGIONAL"]
    assert "aws:Referer" in api["policy"]
    (authorizer,) = gateway.get_authorizers(restApiId=api["id"])["items"]
    assert (authorizer["type"], authorizer["providerARNs"]) == ("COGNITO_USER_POOLS", [pool_of(ec2_manager)["Arn"]])
    methods = methods_of(ec2_manager)
    asked = {key: method for key, method in methods.items() if key[1] != "OPTIONS"}
    assert set(asked) == {
        ("/api/health", "GET"),
        ("/api/instances", "GET"),
        ("/api/instances/{id}/start", "POST"),
        ("/api/instances/{id}/stop", "POST"),
        ("/api/instances/{id}/reboot", "POST"),
        ("/api/audit", "GET"),
        ("/api/audit/{id}", "GET"),
    }
    assert {path for (path, _verb), method in asked.items() if method["authorizationType"] == "NONE"} == {"/api/health"}
    assert {method["authorizationType"] for (path, _verb), method in asked.items() if path != "/api/health"} == {"COGNITO_USER_POOLS"}
    assert {path for path, verb in methods if verb == "OPTIONS"} == {path for path, verb in asked}
    for (path, _unused), method in asked.items():
        assert method["methodIntegration"]["type"] == "AWS_PROXY", path
        assert ":live/invocations" in method["methodIntegration"]["uri"]
    # Pages of this environment may ask, and of no other.
    options = json.dumps(methods["/api/instances", "OPTIONS"]["methodIntegration"])
    assert f"'{ec2_manager.size['origins'][0]}'" in options
    responses = {each["responseType"]: each for each in gateway.get_gateway_responses(restApiId=api["id"])["items"]}
    for kind in ("DEFAULT_4XX", "DEFAULT_5XX"):
        assert '"correlationId"' in responses[kind]["responseTemplates"]["application/json"]


def test_stage(ec2_manager: Environment) -> None:
    gateway, api = ec2_manager.client("apigateway"), api_of(ec2_manager)
    stage = gateway.get_stage(restApiId=api["id"], stageName=ec2_manager.word)
    assert stage["tracingEnabled"] is True
    every = stage["methodSettings"]["*/*"]
    assert (every["throttlingRateLimit"], every["throttlingBurstLimit"]) == (10000.0, 5000)
    assert (every["metricsEnabled"], every["loggingLevel"]) == (True, "INFO")
    # 1000 a minute, and a hundred people at once.
    limited = {
        key: (each["throttlingRateLimit"], each["throttlingBurstLimit"]) for key, each in stage["methodSettings"].items() if key != "*/*"
    }
    assert len(limited) == 7
    assert set(limited.values()) == {(16.67, 100)}
    access, execution = (
        f"/aws/apigateway/{ec2_manager.name}/{ec2_manager.word}",
        f"API-Gateway-Execution-Logs_{api['id']}/{ec2_manager.word}",
    )
    assert retention_of(ec2_manager, access) == retention_of(ec2_manager, execution) == ec2_manager.size["log_days"]
    assert stage["accessLogSettings"]["destinationArn"].endswith(f":log-group:{access}")
    assert {"requestId", "status", "responseLatency", "path"} <= set(json.loads(stage["accessLogSettings"]["format"]))
    (plan,) = [each for each in gateway.get_usage_plans()["items"] if each["name"] == ec2_manager.name]
    assert (plan["throttle"]["rateLimit"], plan["throttle"]["burstLimit"]) == (16.67, 100)
    assert [(each["apiId"], each["stage"]) for each in plan["apiStages"]] == [(api["id"], ec2_manager.word)]
    assert {(each["rateLimit"], each["burstLimit"]) for each in plan["apiStages"][0]["throttle"].values()} == {(16.67, 100)}
    assert gateway.get_account()["cloudwatchRoleArn"].endswith("-api-gateway-logs")


def test_parameters(ec2_manager: Environment) -> None:
    pages = ec2_manager.client("ssm").get_paginator("get_parameters_by_path").paginate(Path=f"/ec2-manager/{ec2_manager.word}/")
    values = {each["Name"].rpartition("/")[2]: each["Value"] for page in pages for each in page["Parameters"]}
    release, objectives = json.loads(values.pop("release")), json.loads(values.pop("recovery-objectives"))
    domain = ec2_manager.size["domain"]
    assert values == {
        "audit-table": f"{ec2_manager.name}-audit",
        "user-pool-id": pool_of(ec2_manager)["Id"],
        "user-pool-client-id": client_of(ec2_manager)["ClientId"],
        "site-url": f"https://{domain}/",
        "api-url": f"https://{domain}/api",
        "distribution-id": distribution_of(ec2_manager)["Id"],
        "features": "start,stop,reboot",
        "log-level": ec2_manager.size["log_level"],
    }
    assert ec2_manager.size["release"].items() <= release.items()
    assert (release["unit_test_coverage_percent"], release["rollback_minutes"]) == (80, {"application": 5, "infrastructure": 15})
    if ec2_manager.word == "prod":
        assert (release["window"]["from"], release["window"]["to"]) == ("08:00", "18:00")
        assert release["approvers"] == ["DevOps Lead", "Engineering Manager"]
    assert {kind: (each["rto_minutes"], each["rpo_minutes"]) for kind, each in objectives.items() if isinstance(each, dict)} == {
        "overall": (240, 60),
        "application_error": (15, 0),
        "data_corruption": (120, 60),
        "infrastructure_failure": (240, 60),
        "region_outage": (480, 240),
    }
