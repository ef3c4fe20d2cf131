# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The self-managed Kubernetes cluster's production: what its description says, read back from the account by boto3."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.emulator.fixtures import Emulator
from tests.playbooks import play

from .conftest import Stack

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.xdist_group("kubernetes"), pytest.mark.timeout(1800)]

NAME = "kubernetes-prod"
DOMAIN = "cluster.example.com"
TAGS = {
    "Environment": "prod",
    "Project": "kubernetes",
    "ManagedBy": "ansible",
    "stratum:stack": "kubernetes",
    "stratum:environment": "prod",
}
INTERNET = "0.0.0.0/0"


def tags_of(resource: dict[str, Any], key: str = "Tags") -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in resource.get(key, [])}


def assert_tags(tags: dict[str, str], layer: str) -> None:
    assert {**TAGS, "stratum:layer": layer}.items() <= tags.items(), tags
    assert tags["CostCenter"]


# -- The run itself --------------------------------------------------------------------------------------


def test_the_first_run_creates_and_the_second_changes_nothing(kubernetes: Stack) -> None:
    assert kubernetes.created["summary"]["failed"] == 0
    assert kubernetes.created["summary"]["create"] > 70
    # What the control plane has written meanwhile stays, and nobody is shown it.
    ssm, token = kubernetes.client("ssm"), "abcdef.0123456789abcdef"
    ssm.put_parameter(Name=f"/{NAME}/join", Value=json.dumps({"token": token}), Type="SecureString", Overwrite=True)
    second = kubernetes.run().check()
    assert second.changed == 0
    assert token not in second.output
    assert token in ssm.get_parameter(Name=f"/{NAME}/join", WithDecryption=True)["Parameter"]["Value"]
    report = second.report("converge", "kubernetes", "prod")
    assert [operation for node in report["nodes"] for operation in node["operations"]] == []


def test_a_plan_of_the_converged_stack_has_no_changes_and_writes_nothing(kubernetes: Stack) -> None:
    written = len(kubernetes.account.writes())
    assert kubernetes.run("--check").check().changed == 0
    assert len(kubernetes.account.writes()) == written


def test_the_plan_of_an_empty_account_has_no_failure_and_writes_nothing(account: Emulator, tmp_path: Path) -> None:
    plan = play(account, "site.yml", "--limit", "kubernetes", "--check", inventory="inventories/prod", reports=tmp_path).check()
    report = plan.report("plan", "kubernetes", "prod")
    assert report["summary"]["failed"] == 0
    assert report["summary"]["create"] > 70
    assert account.writes() == []


# -- Domain and DNS --------------------------------------------------------------------------------------


def zones(kubernetes: Stack) -> dict[bool, dict[str, Any]]:
    found = kubernetes.client("route53").list_hosted_zones()["HostedZones"]
    return {zone["Config"]["PrivateZone"]: zone for zone in found if zone["Name"] == f"{DOMAIN}."}


def records(kubernetes: Stack, zone: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    found = kubernetes.client("route53").list_resource_record_sets(HostedZoneId=zone["Id"])["ResourceRecordSets"]
    return {(record["Name"].replace("\\052", "*").rstrip("."), record["Type"]): record for record in found}


def test_names_lead_to_the_load_balancer(kubernetes: Stack) -> None:
    balancer = load_balancer(kubernetes)
    for private, zone in zones(kubernetes).items():
        found = records(kubernetes, zone)
        for name in (DOMAIN, f"*.{DOMAIN}"):
            alias = found[name, "A"]["AliasTarget"]
            assert alias["DNSName"].rstrip(".").removeprefix("dualstack.") == balancer["DNSName"].lower(), (private, name)
            assert alias["HostedZoneId"] == balancer["CanonicalHostedZoneId"]


def test_the_public_zone_is_delegated_to(kubernetes: Stack) -> None:
    zone = zones(kubernetes)[False]
    servers = kubernetes.client("route53").get_hosted_zone(Id=zone["Id"])["DelegationSet"]["NameServers"]
    (told,) = [line for line in kubernetes.first.output.splitlines() if "There are no keys of Porkbun" in line]
    assert len(servers) == 4
    for server in servers:
        assert server.rstrip(".").lower() in told
    delegated = {each["Value"].rstrip(".") for each in records(kubernetes, zone)[DOMAIN, "NS"]["ResourceRecords"]}
    assert delegated == {server.rstrip(".") for server in servers}
    private = kubernetes.client("route53").get_hosted_zone(Id=zones(kubernetes)[True]["Id"])
    assert [found["VPCId"] for found in private["VPCs"]] == [vpc(kubernetes)["VpcId"]]


def test_the_api_has_a_name_for_those_within(kubernetes: Stack) -> None:
    found = zones(kubernetes)
    assert [each["Value"] for each in records(kubernetes, found[True])[f"api.{DOMAIN}", "A"]["ResourceRecords"]] == [
        control_plane(kubernetes)["PrivateIpAddress"]
    ]
    assert (f"api.{DOMAIN}", "A") not in records(kubernetes, found[False])


def test_porkbun_is_told_the_name_servers_once_there_are_keys(kubernetes: Stack) -> None:
    (node,) = [node for node in kubernetes.created["nodes"] if node["module"] == "stratum.aws.porkbun_nameservers"]
    assert (node["item"], node["action"]) == (DOMAIN, "unchanged")
    secret = kubernetes.client("secretsmanager").get_secret_value(SecretId="kubernetes/prod/porkbun")["SecretString"]
    assert set(json.loads(secret)) == {"api_key", "secret_api_key"}


# -- Network ---------------------------------------------------------------------------------------------


def vpc(kubernetes: Stack) -> dict[str, Any]:
    (found,) = kubernetes.client("ec2").describe_vpcs(Filters=[{"Name": "tag:Name", "Values": [f"{NAME}-vpc"]}])["Vpcs"]
    return dict(found)


def subnets(kubernetes: Stack, public: bool) -> list[dict[str, Any]]:
    filters = [{"Name": "vpc-id", "Values": [vpc(kubernetes)["VpcId"]]}]
    found = kubernetes.client("ec2").describe_subnets(Filters=filters)["Subnets"]
    return [subnet for subnet in found if subnet["MapPublicIpOnLaunch"] is public]


def test_the_vpc_spans_three_zones(kubernetes: Stack) -> None:
    assert vpc(kubernetes)["CidrBlock"] == "10.0.0.0/16"
    assert_tags(tags_of(vpc(kubernetes)), "network")
    for public in (True, False):
        assert {subnet["AvailabilityZone"] for subnet in subnets(kubernetes, public)} == {"us-east-1a", "us-east-1b", "us-east-1c"}
    for subnet in subnets(kubernetes, False):
        assert tags_of(subnet)[f"kubernetes.io/cluster/{NAME}"] == "shared"


def test_subnets_are_where_the_inventory_has_them(kubernetes: Stack) -> None:
    public = {subnet["AvailabilityZone"][-1]: subnet["CidrBlock"] for subnet in subnets(kubernetes, True)}
    private = {subnet["AvailabilityZone"][-1]: subnet["CidrBlock"] for subnet in subnets(kubernetes, False)}
    assert public == {"a": "10.0.1.0/24", "b": "10.0.2.0/24", "c": "10.0.3.0/24"}
    assert private == {"a": "10.0.16.0/20", "b": "10.0.32.0/20", "c": "10.0.48.0/20"}


def test_each_zone_has_its_way_out(kubernetes: Stack) -> None:
    gateways = kubernetes.client("ec2").describe_nat_gateways()["NatGateways"]
    assert {gateway["SubnetId"] for gateway in gateways} == {subnet["SubnetId"] for subnet in subnets(kubernetes, True)}
    (endpoint,) = kubernetes.client("ec2").describe_vpc_endpoints()["VpcEndpoints"]
    assert (endpoint["ServiceName"], len(endpoint["RouteTableIds"])) == ("com.amazonaws.us-east-1.s3", 3)


def load_balancer(kubernetes: Stack) -> dict[str, Any]:
    (found,) = kubernetes.client("elbv2").describe_load_balancers(Names=[NAME])["LoadBalancers"]
    return dict(found)


def target_groups(kubernetes: Stack) -> dict[str, dict[str, Any]]:
    return {group["TargetGroupArn"]: group for group in kubernetes.client("elbv2").describe_target_groups()["TargetGroups"]}


def test_the_load_balancer_maps_the_ports(kubernetes: Stack) -> None:
    balancer, elb = load_balancer(kubernetes), kubernetes.client("elbv2")
    assert (balancer["Type"], balancer["Scheme"]) == ("network", "internet-facing")
    assert {zone["SubnetId"] for zone in balancer["AvailabilityZones"]} == {subnet["SubnetId"] for subnet in subnets(kubernetes, True)}
    mapped = {}
    for listener in elb.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]:
        assert listener["Protocol"] == "TCP"
        (action,) = listener["DefaultActions"]
        arn = action.get("TargetGroupArn") or action["ForwardConfig"]["TargetGroups"][0]["TargetGroupArn"]
        mapped[listener["Port"]] = target_groups(kubernetes)[arn]["Port"]
    assert mapped == {443: 30443, 80: 30080}
    attributes = elb.describe_load_balancer_attributes(LoadBalancerArn=balancer["LoadBalancerArn"])["Attributes"]
    assert {"Key": "deletion_protection.enabled", "Value": "true"} in attributes
    assert {"Key": "load_balancing.cross_zone.enabled", "Value": "true"} in attributes
    assert_tags(tags_of(elb.describe_tags(ResourceArns=[balancer["LoadBalancerArn"]])["TagDescriptions"][0]), "edge")


def test_it_looks_at_the_ports_that_it_maps_to(kubernetes: Stack) -> None:
    elb = kubernetes.client("elbv2")
    for arn, found in target_groups(kubernetes).items():
        assert (found["HealthCheckProtocol"], found["HealthCheckPort"]) == ("TCP", "traffic-port")
        assert (found["HealthCheckIntervalSeconds"], found["HealthyThresholdCount"], found["UnhealthyThresholdCount"]) == (10, 3, 3)
        attributes = elb.describe_target_group_attributes(TargetGroupArn=arn)["Attributes"]
        assert {"Key": "deregistration_delay.timeout_seconds", "Value": "60"} in attributes


def test_all_traffic_comes_in_by_the_load_balancer(kubernetes: Stack) -> None:
    wanted = [{"Name": "vpc-id", "Values": [vpc(kubernetes)["VpcId"]]}]
    groups = kubernetes.client("ec2").describe_security_groups(Filters=wanted)["SecurityGroups"]
    world = {
        group["GroupName"]
        for group in groups
        for rule in group["IpPermissions"]
        if any(source["CidrIp"] == INTERNET for source in rule["IpRanges"])
    }
    assert world == {f"{NAME}-nlb"}
    (found,) = [group for group in groups if group["GroupName"] == f"{NAME}-nlb"]
    assert load_balancer(kubernetes)["SecurityGroups"] == [found["GroupId"]]
    assert {(rule["FromPort"], rule["ToPort"]) for rule in found["IpPermissionsEgress"]} == {(30443, 30443), (30080, 30080)}


def test_the_workers_are_its_targets(kubernetes: Stack) -> None:
    workers = {instance["InstanceId"] for instance in group(kubernetes)["Instances"]}
    assert len(target_groups(kubernetes)) == 2
    for arn, target_group in target_groups(kubernetes).items():
        assert (target_group["Protocol"], target_group["TargetType"]) == ("TCP", "instance")
        health = kubernetes.client("elbv2").describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]
        assert {each["Target"]["Id"] for each in health} == workers
        assert {each["Target"]["Port"] for each in health} == {target_group["Port"]}


def rules(kubernetes: Stack, name: str) -> set[tuple[str, int, int, str]]:
    ec2 = kubernetes.client("ec2")
    groups = {found["GroupId"]: found for found in ec2.describe_security_groups()["SecurityGroups"]}
    (group_,) = [found for found in groups.values() if found["GroupName"] == f"{NAME}-{name}"]
    told = set()
    for rule in group_["IpPermissions"]:
        sources = [source["CidrIp"] for source in rule["IpRanges"]]
        sources += [groups[pair["GroupId"]]["GroupName"].removeprefix(f"{NAME}-") for pair in rule["UserIdGroupPairs"]]
        told |= {(rule["IpProtocol"], rule["FromPort"], rule["ToPort"], source) for source in sources}
    return told


def test_who_may_talk_to_whom(kubernetes: Stack) -> None:
    assert rules(kubernetes, "nlb") == {("tcp", 443, 443, INTERNET), ("tcp", 80, 80, INTERNET)}
    nodes = ("control-plane", "workers")
    assert rules(kubernetes, "control-plane") == {
        *(("tcp", 6443, 6443, source) for source in nodes),
        *(("tcp", 10250, 10250, source) for source in nodes),
        *(("udp", 8472, 8472, source) for source in nodes),
        ("tcp", 2379, 2380, "control-plane"),
        ("tcp", 10257, 10257, "control-plane"),
        ("tcp", 10259, 10259, "control-plane"),
    }
    assert rules(kubernetes, "workers") == {
        ("tcp", 30443, 30443, "nlb"),
        ("tcp", 30080, 30080, "nlb"),
        ("tcp", 30000, 32767, "workers"),
        *(("tcp", 10250, 10250, source) for source in nodes),
        *(("udp", 8472, 8472, source) for source in nodes),
    }
    assert rules(kubernetes, "efs") == {("tcp", 2049, 2049, source) for source in nodes}


# -- Compute ---------------------------------------------------------------------------------------------


def control_plane(kubernetes: Stack) -> dict[str, Any]:
    filters = [{"Name": "tag:Name", "Values": [f"{NAME}-control-plane"]}]
    (reservation,) = kubernetes.client("ec2").describe_instances(Filters=filters)["Reservations"]
    (found,) = reservation["Instances"]
    return dict(found)


def group(kubernetes: Stack) -> dict[str, Any]:
    (found,) = kubernetes.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
    return dict(found)


def template(kubernetes: Stack) -> dict[str, Any]:
    chosen = group(kubernetes)["LaunchTemplate"]
    versions = kubernetes.client("ec2").describe_launch_template_versions(
        LaunchTemplateId=chosen["LaunchTemplateId"], Versions=[chosen["Version"]]
    )["LaunchTemplateVersions"]
    return dict(versions[0]["LaunchTemplateData"])


def test_the_control_plane(kubernetes: Stack) -> None:
    instance, ec2 = control_plane(kubernetes), kubernetes.client("ec2")
    assert instance["InstanceType"] == "t3.medium"
    assert instance["State"]["Name"] == "running"
    assert instance["MetadataOptions"]["HttpTokens"] == "required"
    assert instance["IamInstanceProfile"]["Arn"].endswith(f"instance-profile/{NAME}-control-plane")
    assert instance["SubnetId"] in {subnet["SubnetId"] for subnet in subnets(kubernetes, False)}
    assert "PublicIpAddress" not in instance
    assert [each["GroupName"] for each in instance["SecurityGroups"]] == [f"{NAME}-control-plane"]
    assert_tags(tags_of(instance), "kubernetes_nodes")
    (device,) = instance["BlockDeviceMappings"]
    (volume,) = ec2.describe_volumes(VolumeIds=[device["Ebs"]["VolumeId"]])["Volumes"]
    assert (volume["Encrypted"], volume["VolumeType"], volume["Size"]) == (True, "gp3", 50)
    assert_tags(tags_of(volume), "kubernetes_nodes")
    protected = ec2.describe_instance_attribute(InstanceId=instance["InstanceId"], Attribute="disableApiTermination")
    assert protected["DisableApiTermination"]["Value"] is True


def test_the_workers_template(kubernetes: Stack) -> None:
    data = template(kubernetes)
    assert data["InstanceType"] == "t3.large"
    assert data["MetadataOptions"]["HttpTokens"] == "required"
    (device,) = data["BlockDeviceMappings"]
    assert (device["Ebs"]["Encrypted"], device["Ebs"]["VolumeType"], device["Ebs"]["VolumeSize"]) == (True, "gp3", 50)
    profile = data["IamInstanceProfile"]
    assert f"{NAME}-worker" in (profile.get("Name") or profile["Arn"])


def test_the_workers_scale_from_two_to_six_over_all_zones(kubernetes: Stack) -> None:
    found = group(kubernetes)
    assert found["AutoScalingGroupName"] == f"{NAME}-workers"
    assert (found["MinSize"], found["DesiredCapacity"], found["MaxSize"]) == (2, 2, 6)
    assert set(found["VPCZoneIdentifier"].split(",")) == {subnet["SubnetId"] for subnet in subnets(kubernetes, False)}
    tags = tags_of(found)
    assert_tags(tags, "kubernetes_nodes")
    assert tags["k8s.io/cluster-autoscaler/enabled"] == "true"
    assert tags[f"k8s.io/cluster-autoscaler/{NAME}"] == "owned"
    assert tags[f"kubernetes.io/cluster/{NAME}"] == "owned"
    assert len(found["EnabledMetrics"]) == 8
    assert (found["HealthCheckType"], found["HealthCheckGracePeriod"], found["DefaultCooldown"]) == ("EC2", 600, 300)
    assert {process["ProcessName"] for process in found["SuspendedProcesses"]} == {"AZRebalance"}
    assert set(found["TargetGroupARNs"]) == set(target_groups(kubernetes))
    # The autoscaler decides, and nobody else does.
    assert kubernetes.client("autoscaling").describe_policies()["ScalingPolicies"] == []
    reservations = kubernetes.client("ec2").describe_instances(InstanceIds=[each["InstanceId"] for each in found["Instances"]])[
        "Reservations"
    ]
    workers = [instance for reservation in reservations for instance in reservation["Instances"]]
    assert len({worker["Placement"]["AvailabilityZone"] for worker in workers}) == 2
    for worker in workers:
        assert (worker["InstanceType"], worker["MetadataOptions"]["HttpTokens"]) == ("t3.large", "required")
        assert_tags(tags_of(worker), "kubernetes_nodes")


# -- How nodes join --------------------------------------------------------------------------------------


def user_data(kubernetes: Stack) -> dict[str, dict[str, Any]]:
    import base64

    instance = control_plane(kubernetes)["InstanceId"]
    answer = kubernetes.client("ec2").describe_instance_attribute(InstanceId=instance, Attribute="userData")["UserData"]["Value"]
    texts = {
        role: base64.b64decode(text).decode() for role, text in (("control-plane", answer), ("worker", template(kubernetes)["UserData"]))
    }
    assert all(text.startswith("#cloud-config\n") for text in texts.values())
    return {role: yaml.safe_load(text) for role, text in texts.items()}


def settings(document: dict[str, Any]) -> dict[str, str]:
    lines = document["write_files"][0]["content"].strip().splitlines()
    return {name: value.strip("'") for name, _equals, value in (line.partition("=") for line in lines)}


def test_user_data_names_its_scripts_by_their_hash_and_holds_no_secret(kubernetes: Stack) -> None:
    s3 = kubernetes.client("s3")
    for role, document in user_data(kubernetes).items():
        said = settings(document)
        assert said["ROLE"] == role
        assert (said["CLUSTER"], said["ENDPOINT"], said["PARAMETERS"]) == (NAME, f"api.{DOMAIN}", f"/{NAME}")
        assert (said["KUBERNETES_VERSION"], said["TOKEN_HOURS"], said["SNAPSHOT_CALENDAR"]) == ("1.34.2", "12", "*-*-* *:00:00")
        assert (said["POD_CIDR"], said["SERVICE_CIDR"], said["KMS_KEY"]) == ("10.244.0.0/16", "10.96.0.0/12", f"alias/{NAME}")
        assert (said["CERTIFICATES"], said["SNAPSHOTS"]) == (f"{NAME}/pki.tar.gz", f"{NAME}/etcd/")
        assert not [name for name in said if "TOKEN" in name and name != "TOKEN_HOURS"]
        keys = [item["Key"] for item in s3.list_objects_v2(Bucket=said["BUCKET"], Prefix=said["SCRIPTS"])["Contents"]]
        content = {key.removeprefix(said["SCRIPTS"]): s3.get_object(Bucket=said["BUCKET"], Key=key)["Body"].read() for key in keys}
        assert f"{role}.sh" in content
        sums = content.pop("SHA256SUMS")
        assert hashlib.sha256(sums).hexdigest() == said["SCRIPTS_SHA256"]
        assert dict(line.split()[::-1] for line in sums.decode().splitlines()) == {
            name: hashlib.sha256(body).hexdigest() for name, body in content.items()
        }


def test_tokens_travel_through_parameters(kubernetes: Stack) -> None:
    ssm = kubernetes.client("ssm")
    found = {
        parameter["Name"]: parameter for parameter in ssm.describe_parameters()["Parameters"] if parameter["Name"].startswith(f"/{NAME}/")
    }
    assert set(found) == {f"/{NAME}/join", f"/{NAME}/kubeconfig"}
    (alias,) = [each for each in kubernetes.client("kms").list_aliases()["Aliases"] if each["AliasName"] == f"alias/{NAME}"]
    for name, parameter in found.items():
        assert parameter["Type"] == "SecureString"
        assert parameter["KeyId"].endswith(alias["TargetKeyId"])
        assert_tags(tags_of(ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId=name), "TagList"), "kubernetes_nodes")


# -- Storage ---------------------------------------------------------------------------------------------


def test_the_file_system_is_mounted_in_every_zone(kubernetes: Stack) -> None:
    efs = kubernetes.client("efs")
    (system,) = efs.describe_file_systems()["FileSystems"]
    identifier = system["FileSystemId"]
    assert (system["Name"], system["Encrypted"], system["ThroughputMode"]) == (f"{NAME}-volumes", True, "elastic")
    assert system["KmsKeyId"] == key(kubernetes)["Arn"]
    assert_tags(tags_of(system), "storage")
    targets = efs.describe_mount_targets(FileSystemId=identifier)["MountTargets"]
    assert {target["SubnetId"] for target in targets} == {subnet["SubnetId"] for subnet in subnets(kubernetes, False)}
    assert system["PerformanceMode"] == "generalPurpose"
    policies = efs.describe_lifecycle_configuration(FileSystemId=identifier)["LifecyclePolicies"]
    assert {name: value for policy in policies for name, value in policy.items()} == {
        "TransitionToIA": "AFTER_30_DAYS",
        "TransitionToPrimaryStorageClass": "AFTER_1_ACCESS",
    }
    for target in targets:
        (attached,) = efs.describe_mount_target_security_groups(MountTargetId=target["MountTargetId"])["SecurityGroups"]
        (found,) = kubernetes.client("ec2").describe_security_groups(GroupIds=[attached])["SecurityGroups"]
        assert found["GroupName"] == f"{NAME}-efs"
    assert efs.describe_backup_policy(FileSystemId=identifier)["BackupPolicy"]["Status"] == "ENABLED"
    points = {point["Name"]: point for point in efs.describe_access_points(FileSystemId=identifier)["AccessPoints"]}
    assert set(points) == {f"{NAME}-shared", f"{NAME}-monitoring"}
    for name, path, owner in (("shared", "/shared", 1000), ("monitoring", "/monitoring", 65534)):
        point = points[f"{NAME}-{name}"]
        assert (point["RootDirectory"]["Path"], point["PosixUser"]["Uid"], point["PosixUser"]["Gid"]) == (path, owner, owner)
    for point in points.values():
        assert_tags(tags_of(point), "storage")


@pytest.mark.parametrize("name", ["certs", "runs"])
def test_buckets_are_private_versioned_and_encrypted(kubernetes: Stack, name: str) -> None:
    s3, bucket = kubernetes.client("s3"), f"{NAME}-{name}"
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    (rule,) = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    default = rule["ApplyServerSideEncryptionByDefault"]
    assert (default["SSEAlgorithm"], default["KMSMasterKeyID"]) == ("aws:kms", key(kubernetes)["Arn"])
    assert set(s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"].values()) == {True}
    assert "aws:SecureTransport" in s3.get_bucket_policy(Bucket=bucket)["Policy"]
    assert_tags({tag["Key"]: tag["Value"] for tag in s3.get_bucket_tagging(Bucket=bucket)["TagSet"]}, "storage")


def test_snapshots_and_what_was_replaced_end(kubernetes: Stack) -> None:
    def rules_of(name: str) -> dict[str, dict[str, Any]]:
        found = kubernetes.client("s3").get_bucket_lifecycle_configuration(Bucket=f"{NAME}-{name}")["Rules"]
        return {rule["ID"]: rule for rule in found}

    certificates, runs = rules_of("certs"), rules_of("runs")
    assert certificates["snapshots"]["Filter"]["Prefix"] == f"{NAME}/etcd/"
    assert certificates["snapshots"]["Expiration"]["Days"] == 30
    assert certificates["replaced"]["NoncurrentVersionExpiration"]["NoncurrentDays"] == 30
    assert runs["replaced"]["NoncurrentVersionExpiration"]["NoncurrentDays"] == 90


def test_runs_are_kept(kubernetes: Stack) -> None:
    keys = [item["Key"] for item in kubernetes.client("s3").list_objects_v2(Bucket=f"{NAME}-runs").get("Contents", [])]
    assert [name for name in keys if name.startswith("prod/kubernetes/runs/") and name.endswith(".json")]


# -- Security --------------------------------------------------------------------------------------------


def key(kubernetes: Stack) -> dict[str, Any]:
    kms = kubernetes.client("kms")
    (alias,) = [each for each in kms.list_aliases()["Aliases"] if each["AliasName"] == f"alias/{NAME}"]
    return dict(kms.describe_key(KeyId=alias["TargetKeyId"])["KeyMetadata"])


def test_the_key_rotates(kubernetes: Stack) -> None:
    assert kubernetes.client("kms").get_key_rotation_status(KeyId=key(kubernetes)["KeyId"])["KeyRotationEnabled"] is True


def actions(kubernetes: Stack, role: str) -> set[str]:
    iam, found = kubernetes.client("iam"), set()
    for name in iam.list_role_policies(RoleName=f"{NAME}-{role}")["PolicyNames"]:
        for statement in iam.get_role_policy(RoleName=f"{NAME}-{role}", PolicyName=name)["PolicyDocument"]["Statement"]:
            found |= {statement["Action"]} if isinstance(statement["Action"], str) else set(statement["Action"])
    return found


def managed(kubernetes: Stack, role: str) -> set[str]:
    found = kubernetes.client("iam").list_attached_role_policies(RoleName=f"{NAME}-{role}")["AttachedPolicies"]
    return {policy["PolicyName"] for policy in found}


def test_every_component_has_a_role_of_its_own(kubernetes: Stack) -> None:
    assert "ssm:PutParameter" in actions(kubernetes, "control-plane")
    assert "s3:PutObject" in actions(kubernetes, "control-plane")
    worker = actions(kubernetes, "worker")
    assert {"ssm:GetParameter", "s3:GetObject", "kms:Decrypt"} <= worker
    assert not [action for action in worker if action.startswith(("autoscaling:", "iam:", "sts:")) or "Put" in action]
    assert "AmazonEFSCSIDriverPolicy" in managed(kubernetes, "efs-csi")
    assert {"autoscaling:SetDesiredCapacity", "autoscaling:TerminateInstanceInAutoScalingGroup"} <= actions(
        kubernetes, "cluster-autoscaler"
    )
    assert "AmazonSSMManagedInstanceCore" in managed(kubernetes, "control-plane") & managed(kubernetes, "worker")


def test_who_may_take_on_the_roles(kubernetes: Stack) -> None:
    iam, account = kubernetes.client("iam"), kubernetes.client("sts").get_caller_identity()["Account"]
    for role in ("control-plane", "worker", "efs-csi", "cluster-autoscaler"):
        found = iam.get_role(RoleName=f"{NAME}-{role}")["Role"]
        assert_tags(tags_of(found), "security")
        (statement,) = found["AssumeRolePolicyDocument"]["Statement"]
        trusted = str(statement["Principal"].get("Service") or statement["Principal"]["AWS"])
        assert ("ec2.amazonaws.com" if role in ("control-plane", "worker") else account) in trusted, (role, trusted)
    for role in ("control-plane", "worker"):
        (attached,) = iam.get_instance_profile(InstanceProfileName=f"{NAME}-{role}")["InstanceProfile"]["Roles"]
        assert attached["RoleName"] == f"{NAME}-{role}"


@pytest.mark.parametrize(("role", "policy", "own"), [("control-plane", "cluster", f"{NAME}/*"), ("worker", "join", f"{NAME}/join")])
def test_nodes_read_no_parameters_of_others(kubernetes: Stack, role: str, policy: str, own: str) -> None:
    document = kubernetes.client("iam").get_role_policy(RoleName=f"{NAME}-{role}", PolicyName=policy)["PolicyDocument"]
    (denial,) = [statement for statement in document["Statement"] if statement["Effect"] == "Deny"]
    assert "ssm:GetParameter" in denial["Action"]
    assert denial["NotResource"] == [f"arn:aws:ssm:*:*:parameter/{own}", "arn:aws:ssm:*::parameter/aws/*"]


def test_the_autoscaler_touches_its_own_groups_only(kubernetes: Stack) -> None:
    policy = kubernetes.client("iam").get_role_policy(RoleName=f"{NAME}-cluster-autoscaler", PolicyName="scale")["PolicyDocument"]
    (writing,) = [statement for statement in policy["Statement"] if statement["Sid"] == "ScaleItsOwnGroups"]
    assert writing["Condition"]["StringEquals"] == {f"aws:ResourceTag/k8s.io/cluster-autoscaler/{NAME}": "owned"}


# -- Monitoring ------------------------------------------------------------------------------------------


# Name → namespace, metric, period, how many of them, threshold.
ALARMS = {
    "control-plane-status": ("AWS/EC2", "StatusCheckFailed", 60, 5, 0),
    "control-plane-cpu": ("AWS/EC2", "CPUUtilization", 300, 2, 80),
    "api": ("Stratum/Kubernetes", "ApiServerHealthy", 300, 2, 1),
    "etcd-snapshots": ("Stratum/Kubernetes", "EtcdSnapshotAgeSeconds", 300, 2, 7200),
    "join-token": ("Stratum/Kubernetes", "JoinTokenAgeSeconds", 300, 2, 64800),
    "certificates": ("Stratum/Kubernetes", "CertificateDaysLeft", 3600, 1, 30),
    "nodes-not-ready": ("Stratum/Kubernetes", "NodesNotReady", 300, 3, 0),
    "workers-too-few": ("AWS/AutoScaling", "GroupInServiceInstances", 300, 2, 2),
    "workers-at-limit": ("AWS/AutoScaling", "GroupInServiceInstances", 300, 6, 6),
    "workers-cpu": ("AWS/EC2", "CPUUtilization", 300, 3, 85),
    "https-hosts": ("AWS/NetworkELB", "HealthyHostCount", 60, 2, 1),
    "http-hosts": ("AWS/NetworkELB", "HealthyHostCount", 60, 2, 1),
    "volumes-io": ("AWS/EFS", "PercentIOLimit", 300, 3, 80),
}


def test_alarms_watch_the_cluster(kubernetes: Stack) -> None:
    alarms = {alarm["AlarmName"]: alarm for alarm in kubernetes.client("cloudwatch").describe_alarms()["MetricAlarms"]}
    keys = ("Namespace", "MetricName", "Period", "EvaluationPeriods", "Threshold")
    assert {name.removeprefix(f"{NAME}-"): tuple(alarm[key] for key in keys) for name, alarm in alarms.items()} == ALARMS
    instance = control_plane(kubernetes)["InstanceId"]
    assert {"Name": "InstanceId", "Value": instance} in alarms[f"{NAME}-control-plane-cpu"]["Dimensions"]
    (system,) = kubernetes.client("efs").describe_file_systems()["FileSystems"]
    assert {"Name": "FileSystemId", "Value": system["FileSystemId"]} in alarms[f"{NAME}-volumes-io"]["Dimensions"]
    (topic,) = kubernetes.client("sns").list_topics()["Topics"]
    assert all(alarm["AlarmActions"] == [topic["TopicArn"]] for alarm in alarms.values())


def test_operators_hear_of_them_by_an_encrypted_topic(kubernetes: Stack) -> None:
    sns = kubernetes.client("sns")
    (topic,) = sns.list_topics()["Topics"]
    assert topic["TopicArn"].endswith(f":{NAME}-alerts")
    assert key(kubernetes)["KeyId"] in sns.get_topic_attributes(TopicArn=topic["TopicArn"])["Attributes"]["KmsMasterKeyId"]
    (subscription,) = sns.list_subscriptions_by_topic(TopicArn=topic["TopicArn"])["Subscriptions"]
    assert (subscription["Protocol"], subscription["Endpoint"]) == ("email", f"operators@{DOMAIN}")
    widgets = json.loads(kubernetes.client("cloudwatch").get_dashboard(DashboardName=NAME)["DashboardBody"])["widgets"]
    assert len(widgets) == 6


# -- Verbs -----------------------------------------------------------------------------------------------


def commands(kubernetes: Stack) -> list[tuple[str, list[str]]]:
    found = kubernetes.client("ssm").list_commands()["Commands"]
    return [(command["Comment"], command["Parameters"]["commands"]) for command in found]


@pytest.mark.parametrize(
    ("playbook", "variables", "command"),
    [
        ("renew_certificates", {}, "renew.sh"),
        ("upgrade", {"version": "1.35.0"}, "upgrade.sh 1.35.0"),
    ],
)
def test_verbs_run_scripts_on_the_control_plane(kubernetes: Stack, playbook: str, variables: dict[str, str], command: str) -> None:
    ran = kubernetes.run(playbook=f"playbooks/{playbook}.yml", variables=variables).check()
    assert (f"{playbook} kubernetes", [f"/usr/local/lib/kubernetes-node/{command}"]) in commands(kubernetes)
    assert ran.report(playbook, "kubernetes", "prod")["status"] == "Success"


# What a backup and a restore really do is in test_kubernetes_nodes.py.
def test_a_restore_wants_to_be_meant(kubernetes: Stack) -> None:
    before = len(commands(kubernetes))
    kubernetes.run("--check", playbook="playbooks/restore.yml", variables={"restore": "etcd", "confirm": "kubernetes"}).check()
    assert len(commands(kubernetes)) == before
    refused = kubernetes.run(playbook="playbooks/restore.yml", variables={"restore": "etcd"}).check(2)
    assert "-e confirm=kubernetes -e restore=etcd" in refused.output


def test_more_workers_last_and_bounds_do_not(kubernetes: Stack) -> None:
    name = f"{NAME}-workers"
    said = kubernetes.run(playbook="playbooks/scale.yml", variables={"auto_scaling_group": name, "desired_size": 4}).check()
    assert f"{name} has 4 instances (2 to 6), before 2." in said.output
    assert kubernetes.run().check().changed == 0
    assert len(group(kubernetes)["Instances"]) == 4
    refused = kubernetes.run(playbook="playbooks/scale.yml", variables={"auto_scaling_group": name, "desired_size": 9}).check(2)
    assert "must be within min_size 2 and max_size 6" in refused.output
    kubernetes.run(playbook="playbooks/scale.yml", variables={"auto_scaling_group": name, "desired_size": 2}).check()


def test_a_larger_control_plane_and_larger_workers(kubernetes: Stack) -> None:
    size = {"instance_type": "t3.large", "subnet": 0, "root_volume": {"size_gib": 50, "type": "gp3"}, "termination_protection": True}
    workers = {"instance_type": "t3.xlarge", "min_size": 2, "max_size": 6, "root_volume": {"size_gib": 50, "type": "gp3"}}
    larger = {"kubernetes_control_plane_size": size, "kubernetes_workers_size": workers}
    before = control_plane(kubernetes)["InstanceId"]
    plan = kubernetes.run("--check", "--diff", variables=larger).check()
    assert f"destructive: the instances {before} stop" in plan.output
    assert "instance_type: t3.large → t3.xlarge" in plan.output
    refused = kubernetes.run(variables=larger).check(2)
    assert "allow_destructive" in refused.output
    kubernetes.run(variables={**larger, "allow_destructive": True}).check()
    instance = control_plane(kubernetes)
    assert (instance["InstanceId"], instance["InstanceType"], instance["State"]["Name"]) == (before, "t3.large", "running")
    kinds = kubernetes.client("ec2").describe_instances(InstanceIds=[each["InstanceId"] for each in group(kubernetes)["Instances"]])
    assert {each["InstanceType"] for reservation in kinds["Reservations"] for each in reservation["Instances"]} == {"t3.xlarge"}
    assert kubernetes.run(variables=larger).check().changed == 0


# -- The end ---------------------------------------------------------------------------------------------


def test_destroy_leaves_what_is_to_stay(kubernetes: Stack) -> None:
    refused = kubernetes.run(playbook="playbooks/destroy.yml", variables={"confirm": "kubernetes"}).check(2)
    for what in ("holds objects", "is protected against deletion"):
        assert what in refused.output
    meant = {"confirm": "kubernetes", "override_protection": True}
    report = kubernetes.run(playbook="playbooks/destroy.yml", variables=meant).check().report("destroy", "kubernetes", "prod")
    assert report["summary"]["failed"] == 0
    assert report["orphans"] == []
    assert {entry["arn"].split(":")[2] for entry in report["kept"]} == {"kms", "secretsmanager"}
    assert kubernetes.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"] == []
    assert kubernetes.client("efs").describe_file_systems()["FileSystems"] == []
    assert [each for each in kubernetes.client("ssm").describe_parameters()["Parameters"] if each["Name"].startswith(f"/{NAME}/")] == []
