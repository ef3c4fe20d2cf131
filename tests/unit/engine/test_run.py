# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The scheduler when it converges: order, side by side, loops, conditions, retries, failures, interruption."""

from __future__ import annotations

import pytest
from ansible_collections.stratum.aws.plugins.plugin_utils._module_call import Outcome
from ansible_collections.stratum.aws.plugins.plugin_utils._run import Run

from .stage import FakePool, Module, Shown, Stage, Started, call_of, failed, returned, wrote


def quiet(call: Started) -> Outcome:
    """A module that finds everything as it should be, and returns an id."""
    return returned(id=f"id of {call.name}")


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


# -- conditions ------------------------------------------------------------------------------------------


def test_when_skips_and_what_follows_sees_it(stage: Stage) -> None:
    tasks = """
- name: Skipped
  test.aws.thing: {name: "{{ undefined_if_rendered }}"}
  when: [true, wanted]
  register: __skipped
- name: After
  test.aws.thing: {name: "{{ __skipped is skipped }} {{ __skipped.id | default('none') }}"}
- name: Some
  test.aws.thing: {name: "{{ item }}"}
  loop: [1, 2]
  when: item > 1
  register: __some
- name: None
  test.aws.thing: {name: "{{ item }}"}
  loop: [1, 2]
  when: item > 2
  register: __none
- name: Count
  test.aws.thing: {name: "{{ __some.results | rejectattr('skipped', 'defined') | length }} {{ __some is skipped }} {{ __none is skipped }}"}
"""
    shown = stage.play(tasks, quiet, variables="{wanted: false, undefined_if_rendered: '{{ wanted.x }}'}")
    assert shown.actions == {
        "Skipped": "skipped",
        "After": "unchanged",
        "Some (1)": "skipped",
        "Some (2)": "unchanged",
        "None (1)": "skipped",
        "None (2)": "skipped",
        "Count": "unchanged",
    }
    assert {name for name, _unused in shown.starts} == {"True none", "2", "1 False True"}
    assert shown.registered["__skipped"] == {"changed": False, "skipped": True, "skip_reason": "Conditional result was False"}


def test_a_false_when_passes_over_a_loop_that_cannot_be_rendered(stage: Stage) -> None:
    tasks = """
- name: All
  test.aws.thing: {name: "{{ item }}"}
  loop: "{{ nothing.list }}"
  when: nothing.wanted
"""
    shown = stage.play(tasks, quiet, variables="{nothing: {wanted: false}}")
    assert shown.actions == {"All": "skipped"}


def test_changed_when_and_failed_when_decide(stage: Stage) -> None:
    tasks = """
- name: Not a change
  test.aws.thing: {name: a}
  changed_when: false
- name: A change
  test.aws.thing: {name: b}
  register: __b
  changed_when: __b.id == 'id of b'
- name: Fails
  test.aws.thing: {name: c}
  register: __c
  failed_when: [__c.id is defined, "'of' in __c.id"]
- name: Does not fail
  test.aws.thing: {name: d}
  register: __d
  failed_when: __d.msg != 'broken'
- name: Cannot say
  test.aws.thing: {name: e}
  changed_when: __b.no_such
- name: After
  test.aws.thing: {name: "after {{ __d is failed }}"}
"""

    def module(call: Started) -> Outcome:
        return failed("broken") if call.name == "d" else returned(changed=call.name == "a", id=f"id of {call.name}")

    shown = stage.play(tasks, module)
    assert shown.actions == {
        "Not a change": "unchanged",
        "A change": "change",
        "Fails": "failed",
        "Does not fail": "unchanged",
        "Cannot say": "failed",
        "After": "unchanged",
    }
    assert "no_such" in str(shown.entry("Cannot say").message)
    assert ("after False", 1) in shown.starts


def test_what_a_change_was_comes_from_the_writes(stage: Stage) -> None:
    tasks = '- {name: All, test.aws.thing: {name: "{{ item }}"}, loop: [CreateVpc, ModifyVpcAttribute, DeleteVpc]}'
    effects = {"CreateVpc": "create", "ModifyVpcAttribute": "change", "DeleteVpc": "delete"}
    shown = stage.play(tasks, lambda call: wrote(call.name, effects[call.name]))
    assert shown.actions == {"All (CreateVpc)": "create", "All (ModifyVpcAttribute)": "change", "All (DeleteVpc)": "delete"}
    assert shown.entry("All (CreateVpc)").operations == [{**call_of("CreateVpc"), "effect": "create"}]


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


# -- secrets ---------------------------------------------------------------------------------------------


def everything_said(shown: Shown) -> str:
    return "\n".join([*shown.lines, str(shown.report.as_dict())])


@pytest.mark.parametrize("no_log", ["true", "'{{ hidden }}'"])
def test_no_log_hides_messages_parameters_and_items(stage: Stage, no_log: str) -> None:
    tasks = f"""
- name: Secret
  test.aws.thing: {{name: "{{{{ item.word }}}}"}}
  loop: [{{word: hunter22}}, {{word: hunter22 fails}}]
  no_log: {no_log}
  register: __secret
- name: Fails before it runs
  test.aws.thing: {{name: "{{{{ ('hunter22' ~ 1) | int + item.none }}}}"}}
  loop: [{{none: hunter22}}]
  no_log: {no_log}
- name: Condition fails
  test.aws.thing: {{name: x}}
  loop: [{{none: hunter22}}]
  when: item.nothing
  no_log: {no_log}
- name: Loop fails
  test.aws.thing: {{name: x}}
  loop: "{{{{ 'hunter22' | mandatory(1, 2, 3) }}}}"
  no_log: {no_log}
"""

    def module(call: Started) -> Outcome:
        if "fails" in call.name:
            return failed("hunter22 is too short")
        return wrote("CreateSecret", "create", diff={"before": {}, "after": {"value": "hunter22"}})

    shown = stage.play(tasks, module, variables="{hidden: true}", differences=True)
    assert [call.arguments["_ansible_no_log"] for call in shown.pool.started] == [True, True]
    assert shown.report.summary["failed"] == 4
    assert "hunter22" not in everything_said(shown)
    assert "the output is hidden" in everything_said(shown)


def test_without_no_log_differences_are_shown(stage: Stage) -> None:
    shown = stage.play(
        "- {name: Open, test.aws.thing: {name: x}}",
        lambda _call: wrote("ModifyVpcAttribute", "change", diff={"before": {"size": 1}, "after": {"size": 2}}),
        differences=True,
    )
    assert any("size: 1 → 2" in line for line in shown.lines)


# -- how a call is made ----------------------------------------------------------------------------------


def test_defaults_of_the_play_are_weaker_than_arguments_and_omit_leaves_them(stage: Stage) -> None:
    tasks = """
- name: Call
  test.aws.thing: {name: x, tags: "{{ none_given | default(omit) }}", region: mine}
"""
    shown = stage.play(tasks, quiet, module_defaults=lambda _module: {"region": "default", "profile": "p", "tags": "of the play"})
    (call,) = shown.pool.started
    own = {key: value for key, value in call.arguments.items() if not key.startswith("_ansible")}
    assert own == {"name": "x", "region": "mine", "profile": "p", "tags": "of the play"}


@pytest.mark.parametrize(("value", "expected"), [("true", True), ("false", False), ("'{{ \"no\" }}'", False), ("'{{ \"yes\" }}'", True)])
def test_check_mode_of_a_task(stage: Stage, value: str, expected: bool) -> None:
    tasks = f"""
- name: Warm
  test.aws.thing: {{name: warm}}
  check_mode: {value}
- name: Ordinary
  test.other.thing: {{name: ordinary}}
  check_mode: {value}
"""
    shown = stage.play(tasks, quiet)
    assert {call.name: call.check_mode for call in shown.pool.started} == {"warm": expected, "ordinary": expected}
    assert not any(call.barrier for call in shown.pool.started)


def test_facts_that_a_module_sets_are_variables_of_what_follows(stage: Stage) -> None:
    tasks = """
- name: Facts
  ansible.builtin.set_fact: {word: x}
- name: After
  test.aws.thing: {name: "{{ word }}"}
"""
    shown = stage.play(tasks, lambda call: returned(ansible_facts={"word": "y"}) if "word" in call.arguments else quiet(call))
    assert shown.starts[-1] == ("y", 1)
