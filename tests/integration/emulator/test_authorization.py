# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""With `--authorization`, users and roles may do what their policies say; the account's root may do everything."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.emulator import process
from tests.emulator.fixtures import Emulator

pytestmark = pytest.mark.integration

TRUST = json.dumps({"Statement": [{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}, "Action": "sts:AssumeRole"}]})
Client = Callable[..., Any]


@pytest.fixture(scope="module")
def server() -> Iterator[Emulator]:
    """An emulator that enforces policies, shared by the tests of this module."""
    name = f"authorization-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}-{os.getpid()}"
    started = Emulator(process.start(name, {"authorization": True}, owner=os.getpid()))
    yield started
    started.stop()
    process.forget(name)


@pytest.fixture
def enforcing(server: Emulator) -> Emulator:
    """The same, empty."""
    server.reset()
    return server


def client(account: Emulator, service: str, keys: Mapping[str, str], region: str = "ca-central-1") -> Any:
    """Return a client with an access key as IAM or STS answers it."""
    session: Any = boto3.Session(keys["AccessKeyId"], keys["SecretAccessKey"], keys.get("SessionToken"))
    return session.client(service, region_name=region, endpoint_url=account.endpoint_url)


def policy(*actions: str, resource: str = "*", effect: str = "Allow", **condition: Any) -> str:
    statement = {"Effect": effect, "Action": list(actions), "Resource": resource, **({"Condition": condition} if condition else {})}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def user(account: Emulator, *documents: str) -> Any:
    """Create a user with inline policies; return the access key."""
    iam = account.client("iam")
    iam.create_user(UserName="someone")
    for number, document in enumerate(documents):
        iam.put_user_policy(UserName="someone", PolicyName=f"p{number}", PolicyDocument=document)
    return iam.create_access_key(UserName="someone")["AccessKey"]


def refusal(call: Callable[..., Any], **arguments: Any) -> tuple[str, str]:
    """Return code and message of the error that a call ends with."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def test_root_may_do_everything(enforcing: Emulator) -> None:
    enforcing.client("ec2").create_vpc(CidrBlock="10.0.0.0/16")
    enforcing.client("sns").create_topic(Name="one")


def test_a_user_without_policies_may_do_nothing_but_ask_who_he_is(enforcing: Emulator) -> None:
    keys = user(enforcing)
    assert client(enforcing, "sts", keys).get_caller_identity()["Arn"] == "arn:aws:iam::123456789012:user/someone"
    who = "User: arn:aws:iam::123456789012:user/someone is not authorized to perform:"
    code, message = refusal(client(enforcing, "ec2", keys).describe_vpcs)
    assert code == "UnauthorizedOperation"
    assert message.startswith(f"You are not authorized to perform this operation. {who} ec2:DescribeVpcs because no identity-based policy")
    arn = "arn:aws:secretsmanager:ca-central-1:123456789012:secret:one-??????"
    code, message = refusal(client(enforcing, "secretsmanager", keys).get_secret_value, SecretId="one")
    assert code == "AccessDeniedException"
    assert message.startswith(f"{who} secretsmanager:GetSecretValue on resource: {arn} because no identity-based policy allows the ")


@pytest.mark.parametrize(
    ("service", "operation", "arguments", "code"),
    [
        ("iam", "list_roles", {}, "AccessDenied"),
        ("rds", "describe_db_instances", {}, "AccessDenied"),
        ("sns", "list_topics", {}, "AuthorizationError"),
        ("s3", "list_buckets", {}, "AccessDenied"),
        ("route53", "list_hosted_zones", {}, "AccessDenied"),
        ("eks", "list_clusters", {}, "AccessDeniedException"),
        ("logs", "describe_log_groups", {}, "AccessDeniedException"),
        ("cloudwatch", "describe_alarms", {}, "AccessDenied"),
        ("dynamodb", "list_tables", {}, "AccessDeniedException"),
    ],
)
def test_every_service_refuses_in_its_own_form(
    enforcing: Emulator, service: str, operation: str, arguments: dict[str, Any], code: str
) -> None:
    assert refusal(getattr(client(enforcing, service, user(enforcing)), operation), **arguments)[0] == code


def test_inline_managed_and_group_policies_count(enforcing: Emulator) -> None:
    keys = user(enforcing, policy("sns:ListTopics"))
    iam = enforcing.client("iam")
    managed = iam.create_policy(PolicyName="managed", PolicyDocument=policy("sqs:ListQueues"))["Policy"]["Arn"]
    iam.attach_user_policy(UserName="someone", PolicyArn=managed)
    iam.create_group(GroupName="group")
    iam.add_user_to_group(GroupName="group", UserName="someone")
    iam.put_group_policy(GroupName="group", PolicyName="p", PolicyDocument=policy("kms:ListKeys"))
    iam.attach_group_policy(GroupName="group", PolicyArn="arn:aws:iam::aws:policy/AmazonVPCReadOnlyAccess")
    client(enforcing, "sns", keys).list_topics()
    client(enforcing, "sqs", keys).list_queues()
    client(enforcing, "kms", keys).list_keys()
    client(enforcing, "ec2", keys).describe_vpcs()
    assert refusal(client(enforcing, "sns", keys).create_topic, Name="one")[0] == "AuthorizationError"


def test_a_denial_says_so(enforcing: Emulator) -> None:
    keys = user(enforcing, policy("sns:*"), policy("sns:CreateTopic", effect="Deny"))
    assert refusal(client(enforcing, "sns", keys).create_topic, Name="one")[1].endswith("with an explicit deny in an identity-based policy")


def test_a_role_is_what_its_policies_say(enforcing: Emulator) -> None:
    iam = enforcing.client("iam")
    iam.create_role(RoleName="reader", AssumeRolePolicyDocument=TRUST)
    iam.put_role_policy(RoleName="reader", PolicyName="p", PolicyDocument=policy("sns:ListTopics"))
    keys = enforcing.client("sts").assume_role(RoleArn="arn:aws:iam::123456789012:role/reader", RoleSessionName="me")["Credentials"]
    client(enforcing, "sns", keys).list_topics()
    _code, message = refusal(client(enforcing, "sns", keys).create_topic, Name="one")
    assert message.startswith("User: arn:aws:sts::123456789012:assumed-role/reader/me is not authorized to perform: sns:CreateTopic")


def test_an_unknown_key_is_not_accepted(enforcing: Emulator) -> None:
    keys = {"AccessKeyId": "AKIAXXXXXXXXXXXXXXXX", "SecretAccessKey": "x"}
    assert refusal(client(enforcing, "sns", keys).list_topics)[0] == "InvalidClientTokenId"
    assert refusal(client(enforcing, "logs", keys).describe_log_groups)[0] == "UnrecognizedClientException"


def test_region_and_tags_are_looked_at(enforcing: Emulator) -> None:
    keys = user(
        enforcing,
        policy("ec2:DescribeVpcs", StringEquals={"aws:RequestedRegion": "ca-central-1"}),
        policy("ec2:DeleteVpc", StringEquals={"aws:ResourceTag/owner": "me"}),
        policy("ec2:CreateVpc", StringEquals={"aws:RequestTag/owner": "me"}),
        policy("ec2:CreateTags", StringEquals={"ec2:CreateAction": "CreateVpc"}),
    )
    ec2 = client(enforcing, "ec2", keys)
    ec2.describe_vpcs()
    assert "ec2:DescribeVpcs" in refusal(client(enforcing, "ec2", keys, "eu-west-1").describe_vpcs)[1]
    assert "ec2:CreateVpc" in refusal(ec2.create_vpc, CidrBlock="10.0.0.0/16")[1]
    mine = [{"ResourceType": "vpc", "Tags": [{"Key": "owner", "Value": "me"}]}]
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=mine)["Vpc"]["VpcId"]
    assert "ec2:CreateTags" in refusal(ec2.create_tags, Resources=[vpc], Tags=[{"Key": "owner", "Value": "you"}])[1]
    other = enforcing.client("ec2").create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    assert f"vpc/{other}" in refusal(ec2.delete_vpc, VpcId=other)[1]
    ec2.delete_vpc(VpcId=vpc)


def test_a_changed_policy_counts_at_once(enforcing: Emulator) -> None:
    keys = user(enforcing)
    sns = client(enforcing, "sns", keys)
    assert refusal(sns.list_topics)[0] == "AuthorizationError"
    enforcing.client("iam").put_user_policy(UserName="someone", PolicyName="p", PolicyDocument=policy("sns:ListTopics"))
    sns.list_topics()


def test_without_the_option_nobody_is_refused(account: Emulator) -> None:
    client(account, "sns", user(account)).create_topic(Name="one")
