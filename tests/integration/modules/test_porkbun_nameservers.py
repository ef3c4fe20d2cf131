# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The name servers of a domain, at a stub of its registrar."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.integration.modules.running import RunModule

pytestmark = pytest.mark.integration

MODULE = "porkbun_nameservers"
KEYS = {"api_key": "pk1_example", "secret_api_key": "sk1_example"}
THEIRS = ["curitiba.ns.porkbun.com", "fortaleza.ns.porkbun.com"]
OURS = ["NS-1.awsdns-01.org.", "ns-2.awsdns-02.com"]


class Registrar:
    """A registrar of one domain, and what it was asked."""

    def __init__(self) -> None:
        self.nameservers = list(THEIRS)
        self.asked: list[str] = []

    def answer(self, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        action, domain = path.split("/")[-2:]
        self.asked.append(action)
        if (body.get("apikey"), body.get("secretapikey")) != tuple(KEYS.values()):
            return 403, {"status": "ERROR", "message": "Invalid API key. (001)"}
        if domain != "example.com":
            return 400, {"status": "ERROR", "message": "Invalid domain."}
        if action == "updateNs":
            self.nameservers = body["ns"]
        return 200, {"status": "SUCCESS", **({"ns": self.nameservers} if action == "getNs" else {})}


@pytest.fixture
def registrar() -> Iterator[tuple[Registrar, str]]:
    """Give a registrar and its address."""
    stub = Registrar()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            status, document = stub.answer(self.path, json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            content = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_arguments: object) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield stub, f"http://127.0.0.1:{server.server_port}/api/json/v3"
    finally:
        server.shutdown()
        server.server_close()


def test_they_are_set_once(run_module: RunModule, registrar: tuple[Registrar, str]) -> None:
    stub, url = registrar
    options = {"domain": "example.com", "nameservers": OURS, "api_url": url, **KEYS}
    checked = run_module(MODULE, options, check=True, diff=True)
    assert checked["diff"] == {"before": {"nameservers": THEIRS}, "after": {"nameservers": ["ns-1.awsdns-01.org", "ns-2.awsdns-02.com"]}}
    assert stub.asked == ["getNs"]
    first = run_module(MODULE, options)
    assert first.changed, first.msg
    assert first["previous"] == THEIRS
    assert stub.nameservers == ["ns-1.awsdns-01.org", "ns-2.awsdns-02.com"]
    assert not run_module(MODULE, {**options, "nameservers": OURS[::-1]}).changed
    assert "sk1_example" not in json.dumps(dict(first))


def test_without_keys_it_says_what_it_would_do(run_module: RunModule, registrar: tuple[Registrar, str]) -> None:
    stub, url = registrar
    result = run_module(MODULE, {"domain": "example.com", "nameservers": OURS, "api_url": url, "secret_name": "not/there"})
    assert (result.changed, result["dry_run"], stub.asked) == (False, True, [])
    assert "ns-1.awsdns-01.org, ns-2.awsdns-02.com would answer for example.com" in result.msg


def test_the_zone_and_the_keys_of_the_account(account: Any, run_module: RunModule, registrar: tuple[Registrar, str]) -> None:
    stub, url = registrar
    zone = account.client("route53").create_hosted_zone(Name="example.com", CallerReference="one")
    account.client("secretsmanager").create_secret(Name="registrar", SecretString=json.dumps(KEYS))
    options = {"domain": "example.com", "hosted_zone_id": zone["HostedZone"]["Id"], "secret_name": "registrar", "api_url": url}
    assert run_module(MODULE, options).changed
    assert stub.nameservers == sorted(zone["DelegationSet"]["NameServers"])
    assert not run_module(MODULE, options).changed


def test_what_is_refused(run_module: RunModule, registrar: tuple[Registrar, str]) -> None:
    _stub, url = registrar
    options = {"domain": "example.com", "nameservers": OURS, "api_url": url, **KEYS}
    assert "Invalid API key" in run_module(MODULE, {**options, "api_key": "pk1_other"}).msg
    assert "Invalid domain" in run_module(MODULE, {**options, "domain": "example.org"}).msg
    assert "two name servers" in run_module(MODULE, {**options, "nameservers": OURS[:1]}).msg
    assert "was not reached" in run_module(MODULE, {**options, "api_url": "http://127.0.0.1:1/api"}).msg
