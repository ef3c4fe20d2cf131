# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action plugin `stratum.aws.locked`: runs one module while it holds the stack's lock."""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display
from ansible_collections.stratum.aws.plugins.plugin_utils.checks import _account
from ansible_collections.stratum.aws.plugins.plugin_utils.locks import _lock

BEAT_SECONDS: Final = 0.5
DEFAULT_LOCK_TIMEOUT: Final = 60.0


class ActionModule(ActionBase):
    """Runs a module while the stack is locked."""

    _supports_check_mode = True
    _supports_diff = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Lock the stack, run the module, and release the lock; return what the module returns."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        variables = task_vars or {}
        _unused, options = self.validate_argument_spec(
            argument_spec={
                "module": {"required": True},
                "arguments": {"type": "dict", "default": {}},
                "verb": {"required": True},
                "lease": {"type": "bool", "default": False},
            },
        )
        arguments = dict(options["arguments"])
        if self._task.check_mode:
            return self._ran(result, options["module"], arguments, variables)
        os.environ.update(self._environment())
        environment = str(self._templar.template(variables.get("environment_name", "default")))
        timeout = float(self._templar.template(variables.get("lock_timeout", DEFAULT_LOCK_TIMEOUT)))
        try:
            _account.identify()
            with self._locked(environment, str(variables["inventory_hostname"]), options["verb"], timeout) as lease:
                if options["lease"]:
                    arguments["lease"] = str(lease)
                return self._ran(result, options["module"], arguments, variables)
        except (_account.NoAccount, _lock.LockError) as error:
            raise AnsibleActionFail(str(error)) from None
        except _account.Unreachable as error:
            raise AnsibleConnectionFailure(str(error)) from None

    def _ran(self, result: dict[str, Any], module: str, arguments: dict[str, Any], variables: dict[str, Any]) -> dict[str, Any]:
        result.update(self._execute_module(module_name=module, module_args=arguments, task_vars=variables))
        return result

    @contextmanager
    def _locked(self, environment: str, stack: str, verb: str, timeout: float) -> Iterator[Path]:
        """Hold the lock, and renew a file as long as it is held: whoever works in another process sees by it whether it may go on."""
        display = Display()
        lock = _lock.Lock.acquire(_lock.client(), environment, stack, verb, timeout=timeout, tell=_tell)
        over = threading.Event()
        handle, name = tempfile.mkstemp(prefix="stratum-lease-")
        os.close(handle)
        lease = Path(name)
        keeper = threading.Thread(target=_keep, args=(lock, lease, over), daemon=True)
        keeper.start()
        try:
            yield lease
        finally:
            over.set()
            keeper.join()
            lease.unlink(missing_ok=True)
            if warning := lock.release():
                display.warning(warning)

    def _environment(self) -> dict[str, str]:
        """Return the play's and the task's `environment:`."""
        environments = self._task.environment or []
        merged: dict[str, str] = {}
        for environment in environments if isinstance(environments, list) else [environments]:
            merged.update({str(key): str(value) for key, value in (self._templar.template(environment) or {}).items()})
        return merged


def _tell(text: str) -> None:
    Display().display(text, "yellow")


def _keep(lock: _lock.Lock, lease: Path, over: threading.Event) -> None:
    """Renew the lock and the lease until it is over, or the lock is lost."""
    while not over.wait(BEAT_SECONDS):
        try:
            lock.beat()
        except _lock.LockLost as lost:
            Display().warning(str(lost))
            lease.unlink(missing_ok=True)
            return
        with suppress(OSError):
            os.utime(lease)
