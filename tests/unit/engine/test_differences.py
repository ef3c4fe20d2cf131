# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lines of differences: from the account, from a module's diff, from the calls."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.stratum.aws.plugins.plugin_utils.changes import _differences
from ansible_collections.stratum.aws.plugins.plugin_utils.changes._differences import lines


def call(operation: str = "ModifyThing", changes: list[dict[str, Any]] | None = None, **parameters: Any) -> dict[str, Any]:
    found = {} if changes is None else {"changes": changes}
    return {"service": "ec2", "operation": operation, "parameters": parameters, **found}


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"property": "size", "old": 7, "new": 1}, "size: 7 → 1"),
        ({"property": "enabled", "old": False, "new": True}, "enabled: false → true"),
        ({"property": "tags.Name", "new": "x"}, "+ tags.Name: x"),
        ({"property": "tags.Name", "old": "x"}, "- tags.Name: x"),
        ({"property": "ingress tcp 22 from 0.0.0.0/0", "new": ""}, "+ ingress tcp 22 from 0.0.0.0/0"),
        ({"property": "ingress tcp 22 from 0.0.0.0/0", "old": ""}, "- ingress tcp 22 from 0.0.0.0/0"),
        ({"property": "secret_string", "old": "(sensitive)", "new": "(sensitive)"}, "secret_string: (sensitive)"),
        ({"property": "ids", "old": ["a"], "new": ["a", "b"]}, 'ids: ["a"] → ["a", "b"]'),
    ],
)
def test_a_change_is_a_line(change: dict[str, Any], line: str) -> None:
    assert lines({}, [call(changes=[change])]) == [line]


CHANGE = {"property": "size", "old": 7, "new": 1}


def test_the_account_comes_before_the_modules_diff() -> None:
    diff = {"before": {"size": "unknown"}, "after": {"size": 1}}
    assert lines({"diff": diff}, [call(changes=[CHANGE])]) == ["size: 7 → 1"]


def test_a_call_whose_properties_are_not_known_stands_beside_them() -> None:
    calls = [call(changes=[CHANGE]), call("RebootThing", Id="x"), call("PutSame", changes=[])]
    assert lines({}, calls) == ["size: 7 → 1", 'ec2:RebootThing {"Id": "x"}']


@pytest.mark.parametrize("changes", [None, []])
def test_without_changes_the_modules_diff_counts(changes: list[dict[str, Any]] | None) -> None:
    diff = {"before": {"size": 7}, "after": {"size": 1}}
    assert lines({"diff": diff}, [call(changes=changes)]) == ["size: 7 → 1"]


@pytest.mark.parametrize(
    "diff",
    [
        None,
        {},
        {"before": "", "after": ""},
        {"before": {"a": 1}, "after": {"a": 1}},
        {"before": {"port": 22}, "after": {"port": "22"}},
        {"before": '{"a": 1, "b": 2}', "after": '{"b": 2,  "a": 1}'},
        {"before": {"policy": '{"Statement": []}'}, "after": {"policy": {"Statement": []}}},
        [{"before": "same\n", "after": "same\n"}],
    ],
)
def test_a_diff_that_says_nothing_leaves_the_calls(diff: Any) -> None:
    assert lines({"diff": diff}, [call(Id="x")]) == ['ec2:ModifyThing {"Id": "x"}']


def test_json_texts_are_compared_as_documents() -> None:
    statement = {"Sid": "Read", "Effect": "Allow", "Action": "a:B", "Resource": "*"}
    before = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    after = json.dumps({"Version": "2012-10-17", "Statement": [{**statement, "Effect": "Deny"}]}, indent=2)
    assert lines({"diff": {"before": before, "after": after}}, []) == ["Read.Effect: Allow → Deny"]
    assert lines({"diff": {"before": {"policy": before}, "after": {"policy": after}}}, []) == ["policy.Read.Effect: Allow → Deny"]


def test_texts_are_compared_line_by_line() -> None:
    before, after = "one\ntwo\nthree\n", "one\n2\nthree\n"
    assert lines({"diff": {"before": before, "after": after}}, []) == ["- two", "+ 2"]
    many = "".join(f"{number}\n" for number in range(50))
    assert lines({"diff": {"before": "", "after": many}}, [])[-1] == "… and 30 lines more"


def test_a_prepared_diff_is_shown_by_what_goes_and_comes() -> None:
    prepared = "--- a\n+++ b\n@@ -1 +1 @@\n same\n-old\n+new\n"
    assert lines({"diff": {"prepared": prepared}}, []) == ["-old", "+new"]


def test_in_a_modules_diff_false_is_not_nothing() -> None:
    assert lines({"diff": {"before": {}, "after": {"enabled": False, "name": "x"}}}, []) == ["+ enabled: false", "+ name: x"]


def test_long_values_are_shortened() -> None:
    line = lines({}, [call(changes=[{"property": "text", "old": "x" * 500, "new": "y"}])])[0]
    assert line.startswith("text: xxx")
    assert line.endswith("… → y")
    assert len(line) < 2 * _differences._LONGEST_VALUE
