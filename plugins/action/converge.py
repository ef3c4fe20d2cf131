# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action plugin `stratum.aws.converge`: options in, report out. The engine is in plugins/plugin_utils."""

from __future__ import annotations

from typing import Any

from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure
from ansible.plugins.action import ActionBase
from ansible_collections.stratum.aws.plugins.plugin_utils import _converge
from ansible_collections.stratum.aws.plugins.plugin_utils.checks import _account
from ansible_collections.stratum.aws.plugins.plugin_utils.checks._problems import ProblemsFound
from ansible_collections.stratum.aws.plugins.plugin_utils.locks._lock import LockError
from ansible_collections.stratum.aws.plugins.plugin_utils.verbs import _verbs
from ansible_collections.stratum.aws.plugins.plugin_utils.verbs._plan_file import PlanRefused


class ActionModule(ActionBase):
    """Runs the layers of a stack as one graph."""

    _requires_connection = False
    _supports_check_mode = True
    _supports_diff = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Converge the layers, or plan them in check mode; return the report's summary."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        _unused, options = self.validate_argument_spec(
            argument_spec={
                "layers": {"type": "list", "elements": "str", "required": True},
                "parallel": {"type": "int"},
                "report_dir": {"type": "path"},
                "verb": {"type": "str", "choices": list(_verbs.VERBS), "default": "converge"},
            },
        )
        try:
            report = _verbs.run(self, _converge.Options(**options), task_vars or {})
        except ProblemsFound as problems:
            raise AnsibleActionFail(problems.summary()) from None
        except (PlanRefused, LockError) as error:
            raise AnsibleActionFail(str(error)) from None
        except _account.NoAccount as error:
            raise AnsibleActionFail(str(error)) from None
        except _account.Unreachable as error:
            raise AnsibleConnectionFailure(str(error)) from None
        summary = report.summary
        checking = bool(self._task.check_mode)
        result.update(
            # What has drifted was changed by others.
            changed=report.verb != "drift"
            and (checking or not report.rehearsal)
            and bool(summary["create"] or summary["change"] or summary["delete"]),
            failed=bool(summary["failed"] or report.failure),
            summary=dict(summary),
            critical_path={"seconds": report.critical_path[1], "nodes": list(report.critical_path[0])},
            orphans=report.orphans,
            kept=report.kept,
        )
        if summary["failed"]:
            result["msg"] = f"{summary['failed']} of the stack's resources failed; mend the cause and run again"
        if report.failure:
            result["msg"] = report.failure
        return result
