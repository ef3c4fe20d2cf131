# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the account hold what a model says, and takes away what a stack has left; what is there is found by its tags."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from botocore.exceptions import ClientError

from .account import Account, tagged
from .groups import SecurityGroups
from .model import Action, Listener, LoadBalancer, Rule, Stack, TargetGroup

Described = dict[str, Any]
Target = tuple[str, int]
"""Address or instance id, and port."""

_HEALTH: Final = (
    "HealthCheckPort",
    "HealthCheckProtocol",
    "HealthCheckPath",
    "HealthCheckIntervalSeconds",
    "HealthCheckTimeoutSeconds",
    "HealthyThresholdCount",
    "UnhealthyThresholdCount",
    "Matcher",
)


class Deployer:
    """Brings the account to what models say; one thread at a time."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._groups = SecurityGroups(account)

    @property
    def _elb(self) -> Any:
        return self._account.client("elbv2")

    def deploy(self, model: LoadBalancer, targets: Callable[[TargetGroup], set[Target]]) -> str:
        """Make everything as the model has it; return the load balancer's DNS name."""
        balancers, target_groups = self._balancers(model.stack), self._target_groups(model.stack)
        security = self._groups.ensure(model)
        balancer = self._balancer(model, balancers.get(model.name), security)
        arns = {group.reference: self._target_group(group, target_groups.get(group.name)) for group in model.target_groups.values()}
        self._listeners(model, balancer["LoadBalancerArn"], arns)
        for name, old in balancers.items():
            if name != model.name:
                self._elb.delete_load_balancer(LoadBalancerArn=old["LoadBalancerArn"])
        kept = {group.name for group in model.target_groups.values()}
        for name, old in target_groups.items():
            if name not in kept:
                self._elb.delete_target_group(TargetGroupArn=old["TargetGroupArn"])
        self._groups.remove_unused(model.stack, keep=model.group_name if not model.groups else None)
        for group in model.target_groups.values():
            self.register(group, arns[group.reference], targets(group))
        self._groups.let_in({port for group in model.target_groups.values() for _unused, port in targets(group)})
        return str(balancer["DNSName"])

    def remove(self, stack: Stack) -> None:
        """Remove everything of a stack; ClientError where the account does not let it go."""
        for balancer in self._balancers(stack).values():
            self._elb.delete_load_balancer(LoadBalancerArn=balancer["LoadBalancerArn"])
        for group in self._target_groups(stack).values():
            self._elb.delete_target_group(TargetGroupArn=group["TargetGroupArn"])
        self._groups.remove_unused(stack, keep=None)

    def remove_shared(self) -> None:
        """Remove what all load balancers of the cluster share, once the last one has gone."""
        self._groups.remove_shared()

    # -- what is there -------------------------------------------------------------------------------------

    def _balancers(self, stack: Stack) -> dict[str, Described]:
        return self._owned(stack, "describe_load_balancers", "LoadBalancer")

    def _target_groups(self, stack: Stack) -> dict[str, Described]:
        return self._owned(stack, "describe_target_groups", "TargetGroup")

    def _owned(self, stack: Stack, operation: str, key: str) -> dict[str, Described]:
        found = self._account.pages("elbv2", operation, f"{key}s")
        tags = self._account.load_balancing_tags(item[f"{key}Arn"] for item in found)
        return {item[f"{key}Name"]: item for item in found if stack.owns(tags.get(item[f"{key}Arn"], {}), self._account.cluster)}

    # -- parts ---------------------------------------------------------------------------------------------

    def _balancer(self, model: LoadBalancer, found: Described | None, security: list[str]) -> Described:
        if found is None:
            answer = self._elb.create_load_balancer(
                Name=model.name,
                Type=model.kind,
                Scheme=model.scheme,
                IpAddressType="ipv4",
                Subnets=model.subnets,
                SecurityGroups=security,
                Tags=tagged(model.tags),
            )
            found = dict(answer["LoadBalancers"][0])
        else:
            arn = found["LoadBalancerArn"]
            if {zone["SubnetId"] for zone in found["AvailabilityZones"]} != set(model.subnets):
                self._elb.set_subnets(LoadBalancerArn=arn, Subnets=model.subnets)
            if set(found.get("SecurityGroups", [])) != set(security):
                self._elb.set_security_groups(LoadBalancerArn=arn, SecurityGroups=security)
            self._retag(arn, model.tags)
        if model.attributes:
            self._elb.modify_load_balancer_attributes(LoadBalancerArn=found["LoadBalancerArn"], Attributes=tagged(model.attributes))
        return found

    def _retag(self, arn: str, wanted: Mapping[str, str]) -> None:
        present = self._account.load_balancing_tags([arn])[arn]
        if gone := [key for key in present if key not in wanted]:
            self._elb.remove_tags(ResourceArns=[arn], TagKeys=gone)
        if changed := {key: value for key, value in wanted.items() if present.get(key) != value}:
            self._elb.add_tags(ResourceArns=[arn], Tags=tagged(changed))

    def _target_group(self, group: TargetGroup, found: Described | None) -> str:
        if found is None:
            version = {"ProtocolVersion": group.protocol_version} if group.protocol_version else {}
            answer = self._elb.create_target_group(
                Name=group.name,
                Protocol=group.protocol,
                Port=group.port,
                VpcId=self._account.vpc_id,
                TargetType=group.target_type,
                Tags=tagged(group.tags),
                **version,
                **group.health,
            )
            arn = str(answer["TargetGroups"][0]["TargetGroupArn"])
        else:
            arn = str(found["TargetGroupArn"])
            if any(found.get(key) != group.health[key] for key in _HEALTH if key in group.health):
                self._elb.modify_target_group(TargetGroupArn=arn, **group.health)
            self._retag(arn, group.tags)
        if group.attributes:
            self._elb.modify_target_group_attributes(TargetGroupArn=arn, Attributes=tagged(group.attributes))
        return arn

    def _listeners(self, model: LoadBalancer, balancer: str, arns: Mapping[str, str]) -> None:
        found = self._account.pages("elbv2", "describe_listeners", "Listeners", LoadBalancerArn=balancer)
        present = {item["Port"]: item for item in found}
        wanted = {listener.port for listener in model.listeners}
        for port, item in present.items():
            if port not in wanted:
                self._elb.delete_listener(ListenerArn=item["ListenerArn"])
        for listener in model.listeners:
            arn = self._listener(listener, balancer, present.get(listener.port), arns)
            if model.kind == "application":
                self._rules(arn, listener.rules, arns)

    def _listener(self, listener: Listener, balancer: str, found: Described | None, arns: Mapping[str, str]) -> str:
        wanted: Described = {
            "Port": listener.port,
            "Protocol": listener.protocol,
            "DefaultActions": _resolved(listener.actions, arns),
        }
        if listener.certificates:
            wanted["Certificates"] = [{"CertificateArn": listener.certificates[0]}]
        if listener.ssl_policy:
            wanted["SslPolicy"] = listener.ssl_policy
        if found is None:
            created = self._elb.create_listener(LoadBalancerArn=balancer, Tags=tagged(listener.tags), **wanted)
            arn = str(created["Listeners"][0]["ListenerArn"])
        else:
            arn = str(found["ListenerArn"])
            if any(_comparable(found.get(key)) != _comparable(value) for key, value in wanted.items()):
                self._elb.modify_listener(ListenerArn=arn, **wanted)
        self._more_certificates(arn, listener.certificates)
        return arn

    def _more_certificates(self, listener: str, wanted: list[str]) -> None:
        """A listener has one default certificate, and further ones in a list of their own."""
        if not wanted:
            return
        listed = self._elb.describe_listener_certificates(ListenerArn=listener)["Certificates"]
        present = {item["CertificateArn"] for item in listed if not item.get("IsDefault")}
        if missing := [arn for arn in wanted[1:] if arn not in present]:
            self._elb.add_listener_certificates(ListenerArn=listener, Certificates=[{"CertificateArn": arn} for arn in missing])
        if gone := sorted(present - set(wanted)):
            self._elb.remove_listener_certificates(ListenerArn=listener, Certificates=[{"CertificateArn": arn} for arn in gone])

    def _rules(self, listener: str, rules: list[Rule], arns: Mapping[str, str]) -> None:
        found = self._account.pages("elbv2", "describe_rules", "Rules", ListenerArn=listener)
        present = {item["Priority"]: item for item in found if item["Priority"] != "default"}
        for priority, item in present.items():
            if int(priority) > len(rules):
                self._elb.delete_rule(RuleArn=item["RuleArn"])
        for place, rule in enumerate(rules, start=1):
            actions, old = _resolved(rule.actions, arns), present.get(str(place))
            if old is None:
                self._elb.create_rule(
                    ListenerArn=listener, Priority=place, Conditions=rule.conditions, Actions=actions, Tags=tagged(rule.tags)
                )
            elif _comparable(old["Actions"]) != _comparable(actions) or _comparable(old["Conditions"]) != _comparable(rule.conditions):
                self._elb.modify_rule(RuleArn=old["RuleArn"], Conditions=rule.conditions, Actions=actions)

    # -- targets -------------------------------------------------------------------------------------------

    def register(self, group: TargetGroup, arn: str, wanted: set[Target]) -> None:
        """Make the targets of a group those that are wanted."""
        health = self._elb.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]
        present = {(item["Target"]["Id"], int(item["Target"]["Port"])) for item in health if item["TargetHealth"]["State"] != "draining"}
        if gone := sorted(present - wanted):
            self._elb.deregister_targets(TargetGroupArn=arn, Targets=[{"Id": name, "Port": port} for name, port in gone])
        if new := sorted(wanted - present):
            self._elb.register_targets(TargetGroupArn=arn, Targets=[self._target(group, name, port) for name, port in new])

    def _target(self, group: TargetGroup, name: str, port: int) -> Described:
        target: Described = {"Id": name, "Port": port}
        if group.target_type == "ip" and not self._account.in_vpc(name):
            # What lies outside of the VPC belongs to no zone.
            target["AvailabilityZone"] = "all"
        return target


def _resolved(actions: list[Action], arns: Mapping[str, str]) -> list[Action]:
    """Return actions with the ARNs of target groups in place of the model's references."""

    def resolved(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: resolved(item) for key, item in value.items()}
        if isinstance(value, list):
            return [resolved(item) for item in value]
        return arns.get(value, value) if isinstance(value, str) else value

    return [dict(resolved(action)) for action in actions]


_DEFAULTS: Final = ("#{protocol}", "#{host}", "/#{path}", "#{query}", "#{port}")


def _comparable(value: Any) -> Any:
    """Return a part of a description without what AWS adds to what was asked for."""
    if isinstance(value, dict):
        config = value.get("ForwardConfig") or {}
        ignored = {"Order", "IsDefault"} | ({"TargetGroupArn"} if config else set())
        if not (config.get("TargetGroupStickinessConfig") or {}).get("Enabled"):
            ignored.add("TargetGroupStickinessConfig")
        if "Field" in value:
            ignored.add("Values")
        kept = {key: _comparable(item) for key, item in value.items() if key not in ignored and item not in _DEFAULTS}
        return {key: item for key, item in kept.items() if item not in (None, {}, [], "")}
    if isinstance(value, list):
        return [_comparable(item) for item in value]
    return str(value) if isinstance(value, (int, bool)) else value


def refusal(error: ClientError) -> str:
    """Return what AWS says, without botocore's words around it."""
    found = error.response["Error"]
    return f"{found['Code']}: {found['Message']}"
