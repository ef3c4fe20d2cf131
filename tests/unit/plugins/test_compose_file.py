# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Compose file a list of services makes."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.stratum.aws.plugins.filter.compose_file import compose_file


def _service(**settings: Any) -> dict[str, Any]:
    (service,) = compose_file([{"name": "api", "image": "api:1", **settings}], volumes=["data"])["services"].values()
    return dict(service)


def test_what_is_not_set_is_not_mentioned() -> None:
    assert compose_file([{"name": "api", "image": "${ECR_REGISTRY}/api:${TAG}"}]) == {
        "services": {"api": {"image": "${ECR_REGISTRY}/api:${TAG}"}}
    }
    assert _service(ports=[], environment={}, health=None, secrets={}, logging={}) == {"image": "api:1"}


def test_everything() -> None:
    document = compose_file(
        [
            {
                "name": "nginx",
                "image": "nginx:alpine",
                "command": ["nginx", "-g", "daemon off;"],
                "ports": ["80:80", 443],
                "environment": {"PRICE": "5$", "ON": True, "COUNT": 3, "NONE": None},
                "secrets": {"TOKEN": {"secret": "token"}},
                "volumes": ["./nginx.conf:/etc/nginx/nginx.conf:ro", "data:/data"],
                "depends_on": ["api"],
                "cpus": "0.25",
                "memory": "256M",
                "restart": "always",
                "extra_hosts": ["db:10.0.20.5"],
            },
            {"name": "api", "image": "api:1"},
        ],
        volumes=["data"],
        extra_volumes={"nginx": ["data:/data", "./html:/html:ro"], "other": ["x:/x"]},
    )
    assert document["volumes"] == {"data": {}}
    assert document["services"]["nginx"] == {
        "image": "nginx:alpine",
        "command": ["nginx", "-g", "daemon off;"],
        "ports": ["80:80", "443"],
        "environment": {"PRICE": "5$$", "ON": "true", "COUNT": "3"},
        "env_file": ["./env/nginx.env"],
        "volumes": ["./nginx.conf:/etc/nginx/nginx.conf:ro", "data:/data", "./html:/html:ro"],
        "depends_on": ["api"],
        "extra_hosts": ["db:10.0.20.5"],
        "deploy": {"resources": {"limits": {"cpus": "0.25", "memory": "256M"}}},
        "restart": "always",
    }


def test_a_probe_by_path_and_port() -> None:
    check = _service(health={"path": "/actuator/health", "port": 8080, "timeout_seconds": 3, "test": None})["healthcheck"]
    assert check["test"] == ["CMD", "wget", "-q", "-T", "3", "-O", "/dev/null", "http://127.0.0.1:8080/actuator/health"]
    assert (check["interval"], check["timeout"], check["retries"], check["start_period"]) == ("10s", "3s", 6, "60s")


@pytest.mark.parametrize(
    ("test", "written"),
    [
        ("test $HOME", ["CMD-SHELL", "test $$HOME"]),
        (["redis-cli", "ping"], ["CMD", "redis-cli", "ping"]),
        (["CMD-SHELL", "true"], ["CMD-SHELL", "true"]),
    ],
)
def test_a_probe_of_ones_own(test: Any, written: list[str]) -> None:
    assert _service(health={"test": test, "port": 1})["healthcheck"]["test"] == written


def test_a_service_has_its_own_log_stream() -> None:
    logging = {"driver": "awslogs", "options": {"awslogs-group": "/shop", "awslogs-region": "us-east-1"}}
    services: list[dict[str, Any]] = [
        {"name": "api", "image": "i"},
        {"name": "web", "image": "i", "logging": {"options": {"tag": "{{.Name}}", "mode": "blocking"}}},
        {"name": "quiet", "image": "i", "logging": {"driver": "json-file", "options": {"max-size": "1m"}}},
    ]
    written = {name: service["logging"] for name, service in compose_file(services, logging=logging)["services"].items()}
    common = {"awslogs-group": "/shop", "awslogs-region": "us-east-1", "max-buffer-size": "4m"}
    assert written["api"] == {"driver": "awslogs", "options": {**common, "mode": "non-blocking", "awslogs-stream": "api"}}
    assert written["web"] == {"driver": "awslogs", "options": {**common, "mode": "blocking", "tag": "{{.Name}}"}}
    assert written["quiet"] == {"driver": "json-file", "options": {"max-size": "1m"}}


@pytest.mark.parametrize(
    ("services", "message"),
    [
        ([{"image": "i"}], "number 1 has no name"),
        ([{"name": "a"}], "a has no image"),
        ([{"name": "a", "image": "i"}, {"name": "a", "image": "i"}], "a is in the list more than once"),
        ([{"name": "a", "image": "i", "depends_on": ["b"]}], "a depends on b, which is not in the list"),
        ([{"name": "a", "image": "i", "volumes": ["b:/b"]}], "a uses the volume b, which is not among the volumes"),
        ([{"name": "a", "image": "i", "health": {"path": "/"}}], "a needs a port or a test"),
    ],
)
def test_what_is_wrong_is_named(services: list[dict[str, Any]], message: str) -> None:
    with pytest.raises(AnsibleFilterError, match=message):
        compose_file(services)
