# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What differs between an add-on and the options."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.stratum.aws.plugins.modules.eks_addon import changes, chosen_version, configuration

ASSOCIATION = {"service_account": "s", "role_arn": "r"}
CURRENT: dict[str, Any] = {
    "addon_version": "v1",
    "service_account_role_arn": "role",
    "configuration_values": {"a": {"b": 1}, "c": 2},
    "pod_identity_associations": [ASSOCIATION],
    "tags": {},
}
UNSET = {
    "service_account_role_arn": None,
    "configuration_values": None,
    "pod_identity_associations": None,
    "tags": None,
    "purge_tags": True,
}


@pytest.mark.parametrize(
    ("options", "version", "expected"),
    [
        ({}, None, {}),
        ({}, "v1", {}),
        ({}, "v2", {"addon_version": "v2"}),
        ({"configuration_values": {"c": 2, "a": {"b": 1}}}, None, {}),
        ({"configuration_values": {"a": {"b": 1}}}, None, {"configuration_values": {"a": {"b": 1}}}),
        ({"configuration_values": {}}, None, {"configuration_values": {}}),
        ({"pod_identity_associations": []}, None, {"pod_identity_associations": []}),
        ({"pod_identity_associations": [ASSOCIATION]}, None, {}),
        ({"service_account_role_arn": "other"}, None, {"service_account_role_arn": "other"}),
    ],
)
def test_only_what_is_set_and_differs_changes(options: dict[str, Any], version: str | None, expected: dict[str, Any]) -> None:
    assert changes(CURRENT, {**UNSET, **options}, version) == expected


@pytest.mark.parametrize(("text", "document"), [(None, {}), ("", {}), ('{"a": 1}', {"a": 1}), ("a: [1", "a: [1")])
def test_configuration_is_read_when_it_is_json(text: str | None, document: Any) -> None:
    assert configuration(text) == document


def test_default_and_latest_are_found_among_the_offers() -> None:
    offers = [
        {"addonVersion": "v3", "compatibilities": [{"defaultVersion": False}]},
        {"addonVersion": "v2", "compatibilities": [{"defaultVersion": True}]},
    ]
    assert chosen_version(offers, "latest") == "v3"
    assert chosen_version(offers, "default") == "v2"
    assert chosen_version([], "latest") is None
