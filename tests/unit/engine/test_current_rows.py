# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What writes would change that a plain row of the table cannot say."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.stratum.aws.plugins.plugin_utils.changes._current import ABSENT, PRESENT

from tests.unit.engine.answering import told

ZONE = {"HostedZone": {"Id": "Z1", "Name": "x", "CallerReference": "1"}, "VPCs": [{"VPCRegion": "ca-central-1", "VPCId": "vpc-1"}]}
PROFILE = {"InstanceProfile": {"InstanceProfileName": "p", "Roles": [{"RoleName": "old"}]}}
PROVIDER = {"ClientIDList": ["sts.amazonaws.com"], "ThumbprintList": ["a" * 40]}
GROUP_OF_TWO = {"ReplicationGroups": [{"UserGroupIds": ["a"], "NodeGroups": [{"NodeGroupId": "0001", "NodeGroupMembers": [{}, {}]}]}]}
PROVIDER_ARN = {"OpenIDConnectProviderArn": "arn:aws:iam::1:oidc-provider/x"}
ENTRY = {"clusterName": "c", "principalArn": "arn:aws:iam::1:role/r"}
ADMIN = "arn:aws:eks::aws:cluster-access-policy/Admin"
ROLE_OF_DATABASE = {"DBInstanceIdentifier": "db", "FeatureName": "s3Import", "RoleArn": "arn:new"}
BLOCKS = {
    "CidrBlockAssociationSet": [{"AssociationId": "vpc-cidr-assoc-1", "CidrBlock": "10.1.0.0/16"}],
    "Ipv6CidrBlockAssociationSet": [{"AssociationId": "vpc-cidr-assoc-2", "Ipv6CidrBlock": "2600::/56"}],
}
ENCRYPTION = [{"resources": ["secrets"], "provider": {"keyArn": "arn:key"}}]


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "answers", "expected"),
    [
        ("ec2", "AssociateVpcCidrBlock", {"VpcId": "v", "CidrBlock": "10.1.0.0/16"}, {}, {"address block 10.1.0.0/16": (ABSENT, PRESENT)}),
        (
            "ec2",
            "DisassociateVpcCidrBlock",
            {"AssociationId": "vpc-cidr-assoc-2"},
            {"DescribeVpcs": {"Vpcs": [BLOCKS]}},
            {"IPv6 address block 2600::/56": (PRESENT, ABSENT)},
        ),
        ("ec2", "DetachInternetGateway", {"InternetGatewayId": "igw", "VpcId": "v"}, {}, {"vpc_id": ("v", ABSENT)}),
        (
            "ec2",
            "EnableVgwRoutePropagation",
            {"GatewayId": "vgw-1", "RouteTableId": "rtb-1"},
            {"DescribeRouteTables": {"RouteTables": [{"PropagatingVgws": []}]}},
            {"routes of vgw-1": (ABSENT, PRESENT)},
        ),
        (
            "ec2",
            "ModifyVpcEndpoint",
            {"VpcEndpointId": "e", "AddSecurityGroupIds": ["sg-2"], "RemoveSecurityGroupIds": ["sg-1"], "PrivateDnsEnabled": True},
            {"DescribeVpcEndpoints": {"VpcEndpoints": [{"Groups": [{"GroupId": "sg-1"}], "PrivateDnsEnabled": False}]}},
            {"security_group_ids": (["sg-1"], ["sg-2"]), "private_dns_enabled": (False, True)},
        ),
        (
            "iam",
            "AddRoleToInstanceProfile",
            {"InstanceProfileName": "p", "RoleName": "new"},
            {"GetInstanceProfile": PROFILE},
            {"role": ("old", "new")},
        ),
        ("iam", "RemoveRoleFromInstanceProfile", {"InstanceProfileName": "p", "RoleName": "old"}, {}, {"role": ("old", ABSENT)}),
        (
            "iam",
            "AddClientIDToOpenIDConnectProvider",
            {**PROVIDER_ARN, "ClientID": "other"},
            {"GetOpenIDConnectProvider": PROVIDER},
            {"client other": (ABSENT, PRESENT)},
        ),
        (
            "iam",
            "UpdateOpenIDConnectProviderThumbprint",
            {**PROVIDER_ARN, "ThumbprintList": ["b" * 40]},
            {"GetOpenIDConnectProvider": PROVIDER},
            {"thumbprints": (["a" * 40], ["b" * 40])},
        ),
        (
            "iam",
            "DeleteRolePermissionsBoundary",
            {"RoleName": "r"},
            {"GetRole": {"Role": {"PermissionsBoundary": {"PermissionsBoundaryArn": "arn:b"}}}},
            {"permissions_boundary": ("arn:b", ABSENT)},
        ),
        (
            "rds",
            "AddRoleToDBInstance",
            ROLE_OF_DATABASE,
            {"DescribeDBInstances": {"DBInstances": [{"AssociatedRoles": [{"FeatureName": "s3Import", "RoleArn": "arn:old"}]}]}},
            {"role for s3Import": ("arn:old", "arn:new")},
        ),
        (
            "rds",
            "ResetDBParameterGroup",
            {"DBParameterGroupName": "g", "ResetAllParameters": True},
            {
                "DescribeDBParameters": {
                    "Parameters": [{"ParameterName": "a", "ParameterValue": "1", "Source": "user"}, {"ParameterName": "b"}]
                }
            },
            {"parameters.a": ("1", ABSENT)},
        ),
        (
            "elasticache",
            "ModifyCacheParameterGroup",
            {
                "CacheParameterGroupName": "g",
                "ParameterNameValues": [{"ParameterName": "maxmemory-policy", "ParameterValue": "noeviction"}],
            },
            {"DescribeCacheParameters": {"Parameters": [{"ParameterName": "maxmemory-policy", "ParameterValue": "volatile-lru"}]}},
            {"parameters.maxmemory-policy": ("volatile-lru", "noeviction")},
        ),
        (
            "elasticache",
            "DecreaseReplicaCount",
            {"ReplicationGroupId": "r", "ApplyImmediately": True, "NewReplicaCount": 0},
            {"DescribeReplicationGroups": GROUP_OF_TWO},
            {"replicas": (1, 0)},
        ),
        (
            "elasticache",
            "ModifyReplicationGroup",
            {"ReplicationGroupId": "r", "UserGroupIdsToAdd": ["b"], "UserGroupIdsToRemove": ["a"]},
            {"DescribeReplicationGroups": GROUP_OF_TWO},
            {"user_group_ids": (["a"], ["b"])},
        ),
        (
            "sns",
            "Unsubscribe",
            {"SubscriptionArn": "arn:s"},
            {"GetSubscriptionAttributes": {"Attributes": {"Protocol": "email", "Endpoint": "a@b.c"}}},
            {"subscription email a@b.c": (PRESENT, ABSENT)},
        ),
        (
            "kms",
            "UpdateAlias",
            {"AliasName": "alias/a", "TargetKeyId": "arn:aws:kms:r:1:key/new"},
            {"ListAliases": {"Aliases": [{"AliasName": "alias/a", "TargetKeyId": "old"}]}},
            {"alias/a": ("old", "new")},
        ),
        (
            "rds",
            "StopDBInstance",
            {"DBInstanceIdentifier": "db"},
            {"DescribeDBInstances": {"DBInstances": [{"DBInstanceStatus": "available"}]}},
            {"status": ("available", "stopped")},
        ),
        (
            "kms",
            "RetireGrant",
            {"KeyId": "k", "GrantId": "g-1"},
            {"ListGrants": {"Grants": [{"GrantId": "g-1", "Operations": ["Decrypt"]}]}},
            {"grant g-1": (["Decrypt"], ABSENT)},
        ),
        (
            "s3",
            "DeleteBucketInventoryConfiguration",
            {"Bucket": "bucket", "Id": "all"},
            {"GetBucketInventoryConfiguration": {"InventoryConfiguration": {"Id": "all"}}},
            {"inventory all": ({"Id": "all"}, ABSENT)},
        ),
        (
            "kms",
            "CreateGrant",
            {"KeyId": "k", "GranteePrincipal": "arn:p", "Operations": ["Encrypt"], "Name": "g"},
            {"ListGrants": {"Grants": [{"Name": "g", "Operations": ["Decrypt"]}]}},
            {"grant g": (["Decrypt"], ["Encrypt"])},
        ),
        (
            "eks",
            "AssociateAccessPolicy",
            {**ENTRY, "policyArn": ADMIN, "accessScope": {"type": "namespace", "namespaces": ["b", "a"]}},
            {"ListAssociatedAccessPolicies": {"associatedAccessPolicies": [{"policyArn": ADMIN, "accessScope": {"type": "cluster"}}]}},
            {"access policy Admin": ("cluster", "namespaces a, b")},
        ),
        (
            "eks",
            "AssociateEncryptionConfig",
            {"clusterName": "c", "encryptionConfig": ENCRYPTION},
            {"DescribeCluster": {"cluster": {"name": "c"}}},
            {"encryption_config": (ABSENT, ENCRYPTION[0])},
        ),
        (
            "eks",
            "UpdateNodegroupConfig",
            {
                "clusterName": "c",
                "nodegroupName": "n",
                "taints": {"addOrUpdateTaints": [{"key": "a", "effect": "NO_SCHEDULE", "value": "new"}], "removeTaints": []},
            },
            {"DescribeNodegroup": {"nodegroup": {"taints": [{"key": "a", "effect": "NO_SCHEDULE", "value": "old"}]}}},
            {"taint a:NO_SCHEDULE": ("old", "new")},
        ),
        (
            "route53",
            "AssociateVPCWithHostedZone",
            {"HostedZoneId": "Z1", "VPC": {"VPCRegion": "ca-central-1", "VPCId": "vpc-2"}},
            {"GetHostedZone": ZONE},
            {"VPC vpc-2": (ABSENT, PRESENT)},
        ),
        (
            "route53",
            "EnableHostedZoneDNSSEC",
            {"HostedZoneId": "Z1"},
            {"GetDNSSEC": {"Status": {"ServeSignature": "NOT_SIGNING"}}},
            {"dnssec": ("NOT_SIGNING", "SIGNING")},
        ),
        (
            "backup",
            "PutBackupVaultLockConfiguration",
            {"BackupVaultName": "v", "MinRetentionDays": 7},
            {"DescribeBackupVault": {"BackupVaultName": "v", "MinRetentionDays": 1, "Locked": True}},
            {"lock.min_retention_days": (1, 7)},
        ),
        (
            "logs",
            "PutMetricFilter",
            {
                "logGroupName": "/a",
                "filterName": "f",
                "filterPattern": "ERROR",
                "metricTransformations": [{"metricName": "m", "metricNamespace": "n", "metricValue": "1"}],
            },
            {
                "DescribeMetricFilters": {
                    "metricFilters": [
                        {"filterName": "f2", "filterPattern": "ERROR"},
                        {
                            "filterName": "f",
                            "filterPattern": "WARN",
                            "metricTransformations": [{"metricName": "m", "metricNamespace": "n", "metricValue": "2"}],
                        },
                    ]
                }
            },
            {"filter_pattern": ("WARN", "ERROR"), "metric_transformations.metric_value": ("2", "1")},
        ),
    ],
)
def test_writes_that_rows_cannot_say(
    service: str, operation: str, parameters: dict[str, Any], answers: dict[str, Any], expected: dict[str, tuple[Any, Any]]
) -> None:
    assert told(service, operation, parameters, **answers) == expected
