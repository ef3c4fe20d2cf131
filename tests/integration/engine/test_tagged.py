# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Everything in an account that bears a stack's tags is found, once, with what one must know of it; nothing else is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.stratum.aws.plugins.plugin_utils.belongings import _orphans, _tagged
from ansible_collections.stratum.aws.plugins.plugin_utils.belongings._orphans import Managed, Verdict
from ansible_collections.stratum.aws.plugins.plugin_utils.belongings._tagged import Tagged
from botocore.exceptions import ClientError

from tests.emulator.fixtures import Emulator
from tests.integration.modules.running import run

pytestmark = pytest.mark.integration

REGION = "ca-central-1"
TAGS = {"stratum:stack": "shop", "stratum:environment": "prod", "stratum:layer": "network"}
LISTED = [{"Key": key, "Value": value} for key, value in TAGS.items()]
HERE = f"{REGION}:123456789012"
TRUST = (
    '{"Version": "2012-10-17", "Statement": '
    '[{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]}'
)
ALLOW = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*"}]}'


def find(account: Emulator, *regions: str, client: Any = None) -> dict[str, Tagged]:
    """Return what bears the tags of shop in prod, by the ends of the ARNs; each must be there once."""
    found = _tagged.tagged("shop", "prod", regions or (REGION,), client or account.client)
    assert len({each.arn for each in found}) == len(found)
    return {each.arn.removeprefix("arn:aws:"): each for each in found}


def specified(kind: str, **more: str) -> list[dict[str, Any]]:
    tags = {**TAGS, **more}
    return [{"ResourceType": kind, "Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}]


def make_network(account: Emulator) -> dict[str, str]:
    """Make one tagged resource of each kind of a network, and return their ids by kind."""
    ec2 = account.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=specified("vpc"))["Vpc"]["VpcId"]
    made = {"vpc": vpc}
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24", TagSpecifications=specified("subnet"))["Subnet"]["SubnetId"]
    made["subnet"] = subnet
    table = ec2.create_route_table(VpcId=vpc, TagSpecifications=specified("route-table"))["RouteTable"]
    made["route-table"] = table["RouteTableId"]
    gateway = ec2.create_internet_gateway(TagSpecifications=specified("internet-gateway"))["InternetGateway"]
    made["internet-gateway"] = gateway["InternetGatewayId"]
    ec2.attach_internet_gateway(VpcId=vpc, InternetGatewayId=made["internet-gateway"])
    made["network-acl"] = ec2.create_network_acl(VpcId=vpc, TagSpecifications=specified("network-acl"))["NetworkAcl"]["NetworkAclId"]
    made["security-group"] = ec2.create_security_group(
        GroupName="web", Description="web", VpcId=vpc, TagSpecifications=specified("security-group")
    )["GroupId"]
    made["elastic-ip"] = ec2.allocate_address(Domain="vpc", TagSpecifications=specified("elastic-ip"))["AllocationId"]
    made["natgateway"] = ec2.create_nat_gateway(
        SubnetId=subnet, AllocationId=made["elastic-ip"], TagSpecifications=specified("natgateway")
    )["NatGateway"]["NatGatewayId"]
    options = [{"Key": "domain-name", "Values": ["example.com"]}]
    dhcp = ec2.create_dhcp_options(DhcpConfigurations=options, TagSpecifications=specified("dhcp-options"))["DhcpOptions"]
    made["dhcp-options"] = dhcp["DhcpOptionsId"]
    made["vpc-endpoint"] = ec2.create_vpc_endpoint(
        VpcId=vpc,
        VpcEndpointType="Gateway",
        ServiceName=f"com.amazonaws.{REGION}.s3",
        RouteTableIds=[made["route-table"]],
        TagSpecifications=specified("vpc-endpoint"),
    )["VpcEndpoint"]["VpcEndpointId"]
    made["vpc-flow-log"] = ec2.create_flow_logs(
        ResourceIds=[vpc],
        ResourceType="VPC",
        TrafficType="ALL",
        LogDestinationType="s3",
        LogDestination="arn:aws:s3:::flow",
        TagSpecifications=specified("vpc-flow-log"),
    )["FlowLogIds"][0]
    data = {"ImageId": "ami-12c6146b", "InstanceType": "t3.micro"}
    template = ec2.create_launch_template(
        LaunchTemplateName="web", LaunchTemplateData=data, TagSpecifications=specified("launch-template")
    )["LaunchTemplate"]
    made["launch-template"] = template["LaunchTemplateId"]
    made["key-pair"] = ec2.create_key_pair(KeyName="web", TagSpecifications=specified("key-pair"))["KeyPairId"]
    return made


@pytest.fixture
def flow_bucket(account: Emulator) -> str:
    account.client("s3").create_bucket(Bucket="flow", CreateBucketConfiguration={"LocationConstraint": REGION})
    return "flow"


def test_every_kind_of_a_network_is_found_once_and_judged_an_orphan(account: Emulator, flow_bucket: str) -> None:
    made = make_network(account)
    found = find(account)
    assert set(found) == {f"ec2:{HERE}:{kind}/{identifier}" for kind, identifier in made.items()}
    assert {each.layer for each in found.values()} == {"network"}
    assert {each.state for each in found.values()} == {None}
    assert len(_orphans.orphans(found.values(), [])) == len(made)


def test_what_the_tagging_api_does_not_show_is_found_too(account: Emulator) -> None:
    iam, cloudwatch, ec2, scaling = (account.client(name) for name in ("iam", "cloudwatch", "ec2", "autoscaling"))
    iam.create_role(RoleName="shop", Path="/shop/", AssumeRolePolicyDocument=TRUST, Tags=LISTED)
    iam.create_role(RoleName="other", AssumeRolePolicyDocument=TRUST, Tags=[{"Key": "stratum:stack", "Value": "other"}])
    iam.create_user(UserName="shop-files", Path="/shop/", Tags=LISTED)
    iam.create_user(UserName="other", Tags=[{"Key": "stratum:stack", "Value": "other"}])
    iam.create_policy(PolicyName="shop", PolicyDocument=ALLOW, Tags=LISTED)
    iam.create_instance_profile(InstanceProfileName="shop", Tags=LISTED)
    iam.add_role_to_instance_profile(InstanceProfileName="shop", RoleName="shop")
    iam.create_open_id_connect_provider(Url="https://oidc.example.com", ClientIDList=["sts"], ThumbprintList=["a" * 40], Tags=LISTED)
    dashboard = '{"widgets": []}'
    cloudwatch.put_dashboard(DashboardName="shop", DashboardBody=dashboard)
    cloudwatch.tag_resource(ResourceARN="arn:aws:cloudwatch::123456789012:dashboard/shop", Tags=LISTED)
    cloudwatch.put_dashboard(DashboardName="other", DashboardBody=dashboard)
    ec2.create_launch_template(LaunchTemplateName="web", LaunchTemplateData={"ImageId": "ami-12c6146b", "InstanceType": "t3.micro"})
    for name, tags in (("shop", TAGS), ("other", {**TAGS, "stratum:environment": "dev"})):
        scaling.create_auto_scaling_group(
            AutoScalingGroupName=name,
            LaunchTemplate={"LaunchTemplateName": "web"},
            MinSize=0,
            MaxSize=0,
            AvailabilityZones=[f"{REGION}a"],
            Tags=[{"Key": key, "Value": value, "PropagateAtLaunch": True} for key, value in tags.items()],
        )
    (group,) = scaling.describe_auto_scaling_groups(AutoScalingGroupNames=["shop"])["AutoScalingGroups"]

    assert set(find(account)) == {
        "iam::123456789012:role/shop/shop",
        "iam::123456789012:user/shop/shop-files",
        "iam::123456789012:policy/shop",
        "iam::123456789012:instance-profile/shop",
        "iam::123456789012:oidc-provider/oidc.example.com",
        "cloudwatch::123456789012:dashboard/shop",
        group["AutoScalingGroupARN"].removeprefix("arn:aws:"),
    }


def test_only_this_stack_in_this_environment_counts_and_every_named_region(account: Emulator) -> None:
    for region in (REGION, "eu-west-1", "us-east-1"):
        account.client("sns", region=region).create_topic(Name="alerts", Tags=LISTED)
    for name, tags in (
        ("staging", {**TAGS, "stratum:environment": "staging"}),
        ("other", {**TAGS, "stratum:stack": "shop2"}),
        ("untagged", {}),
    ):
        account.client("sns").create_topic(Name=name, Tags=[{"Key": key, "Value": value} for key, value in tags.items()])
    zone = account.client("route53").create_hosted_zone(Name="example.com", CallerReference="1")["HostedZone"]["Id"].rpartition("/")[2]
    account.client("route53").change_tags_for_resource(ResourceType="hostedzone", ResourceId=zone, AddTags=LISTED)

    # us-east-1 shows what is global, and with it the regional resources that are there.
    us = {"sns:us-east-1:123456789012:alerts", f"route53:::hostedzone/{zone}"}
    assert set(find(account)) == {f"sns:{HERE}:alerts"} | us
    assert set(find(account, REGION, "eu-west-1")) == {f"sns:{HERE}:alerts", "sns:eu-west-1:123456789012:alerts"} | us


def test_what_bears_the_stacks_name_and_no_environment_is_found_too(account: Emulator) -> None:
    account.client("sns").create_topic(Name="by-hand", Tags=[{"Key": "stratum:stack", "Value": TAGS["stratum:stack"]}])
    assert set(find(account)) == {f"sns:{HERE}:by-hand"}


def test_many_pages_are_all_read(account: Emulator) -> None:
    sqs = account.client("sqs")
    for number in range(120):
        sqs.create_queue(QueueName=f"queue-{number}", tags=TAGS)
    assert len(find(account)) == 120


class Ghosts:
    """A maker of clients whose tagging API also names resources that are gone."""

    def __init__(self, account: Emulator, *arns: str) -> None:
        self.account, self.arns = account, arns

    def __call__(self, service: str, region: str) -> Any:
        client = self.account.client(service, region)
        if service == "resourcegroupstaggingapi" and region == REGION:
            client.meta.events.register("after-call.resource-groups-tagging-api.GetResources", self._add)
            client.meta.events.register("after-call.resourcegroupstaggingapi.GetResources", self._add)
        return client

    def _add(self, parsed: dict[str, Any], **_unused: Any) -> None:
        named = {mapping["ResourceARN"] for mapping in parsed["ResourceTagMappingList"]}
        parsed["ResourceTagMappingList"] += [{"ResourceARN": arn, "Tags": LISTED} for arn in self.arns if arn not in named]


GONE = (
    "acm:{}:certificate/11111111-2222-3333-4444-555555555555",
    "backup:{}:backup-plan:11111111-2222-3333-4444-555555555555",
    "backup:{}:backup-vault:gone",
    "cloudwatch:{}:alarm:gone",
    "dynamodb:{}:table/gone",
    "ec2:{}:instance/i-0123456789abcdef0",
    "ec2:{}:natgateway/nat-0123456789abcdef0",
    "ec2:{}:network-interface/eni-0123456789abcdef0",
    "ec2:{}:snapshot/snap-0123456789abcdef0",
    "ec2:{}:volume/vol-0123456789abcdef0",
    "ec2:{}:vpc/vpc-0123456789abcdef0",
    "ecr:{}:repository/gone",
    "eks:{}:access-entry/gone/role/123456789012/admin/1-2",
    "eks:{}:addon/gone/coredns/1-2",
    "eks:{}:cluster/gone",
    "eks:{}:nodegroup/gone/nodes/1-2",
    "eks:{}:podidentityassociation/gone/a-0123456789abcdef0",
    "elasticache:{}:parametergroup:gone",
    "elasticache:{}:replicationgroup:gone",
    "elasticache:{}:subnetgroup:gone",
    "elasticfilesystem:{}:file-system/fs-0123456789abcdef0",
    "elasticloadbalancing:{}:loadbalancer/app/gone/0123456789abcdef",
    "elasticloadbalancing:{}:listener/app/gone/0123456789abcdef/0123456789abcdef",
    "elasticloadbalancing:{}:targetgroup/gone/0123456789abcdef",
    "kms:{}:key/11111111-2222-3333-4444-555555555555",
    "lambda:{}:function:gone",
    "logs:{}:log-group:gone",
    "rds:{}:db:gone",
    "rds:{}:pg:gone",
    "rds:{}:snapshot:gone",
    "rds:{}:subgrp:gone",
    "secretsmanager:{}:secret:gone-abcdef",
    "sns:{}:gone",
    "sqs:{}:gone",
)


def test_what_the_tagging_api_remembers_but_is_gone_is_not_found(account: Emulator) -> None:
    ghosts = Ghosts(account, *(f"arn:aws:{rest.format(HERE)}" for rest in GONE), "arn:aws:s3:::gone")
    assert find(account, client=ghosts) == {}


def test_a_kind_that_nobody_can_ask_for_is_believed(account: Emulator) -> None:
    ghosts = Ghosts(account, f"arn:aws:example:{HERE}:thing/1")
    assert set(find(account, client=ghosts)) == {f"example:{HERE}:thing/1"}


def test_what_was_terminated_or_deleted_in_ec2_is_not_found(account: Emulator, flow_bucket: str) -> None:
    made = make_network(account)
    ec2 = account.client("ec2")
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    instance = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, TagSpecifications=specified("instance"))["Instances"][0][
        "InstanceId"
    ]
    assert f"ec2:{HERE}:instance/{instance}" in find(account)
    ec2.terminate_instances(InstanceIds=[instance])
    ec2.delete_nat_gateway(NatGatewayId=made["natgateway"])
    ghosts = Ghosts(account, f"arn:aws:ec2:{HERE}:instance/{instance}", f"arn:aws:ec2:{HERE}:natgateway/{made['natgateway']}")
    left = find(account, client=ghosts)
    assert f"ec2:{HERE}:instance/{instance}" not in left
    assert f"ec2:{HERE}:natgateway/{made['natgateway']}" not in left
    assert f"ec2:{HERE}:vpc/{made['vpc']}" in left


def test_the_volume_of_an_instance_and_the_defaults_of_a_vpc_say_what_they_go_with(account: Emulator) -> None:
    ec2 = account.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    (group,) = ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["SecurityGroups"]
    (table,) = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["RouteTables"]
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    disk = [{"DeviceName": "/dev/sda1", "Ebs": {"VolumeSize": 8, "DeleteOnTermination": True}}]
    instance = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, BlockDeviceMappings=disk)["Instances"][0]
    volume = instance["BlockDeviceMappings"][0]["Ebs"]["VolumeId"]
    loose = ec2.create_volume(AvailabilityZone=f"{REGION}a", Size=1, TagSpecifications=specified("volume"))["VolumeId"]
    ec2.create_tags(Resources=[group["GroupId"], table["RouteTableId"], volume], Tags=LISTED)

    found = find(account)
    assert {rest.rpartition("/")[2]: each.owner for rest, each in found.items()} == {
        group["GroupId"]: f"ec2:vpc {vpc}",
        table["RouteTableId"]: f"ec2:vpc {vpc}",
        volume: f"ec2:instance {instance['InstanceId']}",
        loose: None,
    }
    assert [each.arn.rpartition("/")[2] for each in _orphans.orphans(found.values(), [])] == [loose]


def test_keys_and_secrets_that_wait_for_their_deletion_say_until_when(account: Emulator) -> None:
    kms, secrets = account.client("kms"), account.client("secretsmanager")
    tags = [{"TagKey": key, "TagValue": value} for key, value in TAGS.items()]
    leaving, staying = (kms.create_key(Tags=tags)["KeyMetadata"]["KeyId"] for _unused in "12")
    date = kms.schedule_key_deletion(KeyId=leaving, PendingWindowInDays=7)["DeletionDate"]
    secret = secrets.create_secret(Name="shop/db", SecretString="x", Tags=LISTED)["ARN"]
    secrets.delete_secret(SecretId=secret, RecoveryWindowInDays=7)

    found = find(account)
    assert found[f"kms:{HERE}:key/{staying}"].state is None
    assert found[f"kms:{HERE}:key/{leaving}"].state == f"pending deletion until {date:%Y-%m-%d}"
    assert str(found[secret.removeprefix("arn:aws:")].state).startswith("pending deletion until 20")
    verdicts = {each.entry.arn: each.verdict for each in _orphans.judge(found.values(), [])}
    assert sorted(verdicts.values()) == sorted([Verdict.KEPT, Verdict.KEPT, Verdict.ORPHAN])


def refusing(account: Emulator, service: str, operation: str, code: str = "AccessDenied") -> Callable[[str, str], Any]:
    """Return a maker of clients that are not allowed one operation."""

    def refuse(**_unused: Any) -> None:
        raise ClientError({"Error": {"Code": code, "Message": "not allowed"}}, operation)

    def client(name: str, region: str) -> Any:
        made = account.client(name, region)
        if name == service:
            made.meta.events.register(f"before-call.{made.meta.service_model.service_id.hyphenize()}.{operation}", refuse)
        return made

    return client


def test_a_refused_listing_is_an_error_that_names_the_cure(account: Emulator) -> None:
    with pytest.raises(_tagged.CannotList, match=r"GetAccountAuthorizationDetails answered AccessDenied.*Allow GetAccountAuth"):
        find(account, client=refusing(account, "iam", "GetAccountAuthorizationDetails"))


def test_a_look_that_goes_wrong_is_an_error_too(account: Emulator) -> None:
    account.client("sns").create_topic(Name="alerts", Tags=LISTED)
    with pytest.raises(_tagged.CannotList, match=r"GetTopicAttributes answered InternalError: not allowed.*Run this again"):
        find(account, client=refusing(account, "sns", "GetTopicAttributes", "InternalError"))


def test_a_refused_look_leaves_the_resource_in_with_a_note(account: Emulator) -> None:
    account.client("sns").create_topic(Name="alerts", Tags=LISTED)
    (found,) = find(account, client=refusing(account, "sns", "GetTopicAttributes")).values()
    assert found.state == "not verified: GetTopicAttributes answered AccessDenied"


def test_nothing_is_written(account: Emulator) -> None:
    make_before = len(account.writes())
    find(account, REGION, "eu-west-1")
    assert len(account.writes()) == make_before


# What modules return is what tells a managed resource from an orphan, so the modules themselves are asked.
MODULES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("amazon.aws.ec2_vpc_net", {"name": "shop", "cidr_block": "10.0.0.0/16"}),
    ("stratum.aws.ec2_elastic_ip", {"name": "shop"}),
    ("amazon.aws.kms_key", {"alias": "shop"}),
    ("amazon.aws.iam_role", {"name": "shop", "assume_role_policy_document": TRUST, "create_instance_profile": False}),
    ("amazon.aws.iam_instance_profile", {"name": "shop", "role": "shop"}),
    ("amazon.aws.iam_user", {"name": "shop", "state": "present"}),
    ("stratum.aws.secretsmanager_access_key", {"name": "shop/key", "user": "shop"}),
    ("amazon.aws.iam_managed_policy", {"name": "shop", "policy": ALLOW}),
    ("stratum.aws.iam_oidc_provider", {"url": "https://oidc.example.com", "client_ids": ["sts"]}),
    ("stratum.aws.secretsmanager_random_secret", {"name": "shop/db"}),
    ("amazon.aws.s3_bucket", {"name": "shop"}),
    ("amazon.aws.rds_instance_param_group", {"name": "shop", "description": "shop", "engine": "postgres16", "state": "present"}),
    ("stratum.aws.elasticache_parameter_group", {"name": "shop", "family": "redis7"}),
    ("amazon.aws.route53_zone", {"zone": "example.com"}),
    ("amazon.aws.route53_health_check", {"health_check_name": "shop", "use_unique_names": True, "type": "HTTPS", "fqdn": "example.com"}),
    ("stratum.aws.sns_topic", {"name": "shop"}),
    ("stratum.aws.cloudwatch_log_group", {"name": "/shop"}),
    ("stratum.aws.cloudwatch_dashboard", {"name": "shop", "body": {"widgets": []}}),
    ("stratum.aws.backup_vault", {"name": "shop"}),
)


def test_what_modules_made_is_in_the_graph_and_what_was_added_beside_it_is_not(account: Emulator) -> None:
    managed = []
    for module, arguments in MODULES:
        given = {**arguments, "tags": TAGS}
        result = run(module, given, account.environment, check=False, diff=False)
        assert not result.failed, result.msg
        managed.append(Managed(module, given, result))
    beside = account.client("ec2").create_vpc(CidrBlock="10.1.0.0/16", TagSpecifications=specified("vpc"))["Vpc"]
    added = {
        account.client("sns").create_topic(Name="added", Tags=LISTED)["TopicArn"],
        account.client("iam").create_role(RoleName="added", AssumeRolePolicyDocument=TRUST, Tags=LISTED)["Role"]["Arn"],
        f"arn:aws:ec2:{HERE}:vpc/{beside['VpcId']}",
    }

    found = find(account)
    assert len(found) == len(MODULES) + len(added)
    assert {each.arn for each in _orphans.orphans(found.values(), managed)} == added
    # Where only the arguments are known (the module failed, or its change was only planned), nothing managed is lost.
    blind = [Managed(each.module, each.args) for each in managed]
    assert {each.arn for each in _orphans.orphans(found.values(), blind)} <= added
