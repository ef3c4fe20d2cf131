# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rotation of a secret over its whole life."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest

from tests.integration.modules.running import RunModule

pytestmark = pytest.mark.integration


@pytest.fixture
def rotation(account: Any) -> dict[str, Any]:
    """A secret, and a function that Secrets Manager may not invoke yet."""
    account.client("secretsmanager").create_secret(Name="example/master", SecretString='{"password": "old"}')
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("rotate.py", "def handler(event, context):\n    pass\n")
    trust = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
    }
    role = account.client("iam").create_role(RoleName="rotate", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    code = {"ZipFile": archive.getvalue()}
    function = account.client("lambda").create_function(
        FunctionName="example-rotate", Runtime="python3.12", Role=role, Handler="rotate.handler", Code=code
    )
    return {"secret": "example/master", "function_arn": function["FunctionArn"], "schedule": "rate(30 days)"}


def allow(account: Any) -> None:
    account.client("lambda").add_permission(
        FunctionName="example-rotate", StatementId="secrets", Action="lambda:InvokeFunction", Principal="secretsmanager.amazonaws.com"
    )


def described(account: Any) -> dict[str, Any]:
    secret: dict[str, Any] = account.client("secretsmanager").describe_secret(SecretId="example/master")
    return secret


def test_a_rotation_over_its_life(account: Any, rotation: dict[str, Any], run_module: RunModule) -> None:
    assert run_module("secretsmanager_rotation", rotation, check=True).changed
    assert "RotationEnabled" not in described(account)
    allow(account)
    created = run_module("secretsmanager_rotation", rotation, diff=True)
    assert created.changed, created
    assert created["rotation"]["schedule"] == "rate(30 days)"
    assert created["rotation"]["days"] is None
    secret = described(account)
    assert secret["RotationEnabled"]
    assert secret["RotationLambdaARN"] == rotation["function_arn"]
    assert secret["RotationRules"] == {"ScheduleExpression": "rate(30 days)"}
    # The value is as it was: it was only tried whether it could be changed.
    assert list(secret["VersionIdsToStages"].values()) == [["AWSCURRENT"]]
    again = run_module("secretsmanager_rotation", rotation)
    assert not again.failed, again
    assert not again.changed, again
    sunday = {**rotation, "schedule": "cron(0 3 ? * SUN *)", "duration": "2h"}
    planned = run_module("secretsmanager_rotation", sunday, check=True, diff=True)
    assert planned["diff"]["before"] == {"schedule": "rate(30 days)", "duration": None}
    assert planned["diff"]["after"] == {"schedule": "cron(0 3 ? * SUN *)", "duration": "2h"}
    assert run_module("secretsmanager_rotation", sunday)["rotation"]["duration"] == "2h"
    assert not run_module("secretsmanager_rotation", sunday).changed
    days = {"secret": "example/master", "function_arn": rotation["function_arn"], "days": 14}
    assert run_module("secretsmanager_rotation", days)["rotation"]["days"] == 14
    assert not run_module("secretsmanager_rotation", days).changed
    gone = {"secret": "example/master", "state": "absent"}
    assert run_module("secretsmanager_rotation", gone, check=True).changed
    assert described(account)["RotationEnabled"]
    assert run_module("secretsmanager_rotation", gone).changed
    assert not described(account)["RotationEnabled"]
    assert not run_module("secretsmanager_rotation", gone).changed
    assert not run_module("secretsmanager_rotation", {**gone, "secret": "missing"}).changed


def test_a_function_that_may_not_be_invoked(rotation: dict[str, Any], run_module: RunModule, monkeypatch: pytest.MonkeyPatch) -> None:
    # The module waits a while for a permission that was given a moment ago.
    monkeypatch.setattr("ansible_collections.stratum.aws.plugins.module_utils._base.PROPAGATION_PAUSES", (0.0,))
    refused = run_module("secretsmanager_rotation", rotation)
    assert refused.failed
    assert "Let secretsmanager.amazonaws.com invoke the function" in refused.msg


def test_what_is_missing(rotation: dict[str, Any], run_module: RunModule) -> None:
    missing = run_module("secretsmanager_rotation", {**rotation, "secret": "missing"})
    assert missing.failed
    assert "Create the secret and the function first" in missing.msg


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"schedule": "rate(1 minute)"}, "schedule must be"),
        ({"duration": "90m"}, "whole hours"),
        ({"schedule": None, "days": 1001}, "from 1 to 1000"),
        ({"days": 3}, "mutually exclusive"),
    ],
)
def test_what_cannot_be(run_module: RunModule, wrong: dict[str, Any], said: str) -> None:
    function = "arn:aws:lambda:ca-central-1:123456789012:function:example-rotate"
    options = {"secret": "example/master", "function_arn": function, "schedule": "rate(30 days)", **wrong}
    result = run_module("secretsmanager_rotation", {key: value for key, value in options.items() if value is not None})
    assert result.failed
    assert said in result.msg
