#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Manage a group of traces of AWS X-Ray."""

from __future__ import annotations

DOCUMENTATION = r"""
module: xray_group
version_added: 0.5.0
short_description: Manage a group of traces of AWS X-Ray
description:
  - Creates, changes and deletes a group, whose traces CloudWatch shows and counts by themselves.
  - What the options do not mention is left alone.
options:
  name:
    description: The name of the group.
    type: str
    required: true
    aliases: [group_name]
  filter_expression:
    description: Which traces belong to the group, in the language of X-Ray. A new group needs it.
    type: str
  insights:
    description: Whether X-Ray looks for anomalies in the group. Not unless given.
    type: bool
  notifications:
    description: Whether X-Ray tells EventBridge of them, which needs O(insights=true). Not unless given.
    type: bool
  state:
    description: Whether the group exists.
    type: str
    choices: [present, absent]
    default: present
notes:
  - Neither amazon.aws nor community.aws has a module for X-Ray.
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
- name: Look at slow requests by themselves
  stratum.aws.xray_group:
    name: shop-prod-slow
    filter_expression: service("shop-prod") AND responsetime > 1
    insights: true

- name: Delete the group
  stratum.aws.xray_group:
    name: shop-prod-slow
    state: absent
"""

RETURN = r"""
group:
  description: The group, or null when there is none.
  returned: always
  type: dict
  contains:
    name:
      description: Its name.
      returned: always
      type: str
      sample: shop-prod-slow
    arn:
      description: Its ARN.
      returned: when the group exists
      type: str
      sample: arn:aws:xray:us-east-1:123456789012:group/shop-prod-slow/ABCDEFGHIJKLMNOPQRSTUVWXYZ
    filter_expression:
      description: Which traces belong to it.
      returned: always
      type: str
      sample: responsetime > 1
    insights:
      description: Whether X-Ray looks for anomalies in it.
      returned: always
      type: bool
      sample: true
    notifications:
      description: Whether X-Ray tells EventBridge of them.
      returned: always
      type: bool
      sample: false
    tags:
      description: Its tags.
      returned: always
      type: dict
      sample: {"Environment": prod}
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.amazon.aws.plugins.module_utils.tagging import ansible_dict_to_boto3_tag_list, boto3_tag_list_to_ansible_dict
from ansible_collections.stratum.aws.plugins.module_utils._base import STATE, TAGS, AwsResource, Document
from ansible_collections.stratum.aws.plugins.module_utils._compare import differing, given
from ansible_collections.stratum.aws.plugins.module_utils._tags import retag, tag_changes, text_tags

SETTABLE = ("filter_expression", "insights", "notifications")


def group_document(group: Mapping[str, Any], tags: Mapping[str, str]) -> Document:
    """Return a group of GetGroups as the module returns it."""
    insights = group.get("InsightsConfiguration") or {}
    return {
        "name": group["GroupName"],
        "arn": group["GroupARN"],
        "filter_expression": group.get("FilterExpression", ""),
        "insights": insights.get("InsightsEnabled", False),
        "notifications": insights.get("NotificationsEnabled", False),
        "tags": dict(tags),
    }


def group_request(group: Mapping[str, Any]) -> Document:
    """Return what a group is to be, as CreateGroup and UpdateGroup take it."""
    insights = {"InsightsEnabled": group.get("insights"), "NotificationsEnabled": group.get("notifications")}
    return given({"FilterExpression": group.get("filter_expression"), "InsightsConfiguration": given(insights) or None})


class Group(AwsResource):
    """A group of traces, known by its name."""

    service = "xray"
    kind = "X-Ray group"
    returns = "group"
    retried = ("ThrottledException", "ThrottlingException")
    cures: ClassVar[Mapping[str, str]] = {
        "InvalidRequestException": "Check the filter expression; notifications need insights.",
    }

    @property
    def identity(self) -> str:
        return str(self.params["name"])

    def _describe(self) -> Document | None:
        # GetGroup answers a name that it does not know with the error of a request that it does not understand.
        for group in self.collect("get_groups", "Groups"):
            if group["GroupName"] == self.identity:
                tags = self.collect("list_tags_for_resource", "Tags", ResourceARN=group["GroupARN"])
                return group_document(group, boto3_tag_list_to_ansible_dict(tags))
        return None

    def _changes(self, current: Document) -> Document:
        changes = differing(current, {key: self.params[key] for key in SETTABLE})
        return {**changes, **tag_changes(current["tags"], self.params["tags"], self.params["purge_tags"])}

    def _predict(self) -> Document:
        if self.params["filter_expression"] is None:
            self.fail("a new group needs filter_expression.")
        asked = given({key: self.params[key] for key in SETTABLE})
        return {"name": self.identity, "insights": False, "notifications": False, **asked, "tags": text_tags(self.params["tags"]) or {}}

    def _create(self) -> None:
        new = self._predict()
        tags = ansible_dict_to_boto3_tag_list(new["tags"]) or None
        self.call("create_group", GroupName=self.identity, **group_request(new), Tags=tags)

    def _update(self, current: Document, changes: Document) -> None:
        if set(changes) - {"tags"}:
            self.call("update_group", GroupARN=current["arn"], **group_request({**current, **changes}))
        retag(
            current["tags"],
            changes.get("tags"),
            lambda tags: self.call("tag_resource", ResourceARN=current["arn"], Tags=ansible_dict_to_boto3_tag_list(tags)),
            lambda keys: self.call("untag_resource", ResourceARN=current["arn"], TagKeys=keys),
        )

    def _delete(self, current: Document) -> None:
        self.call("delete_group", GroupARN=current["arn"])


def main() -> None:
    """Run the module."""
    argument_spec: dict[str, Any] = {
        "name": {"type": "str", "required": True, "aliases": ["group_name"]},
        "filter_expression": {"type": "str"},
        "insights": {"type": "bool"},
        "notifications": {"type": "bool"},
        "state": STATE,
        **TAGS,
    }
    module = AnsibleAWSModule(argument_spec=argument_spec, supports_check_mode=True)
    Group(module).run()


if __name__ == "__main__":
    main()
