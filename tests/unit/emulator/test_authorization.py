# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What policies say to an action on a resource."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.authorization_policies import Decision, decide
from tests.emulator.authorization_requests import checks_of
from tests.emulator.request import Call

BUCKET = "arn:aws:s3:::files"


def said(
    *statements: dict[str, Any], action: str = "s3:PutObject", resource: str = BUCKET, keys: dict[str, list[str]] | None = None
) -> Decision:
    """Return what one policy of these statements says; `keys` are the condition keys of the request."""
    return decide([{"Version": "2012-10-17", "Statement": list(statements)}], action, resource, (keys or {}).get)


def allow(**members: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": "s3:*", "Resource": "*", **members}


def test_nothing_is_allowed_by_itself() -> None:
    assert decide([], "s3:PutObject", BUCKET, lambda _name: None) is Decision.UNSAID
    assert said() is Decision.UNSAID


@pytest.mark.parametrize(
    ("statement", "decision"),
    [
        (allow(), Decision.ALLOWED),
        (allow(Action=["S3:Put*"]), Decision.ALLOWED),
        (allow(Action="s3:Get*"), Decision.UNSAID),
        (allow(Action="s3:PutObjec?"), Decision.ALLOWED),
        (allow(Resource=["arn:aws:s3:::f*s"]), Decision.ALLOWED),
        (allow(Resource="arn:aws:s3:::FILES"), Decision.UNSAID),
        (allow(Resource="arn:aws:s3:::file"), Decision.UNSAID),
        ({"Effect": "Allow", "NotAction": "s3:Get*", "Resource": "*"}, Decision.ALLOWED),
        ({"Effect": "Allow", "NotAction": "s3:Put*", "Resource": "*"}, Decision.UNSAID),
        ({"Effect": "Allow", "Action": "*", "NotResource": BUCKET}, Decision.UNSAID),
        ({"Effect": "Allow", "Action": "*"}, Decision.UNSAID),
    ],
)
def test_actions_and_resources(statement: dict[str, Any], decision: Decision) -> None:
    assert said(statement) is decision


def test_a_denial_wins() -> None:
    assert said(allow(), {"Effect": "Deny", "Action": "s3:Put*", "Resource": "*"}) is Decision.DENIED


@pytest.mark.parametrize(
    ("condition", "values", "decision"),
    [
        ({"StringEquals": {"aws:RequestedRegion": ["a", "b"]}}, ["b"], Decision.ALLOWED),
        ({"StringEquals": {"aws:RequestedRegion": "a"}}, ["b"], Decision.UNSAID),
        ({"StringEquals": {"aws:RequestedRegion": "a"}}, None, Decision.UNSAID),
        ({"StringEqualsIfExists": {"aws:RequestedRegion": "a"}}, None, Decision.ALLOWED),
        ({"StringNotEquals": {"aws:RequestedRegion": "a"}}, ["b"], Decision.ALLOWED),
        ({"StringNotEquals": {"aws:RequestedRegion": ["a", "b"]}}, ["b"], Decision.UNSAID),
        ({"StringLike": {"aws:RequestedRegion": "ca-*"}}, ["ca-central-1"], Decision.ALLOWED),
        ({"StringEquals": {"aws:RequestedRegion": "ca-*"}}, ["ca-central-1"], Decision.UNSAID),
        ({"ForAllValues:StringLike": {"aws:RequestedRegion": "a*"}}, ["ab", "ac"], Decision.ALLOWED),
        ({"ForAllValues:StringLike": {"aws:RequestedRegion": "a*"}}, ["ab", "b"], Decision.UNSAID),
        ({"ForAnyValue:StringLike": {"aws:RequestedRegion": "a*"}}, ["b", "ab"], Decision.ALLOWED),
        ({"Null": {"aws:RequestedRegion": "true"}}, None, Decision.ALLOWED),
        ({"Null": {"aws:RequestedRegion": "true"}}, ["a"], Decision.UNSAID),
        ({"Null": {"aws:RequestedRegion": False}}, ["a"], Decision.ALLOWED),
        ({"Bool": {"aws:RequestedRegion": True}}, ["true"], Decision.ALLOWED),
        ({"NumericLessThan": {"aws:RequestedRegion": "3"}}, ["2"], Decision.UNSAID),
    ],
)
def test_conditions(condition: dict[str, Any], values: list[str] | None, decision: Decision) -> None:
    keys = {} if values is None else {"aws:RequestedRegion": values}
    assert said(allow(Condition=condition), keys=keys) is decision


def test_a_condition_that_is_not_understood_denies_rather_than_lets_through() -> None:
    unknown = {"NumericLessThan": {"s3:max-keys": "3"}}
    assert said(allow(), {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": unknown}) is Decision.DENIED


def test_a_creation_is_checked_on_what_it_makes_and_on_what_it_refers_to() -> None:
    tags = [{"ResourceType": "subnet", "Tags": [{"Key": "stratum:stack", "Value": "one"}]}]
    call = Call("ec2", "ca-central-1", "CreateSubnet", {"VpcId": "vpc-0123456789abcdef0", "TagSpecifications": tags}, "ec2")
    creating, tagging = checks_of(call)
    vpc = "arn:aws:ec2:ca-central-1:123456789012:vpc/vpc-0123456789abcdef0"
    subnet = "arn:aws:ec2:ca-central-1:123456789012:subnet/*"
    assert (creating.action, creating.resources) == ("ec2:CreateSubnet", (subnet, vpc))
    # The tags are those of the subnet, not of the VPC.
    assert creating.value("aws:RequestTag/stratum:stack", subnet) == ["one"]
    assert creating.value("aws:RequestTag/stratum:stack", vpc) is None
    assert (tagging.action, tagging.resources) == ("ec2:CreateTags", (subnet,))
    assert tagging.value("ec2:CreateAction", subnet) == ["CreateSubnet"]


def test_a_role_in_a_call_is_passed() -> None:
    role = "arn:aws:iam::123456789012:role/cluster"
    call = Call("eks", "ca-central-1", "CreateCluster", {"name": "one", "roleArn": role}, "rest-json")
    (passing,) = [check for check in checks_of(call) if check.action == "iam:PassRole"]
    assert passing.resources == (role,)
    assert passing.value("iam:PassedToService", role) == ["eks.amazonaws.com"]
