# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The scheduler when it converges: order, side by side, loops, failures, retries, interruption."""

from __future__ import annotations

import pytest
from ansible_collections.stratum.aws.plugins.plugin_utils.runs._module_call import Outcome
from ansible_collections.stratum.aws.plugins.plugin_utils.runs._run import Run

from .stage import FakePool, Module, Stage, Started, failed, quiet, returned, wrote

# -- order -----------------------------------------------------------------------------------------------

DIAMOND = """
- name: Slow root
  test.aws.thing: {name: slow, seconds: 8}
  register: __slow
- name: Quick root
  test.aws.thing: {name: quick, seconds: 2}
  register: __quick
- name: Behind the quick one
  test.aws.thing: {name: "after {{ __quick.id }}", seconds: 2}
  register: __behind
- name: Behind both
  test.aws.thing: {name: "last {{ __slow.id }} {{ __behind.id }}"}
"""


def test_a_node_starts_the_moment_its_inputs_exist(stage: Stage) -> None:
    shown = stage.play(DIAMOND, quiet)
    assert shown.starts == [("quick", 0), ("slow", 0), ("after id of quick", 2), ("last id of slow id of after id of quick", 8)]
    assert set(shown.actions.values()) == {"unchanged"}


def test_the_critical_path_is_the_chain_that_took_the_longest(stage: Stage) -> None:
    report = stage.play(DIAMOND, quiet).report
    names, seconds = report.critical_path
    assert list(names) == ["demo: Slow root", "demo: Behind both"]
    assert seconds == report.seconds == 9


def test_the_longest_chain_starts_first(stage: Stage) -> None:
    tasks = """
- name: A
  test.aws.thing: {name: alone}
- name: B
  test.aws.thing: {name: head}
  register: __head
- name: C
  test.aws.thing: {name: "tail {{ __head.id }}"}
- name: D
  amazon.aws.rds_instance: {name: database}
"""
    shown = stage.play(tasks, quiet, limit=1)
    assert [name for name, _unused in shown.starts] == ["database", "head", "alone", "tail id of head"]


@pytest.mark.parametrize("limit", [1, 3])
def test_at_most_so_many_at_once(stage: Stage, limit: int) -> None:
    shown = stage.play('- {name: All, test.aws.thing: {name: "{{ item }}"}, loop: [1, 2, 3, 4, 5, 6]}', quiet, limit=limit)
    assert shown.pool.most == limit
    assert shown.report.seconds == 6 / limit


# -- loops -----------------------------------------------------------------------------------------------


def test_items_run_side_by_side_and_register_in_order(stage: Stage) -> None:
    tasks = """
- name: Create subnets
  test.aws.thing: {name: "{{ net.cidr }}", seconds: "{{ net.seconds }}"}
  loop: [{cidr: a, seconds: 3}, {cidr: b, seconds: 1}]
  loop_control: {loop_var: net, label: "block {{ net.cidr }}"}
  register: __subnets
- name: Use them
  test.aws.thing: {name: "{{ __subnets.results | map(attribute='id') | join('+') }}"}
"""
    shown = stage.play(tasks, quiet)
    assert shown.starts == [("a", 0), ("b", 0), ("id of a+id of b", 3)]
    assert list(shown.actions) == ["Create subnets (block b)", "Create subnets (block a)", "Use them"]
    a, b = {"cidr": "a", "seconds": 3}, {"cidr": "b", "seconds": 1}
    assert shown.registered["__subnets"] == {
        "changed": False,
        "failed": False,
        "msg": "All items completed",
        "results": [
            {"changed": False, "failed": False, "id": "id of a", "net": a, "ansible_loop_var": "net"},
            {"changed": False, "failed": False, "id": "id of b", "net": b, "ansible_loop_var": "net"},
        ],
    }


def test_a_changed_item_changes_the_whole(stage: Stage) -> None:
    tasks = """
- name: All
  test.aws.thing: {name: "{{ item }}"}
  loop: [a, b]
  register: __all
"""
    shown = stage.play(tasks, lambda call: returned(changed=call.name == "b"))
    assert shown.registered["__all"]["changed"] is True
    assert [result["changed"] for result in shown.registered["__all"]["results"]] == [False, True]


def test_an_empty_loop_is_skipped_and_dependents_run(stage: Stage) -> None:
    tasks = """
- name: None
  test.aws.thing: {name: "{{ item }}"}
  loop: "{{ [] }}"
  register: __none
- name: After
  test.aws.thing: {name: "{{ __none.results | length }} {{ __none is skipped }}"}
"""
    shown = stage.play(tasks, quiet)
    assert shown.actions == {"None": "skipped", "After": "unchanged"}
    assert shown.starts == [("0 True", 0)]


def test_an_item_that_fails_stops_dependents_and_not_its_siblings(stage: Stage) -> None:
    tasks = """
- name: All
  test.aws.thing: {name: "{{ item }}"}
  loop: [a, b, c]
  register: __all
- name: Dependent
  test.aws.thing: {name: "{{ __all.results[0].id }}"}
"""
    shown = stage.play(tasks, lambda call: failed("broken") if call.name == "b" else quiet(call))
    assert shown.actions == {"All (a)": "unchanged", "All (b)": "failed", "All (c)": "unchanged", "Dependent": "skipped"}
    assert shown.registered["__all"]["failed"] is True


@pytest.mark.parametrize(("value", "kind"), [("{a: 1}", "dict"), ("abc", "str"), ("'{{ 3 }}'", "int")])
def test_a_loop_over_no_list_says_so(stage: Stage, value: str, kind: str) -> None:
    shown = stage.play(f'- {{name: All, test.aws.thing: {{name: "{{{{ item }}}}"}}, loop: {value}}}', quiet)
    assert shown.actions == {"All": "failed"}
    assert f"the loop gives a {kind}, not a list" in str(shown.entry("All").message)


# -- failures --------------------------------------------------------------------------------------------

CHAIN = """
- name: First
  test.aws.thing: {name: first}
  register: __first
- name: Second
  test.aws.thing: {name: "{{ __first.id }}"}
  register: __second
- name: Third
  test.aws.thing: {name: "{{ __second.id }}"}
- name: Other
  test.aws.thing: {name: other, seconds: 5}
"""


def test_a_failure_stops_its_dependents_only(stage: Stage) -> None:
    shown = stage.play(CHAIN, lambda call: failed("no such thing") if call.name == "first" else quiet(call))
    assert shown.actions == {"First": "failed", "Second": "skipped", "Third": "skipped", "Other": "unchanged"}
    assert shown.entry("First").message == "no such thing"
    assert shown.entry("Third").message == 'not run, because "First" failed'
    assert len(shown.starts) == 2
    assert any("✗ demo: First at" in line and "no such thing" in line for line in shown.lines)


def test_the_report_keeps_what_a_module_says_of_pods_that_made_it_fail(stage: Stage) -> None:
    pods = [{"pod": "web-1", "reason": "CrashLoopBackOff", "exit_code": 1, "events": ["BackOff: again"], "log": ["one", "two"]}]
    tasks = CHAIN + "- {name: Hidden, test.aws.thing: {name: hidden}, no_log: true}"
    ill = ("first", "hidden")
    shown = stage.play(tasks, lambda call: failed("ill", ailments=pods) if call.name in ill else returned(ailments=pods, id="1"))
    told = {name: shown.entry(name).ailments for name in ("First", "Hidden", "Other")}
    assert told == {"First": pods, "Hidden": [], "Other": []}


def test_a_template_that_breaks_is_a_failure_of_its_node(stage: Stage) -> None:
    tasks = """
- name: Break
  test.aws.thing: {name: "{{ 'x' | from_yaml_all | no_such_filter }}"}
- name: Undefined
  test.aws.thing: {name: "{{ missing.attribute }}"}
- name: Other
  test.aws.thing: {name: other}
"""
    shown = stage.play(tasks, quiet, variables="{missing: {}}")
    assert shown.actions == {"Break": "failed", "Undefined": "failed", "Other": "unchanged"}
    assert "no_such_filter" in str(shown.entry("Break").message)
    assert "attribute" in str(shown.entry("Undefined").message)


def test_defaults_of_a_module_that_break_are_a_failure_of_its_nodes(stage: Stage) -> None:
    def defaults(module: str) -> dict[str, object]:
        if module == "test.aws.broken":
            raise ValueError("the defaults cannot be rendered")
        return {"region": "x"}

    tasks = """
- name: Break
  test.aws.broken: {name: broken}
- name: Other
  test.aws.thing: {name: other}
"""
    shown = stage.play(tasks, quiet, module_defaults=defaults)
    assert shown.actions == {"Break": "failed", "Other": "unchanged"}
    assert shown.entry("Break").message == "the defaults cannot be rendered"
    assert shown.pool.started[0].arguments["region"] == "x"


def test_the_death_of_a_worker_is_told_with_its_signal(stage: Stage) -> None:
    shown = stage.play(CHAIN, lambda call: "signal 9" if call.name == "first" else quiet(call))
    assert shown.actions["First"] == "failed"
    assert "died (signal 9)" in str(shown.entry("First").message)
    assert shown.actions["Other"] == "unchanged"


# -- retries ---------------------------------------------------------------------------------------------


def counting(answers: dict[str, list[Outcome]]) -> Module:
    """A module that answers each name's calls in turn, and its last answer for ever."""

    def module(call: Started) -> Outcome:
        mine = answers.get(call.name)
        if not mine:
            return quiet(call)
        return mine.pop(0) if len(mine) > 1 else mine[0]

    return module


UNTIL = """
- name: Wait
  test.aws.thing: {name: wait}
  register: __wait
  until: __wait.state == 'ready'
  retries: 2
  delay: 7
- name: After
  test.aws.thing: {name: "after {{ __wait.attempts }}"}
"""


def test_until_tries_again_after_the_delay(stage: Stage) -> None:
    shown = stage.play(UNTIL, counting({"wait": [returned(state="pending"), returned(state="ready")]}))
    assert shown.starts == [("wait", 0), ("wait", 8), ("after 2", 9)]
    assert shown.actions == {"Wait": "unchanged", "After": "unchanged"}


def test_until_gives_up_after_its_retries(stage: Stage) -> None:
    shown = stage.play(UNTIL, counting({"wait": [returned(state="pending")]}))
    assert [at for _unused, at in shown.starts] == [0, 8, 16]
    assert shown.actions == {"Wait": "failed", "After": "skipped"}
    assert shown.entry("Wait").message == "gave up after 3 attempts"


def test_retries_without_until_retry_a_failure(stage: Stage) -> None:
    tasks = "- {name: Wait, test.aws.thing: {name: wait}, retries: 1, delay: 0, register: __wait}"
    shown = stage.play(tasks, counting({"wait": [failed("not yet"), returned()]}))
    assert shown.actions == {"Wait": "unchanged"}
    assert shown.registered["__wait"]["attempts"] == 2


def test_until_by_default_tries_three_times_more_every_five_seconds(stage: Stage) -> None:
    tasks = "- {name: Wait, test.aws.thing: {name: wait}, until: __wait.id == 'never', register: __wait}"
    assert [at for _unused, at in stage.play(tasks, quiet).starts] == [0, 6, 12, 18]


THROTTLED = failed("An error occurred (Throttling) when calling the CreateRole operation")


def test_throttling_is_retried_with_growing_waits(stage: Stage) -> None:
    shown = stage.play(CHAIN, counting({"first": [THROTTLED, THROTTLED, returned(id="x")]}))
    assert set(shown.actions.values()) == {"unchanged"}
    first, second, third = (at for name, at in shown.starts if name == "first")
    assert 1.2 <= second - first <= 3
    assert 1.2 <= third - second <= 5


def test_throttling_is_given_up_after_the_retries(stage: Stage) -> None:
    shown = stage.play(CHAIN, counting({"first": [THROTTLED]}), retries=3)
    assert [name for name, _unused in shown.starts].count("first") == 4
    assert shown.actions["First"] == "failed"
    assert "Throttling" in str(shown.entry("First").message)


UNSEEN = failed("TypeError: 'NoneType' object is not subscriptable")


@pytest.mark.parametrize(
    "answer", [UNSEEN, failed("An error occurred (InvalidSubnetID.NotFound) when calling …", error={"code": "InvalidSubnetID.NotFound"})]
)
def test_what_a_read_does_not_know_yet_after_a_creation_is_looked_for_again(stage: Stage, answer: Outcome) -> None:
    created = Outcome(answer.result, wrote("CreateSubnet", "create").operations, clean=False)
    shown = stage.play(CHAIN, counting({"first": [created, answer, returned(id="x")]}))
    assert shown.actions["First"] == "create"
    assert [operation["operation"] for operation in shown.entry("First").operations] == ["CreateSubnet"]
    # A module that runs again too soon might create it twice.
    first, second, third = (at for name, at in shown.starts if name == "first")
    assert second - first >= 4
    assert third - second >= 4


def test_what_a_read_does_not_know_without_a_creation_is_a_failure(stage: Stage) -> None:
    shown = stage.play(CHAIN, counting({"first": [UNSEEN]}))
    assert [name for name, _unused in shown.starts].count("first") == 1
    assert shown.actions["First"] == "failed"


def test_another_failure_is_not_retried(stage: Stage) -> None:
    denied = failed("An error occurred (AccessDenied) when calling the CreateRole operation")
    shown = stage.play(CHAIN, counting({"first": [denied]}))
    assert [name for name, _unused in shown.starts].count("first") == 1


def test_a_retry_does_not_hold_a_place(stage: Stage) -> None:
    shown = stage.play(CHAIN, counting({"first": [THROTTLED, returned(id="x")]}), limit=1)
    assert [name for name, _unused in shown.starts][:2] == ["first", "other"]


# -- interruption ----------------------------------------------------------------------------------------


def test_an_interrupt_lets_running_calls_finish_and_names_the_rest(stage: Stage) -> None:
    shown = stage.play(CHAIN, quiet, interrupt=lambda _run, pool: bool(pool.started), limit=2)
    assert shown.actions == {"First": "unchanged", "Other": "unchanged", "Second": "skipped", "Third": "skipped"}
    assert shown.run.left == ["Second", "Third"]
    assert "interrupted: 2 left to do: Second; Third" in shown.lines
    assert shown.entry("Third").message == "not started, because the run was interrupted"


def test_an_interrupt_names_items_that_waited_for_a_place(stage: Stage) -> None:
    shown = stage.play(
        '- {name: All, test.aws.thing: {name: "{{ item }}"}, loop: [a, b, c]}',
        quiet,
        interrupt=lambda _run, pool: bool(pool.started),
        limit=1,
    )
    assert shown.actions == {"All (a)": "unchanged", "All (b)": "skipped", "All (c)": "skipped"}
    assert shown.run.left == ["All (b)", "All (c)"]


@pytest.mark.parametrize("moment", ["running", "waiting"])
def test_an_interrupt_ends_a_retry_as_a_failure(stage: Stage, moment: str) -> None:
    """What was tried and failed has not simply not been started, whenever the signal comes."""

    def interrupt(run: Run, pool: FakePool) -> bool:
        busy = pool.free < 10
        return bool(pool.started) and busy == (moment == "running")

    shown = stage.play("- {name: Wait, test.aws.thing: {name: wait}}", lambda _call: THROTTLED, interrupt=interrupt)
    assert shown.actions == {"Wait": "failed"}
    assert "interrupted" in str(shown.entry("Wait").message)
