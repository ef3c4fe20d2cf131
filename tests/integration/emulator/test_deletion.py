# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What AWS does not let anybody delete, the emulator does not let anybody delete either."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.emulator.fixtures import Emulator

pytestmark = pytest.mark.integration

TRUST = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
)


@contextmanager
def refused(code: str) -> Iterator[None]:
    with pytest.raises(ClientError) as caught:
        yield
    assert caught.value.response["Error"]["Code"] == code, caught.value


@pytest.fixture
def ec2(account: Emulator) -> Any:
    return account.client("ec2")


@pytest.fixture
def vpc(ec2: Any) -> str:
    return str(ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"])


@pytest.fixture
def subnet(ec2: Any, vpc: str) -> str:
    return str(ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"])


def test_a_vpc_goes_only_when_it_is_empty(ec2: Any, vpc: str, subnet: str) -> None:
    with refused("DependencyViolation"):
        ec2.delete_vpc(VpcId=vpc)
    ec2.delete_subnet(SubnetId=subnet)
    group = ec2.create_security_group(GroupName="web", Description="web", VpcId=vpc)["GroupId"]
    with refused("DependencyViolation"):
        ec2.delete_vpc(VpcId=vpc)
    ec2.delete_security_group(GroupId=group)
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    with refused("DependencyViolation"):
        ec2.delete_internet_gateway(InternetGatewayId=gateway)
    with refused("DependencyViolation"):
        ec2.delete_vpc(VpcId=vpc)
    ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    ec2.delete_vpc(VpcId=vpc)
    assert not ec2.describe_vpcs(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["Vpcs"]


def test_dhcp_options_outlive_their_vpc_and_block_nobody(ec2: Any, vpc: str) -> None:
    options = ec2.create_dhcp_options(DhcpConfigurations=[{"Key": "domain-name", "Values": ["x.internal"]}])
    identifier = options["DhcpOptions"]["DhcpOptionsId"]
    ec2.associate_dhcp_options(DhcpOptionsId=identifier, VpcId=vpc)
    with refused("DependencyViolation"):
        ec2.delete_dhcp_options(DhcpOptionsId=identifier)
    ec2.delete_vpc(VpcId=vpc)
    ec2.delete_dhcp_options(DhcpOptionsId=identifier)


def test_a_subnet_with_a_network_interface_stays(ec2: Any, subnet: str) -> None:
    interface = ec2.create_network_interface(SubnetId=subnet)["NetworkInterface"]["NetworkInterfaceId"]
    with refused("DependencyViolation"):
        ec2.delete_subnet(SubnetId=subnet)
    ec2.delete_network_interface(NetworkInterfaceId=interface)
    ec2.delete_subnet(SubnetId=subnet)


def test_a_security_group_that_something_names_stays(ec2: Any, vpc: str, subnet: str) -> None:
    one, other = (ec2.create_security_group(GroupName=name, Description="x", VpcId=vpc)["GroupId"] for name in ("one", "other"))
    rule = [{"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "UserIdGroupPairs": [{"GroupId": one}]}]
    for egress in (False, True):
        authorize = ec2.authorize_security_group_egress if egress else ec2.authorize_security_group_ingress
        revoke = ec2.revoke_security_group_egress if egress else ec2.revoke_security_group_ingress
        authorize(GroupId=other, IpPermissions=rule)
        with refused("DependencyViolation"):
            ec2.delete_security_group(GroupId=one)
        revoke(GroupId=other, IpPermissions=rule)
    ec2.authorize_security_group_ingress(GroupId=one, IpPermissions=rule)
    interface = ec2.create_network_interface(SubnetId=subnet, Groups=[one])["NetworkInterface"]["NetworkInterfaceId"]
    with refused("DependencyViolation"):
        ec2.delete_security_group(GroupId=one)
    ec2.delete_network_interface(NetworkInterfaceId=interface)
    ec2.delete_security_group(GroupId=one)
    default = ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [vpc]}, {"Name": "group-name", "Values": ["default"]}])
    with refused("CannotDelete"):
        ec2.delete_security_group(GroupId=default["SecurityGroups"][0]["GroupId"])


def test_a_route_table_of_a_subnet_stays(ec2: Any, vpc: str, subnet: str) -> None:
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    association = ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)["AssociationId"]
    with refused("DependencyViolation"):
        ec2.delete_route_table(RouteTableId=table)
    ec2.disassociate_route_table(AssociationId=association)
    ec2.delete_route_table(RouteTableId=table)


def test_a_bucket_with_versions_or_delete_markers_stays(account: Emulator) -> None:
    s3 = account.client("s3", region="us-east-1")
    s3.create_bucket(Bucket="versions")
    s3.put_bucket_versioning(Bucket="versions", VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket="versions", Key="a", Body=b"1")
    s3.delete_object(Bucket="versions", Key="a")
    assert "Contents" not in s3.list_objects_v2(Bucket="versions")
    with refused("BucketNotEmpty"):
        s3.delete_bucket(Bucket="versions")


def test_a_role_in_use_and_an_attached_policy_stay(account: Emulator) -> None:
    iam = account.client("iam")
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=TRUST)
    document = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*"}]})
    arn = iam.create_policy(PolicyName="p", PolicyDocument=document)["Policy"]["Arn"]
    iam.attach_role_policy(RoleName="r", PolicyArn=arn)
    with refused("DeleteConflict"):
        iam.delete_role(RoleName="r")
    with refused("DeleteConflict"):
        iam.delete_policy(PolicyArn=arn)
    iam.detach_role_policy(RoleName="r", PolicyArn=arn)
    iam.delete_policy(PolicyArn=arn)
    iam.put_role_policy(RoleName="r", PolicyName="inline", PolicyDocument=document)
    with refused("DeleteConflict"):
        iam.delete_role(RoleName="r")


def test_a_key_waits_for_its_deletion_with_its_alias(account: Emulator) -> None:
    kms = account.client("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName="alias/mine", TargetKeyId=key)
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    assert kms.describe_key(KeyId="alias/mine")["KeyMetadata"]["KeyState"] == "PendingDeletion"
    with refused("KMSInvalidStateException"):
        kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    kms.cancel_key_deletion(KeyId=key)
    metadata = kms.describe_key(KeyId=key)["KeyMetadata"]
    assert metadata["KeyState"] == "Disabled"
    kms.enable_key(KeyId=metadata["Arn"])
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "Enabled"


def test_a_secret_that_is_scheduled_for_deletion_holds_its_name(account: Emulator) -> None:
    secrets = account.client("secretsmanager")
    secrets.create_secret(Name="s", SecretString="one")
    secrets.delete_secret(SecretId="s", RecoveryWindowInDays=7)
    with refused("InvalidRequestException"):
        secrets.create_secret(Name="s", SecretString="two")
    with refused("InvalidRequestException"):
        secrets.get_secret_value(SecretId="s")
    secrets.restore_secret(SecretId="s")
    assert secrets.get_secret_value(SecretId="s")["SecretString"] == "one"


def test_a_zone_with_records_stays(account: Emulator) -> None:
    route53 = account.client("route53")
    zone = route53.create_hosted_zone(Name="example.com", CallerReference="1")["HostedZone"]["Id"]
    record = {"Name": "www.example.com", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "192.0.2.1"}]}
    for action in ("CREATE", "DELETE"):
        change = {"Changes": [{"Action": action, "ResourceRecordSet": record}]}
        route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch=change)
        if action == "CREATE":
            with refused("HostedZoneNotEmpty"):
                route53.delete_hosted_zone(Id=zone)
    route53.delete_hosted_zone(Id=zone)


def test_a_backup_plan_with_a_selection_stays(account: Emulator) -> None:
    backup = account.client("backup")
    backup.create_backup_vault(BackupVaultName="vault")
    rules = [{"RuleName": "daily", "TargetBackupVaultName": "vault"}]
    plan = backup.create_backup_plan(BackupPlan={"BackupPlanName": "p", "Rules": rules})["BackupPlanId"]
    selection = {"SelectionName": "s", "IamRoleArn": "arn:aws:iam::123456789012:role/r", "Resources": ["*"]}
    chosen = backup.create_backup_selection(BackupPlanId=plan, BackupSelection=selection)["SelectionId"]
    with refused("InvalidRequestException"):
        backup.delete_backup_plan(BackupPlanId=plan)
    backup.delete_backup_selection(BackupPlanId=plan, SelectionId=chosen)
    backup.delete_backup_plan(BackupPlanId=plan)


def test_a_vault_goes_when_it_holds_no_backup_any_more(account: Emulator) -> None:
    backup = account.client("backup")
    backup.create_backup_vault(BackupVaultName="daily")
    point = backup.start_backup_job(
        BackupVaultName="daily",
        ResourceArn="arn:aws:rds:ca-central-1:123456789012:db:orders",
        IamRoleArn="arn:aws:iam::123456789012:role/backup",
    )["RecoveryPointArn"]
    (listed,) = backup.list_recovery_points_by_backup_vault(BackupVaultName="daily")["RecoveryPoints"]
    assert listed["RecoveryPointArn"] == point
    assert backup.describe_backup_vault(BackupVaultName="daily")["NumberOfRecoveryPoints"] == 1
    with pytest.raises(backup.exceptions.InvalidRequestException, match="recovery points"):
        backup.delete_backup_vault(BackupVaultName="daily")
    backup.delete_recovery_point(BackupVaultName="daily", RecoveryPointArn=point)
    backup.delete_backup_vault(BackupVaultName="daily")
    assert backup.list_backup_vaults()["BackupVaultList"] == []


def test_a_backup_plan_can_be_made_again_when_it_was_deleted(account: Emulator) -> None:
    backup = account.client("backup")
    plan = {"BackupPlanName": "daily", "Rules": [{"RuleName": "daily", "TargetBackupVaultName": "Default"}]}
    first = backup.create_backup_plan(BackupPlan=plan)["BackupPlanId"]
    with pytest.raises(backup.exceptions.AlreadyExistsException):
        backup.create_backup_plan(BackupPlan=plan)
    backup.delete_backup_plan(BackupPlanId=first)
    assert backup.create_backup_plan(BackupPlan=plan)["BackupPlanId"] != first
