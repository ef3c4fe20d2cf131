# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How resources of EC2, its load balancers and its scaling groups are removed.  What something else uses is refused."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from ansible_collections.stratum.aws.plugins.plugin_utils.belongings._arns import Arn
from ansible_collections.stratum.aws.plugins.plugin_utils.belongings._removing import REMOVED, Hands, Refused, Remover, present, simple


def _instance(hands: Hands, arn: Arn) -> str:
    ec2 = hands.client("ec2")
    if ec2.describe_instance_attribute(InstanceId=arn.id, Attribute="disableApiTermination")["DisableApiTermination"].get("Value"):
        raise Refused(f"the instance {arn.id} is protected from termination. Take the protection off (DisableApiTermination) first")
    ec2.terminate_instances(InstanceIds=[arn.id])

    def running() -> bool:
        found = ec2.describe_instances(InstanceIds=[arn.id])["Reservations"]
        return any(each["State"]["Name"] != "terminated" for reservation in found for each in reservation["Instances"])

    hands.until_gone(arn.kind, arn.id, running)
    return REMOVED


def _volume(hands: Hands, arn: Arn) -> str:
    ec2 = hands.client("ec2")
    (volume,) = ec2.describe_volumes(VolumeIds=[arn.id])["Volumes"]
    if holders := [each["InstanceId"] for each in volume.get("Attachments", [])]:
        raise Refused(f"the volume {arn.id} is attached to {', '.join(holders)}. Detach it first")
    ec2.delete_volume(VolumeId=arn.id)
    return REMOVED


def _interface(hands: Hands, arn: Arn) -> str:
    ec2 = hands.client("ec2")
    (interface,) = ec2.describe_network_interfaces(NetworkInterfaceIds=[arn.id])["NetworkInterfaces"]
    if interface.get("Status") == "in-use":
        user = (interface.get("Attachment") or {}).get("InstanceId") or interface.get("Description") or interface.get("RequesterId")
        raise Refused(f"the network interface {arn.id} is in use by {user}. Remove that first")
    ec2.delete_network_interface(NetworkInterfaceId=arn.id)
    return REMOVED


def _address(hands: Hands, arn: Arn) -> str:
    ec2 = hands.client("ec2")
    (address,) = ec2.describe_addresses(AllocationIds=[arn.id])["Addresses"]
    if address.get("AssociationId"):
        user = address.get("InstanceId") or address.get("NetworkInterfaceId")
        raise Refused(
            f"the address {address.get('PublicIp')} ({arn.id}) is in use by {user}. Remove that, or disassociate the address, first"
        )
    ec2.release_address(AllocationId=arn.id)
    return REMOVED


def _nat_gateway(hands: Hands, arn: Arn) -> str:
    ec2 = hands.client("ec2")
    ec2.delete_nat_gateway(NatGatewayId=arn.id)

    def there() -> bool:
        found = ec2.describe_nat_gateways(NatGatewayIds=[arn.id])["NatGateways"]
        return any(each["State"] != "deleted" for each in found)

    hands.until_gone(arn.kind, arn.id, there)
    return REMOVED


def _endpoint(hands: Hands, arn: Arn) -> str:
    ec2 = hands.client("ec2")
    _raise_for(ec2.delete_vpc_endpoints(VpcEndpointIds=[arn.id]), arn)

    def there() -> bool:
        found = ec2.describe_vpc_endpoints(VpcEndpointIds=[arn.id])["VpcEndpoints"]
        return any(each["State"].lower() != "deleted" for each in found)

    hands.until_gone(arn.kind, arn.id, there)
    return REMOVED


def _flow_log(hands: Hands, arn: Arn) -> str:
    _raise_for(hands.client("ec2").delete_flow_logs(FlowLogIds=[arn.id]), arn)
    return REMOVED


def _raise_for(answer: dict[str, Any], arn: Arn) -> None:
    """Refuse what an operation on several resources reports inside a successful answer."""
    for failure in answer.get("Unsuccessful", []):
        error = failure.get("Error", {})
        if "NotFound" not in str(error.get("Code")):
            raise Refused(f"{arn.kind} {arn.id} cannot be deleted: {error.get('Message')}. Clear that, and run this again")


def empty_security_group(hands: Hands, arn: Arn) -> str:
    """Take all rules out of a group that nothing uses, so that groups that name each other can be deleted in any order."""
    ec2 = hands.client("ec2")
    (group,) = ec2.describe_security_groups(GroupIds=[arn.id])["SecurityGroups"]
    # Without its rules a group cuts off whatever still uses it.
    _wait_for(hands, arn, lambda: _interfaces(ec2, "group-id", arn.id))
    if ingress := group["IpPermissions"]:
        ec2.revoke_security_group_ingress(GroupId=arn.id, IpPermissions=ingress)
    if egress := group["IpPermissionsEgress"]:
        ec2.revoke_security_group_egress(GroupId=arn.id, IpPermissions=egress)
    return "rules removed"


def _security_group(hands: Hands, arn: Arn) -> str:
    ec2 = hands.client("ec2")
    (group,) = ec2.describe_security_groups(GroupIds=[arn.id])["SecurityGroups"]
    if group["GroupName"] == "default":
        return "goes with its VPC"
    _wait_for(hands, arn, lambda: _interfaces(ec2, "group-id", arn.id))
    naming = {
        each["GroupId"]
        for permission in ("ip-permission.group-id", "egress.ip-permission.group-id")
        for each in ec2.describe_security_groups(Filters=[{"Name": permission, "Values": [arn.id]}])["SecurityGroups"]
        if each["GroupId"] != arn.id
    }
    if naming:
        raise Refused(f"rules of {', '.join(sorted(naming))} name the security group {arn.id}. Take it out of them first")
    ec2.delete_security_group(GroupId=arn.id)
    return REMOVED


def _subnet(hands: Hands, arn: Arn) -> str:
    ec2 = hands.client("ec2")
    _wait_for(hands, arn, lambda: _interfaces(ec2, "subnet-id", arn.id))
    ec2.delete_subnet(SubnetId=arn.id)
    return REMOVED


def _interfaces(ec2: Any, by: str, value: str) -> list[str]:
    """Return what is plugged into a subnet or a security group; interfaces of what was removed go a little later than it."""
    found = ec2.describe_network_interfaces(Filters=[{"Name": by, "Values": [value]}])["NetworkInterfaces"]
    return [f"{each['NetworkInterfaceId']} ({each.get('Description') or each.get('InterfaceType') or 'no description'})" for each in found]


def _wait_for(hands: Hands, arn: Arn, users: Callable[[], list[str]]) -> None:
    """Wait until nothing uses a resource any more; what still does after the timeout is named."""
    using: list[str] = []
    for _left in hands.patience(arn.kind):
        if not (using := users()):
            return
    raise Refused(f"{arn.kind} {arn.id} is in use by {', '.join(using)}. Remove that first")


def _route_table(hands: Hands, arn: Arn) -> str:
    ec2 = hands.client("ec2")
    (table,) = ec2.describe_route_tables(RouteTableIds=[arn.id])["RouteTables"]
    if any(each.get("Main") for each in table["Associations"]):
        return "goes with its VPC"
    using = {each.get("SubnetId") or each.get("GatewayId") or "?": each["RouteTableAssociationId"] for each in table["Associations"]}
    by_id = [{"Name": "subnet-id", "Values": list(using)}]
    left = {each["SubnetId"] for each in ec2.describe_subnets(Filters=by_id)["Subnets"]} if using else set()
    for user, association in using.items():
        if user in left or not user.startswith("subnet-"):
            raise Refused(f"the route table {arn.id} is used by {user}. Give it another one first")
        # An association may be shown a little longer than its subnet.
        present(partial(ec2.disassociate_route_table, AssociationId=association))
    ec2.delete_route_table(RouteTableId=arn.id)
    return REMOVED


def _network_acl(hands: Hands, arn: Arn) -> str:
    ec2 = hands.client("ec2")
    (acl,) = ec2.describe_network_acls(NetworkAclIds=[arn.id])["NetworkAcls"]
    if acl["IsDefault"]:
        return "goes with its VPC"
    if users := [each["SubnetId"] for each in acl["Associations"]]:
        raise Refused(f"the network ACL {arn.id} is used by {', '.join(users)}. Give them another one first")
    ec2.delete_network_acl(NetworkAclId=arn.id)
    return REMOVED


def _internet_gateway(hands: Hands, arn: Arn) -> str:
    ec2 = hands.client("ec2")
    (gateway,) = ec2.describe_internet_gateways(InternetGatewayIds=[arn.id])["InternetGateways"]
    for attachment in gateway["Attachments"]:
        vpc = attachment["VpcId"]
        # Detaching would cut off what is left in the VPC: AWS only refuses it where public addresses are.
        if left := ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["Subnets"]:
            names = ", ".join(each["SubnetId"] for each in left)
            raise Refused(f"the internet gateway {arn.id} serves {vpc} with its subnets {names}. Remove them, or detach it, first")
        ec2.detach_internet_gateway(InternetGatewayId=arn.id, VpcId=vpc)
    ec2.delete_internet_gateway(InternetGatewayId=arn.id)
    return REMOVED


_IN_A_VPC: Final[tuple[tuple[str, str, str, str], ...]] = (
    ("describe_subnets", "Subnets", "SubnetId", "vpc-id"),
    ("describe_network_interfaces", "NetworkInterfaces", "NetworkInterfaceId", "vpc-id"),
    ("describe_security_groups", "SecurityGroups", "GroupId", "vpc-id"),
    ("describe_internet_gateways", "InternetGateways", "InternetGatewayId", "attachment.vpc-id"),
    ("describe_vpc_endpoints", "VpcEndpoints", "VpcEndpointId", "vpc-id"),
    ("describe_route_tables", "RouteTables", "RouteTableId", "vpc-id"),
    ("describe_network_acls", "NetworkAcls", "NetworkAclId", "vpc-id"),
)


def _own(item: dict[str, Any]) -> bool:
    """Return whether this goes with the VPC: its default group and ACL, its main route table, an endpoint that is gone."""
    main = any(each.get("Main") for each in item.get("Associations", []))
    return item.get("GroupName") == "default" or bool(item.get("IsDefault")) or main or str(item.get("State")).lower() == "deleted"


def _vpc(hands: Hands, arn: Arn) -> str:
    ec2 = hands.client("ec2")
    inside = [
        item[key]
        for operation, items, key, name in _IN_A_VPC
        for item in getattr(ec2, operation)(Filters=[{"Name": name, "Values": [arn.id]}])[items]
        if not _own(item)
    ]
    if inside:
        raise Refused(f"the VPC {arn.id} still holds {', '.join(inside)}. Remove them first; not all of them bear the stack's tags")
    ec2.delete_vpc(VpcId=arn.id)
    return REMOVED


def _dhcp_options(hands: Hands, arn: Arn) -> str:
    ec2 = hands.client("ec2")
    if users := [vpc["VpcId"] for vpc in ec2.describe_vpcs(Filters=[{"Name": "dhcp-options-id", "Values": [arn.id]}])["Vpcs"]]:
        raise Refused(f"the DHCP options {arn.id} are used by {', '.join(users)}. Give them others first")
    ec2.delete_dhcp_options(DhcpOptionsId=arn.id)
    return REMOVED


def _scaling_group(hands: Hands, arn: Arn) -> str:
    scaling = hands.client("autoscaling")
    named = {"AutoScalingGroupNames": [arn.name]}
    groups = scaling.describe_auto_scaling_groups(**named)["AutoScalingGroups"]
    if any(each.get("ProtectedFromScaleIn") for group in groups for each in group["Instances"]):
        raise Refused(f"instances of the Auto Scaling group {arn.name} are protected from scale-in. Take the protection off first")
    if groups:
        # "Force" means: terminate the group's instances with it, which are nobody else's.
        scaling.delete_auto_scaling_group(AutoScalingGroupName=arn.name, ForceDelete=True)
    hands.until_gone(arn.kind, arn.name, lambda: scaling.describe_auto_scaling_groups(**named)["AutoScalingGroups"])
    return REMOVED


def _load_balancer(hands: Hands, arn: Arn) -> str:
    elb = hands.client("elbv2")
    attributes = {each["Key"]: each["Value"] for each in elb.describe_load_balancer_attributes(LoadBalancerArn=arn.text)["Attributes"]}
    if attributes.get("deletion_protection.enabled") == "true":
        raise Refused(f"the load balancer {arn.name} has deletion protection. Switch off deletion_protection.enabled first")
    elb.delete_load_balancer(LoadBalancerArn=arn.text)
    hands.until_gone(arn.kind, arn.name, lambda: elb.describe_load_balancers(LoadBalancerArns=[arn.text])["LoadBalancers"])
    return REMOVED


REMOVERS: Final[dict[str, Remover]] = {
    "autoscaling:autoScalingGroup": _scaling_group,
    "ec2:dhcp-options": _dhcp_options,
    "ec2:egress-only-internet-gateway": simple(
        "ec2", "delete_egress_only_internet_gateway", lambda arn: {"EgressOnlyInternetGatewayId": arn.id}
    ),
    "ec2:elastic-ip": _address,
    "ec2:image": simple("ec2", "deregister_image", lambda arn: {"ImageId": arn.id}),
    "ec2:instance": _instance,
    "ec2:internet-gateway": _internet_gateway,
    "ec2:key-pair": simple("ec2", "delete_key_pair", lambda arn: {"KeyPairId": arn.id}),
    "ec2:launch-template": simple("ec2", "delete_launch_template", lambda arn: {"LaunchTemplateId": arn.id}),
    "ec2:natgateway": _nat_gateway,
    "ec2:network-acl": _network_acl,
    "ec2:network-interface": _interface,
    "ec2:route-table": _route_table,
    "ec2:security-group": _security_group,
    "ec2:snapshot": simple("ec2", "delete_snapshot", lambda arn: {"SnapshotId": arn.id}),
    "ec2:subnet": _subnet,
    "ec2:volume": _volume,
    "ec2:vpc": _vpc,
    "ec2:vpc-endpoint": _endpoint,
    "ec2:vpc-flow-log": _flow_log,
    "ec2:vpc-peering-connection": simple("ec2", "delete_vpc_peering_connection", lambda arn: {"VpcPeeringConnectionId": arn.id}),
    "elasticloadbalancing:listener": simple("elbv2", "delete_listener", lambda arn: {"ListenerArn": arn.text}),
    "elasticloadbalancing:listener-rule": simple("elbv2", "delete_rule", lambda arn: {"RuleArn": arn.text}),
    "elasticloadbalancing:loadbalancer": _load_balancer,
    "elasticloadbalancing:targetgroup": simple("elbv2", "delete_target_group", lambda arn: {"TargetGroupArn": arn.text}),
}
