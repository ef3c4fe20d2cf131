#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Manage a canary of CloudWatch Synthetics."""

from __future__ import annotations

DOCUMENTATION = r"""
module: synthetics_canary
version_added: 0.5.0
short_description: Manage a canary of CloudWatch Synthetics
description:
  - Creates, changes, starts, stops and deletes a canary, a script that tries a system from outside by a schedule.
  - Deleting a canary deletes its Lambda function, its layers and its log group too. Its artifacts stay in their bucket.
  - What the options do not mention is left alone.
options:
  name:
    description: The name of the canary, of lower-case letters, digits, hyphens and underscores.
    type: str
    required: true
  script:
    description:
      - The script itself. A new canary needs it.
      - Its hash is kept in the tag C(stratum:code), by which a changed script or environment is told, as AWS tells neither.
    type: str
  handler:
    description: What is called in the script; the part before the last dot is the name of its file. A new canary needs it.
    type: str
  runtime:
    description: The runtime, such as V(syn-nodejs-puppeteer-10.0). A new canary needs it.
    type: str
  schedule:
    description: How often it runs, as C(rate()) or C(cron()); V(rate(0 minute)) once for each start. A new canary needs it.
    type: str
  schedule_duration_seconds:
    description: How long it runs by its schedule after a start, in seconds; V(0) for ever.
    type: int
  artifact_location:
    description: Where its logs and pictures go, as C(s3://bucket/prefix). A new canary needs it.
    type: str
  role_arn:
    description: The ARN of the role that the script runs as. A new canary needs it.
    type: str
  timeout_seconds:
    description: How long a run may take, in seconds. AWS takes the time between two runs, 840 at most, unless given.
    type: int
  memory_mb:
    description: The memory of a run, in MB; a multiple of 64 from 960 to 3008.
    type: int
  tracing:
    description: Whether X-Ray traces its requests.
    type: bool
  environment:
    description: The environment variables of the script, which are no place for secrets.
    type: dict
  success_retention_days:
    description: How many days what is known of a run that succeeded is kept.
    type: int
  failure_retention_days:
    description: How many days what is known of a run that failed is kept.
    type: int
  subnet_ids:
    description: The subnets that it runs in; outside of a VPC unless given.
    type: list
    elements: str
  security_group_ids:
    description: Its security groups, in a VPC.
    type: list
    elements: str
  running:
    description: Whether it runs by its schedule. A new canary does unless this says otherwise.
    type: bool
  state:
    description: Whether the canary exists.
    type: str
    choices: [present, absent]
    default: present
  wait:
    description: Whether to wait until the canary is ready, or gone.
    type: bool
    default: true
  wait_timeout:
    description: How many seconds to wait.
    type: int
    default: 300
notes:
  - Neither amazon.aws nor community.aws has a module for canaries.
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.tags
  - amazon.aws.boto3
  - stratum.aws.attributes
author:
  - stratum.aws contributors (@stratum-aws)
"""

EXAMPLES = r"""
- name: Try the shop every five minutes
  stratum.aws.synthetics_canary:
    name: shop-prod
    script: "{{ lookup('ansible.builtin.file', 'canary.js') }}"
    handler: canary.handler
    runtime: syn-nodejs-puppeteer-10.0
    schedule: rate(5 minutes)
    artifact_location: s3://shop-prod-canaries/shop-prod
    role_arn: arn:aws:iam::123456789012:role/shop-prod-canary
    environment:
      URL: https://shop.example.com/health

- name: Delete the canary with its function and its log group
  stratum.aws.synthetics_canary:
    name: shop-prod
    state: absent
"""

RETURN = r"""
canary:
  description: The canary, or null when there is none. Its other keys are the module's options of the same name.
  returned: always
  type: dict
  contains:
    name:
      description: Its name.
      returned: always
      type: str
      sample: shop-prod
    arn:
      description: Its ARN.
      returned: always
      type: str
      sample: arn:aws:synthetics:us-east-1:123456789012:canary:shop-prod
    status:
      description: Its state.
      returned: always
      type: str
      sample: RUNNING
    running:
      description: Whether it runs by its schedule.
      returned: always
      type: bool
      sample: true
    function_arn:
      description: The ARN of the Lambda function that Synthetics has made for it.
      returned: when the canary exists
      type: str
      sample: arn:aws:lambda:us-east-1:123456789012:function:cwsyn-shop-prod-0c1d:1
    tags:
      description: Its tags.
      returned: always
      type: dict
      sample: {"stratum:code": 2c26b46b68ffc68ff99b453c1d304134}
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from ansible_collections.amazon.aws.plugins.module_utils.iam import get_aws_account_info
from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.stratum.aws.plugins.module_utils import _canary as pure
from ansible_collections.stratum.aws.plugins.module_utils._base import STATE, TAGS, AwsResource, Document, wait_options
from ansible_collections.stratum.aws.plugins.module_utils._tags import retag, tag_changes, text_tags
from ansible_collections.stratum.aws.plugins.module_utils._waiters import wait_until

NEEDED = ("script", "handler", "runtime", "schedule", "artifact_location", "role_arn")


class Canary(AwsResource):
    """A canary, known by its name."""

    service = "synthetics"
    kind = "Canary"
    returns = "canary"
    retried = ("ThrottlingException", "TooManyRequestsException", "ConflictException")
    cures: ClassVar[Mapping[str, str]] = {
        "ValidationException": "Check the name, the runtime, the schedule, and that the role and the bucket exist.",
        "RequestEntityTooLargeException": "Make the script smaller than 225 KB.",
    }

    def __init__(self, module: Any) -> None:
        super().__init__(module)
        self.account, self.partition = get_aws_account_info(module)

    @property
    def identity(self) -> str:
        return str(self.params["name"])

    def _describe(self) -> Document | None:
        answer = self.find("get_canary", Name=self.identity)
        return answer and pure.canary_document(answer["Canary"], self.account, self.partition, self.module.region)

    def _leaving(self, current: Document) -> bool:
        return bool(current["status"] == "DELETING")

    def _await_deletion(self, current: Document) -> None:
        wait_until(self.client, pure.GONE, self.params["wait_timeout"], Name=self.identity)

    def _settle(self, current: Document) -> Document:
        if current["status"] not in pure.BUSY:
            return current
        wait_until(self.client, pure.READY, self.params["wait_timeout"], Name=self.identity)
        return self._describe() or current

    def _changes(self, current: Document) -> Document:
        changes = pure.canary_changes(current, self.params)
        if set(changes) & set(pure.CODE) and self.params["script"] is None:
            self.fail("its handler and its runtime change together with its script only. Set script, too.")
        tags = pure.wanted_tags(self.params, current["tags"])
        return {**changes, **tag_changes(current["tags"], tags, self.params["purge_tags"])}

    def _predict(self) -> Document:
        if missing := [name for name in NEEDED if self.params[name] is None]:
            self.fail(f"a new canary needs {', '.join(missing)}.")
        tags = text_tags(pure.wanted_tags(self.params, {})) or {}
        running = self.params["running"] is not False
        shown = pure.canary_document({"Name": self.identity}, self.account, self.partition, self.module.region)
        return {**shown, **pure.wanted(self.params), "status": "RUNNING" if running else "READY", "running": running, "tags": tags}

    def _create(self) -> None:
        new = self._predict()
        self.call("create_canary", Name=self.identity, **pure.request(pure.wanted(self.params), self.params, True), Tags=new["tags"])
        # A canary that is still being made cannot be started.
        wait_until(self.client, pure.READY, self.params["wait_timeout"], Name=self.identity)
        if new["running"]:
            self._run(True)

    def _run(self, running: bool) -> None:
        self.call("start_canary" if running else "stop_canary", Name=self.identity)
        self.wait(pure.RUNNING if running else pure.STOPPED, Name=self.identity)

    def _update(self, current: Document, changes: Document) -> None:
        retold = {**current, **changes}["tags"].get(pure.CODE_TAG) != current["tags"].get(pure.CODE_TAG)
        code = self.params["script"] is not None and bool(retold or set(changes) & {*pure.CODE, "status"})
        if code or set(changes) - {"tags", "running"}:
            # What the options do not mention is not sent back: AWS refuses some of its own defaults.
            known = {key: current[key] for key in pure.CODE} if code else {}
            asked = pure.request({**known, **pure.wanted(self.params)}, self.params, code)
            self.call("update_canary", Name=self.identity, **asked)
            wait_until(self.client, pure.READY, self.params["wait_timeout"], Name=self.identity)
        # What the tag says of the script is true only now.
        arn = current["arn"]
        retag(
            current["tags"],
            changes.get("tags"),
            lambda tags: self.call("tag_resource", ResourceArn=arn, Tags=tags),
            lambda keys: self.call("untag_resource", ResourceArn=arn, TagKeys=keys),
        )
        if "running" in changes:
            self._run(changes["running"])

    def _delete(self, current: Document) -> None:
        if current["status"] in pure.BUSY:
            wait_until(self.client, pure.READY, self.params["wait_timeout"], Name=self.identity)
        if current["running"]:
            self.call("stop_canary", Name=self.identity)
            wait_until(self.client, pure.STOPPED, self.params["wait_timeout"], Name=self.identity)
        self.find("delete_canary", Name=self.identity, DeleteLambda=True)
        self.wait(pure.GONE, Name=self.identity)
        self._delete_log_group(current["id"])

    def _delete_log_group(self, canary_id: str) -> None:
        """Delete the log group that Lambda has made for the runs: nobody else would."""
        logs = self.module.client("logs")
        name = f"/aws/lambda/cwsyn-{self.identity}-{canary_id}"
        if canary_id and any(group["logGroupName"] == name for group in logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]):
            logs.delete_log_group(logGroupName=name)


def main() -> None:
    """Run the module."""
    argument_spec: dict[str, Any] = {
        "name": {"type": "str", "required": True},
        **{name: {"type": "str"} for name in NEEDED},
        "schedule_duration_seconds": {"type": "int"},
        "timeout_seconds": {"type": "int"},
        "memory_mb": {"type": "int"},
        "tracing": {"type": "bool"},
        "environment": {"type": "dict"},
        "success_retention_days": {"type": "int"},
        "failure_retention_days": {"type": "int"},
        "subnet_ids": {"type": "list", "elements": "str"},
        "security_group_ids": {"type": "list", "elements": "str"},
        "running": {"type": "bool"},
        "state": STATE,
        **wait_options(300),
        **TAGS,
    }
    module = AnsibleAWSModule(argument_spec=argument_spec, supports_check_mode=True)
    Canary(module).run()


if __name__ == "__main__":
    main()
