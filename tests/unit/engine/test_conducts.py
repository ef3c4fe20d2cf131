# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the verbs other than converge and plan make of each resource: apply and drift; and what a converge may not do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.stratum.aws.plugins.plugin_utils.barrier import _gate
from ansible_collections.stratum.aws.plugins.plugin_utils.barrier._gate import Rule
from ansible_collections.stratum.aws.plugins.plugin_utils.runs._conduct import Conduct
from ansible_collections.stratum.aws.plugins.plugin_utils.runs._module_call import Outcome
from ansible_collections.stratum.aws.plugins.plugin_utils.runs._steps import Item
from ansible_collections.stratum.aws.plugins.plugin_utils.telling._report import Entry
from ansible_collections.stratum.aws.plugins.plugin_utils.verbs import _plan_file
from ansible_collections.stratum.aws.plugins.plugin_utils.verbs._conduct_apply import Applying
from ansible_collections.stratum.aws.plugins.plugin_utils.verbs._conduct_plan import Drifting, Planning
from ansible_collections.stratum.aws.plugins.plugin_utils.verbs._plan_file import Circumstances

from .stage import Shown, Stage, Started, call_of, failed, intercepted, quiet, returned, wrote

NOW = Circumstances("stack", "test", "ca-central-1", "1", "abc", "the whole stack", {})
TWO = """
- name: First
  amazon.aws.s3_bucket: {name: first}
  register: __first
- name: Second
  amazon.aws.s3_bucket: {name: "second {{ __first.id }}"}
"""
REFUSED = "s3:PutX was not sent: the saved plan has no change here"


def entry(name: str, action: Any, prints: tuple[str, ...] = (), item: str | None = None, **more: Any) -> Entry:
    writes = [{"service": "s3", "operation": "PutX", "parameters": {}, "fingerprint": each} for each in prints]
    return Entry("demo", name, item, "m", action, 0.0, 0.0, "", operations=writes[:1], follows=writes[1:], **more)


def applying(*entries: Entry, destructive: bool = False) -> Applying:
    return Applying(_plan_file.parsed(_plan_file.from_run(NOW, entries, "salt")), destructive=destructive)


def item_of(stage: Stage, tasks: str, label: str | None = None) -> Item:
    return Item(stage.nodes(tasks)[0], label=label)


ONE = "- {name: First, amazon.aws.s3_bucket: {name: a}}"

# -- apply: what each resource may write -----------------------------------------------------------------


@pytest.mark.parametrize("action", ["unchanged", "skipped", None])
def test_what_was_not_planned_to_change_meets_a_shut_gate(stage: Stage, action: str | None) -> None:
    conduct = applying(*([entry("First", action)] if action else []), destructive=True)
    assert conduct.gate(item_of(stage, ONE)) is _gate.SHUT


def test_what_was_planned_may_write_that_and_its_attempts_are_counted(stage: Stage) -> None:
    item = item_of(stage, ONE)
    gate = applying(entry("First", "create", ("x", "y"))).gate(item)
    assert gate.rule is Rule.REVIEWED
    assert gate.reviewed == {_gate.salted("salt", "x"), _gate.salted("salt", "y")}
    assert (gate.created, gate.complete, gate.destructive, gate.made, gate.fresh) == (True, True, False, 0, False)
    item.operations = [{"effect": "create"}, {"effect": "change"}]
    gate = applying(entry("First", "create", ("x",))).gate(item)
    assert (gate.made, gate.fresh) == (2, True)
    gate = applying(entry("First", "change", ("x",), complete=False), destructive=True).gate(item_of(stage, ONE))
    assert (gate.created, gate.complete, gate.destructive) == (False, False, True)


def test_each_item_of_a_loop_has_its_own_writes(stage: Stage) -> None:
    conduct = applying(entry("First", "change", ("x",), item="a"), entry("First", "unchanged", item="b"))
    assert conduct.gate(item_of(stage, ONE, "a")).reviewed == {_gate.salted("salt", "x")}
    assert conduct.gate(item_of(stage, ONE, "b")) is _gate.SHUT
    assert conduct.gate(item_of(stage, ONE, "c")) is _gate.SHUT


def test_a_loop_that_was_unknown_may_create_its_items(stage: Stage) -> None:
    gate = applying(entry("First", "create", unknown_inputs=["__vpc"])).gate(item_of(stage, ONE, "a"))
    assert (gate.rule, gate.created, gate.reviewed) == (Rule.REVIEWED, True, frozenset())


# -- apply: what stops it --------------------------------------------------------------------------------


def test_the_first_write_that_was_not_reviewed_stops_the_run_and_is_named(stage: Stage) -> None:
    def module(call: Started) -> Outcome:
        return Outcome({"failed": True, "msg": REFUSED}, refused=REFUSED, clean=False) if call.name == "first" else quiet(call)

    tasks = TWO + "- {name: Third, amazon.aws.s3_bucket: {name: third, seconds: 5}}\n"
    tasks += "- {name: Fourth, amazon.aws.s3_bucket: {name: fourth}}"
    shown = stage.play(tasks, module, limit=2, conduct=applying(entry("Second", "create", ("x",))))
    assert shown.entry("First").action == "failed"
    assert shown.run.stopped_because == f"demo: First: {REFUSED}"
    assert {name for name, _unused in shown.starts} <= {"first", "third", "fourth"}
    assert len(shown.pool.started) == 2, "what runs is waited for, and nothing else begins"
    assert set(shown.run.left) >= {"Second"}


def test_an_ordinary_task_that_was_not_planned_to_change_stays_in_its_check_mode_and_stops_the_run(stage: Stage) -> None:
    tasks = "- {name: Note, test.other.copy: {name: note}}\n- {name: Manifest, test.other.k8s: {name: manifest}}"
    conduct = applying(entry("Note", "unchanged"), entry("Manifest", "change"))
    shown = stage.play(tasks, lambda call: returned(changed=True), conduct=conduct)
    assert {call.name: call.check_mode for call in shown.pool.started} == {"note": True, "manifest": False}
    assert shown.actions == {"Note": "failed", "Manifest": "change"}
    assert "demo: Note: the saved plan has no change here" in shown.run.stopped_because


def test_an_ordinary_task_whose_change_is_none_does_not_stop_it(stage: Stage) -> None:
    tasks = "- {name: Note, test.other.copy: {name: note}, changed_when: false, register: __note}"
    shown = stage.play(tasks, lambda call: returned(changed=True), conduct=applying(entry("Note", "unchanged")))
    assert shown.actions == {"Note": "unchanged"}
    assert shown.run.stopped_because == ""


def test_a_task_that_goes_without_check_mode_in_the_plan_does_so_when_it_is_applied(stage: Stage) -> None:
    """What others need of it is there in both."""
    tasks = """
- {name: Look, test.other.command: {name: look}, check_mode: false, changed_when: false, register: __look}
- {name: Second, amazon.aws.s3_bucket: {name: "{{ __look.stdout }}"}}
"""
    conduct = applying(entry("Look", "unchanged"), entry("Second", "unchanged"))
    shown = stage.play(tasks, lambda call: quiet(call) if call.check_mode else returned(stdout="seen"), conduct=conduct)
    assert [name for name, _unused in shown.starts] == ["look", "seen"]
    assert shown.actions == {"Look": "unchanged", "Second": "unchanged"}


# -- converge --------------------------------------------------------------------------------------------


def test_a_destructive_write_that_was_refused_fails_its_node_only(stage: Stage) -> None:
    why = "rds:ModifyDBInstance was not sent: this is destructive: the database restarts. …give -e allow_destructive=true"

    def module(call: Started) -> Outcome:
        return Outcome({"failed": True, "msg": why}, refused=why, clean=False) if call.name == "first" else wrote("PutX", "change")

    shown = stage.play(TWO + "- {name: Third, amazon.aws.s3_bucket: {name: third}}", module, conduct=Conduct(destructive=False))
    assert shown.actions == {"First": "failed", "Second": "skipped", "Third": "change"}
    assert shown.entry("First").message == why
    assert shown.run.stopped_because == ""


def test_a_second_attempt_at_a_new_resource_may_go_on(stage: Stage) -> None:
    """Throttled behind its creation, a resource is there at the second attempt: what it is given then destroys nothing."""
    conduct = Conduct(destructive=False)
    item = item_of(stage, ONE)
    assert conduct.gate(item) == replace(_gate.OPEN, destructive=False)
    item.operations = [{"effect": "create", "error": "Throttling"}]
    assert not conduct.gate(item).fresh
    item.operations.append({"effect": "create"})
    assert conduct.gate(item).fresh


# -- plan ------------------------------------------------------------------------------------------------

BEHIND = """
- name: VPC
  amazon.aws.ec2_vpc_net: {name: vpc}
  register: __vpc
- name: Subnet
  amazon.aws.ec2_vpc_subnet: {name: subnet, vpc: "{{ __vpc.id }}"}
  register: __subnet
- name: Instance
  amazon.aws.ec2_instance: {name: instance, subnet: "{{ __subnet.id }}"}
"""


def plan(stage: Stage, subnet: Callable[[Started], Outcome]) -> Shown:
    answers = {"vpc": lambda _call: intercepted("CreateVpc", "create"), "instance": lambda _call: failed("not found"), "subnet": subnet}
    return stage.play(BEHIND, lambda call: answers[call.name](call), conduct=Planning(something_there=True))


def test_a_module_that_wants_what_is_known_after_the_apply_is_given_something_to_look_with(stage: Stage) -> None:
    def there(call: Started) -> Outcome:
        if "vpc" not in call.arguments:
            return failed("missing required arguments: vpc")
        return intercepted("ModifySubnetAttribute", "change")

    shown = plan(stage, there)
    assert shown.actions == {"VPC": "create", "Subnet": "change", "Instance": "create"}
    assert shown.entry("Subnet").message == "known after apply: vpc"
    assert shown.entry("Subnet").operations == [], "the filling is shown to nobody"
    assert "{}" not in str(shown.entry("Instance").inputs)


def test_behind_what_would_be_changed_and_returns_nothing_all_is_known_after_the_apply(stage: Stage) -> None:
    shown = plan(stage, lambda _call: intercepted("ModifySubnetAttribute", "change"))
    assert shown.actions == {"VPC": "create", "Subnet": "change", "Instance": "create"}
    assert shown.entry("Instance").unknown_inputs == ["__subnet"]


@pytest.mark.parametrize("second", [failed("vpc: {} is no VPC"), intercepted("CreateSubnet", "create")])
def test_what_is_not_found_with_that_either_is_to_be_created(stage: Stage, second: Outcome) -> None:
    shown = plan(stage, lambda call: second if "vpc" in call.arguments else failed("missing required arguments: vpc"))
    assert shown.actions["Subnet"] == "create"
    assert [call.name for call in shown.pool.started].count("subnet") == 2


def test_a_module_that_fails_for_another_reason_is_not_asked_again(stage: Stage) -> None:
    shown = plan(stage, lambda _call: failed("AccessDenied"))
    assert shown.actions["Subnet"] == "create"
    assert [call.name for call in shown.pool.started].count("subnet") == 1


# -- drift -----------------------------------------------------------------------------------------------

PARENT = """
- name: VPC
  amazon.aws.ec2_vpc_net: {name: vpc}
  register: __vpc
- name: Subnet
  amazon.aws.ec2_vpc_subnet: {name: subnet, vpc: "{{ __vpc.id }}"}
"""


def drift(stage: Stage, subnet: Outcome, *, something_there: bool = True) -> dict[str, str]:
    conduct = Drifting(something_there=something_there)
    answers = {"vpc": intercepted("CreateVpc", "create"), "subnet": subnet}
    return stage.play(PARENT, lambda call: answers[call.name], conduct=conduct).actions


def test_behind_what_is_missing_only_what_is_missing_too_is_told_so(stage: Stage) -> None:
    assert drift(stage, intercepted("CreateSubnet", "create")) == {"VPC": "create", "Subnet": "create"}
    assert drift(stage, returned(id="subnet-1")) == {"VPC": "create", "Subnet": "skipped"}
    assert drift(stage, intercepted("ModifySubnetAttribute", "change")) == {"VPC": "create", "Subnet": "skipped"}


def test_what_cannot_be_looked_for_is_not_said_to_be_missing(stage: Stage) -> None:
    assert drift(stage, failed("missing required arguments: vpc")) == {"VPC": "create", "Subnet": "skipped"}


def test_in_an_account_that_holds_nothing_of_the_stack_everything_is_missing(stage: Stage) -> None:
    assert drift(stage, failed("never asked"), something_there=False) == {"VPC": "create", "Subnet": "create"}


def test_what_is_there_and_has_changed_is_told_by_its_writes(stage: Stage) -> None:
    def module(call: Started) -> Outcome:
        return returned(changed=True, id="vpc-1") if call.check_mode else intercepted("ModifyVpcAttribute", "change")

    shown = stage.play("- {name: VPC, amazon.aws.ec2_vpc_net: {name: vpc}}", module, conduct=Drifting(something_there=True))
    assert shown.actions == {"VPC": "change"}
    assert shown.entry("VPC").operations == [{**call_of("ModifyVpcAttribute"), "effect": "change"}]
