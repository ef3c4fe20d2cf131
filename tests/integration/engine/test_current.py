# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a write would change, told from what the emulator answers; then the write is made, and nothing is left to change."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.stratum.aws.plugins.plugin_utils.changes import _current, _differences
from botocore import xform_name

from tests.emulator.fixtures import Emulator
from tests.integration.modules.eks_parts import make_role

pytestmark = pytest.mark.integration


def check(client: Any, operation: str, expected: list[str], **parameters: Any) -> Any:
    """Compare what is told with these lines, make the write, and see that it is not told a second time; return its answer."""
    found = _current.changes(client, operation, parameters)
    assert found is not None, "the account could not be asked"
    call = {"service": "any", "operation": operation, "parameters": {}, "changes": [change.as_dict() for change in found]}
    assert [line for line in _differences.lines({}, [call]) if found] == expected
    answer = getattr(client, xform_name(operation))(**parameters)
    assert _current.changes(client, operation, parameters) == []
    return answer


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


READ = {"Sid": "Read", "Effect": "Allow", "Action": ["s3:GetObject"], "Resource": "*"}


@pytest.fixture
def network(account: Emulator) -> dict[str, Any]:
    """A VPC with a subnet, a second one, a gateway and a route table."""
    ec2 = account.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=f"ca-central-1{'ab'[number]}")["Subnet"]["SubnetId"]
        for number in (0, 1)
    ]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    return {"ec2": ec2, "vpc": vpc, "subnets": subnets, "gateway": gateway, "table": table}


def test_a_network(network: dict[str, Any]) -> None:
    ec2, vpc, subnet, table, gateway = network["ec2"], network["vpc"], network["subnets"][0], network["table"], network["gateway"]
    check(ec2, "ModifyVpcAttribute", ["enable_dns_hostnames: false → true"], VpcId=vpc, EnableDnsHostnames={"Value": True})
    check(ec2, "ModifySubnetAttribute", ["map_public_ip_on_launch: false → true"], SubnetId=subnet, MapPublicIpOnLaunch={"Value": True})
    check(ec2, "AttachInternetGateway", [f"+ vpc_id: {vpc}"], InternetGatewayId=gateway, VpcId=vpc)
    route = {"RouteTableId": table, "DestinationCidrBlock": "0.0.0.0/0"}
    check(ec2, "CreateRoute", [f"+ route 0.0.0.0/0: {gateway}"], **route, GatewayId=gateway)
    check(ec2, "DeleteRoute", [f"- route 0.0.0.0/0: {gateway}"], **route)
    answer = check(ec2, "AssociateRouteTable", [f"+ route table of {subnet}: {table}"], RouteTableId=table, SubnetId=subnet)
    other = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    parameters = {"AssociationId": answer["AssociationId"], "RouteTableId": other}
    found = _current.changes(ec2, "ReplaceRouteTableAssociation", parameters)
    assert found == [_current.Change(f"route table of {subnet}", table, other)]
    check(ec2, "DisassociateRouteTable", [f"- route table of {subnet}: {table}"], AssociationId=answer["AssociationId"])
    options = ec2.create_dhcp_options(DhcpConfigurations=[{"Key": "domain-name", "Values": ["x"]}])["DhcpOptions"]["DhcpOptionsId"]
    before = ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"][0]["DhcpOptionsId"]
    check(ec2, "AssociateDhcpOptions", [f"dhcp_options_id: {before} → {options}"], VpcId=vpc, DhcpOptionsId=options)


def test_tags_of_a_network(network: dict[str, Any]) -> None:
    ec2, vpc = network["ec2"], network["vpc"]
    ec2.create_tags(Resources=[vpc], Tags=[{"Key": "Name", "Value": "old"}, {"Key": "same", "Value": "x"}])
    tags = [{"Key": "Name", "Value": "new"}, {"Key": "same", "Value": "x"}, {"Key": "more", "Value": "y"}]
    check(ec2, "CreateTags", ["tags.Name: old → new", "+ tags.more: y"], Resources=[vpc], Tags=tags)
    check(ec2, "DeleteTags", ["- tags.more: y"], Resources=[vpc], Tags=[{"Key": "more"}])


def test_a_security_group(network: dict[str, Any]) -> None:
    ec2 = network["ec2"]
    group = ec2.create_security_group(GroupName="g", Description="g", VpcId=network["vpc"])["GroupId"]
    ssh = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22}
    rule = {"GroupId": group, "IpPermissions": [{**ssh, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]}
    check(ec2, "AuthorizeSecurityGroupIngress", ["+ ingress tcp 22 from 0.0.0.0/0"], **rule)
    described = {"GroupId": group, "IpPermissions": [{**ssh, "IpRanges": [{"CidrIp": "0.0.0.0/0", "Description": "all"}]}]}
    line = "+ ingress tcp 22 from 0.0.0.0/0 description: all"
    check(ec2, "UpdateSecurityGroupRuleDescriptionsIngress", [line], **described)
    check(ec2, "RevokeSecurityGroupIngress", ["- ingress tcp 22 from 0.0.0.0/0: all"], **described)
    everything = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    check(ec2, "RevokeSecurityGroupEgress", ["- egress all to 0.0.0.0/0"], GroupId=group, IpPermissions=everything)
    inner = [{"IpProtocol": "udp", "FromPort": 53, "ToPort": 54, "UserIdGroupPairs": [{"GroupId": group}]}]
    check(ec2, "AuthorizeSecurityGroupEgress", [f"+ egress udp 53-54 to {group}"], GroupId=group, IpPermissions=inner)


def test_a_network_acl(network: dict[str, Any]) -> None:
    ec2, subnet = network["ec2"], network["subnets"][0]
    acl = ec2.create_network_acl(VpcId=network["vpc"])["NetworkAcl"]["NetworkAclId"]
    rule = {"NetworkAclId": acl, "RuleNumber": 100, "Egress": False}
    web = {"Protocol": "6", "CidrBlock": "0.0.0.0/0", "PortRange": {"From": 443, "To": 443}}
    check(ec2, "CreateNetworkAclEntry", ["+ ingress rule 100: allow tcp 443 from 0.0.0.0/0"], **rule, **web, RuleAction="allow")
    line = "ingress rule 100: allow tcp 443 from 0.0.0.0/0 → deny tcp 443 from 0.0.0.0/0"
    check(ec2, "ReplaceNetworkAclEntry", [line], **rule, **web, RuleAction="deny")
    check(ec2, "DeleteNetworkAclEntry", ["- ingress rule 100: deny tcp 443 from 0.0.0.0/0"], **rule)
    acls = ec2.describe_network_acls(Filters=[{"Name": "association.subnet-id", "Values": [subnet]}])["NetworkAcls"]
    association = next(each for each in acls[0]["Associations"] if each["SubnetId"] == subnet)["NetworkAclAssociationId"]
    found = _current.changes(ec2, "ReplaceNetworkAclAssociation", {"AssociationId": association, "NetworkAclId": acl})
    assert found == [_current.Change(f"network ACL of {subnet}", acls[0]["NetworkAclId"], acl)]


def test_an_endpoint_and_a_launch_template(network: dict[str, Any]) -> None:
    ec2, table = network["ec2"], network["table"]
    made = ec2.create_vpc_endpoint(VpcId=network["vpc"], ServiceName="com.amazonaws.ca-central-1.s3", VpcEndpointType="Gateway")
    endpoint = made["VpcEndpoint"]["VpcEndpointId"]
    check(ec2, "ModifyVpcEndpoint", [f'+ route_table_ids: ["{table}"]'], VpcEndpointId=endpoint, AddRouteTableIds=[table])
    check(ec2, "ModifyVpcEndpoint", [f'- route_table_ids: ["{table}"]'], VpcEndpointId=endpoint, RemoveRouteTableIds=[table])
    ec2.create_launch_template(LaunchTemplateName="template", LaunchTemplateData={"InstanceType": "t3.small", "EbsOptimized": True})
    data = {"InstanceType": "t3.large", "EbsOptimized": True}
    check(
        ec2, "CreateLaunchTemplateVersion", ["instance_type: t3.small → t3.large"], LaunchTemplateName="template", LaunchTemplateData=data
    )
    check(ec2, "ModifyLaunchTemplate", ["default_version: 1 → 2"], LaunchTemplateName="template", DefaultVersion="2")


def test_a_role(account: Emulator) -> None:
    iam = account.client("iam")
    trust = {"Sid": "Trust", "Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role = {"RoleName": "r"}
    iam.create_role(**role, AssumeRolePolicyDocument=document(trust), Description="old")
    both = document({**trust, "Principal": {"Service": ["ec2.amazonaws.com", "ecs.amazonaws.com"]}})
    line = 'assume_role_policy.Trust.Principal.Service: ec2.amazonaws.com → ["ec2.amazonaws.com", "ecs.amazonaws.com"]'
    check(iam, "UpdateAssumeRolePolicy", [line], **role, PolicyDocument=both)
    check(
        iam,
        "UpdateRole",
        ["description: old → new", "max_session_duration: 3600 → 7200"],
        **role,
        Description="new",
        MaxSessionDuration=7200,
    )
    check(iam, "TagRole", ["+ tags.team: core"], **role, Tags=[{"Key": "team", "Value": "core"}])
    check(iam, "UntagRole", ["- tags.team: core"], **role, TagKeys=["team"])
    arn = iam.create_policy(PolicyName="p", PolicyDocument=document(READ))["Policy"]["Arn"]
    check(iam, "AttachRolePolicy", [f"+ attached policy {arn}"], **role, PolicyArn=arn)
    check(iam, "DetachRolePolicy", [f"- attached policy {arn}"], **role, PolicyArn=arn)
    more = document({**READ, "Action": ["s3:GetObject", "s3:ListBucket"]})
    line = 'policy.Read.Action: s3:GetObject → ["s3:GetObject", "s3:ListBucket"]'
    check(iam, "CreatePolicyVersion", [line], PolicyArn=arn, PolicyDocument=more, SetAsDefault=True)
    iam.put_role_policy(**role, PolicyName="inline", PolicyDocument=document(READ))
    line = "policy inline.Read.Effect: Allow → Deny"
    check(iam, "PutRolePolicy", [line], **role, PolicyName="inline", PolicyDocument=document({**READ, "Effect": "Deny"}))
    found = _current.changes(iam, "DeleteRolePolicy", {**role, "PolicyName": "inline"})
    assert found is not None
    assert [(each.property, each.new) for each in found] == [("policy inline", _current.ABSENT)]
    user = {"UserName": "u"}
    iam.create_user(**user)
    check(iam, "AttachUserPolicy", [f"+ attached policy {arn}"], **user, PolicyArn=arn)
    check(iam, "DetachUserPolicy", [f"- attached policy {arn}"], **user, PolicyArn=arn)
    key = iam.create_access_key(**user)["AccessKey"]["AccessKeyId"]
    check(iam, "UpdateAccessKey", [f"access key {key}: Active → Inactive"], **user, AccessKeyId=key, Status="Inactive")
    check(iam, "DeleteAccessKey", [f"- access key {key}: Inactive"], **user, AccessKeyId=key)
    iam.create_instance_profile(InstanceProfileName="ip")
    check(iam, "AddRoleToInstanceProfile", ["+ role: r"], InstanceProfileName="ip", RoleName="r")


def test_a_database(network: dict[str, Any], account: Emulator) -> None:
    rds = account.client("rds")
    rds.create_db_subnet_group(DBSubnetGroupName="s", DBSubnetGroupDescription="s", SubnetIds=network["subnets"])
    rds.create_db_instance(
        DBInstanceIdentifier="db",
        Engine="postgres",
        DBInstanceClass="db.t4g.small",
        AllocatedStorage=20,
        BackupRetentionPeriod=7,
        MasterUsername="root",
        MasterUserPassword="not-a-secret",
        DBSubnetGroupName="s",
        Tags=[{"Key": "Name", "Value": "db"}],
    )
    unchanged = {"DBInstanceIdentifier": "db", "ApplyImmediately": True, "DBInstanceClass": "db.t4g.small", "AllocatedStorage": 20}
    check(rds, "ModifyDBInstance", ["backup_retention_period: 7 → 1"], **unchanged, BackupRetentionPeriod=1)
    found = _current.changes(rds, "ModifyDBInstance", {**unchanged, "MasterUserPassword": "not-this-either"})
    assert found == [_current.Change("master_user_password", "(sensitive)", "(sensitive)")]
    first = network["subnets"][0]
    third = network["ec2"].create_subnet(VpcId=network["vpc"], CidrBlock="10.0.9.0/24", AvailabilityZone="ca-central-1d")["Subnet"][
        "SubnetId"
    ]
    line = f'subnet_ids: ["{first}", "{network["subnets"][1]}"] → ["{third}", "{first}"]'
    found = _current.changes(rds, "ModifyDBSubnetGroup", {"DBSubnetGroupName": "s", "SubnetIds": [third, first]})
    assert found is not None
    assert [each.property for each in found] == ["subnet_ids"], line
    arn = rds.describe_db_instances()["DBInstances"][0]["DBInstanceArn"]
    check(rds, "AddTagsToResource", ["tags.Name: db → base"], ResourceName=arn, Tags=[{"Key": "Name", "Value": "base"}])
    check(rds, "RemoveTagsFromResource", ["- tags.Name: base"], ResourceName=arn, TagKeys=["Name"])


def test_a_parameter_group(account: Emulator) -> None:
    rds = account.client("rds")
    name = {"DBParameterGroupName": "main"}
    rds.create_db_parameter_group(**name, DBParameterGroupFamily="postgres16", Description="d")
    value = {"ParameterName": "log_min_duration_statement", "ApplyMethod": "immediate"}
    rds.modify_db_parameter_group(**name, Parameters=[{**value, "ParameterValue": "500"}])
    line = "parameters.log_min_duration_statement: 500 → 250"
    check(rds, "ModifyDBParameterGroup", [line], **name, Parameters=[{**value, "ParameterValue": "250"}])


def test_a_cache(account: Emulator) -> None:
    cache = account.client("elasticache")
    group = {"ReplicationGroupId": "r"}
    cache.create_replication_group(
        **group,
        ReplicationGroupDescription="sessions",
        Engine="redis",
        CacheNodeType="cache.t4g.small",
        NumCacheClusters=2,
        AutomaticFailoverEnabled=True,
        SnapshotRetentionLimit=5,
    )
    unchanged = {**group, "ReplicationGroupDescription": "sessions", "AutomaticFailoverEnabled": True, "ApplyImmediately": True}
    check(cache, "ModifyReplicationGroup", ["snapshot_retention_limit: 5 → 7"], **unchanged, SnapshotRetentionLimit=7)
    found = _current.changes(cache, "IncreaseReplicaCount", {**group, "NewReplicaCount": 3, "ApplyImmediately": True})
    assert found == [_current.Change("replicas", 1, 3)]


def test_a_bucket(account: Emulator) -> None:
    s3 = account.client("s3")
    bucket = {"Bucket": "bucket"}
    s3.create_bucket(**bucket, CreateBucketConfiguration={"LocationConstraint": "ca-central-1"})
    check(s3, "PutBucketVersioning", ["+ versioning: Enabled"], **bucket, VersioningConfiguration={"Status": "Enabled"})
    check(s3, "PutBucketVersioning", ["versioning: Enabled → Suspended"], **bucket, VersioningConfiguration={"Status": "Suspended"})
    tags = [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]
    s3.put_bucket_tagging(**bucket, Tagging={"TagSet": tags})
    others = [{"Key": "a", "Value": "9"}, {"Key": "c", "Value": "3"}]
    check(s3, "PutBucketTagging", ["tags.a: 1 → 9", "- tags.b: 2", "+ tags.c: 3"], **bucket, Tagging={"TagSet": others})
    block = {"BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": True, "RestrictPublicBuckets": True}
    s3.put_public_access_block(**bucket, PublicAccessBlockConfiguration={**block, "BlockPublicAcls": False})
    line = "public_access_block.block_public_acls: false → true"
    check(s3, "PutPublicAccessBlock", [line], **bucket, PublicAccessBlockConfiguration=block)
    ownership = {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    s3.put_bucket_ownership_controls(**bucket, OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]})
    line = "object_ownership: ObjectWriter → BucketOwnerEnforced"
    check(s3, "PutBucketOwnershipControls", [line], **bucket, OwnershipControls=ownership)
    expire = {"ID": "expire", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 30}}
    s3.put_bucket_lifecycle_configuration(**bucket, LifecycleConfiguration={"Rules": [expire]})
    later = {"Rules": [{**expire, "Expiration": {"Days": 60}}]}
    check(s3, "PutBucketLifecycleConfiguration", ["lifecycle.expire.expiration.days: 30 → 60"], **bucket, LifecycleConfiguration=later)
    s3.put_bucket_policy(**bucket, Policy=document({**READ, "Principal": "*"}))
    line = "policy.Read.Action: s3:GetObject → s3:ListBucket"
    check(s3, "PutBucketPolicy", [line], **bucket, Policy=document({**READ, "Principal": "*", "Action": "s3:ListBucket"}))
    found = _current.changes(s3, "DeleteBucketPolicy", bucket)
    assert found is not None
    assert [(each.property, each.new) for each in found] == [("policy.Read", _current.ABSENT)] or [each.property for each in found] == [
        "policy"
    ]
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    s3.put_bucket_encryption(**bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})
    kms = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}]}
    line = "encryption.apply_server_side_encryption_by_default.sse_algorithm: AES256 → aws:kms"
    check(s3, "PutBucketEncryption", [line], **bucket, ServerSideEncryptionConfiguration=kms)


def test_logs_and_alarms(account: Emulator) -> None:
    logs, cloudwatch = account.client("logs"), account.client("cloudwatch")
    group = {"logGroupName": "/a"}
    for name in ("/a", "/abc"):
        logs.create_log_group(logGroupName=name)
    check(logs, "PutRetentionPolicy", ["+ retention_in_days: 30"], **group, retentionInDays=30)
    check(logs, "PutRetentionPolicy", ["retention_in_days: 30 → 90"], **group, retentionInDays=90)
    check(logs, "DeleteRetentionPolicy", ["- retention_in_days: 90"], **group)
    arn = "arn:aws:logs:ca-central-1:123456789012:log-group:/a"
    check(logs, "TagResource", ["+ tags.team: core"], resourceArn=arn, tags={"team": "core"})
    alarm = {
        "AlarmName": "cpu",
        "MetricName": "CPUUtilization",
        "Namespace": "AWS/EC2",
        "Statistic": "Average",
        "Period": 60,
        "EvaluationPeriods": 3,
        "ComparisonOperator": "GreaterThanThreshold",
        "Threshold": 80.0,
        "Dimensions": [{"Name": "InstanceId", "Value": "i-1"}],
    }
    cloudwatch.put_metric_alarm(**alarm)
    check(cloudwatch, "PutMetricAlarm", ["threshold: 80.0 → 90.0"], **{**alarm, "Threshold": 90.0})
    widget = {"type": "text", "x": 0, "properties": {"markdown": "old"}}
    cloudwatch.put_dashboard(DashboardName="d", DashboardBody=json.dumps({"widgets": [widget]}))
    new = json.dumps({"widgets": [{**widget, "properties": {"markdown": "new"}}]})
    check(cloudwatch, "PutDashboard", ["widgets.properties.markdown: old → new"], DashboardName="d", DashboardBody=new)


def test_topics_and_keys_and_secrets(account: Emulator) -> None:
    sns, kms, secrets = account.client("sns"), account.client("kms"), account.client("secretsmanager")
    topic = sns.create_topic(Name="t")["TopicArn"]
    check(sns, "SetTopicAttributes", ["+ display_name: Alerts"], TopicArn=topic, AttributeName="DisplayName", AttributeValue="Alerts")
    check(sns, "Subscribe", ["+ subscription email ops@example.com"], TopicArn=topic, Protocol="email", Endpoint="ops@example.com")
    check(sns, "TagResource", ["+ tags.team: core"], ResourceArn=topic, Tags=[{"Key": "team", "Value": "core"}])
    root = {"Sid": "Root", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}, "Action": "kms:*", "Resource": "*"}
    key = kms.create_key(Policy=document(root), Description="old")["KeyMetadata"]["KeyId"]
    check(kms, "EnableKeyRotation", ["key_rotation: false → true"], KeyId=key)
    check(kms, "UpdateKeyDescription", ["description: old → new"], KeyId=key, Description="new")
    less = document({**root, "Action": "kms:Decrypt"})
    check(kms, "PutKeyPolicy", ["policy.Root.Action: kms:* → kms:Decrypt"], KeyId=key, PolicyName="default", Policy=less)
    check(kms, "TagResource", ["+ tags.team: core"], KeyId=key, Tags=[{"TagKey": "team", "TagValue": "core"}])
    check(kms, "DisableKey", ["enabled: true → false"], KeyId=key)
    check(kms, "CreateAlias", [f"+ alias/main: {key}"], AliasName="alias/main", TargetKeyId=key)
    secrets.create_secret(Name="s", SecretString="not-a-secret", Description="old")
    check(secrets, "UpdateSecret", ["description: old → new"], SecretId="s", Description="new")
    check(secrets, "TagResource", ["+ tags.team: core"], SecretId="s", Tags=[{"Key": "team", "Value": "core"}])


def test_a_cluster(network: dict[str, Any], account: Emulator) -> None:
    eks = account.client("eks")
    role = make_role(account, "cluster", "eks.amazonaws.com")
    networking = {"subnetIds": network["subnets"], "endpointPublicAccess": True, "endpointPrivateAccess": False}
    eks.create_cluster(name="c", version="1.33", roleArn=role, resourcesVpcConfig=networking)
    line = "resources_vpc_config.endpoint_private_access: false → true"
    changed = {"endpointPublicAccess": True, "endpointPrivateAccess": True}
    found = _current.changes(eks, "UpdateClusterConfig", {"name": "c", "resourcesVpcConfig": changed})
    assert found == [_current.Change("resources_vpc_config.endpoint_private_access", False, True)], line
    found = _current.changes(eks, "UpdateClusterVersion", {"name": "c", "version": "1.34"})
    assert found == [_current.Change("version", "1.33", "1.34")]
    logging = {"clusterLogging": [{"types": ["api", "audit"], "enabled": True}]}
    found = _current.changes(eks, "UpdateClusterConfig", {"name": "c", "logging": logging})
    assert found is not None
    assert {each.property: each.new for each in found} == {"logging.api": True, "logging.audit": True}
    arn = eks.describe_cluster(name="c")["cluster"]["arn"]
    check(eks, "TagResource", ["+ tags.team: core"], resourceArn=arn, tags={"team": "core"})
    role = make_role(account, "node", "ec2.amazonaws.com")
    scaling = {"minSize": 1, "maxSize": 3, "desiredSize": 2}
    eks.create_nodegroup(
        clusterName="c", nodegroupName="n", subnets=network["subnets"], nodeRole=role, scalingConfig=scaling, labels={"a": "1", "b": "2"}
    )
    wanted = {
        "clusterName": "c",
        "nodegroupName": "n",
        "scalingConfig": {**scaling, "maxSize": 5},
        "labels": {"addOrUpdateLabels": {"a": "9"}, "removeLabels": ["b"]},
    }
    check(eks, "UpdateNodegroupConfig", ["labels.a: 1 → 9", "- labels.b: 2", "scaling_config.max_size: 3 → 5"], **wanted)


def test_zones_and_backups(account: Emulator) -> None:
    route53, backup = account.client("route53"), account.client("backup")
    zone = route53.create_hosted_zone(Name="example.com", CallerReference="1")["HostedZone"]["Id"].rsplit("/", 1)[-1]
    record = {"Name": "www.example.com", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "10.0.0.1"}]}

    def batch(**changes: Any) -> dict[str, Any]:
        return {"HostedZoneId": zone, "ChangeBatch": {"Changes": [{"Action": "UPSERT", "ResourceRecordSet": {**record, **changes}}]}}

    check(route53, "ChangeResourceRecordSets", ['+ record www.example.com A: {"ttl": 60, "values": ["10.0.0.1"]}'], **batch())
    check(route53, "ChangeResourceRecordSets", ["record www.example.com A.ttl: 60 → 300"], **batch(TTL=300))
    tags = {"ResourceType": "hostedzone", "ResourceId": zone, "AddTags": [{"Key": "team", "Value": "core"}]}
    check(route53, "ChangeTagsForResource", ["+ tags.team: core"], **tags)
    check(route53, "UpdateHostedZoneComment", ["+ comment: main"], Id=zone, Comment="main")
    backup.create_backup_vault(BackupVaultName="vault")
    rule = {
        "RuleName": "daily",
        "TargetBackupVaultName": "vault",
        "ScheduleExpression": "cron(0 5 * * ? *)",
        "Lifecycle": {"DeleteAfterDays": 7},
    }
    plan = {"BackupPlanName": "plan", "Rules": [rule]}
    made = backup.create_backup_plan(BackupPlan=plan)["BackupPlanId"]
    longer = {**plan, "Rules": [{**rule, "Lifecycle": {"DeleteAfterDays": 30}}]}
    check(backup, "UpdateBackupPlan", ["rules.daily.lifecycle.delete_after_days: 7 → 30"], BackupPlanId=made, BackupPlan=longer)


def test_without_the_right_to_read_the_call_is_what_is_known(account: Emulator) -> None:
    s3 = account.client("s3")
    s3.meta.events.register("before-parameter-build.s3.GetBucketPolicy", _refuse)
    parameters = {"Bucket": "bucket", "Policy": document(READ)}
    assert _current.changes(s3, "PutBucketPolicy", parameters) is None


def _refuse(**_event: Any) -> None:
    raise PermissionError("AccessDenied")
