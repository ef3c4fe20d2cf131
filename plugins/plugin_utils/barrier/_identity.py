# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What names the resource of an AWS call, told from the call's name, its request and its answer. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

_ENDINGS: Final = ("Arn", "Identifier", "Id", "Name", "Url", "Bucket", "Key")
_ENDING: Final = re.compile(r"(arn|identifier|id|name|url|bucket)$", re.IGNORECASE)
_VERB: Final = re.compile(r"^[A-Z][a-z]+")
_OTHERS: Final = re.compile(
    r"^(owner|request|host|account|client|caller|creat|idempotency)|token$|^(role|policy|topic|sns|kms)", re.IGNORECASE
)
"""What belongs to the call, or to something that the resource uses."""


def resource_of(operation: str, parameters: Mapping[str, Any], answer: Any) -> str:
    """Return an ARN, an id or a name; empty when nothing names the resource.

    First what the answer says of the thing that the operation is called by (`CreateVpc`: `Vpc.VpcId`), then what the
    request calls by it (`AttachRolePolicy`: `RoleName`), then whatever names anything.
    """
    noun = _VERB.sub("", operation)
    answered = answer if isinstance(answer, Mapping) else {}
    inner = next((value for key, value in answered.items() if key.lower() == noun.lower() and isinstance(value, Mapping)), {})
    for source in (inner, answered):
        texts = {key.lower(): value for key, value in _texts(source)}
        for ending in _ENDINGS:
            for name in (f"{noun}{ending}", ending):
                if texts.get(name.lower()):
                    return texts[name.lower()]
    named = [(operation.lower().find(_ENDING.sub("", key).lower()), value) for key, value in _texts(parameters) if _ENDING.search(key)]
    known = [each for each in named if each[0] >= 0]
    if known:
        return min(known, key=lambda each: each[0])[1]
    texts_ = [(key, value) for source in (parameters, answered) for key, value in _texts(source)]
    return next((value for key, value in texts_ if _ENDING.search(key) and not _OTHERS.search(key)), "")


def _texts(source: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key, value in source.items():
        if isinstance(value, str) and value:
            yield str(key), value
