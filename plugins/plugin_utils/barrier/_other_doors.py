# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The door through which our modules write to what is not AWS: Kubernetes APIs, and clusters by Helm.

A write that passes here is judged, answered, refused and recorded as AWS's are (`_doors.py`). Only modules that send their
writes by `module_utils/_outward.py` pass it; a test shows that ours do.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from ansible.module_utils.common.parameters import remove_values
from ansible_collections.stratum.aws.plugins.module_utils import _outward
from ansible_collections.stratum.aws.plugins.module_utils._outward import ANSWERED, Write
from ansible_collections.stratum.aws.plugins.plugin_utils.barrier import _doors, _gate, _planning
from ansible_collections.stratum.aws.plugins.plugin_utils.barrier._gate import Rule, Ruling
from ansible_collections.stratum.aws.plugins.plugin_utils.barrier._operations import Effect


def install() -> None:
    """Let the writes of our modules pass here; the caller sees to it that this happens once."""
    _outward.install(_passed)


def _passed(write: Write, perform: Callable[[], Any]) -> Any:
    journal = _doors.current()
    journal.calls[f"{write.service}:{write.operation}"] += 1
    operation, ruling = _judged(journal, write)
    if ruling is Ruling.ANSWER:
        journal.naps.counting = True
        return ANSWERED
    began, started = datetime.now(UTC), time.monotonic()
    try:
        return perform()
    except Exception as error:
        operation["error"] = type(error).__name__
        raise
    finally:
        operation["seconds"] = round(time.monotonic() - started, 3)
        _doors.write_line(journal, operation, began, write.resource)


def _judged(journal: _doors.Journal, write: Write) -> tuple[dict[str, Any], Ruling]:
    """Record a write and return what becomes of it; raises WriteRefused."""
    gate, effect = journal.gate, Effect(write.effect)
    shown = remove_values(dict(write.parameters), journal.secrets)
    operation: dict[str, Any] = {"service": write.service, "operation": write.operation, "parameters": shown, "effect": effect.value}
    fingerprint = _gate.fingerprint(write.place, write.service, write.operation, shown)
    new = gate.fresh or effect is Effect.CREATE or Effect.CREATE in _planning.effects(journal.operations)
    if write.changes is not None and gate.rule in (Rule.PLAN, Rule.TAGS, Rule.SEND):
        operation["changes"] = remove_values([dict(change) for change in write.changes], journal.secrets)
    if gate.rule is Rule.PLAN:
        operation |= {"fingerprint": fingerprint, "destructive": list(write.destructive), "cautions": []}
    reasons = [] if new and effect is not Effect.DELETE else list(write.destructive)
    ruling, why = gate.ruling(effect, fingerprint, len(journal.operations), reasons, tags=False)
    if ruling is Ruling.REFUSE:
        journal.refused = journal.refused or f"{write.service}:{write.operation} of {write.resource} was not made: {why}"
        raise _doors.WriteRefused(journal.refused)
    journal.operations.append(operation)
    return operation, ruling
