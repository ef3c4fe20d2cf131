# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How services get their secrets, and what is said of those that are missing."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.stratum.aws.plugins.filter.service_secrets import service_secret_gaps, service_secrets


def _services(**wanted: Any) -> list[dict[str, Any]]:
    return [{"name": "api", "secrets": {"VALUE": wanted}}, {"name": "web"}, {"name": "cache", "secrets": {}}]


@pytest.mark.parametrize(
    ("text", "key", "value"),
    [
        ("-----BEGIN-----\nx\n", None, "-----BEGIN-----\nx\n"),
        ('{"a": "1"}', None, '{"a": "1"}'),
        ('{"a": "1"}', "a", "1"),
        ('{"a": 5432}', "a", "5432"),
        ('{"a": false}', "a", "false"),
        ('{"a": {"b": 1}}', "a", '{"b": 1}'),
    ],
)
def test_a_value(text: str, key: str | None, value: str) -> None:
    services = _services(secret="s", key=key)
    assert service_secrets(services, {"s": text}) == {"api": {"VALUE": value}}
    assert service_secret_gaps(services, {"s": text}) == []


@pytest.mark.parametrize(
    ("texts", "key", "sentence"),
    [
        ({}, None, "cannot be read from Secrets Manager"),
        ({"s": None}, None, "cannot be read from Secrets Manager"),
        ({"s": " \n"}, None, "or is empty"),
        ({"s": "hidden"}, "a", "is not a JSON object, so that it has no key a"),
        ({"s": "[1]"}, "a", "is not a JSON object"),
        ({"s": '{"b": "hidden"}'}, "a", "has no key a"),
        ({"s": '{"a": "", "b": "hidden"}'}, "a", "has nothing under the key a"),
        ({"s": '{"a": null}'}, "a", "has nothing under the key a"),
    ],
)
def test_a_gap_is_one_sentence_without_a_value(texts: dict[str, Any], key: str | None, sentence: str) -> None:
    services = _services(secret="s", key=key)
    (gap,) = service_secret_gaps(services, texts)
    assert gap.startswith("The secret s, which the service api needs for VALUE, ")
    assert sentence in gap
    assert "hidden" not in gap
    assert service_secrets(services, texts) == {"api": {}}


def test_every_gap_is_told() -> None:
    services = [{"name": name, "secrets": {"A": {"secret": name}, "B": {"secret": "there", "key": "b"}}} for name in ("one", "two")]
    assert len(service_secret_gaps(services, {"there": json.dumps({"b": 1})})) == 2


def test_what_a_service_can_do_without_is_no_gap_but_is_told() -> None:
    services = [
        {"name": "web", "secrets": {"TOKEN": {"secret": "s", "key": "token", "optional": True}, "KEY": {"secret": "s", "key": "key"}}}
    ]
    texts = {"s": json.dumps({"token": "", "key": "there"})}
    assert service_secret_gaps(services, texts) == []
    (told,) = service_secret_gaps(services, texts, optional=True)
    assert "secret s" in told
    assert "TOKEN" in told
    assert service_secrets(services, texts) == {"web": {"KEY": "there"}}
