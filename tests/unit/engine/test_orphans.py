# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which tagged resources belong to a stack's graph, which something of it made, which are kept, which are orphans."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.stratum.aws.plugins.plugin_utils.belongings import _arns, _managed_kinds, _removal
from ansible_collections.stratum.aws.plugins.plugin_utils.belongings._orphans import Managed, Verdict, judge, kept, made_by_others, orphans
from ansible_collections.stratum.aws.plugins.plugin_utils.belongings._tagged import Tagged

HERE = "ca-central-1:123456789012"
TAGS = {"stratum:stack": "shop", "stratum:environment": "prod", "stratum:layer": "network"}


def entry(rest: str, state: str | None = None, owner: str | None = None, **tags: str) -> Tagged:
    return Tagged(f"arn:aws:{rest}", "network", {**TAGS, **tags}, state, owner)


def verdict(one: Tagged, *managed: Managed) -> Verdict:
    (judged,) = judge([one], managed)
    return judged.verdict


def managed(module: str, result: dict[str, Any] | None = None, **args: Any) -> Managed:
    return Managed(module, args, result or {})


@pytest.mark.parametrize(
    ("text", "kind", "identifier", "name"),
    [
        (f"arn:aws:ec2:{HERE}:natgateway/nat-1", "ec2:natgateway", "nat-1", "nat-1"),
        (f"arn:aws:rds:{HERE}:snapshot:rds:shop-2026", "rds:snapshot", "rds:shop-2026", "rds:shop-2026"),
        (f"arn:aws:logs:{HERE}:log-group:/aws/eks/shop/cluster:*", "logs:log-group", "/aws/eks/shop/cluster", "/aws/eks/shop/cluster"),
        (f"arn:aws:sns:{HERE}:alerts", "sns:topic", "alerts", "alerts"),
        ("arn:aws:s3:::shop/with-slash", "s3:bucket", "shop/with-slash", "shop/with-slash"),
        ("arn:aws:iam::123456789012:role/path/to/shop", "iam:role", "path/to/shop", "shop"),
        (f"arn:aws:secretsmanager:{HERE}:secret:shop/db-WNuaGL", "secretsmanager:secret", "shop/db-WNuaGL", "shop/db"),
        (f"arn:aws:eks:{HERE}:nodegroup/shop/nodes/1-2", "eks:nodegroup", "shop/nodes/1-2", "shop/nodes"),
        ("arn:aws:route53:::hostedzone/Z1", "route53:hostedzone", "Z1", "Z1"),
        ("arn:aws:cloudwatch::123456789012:dashboard/shop", "cloudwatch:dashboard", "shop", "shop"),
        (
            f"arn:aws:autoscaling:{HERE}:autoScalingGroup:1-2:autoScalingGroupName/shop",
            "autoscaling:autoScalingGroup",
            "1-2:autoScalingGroupName/shop",
            "shop",
        ),
        (f"arn:aws:apigateway:{HERE.split(':', maxsplit=1)[0]}::/restapis/a1", "apigateway:restapis", "a1", "a1"),
    ],
)
def test_an_arn_says_kind_id_and_name(text: str, kind: str, identifier: str, name: str) -> None:
    arn = _arns.parse(text)
    assert (arn.kind, arn.id, arn.name) == (kind, identifier, name)


def test_what_is_no_arn_is_said_to_be_none() -> None:
    with pytest.raises(ValueError, match="'vpc-1' is not an ARN"):
        _arns.parse("vpc-1")


# -- in the graph ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rest", "item"),
    [
        (f"ec2:{HERE}:vpc/vpc-1", managed("amazon.aws.ec2_vpc_net", {"vpc": {"id": "vpc-1"}}, name="shop")),
        (f"ec2:{HERE}:internet-gateway/igw-1", managed("amazon.aws.ec2_vpc_igw", {"gateway_id": "igw-1"})),
        (f"kms:{HERE}:key/1-2", managed("amazon.aws.kms_key", {"key_id": "1-2", "key_arn": f"arn:aws:kms:{HERE}:key/1-2"})),
        ("s3:::shop", managed("amazon.aws.s3_bucket", name="shop")),
        (f"rds:{HERE}:subgrp:shop", managed("amazon.aws.rds_subnet_group", name="Shop")),
        (f"secretsmanager:{HERE}:secret:shop/db-WNuaGL", managed("stratum.aws.secretsmanager_random_secret", name="shop/db")),
        (f"secretsmanager:{HERE}:secret:shop/jwt-WNuaGL", managed("stratum.aws.secretsmanager_key_pair", name="shop/jwt")),
        (f"secretsmanager:{HERE}:secret:shop/maps-WNuaGL", managed("stratum.aws.secretsmanager_external_secret", name="shop/maps")),
        (f"sqs:{HERE}:shop", managed("stratum.aws.sqs_queue", name="shop")),
        (f"sqs:{HERE}:shop.fifo", managed("stratum.aws.sqs_queue", name="shop", fifo=True)),
        (
            f"ecr:{HERE}:repository/shop/api",
            managed("stratum.aws.ecr_repository", {"repository": {"arn": f"arn:aws:ecr:{HERE}:repository/shop/api"}}),
        ),
        (f"ec2:{HERE}:instance/i-2", managed("amazon.aws.ec2_instance", {"instance_ids": ["i-1", "i-2"]}, name="shop")),
        (f"ec2:{HERE}:key-pair/key-1", managed("amazon.aws.ec2_key", {"key": {"id": "key-1", "name": "shop"}}, name="shop")),
        (f"ec2:{HERE}:image/ami-1", managed("amazon.aws.ec2_ami", {"image_id": "ami-1"}, name="shop")),
        (f"ec2:{HERE}:volume/vol-1", managed("amazon.aws.ec2_vol", {"volume_id": "vol-1"})),
        ("iam::123456789012:user/path/shop", managed("amazon.aws.iam_user", name="shop")),
        (f"secretsmanager:{HERE}:secret:shop/key-WNuaGL", managed("stratum.aws.secretsmanager_access_key", name="shop/key", user="shop")),
        ("iam::123456789012:role/path/shop", managed("amazon.aws.iam_role", name="shop")),
        (
            f"logs:{HERE}:log-group:/shop",
            managed("stratum.aws.cloudwatch_log_group", {"log_group": {"arn": f"arn:aws:logs:{HERE}:log-group:/shop"}}),
        ),
        (f"eks:{HERE}:addon/shop/coredns/1-2", managed("stratum.aws.eks_addon", cluster="shop", name="coredns")),
        (
            f"eks:{HERE}:access-entry/shop/role/123456789012/admin/1-2",
            managed("stratum.aws.eks_access_entry", cluster="shop", principal_arn="arn:aws:iam::123456789012:role/people/admin"),
        ),
        ("route53:::hostedzone/Z1", managed("amazon.aws.route53_zone", {"zone_id": "Z1"}, zone="example.com")),
        ("iam::123456789012:oidc-provider/oidc.eks/id/A", managed("stratum.aws.iam_oidc_provider", url="https://oidc.eks/id/A")),
    ],
)
def test_what_a_managed_item_names_is_in_the_graph(rest: str, item: Managed) -> None:
    assert verdict(entry(rest), item) is Verdict.IN_GRAPH
    assert verdict(entry(rest)) is Verdict.ORPHAN


@pytest.mark.parametrize(
    ("rest", "item"),
    [
        # A name says nothing about another kind.
        (f"sns:{HERE}:shop", managed("amazon.aws.s3_bucket", name="shop")),
        (f"rds:{HERE}:pg:shop", managed("amazon.aws.rds_subnet_group", name="shop")),
        # A security group that a managed one names in its rules.
        (
            f"ec2:{HERE}:security-group/sg-2",
            managed(
                "amazon.aws.ec2_security_group", {"group_id": "sg-1", "ip_permissions": [{"user_id_group_pairs": [{"group_id": "sg-2"}]}]}
            ),
        ),
        # A VPC that a managed subnet lies in.
        (f"ec2:{HERE}:vpc/vpc-2", managed("amazon.aws.ec2_vpc_subnet", {"subnet": {"id": "subnet-1", "vpc_id": "vpc-2"}})),
        # The same name in another region.
        (
            "sns:eu-west-1:123456789012:alerts",
            managed("stratum.aws.sns_topic", {"topic": {"arn": f"arn:aws:sns:{HERE}:alerts"}}, name="alerts"),
        ),
        # Another instance of the same name, and a queue of the same name that keeps no order.
        (f"ec2:{HERE}:instance/i-3", managed("amazon.aws.ec2_instance", {"instance_ids": ["i-1", "i-2"]}, name="shop")),
        (f"sqs:{HERE}:shop", managed("stratum.aws.sqs_queue", name="shop", fifo=True)),
        # A part of a name.
        (f"logs:{HERE}:log-group:/shop/api", managed("stratum.aws.cloudwatch_log_group", name="/shop")),
        (f"secretsmanager:{HERE}:secret:shop/db-copy-WNuaGL", managed("stratum.aws.secretsmanager_random_secret", name="shop/db")),
        # What was only read, what did not run, what is to be absent.
        (f"rds:{HERE}:db:shop", managed("amazon.aws.rds_instance_info", db_instance_identifier="shop")),
        ("s3:::shop", managed("amazon.aws.s3_bucket", {"skipped": True}, name="shop")),
        ("s3:::shop", managed("amazon.aws.s3_bucket", name="shop", state="absent")),
        # A bucket's policy is no bucket.
        ("s3:::shop", managed("stratum.aws.s3_bucket_policy", {"policy": {"bucket": "arn:aws:s3:::shop"}}, bucket="shop")),
    ],
)
def test_what_only_looks_alike_is_an_orphan(rest: str, item: Managed) -> None:
    assert verdict(entry(rest), item) is Verdict.ORPHAN


def test_a_module_that_no_table_knows_is_believed_in_arns_and_generated_ids_only() -> None:
    item = managed("example.cloud.thing", {"things": [{"id": "vpc-0a1b2c3d", "arn": f"arn:aws:sns:{HERE}:alerts"}], "name": "shop"})
    assert verdict(entry(f"ec2:{HERE}:vpc/vpc-0a1b2c3d"), item) is Verdict.IN_GRAPH
    assert verdict(entry(f"sns:{HERE}:alerts"), item) is Verdict.IN_GRAPH
    assert verdict(entry("s3:::shop"), item) is Verdict.ORPHAN


def test_what_an_item_may_manage_that_could_not_say_so_is_in_the_graph() -> None:
    failed = managed("amazon.aws.ec2_vpc_net", {"failed": True}, name="shop", tags=TAGS)
    assert verdict(entry(f"ec2:{HERE}:vpc/vpc-1", Name="shop"), failed) is Verdict.IN_GRAPH
    assert verdict(entry(f"ec2:{HERE}:vpc/vpc-1", Name="other"), failed) is Verdict.ORPHAN
    assert verdict(entry(f"ec2:{HERE}:subnet/subnet-1", Name="shop"), failed) is Verdict.ORPHAN


def test_a_tag_that_has_drifted_makes_no_orphan_of_what_could_not_be_looked_at() -> None:
    item = managed("eks_nodegroup", name="nodes", tags={**TAGS, "stratum:layer": "eks", "CostCenter": "engineering"})
    there = entry(f"eks:{HERE}:nodegroup/shop/nodes/1-2", **{"stratum:layer": "eks", "CostCenter": "none"})
    assert verdict(there, item) is Verdict.IN_GRAPH
    assert verdict(entry(f"eks:{HERE}:nodegroup/shop/nodes/1-2"), item) is Verdict.ORPHAN


def test_nothing_of_a_kind_is_an_orphan_while_a_loop_of_that_kind_is_not_known() -> None:
    loop = managed("amazon.aws.ec2_vpc_subnet")
    assert verdict(entry(f"ec2:{HERE}:subnet/subnet-1", Name="shop"), loop) is Verdict.IN_GRAPH
    assert verdict(entry(f"ec2:{HERE}:vpc/vpc-1", Name="shop"), loop) is Verdict.ORPHAN


def test_a_second_resource_with_the_tags_of_a_managed_one_is_an_orphan() -> None:
    item = managed("amazon.aws.ec2_vpc_net", {"vpc": {"id": "vpc-1"}}, name="shop", tags=TAGS)
    assert [each.arn for each in orphans([entry(f"ec2:{HERE}:vpc/vpc-{n}", Name="shop") for n in "12"], [item])] == [
        f"arn:aws:ec2:{HERE}:vpc/vpc-2"
    ]


# -- made and kept ---------------------------------------------------------------------------------------

CLUSTER = managed("stratum.aws.eks_cluster", {"cluster": {"arn": f"arn:aws:eks:{HERE}:cluster/shop"}}, name="shop")
NODES = managed(
    "stratum.aws.eks_nodegroup", {"nodegroup": {"arn": f"arn:aws:eks:{HERE}:nodegroup/shop/nodes/1"}}, cluster_name="shop", name="nodes"
)


@pytest.mark.parametrize(
    ("one", "reason"),
    [
        (entry(f"ec2:{HERE}:instance/i-1", **{"eks:nodegroup-name": "nodes", "eks:cluster-name": "shop"}), "the node group shop/nodes"),
        (entry(f"ec2:{HERE}:instance/i-1", **{"aws:autoscaling:groupName": "web"}), "the Auto Scaling group web"),
        (entry(f"ec2:{HERE}:volume/vol-1", owner="ec2:instance i-1"), "goes with ec2:instance i-1"),
        (entry(f"ec2:{HERE}:volume/vol-1", **{"kubernetes.io/created-for/pvc/name": "data"}), "the claim data"),
        (entry(f"elasticache:{HERE}:cluster:shop-001", owner="elasticache:replicationgroup shop"), "replicationgroup shop"),
        (entry(f"rds:{HERE}:snapshot:rds:shop-2026-11-21"), "an automated snapshot"),
        (entry(f"cloudwatch:{HERE}:alarm:TargetTracking-table/shop-AlarmHigh-1"), "a target tracking policy"),
        (entry(f"ec2:{HERE}:security-group/sg-1", **{"aws:eks:cluster-name": "shop"}), "the cluster shop"),
        (
            entry(f"elasticloadbalancing:{HERE}:loadbalancer/app/k8s/1", **{"elbv2.k8s.aws/cluster": "shop"}),
            "a controller of the cluster shop",
        ),
        (entry(f"secretsmanager:{HERE}:secret:rds!db-1-abcdef", **{"aws:secretsmanager:owningService": "rds"}), "rds manages"),
    ],
)
def test_what_something_of_the_stack_made_is_no_orphan(one: Tagged, reason: str) -> None:
    ((found, why),) = made_by_others([one], [CLUSTER, NODES])
    assert found == one
    assert reason in why


@pytest.mark.parametrize(
    "one",
    [
        entry(f"ec2:{HERE}:instance/i-1", **{"eks:nodegroup-name": "gone", "eks:cluster-name": "shop"}),
        entry(f"elasticloadbalancing:{HERE}:loadbalancer/app/k8s/1", **{"elbv2.k8s.aws/cluster": "gone"}),
        entry(f"ec2:{HERE}:security-group/sg-1", **{"aws:eks:cluster-name": "gone"}),
        entry(f"ec2:{HERE}:volume/vol-1"),
    ],
)
def test_what_outlived_its_maker_is_an_orphan(one: Tagged) -> None:
    assert verdict(one, CLUSTER, NODES) is Verdict.ORPHAN


def test_what_an_orphan_takes_along_is_no_orphan_but_what_it_leaves_is() -> None:
    nodes = entry(f"eks:{HERE}:nodegroup/shop/old/1")
    cluster = entry(f"eks:{HERE}:cluster/shop")
    instance = entry(f"ec2:{HERE}:instance/i-1", **{"eks:nodegroup-name": "old", "eks:cluster-name": "shop"})
    balancer = entry(f"elasticloadbalancing:{HERE}:loadbalancer/app/k8s/1", **{"elbv2.k8s.aws/cluster": "shop"})
    assert orphans([cluster, nodes, instance, balancer], []) == [cluster, nodes, balancer]


@pytest.mark.parametrize(
    ("one", "reason"),
    [
        (entry(f"rds:{HERE}:snapshot:shop-final-20261121054400"), "a final snapshot"),
        (entry(f"rds:{HERE}:snapshot:before-the-upgrade"), "somebody made"),
        (entry(f"elasticache:{HERE}:snapshot:shop-final-20261121054400"), "a final snapshot"),
        (entry(f"rds:{HERE}:snapshot:awsbackup:job-1"), "a recovery point"),
        (entry(f"backup:{HERE}:recovery-point:1-2"), "a recovery point"),
        (entry("ec2:ca-central-1::snapshot/snap-1", **{"aws:backup:source-resource": "arn:aws:ec2:…"}), "a recovery point"),
        (entry(f"kms:{HERE}:key/1-2", "pending deletion until 2026-12-21"), "pending deletion until 2026-12-21"),
        (entry(f"secretsmanager:{HERE}:secret:shop-abcdef", "pending deletion until 2026-12-21"), "pending deletion"),
        (entry(f"logs:{HERE}:log-group:/aws/rds/shop"), "the inventory says to keep it"),
    ],
)
def test_what_is_meant_to_stay_is_kept_with_the_reason(one: Tagged, reason: str) -> None:
    ((found, why),) = kept([one], retained=["arn:aws:logs:*:log-group:/aws/rds/*"])
    assert found == one
    assert reason in why


def test_a_snapshot_of_a_volume_that_nobody_backs_up_is_an_orphan() -> None:
    assert verdict(entry(f"ec2:{HERE}:snapshot/snap-1")) is Verdict.ORPHAN


# -- tables ----------------------------------------------------------------------------------------------


def test_every_module_of_a_layer_says_what_it_manages() -> None:
    roles = Path(__file__).resolve().parents[3] / "roles"
    tasks = [task for path in roles.glob("*/tasks/graph.yml") for task in yaml.safe_load(path.read_text(encoding="utf-8"))]
    modules = {key.rpartition(".")[2] for task in tasks for key in task if key.count(".") == 2 and not key.startswith("ansible.")}
    assert {name for name in modules if not name.endswith("_info")} - set(_managed_kinds.KINDS) == set()


def test_every_kind_that_a_layer_makes_can_be_removed_and_has_its_place_in_the_order() -> None:
    made = {kind.kind for kind in _managed_kinds.KINDS.values() if kind.kind}
    assert made <= set(_removal.REMOVERS)
    assert set(_removal.REMOVERS) == set(_removal.ORDER)
    assert len(_removal.ORDER) == len(set(_removal.ORDER))


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ("eks:nodegroup", "eks:cluster"),
        ("eks:cluster", "ec2:security-group"),
        ("ec2:instance", "ec2:volume"),
        ("ec2:natgateway", "ec2:elastic-ip"),
        ("ec2:security-group", "ec2:subnet"),
        ("ec2:subnet", "ec2:route-table"),
        ("ec2:subnet", "ec2:internet-gateway"),
        ("ec2:internet-gateway", "ec2:vpc"),
        ("ec2:vpc", "ec2:dhcp-options"),
        ("elasticloadbalancing:listener", "elasticloadbalancing:targetgroup"),
        ("rds:db", "rds:subgrp"),
        ("iam:role", "iam:policy"),
        ("iam:user", "iam:policy"),
        ("iam:instance-profile", "iam:role"),
        ("backup:backup-plan", "backup:backup-vault"),
        ("rds:db", "kms:key"),
        ("s3:bucket", "kms:key"),
    ],
)
def test_what_uses_another_goes_before_it(earlier: str, later: str) -> None:
    assert _removal.ORDER.index(earlier) < _removal.ORDER.index(later)


def test_a_plan_empties_groups_before_it_removes_the_first_and_puts_unknown_kinds_before_what_they_may_use() -> None:
    rests = (f"kms:{HERE}:key/1", f"ec2:{HERE}:security-group/sg-1", f"ec2:{HERE}:security-group/sg-2", f"example:{HERE}:thing/1")
    steps = _removal.plan_removal([entry(rest) for rest in rests], "ca-central-1")
    assert [str(step) for step in steps] == [
        "take the rules out of ec2:security-group sg-1",
        "take the rules out of ec2:security-group sg-2",
        "remove ec2:security-group sg-1",
        "remove ec2:security-group sg-2",
        "example:thing 1: no way to remove this kind is known",
        "remove kms:key 1",
    ]
