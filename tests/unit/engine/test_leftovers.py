# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the graph's resources say they manage, before the account's are held against it."""

from __future__ import annotations

from typing import Any

from ansible_collections.stratum.aws.plugins.plugin_utils.runs._steps import Item, Progress
from ansible_collections.stratum.aws.plugins.plugin_utils.verbs import _leftovers

from .stage import Stage

TASKS = """
- {name: Groups, amazon.aws.ec2_security_group: {name: web, tags: {Name: web}}, register: __groups}
- {name: Rules, amazon.aws.ec2_security_group: {name: web, rules: "{{ __groups.x }}"}}
- {name: Keys, amazon.aws.ec2_key: {name: "{{ __groups.x }}"}}
"""


def test_a_task_that_gives_no_tags_is_not_where_what_bears_them_may_come_from(stage: Stage) -> None:
    """Unless nothing else of its module does: then the tags may come from what is not known yet."""
    nodes = stage.nodes(TASKS)
    arguments: list[dict[str, Any]] = [{"name": "web", "tags": {"Name": "web"}}, {"name": "web"}, {}]
    progress = {
        node: Progress(node, [Item(node, args=args, action="create", unknown=["__vpc"])], looped=False, left=0)
        for node, args in zip(nodes, arguments, strict=True)
    }
    assert [(each.module, each.args) for each in _leftovers._managed(progress)] == [
        ("amazon.aws.ec2_security_group", arguments[0]),
        ("amazon.aws.ec2_key", {}),
    ]
