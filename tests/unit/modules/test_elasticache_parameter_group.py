# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which parameters of a group must be set or reset."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.stratum.aws.plugins.modules.elasticache_parameter_group import problems, text, user_values, value_changes

PARAMETERS: dict[str, dict[str, Any]] = {
    "activedefrag": {"ParameterValue": "no", "Source": "system", "AllowedValues": "yes,no", "IsModifiable": True},
    "databases": {"ParameterValue": "32", "Source": "user", "AllowedValues": "1-1200000", "IsModifiable": True},
    "timeout": {"ParameterValue": "60", "Source": "user", "AllowedValues": "0,20-2147483647", "IsModifiable": True},
    "maxclients": {"ParameterValue": "65000", "Source": "system", "AllowedValues": "1-65000", "IsModifiable": False},
}


@pytest.mark.parametrize(
    ("value", "allowed", "expected"),
    [
        (True, "yes,no", "yes"),
        (False, "0,1", "0"),
        (True, "true,false", "true"),
        (False, None, "no"),
        (16, "1-99", "16"),
        (1.25, None, "1.25"),
    ],
)
def test_values_become_texts_in_the_words_of_the_parameter(value: Any, allowed: str | None, expected: str) -> None:
    assert text(value, allowed) == expected


def test_only_what_somebody_set_is_shown() -> None:
    assert user_values(PARAMETERS) == {"databases": "32", "timeout": "60"}


def test_only_named_parameters_are_compared() -> None:
    assert value_changes(PARAMETERS, {"databases": 32, "activedefrag": False}, [], purge=False) == ({}, [])
    assert value_changes(PARAMETERS, {"activedefrag": True}, [], purge=False) == ({"activedefrag": "yes"}, [])


def test_a_reset_touches_what_somebody_set() -> None:
    assert value_changes(PARAMETERS, {}, ["timeout", "activedefrag"], purge=False) == ({}, ["timeout"])


def test_purging_resets_the_others() -> None:
    assert value_changes(PARAMETERS, {"databases": 32}, [], purge=True) == ({}, ["timeout"])


def test_problems_are_named() -> None:
    assert problems(PARAMETERS, {"maxclients": "1"}, {"maxclients", "no-such"}) == [
        "there is no parameter no-such",
        "AWS does not let maxclients be changed",
    ]
    assert problems(PARAMETERS, {}, {"maxclients"}) == []
