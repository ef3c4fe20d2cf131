# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is added to an account by hand: orphans where it bears the stack's tags, and nobody's business where it does not."""

from __future__ import annotations

from functools import partial

from . import NAME, Drift, Hands, nothing, of, orphaned

DRIFTS: list[Drift] = []
drift = partial(of, DRIFTS)

PAIRS = {"stratum:stack": "speckle", "stratum:environment": "prod", "stratum:layer": "security"}
TAGS = [{"Key": key, "Value": value} for key, value in PAIRS.items()]


@drift(1, "a security group with the stack's tags", orphaned(":security-group/"))
def _drift_1(by: Hands) -> None:
    specification = [{"ResourceType": "security-group", "Tags": TAGS}]
    by("ec2").create_security_group(GroupName="stray", Description="stray", VpcId=by.vpc, TagSpecifications=specification)


@drift(1, "a security group without them", nothing)
def _drift_2(by: Hands) -> None:
    by("ec2").create_security_group(GroupName="nobodys", Description="nobody's", VpcId=by.vpc)


@drift(1, "a subnet with the stack's tags", orphaned(":subnet/"))
def _drift_3(by: Hands) -> None:
    by("ec2").create_subnet(VpcId=by.vpc, CidrBlock="10.0.77.0/24", TagSpecifications=[{"ResourceType": "subnet", "Tags": TAGS}])


@drift(1, "an instance with the stack's tags", orphaned(":instance/"))
def _drift_4(by: Hands) -> None:
    image = by("ec2").describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    by("ec2").run_instances(
        ImageId=image,
        MinCount=1,
        MaxCount=1,
        InstanceType="t3.micro",
        SubnetId=by.subnet(f"{NAME}-private-1"),
        TagSpecifications=[{"ResourceType": "instance", "Tags": TAGS}],
    )


@drift(1, "a volume with the stack's tags", orphaned(":volume/"))
def _drift_5(by: Hands) -> None:
    by("ec2").create_volume(AvailabilityZone="ca-central-1a", Size=1, TagSpecifications=[{"ResourceType": "volume", "Tags": TAGS}])


@drift(1, "a snapshot with the stack's tags", orphaned(":snapshot/"))
def _drift_6(by: Hands) -> None:
    volume = by("ec2").create_volume(AvailabilityZone="ca-central-1a", Size=1)["VolumeId"]
    by("ec2").create_snapshot(VolumeId=volume, TagSpecifications=[{"ResourceType": "snapshot", "Tags": TAGS}])


@drift(1, "a bucket with the stack's tags", orphaned(":::stray-bucket-of-speckle"))
def _drift_7(by: Hands) -> None:
    by("s3").create_bucket(Bucket="stray-bucket-of-speckle", CreateBucketConfiguration={"LocationConstraint": "ca-central-1"})
    by("s3").put_bucket_tagging(Bucket="stray-bucket-of-speckle", Tagging={"TagSet": TAGS})


@drift(1, "a role with the stack's tags", orphaned(":role/stray"))
def _drift_8(by: Hands) -> None:
    by("iam").create_role(RoleName="stray", AssumeRolePolicyDocument='{"Version": "2012-10-17", "Statement": []}', Tags=TAGS)


@drift(1, "a role without them", nothing)
def _drift_9(by: Hands) -> None:
    by("iam").create_role(RoleName="nobodys", AssumeRolePolicyDocument='{"Version": "2012-10-17", "Statement": []}')


@drift(1, "a topic with the stack's tags", orphaned(":sns:ca-central-1:123456789012:stray"))
def _drift_10(by: Hands) -> None:
    by("sns").create_topic(Name="stray", Tags=TAGS)


@drift(1, "a topic of another stack", nothing)
def _drift_11(by: Hands) -> None:
    other = {**PAIRS, "stratum:stack": "kubernetes"}
    by("sns").create_topic(Name="others", Tags=[{"Key": key, "Value": value} for key, value in other.items()])


@drift(1, "a topic of this stack in another environment", nothing)
def _drift_12(by: Hands) -> None:
    other = {**PAIRS, "stratum:environment": "staging"}
    by("sns").create_topic(Name="staging", Tags=[{"Key": key, "Value": value} for key, value in other.items()])


@drift(1, "an alarm with the stack's tags", orphaned(":alarm:stray"))
def _drift_13(by: Hands) -> None:
    by("cloudwatch").put_metric_alarm(
        AlarmName="stray",
        Namespace="AWS/RDS",
        MetricName="CPUUtilization",
        Statistic="Average",
        Period=300,
        EvaluationPeriods=1,
        Threshold=1.0,
        ComparisonOperator="GreaterThanThreshold",
        Tags=TAGS,
    )


@drift(1, "a log group with the stack's tags", orphaned(":log-group:stray"))
def _drift_14(by: Hands) -> None:
    by("logs").create_log_group(logGroupName="stray", tags=PAIRS)


@drift(1, "a log group without them", nothing)
def _drift_15(by: Hands) -> None:
    by("logs").create_log_group(logGroupName="nobodys")


@drift(1, "a parameter group with the stack's tags", orphaned(":pg:stray"))
def _drift_16(by: Hands) -> None:
    by("rds").create_db_parameter_group(DBParameterGroupName="stray", DBParameterGroupFamily="postgres16", Description="stray", Tags=TAGS)


@drift(1, "a secret with the stack's tags", orphaned(":secret:stray-"))
def _drift_17(by: Hands) -> None:
    by("secretsmanager").create_secret(Name="stray", SecretString="something", Tags=TAGS)


@drift(1, "an address with the stack's tags", orphaned(":elastic-ip/"))
def _drift_18(by: Hands) -> None:
    by("ec2").allocate_address(Domain="vpc", TagSpecifications=[{"ResourceType": "elastic-ip", "Tags": TAGS}])


@drift(1, "a database's snapshot, which is data and never an orphan", nothing)
def _drift_19(by: Hands) -> None:
    by("rds").create_db_snapshot(DBInstanceIdentifier=f"{NAME}-postgres", DBSnapshotIdentifier="by-hand", Tags=TAGS)


# -- Not drifts, but orphans that are hard to remove -----------------------------------------------------


def _tagged(kind: str) -> list[dict[str, object]]:
    return [{"ResourceType": kind, "Tags": TAGS}]


def make_a_network(by: Hands) -> None:
    """Make a VPC with a subnet, an instance with a volume of its own, and two security groups that name each other."""
    ec2 = by("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16", TagSpecifications=_tagged("vpc"))["Vpc"]["VpcId"]
    zone = "ca-central-1a"
    specification = _tagged("subnet")
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.9.1.0/24", AvailabilityZone=zone, TagSpecifications=specification)["Subnet"]
    groups = [
        ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc, TagSpecifications=_tagged("security-group"))["GroupId"]
        for name in ("one", "other")
    ]
    for group, named in (groups, groups[::-1]):
        rule = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "UserIdGroupPairs": [{"GroupId": named}]}
        ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[rule])
    (instance,) = ec2.run_instances(
        ImageId=ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"],
        MinCount=1,
        MaxCount=1,
        InstanceType="t3.micro",
        SubnetId=subnet["SubnetId"],
        SecurityGroupIds=groups,
        TagSpecifications=_tagged("instance"),
    )["Instances"]
    volume = ec2.create_volume(AvailabilityZone=zone, Size=1, TagSpecifications=_tagged("volume"))["VolumeId"]
    ec2.attach_volume(VolumeId=volume, InstanceId=instance["InstanceId"], Device="/dev/sdf")


def make_what_must_stay(by: Hands) -> None:
    """Make a bucket that holds something, and a database that is protected."""
    by("s3").create_bucket(Bucket="stray-full-bucket", CreateBucketConfiguration={"LocationConstraint": "ca-central-1"})
    by("s3").put_bucket_tagging(Bucket="stray-full-bucket", Tagging={"TagSet": TAGS})
    by("s3").put_object(Bucket="stray-full-bucket", Key="a", Body=b"b")
    by("rds").create_db_instance(
        DBInstanceIdentifier="stray-protected",
        DBInstanceClass="db.t3.micro",
        Engine="postgres",
        AllocatedStorage=20,
        MasterUsername="someone",
        MasterUserPassword="not-a-secret-1",
        DeletionProtection=True,
        Tags=TAGS,
    )
