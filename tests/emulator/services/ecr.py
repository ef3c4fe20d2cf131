# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ECR: tokens that last twelve hours, what a lifecycle's rules must hold, and images that are copied to other regions.

Moto's tokens have expired for years, so clients ask again for every pull, it takes rules in any order and without lists of tags, and
keeps at most one rule of a registry's replication, by which nothing is copied.
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


def _put_replication(_original: Any, self: Any, replication_config: dict[str, Any]) -> dict[str, Any]:
    from moto.ecr.exceptions import InvalidParameterException, ValidationException

    rules = replication_config["rules"]
    destinations = [each for rule in rules for each in rule["destinations"]]
    if len(rules) > 10 or len(destinations) > 25:
        raise ValidationException("A replication configuration has at most 10 rules and 25 destinations")
    if any((each["region"], each["registryId"]) == (self.region_name, self.account_id) for each in destinations):
        raise InvalidParameterException(
            "Invalid parameter at 'replicationConfiguration' failed to satisfy constraint:"
            " 'Replication destination cannot be the same as the source registry'"
        )
    self.replication_config = replication_config
    return {"replicationConfiguration": replication_config}


def _put_image(original: Any, self: Any, *args: Any, **kwargs: Any) -> Any:
    """Copy an image to the regions that the registry's rules name, into repositories that are made where they are missing."""
    from moto.ecr.models import ecr_backends

    image = original(self, *args, **kwargs)
    for rule in self.replication_config["rules"]:
        filters = [each["filter"] for each in rule.get("repositoryFilters") or [{"filter": ""}]]
        if not any(image.repository_name.startswith(prefix) for prefix in filters):
            continue
        for each in rule["destinations"]:
            target = ecr_backends[each["registryId"]][each["region"]]
            if image.repository_name not in target.repositories:
                target.create_repository(
                    repository_name=image.repository_name,
                    registry_id=each["registryId"],
                    encryption_config={"encryptionType": "AES256"},
                    image_scan_config={"scanOnPush": False},
                    image_tag_mutability="MUTABLE",
                    tags=[],
                )
            held = target.repositories[image.repository_name].images
            held[:] = [other for other in held if other.get_image_digest() != image.get_image_digest()]
            held.append(image)
    return image


def install() -> None:
    """Apply the corrections."""
    from moto.ecr.models import ECRBackend
    from moto.ecr.responses import ECRResponse

    wrap(ECRResponse, "get_authorization_token", _get_authorization_token)
    wrap(ECRBackend, "put_lifecycle_policy", _put_lifecycle_policy)
    wrap(ECRBackend, "put_replication_configuration", _put_replication)
    wrap(ECRBackend, "put_image", _put_image)
