# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an AWS operation does to the account, told from its name and a reviewed table.

Pure. An operation that neither the prefixes nor the table know counts as a write: a plan may refuse a
harmless call, it must never let a harmful one pass.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Final


class Effect(StrEnum):
    """What a call does, seen from the resource that a node manages."""

    READ = "read"
    CREATE = "create"
    CHANGE = "change"
    DELETE = "delete"
    PUT = "put"
    """Creates the thing or replaces it: only the account, or the module that read it, knows which."""


_READ_PREFIXES: Final = (
    "BatchGet",
    "Describe",
    "Estimate",
    "Get",
    "Head",
    "List",
    "Lookup",
    "Preview",
    "Query",
    "Scan",
    "Search",
    "Select",
    "Simulate",
    "Validate",
)
_CREATE_PREFIXES: Final = ("Allocate", "Create", "Import", "Register", "Request", "Restore", "Run", "Copy")
_DELETE_PREFIXES: Final = ("Delete", "Deregister", "Release", "Schedule", "Terminate")

_REVIEWED: Final[dict[str, Effect]] = {
    # Reads whose names do not say so.
    "accessanalyzer:CheckAccessNotGranted": Effect.READ,
    "accessanalyzer:CheckNoNewAccess": Effect.READ,
    "accessanalyzer:CheckNoPublicAccess": Effect.READ,
    "cloudfront:TestFunction": Effect.READ,
    "dynamodb:TransactGetItems": Effect.READ,
    "elasticbeanstalk:CheckDNSAvailability": Effect.READ,
    "events:TestEventPattern": Effect.READ,
    "kms:Verify": Effect.READ,
    "kms:VerifyMac": Effect.READ,
    "route53:TestDNSAnswer": Effect.READ,
    "route53domains:CheckDomainAvailability": Effect.READ,
    "sns:CheckIfPhoneNumberIsOptedOut": Effect.READ,
    "wafv2:CheckCapacity": Effect.READ,
    "ec2:SearchTransitGatewayRoutes": Effect.READ,
    "kms:Decrypt": Effect.READ,
    "kms:GenerateRandom": Effect.READ,
    "logs:FilterLogEvents": Effect.READ,
    "logs:StartQuery": Effect.READ,
    "logs:TestMetricFilter": Effect.READ,
    "sts:AssumeRole": Effect.READ,
    "sts:AssumeRoleWithWebIdentity": Effect.READ,
    "sts:DecodeAuthorizationMessage": Effect.READ,
    # Writes whose names sound like reads.
    "cognito-identity:GetId": Effect.CREATE,
    "cognito-identity:GetOpenIdTokenForDeveloperIdentity": Effect.CREATE,
    "ssm:GetDeployablePatchSnapshotForInstance": Effect.CHANGE,
    # Creations and deletions of a part of something that exists: they change it.
    "cloudfront:CreateInvalidation": Effect.CHANGE,
    "ec2:CopySnapshot": Effect.CREATE,
    "ec2:CreateNetworkAclEntry": Effect.CHANGE,
    "ec2:CreateRoute": Effect.CHANGE,
    "ec2:CreateTags": Effect.CHANGE,
    "ec2:DeleteNetworkAclEntry": Effect.CHANGE,
    "ec2:DeleteRoute": Effect.CHANGE,
    "ec2:DeleteTags": Effect.CHANGE,
    "ec2:RegisterInstanceEventNotificationAttributes": Effect.CHANGE,
    "elbv2:DeregisterTargets": Effect.CHANGE,
    "elbv2:RegisterTargets": Effect.CHANGE,
    "iam:DeleteRolePermissionsBoundary": Effect.CHANGE,
    "iam:DeleteRolePolicy": Effect.CHANGE,
    "s3:CreateMultipartUpload": Effect.CHANGE,
    "s3:DeleteBucketCors": Effect.CHANGE,
    "s3:DeleteBucketEncryption": Effect.CHANGE,
    "s3:DeleteBucketLifecycle": Effect.CHANGE,
    "s3:DeleteBucketPolicy": Effect.CHANGE,
    "s3:DeleteBucketReplication": Effect.CHANGE,
    "s3:DeleteBucketTagging": Effect.CHANGE,
    "s3:DeletePublicAccessBlock": Effect.CHANGE,
    # One call for both.
    "cloudwatch:PutDashboard": Effect.PUT,
    "cloudwatch:PutMetricAlarm": Effect.PUT,
    "logs:PutMetricFilter": Effect.PUT,
    "route53:ChangeResourceRecordSets": Effect.PUT,
    "ssm:PutParameter": Effect.PUT,
}


def effect(service: str, operation: str) -> Effect:
    """Return the effect of `operation` (`CreateVpc`) of `service` (its botocore name, `ec2`)."""
    reviewed = _REVIEWED.get(f"{service}:{operation}")
    if reviewed is not None:
        return reviewed
    if operation.startswith(_READ_PREFIXES):
        return Effect.READ
    if operation.startswith(_CREATE_PREFIXES):
        return Effect.CREATE
    if operation.startswith(_DELETE_PREFIXES):
        return Effect.DELETE
    return Effect.CHANGE


def verdict(effects: Sequence[Effect], existed: bool | None = None) -> Effect:
    """Return what a node's writes amount to, from their effects in order: create, change, delete or read.

    One creation makes the node a creation, deletions alone a deletion, anything else a change; a deletion
    that is followed by a creation replaces the resource, which is a creation too. `existed` says whether
    the module found the resource, where it tells; it decides about operations that put.
    """
    writes = [each for each in effects if each is not Effect.READ]
    if not writes:
        return Effect.READ
    if Effect.CREATE in writes:
        return Effect.CREATE
    if all(each is Effect.DELETE for each in writes):
        return Effect.DELETE
    if Effect.PUT in writes and not existed:
        return Effect.CREATE
    return Effect.CHANGE
