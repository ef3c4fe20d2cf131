# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The configuration of nginx that compose_host writes: it holds the one it was made from, whole, and what an operator expects beside it."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from tests.role_templates import ROLES, render

# What somebody wrote by hand, and the role's values are to give again.
WANTED = """
events {
    worker_connections 1024;
}

http {
    # Rate limiting
    limit_req_zone $binary_remote_addr zone=general:10m rate=30r/s;
    limit_req_zone $binary_remote_addr zone=auth:10m rate=5r/s;

    upstream api_gateway {
        server api-gateway:8080;
    }

    upstream web_app {
        server web-app:3000;
    }

    # Redirect HTTP to HTTPS
    server {
        listen 80;
        server_name accountabilityatlas.com www.accountabilityatlas.com;
        return 301 https://$host$request_uri;
    }

    server {
        listen 443 ssl;
        server_name accountabilityatlas.com www.accountabilityatlas.com;

        ssl_certificate /etc/letsencrypt/live/accountabilityatlas.com/fullchain.pem;
        ssl_certificate_key /etc/letsencrypt/live/accountabilityatlas.com/privkey.pem;
        ssl_protocols TLSv1.2 TLSv1.3;
        ssl_prefer_server_ciphers on;

        # API routes
        location /api/ {
            limit_req zone=general burst=20 nodelay;
            proxy_pass http://api_gateway;
            proxy_set_header Host $host;
            proxy_set_header X-Real-IP $remote_addr;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            proxy_set_header X-Forwarded-Proto $scheme;
        }

        # Auth routes (stricter rate limiting)
        location /api/v1/auth/ {
            limit_req zone=auth burst=5 nodelay;
            proxy_pass http://api_gateway;
            proxy_set_header Host $host;
            proxy_set_header X-Real-IP $remote_addr;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            proxy_set_header X-Forwarded-Proto $scheme;
        }

        # Web application (everything else)
        location / {
            limit_req zone=general burst=20 nodelay;
            proxy_pass http://web_app;
            proxy_set_header Host $host;
            proxy_set_header X-Real-IP $remote_addr;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            proxy_set_header X-Forwarded-Proto $scheme;
        }
    }
}
"""
PROXY: dict[str, Any] = {
    "server_names": ["accountabilityatlas.com", "www.accountabilityatlas.com"],
    "zones": [{"name": "general", "rate": "30r/s", "size": "10m"}, {"name": "auth", "rate": "5r/s"}],
    "upstreams": [{"name": "api_gateway", "servers": ["api-gateway:8080"]}, {"name": "web_app", "servers": ["web-app:3000"]}],
    "locations": [
        {"path": "/api/", "upstream": "api_gateway", "zone": "general", "burst": 20},
        {"path": "/api/v1/auth/", "upstream": "api_gateway", "zone": "auth", "burst": 5},
        {"path": "/", "upstream": "web_app", "zone": "general", "burst": 20},
    ],
}
Block = list[tuple[str, "Block | None"]]


def rendered(template: str = "nginx.conf.j2", **overrides: Any) -> str:
    variables = {"compose_host_proxy": PROXY | overrides, "compose_host_certificates": [{"name": "accountabilityatlas.com", "domains": []}]}
    return render("compose_host", template, variables)


def parsed(text: str) -> Block:
    """Return the directives of a configuration, each with the block that it opens."""
    without_comments = re.sub(r"^\s*#.*$", "", text, flags=re.MULTILINE)
    tokens = re.findall(r"""'[^']*'|"[^"]*"|[{};]|[^\s{};'"]+""", without_comments)
    stack: list[Block] = [[]]
    words: list[str] = []
    for token in tokens:
        if token == ";":
            stack[-1].append((" ".join(words), None))
        elif token == "{":
            inner: Block = []
            stack[-1].append((" ".join(words), inner))
            stack.append(inner)
        elif token == "}":
            stack.pop()
        if token in "{};":
            words = []
        else:
            words.append(token)
    assert len(stack) == 1
    return stack[0]


def missing(wanted: Block, there: Block, path: str = "") -> list[str]:
    """Return what a configuration lacks of another; blocks of one name are told apart by what they hold."""
    lacks: list[str] = []
    for name, block in wanted:
        alike = [inner for other, inner in there if other == name]
        if block is None:
            lacks += [] if None in alike else [f"{path}{name}"]
            continue
        found = [missing(block, inner, f"{path}{name} > ") for inner in alike if inner is not None]
        lacks += sorted(found, key=len)[0] if found else [f"{path}{name}"]
    return lacks


def block(text: str, *path: str) -> Block:
    """Return the first block on a path of directives."""
    found = parsed(text)
    for name in path:
        found = next(inner for other, inner in found if other == name and inner is not None)
    return found


def servers(text: str) -> list[Block]:
    return [inner for name, inner in block(text, "http") if name == "server" and inner is not None]


def test_everything_that_was_wanted_is_there_but_the_redirect_which_leaves_room_for_challenges() -> None:
    lacks = missing(parsed(WANTED), parsed(rendered()))
    assert lacks == ["http > server > return 301 https://$host$request_uri"]
    redirecting = servers(rendered())[0]
    assert ("listen 80", None) in redirecting
    assert ("location /", [("return 301 https://$host$request_uri", None)]) in redirecting


@pytest.mark.parametrize(
    ("change", "lost"),
    [
        ({"zones": [{"name": "general", "rate": "31r/s"}, {"name": "auth", "rate": "5r/s"}]}, "zone=general:10m rate=30r/s"),
        ({"tls_protocols": ["TLSv1.3"]}, "ssl_protocols TLSv1.2 TLSv1.3"),
        ({"locations": PROXY["locations"][:1]}, "location /api/v1/auth/"),
    ],
)
def test_the_comparison_sees_what_differs(change: dict[str, Any], lost: str) -> None:
    assert any(lost in line for line in missing(parsed(WANTED), parsed(rendered(**change))))


def test_unknown_names_get_no_certificate_and_no_redirect() -> None:
    by_listen = {directives[0][0]: directives for directives in servers(rendered())}
    assert ("ssl_reject_handshake on", None) in by_listen["listen 443 ssl default_server"]
    # Versions of TLS are decided before the name is known, by the default server.
    assert ("ssl_protocols TLSv1.2 TLSv1.3", None) in by_listen["listen 443 ssl default_server"]
    assert ("location /", [("return 444", None)]) in by_listen["listen 80 default_server"]


def test_the_health_path_and_the_challenges_are_where_they_are_promised() -> None:
    healthy = [directives[0][0] for directives in servers(rendered()) if any(name == "location = /healthz" for name, _inner in directives)]
    assert healthy == ["listen 80", "listen 80 default_server", "listen 443 ssl"]
    challenged = [directives[0][0] for directives in servers(rendered()) if any("acme-challenge" in name for name, _inner in directives)]
    assert challenged == ["listen 80", "listen 80 default_server"]
    assert "location = /up {" in rendered(health_path="/up")


def test_what_is_behind_a_variable_is_off_until_it_is_asked_for() -> None:
    plain = rendered()
    for word in ("Strict-Transport-Security", "set_real_ip_from", "Upgrade", "http2 on", "$connection_upgrade"):
        assert word not in plain


def test_what_is_asked_for_is_there() -> None:
    locations = [PROXY["locations"][0] | {"websocket": True}, *PROXY["locations"][1:]]
    text = rendered(
        hsts_seconds=300, trusted_proxies=["10.0.0.0/8"], locations=locations, http2=True, client_max_body_size="2m", gzip=False
    )
    assert 'add_header Strict-Transport-Security "max-age=300" always;' in text
    assert "set_real_ip_from 10.0.0.0/8;" in text
    assert "http2 on;" in text
    assert "client_max_body_size 2m;" in text
    assert "gzip on" not in text
    upgrading = [
        name for name, inner in servers(text)[3] if inner is not None and ("proxy_set_header Upgrade $http_upgrade", None) in inner
    ]
    assert upgrading == ["location /api/"]


def test_a_location_without_a_zone_is_not_limited_and_one_without_a_burst_has_none() -> None:
    text = rendered(locations=[{"path": "/", "upstream": "web_app"}, {"path": "/api/", "upstream": "api_gateway", "zone": "general"}])
    limits = [line.strip() for line in text.splitlines() if line.strip().startswith("limit_req ")]
    assert limits == ["limit_req zone=general;"]


def test_the_start_script_is_no_template_any_more() -> None:
    text = rendered("upstreams.sh.j2", wait_seconds=7)
    assert "wait_seconds=7" in text
    assert "{{" not in text


@pytest.mark.parametrize(
    ("proxy", "errors"), [({}, 0), (PROXY, 0), (PROXY | {"hsts": 1}, 1), (PROXY | {"locations": [{"path": "/"}]}, 1)]
)  # fmt: skip
def test_what_may_be_said_of_a_proxy(proxy: dict[str, Any], errors: int) -> None:
    specs = yaml.safe_load((ROLES / "compose_host" / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))
    spec = {"compose_host_proxy": specs["argument_specs"]["host"]["options"]["compose_host_proxy"]}
    assert len(ArgumentSpecValidator(spec).validate({"compose_host_proxy": proxy}).error_messages) == errors
