# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A key pair that is generated when there is none, and rotated on request."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.stratum.aws.plugins.module_utils import _key_pair

from tests.integration.modules.running import RunModule

pytestmark = pytest.mark.integration

MODULE = "secretsmanager_key_pair"
SIGNING: dict[str, Any] = {"name": "app/jwt", "description": "Signs tokens", "tags": {"Environment": "prod"}}
LOGIN: dict[str, Any] = {"name": "app/ssh", "type": "ed25519", "format": "openssh", "comment": "app"}


def stored(account: Any, name: str) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(account.client("secretsmanager").get_secret_value(SecretId=name)["SecretString"])
    return value


def test_check_mode_generates_nothing(account: Any, run_module: RunModule) -> None:
    result = run_module(MODULE, SIGNING, check=True)
    assert result.changed, result.msg
    assert result["public_key"] is None
    assert result["previous"] == []
    assert account.client("secretsmanager").list_secrets()["SecretList"] == []


def test_a_pair_is_generated_once_and_its_private_half_never_told(account: Any, run_module: RunModule) -> None:
    first = run_module(MODULE, SIGNING, diff=True)
    assert first.changed, first.msg
    value = stored(account, "app/jwt")
    assert set(value) == {"private_key", "public_key", "key_id", "type", "format", "created"}
    assert value["public_key"] == _key_pair.public_text(value["private_key"]) == first["public_key"]
    assert value["key_id"] == first["key_id"]
    assert "PRIVATE KEY" not in json.dumps(first)
    second = run_module(MODULE, {**SIGNING, "bits": 4096, "type": "ed25519"})
    assert not second.changed, second
    assert second["key_id"] == first["key_id"]
    assert second["secret"]["version_id"] == first["secret"]["version_id"]


def test_a_key_for_ssh(account: Any, run_module: RunModule) -> None:
    result = run_module(MODULE, LOGIN)
    assert result["public_key"].startswith("ssh-ed25519 "), result
    assert result["public_key"].endswith(" app")
    assert stored(account, "app/ssh")["private_key"].startswith("-----BEGIN OPENSSH PRIVATE KEY-----")
    assert not run_module(MODULE, LOGIN).changed


def test_rotation_keeps_the_old_public_key(account: Any, run_module: RunModule) -> None:
    run_module(MODULE, SIGNING)
    old = stored(account, "app/jwt")
    planned = run_module(MODULE, {**SIGNING, "rotate": True}, check=True)
    assert planned.changed
    assert planned["key_id"] is None
    assert stored(account, "app/jwt") == old
    rotated = run_module(MODULE, {**SIGNING, "rotate": True})
    assert rotated.changed, rotated
    value = stored(account, "app/jwt")
    assert value["key_id"] != old["key_id"]
    assert [each["key_id"] for each in value["previous"]] == [old["key_id"]]
    assert value["previous"][0]["public_key"] == old["public_key"]
    assert "private_key" not in value["previous"][0]
    assert rotated["previous"] == value["previous"]
    # A converge without rotation leaves both.
    assert not run_module(MODULE, SIGNING).changed
    assert stored(account, "app/jwt") == value


def test_rotation_of_a_login_key_keeps_what_logs_in(account: Any, run_module: RunModule) -> None:
    run_module(MODULE, LOGIN)
    old = stored(account, "app/ssh")
    rotated = run_module(MODULE, {**LOGIN, "rotate": True, "keep_previous_private": True})
    assert stored(account, "app/ssh")["previous"][0]["private_key"] == old["private_key"]
    assert "PRIVATE KEY" not in json.dumps(rotated)


def test_a_key_of_somebody_else_is_completed(account: Any, run_module: RunModule) -> None:
    private = _key_pair.generate("ed25519", 0, "pkcs8")
    text = json.dumps({"private_key": private, "note": "mine"})
    account.client("secretsmanager").create_secret(Name="app/jwt", SecretString=text)
    result = run_module(MODULE, SIGNING)
    assert result["secret"]["changed_keys"] == ["key_id", "public_key"]
    assert stored(account, "app/jwt")["private_key"] == private
    assert stored(account, "app/jwt")["note"] == "mine"
    assert not run_module(MODULE, SIGNING).changed


def test_absent_and_back_again(account: Any, run_module: RunModule) -> None:
    first = run_module(MODULE, SIGNING)
    gone = {"name": "app/jwt", "state": "absent", "recovery_window": 7}
    assert run_module(MODULE, gone, check=True).changed
    assert run_module(MODULE, gone).changed
    assert not run_module(MODULE, gone).changed
    restored = run_module(MODULE, SIGNING)
    assert restored.changed, restored.msg
    assert restored["key_id"] == first["key_id"]


def test_bad_input(account: Any, run_module: RunModule) -> None:
    result = run_module(MODULE, {"name": "x", "keep_previous": 11})
    assert "from 0 to 10" in result.msg
    account.client("secretsmanager").create_secret(Name="app/jwt", SecretString=json.dumps({"private_key": "no key"}))
    result = run_module(MODULE, SIGNING)
    assert result.failed
    assert "its private_key cannot be used" in result.msg
    assert run_module(MODULE, {**SIGNING, "rotate": True}).changed
