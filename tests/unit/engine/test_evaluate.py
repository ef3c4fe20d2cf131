# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rendering with a real templar: precedence, variables that refer to each other, omit, lookups, what is undefined."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible.errors import AnsibleError
from ansible_collections.stratum.aws.plugins.plugin_utils.graph._evaluate import Evaluator, Unknown

from .stage import Stage

SOURCES = ("defaults", "inventory", "role", "task", "registered", "extra", "loop")


@pytest.mark.parametrize("strongest", range(len(SOURCES)))
def test_precedence(stage: Stage, strongest: int) -> None:
    """Each source wins over those before it."""
    given = set(SOURCES[: strongest + 1])
    (node,) = stage.nodes(
        f"- {{name: N, a.b.c: {{x: '{{{{ word }}}}'}}, vars: {{{'word: task' if 'task' in given else ''}}}, loop: [1], "
        f"loop_control: {{loop_var: word}}}}"
    )
    variables = {name: f"{{word: {name}}}" if name in given else "{}" for name in SOURCES}
    evaluator = stage.evaluator(variables["defaults"], variables["inventory"], variables["role"], variables["extra"])
    if "registered" in given:
        evaluator.registered["word"] = "registered"
    local = {"word": "loop"} if "loop" in given else {}
    assert evaluator.value(node.args, node, local) == {"x": SOURCES[strongest]}


def plain(stage: Stage, evaluator: Evaluator, template: str) -> object:
    (node,) = stage.nodes(f"- {{name: N, a.b.c: {{x: {template}}}}}")
    return evaluator.value(node.args, node)


def test_role_defaults_refer_to_each_other_and_see_what_overrides_them(stage: Stage) -> None:
    defaults = """
name: demo
bucket: "{{ name }}-bucket"
arn: "arn:aws:s3:::{{ bucket }}"
buckets:
  - { name: "{{ bucket }}", arn: "{{ arn }}" }
"""
    template = '"{{ buckets }}"'
    assert plain(stage, stage.evaluator(defaults), template) == {"x": [{"name": "demo-bucket", "arn": "arn:aws:s3:::demo-bucket"}]}
    overridden = stage.evaluator(defaults, inventory="{name: other}")
    assert plain(stage, overridden, template) == {"x": [{"name": "other-bucket", "arn": "arn:aws:s3:::other-bucket"}]}


def test_a_variable_of_a_role_follows_what_is_registered(stage: Stage) -> None:
    evaluator = stage.evaluator(role="{vpc_id: '{{ __vpc.id }}'}")
    with pytest.raises(Unknown, match="__vpc"):
        plain(stage, evaluator, '"{{ vpc_id }}"')
    evaluator.registered["__vpc"] = {"id": "vpc-1"}
    assert plain(stage, evaluator, '"{{ vpc_id }}"') == {"x": "vpc-1"}
    evaluator.registered["__vpc"] = {"id": "vpc-2"}
    assert plain(stage, evaluator, '"{{ vpc_id }}"') == {"x": "vpc-2"}


def test_omit_takes_the_argument_away(stage: Stage) -> None:
    evaluator = stage.evaluator(defaults="{nothing: '{{ omit }}'}")
    assert plain(stage, evaluator, "'{{ missing | default(omit) }}'") == {}
    assert plain(stage, evaluator, "'{{ nothing }}'") == {}
    assert plain(stage, evaluator, "{inner: '{{ missing | default(omit) }}', kept: 1}") == {"x": {"kept": 1}}


def test_results_are_data_and_never_templates(stage: Stage) -> None:
    evaluator = stage.evaluator()
    evaluator.registered["__found"] = {"text": "{{ 1 + 1 }}"}
    assert plain(stage, evaluator, "'{{ __found.text }}'") == {"x": "{{ 1 + 1 }}"}


def test_types_are_kept(stage: Stage) -> None:
    evaluator = stage.evaluator(inventory="{number: 3, truth: true, list: [1, 2], text: '3'}")
    assert plain(stage, evaluator, "['{{ number }}', '{{ truth }}', '{{ list }}', '{{ text }}', '{{ number + 1 }}']") == {
        "x": [3, True, [1, 2], "3", 4]
    }


def test_lookups_work_and_find_the_files_of_the_role(stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STRATUM_TEST_WORD", "of the environment")
    role = tmp_path / "demo"
    (role / "files").mkdir(parents=True)
    (role / "files" / "policy.json").write_text('{"Version": "2012-10-17"}')
    evaluator = stage.evaluator(path=role)
    assert plain(stage, evaluator, "\"{{ lookup('env', 'STRATUM_TEST_WORD') }}\"") == {"x": "of the environment"}
    assert plain(stage, evaluator, "\"{{ lookup('file', 'policy.json') | from_json }}\"") == {"x": {"Version": "2012-10-17"}}


def test_a_role_knows_its_name_and_path(stage: Stage, tmp_path: Path) -> None:
    assert plain(stage, stage.evaluator(path=tmp_path), "'{{ role_name }} {{ role_path }}'") == {"x": f"demo {tmp_path}"}


def test_what_is_undefined_is_told_apart_from_what_is_wrong(stage: Stage) -> None:
    evaluator = stage.evaluator(inventory="{given: {}}")
    for template in ('"{{ missing }}"', '"{{ given.missing }}"', '"{{ [given.missing] | first | upper }}"'):
        with pytest.raises(Unknown):
            plain(stage, evaluator, template)
    with pytest.raises(AnsibleError, match="no_such_filter"):
        plain(stage, evaluator, "\"{{ 'x' | no_such_filter }}\"")
    with pytest.raises(AnsibleError):
        plain(stage, evaluator, '"{{ 1 / 0 }}"')


def test_conditions_end_with_the_first_that_does_not_hold(stage: Stage) -> None:
    evaluator = stage.evaluator(inventory="{no: false, 'yes': true, text: word}")
    (node,) = stage.nodes("- {name: N, a.b.c: {}, when: [text == 'word', text == 'other', missing.x], until: [missing.x]}")
    assert evaluator.all_true(node.when, node) is False
    assert evaluator.all_true((), node) is True
    assert evaluator.all_true((True,), node) is True
    with pytest.raises(Unknown):
        evaluator.all_true(node.until, node)


def test_expressions_of_a_layer_need_no_task(stage: Stage) -> None:
    evaluator = stage.evaluator(defaults="{a: '{{ b }}'}", inventory="{b: 2, c: '{{ missing }}'}")
    assert evaluator.expression(stage.yaml("'{{ a + 1 }}'"), "demo") == 3
    with pytest.raises(Unknown):
        evaluator.expression(stage.yaml("'{{ c }}'"), "demo")
