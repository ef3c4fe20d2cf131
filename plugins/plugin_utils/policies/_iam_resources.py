# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which resources a call touches, as the ARNs (with wildcards) that an IAM policy names. Pure tables, reviewed by hand.

Resources whose names we choose are named; resources whose ids AWS makes up (a certificate, a key) are described by a
pattern, and the policy tells the stack's own ones by their tags.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

Parameters = Mapping[str, Any]
HIDDEN = "(sensitive)"
_SHORTENED: Final = re.compile(r"\(\d+ (?:characters|bytes)\)")


@dataclass(frozen=True)
class Scope:
    """The account and the region that ARNs are made for; `account` is `*` where it is not known."""

    region: str
    account: str = "*"

    @property
    def partition(self) -> str:
        """AWS's partition: `aws`, or that of China or of the government's regions."""
        if self.region.startswith("cn-"):
            return "aws-cn"
        return "aws-us-gov" if self.region.startswith("us-gov-") else "aws"

    def arn(self, template: str, value: str = "*") -> str:
        """Return the ARN of a template such as `rds:{region}:{account}:db:{value}`."""
        return f"arn:{self.partition}:{template.format(region=self.region, account=self.account, value=value)}"


_HERE: Final = "{region}:{account}"
_CLUSTER: Final = tuple(
    f"eks:{_HERE}:{kind}"
    for kind in ("cluster/{value}", *(f"{part}/{{value}}/*" for part in ("nodegroup", "addon", "access-entry", "podidentityassociation")))
)
_LOG_GROUP: Final = (f"logs:{_HERE}:log-group:{{value}}", f"logs:{_HERE}:log-group:{{value}}:*")
_BALANCER: Final = tuple(
    f"elasticloadbalancing:{_HERE}:{kind}/{{value}}/*"
    for kind in ("loadbalancer/app", "loadbalancer/net", "listener/app", "listener/net", "listener-rule/app", "targetgroup")
)
_TRAIL: Final = (f"cloudtrail:{_HERE}:trail/{{value}}",)
_FUNCTION: Final = (f"lambda:{_HERE}:function:{{value}}", f"lambda:{_HERE}:function:{{value}}:*")

_NAMED: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "autoscaling": {"AutoScalingGroupName": (f"autoscaling:{_HERE}:autoScalingGroup:*:autoScalingGroupName/{{value}}",)},
    "backup": {"BackupVaultName": (f"backup:{_HERE}:backup-vault:{{value}}",)},
    "budgets": {"BudgetName": ("budgets::{account}:budget/{value}",)},
    "cloudtrail": {"Name": _TRAIL, "TrailName": _TRAIL},
    "cloudwatch": {
        "AlarmName": (f"cloudwatch:{_HERE}:alarm:{{value}}",),
        "AlarmNames": (f"cloudwatch:{_HERE}:alarm:{{value}}",),
        "DashboardName": ("cloudwatch::{account}:dashboard/{value}",),
        "DashboardNames": ("cloudwatch::{account}:dashboard/{value}",),
    },
    "codebuild": {"name": (f"codebuild:{_HERE}:project/{{value}}",), "names": (f"codebuild:{_HERE}:project/{{value}}",)},
    "codedeploy": {
        "applicationName": (f"codedeploy:{_HERE}:application:{{value}}", f"codedeploy:{_HERE}:deploymentgroup:{{value}}/*"),
    },
    "codepipeline": {"name": (f"codepipeline:{_HERE}:{{value}}",)},
    "dynamodb": {"TableName": (f"dynamodb:{_HERE}:table/{{value}}", f"dynamodb:{_HERE}:table/{{value}}/*")},
    "ecr": {"repositoryName": (f"ecr:{_HERE}:repository/{{value}}",)},
    "ecs": {
        "clusterName": (f"ecs:{_HERE}:cluster/{{value}}",),
        "cluster": (f"ecs:{_HERE}:cluster/{{value}}",),
        "clusters": (f"ecs:{_HERE}:cluster/{{value}}",),
        "family": (f"ecs:{_HERE}:task-definition/{{value}}:*",),
        "service": (f"ecs:{_HERE}:service/*/{{value}}",),
        "serviceName": (f"ecs:{_HERE}:service/*/{{value}}",),
        "services": (f"ecs:{_HERE}:service/*/{{value}}",),
    },
    "eks": {"clusterName": _CLUSTER, "name": _CLUSTER},
    "elasticache": {
        "CacheClusterId": (f"elasticache:{_HERE}:cluster:{{value}}",),
        "CacheParameterGroupName": (f"elasticache:{_HERE}:parametergroup:{{value}}",),
        "CacheSubnetGroupName": (f"elasticache:{_HERE}:subnetgroup:{{value}}",),
        "FinalSnapshotIdentifier": (f"elasticache:{_HERE}:snapshot:{{value}}",),
        "ReplicationGroupId": (f"elasticache:{_HERE}:replicationgroup:{{value}}", f"elasticache:{_HERE}:cluster:{{value}}-*"),
        "SnapshotName": (f"elasticache:{_HERE}:snapshot:{{value}}",),
        "UserGroupId": (f"elasticache:{_HERE}:usergroup:{{value}}",),
        "UserId": (f"elasticache:{_HERE}:user:{{value}}",),
    },
    "elbv2": {"Name": _BALANCER},
    "events": {"Name": (f"events:{_HERE}:rule/{{value}}",), "Rule": (f"events:{_HERE}:rule/{{value}}",)},
    "iam": {
        "InstanceProfileName": ("iam::{account}:instance-profile/{value}",),
        "RoleName": ("iam::{account}:role/{value}",),
        "UserName": ("iam::{account}:user/{value}",),
    },
    "kms": {"AliasName": (f"kms:{_HERE}:{{value}}",)},
    "lambda": {"FunctionName": _FUNCTION},
    "logs": {"logGroupName": _LOG_GROUP},
    "opensearch": {"DomainName": (f"es:{_HERE}:domain/{{value}}",)},
    "rds": {
        "DBClusterIdentifier": (f"rds:{_HERE}:cluster:{{value}}",),
        "DBClusterParameterGroupName": (f"rds:{_HERE}:cluster-pg:{{value}}",),
        "DBInstanceIdentifier": (f"rds:{_HERE}:db:{{value}}",),
        "DBParameterGroupName": (f"rds:{_HERE}:pg:{{value}}",),
        "DBSnapshotIdentifier": (f"rds:{_HERE}:snapshot:{{value}}",),
        "DBSubnetGroupName": (f"rds:{_HERE}:subgrp:{{value}}",),
        "FinalDBSnapshotIdentifier": (f"rds:{_HERE}:snapshot:{{value}}",),
        "OptionGroupName": (f"rds:{_HERE}:og:{{value}}",),
        "SourceDBInstanceIdentifier": (f"rds:{_HERE}:db:{{value}}",),
        "TargetDBInstanceIdentifier": (f"rds:{_HERE}:db:{{value}}",),
    },
    "s3": {"Bucket": ("s3:::{value}", "s3:::{value}/*")},
    "secretsmanager": {
        # AWS appends six characters to the name, and authorises against the result.
        "Name": (f"secretsmanager:{_HERE}:secret:{{value}}-??????",),
        "SecretId": (f"secretsmanager:{_HERE}:secret:{{value}}-??????",),
    },
    "sns": {"Name": (f"sns:{_HERE}:{{value}}",)},
    "sqs": {"QueueName": (f"sqs:{_HERE}:{{value}}",), "QueueUrl": (f"sqs:{_HERE}:{{value}}",)},
    "ssm": {"Name": (f"ssm:{_HERE}:parameter/{{value}}",), "Names": (f"ssm:{_HERE}:parameter/{{value}}",)},
    "synthetics": {"Name": (f"synthetics:{_HERE}:canary:{{value}}",)},
    "wafv2": {"Name": tuple(f"wafv2:{_HERE}:{scope}/webacl/{{value}}/*" for scope in ("regional", "global"))},
    "xray": {"GroupName": (f"xray:{_HERE}:group/{{value}}/*",)},
}
"""By service and top-level parameter: the resources that a value names."""

_BESIDE: Final[dict[str, tuple[str, ...]]] = {
    "elasticache": (f"elasticache:{_HERE}:parametergroup:default*",),
    "rds": (f"rds:{_HERE}:og:default*", f"rds:{_HERE}:pg:default*", f"rds:{_HERE}:subgrp:default*"),
    "wafv2": (f"wafv2:{_HERE}:regional/managedruleset/*/*", f"wafv2:{_HERE}:global/managedruleset/*/*"),
}
"""What calls of a service touch besides, although no parameter names it."""

GENERATED: Final[dict[str, tuple[str, ...]]] = {
    "acm": (f"acm:{_HERE}:certificate/*",),
    "backup": (f"backup:{_HERE}:backup-plan:*",),
    "codeconnections": (f"codeconnections:{_HERE}:connection/*",),
    "cognito-idp": (f"cognito-idp:{_HERE}:userpool/*",),
    "efs": (f"elasticfilesystem:{_HERE}:file-system/*", f"elasticfilesystem:{_HERE}:access-point/*"),
    "kms": (f"kms:{_HERE}:key/*",),
}
"""By service: resources with made-up ids, which a policy tells by their tags."""

UNNAMED: Final[dict[str, tuple[str, ...]]] = {
    "elasticache": (f"elasticache:{_HERE}:replicationgroup:*", f"elasticache:{_HERE}:cluster:*"),
    "rds": (f"rds:{_HERE}:db:*",),
    "secretsmanager": (f"secretsmanager:{_HERE}:secret:*",),
}
"""By service: what stands for a resource whose parameters a report hides; its tags tell it, too."""

HIDDEN_NAMES: Final = {"elasticache": "ReplicationGroupId", "rds": "DBInstanceIdentifier", "secretsmanager": "SecretId"}
"""By service: the parameter whose values an inventory can tell where reports hide them."""

MAKES: Final = frozenset(
    {
        "acm:ImportCertificate",
        "acm:RequestCertificate",
        "backup:CreateBackupPlan",
        "codeconnections:CreateConnection",
        "cognito-idp:CreateUserPool",
        "efs:CreateAccessPoint",
        "efs:CreateFileSystem",
        "elasticache:CreateCacheCluster",
        "elasticache:CreateReplicationGroup",
        "kms:CreateKey",
        "kms:ReplicateKey",
        "rds:CreateDBCluster",
        "rds:CreateDBInstance",
        "rds:RestoreDBInstanceFromDBSnapshot",
        "rds:RestoreDBInstanceToPointInTime",
        "secretsmanager:CreateSecret",
    }
)
"""The operations that create what GENERATED and UNNAMED stand for; all others change it."""

_OWN_ARN: Final = re.compile(r"arn:aws[\w-]*:(?P<service>[\w-]+):(?P<region>[\w-]*):(?P<account>\d*):(?P<rest>.+)")
_ROLE_ARN: Final = re.compile(r"arn:aws[\w-]*:iam::\d*:role/[\w+=,.@/-]+")
_EKS_ISSUER: Final = re.compile(r"(oidc\.eks\.[\w.-]+/id/)\w+")
_KEY_NAME: Final = re.compile(r"(?i)kms.?(master)?.?key|keyarn|encryptionkey")
_NOT_PASSED: Final = frozenset({"principalArn", "PolicyDocument", "AssumeRolePolicyDocument", "ResourceArn", "resourceArn"})


def known(value: Any) -> bool:
    """Return whether a parameter is there in full, neither hidden nor shortened."""
    return isinstance(value, str) and value != "" and value != HIDDEN and not _SHORTENED.fullmatch(value)


def arns(service: str, operation: str, parameters: Parameters, scope: Scope) -> set[str]:
    """Return the ARNs of what the parameters name; empty when they name nothing, or only what has a made-up id."""
    found: set[str] = set()
    for name, value in parameters.items():
        templates = _NAMED.get(service, {}).get(name, ())
        for each in value if isinstance(value, list) else [value]:
            if not known(each):
                continue
            if each.startswith("arn:"):
                found.update(_of_arn(service, each, scope))
            else:
                found.update(scope.arn(template, _value(service, name, each)) for template in templates)
    if service == "iam":
        found = _of_iam(operation, parameters, found, scope)
    if found:
        found.update(scope.arn(template) for template in _BESIDE.get(service, ()))
    return found


def _value(service: str, name: str, value: str) -> str:
    if service == "ssm":
        return value.lstrip("/")
    return value.rpartition("/")[2] if name == "QueueUrl" else value


def _of_arn(service: str, arn: str, scope: Scope) -> Iterator[str]:
    """Yield an ARN that a parameter holds, without the parts that differ in another account of the same stack."""
    match = _OWN_ARN.fullmatch(arn)
    if match is None or match["service"] not in (service, *_ARN_SERVICES.get(service, ())):
        return
    rest = match["rest"]
    if service in GENERATED and any(_alike(template, arn) for template in GENERATED[service]):
        return
    if service == "secretsmanager":
        rest = re.sub(r"-\w{6}$", "-??????", rest)
    elif match["service"] == "wafv2":
        rest = rest.rpartition("/")[0] + "/*"
    elif match["service"] == "elasticloadbalancing":
        rest = re.sub(r"/[0-9a-f]{16}(?=/|$)", "/*", rest)
    elif service == "sns":
        # A subscription's ARN is its topic's with an id.
        rest = rest.partition(":")[0]
    elif service == "iam":
        rest = _EKS_ISSUER.sub(r"\1*", rest)
    elif service == "eks":
        kind, _unused, name = rest.partition("/")
        rest = rest if kind == "cluster" else f"{kind}/{name.partition('/')[0]}/*"
    account = scope.account if match["account"] else ""
    yield f"arn:{scope.partition}:{match['service']}:{match['region']}:{account}:{rest}"


_ARN_SERVICES: Final = {
    "efs": ("elasticfilesystem",),
    "elbv2": ("elasticloadbalancing",),
    "opensearch": ("es",),
    "wafv2": ("elasticloadbalancing", "apigateway"),
}


def _alike(template: str, arn: str) -> bool:
    """Return whether the ARN is of the template's kind, in whatever region and account."""
    kind = template.rpartition("}:")[2].rstrip("*")
    return arn.split(":", 5)[5].startswith(kind)


def _of_iam(operation: str, parameters: Parameters, found: set[str], scope: Scope) -> set[str]:
    """Return what a call to IAM touches: paths belong to names there, and names of inline policies name no resource."""
    path = parameters.get("Path")
    if isinstance(path, str) and path not in ("", "/"):
        found = {re.sub(r":(role|user|instance-profile)/", rf":\1{path}", arn) for arn in found}
    if operation.startswith(("Attach", "Detach")):
        # The policy is a condition of these calls and not what they change.
        found = {arn for arn in found if ":policy/" not in arn}
    if operation == "CreatePolicy" and known(parameters.get("PolicyName")):
        found.add(scope.arn("iam::{account}:policy{value}", f"{path or '/'}{parameters['PolicyName']}"))
    provider = str(parameters.get("Url") or parameters.get("OpenIDConnectProviderArn") or "")
    if "OpenIDConnectProvider" in operation and provider:
        found = {scope.arn("iam::{account}:oidc-provider/{value}", _provider(provider))}
    return {arn for arn in found if ":aws:policy/" not in arn}


def _provider(address: str) -> str:
    """Return the name of an OIDC provider; the id of an EKS cluster's own is made up."""
    name = address.partition("oidc-provider/")[2] or address.partition("://")[2] or address
    return _EKS_ISSUER.sub(r"\1*", name)


def passed_roles(parameters: Any) -> set[str]:
    """Return the ARNs of the roles that a call's parameters pass to a service."""
    if isinstance(parameters, Mapping):
        return {arn for key, value in parameters.items() if key not in _NOT_PASSED for arn in passed_roles(value)}
    if isinstance(parameters, list):
        return {arn for value in parameters for arn in passed_roles(value)}
    return {parameters} if isinstance(parameters, str) and _ROLE_ARN.fullmatch(parameters) else set()


def passed_keys(parameters: Any) -> set[str]:
    """Return the KMS keys in a call's parameters: ARNs, ids or aliases under a name that says key."""
    if isinstance(parameters, Mapping):
        here = {
            str(value)
            for name, value in parameters.items()
            if known(value) and re.search(r"(?i)kms.?(master)?.?key|keyarn|encryptionkey", name)
        }
        return here.union(*(passed_keys(value) for value in parameters.values()))
    if isinstance(parameters, list):
        return set().union(*(passed_keys(value) for value in parameters))
    return set()


def tags(parameters: Parameters) -> dict[str, str] | None:
    """Return the tags that a call sets; None where it sets none, and `{HIDDEN: HIDDEN}` where a report hides them."""
    found: dict[str, str] = {}
    for name, value in parameters.items():
        if not re.search(r"(?i)(^|[a-z])tags$|^tagspecifications?$|withtags$|^addtags$|^tagging$|^taglist$", name) or not value:
            continue
        if value == HIDDEN:
            found[HIDDEN] = HIDDEN
        found.update(_pairs(value))
    return found or None


def _pairs(value: Any) -> dict[str, str]:
    if isinstance(value, list):
        return {key: each for item in value for key, each in _pairs(item).items()}
    if not isinstance(value, Mapping):
        return {}
    for key, inner in (("Key", "Value"), ("key", "value"), ("TagKey", "TagValue")):
        if key in value:
            return {str(value[key]): str(value.get(inner, ""))}
    if any(name in value for name in ("Tags", "TagSet", "Items")):
        return {key: each for name in ("Tags", "TagSet", "Items") for key, each in _pairs(value.get(name)).items()}
    return {str(key): str(each) for key, each in value.items() if isinstance(each, str)}
