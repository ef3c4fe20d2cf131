# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What differs between a cluster and its options, what AWS cannot change, and the calls that mend the rest."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.stratum.aws.plugins.module_utils import _eks_cluster as pure

NAMES = [
    "version",
    "role_arn",
    "subnets",
    "security_groups",
    "endpoint_public_access",
    "endpoint_private_access",
    "public_access_cidrs",
    "logging_types",
    "encryption_key_arn",
    "authentication_mode",
    "bootstrap_cluster_creator_admin_permissions",
    "bootstrap_self_managed_addons",
    "service_ipv4_cidr",
    "ip_family",
    "support_type",
    "zonal_shift",
    "deletion_protection",
]
UNSET: dict[str, Any] = {"name": "web", **dict.fromkeys(NAMES)}
CURRENT: dict[str, Any] = {
    "name": "web",
    "version": "1.33",
    "role_arn": "r",
    "resources_vpc_config": {
        "subnet_ids": ["s1", "s2"],
        "security_group_ids": ["g1"],
        "endpoint_public_access": True,
        "endpoint_private_access": False,
        "public_access_cidrs": ["0.0.0.0/0"],
        "vpc_id": "v",
    },
    "kubernetes_network_config": {"service_ipv4_cidr": "10.100.0.0/16", "ip_family": "ipv4"},
    "access_config": {"authentication_mode": "API_AND_CONFIG_MAP", "bootstrap_cluster_creator_admin_permissions": True},
    "upgrade_policy": {"support_type": "EXTENDED"},
    "zonal_shift_config": {"enabled": False},
    "deletion_protection": False,
    "logging_types": ["api"],
    "encryption_key_arn": None,
}


def changes(**options: Any) -> dict[str, Any]:
    return pure.changes(CURRENT, {**UNSET, **options})


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"subnets": ["s2", "s1"]},
        {"endpoint_public_access": True, "public_access_cidrs": ["0.0.0.0/0"]},
        {"logging_types": ["api"]},
        {"zonal_shift": False, "deletion_protection": False},
        {"bootstrap_self_managed_addons": False},
        {"service_ipv4_cidr": "10.100.0.0/16", "bootstrap_cluster_creator_admin_permissions": True},
    ],
)
def test_what_is_so_already_does_not_change(options: dict[str, Any]) -> None:
    assert changes(**options) == {}


@pytest.mark.parametrize(
    ("options", "calls"),
    [
        ({"subnets": ["s1", "s3"]}, [{"resourcesVpcConfig": {"subnetIds": ["s1", "s3"], "securityGroupIds": ["g1"]}}]),
        (
            {"endpoint_public_access": False, "endpoint_private_access": True, "public_access_cidrs": ["10.0.0.0/8"]},
            [{"resourcesVpcConfig": {"endpointPublicAccess": False, "endpointPrivateAccess": True}}],
        ),
        (
            {"public_access_cidrs": ["203.0.113.0/24"], "security_groups": []},
            [
                {"resourcesVpcConfig": {"subnetIds": ["s1", "s2"], "securityGroupIds": []}},
                {
                    "resourcesVpcConfig": {
                        "endpointPublicAccess": True,
                        "endpointPrivateAccess": False,
                        "publicAccessCidrs": ["203.0.113.0/24"],
                    }
                },
            ],
        ),
        (
            {"logging_types": []},
            [{"logging": {"clusterLogging": [{"types": list(pure.LOG_TYPES), "enabled": False}]}}],
        ),
        ({"authentication_mode": "API"}, [{"accessConfig": {"authenticationMode": "API"}}]),
        (
            {"support_type": "STANDARD", "zonal_shift": True},
            [{"upgradePolicy": {"supportType": "STANDARD"}}, {"zonalShiftConfig": {"enabled": True}}],
        ),
        ({"deletion_protection": True}, [{"deletionProtection": True}]),
    ],
)
def test_every_kind_of_change_is_a_call_of_its_own(options: dict[str, Any], calls: list[dict[str, Any]]) -> None:
    expected = [("update_cluster_config", {"name": "web", **call}) for call in calls]
    assert pure.updates(CURRENT, changes(**options)) == expected


def test_an_upgrade_goes_one_minor_version_at_a_time() -> None:
    calls = pure.updates(CURRENT, changes(version="1.36"))
    assert calls == [("update_cluster_version", {"name": "web", "version": version}) for version in ("1.34", "1.35", "1.36")]


def test_encryption_can_be_added() -> None:
    changed = changes(encryption_key_arn="k")
    assert pure.refusal(CURRENT, changed) is None
    assert pure.updates(CURRENT, changed) == [
        (
            "associate_encryption_config",
            {"clusterName": "web", "encryptionConfig": [{"resources": ["secrets"], "provider": {"keyArn": "k"}}]},
        )
    ]


@pytest.mark.parametrize(
    ("current", "options", "said"),
    [
        ({}, {"version": "1.29"}, "never downgraded"),
        ({"version": "1.9"}, {"version": "1.10"}, None),
        ({}, {"role_arn": "other"}, "role_arn cannot change from r to other"),
        ({}, {"ip_family": "ipv6"}, "ip_family cannot change from ipv4 to ipv6"),
        ({}, {"bootstrap_cluster_creator_admin_permissions": False}, "cannot change from True to False"),
        ({}, {"authentication_mode": "CONFIG_MAP"}, "cannot go back from API_AND_CONFIG_MAP to CONFIG_MAP"),
        ({}, {"authentication_mode": "API"}, None),
        ({"encryption_key_arn": "k"}, {"encryption_key_arn": "l"}, "AWS cannot change the key"),
        ({}, {"endpoint_private_access": True}, None),
    ],
)
def test_what_aws_cannot_change_is_refused(current: dict[str, Any], options: dict[str, Any], said: str | None) -> None:
    before = {**CURRENT, **current}
    why = pure.refusal(before, pure.changes(before, {**UNSET, **options}))
    assert (why is None) if said is None else (why is not None and said in why)


@pytest.mark.parametrize(("version", "valid"), [(None, True), ("1.30", True), ("1.3", False), ("latest", False), ("2.10", False)])
def test_a_version_that_yaml_has_read_as_a_number_is_refused(version: str | None, valid: bool) -> None:
    assert (pure.invalid_version(version) is None) is valid


def test_a_new_cluster_has_only_what_is_set() -> None:
    options = {
        **UNSET,
        "role_arn": "r",
        "subnets": ["s1"],
        "logging_types": [],
        "service_ipv4_cidr": "10.0.0.0/16",
        "encryption_key_arn": "k",
    }
    assert pure.creation(options) == {
        "name": "web",
        "roleArn": "r",
        "resourcesVpcConfig": {"subnetIds": ["s1"]},
        "kubernetesNetworkConfig": {"serviceIpv4Cidr": "10.0.0.0/16"},
        "encryptionConfig": [{"resources": ["secrets"], "provider": {"keyArn": "k"}}],
    }


def test_a_description_shows_logging_and_encryption_as_the_options_do() -> None:
    described = {
        "name": "web",
        "logging": {"cluster_logging": [{"types": ["scheduler", "api"], "enabled": True}, {"types": ["audit"], "enabled": False}]},
        "encryption_config": [{"resources": ["secrets"], "provider": {"key_arn": "k"}}],
    }
    assert pure.with_plain_settings(described) == {
        "name": "web",
        "logging_types": ["api", "scheduler"],
        "encryption_key_arn": "k",
        "endpoint": "",
        "certificate_authority": {"data": ""},
        "deletion_protection": False,
        "zonal_shift_config": {"enabled": False},
        "access_config": {"authentication_mode": "CONFIG_MAP"},
    }


def test_what_aws_does_not_say_about_the_creator_is_left_alone() -> None:
    current = {**CURRENT, "access_config": {"authentication_mode": "API"}}
    assert pure.changes(current, {**UNSET, "bootstrap_cluster_creator_admin_permissions": False}) == {}
