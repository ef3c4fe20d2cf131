# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What preflight finds in an inventory before anything is written."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from ansible_collections.stratum.aws.plugins.plugin_utils.checks import (
    _check_catalogue,
    _check_deliveries,
    _check_names,
    _check_network,
    _check_policy,
    _check_windows,
)
from ansible_collections.stratum.aws.plugins.plugin_utils.checks._findings import Finding

REGION = "ca-central-1"
ZONES = ("ca-central-1a", "ca-central-1b", "ca-central-1d")
GOOD: dict[str, Any] = {
    "network_cidr": "10.0.0.0/16",
    "network_az_count": 2,
    "network_public_subnets": [{"cidr": "10.0.1.0/24", "az": 0}, {"cidr": "10.0.2.0/24", "az": 1}],
    "network_private_subnets": [{"cidr": "10.0.10.0/24", "az": "ca-central-1a"}],
}


def said(findings: Iterable[Finding]) -> list[str]:
    return [f"{finding.variable}: {finding.message}. {finding.cure}" for finding in findings]


def test_a_good_network_passes() -> None:
    assert said(_check_network.check(GOOD, ZONES)) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"network_cidr": "10.0.0.0/33"}, "network_cidr: 10.0.0.0/33 is not a CIDR block"),
        ({"network_cidr": "10.0.0.1/16"}, "has host bits set"),
        ({"network_cidr": "10.0.0.0/8"}, "is not between /16 and /28, as AWS asks of a VPC"),
        ({"network_private_subnets": [{"cidr": "10.1.0.0/24"}]}, "10.1.0.0/24 lies outside the VPC's 10.0.0.0/16"),
        ({"network_private_subnets": [{"cidr": "10.0.2.128/25"}]}, "10.0.2.128/25 overlaps 10.0.2.0/24 of network_public_subnets"),
        ({"network_private_subnets": [{"cidr": "10.0.9.0/29"}]}, "10.0.9.0/29 is not between /16 and /28, as AWS asks of a subnet"),
        ({"network_private_subnets": [{"cidr": "10.0.9.0/24", "az": 2}]}, "10.0.9.0/24 lies in zone number 2, and there are only 2"),
        ({"network_private_subnets": [{"cidr": "10.0.9.0/24", "az": "ca-central-1z"}]}, "the region has no zone ca-central-1z"),
        ({"network_azs": ["ca-central-1a", "ca-central-1c"]}, "the region has no zone ca-central-1c. Choose from ca-central-1a"),
        ({"network_az_count": 4}, "4 zones are asked for, and the region has 3"),
    ],
)
def test_networks_that_do_not_fit_together(change: dict[str, Any], words: str) -> None:
    found = said(_check_network.check({**GOOD, **change}, ZONES))
    assert len(found) == 1, found
    assert words in found[0]


def test_a_secondary_block_holds_subnets_too() -> None:
    values = {**GOOD, "network_secondary_cidrs": ["10.1.0.0/16"], "network_database_subnets": [{"cidr": "10.1.0.0/24"}]}
    assert said(_check_network.check(values, ())) == []


def windows(backup: str, maintenance: str) -> list[str]:
    return said(
        _check_windows.check({"data_tier_databases": [{"identifier": "db", "backup_window": backup, "maintenance_window": maintenance}]})
    )


@pytest.mark.parametrize(
    ("backup", "maintenance"),
    [("03:00-04:00", "mon:04:00-mon:05:00"), ("23:30-00:30", "mon:00:30-mon:01:30"), ("03:00-04:00", "sun:23:00-mon:01:00")],
)
def test_windows_that_only_touch_are_good(backup: str, maintenance: str) -> None:
    assert windows(backup, maintenance) == []


@pytest.mark.parametrize(
    ("backup", "maintenance", "words"),
    [
        ("03:00-04:00", "mon:03:59-mon:05:00", "overlap"),
        ("23:30-00:30", "mon:00:00-mon:00:30", "overlap"),
        ("00:00-01:00", "sun:23:30-mon:00:30", "overlap"),
        ("3:00-4:00", "mon:04:00-mon:05:00", 'backup_window "3:00-4:00" of db is no window'),
        ("03:00-04:00", "monday 04:00", 'maintenance_window "monday 04:00" of db is no window'),
        ("03:00-03:20", "mon:04:00-mon:05:00", "is 20 minutes long"),
    ],
)
def test_windows_that_aws_refuses(backup: str, maintenance: str, words: str) -> None:
    found = windows(backup, maintenance)
    assert len(found) == 1, found
    assert words in found[0]


@pytest.mark.parametrize(
    ("variable", "key", "good", "bad"),
    [
        ("storage_buckets", "name", "speckle-cluster-storage-production", "Speckle_Bucket"),
        ("data_tier_databases", "identifier", "speckle-cluster-postgres", "speckle--postgres"),
        ("data_tier_caches", "replication_group_id", "speckle-cluster-redis", "x" * 41),
        ("eks_clusters", "name", "speckle-cluster", "-speckle"),
        ("security_groups", "name", "speckle-cluster-rds-sg", "sg-rds"),
        ("security_iam_roles", "name", "speckle-cluster-nodes-role", "r" * 65),
        ("backup_vaults", "name", "speckle", "a b"),
        ("monitoring_topics", "name", "speckle-alerts", "speckle alerts"),
        ("storage_queues", "name", "shop-events.fifo", "shop.events"),
        ("storage_repositories", "name", "shop/api-v2", "Shop/api"),
        ("security_key_pairs", "name", "shop/prod/jwt", "shop jwt"),
        ("delivery_roles", "name", "shop-deploy", "shop/deploy"),
        ("security_access_keys", "name", "shop/prod/files", "shop files"),
        ("security_access_keys", "user", "shop-files@prod", "shop/files"),
    ],
)
def test_names_that_aws_refuses(variable: str, key: str, good: str, bad: str) -> None:
    assert said(_check_names.check({variable: [{key: good}]})) == []
    found = said(_check_names.check({variable: [{key: bad}]}))
    assert len(found) == 1, found
    assert bad in found[0]


def test_a_name_given_twice_and_a_tag_that_is_too_long() -> None:
    assert "is given twice" in said(_check_names.check({"eks_clusters": [{"name": "a"}, {"name": "a"}]}))[0]
    assert 'of the tag "Project"' in said(_check_names.check({"tags_common": {"Project": "x" * 257}}))[0]


def database(**changes: str) -> dict[str, Any]:
    entry = {"identifier": "db", "engine": "postgres", "engine_version": "16.11", "instance_class": "db.t3.medium", **changes}
    return {"data_tier_databases": [entry]}


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (database(), None),
        (database(engine_version="15.3"), None),
        (database(engine_version="16"), None),
        (database(engine_version="16.999"), 'the postgres version of db, "16.999", is not one that AWS offers. Choose for example 16.'),
        (database(engine="postgress"), 'the engine "postgress" of db is not one that AWS offers. Choose for example postgres'),
        (database(instance_class="db.t3.mediums"), 'the class of db in ca-central-1, "db.t3.mediums", is not one that AWS offers'),
        ({"data_tier_caches": [{"replication_group_id": "r", "engine_version": "7.1", "node_type": "cache.t3.micro"}]}, None),
        (
            {"data_tier_caches": [{"replication_group_id": "r", "engine_version": "9.9", "node_type": "cache.t3.micro"}]},
            "the redis version of r",
        ),
        ({"eks_node_groups": [{"name": "n", "instance_types": ["t3.medium", "t3.mega"]}]}, '"t3.mega", is not one that AWS offers'),
        ({"eks_clusters": [{"name": "c", "version": "1.3"}]}, 'the Kubernetes version "1.3" of c is none'),
    ],
)
def test_what_aws_does_not_sell(values: dict[str, Any], words: str | None) -> None:
    found = said(_check_catalogue.check(values, REGION))
    if words is None:
        assert found == []
    else:
        assert len(found) == 1, found
        assert words in found[0]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"eks_clusters": [{"name": "c", "public_access_cidrs": ["0.0.0.0/0"]}]}, "the API of c is open to 0.0.0.0/0"),
        ({"data_tier_databases": [{"identifier": "db", "multi_az": False}]}, "db lies in a single zone"),
        ({"data_tier_databases": [{"identifier": "db", "multi_az": True, "deletion_protection": False}]}, "may be deleted"),
        ({"data_tier_caches": [{"replication_group_id": "r", "num_cache_clusters": 2, "transit_encryption": False}]}, "without TLS"),
        ({"security_groups": [{"name": "g", "ingress": [{"ports": [22], "cidrs": ["0.0.0.0/0"]}]}]}, "g lets the world in on 22"),
    ],
)
def test_weak_settings_are_warned_of(values: dict[str, Any], words: str) -> None:
    found = said(_check_policy.check(values))
    assert len(found) == 1, found
    assert words in found[0]


RELEASED: dict[str, Any] = {
    "helm_releases_list": [{"cluster": "c", "name": "web"}, {"cluster": "c", "name": "admin"}],
    "edge_records": [{"zone": "example.com", "alias_load_balancer": "web-alb"}],
}


@pytest.mark.parametrize(
    "platform",
    [
        [],
        [{"cluster": "c", "name": "aws_load_balancer_controller", "enabled": False}],
        [{"cluster": "c", "name": "cluster_autoscaler", "enabled": True}],
        [{"cluster": "other", "name": "aws_load_balancer_controller", "enabled": True}],
    ],
)
def test_ingresses_without_a_controller_are_warned_of(platform: list[dict[str, Any]]) -> None:
    (found,) = said(_check_policy.check({**RELEASED, "helm_releases_platform": platform}))
    assert "the ingresses of c are served by nobody until a controller makes web-alb, which edge_records name" in found
    assert "Enable aws_load_balancer_controller for c" in found


@pytest.mark.parametrize(
    "values",
    [
        {"helm_releases_platform": [{"cluster": "c", "name": "aws_load_balancer_controller"}]},
        {"helm_releases_platform": [{"cluster": "c", "name": "aws_load_balancer_controller", "enabled": True}]},
        {"edge_records": [{"zone": "example.com", "values": ["192.0.2.1"]}]},
        {"edge_load_balancers": [{"name": "web-alb"}]},
        {"helm_releases_list": []},
    ],
)
def test_ingresses_with_one_or_without_a_record_are_not(values: dict[str, Any]) -> None:
    assert said(_check_policy.check({**RELEASED, **values})) == []


def test_pods_that_nobody_binds_to_their_target_groups_are_warned_of() -> None:
    binding = {"cluster": "c", "definition": {"apiVersion": "elbv2.k8s.aws/v1beta1", "kind": "TargetGroupBinding"}}
    values = {"helm_releases_manifests": [binding, binding, {"cluster": "d", "definition": {"kind": "ConfigMap"}}]}
    (found,) = said(_check_policy.check(values))
    assert "the pods of c become targets of no load balancer until a controller binds them" in found
    controller = {"cluster": "c", "name": "aws_load_balancer_controller"}
    assert said(_check_policy.check({**values, "helm_releases_platform": [controller]})) == []


def test_strong_settings_are_not() -> None:
    values = {
        "eks_clusters": [{"name": "c", "public_access_cidrs": ["192.0.2.0/24"]}],
        "data_tier_databases": [{"identifier": "db", "multi_az": True}],
        "data_tier_caches": [{"replication_group_id": "r", "num_cache_clusters": 2, "transit_encryption": True}],
        "security_groups": [{"name": "g", "ingress": [{"ports": [443], "cidrs": ["0.0.0.0/0"]}]}],
    }
    assert said(_check_policy.check(values)) == []


# -- queues and deliveries -------------------------------------------------------------------------------

DEPLOY: dict[str, Any] = {"name": "deploy", "repository": "example/shop", "branches": ["main"], "ecr_push": ["shop/api"]}


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"delivery_roles": [{**DEPLOY, "branches": None, "ecr_push": None}]}, "any job of the service could assume it"),
        ({"delivery_roles": [DEPLOY], "storage_repositories": []}, "pushes to shop/api, which is no repository of the stack"),
        ({"storage_queues": [{"name": "a", "dead_letter": {"name": "b"}}, {"name": "b", "dead_letter": {}}]}, "cannot have one of its own"),
    ],
)
def test_deliveries_that_do_not_fit_together(values: dict[str, Any], words: str) -> None:
    (found,) = said(_check_deliveries.check(values))
    assert words in found


def test_deliveries_that_fit_together() -> None:
    repositories = [{"name": "shop/api"}]
    queues = [{"name": "a", "dead_letter": {}}, {"name": "c", "dead_letter": None}]
    everything = {"delivery_roles": [DEPLOY, {**DEPLOY, "ecr_push": ["*"]}], "storage_repositories": repositories, "storage_queues": queues}
    assert said(_check_deliveries.check(everything)) == []
    # Not known before a run.
    assert said(_check_deliveries.check({"delivery_roles": [DEPLOY]})) == []
