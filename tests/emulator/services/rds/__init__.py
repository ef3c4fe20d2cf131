# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Amazon RDS: corrections of moto's DB instances, snapshots, subnet groups and parameter groups.

Moto 5.2.5 has instances ready at once and gone at once, takes a database without a version for
PostgreSQL 9.3.3, refuses adjacent windows and accepts overlapping ones, accepts any class, version,
user name, password and security group, drops Performance Insights and the figures of gp3, applies
every change at once, loses a modified subnet group, answers a missing parameter group with an empty
list, and knows neither engine versions nor the parameters of a family.  Aurora clusters stay moto's.
"""

from __future__ import annotations

from typing import Any

from moto.core.resource_tagging import TaggedResource
from moto.rds.models import RDSBackend
from moto.rds.responses import RDSResponse

from tests.emulator.services.rds import backups, changes, engines, instances, parameter_groups, restores, subnet_groups
from tests.emulator.services.rds.state import settle
from tests.emulator.wire import LOCK

__all__ = ["install"]


def install() -> None:
    """Replace the methods of moto's backend and of its wire layer that are wrong."""
    for module in (instances, changes, restores, subnet_groups, parameter_groups, backups, engines):
        for name, function in module.BACKEND.items():
            setattr(RDSBackend, name, function)
        for name, function in module.RESPONSE.items():
            setattr(RDSResponse, name, function)
    original = RDSResponse.call_action

    def call_action(self: Any) -> Any:
        # The answer is serialised in here too: it shows the state in which the call left things.
        with LOCK:
            settle(self.backend)
            return original(self)

    setattr(RDSResponse, "call_action", call_action)  # noqa: B010
    listed = RDSBackend.iter_tagged_resources

    def iter_tagged_resources(self: Any) -> Any:
        settle(self)
        yield from listed(self)
        for kind, groups in (("subgrp", self.subnet_groups), ("pg", self.db_parameter_groups)):
            for group in list(groups.values()):
                tags = {tag["Key"]: tag["Value"] for tag in group.get_tags()}
                yield TaggedResource(group.arn, tags, f"rds:{kind}")

    setattr(RDSBackend, "iter_tagged_resources", iter_tagged_resources)  # noqa: B010
    instances.prepare()
