# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a message of SNS says in Slack: an alarm with its state and its reason, anything else as it is."""

from __future__ import annotations

import json
import os
from typing import Any

COLOURS = {"ALARM": "#d92d20", "OK": "#12b76a", "INSUFFICIENT_DATA": "#98a2b3"}
OTHER = "#2e90fa"
LONGEST = 2900
"""Characters of a block of text; Slack takes 3000."""


def post(message: dict[str, Any]) -> dict[str, Any]:
    """Return what Slack is to show of a message."""
    text = str(message.get("Message") or "")
    try:
        content = json.loads(text)
    except ValueError:
        content = None
    if isinstance(content, dict) and "AlarmName" in content and "NewStateValue" in content:
        return _alarm(content)
    title = str(message.get("Subject") or _topic(message))
    return _shown(title, text if content is None else f"```{json.dumps(content, indent=2)}```", OTHER)


def _alarm(alarm: dict[str, Any]) -> dict[str, Any]:
    state = str(alarm["NewStateValue"])
    lines = [str(alarm[key]) for key in ("AlarmDescription", "NewStateReason") if alarm.get(key)]
    where = " · ".join(str(alarm[key]) for key in ("Region", "AWSAccountId", "StateChangeTime") if alarm.get(key))
    return _shown(f"{state}: {alarm['AlarmName']}", "\n".join([*lines, *([where] if where else [])]), COLOURS.get(state, OTHER))


def _topic(message: dict[str, Any]) -> str:
    return str(message.get("TopicArn", "SNS")).rpartition(":")[2]


def _shown(title: str, text: str, colour: str) -> dict[str, Any]:
    prefix = os.environ.get("TITLE_PREFIX", "")
    title = f"{prefix} {title}".strip()
    block = {"type": "section", "text": {"type": "mrkdwn", "text": f"*{_plain(title)}*\n{_short(_plain(text))}"}}
    # The text beside the blocks is what notifications show.
    return {"text": _plain(title), "attachments": [{"color": colour, "blocks": [block]}]}


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _plain(text: str) -> str:
    """Return text in which nothing is a link or a mention."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
