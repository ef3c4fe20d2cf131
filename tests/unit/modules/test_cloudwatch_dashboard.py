# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When two bodies of a dashboard mean the same."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.stratum.aws.plugins.modules.cloudwatch_dashboard import read_body, same_body

BODY = {"widgets": [{"type": "metric", "width": 12, "properties": {"metrics": [["AWS/RDS", "CPUUtilization"]]}}]}


def test_the_order_of_keys_and_spaces_say_nothing() -> None:
    assert same_body(read_body(json.dumps(BODY, indent=4, sort_keys=True)), BODY)


@pytest.mark.parametrize(
    ("current", "wanted"),
    [({"a": 1}, {"a": 1.0}), ({}, {}), ([], []), ({"a": [{"b": None}]}, {"a": [{"b": None}]})],
)
def test_same(current: Any, wanted: Any) -> None:
    assert same_body(current, wanted)


@pytest.mark.parametrize(
    ("current", "wanted"),
    [({"a": 1}, {"a": True}), ({"a": 1}, {}), ({"a": 1, "b": 2}, {"a": 1}), ([1, 2], [2, 1]), ("1", 1), ("no json", {})],
)
def test_different(current: Any, wanted: Any) -> None:
    assert not same_body(current, wanted)
