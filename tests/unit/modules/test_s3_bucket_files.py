# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a bucket has against the files that it is to hold."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.stratum.aws.plugins.module_utils._s3_files import (
    File,
    cache_control,
    content_hash,
    content_type,
    differences,
    text_of,
)

PAGE = File(b"<p>", "text/html; charset=utf-8", "no-cache")


@pytest.mark.parametrize(
    ("name", "own", "expected"),
    [
        ("index.html", {}, "text/html; charset=utf-8"),
        ("lib/APP.JS", {}, "text/javascript; charset=utf-8"),
        ("data.parquet", {}, "application/octet-stream"),
        ("data.parquet", {".parquet": "application/x-parquet"}, "application/x-parquet"),
        ("index.html", {"html": "text/html"}, "text/html"),
        ("LICENSE", {}, "application/octet-stream"),
    ],
)
def test_types_follow_the_end_of_the_name(name: str, own: dict[str, str], expected: str) -> None:
    assert content_type(name, own) == expected


def test_the_first_rule_that_matches_says_how_long_a_file_is_cached() -> None:
    rules: list[Any] = [{"pattern": "index.html", "cache_control": "no-cache"}, {"pattern": "*.html", "cache_control": "max-age=60"}]
    assert cache_control("index.html", rules, "max-age=1") == "no-cache"
    assert cache_control("other.html", rules, "max-age=1") == "max-age=60"
    assert cache_control("app.js", rules, "max-age=1") == "max-age=1"
    assert cache_control("app.js", rules, None) == ""


def test_a_content_that_is_no_text_is_json_that_does_not_depend_on_its_order() -> None:
    assert text_of("a: b") == b"a: b"
    assert text_of({"b": 1, "a": "é"}) == text_of({"a": "é", "b": 1}) == b'{\n  "a": "\xc3\xa9",\n  "b": 1\n}\n'


@pytest.mark.parametrize("other", [{"sha256": "x"}, {"content_type": "text/plain"}, {"cache_control": ""}])
def test_content_type_and_caching_count(other: dict[str, str]) -> None:
    assert differences({"index.html": PAGE.described | other}, {"index.html": PAGE}, True) == (["index.html"], [])


def test_what_is_as_it_should_be_stays_and_the_rest_goes_only_if_asked() -> None:
    current = {"index.html": PAGE.described, "old.html": PAGE.described}
    assert differences(current, {"index.html": PAGE, "new.html": PAGE}, True) == (["new.html"], ["old.html"])
    assert differences(current, {"index.html": PAGE}, False) == ([], [])


def test_the_hash_of_all_files_follows_each_of_them() -> None:
    first = content_hash({"a": PAGE.described, "b": PAGE.described})
    assert first == content_hash({"b": PAGE.described, "a": PAGE.described})
    assert first != content_hash({"a": PAGE.described})
