# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tagging API finds what a stack has left, each resource in its region."""

from __future__ import annotations

from tests.emulator.fixtures import Emulator

TAGS = {"Stack": "one"}
LISTED = [{"Key": "Stack", "Value": "one"}]
DOCUMENT = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*"}]}'


def found(account: Emulator, region: str) -> set[str]:
    pages = account.client("resourcegroupstaggingapi", region=region).get_paginator("get_resources")
    filters = [{"Key": "Stack", "Values": ["one"]}]
    return {
        ":".join(item["ResourceARN"].split(":")[2:])
        for page in pages.paginate(TagFilters=filters)
        for item in page["ResourceTagMappingList"]
    }


def test_resources_are_found_in_their_own_region_and_global_ones_in_us_east_1(account: Emulator) -> None:
    ec2, s3, iam, route53 = (account.client(name) for name in ("ec2", "s3", "iam", "route53"))
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=[{"ResourceType": "vpc", "Tags": LISTED}])["Vpc"]["VpcId"]
    acl = ec2.create_network_acl(VpcId=vpc, TagSpecifications=[{"ResourceType": "network-acl", "Tags": LISTED}])["NetworkAcl"]
    s3.create_bucket(Bucket="one", CreateBucketConfiguration={"LocationConstraint": "ca-central-1"})
    s3.put_bucket_tagging(Bucket="one", Tagging={"TagSet": LISTED})
    plan = {"BackupPlanName": "p", "Rules": [{"RuleName": "r", "TargetBackupVaultName": "Default"}]}
    backup_plan = account.client("backup").create_backup_plan(BackupPlan=plan, BackupPlanTags=TAGS)["BackupPlanArn"]
    policy = iam.create_policy(PolicyName="p", PolicyDocument=DOCUMENT, Tags=LISTED)
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=DOCUMENT, Tags=LISTED)
    zone = route53.create_hosted_zone(Name="example.com", CallerReference="1")["HostedZone"]["Id"].rpartition("/")[2]
    route53.change_tags_for_resource(ResourceType="hostedzone", ResourceId=zone, AddTags=LISTED)

    assert found(account, "ca-central-1") == {
        f"ec2:ca-central-1:123456789012:vpc/{vpc}",
        f"ec2:ca-central-1:123456789012:network-acl/{acl['NetworkAclId']}",
        "s3:::one",
        backup_plan.removeprefix("arn:aws:"),
    }
    assert found(account, "us-east-1") == {f"route53:::hostedzone/{zone}", policy["Policy"]["Arn"].removeprefix("arn:aws:")}
