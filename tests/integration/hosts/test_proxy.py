# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What nginx does with the role's configuration: asked from another container, under load where a rate is promised."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import pytest

from tests.hosts.docker import docker

from .lab import HAMMER, Lab, Proxy, measured, opened

pytestmark = [pytest.mark.docker, pytest.mark.slow, pytest.mark.xdist_group("proxy-lab")]
SITE = "https://accountabilityatlas.com"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with opened(tmp_path_factory.mktemp("lab")) as made:
        yield made


@pytest.fixture(scope="module")
def proxy(lab: Lab) -> Iterator[Proxy]:
    """The seed's values and nothing else."""
    with lab.proxy() as running:
        running.until(f"{SITE}/healthz", 200, 15)
        yield running


def test_http_is_redirected_with_path_and_query(proxy: Proxy) -> None:
    for name in ("accountabilityatlas.com", "www.accountabilityatlas.com"):
        answer = proxy.get(f"http://{name}/videos?page=2")
        assert (answer.status, answer.headers["location"]) == (301, f"https://{name}/videos?page=2")


@pytest.mark.parametrize(("path", "service"), [("/", "web-app"), ("/videos", "web-app"), ("/api/v1/videos", "api-gateway")])
def test_paths_go_to_their_service_with_the_headers_of_the_seed(proxy: Proxy, lab: Lab, path: str, service: str) -> None:
    answer = proxy.get(f"{SITE}{path}")
    assert answer.status == 200
    assert f'"name": "{service}"' in answer.body
    client = lab.address(f"{lab.name}-load")
    seen = answer.echoed()
    wanted = {"host": "accountabilityatlas.com", "x-real-ip": client, "x-forwarded-for": client, "x-forwarded-proto": "https"}
    assert {name: seen.get(name) for name in wanted} == wanted
    assert "upgrade" not in seen
    assert answer.headers["server"] == "nginx"
    assert "strict-transport-security" not in answer.headers


@pytest.mark.parametrize("version", ["tls1", "tls1_1"])
def test_old_tls_is_refused_for_its_version(proxy: Proxy, lab: Lab, version: str) -> None:
    said = lab.run(
        "sh", "-c", f"openssl s_client -connect {proxy.address}:443 -servername accountabilityatlas.com -{version} -cipher 'ALL@SECLEVEL=0'"
        " </dev/null 2>&1", check=False,
    )  # fmt: skip
    assert "alert protocol version" in said, said


@pytest.mark.parametrize(("version", "name"), [("tls1_2", "TLSv1.2"), ("tls1_3", "TLSv1.3")])
def test_new_tls_is_accepted(proxy: Proxy, lab: Lab, version: str, name: str) -> None:
    said = lab.run(
        "sh", "-c", f"openssl s_client -connect {proxy.address}:443 -servername accountabilityatlas.com -{version} </dev/null 2>&1"
    )
    assert f"New, {name}" in said, said


def test_unknown_names_are_refused_before_a_certificate_is_shown(proxy: Proxy, lab: Lab) -> None:
    assert proxy.get("https://other.example.com/").status == 0
    said = lab.run(
        "sh", "-c", f"openssl s_client -connect {proxy.address}:443 -servername other.example.com </dev/null 2>&1", check=False
    )  # fmt: skip
    assert "no peer certificate available" in said
    assert "unrecognized name" in said
    assert proxy.get("http://other.example.com/").status == 0


@pytest.mark.parametrize("url", [f"{SITE}/healthz", "http://accountabilityatlas.com/healthz", "http://127.0.0.1.example/healthz"])
def test_health_is_neither_redirected_nor_limited_nor_logged(proxy: Proxy, url: str) -> None:
    statuses = {proxy.get(url).status for _unused in range(10)}
    assert statuses == {200}
    assert not [line for line in proxy.log() if line["uri"] == "/healthz"]


def test_the_health_path_stands_more_than_any_rate(proxy: Proxy) -> None:
    assert proxy.hammer("/healthz", 200).statuses == {200: 200}


@pytest.mark.parametrize("name", ["accountabilityatlas.com", "www.accountabilityatlas.com", "new.example.com"])
def test_challenges_are_answered_for_any_name(proxy: Proxy, name: str) -> None:
    folder = proxy.folder / "acme" / ".well-known" / "acme-challenge"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "token").write_text("answer", encoding="utf-8")
    assert proxy.get(f"http://{name}/.well-known/acme-challenge/token").body == "answer"
    assert proxy.get(f"http://{name}/.well-known/acme-challenge/other").status == 404


# Each path with what its zone allows: requests per second, and how many at once beyond that.
@pytest.mark.parametrize(("path", "rate", "burst"), [("/api/v1/auth/login", 5, 5), ("/api/v1/videos", 30, 20), ("/", 30, 20)])
def test_a_burst_gets_what_its_zone_allows_and_the_rest_503(lab: Lab, path: str, rate: int, burst: int) -> None:
    with lab.proxy() as fresh:
        fresh.until(f"{SITE}/healthz", 200, 15)
        got = fresh.hammer(path, 100)
        allowed = got.allowed(rate, burst)
        assert allowed < 100, f"the load was too slow to exceed the rate: {got}"
        assert abs(got.statuses[200] - allowed) <= 1, got
        assert got.statuses == {200: got.statuses[200], 503: 100 - got.statuses[200]}


@pytest.mark.parametrize(("path", "rate", "burst"), [("/api/v1/auth/login", 5, 5), ("/api/v1/videos", 30, 20)])
def test_a_lasting_load_gets_the_rate(lab: Lab, path: str, rate: int, burst: int) -> None:
    with lab.proxy() as fresh:
        fresh.until(f"{SITE}/healthz", 200, 15)
        got = fresh.hammer(path, 6 * 60, pause=1 / 60)
        allowed = got.allowed(rate, burst)
        assert allowed < 6 * 60, f"the load was too slow to exceed the rate: {got}"
        assert abs(got.statuses[200] - allowed) <= max(2, allowed * 0.03), got
        assert set(got.statuses) == {200, 503}


def test_auth_and_the_rest_are_counted_apart_and_each_client_by_itself(lab: Lab) -> None:
    other = lab.start("other", docker("inspect", "--format", "{{.Config.Image}}", f"{lab.name}-load").stdout.strip())
    try:
        with lab.proxy() as fresh:
            fresh.until(f"{SITE}/healthz", 200, 15)
            assert fresh.hammer("/api/v1/auth/login", 30).statuses[503] > 0
            assert fresh.hammer("/api/v1/videos", 10).statuses == {200: 10}
            assert fresh.hammer("/api/v1/auth/login", 6, client=other).statuses == {200: 6}
    finally:
        lab.remove(other)


def test_a_limited_request_gets_a_plain_503(lab: Lab) -> None:
    with lab.proxy() as fresh:
        fresh.until(f"{SITE}/healthz", 200, 15)
        # Thirty by one curl, since between two of them the rate allows another one; the last is looked at.
        *_others, last = fresh.get(f"{SITE}/api/v1/auth/login?[1-30]").body.split("HTTP/1.1 ")
        assert last.startswith("503 ")
        assert "Temporarily unavailable" not in last
        assert "retry-after" not in last.lower()
        assert fresh.log()[-1]["limited"] == "REJECTED"


def test_what_an_upstream_cannot_answer_gets_the_page(lab: Lab) -> None:
    with lab.proxy(read_timeout_seconds=1, hsts_seconds=60) as fresh:
        fresh.until(f"{SITE}/healthz", 200, 15)
        html = ["-H", "Accept: text/html,application/xhtml+xml"]
        for url, method in [(f"{SITE}/api/overloaded", "GET"), (f"{SITE}/slow?seconds=3", "GET"), (f"{SITE}/api/overloaded", "POST")]:
            answer = fresh.get(url, "-X", method, *html)
            assert (answer.status, answer.headers["retry-after"], answer.headers["cache-control"]) == (503, "60", "no-store"), (url, method)
            assert "Temporarily unavailable" in answer.body
            assert answer.headers["content-type"] == "text/html"
            assert answer.headers["strict-transport-security"] == "max-age=60"
        answer = fresh.get(f"{SITE}/api/overloaded", "-H", "Accept: application/json, text/plain, */*")
        assert (answer.status, answer.headers["content-type"]) == (503, "application/json")
        assert '"retry_after_seconds": 60' in answer.body
        assert [line["upstream_status"] for line in fresh.log() if "slow" in line["uri"]] == ["504"]
        assert fresh.get(f"{SITE}/.unavailable").status == 404, "the page itself cannot be asked for"


def test_a_file_turns_maintenance_on_and_off(lab: Lab) -> None:
    with lab.proxy() as fresh:
        fresh.until(f"{SITE}/", 200, 15)
        switch = fresh.folder / "html" / "maintenance"
        switch.touch()
        for path in ("/", "/api/v1/videos", "/api/v1/auth/login"):
            answer = fresh.get(f"{SITE}{path}")
            assert (answer.status, answer.headers["retry-after"]) == (503, "60"), path
            assert "Temporarily unavailable" in answer.body
        assert fresh.hammer("/api/v1/auth/login", 20).statuses == {503: 20}
        assert "retry-after" in fresh.get(f"{SITE}/api/v1/auth/login").headers, "maintenance is not counted by the rate limits"
        assert fresh.get(f"{SITE}/healthz").status == 200
        assert fresh.get("http://accountabilityatlas.com/").status == 301
        switch.unlink()
        assert fresh.get(f"{SITE}/").status == 200


def test_the_address_that_a_trusted_proxy_tells_is_used_for_limits_logs_and_headers(lab: Lab) -> None:
    client = lab.address(f"{lab.name}-load")
    with lab.proxy(trusted_proxies=[f"{client}/32"]) as fresh:
        fresh.until(f"{SITE}/healthz", 200, 15)
        told = fresh.get(f"{SITE}/", "-H", "X-Forwarded-For: 198.51.100.7, 203.0.113.9")
        assert told.echoed()["x-real-ip"] == "203.0.113.9", "only the last hop was seen by a trusted proxy"
        assert fresh.log()[-1]["remote_addr"] == "203.0.113.9"
        statuses = [fresh.get(f"{SITE}/api/v1/auth/x", "-H", f"X-Forwarded-For: 198.51.100.{last}").status for last in range(12)]
        assert statuses == [200] * 12, "each client has a rate of its own"


def test_an_address_that_anybody_tells_is_not_believed(proxy: Proxy, lab: Lab) -> None:
    seen = proxy.get(f"{SITE}/", "-H", "X-Forwarded-For: 203.0.113.9").echoed()
    client = lab.address(f"{lab.name}-load")
    assert (seen["x-real-ip"], seen["x-forwarded-for"]) == (client, f"203.0.113.9, {client}")


def test_hsts_websockets_body_size_and_compression_behind_variables(lab: Lab) -> None:
    locations = [{"path": "/live/", "upstream": "web_app", "websocket": True}, {"path": "/", "upstream": "web_app"}]
    settings = {"hsts_seconds": 31536000, "hsts_include_subdomains": True, "client_max_body_size": "1k", "locations": locations}
    with lab.proxy(**settings) as fresh:
        fresh.until(f"{SITE}/healthz", 200, 15)
        upgrade = ["-H", "Connection: Upgrade", "-H", "Upgrade: websocket"]
        answer = fresh.get(f"{SITE}/live/x", *upgrade)
        assert answer.headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"
        assert (answer.echoed()["upgrade"], answer.echoed()["connection"]) == ("websocket", "upgrade")
        assert "upgrade" not in fresh.get(f"{SITE}/x", *upgrade).echoed()
        assert fresh.get(f"{SITE}/x", "-d", "x" * 2000).status == 413
        assert fresh.get(f"{SITE}/x", "-d", "x" * 500).status == 200
        compressed = fresh.get(f"{SITE}/{'x' * 1500}", "-H", "Accept-Encoding: gzip", "-o", "/dev/null", "-D", "-")
        assert compressed.headers["content-encoding"] == "gzip"


def test_the_log_is_json_with_what_an_operator_asks_for(proxy: Proxy) -> None:
    proxy.get(f"{SITE}/api/v1/videos?q=%22quoted%22", "-A", 'a "quoted" agent')
    line = proxy.log()[-1]
    assert (line["method"], line["uri"], line["status"], line["user_agent"]) == (
        "GET",
        "/api/v1/videos?q=%22quoted%22",
        200,
        'a "quoted" agent',
    )
    assert line["tls"] in ("TLSv1.2", "TLSv1.3")
    assert line["upstream"].endswith(":8080")
    assert isinstance(line["seconds"], float)


def test_nginx_waits_for_its_upstreams_and_does_not_end(lab: Lab) -> None:
    lab.remove(f"{lab.name}-api-gateway")
    try:
        with lab.proxy() as early:
            time.sleep(2)
            assert early.get(f"{SITE}/healthz").status == 0, "it waits"
            lab.service("api-gateway", 8080)
            early.until(f"{SITE}/api/v1/x", 200, 5)
            assert "host not found" not in early.errors()
    finally:
        lab.remove(f"{lab.name}-api-gateway")
        lab.service("api-gateway", 8080)


def test_a_service_that_does_not_come_takes_no_other_down_and_is_taken_in_when_it_comes(lab: Lab) -> None:
    lab.remove(f"{lab.name}-api-gateway")
    try:
        with lab.proxy(wait_seconds=1) as without:
            without.until(f"{SITE}/", 200, 8)
            assert without.get(f"{SITE}/api/v1/x").headers["retry-after"] == "60"
            assert "api-gateway is not there after 1 s" in without.errors()
            lab.service("api-gateway", 8080)
            without.until(f"{SITE}/api/v1/x", 200, 8)
    finally:
        lab.remove(f"{lab.name}-api-gateway")
        lab.service("api-gateway", 8080)


def test_a_service_that_comes_back_with_another_address_is_followed(lab: Lab, proxy: Proxy) -> None:
    gateway = f"{lab.name}-api-gateway"
    before = lab.address(gateway)
    lab.remove(gateway)
    # Somebody else gets the address, as it happens when several containers restart at once.
    thief = lab.service("thief", 8080)
    try:
        lab.service("api-gateway", 8080)
        assert lab.address(gateway) != before
        until = time.monotonic() + 8
        while '"name": "api-gateway"' not in proxy.get(f"{SITE}/api/v1/x").body:
            assert time.monotonic() < until, proxy.errors()
            time.sleep(0.5)
    finally:
        lab.remove(thief)


def test_a_reload_under_load_loses_no_request(lab: Lab) -> None:
    with lab.proxy(zones=[{"name": "general", "rate": "100000r/s"}, {"name": "auth", "rate": "5r/s"}]) as fresh:
        fresh.until(f"{SITE}/healthz", 200, 15)
        load = "import subprocess, sys; subprocess.Popen([sys.executable, '-c', sys.argv[1], *sys.argv[2:]], stdout=open('/tmp/load', 'w'))"
        lab.run("python3", "-c", load, HAMMER, fresh.address, "/", "1500", "0.002", "0")
        for _unused in range(5):
            time.sleep(0.4)
            docker("exec", fresh.container, "nginx", "-s", "reload")
        until = time.monotonic() + 60
        while not (said := lab.run("cat", "/tmp/load")):
            assert time.monotonic() < until, fresh.errors()
            time.sleep(0.3)
        assert measured(json.loads(said)).statuses == {200: 1500}
