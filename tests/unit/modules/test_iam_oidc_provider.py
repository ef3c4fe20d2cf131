# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What differs between an OIDC provider and the options."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.stratum.aws.plugins.modules.iam_oidc_provider import bare_url, changes, is_owned, trusts

CURRENT = {"client_ids": ["a", "b"], "thumbprints": ["ff"], "tags": {"x": "1", "aws:made": "by"}}
UNSET = {"client_ids": None, "purge_client_ids": True, "thumbprints": None, "tags": None, "purge_tags": True, "owner_tags": None}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, {}),
        ({"client_ids": ["b", "a"]}, {}),
        ({"client_ids": ["a"]}, {"client_ids": ["a"]}),
        ({"client_ids": []}, {"client_ids": []}),
        ({"client_ids": ["c"], "purge_client_ids": False}, {"client_ids": ["a", "b", "c"]}),
        ({"client_ids": ["a"], "purge_client_ids": False}, {}),
        ({"thumbprints": ["FF"]}, {}),
        ({"thumbprints": ["ee"]}, {"thumbprints": ["ee"]}),
        ({"tags": {"x": 1}}, {}),
        ({"tags": {}}, {"tags": {"aws:made": "by"}}),
        ({"tags": {"y": "2"}, "purge_tags": False}, {"tags": {"x": "1", "aws:made": "by", "y": "2"}}),
    ],
)
def test_only_what_is_set_and_differs_changes(options: dict[str, Any], expected: dict[str, Any]) -> None:
    assert changes(CURRENT, {**UNSET, **options}) == expected


@pytest.mark.parametrize("url", ["https://a.example/id/X", "a.example/id/X", "https://a.example/id/X/"])
def test_a_url_is_one_provider_however_it_is_written(url: str) -> None:
    assert bare_url(url) == "a.example/id/X"


OURS = {"stratum:stack": "shop", "stratum:environment": "prod"}
ARN = "arn:aws:iam::123456789012:oidc-provider/a.example"


def test_what_bears_the_owners_tags_is_his() -> None:
    assert is_owned({**OURS, "more": "x"}, OURS)
    assert is_owned({}, None)
    assert not is_owned({}, OURS)
    assert not is_owned({**OURS, "stratum:environment": "staging"}, OURS)


def test_of_others_only_missing_audiences_change() -> None:
    wanted = {**UNSET, "client_ids": ["c"], "thumbprints": ["ee"], "tags": {"x": "2"}, "owner_tags": OURS}
    assert changes(CURRENT, wanted) == {"client_ids": ["a", "b", "c"]}
    assert changes(CURRENT, {**wanted, "client_ids": ["a"]}) == {}


def test_ones_own_provider_has_the_owners_tags() -> None:
    mine = {**CURRENT, "tags": {**OURS, "x": "1"}}
    assert changes(mine, {**UNSET, "tags": {"x": 1}, "owner_tags": OURS}) == {}
    assert changes(mine, {**UNSET, "tags": {}, "owner_tags": OURS}) == {"tags": OURS}


@pytest.mark.parametrize(
    ("principal", "expected"),
    [
        ({"Federated": ARN}, True),
        ({"Federated": ["x", ARN]}, True),
        ({"Federated": f"{ARN}.org"}, False),
        ({"Service": ARN}, False),
        ("*", False),
    ],
)
def test_a_role_trusts_the_provider_that_its_policy_names(principal: Any, expected: bool) -> None:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRoleWithWebIdentity"}
    assert trusts({"Statement": [statement]}, ARN) is expected
    assert trusts({"Statement": statement}, ARN) is expected
