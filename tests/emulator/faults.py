# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults on purpose: throttling, server errors, dropped connections and late reads.

A fault is decided from the seed and from what is asked how often, never from the clock: the same
program meets the same faults again, whatever order its threads run in. README.md has the format.
"""

from __future__ import annotations

import hashlib
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final, Literal

import yaml

from .errors import ServiceError, error_answer
from .http_server import Answer, DropConnection, Environ
from .request import Call, call_of

Kind = Literal["throttle", "error", "drop", "lose"]
KINDS: Final[tuple[Kind, ...]] = ("throttle", "error", "drop", "lose")

_RATE: Final = "Rate exceeded"
THROTTLING: Final = {
    "apigateway": ServiceError("TooManyRequestsException", "Too Many Requests", 429),
    "ec2": ServiceError("RequestLimitExceeded", "Request limit exceeded.", 503),
    "lambda": ServiceError("TooManyRequestsException", "Rate Exceeded.", 429),
    "s3": ServiceError("SlowDown", "Please reduce your request rate.", 503),
    "sqs": ServiceError("RequestThrottled", "Request is throttled.", 403),
}
"""Throttling answers of the services that do not use their protocol's usual one."""


class FaultsError(ValueError):
    """The faults file cannot be used; the message says why."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Probabilities for the operations that match; `limit` bounds the faults of this rule."""

    service: str = "*"
    operation: str = "*"
    throttle: float = 0.0
    error: float = 0.0
    drop: float = 0.0
    lose: float = 0.0
    lag: float = 0.0
    limit: int | None = None

    def matches(self, call: Call) -> bool:
        """Whether this rule is about that operation."""
        return fnmatchcase(call.service, self.service) and fnmatchcase(call.operation, self.operation)


@dataclass(frozen=True, slots=True)
class FaultPlan:
    """A faults file: the seed and the rules, of which the first that matches counts."""

    seed: int
    rules: tuple[Rule, ...]

    def rule_for(self, call: Call) -> tuple[int, Rule] | None:
        """Return the number and the rule that counts for `call`."""
        for index, rule in enumerate(self.rules):
            if rule.matches(call):
                return index, rule
        return None

    def decide(self, rule: Rule, call: Call, parameters_hash: str, occurrence: int) -> Kind | None:
        """Say which fault the `occurrence`th such request meets."""
        key = f"{self.seed}|{call.service}|{call.operation}|{parameters_hash}|{occurrence}"
        digest = hashlib.blake2b(key.encode(), digest_size=8).digest()
        drawn = int.from_bytes(digest, "big") / 2**64
        for kind in KINDS:
            drawn -= getattr(rule, kind)
            if drawn < 0:
                return kind
        return None


def load(path: Path) -> FaultPlan:
    """Read a faults file, or say what is wrong with it."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise FaultsError(f"{path} cannot be read: {error}") from error
    return parse(content, str(path))


def parse(content: object, where: str = "faults") -> FaultPlan:
    """Check the content of a faults file."""
    if not isinstance(content, Mapping) or not set(content) <= {"seed", "faults"}:
        raise FaultsError(f"{where}: expected the keys `seed` and `faults`")
    entries = content.get("faults") or []
    seed = content.get("seed", 0)
    if not isinstance(entries, list) or not isinstance(seed, int):
        raise FaultsError(f"{where}: `faults` must be a list and `seed` an integer")
    return FaultPlan(seed, tuple(_rule(entry, f"{where}: faults[{index}]") for index, entry in enumerate(entries)))


def _rule(entry: object, where: str) -> Rule:
    known = {item.name for item in fields(Rule)}
    if not isinstance(entry, Mapping) or not set(entry) <= known:
        raise FaultsError(f"{where}: the keys may be {', '.join(sorted(known))}")
    rule = Rule(**entry)
    chances = [getattr(rule, kind) for kind in KINDS]
    if not all(isinstance(chance, (int, float)) and 0 <= chance <= 1 for chance in chances) or sum(chances) > 1:
        raise FaultsError(f"{where}: {', '.join(KINDS)} are probabilities that add up to at most 1")
    if not isinstance(entry.get("lag", 0), (int, float)) or rule.lag < 0:
        raise FaultsError(f"{where}: `lag` is a number of seconds")
    return rule


def throttling(call: Call) -> ServiceError:
    """Return the answer with which the service of `call` throttles."""
    if call.service in THROTTLING:
        return THROTTLING[call.service]
    code = "Throttling" if call.protocol in ("query", "rest-xml") else "ThrottlingException"
    return ServiceError(code, _RATE, 400)


def server_error(call: Call) -> ServiceError:
    """Return the 5xx with which the service of `call` fails."""
    if call.protocol in ("ec2", "rest-xml"):
        return ServiceError("InternalError", "An internal error has occurred. Retry your request.", 500)
    if call.protocol == "query":
        return ServiceError("ServiceUnavailable", "Service is unavailable, try again shortly.", 503)
    return ServiceError("InternalServerException", "An internal error has occurred.", 500)


class Faults:
    """The middleware that throttles, fails and drops; it counts what has been asked so far."""

    def __init__(self, plan: FaultPlan) -> None:
        self._plan = plan
        self._lock = threading.Lock()
        self._asked: Counter[tuple[str, str, str]] = Counter()
        self._used: Counter[int] = Counter()

    def reset(self) -> None:
        """Start counting from the beginning."""
        with self._lock:
            self._asked.clear()
            self._used.clear()

    def __call__(self, environ: Environ, following: Callable[[Environ], Answer]) -> Answer:
        """Answer with a fault, or let the request through."""
        call = call_of(environ)
        kind = self._next(call)
        match kind:
            case "throttle":
                return error_answer(environ, throttling(call))
            case "error":
                return error_answer(environ, server_error(call))
            case "drop":
                raise DropConnection
            case "lose":
                following(environ)
                raise DropConnection
        return following(environ)

    def _next(self, call: Call) -> Kind | None:
        found = self._plan.rule_for(call)
        if found is None:
            return None
        index, rule = found
        parameters_hash = call.parameters_hash()
        with self._lock:
            key = (call.service, call.operation, parameters_hash)
            self._asked[key] += 1
            if rule.limit is not None and self._used[index] >= rule.limit:
                return None
            kind = self._plan.decide(rule, call, parameters_hash, self._asked[key])
            if kind is not None:
                self._used[index] += 1
            return kind


def lag_of(plan: FaultPlan) -> Callable[[Call], float]:
    """Return the function that says for how long reads do not see what `call` creates."""

    def lag(call: Call) -> float:
        found = plan.rule_for(call)
        return found[1].lag if found else 0.0

    return lag
