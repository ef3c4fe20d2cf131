# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A parameter group of ElastiCache."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.modules.running import RunModule

pytestmark = pytest.mark.integration

MODULE = "elasticache_parameter_group"
GROUP: dict[str, Any] = {
    "name": "Speckle-redis7",
    "family": "redis7",
    "description": "Cache of Speckle",
    "parameters": {"maxmemory-policy": "allkeys-lru", "activedefrag": True},
    "tags": {"Environment": "prod"},
}


def own_groups(account: Any) -> list[str]:
    groups = account.client("elasticache").describe_cache_parameter_groups()["CacheParameterGroups"]
    return [group["CacheParameterGroupName"] for group in groups if not group["CacheParameterGroupName"].startswith("default.")]


def test_check_mode_creates_nothing(account: Any, run_module: RunModule) -> None:
    result = run_module(MODULE, GROUP, check=True)
    assert result.changed, result.msg
    assert result["parameter_group"]["parameters"] == {"maxmemory-policy": "allkeys-lru", "activedefrag": "yes"}
    assert own_groups(account) == []


@pytest.mark.parametrize("family", ["redis7", "valkey8", "redis6.x"])
def test_the_second_run_changes_nothing(account: Any, run_module: RunModule, family: str) -> None:
    first = run_module(MODULE, {**GROUP, "family": family})
    assert first.changed, first.msg
    assert first["parameter_group"]["family"] == family
    assert first["parameter_group"]["tags"] == {"Environment": "prod"}
    second = run_module(MODULE, {**GROUP, "family": family})
    assert not second.changed
    assert second["parameter_group"] == first["parameter_group"]


def test_values_change_and_others_stay(account: Any, run_module: RunModule) -> None:
    run_module(MODULE, GROUP)
    wanted = {"name": "speckle-redis7", "parameters": {"timeout": 60}, "tags": {}}
    checked = run_module(MODULE, wanted, check=True, diff=True)
    assert checked["diff"]["after"] == {
        "parameters": {"maxmemory-policy": "allkeys-lru", "activedefrag": "yes", "timeout": "60"},
        "tags": {},
    }
    assert run_module(MODULE, wanted)["parameter_group"]["parameters"] == checked["diff"]["after"]["parameters"]
    assert not run_module(MODULE, wanted).changed


def test_values_are_reset_on_request(account: Any, run_module: RunModule) -> None:
    run_module(MODULE, GROUP)
    reset = {"name": "speckle-redis7", "reset_parameters": ["activedefrag"]}
    assert run_module(MODULE, reset)["parameter_group"]["parameters"] == {"maxmemory-policy": "allkeys-lru"}
    assert not run_module(MODULE, reset).changed
    purged = {"name": "speckle-redis7", "parameters": {"timeout": 60}, "purge_parameters": True}
    assert run_module(MODULE, purged)["parameter_group"]["parameters"] == {"timeout": "60"}
    assert not run_module(MODULE, purged).changed


def test_more_than_twenty_values_are_set(account: Any, run_module: RunModule) -> None:
    names = account.client("elasticache").describe_engine_default_parameters(CacheParameterGroupFamily="redis7")
    whole = [item for item in names["EngineDefaults"]["Parameters"] if item["IsModifiable"] and item["AllowedValues"] == "yes,no"]
    numbers = [item for item in names["EngineDefaults"]["Parameters"] if item["IsModifiable"] and item["AllowedValues"].startswith("1-")]
    values = {item["ParameterName"]: item["ParameterValue"] == "no" for item in whole if item["ParameterName"] != "cluster-enabled"}
    values |= {item["ParameterName"]: 2 for item in numbers}
    assert len(values) > 20
    assert len(run_module(MODULE, {**GROUP, "parameters": values})["parameter_group"]["parameters"]) > 20


def test_absent_deletes_it_once(account: Any, run_module: RunModule) -> None:
    run_module(MODULE, GROUP)
    gone = {"name": "speckle-redis7", "state": "absent"}
    assert run_module(MODULE, gone, check=True).changed
    assert own_groups(account) == ["speckle-redis7"]
    assert run_module(MODULE, gone).changed
    assert own_groups(account) == []
    assert not run_module(MODULE, gone).changed


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({**GROUP, "parameters": {"no-such": 1}}, "there is no parameter no-such"),
        ({**GROUP, "family": "redis99"}, "Check that the family exists"),
        ({"name": "x"}, "a new group needs family"),
    ],
)
def test_bad_input(account: Any, run_module: RunModule, options: dict[str, Any], message: str) -> None:
    result = run_module(MODULE, options)
    assert result.failed
    assert message in result.msg
    assert own_groups(account) == []


def test_another_family_is_refused(account: Any, run_module: RunModule) -> None:
    run_module(MODULE, GROUP)
    assert "family is redis7 and cannot become valkey8" in run_module(MODULE, {**GROUP, "family": "valkey8"}).msg
