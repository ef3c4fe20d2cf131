# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the writes of ECS, Cloud Map and Application Auto Scaling change: rows of the table of writes. Pure."""

from __future__ import annotations

from typing import Any, Final

from ansible_collections.stratum.aws.plugins.plugin_utils.changes._current_rows import Fields, Part, Row

_CLUSTER: Final[dict[str, Any]] = {
    "read": "DescribeClusters",
    "ask": {"clusters": "[cluster]", "include": "['SETTINGS']"},
    "current": "clusters[0]",
    "apart": frozenset({"cluster"}),
}
_SCALED: Final = ("ServiceNamespace", "ResourceId", "ScalableDimension")
_CONTAINER: Final[dict[str, Any]] = {
    "cpu": 0,
    "essential": True,
    "environment": [],
    "mountPoints": [],
    "portMappings": [],
    "protocol": "tcp",
    "hostPort": ...,
    "secrets": [],
    "systemControls": [],
    "volumesFrom": [],
    "interval": 30,
    "timeout": 5,
    "retries": 3,
}
"""What ECS fills in where a container definition says nothing."""

ROWS: Final[dict[str, Row]] = {
    "application-autoscaling:PutScalingPolicy": Fields(
        read="DescribeScalingPolicies",
        ask={"PolicyNames": "[PolicyName]", **{key: key for key in _SCALED}},
        current="ScalingPolicies[0]",
        apart=frozenset({"PolicyName", *_SCALED}),
    ),
    "application-autoscaling:RegisterScalableTarget": Fields(
        read="DescribeScalableTargets",
        ask={"ServiceNamespace": "ServiceNamespace", "ResourceIds": "[ResourceId]", "ScalableDimension": "ScalableDimension"},
        current="ScalableTargets[0]",
        apart=frozenset({*_SCALED, "Tags"}),
    ),
    "ecs:PutClusterCapacityProviders": Fields(**_CLUSTER),
    "ecs:RegisterTaskDefinition": Fields(
        read="DescribeTaskDefinition",
        ask={"taskDefinition": "family"},
        current="taskDefinition",
        apart=frozenset({"family", "tags"}),
        defaults=_CONTAINER,
    ),
    "ecs:UpdateClusterSettings": Fields(**_CLUSTER),
    "ecs:UpdateService": Fields(
        read="DescribeServices",
        ask={"cluster": "cluster", "services": "[service]"},
        current="services[0]",
        # The latter stand in deployments, and our modules do not set them.
        apart=frozenset({"cluster", "service", "forceNewDeployment"})
        | {"gatewayConnectors", "monitoring", "serviceConnectConfiguration", "volumeConfigurations", "vpcLatticeConfigurations"},
    ),
    "servicediscovery:UpdatePrivateDnsNamespace": Part(
        name="", read="GetNamespace", ask={"Id": "Id"}, current="Namespace", new="Namespace", whole=False
    ),
    "servicediscovery:UpdateService": Part(name="", read="GetService", ask={"Id": "Id"}, current="Service", new="Service", whole=False),
}
