# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A function with its versions, and its aliases, over their whole lives."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.integration.modules.running import RunModule

pytestmark = pytest.mark.integration

NAME = "shop-orders"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


@pytest.fixture
def role(account: Any) -> str:
    """The ARN of a role that Lambda may take on."""
    arn: str = account.client("iam").create_role(RoleName="shop-orders", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    return arn


@pytest.fixture
def wanted(role: str, tmp_path: Path) -> dict[str, Any]:
    """The options of a function whose code is a directory."""
    (tmp_path / "index.js").write_text("exports.handler = async () => 1\n")
    return {
        "name": NAME,
        "source_directory": str(tmp_path),
        "runtime": "nodejs20.x",
        "handler": "index.handler",
        "role_arn": role,
        "memory_size": 256,
        "timeout": 10,
        "tracing": "Active",
        "environment": {"TABLE": "orders", "LIMIT": 3},
        "kms_key_arn": "arn:aws:kms:ca-central-1:123456789012:key/01234567-89ab-cdef-0123-456789abcdef",
        "log_format": "JSON",
        "system_log_level": "WARN",
        "ephemeral_storage": 1024,
        "publish": True,
        "tags": {"Project": "shop"},
    }


def stored(account: Any, qualifier: str = "$LATEST") -> dict[str, Any]:
    answer: dict[str, Any] = account.client("lambda").get_function_configuration(FunctionName=NAME, Qualifier=qualifier)
    return answer


def versions(account: Any) -> list[str]:
    return [each["Version"] for each in account.client("lambda").list_versions_by_function(FunctionName=NAME)["Versions"]]


def test_a_function(account: Any, run_module: RunModule, wanted: dict[str, Any], tmp_path: Path) -> None:
    planned = run_module("lambda_function", wanted, check=True, diff=True)
    assert planned["function"]["version"] == "1", planned
    assert account.client("lambda").list_functions()["Functions"] == []
    first = run_module("lambda_function", wanted)
    assert first.changed, first
    assert first["function"]["version"] == "1"
    assert first["function"]["arn"].endswith(f":function:{NAME}")
    found = stored(account)
    assert found["Environment"]["Variables"] == {"TABLE": "orders", "LIMIT": "3"}
    assert found["TracingConfig"] == {"Mode": "Active"}
    assert found["LoggingConfig"]["SystemLogLevel"] == "WARN"
    assert found["KMSKeyArn"] == wanted["kms_key_arn"]
    assert found["EphemeralStorage"] == {"Size": 1024}
    again = run_module("lambda_function", wanted)
    assert not again.changed, again
    assert again["function"] == first["function"]
    assert not run_module("lambda_function", {"name": NAME}).changed

    # The configuration changes: one version more, and the former one stays as it is.
    slower = {**wanted, "timeout": 20, "environment": {"TABLE": "orders"}, "tracing": "PassThrough", "reserved_concurrency": 50}
    planned = run_module("lambda_function", slower, check=True, diff=True)
    assert planned["diff"]["before"]["timeout"] == 10
    assert planned["diff"]["after"]["version"] == "2"
    changed = run_module("lambda_function", slower)
    assert changed["function"]["version"] == "2", changed
    assert (stored(account)["Timeout"], stored(account, "1")["Timeout"]) == (20, 10)
    assert stored(account)["TracingConfig"] == {"Mode": "PassThrough"}
    assert stored(account, "1")["Environment"]["Variables"]["LIMIT"] == "3"
    assert account.client("lambda").get_function_concurrency(FunctionName=NAME)["ReservedConcurrentExecutions"] == 50
    assert not run_module("lambda_function", slower).changed

    # The code changes; what is left out of the package does not count.
    (tmp_path / "test").mkdir()
    (tmp_path / "test" / "index.test.js").write_text("// test\n")
    assert not run_module("lambda_function", {**slower, "exclude": ["test"]}).changed
    before = stored(account)["CodeSha256"]
    (tmp_path / "index.js").write_text("exports.handler = async () => 2\n")
    newer = {**slower, "exclude": ["test"], "reserved_concurrency": -1, "tags": {"Project": "store"}}
    assert run_module("lambda_function", newer)["function"]["version"] == "3"
    assert stored(account)["CodeSha256"] != before
    assert stored(account, "2")["CodeSha256"] == before
    assert "ReservedConcurrentExecutions" not in account.client("lambda").get_function_concurrency(FunctionName=NAME)
    assert account.client("lambda").list_tags(Resource=changed["function"]["arn"])["Tags"] == {"Project": "store"}
    assert not run_module("lambda_function", newer).changed

    # What somebody changed and did not publish is mended and published.
    account.client("lambda").update_function_configuration(FunctionName=NAME, MemorySize=512)
    assert run_module("lambda_function", newer, diff=True)["diff"]["before"]["memory_size"] == 512
    assert not run_module("lambda_function", newer).changed

    gone = {"name": NAME, "state": "absent"}
    assert run_module("lambda_function", gone, check=True).changed
    assert run_module("lambda_function", gone).changed
    assert account.client("lambda").list_functions()["Functions"] == []
    assert not run_module("lambda_function", gone).changed


def test_code_from_a_file_and_from_a_bucket(account: Any, run_module: RunModule, wanted: dict[str, Any], tmp_path: Path) -> None:
    package = tmp_path / "package.zip"
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("index.js", "exports.handler = async () => 3\n")
    options = {key: value for key, value in wanted.items() if key not in ("source_directory", "kms_key_arn")}
    from_file = {**options, "zip_file": str(package)}
    assert run_module("lambda_function", from_file).changed
    assert not run_module("lambda_function", from_file).changed
    s3 = account.client("s3")
    s3.create_bucket(Bucket="code", CreateBucketConfiguration={"LocationConstraint": "ca-central-1"})
    s3.put_object(Bucket="code", Key="orders.zip", Body=package.read_bytes())
    from_bucket = {**options, "s3_bucket": "code", "s3_key": "orders.zip", "s3_object_version": "first"}
    first = run_module("lambda_function", from_bucket)
    assert first["function"]["tags"]["stratum:source"] == "code/orders.zip@first", first
    assert not run_module("lambda_function", from_bucket).changed


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"source_directory": "/nowhere"}, "its code cannot be read"),
        ({"source_directory": None}, "a new function needs code"),
        ({"runtime": None}, "a new function needs runtime"),
        ({"memory_size": 64}, "Function shop-orders: "),
        ({"subnet_ids": ["subnet-1"]}, "security_group_ids"),
        ({"reserved_concurrency": 950}, "below its minimum value of [100]"),
    ],
)
def test_bad_input(run_module: RunModule, wanted: dict[str, Any], options: dict[str, Any], message: str) -> None:
    result = run_module("lambda_function", {**wanted, **options})
    assert result.failed, result
    assert message in result.msg


def test_an_alias(account: Any, run_module: RunModule, wanted: dict[str, Any]) -> None:
    alias = {"name": "live", "function_name": NAME, "description": "What is called"}
    assert run_module("lambda_function", {**wanted, "publish": False})["function"]["version"] == "$LATEST"
    assert "no version yet" in run_module("lambda_alias_routing", alias).msg
    run_module("lambda_function", wanted)
    assert run_module("lambda_alias_routing", alias, check=True)["alias"]["version"] == "1"
    first = run_module("lambda_alias_routing", alias)
    assert first["alias"]["arn"].endswith(f":{NAME}:live"), first
    assert not run_module("lambda_alias_routing", alias).changed
    run_module("lambda_function", {**wanted, "timeout": 20})
    moved = run_module("lambda_alias_routing", alias, diff=True)
    assert moved["diff"] == {"before": {"version": "1"}, "after": {"version": "2"}}
    tried = {**alias, "version": "1", "routing": {"2": 0.1}}
    assert run_module("lambda_alias_routing", tried)["alias"]["routing"] == {"2": 0.1}
    assert not run_module("lambda_alias_routing", tried).changed
    assert run_module("lambda_alias_routing", {**alias, "routing": {}})["alias"] == {**first["alias"], "version": "2"}
    assert "Name published versions" in run_module("lambda_alias_routing", {**tried, "routing": {"2": 3}}).msg
    gone = {"name": "live", "function_name": NAME, "state": "absent"}
    assert run_module("lambda_alias_routing", gone, check=True).changed
    assert run_module("lambda_alias_routing", gone).changed
    assert not run_module("lambda_alias_routing", gone).changed


def test_permissions_are_those_of_a_qualifier(account: Any, run_module: RunModule, wanted: dict[str, Any]) -> None:
    run_module("lambda_function", wanted)
    run_module("lambda_alias_routing", {"name": "live", "function_name": NAME})
    permission = {
        "function_name": NAME,
        "alias": "live",
        "statement_id": "api",
        "action": "lambda:InvokeFunction",
        "principal": "apigateway.amazonaws.com",
        "source_arn": "arn:aws:execute-api:ca-central-1:123456789012:abcdef1234/*/GET/orders",
    }
    assert run_module("amazon.aws.lambda_policy", permission).changed
    assert not run_module("amazon.aws.lambda_policy", permission).changed
    client = account.client("lambda")
    assert "api" in client.get_policy(FunctionName=NAME, Qualifier="live")["Policy"]
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.get_policy(FunctionName=NAME)
    # It stays when the alias moves on.
    run_module("lambda_function", {**wanted, "timeout": 20})
    run_module("lambda_alias_routing", {"name": "live", "function_name": NAME})
    assert not run_module("amazon.aws.lambda_policy", permission).changed
    assert run_module("amazon.aws.lambda_policy", {**permission, "state": "absent"}).changed
