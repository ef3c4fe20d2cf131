#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make a user pool of Cognito be as its user says."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cognito_user_pool
version_added: 0.5.0
short_description: Manage a user pool of Cognito
description:
  - Creates, updates and deletes a user pool, with its ways to prove who one is.
  - What is not given is left as it is, or as Cognito makes it when the pool is new.
author:
  - stratum.aws contributors (@stratum-aws)
options:
  name:
    description: The name. Cognito lets several pools have it; this module refuses to choose among them.
    type: str
    required: true
  state:
    description: Whether the pool exists. V(absent) deletes its users too.
    type: str
    choices: [present, absent]
    default: present
  mfa:
    description: Whether a second factor is needed to sign in. V(OPTIONAL) leaves it to each user.
    type: str
    choices: ["OFF", OPTIONAL, "ON"]
  mfa_methods:
    description: The second factors that users may choose from; V(sms) needs O(sms_role_arn), V(email) needs O(email).
    type: list
    elements: str
    choices: [software_token, sms, email]
  tier:
    description: The feature plan. O(threat_protection) needs V(PLUS).
    type: str
    choices: [LITE, ESSENTIALS, PLUS]
  username_attributes:
    description: Attributes that users sign in with in place of a user name. They cannot be changed.
    type: list
    elements: str
    choices: [email, phone_number]
  alias_attributes:
    description: Attributes that users may sign in with beside the user name. They cannot be changed.
    type: list
    elements: str
    choices: [email, phone_number, preferred_username]
  username_case_sensitive:
    description: Whether V(Jo) and V(jo) are two users. It cannot be changed.
    type: bool
  auto_verified_attributes:
    description: Attributes that Cognito verifies by sending a code.
    type: list
    elements: str
    choices: [email, phone_number]
  schema:
    description: Attributes of users, custom or other than the standard. They cannot be changed or removed; custom ones can be added.
    type: list
    elements: dict
    suboptions:
      name:
        description: The name, for a custom attribute without V(custom:).
        type: str
        required: true
      type:
        description: The type of the values.
        type: str
        choices: [String, Number, DateTime, Boolean]
        default: String
      mutable:
        description: Whether the value can change.
        type: bool
        default: true
      required:
        description: Whether every user has a value. Only for standard attributes.
        type: bool
        default: false
      min:
        description: The least length or number.
        type: int
      max:
        description: The greatest length or number.
        type: int
  password_policy:
    description: What a password must be.
    type: dict
    suboptions:
      minimum_length:
        description: The least number of characters, from 6 to 99.
        type: int
      require_lowercase:
        description: Whether there must be a lower case letter.
        type: bool
      require_uppercase:
        description: Whether there must be an upper case letter.
        type: bool
      require_numbers:
        description: Whether there must be a digit.
        type: bool
      require_symbols:
        description: Whether there must be a special character.
        type: bool
      temporary_password_days:
        description: How many days a password is valid that an administrator has given, up to 365.
        type: int
      history_size:
        description: How many former passwords may not be used again, up to 24.
        type: int
  self_sign_up:
    description: Whether people may make users for themselves. Otherwise only administrators do.
    type: bool
  invitation:
    description: The message to a user that an administrator made, with V({username}) and V({####}) for name and password.
    type: dict
    suboptions:
      email_subject:
        description: The subject of the mail.
        type: str
      email_message:
        description: The text of the mail.
        type: str
      sms_message:
        description: The text of the short message.
        type: str
  account_recovery:
    description: How a user who forgot the password gets a new one, the preferred way first.
    type: list
    elements: str
    choices: [verified_email, verified_phone_number, admin_only]
  threat_protection:
    description: Whether Cognito looks for stolen passwords and unusual sign-ins - not, only tells, or acts.
    type: str
    choices: ["OFF", AUDIT, ENFORCED]
  email:
    description: How Cognito sends mails.
    type: dict
    suboptions:
      source_arn:
        description: The ARN of the identity in SES that is the sender. With it mails are sent through SES, otherwise by Cognito itself.
        type: str
      from_address:
        description: The sender.
        type: str
      reply_to:
        description: The address for answers.
        type: str
  sms_role_arn:
    description: The ARN of the role with which Cognito sends short messages.
    type: str
  sms_external_id:
    description: The external id that the role's trust policy asks for.
    type: str
  remember_devices:
    description: Whether Cognito remembers the devices of users - never, always, or when the user wants it. V(never) is for new pools only.
    type: str
    choices: [never, always, ask]
  lambda_config:
    description: The ARNs of functions by the trigger that calls them, such as V(PreSignUp). All others are taken away.
    type: dict
  deletion_protection:
    description: Whether the pool is protected from being deleted.
    type: bool
notes:
  - No module of amazon.aws or community.aws manages user pools.
  - UpdateUserPool takes everything back to defaults that it is not given, so this module always gives it the whole pool.
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.tags
  - amazon.aws.boto3
  - stratum.aws.attributes
"""

EXAMPLES = r"""
- name: Create a pool whose users need a second factor
  stratum.aws.cognito_user_pool:
    name: shop-prod
    mfa: "ON"
    mfa_methods: [software_token]
    username_attributes: [email]
    auto_verified_attributes: [email]
    self_sign_up: false
    password_policy:
      minimum_length: 12
      require_symbols: true
    deletion_protection: true
    tags:
      Project: shop

- name: Delete the pool
  stratum.aws.cognito_user_pool:
    name: shop-prod
    state: absent
"""

RETURN = r"""
user_pool:
  description: The pool, or null when there is none. Its other keys are the module's options of the same name.
  returned: always
  type: dict
  contains:
    id:
      description: The id; null in check mode when the pool would be created.
      returned: always
      type: str
      sample: us-west-2_aBcDeFgHi
    arn:
      description: The ARN; null in check mode when the pool would be created.
      returned: always
      type: str
      sample: arn:aws:cognito-idp:us-west-2:123456789012:userpool/us-west-2_aBcDeFgHi
    name:
      description: The name.
      returned: always
      type: str
      sample: shop-prod
    domain:
      description: The domain of Cognito's pages, or an empty string.
      returned: when the pool exists
      type: str
      sample: shop-prod
    tags:
      description: The tags.
      returned: always
      type: dict
      sample: {"Project": "shop"}
"""

from collections.abc import Mapping
from typing import ClassVar

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.stratum.aws.plugins.module_utils import _cognito as pure
from ansible_collections.stratum.aws.plugins.module_utils._base import STATE, TAGS, AwsResource, Document
from ansible_collections.stratum.aws.plugins.module_utils._tags import retag, tag_changes, text_tags

TRUST = "trust relationship"


class UserPool(AwsResource):
    """A user pool, known by its name."""

    service = "cognito-idp"
    kind = "User pool"
    returns = "user_pool"
    retried = ("ThrottlingException", "TooManyRequestsException", "ConcurrentModificationException", "InternalErrorException")
    cures: ClassVar[Mapping[str, str]] = {
        "InvalidParameterException": "Correct the option; to delete a protected pool, set deletion_protection to false first.",
        "InvalidSmsRoleTrustRelationshipException": "Let cognito-idp.amazonaws.com assume the role of sms_role_arn.",
        "InvalidEmailRoleAccessPolicyException": "Verify the identity of email.source_arn in SES.",
        "FeatureUnavailableInTierException": "Choose a tier that has the feature, or leave it off.",
        "TierChangeNotAllowedException": "Turn off what the tier does not have first.",
    }
    _raw: Document

    @property
    def identity(self) -> str:
        return str(self.params["name"])

    def _describe(self) -> Document | None:
        named = [pool["Id"] for pool in self.collect("list_user_pools", "UserPools", MaxResults=60) if pool["Name"] == self.identity]
        if len(named) > 1:
            self.fail(f"there are {len(named)} pools of this name: {', '.join(sorted(named))}. Delete or rename those that are not meant.")
        answer = self.find("describe_user_pool", UserPoolId=named[0]) if named else None
        mfa = self.find("get_user_pool_mfa_config", UserPoolId=named[0]) if named else None
        if answer is None or mfa is None:
            return None
        self._raw = answer["UserPool"]
        return pure.pool_document(self._raw, mfa)

    def _changes(self, current: Document) -> Document:
        changes = pure.pool_changes(current, self.params)
        fixed = [key for key in pure.FIXED if key in changes] + pure.altered_attributes(current, self.params)
        if fixed:
            self.fail(
                f"Cognito cannot change {', '.join(fixed)} of a pool. Give what the pool has, or create another pool and move the users."
            )
        if changes.get("remember_devices") == "never":
            self.fail("Cognito cannot stop remembering devices. Use ask, or create another pool.")
        return {**changes, **tag_changes(current["tags"], self.params["tags"], self.params["purge_tags"])}

    def _predict(self) -> Document:
        return pure.pool_predicted(self.params)

    def _create(self) -> None:
        wanted = pure.pool_wanted(self.params)
        case = wanted.get("username_case_sensitive")
        answer = self.call_patiently(
            TRUST,
            "create_user_pool",
            PoolName=self.identity,
            UsernameAttributes=wanted.get("username_attributes") or None,
            AliasAttributes=wanted.get("alias_attributes") or None,
            UsernameConfiguration=None if case is None else {"CaseSensitive": case},
            Schema=[pure.schema_attribute(attribute) for attribute in self.params["schema"] or []] or None,
            UserPoolTags=text_tags(self.params["tags"]) or None,
            **pure.pool_settings(wanted, wanted),
        )
        # Only here a second factor can be asked for without one by short message.
        if wanted.get("mfa", "OFF") != "OFF":
            self.call("set_user_pool_mfa_config", UserPoolId=answer["UserPool"]["Id"], **pure.mfa_settings(wanted))

    def _update(self, current: Document, changes: Document) -> None:
        after, pool = {**current, **changes}, {"UserPoolId": current["id"]}
        if settings := pure.pool_settings(after, changes):
            self.call_patiently(TRUST, "update_user_pool", **pool, **pure.whole_update(self._raw, settings))
        if "schema" in changes:
            new = [attribute for attribute in changes["schema"] if attribute not in current["schema"]]
            self.call("add_custom_attributes", **pool, CustomAttributes=[pure.schema_attribute(attribute) for attribute in new])
        if {"mfa", "mfa_methods"} & changes.keys():
            self.call("set_user_pool_mfa_config", **pool, **pure.mfa_settings(after))
        retag(
            current["tags"],
            changes.get("tags"),
            lambda tags: self.call("tag_resource", ResourceArn=current["arn"], Tags=tags),
            lambda keys: self.call("untag_resource", ResourceArn=current["arn"], TagKeys=keys),
        )

    def _delete(self, current: Document) -> None:
        self.find("delete_user_pool", UserPoolId=current["id"])


def main() -> None:
    """Run the module."""
    flag, text, number, texts = {"type": "bool"}, {"type": "str"}, {"type": "int"}, {"type": "list", "elements": "str"}
    attribute = {
        "name": {"type": "str", "required": True},
        "type": {"type": "str", "choices": ["String", "Number", "DateTime", "Boolean"], "default": "String"},
        "mutable": {"type": "bool", "default": True},
        "required": {"type": "bool", "default": False},
        "min": number,
        "max": number,
    }
    passwords = {key: flag if key.startswith("require_") else number for key in pure.PASSWORD}
    argument_spec = {
        "name": {"type": "str", "required": True},
        "mfa": {"type": "str", "choices": ["OFF", "OPTIONAL", "ON"]},
        "mfa_methods": {**texts, "choices": list(pure.METHODS)},
        "tier": {"type": "str", "choices": ["LITE", "ESSENTIALS", "PLUS"]},
        "username_attributes": {**texts, "choices": ["email", "phone_number"]},
        "alias_attributes": {**texts, "choices": ["email", "phone_number", "preferred_username"]},
        "username_case_sensitive": flag,
        "auto_verified_attributes": {**texts, "choices": ["email", "phone_number"]},
        "schema": {"type": "list", "elements": "dict", "options": attribute},
        "password_policy": {
            "type": "dict",
            "no_log": False,
            "options": {key: {**each, "no_log": False} for key, each in passwords.items()},
        },
        "self_sign_up": flag,
        "invitation": {"type": "dict", "options": dict.fromkeys(pure.INVITATION, text)},
        "account_recovery": {**texts, "choices": ["verified_email", "verified_phone_number", "admin_only"]},
        "threat_protection": {"type": "str", "choices": ["OFF", "AUDIT", "ENFORCED"]},
        "email": {"type": "dict", "options": dict.fromkeys(pure.EMAIL, text)},
        "sms_role_arn": text,
        "sms_external_id": text,
        "remember_devices": {"type": "str", "choices": ["never", "always", "ask"]},
        "lambda_config": {"type": "dict"},
        "deletion_protection": flag,
        "state": STATE,
        **TAGS,
    }
    module = AnsibleAWSModule(argument_spec=argument_spec, supports_check_mode=True)
    UserPool(module).run()


if __name__ == "__main__":
    main()
