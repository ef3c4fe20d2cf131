# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An EKS cluster over its whole life."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.fixtures import StartEmulator
from tests.integration.modules.eks_parts import make_role, make_subnets
from tests.integration.modules.running import RunModule, run

pytestmark = pytest.mark.integration

MODULE = "eks_cluster"
KEY = "arn:aws:kms:ca-central-1:123456789012:key/11111111-2222-3333-4444-555555555555"


@pytest.fixture
def options(account: Any) -> dict[str, Any]:
    return cluster_options(account)


def cluster_options(account: Any) -> dict[str, Any]:
    return {
        "name": "web",
        "version": "1.33",
        "role_arn": make_role(account, "cluster", "eks.amazonaws.com"),
        "subnets": make_subnets(account),
        "endpoint_private_access": True,
        "public_access_cidrs": ["203.0.113.0/24", "198.51.100.0/24"],
        "logging_types": ["audit", "api"],
        "authentication_mode": "CONFIG_MAP",
        "service_ipv4_cidr": "10.100.0.0/16",
        "ip_family": "ipv4",
        "support_type": "STANDARD",
        "bootstrap_self_managed_addons": False,
        "tags": {"team": "platform"},
    }


def test_creates_and_then_changes_nothing(account: Any, run_module: RunModule, options: dict[str, Any]) -> None:
    first = run_module(MODULE, options)
    assert first.changed, first
    cluster = first["cluster"]
    assert cluster["status"] == "ACTIVE"
    assert cluster["version"] == "1.33"
    assert cluster["identity"]["oidc"]["issuer"].startswith("https://oidc.eks.")
    # This emulator's clusters have no Kubernetes API behind them.
    assert cluster["endpoint"] == ""
    assert cluster["resources_vpc_config"]["cluster_security_group_id"].startswith("sg-")
    assert cluster["logging_types"] == ["api", "audit"]
    assert cluster["tags"] == {"team": "platform"}
    account_before = account.client("eks").describe_cluster(name="web")["cluster"]
    again = run_module(MODULE, {**options, "subnets": options["subnets"][::-1]})
    assert not again.changed, again
    assert not again.failed
    assert again["cluster"] == cluster
    assert account.client("eks").describe_cluster(name="web")["cluster"] == account_before


def test_check_mode_creates_nothing(account: Any, run_module: RunModule, options: dict[str, Any]) -> None:
    result = run_module(MODULE, options, check=True)
    assert result.changed, result
    assert result["cluster"]["resources_vpc_config"]["subnet_ids"] == options["subnets"]
    assert account.client("eks").list_clusters()["clusters"] == []


def test_changes_one_kind_after_the_other(account: Any, run_module: RunModule, options: dict[str, Any]) -> None:
    before = run_module(MODULE, options)["cluster"]
    group = account.client("ec2").create_security_group(
        GroupName="extra", Description="extra", VpcId=before["resources_vpc_config"]["vpc_id"]
    )
    wanted = {
        **options,
        "version": "1.35",
        "security_groups": [group["GroupId"]],
        "endpoint_public_access": False,
        "logging_types": ["scheduler"],
        "authentication_mode": "API",
        "support_type": "EXTENDED",
        "deletion_protection": True,
        "zonal_shift": True,
        "encryption_key_arn": KEY,
        "tags": {"team": "data", "tier": "1"},
    }
    planned = run_module(MODULE, wanted, check=True, diff=True)
    assert planned.changed, planned
    assert planned["diff"]["before"]["version"] == "1.33"
    assert account.client("eks").list_updates(name="web")["updateIds"] == []
    result = run_module(MODULE, wanted)
    assert result.changed, result
    assert {**result["cluster"], "platform_version": None} == {**planned["cluster"], "platform_version": None}
    eks = account.client("eks")
    kinds = [eks.describe_update(name="web", updateId=i)["update"]["type"] for i in eks.list_updates(name="web")["updateIds"]]
    assert kinds == [
        "VpcConfigUpdate",
        "EndpointAccessUpdate",
        "LoggingUpdate",
        "AccessConfigUpdate",
        "AccessConfigUpdate",
        "UpgradePolicyUpdate",
        "ZonalShiftConfigUpdate",
        "DeletionProtectionUpdate",
        "AssociateEncryptionConfig",
        "VersionUpdate",
        "VersionUpdate",
    ]
    again = run_module(MODULE, wanted)
    assert not again.changed, again


def test_leaves_alone_what_is_not_set(run_module: RunModule, options: dict[str, Any]) -> None:
    run_module(MODULE, options)
    few = {key: options[key] for key in ("name", "role_arn", "subnets")}
    result = run_module(MODULE, few)
    assert not result.changed, result
    assert result["cluster"]["tags"] == {"team": "platform"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"version": "1.32"}, 'runs version 1.33, which is newer than 1.32; a control plane is never downgraded. Set version to "1.33"'),
        ({"version": "1.4"}, "write it in quotes"),
        ({"service_ipv4_cidr": "10.101.0.0/16"}, "service_ipv4_cidr cannot change from 10.100.0.0/16 to 10.101.0.0/16"),
        ({"role_arn": "arn:aws:iam::123456789012:role/other"}, "role_arn cannot change"),
        ({"public_access_cidrs": ["nonsense"]}, "UpdateClusterConfig failed. Correct the option that AWS names here.: "),
        ({"version": "1.99"}, "UpdateClusterVersion failed"),
    ],
)
def test_says_what_cannot_be_changed(run_module: RunModule, options: dict[str, Any], change: dict[str, Any], message: str) -> None:
    run_module(MODULE, options)
    result = run_module(MODULE, {**options, **change})
    assert result.failed
    assert result.msg.startswith("EKS cluster web: ")
    assert message in result.msg


def test_deletion_protection_is_honoured_unless_it_is_overridden(run_module: RunModule, options: dict[str, Any]) -> None:
    run_module(MODULE, {**options, "deletion_protection": True})
    refused = run_module(MODULE, {"name": "web", "state": "absent"})
    assert refused.failed
    assert "deletion protection is on" in refused.msg
    assert run_module(MODULE, {"name": "web", "state": "absent", "deletion_protection": False}).changed


def test_absent_and_absent_again(account: Any, run_module: RunModule, options: dict[str, Any]) -> None:
    run_module(MODULE, options)
    gone = {"name": "web", "state": "absent"}
    assert run_module(MODULE, gone, check=True).changed
    assert account.client("eks").list_clusters()["clusters"] == ["web"]
    result = run_module(MODULE, gone)
    assert result.changed, result
    assert result["cluster"] is None
    assert account.client("eks").list_clusters()["clusters"] == []
    assert not run_module(MODULE, gone).changed


def test_waits_for_a_cluster_that_takes_its_time(start_emulator: StartEmulator) -> None:
    slow = start_emulator(delays="fast")
    options = cluster_options(slow)
    started = run(MODULE, {**options, "wait": False}, slow.environment, check=False, diff=False)
    assert started["cluster"]["status"] == "CREATING"
    upgraded = run(MODULE, {**options, "version": "1.34", "logging_types": []}, slow.environment, check=False, diff=False)
    assert not upgraded.failed, upgraded
    assert upgraded["cluster"]["version"] == "1.34"
    assert upgraded["cluster"]["status"] == "ACTIVE"
    leaving = {"name": "web", "state": "absent", "wait": False}
    assert run(MODULE, leaving, slow.environment, check=False, diff=False).changed
    assert not run(MODULE, leaving, slow.environment, check=False, diff=False).changed
    recreated = run(MODULE, options, slow.environment, check=False, diff=False)
    assert recreated.changed, recreated
    assert recreated["cluster"]["version"] == "1.33"


def test_says_when_waiting_took_too_long(start_emulator: StartEmulator) -> None:
    slow = start_emulator(delays="real")
    result = run(MODULE, {**cluster_options(slow), "wait_timeout": 1}, slow.environment, check=False, diff=False)
    assert result.failed
    assert "after 1 seconds DescribeCluster still says CREATING" in result.msg
    assert "raise wait_timeout" in result.msg
