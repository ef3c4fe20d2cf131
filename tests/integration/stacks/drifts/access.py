# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Drifts of the network, of security groups, and of what roles may do."""

from __future__ import annotations

import json
from functools import partial

from . import COST_CENTER, NAME, Drift, Hands, changed, missing, nothing, of

DRIFTS: list[Drift] = []
drift = partial(of, DRIFTS)

PUBLIC, PRIVATE = f"{NAME}-public-rt", f"{NAME}-private-rt-1"
RDS_GROUP, REDIS_GROUP, NODES_GROUP, CLUSTER_GROUP = (f"{NAME}-{each}-sg" for each in ("rds", "redis", "nodes", "cluster"))
CLUSTER_ROLE, NODES_ROLE, SCALER_ROLE = f"{NAME}-cluster-role", f"{NAME}-nodes-role", f"{NAME}-autoscaler-role"
BALANCER_ROLE, BACKUP_ROLE = f"{NAME}-load-balancer-controller-role", f"{NAME}-backup-production"
AWS_POLICY = "arn:aws:iam::aws:policy/"
ANYBODY_MAY_ASSUME = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]}
)
ANYTHING = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})

# -- The VPC and its parts -------------------------------------------------------------------------------


@drift(1, "a tag of the VPC removed", changed("Create the VPC", None, COST_CENTER))
def _drift_1(by: Hands) -> None:
    by.untag(by.vpc)


@drift(1, "host names of the VPC turned off", changed("Create the VPC", None, "enable_dns_hostnames"))
def _drift_2(by: Hands) -> None:
    by("ec2").modify_vpc_attribute(VpcId=by.vpc, EnableDnsHostnames={"Value": False})


@drift(1, "a tag of the VPC changed", changed("Create the VPC", None, "tags.Project"))
def _drift_3(by: Hands) -> None:
    by("ec2").create_tags(Resources=[by.vpc], Tags=[{"Key": "Project", "Value": "somebody's"}])


@drift(1, "a tag given to the VPC that the inventory does not know", changed("Create the VPC", None, "tags.Owner"))
def _drift_4(by: Hands) -> None:
    by("ec2").create_tags(Resources=[by.vpc], Tags=[{"Key": "Owner", "Value": "me"}])


@drift(1, "a tag of a subnet removed", changed("Create the public subnets", f"{NAME}-public-1", COST_CENTER))
def _drift_5(by: Hands) -> None:
    by.untag(by.subnet(f"{NAME}-public-1"))


@drift(1, "public addresses of a subnet turned off", changed("Create the public subnets", f"{NAME}-public-1", "map_public_ip_on_launch"))
def _drift_6(by: Hands) -> None:
    by("ec2").modify_subnet_attribute(SubnetId=by.subnet(f"{NAME}-public-1"), MapPublicIpOnLaunch={"Value": False})


@drift(
    1,
    "public addresses of a private subnet turned on",
    changed("Create the private subnets", f"{NAME}-private-2", "map_public_ip_on_launch"),
)
def _drift_7(by: Hands) -> None:
    by("ec2").modify_subnet_attribute(SubnetId=by.subnet(f"{NAME}-private-2"), MapPublicIpOnLaunch={"Value": True})


@drift(1, "a tag of a subnet changed", changed("Create the private subnets", f"{NAME}-private-1", "tags.kubernetes.io/role/internal-elb"))
def _drift_8(by: Hands) -> None:
    tags = [{"Key": "kubernetes.io/role/internal-elb", "Value": "0"}]
    by("ec2").create_tags(Resources=[by.subnet(f"{NAME}-private-1")], Tags=tags)


@drift(1, "a controller's tag on a subnet, which is its own affair", nothing)
def _drift_9(by: Hands) -> None:
    tags = [{"Key": f"kubernetes.io/cluster/{NAME}", "Value": "shared"}]
    by("ec2").create_tags(Resources=[by.subnet(f"{NAME}-database-1")], Tags=tags)


@drift(1, "a tag of the internet gateway changed", changed("Create the internet gateway", None, COST_CENTER))
def _drift_10(by: Hands) -> None:
    (gateway,) = by("ec2").describe_internet_gateways()["InternetGateways"]
    by("ec2").create_tags(Resources=[gateway["InternetGatewayId"]], Tags=[{"Key": "CostCenter", "Value": "none"}])


@drift(1, "a tag of an address removed", changed("Allocate the addresses of the NAT gateways", f"{NAME}-nat-eip-1", COST_CENTER))
def _drift_11(by: Hands) -> None:
    (address,) = by("ec2").describe_addresses(Filters=[{"Name": "tag:Name", "Values": [f"{NAME}-nat-eip-1"]}])["Addresses"]
    by.untag(address["AllocationId"])


@drift(1, "a tag of a NAT gateway removed", changed("Create the NAT gateways", f"{NAME}-nat-1", COST_CENTER))
def _drift_12(by: Hands) -> None:
    (gateway,) = by("ec2").describe_nat_gateways(Filters=[{"Name": "tag:Name", "Values": [f"{NAME}-nat-1"]}])["NatGateways"]
    by.untag(gateway["NatGatewayId"])


# -- Routes ----------------------------------------------------------------------------------------------


@drift(1, "the public route removed", changed("Create the public route table", PUBLIC, "route 0.0.0.0/0"))
def _drift_13(by: Hands) -> None:
    by("ec2").delete_route(RouteTableId=by.route_table(PUBLIC)["RouteTableId"], DestinationCidrBlock="0.0.0.0/0")


@drift(1, "a subnet's association with its route table removed", changed("Create the public route table", PUBLIC, "route table of"))
def _drift_14(by: Hands) -> None:
    first = next(each for each in by.route_table(PUBLIC)["Associations"] if each.get("SubnetId"))
    by("ec2").disassociate_route_table(AssociationId=first["RouteTableAssociationId"])


@drift(1, "a route added", changed("Create the public route table", PUBLIC, "route 198.51.100.0/24"))
def _drift_15(by: Hands) -> None:
    (gateway,) = by("ec2").describe_internet_gateways()["InternetGateways"]
    table = by.route_table(PUBLIC)["RouteTableId"]
    by("ec2").create_route(RouteTableId=table, DestinationCidrBlock="198.51.100.0/24", GatewayId=gateway["InternetGatewayId"])


@drift(1, "a tag of a route table removed", changed("Create the private route tables", PRIVATE, COST_CENTER))
def _drift_16(by: Hands) -> None:
    by.untag(by.route_table(PRIVATE)["RouteTableId"])


@drift(1, "a route that leads elsewhere", changed("Create the private route tables", PRIVATE, "route 0.0.0.0/0"))
def _drift_17(by: Hands) -> None:
    (other,) = by("ec2").describe_nat_gateways(Filters=[{"Name": "tag:Name", "Values": [f"{NAME}-nat-2"]}])["NatGateways"]
    by("ec2").replace_route(
        RouteTableId=by.route_table(PRIVATE)["RouteTableId"], DestinationCidrBlock="0.0.0.0/0", NatGatewayId=other["NatGatewayId"]
    )


@drift(3, "a route table deleted", missing("Create the private route tables", f"{NAME}-private-rt-2"))
def _drift_18(by: Hands) -> None:
    table = by.route_table(f"{NAME}-private-rt-2")
    for each in table["Associations"]:
        by("ec2").disassociate_route_table(AssociationId=each["RouteTableAssociationId"])
    by("ec2").delete_route_table(RouteTableId=table["RouteTableId"])


# -- Security groups -------------------------------------------------------------------------------------

SSH_FOR_ALL = [{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
ALL_OUT = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]


@drift(1, "a rule opened", changed("Set the rules of the security groups", RDS_GROUP, "ingress tcp 22 from 0.0.0.0/0"))
def _drift_19(by: Hands) -> None:
    by("ec2").authorize_security_group_ingress(GroupId=by.group(RDS_GROUP), IpPermissions=SSH_FOR_ALL)


@drift(1, "a rule removed", changed("Set the rules of the security groups", RDS_GROUP, "ingress tcp 5432 from"))
def _drift_20(by: Hands) -> None:
    (group,) = by("ec2").describe_security_groups(GroupIds=[by.group(RDS_GROUP)])["SecurityGroups"]
    database = [each for each in group["IpPermissions"] if each["FromPort"] == 5432]
    by("ec2").revoke_security_group_ingress(GroupId=group["GroupId"], IpPermissions=database)


@drift(
    1,
    "what goes out narrowed",
    changed("Set the rules of the security groups", REDIS_GROUP, "egress tcp 22 to 0.0.0.0/0", "egress all to 0.0.0.0/0"),
)
def _drift_21(by: Hands) -> None:
    group = by.group(REDIS_GROUP)
    by("ec2").revoke_security_group_egress(GroupId=group, IpPermissions=ALL_OUT)
    by("ec2").authorize_security_group_egress(GroupId=group, IpPermissions=SSH_FOR_ALL)


@drift(1, "nothing may go out of the nodes", changed("Set the rules of the security groups", NODES_GROUP, "egress all to 0.0.0.0/0"))
def _drift_22(by: Hands) -> None:
    by("ec2").revoke_security_group_egress(GroupId=by.group(NODES_GROUP), IpPermissions=ALL_OUT)


@drift(1, "a controller's rule in the nodes' group, which is its own affair", nothing)
def _drift_23(by: Hands) -> None:
    pairs = [{"GroupId": by.group(CLUSTER_GROUP)}]
    rule = {"IpProtocol": "tcp", "FromPort": 8443, "ToPort": 8443, "UserIdGroupPairs": pairs}
    by("ec2").authorize_security_group_ingress(GroupId=by.group(NODES_GROUP), IpPermissions=[rule])


@drift(
    1,
    "a rule opened in the VPC's default group",
    changed("Take the rules out of the default security group", None, "ingress tcp 22 from 0.0.0.0/0"),
)
def _drift_24(by: Hands) -> None:
    by("ec2").authorize_security_group_ingress(GroupId=by.group("default"), IpPermissions=SSH_FOR_ALL)


@drift(1, "a tag of a security group removed", changed("Create the security groups", REDIS_GROUP, COST_CENTER))
def _drift_25(by: Hands) -> None:
    by.untag(by.group(REDIS_GROUP))


# -- Roles -----------------------------------------------------------------------------------------------


@drift(
    1,
    "a managed policy detached",
    changed("Create the roles of the nodes", NODES_ROLE, f"attached policy {AWS_POLICY}AmazonEKSWorkerNodePolicy"),
)
def _drift_26(by: Hands) -> None:
    by("iam").detach_role_policy(RoleName=NODES_ROLE, PolicyArn=f"{AWS_POLICY}AmazonEKSWorkerNodePolicy")


@drift(
    1, "a managed policy attached", changed("Create the roles of the nodes", NODES_ROLE, f"attached policy {AWS_POLICY}AdministratorAccess")
)
def _drift_27(by: Hands) -> None:
    by("iam").attach_role_policy(RoleName=NODES_ROLE, PolicyArn=f"{AWS_POLICY}AdministratorAccess")


@drift(1, "what a role is for changed", changed("Create the roles of the nodes", NODES_ROLE, "description"))
def _drift_28(by: Hands) -> None:
    by("iam").update_role(RoleName=NODES_ROLE, Description="somebody's")


@drift(1, "a tag of a role removed", changed("Create the roles of the control planes", CLUSTER_ROLE, COST_CENTER))
def _drift_29(by: Hands) -> None:
    by("iam").untag_role(RoleName=CLUSTER_ROLE, TagKeys=["CostCenter"])


@drift(1, "who may assume a role changed", changed("Create the roles of the control planes", CLUSTER_ROLE, "assume_role_policy"))
def _drift_30(by: Hands) -> None:
    by("iam").update_assume_role_policy(RoleName=CLUSTER_ROLE, PolicyDocument=ANYBODY_MAY_ASSUME)


@drift(1, "an inline policy changed", changed("Say what the service accounts may do", SCALER_ROLE, f"policy {SCALER_ROLE}-policy"))
def _drift_31(by: Hands) -> None:
    (name,) = by("iam").list_role_policies(RoleName=SCALER_ROLE)["PolicyNames"]
    by("iam").put_role_policy(RoleName=SCALER_ROLE, PolicyName=name, PolicyDocument=ANYTHING)


@drift(1, "an inline policy deleted", missing("Say what the service accounts may do", BALANCER_ROLE))
def _drift_32(by: Hands) -> None:
    (name,) = by("iam").list_role_policies(RoleName=BALANCER_ROLE)["PolicyNames"]
    by("iam").delete_role_policy(RoleName=BALANCER_ROLE, PolicyName=name)


@drift(
    1,
    "which service account may assume a role changed",
    changed("Create the roles of the service accounts", SCALER_ROLE, "assume_role_policy"),
)
def _drift_33(by: Hands) -> None:
    by("iam").update_assume_role_policy(RoleName=SCALER_ROLE, PolicyDocument=ANYBODY_MAY_ASSUME)


@drift(
    1,
    "a managed policy of the backups' role detached",
    changed(
        "Create the role that AWS Backup takes on", None, f"attached policy {AWS_POLICY}service-role/AWSBackupServiceRolePolicyForBackup"
    ),
)
def _drift_34(by: Hands) -> None:
    attached = by("iam").list_attached_role_policies(RoleName=BACKUP_ROLE)["AttachedPolicies"]
    by("iam").detach_role_policy(RoleName=BACKUP_ROLE, PolicyArn=attached[0]["PolicyArn"])


@drift(3, "a role deleted while the cluster has it", missing("Create the roles of the control planes", CLUSTER_ROLE))
def _drift_35(by: Hands) -> None:
    for policy in by("iam").list_attached_role_policies(RoleName=CLUSTER_ROLE)["AttachedPolicies"]:
        by("iam").detach_role_policy(RoleName=CLUSTER_ROLE, PolicyArn=policy["PolicyArn"])
    by("iam").delete_role(RoleName=CLUSTER_ROLE)
