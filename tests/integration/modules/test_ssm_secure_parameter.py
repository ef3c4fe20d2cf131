# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A parameter whose value is somebody else's."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.modules.running import RunModule

pytestmark = pytest.mark.integration

MODULE = "ssm_secure_parameter"
OPTIONS: dict[str, Any] = {
    "name": "/kubernetes/join",
    "initial_value": "none yet",
    "description": "The token",
    "tags": {"Environment": "prod"},
}


def test_its_value_is_written_once_and_never_read(account: Any, run_module: RunModule) -> None:
    ssm = account.client("ssm")
    assert run_module(MODULE, OPTIONS, check=True).changed
    assert ssm.describe_parameters()["Parameters"] == []
    first = run_module(MODULE, OPTIONS)
    assert first.changed, first.msg
    found = ssm.get_parameter(Name="/kubernetes/join", WithDecryption=True)["Parameter"]
    assert (found["Type"], found["Value"]) == ("SecureString", "none yet")
    ssm.put_parameter(Name="/kubernetes/join", Value="secret", Type="SecureString", Overwrite=True)
    again = run_module(MODULE, {**OPTIONS, "initial_value": "other", "description": "Other"})
    assert not again.changed
    assert again["parameter"]["version"] == 2
    assert ssm.get_parameter(Name="/kubernetes/join", WithDecryption=True)["Parameter"]["Value"] == "secret"


def test_tags_and_absence(account: Any, run_module: RunModule) -> None:
    run_module(MODULE, OPTIONS)
    tagged = {**OPTIONS, "tags": {"Environment": "dev"}}
    assert run_module(MODULE, tagged, check=True, diff=True)["diff"]["before"] == {"tags": {"Environment": "prod"}}
    assert run_module(MODULE, tagged).changed
    assert not run_module(MODULE, tagged).changed
    gone = {"name": "/kubernetes/join", "state": "absent"}
    assert run_module(MODULE, gone, check=True).changed
    assert run_module(MODULE, gone).changed
    assert not run_module(MODULE, gone).changed
    assert "needs initial_value" in run_module(MODULE, {"name": "/kubernetes/join"}).msg
    account.client("ssm").put_parameter(Name="/kubernetes/join", Value="text", Type="String")
    assert "of the type String" in run_module(MODULE, OPTIONS).msg
