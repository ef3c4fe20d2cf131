# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A callback plugin that keeps, for every resource of a converge, the arguments that would take it away.

They are rendered here, from the same variables as the task's own arguments, and written to a file per run in the directory
STRATUM_RECORDED_ABSENT, in the order in which the resources were begun, which is an order of their dependencies.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible.parsing.dataloader import DataLoader
from ansible.plugins.callback import CallbackBase
from ansible_collections.stratum.aws.plugins.plugin_utils import _core
from ansible_collections.stratum.aws.plugins.plugin_utils.runs import _steps

DOCUMENTATION = """
name: record_absent
type: aggregate
short_description: Keeps what would take the resources of a converge away
description: For tests of the graphs.
"""


class CallbackModule(CallbackBase):
    """Loaded before the engine runs, whose rendering of a resource it listens to."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "record_absent"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        super().__init__()
        render, hints = _steps.Item.render, Hints()
        target = Path(os.environ["STRATUM_RECORDED_ABSENT"]) / str(os.getpid())

        def recorded(item: Any, evaluator: Any) -> bool:
            wanted = render(item, evaluator)
            # What goes with another task's resource is not taken away by its own task.
            if wanted and item.node.absent is not None:
                with target.open("a", encoding="utf-8") as lines:
                    lines.write(json.dumps(record(item, evaluator, hints.of(item.node))) + "\n")
            return wanted

        setattr(_steps.Item, "render", recorded)  # noqa: B010


class Hints:
    """What the tasks' `vars` say about their deletion, read from the graphs themselves."""

    def __init__(self) -> None:
        self._tasks: dict[str, list[dict[str, Any]]] = {}

    def of(self, node: Any) -> dict[str, Any]:
        """Return the `vars` of the task that a node was read from."""
        path = str(node.place).rpartition(":")[0]
        if path not in self._tasks:
            absolute = path if Path(path).is_absolute() else str(Path(os.environ["STRATUM_ROOT"]) / path)
            self._tasks[path] = DataLoader().load_from_file(absolute, cache="none", trusted_as_template=True)
        return next(task.get("vars") or {} for task in self._tasks[path] if task["name"] == node.name)


def record(item: Any, evaluator: Any, hints: Mapping[str, Any]) -> dict[str, Any]:
    """Return a resource's module with its arguments, and those that unprotect and delete it."""
    node = item.node
    seen = evaluator.variables(node.layer, node.variables, item.local)

    def arguments(hint: str) -> dict[str, Any]:
        # Merged before they are rendered, so that `omit` leaves out what the task says.
        return plain(evaluator._render({**node.args, **(hints.get(hint) or {})}, seen))

    return {
        "layer": node.layer,
        "name": node.name,
        "item": item.label,
        "module": node.module,
        "present": plain(item.args),
        "absent": arguments("converge_absent"),
        "state": "state" in (hints.get("converge_absent") or {}),
        "unprotect": arguments("converge_unprotect") if "converge_unprotect" in hints else None,
    }


def plain(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return arguments as a module would be given them."""
    decoded: dict[str, Any] = json.loads(_core.encode_arguments(dict(arguments)))["ANSIBLE_MODULE_ARGS"]
    return decoded
