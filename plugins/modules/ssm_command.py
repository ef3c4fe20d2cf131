#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run a command on an EC2 instance by Systems Manager."""

from __future__ import annotations

DOCUMENTATION = r"""
module: ssm_command
version_added: 0.5.0
short_description: Run a command on an EC2 instance by Systems Manager
description:
  - Runs shell commands as root on an instance that Systems Manager knows, waits until they have ended, and returns what they said.
  - It runs them each time. Check mode says that it would.
author:
  - stratum.aws contributors (@stratum-aws)
options:
  instance_id:
    description: The id of the instance.
    type: str
    required: true
  commands:
    description: The commands, which are one script. No secret may be in them, because Systems Manager keeps them for 30 days.
    type: list
    elements: str
    required: true
  comment:
    description: What they are for, at most 100 characters.
    type: str
  timeout:
    description: How long they may run, in seconds.
    type: int
    default: 3600
  delivery_timeout:
    description: How long the instance may take to begin, in seconds, 30 or more.
    type: int
    default: 600
notes:
  - Neither amazon.aws nor community.aws has a module that runs a command. The connection plugin P(amazon.aws.aws_ssm#connection) needs a
    program of AWS on the controller and a bucket.
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - stratum.aws.attributes
"""

EXAMPLES = r"""
- name: Take a snapshot of etcd now
  stratum.aws.ssm_command:
    instance_id: i-0123456789abcdef0
    commands: [/usr/local/lib/kubernetes-node/etcd-snapshot.sh]
    comment: Before an upgrade
"""

RETURN = r"""
command_id:
  description: The id of the command, null in check mode.
  returned: success
  type: str
  sample: 0831e1a8-a1ac-4257-a1fd-c831b48c4107
response_code:
  description: The exit code.
  returned: success
  type: int
  sample: 0
status:
  description: What became of it.
  returned: success
  type: str
  sample: Success
stderr:
  description: What it said on its error output, at most 8,000 characters.
  returned: success
  type: str
  sample: ""
stdout:
  description: What it said, at most 24,000 characters.
  returned: success
  type: str
  sample: "kubernetes-node: the snapshot 20260102T030405Z.db is in s3://kubernetes-prod-certs/kubernetes-prod/etcd/"
"""

import time
from contextlib import suppress
from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

with suppress(ImportError):  # AnsibleAWSModule says what is missing
    from botocore.exceptions import BotoCoreError, ClientError

GOING_ON = ("Pending", "InProgress", "Delayed", "Cancelling")
LONGEST_PAUSE = 10.0


def invocation(client: Any, command: str, instance: str, seconds: float) -> dict[str, Any]:
    """Return what became of a command, once it has ended; what there is after `seconds` if it has not."""
    deadline, pause = time.monotonic() + seconds, 0.5
    while True:
        found: dict[str, Any] = {"Status": "Pending"}
        try:
            found = client.get_command_invocation(CommandId=command, InstanceId=instance)
        except ClientError as error:
            # For a moment, Systems Manager knows the command and not yet where it goes.
            if error.response["Error"]["Code"] != "InvocationDoesNotExist":
                raise
        if found["Status"] not in GOING_ON or time.monotonic() > deadline:
            return found
        time.sleep(pause)
        pause = min(pause * 1.5, LONGEST_PAUSE)


def main() -> None:
    """Run the module."""
    module = AnsibleAWSModule(
        argument_spec={
            "instance_id": {"required": True},
            "commands": {"type": "list", "elements": "str", "required": True},
            "comment": {},
            "timeout": {"type": "int", "default": 3600},
            "delivery_timeout": {"type": "int", "default": 600},
        },
        supports_check_mode=True,
    )
    params = module.params
    title = f"The command on {params['instance_id']}"
    if module.check_mode:
        module.exit_json(changed=True, command_id=None, response_code=0, status="Pending", stdout="", stderr="")
    client = module.client("ssm")
    try:
        command = client.send_command(
            DocumentName="AWS-RunShellScript",
            InstanceIds=[params["instance_id"]],
            Comment=(params["comment"] or "")[:100],
            TimeoutSeconds=params["delivery_timeout"],
            Parameters={"commands": params["commands"], "executionTimeout": [str(params["timeout"])]},
        )["Command"]["CommandId"]
        found = invocation(client, command, params["instance_id"], params["timeout"] + params["delivery_timeout"])
    except (BotoCoreError, ClientError) as error:
        code = getattr(error, "response", {}).get("Error", {}).get("Code")
        cure = " The instance does not run, or its agent has not reached Systems Manager." if code == "InvalidInstanceId" else ""
        module.fail_json_aws(error, msg=f"{title} was not run.{cure}")
    result = {
        "command_id": command,
        "response_code": found.get("ResponseCode", -1),
        "status": found["Status"],
        "stdout": found.get("StandardOutputContent", ""),
        "stderr": found.get("StandardErrorContent", ""),
    }
    if result["status"] != "Success":
        said = (result["stderr"] or result["stdout"] or found.get("StatusDetails") or "").strip()
        module.fail_json(msg=f"{title} ended as {result['status']} with {result['response_code']}: {said}", changed=True, **result)
    module.exit_json(changed=True, **result)


if __name__ == "__main__":
    main()
