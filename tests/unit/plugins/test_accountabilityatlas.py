# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the inventory says of AccountabilityAtlas' host, against the compose file and the nginx configuration of its specification."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from tests.playbooks import ROOT

PULLED = "${ECR_REGISTRY}/acct-atlas-%s:${TAG}"
PROD = {"SPRING_PROFILES_ACTIVE": "prod"}
# Name: image, environment, limit of processors, limit of memory, port and path of the health check of phase 2's table.
SERVICES: dict[str, tuple[str, dict[str, str], str, str, int | None, str | None]] = {
    "nginx": ("nginx:alpine", {}, "0.25", "256M", 80, "/healthz"),
    "api-gateway": (PULLED % "api-gateway", PROD, "0.50", "1024M", 8080, "/actuator/health"),
    "user-service": (PULLED % "user-service", PROD, "0.50", "1024M", 8081, "/actuator/health"),
    "video-service": (PULLED % "video-service", PROD, "0.50", "1024M", 8082, "/actuator/health"),
    "location-service": (PULLED % "location-service", PROD, "0.50", "1024M", 8083, "/actuator/health"),
    "search-service": (PULLED % "search-service", {"SPRING_PROFILES_ACTIVE": "prod,fts"}, "0.50", "1024M", 8084, "/actuator/health"),
    "moderation-service": (PULLED % "moderation-service", PROD, "0.25", "512M", 8085, "/actuator/health"),
    "notification-service": (PULLED % "notification-service", PROD, "0.25", "512M", 8086, "/actuator/health"),
    "web-app": (PULLED % "web-app", {"NODE_ENV": "production"}, "0.50", "1024M", 3000, "/api/health"),
    "redis": ("redis:7-alpine", {}, "0.15", "640M", None, None),
}


@pytest.fixture(scope="module")
def system() -> dict[str, Any]:
    loaded: dict[str, Any] = {}
    for path in sorted((ROOT / "group_vars" / "accountabilityatlas").glob("*.yml")):
        loaded |= yaml.safe_load(path.read_text(encoding="utf-8"))
    return loaded


def test_the_ten_services(system: dict[str, Any]) -> None:
    found = {}
    for service in system["compose_host_services"]:
        health = service["health"]
        assert service["restart"] == "always"
        found[service["name"]] = (
            service["image"],
            service.get("environment", {}),
            service["cpus"],
            service["memory"],
            health.get("port"),
            health.get("path"),
        )
    assert found == SERVICES


def test_what_nginx_and_redis_have_beside(system: dict[str, Any]) -> None:
    services = {service["name"]: service for service in system["compose_host_services"]}
    assert services["nginx"]["ports"] == ["80:80", "443:443"]
    assert services["nginx"]["volumes"] == ["./nginx/nginx.conf:/etc/nginx/nginx.conf:ro", "./nginx/certs:/etc/letsencrypt:ro"]
    assert services["nginx"]["depends_on"] == ["api-gateway", "web-app"]
    assert services["redis"]["command"] == "redis-server --maxmemory 512mb --maxmemory-policy allkeys-lru"
    assert services["redis"]["volumes"] == ["redis-data:/data"]
    assert system["compose_host_volumes"] == ["redis-data"]
    assert {name for name, service in services.items() if "ports" in service} == {"nginx"}


def test_which_service_gets_which_secret(system: dict[str, Any]) -> None:
    got = {
        service["name"]: {name: wanted["secret"].rpartition("/")[2] for name, wanted in service.get("secrets", {}).items()}
        for service in system["compose_host_services"]
    }
    java = {name for name, (image, *_rest) in SERVICES.items() if "acct-atlas" in image and name != "web-app"}
    # The database's password: all services.
    assert {name for name, secrets in got.items() if "SPRING_DATASOURCE_PASSWORD" in secrets} == java
    own = {name: {env: secret for env, secret in secrets.items() if secret != "database"} for name, secrets in got.items()}
    assert {name: secrets for name, secrets in own.items() if secrets} == {
        "user-service": {"APP_JWT_PRIVATEKEY": "jwt", "ADMIN_EMAIL": "admin", "ADMIN_PASSWORD_HASH": "admin"},
        "video-service": {"YOUTUBE_API_KEY": "youtube"},
        "web-app": {"MAPBOX_ACCESS_TOKEN": "mapbox"},
    }


def test_the_rates_of_nginx(system: dict[str, Any]) -> None:
    proxy = system["compose_host_proxy"]
    assert proxy["worker_connections"] == 1024
    assert {zone["name"]: (zone["rate"], zone["size"]) for zone in proxy["zones"]} == {"general": ("30r/s", "10m"), "auth": ("5r/s", "10m")}
    assert {each["path"]: (each["upstream"], each["zone"], each["burst"]) for each in proxy["locations"]} == {
        "/api/": ("api_gateway", "general", 20),
        "/api/v1/auth/": ("api_gateway", "auth", 5),
        "/": ("web_app", "general", 20),
    }
    assert {each["name"]: each["servers"] for each in proxy["upstreams"]} == {
        "api_gateway": ["api-gateway:8080"],
        "web_app": ["web-app:3000"],
    }


def test_logs_go_to_one_group_without_the_option_that_docker_does_not_know(system: dict[str, Any]) -> None:
    assert system["compose_host_logging"]["driver"] == "awslogs"
    assert "awslogs-stream-prefix" not in system["compose_host_logging"]["options"]
    assert system["accountabilityatlas_log_group"] == "/accountabilityatlas/{{ environment_name }}"
