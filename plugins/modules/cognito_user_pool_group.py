#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make a group of a user pool be as its user says."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cognito_user_pool_group
version_added: 0.5.0
short_description: Manage a group of users in a user pool of Cognito
description:
  - Creates, updates and deletes a group of users. Who is in it is not this module's affair.
author:
  - stratum.aws contributors (@stratum-aws)
options:
  name:
    description: The name.
    type: str
    required: true
  user_pool_id:
    description: The id of the pool.
    type: str
    required: true
  description:
    description: What the group is for.
    type: str
  precedence:
    description: Which group counts for a user with several; the lowest number does.
    type: int
  role_arn:
    description: The ARN of the role that members take on through an identity pool.
    type: str
  state:
    description: Whether the group exists.
    type: str
    choices: [present, absent]
    default: present
notes:
  - No module of amazon.aws or community.aws manages groups of user pools.
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - stratum.aws.attributes
"""

EXAMPLES = r"""
- name: Create the group of the administrators
  stratum.aws.cognito_user_pool_group:
    name: administrators
    user_pool_id: us-west-2_aBcDeFgHi
    description: May do everything
    precedence: 1

- name: Delete it
  stratum.aws.cognito_user_pool_group:
    name: administrators
    user_pool_id: us-west-2_aBcDeFgHi
    state: absent
"""

RETURN = r"""
group:
  description: The group, or null when there is none.
  returned: always
  type: dict
  contains:
    name:
      description: The name.
      returned: always
      type: str
      sample: administrators
    user_pool_id:
      description: The id of the pool.
      returned: always
      type: str
      sample: us-west-2_aBcDeFgHi
    description:
      description: What the group is for.
      returned: always
      type: str
      sample: May do everything
    precedence:
      description: Which group counts for a user with several, or null.
      returned: always
      type: int
      sample: 1
    role_arn:
      description: The ARN of the role, or an empty string.
      returned: always
      type: str
      sample: ""
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.stratum.aws.plugins.module_utils._base import STATE, AwsResource, Document
from ansible_collections.stratum.aws.plugins.module_utils._compare import differing

OPTIONS = {"description": "Description", "precedence": "Precedence", "role_arn": "RoleArn"}


def document(group: Mapping[str, Any]) -> Document:
    """Return a group of GetGroup as the module returns it."""
    return {
        "name": group["GroupName"],
        "user_pool_id": group["UserPoolId"],
        "description": group.get("Description") or "",
        "precedence": group.get("Precedence"),
        "role_arn": group.get("RoleArn") or "",
    }


def settings(wanted: Mapping[str, Any]) -> Document:
    """Return the parameters of CreateGroup and UpdateGroup."""
    return {name: wanted[option] for option, name in OPTIONS.items() if wanted.get(option) not in (None, "")}


class Group(AwsResource):
    """A group of a user pool."""

    service = "cognito-idp"
    kind = "User pool group"
    returns = "group"
    retried = ("ThrottlingException", "TooManyRequestsException")
    cures: ClassVar[Mapping[str, str]] = {"ResourceNotFoundException": "Create the user pool first."}

    @property
    def identity(self) -> str:
        return f"{self.params['name']} of {self.params['user_pool_id']}"

    @property
    def _named(self) -> Document:
        return {"GroupName": self.params["name"], "UserPoolId": self.params["user_pool_id"]}

    def _describe(self) -> Document | None:
        answer = self.find("get_group", **self._named)
        return None if answer is None else document(answer["Group"])

    def _changes(self, current: Document) -> Document:
        return differing(current, {option: self.params[option] for option in OPTIONS})

    def _predict(self) -> Document:
        return document({**self._named, **settings(self.params)})

    def _create(self) -> None:
        self.call("create_group", **self._named, **settings(self.params))

    def _update(self, current: Document, changes: Document) -> None:
        # What the call is not given, Cognito takes away.
        self.call("update_group", **self._named, **settings({**current, **changes}))

    def _delete(self, current: Document) -> None:
        self.find("delete_group", **self._named)


def main() -> None:
    """Run the module."""
    argument_spec = {
        "name": {"type": "str", "required": True},
        "user_pool_id": {"type": "str", "required": True},
        "description": {"type": "str"},
        "precedence": {"type": "int"},
        "role_arn": {"type": "str"},
        "state": STATE,
    }
    module = AnsibleAWSModule(argument_spec=argument_spec, supports_check_mode=True)
    Group(module).run()


if __name__ == "__main__":
    main()
