# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Containers and permissions out of a service of an inventory."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.stratum.aws.plugins.filter.container_definitions import container_definitions
from ansible_collections.stratum.aws.plugins.filter.container_execution_statements import container_execution_statements

ARNS = {"shop/database": "arn:aws:secretsmanager:us-east-1:123456789012:secret:shop/database-AbCdEf"}
SERVICE: dict[str, Any] = {
    "name": "api",
    "port": 8080,
    "environment": {"B": True, "A": 1},
    "secrets": {"PASSWORD": {"secret": "shop/database", "key": "password"}, "ALL": {"secret": "shop/database"}},
    "health": {"path": "/health", "start_period_seconds": 60},
}


def made(**given: Any) -> list[dict[str, Any]]:
    return container_definitions({**SERVICE, **given}, "example/api:1", "/ecs/api", "us-east-1", ARNS, {"C": "x"}, "example/xray:3")


def test_a_container() -> None:
    (container,) = made()
    assert container["environment"] == [{"name": "A", "value": "1"}, {"name": "B", "value": "true"}, {"name": "C", "value": "x"}]
    assert container["secrets"] == [
        {"name": "ALL", "valueFrom": ARNS["shop/database"]},
        {"name": "PASSWORD", "valueFrom": f"{ARNS['shop/database']}:password::"},
    ]
    assert container["portMappings"] == [{"containerPort": 8080, "hostPort": 8080, "protocol": "tcp"}]
    check = container["healthCheck"]
    assert check["command"][0] == "CMD-SHELL"
    assert "http://localhost:8080/health" in check["command"][1]
    assert (check["interval"], check["timeout"], check["retries"], check["startPeriod"]) == (30, 5, 3, 60)
    assert container["logConfiguration"]["options"] == {
        "awslogs-group": "/ecs/api",
        "awslogs-region": "us-east-1",
        "awslogs-stream-prefix": "api",
    }


def test_what_is_not_said_is_not_there() -> None:
    (container,) = container_definitions({"name": "worker"}, "example/worker:1", "/ecs/worker", "us-east-1")
    assert container.keys() == {"name", "image", "essential", "environment", "secrets", "logConfiguration"}


def test_a_traced_service_has_a_daemon_that_may_end() -> None:
    own, daemon = made(tracing=True)
    assert {"name": "AWS_XRAY_DAEMON_ADDRESS", "value": "localhost:2000"} in own["environment"]
    assert (daemon["name"], daemon["image"], daemon["essential"]) == ("xray-daemon", "example/xray:3", False)
    assert daemon["portMappings"] == [{"containerPort": 2000, "hostPort": 2000, "protocol": "udp"}]


def test_more_of_a_container() -> None:
    (container,) = made(command=["run", 1], stop_timeout_seconds=90, read_only=True, health={"command": ["CMD", "/healthy"]})
    assert container["command"] == ["run", "1"]
    assert container["stopTimeout"] == 90
    assert container["readonlyRootFilesystem"] is True
    assert container["healthCheck"]["command"] == ["CMD", "/healthy"]


def test_what_cannot_be_is_said() -> None:
    with pytest.raises(AnsibleFilterError, match="takes TOKEN from the secret shop/none, which no layer has"):
        made(secrets={"TOKEN": {"secret": "shop/none"}})
    with pytest.raises(AnsibleFilterError, match="needs a command, or a path and the service a port"):
        made(port=None)
    with pytest.raises(AnsibleFilterError, match="needs the secret shop/database, which no layer has"):
        container_execution_statements(SERVICE, "arn:logs")


def test_ecs_may_do_what_it_takes_to_start_a_task() -> None:
    statements = container_execution_statements(
        SERVICE, "arn:aws:logs:us-east-1:1:log-group:/ecs/api:*", "arn:repository", ARNS, ["arn:key"]
    )
    assert {each["Sid"]: each["Resource"] for each in statements} == {
        "WriteLogs": "arn:aws:logs:us-east-1:1:log-group:/ecs/api:*",
        "LogInToTheRegistry": "*",
        "PullTheImage": "arn:repository",
        "ReadTheSecrets": [ARNS["shop/database"]],
        "DecryptTheSecrets": ["arn:key"],
    }
    assert [each["Sid"] for each in container_execution_statements({"name": "worker"}, "arn:logs")] == ["WriteLogs"]
