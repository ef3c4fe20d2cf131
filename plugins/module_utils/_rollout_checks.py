# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What tells whether a new release does well: requests to it, alarms of CloudWatch, queries of Prometheus.  Private to the collection.

A check is asked for `sample` again and again, does something when its interval is over, and says by `trouble` as soon as it is certain
that the release does not do well. `summary` is for people and reports.
"""

from __future__ import annotations

import json
import math
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, Protocol
from urllib.parse import urlencode

with suppress(ImportError):  # it comes with botocore
    import urllib3
with suppress(ImportError):  # the modules say what is missing
    from botocore.exceptions import BotoCoreError, ClientError

Document = dict[str, Any]
Get = Callable[[str, Mapping[str, str], float, bool], tuple[int, bytes]]
"""Asks for an address with headers; takes seconds and whether to check certificates; returns status and body, OSError without an answer."""

SERVING: Final = "serving"
PREVIEW: Final = "preview"
_MOST_REQUESTS: Final = 100_000


class CheckInvalid(Exception):
    """A check is described wrongly; the message says what is wrong with it."""


class Check(Protocol):
    """What every check can do."""

    target: str
    seconds: float

    def before(self) -> str:
        """Return why the check cannot judge a release, asked before anything changes; empty when it can."""

    def begin(self, seconds: float = 0) -> None:
        """Forget what was seen, and go on for at least some seconds."""

    def sample(self, final: bool = False) -> None:
        """Look, if it is time to; `final` looks in any case."""

    def trouble(self, final: bool = False) -> str:
        """Return what is wrong for certain, empty for nothing; `final` when no sample follows."""

    def summary(self) -> Document:
        """Return what was seen."""


@dataclass
class HttpCheck:
    """Sends requests, one after another, and counts those that are not answered as expected."""

    url: str
    get: Get
    clock: Callable[[], float] = time.monotonic
    expect_status: Sequence[int] = (200,)
    max_failed_percent: float = 1.0
    max_p95_seconds: float = 0.0
    seconds: float = 10.0
    per_second: float = 5.0
    timeout: float = 5.0
    headers: Mapping[str, str] | None = None
    verify: bool = True
    target: str = SERVING

    def __post_init__(self) -> None:
        self.begin()

    def before(self) -> str:
        # What serves may well be what a deploy is to mend.
        return ""

    def begin(self, seconds: float = 0) -> None:
        self._planned = max(seconds, self.seconds) * self.per_second
        self._times: list[float] = []
        self._failures: Counter[str] = Counter()
        self._due = -math.inf

    def sample(self, final: bool = False) -> None:
        now = self.clock()
        if len(self._times) >= _MOST_REQUESTS or (now < self._due and not (final and not self._times)):
            return
        self._due = now + 1 / self.per_second
        try:
            status, _body = self.get(self.url, self.headers or {}, self.timeout, self.verify)
            if status not in self.expect_status:
                self._failures[str(status)] += 1
        except OSError as error:
            self._failures[str(error) or type(error).__name__] += 1
        self._times.append(self.clock() - now)

    def trouble(self, final: bool = False) -> str:
        failed, made = self._failures.total(), len(self._times)
        # Before the end, only what no further answer can make good.
        whole = made if final else max(made, self._planned)
        if failed and failed * 100 > self.max_failed_percent * whole:
            kinds = ", ".join(f"{count} × {kind}" for kind, count in self._failures.most_common(3))
            return f"{self.url}: {failed} of {made} requests failed ({kinds}), {self.max_failed_percent:g} % are allowed"
        if final and not made:
            return f"{self.url}: no request was made"
        if final and self.max_p95_seconds and (p95 := percentile(self._times, 95)) > self.max_p95_seconds:
            return f"{self.url}: 95 % of the requests were answered within {p95:.3f} s, {self.max_p95_seconds:g} s are allowed"
        return ""

    def summary(self) -> Document:
        made = len(self._times)
        return {
            "type": "http",
            "url": self.url,
            "requests": made,
            "failed": self._failures.total(),
            "failed_percent": round(100 * self._failures.total() / made, 2) if made else 0.0,
            "failures": dict(self._failures.most_common(5)),
            **{f"p{share}_seconds": round(percentile(self._times, share), 4) for share in (50, 95, 99)},
        }


@dataclass
class AlarmCheck:
    """An alarm of CloudWatch that must not ring."""

    name: str
    client: Any
    clock: Callable[[], float] = time.monotonic
    seconds: float = 0.0
    every: float = 10.0
    target: str = SERVING

    def __post_init__(self) -> None:
        self.begin()

    def begin(self, seconds: float = 0) -> None:
        self._state, self._reason = "", ""
        self._due = -math.inf

    def before(self) -> str:
        self.sample(final=True)
        if not self._state:
            return f"there is no alarm {self.name} in CloudWatch"
        # It would tell nothing about the new release.
        return f"the alarm {self.name} rings already: {self._reason}" if self._state == "ALARM" else ""

    def sample(self, final: bool = False) -> None:
        now = self.clock()
        if now < self._due and not final:
            return
        self._due = now + self.every
        try:
            answer = self.client.describe_alarms(AlarmNames=[self.name], AlarmTypes=["MetricAlarm", "CompositeAlarm"])
        except (BotoCoreError, ClientError) as error:
            self._state, self._reason = "UNKNOWN", str(error)
            return
        found = [*answer.get("MetricAlarms", []), *answer.get("CompositeAlarms", [])]
        self._state, self._reason = (found[0]["StateValue"], found[0].get("StateReason", "")) if found else ("", "")

    def trouble(self, final: bool = False) -> str:
        if self._state == "ALARM":
            return f"the alarm {self.name} rings: {self._reason}"
        if final and self._state in ("", "UNKNOWN"):
            return f"the alarm {self.name} cannot be looked at: {self._reason or 'there is none'}"
        return ""

    def summary(self) -> Document:
        return {"type": "cloudwatch_alarm", "name": self.name, "state": self._state, "reason": self._reason}


@dataclass
class PrometheusCheck:
    """A query of Prometheus, of which no value may be above a bound."""

    url: str
    query: str
    max: float
    get: Get
    clock: Callable[[], float] = time.monotonic
    seconds: float = 0.0
    every: float = 10.0
    no_data: str = "fail"
    timeout: float = 5.0
    headers: Mapping[str, str] | None = None
    verify: bool = True
    target: str = SERVING

    def __post_init__(self) -> None:
        self.begin()

    def begin(self, seconds: float = 0) -> None:
        self._values: list[float] = []
        self._largest: float | None = None
        self._problem = ""
        self._due = -math.inf

    def before(self) -> str:
        self.sample(final=True)
        return f"Prometheus at {self.url} cannot be asked: {self._problem}" if self._problem else ""

    def sample(self, final: bool = False) -> None:
        now = self.clock()
        if now < self._due and not final:
            return
        self._due = now + self.every
        try:
            self._values = self._asked()
            self._problem = ""
        except (OSError, ValueError, KeyError, TypeError) as error:
            self._values, self._problem = [], str(error) or type(error).__name__
        if self._values:
            self._largest = max([*self._values, *([] if self._largest is None else [self._largest])])

    def _asked(self) -> list[float]:
        address = f"{self.url.rstrip('/')}/api/v1/query?{urlencode({'query': self.query})}"
        status, body = self.get(address, self.headers or {}, self.timeout, self.verify)
        told = json.loads(body) if body else {}
        if status != 200 or told.get("status") != "success":
            raise ValueError(f"it answers {status}: {told.get('error') or 'no reason given'}")
        data = told["data"]
        results = [data["result"]] if data["resultType"] in ("scalar", "string") else [each["value"] for each in data["result"]]
        return [value for result in results if not math.isnan(value := float(result[1]))]

    def trouble(self, final: bool = False) -> str:
        above = [value for value in self._values if value > self.max]
        if above:
            return f"{self.query} is {max(above):g}, {self.max:g} is allowed"
        if final and self._problem:
            return f"Prometheus at {self.url} cannot be asked: {self._problem}"
        if final and not self._values and self.no_data == "fail":
            return f"{self.query} has no value. Add `or vector(0)` to it where that is good, or set no_data: pass"
        return ""

    def summary(self) -> Document:
        return {"type": "prometheus", "query": self.query, "values": self._values, "largest": self._largest, "max": self.max}


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which `share` percent of the values are; 0 for none."""
    if not values:
        return 0.0
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share / 100 * len(ordered)) - 1)]


# -- making them -------------------------------------------------------------------------------------

_KEYS: Final[Mapping[str, tuple[frozenset[str], frozenset[str]]]] = {
    "http": (
        frozenset({"url"}),
        frozenset({"expect_status", "max_failed_percent", "max_p95_seconds", "seconds", "per_second", "timeout", "headers", "verify"}),
    ),
    "cloudwatch_alarm": (frozenset({"name"}), frozenset({"seconds", "every"})),
    "prometheus": (frozenset({"url", "query", "max"}), frozenset({"seconds", "every", "no_data", "timeout", "headers", "verify"})),
}
_NUMBERS: Final = ("max_failed_percent", "max_p95_seconds", "seconds", "per_second", "timeout", "every", "max")


def made(
    described: Sequence[Mapping[str, Any]],
    alarms: Callable[[], Any],
    get: Get | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> list[Check]:
    """Return the checks that are described; CheckInvalid for a wrong one. `alarms` makes a CloudWatch client when one is needed."""
    return [_made(number, dict(each), alarms, get or over_http, clock) for number, each in enumerate(described, 1)]


def _made(number: int, described: Document, alarms: Callable[[], Any], get: Get, clock: Callable[[], float]) -> Check:
    kind = described.pop("type", None)
    if kind not in _KEYS:
        raise CheckInvalid(f"check {number} has the type {kind}. There are: {', '.join(_KEYS)}")
    needed, possible = _KEYS[kind]
    given = set(described) - {"target"}
    if wrong := sorted(given - needed - possible):
        raise CheckInvalid(f"check {number} ({kind}) has {', '.join(wrong)}. There are: {', '.join(sorted(needed | possible))} and target")
    if missing := sorted(needed - given):
        raise CheckInvalid(f"check {number} ({kind}) lacks {', '.join(missing)}")
    if described.get("target", SERVING) not in (SERVING, PREVIEW):
        raise CheckInvalid(f"check {number} ({kind}) has the target {described['target']}. There are: {SERVING}, {PREVIEW}")
    try:
        described |= {key: float(described[key]) for key in _NUMBERS if key in described}
        if "expect_status" in described:
            status = described["expect_status"]
            described["expect_status"] = tuple(int(each) for each in (status if isinstance(status, list | tuple) else [status]))
    except (TypeError, ValueError) as error:
        raise CheckInvalid(f"check {number} ({kind}) has something that is no number: {error}") from None
    for key in ("per_second", "timeout", "every"):
        if described.get(key, 1) <= 0:
            raise CheckInvalid(f"check {number} ({kind}) has {key}: {described[key]:g}. It must be above 0")
    if kind == "http":
        return HttpCheck(get=get, clock=clock, **described)
    if kind == "prometheus":
        return PrometheusCheck(get=get, clock=clock, **described)
    return AlarmCheck(client=alarms(), clock=clock, **described)


def over_http(url: str, headers: Mapping[str, str], seconds: float, verify: bool) -> tuple[int, bytes]:
    """Ask for an address, without following redirects, over a connection of its own: a kept one would stay with an old pod."""
    options: Document = {"timeout": urllib3.Timeout(total=seconds), "retries": False}
    if not verify:
        options["cert_reqs"] = "CERT_NONE"
    try:
        with urllib3.PoolManager(**options) as pool:
            answer = pool.request("GET", url, headers=dict(headers), redirect=False)
            return int(answer.status), bytes(answer.data)
    except urllib3.exceptions.NewConnectionError:
        raise OSError("no connection") from None
    except urllib3.exceptions.TimeoutError:
        raise OSError("no answer in time") from None
    except urllib3.exceptions.HTTPError as error:
        raise OSError(type(error).__name__) from None
