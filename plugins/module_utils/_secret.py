# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the modules share that keep a secret in Secrets Manager.  Private to the collection.

A module says which keys of the stored value must be set, and to what; everything else of a secret (its
description, key, tags, deletion and restoration) is here. No value ever gets into a document or a diff.
"""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from ansible_collections.amazon.aws.plugins.module_utils.tagging import ansible_dict_to_boto3_tag_list, boto3_tag_list_to_ansible_dict
from ansible_collections.stratum.aws.plugins.module_utils._base import STATE, TAGS, AwsResource, Document
from ansible_collections.stratum.aws.plugins.module_utils._compare import differing
from ansible_collections.stratum.aws.plugins.module_utils._kms import same_key
from ansible_collections.stratum.aws.plugins.module_utils._tags import retag, tag_changes, text_tags

PLAIN = "value"
"""What stands for the value of a secret that is no JSON object."""

SECRET_OPTIONS: dict[str, dict[str, Any]] = {
    "name": {"required": True},
    "state": STATE,
    "description": {},
    "kms_key_id": {"no_log": False},
    "recovery_window": {"type": "int", "default": 30},
    **TAGS,
}


def check_recovery_window(module: Any) -> None:
    """Fail when Secrets Manager does not know such a recovery window."""
    if module.params["recovery_window"] != 0 and not 7 <= module.params["recovery_window"] <= 30:
        module.fail_json(msg="recovery_window must be from 7 to 30 days, or 0 to delete for good at once.")


def read_value(stored: str | None, plain: bool) -> Document:
    """Return the stored secret as a dictionary; a plain one has its value under "value"."""
    if not stored:
        return {}
    if plain:
        return {PLAIN: stored}
    try:
        document = json.loads(stored)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise ValueError("its value is no JSON object, so there is no place for a key in it")
    return document


class Secret(AwsResource):
    """A secret of Secrets Manager, known by its name."""

    service = "secretsmanager"
    kind = "Secret"
    returns = "secret"
    cures: ClassVar[Mapping[str, str]] = {
        "DecryptionFailure": "Allow kms:Decrypt on the secret's key to the identity that runs the play.",
        "EncryptionFailure": "Check that the KMS key exists, is enabled and allows kms:GenerateDataKey.",
        "InvalidParameterException": "Check the options, and the form of the name.",
        "InvalidRequestException": "The secret may belong to another service or be in rotation: look at it in the console.",
    }
    plain: bool = False
    """Whether the secret is a text, and no JSON object."""
    replaceable: bool = False
    """Whether a value that cannot be read may be overwritten."""

    def __init__(self, module: Any) -> None:
        super().__init__(module)
        self.value: Document = {}
        """The stored value; empty when there is none."""
        self.written: list[str] = []

    @property
    def identity(self) -> str:
        return str(self.params["name"])

    @abstractmethod
    def _keys(self) -> list[str]:
        """Return the keys of the value that must be set, sorted; `self.value` is what is stored."""

    @abstractmethod
    def _fresh(self, keys: Sequence[str]) -> Document:
        """Return the new values of these keys; only called when they are about to be stored."""

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
            return read_value(answer.get("SecretString"), self.plain)
        except ValueError as error:
            if self.replaceable:
                return {}
            return self.fail(f"{error}. Use another name, or correct the value.")

    def _changes(self, current: Document) -> Document:
        changes = differing(current, {"description": self.params["description"]})
        if self.params["kms_key_id"] and not same_key(current["kms_key_id"], self.params["kms_key_id"], "secretsmanager"):
            changes["kms_key_id"] = self.params["kms_key_id"]
        changes.update(tag_changes(current["tags"], self.params["tags"], self.params["purge_tags"]))
        if current["deletion_date"]:
            # The value cannot be read before the secret is restored: _update compares it then.
            return {**changes, "deletion_date": None}
        keys = self._keys()
        return {**changes, **({"changed_keys": keys, "version_id": None} if keys else {})}

    def _predict(self) -> Document:
        return {
            **{key: self.params[key] for key in ("name", "description", "kms_key_id")},
            "deletion_date": None,
            "version_id": None,
            "changed_keys": self._keys(),
            "tags": text_tags(self.params["tags"]) or {},
        }

    def _store(self, keys: list[str]) -> str:
        """Return the text to store once `keys` are set, and take it for what is stored."""
        self.value = {**self.value, **self._fresh(keys)}
        self.written = keys
        return str(self.value[PLAIN]) if self.plain else json.dumps(self.value)

    def _create(self) -> None:
        self.call(
            "create_secret",
            Name=self.params["name"],
            Description=self.params["description"],
            KmsKeyId=self.params["kms_key_id"],
            Tags=ansible_dict_to_boto3_tag_list(self.params["tags"]) or None,
            SecretString=self._store(self._keys()),
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
            self.call("put_secret_value", **secret, SecretString=self._store(changes["changed_keys"]))
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
