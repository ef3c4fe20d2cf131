# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What removers of all kinds share: clients, waiting with a limit, and the refusal."""

from __future__ import annotations

import datetime
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from ansible_collections.stratum.aws.plugins.plugin_utils.belongings import _existing
from ansible_collections.stratum.aws.plugins.plugin_utils.belongings._arns import Arn

RECOVERY_DAYS: Final = 30
"""How long a key or a secret can be called back: the longest that AWS offers."""

REMOVED: Final = "removed"

DEFAULT_TIMEOUT: Final = 600.0
TIMEOUTS: Final[dict[str, float]] = {
    "autoscaling:autoScalingGroup": 1800,
    "ec2:natgateway": 900,
    "ec2:network-interface": 300,
    "ec2:security-group": 300,
    "ec2:subnet": 300,
    "eks:cluster": 1800,
    "eks:nodegroup": 3600,
    "elasticache:cluster": 2700,
    "elasticache:replicationgroup": 2700,
    "rds:db": 5400,
}
"""The longest wait for a removal, in seconds by kind; DEFAULT_TIMEOUT for the others."""

_FIRST_PAUSE: Final = 0.5
_LONGEST_PAUSE: Final = 15.0


class Refused(Exception):
    """Something was not removed, on purpose; the message says why, and what to do."""


@dataclass(frozen=True)
class Hands:
    """What a remover works with."""

    client_of: Callable[[str, str], Any]
    region: str
    timeouts: Mapping[str, float] = field(default_factory=lambda: TIMEOUTS)

    def client(self, service: str) -> Any:
        """Return a client of a service in the resource's region."""
        return self.client_of(service, self.region)

    def until_gone(self, kind: str, name: str, look: Callable[[], object]) -> None:
        """Wait until `look` finds nothing (returns something false, or AWS says that there is no such thing)."""
        for left in self.patience(kind):
            if not present(look):
                return
            if left <= 0:
                seconds = self.timeout(kind)
                raise Refused(f"{kind} {name} is still there after {seconds:g} s. Its removal may go on: run this again to see")

    def timeout(self, kind: str) -> float:
        """Return the longest wait for a kind, in seconds."""
        return self.timeouts.get(kind, DEFAULT_TIMEOUT)

    def patience(self, kind: str) -> Iterator[float]:
        """Yield how many seconds are left, pausing a little longer each time; the last is 0 or less."""
        end, pause = time.monotonic() + self.timeout(kind), _FIRST_PAUSE
        while True:
            left = end - time.monotonic()
            yield left
            if left <= 0:
                return
            time.sleep(min(pause, left))
            pause = min(pause * 1.5, _LONGEST_PAUSE)


Remover = Callable[[Hands, Arn], str]
"""Removes one resource and returns what became of it; raises Refused, or botocore's errors."""


def present(look: Callable[[], object]) -> object:
    """Return what `look` finds; None where AWS says that there is no such thing."""
    from botocore.exceptions import ClientError

    try:
        return look()
    except ClientError as error:
        if _existing.is_missing(error):
            return None
        raise


def simple(service: str, operation: str, arguments: Callable[[Arn], dict[str, Any]]) -> Remover:
    """Return a remover of what one call removes at once."""

    def remover(hands: Hands, arn: Arn) -> str:
        getattr(hands.client(service), operation)(**arguments(arn))
        return REMOVED

    return remover


def stamp() -> str:
    """Return the time for the name of a final snapshot, as the data tier writes it."""
    return datetime.datetime.now(tz=datetime.UTC).strftime("%Y%m%d%H%M%S")
