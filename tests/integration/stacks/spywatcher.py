# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Spywatcher's environments: what their specification says of their sizes, converging them, and looking things up in their accounts."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.emulator import process
from tests.emulator.fixtures import Emulator
from tests.integration.kubernetes.kubectl import Kubectl
from tests.playbooks import Ran, play

REGION = "us-east-1"
ZONES = {"us-east-1a", "us-east-1b", "us-east-1c"}
SIZES: dict[str, dict[str, Any]] = {
    "prod": {
        "word": "production",
        "database": ("db.t3.large", True),
        "cache": ("cache.t3.medium", 2, "enabled"),
        "nodes": ("t3.large", {"minSize": 2, "desiredSize": 3, "maxSize": 10}),
        "gateways": 3,
        "domain": "spywatcher.example.com",
        "protected": True,
        "log_days": 30,
        # Replicas, limits of the autoscaler, CPU, memory.
        "backend": (3, (2, 10), "500m", "512Mi"),
        "frontend": (2, (2, 5), "100m", "128Mi"),
        "budgets": {"spywatcher-backend": 1, "spywatcher-frontend": 1},
    },
    "staging": {
        "word": "staging",
        "database": ("db.t3.medium", False),
        "cache": ("cache.t3.small", 1, "disabled"),
        "nodes": ("t3.medium", {"minSize": 1, "desiredSize": 2, "maxSize": 4}),
        "gateways": 1,
        "domain": "staging.spywatcher.example.com",
        "protected": False,
        "log_days": 14,
        "backend": (1, (1, 3), "250m", "256Mi"),
        "frontend": (1, (1, 2), "100m", "128Mi"),
        "budgets": {},
    },
}
"""The rows of both tables of the specification."""


@dataclass
class Spywatcher:
    """A converged environment: what its size is to be, its account, and what plan and first run reported."""

    environment: str
    account: Emulator
    run: Callable[..., Ran]
    planned: dict[str, Any]
    planned_writes: int
    created: dict[str, Any]

    @property
    def size(self) -> dict[str, Any]:
        return SIZES[self.environment]

    @property
    def name(self) -> str:
        return f"spywatcher-{self.size['word']}"

    @property
    def kubectl(self) -> Kubectl:
        """Kubectl with the rights of an administrator."""
        return Kubectl(self.account.environment["KUBECONFIG"], "spywatcher")

    def client(self, service: str) -> Any:
        return self.account.client(service, region=REGION)


def converged(environment: str, reports: Path) -> Iterator[Spywatcher]:
    """Plan an environment on an empty account, then converge it, with a real Kubernetes API behind its cluster."""
    name = f"stack-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}-{os.getpid()}-spywatcher-{environment}"
    account = Emulator(process.start(name, {"kubernetes": True}))

    def run(*arguments: str, playbook: str = "site.yml") -> Ran:
        inventory = f"inventories/{environment}"
        return play(account, playbook, "--limit", "spywatcher", *arguments, inventory=inventory, reports=reports, timeout=850)

    try:
        planned = run("--check").check().report("plan", "spywatcher", environment)
        writes = len(account.writes())
        yield Spywatcher(environment, account, run, planned, writes, run().check().report("converge", "spywatcher", environment))
    finally:
        account.stop()
        process.forget(name)


def tags_of(tags: list[dict[str, str]]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in tags}


def called(stack: Spywatcher, items: list[dict[str, Any]], resource: str) -> dict[str, Any]:
    (found,) = [item for item in items if tags_of(item.get("Tags", [])).get("Name") == f"{stack.name}-{resource}"]
    return found


def vpc_of(stack: Spywatcher) -> dict[str, Any]:
    return dict(called(stack, stack.client("ec2").describe_vpcs()["Vpcs"], "vpc"))


def subnets_of(stack: Spywatcher, tier: str) -> dict[str, dict[str, Any]]:
    filters = [{"Name": "vpc-id", "Values": [vpc_of(stack)["VpcId"]]}]
    subnets = stack.client("ec2").describe_subnets(Filters=filters)["Subnets"]
    return {item["AvailabilityZone"]: item for item in subnets if f"-{tier}-" in tags_of(item["Tags"])["Name"]}


def groups_of(stack: Spywatcher) -> dict[str, dict[str, Any]]:
    groups = stack.client("ec2").describe_security_groups()["SecurityGroups"]
    return {group["GroupName"].removeprefix(f"{stack.name}-"): group for group in groups if group["GroupName"].startswith(stack.name)}


def sources(groups: dict[str, dict[str, Any]], name: str) -> set[tuple[int, str]]:
    names = {group["GroupId"]: short for short, group in groups.items()}
    return {
        (rule["FromPort"], source)
        for rule in groups[name]["IpPermissions"]
        for source in [
            *(names[pair["GroupId"]] for pair in rule["UserIdGroupPairs"] if pair["GroupId"] in names),
            *(block["CidrIp"] for block in rule["IpRanges"]),
        ]
    }


def key_of(stack: Spywatcher) -> str:
    return str(stack.client("kms").describe_key(KeyId=f"alias/{stack.name}")["KeyMetadata"]["Arn"])


def balancer_of(stack: Spywatcher) -> dict[str, Any]:
    (balancer,) = stack.client("elbv2").describe_load_balancers(Names=[f"{stack.name}-alb"])["LoadBalancers"]
    return dict(balancer)
