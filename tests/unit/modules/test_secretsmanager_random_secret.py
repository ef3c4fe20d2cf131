# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which keys of a generated secret must be set, and what its stored text means."""

from __future__ import annotations

import pytest
from ansible_collections.stratum.aws.plugins.module_utils._secret import read_value
from ansible_collections.stratum.aws.plugins.modules.secretsmanager_random_secret import belongs, changed_keys, hash_key


def test_a_plain_secret_is_its_generated_value() -> None:
    assert read_value("abc", plain=True) == {"value": "abc"}


def test_no_text_is_no_value() -> None:
    assert read_value(None, plain=True) == {}
    assert read_value("", plain=False) == {}


@pytest.mark.parametrize("text", ["abc", "[1]", '"abc"'])
def test_a_template_needs_a_json_object(text: str) -> None:
    with pytest.raises(ValueError, match="no JSON object"):
        read_value(text, plain=False)


def test_a_json_object_is_read_as_it_is() -> None:
    assert read_value('{"port": 5432, "password": "x"}', plain=False) == {"port": 5432, "password": "x"}


def test_an_existing_value_stays() -> None:
    assert changed_keys({"password": "x", "port": 1}, {"port": 1}, "password", rotate=False) == []


def test_an_empty_or_missing_value_is_generated() -> None:
    assert changed_keys({}, {}, "value", rotate=False) == ["value"]
    assert changed_keys({"password": ""}, {}, "password", rotate=False) == ["password"]


def test_only_keys_of_the_template_are_compared() -> None:
    current = {"password": "x", "port": 1, "host": "added by a rotation function"}
    assert changed_keys(current, {"port": 2, "user": None}, "password", rotate=False) == ["port", "user"]


def test_rotation_generates_anew() -> None:
    assert changed_keys({"password": "x", "port": 1}, {"port": 1}, "password", rotate=True) == ["password"]


def test_a_hash_belongs_to_its_value() -> None:
    # The prefix of other implementations is known, too.
    known = "$2b$04$7l6ErUjJO5RCh2G076a4sOSNwrfHL.JRmxzHe5w7ZSezmWtq8p4Ne"
    assert belongs(known, "password")
    assert belongs(known.replace("$2b$", "$2a$"), "password")
    assert not belongs(known, "Password")
    assert not belongs("no hash", "password")
    assert not belongs(None, "password")


def test_the_key_of_the_hash() -> None:
    assert hash_key({"hash": None, "generated_key": "password"}) is None
    assert hash_key({"hash": {"key": None}, "generated_key": "pin"}) == "pin_hash"
    assert hash_key({"hash": {"key": "digest"}, "generated_key": "pin"}) == "digest"
