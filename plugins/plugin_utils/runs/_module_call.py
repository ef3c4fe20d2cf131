# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs one module in this (warm) process and says what it returned and what it wrote."""

from __future__ import annotations

import importlib
import io
import traceback
from collections.abc import Collection, Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from typing import Any, Final

from ansible.module_utils.common.parameters import remove_values
from ansible_collections.stratum.aws.plugins.plugin_utils import _core
from ansible_collections.stratum.aws.plugins.plugin_utils.barrier import _doors, _gate, _simulated
from ansible_collections.stratum.aws.plugins.plugin_utils.barrier._gate import Gate, Rule


@dataclass(frozen=True)
class Call:
    """A module to run: its import path, its encoded arguments, what it may write, and what the journal says of it."""

    module: str
    arguments: bytes
    gate: Gate = _gate.OPEN
    about: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class Outcome:
    """What came of a call.

    `result` is the module's result, None when it did not come to one; `operations` the writes made (with `planned`, those
    that would have been made), without secrets; `calls` counts all calls by `service:Operation`.
    """

    result: dict[str, Any] | None
    operations: list[dict[str, Any]] = field(default_factory=list)
    planned: bool = False
    """Writes were answered instead of made."""
    complete: bool = True
    """False when a module whose writes were answered could not go on to its end: more may follow."""
    refused: str = ""
    """Why a write was refused."""
    calls: Mapping[str, int] = field(default_factory=dict)
    clean: bool = True
    """False when the process should not run another module (the module failed or broke)."""


_FROM_VALUES: Final = ("parameters", "changes", "destructive", "cautions")
"""What of a recorded write is made of values. A secret may be a single digit, which the rest may well have in it: `s3`, a fingerprint."""


def run(call: Call) -> Outcome:
    """Run the module's `main()` and return what came of it; never raises for what a module does."""
    planning = call.gate.rule in (Rule.PLAN, Rule.TAGS)
    complete = True
    error = ""
    with _core.module_call(call.arguments) as caught, redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        journal = _doors.begin(gate=call.gate, secrets=caught.secrets, about=call.about)
        try:
            with _simulated.impatient(journal.naps):
                importlib.import_module(call.module).main()
        except SystemExit:
            pass
        except _doors.WriteRefused:
            complete = False
        except _simulated.SeenEnough:
            complete = False
            if not journal.operations:
                caught.result = {"failed": True, "msg": "the module waits for it"}
        except BaseException as broken:
            error = f"{type(broken).__name__}: {broken}"
            caught.result = {"failed": True, "msg": error, "exception": traceback.format_exc()}
    if error and caught.secrets:
        # Botocore quotes the values that it does not take; a module that ends by itself has hidden them already.
        caught.result = remove_values(caught.result, caught.secrets)
    # Again, because a module may learn of a secret after it has written.
    operations = [_without(caught.secrets, each) for each in journal.operations] if caught.secrets else journal.operations
    result = caught.result
    refused = "" if planning else journal.refused
    planned = planning and bool(operations)
    if refused:
        # Also when the module's own error handling has wrapped it.
        result = {"failed": True, "msg": refused}
    elif result is None and not planned:
        result = {"failed": True, "msg": "The module ended without a result"}
    failed = bool(result and result.get("failed"))
    return Outcome(
        result=None if result is None else _core.as_controller_sees(result),
        operations=operations,
        planned=planned,
        complete=complete and not (planned and failed),
        refused=refused,
        calls=dict(journal.calls),
        clean=not failed and not error and complete,
    )


def _without(secrets: Collection[Any], operation: Mapping[str, Any]) -> dict[str, Any]:
    """Return a recorded write with the secrets hidden in what is made of values."""
    return {key: remove_values(value, secrets) if key in _FROM_VALUES else value for key, value in operation.items()}
