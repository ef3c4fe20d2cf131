# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The writing actions for which AWS knows no resource, so that a policy can only say `*`. A pure table.

`tests/unit/engine/test_iam_policy.py` compares it with AWS's list, for the services that the collection's modules use.
"""

from __future__ import annotations

from typing import Final

_BY_PREFIX: Final = {
    "acm": "CreateAcmeEndpoint PutAccountConfiguration RequestCertificate",
    "autoscaling": "PutAccountSetting",
    "backup": "ExportBackupPlanTemplate PutRestoreValidationResult StopBackupJob UpdateGlobalSettings UpdateRegionSettings",
    "backup-storage": "MountCapsule",
    "cloudfront": """CreateAnycastIpList CreateCachePolicy CreateCloudFrontOriginAccessIdentity CreateConnectionFunction
        CreateConnectionGroup CreateContinuousDeploymentPolicy CreateDistribution CreateDistributionTenant
        CreateFieldLevelEncryptionConfig CreateFieldLevelEncryptionProfile CreateFunction CreateKeyGroup CreateKeyValueStore
        CreateMonitoringSubscription CreateOriginAccessControl CreateOriginRequestPolicy CreatePublicKey
        CreateRealtimeLogConfig CreateResponseHeadersPolicy CreateStreamingDistribution CreateStreamingDistributionWithTags
        CreateTrustStore CreateVpcOrigin DeleteKeyGroup DeleteMonitoringSubscription DeletePublicKey
        UpdateFieldLevelEncryptionConfig UpdateKeyGroup UpdatePublicKey""",
    "cloudtrail": "DeregisterOrganizationDelegatedAdmin RegisterOrganizationDelegatedAdmin StartImport StopImport",
    "cloudwatch": """CreateResourceMetricsConfiguration DeleteAnomalyDetector DeleteResourceMetricsConfiguration PutAnomalyDetector
        PutManagedInsightRules StartOTelEnrichment StopOTelEnrichment UpdateOTelEnrichment UpdateResourceMetricsConfiguration""",
    "codebuild": "DeleteSourceCredentials ImportSourceCredentials",
    "codeconnections": "CreateConnection CreateHost DeleteSyncConfiguration UpdateSyncBlocker UpdateSyncConfiguration",
    "codedeploy": """ContinueDeployment DeleteGitHubAccountToken DeleteResourcesByExternalId PutLifecycleEventHookExecutionStatus
        SkipWaitTimeForInstanceTermination StopDeployment""",
    "cognito-idp": "CreateUserPool",
    "ec2": """AdvertiseByoipCidr AssociateIpamByoasn AssociateTrunkInterface BundleInstance CancelBundleTask CancelConversionTask
        CancelReservedInstancesListing ConfirmProductInstance CreateDefaultSubnet CreateDefaultVpc CreateReservedInstancesListing
        CreateSpotDatafeedSubscription DeleteSpotDatafeedSubscription DeleteSubnetCidrReservation DeprovisionByoipCidr
        DeregisterInstanceEventNotificationAttributes DisableAllowedImagesSettings DisableAwsNetworkPerformanceMetricSubscription
        DisableCapacityManager DisableEbsEncryptionByDefault DisableImageBlockPublicAccess DisableIpamOrganizationAdminAccount
        DisableSerialConsoleAccess DisableSnapshotBlockPublicAccess DisassociateIpamByoasn DisassociateTrunkInterface
        EnableAllowedImagesSettings EnableAwsNetworkPerformanceMetricSubscription EnableCapacityManager EnableEbsEncryptionByDefault
        EnableImageBlockPublicAccess EnableIpamOrganizationAdminAccount EnableReachabilityAnalyzerOrganizationSharing
        EnableSerialConsoleAccess EnableSnapshotBlockPublicAccess ExportTransitGatewayRoutes ModifyAccountVpcEncryptionControl
        ModifyAvailabilityZoneGroup ModifyDefaultCreditSpecification ModifyEbsDefaultKmsKeyId ModifyIdFormat ModifyIdentityIdFormat
        ModifyInstanceMetadataDefaults ModifyManagedResourceVisibility ModifyVpcBlockPublicAccessOptions MoveAddressToVpc
        ProvisionByoipCidr PurchaseReservedInstancesOffering PurchaseScheduledInstances RegisterInstanceEventNotificationAttributes
        ReplaceImageCriteriaInAllowedImagesSettings ResetEbsDefaultKmsKeyId RestoreAddressToClassic RunScheduledInstances
        StartDeclarativePoliciesReport UpdateCapacityManagerMonitoredTagKeys UpdateCapacityManagerOrganizationsAccess
        WithdrawByoipCidr""",
    "ecr": """CreatePullThroughCacheRule CreateRepositoryCreationTemplate DeletePullThroughCacheRule DeleteRegistryPolicy
        DeleteRepositoryCreationTemplate DeleteSigningConfiguration DeregisterPullTimeUpdateExclusion PutAccountSetting
        PutRegistryPolicy PutRegistryScanningConfiguration PutReplicationConfiguration PutSigningConfiguration
        RegisterPullTimeUpdateExclusion UpdatePullThroughCacheRule UpdateRepositoryCreationTemplate""",
    "ecs": "DeleteAccountSetting DeregisterTaskDefinition DiscoverPollEndpoint PutAccountSetting PutAccountSettingDefault",
    "eks": "CreateCluster CreateEksAnywhereSubscription RegisterCluster",
    "elasticfilesystem": "CreateFileSystem PutAccountPreferences",
    "es": """AcceptInboundConnection AuthorizeVpcEndpointAccess CreateApplication CreatePackage CreateVpcEndpoint
        DeleteInboundConnection DeleteOutboundConnection DeletePackage DeleteVpcEndpoint PurchaseReservedInstanceOffering
        RejectInboundConnection RevokeVpcEndpointAccess UpdatePackage UpdatePackageScope UpdateVpcEndpoint""",
    "events": "PutPartnerEvents PutPermission RemovePermission",
    "iam": """CreateAccountAlias DeleteAccountAlias DeleteAccountPasswordPolicy DisableOrganizationsRootCredentialsManagement
        DisableOrganizationsRootSessions DisableOutboundWebIdentityFederation EnableOrganizationsRootCredentialsManagement
        EnableOrganizationsRootSessions EnableOutboundWebIdentityFederation GenerateCredentialReport PutAccountProperties
        SetSecurityTokenServicePreferences UpdateAccountPasswordPolicy""",
    "kms": "ConnectCustomKeyStore CreateCustomKeyStore CreateKey DeleteCustomKeyStore DisconnectCustomKeyStore UpdateCustomKeyStore",
    "lambda": "CreateCodeSigningConfig CreateEventSourceMapping",
    "logs": """AssociateSourceToS3TableIntegration CancelExportTask CancelImportTask CreateImportTask CreateLogDelivery
        DeleteAccountPolicy DeleteIndexPolicy DeleteIntegration DeleteLogDelivery DeleteQueryDefinition DeleteResourcePolicy
        DisassociateSourceFromS3TableIntegration PutAccountPolicy PutIndexPolicy PutIntegration PutQueryDefinition
        PutResourcePolicy PutStorageTierPolicy StopQuery TestTransformer""",
    "rds": "CancelExportTask CreateDBProxy ModifyCertificates ModifyDBRecommendation",
    "route53": "CreateCidrCollection CreateHealthCheck CreateHostedZone CreateReusableDelegationSet CreateTrafficPolicy",
    "servicediscovery": "CreateHttpNamespace CreatePrivateDnsNamespace CreatePublicDnsNamespace TagResource UntagResource",
    "sns": """CreatePlatformApplication CreatePlatformEndpoint CreateSMSSandboxPhoneNumber DeleteEndpoint DeletePlatformApplication
        DeleteSMSSandboxPhoneNumber OptInPhoneNumber SetEndpointAttributes SetPlatformApplicationAttributes SetSMSAttributes
        VerifySMSSandboxPhoneNumber""",
    "ssm": """CancelCommand CreateActivation CreateMaintenanceWindow CreateOpsItem CreateOpsMetadata CreatePatchBaseline
        DeleteActivation DeleteInventory GetDeployablePatchSnapshotForInstance GetExecutionPreview PutInventory StartExecutionPreview""",
    "synthetics": "CreateCanary CreateGroup",
    "xray": """CancelTraceRetrieval DeleteResourcePolicy GetSamplingTargets PutEncryptionConfig PutResourcePolicy PutTelemetryRecords
        PutTraceSegments StartTraceRetrieval UpdateIndexingRule UpdateTraceSegmentDestination""",
}

UNSCOPED: Final = frozenset(f"{prefix}:{name}" for prefix, names in _BY_PREFIX.items() for name in names.split())
TAGGED_UNSCOPED: Final = frozenset(
    {
        "acm:RequestCertificate",
        "codeconnections:CreateConnection",
        "cognito-idp:CreateUserPool",
        "eks:CreateCluster",
        "elasticfilesystem:CreateFileSystem",
        "kms:CreateKey",
        "servicediscovery:CreatePrivateDnsNamespace",
        "synthetics:CreateCanary",
    }
)
"""Those of them that can be bound to the tags in the request."""
