# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Throttling, server errors, lost answers and late reads, and that they come again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError

from tests.emulator.fixtures import Emulator, StartEmulator

FAULTS = """
seed: 7
faults:
  - {service: sqs, operation: ListQueues, throttle: 0.3, error: 0.2}
  - {service: sns, operation: CreateTopic, lose: 1, limit: 1}
  - {service: kms, operation: CreateKey, drop: 1}
  - {service: ec2, operation: CreateVpc, lag: 60}
  - {service: iam, operation: CreateRole, lag: 60}
  - {service: s3, throttle: 1}
"""
ONCE = Config(retries={"max_attempts": 0, "mode": "standard"})


@pytest.fixture
def faulty(start_emulator: StartEmulator, tmp_path: Path) -> Emulator:
    file = tmp_path / "faults.yml"
    file.write_text(FAULTS, encoding="utf-8")
    return start_emulator(faults=file)


def outcome(call: Any) -> str:
    try:
        call()
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return "ok"


def test_faults_come_again_in_the_next_run_and_services_have_their_own_codes(faulty: Emulator) -> None:
    sqs = faulty.client("sqs", config=ONCE)
    first = [outcome(sqs.list_queues) for _unused in range(24)]
    assert {"ok", "RequestThrottled", "InternalServerException"} == set(first)
    faulty.reset()
    assert [outcome(sqs.list_queues) for _unused in range(24)] == first
    assert outcome(faulty.client("s3", config=ONCE).list_buckets) == "SlowDown"


def test_an_answer_can_be_lost_after_the_work_is_done(faulty: Emulator) -> None:
    sns = faulty.client("sns", config=ONCE)
    with pytest.raises(ConnectionClosedError):
        sns.create_topic(Name="kept")
    assert [topic["TopicArn"].rpartition(":")[2] for topic in sns.list_topics()["Topics"]] == ["kept"]
    sns.create_topic(Name="second")


def test_a_dropped_request_does_nothing_and_is_logged_with_status_0(faulty: Emulator) -> None:
    kms = faulty.client("kms", config=ONCE)
    with pytest.raises(ConnectionClosedError):
        kms.create_key()
    assert kms.list_keys()["Keys"] == []
    assert [entry["status"] for entry in faulty.log()] == [0, 200]


def test_reads_lag_behind_a_create_and_other_resources_are_seen(faulty: Emulator) -> None:
    ec2 = faulty.client("ec2", config=ONCE)
    before = {vpc["VpcId"] for vpc in ec2.describe_vpcs()["Vpcs"]}
    created = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    assert outcome(lambda: ec2.describe_vpcs(VpcIds=[created])) == "InvalidVpcID.NotFound"
    assert {vpc["VpcId"] for vpc in ec2.describe_vpcs()["Vpcs"]} == before
    assert ec2.describe_vpcs(Filters=[{"Name": "vpc-id", "Values": [created]}])["Vpcs"] == []
    subnet = ec2.create_subnet(VpcId=created, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
    assert ec2.describe_subnets(SubnetIds=[subnet])["Subnets"][0]["VpcId"] == created
    iam = faulty.client("iam", config=ONCE)
    iam.create_role(RoleName="late", AssumeRolePolicyDocument='{"Version": "2012-10-17", "Statement": []}')
    assert outcome(lambda: iam.get_role(RoleName="late")) == "NoSuchEntity"
    assert outcome(lambda: iam.create_role(RoleName="late", AssumeRolePolicyDocument="{}")) == "EntityAlreadyExists"
