# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Orphans are removed in an order in which AWS lets them go; what is protected, in use or not empty stays, with the cure."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from ansible_collections.stratum.aws.plugins.plugin_utils.belongings import _orphans, _removal, _tagged
from ansible_collections.stratum.aws.plugins.plugin_utils.belongings._removal import Outcome, Refused
from ansible_collections.stratum.aws.plugins.plugin_utils.belongings._tagged import Tagged

from tests.emulator.fixtures import Emulator, StartEmulator
from tests.integration.modules import eks_parts

from .test_tagged import ALLOW, HERE, LISTED, REGION, TAGS, TRUST, find, make_network, specified

pytestmark = pytest.mark.integration

QUICK: Mapping[str, float] = dict.fromkeys(_removal.ORDER, 0.2)
"""Whoever waits in these tests waits in vain."""


def remove_orphans(account: Emulator, timeouts: Mapping[str, float] | None = None) -> dict[str, Outcome]:
    """Remove everything of the stack, and return the outcomes by the steps' text."""
    waits = QUICK if timeouts is None else timeouts  # an empty mapping means the product's own patience
    orphans = _orphans.orphans(find(account).values(), [])
    return {str(done.step): done for done in _removal.remove_all(_removal.plan_removal(orphans, REGION), account.client, waits)}


def refused(outcomes: Mapping[str, Outcome]) -> dict[str, str]:
    return {step: outcome.message for step, outcome in outcomes.items() if not outcome.done}


def remove(account: Emulator, rest: str) -> str:
    (step,) = _removal.plan_removal([Tagged(f"arn:aws:{rest}", tags=TAGS)], REGION)
    return _removal.remove(step, account.client, QUICK)


# -- a whole network, and the rest -----------------------------------------------------------------------


def test_a_network_goes_in_one_round_and_a_second_time_nothing_is_left(account: Emulator) -> None:
    account.client("s3").create_bucket(Bucket="flow", CreateBucketConfiguration={"LocationConstraint": REGION})
    made = make_network(account)
    ec2 = account.client("ec2")
    other = ec2.create_security_group(GroupName="db", Description="db", VpcId=made["vpc"], TagSpecifications=specified("security-group"))[
        "GroupId"
    ]
    for group, peer in ((made["security-group"], other), (other, made["security-group"])):
        permission = {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1, "UserIdGroupPairs": [{"GroupId": peer}]}
        ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[permission])
    ec2.associate_route_table(RouteTableId=made["route-table"], SubnetId=made["subnet"])
    steps = _removal.plan_removal(_orphans.orphans(find(account).values(), []), REGION)

    outcomes = remove_orphans(account)
    assert refused(outcomes) == {}
    assert len(outcomes) == len(steps) == len(made) + 3  # a further group, and the rules of both
    assert find(account) == {}
    # Somebody else was faster, or an earlier run was interrupted: every step may be repeated.
    again = list(_removal.remove_all(steps, account.client, QUICK))
    assert [str(outcome.step) for outcome in again if not outcome.done] == []
    assert len(again) == len(steps)


def make_others(account: Emulator) -> None:
    """Make one tagged resource of many kinds outside the network, empty and unprotected."""
    iam, kms, route53, rds, cache, backup = (account.client(name) for name in ("iam", "kms", "route53", "rds", "elasticache", "backup"))
    iam.create_role(RoleName="shop", AssumeRolePolicyDocument=TRUST, Tags=LISTED)
    policy = iam.create_policy(PolicyName="shop", PolicyDocument=ALLOW, Tags=LISTED)["Policy"]["Arn"]
    iam.create_policy_version(PolicyArn=policy, PolicyDocument=ALLOW.replace("ListBucket", "GetObject"), SetAsDefault=True)
    iam.attach_role_policy(RoleName="shop", PolicyArn=policy)
    iam.put_role_policy(RoleName="shop", PolicyName="inline", PolicyDocument=ALLOW)
    iam.create_instance_profile(InstanceProfileName="shop", Tags=LISTED)
    iam.add_role_to_instance_profile(InstanceProfileName="shop", RoleName="shop")
    user = {"UserName": "shop"}
    iam.create_user(**user, Tags=LISTED)
    for make in (iam.create_access_key, iam.create_access_key):
        make(**user)
    iam.attach_user_policy(**user, PolicyArn=policy)
    iam.put_user_policy(**user, PolicyName="inline", PolicyDocument=ALLOW)
    iam.create_group(GroupName="people")
    iam.add_user_to_group(**user, GroupName="people")
    iam.create_open_id_connect_provider(Url="https://oidc.example.com", ClientIDList=["sts"], ThumbprintList=["a" * 40], Tags=LISTED)
    kms.create_key(Tags=[{"TagKey": key, "TagValue": value} for key, value in TAGS.items()])
    account.client("secretsmanager").create_secret(Name="shop/db", SecretString="x", Tags=LISTED)
    account.client("s3").create_bucket(Bucket="shop", CreateBucketConfiguration={"LocationConstraint": REGION})
    account.client("s3").put_bucket_tagging(Bucket="shop", Tagging={"TagSet": LISTED})
    rds.create_db_parameter_group(DBParameterGroupName="shop", DBParameterGroupFamily="postgres16", Description="shop", Tags=LISTED)
    cache.create_cache_parameter_group(CacheParameterGroupName="shop", CacheParameterGroupFamily="redis7", Description="shop", Tags=LISTED)
    zone = route53.create_hosted_zone(Name="example.com", CallerReference="1")["HostedZone"]["Id"].rpartition("/")[2]
    route53.change_tags_for_resource(ResourceType="hostedzone", ResourceId=zone, AddTags=LISTED)
    check = {"Type": "HTTPS", "FullyQualifiedDomainName": "example.com"}
    health = route53.create_health_check(CallerReference="1", HealthCheckConfig=check)["HealthCheck"]["Id"]
    route53.change_tags_for_resource(ResourceType="healthcheck", ResourceId=health, AddTags=LISTED)
    account.client("acm").request_certificate(DomainName="example.org", ValidationMethod="DNS", Tags=LISTED)
    account.client("sns").create_topic(Name="shop", Tags=LISTED)
    account.client("sqs").create_queue(QueueName="shop", tags=TAGS)
    account.client("logs").create_log_group(logGroupName="/shop", tags=TAGS)
    account.client("ecr").create_repository(repositoryName="shop", tags=LISTED)
    account.client("dynamodb").create_table(
        TableName="shop",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        Tags=LISTED,
    )
    account.client("efs").create_file_system(CreationToken="shop", Tags=LISTED)
    cloudwatch = account.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName="shop",
        Namespace="AWS/EC2",
        MetricName="CPUUtilization",
        Statistic="Average",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
        Tags=LISTED,
    )
    cloudwatch.put_dashboard(DashboardName="shop", DashboardBody='{"widgets": []}')
    cloudwatch.tag_resource(ResourceARN="arn:aws:cloudwatch::123456789012:dashboard/shop", Tags=LISTED)
    backup.create_backup_vault(BackupVaultName="shop", BackupVaultTags=TAGS)
    plan = {"BackupPlanName": "shop", "Rules": [{"RuleName": "daily", "TargetBackupVaultName": "shop"}]}
    plan_id = backup.create_backup_plan(BackupPlan=plan, BackupPlanTags=TAGS)["BackupPlanId"]
    selection = {"SelectionName": "all", "IamRoleArn": "arn:aws:iam::123456789012:role/shop", "Resources": ["*"]}
    backup.create_backup_selection(BackupPlanId=plan_id, BackupSelection=selection)


def test_everything_else_goes_too_and_keys_and_secrets_can_be_called_back(account: Emulator) -> None:
    make_others(account)
    outcomes = remove_orphans(account)
    assert refused(outcomes) == {}
    left = find(account)
    assert {each.state and each.state[:22] for each in left.values()} == {"pending deletion until"}
    assert {rest.split(":", maxsplit=1)[0] for rest in left} == {"kms", "secretsmanager"}
    assert _orphans.orphans(left.values(), []) == []
    assert len(_orphans.kept(left.values())) == 2
    account.client("secretsmanager").restore_secret(SecretId="shop/db")
    assert account.client("secretsmanager").get_secret_value(SecretId="shop/db")["SecretString"] == "x"


def test_load_balancers_and_scaling_groups_go_with_what_they_have(account: Emulator) -> None:
    ec2, elb, scaling = (account.client(name) for name in ("ec2", "elbv2", "autoscaling"))
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=specified("vpc"))["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(
            VpcId=vpc, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=f"{REGION}{zone}", TagSpecifications=specified("subnet")
        )["Subnet"]["SubnetId"]
        for number, zone in enumerate("ab")
    ]
    group = elb.create_target_group(Name="web", Protocol="HTTP", Port=80, VpcId=vpc, Tags=LISTED)["TargetGroups"][0]["TargetGroupArn"]
    balancer = elb.create_load_balancer(Name="web", Subnets=subnets, Tags=LISTED)["LoadBalancers"][0]["LoadBalancerArn"]
    forward = [{"Type": "forward", "TargetGroupArn": group}]
    elb.create_listener(LoadBalancerArn=balancer, Protocol="HTTP", Port=80, DefaultActions=forward, Tags=LISTED)
    data = {"ImageId": ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"], "InstanceType": "t3.micro"}
    ec2.create_launch_template(LaunchTemplateName="web", LaunchTemplateData=data, TagSpecifications=specified("launch-template"))
    scaling.create_auto_scaling_group(
        AutoScalingGroupName="web",
        LaunchTemplate={"LaunchTemplateName": "web"},
        MinSize=2,
        MaxSize=2,
        VPCZoneIdentifier=",".join(subnets),
        Tags=[{"Key": key, "Value": value, "PropagateAtLaunch": True} for key, value in TAGS.items()],
    )

    found = find(account).values()
    assert sum(":instance/" in each.arn for each in found) == 2
    assert not any(":instance/" in each.arn for each in _orphans.orphans(found, []))
    elb.modify_load_balancer_attributes(LoadBalancerArn=balancer, Attributes=[{"Key": "deletion_protection.enabled", "Value": "true"}])
    said = refused(remove_orphans(account))
    assert "the load balancer web has deletion protection" in said["remove elasticloadbalancing:loadbalancer web"]
    elb.modify_load_balancer_attributes(LoadBalancerArn=balancer, Attributes=[{"Key": "deletion_protection.enabled", "Value": "false"}])
    assert refused(remove_orphans(account)) == {}
    assert find(account) == {}


def make_clusters(account: Emulator) -> set[str]:
    """Make a tagged Kubernetes cluster and a tagged cache with what belongs to them, and return their ARNs but for a member's."""
    eks, cache = account.client("eks"), account.client("elasticache")
    cluster = eks_parts.make_cluster(account, "shop")
    eks.tag_resource(resourceArn=cluster["arn"], tags=TAGS)
    inside: dict[str, Any] = {"clusterName": "shop", "tags": TAGS}
    subnets = cluster["resourcesVpcConfig"]["subnetIds"]
    nodes = eks.create_nodegroup(
        nodegroupName="nodes",
        nodeRole=eks_parts.make_role(account, "nodes", "ec2.amazonaws.com"),
        subnets=subnets,
        scalingConfig={"minSize": 1, "maxSize": 1, "desiredSize": 1},
        **inside,
    )["nodegroup"]["nodegroupArn"]
    addon = eks.create_addon(addonName="vpc-cni", **inside)["addon"]["addonArn"]
    person = account.client("iam").create_role(RoleName="admin", Path="/people/", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    entry = eks.create_access_entry(principalArn=person, **inside)["accessEntry"]["accessEntryArn"]
    role = eks_parts.make_role(account, "pod", "pods.eks.amazonaws.com")
    pod = eks.create_pod_identity_association(namespace="shop", serviceAccount="api", roleArn=role, **inside)["association"]
    network = cache.create_cache_subnet_group(
        CacheSubnetGroupName="shop", CacheSubnetGroupDescription="shop", SubnetIds=subnets, Tags=LISTED
    )["CacheSubnetGroup"]["ARN"]
    group = cache.create_replication_group(
        ReplicationGroupId="shop",
        ReplicationGroupDescription="shop",
        Engine="redis",
        CacheNodeType="cache.t3.micro",
        NumCacheClusters=1,
        CacheSubnetGroupName="shop",
        Tags=LISTED,
    )["ReplicationGroup"]["ARN"]
    return {cluster["arn"], nodes, addon, entry, pod["associationArn"], network, group}


def test_clusters_go_after_what_they_hold(account: Emulator) -> None:
    made = make_clusters(account)
    found = find(account).values()
    member = f"arn:aws:elasticache:{HERE}:cluster:shop-001"
    assert {each.arn for each in found} == {*made, member}
    assert {each.arn for each in _orphans.orphans(found, [])} == made
    with pytest.raises(Refused, match=r"the cluster shop has node groups: nodes. Remove them first"):
        remove(account, f"eks:{HERE}:cluster/shop")
    assert refused(remove_orphans(account)) == {}
    assert find(account) == {}


# -- what is refused -------------------------------------------------------------------------------------


def make_database(account: Emulator, protected: bool) -> None:
    account.client("rds").create_db_instance(
        DBInstanceIdentifier="shop",
        Engine="postgres",
        DBInstanceClass="db.t3.medium",
        AllocatedStorage=20,
        MasterUsername="shop",
        MasterUserPassword="correct-horse",
        DeletionProtection=protected,
        Tags=LISTED,
    )


def test_a_protected_database_stays_and_with_it_what_it_may_need(account: Emulator) -> None:
    make_database(account, protected=True)
    account.client("kms").create_key(Tags=[{"TagKey": key, "TagValue": value} for key, value in TAGS.items()])
    account.client("secretsmanager").create_secret(Name="shop/db", SecretString="x", Tags=LISTED)
    account.client("sns").create_topic(Name="shop", Tags=LISTED)
    outcomes = remove_orphans(account)
    said = refused(outcomes)
    assert said["remove rds:db shop"] == "the database shop has deletion protection. Switch DeletionProtection off first"
    secret = "secretsmanager:secret shop/db"
    assert said[f"remove {secret}"] == f"{secret} stays as long as rds:db shop is there. Remove that first"
    assert len(said) == 3
    assert outcomes["remove sns:topic shop"].done

    account.client("rds").modify_db_instance(DBInstanceIdentifier="shop", DeletionProtection=False, ApplyImmediately=True)
    done = remove_orphans(account)
    assert refused(done) == {}
    (snapshot,) = account.client("rds").describe_db_snapshots(SnapshotType="manual")["DBSnapshots"]
    assert snapshot["DBSnapshotIdentifier"] in done["remove rds:db shop"].message
    assert snapshot["DBSnapshotIdentifier"].startswith("shop-final-")


def test_what_is_not_empty_is_refused(account: Emulator) -> None:
    make_others(account)
    account.client("s3").put_object(Bucket="shop", Key="a", Body=b"a")
    account.client("dynamodb").put_item(TableName="shop", Item={"id": {"S": "a"}})
    route53 = account.client("route53")
    zone = route53.list_hosted_zones()["HostedZones"][0]["Id"]
    record = {"Name": "a.example.com", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "192.0.2.1"}]}
    route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": [{"Action": "CREATE", "ResourceRecordSet": record}]})
    said = refused(remove_orphans(account))
    assert "the bucket shop is not empty" in said["remove s3:bucket shop"]
    assert "the table shop is not empty" in said["remove dynamodb:table shop"]
    assert any("holds 1 records, such as a.example.com. A. Delete them first" in message for message in said.values())
    assert account.client("s3").get_object(Bucket="shop", Key="a")["Body"].read() == b"a"
    assert account.client("iam").get_role(RoleName="shop")["Role"]["RoleName"] == "shop"


def test_a_deleted_object_keeps_a_bucket_with_versions(account: Emulator) -> None:
    s3 = account.client("s3")
    s3.create_bucket(Bucket="shop", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_bucket_versioning(Bucket="shop", VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket="shop", Key="a", Body=b"a")
    s3.delete_object(Bucket="shop", Key="a")
    with pytest.raises(Refused, match=r"not empty.*all versions included"):
        remove(account, "s3:::shop")


def test_a_user_that_a_person_signs_in_as_stays(account: Emulator) -> None:
    iam = account.client("iam")
    iam.create_user(UserName="shop")
    iam.create_access_key(UserName="shop")
    iam.create_login_profile(UserName="shop", Password="Correct-Horse-1")
    with pytest.raises(Refused, match=r"the user shop has a password, so a person signs in as it\. Delete that first"):
        remove(account, "iam::123456789012:user/shop")
    assert len(iam.list_access_keys(UserName="shop")["AccessKeyMetadata"]) == 1


def test_what_something_else_uses_is_refused_and_left_as_it_is(account: Emulator) -> None:
    ec2, iam, kms = account.client("ec2"), account.client("iam"), account.client("kms")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    group = ec2.create_security_group(GroupName="web", Description="web", VpcId=vpc)["GroupId"]
    permission = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "10.0.0.0/16"}]}
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[permission])
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    started = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, SubnetId=subnet, SecurityGroupIds=[group])["Instances"][0]
    instance, interface = started["InstanceId"], started["NetworkInterfaces"][0]["NetworkInterfaceId"]
    ec2.modify_instance_attribute(InstanceId=instance, DisableApiTermination={"Value": True})
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(VpcId=vpc, InternetGatewayId=gateway)
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    ec2.associate_address(AllocationId=address, InstanceId=instance)
    iam.create_role(RoleName="other", AssumeRolePolicyDocument=TRUST)
    policy = iam.create_policy(PolicyName="shop", PolicyDocument=ALLOW)["Policy"]["Arn"]
    iam.attach_role_policy(RoleName="other", PolicyArn=policy)
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.create_grant(KeyId=key, GranteePrincipal="arn:aws:iam::123456789012:role/other", Operations=["Decrypt"])

    for rest, words in (
        (f"ec2:{HERE}:instance/{instance}", "is protected from termination"),
        (f"ec2:{HERE}:network-interface/{interface}", f"in use by {instance}"),
        (f"ec2:{HERE}:subnet/{subnet}", interface),
        (f"ec2:{HERE}:route-table/{table}", f"used by {subnet}"),
        (f"ec2:{HERE}:internet-gateway/{gateway}", f"serves {vpc} with its subnets {subnet}"),
        (f"ec2:{HERE}:elastic-ip/{address}", f"in use by {instance}"),
        (f"ec2:{HERE}:vpc/{vpc}", f"still holds {subnet}"),
        (policy.removeprefix("arn:aws:"), "attached to other"),
        (f"kms:{HERE}:key/{key}", "role/other hold grants"),
    ):
        with pytest.raises(Refused, match=words):
            remove(account, rest)
    # Taking its rules out would cut the instance off.
    empty, delete = _removal.plan_removal([Tagged(f"arn:aws:ec2:{HERE}:security-group/{group}", tags=TAGS)], REGION)
    for step in (empty, delete):
        with pytest.raises(Refused, match=interface):
            _removal.remove(step, account.client, QUICK)
    assert ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]["IpPermissions"]


def test_a_group_that_a_foreign_rule_names_is_refused(account: Emulator) -> None:
    ec2 = account.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    mine, foreign = (ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"] for name in ("mine", "foreign"))
    permission = {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1, "UserIdGroupPairs": [{"GroupId": mine}]}
    ec2.authorize_security_group_ingress(GroupId=foreign, IpPermissions=[permission])
    _empty, delete = _removal.plan_removal([Tagged(f"arn:aws:ec2:{HERE}:security-group/{mine}", tags=TAGS)], REGION)
    with pytest.raises(Refused, match=f"rules of {foreign} name the security group {mine}. Take it out of them first"):
        _removal.remove(delete, account.client, QUICK)


def test_an_unknown_kind_is_reported_and_never_guessed(account: Emulator) -> None:
    with pytest.raises(Refused, match=r"no way to remove this kind is known. Remove arn:aws:example:.*:thing/1 yourself, or take"):
        remove(account, f"example:{HERE}:thing/1")
    assert account.writes() == []


def test_what_aws_refuses_is_said_in_its_words(account: Emulator) -> None:
    make_database(account, protected=True)
    rds = account.client("rds")
    major = rds.describe_db_instances()["DBInstances"][0]["EngineVersion"].partition(".")[0]
    rds.create_db_parameter_group(DBParameterGroupName="shop", DBParameterGroupFamily=f"postgres{major}", Description="shop")
    rds.modify_db_instance(DBInstanceIdentifier="shop", DBParameterGroupName="shop", ApplyImmediately=True)
    with pytest.raises(Refused, match=r"DeleteDBParameterGroup answered InvalidDBParameterGroupState.*Clear what AWS names"):
        remove(account, f"rds:{HERE}:pg:shop")


# -- waiting ---------------------------------------------------------------------------------------------


def slow_gateway(emulator: Emulator) -> str:
    ec2 = emulator.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    address = ec2.allocate_address(Domain="vpc", TagSpecifications=specified("elastic-ip"))["AllocationId"]
    made = ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address, TagSpecifications=specified("natgateway"))["NatGateway"]
    identifier = str(made["NatGatewayId"])
    ec2.get_waiter("nat_gateway_available").wait(NatGatewayIds=[identifier], WaiterConfig={"Delay": 1})
    return identifier


def test_a_removal_waits_until_the_next_step_can_begin_and_gives_up_in_time(start_emulator: StartEmulator) -> None:
    emulator = start_emulator(delays="real", time_scale=60)  # a gateway takes a second to go
    slow_gateway(emulator)
    begun = time.monotonic()
    outcomes = remove_orphans(emulator, {"ec2:natgateway": 0.3})
    assert time.monotonic() - begun < 10
    said = refused(outcomes)
    assert "is still there after 0.3 s. Its removal may go on: run this again to see" in next(iter(said.values()))

    second = slow_gateway(emulator)
    begun = time.monotonic()
    outcomes = remove_orphans(emulator, {})
    assert refused(outcomes) == {}
    assert outcomes[f"remove ec2:natgateway {second}"].seconds >= 0.8
    assert find(emulator) == {}


def test_a_run_that_is_stopped_ends_after_the_step_that_is_running(account: Emulator) -> None:
    for name in ("a", "b", "c"):
        account.client("sns").create_topic(Name=name, Tags=LISTED)
    steps = _removal.plan_removal(find(account).values(), REGION)
    done: list[Outcome] = []
    stopping: Callable[[], bool] = lambda: bool(done)  # noqa: E731
    for outcome in _removal.remove_all(steps, account.client, QUICK, stopping):
        done.append(outcome)
    assert [outcome.step.name for outcome in done] == ["a"]
    assert len(find(account)) == 2


def test_a_client_is_made_for_the_region_of_each_resource(account: Emulator) -> None:
    for region in (REGION, "eu-west-1"):
        account.client("sns", region=region).create_topic(Name="alerts", Tags=LISTED)
    found = _tagged.tagged("shop", "prod", [REGION, "eu-west-1"], account.client)
    outcomes = list(_removal.remove_all(_removal.plan_removal(found, REGION), account.client, QUICK))
    assert [outcome.done for outcome in outcomes] == [True, True]
    assert _tagged.tagged("shop", "prod", [REGION, "eu-west-1"], account.client) == []
