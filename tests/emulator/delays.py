# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long a resource of each kind stays in a transitional state.

The emulator decides states lazily: a service stores the moment a change began and asks
`duration()` whether enough time has passed, so nothing here needs a thread or a timer.
The table holds the times that AWS needs; `configure()` picks a mode and a scale once, at start.
"""

from __future__ import annotations

from typing import Final, Literal

Mode = Literal["none", "fast", "real"]

FAST_SECONDS: Final = 0.5
"""Every delay in mode `fast`: long enough to be seen by a poll, short enough for tests."""

REAL_SECONDS: Final[dict[str, float]] = {
    "acm.certificate.issue": 60,
    "autoscaling.instance_refresh": 600,
    "cloudfront.distribution.deploy": 170,
    "codedeploy.deployment.run": 600,
    "dynamodb.table.create": 10,
    "dynamodb.table.delete": 5,
    "dynamodb.table.update": 10,
    "ec2.image.create": 300,
    "ec2.instance.check": 120,
    "ec2.instance.forget": 3600,
    "ec2.instance.start": 20,
    "ec2.instance.stop": 40,
    "ec2.instance.terminate": 45,
    "ec2.nat_gateway.create": 90,
    "ec2.nat_gateway.delete": 60,
    "ecs.service.drain": 60,
    "ecs.service.start": 60,
    "efs.file_system.create": 10,
    "efs.mount_target.create": 90,
    "eks.addon.create": 60,
    "eks.cluster.create": 900,
    "eks.cluster.delete": 300,
    "eks.cluster.update": 300,
    "eks.nodegroup.create": 150,
    "eks.nodegroup.delete": 180,
    "eks.nodegroup.update": 150,
    "elasticache.replication_group.create": 600,
    "elasticache.replication_group.delete": 300,
    "elasticache.replication_group.modify": 300,
    "opensearch.domain.create": 1700,
    "opensearch.domain.delete": 900,
    "opensearch.domain.update": 1800,
    "rds.instance.create": 600,
    "rds.instance.create_multi_az": 900,
    "rds.instance.delete": 300,
    "rds.instance.modify": 300,
    "sqs.queue.forget": 60,
    "synthetics.canary.change": 30,
}
"""Seconds per `service.resource.transition`; sources are named in README.md beside this file."""

_mode: Mode = "none"
_scale: float = 1.0


def configure(mode: Mode, time_scale: float = 1.0) -> None:
    """Choose the mode for this process; `time_scale` divides the times of mode `real`."""
    global _mode, _scale
    if time_scale <= 0:
        raise ValueError(f"--time-scale must be greater than 0, not {time_scale}")
    _mode, _scale = mode, time_scale


def duration(kind: str) -> float:
    """Return the seconds that the transition `kind` (a key of REAL_SECONDS) takes now."""
    real = REAL_SECONDS[kind]
    if _mode == "none":
        return 0.0
    return FAST_SECONDS if _mode == "fast" else real / _scale
