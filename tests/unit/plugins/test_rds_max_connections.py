# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How many connections a database takes."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.stratum.aws.plugins.filter.rds_max_connections import memory, rds_max_connections


@pytest.mark.parametrize(
    ("instance_class", "gib"),
    [
        ("db.t4g.micro", 1),
        ("db.t3.medium", 4),
        ("db.t3.large", 8),
        ("db.r6g.large", 16),
        ("db.m6i.xlarge", 16),
        ("db.r6g.2xlarge", 64),
        ("db.m5.12xlarge", 192),
    ],
)
def test_memory(instance_class: str, gib: float) -> None:
    assert memory(instance_class) == gib


def test_connections() -> None:
    assert rds_max_connections("db.t3.medium") == 450
    assert rds_max_connections("db.t4g.micro") == 112
    assert rds_max_connections("db.t3.large") == 901
    assert rds_max_connections("db.r6g.16xlarge") == 5000
    assert rds_max_connections("db.t3.medium", "mysql") == 341


@pytest.mark.parametrize(
    ("instance_class", "engine"), [("cache.t3.micro", "postgres"), ("db.q1.large", "postgres"), ("db.t3.large", "oracle")]
)
def test_what_is_not_known_is_said(instance_class: str, engine: str) -> None:
    with pytest.raises(AnsibleFilterError):
        rds_max_connections(instance_class, engine)
