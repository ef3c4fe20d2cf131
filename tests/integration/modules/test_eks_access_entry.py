# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An access entry over its whole life."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.modules.eks_parts import make_cluster, make_role
from tests.integration.modules.running import RunModule

pytestmark = pytest.mark.integration

MODULE = "eks_access_entry"
POLICY = "arn:aws:eks::aws:cluster-access-policy/"


@pytest.fixture
def options(account: Any) -> dict[str, Any]:
    make_cluster(account)
    return {
        "cluster": "web",
        "principal_arn": make_role(account, "deploy", "ec2.amazonaws.com"),
        "kubernetes_groups": ["deployers", "viewers"],
        "access_policies": [
            {"policy_arn": "AmazonEKSClusterAdminPolicy"},
            {"policy_arn": f"{POLICY}AmazonEKSEditPolicy", "access_scope": {"type": "namespace", "namespaces": ["shop", "pay"]}},
        ],
        "tags": {"team": "platform"},
    }


def policies(account: Any, options: dict[str, Any]) -> dict[str, Any]:
    key = {"clusterName": "web", "principalArn": options["principal_arn"]}
    listed = account.client("eks").list_associated_access_policies(**key)["associatedAccessPolicies"]
    return {item["policyArn"].rpartition("/")[2]: item["accessScope"] for item in listed}


def entries(account: Any) -> list[str]:
    listed: list[str] = account.client("eks").list_access_entries(clusterName="web")["accessEntries"]
    return listed


def test_creates_and_then_changes_nothing(account: Any, run_module: RunModule, options: dict[str, Any]) -> None:
    planned = run_module(MODULE, options, check=True)
    assert planned.changed, planned
    assert entries(account) == []
    first = run_module(MODULE, options)
    assert first.changed, first
    entry = first["access_entry"]
    assert entry["access_policies"] == planned["access_entry"]["access_policies"]
    assert entry["access_entry_arn"].startswith("arn:aws:eks:")
    assert entry["tags"] == {"team": "platform"}
    assert policies(account, options)["AmazonEKSEditPolicy"] == {"type": "namespace", "namespaces": ["pay", "shop"]}
    again = run_module(
        MODULE, {**options, "kubernetes_groups": ["viewers", "deployers"], "access_policies": options["access_policies"][::-1]}
    )
    assert not again.changed, again
    assert not again.failed
    assert again["access_entry"] == entry


def test_changes_what_differs(account: Any, run_module: RunModule, options: dict[str, Any]) -> None:
    run_module(MODULE, options)
    wanted = {
        **options,
        "kubernetes_groups": [],
        "username": "deploy",
        "access_policies": [{"policy_arn": "AmazonEKSEditPolicy", "access_scope": {"type": "namespace", "namespaces": ["shop"]}}],
        "tags": {"tier": "1"},
    }
    planned = run_module(MODULE, wanted, check=True, diff=True)
    assert planned["diff"]["before"]["kubernetes_groups"] == ["deployers", "viewers"]
    assert len(policies(account, options)) == 2
    result = run_module(MODULE, wanted)
    assert result.changed, result
    modified = {"modified_at": None}
    assert {**result["access_entry"], **modified} == {**planned["access_entry"], **modified}
    assert policies(account, options) == {"AmazonEKSEditPolicy": {"type": "namespace", "namespaces": ["shop"]}}
    assert not run_module(MODULE, wanted).changed


def test_leaves_alone_what_is_not_set(account: Any, run_module: RunModule, options: dict[str, Any]) -> None:
    run_module(MODULE, options)
    key = {"cluster": "web", "principal_arn": options["principal_arn"]}
    assert not run_module(MODULE, key).changed
    added = run_module(MODULE, {**key, "access_policies": [{"policy_arn": "AmazonEKSViewPolicy"}], "purge_access_policies": False})
    assert added.changed
    assert len(policies(account, options)) == 3


def test_absent_and_absent_again(account: Any, run_module: RunModule, options: dict[str, Any]) -> None:
    run_module(MODULE, options)
    gone = {"cluster": "web", "principal_arn": options["principal_arn"], "state": "absent"}
    assert run_module(MODULE, gone, check=True).changed
    assert len(entries(account)) == 1
    assert run_module(MODULE, gone).changed
    assert entries(account) == []
    assert not run_module(MODULE, gone).changed
    assert not run_module(MODULE, {**gone, "cluster": "none"}).changed


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"type": "EC2_LINUX"}, "type cannot change from STANDARD to EC2_LINUX. Delete the entry"),
        ({"access_policies": [{"policy_arn": "Nonsense"}]}, "AssociateAccessPolicy failed. Correct the option that AWS names here."),
        ({"cluster": "none"}, "CreateAccessEntry failed. Create it first"),
        ({"access_policies": [{"policy_arn": "x", "access_scope": {"type": "namespace"}}]}, "namespaces"),
    ],
)
def test_an_error_names_the_cure(run_module: RunModule, options: dict[str, Any], change: dict[str, Any], message: str) -> None:
    run_module(MODULE, options)
    result = run_module(MODULE, {**options, **change})
    assert result.failed
    assert message in result.msg
