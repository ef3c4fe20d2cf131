# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action plugin `stratum.aws.unlock`: shows or removes the lock of a stack. The lock is in plugins/plugin_utils/locks/_lock.py."""

from __future__ import annotations

import os
from dataclasses import asdict
from typing import Any

from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure
from ansible.plugins.action import ActionBase
from ansible_collections.stratum.aws.plugins.plugin_utils.checks import _account
from ansible_collections.stratum.aws.plugins.plugin_utils.locks import _lock, _unlock
from ansible_collections.stratum.aws.plugins.plugin_utils.locks._lock_holder import moment


class ActionModule(ActionBase):
    """Shows who holds the lock of a stack, and removes it when its id is given."""

    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Look at the lock, and remove it when `lock_id` is its id; fail when it is another's."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        variables = task_vars or {}
        _unused, options = self.validate_argument_spec(argument_spec={"lock_id": {"type": "str"}})
        os.environ.update(self._environment())
        environment = str(self._templar.template(variables.get("environment_name", "default")))
        stack = str(variables["inventory_hostname"])
        try:
            _account.identify()
            done = _unlock.unlock(_lock.client(), environment, stack, options["lock_id"] or None, check=bool(self._task.check_mode))
        except (_account.NoAccount, _lock.LockError) as error:
            raise AnsibleActionFail(str(error)) from None
        except _account.Unreachable as error:
            raise AnsibleConnectionFailure(str(error)) from None
        holder = None
        if done.holder is not None:
            since, expires = moment(done.holder.since), moment(done.holder.expires)
            holder = {**asdict(done.holder), "since": since, "expires": expires, "lives": done.holder.lives()}
        result.update(changed=done.removed, msg=done.message, holder=holder)
        return result

    def _environment(self) -> dict[str, str]:
        """Return the play's and the task's `environment:`."""
        environments = self._task.environment or []
        merged: dict[str, str] = {}
        for environment in environments if isinstance(environments, list) else [environments]:
            merged.update({str(key): str(value) for key, value in (self._templar.template(environment) or {}).items()})
        return merged
