# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How clusters, services and task definitions of ECS are removed, what scales them, and the names by which they are found."""

from __future__ import annotations

from typing import Final

from ansible_collections.stratum.aws.plugins.plugin_utils.belongings._arns import Arn
from ansible_collections.stratum.aws.plugins.plugin_utils.belongings._removing import REMOVED, Hands, Refused, Remover, simple


def _service(hands: Hands, arn: Arn) -> str:
    ecs = hands.client("ecs")
    named = {"cluster": arn.id.partition("/")[0], "service": arn.text}
    asked = {"cluster": named["cluster"], "services": [arn.text]}
    if any(each["status"] == "ACTIVE" for each in ecs.describe_services(**asked)["services"]):
        ecs.delete_service(**named, force=True)
    hands.until_gone(
        arn.kind, arn.name, lambda: [each for each in ecs.describe_services(**asked)["services"] if each["status"] != "INACTIVE"]
    )
    return REMOVED


def _definition(hands: Hands, arn: Arn) -> str:
    ecs = hands.client("ecs")
    if ecs.describe_task_definition(taskDefinition=arn.text)["taskDefinition"]["status"] == "ACTIVE":
        ecs.deregister_task_definition(taskDefinition=arn.text)
    ecs.delete_task_definitions(taskDefinitions=[arn.text])
    return REMOVED


def _target(hands: Hands, arn: Arn) -> str:
    scaling = hands.client("application-autoscaling")
    # Its ARN does not say what is scaled.
    for page in scaling.get_paginator("describe_scalable_targets").paginate(ServiceNamespace="ecs"):
        for each in page["ScalableTargets"]:
            if each.get("ScalableTargetARN") == arn.text:
                keys = ("ServiceNamespace", "ResourceId", "ScalableDimension")
                scaling.deregister_scalable_target(**{key: each[key] for key in keys})
                return REMOVED
    return "already gone"


def _name(hands: Hands, arn: Arn) -> str:
    discovery = hands.client("servicediscovery")
    if instances := discovery.list_instances(ServiceId=arn.id)["Instances"]:
        raise Refused(f"the service {arn.id} of Cloud Map has instances, such as {instances[0]['Id']}. Remove what registers them first")
    discovery.delete_service(Id=arn.id)
    return REMOVED


def _namespace(hands: Hands, arn: Arn) -> str:
    discovery = hands.client("servicediscovery")
    discovery.delete_namespace(Id=arn.id)
    hands.until_gone(arn.kind, arn.id, lambda: discovery.get_namespace(Id=arn.id))
    return REMOVED


REMOVERS: Final[dict[str, Remover]] = {
    "application-autoscaling:scalable-target": _target,
    "ecs:cluster": simple("ecs", "delete_cluster", lambda arn: {"cluster": arn.text}),
    "ecs:service": _service,
    "ecs:task-definition": _definition,
    "servicediscovery:namespace": _namespace,
    "servicediscovery:service": _name,
}
