# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tests of AccountabilityAtlas share: its names as the specification has them, and looking things up in its account."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from .conftest import Stack

NAME = "accountabilityatlas-prod"
TAGS = {"Environment": "prod", "Project": "accountabilityatlas", "ManagedBy": "ansible", "CostCenter": "engineering"}
SERVICES = (
    "api-gateway",
    "user-service",
    "video-service",
    "location-service",
    "search-service",
    "moderation-service",
    "notification-service",
)
IMAGES = {f"acct-atlas-{service}" for service in (*SERVICES, "web-app")}
QUEUES = {
    "acct-atlas-prod-video-metadata": "video-service",
    "acct-atlas-prod-moderation": "moderation-service",
    "acct-atlas-prod-search-index": "search-service",
    "acct-atlas-prod-notifications": "notification-service",
}


def tags_of(resource: dict[str, Any], key: str = "Tags") -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in resource.get(key) or []}


def assert_common_tags(tags: dict[str, str], layer: str, service: str = "platform") -> None:
    stack = {"stratum:stack": "accountabilityatlas", "stratum:environment": "prod", "stratum:layer": layer}
    assert {**TAGS, **stack, "Service": service}.items() <= tags.items(), tags


def secret_of(stack: Stack, name: str) -> dict[str, Any]:
    value = stack.client("secretsmanager").get_secret_value(SecretId=f"accountabilityatlas/prod/{name}")["SecretString"]
    loaded: dict[str, Any] = json.loads(value)
    return loaded


def host_of(stack: Stack) -> dict[str, Any]:
    """Return the host, as EC2 describes it; one that a restore has replaced is none."""
    filters = [{"Name": "tag:stratum:layer", "Values": ["compose_host"]}]
    found = stack.client("ec2").describe_instances(Filters=filters)["Reservations"]
    (one,) = [each for reservation in found for each in reservation["Instances"]]
    return dict(one)


def left(stack: Stack) -> Iterator[str]:
    """Yield what still bears the stack's tags, but for secrets that wait for their deletion and the database's last snapshot."""
    secrets = {each["ARN"] for each in stack.client("secretsmanager").list_secrets()["SecretList"]}
    pages = stack.client("resourcegroupstaggingapi").get_paginator("get_resources")
    filters = [{"Key": "stratum:stack", "Values": ["accountabilityatlas"]}]
    for page in pages.paginate(TagFilters=filters):
        for resource in page["ResourceTagMappingList"]:
            arn = resource["ResourceARN"]
            waits = ":secret:" in arn and arn not in secrets
            # EC2 shows a terminated instance for an hour more; those that are not are looked for below.
            if not waits and f":snapshot:{NAME}-final-" not in arn and ":instance/" not in arn:
                yield arn
    ec2 = stack.client("ec2")
    for reservation in ec2.describe_instances()["Reservations"]:
        yield from (each["InstanceId"] for each in reservation["Instances"] if each["State"]["Name"] != "terminated")
    yield from (each["VolumeId"] for each in ec2.describe_volumes()["Volumes"])
    yield from (each["AllocationId"] for each in ec2.describe_addresses()["Addresses"])
    yield from (each["KeyName"] for each in ec2.describe_key_pairs()["KeyPairs"])
