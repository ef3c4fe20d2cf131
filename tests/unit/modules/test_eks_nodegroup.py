# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What differs between a node group and the options, and the request that makes it so."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.stratum.aws.plugins.module_utils._errors import ResourceError
from ansible_collections.stratum.aws.plugins.modules.eks_nodegroup import changes, config_request, document

TAINT = {"key": "gpu", "value": "", "effect": "NO_SCHEDULE"}
CURRENT: dict[str, Any] = {
    "role_arn": "arn:nodes",
    "subnet_ids": ["a", "b"],
    "instance_types": ["t3.medium"],
    "ami_type": "AL2023_x86_64_STANDARD",
    "capacity_type": "ON_DEMAND",
    "version": "1.30",
    "release_version": "1.30.1-1",
    "launch_template": {"id": "lt-1", "version": "1"},
    "scaling": {"min_size": 1, "max_size": 4, "desired_size": 3},
    "update_config": {"max_unavailable": 1},
    "labels": {"pool": "web"},
    "taints": [TAINT],
    "tags": {"x": "1"},
}
UNSET: dict[str, Any] = {
    **dict.fromkeys(CURRENT),
    "disk_size": None,
    "purge_tags": True,
}


def scaling(low: int, high: int, desired: int | None = None) -> dict[str, Any]:
    return {"scaling": {"min_size": low, "max_size": high, "desired_size": desired}}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        pytest.param({}, {}, id="nothing is set"),
        pytest.param({"subnet_ids": ["b", "a"], "instance_types": ["t3.medium"]}, {}, id="the same"),
        pytest.param(scaling(1, 4, 2), {}, id="the autoscaler's size stays"),
        pytest.param(scaling(1, 6, 2), scaling(1, 6, 3), id="a bound moves, the size stays"),
        pytest.param(scaling(1, 2, 1), scaling(1, 2, 2), id="the size is moved inside the bounds"),
        pytest.param(scaling(4, 8), scaling(4, 8, 4), id="up to the lower bound"),
        pytest.param({"version": "1.31"}, {"version": "1.31"}, id="upgrade"),
        pytest.param({"version": "1.30"}, {}, id="same version"),
        pytest.param(
            {"launch_template": {"id": "lt-1", "version": "2"}},
            {"launch_template": {"id": "lt-1", "version": "2"}},
            id="new template version",
        ),
        pytest.param(
            {"update_config": {"max_unavailable": None, "max_unavailable_percentage": 25}},
            {"update_config": {"max_unavailable_percentage": 25}},
            id="a percentage replaces the number",
        ),
        pytest.param({"update_config": {"max_unavailable": 1, "max_unavailable_percentage": None}}, {}, id="same number"),
        pytest.param({"labels": {"pool": "api"}}, {"labels": {"pool": "api"}}, id="a label's value"),
        pytest.param({"labels": {}}, {"labels": {}}, id="no label any more"),
        pytest.param({"taints": [dict(TAINT)]}, {}, id="same taints"),
        pytest.param({"taints": []}, {"taints": []}, id="no taint any more"),
        pytest.param({"tags": {"x": 1}}, {}, id="same tags"),
        pytest.param({"tags": {"y": "2"}}, {"tags": {"y": "2"}}, id="other tags"),
    ],
)
def test_only_what_is_set_and_differs_changes(options: dict[str, Any], expected: dict[str, Any]) -> None:
    assert changes(CURRENT, {**UNSET, **options}) == expected


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"instance_types": ["t3.large"]}, "instance_types is .*another name"),
        ({"subnet_ids": ["a"]}, "subnet_ids is .*another name"),
        ({"disk_size": 50}, "disk_size is None and cannot become 50"),
        ({"version": "1.29"}, "cannot go back to 1.29"),
        ({"launch_template": {"id": "lt-2", "version": "1"}}, "launch template cannot become another one"),
    ],
)
def test_what_is_for_life_is_refused_with_a_cure(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ResourceError, match=message):
        changes(CURRENT, {**UNSET, **options})


def test_one_request_holds_all_of_the_configuration() -> None:
    other = {"key": "spot", "value": "yes", "effect": "NO_EXECUTE"}
    request = config_request(
        {"labels": {"a": "1", "b": "2"}, "taints": [TAINT]},
        {
            "scaling": {"min_size": 1, "max_size": 5, "desired_size": 2},
            "update_config": {"max_unavailable_percentage": 25},
            "labels": {"a": "1", "c": "3"},
            "taints": [other],
        },
    )
    assert request == {
        "scalingConfig": {"minSize": 1, "maxSize": 5, "desiredSize": 2},
        "updateConfig": {"maxUnavailablePercentage": 25},
        "labels": {"addOrUpdateLabels": {"c": "3"}, "removeLabels": ["b"]},
        "taints": {"addOrUpdateTaints": [other], "removeTaints": [TAINT]},
    }


def test_a_taint_with_another_value_is_updated_in_place() -> None:
    new = {**TAINT, "value": "yes"}
    assert config_request({"taints": [TAINT]}, {"taints": [new]}) == {"taints": {"addOrUpdateTaints": [new]}}


def test_other_changes_need_no_configuration_request() -> None:
    assert config_request(CURRENT, {"version": "1.31", "tags": {}}) == {}


def test_the_document_leaves_out_what_aws_does_not_say() -> None:
    shown = document(
        {
            "nodegroupArn": "arn",
            "nodegroupName": "web",
            "clusterName": "main",
            "status": "ACTIVE",
            "nodeRole": "arn:nodes",
            "subnets": ["b", "a"],
            "scalingConfig": {"minSize": 1, "maxSize": 2, "desiredSize": 1},
            "updateConfig": {"maxUnavailable": 1, "updateStrategy": "DEFAULT"},
            "taints": [{"key": "gpu", "effect": "NO_SCHEDULE"}],
        }
    )
    assert "launch_template" not in shown
    assert shown["subnet_ids"] == ["a", "b"]
    assert shown["update_config"] == {"max_unavailable": 1}
    assert shown["taints"] == [TAINT]
