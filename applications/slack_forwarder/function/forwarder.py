# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Forwards what an SNS topic is told to a Slack channel: a Lambda function for Python 3.12, of the standard library alone.

The address of the channel's incoming webhook is a secret, and whoever has it can write to the channel. So it is in Secrets Manager,
the function's environment has the secret's name only (`WEBHOOK_SECRET`), and no log ever shows it.
"""

from __future__ import annotations

import json
import logging
import os
import time
import urllib.error
import urllib.request
from typing import Any

import secret
import words

LOG = logging.getLogger()
LOG.setLevel(logging.INFO)

SECONDS = 5.0
"""How long Slack and Secrets Manager may take to answer."""
REMEMBERED_SECONDS = 300.0
"""After so long the secret is read again, so that a new webhook counts without a deploy."""
GONE = (403, 404, 410)
"""What Slack answers when a webhook was revoked or its channel archived."""

_known: dict[str, tuple[float, str]] = {}


class NotForwarded(Exception):
    """Slack has not taken a message; SNS delivers it again."""


def handler(event: dict[str, Any], _context: object) -> dict[str, int]:
    """Forward every message of the event; raise when one of them was not taken, so that it is delivered again."""
    messages = [record["Sns"] for record in event.get("Records", []) if "Sns" in record]
    for message in messages:
        send(webhook(), words.post(message))
    LOG.info("forwarded %d messages", len(messages))
    return {"forwarded": len(messages)}


def webhook() -> str:
    """Return the address of the webhook; it is remembered for some minutes."""
    name = os.environ["WEBHOOK_SECRET"]
    read, url = _known.get(name, (0.0, ""))
    if not url or time.monotonic() - read > REMEMBERED_SECONDS:
        url = secret.value(name, SECONDS).strip()
        if url.startswith("{"):
            url = str(json.loads(url).get("url", ""))
        if not url.startswith(("https://", "http://127.0.0.1:")):
            raise NotForwarded(f"The secret {name} holds no address of a webhook: store the one that Slack shows for the channel.")
        _known[name] = time.monotonic(), url
    return url


def send(url: str, post: dict[str, Any]) -> None:
    """Give a post to Slack; raise NotForwarded with what Slack says when it does not take it."""
    body = json.dumps(post).encode()
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"}, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:
            answer.read()
    except urllib.error.HTTPError as error:
        if error.code in GONE:
            # Perhaps there is a new one already.
            _known.clear()
        said = error.read(200).decode(errors="replace")
        raise NotForwarded(f"Slack answered {error.code}: {said}") from None
    except OSError as error:
        raise NotForwarded(f"Slack was not reached: {error}") from None
