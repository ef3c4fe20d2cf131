#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keep an access key of an IAM user in a secret."""

from __future__ import annotations

DOCUMENTATION = r"""
module: secretsmanager_access_key
version_added: 0.4.0
short_description: Keep an access key of an IAM user in Secrets Manager
description:
  - Makes an access key for an IAM user when the secret has none that works, and stores it in Secrets Manager as a JSON object with the
    keys C(access_key_id) and C(secret_access_key), and C(previous_access_key_id) after a rotation. Other keys of the object stay.
  - This is for programs that can take nothing but keys. What runs in AWS and can assume a role needs none.
  - A key that the secret names and IAM has as active is kept. One that somebody has deleted or deactivated is replaced.
  - The secret access key goes from IAM into the secret, and is never returned.
author:
  - stratum.aws contributors (@stratum-aws)
options:
  name:
    description: The name of the secret.
    type: str
    required: true
  user:
    description: The name of the IAM user, who must be there. One secret for each user.
    type: str
    required: true
    aliases: [user_name]
  state:
    description:
      - V(present) also restores a secret that is scheduled for deletion; its key is made anew, as it was deleted.
      - V(absent) deletes the key that the secret names, and the one before it, and then the secret.
    type: str
    choices: [present, absent]
    default: present
  rotate_after_days:
    description: How old a key gets before a run replaces it, in days. V(0) is never.
    type: int
    default: 0
  rotate:
    description: Whether to replace the key whatever its age is. Such a run always reports a change.
    type: bool
    default: false
  keep_previous_hours:
    description:
      - For how long a key that was replaced works on, in hours, so that programs can go on until they have read the new one.
      - The first run after that deactivates it; the next rotation deletes it.
      - V(0) deactivates it in the run that replaces it, as is right for a key that has become known.
    type: int
    default: 24
  description:
    description: What the key is for.
    type: str
  kms_key_id:
    description: The ARN (best), id or alias of the KMS key; AWS's own key by default. Give it in the same form in every run.
    type: str
  recovery_window:
    description: The days, 7 to 30, for which O(state=absent) can be undone for the secret, but not for the key; V(0) deletes it at once.
    type: int
    default: 30
notes:
  - M(amazon.aws.iam_access_key) makes another key in every run that does not name one, and returns the secret into a variable.
  - AWS allows two keys for a user. If another one than these is in the way of a rotation, the module fails and says which.
  - A key that the secret does not name and nobody has ever used is what a killed run has left; it goes when it is in the way of a new one.
  - The diff names the keys of the JSON object whose values change, never the values.
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.tags
  - amazon.aws.boto3
  - stratum.aws.attributes
"""

EXAMPLES = r"""
- name: Keep a key for the program that uploads
  stratum.aws.secretsmanager_access_key:
    name: shop/production/uploads
    user: shop-uploads
    rotate_after_days: 90

- name: Replace a key that has become known
  stratum.aws.secretsmanager_access_key:
    name: shop/production/uploads
    user: shop-uploads
    rotate: true
    keep_previous_hours: 0
"""

RETURN = r"""
secret:
  description: The secret without its value, or null when there is none.
  returned: always
  type: dict
  contains:
    access_key_id:
      description: The id of the access key; null when check mode would make one.
      returned: always
      type: str
      sample: AKIAIOSFODNN7EXAMPLE
    arn:
      description: The ARN of the secret, with the six characters that AWS adds to the name.
      returned: when the secret exists
      type: str
      sample: arn:aws:secretsmanager:us-east-1:123456789012:secret:shop/production/uploads-AbCdEf
    changed_keys:
      description: The keys of the JSON object that this run has set.
      returned: always
      type: list
      elements: str
      sample: []
    created:
      description: When the access key was made (RFC 3339); null like RV(secret.access_key_id).
      returned: always
      type: str
      sample: "2026-11-21T12:00:00+00:00"
    deletion_date:
      description: When the secret was scheduled for deletion; null when it was not.
      returned: always
      type: str
      sample: null
    description:
      description: What the key is for.
      returned: always
      type: str
      sample: Uploads of the shop
    kms_key_id:
      description: The KMS key; null for AWS's own.
      returned: always
      type: str
      sample: null
    name:
      description: The name of the secret.
      returned: always
      type: str
      sample: shop/production/uploads
    previous_active:
      description: Whether the key before this one still works; null when there is none.
      returned: always
      type: bool
      sample: null
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
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any, ClassVar

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.amazon.aws.plugins.module_utils.retries import AWSRetry
from ansible_collections.stratum.aws.plugins.module_utils._access_key import Decision, Key, Wishes, decide
from ansible_collections.stratum.aws.plugins.module_utils._base import SEEING_PAUSES, Document
from ansible_collections.stratum.aws.plugins.module_utils._secret import SECRET_OPTIONS, Secret, check_recovery_window

with suppress(ImportError):  # AnsibleAWSModule says what is missing
    from botocore.exceptions import BotoCoreError, ClientError

ID = "access_key_id"
SECRET = "secret_access_key"
PREVIOUS = "previous_access_key_id"


class AccessKey(Secret):
    """A secret of Secrets Manager that holds an access key."""

    kind = "Access key"
    cures: ClassVar[Mapping[str, str]] = {
        **Secret.cures,
        "LimitExceeded": "Delete an access key of the user that is not in use.",
        "NoSuchEntity": "Create the user first, or correct its name.",
    }

    def __init__(self, module: Any) -> None:
        super().__init__(module)
        self.iam: Any = module.client("iam")
        self.keys: list[Key] = []
        self.made: str | None = None
        """The key that this run has made and not stored yet."""

    # -- IAM -----------------------------------------------------------------------------------------

    def _iam(self, operation: str, **parameters: Any) -> Document:
        retry: Callable[..., Any] = AWSRetry.jittered_backoff(catch_extra_error_codes=["Throttling"])
        answer: Document = retry(getattr(self.iam, operation))(UserName=self.params["user"], **parameters)
        return answer

    def _read_keys(self) -> list[Key]:
        try:
            listed = self._iam("list_access_keys")["AccessKeyMetadata"]
        except ClientError as error:
            if error.response["Error"]["Code"] != "NoSuchEntity":
                raise
            return []  # a plan, or a user that IAM has not told of everywhere
        mine = {self.value.get(ID), self.value.get(PREVIOUS)}
        return [
            Key(
                each["AccessKeyId"],
                each["Status"] == "Active",
                each["CreateDate"],
                each["AccessKeyId"] not in mine and self._is_unused(each),
            )
            for each in listed
        ]

    def _is_unused(self, listed: Document) -> bool:
        answer: Document = self.iam.get_access_key_last_used(AccessKeyId=listed["AccessKeyId"])
        return "LastUsedDate" not in answer["AccessKeyLastUsed"]

    def _make_key(self) -> Document:
        for pause in (*SEEING_PAUSES, None):
            try:
                made: Document = self._iam("create_access_key")["AccessKey"]
            except ClientError as error:
                if pause is None or error.response["Error"]["Code"] != "NoSuchEntity":
                    raise
                time.sleep(pause)
            else:
                break
        self.module.no_log_values.add(made["SecretAccessKey"])
        return made

    def _delete_key(self, identifier: str) -> None:
        with suppress(self.iam.exceptions.NoSuchEntityException):
            self._iam("delete_access_key", AccessKeyId=identifier)

    def _decision(self) -> Decision:
        wishes = Wishes(self.params["rotate"], self.params["rotate_after_days"], self.params["keep_previous_hours"])
        decision = decide(self.value.get(ID), self.value.get(PREVIOUS), self.keys, wishes, datetime.datetime.now(tz=datetime.UTC))
        if decision.problem:
            self.fail(f"{decision.problem}.")
        return decision

    # -- the secret ----------------------------------------------------------------------------------

    def call(self, operation: str, **parameters: Any) -> Document:
        """Call an operation of Secrets Manager; a key that it has stored is no longer one to undo."""
        answer = super().call(operation, **parameters)
        if operation in ("create_secret", "put_secret_value"):
            self.made = None
        return answer

    def _describe(self) -> Document | None:
        document = super()._describe()
        if self.params["state"] == "present":
            self.keys = self._read_keys()
        if document is None:
            return None
        current, previous = (next((key for key in self.keys if key.id == self.value.get(name)), None) for name in (ID, PREVIOUS))
        return {
            **document,
            "access_key_id": current.id if current else None,
            "created": current.created.isoformat() if current else None,
            "previous_active": previous.active if previous else None,
        }

    def _keys(self) -> list[str]:
        decision = self._decision()
        if not decision.new:
            return []
        return sorted((ID, SECRET, PREVIOUS) if decision.replaced or PREVIOUS in self.value else (ID, SECRET))

    def _fresh(self, keys: Sequence[str]) -> Document:
        decision = self._decision()
        for identifier in decision.delete:
            self._delete_key(identifier)
        key = self._make_key()
        self.made = key["AccessKeyId"]
        fresh = {ID: key["AccessKeyId"], SECRET: key["SecretAccessKey"], PREVIOUS: decision.replaced}
        return {name: value for name, value in fresh.items() if name in keys}

    def _changes(self, current: Document) -> Document:
        changes = super()._changes(current)
        if "deletion_date" in changes:
            return changes
        decision = self._decision()
        if decision.new:
            changes |= {"access_key_id": None, "created": None}
        if decision.deactivate:
            changes["previous_active"] = False
        return changes

    def _predict(self) -> Document:
        return {**super()._predict(), "access_key_id": None, "created": None, "previous_active": None}

    def _create(self) -> None:
        with self._stored_or_undone():
            super()._create()

    def _update(self, current: Document, changes: Document) -> None:
        decision = self._decision() if not current["deletion_date"] else Decision()
        with self._stored_or_undone():
            super()._update(current, changes)
        if decision.deactivate:
            self._iam("update_access_key", AccessKeyId=decision.deactivate, Status="Inactive")

    @contextmanager
    def _stored_or_undone(self) -> Iterator[None]:
        """Delete a key again that could not be stored: nobody would ever know its secret."""
        try:
            yield
        except (BotoCoreError, ClientError):
            if self.made:
                self._delete_key(self.made)
            raise

    def _delete(self, current: Document) -> None:
        if not current["deletion_date"]:
            self.value = self._read()
            for name in (ID, PREVIOUS):
                if self.value.get(name):
                    self._delete_key(self.value[name])
        super()._delete(current)


def main() -> None:
    """Run the module."""
    spec: dict[str, dict[str, Any]] = {
        **SECRET_OPTIONS,
        "user": {"required": True, "aliases": ["user_name"]},
        "rotate_after_days": {"type": "int", "default": 0},
        "rotate": {"type": "bool", "default": False},
        "keep_previous_hours": {"type": "int", "default": 24},
    }
    module = AnsibleAWSModule(argument_spec=spec, supports_check_mode=True)
    check_recovery_window(module)
    for name in ("rotate_after_days", "keep_previous_hours"):
        if module.params[name] < 0:
            module.fail_json(msg=f"{name} must be 0 or more.")
    AccessKey(module).run()


if __name__ == "__main__":
    main()
