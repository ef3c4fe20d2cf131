# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""AWS operations whose effect their name does not tell, reviewed one by one. Pure data; `_operations.py` reads it.

What the whole comes to, operation by operation, is in `tests/unit/engine/operations/`. The rules of a review:

* A read changes nothing that anyone could see later: what hands out credentials, encrypts or computes is a read;
  what takes a message from a queue, sends a code or uses up a token is not.
* A creation makes a resource that a node manages, whose identity others may need. What makes a part of something
  that exists (a route, a rule, a tag, a version, an attachment, a permission, a target) changes that.
* A deletion takes away a resource that a node manages.
* What creates or replaces in one call, under a name that the caller gives, puts.
"""

from __future__ import annotations

from typing import Final

READS: Final[dict[str, str]] = {
    "accessanalyzer": "CheckAccessNotGranted CheckNoNewAccess CheckNoPublicAccess ValidatePolicy",
    "acm": "SearchCertificates",
    "apigatewayv2": "ExportApi",
    "backup": "ExportBackupPlanTemplate",
    "cloudformation": "EstimateTemplateCost ValidateTemplate",
    "cloudfront": "TestFunction",
    "cloudtrail": "LookupEvents SearchSampleQueries",
    "cognito-identity": "LookupDeveloperIdentity",
    "cognito-idp": "AdminGetDevice AdminGetUser AdminGetUserAuthFactors AdminListDevices AdminListGroupsForUser"
    " AdminListUserAuthEvents AdminListUserSessions",
    "config": "SelectAggregateResourceConfig SelectResourceConfig",
    "datapipeline": "QueryObjects ValidatePipelineDefinition",
    "dynamodb": "Query Scan SearchVectors TransactGetItems",
    "ec2": "SearchLocalGatewayRoutes SearchTransitGatewayMulticastGroups SearchTransitGatewayRoutes"
    " ValidateSecurityGroupQuotasForInterface",
    "ecr": "BatchCheckLayerAvailability ValidatePullThroughCacheRule",
    "elasticbeanstalk": "CheckDNSAvailability RetrieveEnvironmentInfo ValidateConfigurationSettings",
    "events": "TestEventPattern",
    "glue": "CheckSchemaVersionValidity QuerySchemaVersionMetadata SearchAssets SearchTables",
    "iam": "SimulateCustomPolicy SimulatePrincipalPolicy",
    "kms": "Decapsulate Decrypt DeriveSharedSecret Encapsulate Encrypt GenerateDataKey GenerateDataKeyPair"
    " GenerateDataKeyPairWithoutPlaintext GenerateDataKeyWithoutPlaintext GenerateMac GenerateRandom ReEncrypt Sign Verify VerifyMac",
    "logs": "FilterLogEvents StartQuery TestMetricFilter TestTransformer",
    "opensearch": "CompareDomainConfiguration",
    "rds": "DownloadDBLogFilePortion",
    "route53": "TestDNSAnswer",
    "route53domains": "CheckDomainAvailability",
    # A session of an S3 Express bucket is a set of credentials; botocore makes one before it reads.
    "s3": "CreateSession SelectObjectContent",
    "secretsmanager": "ValidateResourcePolicy",
    "servicediscovery": "DiscoverInstances DiscoverInstancesRevision",
    "sns": "CheckIfPhoneNumberIsOptedOut",
    "ssm": "ValidateCloudConnector",
    "stepfunctions": "ValidateStateMachineDefinition",
    "sts": "AssumeRole AssumeRoleWithSAML AssumeRoleWithWebIdentity DecodeAuthorizationMessage",
    "wafv2": "CheckCapacity",
}

SOUND_LIKE_READS: Final[dict[str, str]] = {
    # Makes the identity.
    "cognito-identity": "GetId GetOpenIdTokenForDeveloperIdentity",
    # Sends a message to a user; uses up a refresh token; issues tokens that are billed and recorded.
    "cognito-idp": "GetUserAttributeVerificationCode GetTokensFromRefreshToken GetClientToken GetDerivedToken",
    # Writes its template to a bucket.
    "ec2": "GetFlowLogsIntegrationTemplate",
    "emr-containers": "GetManagedEndpointSessionCredentials",
    # Computes and keeps a report.
    "inspector": "GetAssessmentReport",
    # Can create a user in the database.
    "redshift": "GetClusterCredentials GetClusterCredentialsWithIAM",
    "security-ir": "GetCaseAttachmentUploadUrl",
    # Registers a snapshot for the instance; begins to compute a preview.
    "ssm": "GetDeployablePatchSnapshotForInstance GetExecutionPreview",
    # Takes a task from its queue.
    "stepfunctions": "GetActivityTask",
    # Uses up a token.
    "sts": "GetDelegatedAccessToken",
    # Reports statistics and takes a share of a quota.
    "xray": "GetSamplingTargets",
}

CREATIONS: Final[dict[str, str]] = {
    "acm": "ImportCertificate RequestCertificate",
    "apigateway": "GenerateClientCertificate ImportRestApi",
    "apigatewayv2": "ImportApi",
    "batch": "RegisterJobDefinition",
    "cloudformation": "RegisterType",
    "cloudfront": "CopyDistribution",
    "dms": "ImportCertificate",
    "dynamodb": "ImportTable RestoreTableFromBackup RestoreTableToPointInTime",
    "ec2": "CopyFpgaImage CopyImage CopySnapshot CopyVolumes ImportImage ImportInstance ImportKeyPair ImportSnapshot ImportVolume"
    " RegisterImage RequestSpotFleet RequestSpotInstances RunInstances RunScheduledInstances",
    "ecs": "RegisterDaemonTaskDefinition RunTask",
    "eks": "RegisterCluster",
    "elasticache": "CopyServerlessCacheSnapshot CopySnapshot",
    "iam": "AcquireRole UploadServerCertificate",
    "kinesis": "RegisterStreamConsumer",
    "kms": "ReplicateKey",
    "lambda": "PublishLayerVersion",
    "lightsail": "CopySnapshot ImportKeyPair",
    "rds": "CopyDBClusterParameterGroup CopyDBClusterSnapshot CopyDBParameterGroup CopyDBSnapshot CopyOptionGroup RestoreDBClusterFromS3"
    " RestoreDBClusterFromSnapshot RestoreDBClusterToPointInTime RestoreDBInstanceFromDBSnapshot RestoreDBInstanceFromS3"
    " RestoreDBInstanceToPointInTime",
    "redshift": "CopyClusterSnapshot RestoreFromClusterSnapshot",
    "ssm": "RegisterTargetWithMaintenanceWindow RegisterTaskWithMaintenanceWindow",
}

DELETIONS: Final[dict[str, str]] = {
    "autoscaling": "TerminateInstanceInAutoScalingGroup",
    "batch": "DeregisterJobDefinition",
    "cloudformation": "DeregisterType",
    "ec2": "DeregisterImage ReleaseAddress ReleaseHosts TerminateInstances",
    "ecs": "DeregisterTaskDefinition",
    "eks": "DeregisterCluster",
    "elasticbeanstalk": "TerminateEnvironment",
    "kinesis": "DeregisterStreamConsumer",
    "kms": "ScheduleKeyDeletion",
    "lightsail": "ReleaseStaticIp",
    "application-autoscaling": "DeregisterScalableTarget",
    "ssm": "DeregisterTargetFromMaintenanceWindow DeregisterTaskFromMaintenanceWindow",
}

PUTS: Final[dict[str, str]] = {
    "application-autoscaling": "PutScalingPolicy PutScheduledAction RegisterScalableTarget",
    "autoscaling": "PutLifecycleHook PutScalingPolicy PutScheduledUpdateGroupAction",
    "cloudwatch": "PutAlarmMuteRule PutAnomalyDetector PutCompositeAlarm PutDashboard PutInsightRule PutLogAlarm PutMetricAlarm"
    " PutMetricDataQueryDefinition PutMetricStream",
    "codepipeline": "PutWebhook",
    "config": "PutAggregationAuthorization PutConfigRule PutConfigurationAggregator PutConfigurationRecorder PutConformancePack"
    " PutDeliveryChannel PutOrganizationConfigRule PutOrganizationConformancePack PutRetentionConfiguration PutStoredQuery",
    # Another revision of a family takes the place of the newest one.
    "ecs": "RegisterTaskDefinition",
    "events": "PutRule",
    "lightsail": "PutAlarm",
    "logs": "PutAccountPolicy PutDeliveryDestination PutDeliverySource PutDestination PutIntegration PutMetricFilter PutQueryDefinition"
    " PutResourcePolicy PutSubscriptionFilter",
    "route53": "ChangeResourceRecordSets",
    "s3": "CopyObject PutObject",
    "ssm": "PutParameter",
    "xray": "PutResourcePolicy",
}

PARTS: Final[dict[str, str]] = {
    "acm": "DeleteAcmeExternalAccountBinding CreateAcmeExternalAccountBinding",
    "apigateway": "DeleteGatewayResponse DeleteIntegration DeleteIntegrationResponse DeleteMethod DeleteMethodResponse"
    " CreateDocumentationPart CreateDocumentationVersion DeleteDocumentationPart DeleteDocumentationVersion CreateUsagePlanKey"
    " DeleteUsagePlanKey CreateModel DeleteModel CreateRequestValidator DeleteRequestValidator CreateResource DeleteResource"
    " CreateDeployment DeleteDeployment",
    "apigatewayv2": "CreateDeployment CreateIntegrationResponse CreateModel CreateRouteResponse DeleteAccessLogSettings"
    " DeleteCorsConfiguration DeleteDeployment DeleteIntegrationResponse DeleteModel DeletePortalProductSharingPolicy"
    " DeleteRouteRequestParameter DeleteRouteResponse DeleteRouteSettings",
    "autoscaling": "CreateOrUpdateTags DeleteNotificationConfiguration DeleteTags DeleteWarmPool",
    "backup": "DeleteBackupVaultAccessPolicy DeleteBackupVaultLockConfiguration DeleteBackupVaultNotifications",
    "budgets": "CreateNotification CreateSubscriber DeleteNotification DeleteSubscriber",
    "cloudformation": "CreateChangeSet CreateStackInstances DeleteChangeSet DeleteStackInstances",
    "cloudfront": "CreateInvalidation CreateInvalidationForDistributionTenant CreateMonitoringSubscription DeleteMonitoringSubscription"
    " DeleteResourcePolicy",
    "cloudtrail": "DeleteResourcePolicy",
    "codebuild": "CreateWebhook DeleteResourcePolicy DeleteWebhook",
    "codecommit": "CreateCommit CreateUnreferencedMergeCommit DeleteCommentContent DeleteFile DeletePullRequestApprovalRule"
    " CreatePullRequestApprovalRule",
    "cognito-idp": "DeleteUserAttributes DeleteUserPoolClientSecret DeleteWebAuthnCredential CreateUserImportJob",
    "config": "DeleteRemediationConfiguration DeleteRemediationExceptions DeleteEvaluationResults DeletePendingAggregationRequest"
    " DeleteResourceConfig",
    "directconnect": "CreateBGPPeer DeleteBGPPeer CreateDirectConnectGatewayAssociation DeleteDirectConnectGatewayAssociation",
    "dynamodb": "DeleteItem DeleteResourcePolicy",
    "ec2": "AllocateIpamPoolCidr CreateClientVpnRoute CreateLaunchTemplateVersion CreateLocalGatewayRoute CreateNetworkAclEntry"
    " CreateNetworkInterfacePermission CreateReplaceRootVolumeTask CreateRoute CreateSubnetCidrReservation CreateTags"
    " CreateTrafficMirrorFilterRule CreateTransitGatewayMeteringPolicyEntry CreateTransitGatewayPolicyTableEntry"
    " CreateTransitGatewayPrefixListReference CreateTransitGatewayRoute CreateVpcEndpointConnectionNotification CreateVpnConnectionRoute"
    " DeleteClientVpnEndpointAuthorizationPolicy DeleteClientVpnRoute DeleteLaunchTemplateVersions DeleteLocalGatewayRoute"
    " DeleteNetworkAclEntry DeleteNetworkInterfacePermission DeleteRoute DeleteSubnetCidrReservation DeleteTags"
    " DeleteTrafficMirrorFilterRule DeleteTransitGatewayMeteringPolicyEntry DeleteTransitGatewayPolicyTableEntry"
    " DeleteTransitGatewayPrefixListReference DeleteTransitGatewayRoute DeleteVpcEndpointConnectionNotifications"
    " DeleteVpnConnectionRoute DeleteCoipCidr CreateCoipCidr",
    "ecr": "DeleteLifecyclePolicy DeleteRegistryPolicy DeleteRepositoryPolicy DeleteSigningConfiguration",
    "ecs": "CreateTaskSet DeleteAccountSetting DeleteAttributes DeleteTaskSet",
    "efs": "CreateReplicationConfiguration CreateTags DeleteFileSystemPolicy DeleteReplicationConfiguration DeleteTags",
    "elasticbeanstalk": "DeleteEnvironmentConfiguration",
    "elb": "CreateAppCookieStickinessPolicy CreateLBCookieStickinessPolicy CreateLoadBalancerListeners CreateLoadBalancerPolicy"
    " DeleteLoadBalancerListeners DeleteLoadBalancerPolicy",
    # A load balancer's node manages its listeners and their rules.
    "elbv2": "CreateListener CreateRule DeleteListener DeleteRule DeleteSharedTrustStoreAssociation",
    "glue": "CreatePartition CreatePartitionIndex DeletePartition DeletePartitionIndex DeleteResourcePolicy DeleteSchemaVersions"
    " DeleteTableVersion DeleteAttachment",
    "iam": "CreateAccountAlias CreateLoginProfile CreatePolicyVersion DeleteAccountAlias DeleteAccountPasswordPolicy DeleteGroupPolicy"
    " DeleteLoginProfile DeletePolicyVersion DeleteRolePermissionsBoundary DeleteRolePolicy DeleteSSHPublicKey DeleteSigningCertificate"
    " DeleteUserPermissionsBoundary DeleteUserPolicy",
    "kafka": "DeleteClusterPolicy",
    "kinesis": "DeleteResourcePolicy",
    "kms": "CreateAlias CreateGrant DeleteAlias DeleteImportedKeyMaterial",
    "lambda": "DeleteFunctionCodeSigningConfig DeleteFunctionConcurrency DeleteFunctionEventInvokeConfig"
    " DeleteProvisionedConcurrencyConfig DeleteResourcePolicy",
    "logs": "DeleteDataProtectionPolicy DeleteDeliveryDestinationPolicy DeleteIndexPolicy DeleteRetentionPolicy DeleteSyslogConfiguration"
    " DeleteTransformer CreateExportTask CreateImportTask",
    "mq": "CreateTags DeleteTags",
    "network-firewall": "CreateVpcEndpointAssociation DeleteResourcePolicy DeleteVpcEndpointAssociation",
    "opensearch": "DeleteDataSource DeleteInboundConnection",
    "redshift": "CreateTags DeleteResourcePolicy DeleteTags CreateCustomDomainAssociation DeleteCustomDomainAssociation",
    "route53": "CreateResourceRecordSetProtections CreateTrafficPolicyVersion CreateVPCAssociationAuthorization"
    " DeleteResourceRecordSetProtections DeleteVPCAssociationAuthorization",
    "s3": "CreateBucketMetadataConfiguration CreateBucketMetadataTableConfiguration CreateMultipartUpload"
    " DeleteBucketAnalyticsConfiguration DeleteBucketCors DeleteBucketEncryption DeleteBucketIntelligentTieringConfiguration"
    " DeleteBucketInventoryConfiguration DeleteBucketLifecycle DeleteBucketMetadataConfiguration DeleteBucketMetadataTableConfiguration"
    " DeleteBucketMetricsConfiguration DeleteBucketOwnershipControls DeleteBucketPolicy DeleteBucketReplication DeleteBucketTagging"
    " DeleteBucketWebsite DeleteObjectAnnotation DeleteObjectTagging DeletePublicAccessBlock",
    "secretsmanager": "DeleteResourcePolicy",
    "servicediscovery": "DeleteServiceAttributes",
    "ses": "DeleteIdentityPolicy CreateConfigurationSetEventDestination CreateConfigurationSetTrackingOptions"
    " DeleteConfigurationSetEventDestination DeleteConfigurationSetTrackingOptions CreateReceiptRule DeleteReceiptRule",
    "sesv2": "CreateConfigurationSetEventDestination CreateEmailIdentityPolicy CreateTenantResourceAssociation"
    " DeleteConfigurationSetEventDestination DeleteEmailIdentityPolicy DeleteTenantResourceAssociation",
    "sqs": "DeleteMessage DeleteMessageBatch",
    "ssm": "DeleteInventory DeleteResourcePolicy",
    "stepfunctions": "DeleteStateMachineVersion",
    "storagegateway": "DeleteAutomaticTapeCreationPolicy DeleteBandwidthRateLimit DeleteChapCredentials",
    "waf": "DeleteLoggingConfiguration DeletePermissionPolicy",
    "waf-regional": "DeleteLoggingConfiguration DeletePermissionPolicy",
    "wafv2": "DeleteFirewallManagerRuleGroups DeleteLoggingConfiguration DeletePermissionPolicy",
    "xray": "DeleteResourcePolicy",
}
