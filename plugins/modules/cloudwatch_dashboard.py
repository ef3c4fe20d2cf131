#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Manage a CloudWatch dashboard."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cloudwatch_dashboard
version_added: 0.1.0
short_description: Manage a CloudWatch dashboard
description:
  - Creates, changes and deletes a dashboard. Bodies are compared by what they mean, not by their text.
author:
  - stratum.aws contributors (@stratum-aws)
options:
  name:
    description: The name of the dashboard, of letters, digits, hyphens and underscores.
    type: str
    required: true
  state:
    description: Whether the dashboard is there.
    type: str
    choices: [present, absent]
    default: present
  body:
    description:
      - The widgets and the settings of the dashboard, as a dictionary or as JSON.
      - A new dashboard needs it. An existing one without it keeps its body.
    type: dict
notes:
  - Neither amazon.aws nor community.aws has a module for dashboards.
  - CloudWatch's remarks about a body that it accepts become warnings.
seealso:
  - name: Dashboard body structure
    description: What a body can hold.
    link: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.tags
  - amazon.aws.boto3
  - stratum.aws.attributes
"""

EXAMPLES = r"""
- name: Show the database's load
  stratum.aws.cloudwatch_dashboard:
    name: speckle-production
    body:
      widgets:
        - type: metric
          width: 12
          height: 6
          properties:
            title: Database
            region: ca-central-1
            stat: Average
            period: 300
            metrics:
              - [AWS/RDS, CPUUtilization, DBInstanceIdentifier, speckle-db]

- name: Delete the dashboard
  stratum.aws.cloudwatch_dashboard:
    name: speckle-production
    state: absent
"""

RETURN = r"""
dashboard:
  description: The dashboard, or null when there is none.
  returned: always
  type: dict
  contains:
    arn:
      description: The ARN of the dashboard.
      returned: when the dashboard exists
      type: str
      sample: arn:aws:cloudwatch::123456789012:dashboard/speckle-production
    body:
      description: The widgets and the settings.
      returned: always
      type: dict
      sample: {"widgets": []}
    name:
      description: The name of the dashboard.
      returned: always
      type: str
      sample: speckle-production
    tags:
      description: The tags of the dashboard.
      returned: always
      type: dict
      sample: {"Environment": "production"}
"""

import json
from collections.abc import Mapping
from typing import Any, ClassVar

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.amazon.aws.plugins.module_utils.tagging import ansible_dict_to_boto3_tag_list, boto3_tag_list_to_ansible_dict
from ansible_collections.stratum.aws.plugins.module_utils._base import STATE, TAGS, AwsResource, Document
from ansible_collections.stratum.aws.plugins.module_utils._tags import retag, tag_changes, text_tags


def read_body(text: str) -> Any:
    """Return what a body means; one that is no JSON, which CloudWatch never stores, differs from all others."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def same_body(current: Any, wanted: Any) -> bool:
    """Return whether two bodies mean the same: order of keys and spaces say nothing, `1` is `1.0`, but `1` is not `true`."""
    if isinstance(current, dict) and isinstance(wanted, dict):
        return current.keys() == wanted.keys() and all(same_body(current[key], wanted[key]) for key in wanted)
    if isinstance(current, list) and isinstance(wanted, list):
        return len(current) == len(wanted) and all(map(same_body, current, wanted))
    return bool(current == wanted) and isinstance(current, bool) == isinstance(wanted, bool)


class Dashboard(AwsResource):
    """A dashboard, known by its name."""

    service = "cloudwatch"
    kind = "Dashboard"
    returns = "dashboard"
    missing = ("ResourceNotFound", "DashboardNotFoundError", "ResourceNotFoundException")
    cures: ClassVar[Mapping[str, str]] = {
        "InvalidParameterInput": "Correct the body: each widget needs type and properties, and each metric widget a region.",
        "InvalidParameterValue": "Take a name of letters, digits, hyphens and underscores only.",
    }

    @property
    def identity(self) -> str:
        return str(self.params["name"])

    def _describe(self) -> Document | None:
        found = self.find("get_dashboard", DashboardName=self.identity)
        if found is None:
            return None
        tags = self.call("list_tags_for_resource", ResourceARN=found["DashboardArn"])["Tags"]
        return {
            "arn": found["DashboardArn"],
            "name": found["DashboardName"],
            "body": read_body(found["DashboardBody"]),
            "tags": boto3_tag_list_to_ansible_dict(tags),
        }

    def _changes(self, current: Document) -> Document:
        body = self.params["body"]
        changes = {} if body is None or same_body(current["body"], body) else {"body": body}
        return {**changes, **tag_changes(current["tags"], self.params["tags"], self.params["purge_tags"])}

    def _predict(self) -> Document:
        if self.params["body"] is None:
            self.fail("a new dashboard needs body. Set it, for example to {widgets: []}.")
        return {"name": self.identity, "body": self.params["body"], "tags": text_tags(self.params["tags"]) or {}}

    def _create(self) -> None:
        self._put()
        if self.params["tags"]:
            found = self.call("get_dashboard", DashboardName=self.identity)
            self._tag(found["DashboardArn"], self.params["tags"])

    def _put(self) -> None:
        answer = self.call("put_dashboard", DashboardName=self.identity, DashboardBody=json.dumps(self.params["body"]))
        for remark in answer.get("DashboardValidationMessages") or []:
            self.module.warn(f"{self.title}: {remark.get('Message')} ({remark.get('DataPath')})")

    def _tag(self, arn: str, tags: Mapping[str, Any]) -> None:
        self.call("tag_resource", ResourceARN=arn, Tags=ansible_dict_to_boto3_tag_list(tags))

    def _update(self, current: Document, changes: Document) -> None:
        if "body" in changes:
            self._put()
        retag(
            current["tags"],
            {**current, **changes}["tags"],
            lambda tags: self._tag(current["arn"], tags),
            lambda keys: self.call("untag_resource", ResourceARN=current["arn"], TagKeys=keys),
        )

    def _delete(self, current: Document) -> None:
        self.find("delete_dashboards", DashboardNames=[self.identity])


def main() -> None:
    """Run the module."""
    spec: dict[str, Any] = {"name": {"required": True}, "state": STATE, "body": {"type": "dict"}, **TAGS}
    Dashboard(AnsibleAWSModule(argument_spec=spec, supports_check_mode=True)).run()


if __name__ == "__main__":
    main()
