#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Find and remove what the controllers of a Kubernetes cluster have left in the account."""

from __future__ import annotations

DOCUMENTATION = r"""
module: eks_leftovers
version_added: 0.2.0
short_description: Find and remove what a cluster's controllers have left behind
description:
  - The controllers of a Kubernetes cluster make resources of their own, which no play knows of and which stay when the cluster is deleted.
    They block the deletion of its subnets and its VPC, and cost money.
  - This module finds them by the tags that the controllers set. These are load balancers of both generations, target groups,
    security groups, free network interfaces, free EBS volumes, and the log group that EKS makes again after it was deleted.
author:
  - stratum.aws contributors (@stratum-aws)
options:
  cluster:
    description: The name of the cluster, which need not exist any more.
    type: str
    required: true
    aliases: [cluster_name]
  vpc_id:
    description:
      - The VPC of the cluster. With it, only that VPC is searched for network interfaces, load balancers and security groups.
        Free network interfaces that name an instance but no cluster count as the cluster's then.
    type: str
  state:
    description:
      - V(reported) only reads.
      - V(absent) removes what was found. It fails while the cluster is there, because its controllers would make everything again.
    type: str
    choices: [reported, absent]
    default: reported
  remove_volumes:
    description: Whether V(absent) removes EBS volumes too. They may hold data, so they are only reported unless this is set.
    type: bool
    default: false
  remove_log_group:
    description: Whether V(absent) removes the log group of the control plane too.
    type: bool
    default: true
  wait_timeout:
    description: How many seconds to wait for what uses a resource to be gone.
    type: int
    default: 600
notes:
  - Neither amazon.aws nor community.aws looks for them.
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - stratum.aws.attributes
seealso:
  - module: stratum.aws.eks_cluster
"""

EXAMPLES = r"""
- name: See what the controllers made
  stratum.aws.eks_leftovers:
    cluster: web
    vpc_id: vpc-0123456789abcdef0
  register: made

- name: Remove it once the cluster is deleted
  stratum.aws.eks_leftovers:
    cluster: web
    vpc_id: vpc-0123456789abcdef0
    state: absent
"""

RETURN = r"""
leftovers:
  description: What was found, as it was before anything was removed.
  returned: always
  type: list
  elements: dict
  contains:
    kind:
      description: What it is.
      returned: always
      type: str
      sample: security_group
    id:
      description: The ARN of a load balancer or target group, the name of a classic load balancer or log group, the id of anything else.
      returned: always
      type: str
      sample: sg-0123456789abcdef0
    name:
      description: What a person calls it.
      returned: always
      type: str
      sample: k8s-traffic-web-0123456789
kept:
  description:
    - What stays although O(state=absent), namely volumes unless O(remove_volumes=true),
      and the log group with O(remove_log_group=false).
  returned: when O(state=absent)
  type: list
  elements: dict
  sample: [{"kind": "volume", "id": "vol-0123456789abcdef0", "name": "pvc-1"}]
"""

import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any, ClassVar, NoReturn

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.amazon.aws.plugins.module_utils.retries import AWSRetry
from ansible_collections.amazon.aws.plugins.module_utils.tagging import boto3_tag_list_to_ansible_dict
from ansible_collections.stratum.aws.plugins.module_utils import _eks_leftovers as pure
from ansible_collections.stratum.aws.plugins.module_utils._errors import CURES, ResourceError, explain

with suppress(ImportError):  # AnsibleAWSModule says what is missing
    from botocore.exceptions import BotoCoreError, ClientError

Document = dict[str, Any]

GONE = frozenset(
    {
        "InvalidGroup.NotFound",
        "InvalidNetworkInterfaceID.NotFound",
        "InvalidVolume.NotFound",
        "LoadBalancerNotFound",
        "ResourceNotFoundException",
        "TargetGroupNotFound",
    }
)
IN_USE = frozenset({"DependencyViolation", "InvalidNetworkInterface.InUse", "InvalidParameterValue", "ResourceInUse", "VolumeInUse"})
PAUSE = 5.0
"""Seconds between two attempts to delete what is still in use."""
TAGS_AT_ONCE = 20
"""As many names or ARNs as the two DescribeTags of load balancing take."""


class Leftovers:
    """What the controllers of one cluster have made."""

    cures: ClassVar[Mapping[str, str]] = {
        "DependencyViolation": "Something that this module does not know still uses it: look at its network interfaces, and run again.",
        "OperationNotPermitted": "Its deletion protection is on: switch it off in the load balancer's attributes, and run again.",
        "ResourceInUse": "Remove the listener rules that forward to it, and run again.",
    }

    def __init__(self, module: Any) -> None:
        self.module = module
        self.params: Document = module.params
        self.cluster: str = module.params["cluster"]
        self.vpc_id: str | None = module.params["vpc_id"]
        self.deadline = time.monotonic() + module.params["wait_timeout"]
        retry = AWSRetry.jittered_backoff()
        self.clients = {name: module.client(name, retry_decorator=retry) for name in ("ec2", "elb", "elbv2", "logs", "eks")}

    def run(self) -> NoReturn:
        """Report or remove, and end the module."""
        try:
            result = self._result()
        except ResourceError as error:
            self.module.fail_json(msg=f"Leftovers of the cluster {self.cluster}: {error}")
        except (BotoCoreError, ClientError) as error:
            self.module.fail_json_aws(error, msg=explain(f"Leftovers of the cluster {self.cluster}", error, {**CURES, **self.cures}))
        self.module.exit_json(**result)
        raise AssertionError("exit_json() has returned")

    def _result(self) -> Document:
        found = self._found()
        if self.params["state"] == "reported":
            return {"changed": False, "leftovers": found}
        doomed = pure.removable(found, volumes=self.params["remove_volumes"], log_group=self.params["remove_log_group"])
        kept = [item for item in found if item not in doomed]
        if doomed and not self.module.check_mode:
            if self._cluster_exists():
                raise ResourceError("the cluster is still there, and its controllers would make them again. Delete the cluster first.")
            self._remove(doomed)
        result: Document = {"changed": bool(doomed), "leftovers": found, "kept": kept}
        return {**result, "diff": {"before": {"leftovers": found}, "after": {"leftovers": kept}}} if doomed else result

    # -- finding -----------------------------------------------------------------------------------------

    def _found(self) -> list[Document]:
        found = [*self._load_balancing(), *self._classic_balancers(), *self._of_ec2(), *self._log_groups()]
        return sorted(found, key=lambda item: (pure.DELETION_ORDER.index(item["kind"]), item["id"]))

    def _pages(self, service: str, operation: str, key: str, **parameters: Any) -> list[Document]:
        pages = AWSRetry.jittered_backoff()(lambda: list(self.clients[service].get_paginator(operation).paginate(**parameters)))()
        return [item for page in pages for item in page.get(key, [])]

    def _load_balancing(self) -> Iterable[Document]:
        for kind, operation, key in (
            ("load_balancer", "describe_load_balancers", "LoadBalancer"),
            ("target_group", "describe_target_groups", "TargetGroup"),
        ):
            listed = [item for item in self._pages("elbv2", operation, f"{key}s") if self._in_vpc(item.get("VpcId"))]
            names = {item[f"{key}Arn"]: item[f"{key}Name"] for item in listed}
            for arns in _chunks(list(names)):
                answer = self.clients["elbv2"].describe_tags(aws_retry=True, ResourceArns=arns)
                for described in answer["TagDescriptions"]:
                    if pure.made_by_controller(_tags(described), self.cluster):
                        yield _leftover(kind, described["ResourceArn"], names[described["ResourceArn"]])

    def _classic_balancers(self) -> Iterable[Document]:
        listed = self._pages("elb", "describe_load_balancers", "LoadBalancerDescriptions")
        names = [item["LoadBalancerName"] for item in listed if self._in_vpc(item.get("VPCId"))]
        for some in _chunks(names):
            for described in self.clients["elb"].describe_tags(aws_retry=True, LoadBalancerNames=some)["TagDescriptions"]:
                if pure.made_by_controller(_tags(described), self.cluster):
                    yield _leftover("classic_load_balancer", described["LoadBalancerName"], described["LoadBalancerName"])

    def _of_ec2(self) -> Iterable[Document]:
        here = [{"Name": "vpc-id", "Values": [self.vpc_id]}] if self.vpc_id else []
        free = {"Name": "status", "Values": ["available"]}
        for group in self._pages("ec2", "describe_security_groups", "SecurityGroups", Filters=here):
            if pure.made_by_controller(_tags(group), self.cluster):
                yield _leftover("security_group", group["GroupId"], group["GroupName"])
        for interface in self._pages("ec2", "describe_network_interfaces", "NetworkInterfaces", Filters=[*here, free]):
            if pure.left_interface(_tags(interface, "TagSet"), self.cluster, bool(self.vpc_id)):
                yield _leftover("network_interface", interface["NetworkInterfaceId"], interface.get("Description") or "")
        for volume in self._pages("ec2", "describe_volumes", "Volumes", Filters=[free]):
            tags = _tags(volume)
            if pure.left_volume(tags, self.cluster):
                yield _leftover("volume", volume["VolumeId"], tags.get("kubernetes.io/created-for/pvc/name") or tags.get("Name", ""))

    def _log_groups(self) -> Iterable[Document]:
        name = f"/aws/eks/{self.cluster}/cluster"
        for group in self._pages("logs", "describe_log_groups", "logGroups", logGroupNamePrefix=name):
            if group["logGroupName"] == name:
                yield _leftover("log_group", name, name)

    def _in_vpc(self, vpc_id: str | None) -> bool:
        # A target group without targets in a VPC, such as one of a function, has none.
        return not self.vpc_id or vpc_id is None or vpc_id == self.vpc_id

    def _cluster_exists(self) -> bool:
        try:
            self.clients["eks"].describe_cluster(aws_retry=True, name=self.cluster)
        except ClientError as error:
            if error.response["Error"]["Code"] == "ResourceNotFoundException":
                return False
            raise
        return True

    # -- removing ----------------------------------------------------------------------------------------

    def _remove(self, doomed: list[Document]) -> None:
        for item in doomed:
            if item["kind"] == "security_group":
                self._empty_group(item["id"])
        for item in doomed:
            service, operation, key = {
                "load_balancer": ("elbv2", "delete_load_balancer", "LoadBalancerArn"),
                "classic_load_balancer": ("elb", "delete_load_balancer", "LoadBalancerName"),
                "target_group": ("elbv2", "delete_target_group", "TargetGroupArn"),
                "network_interface": ("ec2", "delete_network_interface", "NetworkInterfaceId"),
                "security_group": ("ec2", "delete_security_group", "GroupId"),
                "volume": ("ec2", "delete_volume", "VolumeId"),
                "log_group": ("logs", "delete_log_group", "logGroupName"),
            }[item["kind"]]
            self._delete(service, operation, {key: item["id"]})

    def _delete(self, service: str, operation: str, parameters: Document) -> None:
        """Delete something, again for a while if AWS says that it is still in use."""
        while True:
            try:
                getattr(self.clients[service], operation)(aws_retry=True, **parameters)
                return
            except ClientError as error:
                code = error.response["Error"]["Code"]
                if code in GONE:
                    return
                if code not in IN_USE or time.monotonic() > self.deadline:
                    raise
            time.sleep(PAUSE)

    def _empty_group(self, group_id: str) -> None:
        """Take away the rules of a group and those in which other groups name it, or neither can be deleted."""
        ec2 = self.clients["ec2"]
        naming: list[Document] = []
        for name in ("ip-permission.group-id", "egress.ip-permission.group-id"):
            naming += self._pages("ec2", "describe_security_groups", "SecurityGroups", Filters=[{"Name": name, "Values": [group_id]}])
        own = self._pages("ec2", "describe_security_groups", "SecurityGroups", Filters=[{"Name": "group-id", "Values": [group_id]}])
        for group in {item["GroupId"]: item for item in [*naming, *own]}.values():
            for key, revoke in (
                ("IpPermissions", ec2.revoke_security_group_ingress),
                ("IpPermissionsEgress", ec2.revoke_security_group_egress),
            ):
                rules = [rule for rule in (_only_naming(rule, group_id, group["GroupId"]) for rule in group[key]) if rule]
                if rules:
                    revoke(aws_retry=True, GroupId=group["GroupId"], IpPermissions=rules)


def _only_naming(rule: Document, group_id: str, owner: str) -> Document | None:
    """Return the part of a rule that keeps `group_id` from being deleted: all of its own rules, those parts of others that name it."""
    if owner == group_id:
        return rule
    pairs = [{"GroupId": pair["GroupId"]} for pair in rule.get("UserIdGroupPairs", []) if pair.get("GroupId") == group_id]
    if not pairs:
        return None
    return {**{key: rule[key] for key in ("IpProtocol", "FromPort", "ToPort") if key in rule}, "UserIdGroupPairs": pairs}


def _leftover(kind: str, identifier: str, name: str) -> Document:
    return {"kind": kind, "id": identifier, "name": name}


def _tags(described: Document, key: str = "Tags") -> dict[str, str]:
    tags: dict[str, str] = boto3_tag_list_to_ansible_dict(described.get(key) or [])
    return tags


def _chunks(items: list[str]) -> Iterable[list[str]]:
    return (items[start : start + TAGS_AT_ONCE] for start in range(0, len(items), TAGS_AT_ONCE))


def main() -> None:
    """Run the module."""
    spec: dict[str, dict[str, Any]] = {
        "cluster": {"required": True, "aliases": ["cluster_name"]},
        "vpc_id": {},
        "state": {"choices": ["reported", "absent"], "default": "reported"},
        "remove_volumes": {"type": "bool", "default": False},
        "remove_log_group": {"type": "bool", "default": True},
        "wait_timeout": {"type": "int", "default": 600},
    }
    module = AnsibleAWSModule(argument_spec=spec, supports_check_mode=True)
    Leftovers(module).run()


if __name__ == "__main__":
    main()
