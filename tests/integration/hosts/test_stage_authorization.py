# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host on the stage may do what its role may, where the emulator enforces policies."""

from __future__ import annotations

import json

import pytest

from tests.emulator.fixtures import Emulator
from tests.hosts.docker import HostsError
from tests.hosts.fixtures import StageOptions
from tests.hosts.stage import Stage

pytestmark = [pytest.mark.docker, pytest.mark.slow, pytest.mark.integration, pytest.mark.xdist_group("stage"), pytest.mark.timeout(600)]

STAGE = StageOptions(only=(), authorization=True)
READ = (
    "import boto3; secrets = boto3.client('secretsmanager', region_name='us-east-1'); "
    "print(secrets.get_secret_value(SecretId='stage/secret')['SecretString'])"
)


def test_the_policies_of_the_hosts_role_count(stage: Stage, stage_emulator: Emulator) -> None:
    stage_emulator.client("secretsmanager", "us-east-1").create_secret(Name="stage/secret", SecretString="s3cret")
    trust = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
    }
    iam = stage_emulator.client("iam", "us-east-1")
    iam.create_role(RoleName="application", AssumeRolePolicyDocument=json.dumps(trust))
    stage.describe_host(role="application")
    with pytest.raises(HostsError, match="AccessDenied"):
        stage.run("host", "python3", "-c", READ)
    allow = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "*"}]}
    iam.put_role_policy(RoleName="application", PolicyName="read", PolicyDocument=json.dumps(allow))
    assert stage.run("host", "python3", "-c", READ).strip() == "s3cret"
