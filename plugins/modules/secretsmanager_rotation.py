#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When Secrets Manager rotates a secret, and by which function."""

from __future__ import annotations

DOCUMENTATION = r"""
module: secretsmanager_rotation
version_added: 0.5.0
short_description: Manage the rotation of a secret
description:
  - Says by which function, and when, Secrets Manager gives a secret a new value.
  - The secret and the function must exist, and the function's policy must let C(secretsmanager.amazonaws.com) invoke it.
author:
  - stratum.aws contributors (@stratum-aws)
options:
  secret:
    description: The name or ARN of the secret.
    type: str
    required: true
    aliases: [name]
  state:
    description: Whether the secret is rotated. V(absent) keeps its value.
    type: str
    choices: [present, absent]
    default: present
  function_arn:
    description: The ARN of the function. Needed when O(state=present).
    type: str
  schedule:
    description:
      - When, as C(rate()) of at least four hours, or C(cron()) in UTC, with 0 minutes.
      - This or O(days) is needed when O(state=present).
    type: str
  days:
    description: After how many days, from 1 to 1000, at whatever time.
    type: int
  duration:
    description: How long the rotation may begin after the time that O(schedule) says, in whole hours such as V(2h).
    type: str
  rotate_immediately:
    description:
      - Whether the secret is rotated at once when rotation is switched on or changed.
      - If not, Secrets Manager only tries the function's step C(testSecret).
    type: bool
    default: false
notes:
  - M(community.aws.secretsmanager_secret) rotates at once whenever rotation is switched on, knows days only, has no check mode for it,
    and needs the value of the secret.
seealso:
  - module: stratum.aws.secretsmanager_random_secret
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - stratum.aws.attributes
"""

EXAMPLES = r"""
- name: Change the password on the first Sunday of each month
  stratum.aws.secretsmanager_rotation:
    secret: example/master
    function_arn: arn:aws:lambda:us-east-1:123456789012:function:example-rotate
    schedule: cron(0 3 ? * SUN#1 *)
    duration: 2h

- name: Change it no longer
  stratum.aws.secretsmanager_rotation:
    secret: example/master
    state: absent
"""

RETURN = r"""
rotation:
  description: The rotation of the secret, or null when it is not rotated.
  returned: always
  type: dict
  contains:
    days:
      description: After how many days; null with a schedule.
      returned: always
      type: int
      sample: null
    duration:
      description: How long the rotation may begin.
      returned: always
      type: str
      sample: 2h
    function_arn:
      description: The function.
      returned: always
      type: str
      sample: arn:aws:lambda:us-east-1:123456789012:function:example-rotate
    last_rotated:
      description: When the secret was last rotated; null if it never was.
      returned: when the secret is rotated
      type: str
      sample: "2026-01-31T12:00:00+00:00"
    schedule:
      description: When, as C(rate()) or C(cron()).
      returned: always
      type: str
      sample: cron(0 3 ? * SUN#1 *)
    secret_arn:
      description: The ARN of the secret.
      returned: when the secret is rotated
      type: str
      sample: arn:aws:secretsmanager:us-east-1:123456789012:secret:example/master-AbCdEf
"""

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.stratum.aws.plugins.module_utils._base import STATE, AwsResource, Document
from ansible_collections.stratum.aws.plugins.module_utils._compare import differing, given

TIMING = ("schedule", "days", "duration")


def rotation_document(secret: Mapping[str, Any]) -> Document | None:
    """Return the rotation of a secret that AWS describes, None when it is not rotated."""
    if not secret.get("RotationEnabled"):
        return None
    rules, last = secret.get("RotationRules") or {}, secret.get("LastRotatedDate")
    schedule = rules.get("ScheduleExpression")
    return {
        "secret_arn": secret["ARN"],
        "function_arn": secret.get("RotationLambdaARN"),
        "schedule": schedule,
        # AWS may say in days, too, what a schedule comes to.
        "days": None if schedule else rules.get("AutomaticallyAfterDays"),
        "duration": rules.get("Duration"),
        "last_rotated": last.isoformat() if last else None,
    }


def wanted_rotation(options: Mapping[str, Any]) -> Document:
    """Return what the user wants; a schedule stands in place of days, and the other way round."""
    wanted = given({key: options[key] for key in ("function_arn", *TIMING)})
    other = "days" if options["schedule"] else "schedule"
    return {**wanted, other: None}


def rotation_changes(current: Mapping[str, Any], options: Mapping[str, Any]) -> Document:
    """Return the keys of the document that must change, with their new values."""
    wanted = wanted_rotation(options)
    gone = {key: None for key in ("schedule", "days") if wanted.get(key, "") is None and current[key] is not None}
    return {**gone, **differing(current, wanted)}


def rules(rotation: Mapping[str, Any]) -> Document:
    """Return the timing in AWS's form."""
    names = {"schedule": "ScheduleExpression", "days": "AutomaticallyAfterDays", "duration": "Duration"}
    return {names[key]: rotation[key] for key in TIMING if rotation.get(key) is not None}


def contradictions(options: Mapping[str, Any]) -> list[str]:
    """Return what the options say that cannot be."""
    days, duration, schedule = options["days"], options["duration"], options["schedule"]
    checks = {
        "days must be from 1 to 1000": days is not None and not 1 <= days <= 1000,
        "duration must be whole hours from 1h to 24h": duration and not re.fullmatch(r"([1-9]|1\d|2[0-4])h", duration),
        "duration needs schedule": duration and not schedule,
        "schedule must be rate(… hours), rate(… days) or cron(0 …)": schedule
        and not re.fullmatch(r"rate\(\d+ (hours?|days?)\)|cron\(0 .+\)", schedule),
    }
    return [message for message, wrong in checks.items() if wrong]


class Rotation(AwsResource):
    """The rotation of one secret."""

    service = "secretsmanager"
    kind = "Rotation of secret"
    returns = "rotation"
    cures: ClassVar[Mapping[str, str]] = {
        "AccessDeniedException": "Let secretsmanager.amazonaws.com invoke the function, by the function's own policy.",
        "InvalidParameterException": "Check the schedule and the duration.",
        "InvalidRequestException": "A rotation may be under way, or have failed half way: look at the function's log, then run again.",
        "ResourceNotFoundException": "Create the secret and the function first.",
    }

    @property
    def identity(self) -> str:
        return str(self.params["secret"])

    def _describe(self) -> Document | None:
        secret = self.find("describe_secret", SecretId=self.identity)
        if secret is None or secret.get("DeletedDate"):
            return None
        return rotation_document(secret)

    def _changes(self, current: Document) -> Document:
        return rotation_changes(current, self.params)

    def _predict(self) -> Document:
        return {**dict.fromkeys(TIMING), **wanted_rotation(self.params)}

    def _create(self) -> None:
        self._rotate(self._predict())

    def _update(self, current: Document, changes: Document) -> None:
        self._rotate({**current, **changes})

    def _rotate(self, rotation: Document) -> None:
        # A function that was made a moment ago, or its permission, may not be known everywhere yet.
        self.call_patiently(
            "cannot invoke",
            "rotate_secret",
            SecretId=self.identity,
            RotationLambdaARN=rotation["function_arn"],
            RotationRules=rules(rotation),
            RotateImmediately=self.params["rotate_immediately"],
        )

    def _delete(self, current: Document) -> None:
        self.call("cancel_rotate_secret", SecretId=self.identity)


def main() -> None:
    """Run the module."""
    spec: dict[str, Any] = {
        "secret": {"required": True, "aliases": ["name"], "no_log": False},
        "state": STATE,
        "function_arn": {},
        "schedule": {},
        "days": {"type": "int"},
        "duration": {},
        "rotate_immediately": {"type": "bool", "default": False},
    }
    module = AnsibleAWSModule(
        argument_spec=spec,
        mutually_exclusive=[("schedule", "days")],
        required_if=[("state", "present", ["function_arn"]), ("state", "present", ["schedule", "days"], True)],
        supports_check_mode=True,
    )
    wrong = contradictions(module.params)
    if wrong:
        module.fail_json(msg=f"Rotation of secret {module.params['secret']}: {'; '.join(wrong)}.")
    Rotation(module).run()


if __name__ == "__main__":
    main()
