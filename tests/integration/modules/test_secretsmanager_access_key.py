# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An access key that is made when there is none, kept in a secret, rotated, and deleted with it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.integration.modules.running import RunModule, run

pytestmark = pytest.mark.integration

MODULE = "secretsmanager_access_key"
KEY: dict[str, Any] = {"name": "app/storage", "user": "app-storage", "description": "Files", "tags": {"Environment": "prod"}}


@pytest.fixture
def user(account: Any) -> Any:
    """The user, and a short way to its keys."""
    account.client("iam").create_user(UserName="app-storage")
    return account


def stored(account: Any) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(account.client("secretsmanager").get_secret_value(SecretId="app/storage")["SecretString"])
    return value


def keys(account: Any) -> dict[str, str]:
    """Return the status of each key, by id."""
    return {
        each["AccessKeyId"]: each["Status"] for each in account.client("iam").list_access_keys(UserName="app-storage")["AccessKeyMetadata"]
    }


def used_key(account: Any) -> str:
    """Make a key beside the module's, sign something with it, and return its id."""
    made = account.client("iam").create_access_key(UserName="app-storage")["AccessKey"]
    account.client("sts", aws_access_key_id=made["AccessKeyId"], aws_secret_access_key=made["SecretAccessKey"]).get_caller_identity()
    identifier: str = made["AccessKeyId"]
    return identifier


def test_check_mode_makes_nothing(user: Any, account: Any, run_module: RunModule) -> None:
    for _unused in range(2):
        result = run_module(MODULE, KEY, check=True)
        assert result.changed, result.msg
        assert result["secret"]["access_key_id"] is None
    assert keys(account) == {}
    assert account.client("secretsmanager").list_secrets()["SecretList"] == []
    # In a plan of an empty account there is no user yet.
    account.client("iam").delete_user(UserName="app-storage")
    assert run_module(MODULE, KEY, check=True).changed


def test_a_key_is_made_once_and_its_secret_never_told(user: Any, account: Any, run_module: RunModule) -> None:
    first = run_module(MODULE, KEY, diff=True)
    assert first.changed, first.msg
    value = stored(account)
    assert set(value) == {"access_key_id", "secret_access_key"}
    assert keys(account) == {value["access_key_id"]: "Active"}
    assert first["secret"]["access_key_id"] == value["access_key_id"]
    assert first["secret"]["changed_keys"] == ["access_key_id", "secret_access_key"]
    assert first["secret"]["tags"] == {"Environment": "prod"}
    assert value["secret_access_key"] not in json.dumps(first)
    second = run_module(MODULE, {**KEY, "rotate_after_days": 90})
    assert not second.changed, second
    assert stored(account) == value
    assert run_module(MODULE, {**KEY, "description": "All files"}).changed
    assert stored(account) == value


def test_a_rotation_keeps_the_old_key_for_a_while_and_deletes_it_the_next_time(user: Any, account: Any, run_module: RunModule) -> None:
    run_module(MODULE, KEY)
    first = stored(account)
    planned = run_module(MODULE, {**KEY, "rotate": True}, check=True, diff=True)
    assert planned.changed
    assert planned["secret"]["access_key_id"] is None
    assert stored(account) == first
    rotated = run_module(MODULE, {**KEY, "rotate": True})
    second = stored(account)
    assert rotated["secret"]["previous_active"] is True
    assert second["previous_access_key_id"] == first["access_key_id"]
    assert second["secret_access_key"] != first["secret_access_key"]
    assert keys(account) == {first["access_key_id"]: "Active", second["access_key_id"]: "Active"}
    assert not run_module(MODULE, KEY).changed
    # As if the day were over.
    over = {**KEY, "keep_previous_hours": 0}
    assert run_module(MODULE, over, check=True).changed
    assert keys(account)[first["access_key_id"]] == "Active"
    done = run_module(MODULE, over)
    assert done.changed
    assert done["secret"]["previous_active"] is False
    assert keys(account) == {first["access_key_id"]: "Inactive", second["access_key_id"]: "Active"}
    assert not run_module(MODULE, over).changed
    run_module(MODULE, {**over, "rotate": True})
    assert keys(account) == {second["access_key_id"]: "Inactive", stored(account)["access_key_id"]: "Active"}


@pytest.mark.parametrize("how", ["delete", "deactivate"])
def test_a_key_that_no_longer_works_is_replaced(user: Any, account: Any, run_module: RunModule, how: str) -> None:
    run_module(MODULE, KEY)
    old, iam = stored(account)["access_key_id"], account.client("iam")
    named = {"UserName": "app-storage", "AccessKeyId": old}
    if how == "delete":
        iam.delete_access_key(**named)
    else:
        iam.update_access_key(**named, Status="Inactive")
    result = run_module(MODULE, KEY, diff=True)
    assert result.changed, result.msg
    assert stored(account)["access_key_id"] != old
    assert keys(account)[stored(account)["access_key_id"]] == "Active"
    assert not run_module(MODULE, KEY).changed


def test_other_keys_of_the_object_stay(user: Any, account: Any, run_module: RunModule) -> None:
    account.client("secretsmanager").create_secret(Name="app/storage", SecretString=json.dumps({"endpoint": "https://s3"}))
    run_module(MODULE, KEY)
    assert stored(account)["endpoint"] == "https://s3"


def test_absent_and_back_again(user: Any, account: Any, run_module: RunModule) -> None:
    run_module(MODULE, KEY)
    run_module(MODULE, {**KEY, "rotate": True})
    old = stored(account)["access_key_id"]
    gone = {"name": "app/storage", "user": "app-storage", "state": "absent", "recovery_window": 7}
    assert run_module(MODULE, gone, check=True).changed
    assert len(keys(account)) == 2
    assert run_module(MODULE, gone).changed
    assert keys(account) == {}
    assert not run_module(MODULE, gone).changed
    restored = run_module(MODULE, KEY)
    assert restored.changed, restored.msg
    assert stored(account)["access_key_id"] != old
    assert keys(account) == {stored(account)["access_key_id"]: "Active"}
    assert not run_module(MODULE, KEY).changed
    # A user that is gone has no keys, and does not keep the secret.
    account.client("iam").delete_access_key(UserName="app-storage", AccessKeyId=stored(account)["access_key_id"])
    account.client("iam").delete_user(UserName="app-storage")
    assert run_module(MODULE, {**gone, "recovery_window": 0}).changed
    assert account.client("secretsmanager").list_secrets()["SecretList"] == []


def test_bad_input(account: Any, run_module: RunModule) -> None:
    assert "rotate_after_days must be 0 or more" in run_module(MODULE, {**KEY, "rotate_after_days": -1}).msg
    result = run_module(MODULE, KEY)
    assert result.failed
    assert "Access key app/storage: CreateAccessKey failed. Create the user first, or correct its name." in result.msg
    assert account.client("secretsmanager").list_secrets()["SecretList"] == []
    iam = account.client("iam")
    iam.create_user(UserName="app-storage")
    strangers = [used_key(account) for _unused in range(2)]
    result = run_module(MODULE, KEY)
    assert result.failed
    assert "has 2 access keys, the most that AWS allows" in result.msg
    assert all(each in result.msg for each in strangers)
    assert set(keys(account)) == set(strangers)


def test_keys_that_killed_runs_have_left_go_with_the_next_one(user: Any, account: Any, run_module: RunModule) -> None:
    # Each was made and never stored.
    for _unused in range(2):
        account.client("iam").create_access_key(UserName="app-storage")
    assert run_module(MODULE, KEY).changed
    assert list(keys(account)) == [stored(account)["access_key_id"]]


def test_a_key_that_could_not_be_stored_is_deleted_again(user: Any, account: Any, run_module: RunModule) -> None:
    # No tag has an empty name.
    result = run_module(MODULE, {**KEY, "tags": {"": "x"}})
    assert result.failed, result
    assert keys(account) == {}


def test_a_user_goes_with_its_keys(user: Any, account: Any, run_module: RunModule) -> None:
    run_module(MODULE, KEY)
    gone = run("amazon.aws.iam_user", {"name": "app-storage", "state": "absent"}, account.environment, check=False, diff=False)
    assert gone.changed, gone.msg
    assert account.client("iam").list_users()["Users"] == []
