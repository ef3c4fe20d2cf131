# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table of writes: how the current values of what each would change are read. Pure.

One row per `service:Operation` of the writes that the modules of our layers make on things that exist. Tags are not
here (`_current_tags.py`). A write that is not known is shown as its call.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from ansible_collections.stratum.aws.plugins.plugin_utils.changes import (
    _current_buckets,
    _current_containers,
    _current_data,
    _current_delivery,
    _current_ec2,
    _current_edge,
    _current_instances,
    _current_nodes,
    _current_serverless,
    _current_services,
    _current_watching,
)
from ansible_collections.stratum.aws.plugins.plugin_utils.changes._current_rows import Fields, Part, Row

_USER: Final[dict[str, Any]] = {"read": "GetUser", "ask": {"UserName": "UserName"}}
_ROLE: Final[dict[str, Any]] = {"read": "GetRole", "ask": {"RoleName": "RoleName"}}
_LOG_GROUP: Final[dict[str, Any]] = {
    "read": "DescribeLogGroups",
    "ask": {"logGroupNamePrefix": "logGroupName"},
    "current": "logGroups",
    "pick": ("logGroupName", "logGroupName"),
}
_DATABASE: Final[dict[str, Any]] = {"read": "DescribeDBInstances", "ask": {"DBInstanceIdentifier": "DBInstanceIdentifier"}}
_REPOSITORY: Final[dict[str, Any]] = {"read": "DescribeRepositories", "ask": {"repositoryNames": "[repositoryName]"}}
_LIFECYCLE: Final[dict[str, Any]] = {
    "read": "GetLifecyclePolicy",
    "ask": {"repositoryName": "repositoryName"},
    "current": "lifecyclePolicyText",
}
_IMAGE_POLICY: Final[dict[str, Any]] = {
    "read": "GetRepositoryPolicy",
    "ask": {"repositoryName": "repositoryName"},
    "current": "policyText",
}
_CLUSTER: Final[dict[str, Any]] = {"read": "DescribeCluster", "current": "cluster"}

_PLAIN: Final[dict[str, Row]] = {
    "acm:UpdateCertificateOptions": Part(
        name="options",
        read="DescribeCertificate",
        ask={"CertificateArn": "CertificateArn"},
        current="Certificate.Options",
        new="Options",
        whole=False,
    ),
    "backup:DeleteBackupVaultLockConfiguration": Part(
        name="lock",
        read="DescribeBackupVault",
        ask={"BackupVaultName": "BackupVaultName"},
        current="Locked && {MinRetentionDays: MinRetentionDays, MaxRetentionDays: MaxRetentionDays} || `null`",
    ),
    "backup:DeleteBackupVaultNotifications": Part(
        name="notifications",
        read="GetBackupVaultNotifications",
        ask={"BackupVaultName": "BackupVaultName"},
        current="SNSTopicArn && {SNSTopicArn: SNSTopicArn, BackupVaultEvents: BackupVaultEvents} || `null`",
    ),
    "backup:PutBackupVaultLockConfiguration": Fields(
        name="lock",
        read="DescribeBackupVault",
        ask={"BackupVaultName": "BackupVaultName"},
        apart=frozenset({"BackupVaultName", "ChangeableForDays"}),
    ),
    "backup:PutBackupVaultNotifications": Fields(
        name="notifications",
        read="GetBackupVaultNotifications",
        ask={"BackupVaultName": "BackupVaultName"},
        apart=frozenset({"BackupVaultName"}),
    ),
    "backup:UpdateBackupPlan": Part(
        name="",
        read="GetBackupPlan",
        ask={"BackupPlanId": "BackupPlanId"},
        current="BackupPlan",
        new="BackupPlan",
        defaults={
            "RuleId": ...,
            "StartWindowMinutes": 480,
            "CompletionWindowMinutes": 10080,
            "ScheduleExpressionTimezone": "Etc/UTC",
            "OptInToArchiveForSupportedResources": False,
        },
    ),
    "cloudwatch:PutDashboard": Part(
        name="",
        read="GetDashboard",
        ask={"DashboardName": "DashboardName"},
        current="DashboardBody",
        new="DashboardBody",
    ),
    "cloudwatch:PutMetricAlarm": Fields(
        read="DescribeAlarms",
        ask={"AlarmNames": "[AlarmName]"},
        current="MetricAlarms[0]",
        apart=frozenset({"AlarmName", "Tags"}),
        whole=True,
        defaults={"ActionsEnabled": True, "TreatMissingData": "missing", "ReturnData": True, "ActionConfiguration": ...},
    ),
    "ec2:AssociateDhcpOptions": Fields(
        read="DescribeVpcs", ask={"VpcIds": "[VpcId]"}, current="Vpcs[0]", apart=frozenset({"VpcId", "DryRun"})
    ),
    "ec2:ModifyLaunchTemplate": Fields(
        read="DescribeLaunchTemplates",
        ask={
            "LaunchTemplateIds": "LaunchTemplateId && [LaunchTemplateId]",
            "LaunchTemplateNames": "LaunchTemplateName && [LaunchTemplateName]",
        },
        current="LaunchTemplates[0]",
        apart=frozenset({"LaunchTemplateId", "LaunchTemplateName", "DryRun", "ClientToken"}),
        rename={"DefaultVersion": "DefaultVersionNumber"},
    ),
    "ec2:ModifySubnetAttribute": Fields(
        read="DescribeSubnets",
        ask={"SubnetIds": "[SubnetId]"},
        current="Subnets[0]",
        apart=frozenset({"SubnetId"}),
        rename={
            "PrivateDnsHostnameTypeOnLaunch": "PrivateDnsNameOptionsOnLaunch.HostnameType",
            "EnableResourceNameDnsARecordOnLaunch": "PrivateDnsNameOptionsOnLaunch.EnableResourceNameDnsARecord",
            "EnableResourceNameDnsAAAARecordOnLaunch": "PrivateDnsNameOptionsOnLaunch.EnableResourceNameDnsAAAARecord",
            "DisableLniAtDeviceIndex": "EnableLniAtDeviceIndex == `null`",
        },
    ),
    "ecr:DeleteLifecyclePolicy": Part(name="lifecycle_policy", **_LIFECYCLE),
    "ecr:DeleteRepositoryPolicy": Part(name="policy", **_IMAGE_POLICY),
    "ecr:PutImageScanningConfiguration": Part(
        name="image_scanning_configuration",
        **_REPOSITORY,
        current="repositories[0].imageScanningConfiguration",
        new="imageScanningConfiguration",
        whole=False,
    ),
    "ecr:PutImageTagMutability": Part(
        name="image_tag_mutability", **_REPOSITORY, current="repositories[0].imageTagMutability", new="imageTagMutability"
    ),
    "ecr:PutLifecyclePolicy": Part(name="lifecycle_policy", **_LIFECYCLE, new="lifecyclePolicyText"),
    "ecr:SetRepositoryPolicy": Part(name="policy", **_IMAGE_POLICY, new="policyText"),
    "eks:AssociateEncryptionConfig": Fields(
        **_CLUSTER, ask={"name": "clusterName"}, apart=frozenset({"clusterName", "clientRequestToken"})
    ),
    "eks:UpdateAccessEntry": Fields(
        read="DescribeAccessEntry",
        ask={"clusterName": "clusterName", "principalArn": "principalArn"},
        current="accessEntry",
        apart=frozenset({"clusterName", "principalArn", "clientRequestToken"}),
    ),
    "eks:UpdateAddon": Fields(
        read="DescribeAddon",
        ask={"clusterName": "clusterName", "addonName": "addonName"},
        current="addon",
        # An add-on answers with ids of associations, an update gives their content.
        apart=frozenset({"clusterName", "addonName", "clientRequestToken", "resolveConflicts", "podIdentityAssociations"}),
    ),
    "eks:UpdateClusterVersion": Fields(
        **_CLUSTER, ask={"name": "name"}, apart=frozenset({"name", "clientRequestToken", "force", "rollbackConfig"})
    ),
    "eks:UpdateNodegroupVersion": Fields(
        read="DescribeNodegroup",
        ask={"clusterName": "clusterName", "nodegroupName": "nodegroupName"},
        current="nodegroup",
        apart=frozenset({"clusterName", "nodegroupName", "clientRequestToken", "force"}),
    ),
    "eks:UpdatePodIdentityAssociation": Fields(
        read="DescribePodIdentityAssociation",
        ask={"clusterName": "clusterName", "associationId": "associationId"},
        current="association",
        apart=frozenset({"clusterName", "associationId", "clientRequestToken"}),
    ),
    "elasticache:ModifyCacheSubnetGroup": Fields(
        read="DescribeCacheSubnetGroups",
        ask={"CacheSubnetGroupName": "CacheSubnetGroupName"},
        current="CacheSubnetGroups[0]",
        apart=frozenset({"CacheSubnetGroupName"}),
        rename={"SubnetIds": "Subnets[].SubnetIdentifier"},
    ),
    "iam:DeleteRolePermissionsBoundary": Part(
        name="permissions_boundary", **_ROLE, current="Role.PermissionsBoundary.PermissionsBoundaryArn"
    ),
    "iam:DeleteUserPermissionsBoundary": Part(
        name="permissions_boundary", **_USER, current="User.PermissionsBoundary.PermissionsBoundaryArn"
    ),
    "iam:PutUserPermissionsBoundary": Part(
        name="permissions_boundary", **_USER, current="User.PermissionsBoundary.PermissionsBoundaryArn", new="PermissionsBoundary"
    ),
    "iam:PutRolePermissionsBoundary": Part(
        name="permissions_boundary", **_ROLE, current="Role.PermissionsBoundary.PermissionsBoundaryArn", new="PermissionsBoundary"
    ),
    "iam:SetDefaultPolicyVersion": Part(
        name="default_version_id", read="GetPolicy", ask={"PolicyArn": "PolicyArn"}, current="Policy.DefaultVersionId", new="VersionId"
    ),
    "iam:UpdateAssumeRolePolicy": Part(name="assume_role_policy", **_ROLE, current="Role.AssumeRolePolicyDocument", new="PolicyDocument"),
    "iam:UpdateOpenIDConnectProviderThumbprint": Part(
        name="thumbprints",
        read="GetOpenIDConnectProvider",
        ask={"OpenIDConnectProviderArn": "OpenIDConnectProviderArn"},
        current="ThumbprintList",
        new="ThumbprintList",
    ),
    "iam:UpdateRole": Fields(**_ROLE, current="Role", apart=frozenset({"RoleName"})),
    "iam:UpdateRoleDescription": Fields(**_ROLE, current="Role", apart=frozenset({"RoleName"})),
    "kms:PutKeyPolicy": Part(
        name="policy", read="GetKeyPolicy", ask={"KeyId": "KeyId", "PolicyName": "'default'"}, current="Policy", new="Policy"
    ),
    "kms:RetireGrant": Part(
        name="grant {GrantId}", read="ListGrants", ask={"KeyId": "KeyId", "GrantId": "GrantId"}, current="Grants[0].Operations"
    ),
    "kms:RevokeGrant": Part(
        name="grant {GrantId}", read="ListGrants", ask={"KeyId": "KeyId", "GrantId": "GrantId"}, current="Grants[0].Operations"
    ),
    "kms:UpdateKeyDescription": Part(
        name="description", read="DescribeKey", ask={"KeyId": "KeyId"}, current="KeyMetadata.Description", new="Description"
    ),
    "logs:AssociateKmsKey": Part(name="kms_key_id", **_LOG_GROUP, then="kmsKeyId", new="kmsKeyId"),
    "logs:DeleteRetentionPolicy": Part(name="retention_in_days", **_LOG_GROUP, then="retentionInDays"),
    "logs:DisassociateKmsKey": Part(name="kms_key_id", **_LOG_GROUP, then="kmsKeyId"),
    "logs:PutMetricFilter": Fields(
        read="DescribeMetricFilters",
        ask={"logGroupName": "logGroupName", "filterNamePrefix": "filterName"},
        current="metricFilters",
        pick=("filterName", "filterName"),
        apart=frozenset({"logGroupName", "filterName"}),
        whole=True,
    ),
    "logs:PutRetentionPolicy": Part(name="retention_in_days", **_LOG_GROUP, then="retentionInDays", new="retentionInDays"),
    "rds:ModifyDBInstance": Fields(
        **_DATABASE,
        current="DBInstances[0]",
        apart=frozenset(
            {
                "DBInstanceIdentifier",
                "AllowMajorVersionUpgrade",
                "ApplyImmediately",
                "AwsBackupRecoveryPointArn",
                "CertificateRotationRestart",
                "CloudwatchLogsExportConfiguration",
                "DBCapacityReservationIdentifier",
                "DomainAuthSecretArn",
                "MasterUserAuthenticationType",
                "ResumeFullAutomationModeMinutes",
                "RotateMasterUserPassword",
                "TagSpecifications",
                "TdeCredentialPassword",
                "UseDefaultProcessorFeatures",
            }
        ),
        rename={
            "DBParameterGroupName": "DBParameterGroups[0].DBParameterGroupName",
            "DBPortNumber": "Endpoint.Port",
            "DBSecurityGroups": "DBSecurityGroups[].DBSecurityGroupName",
            "DBSubnetGroupName": "DBSubnetGroup.DBSubnetGroupName",
            "DisableDomain": "DomainMemberships == `[]`",
            "Domain": "DomainMemberships[0].Domain",
            "DomainDnsIps": "DomainMemberships[0].DnsIps",
            "DomainFqdn": "DomainMemberships[0].FQDN",
            "DomainIAMRoleName": "DomainMemberships[0].IAMRoleName",
            "DomainOu": "DomainMemberships[0].OU",
            "EnableCustomerOwnedIp": "CustomerOwnedIpEnabled",
            "EnableIAMDatabaseAuthentication": "IAMDatabaseAuthenticationEnabled",
            "EnablePerformanceInsights": "PerformanceInsightsEnabled",
            "ManageMasterUserPassword": "MasterUserSecret != `null`",
            "MasterUserSecretKmsKeyId": "MasterUserSecret.KmsKeyId",
            "NewDBInstanceIdentifier": "DBInstanceIdentifier",
            "OptionGroupName": "OptionGroupMemberships[0].OptionGroupName",
            "VpcSecurityGroupIds": "VpcSecurityGroups[].VpcSecurityGroupId",
        },
        also=_current_services.log_exports,
    ),
    "rds:PromoteReadReplica": Part(name="read_replica_source", **_DATABASE, current="DBInstances[0].ReadReplicaSourceDBInstanceIdentifier"),
    "rds:StartDBInstance": Part(name="status", **_DATABASE, current="DBInstances[0].DBInstanceStatus", new='`"available"`'),
    "rds:StopDBInstance": Part(name="status", **_DATABASE, current="DBInstances[0].DBInstanceStatus", new='`"stopped"`'),
    "rds:ModifyDBSubnetGroup": Fields(
        read="DescribeDBSubnetGroups",
        ask={"DBSubnetGroupName": "DBSubnetGroupName"},
        current="DBSubnetGroups[0]",
        apart=frozenset({"DBSubnetGroupName"}),
        rename={"SubnetIds": "Subnets[].SubnetIdentifier"},
    ),
    "route53:DisableHostedZoneDNSSEC": Part(
        name="dnssec", read="GetDNSSEC", ask={"HostedZoneId": "HostedZoneId"}, current="Status.ServeSignature", new='`"NOT_SIGNING"`'
    ),
    "route53:EnableHostedZoneDNSSEC": Part(
        name="dnssec", read="GetDNSSEC", ask={"HostedZoneId": "HostedZoneId"}, current="Status.ServeSignature", new='`"SIGNING"`'
    ),
    "route53:UpdateHealthCheck": Fields(
        read="GetHealthCheck",
        ask={"HealthCheckId": "HealthCheckId"},
        current="HealthCheck.HealthCheckConfig",
        apart=frozenset({"HealthCheckId", "HealthCheckVersion", "ResetElements"}),
    ),
    "route53:UpdateHostedZoneComment": Part(
        name="comment", read="GetHostedZone", ask={"Id": "Id"}, current="HostedZone.Config.Comment", new="Comment"
    ),
    "secretsmanager:DeleteResourcePolicy": Part(
        name="resource_policy", read="GetResourcePolicy", ask={"SecretId": "SecretId"}, current="ResourcePolicy"
    ),
    "secretsmanager:PutResourcePolicy": Part(
        name="resource_policy", read="GetResourcePolicy", ask={"SecretId": "SecretId"}, current="ResourcePolicy", new="ResourcePolicy"
    ),
    "secretsmanager:RestoreSecret": Part(name="deleted_date", read="DescribeSecret", ask={"SecretId": "SecretId"}, current="DeletedDate"),
    "secretsmanager:UpdateSecret": Fields(
        read="DescribeSecret", ask={"SecretId": "SecretId"}, apart=frozenset({"SecretId", "ClientRequestToken"})
    ),
}


def _inline_policies() -> Iterator[tuple[str, Row]]:
    for kind in ("Role", "Group", "User"):
        row: dict[str, Any] = {
            "name": "policy {PolicyName}",
            "read": f"Get{kind}Policy",
            "ask": {f"{kind}Name": f"{kind}Name", "PolicyName": "PolicyName"},
            "current": "PolicyDocument",
        }
        yield f"iam:Put{kind}Policy", Part(**row, new="PolicyDocument")
        yield f"iam:Delete{kind}Policy", Part(**row)


TABLE: Final[dict[str, Row]] = {
    **_PLAIN,
    **dict(_inline_policies()),
    **dict(_current_buckets.rows()),
    **_current_ec2.RULES,
    **_current_containers.ROWS,
    **_current_data.DATA,
    **_current_delivery.ROWS,
    **_current_edge.ROWS,
    **_current_instances.ROWS,
    **_current_nodes.ROWS,
    **_current_serverless.SERVERLESS,
    **_current_services.RULES,
    **_current_watching.WATCHING,
}
