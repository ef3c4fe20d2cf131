# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files of buckets that hold what other layers have made."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.stratum.aws.plugins.filter.bucket_files import FilterModule

bucket_files = FilterModule().filters()["bucket_files"]
SOURCES = {"user_pool_id": {"people": "us-west-2_abc"}, "user_pool_client_id": {"people/page": "client"}}


def test_values_of_other_layers_take_their_places_in_a_content() -> None:
    files: list[dict[str, Any]] = [
        {"name": "config.json", "content": {"a": {"b": 1}}, "content_from": {"a.pool": {"user_pool_id": "people"}}, "cache_control": None},
        {"name": "robots.txt", "content": "User-agent: *"},
        {"name": "ids.json", "content_from": {"client": {"user_pool_client_id": "people/page"}}},
    ]
    assert bucket_files(files, SOURCES) == [
        {"name": "config.json", "content": {"a": {"b": 1, "pool": "us-west-2_abc"}}},
        {"name": "robots.txt", "content": "User-agent: *"},
        {"name": "ids.json", "content": {"client": "client"}},
    ]
    assert files[0]["content"] == {"a": {"b": 1}}


def test_a_text_takes_no_values() -> None:
    with pytest.raises(AnsibleFilterError, match=r"the content of robots\.txt is no dictionary"):
        bucket_files([{"name": "robots.txt", "content": "text", "content_from": {"pool": {"user_pool_id": "people"}}}], SOURCES)


def test_what_is_not_there_is_said_with_what_is() -> None:
    with pytest.raises(AnsibleFilterError, match="asks for the user_pool_id of 'others'; there are people"):
        bucket_files([{"name": "config.json", "content_from": {"pool": {"user_pool_id": "others"}}}], SOURCES)
