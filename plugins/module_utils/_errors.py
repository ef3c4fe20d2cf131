# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Errors that name the resource, the operation and the cure.  Private to the collection."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

CURES: Final[Mapping[str, str]] = {
    "AccessDenied": "Allow this operation in the policy of the identity that runs the play.",
    "AccessDeniedException": "Allow this operation in the policy of the identity that runs the play.",
    "UnauthorizedOperation": "Allow this operation in the policy of the identity that runs the play.",
    "ExpiredToken": "Sign in again: the session's credentials have expired.",
    "ExpiredTokenException": "Sign in again: the session's credentials have expired.",
    "UnrecognizedClientException": "Check the credentials and that the region is enabled for the account.",
    "ThrottlingException": "AWS throttles the account: run again later or with less in parallel.",
    "Throttling": "AWS throttles the account: run again later or with less in parallel.",
    "ServiceQuotaExceededException": "Ask AWS for a higher quota or delete what is not used.",
    "LimitExceededException": "Ask AWS for a higher quota or delete what is not used.",
    "LimitExceeded": "Ask AWS for a higher quota or delete what is not used.",
}
"""Error code -> what to do about it, for every service."""


class ResourceError(Exception):
    """What cannot be done with the resource and what to do instead."""


def explain(title: str, error: Exception, cures: Mapping[str, str]) -> str:
    """Return the first part of the message for an error of boto3; AWS's own words follow it."""
    response: Mapping[str, Any] = getattr(error, "response", {})
    operation = getattr(error, "operation_name", None)
    cure = cures.get(response.get("Error", {}).get("Code", ""), "")
    if operation:
        return f"{title}: {operation} failed. {cure}".rstrip()
    if type(error).__name__ == "ParamValidationError":
        return f"{title}: the options are not valid. Correct what is named here"
    return f"{title}: AWS was not reached. Check the network, the region and the credentials"
