# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A callback plugin that keeps every module call of a converge, each in a file of the directory STRATUM_RECORDED_CALLS."""

from __future__ import annotations

import itertools
import os
import pickle
from pathlib import Path

from ansible.plugins.callback import CallbackBase
from ansible_collections.stratum.aws.plugins.plugin_utils.runs import _module_call
from ansible_collections.stratum.aws.plugins.plugin_utils.runs._module_call import Call, Outcome

DOCUMENTATION = """
name: record_calls
type: aggregate
short_description: Keeps the module calls of a converge
description: For tests of the engine.
"""


class CallbackModule(CallbackBase):
    """Loaded before any worker is forked, so that all of them inherit what it replaces."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "record_calls"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        super().__init__()
        run, numbers = _module_call.run, itertools.count()
        directory = Path(os.environ["STRATUM_RECORDED_CALLS"])

        def recorded(call: Call) -> Outcome:
            outcome = run(call)
            # Plain values: the test imports the engine's classes under another loader.
            kept = (call.module, call.arguments, bool(outcome.result and outcome.result.get("failed")))
            (directory / f"{os.getpid()}-{next(numbers)}").write_bytes(pickle.dumps(kept))
            return outcome

        _module_call.run = recorded
