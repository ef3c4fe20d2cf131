# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The security groups of load balancers: one for each stack, and one that all share towards the pods."""

from __future__ import annotations

from typing import Any, Final

from .account import Account, tagged, untagged
from .model import CLUSTER_TAG, LoadBalancer, Stack, backend_group_name

BACKEND: Final = {"elbv2.k8s.aws/resource": "backend-sg"}
SHARED_RULE: Final = "elbv2.k8s.aws/targetGroupBinding=shared"
MANAGED: Final = "ManagedLBSecurityGroup"


class SecurityGroups:
    """Makes and removes them."""

    def __init__(self, account: Account) -> None:
        self._account = account

    @property
    def _ec2(self) -> Any:
        return self._account.client("ec2")

    def ensure(self, model: LoadBalancer) -> list[str]:
        """Return the ids of the load balancer's groups: those that were named, by id or name, or made ones."""
        if model.groups:
            found = self._all()
            return [self._named(found, name) for name in model.groups]
        return [self._managed(model), self._backend()]

    def _all(self) -> list[dict[str, Any]]:
        inside = [{"Name": "vpc-id", "Values": [self._account.vpc_id]}]
        return self._account.pages("ec2", "describe_security_groups", "SecurityGroups", Filters=inside)

    @staticmethod
    def _named(found: list[dict[str, Any]], name: str) -> str:
        for group in found:
            if name in (group["GroupId"], untagged(group.get("Tags")).get("Name")):
                return str(group["GroupId"])
        return name  # AWS says that it does not exist

    def _managed(self, model: LoadBalancer) -> str:
        tags = model.tags | model.stack.tags(self._account.cluster, MANAGED)
        found = next((group for group in self._all() if group["GroupName"] == model.group_name), None)
        if found is None:
            group_id = self._create(model.group_name, "[k8s] Managed SecurityGroup for LoadBalancer", tags)
            present: list[dict[str, Any]] = []
        else:
            group_id, present = str(found["GroupId"]), found["IpPermissions"]
        udp = {listener.port for listener in model.listeners if listener.protocol == "UDP"}
        wanted = {("udp" if listener.port in udp else "tcp", listener.port, cidr) for listener in model.listeners for cidr in model.cidrs}
        has = {(rule["IpProtocol"], rule["FromPort"], block["CidrIp"]) for rule in present for block in rule["IpRanges"]}
        if gone := sorted(has - wanted):
            self._ec2.revoke_security_group_ingress(GroupId=group_id, IpPermissions=[_permission(*rule) for rule in gone])
        if new := sorted(wanted - has):
            self._ec2.authorize_security_group_ingress(GroupId=group_id, IpPermissions=[_permission(*rule) for rule in new])
        return group_id

    def _create(self, name: str, description: str, tags: dict[str, str]) -> str:
        answer = self._ec2.create_security_group(
            GroupName=name,
            Description=description,
            VpcId=self._account.vpc_id,
            TagSpecifications=[{"ResourceType": "security-group", "Tags": tagged(tags)}],
        )
        return str(answer["GroupId"])

    def remove_unused(self, stack: Stack, keep: str | None) -> None:
        """Remove the groups of a stack, but for the one of this name."""
        for group in self._all():
            if stack.owns(untagged(group.get("Tags")), self._account.cluster) and group["GroupName"] != keep:
                self._ec2.delete_security_group(GroupId=group["GroupId"])

    # -- towards the pods ----------------------------------------------------------------------------------

    def _shared(self) -> dict[str, Any] | None:
        name = backend_group_name(self._account.cluster)
        return next((group for group in self._all() if group["GroupName"] == name), None)

    def _backend(self) -> str:
        found = self._shared()
        if found is not None:
            return str(found["GroupId"])
        tags = {CLUSTER_TAG: self._account.cluster, **BACKEND}
        return self._create(backend_group_name(self._account.cluster), "[k8s] Shared Backend SecurityGroup for LoadBalancer", tags)

    def let_in(self, ports: set[int]) -> None:
        """Let the shared group reach these ports of the cluster's nodes, besides those that it reaches already."""
        shared = self._shared()
        if shared is None or not ports:
            return
        present = self._rules(shared["GroupId"])
        reached = [*ports, *(port for rule in present for port in (rule["FromPort"], rule["ToPort"]))]
        wanted = _from_group(shared["GroupId"], min(reached), max(reached))
        if [(rule["FromPort"], rule["ToPort"]) for rule in present] != [(wanted["FromPort"], wanted["ToPort"])]:
            self._revoke(shared["GroupId"], present)
            self._ec2.authorize_security_group_ingress(GroupId=self._account.cluster_group, IpPermissions=[wanted])

    def remove_shared(self) -> None:
        """Remove the shared group and the rule that names it."""
        shared = self._shared()
        if shared is not None:
            self._revoke(shared["GroupId"], self._rules(shared["GroupId"]))
            self._ec2.delete_security_group(GroupId=shared["GroupId"])

    def _rules(self, group_id: str) -> list[dict[str, Any]]:
        """Return the rules of the cluster's group that name this one."""
        nodes = [group for group in self._all() if group["GroupId"] == self._account.cluster_group]
        rules = [rule for group in nodes for rule in group["IpPermissions"] if rule.get("FromPort") is not None]
        return [rule for rule in rules if any(pair.get("GroupId") == group_id for pair in rule["UserIdGroupPairs"])]

    def _revoke(self, group_id: str, rules: list[dict[str, Any]]) -> None:
        for rule in rules:
            named = _from_group(group_id, rule["FromPort"], rule["ToPort"])
            self._ec2.revoke_security_group_ingress(GroupId=self._account.cluster_group, IpPermissions=[named])


def _permission(protocol: str, port: int, cidr: str) -> dict[str, Any]:
    return {"IpProtocol": protocol, "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": cidr}]}


def _from_group(group_id: str, first: int, last: int) -> dict[str, Any]:
    pair = {"GroupId": group_id, "Description": SHARED_RULE}
    return {"IpProtocol": "tcp", "FromPort": first, "ToPort": last, "UserIdGroupPairs": [pair]}
