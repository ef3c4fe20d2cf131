#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make a parameter of Systems Manager whose secret value somebody else writes."""

from __future__ import annotations

DOCUMENTATION = r"""
module: ssm_secure_parameter
version_added: 0.5.0
short_description: Make a parameter of Systems Manager whose secret value somebody else writes
description:
  - Makes a parameter of the type C(SecureString) with a first value, and never looks at its value nor writes it again.
  - For what a program in the account keeps there and changes by itself, such as a token that rotates.
author:
  - stratum.aws contributors (@stratum-aws)
options:
  name:
    description: The name, with its path.
    type: str
    required: true
  state:
    description: Whether the parameter is there.
    type: str
    choices: [present, absent]
    default: present
  initial_value:
    description: The value of a new parameter, which is no secret. Needed for one.
    type: str
  description:
    description: What a new parameter is for. Another description would need another value to be written, so it stays.
    type: str
  key_id:
    description:
      - The id, ARN or alias of the KMS key of a new parameter. AWS's own by default.
      - Whoever writes the value later names the key again.
    type: str
  tier:
    description: The tier of a new parameter.
    type: str
    choices: [Standard, Advanced, Intelligent-Tiering]
    default: Intelligent-Tiering
notes:
  - M(community.aws.ssm_parameter) reads the secret on every run, has no check mode, and leaves alone tags together with the value.
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.tags
  - amazon.aws.boto3
  - stratum.aws.attributes
"""

EXAMPLES = r"""
- name: Make the parameter that the control plane writes its token to
  stratum.aws.ssm_secure_parameter:
    name: /kubernetes-prod/join
    initial_value: none yet
    key_id: alias/kubernetes-prod
    tags:
      Environment: prod

- name: Take it away
  stratum.aws.ssm_secure_parameter:
    name: /kubernetes-prod/join
    state: absent
"""

RETURN = r"""
parameter:
  description: The parameter without its value, or null when there is none.
  returned: always
  type: dict
  contains:
    arn:
      description: Its ARN.
      returned: when the parameter exists
      type: str
      sample: arn:aws:ssm:us-east-1:123456789012:parameter/kubernetes-prod/join
    description:
      description: What it is for.
      returned: always
      type: str
      sample: The token that workers join with
    key_id:
      description: The key that its value is encrypted with.
      returned: when the parameter exists
      type: str
      sample: alias/kubernetes-prod
    name:
      description: Its name.
      returned: always
      type: str
      sample: /kubernetes-prod/join
    tags:
      description: Its tags.
      returned: always
      type: dict
      sample: {"Environment": "prod"}
    version:
      description: How often its value was written.
      returned: when the parameter exists
      type: int
      sample: 14
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.amazon.aws.plugins.module_utils.tagging import ansible_dict_to_boto3_tag_list, boto3_tag_list_to_ansible_dict
from ansible_collections.stratum.aws.plugins.module_utils._base import STATE, TAGS, AwsResource, Document
from ansible_collections.stratum.aws.plugins.module_utils._tags import retag, tag_changes, text_tags


class SecureParameter(AwsResource):
    """A parameter, known by its name."""

    service = "ssm"
    kind = "Parameter"
    returns = "parameter"
    missing = ("ParameterNotFound", "InvalidResourceId")
    cures: ClassVar[Mapping[str, str]] = {
        "InvalidKeyId": "Create the KMS key first, or correct key_id.",
        "ParameterLimitExceeded": "Delete parameters that nobody uses, or ask AWS for a higher quota.",
        "TooManyUpdates": "Something else writes the parameter: run again.",
    }

    @property
    def identity(self) -> str:
        return str(self.params["name"])

    def _describe(self) -> Document | None:
        filters = [{"Key": "Name", "Option": "Equals", "Values": [self.identity]}]
        found = self.call("describe_parameters", ParameterFilters=filters)["Parameters"]
        if not found:
            return None
        if found[0]["Type"] != "SecureString":
            self.fail(f"it is of the type {found[0]['Type']}, and was not made for a secret. Remove it, or choose another name.")
        tags = self.call("list_tags_for_resource", ResourceType="Parameter", ResourceId=self.identity)["TagList"]
        return {
            "name": found[0]["Name"],
            "arn": found[0].get("ARN"),
            "description": found[0].get("Description"),
            "key_id": found[0].get("KeyId"),
            "version": found[0].get("Version"),
            "tags": boto3_tag_list_to_ansible_dict(tags),
        }

    def _changes(self, current: Document) -> Document:
        return tag_changes(current["tags"], self.params["tags"], self.params["purge_tags"])

    def _predict(self) -> Document:
        if self.params["initial_value"] is None:
            self.fail("a new parameter needs initial_value.")
        wanted = {key: self.params[key] for key in ("name", "description", "key_id")}
        return {**wanted, "tags": text_tags(self.params["tags"]) or {}}

    def _create(self) -> None:
        wanted = self._predict()
        self.call(
            "put_parameter",
            Name=self.identity,
            Description=wanted["description"],
            Value=self.params["initial_value"],
            Type="SecureString",
            KeyId=wanted["key_id"],
            Tier=self.params["tier"],
            Overwrite=False,
            Tags=ansible_dict_to_boto3_tag_list(wanted["tags"]) or None,
        )

    def _update(self, current: Document, changes: Document) -> None:
        named = {"ResourceType": "Parameter", "ResourceId": self.identity}
        retag(
            current["tags"],
            changes["tags"],
            lambda tags: self.call("add_tags_to_resource", **named, Tags=ansible_dict_to_boto3_tag_list(tags)),
            lambda keys: self.call("remove_tags_from_resource", **named, TagKeys=keys),
        )

    def _delete(self, current: Document) -> None:
        self.find("delete_parameter", Name=self.identity)


def main() -> None:
    """Run the module."""
    spec: dict[str, dict[str, Any]] = {
        "name": {"required": True},
        "state": STATE,
        "initial_value": {"no_log": False},
        "description": {},
        "key_id": {"no_log": False},
        "tier": {"choices": ["Standard", "Advanced", "Intelligent-Tiering"], "default": "Intelligent-Tiering"},
        **TAGS,
    }
    SecureParameter(AnsibleAWSModule(argument_spec=spec, supports_check_mode=True)).run()


if __name__ == "__main__":
    main()
