# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What differs of clusters, of names of Cloud Map, and of what scales."""

from __future__ import annotations

from typing import Any

from ansible_collections.stratum.aws.plugins.module_utils import _cloud_map
from ansible_collections.stratum.aws.plugins.modules import (
    application_autoscaling_policy,
    application_autoscaling_target,
    ecs_cluster,
    servicediscovery_service,
)

CLUSTER: dict[str, Any] = {
    "container_insights": "enabled",
    "capacity_providers": ["FARGATE", "FARGATE_SPOT"],
    "default_capacity_provider_strategy": [],
}


def test_the_order_of_capacity_providers_does_not_matter() -> None:
    assert ecs_cluster.cluster_changes(CLUSTER, {**CLUSTER, "capacity_providers": ["FARGATE_SPOT", "FARGATE"]}) == {}
    assert ecs_cluster.cluster_changes(CLUSTER, dict.fromkeys(CLUSTER)) == {}
    assert ecs_cluster.cluster_changes(CLUSTER, {**CLUSTER, "container_insights": "enhanced"}) == {"container_insights": "enhanced"}


def test_limits_of_a_target() -> None:
    current = {"min_capacity": 2, "max_capacity": 10}
    assert application_autoscaling_target.target_changes(current, current) == {}
    assert application_autoscaling_target.target_changes(current, {"min_capacity": 2, "max_capacity": 5}) == {"max_capacity": 5}


def test_a_policy_is_put_as_a_whole() -> None:
    settings = {"metric": "ECSServiceAverageCPUUtilization", "resource_label": None, "target_value": 70.0, "scale_in_cooldown": 300}
    current = {**settings, "scale_out_cooldown": 60, "disable_scale_in": False}
    wanted = {**dict.fromkeys(application_autoscaling_policy.SETTINGS), "target_value": 50.0}
    changes = application_autoscaling_policy.policy_changes(current, wanted)
    assert changes == {"target_value": 50.0}
    assert application_autoscaling_policy.configuration({**current, **changes}) == {
        "PredefinedMetricSpecification": {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"},
        "TargetValue": 50.0,
        "ScaleInCooldown": 300,
        "ScaleOutCooldown": 60,
        "DisableScaleIn": False,
    }


def test_a_name_without_dns() -> None:
    described = {"Arn": "arn:srv", "Id": "srv-1", "Name": "api", "NamespaceId": "ns-1"}
    document = _cloud_map.discovery_service(described, {})
    assert document["dns_records"] == []
    assert document["custom_health_check"] is False
    wanted = {"description": None, "dns_records": [{"type": "A", "ttl": 10}], "routing_policy": "MULTIVALUE", "custom_health_check": False}
    assert servicediscovery_service.service_changes(document, wanted) == {"dns_records": [{"type": "A", "ttl": 10}]}
