# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Adopting a hand-built account: what is there is listed, tagged on request, and never made anew."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.emulator.fixtures import Emulator

from .conftest import Converge

pytestmark = pytest.mark.integration

TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
SMALL: dict[str, Any] = {"plot_subnets": [], "plot_words": []}
TAGGING = {("ec2", "CreateTags"), ("s3", "PutBucketTagging"), ("iam", "TagRole"), ("sns", "TagResource")}


def build_by_hand(account: Emulator) -> str:
    """Make what the layer would make, otherwise than it would: without its tags and some of its settings."""
    ec2, sns = account.client("ec2"), account.client("sns")
    tags = [{"ResourceType": "vpc", "Tags": [{"Key": "Name", "Value": "plot"}, {"Key": "Keeper", "Value": "me"}]}]
    vpc: str = ec2.create_vpc(CidrBlock="10.7.0.0/16", TagSpecifications=tags)["Vpc"]["VpcId"]
    s3 = account.client("s3")
    s3.create_bucket(Bucket="plot-bucket", CreateBucketConfiguration={"LocationConstraint": "ca-central-1"})
    s3.put_bucket_versioning(Bucket="plot-bucket", VersioningConfiguration={"Status": "Enabled"})
    account.client("iam").create_role(RoleName="plot-role", AssumeRolePolicyDocument=json.dumps(TRUST))
    sns.create_topic(Name="plot-topic", Tags=[{"Key": "stratum:stack", "Value": "theirs"}])
    return vpc


def listed(report: dict[str, Any]) -> dict[str, tuple[str, str | None]]:
    return {node["name"]: (node["action"], node["message"]) for node in report["nodes"]}


def writes(account: Emulator) -> list[tuple[str, str]]:
    """Return the writes that reached the account, without those to SSM, where the lock is."""
    return [(entry["service"], entry["operation"]) for entry in account.writes() if entry["service"] != "ssm"]


def test_a_hand_built_account_is_listed_tagged_and_then_only_completed(account: Emulator, converge: Converge, tmp_path: Path) -> None:
    vpc = build_by_hand(account)
    built = writes(account)
    adopt = {"playbook": "verb.yml", "test_verb": "adopt", "plot_note_file": str(tmp_path / "note"), **SMALL}

    seen = listed(converge(account, "plot", **adopt).check().report("adopt"))
    assert writes(account) == built
    can = ("change", "can be adopted: -e adopt=true")
    assert (seen["Create the VPC"], seen["Create the bucket"], seen["Create the role"]) == (can, can, can)
    assert seen["Create the log group"] == ("skipped", "not there: site.yml creates it")
    assert seen["Keep a word in the open"] == ("skipped", "belongs to theirs by its tags: not adopted")
    assert seen["Write a note"][0] == "skipped"
    assert not (tmp_path / "note").exists()

    ran = converge(account, "plot", adopt=True, **adopt).check()
    assert [each[1] for each in listed(ran.report("adopt")).values()].count("adopted") == 3
    new = writes(account)[len(built) :]
    assert len(new) == 3
    assert set(new) <= TAGGING - {("sns", "TagResource")}
    (found,) = account.client("ec2").describe_vpcs(VpcIds=[vpc])["Vpcs"]
    tags = {tag["Key"]: tag["Value"] for tag in found["Tags"]}
    assert tags == {
        "Name": "plot",
        "Keeper": "me",
        "stratum:stack": "stack",
        "stratum:environment": "default",
        "stratum:layer": "plot",
    }
    again = converge(account, "plot", adopt=True, **adopt).check()
    assert again.report("adopt")["summary"]["change"] == 0

    made = converge(account, "plot", **SMALL).check().report()
    assert not {each["operation"] for node in made["nodes"] for each in node["operations"]} & {"CreateVpc", "CreateBucket", "CreateRole"}
    assert {"Create the log group", "Create the security group"} <= {node["name"] for node in made["nodes"] if node["action"] == "create"}
    assert len(account.client("ec2").describe_vpcs(Filters=[{"Name": "cidr", "Values": ["10.7.0.0/16"]}])["Vpcs"]) == 1
