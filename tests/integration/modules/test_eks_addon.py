# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An add-on over its whole life."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.fixtures import StartEmulator
from tests.integration.modules.eks_parts import make_cluster, make_role
from tests.integration.modules.running import RunModule, run

pytestmark = pytest.mark.integration

MODULE = "eks_addon"


@pytest.fixture
def options(account: Any) -> dict[str, Any]:
    make_cluster(account, version="1.34")
    return {
        "cluster": "web",
        "name": "aws-ebs-csi-driver",
        "version": "default",
        "service_account_role_arn": make_role(account, "ebs", "ec2.amazonaws.com"),
        "configuration_values": {"controller": {"replicas": 2}},
        "tags": {"team": "platform"},
    }


def versions(account: Any, name: str) -> tuple[str, str]:
    """Return AWS's default version and the newest one for the cluster."""
    addon = account.client("eks").describe_addon_versions(addonName=name, kubernetesVersion="1.34")["addons"][0]
    offers = addon["addonVersions"]
    default = next(offer["addonVersion"] for offer in offers if offer["compatibilities"][0]["defaultVersion"])
    return default, offers[0]["addonVersion"]


def addons(account: Any) -> list[str]:
    listed: list[str] = account.client("eks").list_addons(clusterName="web")["addons"]
    return listed


def test_creates_and_then_changes_nothing(account: Any, run_module: RunModule, options: dict[str, Any]) -> None:
    default = versions(account, "aws-ebs-csi-driver")[0]
    planned = run_module(MODULE, options, check=True)
    assert planned["addon"]["addon_version"] == default
    assert addons(account) == []
    first = run_module(MODULE, options)
    assert first.changed, first
    addon = first["addon"]
    assert addon["status"] == "ACTIVE"
    assert addon["addon_version"] == default
    assert addon["configuration_values"] == {"controller": {"replicas": 2}}
    again = run_module(MODULE, options)
    assert not again.changed, again
    assert not again.failed
    assert again["addon"] == addon


def test_changes_what_differs_and_keeps_the_rest(account: Any, run_module: RunModule, options: dict[str, Any]) -> None:
    run_module(MODULE, options)
    newest = versions(account, "aws-ebs-csi-driver")[1]
    wanted = {
        "cluster": "web",
        "name": "aws-ebs-csi-driver",
        "version": "latest",
        "configuration_values": {"node": {}},
        "pod_identity_associations": [
            {"service_account": "ebs-csi-controller-sa", "role_arn": make_role(account, "pods", "pods.eks.amazonaws.com")}
        ],
        "tags": {"tier": "1"},
    }
    planned = run_module(MODULE, wanted, check=True, diff=True)
    assert planned["diff"]["after"]["configuration_values"] == {"node": {}}
    result = run_module(MODULE, wanted)
    assert result.changed, result
    assert {**result["addon"], "modified_at": None} == {**planned["addon"], "modified_at": None}
    assert result["addon"]["addon_version"] == newest
    assert result["addon"]["service_account_role_arn"] == options["service_account_role_arn"]
    assert not run_module(MODULE, wanted).changed
    assert run_module(MODULE, {**wanted, "pod_identity_associations": []}).changed
    assert account.client("eks").list_pod_identity_associations(clusterName="web")["associations"] == []


def test_leaves_alone_what_is_not_set(run_module: RunModule, options: dict[str, Any]) -> None:
    run_module(MODULE, options)
    assert not run_module(MODULE, {"cluster": "web", "name": "aws-ebs-csi-driver"}).changed


def test_absent_and_absent_again(account: Any, run_module: RunModule, options: dict[str, Any]) -> None:
    run_module(MODULE, options)
    gone = {"cluster": "web", "name": "aws-ebs-csi-driver", "preserve": True, "state": "absent"}
    assert run_module(MODULE, gone, check=True).changed
    assert addons(account) == ["aws-ebs-csi-driver"]
    assert run_module(MODULE, gone).changed
    assert addons(account) == []
    assert not run_module(MODULE, gone).changed
    assert not run_module(MODULE, {**gone, "cluster": "none"}).changed


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"version": "v0.0.1-eksbuild.1"}, "UpdateAddon failed. Correct the option that AWS names here."),
        ({"name": "nonsense"}, "AWS offers no default version of it for Kubernetes 1.34. Check the name"),
        ({"cluster": "none"}, "there is no such cluster. Create it first"),
    ],
)
def test_an_error_names_the_cure(run_module: RunModule, options: dict[str, Any], change: dict[str, Any], message: str) -> None:
    run_module(MODULE, options)
    result = run_module(MODULE, {**options, **change})
    assert result.failed
    assert result.msg.startswith("EKS add-on ")
    assert message in result.msg


def test_waits_for_an_add_on_that_takes_its_time(start_emulator: StartEmulator) -> None:
    slow = start_emulator(delays="fast")
    make_cluster(slow)
    options = {"cluster": "web", "name": "vpc-cni"}
    slow.client("eks").get_waiter("cluster_active").wait(name="web", WaiterConfig={"Delay": 1})
    assert run(MODULE, {**options, "wait": False}, slow.environment, check=False, diff=False)["addon"]["status"] == "CREATING"
    settled = run(MODULE, {**options, "configuration_values": {"a": 1}}, slow.environment, check=False, diff=False)
    assert settled["addon"]["status"] == "ACTIVE", settled
    assert settled["addon"]["configuration_values"] == {"a": 1}
    assert run(MODULE, {**options, "state": "absent"}, slow.environment, check=False, diff=False).changed
    assert slow.client("eks").list_addons(clusterName="web")["addons"] == []
