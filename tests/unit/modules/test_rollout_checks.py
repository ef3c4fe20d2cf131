# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What tells whether a release does well."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from ansible_collections.stratum.aws.plugins.module_utils import _rollout_checks as checks
from botocore.exceptions import ClientError


class World:
    """A clock, and an address that answers what it is told to."""

    def __init__(self) -> None:
        self.now = 0.0
        self.answers: list[int | OSError] = []
        self.body = b""
        self.asked: list[str] = []
        self.takes = 0.01

    def clock(self) -> float:
        return self.now

    def get(self, url: str, _headers: Mapping[str, str], _seconds: float, _verify: bool) -> tuple[int, bytes]:
        self.asked.append(url)
        self.now += self.takes
        answer = next(iter(self.answers), 200)
        del self.answers[:1]
        if isinstance(answer, OSError):
            raise answer
        return answer, self.body

    def made(self, alarms: Any = None, **described: Any) -> Any:
        return checks.made([described], lambda: alarms, self.get, self.clock)[0]

    def watch(self, check: Any, seconds: float) -> str:
        check.begin(seconds)
        end = self.now + seconds
        while self.now < end:
            check.sample()
            if trouble := check.trouble():
                return f"early: {trouble}"
            self.now += 0.05
        check.sample(final=True)
        return str(check.trouble(final=True))


@pytest.fixture(name="world")
def _world() -> World:
    return World()


def test_http_counts_and_measures(world: World) -> None:
    check = world.made(type="http", url="http://x/health", per_second=10)
    world.answers = [200] * 99
    assert world.watch(check, 10) == ""
    told = check.summary()
    assert told["failed"] == 0
    assert 60 < told["requests"] <= 100
    assert told["p50_seconds"] == told["p99_seconds"] == 0.01


def test_http_bears_what_is_allowed(world: World) -> None:
    check = world.made(type="http", url="http://x", max_failed_percent=5, per_second=10)
    world.answers = [503, 200, OSError("no answer in time")]
    assert world.watch(check, 10) == ""
    assert check.summary()["failures"] == {"503": 1, "no answer in time": 1}


def test_http_says_as_soon_as_it_is_certain(world: World) -> None:
    check = world.made(type="http", url="http://x", max_failed_percent=5, per_second=10)
    world.answers = [503] * 100
    trouble = world.watch(check, 10)
    assert trouble.startswith("early: http://x: 6 of 6 requests failed (6 × 503), 5 % are allowed")
    assert world.now < 2


def test_http_expects_what_it_is_told(world: World) -> None:
    check = world.made(type="http", url="http://x", expect_status=[301, 302])
    world.answers = [301, 302] * 100
    assert world.watch(check, 3) == ""
    assert "requests failed" in world.watch(check, 3 + 10**3)


def test_http_that_is_slow(world: World) -> None:
    check = world.made(type="http", url="http://x", max_p95_seconds=0.5)
    world.takes = 0.6
    assert "95 % of the requests were answered within 0.600 s, 0.5 s are allowed" in world.watch(check, 5)


class Alarms:
    def __init__(self, *states: str) -> None:
        self.states = list(states)

    def describe_alarms(self, **_asked: Any) -> dict[str, Any]:
        state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        if state == "error":
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "DescribeAlarms")
        return {"MetricAlarms": [] if state == "none" else [{"StateValue": state, "StateReason": "too many"}], "CompositeAlarms": []}


@pytest.mark.parametrize(
    ("states", "before", "later"),
    [
        (["OK"], "", ""),
        (["INSUFFICIENT_DATA"], "", ""),
        (["ALARM"], "rings already: too many", "early: the alarm errors rings: too many"),
        (["OK", "OK", "ALARM"], "", "early: the alarm errors rings: too many"),
        (["none"], "there is no alarm errors", "cannot be looked at: there is none"),
        (["OK", "error"], "", "cannot be looked at"),
    ],
)
def test_alarm(world: World, states: list[str], before: str, later: str) -> None:
    check = world.made(Alarms(*states), type="cloudwatch_alarm", name="errors")
    assert before in check.before() if before else check.before() == ""
    told = world.watch(check, 30)
    assert later in told if later else told == ""


def vector(*values: str) -> bytes:
    return json.dumps({"status": "success", "data": {"resultType": "vector", "result": [{"value": [0, each]} for each in values]}}).encode()


@pytest.mark.parametrize(
    ("body", "more", "trouble"),
    [
        (vector("0.1", "0.4"), {}, ""),
        (vector("0.1", "0.6"), {}, "early: rate is 0.6, 0.5 is allowed"),
        (vector("NaN"), {}, "rate has no value. Add `or vector(0)`"),
        (vector(), {"no_data": "pass"}, ""),
        (b'{"status": "success", "data": {"resultType": "scalar", "result": [0, "1"]}}', {}, "early: rate is 1"),
        (b'{"status": "error", "error": "parse error"}', {}, "parse error"),
        (b"<html>", {}, "cannot be asked"),
    ],
)
def test_prometheus(world: World, body: bytes, more: dict[str, Any], trouble: str) -> None:
    world.body = body
    check = world.made(type="prometheus", url="http://p/", query="rate", max=0.5, **more)
    told = world.watch(check, 20)
    assert trouble in told if trouble else told == ""
    assert world.asked[0] == "http://p/api/v1/query?query=rate"


def test_prometheus_that_does_not_answer(world: World) -> None:
    world.answers = [OSError("no connection")]
    assert "no connection" in world.made(type="prometheus", url="http://p", query="q", max=1).before()


@pytest.mark.parametrize(
    ("described", "words"),
    [
        ({"type": "magic"}, "There are: http, cloudwatch_alarm, prometheus"),
        ({}, "has the type None"),
        ({"type": "http"}, "lacks url"),
        ({"type": "http", "url": "x", "uri": "x"}, "has uri. There are: .*url"),
        ({"type": "http", "url": "x", "seconds": "long"}, "no number"),
        ({"type": "http", "url": "x", "per_second": 0}, "must be above 0"),
        ({"type": "http", "url": "x", "target": "moon"}, "There are: serving, preview"),
    ],
)
def test_wrong_description_is_refused(described: dict[str, Any], words: str) -> None:
    with pytest.raises(checks.CheckInvalid, match=f"check 1.*{words}"):
        checks.made([described], lambda: None)


def test_percentiles() -> None:
    values = [float(number) for number in range(1, 101)]
    assert [checks.percentile(values, share) for share in (50, 95, 99, 100)] == [50, 95, 99, 100]
    assert checks.percentile([], 95) == 0


@pytest.fixture(name="address")
def _address() -> Iterator[str]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(302 if self.path == "/away" else 200)
            self.send_header("Location", "/elsewhere")
            self.end_headers()
            self.wfile.write(self.headers.get("Host", "").encode())

        def log_message(self, *_words: object) -> None:
            return

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_real_requests(address: str) -> None:
    assert checks.over_http(address, {"Host": "web.example.com"}, 5, True) == (200, b"web.example.com")
    assert checks.over_http(f"{address}/away", {}, 5, True)[0] == 302
    with pytest.raises(OSError, match="no connection"):
        checks.over_http("http://127.0.0.1:1", {}, 5, True)
