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


def test_listeners_rules_and_repositories_are_found_and_scaling_groups_and_roles_are_not(account: Emulator) -> None:
    ec2, elb, ecr, scaling = (account.client(name) for name in ("ec2", "elbv2", "ecr", "autoscaling"))
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=f"ca-central-1{zone}")["Subnet"]["SubnetId"]
        for number, zone in enumerate("ab")
    ]
    balancer = elb.create_load_balancer(Name="web", Subnets=subnets, Tags=LISTED)["LoadBalancers"][0]["LoadBalancerArn"]
    fixed = [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}]
    listener = elb.create_listener(LoadBalancerArn=balancer, Protocol="HTTP", Port=80, DefaultActions=fixed, Tags=LISTED)["Listeners"][0]
    conditions = [{"Field": "path-pattern", "Values": ["/a"]}]
    rule = elb.create_rule(ListenerArn=listener["ListenerArn"], Conditions=conditions, Priority=1, Actions=fixed, Tags=LISTED)["Rules"][0]
    repository = ecr.create_repository(repositoryName="web", tags=LISTED)["repository"]["repositoryArn"]
    ec2.create_launch_template(LaunchTemplateName="web", LaunchTemplateData={"ImageId": "ami-12c6146b", "InstanceType": "t3.micro"})
    scaling.create_auto_scaling_group(
        AutoScalingGroupName="web",
        LaunchTemplate={"LaunchTemplateName": "web"},
        MinSize=0,
        MaxSize=1,
        VPCZoneIdentifier=subnets[0],
        Tags=[{"Key": "Stack", "Value": "one", "PropagateAtLaunch": False}],
    )

    arns = {balancer, listener["ListenerArn"], rule["RuleArn"], repository}
    assert found(account, "ca-central-1") == {arn.removeprefix("arn:aws:") for arn in arns}
    assert found(account, "us-east-1") == set()


def test_what_is_deleted_is_no_longer_found(account: Emulator) -> None:
    ecr, logs = account.client("ecr"), account.client("logs")
    ecr.create_repository(repositoryName="web", tags=LISTED)
    logs.create_log_group(logGroupName="/web", tags=TAGS)
    assert len(found(account, "ca-central-1")) == 2
    ecr.delete_repository(repositoryName="web")
    logs.delete_log_group(logGroupName="/web")
    assert found(account, "ca-central-1") == set()
