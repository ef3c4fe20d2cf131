# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whose a resource is that a controller may have made."""

from __future__ import annotations

import pytest
from ansible_collections.stratum.aws.plugins.module_utils import _eks_leftovers as pure

OWNED = {"kubernetes.io/cluster/web": "owned"}


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({"elbv2.k8s.aws/cluster": "web"}, True),
        ({"elbv2.k8s.aws/cluster": "web2"}, False),
        (OWNED, True),
        ({"kubernetes.io/cluster/web": "shared"}, False),
        ({"kubernetes.io/cluster/other": "owned"}, False),
        ({**OWNED, "aws:eks:cluster-name": "web"}, False),
        ({**OWNED, "stratum:layer": "security"}, False),
        ({}, False),
    ],
)
def test_made_by_controller(tags: dict[str, str], expected: bool) -> None:
    assert pure.made_by_controller(tags, "web") is expected


@pytest.mark.parametrize(
    ("tags", "in_own_vpc", "expected"),
    [
        ({"cluster.k8s.amazonaws.com/name": "web", "node.k8s.amazonaws.com/instance_id": "i-1"}, False, True),
        ({"cluster.k8s.amazonaws.com/name": "other", "node.k8s.amazonaws.com/instance_id": "i-1"}, True, False),
        ({"node.k8s.amazonaws.com/instance_id": "i-1"}, True, True),
        ({"node.k8s.amazonaws.com/instance_id": "i-1"}, False, False),
        ({}, True, False),
    ],
)
def test_left_interface(tags: dict[str, str], in_own_vpc: bool, expected: bool) -> None:
    assert pure.left_interface(tags, "web", in_own_vpc) is expected


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        (OWNED, True),
        ({"ebs.csi.aws.com/cluster": "true", "KubernetesCluster": "web"}, True),
        ({"KubernetesCluster": "web"}, False),
        ({"ebs.csi.aws.com/cluster": "true", "KubernetesCluster": "other"}, False),
    ],
)
def test_left_volume(tags: dict[str, str], expected: bool) -> None:
    assert pure.left_volume(tags, "web") is expected


def test_what_is_used_comes_after_what_uses_it_and_volumes_only_on_request() -> None:
    found = [{"kind": kind, "id": "x"} for kind in ("volume", "security_group", "target_group", "load_balancer")]
    assert [item["kind"] for item in pure.removable(found, volumes=False)] == ["load_balancer", "target_group", "security_group"]
    assert {item["kind"] for item in pure.removable(found, volumes=True)} == {item["kind"] for item in found}
    logs = [{"kind": "log_group", "id": "/aws/eks/web/cluster", "name": "/aws/eks/web/cluster", "arn": "", "tags": {}}]
    assert pure.removable(logs, volumes=True, log_group=False) == []
