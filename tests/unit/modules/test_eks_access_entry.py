# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What differs between an access entry and the options."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.stratum.aws.plugins.modules.eks_access_entry import changes, policies_after, policy_document

PRINCIPAL = "arn:aws-us-gov:iam::123456789012:role/a"
ADMIN = {"policy_arn": "arn:x/Admin", "access_scope": {"type": "cluster", "namespaces": []}}
EDIT = {"policy_arn": "arn:x/Edit", "access_scope": {"type": "namespace", "namespaces": ["a"]}}
CURRENT = {
    "type": "STANDARD",
    "username": "u",
    "kubernetes_groups": ["g", "h"],
    "access_policies": [ADMIN, EDIT],
    "tags": {"a": "1"},
}
UNSET: dict[str, Any] = {
    "principal_arn": PRINCIPAL,
    "type": None,
    "username": None,
    "kubernetes_groups": None,
    "access_policies": None,
    "purge_access_policies": True,
    "tags": None,
    "purge_tags": True,
}


def test_a_bare_name_becomes_an_arn_of_the_principals_partition() -> None:
    assert policy_document({"policy_arn": "View", "access_scope": None}, PRINCIPAL) == {
        "policy_arn": "arn:aws-us-gov:eks::aws:cluster-access-policy/View",
        "access_scope": {"type": "cluster", "namespaces": []},
    }


@pytest.mark.parametrize(
    ("wanted", "purge", "expected"),
    [
        (None, True, [ADMIN, EDIT]),
        ([], True, []),
        ([], False, [ADMIN, EDIT]),
        ([EDIT], True, [EDIT]),
        ([{**ADMIN, "access_scope": EDIT["access_scope"]}], False, [EDIT, {**ADMIN, "access_scope": EDIT["access_scope"]}]),
    ],
)
def test_policies_are_purged_only_on_request(wanted: list[Any] | None, purge: bool, expected: list[Any]) -> None:
    assert policies_after([ADMIN, EDIT], wanted, purge) == expected


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, {}),
        ({"kubernetes_groups": ["h", "g"], "username": "u", "type": "STANDARD"}, {}),
        ({"kubernetes_groups": []}, {"kubernetes_groups": []}),
        ({"access_policies": [EDIT, ADMIN]}, {}),
        (
            {"access_policies": [{"policy_arn": "arn:x/Edit", "access_scope": {"type": "namespace", "namespaces": ["a"]}}]},
            {"access_policies": [EDIT]},
        ),
        ({"type": "EC2"}, {"type": "EC2"}),
        ({"tags": {"b": "2"}}, {"tags": {"b": "2"}}),
    ],
)
def test_only_what_is_set_and_differs_changes(options: dict[str, Any], expected: dict[str, Any]) -> None:
    assert changes(CURRENT, {**UNSET, **options}) == expected
