# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Adopting, resource by resource: what is listed, what is tagged, what is left alone."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.stratum.aws.plugins.plugin_utils.barrier import _gate
from ansible_collections.stratum.aws.plugins.plugin_utils.runs._module_call import Outcome
from ansible_collections.stratum.aws.plugins.plugin_utils.runs._steps import Item
from ansible_collections.stratum.aws.plugins.plugin_utils.verbs._adoption import Adopting

from .stage import Shown, Stage, Started, intercepted, quiet, returned

TASKS = """
- name: VPC
  amazon.aws.ec2_vpc_net: {name: vpc}
  register: __vpc
- name: Subnet
  amazon.aws.ec2_vpc_subnet: {name: "in {{ __vpc.id }}"}
"""


def tagging(old: str | None = None, **more: Any) -> dict[str, Any]:
    change = {"property": "tags.stratum:stack", "new": "mine", **({"old": old} if old else {})}
    return {"service": "ec2", "operation": "CreateTags", "parameters": {}, "effect": "change", "changes": [change], **more}


def other(operation: str = "ModifyVpcAttribute") -> dict[str, Any]:
    return {"service": "ec2", "operation": operation, "parameters": {}, "effect": "change"}


def adopt(stage: Stage, *operations: dict[str, Any], adopt: bool = True, result: dict[str, Any] | None = None) -> Shown:
    """Adopt where the VPC's module makes these writes, and the subnet is as it should be."""

    def module(call: Started) -> Outcome:
        if call.name != "vpc":
            return quiet(call)
        return returned(changed=True, id="vpc-1") if call.check_mode else Outcome(result or {"changed": True}, [*operations], planned=True)

    return stage.play(TASKS, module, conduct=Adopting(adopt=adopt))


@pytest.mark.parametrize(("wanted", "message"), [(True, "adopted"), (False, "can be adopted: -e adopt=true")])
def test_what_no_stack_owns_is_adopted_or_listed_and_other_writes_are_not_told(stage: Stage, wanted: bool, message: str) -> None:
    shown = adopt(stage, tagging(), other(), adopt=wanted)
    assert shown.actions == {"VPC": "change", "Subnet": "unchanged"}
    assert shown.entry("VPC").message == message
    assert [operation["operation"] for operation in shown.entry("VPC").operations] == ["CreateTags"]
    assert [name for name, _unused in shown.starts] == ["vpc", "vpc", "in vpc-1"]


def test_what_differs_otherwise_is_left_to_a_converge(stage: Stage) -> None:
    shown = adopt(stage, other())
    assert shown.actions == {"VPC": "unchanged", "Subnet": "unchanged"}
    assert shown.entry("VPC").operations == []


def test_what_could_not_be_seen_to_its_tags_is_named(stage: Stage) -> None:
    """A module that waits for a change that was not made never comes to its tags."""
    shown = stage.play(
        TASKS,
        lambda call: (
            quiet(call) if call.check_mode or call.name != "vpc" else Outcome(None, [other("PutVersioning")], planned=True, complete=False)
        ),
        conduct=Adopting(adopt=True),
    )
    assert shown.actions == {"VPC": "skipped", "Subnet": "unchanged"}
    assert "would be changed first (ec2:PutVersioning): site.yml does both" in str(shown.entry("VPC").message)


def test_what_belongs_to_another_stack_is_named_and_left_alone(stage: Stage) -> None:
    shown = adopt(stage, tagging(old="theirs"), other())
    assert shown.actions == {"VPC": "skipped", "Subnet": "unchanged"}
    assert shown.entry("VPC").message == "belongs to theirs by its tags: not adopted"
    assert shown.entry("VPC").operations == []


def test_what_is_not_there_is_left_to_a_converge(stage: Stage) -> None:
    shown = stage.play(TASKS, lambda call: intercepted("CreateVpc", "create"), conduct=Adopting(adopt=True))
    assert shown.actions["VPC"] == "skipped"
    assert shown.entry("VPC").message == "not there: site.yml creates it"


def test_tags_that_aws_refuses_are_a_failure_with_its_words(stage: Stage) -> None:
    shown = adopt(stage, tagging(error="UnauthorizedOperation"), result={"failed": True, "msg": "not authorized to perform ec2:CreateTags"})
    assert shown.actions == {"VPC": "failed", "Subnet": "skipped"}
    assert shown.entry("VPC").message == "not authorized to perform ec2:CreateTags"


def test_what_bears_no_tags_of_aws_is_not_touched(stage: Stage) -> None:
    tasks = "- {name: Note, test.other.copy: {name: note}}"
    shown = stage.play(tasks, lambda call: returned(changed=True), conduct=Adopting(adopt=True))
    assert shown.actions == {"Note": "skipped"}
    assert [call.check_mode for call in shown.pool.started] == [True]


def test_only_the_first_look_at_a_resource_may_tag_it(stage: Stage) -> None:
    conduct = Adopting(adopt=True)
    (node, _unused) = stage.nodes(TASKS)
    assert conduct.gate(Item(node)) is _gate.TAGS
    assert conduct.gate(Item(node, resolving=True)) is _gate.PLAN
    assert conduct.gate(Item(node, missing=["vpc_id"])) is _gate.PLAN
    assert Adopting(adopt=False).gate(Item(node)) is _gate.PLAN
