# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The jobs that workers perform, and how a module's name is turned into one.

AWS modules (amazon.aws, community.aws and ours) run in a warm worker. Everything else — action plugins,
modules in other languages, modules of other collections — goes the ordinary way through Ansible, in a
worker that is used once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from ansible.errors import AnsibleAction, AnsibleActionSkip
from ansible_collections.stratum.aws.plugins.plugin_utils.runs import _module_call
from ansible_collections.stratum.aws.plugins.plugin_utils.runs._module_call import Call, Outcome

WARM_COLLECTIONS: Final = ("amazon.aws.", "community.aws.", "stratum.aws.")


@dataclass(frozen=True)
class Kind:
    """How a module runs: `import_path` for a warm worker, None for the ordinary way."""

    name: str
    import_path: str | None = None
    source: str | None = None

    @property
    def warm(self) -> bool:
        """Whether the module runs in a warm worker, and so behind the write barrier in a plan."""
        return self.import_path is not None


@dataclass(frozen=True)
class OrdinaryJob:
    """A task that Ansible itself performs: its module, its arguments and the variables it may see."""

    module: str
    title: str
    args: Mapping[str, Any]
    check_mode: bool
    no_log: bool
    layer: str
    variables: Mapping[str, Any] = field(default_factory=dict)
    local: Mapping[str, Any] = field(default_factory=dict)
    registered: Mapping[str, Any] = field(default_factory=dict)


Job = Call | OrdinaryJob
Ordinary = Callable[[OrdinaryJob], dict[str, Any]]


def performer(ordinary: Ordinary) -> Callable[[Job], tuple[Outcome, bool]]:
    """Return what a worker does with a job: its outcome, and whether the worker may take another."""

    def perform(job: Job) -> tuple[Outcome, bool]:
        if isinstance(job, Call):
            outcome = _module_call.run(job)
            return outcome, outcome.clean
        try:
            result = ordinary(job)
        except AnsibleActionSkip as skip:
            # Such as an action that has no check mode.
            result = {"changed": False, **skip.result, "skipped": True, "msg": str(skip)}
        except AnsibleAction as end:
            result = {"failed": True, **end.result, "msg": str(end)}
        except Exception as error:
            result = {"failed": True, "msg": str(error)}
        return Outcome(result=result, clean=False), False

    return perform
