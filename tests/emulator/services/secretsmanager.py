# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets Manager: names of secrets that are about to go, and rotation.

A secret that is scheduled for deletion still holds its name; moto says only that it exists. Of a rotation, moto forgets the schedule,
asks nobody whether the function may be invoked, takes a rotation that ended for one that goes on, and without functions that run
(`--functions`) gives the secret a new version without a value.
"""

from __future__ import annotations

import json
import re
import time
from typing import Any

from ._patching import wrap


def _create(original: Any, self: Any, name: str, *args: Any, **kwargs: Any) -> Any:
    from moto.secretsmanager.exceptions import InvalidRequestException

    secret = self.secrets.get(name)
    if secret is not None and secret.is_deleted():
        raise InvalidRequestException("You can't create this secret because a secret with this name is already scheduled for deletion.")
    return original(self, name, *args, **kwargs)


def _may_invoke(account_id: str, region: str, arn: str) -> bool:
    """Return whether the policy of a function lets Secrets Manager invoke it; fails when there is no function."""
    from moto.awslambda.utils import get_backend
    from moto.secretsmanager.exceptions import ResourceNotFoundException

    try:
        function = get_backend(account_id, region).get_function(arn)
    except Exception as problem:  # moto has several for a function that it does not know
        raise ResourceNotFoundException("Lambda function does not exist or is not accessible.") from problem
    statements = function.policy.statements if function.policy else []
    return any(
        "secretsmanager.amazonaws.com" in json.dumps(statement.get("Principal")) and statement.get("Effect") == "Allow"
        for statement in statements
    )


def _check_rules(rules: dict[str, Any]) -> None:
    from moto.secretsmanager.exceptions import InvalidParameterException

    schedule = rules.get("ScheduleExpression")
    if schedule and "AutomaticallyAfterDays" in rules:
        raise InvalidParameterException("You can't specify both AutomaticallyAfterDays and ScheduleExpression in RotationRules.")
    if schedule and not re.fullmatch(r"rate\(\d+ (hours?|days?)\)|cron\(0 (\S+ ){4}\S+\)", schedule):
        raise InvalidParameterException("Invalid schedule expression.")


def _rotate(original: Any, self: Any, secret_id: str, **given: Any) -> Any:
    from moto.secretsmanager.exceptions import InvalidRequestException, SecretNotFoundException, SecretsManagerClientError

    if not self._is_valid_identifier(secret_id):
        raise SecretNotFoundException()
    secret = self.secrets[secret_id]
    rules, immediately = dict(given.get("rotation_rules") or {}), given.get("rotate_immediately", True)
    arn = given.get("rotation_lambda_arn") or secret.rotation_lambda_arn
    if not arn:
        raise InvalidRequestException("No Lambda rotation function ARN is associated with this secret.")
    _check_rules(rules)
    if not _may_invoke(self.account_id, self.region_name, arn):
        raise SecretsManagerClientError(
            "AccessDeniedException",
            "Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants access to the principal"
            " secretsmanager.amazonaws.com.",
        )
    for version in secret.versions.values():
        labels = version["version_stages"]
        if "AWSPENDING" in labels and "AWSCURRENT" not in labels:
            raise InvalidRequestException("A previous rotation isn't complete. That rotation will be reattempted.")
        # A label that its function left on the current version means that the last rotation has ended.
        version["version_stages"] = [label for label in labels if label != "AWSPENDING"]
    before, current, last = dict(secret.versions), secret.default_version_id, secret.last_rotation_date
    answer = original(self, secret_id, **{**given, "rotation_lambda_arn": arn})
    secret.rotation_enabled = True
    secret.rotation_rules = rules or getattr(secret, "rotation_rules", {})
    secret.last_rotation_date = int(time.time()) if immediately else last
    if not immediately or secret.default_version_id != current:
        # Nobody has filled the new version, and a mere test leaves none.
        secret.versions.clear()
        secret.versions.update(before)
        secret.set_default_version_id(current)
    return answer


def _to_dict(original: Any, self: Any) -> dict[str, Any]:
    shown: dict[str, Any] = original(self)
    if "RotationRules" in shown:
        shown["RotationRules"] = getattr(self, "rotation_rules", {}) or shown["RotationRules"]
        if not shown.get("LastRotatedDate"):
            shown.pop("LastRotatedDate", None)
    return shown


def install() -> None:
    """Apply the corrections."""
    from moto.secretsmanager.models import FakeSecret, SecretsManagerBackend

    wrap(SecretsManagerBackend, "create_secret", _create)
    wrap(SecretsManagerBackend, "rotate_secret", _rotate)
    wrap(FakeSecret, "to_dict", _to_dict)
