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
  hash:
    description:
      - Keep a hash of the generated value beside it, in a further key of the JSON object, for an application that is given hashes only.
      - It is made again when it does not belong to the value.
    type: dict
    version_added: 0.3.0
    suboptions:
      algorithm:
        description: The algorithm. That of V(bcrypt) heeds 72 characters at most, so O(length) must not be more.
        type: str
        choices: [bcrypt]
        default: bcrypt
      key:
        description: The key of the JSON object; by default that of the generated value and V(_hash).
        type: str
      rounds:
        description: The binary logarithm of the effort, from 4 to 16. For a long random value the default is plenty.
        type: int
        default: 10
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
  former:
    description: Whether the value before the last rotation is returned too, for those who have to take both for a while.
    type: bool
    default: false
    version_added: 0.5.0
  recovery_window:
    description: The days, 7 to 30, for which O(state=absent) can be undone; V(0) deletes for good at once.
    type: int
    default: 30
requirements:
  - bcrypt, only with O(hash)
notes:
  - M(community.aws.secretsmanager_secret) cannot generate a value, and compares the value it is given,
    so a value that is generated when it is absent and kept afterwards cannot be had from it.
  - RV(value), RV(former_value) and RV(secret_json) are secret. Set C(no_log=true) on the task and on every task that uses them.
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

- name: Generate the first password of an application's administrator
  stratum.aws.secretsmanager_random_secret:
    name: shop/production/admin
    template:
      email: admin@example.com
    hash:
      key: password_hash
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
former_value:
  description: The value before the last rotation, or null.
  returned: with O(former)
  type: str
  sample: null
value:
  description: The generated value. Null in check mode when it would be generated. This is sensitive.
  returned: when O(state=present)
  type: str
  sample: the generated value
"""

from collections.abc import Mapping, Sequence
from typing import Any

from ansible.module_utils.basic import missing_required_lib
from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.stratum.aws.plugins.module_utils._base import Document
from ansible_collections.stratum.aws.plugins.module_utils._secret import PLAIN, SECRET_OPTIONS, Secret, check_recovery_window, read_value

SWITCHES = (
    "exclude_lowercase",
    "exclude_numbers",
    "exclude_punctuation",
    "exclude_uppercase",
    "include_space",
    "require_each_included_type",
)
BCRYPT_LIMIT = 72
"""Bytes; bcrypt does not see what follows."""


def changed_keys(current: Mapping[str, Any], template: Mapping[str, Any], generated: str, rotate: bool) -> list[str]:
    """Return the keys that must be set: the template's that differ, the generated one only if it is empty or rotated."""
    keys = [key for key, value in template.items() if key not in current or current[key] != value]
    return sorted([*keys, generated] if rotate or not current.get(generated) else keys)


def belongs(hashed: Any, value: Any) -> bool:
    """Return whether a bcrypt hash is that of a value."""
    import bcrypt

    if not isinstance(hashed, str) or not isinstance(value, str):
        return False
    try:
        return bool(bcrypt.checkpw(value.encode()[:BCRYPT_LIMIT], hashed.encode()))
    except ValueError:
        return False


class RandomSecret(Secret):
    """A secret of Secrets Manager that has a generated value."""

    def __init__(self, module: Any) -> None:
        super().__init__(module)
        self.template: Document = self.params["template"] or {}
        self.plain = self.params["template"] is None
        self.replaceable = self.params["force_rotate"]
        self.generated = PLAIN if self.plain else str(self.params["generated_key"])
        """The key of the generated value."""
        self.hash_key: str | None = hash_key(self.params)

    def _keys(self) -> list[str]:
        keys = changed_keys(self.value, self.template, self.generated, self.params["force_rotate"])
        if self.hash_key and (self.generated in keys or not belongs(self.value.get(self.hash_key), self.value[self.generated])):
            keys = sorted([*keys, self.hash_key])
        return keys

    def _fresh(self, keys: Sequence[str]) -> Document:
        fresh = {key: value for key, value in self.template.items() if key in keys}
        if self.generated in keys:
            switches = {_api_name(name): self.params[name] for name in SWITCHES}
            excluded = self.params["exclude_characters"] or None
            answer = self.call("get_random_password", PasswordLength=self.params["length"], ExcludeCharacters=excluded, **switches)
            fresh[self.generated] = answer["RandomPassword"]
        if self.hash_key in keys:
            import bcrypt

            value = fresh.get(self.generated) or self.value[self.generated]
            salt = bcrypt.gensalt(self.params["hash"]["rounds"])
            fresh[str(self.hash_key)] = bcrypt.hashpw(value.encode()[:BCRYPT_LIMIT], salt).decode()
        return fresh

    def _result(self, changed: bool, document: Document | None, diff: Document) -> Document:
        result = super()._result(changed, document, diff)
        if document is None:
            return result
        value = {**self.value, **self.template}
        if self.module.check_mode:
            value.update(dict.fromkeys({self.generated, str(self.hash_key)} & set(document["changed_keys"])))
        result["value"] = value.get(self.generated)
        if self.params["former"]:
            result["former_value"] = self._former()
        return result if self.plain else {**result, "secret_json": value}

    def _former(self) -> str | None:
        answer = self.find("get_secret_value", SecretId=self.params["name"], VersionStage="AWSPREVIOUS") or {}
        former = read_value(answer.get("SecretString"), self.plain).get(self.generated)
        return None if former is None else str(former)


def hash_key(options: Mapping[str, Any]) -> str | None:
    """Return the key that holds the hash, None where none is wanted."""
    if not options["hash"]:
        return None
    return str(options["hash"]["key"] or f"{options['generated_key']}_hash")


def _api_name(option: str) -> str:
    return "".join(word.capitalize() for word in option.split("_"))


def check_hash(module: Any) -> None:
    """Fail when a hash is wanted that cannot be had."""
    wanted = module.params["hash"]
    if not wanted:
        return
    if module.params["template"] is None:
        module.fail_json(msg="hash needs template, because a text has no place for it; an empty template will do.")
    if module.params["length"] > BCRYPT_LIMIT:
        module.fail_json(msg=f"bcrypt heeds {BCRYPT_LIMIT} characters at most: set length to that or less, or leave hash out.")
    if not 4 <= wanted["rounds"] <= 16:
        module.fail_json(msg="hash.rounds must be from 4 to 16.")
    if hash_key(module.params) in (module.params["generated_key"], *module.params["template"]):
        module.fail_json(msg="hash.key is a key of template, or the generated one. Set it to another.")
    try:
        import bcrypt  # noqa: F401
    except ImportError:
        module.fail_json(msg=missing_required_lib("bcrypt", reason="for hash"))


def main() -> None:
    """Run the module."""
    hashed: dict[str, dict[str, Any]] = {
        "algorithm": {"choices": ["bcrypt"], "default": "bcrypt"},
        "key": {"no_log": False},
        "rounds": {"type": "int", "default": 10},
    }
    spec: dict[str, dict[str, Any]] = {
        **SECRET_OPTIONS,
        "template": {"type": "dict"},
        "generated_key": {"default": "password", "no_log": False},
        "hash": {"type": "dict", "options": hashed},
        "length": {"type": "int", "default": 32},
        "exclude_characters": {},
        **{name: {"type": "bool", "default": name == "require_each_included_type"} for name in SWITCHES},
        "force_rotate": {"type": "bool", "default": False},
        "former": {"type": "bool", "default": False},
    }
    module = AnsibleAWSModule(argument_spec=spec, supports_check_mode=True)
    if not 4 <= module.params["length"] <= 4096:
        module.fail_json(msg="length must be from 4 to 4096.")
    check_recovery_window(module)
    if module.params["generated_key"] in (module.params["template"] or {}):
        module.fail_json(msg="template sets the key that is generated. Leave it out of template, or set generated_key to another.")
    check_hash(module)
    RandomSecret(module).run()


if __name__ == "__main__":
    main()
