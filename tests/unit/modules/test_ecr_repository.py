# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What of a repository of images differs."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.stratum.aws.plugins.modules.ecr_repository import repository_changes, same_rules

NOW: dict[str, Any] = {
    "immutable_tags": True,
    "scan_on_push": True,
    "encryption": "AES256",
    "kms_key": None,
    "lifecycle_policy": {"rules": [{"rulePriority": 1, "action": {"type": "expire"}}]},
    "policy": {},
}
UNSAID: dict[str, Any] = dict.fromkeys(NOW)
RULE = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}, "Action": ["ecr:BatchGetImage"]}


def test_what_is_not_given_is_left_alone() -> None:
    assert repository_changes(NOW, UNSAID) == {}


@pytest.mark.parametrize(
    ("given", "changes"),
    [
        ({"immutable_tags": False}, {"immutable_tags": False}),
        ({"scan_on_push": True}, {}),
        ({"lifecycle_policy": {}}, {"lifecycle_policy": {}}),
        ({"lifecycle_policy": NOW["lifecycle_policy"]}, {}),
        ({"policy": {}}, {}),
        ({"policy": {"Statement": [RULE]}}, {"policy": {"Statement": [RULE]}}),
        ({"encryption": "KMS"}, {"encryption": "KMS"}),
    ],
)
def test_what_is_given_is_compared(given: dict[str, Any], changes: dict[str, Any]) -> None:
    assert repository_changes(NOW, {**UNSAID, **given}) == changes


def test_a_policy_goes_when_it_is_empty() -> None:
    assert repository_changes({**NOW, "policy": {"Statement": [RULE]}}, {**UNSAID, "policy": {}}) == {"policy": {}}


def test_rules_are_compared_in_the_order_of_their_priorities() -> None:
    first, second = {"rulePriority": 1}, {"rulePriority": 2}
    assert same_rules({"rules": [first, second]}, {"rules": [second, first]})
    assert not same_rules({"rules": [first]}, {"rules": [first, second]})
    assert same_rules({}, {"rules": []})
