# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which failures of a module pass by themselves, and how long to wait before the next attempt. Pure."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from typing import Any, Final

_CODES: Final = frozenset(
    {
        "BandwidthLimitExceeded",
        "EC2ThrottledException",
        "InternalError",
        "InternalFailure",
        "InternalServerError",
        "InternalServiceError",
        "InternalServiceException",
        "LimitExceededException",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "RequestTimeout",
        "RequestTimeoutException",
        "ServiceUnavailable",
        "ServiceUnavailableException",
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "TooManyRequestsException",
        "TransactionInProgressException",
        "Unavailable",
    }
)
_STATUSES: Final = frozenset({500, 502, 503, 504})
_MESSAGES: Final = re.compile(
    r"Connection was closed before we received a valid response|Could not connect to the endpoint URL|Connection reset by peer"
    r"|Connect timeout on endpoint|Read timeout on endpoint|Rate exceeded|Reached max retries|RemoteDisconnected|Connection aborted",
    re.IGNORECASE,
)
_NOT_SEEN: Final = re.compile(r"NotFound|NoSuch|DoesNotExist|NotExist|does not exist|could not be found|cannot be found", re.IGNORECASE)
_FELL_OVER: Final = re.compile(r"(?:TypeError|KeyError|IndexError|AttributeError): ")
_LONGEST_SECONDS: Final = 30.0
SEEN_AFTER_SECONDS: Final = 4.0
"""How long reads may go on without what was created: a module that runs again sooner might create it twice."""


def is_transient(result: Mapping[str, Any]) -> bool:
    """Return whether a failed module result speaks of throttling, a 5xx answer or a lost connection."""
    if _is_of_pods(result):
        return False
    error = result.get("error")
    code = str(error.get("code", "")) if isinstance(error, Mapping) else ""
    metadata = result.get("response_metadata")
    status = metadata.get("http_status_code", 0) if isinstance(metadata, Mapping) else 0
    message = str(result.get("msg", ""))
    coded = re.search(r"An error occurred \((\w+)\)", message)
    return (
        code in _CODES
        or (isinstance(status, int) and status in _STATUSES)
        or (coded is not None and coded.group(1) in _CODES)
        or _MESSAGES.search(message) is not None
    )


def is_not_seen_yet(result: Mapping[str, Any]) -> bool:
    """Return whether a module that has created something failed because a read did not know it, or fell over an empty answer."""
    if _is_of_pods(result):
        return False
    error = result.get("error")
    code = str(error.get("code", "")) if isinstance(error, Mapping) else ""
    message = str(result.get("msg", ""))
    return _NOT_SEEN.search(f"{code} {message}") is not None or _FELL_OVER.match(message) is not None


def _is_of_pods(result: Mapping[str, Any]) -> bool:
    """Return whether a release failed by its pods: the message quotes their last words, which may speak of lost connections as AWS does."""
    return bool(result.get("ailments"))


def backoff_seconds(attempt: int, jitter: random.Random) -> float:
    """Return the seconds to wait after the failed attempt number `attempt` (from 1): full jitter, doubling."""
    return jitter.uniform(0.2, min(_LONGEST_SECONDS, float(2**attempt)))
