#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make a client of a user pool be as its user says."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cognito_user_pool_client
version_added: 0.5.0
short_description: Manage a client of a user pool of Cognito
description:
  - Creates, updates and deletes an application that users of a pool sign in to.
  - What is not given is left as it is, or as Cognito makes it when the client is new.
author:
  - stratum.aws contributors (@stratum-aws)
options:
  name:
    description: The name. Cognito lets several clients of a pool have it; this module refuses to choose among them.
    type: str
    required: true
  user_pool_id:
    description: The id of the pool.
    type: str
    required: true
  state:
    description: Whether the client exists.
    type: str
    choices: [present, absent]
    default: present
  generate_secret:
    description: Whether the application proves itself by a secret. It cannot be changed.
    type: bool
    default: false
  auth_flows:
    description: The ways to sign in without Cognito's pages, such as V(ALLOW_USER_SRP_AUTH).
    type: list
    elements: str
  callback_urls:
    description: Where users may be sent back to after they signed in.
    type: list
    elements: str
  logout_urls:
    description: Where users may be sent after they signed out.
    type: list
    elements: str
  default_redirect_uri:
    description: That of O(callback_urls) which is taken when a request names none.
    type: str
  oauth_flows:
    description: What OAuth 2.0 allows the application; an empty list for nothing.
    type: list
    elements: str
    choices: [code, implicit, client_credentials]
  oauth_scopes:
    description: The scopes that the application may ask for.
    type: list
    elements: str
  identity_providers:
    description: Who says who a user is, V(COGNITO) for the pool itself.
    type: list
    elements: str
  read_attributes:
    description: The attributes that the application may read.
    type: list
    elements: str
  write_attributes:
    description: The attributes that the application may write.
    type: list
    elements: str
  access_token_minutes:
    description: How many minutes an access token is valid, from 5 to 1440.
    type: int
  id_token_minutes:
    description: How many minutes an identity token is valid, from 5 to 1440.
    type: int
  refresh_token_minutes:
    description: How many minutes a refresh token is valid, from 60 to 5256000.
    type: int
  auth_session_minutes:
    description: How many minutes a user may take to sign in, from 3 to 15.
    type: int
  prevent_user_existence_errors:
    description: Whether a wrong name and a wrong password look the same.
    type: bool
  enable_token_revocation:
    description: Whether tokens can be revoked.
    type: bool
notes:
  - No module of amazon.aws or community.aws manages clients of user pools.
  - The secret of a client is not returned.
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - stratum.aws.attributes
"""

EXAMPLES = r"""
- name: Let a page in the browser sign users in
  stratum.aws.cognito_user_pool_client:
    name: web
    user_pool_id: us-west-2_aBcDeFgHi
    oauth_flows: [code]
    oauth_scopes: [openid, email]
    callback_urls: ["https://app.example.com/"]
    identity_providers: [COGNITO]
    access_token_minutes: 60

- name: Delete the client
  stratum.aws.cognito_user_pool_client:
    name: web
    user_pool_id: us-west-2_aBcDeFgHi
    state: absent
"""

RETURN = r"""
client:
  description: The client, or null when there is none. Its other keys are the module's options of the same name.
  returned: always
  type: dict
  contains:
    client_id:
      description: The id; null in check mode when the client would be created.
      returned: always
      type: str
      sample: 1example23456789abcdefghij
    name:
      description: The name.
      returned: always
      type: str
      sample: web
    user_pool_id:
      description: The id of the pool.
      returned: always
      type: str
      sample: us-west-2_aBcDeFgHi
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.stratum.aws.plugins.module_utils import _cognito as pure
from ansible_collections.stratum.aws.plugins.module_utils._base import STATE, AwsResource, Document
from ansible_collections.stratum.aws.plugins.module_utils._compare import given


class Client(AwsResource):
    """A client of a user pool, known by its name."""

    service = "cognito-idp"
    kind = "User pool client"
    returns = "client"
    retried = ("ThrottlingException", "TooManyRequestsException", "ConcurrentModificationException")
    cures: ClassVar[Mapping[str, str]] = {
        "ResourceNotFoundException": "Create the user pool first.",
        "ScopeDoesNotExistException": "Create the resource server whose scope it is, or correct oauth_scopes.",
        "InvalidOAuthFlowException": "client_credentials needs a secret and goes with no other flow.",
    }
    _raw: Document

    @property
    def identity(self) -> str:
        return f"{self.params['name']} of {self.params['user_pool_id']}"

    @property
    def _pool(self) -> Document:
        return {"UserPoolId": self.params["user_pool_id"]}

    def _describe(self) -> Document | None:
        listed = self._listed()
        named = [client["ClientId"] for client in listed if client["ClientName"] == self.params["name"]]
        if len(named) > 1:
            self.fail(f"there are {len(named)} clients of this name: {', '.join(sorted(named))}. Delete those that are not meant.")
        answer = self.find("describe_user_pool_client", **self._pool, ClientId=named[0]) if named else None
        if answer is None:
            return None
        self._raw = answer["UserPoolClient"]
        return pure.client_document(self._raw)

    def _listed(self) -> list[Document]:
        """Return the clients of the pool; none when there is no pool."""
        found: list[Document] = []
        more: Document = {}
        while (answer := self.find("list_user_pool_clients", **self._pool, MaxResults=60, **more)) is not None:
            found += answer["UserPoolClients"]
            if not answer.get("NextToken"):
                break
            more = {"NextToken": answer["NextToken"]}
        return found

    def _changes(self, current: Document) -> Document:
        if self.params["generate_secret"] != current["generate_secret"]:
            self.fail("Cognito cannot change whether a client has a secret. Give what it has, or create a client of another name.")
        return pure.client_changes(current, self.params)

    @property
    def _wanted(self) -> Document:
        return given({key: self.params[key] for key in (*pure.CLIENT, *pure.TOKENS, "prevent_user_existence_errors")})

    def _predict(self) -> Document:
        named = {key: self.params[key] for key in ("name", "user_pool_id", "generate_secret")}
        return {"client_id": None, **named, **self._wanted}

    def _create(self) -> None:
        self.call(
            "create_user_pool_client",
            **self._pool,
            ClientName=self.params["name"],
            GenerateSecret=self.params["generate_secret"],
            **pure.client_settings(self._wanted, self._wanted),
        )

    def _update(self, current: Document, changes: Document) -> None:
        settings = pure.client_settings({**current, **changes}, changes)
        self.call("update_user_pool_client", **self._pool, ClientId=current["client_id"], **pure.whole_client(self._raw, settings))

    def _delete(self, current: Document) -> None:
        self.find("delete_user_pool_client", **self._pool, ClientId=current["client_id"])


def main() -> None:
    """Run the module."""
    texts: dict[str, Any] = {"type": "list", "elements": "str"}
    argument_spec = {
        "name": {"type": "str", "required": True},
        "user_pool_id": {"type": "str", "required": True},
        "generate_secret": {"type": "bool", "default": False, "no_log": False},
        **dict.fromkeys(pure.CLIENT_LISTS, texts),
        "oauth_flows": {**texts, "choices": ["code", "implicit", "client_credentials"]},
        "default_redirect_uri": {"type": "str"},
        **{key: {"type": "int", "no_log": False} for key in (*pure.TOKENS, "auth_session_minutes")},
        "prevent_user_existence_errors": {"type": "bool"},
        "enable_token_revocation": {"type": "bool", "no_log": False},
        "state": STATE,
    }
    module = AnsibleAWSModule(argument_spec=argument_spec, supports_check_mode=True)
    Client(module).run()


if __name__ == "__main__":
    main()
