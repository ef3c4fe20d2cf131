# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A secret whose values come from elsewhere."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.integration.modules.running import RunModule

pytestmark = pytest.mark.integration

MODULE = "secretsmanager_external_secret"
OPTIONS: dict[str, Any] = {"name": "app/maps", "fields": ["access_token", "style"], "tags": {"Environment": "prod"}}


def stored(account: Any) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(account.client("secretsmanager").get_secret_value(SecretId="app/maps")["SecretString"])
    return value


def test_it_is_made_with_empty_values_and_says_so(account: Any, run_module: RunModule) -> None:
    planned = run_module(MODULE, OPTIONS, check=True)
    assert planned["waiting"] == ["access_token", "style"], planned
    assert account.client("secretsmanager").list_secrets()["SecretList"] == []
    first = run_module(MODULE, OPTIONS)
    assert first.changed
    assert stored(account) == {"access_token": "", "style": ""}
    again = run_module(MODULE, OPTIONS)
    assert not again.changed
    assert again["waiting"] == ["access_token", "style"]
    assert "waits for access_token, style" in str(again["warnings"])
    assert "aws secretsmanager put-secret-value" in str(again["warnings"])


def test_what_somebody_sets_stays(account: Any, run_module: RunModule) -> None:
    run_module(MODULE, OPTIONS)
    by_hand = {"access_token": "tell nobody", "style": "dark", "more": "yes"}
    account.client("secretsmanager").put_secret_value(SecretId="app/maps", SecretString=json.dumps(by_hand))
    result = run_module(MODULE, OPTIONS)
    assert not result.changed
    assert result["waiting"] == []
    assert not result.get("warnings")
    assert stored(account) == by_hand
    assert "tell nobody" not in json.dumps(result)


def test_a_given_value_is_stored(account: Any, run_module: RunModule) -> None:
    wanted = {**OPTIONS, "value": {"access_token": "from the vault", "style": ""}}
    first = run_module(MODULE, wanted, diff=True)
    assert first.changed
    assert first["waiting"] == ["style"]
    assert "from the vault" not in json.dumps(first)
    assert stored(account) == {"access_token": "from the vault", "style": ""}
    assert not run_module(MODULE, wanted).changed
    # Without a value, the one that is there stays.
    assert not run_module(MODULE, OPTIONS).changed
    changed = run_module(MODULE, {**OPTIONS, "value": {"access_token": "newer"}})
    assert changed["secret"]["changed_keys"] == ["access_token"]
    assert stored(account)["access_token"] == "newer"


def test_absent_and_back_again(account: Any, run_module: RunModule) -> None:
    run_module(MODULE, {**OPTIONS, "value": {"access_token": "x", "style": "y"}})
    gone = {"name": "app/maps", "fields": ["access_token"], "state": "absent"}
    assert run_module(MODULE, gone).changed
    assert not run_module(MODULE, gone).changed
    restored = run_module(MODULE, OPTIONS)
    assert restored.changed, restored.msg
    assert stored(account) == {"access_token": "x", "style": "y"}


def test_bad_input(run_module: RunModule) -> None:
    result = run_module(MODULE, {**OPTIONS, "value": {"other": "x"}})
    assert result.failed
    assert "not among fields: other" in result.msg
