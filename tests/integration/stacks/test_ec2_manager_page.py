# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The EC2 manager as people use it: its page in a real Chromium, its functions in Node.js, against an emulated account."""

from __future__ import annotations

import http.client
import json
import os
import ssl
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.browser import Chromium
from tests.emulator import process
from tests.emulator.fixtures import Emulator
from tests.playbooks import Ran, play

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.xdist_group("ec2_manager_page"), pytest.mark.timeout(600)]

REGION, NAME, DOMAIN = "us-west-2", "ec2-manager-dev", "dev.ec2-manager.example.com"
TEMPORARY, PASSWORD = "Temporary-1234!", "Correct-Horse-42!"


@dataclass
class Site:
    """The development of the EC2 manager, converged, with an instance that somebody else has made."""

    account: Emulator
    instance: str
    run: Callable[..., Ran]

    def client(self, service: str) -> Any:
        """Return a boto3 client of the region."""
        return self.account.client(service, REGION)

    def ask(self, method: str, path: str, headers: dict[str, str] | None = None, host: str = DOMAIN) -> tuple[int, dict[str, str], bytes]:
        """Send a request as from the internet."""
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        connection = http.client.HTTPSConnection("127.0.0.1", self.account.tls_port, timeout=120, context=context)
        connection.request(method, path, headers={"Host": host, **(headers or {})})
        answer = connection.getresponse()
        found = answer.status, {key.lower(): value for key, value in answer.getheaders()}, answer.read()
        connection.close()
        return found

    def state(self) -> str:
        """Return the state of the instance."""
        (reservation,) = self.client("ec2").describe_instances(InstanceIds=[self.instance])["Reservations"]
        return str(reservation["Instances"][0]["State"]["Name"])

    def add_user(self, name: str, *groups: str, password: str | None = None) -> None:
        """Invite somebody, or give them their password at once."""
        cognito = self.client("cognito-idp")
        pool = cognito.list_user_pools(MaxResults=10)["UserPools"][0]["Id"]
        cognito.admin_create_user(UserPoolId=pool, Username=name, TemporaryPassword=TEMPORARY, MessageAction="SUPPRESS")
        for group in groups:
            cognito.admin_add_user_to_group(UserPoolId=pool, Username=name, GroupName=group)
        if password:
            cognito.admin_set_user_password(UserPoolId=pool, Username=name, Password=password, Permanent=True)

    def token(self, name: str) -> str:
        """Return the identity token of somebody who signs in with the page's client."""
        config = json.loads(self.ask("GET", "/config.json")[2])
        parameters = {"USERNAME": name, "PASSWORD": PASSWORD}
        answer = self.client("cognito-idp").initiate_auth(
            ClientId=config["userPoolClientId"], AuthFlow="USER_PASSWORD_AUTH", AuthParameters=parameters
        )
        return str(answer["AuthenticationResult"]["IdToken"])


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The stack of development in an account whose functions run, APIs answer and distributions serve."""
    reports = tmp_path_factory.mktemp("reports")
    name = f"page-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}-{os.getpid()}"
    account = Emulator(process.start(name, {"functions": True}, owner=os.getpid()))

    def run(*arguments: str) -> Ran:
        given = ("--limit", "ec2_manager", *arguments)
        return play(account, "site.yml", *given, inventory="inventories/dev", reports=reports, timeout=500)

    try:
        run().check()
        ec2 = account.client("ec2", REGION)
        image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
        tags = [{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": "worker"}]}]
        launched = ec2.run_instances(ImageId=image, InstanceType="t3.micro", MinCount=1, MaxCount=1, TagSpecifications=tags)
        yield Site(account, launched["Instances"][0]["InstanceId"], run)
    finally:
        account.stop()
        process.forget(name)


@pytest.fixture
def browser(site: Site, tmp_path: Path) -> Iterator[Chromium]:
    """A browser for which every name leads to the emulator."""
    folder = tmp_path / "profile"
    folder.mkdir()
    chromium = Chromium(folder, f"MAP * 127.0.0.1:{site.account.tls_port}")
    yield chromium
    chromium.close()


def entries(site: Site) -> list[dict[str, Any]]:
    items = site.client("dynamodb").scan(TableName=f"{NAME}-audit")["Items"]
    return sorted(({key: value["S"] for key, value in item.items()} for item in items), key=lambda each: each["timestamp"])


def test_somebody_signs_in_and_stops_starts_and_reboots_an_instance(site: Site, browser: Chromium) -> None:
    site.add_user("admin", "administrators")
    browser.go(f"https://{DOMAIN}/")
    browser.fill("#username", "admin")
    browser.fill("#password", TEMPORARY)
    browser.click("#sign-in button")
    # The first time, everybody chooses a password of their own.
    browser.fill("#challenge-answer", PASSWORD)
    browser.click("#challenge button")
    row = f"tr[data-id='{site.instance}']"
    assert "worker" in browser.until(f'document.querySelector("{row}")?.innerText')
    assert browser.value("document.getElementById('environment').textContent") == "dev"

    for operation, state in (("stop", "stopped"), ("start", "running"), ("reboot", "running")):
        browser.click(f"{row} button[data-operation='{operation}']")
        browser.until(f"document.getElementById('message').textContent.startsWith('{operation} of {site.instance}')")
        deadline = time.monotonic() + 30
        while site.state() != state and time.monotonic() < deadline:
            time.sleep(0.2)
        assert site.state() == state
        browser.click("#refresh")
        browser.until(f"document.querySelector(\"{row}\")?.dataset.state === '{state}'")

    written = entries(site)
    assert [(each["operation"], each["outcome"], each["user"], each["instanceId"]) for each in written] == [
        (operation, "success", "admin", site.instance) for operation in ("stop", "start", "reboot")
    ]
    # The page shows the same.
    assert browser.until("document.querySelectorAll('#entries tr').length") == 3
    assert "reboot" in browser.value("document.querySelector('#entries tr').innerText")
    assert browser.told() == []
    browser.click("#sign-out")
    browser.until("document.getElementById('sign-in').checkVisibility()")


def test_a_wrong_password_is_said(site: Site, browser: Chromium) -> None:
    browser.go(f"https://{DOMAIN}/")
    browser.fill("#username", "nobody")
    browser.fill("#password", "wrong")
    browser.click("#sign-in button")
    assert browser.until("document.getElementById('message').textContent.replace('Signing in …', '')")


def test_the_page_is_served_with_security_headers_and_for_every_address(site: Site) -> None:
    status, headers, body = site.ask("GET", "/", {"Accept-Encoding": "gzip"})
    assert (status, headers["content-encoding"], headers["cache-control"]) == (200, "gzip", "no-cache")
    assert headers["strict-transport-security"] == "max-age=31536000; includeSubDomains; preload"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'")
    status, headers, body = site.ask("GET", "/some/address")
    assert (status, headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert b"<title>EC2 Manager</title>" in body
    assert site.ask("GET", "/app.js")[1]["content-type"] == "text/javascript; charset=utf-8"


def test_the_api_answers_the_distribution_only(site: Site) -> None:
    status, headers, body = site.ask("GET", "/api/health", {"X-Correlation-Id": "own-correlation-1"})
    assert (status, json.loads(body)["status"], headers["x-correlation-id"]) == (200, "ok", "own-correlation-1")
    (api,) = site.client("apigateway").get_rest_apis()["items"]
    status, _unused, body = site.ask("GET", "/dev/api/health", host=f"{api['id']}.execute-api.{REGION}.amazonaws.com")
    assert (status, json.loads(body)["error"]["code"]) == (401, "ACCESS_DENIED")


def test_pages_of_developers_may_ask_too(site: Site) -> None:
    told = {}
    for origin in (f"https://{DOMAIN}", "http://localhost:8080", "https://elsewhere.example.com"):
        asked = {"Origin": origin, "Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "authorization"}
        status, headers, _unused = site.ask("OPTIONS", "/api/instances", asked)
        assert (status, headers["vary"], headers["access-control-allow-methods"]) == (204, "Origin", "GET,OPTIONS")
        told[origin] = headers["access-control-allow-origin"] == origin
    assert told == {f"https://{DOMAIN}": True, "http://localhost:8080": True, "https://elsewhere.example.com": False}


def test_groups_say_who_may_do_what(site: Site) -> None:
    for name in ("operator", "viewer"):
        site.add_user(name, f"{name}s", password=PASSWORD)
    site.add_user("stranger", password=PASSWORD)
    path = f"/api/instances/{site.instance}/stop"
    found = {}
    for name in ("viewer", "operator", "stranger"):
        headers = {"Authorization": site.token(name)}
        asked = [("GET", "/api/instances"), ("GET", "/api/audit"), ("POST", f"/api/instances/{site.instance}/start")]
        found[name] = [site.ask(method, where, headers)[0] for method, where in asked]
    assert found == {"viewer": [200, 401, 401], "operator": [200, 401, 409], "stranger": [401, 401, 401]}
    assert site.ask("POST", path)[0] == 401
    status, _unused, body = site.ask("POST", path, {"Authorization": site.token("viewer")})
    error = json.loads(body)["error"]
    assert (status, set(error), error["code"]) == (401, {"code", "message", "correlationId"}, "Forbidden")
    (denied, *_rest) = [each for each in entries(site) if each["outcome"] == "denied"]
    assert (denied["user"], denied["operation"]) == ("viewer", "start")


def test_logs_are_json_with_the_correlation_id(site: Site) -> None:
    site.ask("GET", "/api/health", {"X-Correlation-Id": "find-me-again"})
    messages = [each["message"] for each in site.client("logs").filter_log_events(logGroupName=f"/aws/lambda/{NAME}-health")["events"]]
    (line,) = [json.loads(each) for each in messages if "find-me-again" in each]
    assert (line["level"], line["operation"], line["status"]) == ("INFO", "health", 200)
    access = site.client("logs").filter_log_events(logGroupName=f"/aws/apigateway/{NAME}/dev")["events"]
    assert all(json.loads(each["message"])["status"] for each in access)


def test_the_stack_is_exported_by_the_clock(site: Site) -> None:
    assert site.account.fire(f"{NAME}-nightly-export", REGION) == 1
    s3, deadline = site.client("s3"), time.monotonic() + 60
    key = "exports/dev/ec2_manager/latest.json"
    while not s3.list_objects_v2(Bucket=f"{NAME}-runs", Prefix=key).get("Contents"):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    document = json.loads(s3.get_object(Bucket=f"{NAME}-runs", Key=key)["Body"].read())
    assert {"network", "storage", "data_tier", "serverless_api", "edge", "monitoring"} <= {each["layer"] for each in document["resources"]}


def test_what_people_did_is_no_drift(site: Site) -> None:
    assert site.run().check().changed == 0
