# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Slack forwarder against a stub of Slack and of Secrets Manager on this machine."""

from __future__ import annotations

import datetime
import importlib
import json
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

FUNCTION = Path(__file__).parents[3] / "applications" / "slack_forwarder" / "function"
MODULES = ("forwarder", "secret", "words")
ALARM = {
    "AlarmName": "shop-prod-5xx",
    "AlarmDescription": "Errors <now>",
    "NewStateValue": "ALARM",
    "NewStateReason": "4 is greater than 3",
    "Region": "US West (Oregon)",
    "AWSAccountId": "123456789012",
}


class Stub:
    """Slack and Secrets Manager behind one address."""

    def __init__(self) -> None:
        self.posts: list[dict[str, Any]] = []
        self.reads: list[dict[str, str]] = []
        self.answers: list[int] = []
        stub = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if target := self.headers.get("x-amz-target"):
                    stub.reads.append({"target": target, "name": body["SecretId"], "signature": self.headers["Authorization"]})
                    self.answer(200, json.dumps({"SecretString": stub.secret}))
                else:
                    stub.posts.append(body)
                    status = stub.answers.pop(0) if stub.answers else 200
                    self.answer(status, "ok" if status == 200 else "no_service")

            def answer(self, status: int, text: str) -> None:
                self.send_response(status)
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *unused: Any) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.secret = f"{self.url}/services/T0/B0/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stub]:
    """Start the stub, and make it the function's world."""
    running = Stub()
    environment = {
        "AWS_ENDPOINT_URL": running.url,
        "AWS_REGION": "us-west-2",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_SESSION_TOKEN": "token",
        "WEBHOOK_SECRET": "shop/slack",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("TITLE_PREFIX", raising=False)
    monkeypatch.syspath_prepend(str(FUNCTION))
    for name in MODULES:
        monkeypatch.delitem(sys.modules, name, raising=False)
    yield running
    running.server.shutdown()
    running.server.server_close()
    for name in MODULES:
        sys.modules.pop(name, None)


def event(*messages: Any, subject: str | None = None) -> dict[str, Any]:
    """Return what SNS calls the function with."""
    texts = [message if isinstance(message, str) else json.dumps(message) for message in messages]
    topic = "arn:aws:sns:us-west-2:123456789012:alerts"
    return {"Records": [{"EventSource": "aws:sns", "Sns": {"TopicArn": topic, "Subject": subject, "Message": text}} for text in texts]}


def forward(given: dict[str, Any]) -> dict[str, int]:
    """Call the function."""
    answer: dict[str, int] = importlib.import_module("forwarder").handler(given, None)
    return answer


def test_an_alarm_is_shown_with_its_state_and_its_reason(stub: Stub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TITLE_PREFIX", "[shop prod]")
    assert forward(event(ALARM, {**ALARM, "NewStateValue": "OK"})) == {"forwarded": 2}
    first, second = stub.posts
    assert first["text"] == "[shop prod] ALARM: shop-prod-5xx"
    (attachment,) = first["attachments"]
    assert attachment["color"] == "#d92d20"
    text = attachment["blocks"][0]["text"]["text"]
    assert text == "*[shop prod] ALARM: shop-prod-5xx*\nErrors &lt;now&gt;\n4 is greater than 3\nUS West (Oregon) · 123456789012"
    assert second["attachments"][0]["color"] == "#12b76a"


def test_anything_else_is_shown_as_it_is(stub: Stub) -> None:
    forward(event("Budget <!channel> exceeded", subject="AWS Budgets"))
    forward(event({"source": "aws.ec2"}))
    forward(event("x" * 5000))
    said = [post["attachments"][0]["blocks"][0]["text"]["text"] for post in stub.posts]
    assert said[0] == "*AWS Budgets*\nBudget &lt;!channel&gt; exceeded"
    assert said[1].startswith("*alerts*\n```{")
    assert len(said[2]) < 3000


def test_the_secret_is_read_once_and_its_address_is_in_no_error(stub: Stub) -> None:
    forward(event("one"))
    forward(event("two"))
    (read,) = stub.reads
    assert (read["target"], read["name"]) == ("secretsmanager.GetSecretValue", "shop/slack")
    stub.answers = [500]
    with pytest.raises(Exception, match="Slack answered 500") as caught:
        forward(event("three"))
    assert "hook" not in str(caught.value)


def test_a_webhook_that_is_gone_is_looked_for_again(stub: Stub) -> None:
    stub.answers = [404]
    with pytest.raises(Exception, match="Slack answered 404: no_service"):
        forward(event("one"))
    stub.secret = json.dumps({"url": f"{stub.url}/services/T0/B0/other"})
    assert forward(event("one")) == {"forwarded": 1}
    assert len(stub.reads) == 2


@pytest.mark.parametrize("held", ["", "{}", "ftp://example.com/hook", "http://example.com/hook"])
def test_a_secret_without_an_address_says_so(stub: Stub, held: str) -> None:
    stub.secret = held
    with pytest.raises(Exception, match="holds no address of a webhook"):
        forward(event("one"))
    assert stub.posts == []


def test_an_event_without_messages_is_no_failure(stub: Stub) -> None:
    assert forward({}) == {"forwarded": 0}
    assert stub.reads == []


def test_the_signature_is_botocores(stub: Stub) -> None:
    secret = importlib.import_module("secret")
    now = datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.UTC)
    body = b'{"SecretId": "shop/slack"}'
    ours = secret.signed("secretsmanager.us-west-2.amazonaws.com", body, "us-west-2", now)
    given = {name: value for name, value in ours.items() if name not in ("authorization", "host")}
    request = AWSRequest("POST", "https://secretsmanager.us-west-2.amazonaws.com/", given, body)
    request.context["timestamp"] = ours["x-amz-date"]
    auth = SigV4Auth(Credentials("testing", "testing", "token"), "secretsmanager", "us-west-2")
    signature = auth.signature(auth.string_to_sign(request, auth.canonical_request(request)), request)
    assert ours["authorization"].endswith(f"Signature={signature}")
