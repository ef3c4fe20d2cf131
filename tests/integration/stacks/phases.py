# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""AccountabilityAtlas in its phases: what each is, and looking things up in an account that is in one of them.

How production goes from one to the next is in `walking.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.emulator.fixtures import Emulator
from tests.playbooks import Ran, play

REGION = "us-east-1"
STACK = "accountabilityatlas"
_PATIENCE = 850  # seconds

ALL = ("prod-2", "prod-3", "prod-4", "staging-3")
"""The environments and phases that have containers."""
# Service: CPU units, MiB of memory, port, path of the health check.
SERVICES = {
    "api-gateway": ("512", "1024", 8080, "/actuator/health"),
    "user-service": ("512", "1024", 8081, "/actuator/health"),
    "video-service": ("512", "1024", 8082, "/actuator/health"),
    "location-service": ("512", "1024", 8083, "/actuator/health"),
    "search-service": ("512", "1024", 8084, "/actuator/health"),
    "moderation-service": ("256", "512", 8085, "/actuator/health"),
    "notification-service": ("256", "512", 8086, "/actuator/health"),
    "web-app": ("512", "1024", 3000, "/api/health"),
}
INTERNAL = {name: figures[2] for name, figures in SERVICES.items() if name not in ("api-gateway", "web-app")}
TASKS = {
    "prod-2": dict.fromkeys(SERVICES, 1),
    "prod-3": dict.fromkeys(SERVICES, 2),
    # On the way from phase 3, scaling goes on from what runs.
    "prod-4": dict.fromkeys(SERVICES, 2),
    # Where phase 4 is made from scratch.
    "dr-4": dict.fromkeys(SERVICES, 2)
    | dict.fromkeys(("api-gateway", "user-service", "video-service", "location-service", "search-service"), 3),
    "staging-3": dict.fromkeys(SERVICES, 2),
}


@dataclass
class Grown:
    """An environment that has come to a phase: its account, and what the run said and planned that brought it there."""

    environment: str
    phase: int
    account: Emulator
    reports: Path
    first: Ran
    planned: dict[str, Any]
    written_by_plan: list[dict[str, Any]]

    @property
    def key(self) -> str:
        """Such as `prod-2`."""
        return f"{self.environment}-{self.phase}"

    @property
    def name(self) -> str:
        """What all names begin with."""
        return f"accountabilityatlas-{self.environment}"

    @property
    def short(self) -> str:
        """What the names of target groups begin with."""
        return f"atlas-{self.environment}"

    @property
    def domain(self) -> str:
        """The domain of the environment."""
        return {"prod": "accountabilityatlas.com", "staging": "staging.accountabilityatlas.com"}[self.environment]

    def client(self, service: str, region: str = REGION) -> Any:
        """Return a boto3 client of the account."""
        return self.account.client(service, region=region)

    def run(self, *arguments: str, playbook: str = "site.yml", **variables: Any) -> Ran:
        """Run a playbook on the stack."""
        return run(self.account, self.environment, self.phase, self.reports, *arguments, playbook=playbook, **variables)


def run(
    account: Emulator, environment: str, phase: int | None, reports: Path, *arguments: str, playbook: str = "site.yml", **variables: Any
) -> Ran:
    """Run a playbook on the stack in a phase (None: that of the inventory), up to the cloud."""
    given = ("--limit", STACK, "--skip-tags", "host", *arguments)
    # As a user gives it: a text.
    meant = {**({"accountabilityatlas_phase": str(phase)} if phase else {}), **variables}
    return play(account, playbook, *given, inventory=f"inventories/{environment}", reports=reports, variables=meant, timeout=_PATIENCE)


def of(*keys: str) -> pytest.MarkDecorator:
    """Return the mark of a test that is for these environments and phases; one worker converges each environment, each phase once."""
    groups = {key: "accountabilityatlas" if key.startswith("prod") else "accountabilityatlas-staging" for key in keys}
    return pytest.mark.parametrize(
        "grown", [pytest.param(key, marks=pytest.mark.xdist_group(group)) for key, group in groups.items()], indirect=True
    )


def tags_of(resource: dict[str, Any], key: str = "Tags") -> dict[str, str]:
    """Return tags of either spelling as a dictionary."""
    return {tag.get("Key", tag.get("key")): tag.get("Value", tag.get("value")) for tag in resource.get(key) or []}


def groups_of(grown: Grown) -> dict[str, dict[str, Any]]:
    """Return the security groups by their Name tags."""
    return {tags_of(each).get("Name", each["GroupName"]): each for each in grown.client("ec2").describe_security_groups()["SecurityGroups"]}


def sources(grown: Grown, group: str) -> dict[tuple[int, int], set[str]]:
    """Return who reaches which ports of a group: networks, and Name tags of groups."""
    groups = groups_of(grown)
    names = {each["GroupId"]: name for name, each in groups.items()}
    found: dict[tuple[int, int], set[str]] = {}
    for rule in groups[group]["IpPermissions"]:
        place = found.setdefault((rule["FromPort"], rule["ToPort"]), set())
        place |= {each["CidrIp"] for each in rule["IpRanges"]} | {names[each["GroupId"]] for each in rule["UserIdGroupPairs"]}
    return found


def services_of(grown: Grown) -> dict[str, dict[str, Any]]:
    """Return the services of the cluster by their names."""
    ecs = grown.client("ecs")
    arns = [arn for page in ecs.get_paginator("list_services").paginate(cluster=grown.name) for arn in page["serviceArns"]]
    return {each["serviceName"]: each for each in ecs.describe_services(cluster=grown.name, services=arns, include=["TAGS"])["services"]}


def definition_of(grown: Grown, service: str) -> dict[str, Any]:
    """Return what a service runs."""
    described = grown.client("ecs").describe_task_definition(taskDefinition=services_of(grown)[service]["taskDefinition"])
    definition: dict[str, Any] = described["taskDefinition"]
    return definition


def container_of(grown: Grown, service: str) -> dict[str, Any]:
    """Return the container of a service that bears its name."""
    (one,) = [each for each in definition_of(grown, service)["containerDefinitions"] if each["name"] == service]
    return dict(one)


def environment_of(grown: Grown, service: str) -> dict[str, str]:
    """Return the environment variables of a service that are no secrets."""
    return {each["name"]: each["value"] for each in container_of(grown, service)["environment"]}


def target_groups_of(grown: Grown) -> dict[str, dict[str, Any]]:
    """Return the target groups by their names."""
    return {each["TargetGroupName"]: each for each in grown.client("elbv2").describe_target_groups()["TargetGroups"]}


def balancer_of(grown: Grown, name: str) -> dict[str, Any]:
    """Return a load balancer."""
    (one,) = grown.client("elbv2").describe_load_balancers(Names=[name])["LoadBalancers"]
    return dict(one)


def listeners_of(grown: Grown, name: str) -> dict[int, dict[str, Any]]:
    """Return the listeners of a load balancer by their ports."""
    listed = grown.client("elbv2").describe_listeners(LoadBalancerArn=balancer_of(grown, name)["LoadBalancerArn"])
    return {each["Port"]: each for each in listed["Listeners"]}


def records_of(grown: Grown, zone: str) -> dict[tuple[str, str], dict[str, Any]]:
    """Return the records of a zone by name and type."""
    route53 = grown.client("route53")
    (identifier,) = [each["Id"] for each in route53.list_hosted_zones()["HostedZones"] if each["Name"] == f"{zone}."]
    listed = route53.list_resource_record_sets(HostedZoneId=identifier)["ResourceRecordSets"]
    return {(each["Name"].rstrip("."), each["Type"]): each for each in listed}


def alias_of(grown: Grown, record: str) -> str:
    """Return what an alias record of the environment's zone leads to."""
    target: str = records_of(grown, grown.domain)[record, "A"]["AliasTarget"]["DNSName"]
    return target.rstrip(".").removeprefix("dualstack.").lower()
