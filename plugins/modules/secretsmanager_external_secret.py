#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keep a secret whose values come from somewhere else."""

from __future__ import annotations

DOCUMENTATION = r"""
module: secretsmanager_external_secret
version_added: 0.3.0
short_description: Keep a secret in Secrets Manager whose values come from elsewhere
description:
  - Makes a secret with a place for values that nobody can generate, such as the token of another company's service.
  - The secret is a JSON object. Keys that have no value yet are there with an empty one, until somebody sets them - in whatever way.
  - A value that is given is stored. A value that is not given is never touched.
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
  fields:
    description: The keys of the JSON object. Others that are there stay.
    type: list
    elements: str
    required: true
  value:
    description: The values of O(fields), of whichever are known. An empty one counts as not given.
    type: dict
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
notes:
  - M(community.aws.secretsmanager_secret) either overwrites a value or makes none, and does not say whether there is one.
  - No value is returned. Set C(no_log=true) on the task when it is given one.
  - While a key has no value, the module warns and says how it is set.
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.tags
  - amazon.aws.boto3
  - stratum.aws.attributes
"""

EXAMPLES = r"""
- name: Make a place for the token of the map service
  stratum.aws.secretsmanager_external_secret:
    name: shop/production/maps
    fields: [access_token]

- name: Store the token
  stratum.aws.secretsmanager_external_secret:
    name: shop/production/maps
    fields: [access_token]
    value:
      access_token: "{{ maps_token }}"
  no_log: true
"""

RETURN = r"""
waiting:
  description: The keys that have no value.
  returned: when O(state=present)
  type: list
  elements: str
  sample: [access_token]
secret:
  description: The secret without its values, or null when there is none.
  returned: always
  type: dict
  contains:
    arn:
      description: The ARN of the secret, with the six characters that AWS adds to the name.
      returned: when the secret exists
      type: str
      sample: arn:aws:secretsmanager:us-east-1:123456789012:secret:shop/production/maps-AbCdEf
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
      sample: Token of the map service
    kms_key_id:
      description: The KMS key; null for AWS's own.
      returned: always
      type: str
      sample: null
    name:
      description: The name of the secret.
      returned: always
      type: str
      sample: shop/production/maps
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

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.stratum.aws.plugins.module_utils._base import Document
from ansible_collections.stratum.aws.plugins.module_utils._secret import SECRET_OPTIONS, Secret, check_recovery_window


def keys_to_set(current: Mapping[str, Any], keys: Sequence[str], given: Mapping[str, str]) -> list[str]:
    """Return the keys that are not there, or have another value than the one given."""
    return sorted(key for key in keys if key not in current or (key in given and current[key] != given[key]))


def how_to_set(name: str, keys: Sequence[str], region: str) -> str:
    """Return the command that gives a secret its values; it reads them from standard input, where no history keeps them."""
    value = json.dumps(dict.fromkeys(keys, "…"), ensure_ascii=False)
    return f"aws secretsmanager put-secret-value --region {region} --secret-id {name} --secret-string file:///dev/stdin <<< '{value}'"


class ExternalSecret(Secret):
    """A secret of Secrets Manager whose values come from elsewhere."""

    def __init__(self, module: Any) -> None:
        super().__init__(module)
        self.given = {key: str(value) for key, value in (self.params["value"] or {}).items() if value not in (None, "")}

    def _keys(self) -> list[str]:
        return keys_to_set(self.value, self.params["fields"], self.given)

    def _fresh(self, keys: Sequence[str]) -> Document:
        return {key: self.given.get(key, "") for key in keys}

    def _result(self, changed: bool, document: Document | None, diff: Document) -> Document:
        result = super()._result(changed, document, diff)
        if document is None:
            return result
        waiting = [key for key in self.params["fields"] if not {**self.value, **self.given}.get(key)]
        if waiting:
            keys = list(dict.fromkeys([*self.params["fields"], *self.value]))
            command = how_to_set(self.identity, keys, self.module.region)
            self.module.warn(f"{self.title} waits for {', '.join(waiting)}. Set it with: {command}")
        return {**result, "waiting": waiting}


def main() -> None:
    """Run the module."""
    spec: dict[str, dict[str, Any]] = {
        **SECRET_OPTIONS,
        "fields": {"type": "list", "elements": "str", "required": True},
        "value": {"type": "dict", "no_log": True},
    }
    module = AnsibleAWSModule(argument_spec=spec, supports_check_mode=True)
    check_recovery_window(module)
    if strangers := sorted(set(module.params["value"] or {}) - set(module.params["fields"])):
        module.fail_json(msg=f"value has keys that are not among fields: {', '.join(strangers)}. Add them to fields.")
    ExternalSecret(module).run()


if __name__ == "__main__":
    main()
