# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which runs ask AWS for instances, and what an instance becomes in the inventory."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.stratum.aws.plugins.inventory.instances import host_variables, named, needed, widened

HOSTS = ("speckle", "accountabilityatlas")
GROUPS = ("all", "aws", "speckle", "accountabilityatlas", "compose_hosts")
OURS = {"all", "compose_hosts", "accountabilityatlas"}


@pytest.mark.parametrize("limit", ["speckle", "speckle,aws", "speckle:aws", " speckle , "])
def test_a_limit_to_other_known_names_needs_no_instance(limit: str) -> None:
    assert not needed(limit, HOSTS, GROUPS, OURS)


@pytest.mark.parametrize(
    "limit",
    [
        None,
        "",
        "all",
        "accountabilityatlas",
        "compose_hosts",
        "speckle,compose_hosts",
        # No host that is known before AWS was asked: it may be an instance.
        "accountabilityatlas-prod",
        # What is not taken apart may mean anything.
        "spec*",
        "all:!speckle",
        "aws:&speckle",
        "~spe.*",
        "speckle[0]",
        "@retry",
    ],
)
def test_any_other_limit_may_mean_an_instance(limit: str | None) -> None:
    assert needed(limit, HOSTS, GROUPS, OURS)


@pytest.mark.parametrize(
    ("limit", "wide"),
    [
        (None, None),
        ("speckle", "speckle"),
        ("accountabilityatlas", "accountabilityatlas,accountabilityatlas_hosts"),
        ("speckle:accountabilityatlas", "speckle,accountabilityatlas,accountabilityatlas_hosts"),
        ("accountabilityatlas,accountabilityatlas_hosts", "accountabilityatlas,accountabilityatlas_hosts"),
        ("all:!accountabilityatlas", "all:!accountabilityatlas"),
    ],
)
def test_a_limit_to_a_stack_means_its_instances_too(limit: str | None, wide: str | None) -> None:
    assert widened(limit, ["accountabilityatlas"]) == wide


def instance(identity: str, name: str | None, launched: str, **more: Any) -> dict[str, Any]:
    tags = [{"Key": "stratum:stack", "Value": "accountabilityatlas"}]
    tags += [{"Key": "Name", "Value": name}] if name else []
    return {"InstanceId": identity, "LaunchTime": launched, "Tags": tags, "OwnerId": "123456789012", **more}


def test_the_oldest_has_the_right_to_a_name() -> None:
    found = [
        (instance("i-3", "web", "2026-03-01"), "us-east-1"),
        (instance("i-1", "web", "2026-01-01"), "us-east-1"),
        (instance("i-2", None, "2026-02-01"), "us-west-2"),
    ]
    assert [(name, region) for name, _instance, region in named(found)] == [
        ("web", "us-east-1"),
        ("i-2", "us-west-2"),
        ("web-i-3", "us-east-1"),
    ]


def test_a_host_is_reached_by_its_public_address_and_else_by_its_private_one() -> None:
    both = instance("i-1", "web", "2026-01-01", PublicIpAddress="203.0.113.7", PrivateIpAddress="10.0.1.4", KeyName="web-key")
    variables = host_variables(both, "us-east-1", "/run/agent.sock")
    assert variables["ansible_host"] == "203.0.113.7"
    assert variables["ansible_connection"] == "ssh"
    assert variables["stratum_stack"] == "accountabilityatlas"
    assert (variables["ec2_owner_id"], variables["ec2_key_name"]) == ("123456789012", "web-key")
    assert variables["ec2_ssh_agent"] == "/run/agent.sock"
    private = instance("i-1", "web", "2026-01-01", PrivateIpAddress="10.0.1.4")
    assert host_variables(private, "us-east-1", "")["ansible_host"] == "10.0.1.4"
