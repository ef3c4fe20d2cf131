# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The values of a Kubernetes secret: where they come from, how templates are filled, and what is refused in which words."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.stratum.aws.plugins.module_utils._kubernetes_secret import Stored, ValueMissing, made

DATABASE = Stored('{"username": "us:er", "password": "p@ss/word", "port": 5432, "tls": true, "empty": ""}', "v1")


def values(data: dict[str, Any], given: dict[str, Any] | None = None, **stored: Stored | None) -> dict[str, str]:
    return dict(made(data, {"db": DATABASE, **stored}, given or {}).values)


@pytest.mark.parametrize(
    ("spec", "value"),
    [
        ({"secret": "plain"}, "text"),
        ({"secret": "db", "key": "password"}, "p@ss/word"),
        ({"secret": "db", "key": "port"}, "5432"),
        ({"secret": "db", "key": "tls"}, "true"),
        ({"value": "x"}, "x"),
        ({"value": 5}, "5"),
        ({"value": False}, "false"),
        ({"value": ""}, ""),
        ({"template": "{host}:{port}"}, "db.local:1"),
        ({"secret": "db", "template": "pg://{username:url}:{password:url}@{host}:{port}/a"}, "pg://us%3Aer:p%40ss%2Fword@db.local:5432/a"),
        ({"secret": "db", "template": "{{{password}}}"}, "{p@ss/word}"),
        ({"template": "{nested.name}"}, "by its whole name"),
        ({"template": "no braces"}, "no braces"),
        ({"template": ""}, ""),
    ],
)
def test_a_value_is_what_its_source_says(spec: dict[str, Any], value: str) -> None:
    given = {"host": "db.local", "port": 1, "nested.name": "by its whole name"}
    assert values({"k": spec}, given, plain=Stored("text", "v")) == {"k": value}


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ({"secret": "gone"}, "k: the secret gone does not exist or has no value yet"),
        ({"secret": "db", "key": "x"}, "k: the secret db has no key x"),
        ({"secret": "db", "key": "empty"}, "k: the secret db has no key empty"),
        ({"secret": "plain", "key": "x"}, "k: the secret plain is no JSON object"),
        ({"secret": "list", "key": "x"}, "k: the secret list is no JSON object"),
        ({"secret": "db", "template": "{user}"}, "k: its template names 'user', which the secret db, nor values, do not have"),
        ({"template": "{password}"}, "k: its template names 'password', which values do not have"),
        ({"template": "{0}"}, "k: its template names"),
        ({"template": "{}"}, "k: its template names"),
        ({"template": "{password.__class__}"}, "k: its template names"),
        ({"template": "{open"}, "k: its template cannot be read"),
        ({"secret": "db", "template": "{password:b64}"}, "k: its template cannot be read (there is no way 'b64'"),
        ({}, "k: nothing says where its value comes from"),
        ({"value": None}, "k: nothing says where its value comes from"),
        ({"optional": True}, "k: nothing says where its value comes from"),
        ({"key": "password", "value": "x"}, "k: key is a key of a secret"),
        ({"secrets": "db"}, "k: secrets is not known here. There are: key, optional, secret, template, value"),
        ("text", "k: it is no dictionary"),
    ],
)
def test_what_cannot_be_made_is_said_without_a_secret(spec: Any, words: str) -> None:
    with pytest.raises(ValueMissing) as refused:
        values({"k": spec}, gone=None, plain=Stored("hunter2", "v"), list=Stored('["hunter2"]', "v"))
    assert words in str(refused.value)
    assert "hunter2" not in str(refused.value)
    assert "p@ss" not in str(refused.value)


def test_an_optional_value_is_left_out_as_long_as_there_is_none() -> None:
    data: dict[str, Any] = {
        "a": {"secret": "gone", "optional": True},
        "b": {"secret": "db", "key": "x", "optional": True},
        "c": {"value": "1"},
    }
    found = made(data, {"gone": None, "db": DATABASE}, {})
    assert (dict(found.values), found.left_out) == ({"c": "1"}, ("a", "b"))


def test_a_mistake_is_no_missing_value() -> None:
    with pytest.raises(ValueMissing):
        values({"a": {"optional": True, "secretz": "db"}})


def test_only_what_comes_from_secrets_manager_is_secret() -> None:
    data = {"a": {"value": "us-east-1"}, "b": {"template": "{host}"}, "c": {"secret": "db", "key": "password"}}
    assert made(data, {"db": DATABASE}, {"host": "h"}).secret == ("p@ss/word",)


def test_the_revision_changes_with_what_the_values_come_from_and_tells_nothing() -> None:
    data = {"a": {"secret": "db", "key": "password", "optional": True}}
    first = made(data, {"db": DATABASE}, {"x": 1}).revision
    assert first == made(data, {"db": DATABASE}, {"x": 1}).revision
    others = [
        made(data, {"db": Stored(DATABASE.text, "v2")}, {"x": 1}),
        made(data, {"db": DATABASE}, {"x": 2}),
        made({"a": {"secret": "db", "key": "username"}}, {"db": DATABASE}, {"x": 1}),
        made(data, {"db": None}, {"x": 1}),
    ]
    assert len({first, *(each.revision for each in others)}) == 5
    # The same version cannot hold another text, so the text has no part in it.
    assert made(data, {"db": Stored('{"password": "another"}', "v1")}, {"x": 1}).revision == first
