# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The EC2 manager's three environments in one account: what its description says of each, converging them, and looking things up."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.emulator import process
from tests.emulator.fixtures import Emulator
from tests.playbooks import Ran, play

REGION, EVERYWHERE, ACCOUNT = "us-west-2", "us-east-1", "123456789012"
FUNCTIONS = ("audit", "export", "health", "instances")
PRIVATE = ("10.0.10.0/24", "10.0.11.0/24")
SIZES: dict[str, dict[str, Any]] = {
    "dev": {
        "domain": "dev.ec2-manager.example.com",
        "origins": ["https://dev.ec2-manager.example.com", "http://localhost:8080"],
        "log_days": 7,
        "recovery_days": 0,
        "budget": 100,
        "budget_alerts": {100.0},
        "mfa": "OPTIONAL",
        "refresh_days": 30,
        "zones": 1,
        "memory": 128,
        "reserved": {},
        "log_level": "DEBUG",
        "data": "non-sensitive",
        "release": {"cadence": "continuous", "approval": "automatic"},
        "kept": set(),
    },
    "staging": {
        "domain": "staging.ec2-manager.example.com",
        "origins": ["https://staging.ec2-manager.example.com"],
        "log_days": 14,
        "recovery_days": 7,
        "budget": 200,
        "budget_alerts": {100.0},
        "mfa": "OPTIONAL",
        "refresh_days": 7,
        "zones": 2,
        "memory": 256,
        "reserved": {},
        "log_level": "INFO",
        "data": "anonymized",
        "release": {"cadence": "several times a day", "approval": "automatic after tests"},
        "kept": {"table", "pool"},
    },
    "prod": {
        "domain": "ec2-manager.example.com",
        "origins": ["https://ec2-manager.example.com"],
        "log_days": 30,
        "recovery_days": 35,
        "budget": 500,
        "budget_alerts": {100.0, 120.0},
        "mfa": "ON",
        "refresh_days": 1,
        "zones": 2,
        "memory": 512,
        "reserved": {"instances": 600, "audit": 190, "health": 100, "export": 10},
        "log_level": "INFO",
        "data": "sensitive",
        "release": {"cadence": "once a day", "approval": "manual"},
        "kept": {"table", "pool", "buckets", "logs", "trail"},
    },
}
"""What differs by environment, as the description has it."""


@dataclass
class Environment:
    """An environment of the system, in the account that all share, and what its first run said."""

    account: Emulator
    word: str
    reports: Path
    first: Ran

    @property
    def size(self) -> dict[str, Any]:
        return SIZES[self.word]

    @property
    def name(self) -> str:
        """What all names begin with."""
        return f"ec2-manager-{self.word}"

    def client(self, service: str, region: str = REGION) -> Any:
        return self.account.client(service, region)

    def run(self, *arguments: str, playbook: str = "site.yml", variables: dict[str, Any] | None = None) -> Ran:
        """Run a playbook of this environment."""
        given = ("--limit", "ec2_manager", *arguments)
        inventory = f"inventories/{self.word}"
        return play(self.account, playbook, *given, inventory=inventory, reports=self.reports, variables=variables, timeout=850)


def converged(folder: Path) -> Iterator[dict[str, Environment]]:
    """Plan production on an empty account, then converge one environment after the other; give them by name.

    The plans of the others are made with all stacks of their inventories.
    """
    name = f"stack-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}-{os.getpid()}-ec2-manager"
    account = Emulator(process.start(name, {}, owner=os.getpid()))
    found = {word: Environment(account, word, folder, Ran(0, "", folder)) for word in SIZES}
    try:
        found["prod"].run("--check").check()
        assert account.writes() == []
        for environment in found.values():
            environment.first = environment.run().check()
        yield found
    finally:
        account.stop()
        process.forget(name)


# -- what belongs to an environment ----------------------------------------------------------------------


def tags_of(resource: dict[str, Any], key: str = "Tags") -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in resource.get(key, [])}


def vpc_of(stack: Environment) -> dict[str, Any]:
    (vpc,) = stack.client("ec2").describe_vpcs(Filters=[{"Name": "tag:Name", "Values": [f"{stack.name}-vpc"]}])["Vpcs"]
    return dict(vpc)


def in_vpc(stack: Environment) -> list[dict[str, Any]]:
    return [{"Name": "vpc-id", "Values": [vpc_of(stack)["VpcId"]]}]


def subnets_of(stack: Environment) -> dict[str, dict[str, Any]]:
    """Return the subnets by their networks."""
    return {each["CidrBlock"]: each for each in stack.client("ec2").describe_subnets(Filters=in_vpc(stack))["Subnets"]}


def inhabited(stack: Environment) -> set[str]:
    """Return the private subnets that functions and endpoints stand in, by id."""
    return {subnets_of(stack)[network]["SubnetId"] for network in PRIVATE[: stack.size["zones"]]}


def group_of(stack: Environment, name: str) -> dict[str, Any]:
    filters = [*in_vpc(stack), {"Name": "group-name", "Values": [f"{stack.name}-{name}"]}]
    (group,) = stack.client("ec2").describe_security_groups(Filters=filters)["SecurityGroups"]
    return dict(group)


def pool_of(stack: Environment) -> dict[str, Any]:
    cognito = stack.client("cognito-idp")
    (found,) = [each for each in cognito.list_user_pools(MaxResults=60)["UserPools"] if each["Name"] == stack.name]
    return dict(cognito.describe_user_pool(UserPoolId=found["Id"])["UserPool"])


def client_of(stack: Environment) -> dict[str, Any]:
    cognito, pool = stack.client("cognito-idp"), pool_of(stack)["Id"]
    (found,) = cognito.list_user_pool_clients(UserPoolId=pool, MaxResults=60)["UserPoolClients"]
    return dict(cognito.describe_user_pool_client(UserPoolId=pool, ClientId=found["ClientId"])["UserPoolClient"])


def api_of(stack: Environment) -> dict[str, Any]:
    (api,) = [each for each in stack.client("apigateway").get_rest_apis(limit=500)["items"] if each["name"] == stack.name]
    return dict(api)


def distribution_of(stack: Environment) -> dict[str, Any]:
    client = stack.client("cloudfront", EVERYWHERE)
    found = client.list_distributions()["DistributionList"]["Items"]
    (identifier,) = [each["Id"] for each in found if stack.size["domain"] in each["Aliases"].get("Items", [])]
    return dict(client.get_distribution(Id=identifier)["Distribution"])


def alarms_of(stack: Environment) -> dict[str, dict[str, Any]]:
    """Return the alarms by what their names end with."""
    pages = stack.client("cloudwatch").get_paginator("describe_alarms").paginate(AlarmNamePrefix=f"{stack.name}-")
    return {each["AlarmName"].removeprefix(f"{stack.name}-"): each for page in pages for each in page["MetricAlarms"]}


def retention_of(stack: Environment, group: str) -> int:
    """Return for how many days a log group keeps its events."""
    found = stack.client("logs").describe_log_groups(logGroupNamePrefix=group)["logGroups"]
    (days,) = [each["retentionInDays"] for each in found if each["logGroupName"] == group]
    return int(days)
