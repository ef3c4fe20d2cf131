# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Policies derived from runs: the tables agree with AWS's own list of actions, and the statements bind what they can."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import botocore.session
import cfnlint
import pytest
from ansible_collections.stratum.aws.plugins.plugin_utils.barrier._operations import Effect, effect
from ansible_collections.stratum.aws.plugins.plugin_utils.policies import _iam_actions, _iam_ec2, _iam_evidence, _iam_policy, _iam_resources
from ansible_collections.stratum.aws.plugins.plugin_utils.policies._iam_policy import Call, Evidence
from ansible_collections.stratum.aws.plugins.plugin_utils.policies._iam_resources import Scope
from ansible_collections.stratum.aws.plugins.plugin_utils.policies._iam_statements import (
    LARGEST,
    Statement,
    TooLong,
    documents,
    size,
    statement,
)
from ansible_collections.stratum.aws.plugins.plugin_utils.policies._iam_unscoped import UNSCOPED

ROOT = Path(__file__).resolve().parents[3]
SCOPE = Scope("ca-central-1", "123456789012")
TAGS = [{"Key": "stratum:stack", "Value": "speckle"}, {"Key": "stratum:environment", "Value": "prod"}]
OWNS = {"aws:ResourceTag/stratum:stack": "speckle", "aws:ResourceTag/stratum:environment": "prod"}
REQUESTS = {"aws:RequestTag/stratum:stack": "speckle", "aws:RequestTag/stratum:environment": "prod"}

# Services beyond those of our own modules: of the upstream modules in our graphs, and of systems to come.
_FURTHER = """apigateway apigatewayv2 application-autoscaling autoscaling budgets cloudfront dynamodb ec2 ecr ecs efs elbv2 events iam kms
    lambda rds resourcegroupstaggingapi route53 s3 sqs ssm stepfunctions sts wafv2"""

# Operations for which AWS's list has no action of the name that we would give. None of them is called by our modules:
# they are newer than the list, belong to S3 Express and other parts that we do not use, or are made by AWS itself.
_WITHOUT_ACTION = {
    "budgets": "Notification Subscriber BudgetPerformanceHistory BudgetNotificationsForAccount NotificationsForBudget",
    "cloudfront": "ListDistributionsByOwnedResource",
    "cloudtrail": "ListInsightsMetricData",
    "cloudwatch": "DatasetKmsKey MetricDataQueryDefinition DescribeAlarmContributors",
    # Most of them are of users who are signed in: a token allows them, and no policy.
    "cognito-idp": "Session DescribeTermsByClient WebAuthn ClientToken DerivedToken GetUserAuthFactors",
    "dynamodb": "ExecuteStatement ExecuteTransaction BulkOperation BulkPutItems",
    "ec2": """KmsKeyId NetworkingFlexCost CapacityReservationDateChange MetricCategor TransitGatewayNetworkFunction
        ClientVpnEndpointAuthorizationPolicy CapacityManagerSupportability ImageFindings AttachmentNatConfiguration
        TransitGatewayPeeringAttachment""",
    "ecr": "ReplicationBackfill ImageReferrers",
    "elasticache": "PrepareMigration StopMigration",
    "iam": "AcquireRole UpdateDelegationRequest",
    "kms": "capsulate",
    "lambda": "DurableExecution GetLayerVersionByArn",
    "opensearch": "Replication CompareDomainConfiguration UpdateClone",
    "rds": "DBCapacityReservation ServerlessV2PlatformVersions",
    "route53": "ResourceRecordSetProtections",
    "s3": "BucketMetadataConfiguration CreateSession ListDirectoryBuckets RenameObject WriteGetObjectResponse",
    "secretsmanager": "CrossAccountReplica ListResourcePolicies",
    "ssm": "DefaultHostManagementConfiguration",
}


@cache
def published() -> dict[str, Any]:
    """Return AWS's list of actions and resources, by prefix."""
    path = Path(cfnlint.__file__).parent / "data/AdditionalSpecs/Policies.json"
    loaded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return loaded


def resources_of(action: str) -> list[str] | None:
    """Return the kinds of resources that an action has in AWS's list; None for an action that is not in it."""
    prefix, _unused, name = action.partition(":")
    known = published().get(prefix, {}).get("Actions", {}).get(name.lower())
    return None if known is None else list(known.get("Resources", []))


def services() -> list[str]:
    """Return botocore's names of the services that our modules and graphs use."""
    sources = [*(ROOT / "plugins/modules").glob("*.py"), *(ROOT / "plugins/module_utils").glob("*.py")]
    ours = {name for path in sources for name in re.findall(r'(?:client\(\s*|service = )"([a-z0-9-]+)"', path.read_text(encoding="utf-8"))}
    return sorted(ours.union(_FURTHER.split()))


@cache
def session() -> botocore.session.Session:
    """Return one session, whose loader remembers what it has read."""
    return botocore.session.get_session()


@cache
def operations(service: str) -> list[str]:
    """Return the operations of a service."""
    names: list[str] = session().get_service_model(service).operation_names
    return names


@pytest.mark.parametrize("service", services())
def test_every_action_exists(service: str) -> None:
    excused = _WITHOUT_ACTION.get(service, "").split()
    missing = {
        f"{operation} -> {action}"
        for operation in operations(service)
        for action in (*_iam_actions.actions(service, operation), *_iam_actions.dependent_actions(service, operation))
        if resources_of(action) is None and not any(word in operation for word in excused)
    }
    assert missing == set()


@pytest.mark.parametrize("service", sorted(_WITHOUT_ACTION))
def test_no_exception_is_left_over(service: str) -> None:
    unknown = {name for name in operations(service) if any(resources_of(each) is None for each in _iam_actions.actions(service, name))}
    assert [word for word in _WITHOUT_ACTION[service].split() if not any(word in name for name in unknown)] == []


@pytest.mark.parametrize("service", services())
def test_actions_for_tags_exist(service: str) -> None:
    actions = {_iam_actions.tagging_action(service, operation) for operation in operations(service)} - {None}
    assert {action for action in actions if action and resources_of(action) is None} == set()


@pytest.mark.parametrize("service", ["apigateway", "apigatewayv2"])
def test_api_gateway_has_http_methods_as_actions(service: str) -> None:
    model = session().get_service_model(service)
    wrong = {
        name: (action, model.operation_model(name).http["method"])
        for name in model.operation_names
        for action in _iam_actions.actions(service, name)
        if action.partition(":")[2].isupper() and action != f"apigateway:{model.operation_model(name).http['method']}"
    }
    assert wrong == {}


_PUBLISHED_IN_FULL = """acm autoscaling backup cloudfront cloudtrail cloudwatch codebuild codeconnections codedeploy ec2 ecr ecs efs eks
    elasticache events iam kms lambda logs opensearch rds route53 secretsmanager servicediscovery sns ssm synthetics xray"""


@pytest.mark.parametrize("service", _PUBLISHED_IN_FULL.split())
def test_actions_without_resources_are_known(service: str) -> None:
    writes = {
        action for name in operations(service) if effect(service, name) is not Effect.READ for action in _iam_actions.actions(service, name)
    }
    assert {action for action in writes if resources_of(action) == []} == {action for action in UNSCOPED if action in writes}


def _templates() -> Iterator[tuple[str, str]]:
    tables = {**_iam_resources._NAMED}
    for service, by_name in tables.items():
        for name, templates in by_name.items():
            for template in templates:
                value = "alias/one" if name == "AliasName" else "one"
                yield service, SCOPE.arn(template, value)
    for table in (_iam_resources.GENERATED, _iam_resources.UNNAMED, _iam_resources._BESIDE):
        for service, patterns in table.items():
            yield from ((service, SCOPE.arn(template)) for template in patterns)


@pytest.mark.parametrize(("service", "arn"), list(_templates()))
def test_arns_have_a_form_that_aws_knows(service: str, arn: str) -> None:
    filled = {"Partition": "aws", "Region": "[a-z0-9-]*", "Account": r"\d*"}
    forms = [
        re.sub(r"\$\{(\w+)\}", lambda match: filled.get(match[1], ".*"), form)
        for kind in published()[_iam_actions.prefix(service)]["Resources"].values()
        for form in kind["ARNFormats"]
        if "${Vendor}" not in form
    ]
    assert any(re.fullmatch(form, arn) for form in forms), forms


def test_kinds_of_ec2_are_those_of_its_operations() -> None:
    wrong = {name: kind for name, kind in _iam_ec2.CREATES.items() if kind not in (resources_of(f"ec2:{name}") or [])}
    assert wrong == {}
    assert set(_iam_ec2._KINDS.values()) <= set(published()["ec2"]["Resources"])


# --- Derivation ---


def derived(*calls: Call, verb: str = "converge", names: dict[str, list[str]] | None = None) -> list[Statement]:
    """Return the statements for these calls of one verb."""
    evidence = Evidence("speckle", "prod", SCOPE, list(calls), list(calls), operations, names or {})
    return _iam_policy.statements(evidence, verb)


def allowing(statements: list[Statement], action: str) -> list[dict[str, Any]]:
    """Return the statements that allow an action, in IAM's form."""
    return [each.as_dict() for each in statements if action in each.actions]


SUBNET = Call("ec2", "CreateSubnet", {"VpcId": "vpc-0123456789abcdef0", "TagSpecifications": [{"ResourceType": "subnet", "Tags": TAGS}]})


def test_what_is_created_in_ec2_gets_the_tags_and_what_is_referred_to_has_them() -> None:
    new, referred = allowing(derived(SUBNET), "ec2:CreateSubnet")
    assert new["Resource"] == ["arn:aws:ec2:ca-central-1:123456789012:subnet/*"]
    assert new["Condition"] == {"StringEquals": REQUESTS}
    assert referred["Resource"] == ["arn:aws:ec2:ca-central-1:123456789012:*/*"]
    assert referred["Condition"] == {"StringEquals": OWNS}


def test_tags_in_a_creation_are_allowed_for_that_creation() -> None:
    (tagging,) = allowing(derived(SUBNET), "ec2:CreateTags")
    assert tagging["Condition"] == {"StringEquals": {"ec2:CreateAction": ["CreateSubnet"]}}


def test_tagging_takes_nothing_that_bears_a_tag_already() -> None:
    statements = derived(Call("ec2", "CreateTags", {"Resources": ["sg-0123456789abcdef0"], "Tags": TAGS}))
    own, untagged = allowing(statements, "ec2:CreateTags")
    assert own["Condition"] == {"StringEquals": OWNS}
    assert untagged["Resource"] == ["arn:aws:ec2:ca-central-1:123456789012:security-group/*"]
    assert untagged["Condition"] == {"StringEquals": REQUESTS, "Null": {"aws:ResourceTag/stratum:stack": "true"}}


@pytest.mark.parametrize(
    ("call", "resource"),
    [
        (Call("s3", "PutBucketVersioning", {"Bucket": "files"}), "arn:aws:s3:::files"),
        (Call("logs", "CreateLogGroup", {"logGroupName": "/aws/one"}), "arn:aws:logs:ca-central-1:123456789012:log-group:/aws/one:*"),
        (Call("sns", "Subscribe", {"TopicArn": "arn:aws:sns:ca-central-1:1:alerts"}), "arn:aws:sns:ca-central-1::alerts"),
        (Call("rds", "CreateDBInstance", {"DBInstanceIdentifier": "db"}), "arn:aws:rds:ca-central-1:123456789012:db:db"),
        (Call("rds", "CreateDBInstance", {"DBInstanceIdentifier": "db"}), "arn:aws:rds:ca-central-1:123456789012:pg:default*"),
        (
            Call("secretsmanager", "PutSecretValue", {"SecretId": "a/b"}),
            "arn:aws:secretsmanager:ca-central-1:123456789012:secret:a/b-??????",
        ),
        (Call("eks", "CreateNodegroup", {"clusterName": "c", "nodegroupName": "n"}), "arn:aws:eks:ca-central-1:123456789012:nodegroup/c/*"),
        (Call("iam", "CreateRole", {"RoleName": "r", "Path": "/deep/"}), "arn:aws:iam::123456789012:role/deep/r"),
        (Call("cloudwatch", "DeleteAlarms", {"AlarmNames": ["x"]}), "arn:aws:cloudwatch:ca-central-1:123456789012:alarm:x"),
        (
            Call("rds", "RestoreDBInstanceToPointInTime", {"TargetDBInstanceIdentifier": "db"}),
            "arn:aws:rds:ca-central-1:123456789012:db:db",
        ),
        (Call("opensearch", "CreateDomain", {"DomainName": "d"}), "arn:aws:es:ca-central-1:123456789012:domain/d"),
        (Call("synthetics", "StartCanary", {"Name": "c"}), "arn:aws:synthetics:ca-central-1:123456789012:canary:c"),
        (Call("cloudtrail", "StartLogging", {"Name": "t"}), "arn:aws:cloudtrail:ca-central-1:123456789012:trail/t"),
        (Call("xray", "CreateGroup", {"GroupName": "g"}), "arn:aws:xray:ca-central-1:123456789012:group/g/*"),
        (Call("budgets", "DeleteBudget", {"BudgetName": "b"}), "arn:aws:budgets::123456789012:budget/b"),
        (
            Call("elbv2", "CreateLoadBalancer", {"Name": "lb"}),
            "arn:aws:elasticloadbalancing:ca-central-1:123456789012:listener/app/lb/*",
        ),
        (
            Call("wafv2", "AssociateWebACL", {"WebACLArn": "arn:aws:wafv2:ca-central-1:1:regional/webacl/w/0a-1b"}),
            "arn:aws:wafv2:ca-central-1:123456789012:regional/webacl/w/*",
        ),
        (
            Call(
                "wafv2", "AssociateWebACL", {"ResourceArn": f"arn:aws:elasticloadbalancing:ca-central-1:1:loadbalancer/app/lb/{'0a' * 8}"}
            ),
            "arn:aws:elasticloadbalancing:ca-central-1:123456789012:loadbalancer/app/lb/*",
        ),
        (Call("ssm", "PutParameter"), "arn:aws:ssm:ca-central-1:123456789012:parameter/stratum/prod/speckle/*"),
    ],
)
def test_named_resources_are_named(call: Call, resource: str) -> None:
    action = _iam_actions.actions(call.service, call.operation)[0]
    expected = resource.replace("::alerts", ":123456789012:alerts").replace(":1:alerts", ":123456789012:alerts")
    assert any(expected in each["Resource"] for each in allowing(derived(call), action))


@pytest.mark.parametrize(
    ("call", "action", "resource"),
    [
        (
            Call("apigateway", "PutRestApi", {"restApiId": "a"}),
            "apigateway:UpdateRestApiPolicy",
            "arn:aws:apigateway:ca-central-1::/restapis/*",
        ),
        (
            Call("wafv2", "DisassociateWebACL", {"ResourceArn": "x"}),
            "elasticloadbalancing:SetWebACL",
            "arn:aws:elasticloadbalancing:ca-central-1:123456789012:loadbalancer/app/*",
        ),
        (
            Call("synthetics", "CreateCanary", {"Name": "c"}),
            "lambda:CreateFunction",
            "arn:aws:lambda:ca-central-1:123456789012:function:cwsyn-*",
        ),
        (
            Call("secretsmanager", "RotateSecret", {"SecretId": "s"}),
            "lambda:InvokeFunction",
            "arn:aws:lambda:ca-central-1:123456789012:function:*",
        ),
        (
            Call("efs", "DeleteMountTarget", {"MountTargetId": "fsmt-1"}),
            "ec2:DeleteNetworkInterface",
            "arn:aws:ec2:ca-central-1:123456789012:network-interface/*",
        ),
    ],
)
def test_what_a_service_does_as_the_caller_is_allowed_there(call: Call, action: str, resource: str) -> None:
    assert any(resource in each["Resource"] for each in allowing(derived(call), action))


@pytest.mark.parametrize("service", ["codeconnections", "cognito-idp", "efs", "servicediscovery", "synthetics"])
def test_what_has_no_resource_yet_is_bound_to_the_tags_in_the_request(service: str) -> None:
    operation, parameter = {
        "codeconnections": ("CreateConnection", "Tags"),
        "cognito-idp": ("CreateUserPool", "UserPoolTags"),
        "efs": ("CreateFileSystem", "Tags"),
        "servicediscovery": ("CreatePrivateDnsNamespace", "Tags"),
        "synthetics": ("CreateCanary", "Tags"),
    }[service]
    tags: Any = TAGS if parameter == "Tags" and service != "synthetics" else {each["Key"]: each["Value"] for each in TAGS}
    statements = derived(Call(service, operation, {parameter: tags}))
    (making,) = allowing(statements, _iam_actions.actions(service, operation)[0])
    assert making["Resource"] == "*"
    assert making["Condition"]["StringEquals"] == {"aws:RequestedRegion": ["ca-central-1"], **REQUESTS}


def test_a_call_that_names_nothing_known_is_not_bound_to_other_names() -> None:
    statements = derived(Call("sqs", "CreateQueue", {"QueueName": "jobs"}), Call("sqs", "CancelMessageMoveTask", {"TaskHandle": "handle"}))
    assert [each["Resource"] for each in allowing(statements, "sqs:CreateQueue")] == [["arn:aws:sqs:ca-central-1:123456789012:jobs"]]
    assert "*" in [each["Resource"] for each in allowing(statements, "sqs:CancelMessageMoveTask")]


def test_a_stack_with_keys_may_use_them_in_calls_whose_parameters_are_hidden() -> None:
    tagged = Call("kms", "CreateKey", {"Tags": [{"TagKey": "stratum:stack", "TagValue": "speckle"}]})
    assert allowing(derived(tagged, Call("secretsmanager", "CreateSecret", {})), "kms:GenerateDataKey")


def test_a_plan_and_a_drift_policy_hold_no_write() -> None:
    calls = [SUBNET, Call("ec2", "DescribeVpcs"), Call("s3", "GetBucketPolicy"), Call("eks", "CreateCluster", {"name": "c"})]
    for verb in ("plan", "drift"):
        actions = {action for each in derived(*calls, verb=verb) for action in each.actions}
        assert {"ec2:DescribeVpcs", "s3:GetBucketPolicy"} <= actions
        assert {action for action in actions if not _iam_policy.reads(action)} == set()


def test_what_a_later_run_reads_is_allowed_although_a_first_one_found_nothing_to_read() -> None:
    statements = derived(
        Call("iam", "PutRolePolicy", {"RoleName": "r", "PolicyName": "p"}), Call("route53", "CreateHostedZone", {"Name": "a.example."})
    )
    assert allowing(statements, "iam:GetRolePolicy")
    assert allowing(statements, "route53:GetHostedZone")


def test_hidden_secrets_are_told_by_their_tags() -> None:
    statements = derived(Call("secretsmanager", "CreateSecret", {}), Call("secretsmanager", "GetSecretValue"))
    conditions = [each["Condition"] for each in allowing(statements, "secretsmanager:CreateSecret")]
    assert {"StringEquals": REQUESTS} in conditions
    assert all(condition in ({"StringEquals": REQUESTS}, {"StringEquals": OWNS}) for condition in conditions)
    assert [each["Condition"] for each in allowing(statements, "secretsmanager:GetSecretValue")] == [{"StringEquals": OWNS}]


def test_names_from_the_inventory_replace_the_tags() -> None:
    calls = [Call("secretsmanager", "CreateSecret", {}), Call("secretsmanager", "GetSecretValue")]
    statements = derived(*calls, names={"secretsmanager": ["speckle/*"]})
    (one,) = allowing(statements, "secretsmanager:GetSecretValue")
    assert one["Resource"] == ["arn:aws:secretsmanager:ca-central-1:123456789012:secret:speckle/*-??????"]
    assert "Condition" not in one
    assert [each["Resource"] for each in allowing(statements, "secretsmanager:CreateSecret")] == [one["Resource"]]


def test_a_role_is_passed_to_the_service_that_takes_it() -> None:
    role = "arn:aws:iam::123456789012:role/nodes"
    statements = derived(Call("eks", "CreateCluster", {"name": "c", "roleArn": role, "tags": {"stratum:stack": "speckle"}}))
    (passing,) = allowing(statements, "iam:PassRole")
    assert passing["Resource"] == [role]
    assert passing["Condition"] == {"StringEquals": {"iam:PassedToService": ["eks.amazonaws.com"]}}
    (creating,) = allowing(statements, "eks:CreateCluster")
    assert creating["Resource"] == "*"
    assert creating["Condition"]["StringEquals"] == {"aws:RequestedRegion": ["ca-central-1"], **REQUESTS}
    (linked,) = allowing(statements, "iam:CreateServiceLinkedRole")
    assert linked["Condition"] == {"StringEquals": {"iam:AWSServiceName": ["eks.amazonaws.com"]}}


def test_a_role_that_a_document_names_is_not_passed() -> None:
    document = '{"Principal": {"AWS": "arn:aws:iam::123456789012:role/other"}}'
    assert not allowing(derived(Call("s3", "PutBucketPolicy", {"Bucket": "b", "Policy": document})), "iam:PassRole")
    assert not allowing(
        derived(Call("eks", "CreateAccessEntry", {"clusterName": "c", "principalArn": "arn:aws:iam::1:role/x"})), "iam:PassRole"
    )


def test_only_the_policies_of_the_stack_may_be_attached() -> None:
    policy = "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy"
    (attaching,) = allowing(derived(Call("iam", "AttachRolePolicy", {"RoleName": "r", "PolicyArn": policy})), "iam:AttachRolePolicy")
    assert attaching["Resource"] == ["arn:aws:iam::123456789012:role/r"]
    assert attaching["Condition"] == {"ArnEquals": {"iam:PolicyARN": [policy]}}


def test_records_are_bound_by_name() -> None:
    changes = [{"Action": "CREATE", "ResourceRecordSet": {"Name": "_0a1b.www.example.com.", "Type": "CNAME"}}]
    call = Call("route53", "ChangeResourceRecordSets", {"HostedZoneId": "Z1", "ChangeBatch": {"Changes": changes}})
    (one,) = allowing(derived(call), "route53:ChangeResourceRecordSets")
    assert one["Condition"] == {
        "ForAllValues:StringLike": {"route53:ChangeResourceRecordSetsNormalizedRecordNames": ["_*.www.example.com"]}
    }


def test_a_key_is_used_through_services_only() -> None:
    key = "arn:aws:kms:ca-central-1:123456789012:key/0a1b"
    statements = derived(Call("logs", "CreateLogGroup", {"logGroupName": "g", "kmsKeyId": key}))
    (granting,) = allowing(statements, "kms:CreateGrant")
    assert granting["Condition"] == {"Bool": {"kms:GrantIsForAWSResource": "true"}}
    (decrypting,) = allowing(statements, "kms:Decrypt")
    assert decrypting["Condition"] == {"StringLike": {"kms:ViaService": "*.ca-central-1.amazonaws.com"}}


def test_a_destroy_removes_what_controllers_of_its_clusters_made() -> None:
    statements = derived(Call("eks", "DeleteCluster", {"name": "one"}), verb="destroy")
    conditions = [each["Condition"]["StringEquals"] for each in allowing(statements, "elasticloadbalancing:DeleteLoadBalancer")]
    assert conditions == [{"aws:ResourceTag/kubernetes.io/cluster/one": "owned"}, {"aws:ResourceTag/elbv2.k8s.aws/cluster": "one"}]
    assert not allowing(derived(Call("eks", "DeleteCluster", {"name": "one"})), "elasticloadbalancing:DeleteLoadBalancer")


def test_documents_are_as_long_as_iam_takes() -> None:
    many = [statement({f"s3:Action{number:03}"}, {f"arn:aws:s3:::bucket-{number}-{'x' * 40}"}, {}) for number in range(200)]
    split = documents(many)
    assert len(split) > 1
    assert all(size(document) <= LARGEST for document in split)
    assert {action for document in split for each in document["Statement"] for action in each["Action"]} == {
        f"s3:Action{n:03}" for n in range(200)
    }


def test_a_statement_that_is_too_long_is_halved() -> None:
    actions = {f"ec2:DescribeSomethingQuiteLong{number:03}" for number in range(400)}
    split = documents([statement(actions, "*", {})])
    assert all(size(document) <= LARGEST for document in split)
    assert {action for document in split for each in document["Statement"] for action in each["Action"]} == actions


def test_more_than_iam_attaches_is_refused() -> None:
    many = [statement({"s3:PutObject"}, {f"arn:aws:s3:::{number}-{'x' * 3000}"}, {}) for number in range(30)]
    with pytest.raises(TooLong, match="at most 10"):
        documents(many)


# --- Reports and journals ---


def _record(directory: Path, verb: str, **content: Any) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    (directory / f"{verb}.json").write_text(json.dumps({"region": "ca-central-1", "calls": {}, "nodes": [], **content}))


def _evidence(recorded: _iam_evidence.Recorded, verb: str) -> Evidence:
    return _iam_evidence.evidence(recorded, verb, stack="speckle", environment="prod", scope=SCOPE, operations=operations, names={})


def test_a_journal_tells_what_an_unchanged_run_no_longer_does(tmp_path: Path) -> None:
    _record(tmp_path, "converge", calls={"ec2:DescribeVpcs": 3})
    (tmp_path / "journal").mkdir()
    lines = [
        {"verb": "converge", "service": "s3", "operation": "CreateBucket", "resource": "files"},
        {"verb": "converge", "service": "iam", "operation": "CreateRole", "resource": "AROARZPUZDIKDOLV3DWTJ"},
        {"verb": "converge", "service": "iam", "operation": "PutRolePolicy", "resource": "backup"},
        {"verb": "destroy", "service": "s3", "operation": "DeleteBucket", "resource": "files"},
    ]
    text = "".join(json.dumps(line) + "\n" for line in lines) + '{"verb": "conv'
    (tmp_path / "journal/one.jsonl").write_text(text)
    recorded = _iam_evidence.read(tmp_path)
    assert recorded.verbs() == ["converge", "destroy"]
    converging = _iam_policy.statements(_evidence(recorded, "converge"), "converge")
    (creating,) = allowing(converging, "s3:CreateBucket")
    assert creating["Resource"] == ["arn:aws:s3:::files", "arn:aws:s3:::files/*"]
    # IAM's own id of a role names nothing: the call was about one of the roles that are known.
    (role,) = allowing(converging, "iam:CreateRole")
    assert role["Resource"] == ["arn:aws:iam::123456789012:role/backup"]
    assert not allowing(converging, "s3:DeleteBucket")
    assert allowing(_iam_policy.statements(_evidence(recorded, "destroy"), "destroy"), "s3:DeleteBucket")


@pytest.mark.parametrize(
    ("line", "resource"),
    [
        ("opensearch:UpdateDomainConfig", "es:ca-central-1:123456789012:domain/shop"),
        ("synthetics:StartCanary", "synthetics:ca-central-1:123456789012:canary:shop"),
        ("cloudtrail:StartLogging", "cloudtrail:ca-central-1:123456789012:trail/shop"),
        ("codepipeline:UpdatePipeline", "codepipeline:ca-central-1:123456789012:shop"),
        ("lambda:UpdateFunctionCode", "lambda:ca-central-1:123456789012:function:shop"),
        ("events:PutTargets", "events:ca-central-1:123456789012:rule/shop"),
        ("ecs:UpdateService", "ecs:ca-central-1:123456789012:service/*/shop"),
        ("budgets:CreateNotification", "budgets::123456789012:budget/shop"),
    ],
)
def test_a_journal_names_what_it_was_about(tmp_path: Path, line: str, resource: str) -> None:
    service, operation = line.split(":")
    _record(tmp_path, "converge")
    (tmp_path / "journal").mkdir()
    entry = {"verb": "converge", "service": service, "operation": operation, "resource": "shop"}
    (tmp_path / "journal/one.jsonl").write_text(json.dumps(entry) + "\n")
    statements = _iam_policy.statements(_evidence(_iam_evidence.read(tmp_path), "converge"), "converge")
    (action,) = _iam_actions.actions(service, operation)
    assert [each for each in allowing(statements, action) if f"arn:aws:{resource}" in each["Resource"]]


def test_a_plan_tells_what_a_converge_will_do(tmp_path: Path) -> None:
    planned = {"service": "sns", "operation": "CreateTopic", "parameters": {"Name": "alerts"}}
    _record(tmp_path, "converge")
    _record(tmp_path, "plan", nodes=[{"operations": [planned]}], calls={"sns:CreateTopic": 1})
    recorded = _iam_evidence.read(tmp_path)
    assert allowing(_iam_policy.statements(_evidence(recorded, "converge"), "converge"), "sns:CreateTopic")
    assert not allowing(_iam_policy.statements(_evidence(recorded, "plan"), "plan"), "sns:CreateTopic")


def test_a_report_that_is_no_report_is_named(tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_text("not JSON")
    with pytest.raises(_iam_evidence.Unreadable, match=r"plan\.json is not what a run writes"):
        _iam_evidence.read(tmp_path)


def test_the_account_stands_in_the_reports(tmp_path: Path) -> None:
    _record(tmp_path, "converge", nodes=[{"operations": [{"parameters": {"TopicArn": "arn:aws:sns:ca-central-1:210987654321:x"}}]}])
    assert _iam_evidence.read(tmp_path).account == "210987654321"
