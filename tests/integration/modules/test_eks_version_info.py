# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What EKS offers, and what a cluster runs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.integration.modules.running import RunModule

pytestmark = pytest.mark.integration

MODULE = "eks_version_info"


def test_reads_what_is_offered_and_that_nothing_runs(run_module: RunModule) -> None:
    result = run_module(MODULE, {"cluster": "web"}, check=True)
    assert not result.failed, result
    assert not result.changed
    assert "1.33" in result["offered"]
    assert result["offered"].index("1.33") < result["offered"].index("1.34")
    assert result["running"] == ""


def test_reads_what_a_cluster_runs(account: Any, run_module: RunModule) -> None:
    ec2 = account.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{index}.0/24", AvailabilityZone=f"{ec2.meta.region_name}{zone}")["Subnet"]["SubnetId"]
        for index, zone in enumerate("ab")
    ]
    trust = {"Statement": [{"Effect": "Allow", "Principal": {"Service": "eks.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
    role = account.client("iam").create_role(RoleName="cluster", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    account.client("eks").create_cluster(name="web", version="1.29", roleArn=role, resourcesVpcConfig={"subnetIds": subnets})
    assert run_module(MODULE, {"cluster": "web"})["running"] == "1.29"


def test_an_error_names_what_was_read(run_module: RunModule) -> None:
    result = run_module(MODULE, {"endpoint_url": "http://127.0.0.1:9", "aws_config": {"retries": {"max_attempts": 0}}})
    assert result.failed
    assert result.msg.startswith("Kubernetes versions: AWS was not reached")
