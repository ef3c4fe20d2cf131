# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table of writes against botocore's models."""

from __future__ import annotations

import re
from typing import Any

import pytest
from ansible_collections.stratum.aws.plugins.plugin_utils.barrier import _operations
from ansible_collections.stratum.aws.plugins.plugin_utils.changes._current_rows import Fields, Part
from ansible_collections.stratum.aws.plugins.plugin_utils.changes._current_table import TABLE

from tests.unit.engine.answering import service_model

ROWS = {key: row for key, row in TABLE.items() if isinstance(row, Fields | Part)}


@pytest.mark.parametrize("key", TABLE)
def test_rows_are_of_operations_that_exist_and_write(key: str) -> None:
    service, operation = key.split(":")
    assert operation in service_model(service).operation_names
    assert _operations.effect(service, operation) is not _operations.Effect.READ


@pytest.mark.parametrize("key", ROWS)
def test_rows_ask_by_a_read_and_by_its_own_parameters(key: str) -> None:
    service, operation = key.split(":")
    row = ROWS[key]
    assert _operations.effect(service, row.read) is _operations.Effect.READ
    asked = service_model(service).operation_model(row.read).input_shape
    given = service_model(service).operation_model(operation).input_shape
    assert set(asked.required_members) <= set(row.ask) <= set(asked.members)
    assert set(re.findall(r"\b(?<!')\w+", " ".join(row.ask.values()))) <= set(given.members)
    if isinstance(row, Part) and row.new and not row.new.startswith("`"):
        assert at(given, row.new) is not None


def at(shape: Any, expression: str) -> Any:
    """Return the shape that a path of names and `[0]` leads to, None where it leads nowhere; `@` is the shape itself."""
    for name in re.findall(r"\w+(?!\])", "" if expression == "@" else expression):
        while shape.type_name == "list":
            shape = shape.member
        shape = shape.members.get(name)
        if shape is None:
            return None
    return shape


@pytest.mark.parametrize("key", ROWS)
def test_what_a_row_compares_is_in_the_answer(key: str) -> None:
    service, operation = key.split(":")
    row = ROWS[key]
    if "&&" in row.current:
        return
    found = at(service_model(service).operation_model(row.read).output_shape, row.current)
    assert found is not None
    if row.pick:
        assert at(found, row.pick[0]) is not None
        assert row.then is None or at(found, row.then) is not None
    if isinstance(row, Fields):
        found = found.member if found.type_name == "list" else found
        given = service_model(service).operation_model(operation).input_shape
        assert row.apart | set(row.rename) <= set(given.members)
        known = {name for name, shape in given.members.items() if shape.metadata.get("sensitive")}
        plainly = set(given.members) - row.apart - set(row.rename) - known
        assert plainly <= set(found.members), "neither compared nor named as not to be"
        assert not [path for path in row.rename.values() if "==" not in path and "!=" not in path and at(found, path) is None]
