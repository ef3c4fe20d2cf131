# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""UpdateSecurityGroupRuleDescriptions* says that it worked; moto 5.2.5 says nothing and ec2_security_group fails on that."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.responses import EC2Response

SERVICES = ("ec2",)


def _confirming(original: Callable[[Any], Any]) -> Callable[[Any], ActionResult]:
    def replacement(self: Any) -> ActionResult:
        original(self)
        return ActionResult({"Return": True})

    return replacement


def install() -> None:
    """Let both operations return true."""
    for direction in ("ingress", "egress"):
        name = f"update_security_group_rule_descriptions_{direction}"
        setattr(EC2Response, name, _confirming(getattr(EC2Response, name)))
