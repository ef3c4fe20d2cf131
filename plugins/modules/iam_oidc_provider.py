#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make an OpenID Connect provider of IAM be as its user says."""

from __future__ import annotations

DOCUMENTATION = r"""
module: iam_oidc_provider
version_added: 0.1.0
short_description: Manage an OpenID Connect identity provider of IAM
description:
  - Creates, updates and deletes an OpenID Connect (OIDC) identity provider.
  - A provider lets tokens of its issuer assume roles - the service accounts of an EKS cluster (IRSA), or the jobs of a CI service.
options:
  url:
    description:
      - The issuer's URL, such as RV(stratum.aws.eks_cluster#module:cluster.identity.oidc.issuer).
      - V(https://) is added if it is missing. It names the provider and cannot change.
    type: str
    required: true
  client_ids:
    description:
      - The audiences that tokens may be issued for; V(sts.amazonaws.com) for service accounts of EKS.
      - If not set, the audiences are left alone.
    type: list
    elements: str
    aliases: [audiences]
  purge_client_ids:
    description: Whether audiences that O(client_ids) does not name are removed.
    type: bool
    default: true
  thumbprints:
    description:
      - SHA-1 thumbprints (40 hexadecimal digits) of the certificates that sign the issuer's server certificate.
      - If not set, IAM finds them out by itself when it creates the provider, and they are left alone afterwards.
    type: list
    elements: str
  owner_tags:
    description:
      - The tags by which the user knows the provider as his own, such as V(stratum:stack). There is one provider per URL in an account,
        so others may have made it, or use it.
      - A provider that is there without these tags belongs to others. Audiences that it lacks are added, nothing else of it changes,
        and O(state=absent) leaves it alone.
      - A provider with these tags that roles without them trust loses the tags with O(state=absent), and stays for those roles.
      - The tags are given to a new provider, beside those of O(tags).
    type: dict
    version_added: 0.3.0
  state:
    description: Whether the provider exists.
    type: str
    choices: [present, absent]
    default: present
notes:
  - Neither amazon.aws nor community.aws manages OIDC providers.
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.tags
  - amazon.aws.boto3
  - stratum.aws.attributes
seealso:
  - module: stratum.aws.eks_cluster
author:
  - stratum.aws contributors (@stratum-aws)
"""

EXAMPLES = r"""
- name: Let service accounts of the cluster assume roles
  stratum.aws.iam_oidc_provider:
    url: "{{ cluster.identity.oidc.issuer }}"
    client_ids:
      - sts.amazonaws.com
    tags:
      stratum:stack: web

- name: Let jobs of a CI service assume roles
  stratum.aws.iam_oidc_provider:
    url: https://ci.example.com
    client_ids:
      - sts.amazonaws.com
    thumbprints:
      - 6938fd4d98bab03faadb97b34396831e3780aea1

- name: Share the provider of a CI service with others in the account
  stratum.aws.iam_oidc_provider:
    url: https://token.actions.githubusercontent.com
    client_ids:
      - sts.amazonaws.com
    owner_tags:
      stratum:stack: shop
      stratum:environment: prod

- name: Remove the provider
  stratum.aws.iam_oidc_provider:
    url: https://ci.example.com
    state: absent
"""

RETURN = r"""
oidc_provider:
  description: The provider, or V(null) when O(state=absent).
  returned: success
  type: dict
  contains:
    arn:
      description: The ARN that a role's trust policy names as federated principal.
      returned: always
      type: str
      sample: arn:aws:iam::123456789012:oidc-provider/oidc.eks.ca-central-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE
    url:
      description: The issuer's URL.
      returned: always
      type: str
      sample: https://oidc.eks.ca-central-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE
    client_ids:
      description: The audiences.
      returned: always
      type: list
      elements: str
      sample: [sts.amazonaws.com]
    thumbprints:
      description: The thumbprints that IAM trusts.
      returned: always
      type: list
      elements: str
      sample: [6938fd4d98bab03faadb97b34396831e3780aea1]
    shared:
      description: Whether the provider belongs to others, as O(owner_tags) tells.
      returned: always
      type: bool
      sample: false
    create_date:
      description: When the provider was created.
      returned: when the provider exists
      type: str
      sample: "2026-01-31T12:00:00+00:00"
    tags:
      description: The tags.
      returned: always
      type: dict
      sample: {"stratum:stack": web}
"""

import json
from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import unquote

from ansible_collections.amazon.aws.plugins.module_utils.iam import get_aws_account_info
from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.amazon.aws.plugins.module_utils.tagging import ansible_dict_to_boto3_tag_list, boto3_tag_list_to_ansible_dict
from ansible_collections.stratum.aws.plugins.module_utils._base import STATE, TAGS, AwsResource, Document
from ansible_collections.stratum.aws.plugins.module_utils._compare import differing
from ansible_collections.stratum.aws.plugins.module_utils._tags import retag, tag_changes, text_tags
from ansible_collections.stratum.aws.plugins.module_utils._waiters import exists_waiter

MISSING = ("NoSuchEntity",)
EXISTS = exists_waiter("GetOpenIDConnectProvider", MISSING)


def bare_url(url: str) -> str:
    """Return the URL as IAM keeps it: without scheme and final slash."""
    return url.removeprefix("https://").rstrip("/")


def is_owned(tags: Mapping[str, str], owner_tags: Mapping[str, Any] | None) -> bool:
    """Return whether these are the tags of something of the user's own; everything is where he does not say."""
    return (text_tags(owner_tags) or {}).items() <= tags.items()


def changes(current: Mapping[str, Any], options: Mapping[str, Any]) -> Document:
    """Return what differs between a provider and the options; one that belongs to others only lacks audiences."""
    client_ids, shared = options["client_ids"], not is_owned(current["tags"], options["owner_tags"])
    if client_ids is not None and (shared or not options["purge_client_ids"]):
        client_ids = [*current["client_ids"], *(name for name in client_ids if name not in current["client_ids"])]
    if shared:
        return differing(current, {"client_ids": client_ids}, unordered=("client_ids",))
    thumbprints = options["thumbprints"] and [thumbprint.lower() for thumbprint in options["thumbprints"]]
    wanted = {"client_ids": client_ids, "thumbprints": thumbprints}
    return {
        **differing(current, wanted, unordered=("client_ids", "thumbprints")),
        **tag_changes(current["tags"], wanted_tags(options), options["purge_tags"]),
    }


def wanted_tags(options: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the tags of a provider of the user's own; None leaves them alone."""
    return None if options["tags"] is None else {**options["tags"], **(options["owner_tags"] or {})}


def trusts(policy: Any, arn: str) -> bool:
    """Return whether the trust policy of a role names the provider."""
    document = json.loads(unquote(policy)) if isinstance(policy, str) else policy
    statements = document.get("Statement") or []
    for statement in [statements] if isinstance(statements, dict) else statements:
        principal = statement.get("Principal")
        federated = principal.get("Federated") if isinstance(principal, dict) else None
        if arn == federated or (isinstance(federated, list) and arn in federated):
            return True
    return False


class OidcProvider(AwsResource):
    """An OpenID Connect provider, found by its URL."""

    service = "iam"
    kind = "OIDC provider"
    returns = "oidc_provider"
    missing = MISSING
    cures: ClassVar[Mapping[str, str]] = {
        "InvalidInput": "Check that url is an https URL without a query, and that each thumbprint has 40 hexadecimal digits.",
        "OpenIdIdpCommunicationError": "IAM could not reach the issuer to learn its thumbprint: check url, or set thumbprints.",
    }

    @property
    def identity(self) -> str:
        return bare_url(self.params["url"])

    @property
    def _arn(self) -> str:
        account, partition = get_aws_account_info(self.module)
        return f"arn:{partition}:iam::{account}:oidc-provider/{self.identity}"

    def _describe(self) -> Document | None:
        listed = self.call("list_open_id_connect_providers")["OpenIDConnectProviderList"]
        arns = [entry["Arn"] for entry in listed if entry["Arn"].partition(":oidc-provider/")[2] == self.identity]
        answer = self.find("get_open_id_connect_provider", OpenIDConnectProviderArn=arns[0]) if arns else None
        if answer is None:
            return None
        tags = boto3_tag_list_to_ansible_dict(answer.get("Tags", []))
        if self.params["state"] == "absent" and not is_owned(tags, self.params["owner_tags"]):
            return None
        return {
            "arn": arns[0],
            "url": f"https://{bare_url(answer['Url'])}",
            "client_ids": answer.get("ClientIDList", []),
            "thumbprints": answer.get("ThumbprintList", []),
            "create_date": answer["CreateDate"].isoformat(),
            "tags": tags,
            "shared": not is_owned(tags, self.params["owner_tags"]),
        }

    def _changes(self, current: Document) -> Document:
        return changes(current, self.params)

    def _predict(self) -> Document:
        return {
            "arn": self._arn,
            "url": f"https://{self.identity}",
            "client_ids": self.params["client_ids"] or [],
            "thumbprints": self.params["thumbprints"] or [],
            "tags": text_tags({**(self.params["tags"] or {}), **(self.params["owner_tags"] or {})}) or {},
            "shared": False,
        }

    def _create(self) -> None:
        answer = self.call(
            "create_open_id_connect_provider",
            Url=f"https://{self.identity}",
            ClientIDList=self.params["client_ids"],
            ThumbprintList=self.params["thumbprints"],
            Tags=ansible_dict_to_boto3_tag_list(self._predict()["tags"]) or None,
        )
        self.wait(EXISTS, OpenIDConnectProviderArn=answer["OpenIDConnectProviderArn"])

    def _update(self, current: Document, changes: Document) -> None:
        provider = {"OpenIDConnectProviderArn": current["arn"]}
        if "client_ids" in changes:
            self._replace_client_ids(provider, current["client_ids"], changes["client_ids"])
        if "thumbprints" in changes:
            self.call("update_open_id_connect_provider_thumbprint", **provider, ThumbprintList=changes["thumbprints"])
        retag(
            current["tags"],
            changes.get("tags"),
            lambda tags: self.call("tag_open_id_connect_provider", **provider, Tags=ansible_dict_to_boto3_tag_list(tags)),
            lambda keys: self.call("untag_open_id_connect_provider", **provider, TagKeys=keys),
        )

    def _replace_client_ids(self, provider: Document, before: list[str], after: list[str]) -> None:
        for name in after:
            if name not in before:
                self.call("add_client_id_to_open_id_connect_provider", **provider, ClientID=name)
        for name in before:
            if name not in after:
                self.call("remove_client_id_from_open_id_connect_provider", **provider, ClientID=name)

    def _delete(self, current: Document) -> None:
        provider = {"OpenIDConnectProviderArn": current["arn"]}
        owner_tags = text_tags(self.params["owner_tags"]) or {}
        if owner_tags and (users := self._others(current["arn"], owner_tags)):
            self.module.warn(f"{self.title} stays, because roles of others trust it: {', '.join(users)}. It is nobody's now.")
            self.find("untag_open_id_connect_provider", **provider, TagKeys=sorted(owner_tags))
        else:
            self.find("delete_open_id_connect_provider", **provider)

    def _others(self, arn: str, owner_tags: Mapping[str, str]) -> list[str]:
        """Return the names of the roles that trust the provider and bear other tags."""
        names = [role["RoleName"] for role in self.collect("list_roles", "Roles") if trusts(role["AssumeRolePolicyDocument"], arn)]
        return [name for name in names if not owner_tags.items() <= self._tags_of_role(name).items()]

    def _tags_of_role(self, name: str) -> dict[str, str]:
        answer = self.find("list_role_tags", RoleName=name) or {}
        tags: dict[str, str] = boto3_tag_list_to_ansible_dict(answer.get("Tags", []))
        return tags


def main() -> None:
    """Run the module."""
    argument_spec = {
        "url": {"type": "str", "required": True},
        "client_ids": {"type": "list", "elements": "str", "aliases": ["audiences"]},
        "purge_client_ids": {"type": "bool", "default": True},
        "thumbprints": {"type": "list", "elements": "str"},
        "owner_tags": {"type": "dict"},
        "state": STATE,
        **TAGS,
    }
    OidcProvider(AnsibleAWSModule(argument_spec=argument_spec, supports_check_mode=True)).run()


if __name__ == "__main__":
    main()
