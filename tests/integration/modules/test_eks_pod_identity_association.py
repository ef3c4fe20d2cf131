# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A pod identity association over its whole life."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.modules.eks_parts import make_cluster, make_role
from tests.integration.modules.running import RunModule

pytestmark = pytest.mark.integration

MODULE = "eks_pod_identity_association"


@pytest.fixture
def options(account: Any) -> dict[str, Any]:
    make_cluster(account)
    return {
        "cluster": "web",
        "namespace": "shop",
        "service_account": "api",
        "role_arn": make_role(account, "api", "pods.eks.amazonaws.com"),
        "tags": {"team": "platform"},
    }


def associations(account: Any) -> list[Any]:
    listed: list[Any] = account.client("eks").list_pod_identity_associations(clusterName="web")["associations"]
    return listed


def test_creates_and_then_changes_nothing(account: Any, run_module: RunModule, options: dict[str, Any]) -> None:
    planned = run_module(MODULE, options, check=True)
    assert planned.changed, planned
    assert associations(account) == []
    first = run_module(MODULE, options)
    assert first.changed, first
    association = first["association"]
    assert planned["association"].items() <= association.items()
    assert association["association_id"] == associations(account)[0]["associationId"]
    again = run_module(MODULE, options)
    assert not again.changed, again
    assert not again.failed
    assert again["association"] == association


def test_changes_what_differs(account: Any, run_module: RunModule, options: dict[str, Any]) -> None:
    run_module(MODULE, options)
    other = make_role(account, "other", "pods.eks.amazonaws.com")
    wanted = {**options, "role_arn": other, "disable_session_tags": True, "tags": {"tier": "1"}}
    planned = run_module(MODULE, wanted, check=True, diff=True)
    assert planned["diff"]["before"] == {"role_arn": options["role_arn"], "disable_session_tags": False, "tags": {"team": "platform"}}
    result = run_module(MODULE, wanted)
    assert result.changed, result
    assert {**result["association"], "modified_at": None} == {**planned["association"], "modified_at": None}
    assert not run_module(MODULE, wanted).changed
    assert not run_module(MODULE, {key: wanted[key] for key in ("cluster", "namespace", "service_account", "role_arn")}).changed


def test_absent_and_absent_again(account: Any, run_module: RunModule, options: dict[str, Any]) -> None:
    run_module(MODULE, options)
    gone = {**options, "state": "absent"}
    assert run_module(MODULE, gone, check=True).changed
    assert len(associations(account)) == 1
    assert run_module(MODULE, gone).changed
    assert associations(account) == []
    assert not run_module(MODULE, gone).changed
    assert not run_module(MODULE, {**gone, "cluster": "none"}).changed


def test_an_error_names_the_cure(account: Any, run_module: RunModule, options: dict[str, Any]) -> None:
    untrusted = {**options, "role_arn": make_role(account, "untrusted", "ec2.amazonaws.com")}
    result = run_module(MODULE, untrusted)
    assert result.failed
    assert "EKS pod identity association web/shop/api: CreatePodIdentityAssociation failed. Correct the option" in result.msg


def test_an_add_ons_association_is_left_to_it(account: Any, run_module: RunModule, options: dict[str, Any]) -> None:
    pods = [{"serviceAccount": "ebs-csi-controller-sa", "roleArn": options["role_arn"]}]
    account.client("eks").create_addon(clusterName="web", addonName="aws-ebs-csi-driver", podIdentityAssociations=pods)
    key = {"cluster": "web", "namespace": "kube-system", "service_account": "ebs-csi-controller-sa"}
    result = run_module(MODULE, {**key, "state": "absent"})
    assert result.failed
    assert "Change pod_identity_associations of that add-on." in result.msg
