# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What differs between an OIDC provider and the options."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.stratum.aws.plugins.modules.iam_oidc_provider import bare_url, changes

CURRENT = {"client_ids": ["a", "b"], "thumbprints": ["ff"], "tags": {"x": "1", "aws:made": "by"}}
UNSET = {"client_ids": None, "purge_client_ids": True, "thumbprints": None, "tags": None, "purge_tags": True}


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
