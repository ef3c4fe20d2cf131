# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A secret whose value is generated when it has none."""

from __future__ import annotations

import json
from typing import Any

import bcrypt
import pytest

from tests.integration.modules.running import RunModule

pytestmark = pytest.mark.integration

MODULE = "secretsmanager_random_secret"
PLAIN: dict[str, Any] = {"name": "app/token", "length": 40, "exclude_punctuation": True, "tags": {"Environment": "prod"}}
DATABASE: dict[str, Any] = {"name": "app/db", "template": {"username": "speckle", "port": 5432}}


def stored(account: Any, name: str) -> str:
    return str(account.client("secretsmanager").get_secret_value(SecretId=name)["SecretString"])


def test_check_mode_generates_nothing(account: Any, run_module: RunModule) -> None:
    result = run_module(MODULE, DATABASE, check=True)
    assert result.changed, result.msg
    assert result["value"] is None
    assert result["secret_json"] == {"username": "speckle", "port": 5432, "password": None}
    assert account.client("secretsmanager").list_secrets()["SecretList"] == []


def test_a_plain_value_is_generated_once(account: Any, run_module: RunModule) -> None:
    first = run_module(MODULE, PLAIN)
    assert first.changed, first.msg
    assert first["value"] == stored(account, "app/token")
    assert len(first["value"]) == 40
    assert first["value"].isalnum()
    assert first["value"] not in json.dumps(first["diff"])
    second = run_module(MODULE, PLAIN)
    assert not second.changed
    assert second["value"] == first["value"]
    assert second["secret"]["version_id"] == first["secret"]["version_id"]
    assert "secret_json" not in second


def test_template_keys_follow_and_the_generated_one_stays(account: Any, run_module: RunModule) -> None:
    value = run_module(MODULE, DATABASE)["value"]
    assert json.loads(stored(account, "app/db")) == {"username": "speckle", "port": 5432, "password": value}
    assert not run_module(MODULE, DATABASE).changed
    wanted = {**DATABASE, "template": {"username": "speckle", "port": 5433}}
    checked = run_module(MODULE, wanted, check=True, diff=True)
    assert checked["diff"]["after"] == {"changed_keys": ["port"], "version_id": None}
    assert checked["value"] == value
    assert json.loads(stored(account, "app/db"))["port"] == 5432
    changed = run_module(MODULE, wanted)
    assert changed["secret"]["changed_keys"] == ["port"]
    assert changed["secret_json"] == {"username": "speckle", "port": 5433, "password": value}
    assert json.loads(stored(account, "app/db")) == changed["secret_json"]
    assert not run_module(MODULE, wanted).changed


def test_keys_of_others_stay(account: Any, run_module: RunModule) -> None:
    text = json.dumps({"password": "by hand", "host": "db.example.com"})
    account.client("secretsmanager").create_secret(Name="app/db", SecretString=text)
    assert run_module(MODULE, DATABASE)["value"] == "by hand"
    assert json.loads(stored(account, "app/db"))["host"] == "db.example.com"


def test_force_rotate_generates_anew(account: Any, run_module: RunModule) -> None:
    value = run_module(MODULE, DATABASE)["value"]
    rotated = run_module(MODULE, {**DATABASE, "force_rotate": True})
    assert rotated.changed
    assert rotated["value"] != value
    assert rotated["secret"]["changed_keys"] == ["password"]
    assert json.loads(stored(account, "app/db"))["password"] == rotated["value"]


def test_a_hash_lies_beside_its_value(account: Any, run_module: RunModule) -> None:
    wanted = {"name": "app/admin", "template": {"email": "admin@example.com"}, "hash": {"rounds": 4}}
    planned = run_module(MODULE, wanted, check=True)
    assert planned["secret"]["changed_keys"] == ["email", "password", "password_hash"]
    assert planned["secret_json"]["password_hash"] is None
    made = run_module(MODULE, wanted)
    assert made.changed, made.msg
    value = json.loads(stored(account, "app/admin"))
    assert bcrypt.checkpw(value["password"].encode(), value["password_hash"].encode())
    assert value["password_hash"].startswith("$2b$04$")
    assert not run_module(MODULE, wanted).changed
    # Somebody replaces the password by hand: the hash follows, the password stays.
    by_hand = {**value, "password": "by hand"}
    account.client("secretsmanager").put_secret_value(SecretId="app/admin", SecretString=json.dumps(by_hand))
    followed = run_module(MODULE, wanted)
    assert followed["secret"]["changed_keys"] == ["password_hash"]
    value = json.loads(stored(account, "app/admin"))
    assert value["password"] == "by hand"
    assert bcrypt.checkpw(b"by hand", value["password_hash"].encode())
    rotated = run_module(MODULE, {**wanted, "force_rotate": True})
    assert rotated["secret"]["changed_keys"] == ["password", "password_hash"]
    value = json.loads(stored(account, "app/admin"))
    assert bcrypt.checkpw(value["password"].encode(), value["password_hash"].encode())


def test_tags_and_description_change_without_a_new_version(account: Any, run_module: RunModule) -> None:
    before = run_module(MODULE, PLAIN)
    wanted = {**PLAIN, "description": "Token", "tags": {"Owner": "platform"}}
    after = run_module(MODULE, wanted, diff=True)
    assert after["diff"]["after"] == {"description": "Token", "tags": {"Owner": "platform"}}
    assert after["secret"]["tags"] == {"Owner": "platform"}
    assert after["value"] == before["value"]
    assert not run_module(MODULE, wanted).changed


def test_absent_and_back_again(account: Any, run_module: RunModule) -> None:
    value = run_module(MODULE, DATABASE)["value"]
    gone = {"name": "app/db", "state": "absent", "recovery_window": 7}
    assert run_module(MODULE, gone, check=True).changed
    assert run_module(MODULE, gone).changed
    assert not run_module(MODULE, gone).changed
    wanted = {**DATABASE, "template": {"username": "other"}}
    assert run_module(MODULE, wanted, check=True)["secret"]["deletion_date"] is None
    restored = run_module(MODULE, wanted)
    assert restored.changed, restored.msg
    assert restored["secret_json"] == {"username": "other", "port": 5432, "password": value}
    assert not run_module(MODULE, wanted).changed


def test_deletion_for_good(account: Any, run_module: RunModule) -> None:
    run_module(MODULE, PLAIN)
    gone = {"name": "app/token", "state": "absent", "recovery_window": 0}
    assert run_module(MODULE, gone).changed
    assert not run_module(MODULE, gone).changed
    assert account.client("secretsmanager").list_secrets(IncludePlannedDeletion=True)["SecretList"] == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"name": "x", "length": 3}, "length must be from 4 to 4096"),
        ({"name": "x", "state": "absent", "recovery_window": 3}, "from 7 to 30 days"),
        ({"name": "x", "template": {"password": "mine"}}, "template sets the key that is generated"),
        ({"name": "x", "hash": {}}, "hash needs template"),
        ({"name": "x", "template": {}, "hash": {}, "length": 73}, "72 characters at most"),
        ({"name": "x", "template": {}, "hash": {"rounds": 3}}, "from 4 to 16"),
        ({"name": "x", "template": {"digest": "x"}, "hash": {"key": "digest"}}, "hash.key is a key of template"),
    ],
)
def test_bad_input(account: Any, run_module: RunModule, options: dict[str, Any], message: str) -> None:
    result = run_module(MODULE, options)
    assert result.failed
    assert message in result.msg


def test_a_text_that_is_no_json_object_is_not_replaced(account: Any, run_module: RunModule) -> None:
    account.client("secretsmanager").create_secret(Name="app/db", SecretString="plain")
    result = run_module(MODULE, DATABASE)
    assert result.failed
    assert "no JSON object" in result.msg
    assert stored(account, "app/db") == "plain"
