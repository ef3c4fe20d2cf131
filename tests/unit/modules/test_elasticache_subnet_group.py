# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What differs between a cache subnet group and the options."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.stratum.aws.plugins.modules.elasticache_subnet_group import changes

CURRENT = {"description": "Private", "subnet_ids": ["a", "b"], "tags": {"x": "1"}}
UNSET = {"description": None, "subnet_ids": None, "tags": None, "purge_tags": True}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, {}),
        ({"description": "Private", "subnet_ids": ["b", "a", "a"]}, {}),
        ({"description": "Other"}, {"description": "Other"}),
        ({"subnet_ids": ["c", "a"]}, {"subnet_ids": ["a", "c"]}),
        ({"tags": {"x": 1}}, {}),
        ({"tags": {}}, {"tags": {}}),
        ({"tags": {"y": "2"}, "purge_tags": False}, {"tags": {"x": "1", "y": "2"}}),
    ],
)
def test_only_what_is_set_and_differs_changes(options: dict[str, Any], expected: dict[str, Any]) -> None:
    assert changes(CURRENT, {**UNSET, **options}) == expected
