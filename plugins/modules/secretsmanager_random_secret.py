#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keep a secret whose value is generated once, when there is none."""

from __future__ import annotations

DOCUMENTATION = r"""
module: secretsmanager_random_secret
version_added: 0.1.0
short_description: Generate a secret once and keep it in Secrets Manager
description:
  - Generates a random value when the secret has none, stores it in Secrets Manager and returns it.
  - An existing value is never overwritten, whoever set it, unless O(force_rotate=true).
  - With O(template) the secret is a JSON object, in which the generated value is one key beside those of the template.
    The template's keys are kept up to date; the generated one and keys that are not in the template stay as they are.
author:
  - stratum.aws contributors (@stratum-aws)
options:
  name:
    description: The name of the secret.
    type: str
    required: true
  state:
    description: V(present) also restores a secret that is scheduled for deletion, with the value it had.
    type: str
    choices: [present, absent]
    default: present
  template:
    description:
      - The keys and values of the JSON object beside the generated one. Without it the secret is the generated value alone.
    type: dict
  generated_key:
    description: The key of the JSON object that holds the generated value. Only used with O(template).
    type: str
    default: password
  length:
    description: The number of characters to generate, from 4 to 4096. A change does not touch an existing value.
    type: int
    default: 32
  exclude_characters:
    description: Characters that the generated value must not contain. RDS refuses V(/@" ') and spaces, for example.
    type: str
  exclude_lowercase:
    description: Whether to do without lower case letters.
    type: bool
    default: false
  exclude_numbers:
    description: Whether to do without digits.
    type: bool
    default: false
  exclude_punctuation:
    description: Whether to do without punctuation.
    type: bool
    default: false
  exclude_uppercase:
    description: Whether to do without upper case letters.
    type: bool
    default: false
  include_space:
    description: Whether the value may contain spaces.
    type: bool
    default: false
  require_each_included_type:
    description: Whether the value has at least one character of every type that is not excluded.
    type: bool
    default: true
  description:
    description: What the secret is for.
    type: str
  kms_key_id:
    description: The ARN (best), id or alias of the KMS key; AWS's own key by default. Give it in the same form in every run.
    type: str
  force_rotate:
    description: Whether to generate a new value although there is one. Such a run always reports a change.
    type: bool
    default: false
  recovery_window:
    description: The days, 7 to 30, for which O(state=absent) can be undone; V(0) deletes for good at once.
    type: int
    default: 30
notes:
  - M(community.aws.secretsmanager_secret) cannot generate a value, and compares the value it is given,
    so a value that is generated when it is absent and kept afterwards cannot be had from it.
  - RV(value) and RV(secret_json) are secret. Set C(no_log=true) on the task and on every task that uses them.
  - The diff names the keys whose values change, never the values.
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.tags
  - amazon.aws.boto3
  - stratum.aws.attributes
"""

EXAMPLES = r"""
- name: Generate the master password of the database
  stratum.aws.secretsmanager_random_secret:
    name: speckle/production/database
    template:
      username: speckle
      engine: postgres
      port: 5432
    exclude_characters: "/@\"' \\"
    description: Master credentials of the database
  no_log: true
  register: database_secret

- name: Create the database
  amazon.aws.rds_instance:
    id: speckle-db
    username: speckle
    master_user_password: "{{ database_secret.value }}"
  no_log: true

- name: Generate the token of the cache
  stratum.aws.secretsmanager_random_secret:
    name: spywatcher/production/redis
    length: 64
    exclude_punctuation: true
  no_log: true

- name: Schedule the secret's deletion
  stratum.aws.secretsmanager_random_secret:
    name: speckle/production/database
    recovery_window: 7
    state: absent
"""

RETURN = r"""
secret:
  description: The secret without its value, or null when there is none.
  returned: always
  type: dict
  contains:
    arn:
      description: The ARN of the secret, with the six characters that AWS adds to the name.
      returned: when the secret exists
      type: str
      sample: arn:aws:secretsmanager:ca-central-1:123456789012:secret:speckle/production/database-AbCdEf
    changed_keys:
      description: The keys of the JSON object that this run has set, or V(value) when the secret is no JSON object.
      returned: always
      type: list
      elements: str
      sample: [port]
    deletion_date:
      description: When the secret was scheduled for deletion; null when it was not.
      returned: always
      type: str
      sample: null
    description:
      description: What the secret is for.
      returned: always
      type: str
      sample: Master credentials of the database
    kms_key_id:
      description: The KMS key; null for AWS's own.
      returned: always
      type: str
      sample: arn:aws:kms:ca-central-1:123456789012:key/01234567-89ab-cdef-0123-456789abcdef
    name:
      description: The name of the secret.
      returned: always
      type: str
      sample: speckle/production/database
    tags:
      description: The tags of the secret.
      returned: always
      type: dict
      sample: {"Environment": "production"}
    version_id:
      description: The id of the current version; null when check mode would make one.
      returned: always
      type: str
      sample: 01234567-89ab-cdef-0123-456789abcdef
secret_json:
  description: The whole JSON object. This is sensitive.
  returned: when O(template) is set and O(state=present)
  type: dict
  sample: {"username": "speckle", "port": 5432, "password": "the generated value"}
value:
  description: The generated value. Null in check mode when it would be generated. This is sensitive.
  returned: when O(state=present)
  type: str
  sample: the generated value
"""

import json
from collections.abc import Mapping
from typing import Any, ClassVar

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.amazon.aws.plugins.module_utils.tagging import ansible_dict_to_boto3_tag_list, boto3_tag_list_to_ansible_dict
from ansible_collections.stratum.aws.plugins.module_utils._base import STATE, TAGS, AwsResource, Document
from ansible_collections.stratum.aws.plugins.module_utils._compare import differing
from ansible_collections.stratum.aws.plugins.module_utils._kms import same_key
from ansible_collections.stratum.aws.plugins.module_utils._tags import retag, tag_changes, text_tags

PLAIN = "value"
"""What stands for the generated value of a secret that is no JSON object."""
SWITCHES = (
    "exclude_lowercase",
    "exclude_numbers",
    "exclude_punctuation",
    "exclude_uppercase",
    "include_space",
    "require_each_included_type",
)


def read_value(stored: str | None, key: str | None) -> Document:
    """Return the stored secret as a dictionary; a plain one (`key` is None) has its value under "value"."""
    if not stored:
        return {}
    if key is None:
        return {PLAIN: stored}
    try:
        document = json.loads(stored)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise ValueError("its value is no JSON object, so template has no place in it")
    return document


def changed_keys(current: Mapping[str, Any], template: Mapping[str, Any], generated: str, rotate: bool) -> list[str]:
    """Return the keys that must be set: the template's that differ, the generated one only if it is empty or rotated."""
    keys = [key for key, value in template.items() if key not in current or current[key] != value]
    return sorted([*keys, generated] if rotate or not current.get(generated) else keys)


class RandomSecret(AwsResource):
    """A secret of Secrets Manager that has a generated value."""

    service = "secretsmanager"
    kind = "Secret"
    returns = "secret"
    cures: ClassVar[Mapping[str, str]] = {
        "DecryptionFailure": "Allow kms:Decrypt on the secret's key to the identity that runs the play.",
        "EncryptionFailure": "Check that the KMS key exists, is enabled and allows kms:GenerateDataKey.",
        "InvalidParameterException": "Check length and which types of characters are excluded, and the form of the name.",
        "InvalidRequestException": "The secret may belong to another service or be in rotation: look at it in the console.",
    }

    def __init__(self, module: Any) -> None:
        super().__init__(module)
        self.template: Document = self.params["template"] or {}
        self.key: str | None = None if self.params["template"] is None else self.params["generated_key"]
        self.value: Document = {}
        self.written: list[str] = []

    @property
    def identity(self) -> str:
        return str(self.params["name"])

    @property
    def generated(self) -> str:
        """The key of the generated value."""
        return self.key or PLAIN

    def _describe(self) -> Document | None:
        found = self.find("describe_secret", SecretId=self.params["name"])
        doomed = found is not None and found.get("DeletedDate") is not None
        present = self.params["state"] == "present"
        if found is None or (doomed and not present and self.params["recovery_window"]):
            return None
        if present and not doomed:
            self.value = self._read()
        stages: dict[str, list[str]] = found.get("VersionIdsToStages") or {}
        return {
            "arn": found["ARN"],
            "name": found["Name"],
            "description": found.get("Description"),
            "kms_key_id": found.get("KmsKeyId"),
            "deletion_date": found["DeletedDate"].isoformat() if doomed else None,
            "version_id": next((version for version, labels in stages.items() if "AWSCURRENT" in labels), None),
            "changed_keys": self.written,
            "tags": boto3_tag_list_to_ansible_dict(found.get("Tags") or []),
        }

    def _read(self) -> Document:
        answer = self.find("get_secret_value", SecretId=self.params["name"]) or {}
        if "SecretBinary" in answer:
            self.fail("its value is binary. Use another name, or delete this secret first.")
        try:
            return read_value(answer.get("SecretString"), self.key)
        except ValueError as error:
            if self.params["force_rotate"]:
                return {}
            return self.fail(f"{error}. Leave template out, use another name, or set force_rotate to replace the value.")

    def _changes(self, current: Document) -> Document:
        changes = differing(current, {"description": self.params["description"]})
        if self.params["kms_key_id"] and not same_key(current["kms_key_id"], self.params["kms_key_id"], "secretsmanager"):
            changes["kms_key_id"] = self.params["kms_key_id"]
        changes.update(tag_changes(current["tags"], self.params["tags"], self.params["purge_tags"]))
        if current["deletion_date"]:
            # The value cannot be read before the secret is restored: _update compares it then.
            return {**changes, "deletion_date": None}
        keys = changed_keys(self.value, self.template, self.generated, self.params["force_rotate"])
        return {**changes, **({"changed_keys": keys, "version_id": None} if keys else {})}

    def _predict(self) -> Document:
        return {
            **{key: self.params[key] for key in ("name", "description", "kms_key_id")},
            "deletion_date": None,
            "version_id": None,
            "changed_keys": sorted([*self.template, self.generated]),
            "tags": text_tags(self.params["tags"]) or {},
        }

    def _new_value(self, keys: list[str]) -> str:
        """Return the text to store once `keys` are set."""
        fresh = {key: value for key, value in self.template.items() if key in keys}
        if self.generated in keys:
            switches = {_api_name(name): self.params[name] for name in SWITCHES}
            excluded = self.params["exclude_characters"] or None
            answer = self.call("get_random_password", PasswordLength=self.params["length"], ExcludeCharacters=excluded, **switches)
            fresh[self.generated] = answer["RandomPassword"]
        self.written = keys
        return json.dumps({**self.value, **fresh}) if self.key else str(fresh[PLAIN])

    def _create(self) -> None:
        self.call(
            "create_secret",
            Name=self.params["name"],
            Description=self.params["description"],
            KmsKeyId=self.params["kms_key_id"],
            Tags=ansible_dict_to_boto3_tag_list(self.params["tags"]) or None,
            SecretString=self._new_value(sorted([*self.template, self.generated])),
        )

    def _update(self, current: Document, changes: Document) -> None:
        secret = {"SecretId": current["arn"]}
        if "deletion_date" in changes:
            self.call("restore_secret", **secret)
            self.value = self._read()
            changes.update(self._changes({**current, "deletion_date": None}))
        if "description" in changes or "kms_key_id" in changes:
            self.call("update_secret", **secret, Description=changes.get("description"), KmsKeyId=changes.get("kms_key_id"))
        if "changed_keys" in changes:
            self.call("put_secret_value", **secret, SecretString=self._new_value(changes["changed_keys"]))
        retag(
            current["tags"],
            {**current, **changes}["tags"],
            lambda tags: self.call("tag_resource", **secret, Tags=ansible_dict_to_boto3_tag_list(tags)),
            lambda keys: self.call("untag_resource", **secret, TagKeys=keys),
        )

    def _delete(self, current: Document) -> None:
        days = self.params["recovery_window"]
        how = {"RecoveryWindowInDays": days} if days else {"ForceDeleteWithoutRecovery": True}
        self.call("delete_secret", SecretId=current["arn"], **how)

    def _result(self, changed: bool, document: Document | None, diff: Document) -> Document:
        result = super()._result(changed, document, diff)
        if document is None:
            return result
        value = {**self.value, **self.template}
        if self.module.check_mode and self.generated in document["changed_keys"]:
            value[self.generated] = None
        result["value"] = value.get(self.generated)
        return {**result, "secret_json": value} if self.key else result


def _api_name(option: str) -> str:
    return "".join(word.capitalize() for word in option.split("_"))


def main() -> None:
    """Run the module."""
    spec: dict[str, dict[str, Any]] = {
        "name": {"required": True},
        "state": STATE,
        "template": {"type": "dict"},
        "generated_key": {"default": "password", "no_log": False},
        "length": {"type": "int", "default": 32},
        "exclude_characters": {},
        **{name: {"type": "bool", "default": name == "require_each_included_type"} for name in SWITCHES},
        "description": {},
        "kms_key_id": {"no_log": False},
        "force_rotate": {"type": "bool", "default": False},
        "recovery_window": {"type": "int", "default": 30},
        **TAGS,
    }
    module = AnsibleAWSModule(argument_spec=spec, supports_check_mode=True)
    if not 4 <= module.params["length"] <= 4096:
        module.fail_json(msg="length must be from 4 to 4096.")
    if module.params["recovery_window"] != 0 and not 7 <= module.params["recovery_window"] <= 30:
        module.fail_json(msg="recovery_window must be from 7 to 30 days, or 0 to delete for good at once.")
    if module.params["generated_key"] in (module.params["template"] or {}):
        module.fail_json(msg="template sets the key that is generated. Leave it out of template, or set generated_key to another.")
    RandomSecret(module).run()


if __name__ == "__main__":
    main()
