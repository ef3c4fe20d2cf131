# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the scheduler makes of a task: its conditions, its arguments and modes, and what `no_log` hides."""

from __future__ import annotations

import pytest
from ansible_collections.stratum.aws.plugins.plugin_utils.runs._module_call import Outcome

from .stage import Shown, Stage, Started, call_of, failed, quiet, returned, wrote

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
