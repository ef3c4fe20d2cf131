# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""EC2: rules of security groups for prefix lists keep their descriptions, which moto forgets."""

from __future__ import annotations

from typing import Any

from ._patching import wrap

SERVICES = ("ec2",)


def _init(original: Any, self: Any, *args: Any, **kwargs: Any) -> None:
    original(self, *args, **kwargs)
    # The eighth argument, without the instance.
    given = kwargs.get("prefix_list_id") or (args[7] if len(args) > 7 else None)
    self.prefix_list_description = (given or {}).get("Description")


def _flattened(original: Any, self: Any, rules: list[Any]) -> list[Any]:
    views: list[Any] = original(self, rules)
    described = {
        (rule.from_port, rule.to_port, rule.ip_protocol, rule.prefix_list_id): rule.prefix_list_description
        for rule in rules
        if getattr(rule, "prefix_list_description", None)
    }
    for view in views:
        for entry in view.prefix_list_ids:
            description = described.get((view.from_port, view.to_port, view.ip_protocol, entry["PrefixListId"]))
            if description:
                entry["Description"] = description
    return views


def install() -> None:
    """Apply the corrections."""
    from moto.ec2.models.security_groups import SecurityGroup, SecurityGroupRule

    wrap(SecurityGroupRule, "__init__", _init)
    wrap(SecurityGroup, "_flattened_rules", _flattened)
