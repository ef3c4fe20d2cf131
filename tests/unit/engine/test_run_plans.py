# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The scheduler when it plans: what is created, what is changed, and what is only known after the apply."""

from __future__ import annotations

import pytest
from ansible_collections.stratum.aws.plugins.plugin_utils.runs._module_call import Outcome

from .stage import Module, Shown, Stage, Started, call_of, failed, intercepted, returned

CHAIN = """
- name: Create the VPC
  amazon.aws.ec2_vpc_net: {name: vpc}
  register: __vpc
- name: Create the subnets
  amazon.aws.ec2_vpc_subnet: {name: "{{ item }} in {{ __vpc.id }}"}
  loop: [a, b]
  register: __subnets
- name: Create the group
  amazon.aws.rds_subnet_group: {name: "{{ __subnets.results | map(attribute='id') | join('+') }}"}
"""


def plan(stage: Stage, tasks: str, module: Module, **settings: object) -> Shown:
    shown = stage.play(tasks, module, planning=True, **settings)  # type: ignore[arg-type]
    assert all(call.barrier for call in shown.pool.started if not call.name.startswith("ordinary"))
    return shown


def present(call: Started) -> Outcome:
    """A module whose resource is as it should be."""
    return returned(id=f"id of {call.name}")


def test_what_is_there_is_unchanged(stage: Stage) -> None:
    shown = plan(stage, CHAIN, present)
    assert set(shown.actions.values()) == {"unchanged"}
    assert not any(call.check_mode for call in shown.pool.started)


def test_what_follows_a_planned_creation_is_unknown_and_does_not_run(stage: Stage) -> None:
    shown = plan(stage, CHAIN, lambda call: intercepted("CreateVpc", "create"))
    assert [name for name, _unused in shown.starts] == ["vpc"]
    assert shown.actions == {
        "Create the VPC": "create",
        "Create the subnets (a)": "create",
        "Create the subnets (b)": "create",
        "Create the group": "create",
    }
    assert shown.entry("Create the VPC").operations == [{**call_of("CreateVpc"), "effect": "create"}]
    assert shown.entry("Create the VPC").unknown_inputs == []
    assert shown.entry("Create the subnets (a)").unknown_inputs == ["__vpc"]
    assert shown.entry("Create the group").unknown_inputs == ["__subnets"]


PARTS = "{{ [__vpc] | subelements('parts') }}"


@pytest.mark.parametrize(("argument", "more"), [(PARTS, ""), ("{{ item }}", f'loop: "{PARTS}"')], ids=["argument", "loop"])
def test_a_filter_that_fails_on_a_planned_creation_is_unknown_and_elsewhere_a_failure(stage: Stage, argument: str, more: str) -> None:
    tasks = f"""
- name: Create the VPC
  amazon.aws.ec2_vpc_net: {{name: vpc}}
  register: __vpc
- name: Use its parts
  amazon.aws.ec2_vpc_subnet: {{name: "{argument}"}}
  {more}
"""
    shown = plan(stage, tasks, lambda call: intercepted("CreateVpc", "create"))
    assert shown.actions == {"Create the VPC": "create", "Use its parts": "create"}
    assert shown.entry("Use its parts").unknown_inputs == ["__vpc"]
    assert plan(stage, tasks, present).actions["Use its parts"] == "failed"


def test_a_change_is_resolved_by_the_modules_own_check_mode(stage: Stage) -> None:
    """Dependents of what is changed go on being planned for real."""

    def module(call: Started) -> Outcome:
        if call.name != "vpc":
            return present(call)
        return returned(changed=True, id="vpc-1") if call.check_mode else intercepted("ModifyVpcAttribute", "change")

    shown = plan(stage, CHAIN, module)
    assert shown.actions == {
        "Create the VPC": "change",
        "Create the subnets (a)": "unchanged",
        "Create the subnets (b)": "unchanged",
        "Create the group": "unchanged",
    }
    assert [(call.name, call.check_mode) for call in shown.pool.started][:3] == [("vpc", False), ("vpc", True), ("a in vpc-1", False)]
    assert [operation["operation"] for operation in shown.entry("Create the VPC").operations] == ["ModifyVpcAttribute"]


@pytest.mark.parametrize(
    "answer",
    [failed("no check mode"), returned(skipped=True, msg="does not support check mode"), intercepted("CreateTags", "change"), "signal 9"],
)
def test_a_change_that_check_mode_cannot_resolve_leaves_dependents_unknown(stage: Stage, answer: Outcome | str) -> None:
    shown = plan(stage, CHAIN, lambda call: answer if call.check_mode else intercepted("ModifyVpcAttribute", "change"))
    assert shown.actions["Create the VPC"] == "change"
    assert shown.entry("Create the VPC").operations == [{**call_of("ModifyVpcAttribute"), "effect": "change"}]
    assert shown.entry("Create the subnets (a)").unknown_inputs == ["__vpc"]


def test_what_check_mode_leaves_out_of_a_change_is_unknown(stage: Stage) -> None:
    """Dependents that need it are neither failures nor wrongly unchanged; it stays a failure where nothing changes."""

    def module(call: Started) -> Outcome:
        if call.name != "vpc":
            return present(call)
        return returned(changed=True) if call.check_mode else intercepted("CreateLaunchTemplateVersion", "change")

    shown = plan(stage, CHAIN, module)
    assert shown.actions["Create the VPC"] == "change"
    assert shown.entry("Create the subnets (a)").unknown_inputs == ["__vpc"]
    assert "failed" not in shown.actions.values()
    assert plan(stage, CHAIN, lambda _call: returned()).actions["Create the subnets (a)"] == "failed"


@pytest.mark.parametrize(("destroys", "said"), [([], []), (["the table is deleted"], ["it is replaced", "the table is deleted"])])
def test_what_is_deleted_and_made_anew_is_changed(stage: Stage, destroys: list[str], said: list[str]) -> None:
    def module(call: Started) -> Outcome:
        deletion = {**call_of("DeleteIt"), "effect": "delete", **({"destructive": destroys} if destroys else {})}
        creation = {**call_of("CreateIt"), "effect": "create"}
        return returned(changed=True) if call.check_mode else Outcome(None, [deletion, creation], planned=True)

    shown = plan(stage, "- {name: Select, amazon.aws.s3_bucket: {name: a}}", module)
    assert shown.actions == {"Select": "change"}
    assert shown.entry("Select").destructive == said


def test_throttling_while_a_change_is_resolved_is_retried(stage: Stage) -> None:
    answers = [failed("An error occurred (Throttling) when calling DescribeVpcs"), returned(changed=True, id="vpc-1")]

    def module(call: Started) -> Outcome:
        if call.name != "vpc":
            return present(call)
        return answers.pop(0) if call.check_mode else intercepted("ModifyVpcAttribute", "change")

    assert plan(stage, CHAIN, module).actions["Create the group"] == "unchanged"


def test_one_item_created_and_one_there(stage: Stage) -> None:
    def module(call: Started) -> Outcome:
        return intercepted("CreateSubnet", "create") if call.name.startswith("b ") else present(call)

    shown = plan(stage, CHAIN, module)
    assert shown.actions == {
        "Create the VPC": "unchanged",
        "Create the subnets (a)": "unchanged",
        "Create the subnets (b)": "create",
        "Create the group": "create",
    }
    assert shown.entry("Create the group").unknown_inputs == ["__subnets"]


def test_a_node_that_can_render_its_inputs_runs_even_behind_a_creation(stage: Stage) -> None:
    tasks = """
- name: Create the VPC
  amazon.aws.ec2_vpc_net: {name: vpc}
  register: __vpc
- name: Independent after all
  amazon.aws.s3_bucket: {name: bucket}
  vars: {converge_after: __vpc}
"""
    shown = plan(stage, tasks, lambda call: intercepted("CreateVpc", "create") if call.name == "vpc" else present(call))
    assert shown.actions == {"Create the VPC": "create", "Independent after all": "unchanged"}
    assert shown.entry("Independent after all").unknown_inputs == []


def test_a_failure_behind_a_planned_creation_is_unknown_and_elsewhere_a_failure(stage: Stage) -> None:
    tasks = """
- name: Create the role
  amazon.aws.iam_role: {name: role}
  register: __role
- name: Attach to it
  amazon.aws.iam_policy: {name: policy}
  vars: {converge_after: [__role]}
- name: Alone
  amazon.aws.s3_bucket: {name: bucket}
- name: Wrong template
  amazon.aws.s3_bucket: {name: "{{ settings.none }}"}
"""
    shown = plan(
        stage,
        tasks,
        lambda call: intercepted("CreateRole", "create") if call.name == "role" else failed("the role is not there"),
        variables="{settings: {}}",
    )
    assert shown.actions == {"Create the role": "create", "Attach to it": "create", "Alone": "failed", "Wrong template": "failed"}
    assert shown.entry("Attach to it").unknown_inputs == ["__role"]
    assert shown.entry("Alone").message == "the role is not there"


def test_a_template_that_is_wrong_in_itself_fails_even_behind_a_creation(stage: Stage) -> None:
    tasks = """
- name: Create the role
  amazon.aws.iam_role: {name: role}
  register: __role
- name: Wrong filter
  amazon.aws.iam_policy: {name: "{{ 'x' | no_such_filter }}"}
  vars: {converge_after: [__role]}
"""
    shown = plan(stage, tasks, lambda _call: intercepted("CreateRole", "create"))
    assert shown.actions == {"Create the role": "create", "Wrong filter": "failed"}


def test_what_only_reads_is_skipped_behind_the_unknown_and_what_uses_it_is_unknown_too(stage: Stage) -> None:
    tasks = """
- name: Create the VPC
  amazon.aws.ec2_vpc_net: {name: vpc}
  register: __vpc
- name: Read the tables
  amazon.aws.ec2_vpc_route_table_info: {name: "{{ __vpc.id }}"}
  register: __tables
- name: Use a table
  amazon.aws.ec2_vpc_route_table: {name: "{{ __tables.tables[0].id }}"}
"""
    shown = plan(stage, tasks, lambda _call: intercepted("CreateVpc", "create"))
    assert shown.actions == {"Create the VPC": "create", "Read the tables": "skipped", "Use a table": "create"}
    assert shown.entry("Read the tables").message == "read after apply"
    assert shown.entry("Use a table").unknown_inputs == ["__tables"]


def test_a_loop_over_the_unknown_is_one_entry(stage: Stage) -> None:
    tasks = """
- name: Create the VPC
  amazon.aws.ec2_vpc_net: {name: vpc}
  register: __vpc
- name: Tag each
  amazon.aws.ec2_tag: {name: "{{ item }}"}
  loop: "{{ __vpc.ids }}"
"""
    shown = plan(stage, tasks, lambda _call: intercepted("CreateVpc", "create"))
    assert shown.actions == {"Create the VPC": "create", "Tag each": "create"}


def test_until_is_not_waited_for_behind_a_planned_creation(stage: Stage) -> None:
    tasks = """
- name: Create the VPC
  amazon.aws.ec2_vpc_net: {name: vpc}
  register: __vpc
- name: Wait for it
  amazon.aws.ec2_vpc_net_info: {name: read}
  register: __read
  until: __read.vpcs | length == 1
  retries: 9
  delay: 60
  vars: {converge_after: [__vpc]}
"""
    shown = plan(stage, tasks, lambda call: intercepted("CreateVpc", "create") if call.name == "vpc" else returned(vpcs=[]))
    assert [name for name, _unused in shown.starts] == ["vpc", "read"]
    assert shown.actions == {"Create the VPC": "create", "Wait for it": "skipped"}


def test_a_deletion_is_planned_as_one(stage: Stage) -> None:
    tasks = "- {name: Delete, amazon.aws.s3_bucket: {name: bucket}}"
    shown = plan(stage, tasks, lambda call: returned(changed=True) if call.check_mode else intercepted("DeleteBucket", "delete"))
    assert shown.actions == {"Delete": "delete"}


@pytest.mark.parametrize(("before", "expected"), [({}, "create"), ({"period": 60}, "change")])
def test_a_call_that_puts_is_told_by_what_the_module_found(stage: Stage, before: dict[str, int], expected: str) -> None:
    def module(call: Started) -> Outcome:
        if call.check_mode:
            return returned(changed=True, diff={"before": before, "after": {"period": 300}})
        return intercepted("PutMetricAlarm", "put")

    assert plan(stage, "- {name: Alarm, stratum.aws.cloudwatch_alarm: {name: a}}", module).actions == {"Alarm": expected}


def test_a_task_in_check_mode_of_its_own_plans_no_write(stage: Stage) -> None:
    """Such a task writes nothing in a converge either, so its own check mode is what the plan asks."""
    tasks = "- {name: Look, amazon.aws.s3_bucket: {name: bucket}, check_mode: true, register: __look, changed_when: false}"
    shown = plan(stage, tasks, lambda call: returned(changed=True) if call.check_mode else intercepted("CreateBucket", "create"))
    assert shown.actions == {"Look": "unchanged"}


def test_modules_that_do_not_speak_botocore_use_their_own_check_mode(stage: Stage) -> None:
    tasks = """
- name: Manifest
  test.other.k8s: {name: ordinary}
- name: Looks for real
  test.other.command: {name: ordinary look}
  check_mode: false
"""
    shown = plan(stage, tasks, lambda call: returned(changed=call.name == "ordinary"))
    assert {call.name: call.check_mode for call in shown.pool.started} == {"ordinary": True, "ordinary look": False}
    assert shown.actions == {"Manifest": "change", "Looks for real": "unchanged"}


def test_no_log_hides_the_parameters_of_a_plan(stage: Stage) -> None:
    tasks = "- {name: Secret, amazon.aws.secretsmanager_secret: {name: x}, no_log: true}"
    shown = plan(stage, tasks, lambda _call: intercepted("CreateSecret", "create"), differences=True)
    assert shown.entry("Secret").operations == [{**call_of("CreateSecret"), "effect": "create", "parameters": {}}]
    assert "hunter22" not in "\n".join(shown.lines)


def test_a_plan_shows_the_intercepted_call_as_the_difference(stage: Stage) -> None:
    shown = plan(
        stage,
        "- {name: VPC, amazon.aws.ec2_vpc_net: {name: x}}",
        lambda _call: intercepted("CreateVpc", "create"),
        differences=True,
    )
    assert any("ec2:CreateVpc" in line and "to create" in line for line in shown.lines)
