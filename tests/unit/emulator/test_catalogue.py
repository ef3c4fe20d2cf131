# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The catalogue reads cfn-lint's data."""

from __future__ import annotations

import pytest

from tests.emulator import catalogue


@pytest.mark.parametrize("version", ["15.3", "16.11"])
def test_retired_versions_are_still_known(version: str) -> None:
    assert version in catalogue.rds_engine_versions("postgres", "ca-central-1")


def test_versions_that_never_were_are_unknown() -> None:
    assert "16.99" not in catalogue.rds_engine_versions("postgres")
    assert catalogue.rds_engine_versions("abacus") == frozenset()
    assert catalogue.rds_retired_engine_versions("postgres") <= catalogue.rds_engine_versions("postgres")


def test_instance_classes_depend_on_the_engine_and_the_region() -> None:
    postgres = catalogue.rds_instance_classes("postgres", "ca-central-1")
    assert "db.r6g.large" in postgres
    assert "db.r6g.large" not in catalogue.rds_instance_classes("db2-se", "ca-central-1")
    assert catalogue.rds_instance_classes("postgres", "mars-north-1") == frozenset()
    supported = catalogue.rds_instance_classes_for_version("postgres", "16.11")
    assert supported is not None
    assert "db.r6g.large" in supported
    assert catalogue.rds_instance_classes_for_version("postgres", "9.3.3") is None


def test_caches() -> None:
    assert {"redis", "valkey", "memcached"} <= catalogue.elasticache_engines()
    assert "7.1" in catalogue.elasticache_engine_versions("redis")
    assert "cache.r6g.large" in catalogue.elasticache_node_types("ca-central-1")
    assert "cache.z9.large" not in catalogue.elasticache_node_types("ca-central-1")


def test_instance_types_differ_between_regions() -> None:
    assert "t3.medium" in catalogue.ec2_instance_types("ca-central-1")
    assert catalogue.ec2_instance_types("ca-west-1") != catalogue.ec2_instance_types("us-east-1")
    assert {"ca-central-1", "us-east-1"} <= catalogue.regions()
    assert "all" not in catalogue.regions()
