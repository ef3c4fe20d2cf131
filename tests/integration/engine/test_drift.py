# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Drift: each kind of it alone is told as what it is, and nothing else with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.emulator.fixtures import Emulator

from .conftest import Converge

pytestmark = pytest.mark.integration

TAGS = [{"Key": "stratum:stack", "Value": "stack"}, {"Key": "stratum:environment", "Value": "default"}]
DRIFT = {"playbook": "verb.yml", "test_verb": "drift"}


def told(report: dict[str, Any]) -> dict[str, str]:
    """Return what is not as it should be, by name, with its action; orphans by the last part of their ARN."""
    found = {f"{node['name']} {node['item'] or ''}".strip(): node["action"] for node in report["nodes"] if node["action"] != "unchanged"}
    skipped = {name: action for name, action in found.items() if action != "skipped"}
    return {**skipped, **{orphan["arn"].rpartition("/")[2].rpartition(":")[2]: "orphan" for orphan in report["orphans"]}}


def vpc_of(account: Emulator) -> str:
    (vpc,) = account.client("ec2").describe_vpcs(Filters=[{"Name": "cidr", "Values": ["10.7.0.0/16"]}])["Vpcs"]
    return str(vpc["VpcId"])


def group_of(account: Emulator) -> str:
    filters = [{"Name": "group-name", "Values": ["plot-group"]}]
    return str(account.client("ec2").describe_security_groups(Filters=filters)["SecurityGroups"][0]["GroupId"])


def open_a_rule(account: Emulator) -> None:
    permission = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    account.client("ec2").authorize_security_group_ingress(GroupId=group_of(account), IpPermissions=[permission])


def remove_a_tag(account: Emulator) -> None:
    account.client("ec2").delete_tags(Resources=[vpc_of(account)], Tags=[{"Key": "stratum:layer"}])


def change_the_retention(account: Emulator) -> None:
    account.client("logs").put_retention_policy(logGroupName="/plot/log", retentionInDays=1)


def detach_a_policy(account: Emulator) -> None:
    account.client("iam").detach_role_policy(RoleName="plot-role", PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")


def suspend_versioning(account: Emulator) -> None:
    account.client("s3").put_bucket_versioning(Bucket="plot-bucket", VersioningConfiguration={"Status": "Suspended"})


def delete_the_topic(account: Emulator) -> None:
    sns = account.client("sns")
    sns.delete_topic(TopicArn=sns.list_topics()["Topics"][0]["TopicArn"])


def delete_a_subnet(account: Emulator) -> None:
    ec2 = account.client("ec2")
    (subnet,) = ec2.describe_subnets(Filters=[{"Name": "cidr-block", "Values": ["10.7.2.0/24"]}])["Subnets"]
    ec2.delete_subnet(SubnetId=subnet["SubnetId"])


def add_a_topic(account: Emulator) -> None:
    account.client("sns").create_topic(Name="stray", Tags=[*TAGS, {"Key": "stratum:layer", "Value": "plot"}])


KINDS: dict[str, tuple[Callable[[Emulator], None], str]] = {
    "Create the VPC": (remove_a_tag, "change"),
    "Create the security group": (open_a_rule, "change"),
    "Create the log group": (change_the_retention, "change"),
    "Create the role": (detach_a_policy, "change"),
    "Create the bucket": (suspend_versioning, "change"),
    "Keep a word in the open": (delete_the_topic, "create"),
    "Create the subnets 10.7.2.0/24": (delete_a_subnet, "create"),
    "stray": (add_a_topic, "orphan"),
}


def test_each_kind_of_drift_is_told_as_what_it_is_and_nothing_else(account: Emulator, converge: Converge) -> None:
    """They come in steps and stay: each run tells those that there are, the last all of them. In the end the ground itself goes."""
    converge(account, "plot").check()
    expected: dict[str, str] = {}
    steps: list[tuple[list[str], dict[str, Any]]] = [
        (["Create the VPC"], {}),
        (["Keep a word in the open", "stray"], {"fail_on_drift": False}),
        (list(KINDS), {}),
    ]
    for together, settings in steps:
        for name in together:
            if name not in expected:
                meddle, action = KINDS[name]
                meddle(account)
                expected[name] = action
        before = account.writes()
        ran = converge(account, "plot", arguments=("--diff",), **settings, **DRIFT).check(0 if settings else 2)
        if settings:
            assert ran.changed == 0
        assert told(ran.report("drift")) == expected, ran.output
        assert account.writes() == before
    assert "the stack has drifted: 5 changed, 2 missing, 1 orphaned. Heal it with site.yml" in ran.output

    # Healing is a converge: it does what was told; the orphan stays until somebody removes it.
    healed = told(converge(account, "plot").check().report())
    assert {**healed, "stray": "orphan"} == expected
    ec2 = account.client("ec2")
    vpc = vpc_of(account)
    assert "stratum:layer" in {tag["Key"] for tag in ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"][0]["Tags"]}
    (group,) = ec2.describe_security_groups(GroupIds=[group_of(account)])["SecurityGroups"]
    assert [rule["FromPort"] for rule in group["IpPermissions"]] == [5432]
    subnets = ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["Subnets"]
    assert len(subnets) == 2

    # What depends on what is gone is missing only where it is.
    ec2.delete_security_group(GroupId=group["GroupId"])
    for subnet in subnets:
        ec2.delete_subnet(SubnetId=subnet["SubnetId"])
    ec2.delete_vpc(VpcId=vpc)
    report = converge(account, "plot", **DRIFT).check(2).report("drift")
    # What can be looked for without the VPC is; of the rest it is said that it cannot be compared, not that it is gone.
    assert told(report) == {"Create the VPC": "create", "Create the security group": "create", "stray": "orphan"}
    nodes = [node for node in report["nodes"] if node["name"] == "Create the subnets"]
    assert {node["message"] for node in nodes} == {'cannot be compared until "Create the VPC" is there again'}
