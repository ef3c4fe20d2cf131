# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which IAM actions a call needs: its own, and those that AWS checks along with it. Pure tables, reviewed by hand.

Services and operations have botocore's names (`elbv2`, `CreateLoadBalancer`). Most actions are called like their
operation; what is not stands in a table, and `tests/unit/engine/test_iam_policy.py` compares all of it with the
list of actions that AWS publishes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

Parameters = Mapping[str, Any]

_PREFIXES: Final = {
    "apigatewayv2": "apigateway",
    "efs": "elasticfilesystem",
    "elb": "elasticloadbalancing",
    "elbv2": "elasticloadbalancing",
    "opensearch": "es",
    "resourcegroupstaggingapi": "tag",
    "sesv2": "ses",
    "stepfunctions": "states",
}

_RENAMED: Final[dict[str, tuple[str, ...]]] = {
    "apigatewayv2:PutRoutingRule": ("apigateway:CreateRoutingRule", "apigateway:UpdateRoutingRule"),
    "budgets:CreateBudget": ("budgets:ModifyBudget",),
    "budgets:DeleteBudget": ("budgets:ModifyBudget",),
    "budgets:DescribeBudget": ("budgets:ViewBudget",),
    "budgets:DescribeBudgets": ("budgets:ViewBudget",),
    "budgets:UpdateBudget": ("budgets:ModifyBudget",),
    "cloudfront:CreateDistributionWithTags": ("cloudfront:CreateDistribution", "cloudfront:TagResource"),
    "dynamodb:TransactGetItems": ("dynamodb:GetItem",),
    "dynamodb:TransactWriteItems": ("dynamodb:ConditionCheckItem", "dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:UpdateItem"),
    "kms:ReEncrypt": ("kms:ReEncryptFrom", "kms:ReEncryptTo"),
    "lambda:Invoke": ("lambda:InvokeFunction",),
    "lambda:InvokeWithResponseStream": ("lambda:InvokeFunction",),
    "logs:GetLogObject": ("logs:GetLogRecord",),
    "sns:PublishBatch": ("sns:Publish",),
    "sqs:ChangeMessageVisibilityBatch": ("sqs:ChangeMessageVisibility",),
    "sqs:DeleteMessageBatch": ("sqs:DeleteMessage",),
    "sqs:SendMessageBatch": ("sqs:SendMessage",),
    "s3:CompleteMultipartUpload": ("s3:PutObject",),
    "s3:CopyObject": ("s3:GetObject", "s3:PutObject"),
    "s3:CreateMultipartUpload": ("s3:PutObject",),
    "s3:DeleteBucketAnalyticsConfiguration": ("s3:PutAnalyticsConfiguration",),
    "s3:DeleteBucketCors": ("s3:PutBucketCORS",),
    "s3:DeleteBucketEncryption": ("s3:PutEncryptionConfiguration",),
    "s3:DeleteBucketIntelligentTieringConfiguration": ("s3:PutIntelligentTieringConfiguration",),
    "s3:DeleteBucketInventoryConfiguration": ("s3:PutInventoryConfiguration",),
    "s3:DeleteBucketLifecycle": ("s3:PutLifecycleConfiguration",),
    "s3:DeleteBucketMetricsConfiguration": ("s3:PutMetricsConfiguration",),
    "s3:DeleteBucketOwnershipControls": ("s3:PutBucketOwnershipControls",),
    "s3:DeleteBucketReplication": ("s3:PutReplicationConfiguration",),
    "s3:DeleteBucketTagging": ("s3:PutBucketTagging",),
    # A version that the request names is another permission; the request's parameters are not always known.
    "s3:DeleteObject": ("s3:DeleteObject", "s3:DeleteObjectVersion"),
    "s3:DeleteObjects": ("s3:DeleteObject", "s3:DeleteObjectVersion"),
    "s3:DeletePublicAccessBlock": ("s3:PutBucketPublicAccessBlock",),
    "s3:GetBucketAccelerateConfiguration": ("s3:GetAccelerateConfiguration",),
    "s3:GetBucketAnalyticsConfiguration": ("s3:GetAnalyticsConfiguration",),
    "s3:GetBucketCors": ("s3:GetBucketCORS",),
    "s3:GetBucketEncryption": ("s3:GetEncryptionConfiguration",),
    "s3:GetBucketIntelligentTieringConfiguration": ("s3:GetIntelligentTieringConfiguration",),
    "s3:GetBucketInventoryConfiguration": ("s3:GetInventoryConfiguration",),
    "s3:GetBucketLifecycle": ("s3:GetLifecycleConfiguration",),
    "s3:GetBucketLifecycleConfiguration": ("s3:GetLifecycleConfiguration",),
    "s3:GetBucketMetricsConfiguration": ("s3:GetMetricsConfiguration",),
    "s3:GetBucketNotificationConfiguration": ("s3:GetBucketNotification",),
    "s3:GetBucketReplication": ("s3:GetReplicationConfiguration",),
    "s3:GetObjectLockConfiguration": ("s3:GetBucketObjectLockConfiguration",),
    "s3:GetPublicAccessBlock": ("s3:GetBucketPublicAccessBlock",),
    "s3:HeadBucket": ("s3:ListBucket",),
    "s3:HeadObject": ("s3:GetObject",),
    "s3:ListBucketAnalyticsConfigurations": ("s3:GetAnalyticsConfiguration",),
    "s3:ListBucketIntelligentTieringConfigurations": ("s3:GetIntelligentTieringConfiguration",),
    "s3:ListBucketInventoryConfigurations": ("s3:GetInventoryConfiguration",),
    "s3:ListBucketMetricsConfigurations": ("s3:GetMetricsConfiguration",),
    "s3:ListBuckets": ("s3:ListAllMyBuckets",),
    "s3:ListMultipartUploads": ("s3:ListBucketMultipartUploads",),
    "s3:ListObjectVersions": ("s3:ListBucketVersions",),
    "s3:ListObjects": ("s3:ListBucket",),
    "s3:ListObjectsV2": ("s3:ListBucket",),
    "s3:ListParts": ("s3:ListMultipartUploadParts",),
    "s3:PutBucketAccelerateConfiguration": ("s3:PutAccelerateConfiguration",),
    "s3:PutBucketAnalyticsConfiguration": ("s3:PutAnalyticsConfiguration",),
    "s3:PutBucketCors": ("s3:PutBucketCORS",),
    "s3:PutBucketEncryption": ("s3:PutEncryptionConfiguration",),
    "s3:PutBucketIntelligentTieringConfiguration": ("s3:PutIntelligentTieringConfiguration",),
    "s3:PutBucketInventoryConfiguration": ("s3:PutInventoryConfiguration",),
    "s3:PutBucketLifecycle": ("s3:PutLifecycleConfiguration",),
    "s3:PutBucketLifecycleConfiguration": ("s3:PutLifecycleConfiguration",),
    "s3:PutBucketMetricsConfiguration": ("s3:PutMetricsConfiguration",),
    "s3:PutBucketNotificationConfiguration": ("s3:PutBucketNotification",),
    "s3:PutBucketReplication": ("s3:PutReplicationConfiguration",),
    "s3:PutObjectLockConfiguration": ("s3:PutBucketObjectLockConfiguration",),
    "s3:PutPublicAccessBlock": ("s3:PutBucketPublicAccessBlock",),
    "s3:SelectObjectContent": ("s3:GetObject",),
    "s3:UploadPart": ("s3:PutObject",),
    "s3:UploadPartCopy": ("s3:GetObject", "s3:PutObject"),
}

_GATEWAY_METHODS: Final = (
    (("Get", "Export"), "GET"),
    (("Delete", "Untag", "Flush", "Reset"), "DELETE"),
    (("Update",), "PATCH"),
    (("Put", "ImportDocumentationParts", "Reimport"), "PUT"),
    (("Create", "Import", "Generate", "Test"), "POST"),
)
_GATEWAY_EXCEPTIONS: Final = {"apigateway:TagResource": "PUT", "apigatewayv2:TagResource": "POST", "apigatewayv2:ImportApi": "PUT"}
_GATEWAY_OWN_ACTIONS: Final = ("Portal", "ProductPage", "ProductRestEndpointPage", "RoutingRule")
"""Newer parts of API Gateway (v2) have actions called like their operations."""

_TAGGING: Final = {
    "acm": "acm:AddTagsToCertificate",
    "application-autoscaling": "application-autoscaling:TagResource",
    "autoscaling": "autoscaling:CreateOrUpdateTags",
    "backup": "backup:TagResource",
    "cloudfront": "cloudfront:TagResource",
    "cloudwatch": "cloudwatch:TagResource",
    "codeconnections": "codeconnections:TagResource",
    "codedeploy": "codedeploy:TagResource",
    "codepipeline": "codepipeline:TagResource",
    "cognito-idp": "cognito-idp:TagResource",
    "dynamodb": "dynamodb:TagResource",
    "ec2": "ec2:CreateTags",
    "ecr": "ecr:TagResource",
    "ecs": "ecs:TagResource",
    "efs": "elasticfilesystem:TagResource",
    "eks": "eks:TagResource",
    "elasticache": "elasticache:AddTagsToResource",
    "elbv2": "elasticloadbalancing:AddTags",
    "events": "events:TagResource",
    "iam:CreateInstanceProfile": "iam:TagInstanceProfile",
    "iam:CreateOpenIDConnectProvider": "iam:TagOpenIDConnectProvider",
    "iam:CreatePolicy": "iam:TagPolicy",
    "iam:CreateRole": "iam:TagRole",
    "iam:CreateUser": "iam:TagUser",
    "kms": "kms:TagResource",
    "lambda": "lambda:TagResource",
    "logs": "logs:TagResource",
    "rds": "rds:AddTagsToResource",
    "s3:CreateBucket": "s3:TagResource",
    "s3:PutObject": "s3:PutObjectTagging",
    "secretsmanager": "secretsmanager:TagResource",
    "servicediscovery": "servicediscovery:TagResource",
    "sns": "sns:TagResource",
    "sqs": "sqs:TagQueue",
    "ssm": "ssm:AddTagsToResource",
    "wafv2": "wafv2:TagResource",
}
"""What a creation that carries tags needs besides, by service or by operation."""

_LINKED: Final[dict[str, tuple[str, ...]]] = {
    "application-autoscaling:RegisterScalableTarget": (
        "dynamodb.application-autoscaling.amazonaws.com",
        "ecs.application-autoscaling.amazonaws.com",
        "rds.application-autoscaling.amazonaws.com",
    ),
    "autoscaling:CreateAutoScalingGroup": ("autoscaling.amazonaws.com",),
    "backup:CreateBackupVault": ("backup.amazonaws.com",),
    "dynamodb:UpdateContributorInsights": ("contributorinsights.dynamodb.amazonaws.com",),
    "ecr:PutReplicationConfiguration": ("replication.ecr.amazonaws.com",),
    "ecs:CreateCluster": ("ecs.amazonaws.com",),
    "efs:CreateMountTarget": ("elasticfilesystem.amazonaws.com",),
    "eks:CreateCluster": ("eks.amazonaws.com",),
    "eks:CreateNodegroup": ("eks-nodegroup.amazonaws.com", "autoscaling.amazonaws.com"),
    "elasticache:CreateCacheCluster": ("elasticache.amazonaws.com",),
    "elasticache:CreateReplicationGroup": ("elasticache.amazonaws.com",),
    "elbv2:CreateLoadBalancer": ("elasticloadbalancing.amazonaws.com",),
    "opensearch:CreateDomain": ("opensearchservice.amazonaws.com",),
    "rds:CreateDBCluster": ("rds.amazonaws.com",),
    "rds:CreateDBInstance": ("rds.amazonaws.com",),
    "rds:RestoreDBInstanceFromDBSnapshot": ("rds.amazonaws.com",),
    "rds:RestoreDBInstanceToPointInTime": ("rds.amazonaws.com",),
    "wafv2:PutLoggingConfiguration": ("wafv2.amazonaws.com",),
}
"""The services that make their service-linked role at the first creation in an account."""

_OF_CANARIES: Final = (
    "lambda:AddPermission",
    "lambda:CreateFunction",
    "lambda:GetFunctionConfiguration",
    "lambda:GetLayerVersion",
    "lambda:PublishLayerVersion",
    "lambda:PublishVersion",
    "lambda:UpdateFunctionCode",
    "lambda:UpdateFunctionConfiguration",
)

_DEPENDENT: Final[dict[str, tuple[str, ...]]] = {
    # A resource policy is a permission of its own.
    "apigateway:CreateRestApi": ("apigateway:UpdateRestApiPolicy",),
    "apigateway:PutRestApi": ("apigateway:UpdateRestApiPolicy",),
    "apigateway:UpdateRestApi": ("apigateway:UpdateRestApiPolicy",),
    "backup:CreateBackupVault": ("backup-storage:MountCapsule",),
    "ec2:CreateFlowLogs": ("logs:CreateLogDelivery", "logs:DeleteLogDelivery"),
    "ec2:CreateVpcEndpoint": ("route53:AssociateVPCWithHostedZone",),
    # EFS makes the interfaces of mount targets as the caller.
    "efs:CreateMountTarget": ("ec2:CreateNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets"),
    "efs:DeleteMountTarget": ("ec2:DeleteNetworkInterface",),
    "efs:ModifyMountTargetSecurityGroups": ("ec2:ModifyNetworkInterfaceAttribute",),
    # Without a service-linked role that exists already, ElastiCache makes its interfaces as the caller.
    "elasticache:CreateReplicationGroup": (
        "ec2:CreateNetworkInterface",
        "ec2:DeleteNetworkInterface",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSubnets",
        "ec2:DescribeVpcs",
    ),
    # EKS tries the launch template with the caller's permissions, and looks at the role.
    "eks:CreateNodegroup": ("ec2:RunInstances", "iam:GetRole", "iam:ListAttachedRolePolicies"),
    "eks:UpdateNodegroupVersion": ("ec2:RunInstances",),
    # Lambda looks at the network of a function as the caller.
    "lambda:CreateFunction": ("ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeVpcs"),
    "lambda:UpdateFunctionConfiguration": ("ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeVpcs"),
    # Secrets Manager calls the function once at once.
    "secretsmanager:RotateSecret": ("lambda:InvokeFunction",),
    # A canary is a function, which CloudWatch makes, changes and deletes as the caller.
    "synthetics:CreateCanary": _OF_CANARIES,
    "synthetics:DeleteCanary": ("lambda:DeleteFunction", "lambda:DeleteLayerVersion"),
    "synthetics:UpdateCanary": _OF_CANARIES,
    # Cloud Map makes the hosted zone of a namespace, and takes it away, as the caller.
    "servicediscovery:CreatePrivateDnsNamespace": ("ec2:DescribeVpcs", "route53:CreateHostedZone", "route53:GetHostedZone"),
    "servicediscovery:DeleteNamespace": ("route53:DeleteHostedZone",),
    "wafv2:AssociateWebACL": ("apigateway:SetWebACL", "elasticloadbalancing:SetWebACL"),
    "wafv2:DisassociateWebACL": ("apigateway:SetWebACL", "elasticloadbalancing:SetWebACL"),
    "wafv2:PutLoggingConfiguration": (
        "logs:CreateLogDelivery",
        "logs:DeleteLogDelivery",
        "logs:DescribeLogGroups",
        "logs:DescribeResourcePolicies",
        "logs:PutResourcePolicy",
    ),
}

_PASSED_TO: Final[dict[str, tuple[str, ...]]] = {
    "apigateway": ("apigateway.amazonaws.com",),
    "application-autoscaling": ("application-autoscaling.amazonaws.com",),
    "autoscaling": ("autoscaling.amazonaws.com",),
    "backup": ("backup.amazonaws.com",),
    "codebuild": ("codebuild.amazonaws.com",),
    "codedeploy": ("codedeploy.amazonaws.com",),
    "codepipeline": ("codepipeline.amazonaws.com",),
    "cognito-idp": ("cognito-idp.amazonaws.com",),
    "ec2": ("ec2.amazonaws.com",),
    "ec2:CreateFlowLogs": ("vpc-flow-logs.amazonaws.com",),
    "ecs": ("ecs-tasks.amazonaws.com", "ecs.amazonaws.com"),
    "eks": ("eks.amazonaws.com",),
    "eks:CreateNodegroup": ("eks.amazonaws.com", "ec2.amazonaws.com"),
    "eks:CreatePodIdentityAssociation": ("eks.amazonaws.com", "pods.eks.amazonaws.com"),
    "eks:UpdatePodIdentityAssociation": ("eks.amazonaws.com", "pods.eks.amazonaws.com"),
    "events": ("events.amazonaws.com",),
    "lambda": ("lambda.amazonaws.com",),
    "rds": ("rds.amazonaws.com", "monitoring.rds.amazonaws.com"),
    "s3": ("s3.amazonaws.com",),
    "stepfunctions": ("states.amazonaws.com",),
    "synthetics": ("lambda.amazonaws.com", "synthetics.amazonaws.com"),
}

_READS_OF_CONTENT: Final = frozenset(
    {
        "dynamodb:BatchGetItem",
        "dynamodb:GetItem",
        "dynamodb:Query",
        "dynamodb:Scan",
        "kms:Decrypt",
        "logs:FilterLogEvents",
        "logs:GetLogEvents",
        "s3:GetObject",
        "s3:ListBucket",
        "s3:ListBucketVersions",
        "secretsmanager:GetSecretValue",
        "ssm:GetParameter",
        "ssm:GetParameters",
        "ssm:GetParametersByPath",
        "sqs:ReceiveMessage",
    }
)


def prefix(service: str) -> str:
    """Return the prefix of a service's actions: `elasticloadbalancing` for `elbv2`."""
    return _PREFIXES.get(service, service)


def actions(service: str, operation: str) -> tuple[str, ...]:
    """Return the actions that the call itself needs."""
    if service in ("apigateway", "apigatewayv2") and not any(word in operation for word in _GATEWAY_OWN_ACTIONS):
        return (f"apigateway:{_gateway_method(service, operation)}",)
    return _RENAMED.get(f"{service}:{operation}", (f"{prefix(service)}:{operation}",))


def _gateway_method(service: str, operation: str) -> str:
    """Return the HTTP method of an operation of API Gateway, which is what its actions are called by."""
    if known := _GATEWAY_EXCEPTIONS.get(f"{service}:{operation}"):
        return known
    return next((method for prefixes, method in _GATEWAY_METHODS if operation.startswith(prefixes)), "POST")


def tagging_action(service: str, operation: str) -> str | None:
    """Return the action that a call which creates with tags needs besides; None when it is the call's own."""
    return _TAGGING.get(f"{service}:{operation}") or _TAGGING.get(service)


def dependent_actions(service: str, operation: str) -> tuple[str, ...]:
    """Return the actions of other services that AWS checks for this call."""
    return _DEPENDENT.get(f"{service}:{operation}", ())


def linked_services(service: str, operation: str) -> tuple[str, ...]:
    """Return the services whose service-linked roles this call may make."""
    return _LINKED.get(f"{service}:{operation}", ())


def receiving_services(service: str, operation: str) -> tuple[str, ...]:
    """Return the services to which a role in the call's parameters is passed."""
    return _PASSED_TO.get(f"{service}:{operation}") or _PASSED_TO.get(service) or (f"{prefix(service)}.amazonaws.com",)


def discloses(action: str) -> bool:
    """Return whether a reading action discloses content (secrets, objects), and not only what exists and how it is set."""
    return action in _READS_OF_CONTENT
