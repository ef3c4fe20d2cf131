# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The corrections to services that a stack uses beside its network: one behaviour per test."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.emulator.fixtures import Emulator, StartEmulator

REGION = {"LocationConstraint": "ca-central-1"}


def code_of(call: Any, **parameters: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    return str(caught.value.response["Error"]["Code"])


def test_a_protected_load_balancer_stays(account: Emulator) -> None:
    ec2, elb = account.client("ec2"), account.client("elbv2")
    subnets = [subnet["SubnetId"] for subnet in ec2.describe_subnets()["Subnets"]][:2]
    arn = elb.create_load_balancer(Name="web", Subnets=subnets)["LoadBalancers"][0]["LoadBalancerArn"]
    attributes = {item["Key"]: item["Value"] for item in elb.describe_load_balancer_attributes(LoadBalancerArn=arn)["Attributes"]}
    assert attributes["idle_timeout.timeout_seconds"] == "60"
    assert attributes["routing.http.drop_invalid_header_fields.enabled"] == "false"
    protection = {"Key": "deletion_protection.enabled", "Value": "true"}
    elb.modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=[protection])
    assert code_of(elb.delete_load_balancer, LoadBalancerArn=arn) == "OperationNotPermitted"
    elb.modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=[protection | {"Value": "false"}])
    elb.delete_load_balancer(LoadBalancerArn=arn)
    assert elb.describe_load_balancers()["LoadBalancers"] == []


def test_a_certificate_is_free_when_its_listener_is_gone(account: Emulator) -> None:
    ec2, elb, acm = account.client("ec2"), account.client("elbv2"), account.client("acm")
    subnets = [subnet["SubnetId"] for subnet in ec2.describe_subnets()["Subnets"]][:2]
    balancer = elb.create_load_balancer(Name="web", Subnets=subnets)["LoadBalancers"][0]["LoadBalancerArn"]
    certificate = acm.request_certificate(DomainName="app.example.test", ValidationMethod="DNS")["CertificateArn"]
    acm.describe_certificate(CertificateArn=certificate)
    fixed = [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}]
    wanted = {"Protocol": "HTTPS", "Port": 443, "Certificates": [{"CertificateArn": certificate}], "DefaultActions": fixed}
    elb.create_listener(LoadBalancerArn=balancer, **wanted)
    assert acm.describe_certificate(CertificateArn=certificate)["Certificate"]["InUseBy"] == [balancer]
    assert code_of(acm.delete_certificate, CertificateArn=certificate) == "ResourceInUseException"
    elb.delete_load_balancer(LoadBalancerArn=balancer)
    assert acm.describe_certificate(CertificateArn=certificate)["Certificate"]["InUseBy"] == []
    acm.delete_certificate(CertificateArn=certificate)


def distribution(access_control: str, enabled: bool) -> dict[str, Any]:
    return {
        "CallerReference": "one",
        "Comment": "",
        "Enabled": enabled,
        "Origins": {
            "Quantity": 1,
            "Items": [
                {
                    "Id": "files",
                    "DomainName": "files.s3.amazonaws.com",
                    "OriginAccessControlId": access_control,
                    "S3OriginConfig": {"OriginAccessIdentity": ""},
                }
            ],
        },
        "DefaultCacheBehavior": {
            "TargetOriginId": "files",
            "ViewerProtocolPolicy": "redirect-to-https",
            "ForwardedValues": {"QueryString": False, "Cookies": {"Forward": "none"}},
            "MinTTL": 0,
        },
    }


def test_a_distribution_deploys_and_has_to_be_disabled_before_deletion(start_emulator: StartEmulator) -> None:
    cloudfront = start_emulator(delays="fast").client("cloudfront")
    control = {"Name": "c", "SigningProtocol": "sigv4", "SigningBehavior": "always", "OriginAccessControlOriginType": "s3"}
    access_control = cloudfront.create_origin_access_control(OriginAccessControlConfig=control)["OriginAccessControl"]["Id"]
    created = cloudfront.create_distribution(DistributionConfig=distribution(access_control, enabled=True))
    identifier, etag = created["Distribution"]["Id"], created["ETag"]
    assert created["Distribution"]["Status"] == "InProgress"
    waiter = cloudfront.get_waiter("distribution_deployed")
    waiter.wait(Id=identifier, WaiterConfig={"Delay": 1, "MaxAttempts": 5})
    origin = cloudfront.get_distribution(Id=identifier)["Distribution"]["DistributionConfig"]["Origins"]["Items"][0]
    assert origin["OriginAccessControlId"] == access_control
    assert code_of(cloudfront.delete_distribution, Id=identifier, IfMatch=etag) == "DistributionNotDisabled"
    disabled = cloudfront.update_distribution(Id=identifier, IfMatch=etag, DistributionConfig=distribution(access_control, enabled=False))
    assert disabled["ETag"] != etag
    assert code_of(cloudfront.delete_distribution, Id=identifier, IfMatch=etag) == "PreconditionFailed"
    assert code_of(cloudfront.delete_distribution, Id=identifier, IfMatch=disabled["ETag"]) == "DistributionNotDisabled"
    waiter.wait(Id=identifier, WaiterConfig={"Delay": 1, "MaxAttempts": 5})
    cloudfront.delete_distribution(Id=identifier, IfMatch=disabled["ETag"])


def test_a_certificate_waits_for_its_records_in_the_accounts_zone(account: Emulator) -> None:
    acm, route53 = account.client("acm"), account.client("route53")
    zone = route53.create_hosted_zone(Name="example.com", CallerReference="one")["HostedZone"]["Id"]
    names = ["*.app.example.com"]
    arn = acm.request_certificate(DomainName="app.example.com", SubjectAlternativeNames=names, ValidationMethod="DNS")["CertificateArn"]
    certificate = acm.describe_certificate(CertificateArn=arn)["Certificate"]
    assert certificate["Status"] == "PENDING_VALIDATION"
    records = [option["ResourceRecord"] for option in certificate["DomainValidationOptions"]]
    assert [option["DomainName"] for option in certificate["DomainValidationOptions"]] == ["app.example.com", *names]
    assert records[0] == records[1]
    assert records[0]["Name"].endswith(".app.example.com.")
    record_set = {"Name": records[0]["Name"], "Type": "CNAME", "TTL": 60, "ResourceRecords": [{"Value": records[0]["Value"]}]}
    change = {"Action": "UPSERT", "ResourceRecordSet": record_set}
    route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": [change]})
    assert acm.describe_certificate(CertificateArn=arn)["Certificate"]["Status"] == "ISSUED"
    elsewhere = acm.request_certificate(DomainName="app.example.test", ValidationMethod="DNS")["CertificateArn"]
    assert acm.describe_certificate(CertificateArn=elsewhere)["Certificate"]["Status"] == "ISSUED"


def test_audiences_of_an_oidc_provider_can_change_and_managed_policies_exist(account: Emulator) -> None:
    iam = account.client("iam")
    url = "https://oidc.eks.ca-central-1.amazonaws.com/id/ONE"
    arn = iam.create_open_id_connect_provider(Url=url, ClientIDList=["sts.amazonaws.com"])["OpenIDConnectProviderArn"]
    for _unused in range(2):
        iam.add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID="second")
    iam.remove_client_id_from_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID="sts.amazonaws.com")
    assert iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)["ClientIDList"] == ["second"]
    for name in ("AmazonEKSClusterPolicy", "AmazonEKSServicePolicy", "service-role/AmazonEBSCSIDriverPolicy"):
        assert iam.get_policy(PolicyArn=f"arn:aws:iam::aws:policy/{name}")["Policy"]["IsAttachable"]


def test_a_new_bucket_has_todays_defaults_and_may_demand_tls(account: Emulator) -> None:
    s3 = account.client("s3")
    s3.create_bucket(Bucket="one", CreateBucketConfiguration=REGION)

    def algorithm() -> str:
        rules = s3.get_bucket_encryption(Bucket="one")["ServerSideEncryptionConfiguration"]["Rules"]
        return str(rules[0]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"])

    assert algorithm() == "AES256"
    assert all(s3.get_public_access_block(Bucket="one")["PublicAccessBlockConfiguration"].values())
    assert s3.get_bucket_ownership_controls(Bucket="one")["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}, "BucketKeyEnabled": True}
    s3.put_bucket_encryption(Bucket="one", ServerSideEncryptionConfiguration={"Rules": [rule]})
    assert algorithm() == "aws:kms"
    s3.delete_bucket_encryption(Bucket="one")
    assert algorithm() == "AES256"

    denial = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": ["arn:aws:s3:::one", "arn:aws:s3:::one/*"]}
    over_http = denial | {"Condition": {"Bool": {"aws:SecureTransport": "false"}}}
    s3.put_bucket_policy(Bucket="one", Policy=json.dumps({"Version": "2012-10-17", "Statement": [over_http]}))
    s3.put_object(Bucket="one", Key="k", Body=b"v")
    assert s3.get_object(Bucket="one", Key="k")["Body"].read() == b"v"
    write = denial | {"Action": "s3:PutObject"}
    s3.put_bucket_policy(Bucket="one", Policy=json.dumps({"Version": "2012-10-17", "Statement": [over_http, write]}))
    assert code_of(s3.put_object, Bucket="one", Key="k", Body=b"v") in ("AccessDenied", "403")


def test_replication_rules_read_back_as_written(account: Emulator) -> None:
    s3 = account.client("s3")
    for name in ("from", "into"):
        s3.create_bucket(Bucket=f"copy-{name}", CreateBucketConfiguration=REGION)
        s3.put_bucket_versioning(Bucket=f"copy-{name}", VersioningConfiguration={"Status": "Enabled"})
    rule = {
        "ID": "all",
        "Priority": 2,
        "Status": "Enabled",
        "Filter": {"And": {"Prefix": "a/", "Tags": [{"Key": "k", "Value": "v"}]}},
        "DeleteMarkerReplication": {"Status": "Enabled"},
        "Destination": {"Bucket": "arn:aws:s3:::copy-into", "StorageClass": "STANDARD_IA"},
    }
    configuration = {"Role": "arn:aws:iam::123456789012:role/copy", "Rules": [rule]}
    s3.put_bucket_replication(Bucket="copy-from", ReplicationConfiguration=configuration)
    assert s3.get_bucket_replication(Bucket="copy-from")["ReplicationConfiguration"] == configuration
    nowhere = configuration | {"Rules": [rule | {"Destination": {"Bucket": "arn:aws:s3:::copy-nowhere"}}]}
    assert code_of(s3.put_bucket_replication, Bucket="copy-from", ReplicationConfiguration=nowhere) == "InvalidRequest"


def test_a_key_can_be_deleted_by_its_arn(account: Emulator) -> None:
    kms = account.client("kms")
    arn = kms.create_key()["KeyMetadata"]["Arn"]
    assert kms.describe_key(KeyId=arn)["KeyMetadata"]["KeyUsage"] == "ENCRYPT_DECRYPT"
    kms.enable_key_rotation(KeyId=arn, RotationPeriodInDays=120)
    assert kms.get_key_rotation_status(KeyId=arn)["RotationPeriodInDays"] == 120
    answer = kms.schedule_key_deletion(KeyId=arn, PendingWindowInDays=7)
    assert (answer["KeyId"], answer["KeyState"]) == (arn, "PendingDeletion")
    assert kms.describe_key(KeyId=arn)["KeyMetadata"]["KeyState"] == "PendingDeletion"
    kms.cancel_key_deletion(KeyId=arn)
    assert kms.describe_key(KeyId=arn)["KeyMetadata"]["KeyState"] == "Disabled"


def test_backup_plans_have_selections_and_can_change(account: Emulator) -> None:
    backup = account.client("backup")
    assert code_of(backup.describe_backup_vault, BackupVaultName="absent") == "AccessDeniedException"
    vault = backup.create_backup_vault(BackupVaultName="main")["BackupVaultArn"]
    backup.put_backup_vault_notifications(
        BackupVaultName="main", SNSTopicArn="arn:aws:sns:ca-central-1:123456789012:t", BackupVaultEvents=["BACKUP_JOB_FAILED"]
    )
    assert backup.get_backup_vault_notifications(BackupVaultName="main")["BackupVaultArn"] == vault
    assert backup.list_recovery_points_by_backup_vault(BackupVaultName="main")["RecoveryPoints"] == []
    plan = {"BackupPlanName": "daily", "Rules": [{"RuleName": "a", "TargetBackupVaultName": "main"}]}
    created = backup.create_backup_plan(BackupPlan=plan, BackupPlanTags={"k": "v"})
    identifier = created["BackupPlanId"]
    updated = backup.update_backup_plan(
        BackupPlanId=identifier, BackupPlan=plan | {"Rules": [{"RuleName": "b", "TargetBackupVaultName": "main"}]}
    )
    assert updated["VersionId"] != created["VersionId"]
    assert [rule["RuleName"] for rule in backup.get_backup_plan(BackupPlanId=identifier)["BackupPlan"]["Rules"]] == ["b"]
    selection = {"SelectionName": "tagged", "IamRoleArn": "arn:aws:iam::123456789012:role/b", "Resources": ["*"]}
    chosen = backup.create_backup_selection(BackupPlanId=identifier, BackupSelection=selection)["SelectionId"]
    assert code_of(backup.create_backup_selection, BackupPlanId=identifier, BackupSelection=selection) == "AlreadyExistsException"
    assert backup.get_backup_selection(BackupPlanId=identifier, SelectionId=chosen)["BackupSelection"] == selection
    assert [item["SelectionId"] for item in backup.list_backup_selections(BackupPlanId=identifier)["BackupSelectionsList"]] == [chosen]
    assert code_of(backup.delete_backup_plan, BackupPlanId=identifier) == "InvalidRequestException"
    backup.delete_backup_selection(BackupPlanId=identifier, SelectionId=chosen)
    backup.delete_backup_plan(BackupPlanId=identifier)


def test_log_groups_take_keys_and_only_known_retention_periods(account: Emulator) -> None:
    logs = account.client("logs")
    logs.create_log_group(logGroupName="/app")
    key = account.client("kms").create_key()["KeyMetadata"]["Arn"]
    logs.associate_kms_key(logGroupName="/app", kmsKeyId=key)
    assert logs.describe_log_groups()["logGroups"][0]["kmsKeyId"] == key
    logs.disassociate_kms_key(logGroupName="/app")
    assert "kmsKeyId" not in logs.describe_log_groups()["logGroups"][0]
    logs.put_retention_policy(logGroupName="/app", retentionInDays=30)
    assert code_of(logs.put_retention_policy, logGroupName="/app", retentionInDays=31) == "InvalidParameterException"
    query = logs.put_query_definition(name="errors", queryString="fields @message")["queryDefinitionId"]
    assert logs.describe_query_definitions()["queryDefinitions"][0]["queryDefinitionId"] == query
    assert logs.delete_query_definition(queryDefinitionId=query)["success"] is True


def test_an_email_subscription_stays_pending(account: Emulator) -> None:
    sns = account.client("sns")
    topic = sns.create_topic(Name="alerts")["TopicArn"]
    assert sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="a@example.com")["SubscriptionArn"] == "pending confirmation"
    listed = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert [(item["SubscriptionArn"], item["Endpoint"]) for item in listed] == [("PendingConfirmation", "a@example.com")]
