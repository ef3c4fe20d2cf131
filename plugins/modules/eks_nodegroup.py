#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make a managed node group of an EKS cluster be as its user says."""

from __future__ import annotations

DOCUMENTATION = r"""
module: eks_nodegroup
version_added: 0.1.0
short_description: Manage a managed node group of an EKS cluster
description:
  - Creates, updates and deletes a managed node group.
  - Role, subnets, instance types, image type, capacity type and disk of a node group are for life; the module fails when they differ.
options:
  cluster_name:
    description: The cluster's name.
    type: str
    required: true
    aliases: [cluster]
  name:
    description: The node group's name.
    type: str
    required: true
  role_arn:
    description:
      - The ARN of the role of the nodes.
      - Required to create a node group.
    type: str
    aliases: [node_role]
  subnet_ids:
    description:
      - The subnets that the nodes stand in, in whatever order.
      - Required to create a node group.
    type: list
    elements: str
    aliases: [subnets]
  scaling:
    description: How many nodes there are.
    type: dict
    suboptions:
      min_size:
        description: The least number of nodes.
        type: int
        required: true
      max_size:
        description: The greatest number of nodes.
        type: int
        required: true
      desired_size:
        description:
          - The number of nodes to begin with; O(scaling.min_size) if not set.
          - It is never changed afterwards, because an autoscaler changes it; only a number outside of the bounds is moved inside.
        type: int
  instance_types:
    description: The instance types that the nodes may have, the preferred one first. Not with a launch template that names one.
    type: list
    elements: str
  ami_type:
    description: The image that EKS chooses, such as V(AL2023_x86_64_STANDARD). Not with a launch template that names an image.
    type: str
  capacity_type:
    description: How the instances are bought.
    type: str
    choices: [ON_DEMAND, SPOT, CAPACITY_BLOCK]
  disk_size:
    description: The size of the root volume in GiB. Not with O(launch_template).
    type: int
  version:
    description:
      - The Kubernetes version of the nodes; the cluster's if not set when the group is created.
      - A newer one than the group has replaces the nodes one after another. An older one is an error.
    type: str
  release_version:
    description: The release of the image. If not set, the newest one when the nodes are made, and left alone afterwards.
    type: str
  launch_template:
    description: The launch template that the nodes are made from. Another version of it replaces the nodes one after another.
    type: dict
    suboptions:
      id:
        description: The template's ID.
        type: str
        required: true
      version:
        description: The number of the template's version.
        type: str
        required: true
  update_config:
    description: How many nodes may be missing while they are replaced, either as a number or as a percentage.
    type: dict
    suboptions:
      max_unavailable:
        description: The number of nodes.
        type: int
      max_unavailable_percentage:
        description: The percentage of the nodes.
        type: int
  labels:
    description: The Kubernetes labels of the nodes, all of them.
    type: dict
  taints:
    description: The Kubernetes taints of the nodes, all of them.
    type: list
    elements: dict
    suboptions:
      key:
        description: The taint's key.
        type: str
        required: true
      value:
        description: The taint's value.
        type: str
        default: ''
      effect:
        description: What happens to pods that do not tolerate it.
        type: str
        required: true
        choices: [NO_SCHEDULE, NO_EXECUTE, PREFER_NO_SCHEDULE]
  state:
    description: Whether the node group exists.
    type: str
    choices: [present, absent]
    default: present
  wait:
    description: Whether to wait until the node group can be used, or is gone.
    type: bool
    default: true
  wait_timeout:
    description: How long to wait, in seconds.
    type: int
    default: 3600
notes:
  - M(community.aws.eks_nodegroup) sets the desired size back that an autoscaler chose, cannot change tags and taints,
    does not see a changed label value, and knows neither version, Amazon Linux 2023 nor instance types beside a launch template.
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.tags
  - amazon.aws.boto3
  - stratum.aws.attributes
seealso:
  - module: stratum.aws.eks_cluster
  - module: amazon.aws.ec2_launch_template
author:
  - stratum.aws contributors (@stratum-aws)
"""

EXAMPLES = r"""
- name: Create a node group whose size an autoscaler chooses
  stratum.aws.eks_nodegroup:
    cluster_name: web
    name: web-nodes
    role_arn: arn:aws:iam::123456789012:role/web-nodes
    subnet_ids: "{{ network_private_subnet_ids }}"
    instance_types: [t3.medium]
    scaling:
      min_size: 1
      desired_size: 2
      max_size: 4
    launch_template:
      id: "{{ template.template.launch_template_id }}"
      version: "{{ template.latest_version }}"

- name: Remove it
  stratum.aws.eks_nodegroup: {cluster_name: web, name: web-nodes, state: absent}
"""

RETURN = r"""
nodegroup:
  description: The node group, or V(null) when O(state=absent).
  returned: success
  type: dict
  contains:
    arn:
      description: The node group's ARN.
      returned: when the node group exists
      type: str
      sample: arn:aws:eks:ca-central-1:123456789012:nodegroup/web/web-nodes/0ec8f2d4-7d0b-4f3a-9f5c-0e2d1c3b4a59
    version:
      description: The Kubernetes version of the nodes.
      returned: when the node group exists
      type: str
      sample: "1.33"
    scaling:
      description: The bounds and the present number of nodes.
      returned: when the node group exists
      type: dict
      sample: {"min_size": 1, "max_size": 4, "desired_size": 2}
    auto_scaling_groups:
      description: The names of the Auto Scaling groups that the nodes belong to.
      returned: when the node group exists
      type: list
      elements: str
      sample: [eks-web-nodes-0ec8f2d4-7d0b-4f3a-9f5c-0e2d1c3b4a59]
    tags:
      description: The tags.
      returned: always
      type: dict
      sample: {"stratum:stack": web}
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.stratum.aws.plugins.module_utils._base import STATE, TAGS, AwsResource, Document, wait_options
from ansible_collections.stratum.aws.plugins.module_utils._compare import differing, given, same_items
from ansible_collections.stratum.aws.plugins.module_utils._errors import ResourceError
from ansible_collections.stratum.aws.plugins.module_utils._tags import retag, tag_changes, text_tags
from ansible_collections.stratum.aws.plugins.module_utils._waiters import gone_waiter, status_waiter

ACTIVE = status_waiter("DescribeNodegroup", "nodegroup.status", ["ACTIVE", "DEGRADED"], ["CREATE_FAILED", "DELETE_FAILED", "DELETING"])
CREATED = status_waiter("DescribeNodegroup", "nodegroup.status", ["ACTIVE"], ["CREATE_FAILED", "DEGRADED", "DELETING"])
UPDATED = status_waiter("DescribeUpdate", "update.status", ["Successful"], ["Failed", "Cancelled"])
GONE = gone_waiter("DescribeNodegroup", "nodegroup.status", ["ResourceNotFoundException"], ["DELETE_FAILED"])

FOR_LIFE = ("role_arn", "subnet_ids", "instance_types", "ami_type", "capacity_type", "disk_size")
SIZES = ("min_size", "max_size", "desired_size")
ROLLING = ("version", "release_version", "launch_template")
"""What is changed by replacing the nodes."""


def document(nodegroup: Mapping[str, Any]) -> Document:
    """Return a node group of the API as the module shows it."""
    template = nodegroup.get("launchTemplate")
    update = nodegroup.get("updateConfig", {})
    return given(
        {
            "arn": nodegroup["nodegroupArn"],
            "name": nodegroup["nodegroupName"],
            "cluster_name": nodegroup["clusterName"],
            "status": nodegroup["status"],
            "version": nodegroup.get("version"),
            "release_version": nodegroup.get("releaseVersion"),
            "role_arn": nodegroup["nodeRole"],
            "subnet_ids": sorted(nodegroup["subnets"]),
            "instance_types": nodegroup.get("instanceTypes"),
            "ami_type": nodegroup.get("amiType"),
            "capacity_type": nodegroup.get("capacityType"),
            "disk_size": nodegroup.get("diskSize"),
            "scaling": {key: nodegroup["scalingConfig"][_camel(key)] for key in SIZES},
            "update_config": given({key: update.get(_camel(key)) for key in ("max_unavailable", "max_unavailable_percentage")}),
            "launch_template": template and {"id": template["id"], "version": str(template["version"])},
            "labels": nodegroup.get("labels", {}),
            "taints": [{"key": "", "value": "", **taint} for taint in nodegroup.get("taints", [])],
            "auto_scaling_groups": [group["name"] for group in nodegroup.get("resources", {}).get("autoScalingGroups", [])],
            "tags": nodegroup.get("tags", {}),
        }
    )


def scaling_changes(current: Mapping[str, int], wanted: Mapping[str, Any] | None) -> Document:
    """Return the whole new scaling if a bound differs; the autoscaler's number stays if the bounds allow it."""
    if wanted is None:
        return {}
    low, high = wanted["min_size"], wanted["max_size"]
    scaling = {"min_size": low, "max_size": high, "desired_size": min(max(current["desired_size"], low), high)}
    return {} if scaling == dict(current) else {"scaling": scaling}


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split("."))


def changes(current: Mapping[str, Any], options: Mapping[str, Any]) -> Document:
    """Return what differs between a node group and the options.

    Raises ResourceError for what cannot be changed.
    """
    fixed = differing(current, {key: options[key] for key in FOR_LIFE}, unordered=("subnet_ids",))
    if fixed:
        key = next(iter(fixed))
        raise ResourceError(
            f"{key} is {current.get(key)} and cannot become {options[key]}. Create a node group with another name, then remove this one."
        )
    version = options["version"]
    runs = current.get("version", "0")
    if version and _version(version) < _version(runs):
        raise ResourceError(f"its nodes run {runs} and cannot go back to {version}. Set version to {runs} or newer.")
    template = options["launch_template"]
    if template and template["id"] != (current.get("launch_template") or {}).get("id"):
        raise ResourceError("its launch template cannot become another one. Create a node group with another name, then remove this one.")
    found = differing(current, {key: options[key] for key in (*ROLLING, "update_config")})
    if "update_config" in found:
        # A number and a percentage exclude each other.
        found["update_config"] = given(options["update_config"])
    labels = text_tags(options["labels"])
    if labels is not None and labels != current["labels"]:
        found["labels"] = labels
    if options["taints"] is not None and not same_items(current["taints"], options["taints"]):
        found["taints"] = options["taints"]
    return {
        **found,
        **scaling_changes(current["scaling"], options["scaling"]),
        **tag_changes(current["tags"], options["tags"], options["purge_tags"]),
    }


def config_request(current: Mapping[str, Any], changes: Mapping[str, Any]) -> Document:
    """Return the parameters of UpdateNodegroupConfig, none if nothing of it changes."""
    request: Document = {}
    if "scaling" in changes:
        request["scalingConfig"] = _request(changes["scaling"])
    if "update_config" in changes:
        request["updateConfig"] = _request(changes["update_config"])
    if "labels" in changes:
        labels, old = changes["labels"], current["labels"]
        request["labels"] = _filled(
            addOrUpdateLabels={key: value for key, value in labels.items() if old.get(key) != value},
            removeLabels=sorted(old.keys() - labels.keys()),
        )
    if "taints" in changes:
        taints, old = changes["taints"], current["taints"]
        keys = {(taint["key"], taint["effect"]) for taint in taints}
        request["taints"] = _filled(
            addOrUpdateTaints=[taint for taint in taints if taint not in old],
            removeTaints=[taint for taint in old if (taint["key"], taint["effect"]) not in keys],
        )
    return request


def _filled(**lists: Any) -> Document:
    return {key: value for key, value in lists.items() if value}


def _camel(key: str) -> str:
    first, *others = key.split("_")
    return first + "".join(other.title() for other in others)


def _request(options: Mapping[str, Any] | None) -> Document | None:
    return None if options is None else {_camel(key): value for key, value in given(options).items()}


class Nodegroup(AwsResource):
    """A managed node group, found by the names of its cluster and its own."""

    service = "eks"
    kind = "EKS node group"
    returns = "nodegroup"
    cures: ClassVar[dict[str, str]] = {
        "ResourceInUseException": "Somebody else changes it at this moment: run again later.",
        "InvalidParameterException": "Mend the option that EKS names.",
        "ResourceNotFoundException": "Create the cluster first, and check cluster_name.",
        "InvalidRequestException": "Wait until the cluster is ACTIVE.",
    }

    @property
    def identity(self) -> str:
        return f"{self.params['name']} of {self.params['cluster_name']}"

    @property
    def _key(self) -> Document:
        return {"clusterName": self.params["cluster_name"], "nodegroupName": self.params["name"]}

    def _describe(self) -> Document | None:
        answer = self.find("describe_nodegroup", **self._key)
        return None if answer is None else document(answer["nodegroup"])

    def _leaving(self, current: Document) -> bool:
        return bool(current["status"] == "DELETING")

    def _await_deletion(self, current: Document) -> None:
        self.wait(GONE, **self._key)

    def _settle(self, current: Document) -> Document:
        if current["status"] not in ("CREATING", "UPDATING"):
            return current
        self.wait(ACTIVE, **self._key)
        return self._describe() or current

    def _changes(self, current: Document) -> Document:
        return changes(current, self.params)

    def _predict(self) -> Document:
        scaling = self.params["scaling"]
        if scaling:
            scaling = {**scaling, "desired_size": self._initial(scaling)}
        return {**super()._predict(), **given({"scaling": scaling}), "tags": text_tags(self.params["tags"]) or {}}

    @staticmethod
    def _initial(scaling: Mapping[str, Any]) -> int:
        desired = scaling["desired_size"]
        return int(scaling["min_size"] if desired is None else desired)

    def _create(self) -> None:
        options = self.params
        missing = [key for key in ("role_arn", "subnet_ids") if not options[key]]
        if missing:
            self.fail(f"it does not exist, and to create it more must be known. Set {' and '.join(missing)}.")
        scaling = options["scaling"]
        # A role that was made a moment ago is not yet known everywhere.
        self.call_patiently(
            "role",
            "create_nodegroup",
            **self._key,
            nodeRole=options["role_arn"],
            subnets=options["subnet_ids"],
            scalingConfig=_request(scaling and {**scaling, "desired_size": self._initial(scaling)}),
            instanceTypes=options["instance_types"],
            amiType=options["ami_type"],
            capacityType=options["capacity_type"],
            diskSize=options["disk_size"],
            version=options["version"],
            releaseVersion=options["release_version"],
            launchTemplate=options["launch_template"],
            updateConfig=_request(options["update_config"]),
            labels=text_tags(options["labels"]),
            taints=options["taints"] or None,
            tags=text_tags(options["tags"]) or None,
        )
        self.wait(CREATED, **self._key)

    def _update(self, current: Document, changes: Document) -> None:
        retag(
            current["tags"],
            changes.get("tags", current["tags"]),
            lambda tags: self.call("tag_resource", resourceArn=current["arn"], tags=tags),
            lambda keys: self.call("untag_resource", resourceArn=current["arn"], tagKeys=keys),
        )
        config = config_request(current, changes)
        if config:
            # EKS makes one update at a time, so this one is waited for before the next begins.
            self._await_update(self.call("update_nodegroup_config", **self._key, **config))
        if changes.keys() & set(ROLLING):
            self._await_update(
                self.call(
                    "update_nodegroup_version",
                    **self._key,
                    version=changes.get("version"),
                    releaseVersion=changes.get("release_version"),
                    launchTemplate=changes.get("launch_template"),
                )
            )

    def _await_update(self, answer: Document) -> None:
        self.wait(UPDATED, name=self.params["cluster_name"], nodegroupName=self.params["name"], updateId=answer["update"]["id"])

    def _delete(self, current: Document) -> None:
        if self.find("delete_nodegroup", **self._key) is not None:
            self.wait(GONE, **self._key)


def main() -> None:
    """Run the module."""
    texts = {name: {"type": "str"} for name in ("ami_type", "version", "release_version")}
    argument_spec = {
        "cluster_name": {"type": "str", "required": True, "aliases": ["cluster"]},
        "name": {"type": "str", "required": True},
        "role_arn": {"type": "str", "aliases": ["node_role"]},
        "subnet_ids": {"type": "list", "elements": "str", "aliases": ["subnets"]},
        "scaling": {
            "type": "dict",
            "options": {
                "min_size": {"type": "int", "required": True},
                "max_size": {"type": "int", "required": True},
                "desired_size": {"type": "int"},
            },
        },
        "instance_types": {"type": "list", "elements": "str"},
        "capacity_type": {"type": "str", "choices": ["ON_DEMAND", "SPOT", "CAPACITY_BLOCK"]},
        "disk_size": {"type": "int"},
        "launch_template": {
            "type": "dict",
            "options": {"id": {"type": "str", "required": True}, "version": {"type": "str", "required": True}},
        },
        "update_config": {
            "type": "dict",
            "options": {"max_unavailable": {"type": "int"}, "max_unavailable_percentage": {"type": "int"}},
            "mutually_exclusive": [("max_unavailable", "max_unavailable_percentage")],
        },
        "labels": {"type": "dict"},
        "taints": {
            "type": "list",
            "elements": "dict",
            "options": {
                "key": {"type": "str", "required": True, "no_log": False},
                "value": {"type": "str", "default": ""},
                "effect": {"type": "str", "required": True, "choices": ["NO_SCHEDULE", "NO_EXECUTE", "PREFER_NO_SCHEDULE"]},
            },
        },
        "state": STATE,
        **texts,
        **TAGS,
        **wait_options(3600),
    }
    module = AnsibleAWSModule(
        argument_spec=argument_spec,
        supports_check_mode=True,
        mutually_exclusive=[("launch_template", "disk_size")],
    )
    Nodegroup(module).run()


if __name__ == "__main__":
    main()
