# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waiters as data, and one way to wait for them.  Private to the collection."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.waiter import BaseWaiterFactory
from ansible_collections.stratum.aws.plugins.module_utils._errors import ResourceError

with suppress(ImportError):  # AnsibleAWSModule says what is missing
    import jmespath
    from botocore.exceptions import ConnectionError as NetworkError
    from botocore.exceptions import HTTPClientError, WaiterError

MOST_FAULTS = 10
"""So many faults of AWS or of the network in a row end the wait; botocore has already tried each look five times."""

Waiter = dict[str, Any]
"""A waiter in the form of botocore's waiters-2.json; `delay` is the longest pause between two looks.

Beside botocore's keys, `shows` is the path of what a message about a timeout shows (by default what the
acceptors look at), and `reasons` the path at which AWS says why something failed.
"""

FIRST_PAUSE = 0.5
"""Small resources are often ready at once; the pause grows by half until it is the waiter's `delay`."""


def status_waiter(
    operation: str,
    path: str,
    success: Sequence[str],
    failure: Sequence[str] = (),
    delay: int = 15,
    retry_on: Sequence[str] = (),
    reasons: str = "",
) -> Waiter:
    """Return a waiter until the value at `path` is one of `success`.

    The errors `retry_on` mean "not yet"; `reasons` is the path at which AWS says why it failed.
    """
    return {
        "reasons": reasons,
        "operation": operation,
        "delay": delay,
        "maxAttempts": 1,
        "acceptors": [
            *({"state": "success", "matcher": "path", "argument": path, "expected": value} for value in success),
            *({"state": "failure", "matcher": "path", "argument": path, "expected": value} for value in failure),
            *({"state": "retry", "matcher": "error", "expected": code} for code in retry_on),
        ],
    }


def gone_waiter(operation: str, path: str, errors: Sequence[str], failure: Sequence[str] = (), delay: int = 15) -> Waiter:
    """Return a waiter until `operation` answers one of `errors`: there is no such resource any more."""
    return {
        "operation": operation,
        "delay": delay,
        "maxAttempts": 1,
        "acceptors": [
            *({"state": "success", "matcher": "error", "expected": code} for code in errors),
            *({"state": "failure", "matcher": "path", "argument": path, "expected": value} for value in failure),
        ],
    }


def exists_waiter(operation: str, errors: Sequence[str], delay: int = 5) -> Waiter:
    """Return a waiter until `operation` finds the resource; `errors` mean "not yet"."""
    return {
        "operation": operation,
        "delay": delay,
        "maxAttempts": 1,
        "acceptors": [
            {"state": "success", "matcher": "error", "expected": False},
            *({"state": "retry", "matcher": "error", "expected": code} for code in errors),
        ],
    }


class _OneWaiter(BaseWaiterFactory):
    """amazon.aws's factory, which adds the retries for throttling, around one waiter."""

    def __init__(self, waiter: Waiter) -> None:
        self._waiter = waiter
        super().__init__()

    @property
    def _waiter_model_data(self) -> dict[str, Waiter]:
        return {"waiter": self._waiter}


def wait_until(client: Any, waiter: Waiter, timeout: float, **parameters: Any) -> None:
    """Wait until `waiter` succeeds, for at most `timeout` seconds."""
    look = _OneWaiter(waiter).get_waiter(client, "waiter")
    deadline = time.monotonic() + timeout
    pause, faults = FIRST_PAUSE, 0
    while True:
        try:
            look.wait(**parameters, WaiterConfig={"Delay": 0, "MaxAttempts": 1})
            return
        except WaiterError as error:
            faults = faults + 1 if _is_fault(error.last_response) else 0
            if "Max attempts exceeded" not in str(error) and not 0 < faults <= MOST_FAULTS:
                raise ResourceError(_failure(waiter, error)) from error
            if time.monotonic() + pause > deadline:
                raise ResourceError(_timeout(waiter, error, timeout)) from error
        except (HTTPClientError, NetworkError):
            faults += 1
            if faults > MOST_FAULTS or time.monotonic() + pause > deadline:
                raise
        time.sleep(pause)
        pause = min(pause * 1.5, waiter["delay"])


def _is_fault(response: Any) -> bool:
    """Return whether AWS could not say anything about the resource at this moment."""
    code = response.get("Error", {}).get("Code", "")
    return "Throttl" in code or bool(code and response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) >= 500)


def _failure(waiter: Waiter, error: Any) -> str:
    response = error.last_response
    said = response.get("Error", {}).get("Message") or _seen(waiter, response)
    return f"{waiter['operation']} says {said}. Look at the resource in the console, mend what it names, and run again."


def _timeout(waiter: Waiter, error: Any, timeout: float) -> str:
    return (
        f"after {timeout:g} seconds {waiter['operation']} still says {_seen(waiter, error.last_response)}. "
        "It goes on in AWS: run again to go on waiting, or raise wait_timeout."
    )


def _seen(waiter: Waiter, response: Any) -> str:
    """Return the value that the waiter looks at, for a message."""
    paths = {acceptor["argument"] for acceptor in waiter["acceptors"] if "argument" in acceptor}
    values = [jmespath.search(path, response) for path in ([waiter["shows"]] if "shows" in waiter else sorted(paths))]
    seen = ", ".join(str(value) for value in values if value is not None) or "nothing"
    reasons = jmespath.search(waiter["reasons"], response) if waiter.get("reasons") else None
    if isinstance(reasons, list):
        reasons = "; ".join(str(reason) for reason in reasons)
    return f"{seen} ({reasons})" if reasons else seen
