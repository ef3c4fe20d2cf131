#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A connection by which pipelines and builds read from a service that keeps code."""

from __future__ import annotations

DOCUMENTATION = r"""
module: codeconnections_connection
short_description: Manage a connection to a service that keeps code
version_added: 0.5.0
description:
  - Creates, tags and deletes a connection of AWS CodeConnections (once CodeStar Connections) to GitHub and the like.
  - A new connection is C(PENDING) until a person confirms it in the console (Developer Tools, Settings, Connections, Update pending
    connection); there is no API for that. Pipelines can be made before, and fail at their source until then.
notes:
  - Neither amazon.aws nor community.aws has a module for connections.
author:
  - stratum.aws contributors (@stratum-aws)
options:
  name:
    description: The name of the connection, of at most 32 characters.
    type: str
    required: true
    aliases: [connection_name]
  provider:
    description: The service. It cannot be changed.
    type: str
    choices: [GitHub, GitLab, Bitbucket, GitHubEnterpriseServer, GitLabSelfManaged, AzureDevOps]
    default: GitHub
    aliases: [provider_type]
  host_arn:
    description: The ARN of the host, for V(GitHubEnterpriseServer) and V(GitLabSelfManaged).
    type: str
  state:
    description: Whether the connection exists.
    type: str
    choices: [present, absent]
    default: present
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - amazon.aws.tags
  - stratum.aws.attributes
"""

EXAMPLES = r"""
- name: Prepare the connection to GitHub
  stratum.aws.codeconnections_connection:
    name: shop-github
  register: connection

- name: Say what is left to do
  ansible.builtin.debug:
    msg: "Confirm {{ connection.connection.name }} in the console."
  when: connection.connection.status == 'PENDING'
"""

RETURN = r"""
connection:
  description: The connection; null when there is none.
  returned: always
  type: dict
  contains:
    name:
      description: Its name.
      returned: always
      type: str
      sample: shop-github
    arn:
      description: Its ARN.
      returned: except in check mode while there is none
      type: str
      sample: arn:aws:codeconnections:us-east-1:123456789012:connection/7f3a3e1c-2d5b-4f0a-9a51-0b6f3c1d2e4f
    provider:
      description: The service.
      returned: always
      type: str
      sample: GitHub
    status:
      description: Whether somebody has confirmed it - V(PENDING), V(AVAILABLE) or V(ERROR).
      returned: always
      type: str
      sample: AVAILABLE
    host_arn:
      description: The host, or null.
      returned: always
      type: str
      sample: null
    tags:
      description: Its tags.
      returned: always
      type: dict
      sample: {Project: shop}
"""

from collections.abc import Mapping
from typing import ClassVar

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.amazon.aws.plugins.module_utils.tagging import ansible_dict_to_boto3_tag_list, boto3_tag_list_to_ansible_dict
from ansible_collections.stratum.aws.plugins.module_utils._base import STATE, TAGS, AwsResource, Document
from ansible_collections.stratum.aws.plugins.module_utils._tags import retag, tag_changes, text_tags

PROVIDERS = ["GitHub", "GitLab", "Bitbucket", "GitHubEnterpriseServer", "GitLabSelfManaged", "AzureDevOps"]


class Connection(AwsResource):
    """One connection, found by its name."""

    service = "codeconnections"
    kind = "Connection"
    returns = "connection"
    cures: ClassVar[Mapping[str, str]] = {"ValidationException": "Check that the name has at most 32 characters."}

    @property
    def identity(self) -> str:
        return str(self.params["name"])

    def _describe(self) -> Document | None:
        more: Document = {}
        while True:
            answer = self.call("list_connections", **more)
            for found in answer.get("Connections") or []:
                if found["ConnectionName"] == self.identity:
                    return self._document(found)
            if not answer.get("NextToken"):
                return None
            more = {"NextToken": answer["NextToken"]}

    def _document(self, found: Document) -> Document:
        arn = found["ConnectionArn"]
        tags = self.call("list_tags_for_resource", ResourceArn=arn).get("Tags") or []
        return {
            "name": found["ConnectionName"],
            "arn": arn,
            "provider": found["ProviderType"],
            "status": found["ConnectionStatus"],
            "host_arn": found.get("HostArn"),
            "tags": boto3_tag_list_to_ansible_dict(tags),
        }

    def _predict(self) -> Document:
        tags = text_tags(self.params["tags"]) or {}
        said = {"provider": self.params["provider"], "host_arn": self.params["host_arn"]}
        return {"name": self.identity, **said, "status": "PENDING", "tags": tags}

    def _changes(self, current: Document) -> Document:
        if current["provider"] != self.params["provider"]:
            self.fail(f"it leads to {current['provider']}, which cannot be changed. Delete it first, or choose another name.")
        return tag_changes(current["tags"], self.params["tags"], self.params["purge_tags"])

    def _create(self) -> None:
        host = self.params["host_arn"]
        self.call(
            "create_connection",
            ConnectionName=self.identity,
            # A host says which service it is.
            ProviderType=None if host else self.params["provider"],
            HostArn=host,
            Tags=ansible_dict_to_boto3_tag_list(text_tags(self.params["tags"])) or None,
        )

    def _update(self, current: Document, changes: Document) -> None:
        arn = current["arn"]
        retag(
            current["tags"],
            changes.get("tags"),
            lambda tags: self.call("tag_resource", ResourceArn=arn, Tags=ansible_dict_to_boto3_tag_list(tags)),
            lambda keys: self.call("untag_resource", ResourceArn=arn, TagKeys=keys),
        )

    def _delete(self, current: Document) -> None:
        self.find("delete_connection", ConnectionArn=current["arn"])


def main() -> None:
    """Run the module."""
    argument_spec = {
        "name": {"type": "str", "required": True, "aliases": ["connection_name"]},
        "provider": {"type": "str", "choices": PROVIDERS, "default": PROVIDERS[0], "aliases": ["provider_type"]},
        "host_arn": {"type": "str"},
        "state": STATE,
        **TAGS,
    }
    Connection(AnsibleAWSModule(argument_spec=argument_spec, supports_check_mode=True)).run()


if __name__ == "__main__":
    main()
