# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""EventBridge: what a schedule may be, how many targets a rule has, and tags of rules.

Moto takes any text in brackets for a cron expression and `rate(1 minutes)`, lets PutRule tag rules that exist, which AWS
leaves as they are, counts no targets, shows no state unless one was given, and keeps rules from the tagging API.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from ._patching import wrap

_MOST_TARGETS: Final = 5
_RATE: Final = re.compile(r"rate\((?:1 (?:minute|hour|day)|(?!1 |0)[0-9]+ (?:minutes|hours|days))\)")
_CRON: Final = re.compile(r"cron\((\S+) (\S+) (\S+) (\S+) (\S+) (\S+)\)")


def _is_schedule(expression: str) -> bool:
    if _RATE.fullmatch(expression):
        return True
    fields = _CRON.fullmatch(expression)
    # One of day of the month and day of the week must be left open with a question mark.
    return fields is not None and (fields[3] == "?") != (fields[5] == "?")


def _put_rule(original: Any, self: Any, name: str, **request: Any) -> Any:
    from moto.events.exceptions import ValidationException

    schedule = request.get("scheduled_expression")
    if schedule and not _is_schedule(schedule):
        raise ValidationException("Parameter ScheduleExpression is not valid.")
    bus = self.event_buses.get(self._normalize_event_bus_arn(request.get("event_bus_arn")))
    existing = bus.rules.get(name) if bus is not None else None
    if existing is not None:
        request["tags"] = None
    return original(self, name, **{**request, "state": request.get("state") or "ENABLED"})


def _put_targets(original: Any, self: Any, name: str, event_bus_arn: str | None, targets: list[dict[str, Any]]) -> None:
    from moto.core.exceptions import JsonRESTError

    bus = self.event_buses.get(self._normalize_event_bus_arn(event_bus_arn))
    rule = bus.rules.get(name) if bus is not None else None
    there = {target["Id"] for target in rule.targets} if rule is not None else set()
    if len(there | {target["Id"] for target in targets}) > _MOST_TARGETS:
        raise JsonRESTError("LimitExceededException", "The requested resource exceeds the maximum number allowed.")
    original(self, name, event_bus_arn, targets)


def _iter_tagged_resources(original: Any, self: Any) -> Iterator[Any]:
    from moto.core.resource_tagging import TaggedResource

    yield from original(self)
    for bus in self.event_buses.values():
        for rule in bus.rules.values():
            yield TaggedResource(rule.arn, self.tagger.get_tag_dict_for_resource(rule.arn), "events:rule")


def install() -> None:
    """Apply the corrections."""
    from moto.events.models import EventsBackend

    wrap(EventsBackend, "put_rule", _put_rule)
    wrap(EventsBackend, "put_targets", _put_targets)
    wrap(EventsBackend, "iter_tagged_resources", _iter_tagged_resources)
