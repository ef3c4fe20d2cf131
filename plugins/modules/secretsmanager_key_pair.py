#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keep a key pair that is generated once, when there is none."""

from __future__ import annotations

DOCUMENTATION = r"""
module: secretsmanager_key_pair
version_added: 0.3.0
short_description: Generate a key pair once and keep it in Secrets Manager
description:
  - Generates an RSA or Ed25519 key pair when the secret has none, and stores it in Secrets Manager as a JSON object with the keys
    C(private_key), C(public_key), C(key_id), C(type), C(format), C(created) (RFC 3339, UTC) and C(previous).
  - An existing pair is never replaced, whoever set it, unless O(rotate=true). Where somebody has stored a C(private_key) of his own,
    C(public_key) and C(key_id) are made to fit it.
  - The private key is stored, and never returned.
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
  type:
    description: The kind of key. Like O(bits) and O(format), it is heeded when a pair is generated, and does not touch an existing one.
    type: str
    choices: [rsa, ed25519]
    default: rsa
  bits:
    description: The length of an RSA key.
    type: int
    choices: [2048, 3072, 4096]
    default: 2048
  format:
    description:
      - V(pkcs8) is PEM for both halves (PKCS#8, and SubjectPublicKeyInfo), as libraries for tokens and TLS want them.
      - V(openssh) is a private key as ssh reads it, and a line for C(authorized_keys) or an EC2 key pair.
    type: str
    choices: [pkcs8, openssh]
    default: pkcs8
  comment:
    description: What follows the key in the line of O(format=openssh).
    type: str
    default: ''
  rotate:
    description:
      - Whether to generate a new pair although there is one. Such a run always reports a change.
      - The old pair goes to C(previous), newest first, so that signatures made with it can be checked until they have expired.
    type: bool
    default: false
  keep_previous:
    description: How many old pairs C(previous) holds, from 0 to 10.
    type: int
    default: 1
  keep_previous_private:
    description: Whether C(previous) holds private keys too, as the rotation of a key for ssh needs, which has to log in with the old one.
    type: bool
    default: false
  description:
    description: What the secret is for.
    type: str
  kms_key_id:
    description: The ARN (best), id or alias of the KMS key; AWS's own key by default. Give it in the same form in every run.
    type: str
  recovery_window:
    description: The days, 7 to 30, for which O(state=absent) can be undone; V(0) deletes for good at once.
    type: int
    default: 30
requirements:
  - cryptography
notes:
  - Neither amazon.aws nor community.aws generates keys into Secrets Manager; M(community.crypto.openssl_privatekey) writes files.
  - The diff names the keys of the JSON object whose values change, never the values.
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.tags
  - amazon.aws.boto3
  - stratum.aws.attributes
"""

EXAMPLES = r"""
- name: Generate the key that signs tokens
  stratum.aws.secretsmanager_key_pair:
    name: shop/production/jwt
    description: Signs the tokens of the user service

- name: Replace it, and keep the old public key for tokens that are still about
  stratum.aws.secretsmanager_key_pair:
    name: shop/production/jwt
    rotate: true

- name: Generate the key to log in with
  stratum.aws.secretsmanager_key_pair:
    name: shop/production/ssh
    type: ed25519
    format: openssh
    comment: shop-production
  register: ssh

- name: Let instances have it
  amazon.aws.ec2_key:
    name: shop-production
    key_material: "{{ ssh.public_key }}"
"""

RETURN = r"""
public_key:
  description: The public key; null in check mode when the pair would be generated.
  returned: when O(state=present)
  type: str
  sample: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJvbgmEqLM41 shop-production
key_id:
  description: The thumbprint of the public key (RFC 7638, SHA-256), which tokens name as C(kid); null like RV(public_key).
  returned: when O(state=present)
  type: str
  sample: NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs
previous:
  description: The public halves of the pairs that were replaced, newest first.
  returned: when O(state=present)
  type: list
  elements: dict
  sample: []
secret:
  description: The secret without its value, or null when there is none.
  returned: always
  type: dict
  contains:
    arn:
      description: The ARN of the secret, with the six characters that AWS adds to the name.
      returned: when the secret exists
      type: str
      sample: arn:aws:secretsmanager:us-east-1:123456789012:secret:shop/production/jwt-AbCdEf
    changed_keys:
      description: The keys of the JSON object that this run has set.
      returned: always
      type: list
      elements: str
      sample: []
    deletion_date:
      description: When the secret was scheduled for deletion; null when it was not.
      returned: always
      type: str
      sample: null
    description:
      description: What the secret is for.
      returned: always
      type: str
      sample: Signs the tokens of the user service
    kms_key_id:
      description: The KMS key; null for AWS's own.
      returned: always
      type: str
      sample: null
    name:
      description: The name of the secret.
      returned: always
      type: str
      sample: shop/production/jwt
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
"""

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from ansible.module_utils.basic import missing_required_lib
from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.stratum.aws.plugins.module_utils import _key_pair
from ansible_collections.stratum.aws.plugins.module_utils._base import Document
from ansible_collections.stratum.aws.plugins.module_utils._secret import SECRET_OPTIONS, Secret, check_recovery_window

GENERATED = ("created", "format", "key_id", "private_key", "public_key", "type")
DERIVED = ("key_id", "public_key")


def keys_to_set(value: Mapping[str, Any], rotate: bool, comment: str = "") -> list[str]:
    """Return the keys of the JSON object that must be set; raise ValueError where the private key cannot be read."""
    private = value.get("private_key")
    if not private:
        return sorted(GENERATED)
    if rotate:
        return sorted((*GENERATED, "previous"))
    derived = _key_pair.public_text(private, comment)
    fits = {
        "key_id": value.get("key_id") == _key_pair.key_id(private),
        "public_key": _key_pair.same_public_key(value.get("public_key"), derived),
    }
    return [key for key in DERIVED if not fits[key]]


class KeyPair(Secret):
    """A secret of Secrets Manager that holds a key pair."""

    kind = "Key pair"

    def _keys(self) -> list[str]:
        try:
            return keys_to_set(self.value, self.params["rotate"])
        except ValueError as error:
            return self.fail(f"its private_key cannot be used: {error}. Correct it, or set rotate to replace it.")

    def _fresh(self, keys: Sequence[str]) -> Document:
        if "private_key" in keys:
            now = datetime.datetime.now(tz=datetime.UTC).isoformat(timespec="seconds")
            kind, form = self.params["type"], self.params["format"]
            private = _key_pair.generate(kind, self.params["bits"], form)
            fresh: Document = {"private_key": private, "type": kind, "format": form, "created": now}
        else:
            private, fresh = self.value["private_key"], {}
        fresh["public_key"] = _key_pair.public_text(private, self.params["comment"])
        fresh["key_id"] = _key_pair.key_id(private)
        if "previous" in keys:
            keep, with_private = self.params["keep_previous"], self.params["keep_previous_private"]
            fresh["previous"] = _key_pair.retired(self.value, fresh["created"], keep, with_private)
        return {key: value for key, value in fresh.items() if key in keys}

    def _result(self, changed: bool, document: Document | None, diff: Document) -> Document:
        result = super()._result(changed, document, diff)
        if document is None:
            return result
        pending = document["changed_keys"] if self.module.check_mode else []
        for key in DERIVED:
            result[key] = None if key in pending else self.value.get(key)
        previous = self.value.get("previous") or []
        result["previous"] = [{key: each[key] for key in (*_key_pair.PUBLIC_PARTS, "retired") if key in each} for each in previous]
        return result


def main() -> None:
    """Run the module."""
    spec: dict[str, dict[str, Any]] = {
        **SECRET_OPTIONS,
        "type": {"choices": [_key_pair.RSA, _key_pair.ED25519], "default": _key_pair.RSA},
        "bits": {"type": "int", "choices": [2048, 3072, 4096], "default": 2048},
        "format": {"choices": [_key_pair.PKCS8, _key_pair.OPENSSH], "default": _key_pair.PKCS8},
        "comment": {"default": ""},
        "rotate": {"type": "bool", "default": False},
        "keep_previous": {"type": "int", "default": 1},
        "keep_previous_private": {"type": "bool", "default": False, "no_log": False},
    }
    module = AnsibleAWSModule(argument_spec=spec, supports_check_mode=True)
    check_recovery_window(module)
    if not 0 <= module.params["keep_previous"] <= 10:
        module.fail_json(msg="keep_previous must be from 0 to 10: a secret holds 64 KiB at most.")
    try:
        import cryptography  # noqa: F401
    except ImportError:
        module.fail_json(msg=missing_required_lib("cryptography"))
    KeyPair(module).run()


if __name__ == "__main__":
    main()
