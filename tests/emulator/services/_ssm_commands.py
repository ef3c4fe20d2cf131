# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Commands of Systems Manager: who can be sent one, and what becomes of it.

Moto says of every command, to whatever instance, that it has succeeded. Here an instance must run and have an instance profile. With
`--hosts docker`, `RUNNERS` runs AWS-RunShellScript in the container behind it; otherwise the command is only recorded, as done.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Final

from ._patching import wrap

Runner = Callable[[str, str], tuple[int, str, str]]
"""Takes an instance's id and a script, and returns the exit code and both outputs."""
RUNNERS: Final[list[Runner]] = []
_OUTPUT, _ERRORS = 24000, 8000


def _error(code: str, message: str) -> Exception:
    from moto.core.exceptions import JsonRESTError

    return JsonRESTError(code, message)


def _send(original: Any, self: Any, *args: Any, **kwargs: Any) -> Any:
    from moto.ec2.models import ec2_backends

    from . import _ec2_instances

    ec2 = ec2_backends[self.account_id][self.region_name]
    _ec2_instances.settle(ec2)
    for identifier in kwargs.get("instance_ids") or []:
        instance = ec2.get_instance_by_id(identifier)
        if instance is None or instance.state != "running" or instance.iam_instance_profile is None:
            raise _error("InvalidInstanceId", f"Instances [[{identifier}]] not in a valid state for account {self.account_id}")
    command = original(self, *args, **kwargs)
    if RUNNERS and command.document_name == "AWS-RunShellScript":
        script = "\n".join(command.parameters.get("commands") or [])
        for found in command.invocations:
            found |= {"Status": "InProgress", "StatusDetails": "InProgress", "ResponseCode": -1}
            threading.Thread(target=_run, args=(found, script), daemon=True).start()
    return command


def _run(found: dict[str, Any], script: str) -> None:
    try:
        code, output, errors = RUNNERS[0](found["InstanceId"], script)
    except OSError as error:
        code, output, errors = 127, "", str(error)
    status = "Success" if code == 0 else "Failed"
    said = {"StandardOutputContent": output[:_OUTPUT], "StandardErrorContent": errors[:_ERRORS]}
    found |= {"ResponseCode": code, **said, "Status": status, "StatusDetails": status}


def install() -> None:
    """Apply the corrections."""
    from moto.ssm.models import SimpleSystemManagerBackend

    wrap(SimpleSystemManagerBackend, "send_command", _send)
