# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""EKS: clusters and their updates, node groups, add-ons, access entries, pod identity."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.emulator.fixtures import Emulator, StartEmulator
from tests.integration.emulator.parts import Network, make_network, make_role, refused
from tests.integration.modules.running import ModuleResult, run

pytestmark = pytest.mark.integration


class World:
    """An account with everything that a cluster needs."""

    def __init__(self, account: Emulator) -> None:
        self.account = account
        self.eks = account.client("eks")
        self.network: Network = make_network(account)
        self.cluster_role = make_role(account, "cluster", "eks.amazonaws.com")
        self.node_role = make_role(account, "nodes", "ec2.amazonaws.com")
        self.pod_role = make_role(account, "pods", "pods.eks.amazonaws.com")

    def create(self, name: str = "one", **options: Any) -> dict[str, Any]:
        """Create a cluster with `options` over the least that it needs."""
        vpc = {"subnetIds": self.network.subnet_ids[:2], **options.pop("vpc", {})}
        wanted = {"name": name, "roleArn": self.cluster_role, "resourcesVpcConfig": vpc, **options}
        answer: dict[str, Any] = self.eks.create_cluster(**wanted)["cluster"]
        return answer

    def cluster(self, name: str = "one") -> dict[str, Any]:
        """Describe a cluster."""
        answer: dict[str, Any] = self.eks.describe_cluster(name=name)["cluster"]
        return answer

    def nodegroup(self, **options: Any) -> dict[str, Any]:
        """Create the node group `workers`."""
        wanted = {
            "clusterName": "one",
            "nodegroupName": "workers",
            "subnets": self.network.subnet_ids[:2],
            "nodeRole": self.node_role,
            **options,
        }
        answer: dict[str, Any] = self.eks.create_nodegroup(**wanted)["nodegroup"]
        return answer


@pytest.fixture
def world(account: Emulator) -> World:
    return World(account)


def test_a_cluster_reads_back_as_it_was_asked_for(world: World) -> None:
    key = "arn:aws:kms:ca-central-1:123456789012:key/00000000-0000-0000-0000-000000000000"
    encryption = [{"resources": ["secrets"], "provider": {"keyArn": key}}]
    created = world.create(
        version="1.29",
        vpc={
            "securityGroupIds": [world.network.group_id],
            "endpointPrivateAccess": True,
            "publicAccessCidrs": ["203.0.113.0/24"],
        },
        logging={"clusterLogging": [{"types": ["audit", "api"], "enabled": True}]},
        encryptionConfig=encryption,
        accessConfig={"authenticationMode": "API_AND_CONFIG_MAP", "bootstrapClusterCreatorAdminPermissions": True},
        kubernetesNetworkConfig={"serviceIpv4Cidr": "10.100.0.0/16"},
        upgradePolicy={"supportType": "STANDARD"},
        deletionProtection=True,
        tags={"Project": "x"},
    )
    assert created["status"] == "CREATING"
    cluster = world.cluster()
    assert cluster["status"] == "ACTIVE"
    vpc = cluster["resourcesVpcConfig"]
    group_id = vpc.pop("clusterSecurityGroupId")
    assert vpc == {
        "subnetIds": world.network.subnet_ids[:2],
        "securityGroupIds": [world.network.group_id],
        "vpcId": world.network.vpc_id,
        "endpointPublicAccess": True,
        "endpointPrivateAccess": True,
        "publicAccessCidrs": ["203.0.113.0/24"],
    }
    assert cluster["version"] == "1.29"
    assert cluster["platformVersion"].startswith("eks.")
    assert cluster["encryptionConfig"] == encryption
    assert cluster["kubernetesNetworkConfig"]["serviceIpv4Cidr"] == "10.100.0.0/16"
    assert cluster["accessConfig"] == {
        "authenticationMode": "API_AND_CONFIG_MAP",
        "bootstrapClusterCreatorAdminPermissions": True,
    }
    assert cluster["upgradePolicy"] == {"supportType": "STANDARD"}
    assert cluster["deletionProtection"] is True
    assert cluster["tags"] == {"Project": "x"}
    assert cluster["logging"]["clusterLogging"][0] == {"types": ["api", "audit"], "enabled": True}
    assert cluster["arn"] == "arn:aws:eks:ca-central-1:123456789012:cluster/one"
    # No Kubernetes API stands behind it.
    assert "endpoint" not in cluster
    assert "certificateAuthority" not in cluster
    group = world.account.client("ec2").describe_security_groups(GroupIds=[group_id])["SecurityGroups"][0]
    assert {"Key": "aws:eks:cluster-name", "Value": "one"} in group["Tags"]
    assert group["VpcId"] == world.network.vpc_id
    groups = world.account.client("logs").describe_log_groups()["logGroups"]
    assert [item["logGroupName"] for item in groups] == ["/aws/eks/one/cluster"]


def test_the_defaults_of_a_cluster_are_those_of_aws(world: World) -> None:
    world.create()
    cluster = world.cluster()
    assert cluster["kubernetesNetworkConfig"]["serviceIpv4Cidr"] == "172.20.0.0/16"
    assert cluster["accessConfig"]["authenticationMode"] == "CONFIG_MAP"
    assert cluster["resourcesVpcConfig"]["publicAccessCidrs"] == ["0.0.0.0/0"]
    assert cluster["resourcesVpcConfig"]["endpointPrivateAccess"] is False
    assert [item["enabled"] for item in cluster["logging"]["clusterLogging"]] == [False]
    assert cluster["deletionProtection"] is False


def test_each_cluster_has_its_own_issuer(world: World) -> None:
    world.create("one")
    world.create("two")
    first, second = world.cluster("one"), world.cluster("two")
    assert first["identity"]["oidc"]["issuer"] != second["identity"]["oidc"]["issuer"]
    assert world.eks.list_clusters()["clusters"] == ["one", "two"]


def test_a_cluster_is_refused_when_something_it_needs_is_missing(world: World) -> None:
    subnets = world.network.subnet_ids
    with refused("InvalidParameterException", "unsupported Kubernetes version"):
        world.create(version="1.22")
    with refused("InvalidParameterException", "does not exist or the trusted entity is not correct"):
        world.create(roleArn=world.cluster_role + "x")
    with refused("InvalidParameterException", "trusted entity is not correct"):
        world.create(roleArn=world.node_role)
    with refused("InvalidParameterException", "The subnet ID 'subnet-00000000' does not exist"):
        world.create(vpc={"subnetIds": [subnets[0], "subnet-00000000"]})
    with refused("InvalidParameterException", "at least two different AZs"):
        world.create(vpc={"subnetIds": subnets[:1]})
    with refused("InvalidParameterException", "The security group 'sg-00000000' does not exist"):
        world.create(vpc={"securityGroupIds": ["sg-00000000"]})
    with refused("InvalidParameterException", "Private and public endpoint access cannot be false."):
        world.create(vpc={"endpointPublicAccess": False})
    assert world.eks.list_clusters()["clusters"] == []
    world.create()
    with refused("ResourceInUseException", "Cluster already exists with name: one"):
        world.create()


def test_a_repeated_request_with_the_same_token_is_answered_with_the_same_cluster(world: World) -> None:
    first = world.create(clientRequestToken="a")
    assert world.create(clientRequestToken="a")["createdAt"] == first["createdAt"]
    with refused("ResourceInUseException"):
        world.create(clientRequestToken="b")


def test_updates_merge_and_come_one_at_a_time(world: World) -> None:
    world.create()
    update = world.eks.update_cluster_config(name="one", resourcesVpcConfig={"endpointPrivateAccess": True})["update"]
    assert (update["type"], update["status"]) == ("EndpointAccessUpdate", "InProgress")
    assert world.eks.describe_update(name="one", updateId=update["id"])["update"]["status"] == "Successful"
    vpc = world.cluster()["resourcesVpcConfig"]
    assert vpc["endpointPrivateAccess"] is True
    assert vpc["endpointPublicAccess"] is True
    assert vpc["subnetIds"] == world.network.subnet_ids[:2]
    with refused("InvalidParameterException", "already at the desired configuration"):
        world.eks.update_cluster_config(name="one", resourcesVpcConfig={"endpointPrivateAccess": True})
    logging = {"clusterLogging": [{"types": ["api"], "enabled": True}]}
    with refused("InvalidParameterException", "Only one type of update can be allowed."):
        world.eks.update_cluster_config(name="one", logging=logging, resourcesVpcConfig={"endpointPublicAccess": False})
    world.eks.update_cluster_config(name="one", logging=logging)
    with refused("InvalidParameterException", "No changes needed for the logging config provided"):
        world.eks.update_cluster_config(name="one", logging=logging)
    world.eks.update_cluster_config(name="one", logging={"clusterLogging": [{"types": ["audit"], "enabled": True}]})
    assert world.cluster()["logging"]["clusterLogging"][0]["types"] == ["api", "audit"]
    world.eks.update_cluster_config(name="one", deletionProtection=True)
    with refused("InvalidRequestException", "deletion protection"):
        world.eks.delete_cluster(name="one")
    assert len(world.eks.list_updates(name="one")["updateIds"]) == 4
    with refused("ResourceNotFoundException", "No update found for ID: x"):
        world.eks.describe_update(name="one", updateId="x")


def test_authentication_moves_only_towards_the_api(world: World) -> None:
    world.create()
    with refused("InvalidRequestException", "must be set to one of [API, API_AND_CONFIG_MAP]"):
        world.eks.list_access_entries(clusterName="one")
    world.eks.update_cluster_config(name="one", accessConfig={"authenticationMode": "API_AND_CONFIG_MAP"})
    assert len(world.eks.list_access_entries(clusterName="one")["accessEntries"]) == 1
    with refused("InvalidParameterException", "Unsupported authentication mode update from API_AND_CONFIG_MAP to CONFIG_MAP"):
        world.eks.update_cluster_config(name="one", accessConfig={"authenticationMode": "CONFIG_MAP"})


def test_an_upgrade_takes_one_minor_version_at_a_time(world: World) -> None:
    world.create(version="1.29")
    with refused("InvalidParameterException", "Unsupported Kubernetes minor version update from 1.29 to 1.31"):
        world.eks.update_cluster_version(name="one", version="1.31")
    with refused("InvalidParameterException", "unsupported Kubernetes version"):
        world.eks.update_cluster_version(name="one", version="1.99")
    assert world.eks.update_cluster_version(name="one", version="1.30")["update"]["type"] == "VersionUpdate"
    assert world.cluster()["version"] == "1.30"


def test_encryption_can_be_turned_on_once(world: World) -> None:
    world.create()
    config = [{"resources": ["secrets"], "provider": {"keyArn": "arn:aws:kms:ca-central-1:123456789012:key/a"}}]
    assert (
        world.eks.associate_encryption_config(clusterName="one", encryptionConfig=config)["update"]["type"] == "AssociateEncryptionConfig"
    )
    assert world.cluster()["encryptionConfig"] == config
    with refused("InvalidParameterException", "already has encryption"):
        world.eks.associate_encryption_config(clusterName="one", encryptionConfig=config)


def test_the_versions_on_offer_include_those_that_stacks_name(world: World) -> None:
    found = {item["clusterVersion"]: item for item in world.eks.describe_cluster_versions()["clusterVersions"]}
    assert next(iter(found)) == "1.36"
    assert {"1.23", "1.28", "1.29"} <= set(found)
    assert [v for v, item in found.items() if item["defaultVersion"]] == ["1.34"]
    assert found["1.29"]["versionStatus"] == "EXTENDED_SUPPORT"
    one = world.eks.describe_cluster_versions(clusterVersions=["1.35"])["clusterVersions"]
    assert [item["versionStatus"] for item in one] == ["STANDARD_SUPPORT"]


def test_a_nodegroup_reads_back_and_blocks_the_deletion_of_its_cluster(world: World) -> None:
    world.create(version="1.29", accessConfig={"authenticationMode": "API"})
    created = world.nodegroup(
        scalingConfig={"minSize": 1, "maxSize": 5, "desiredSize": 3},
        instanceTypes=["t3.large"],
        labels={"role": "web"},
        taints=[{"key": "a", "value": "b", "effect": "NO_SCHEDULE"}],
        tags={"Project": "x"},
        capacityType="SPOT",
        diskSize=50,
    )
    assert created["status"] == "CREATING"
    group = world.eks.describe_nodegroup(clusterName="one", nodegroupName="workers")["nodegroup"]
    assert group["status"] == "ACTIVE"
    assert group["version"] == "1.29"
    assert group["releaseVersion"].startswith("1.29.")
    assert group["scalingConfig"] == {"minSize": 1, "maxSize": 5, "desiredSize": 3}
    assert group["taints"] == [{"key": "a", "value": "b", "effect": "NO_SCHEDULE"}]
    assert (group["capacityType"], group["diskSize"], group["instanceTypes"]) == ("SPOT", 50, ["t3.large"])
    assert group["updateConfig"] == {"maxUnavailable": 1}
    assert group["labels"] == {"role": "web"}
    entry = world.eks.describe_access_entry(clusterName="one", principalArn=world.node_role)["accessEntry"]
    assert (entry["type"], entry["kubernetesGroups"]) == ("EC2_LINUX", ["system:nodes"])
    with refused("ResourceInUseException", "Cluster has nodegroups attached"):
        world.eks.delete_cluster(name="one")
    with refused("ResourceInUseException", "NodeGroup already exists with name workers and cluster name one"):
        world.nodegroup()
    assert world.eks.delete_nodegroup(clusterName="one", nodegroupName="workers")["nodegroup"]["status"] == "DELETING"
    with refused("ResourceNotFoundException", "No node group found for name: workers."):
        world.eks.describe_nodegroup(clusterName="one", nodegroupName="workers")
    with refused("ResourceNotFoundException", "principalArn could not be found"):
        world.eks.describe_access_entry(clusterName="one", principalArn=world.node_role)


def test_a_nodegroup_is_refused_when_it_cannot_work(world: World) -> None:
    with refused("ResourceNotFoundException", "No cluster found for name: one."):
        world.nodegroup()
    world.create(version="1.30")
    with refused("InvalidParameterException", "[ec2.amazonaws.com] were not found in the trust relationships"):
        world.nodegroup(nodeRole=world.cluster_role)
    with refused("InvalidParameterException", "instance types do not exist: [t9.huge]"):
        world.nodegroup(instanceTypes=["t9.huge"])
    with refused("InvalidParameterException", "must not be greater than cluster version 1.30"):
        world.nodegroup(version="1.31")
    with refused("InvalidParameterException", "can't be greater than max size 2"):
        world.nodegroup(scalingConfig={"minSize": 1, "maxSize": 2, "desiredSize": 3})
    with refused("InvalidParameterException", "could not be found"):
        world.nodegroup(launchTemplate={"name": "none"})


def test_a_nodegroup_follows_its_launch_template(world: World) -> None:
    ec2 = world.account.client("ec2")
    template = ec2.create_launch_template(LaunchTemplateName="nodes", LaunchTemplateData={"InstanceType": "t3.large"})
    template_id = template["LaunchTemplate"]["LaunchTemplateId"]
    world.create()
    with refused("InvalidParameterException", "Disk size must be specified within the launch template."):
        world.nodegroup(launchTemplate={"id": template_id}, diskSize=20)
    with refused("InvalidParameterException", "Cannot specify instance types in launch template and API request"):
        world.nodegroup(launchTemplate={"id": template_id}, instanceTypes=["t3.large"])
    created = world.nodegroup(launchTemplate={"name": "nodes"})
    assert created["launchTemplate"] == {"id": template_id, "name": "nodes", "version": "1"}
    assert "diskSize" not in created
    ec2.create_launch_template_version(LaunchTemplateId=template_id, LaunchTemplateData={"InstanceType": "t3.xlarge"})
    update = world.eks.update_nodegroup_version(
        clusterName="one", nodegroupName="workers", launchTemplate={"id": template_id, "version": "2"}
    )["update"]
    assert update["type"] == "VersionUpdate"
    after = world.eks.describe_nodegroup(clusterName="one", nodegroupName="workers")["nodegroup"]
    assert after["launchTemplate"]["version"] == "2"


def test_labels_taints_size_and_version_of_a_nodegroup_change(world: World) -> None:
    world.create(version="1.29")
    world.nodegroup(labels={"a": "1", "b": "1"}, taints=[{"key": "k", "value": "v", "effect": "NO_SCHEDULE"}])
    update = world.eks.update_nodegroup_config(
        clusterName="one",
        nodegroupName="workers",
        labels={"addOrUpdateLabels": {"a": "2"}, "removeLabels": ["b"]},
        taints={"removeTaints": [{"key": "k", "value": "v", "effect": "NO_SCHEDULE"}]},
        scalingConfig={"maxSize": 9},
        updateConfig={"maxUnavailablePercentage": 50},
    )["update"]
    seen = world.eks.describe_update(name="one", nodegroupName="workers", updateId=update["id"])["update"]
    assert (seen["type"], seen["status"]) == ("ConfigUpdate", "Successful")
    group = world.eks.describe_nodegroup(clusterName="one", nodegroupName="workers")["nodegroup"]
    assert group["labels"] == {"a": "2"}
    assert group["taints"] == []
    assert group["scalingConfig"]["maxSize"] == 9
    assert group["updateConfig"] == {"maxUnavailablePercentage": 50}
    world.eks.update_cluster_version(name="one", version="1.30")
    world.eks.update_nodegroup_version(clusterName="one", nodegroupName="workers")
    assert world.eks.describe_nodegroup(clusterName="one", nodegroupName="workers")["nodegroup"]["version"] == "1.30"


def test_addons_have_versions_per_kubernetes_version(world: World) -> None:
    world.create(version="1.29")
    names = {addon["addonName"] for addon in world.eks.describe_addon_versions(kubernetesVersion="1.29")["addons"]}
    assert {
        "vpc-cni",
        "coredns",
        "kube-proxy",
        "aws-ebs-csi-driver",
        "eks-pod-identity-agent",
        "aws-efs-csi-driver",
        "metrics-server",
    } <= names
    offer = world.eks.describe_addon_versions(kubernetesVersion="1.29", addonName="kube-proxy")["addons"][0]
    newest, default = offer["addonVersions"][:2]
    assert newest["addonVersion"].startswith("v1.29.")
    assert default["compatibilities"] == [{"clusterVersion": "1.29", "platformVersions": ["*"], "defaultVersion": True}]
    assert world.eks.create_addon(clusterName="one", addonName="kube-proxy")["addon"]["addonVersion"] == default["addonVersion"]
    world.eks.update_addon(clusterName="one", addonName="kube-proxy", addonVersion=newest["addonVersion"])
    addon = world.eks.describe_addon(clusterName="one", addonName="kube-proxy")["addon"]
    assert (addon["addonVersion"], addon["status"]) == (newest["addonVersion"], "ACTIVE")
    with refused("InvalidParameterException", "Addon version specified is not supported"):
        world.eks.update_addon(clusterName="one", addonName="kube-proxy", addonVersion="v1.0.0-eksbuild.1")


def test_an_addon_keeps_role_configuration_and_pod_identity(world: World) -> None:
    world.create()
    created = world.eks.create_addon(
        clusterName="one",
        addonName="aws-ebs-csi-driver",
        configurationValues='{"controller": {"replicaCount": 1}}',
        podIdentityAssociations=[{"serviceAccount": "ebs-csi-controller-sa", "roleArn": world.pod_role}],
        resolveConflicts="OVERWRITE",
        tags={"Project": "x"},
    )["addon"]
    assert created["status"] == "CREATING"
    association = world.eks.list_pod_identity_associations(clusterName="one")["associations"][0]
    assert created["podIdentityAssociations"] == [association["associationArn"]]
    assert association["ownerArn"] == created["addonArn"]
    world.eks.update_addon(clusterName="one", addonName="aws-ebs-csi-driver", serviceAccountRoleArn=world.pod_role)
    addon = world.eks.describe_addon(clusterName="one", addonName="aws-ebs-csi-driver")["addon"]
    assert addon["serviceAccountRoleArn"] == world.pod_role
    assert addon["configurationValues"] == '{"controller": {"replicaCount": 1}}'
    assert addon["tags"] == {"Project": "x"}
    with refused("ResourceInUseException", "Addon already exists."):
        world.eks.create_addon(clusterName="one", addonName="aws-ebs-csi-driver")
    with refused("InvalidParameterException", "ConfigurationValue"):
        world.eks.update_addon(clusterName="one", addonName="aws-ebs-csi-driver", configurationValues="[")
    world.eks.delete_addon(clusterName="one", addonName="aws-ebs-csi-driver")
    assert world.eks.list_addons(clusterName="one")["addons"] == []
    assert world.eks.list_pod_identity_associations(clusterName="one")["associations"] == []
    with refused("ResourceNotFoundException", "No addon: aws-ebs-csi-driver found in cluster: one"):
        world.eks.describe_addon(clusterName="one", addonName="aws-ebs-csi-driver")


def test_the_creator_is_admitted_and_others_by_entries(world: World) -> None:
    world.create(accessConfig={"authenticationMode": "API", "bootstrapClusterCreatorAdminPermissions": True})
    eks = world.eks
    [creator] = eks.list_access_entries(clusterName="one")["accessEntries"]
    policies = eks.list_associated_access_policies(clusterName="one", principalArn=creator)["associatedAccessPolicies"]
    assert [item["policyArn"].rpartition("/")[2] for item in policies] == ["AmazonEKSClusterAdminPolicy"]
    admin = make_role(world.account, "admin", "ec2.amazonaws.com")
    with refused("InvalidParameterException", "invalid principal"):
        eks.create_access_entry(clusterName="one", principalArn=admin + "x")
    with refused("InvalidParameterException", "it cannot start with system:"):
        eks.create_access_entry(clusterName="one", principalArn=admin, kubernetesGroups=["system:masters"])
    entry = eks.create_access_entry(clusterName="one", principalArn=admin, kubernetesGroups=["ops"], tags={"a": "b"})["accessEntry"]
    assert (entry["type"], entry["kubernetesGroups"]) == ("STANDARD", ["ops"])
    assert entry["username"] == "arn:aws:sts::123456789012:assumed-role/admin/{{SessionName}}"
    with refused("ResourceInUseException", "already in use on this cluster"):
        eks.create_access_entry(clusterName="one", principalArn=admin)
    assert eks.update_access_entry(clusterName="one", principalArn=admin, kubernetesGroups=[])["accessEntry"]["kubernetesGroups"] == []
    view = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy"
    scope = {"type": "namespace", "namespaces": ["web"]}
    eks.associate_access_policy(clusterName="one", principalArn=admin, policyArn=view, accessScope=scope)
    [held] = eks.list_associated_access_policies(clusterName="one", principalArn=admin)["associatedAccessPolicies"]
    assert held["accessScope"] == scope
    assert eks.list_access_entries(clusterName="one", associatedPolicyArn=view)["accessEntries"] == [admin]
    assert view in {policy["arn"] for policy in eks.list_access_policies()["accessPolicies"]}
    with refused("InvalidParameterException", "at least one namespace"):
        eks.associate_access_policy(clusterName="one", principalArn=admin, policyArn=view, accessScope={"type": "namespace"})
    eks.disassociate_access_policy(clusterName="one", principalArn=admin, policyArn=view)
    assert eks.list_associated_access_policies(clusterName="one", principalArn=admin)["associatedAccessPolicies"] == []
    eks.delete_access_entry(clusterName="one", principalArn=admin)
    with refused("ResourceNotFoundException", "list-access-entries"):
        eks.describe_access_entry(clusterName="one", principalArn=admin)


def test_a_service_account_has_one_pod_identity_association(world: World) -> None:
    world.create()
    eks = world.eks
    wanted = {"clusterName": "one", "namespace": "web", "serviceAccount": "app"}
    with refused("InvalidParameterException", "does not exist"):
        eks.create_pod_identity_association(**wanted, roleArn=world.pod_role + "x")
    with refused("InvalidParameterException", "pods.eks.amazonaws.com"):
        eks.create_pod_identity_association(**wanted, roleArn=world.node_role)
    created = eks.create_pod_identity_association(**wanted, roleArn=world.pod_role, tags={"a": "b"})["association"]
    with refused("ResourceInUseException", f"Association already exists: {created['associationId']}"):
        eks.create_pod_identity_association(**wanted, roleArn=world.pod_role)
    other = make_role(world.account, "other", "pods.eks.amazonaws.com")
    eks.update_pod_identity_association(clusterName="one", associationId=created["associationId"], roleArn=other)
    seen = eks.describe_pod_identity_association(clusterName="one", associationId=created["associationId"])["association"]
    assert (seen["roleArn"], seen["tags"]) == (other, {"a": "b"})
    assert eks.list_pod_identity_associations(clusterName="one", namespace="none")["associations"] == []
    eks.delete_pod_identity_association(clusterName="one", associationId=created["associationId"])
    with refused("ResourceNotFoundException", created["associationId"]):
        eks.describe_pod_identity_association(clusterName="one", associationId=created["associationId"])


def test_everything_with_an_arn_can_be_tagged(world: World) -> None:
    cluster = world.create(accessConfig={"authenticationMode": "API"})
    eks = world.eks
    wanted = {"clusterName": "one", "namespace": "web", "serviceAccount": "app", "roleArn": world.pod_role}
    arns = [
        cluster["arn"],
        world.nodegroup()["nodegroupArn"],
        eks.create_addon(clusterName="one", addonName="coredns")["addon"]["addonArn"],
        eks.describe_access_entry(clusterName="one", principalArn=world.node_role)["accessEntry"]["accessEntryArn"],
        eks.create_pod_identity_association(**wanted)["association"]["associationArn"],
    ]
    for arn in arns:
        eks.tag_resource(resourceArn=arn, tags={"a": "1", "b": "2"})
        eks.untag_resource(resourceArn=arn, tagKeys=["a", "never there"])
        assert eks.list_tags_for_resource(resourceArn=arn)["tags"] == {"b": "2"}
    with refused("ResourceNotFoundException"):
        eks.list_tags_for_resource(resourceArn=cluster["arn"] + "x")


def test_a_deleted_cluster_takes_its_security_group_along(world: World) -> None:
    group_id = world.create()["resourcesVpcConfig"]["clusterSecurityGroupId"]
    assert world.eks.delete_cluster(name="one")["cluster"]["status"] == "DELETING"
    with refused("ResourceNotFoundException", "No cluster found for name: one."):
        world.eks.describe_cluster(name="one")
    with refused("InvalidGroup.NotFound"):
        world.account.client("ec2").describe_security_groups(GroupIds=[group_id])


def _until(status: str, read: Any) -> list[str]:
    """Poll until `status` is read, and return every status seen."""
    seen: list[str] = []
    for _unused in range(100):
        seen.append(read())
        if seen[-1] == status:
            break
        time.sleep(0.1)
    return list(dict.fromkeys(seen))


def test_with_delays_states_are_seen_in_order_and_updates_exclude_each_other(start_emulator: StartEmulator) -> None:
    world = World(start_emulator(delays="fast"))
    world.create()
    assert world.cluster()["status"] == "CREATING"
    with refused("InvalidRequestException", "Cluster 'one' is not in ACTIVE status"):
        world.nodegroup()
    assert _until("ACTIVE", lambda: world.cluster()["status"]) == ["CREATING", "ACTIVE"]
    world.eks.update_cluster_config(name="one", deletionProtection=True)
    assert world.cluster()["status"] == "UPDATING"
    assert world.cluster()["deletionProtection"] is False
    with refused("ResourceInUseException", "Cannot LoggingUpdate because cluster one currently has update"):
        world.eks.update_cluster_config(name="one", logging={"clusterLogging": [{"types": ["api"], "enabled": True}]})
    _until("ACTIVE", lambda: world.cluster()["status"])
    assert world.cluster()["deletionProtection"] is True
    world.eks.update_cluster_config(name="one", deletionProtection=False)
    _until("ACTIVE", lambda: world.cluster()["status"])
    world.nodegroup()
    read = world.eks.describe_nodegroup
    name = {"clusterName": "one", "nodegroupName": "workers"}
    assert _until("ACTIVE", lambda: read(**name)["nodegroup"]["status"]) == ["CREATING", "ACTIVE"]
    world.eks.delete_nodegroup(**name)
    assert read(**name)["nodegroup"]["status"] == "DELETING"
    time.sleep(0.6)
    with refused("ResourceNotFoundException"):
        read(**name)
    world.eks.delete_cluster(name="one")
    assert world.cluster()["status"] == "DELETING"
    time.sleep(0.6)
    with refused("ResourceNotFoundException"):
        world.cluster()


def test_the_upstream_module_for_node_groups_is_idempotent(world: World) -> None:
    world.create(version="1.29")
    args: dict[str, Any] = {
        "name": "workers",
        "cluster_name": "one",
        "node_role": world.node_role,
        "subnets": world.network.subnet_ids[:2],
        "scaling_config": {"min_size": 1, "max_size": 3, "desired_size": 2},
        "instance_types": ["t3.large"],
        "disk_size": 30,
        "labels": {"role": "web"},
        "tags": {"Project": "x"},
        "wait": False,
    }

    def module(**changes: Any) -> ModuleResult:
        result = run("community.aws.eks_nodegroup", {**args, **changes}, world.account.environment, False, False)
        assert not result.failed, result
        return result

    assert module().changed
    assert not module().changed
    assert module(labels={"role": "api"}, scaling_config={"min_size": 1, "max_size": 4, "desired_size": 2}).changed
    assert not module(labels={"role": "api"}, scaling_config={"min_size": 1, "max_size": 4, "desired_size": 2}).changed
    assert module(state="absent").changed
    assert not module(state="absent").changed


def test_the_upstream_module_for_clusters_is_idempotent(world: World) -> None:
    args: dict[str, Any] = {
        "name": "two",
        "version": "1.29",
        "role_arn": world.cluster_role,
        "subnets": world.network.subnet_ids[:2],
        "security_groups": [world.network.group_id],
        "wait": False,
    }

    def module(**changes: Any) -> ModuleResult:
        result = run("community.aws.eks_cluster", {**args, **changes}, world.account.environment, False, False)
        assert not result.failed, result
        return result

    assert module().changed
    assert not module().changed
    assert module(state="absent").changed
    assert not module(state="absent").changed


def test_the_tagging_api_lists_clusters_and_node_groups_until_they_are_gone(world: World) -> None:
    cluster = world.create(tags={"stack": "x"})["arn"]
    world.cluster()
    group = world.nodegroup(tags={"stack": "x"})["nodegroupArn"]
    api = world.account.client("resourcegroupstaggingapi")

    def listed() -> set[str]:
        found = api.get_resources(TagFilters=[{"Key": "stack", "Values": ["x"]}])["ResourceTagMappingList"]
        return {item["ResourceARN"] for item in found}

    assert listed() == {cluster, group}
    world.eks.delete_nodegroup(clusterName="one", nodegroupName="workers")
    world.eks.delete_cluster(name="one")
    assert listed() == set()
