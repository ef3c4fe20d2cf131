# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a destroyed stack leaves in its account, read by boto3 and compared with an account in which nothing was ever made."""

from __future__ import annotations

from typing import Any

from botocore.config import Config

from tests import accounts
from tests.emulator.fixtures import Emulator

from .conftest import REGION

# An account may have faults of its own, which are not what is looked for.
_PATIENT = Config(retries={"max_attempts": 15, "mode": "standard"})
_MEANT_TO_STAY = (":secret:", ":snapshot:")


def holds(account: Emulator) -> accounts.Snapshot:
    """Return what an account holds, but for secrets that wait for their deletion, snapshots of databases and what AWS made."""

    def client(service: str) -> Any:
        return account.client(service, region=REGION, config=_PATIENT)

    there = accounts.snapshot(client)
    tagged = "resourcegroupstaggingapi resources"
    there[tagged] = [each for each in there[tagged] if not any(kind in each["ResourceARN"] for kind in _MEANT_TO_STAY)]
    secrets = "secretsmanager secrets"
    there[secrets] = [each for each in there[secrets] if "DeletedDate" not in each]
    # RDS makes those of an engine with its first instance, and keeps them.
    groups = "rds db_parameter_groups"
    there[groups] = [each for each in there[groups] if not each["DBParameterGroupName"].startswith("default.")]
    # EC2 shows them for an hour more.
    gateways = "ec2 nat_gateways"
    there[gateways] = [each for each in there[gateways] if each["State"] != "deleted"]
    # A VPC takes its default one along in AWS; moto leaves it.
    lists = "ec2 network_acls"
    there[lists] = [each for each in there[lists] if not each["IsDefault"]]
    return there


def left(account: Emulator, fresh: accounts.Snapshot) -> list[str]:
    """Return a line for each resource that an account holds and a fresh one does not."""
    return accounts.differences(fresh, holds(account))
