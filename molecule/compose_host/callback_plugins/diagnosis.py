# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shows what the hosts of the stage say, after a play that failed: Molecule takes the stage away right then."""

from __future__ import annotations

import os
import sys
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: diagnosis
type: aggregate
short_description: show what the hosts of the scenario's stage say, after a failure
description: Containers with their states and errors, the output of those that are ill, failed units, and the journal.
"""


class CallbackModule(CallbackBase):
    """Whatever fails in whichever playbook of the scenario, it is told here."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "diagnosis"
    CALLBACK_NEEDS_ENABLED = True

    def v2_playbook_on_stats(self, stats: Any) -> None:
        """Show it when a task failed and was not rescued, or a host did not answer."""
        if not stats.failures and not stats.dark:
            return
        sys.path.insert(0, os.environ["MOLECULE_PROJECT_DIRECTORY"])
        from tests.hosts import state
        from tests.hosts.stage import Stage

        name = f"molecule-{os.environ['MOLECULE_SCENARIO_NAME'].replace('_', '-')}"
        if state.load(name) is not None:
            self._display.display(Stage(name).diagnosis())
