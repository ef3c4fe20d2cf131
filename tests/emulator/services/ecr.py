# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ECR: tokens that last twelve hours, and what a lifecycle's rules must hold.

Moto's tokens have expired for years, so clients ask again for every pull, and it takes rules in any order and without lists of tags.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from ._patching import wrap

TOKEN_LIFE: Final = timedelta(hours=12)


def _get_authorization_token(original: Any, self: Any) -> Any:
    result = original(self)
    for data in result.result["authorizationData"]:
        data["expiresAt"] = datetime.now(UTC).replace(microsecond=0) + TOKEN_LIFE
    return result


def _put_lifecycle_policy(original: Any, self: Any, registry_id: str, repository_name: str, lifecycle_policy_text: str) -> Any:
    try:
        rules = json.loads(lifecycle_policy_text)["rules"]
        selections = {int(rule["rulePriority"]): rule["selection"] for rule in rules}
    except (ValueError, KeyError, TypeError):
        # Moto knows what to say of what is no policy at all.
        return original(self, registry_id, repository_name, lifecycle_policy_text)
    for priority, selection in selections.items():
        status = selection.get("tagStatus")
        lists = [name for name in ("tagPrefixList", "tagPatternList") if selection.get(name)]
        if status == "tagged" and len(lists) != 1:
            raise _invalid("exactly one of tagPrefixList and tagPatternList must be given when tagStatus is tagged")
        if status != "tagged" and lists:
            raise _invalid(f"{lists[0]} can only be given when tagStatus is tagged")
        if status == "any" and priority != max(selections):
            raise _invalid("a rule with tagStatus any must have the highest rulePriority")
    if len(selections) != len(rules):
        raise _invalid("rulePriority must be unique")
    return original(self, registry_id, repository_name, lifecycle_policy_text)


def _invalid(reason: str) -> Exception:
    from moto.ecr.exceptions import InvalidParameterException

    return InvalidParameterException(
        f"Invalid parameter at 'LifecyclePolicyText' failed to satisfy constraint: 'Lifecycle policy validation failure: {reason}'"
    )


def install() -> None:
    """Apply the corrections."""
    from moto.ecr.models import ECRBackend
    from moto.ecr.responses import ECRResponse

    wrap(ECRResponse, "get_authorization_token", _get_authorization_token)
    wrap(ECRBackend, "put_lifecycle_policy", _put_lifecycle_policy)
