# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs one module in this (warm) process and says what it returned and what it wrote."""

from __future__ import annotations

import importlib
import io
import traceback
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from typing import Any

from ansible.module_utils.common.parameters import remove_values
from ansible_collections.stratum.aws.plugins.plugin_utils import _aws, _core


@dataclass(frozen=True)
class Call:
    """A module to run: its import path, its encoded arguments, and whether writes are intercepted."""

    module: str
    arguments: bytes
    barrier: bool = False


@dataclass
class Outcome:
    """What came of a call.

    `result` is the module's result, None when a write was intercepted; `operations` the writes
    made (or the one intercepted), without secrets.
    """

    result: dict[str, Any] | None
    operations: list[dict[str, Any]] = field(default_factory=list)
    intercepted: bool = False
    clean: bool = True
    """False when the process should not run another module (the module failed or broke)."""


def run(call: Call) -> Outcome:
    """Run the module's `main()` and return what came of it; never raises for what a module does."""
    journal = _aws.begin(barrier=call.barrier)
    intercepted = False
    error = ""
    with _core.module_call(call.arguments) as caught, redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        try:
            importlib.import_module(call.module).main()
        except SystemExit:
            pass
        except _aws.WriteIntercepted:
            intercepted = True
        except BaseException as broken:
            error = f"{type(broken).__name__}: {broken}"
            caught.result = {"failed": True, "msg": error, "exception": traceback.format_exc()}
    operations = remove_values(journal.operations, caught.secrets) if caught.secrets else journal.operations
    if error and caught.secrets:
        # Botocore quotes the values that it does not take; a module that ends by itself has hidden them already.
        caught.result = remove_values(caught.result, caught.secrets)
    # A write that was intercepted and then wrapped by the module's own error handling is still a plan.
    intercepted = intercepted or (call.barrier and bool(journal.operations))
    result = caught.result
    if result is None and not intercepted:
        result = {"failed": True, "msg": "The module ended without a result"}
    failed = bool(result and result.get("failed"))
    return Outcome(
        result=None if intercepted or result is None else _core.as_controller_sees(result),
        operations=operations,
        intercepted=intercepted,
        clean=not failed and not error,
    )
