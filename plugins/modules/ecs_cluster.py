#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make a cluster of ECS be as its user says."""

from __future__ import annotations

DOCUMENTATION = r"""
module: ecs_cluster
version_added: 0.5.0
short_description: Make a cluster of ECS
description:
  - Creates, changes and deletes a cluster of the Elastic Container Service (ECS), with its capacity providers and Container Insights.
options:
  name:
    description: The name.
    type: str
    required: true
  container_insights:
    description: Which metrics of containers CloudWatch collects.
    type: str
    choices: [enabled, enhanced, disabled]
  capacity_providers:
    description: The capacity providers that services of the cluster may name. Others are taken away.
    type: list
    elements: str
  default_capacity_provider_strategy:
    description: Which of them tasks run on that name neither a launch type nor a provider.
    type: list
    elements: dict
    suboptions:
      capacity_provider:
        description: The capacity provider.
        type: str
        required: true
      weight:
        description: The share of the tasks beyond O(default_capacity_provider_strategy[].base).
        type: int
        default: 1
      base:
        description: How many tasks run there before the weights count.
        type: int
        default: 0
  state:
    description: Whether there is such a cluster. One with services is not deleted.
    type: str
    choices: [present, absent]
    default: present
notes:
  - M(community.aws.ecs_cluster) knows neither tags nor the settings of a cluster.
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.tags
  - amazon.aws.boto3
  - stratum.aws.attributes
seealso:
  - module: stratum.aws.ecs_service
  - module: stratum.aws.ecs_task_definition
author:
  - stratum.aws contributors (@stratum-aws)
"""

EXAMPLES = r"""
- name: Make the cluster
  stratum.aws.ecs_cluster:
    name: shop
    container_insights: enabled
    capacity_providers: [FARGATE, FARGATE_SPOT]

- name: Delete the cluster
  stratum.aws.ecs_cluster:
    name: shop
    state: absent
"""

RETURN = r"""
cluster:
  description: The cluster, or V(null) when O(state=absent).
  returned: success
  type: dict
  contains:
    arn:
      description: The ARN.
      returned: when the cluster exists
      type: str
      sample: arn:aws:ecs:us-east-1:123456789012:cluster/shop
    name:
      description: The name.
      returned: always
      type: str
      sample: shop
    status:
      description: The status.
      returned: when the cluster exists
      type: str
      sample: ACTIVE
    container_insights:
      description: Which metrics of containers CloudWatch collects.
      returned: when it is known
      type: str
      sample: enabled
    capacity_providers:
      description: The capacity providers.
      returned: when they are known
      type: list
      elements: str
      sample: [FARGATE, FARGATE_SPOT]
    default_capacity_provider_strategy:
      description: Where tasks run that say nothing.
      returned: when it is known
      type: list
      elements: dict
      sample: [{"capacity_provider": FARGATE, "weight": 1, "base": 0}]
    tags:
      description: The tags.
      returned: always
      type: dict
      sample: {"Project": shop}
"""

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.amazon.aws.plugins.module_utils.tagging import ansible_dict_to_boto3_tag_list, boto3_tag_list_to_ansible_dict
from ansible_collections.stratum.aws.plugins.module_utils._base import STATE, TAGS, AwsResource, Document
from ansible_collections.stratum.aws.plugins.module_utils._compare import differing, given
from ansible_collections.stratum.aws.plugins.module_utils._tags import retag, tag_changes, text_tags
from ansible_collections.stratum.aws.plugins.module_utils._waiters import status_waiter

PROVISIONED: Final = status_waiter("DescribeClusters", "clusters[0].status", ["ACTIVE"], ["FAILED"], 5)
ATTACHED: Final = status_waiter(
    "DescribeClusters", "clusters[0].attachmentsStatus || 'UPDATE_COMPLETE'", ["UPDATE_COMPLETE"], ["UPDATE_FAILED"], 5
)


def cluster_changes(current: Mapping[str, Any], wanted: Mapping[str, Any]) -> Document:
    """Return what differs between a cluster and the options."""
    keys = ("container_insights", "capacity_providers", "default_capacity_provider_strategy")
    return differing(current, {key: wanted[key] for key in keys}, unordered=("capacity_providers", "default_capacity_provider_strategy"))


def _listed(tags: Mapping[str, str]) -> list[dict[str, str]]:
    listed: list[dict[str, str]] = ansible_dict_to_boto3_tag_list(tags, tag_name_key_name="key", tag_value_key_name="value")
    return listed


def _settings(insights: str | None) -> list[dict[str, str]] | None:
    return None if insights is None else [{"name": "containerInsights", "value": insights}]


def _strategy(items: list[Document] | None) -> list[Document] | None:
    if items is None:
        return None
    return [{"capacityProvider": item["capacity_provider"], "weight": item["weight"], "base": item["base"]} for item in items]


class Cluster(AwsResource):
    """A cluster, known by its name."""

    service = "ecs"
    kind = "ECS cluster"
    returns = "cluster"
    missing = ("ClusterNotFoundException",)
    cures: ClassVar[Mapping[str, str]] = {
        "ClusterContainsServicesException": "Delete its services first.",
        "ClusterContainsTasksException": "Stop its tasks first, and wait until they have ended.",
        "InvalidParameterException": "Check the name and the capacity providers.",
        "ResourceInUseException": "A service still uses a capacity provider that is to go. Change that service first.",
    }

    @property
    def identity(self) -> str:
        return str(self.params["name"])

    def _describe(self) -> Document | None:
        found = self.call("describe_clusters", clusters=[self.identity], include=["SETTINGS", "TAGS"])["clusters"]
        # What was deleted is INACTIVE for a while, and its name is free.
        live = [cluster for cluster in found if cluster["status"] != "INACTIVE"]
        if not live:
            return None
        cluster = live[0]
        settings = {item["name"]: item["value"] for item in cluster.get("settings") or []}
        return {
            "arn": cluster["clusterArn"],
            "name": cluster["clusterName"],
            "status": cluster["status"],
            "container_insights": settings.get("containerInsights", "disabled"),
            "capacity_providers": cluster.get("capacityProviders") or [],
            "default_capacity_provider_strategy": [
                {"capacity_provider": item["capacityProvider"], "weight": item.get("weight", 0), "base": item.get("base", 0)}
                for item in cluster.get("defaultCapacityProviderStrategy") or []
            ],
            "tags": boto3_tag_list_to_ansible_dict(cluster.get("tags") or []),
        }

    def _changes(self, current: Document) -> Document:
        tags = tag_changes(current["tags"], self.params["tags"], self.params["purge_tags"])
        return {**cluster_changes(current, self.params), **tags}

    def _predict(self) -> Document:
        keys = ("name", "container_insights", "capacity_providers", "default_capacity_provider_strategy")
        return {**given({key: self.params[key] for key in keys}), "tags": text_tags(self.params["tags"]) or {}}

    def _create(self) -> None:
        # The first cluster of an account makes ECS's service-linked role, which takes a moment to be known.
        self.call_patiently(
            "service linked role",
            "create_cluster",
            clusterName=self.identity,
            settings=_settings(self.params["container_insights"]),
            capacityProviders=self.params["capacity_providers"],
            defaultCapacityProviderStrategy=_strategy(self.params["default_capacity_provider_strategy"]),
            tags=_listed(text_tags(self.params["tags"]) or {}) or None,
        )
        self.wait(PROVISIONED, clusters=[self.identity])

    def _update(self, current: Document, changes: Document) -> None:
        if "container_insights" in changes:
            self.call("update_cluster_settings", cluster=self.identity, settings=_settings(changes["container_insights"]))
        if {"capacity_providers", "default_capacity_provider_strategy"} & changes.keys():
            after = {**current, **changes}
            self.call(
                "put_cluster_capacity_providers",
                cluster=self.identity,
                capacityProviders=after["capacity_providers"],
                defaultCapacityProviderStrategy=_strategy(after["default_capacity_provider_strategy"]),
            )
            self.wait(ATTACHED, clusters=[self.identity], include=["ATTACHMENTS"])
        retag(
            current["tags"],
            changes.get("tags"),
            lambda tags: self.call("tag_resource", resourceArn=current["arn"], tags=_listed(tags)),
            lambda keys: self.call("untag_resource", resourceArn=current["arn"], tagKeys=keys),
        )

    def _delete(self, current: Document) -> None:
        self.find("delete_cluster", cluster=self.identity)


def main() -> None:
    """Run the module."""
    strategy = {
        "capacity_provider": {"required": True},
        "weight": {"type": "int", "default": 1},
        "base": {"type": "int", "default": 0},
    }
    spec: dict[str, dict[str, Any]] = {
        "name": {"required": True},
        "container_insights": {"choices": ["enabled", "enhanced", "disabled"]},
        "capacity_providers": {"type": "list", "elements": "str"},
        "default_capacity_provider_strategy": {"type": "list", "elements": "dict", "options": strategy},
        "state": STATE,
        **TAGS,
    }
    Cluster(AnsibleAWSModule(argument_spec=spec, supports_check_mode=True)).run()


if __name__ == "__main__":
    main()
