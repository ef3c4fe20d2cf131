# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Running a module in this process: whatever it does, there is a clear result, and no secret in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible.errors import AnsibleActionFail, AnsibleActionSkip
from ansible_collections.stratum.aws.plugins.plugin_utils import _core
from ansible_collections.stratum.aws.plugins.plugin_utils.barrier import _doors, _gate, _simulated
from ansible_collections.stratum.aws.plugins.plugin_utils.barrier._gate import Gate
from ansible_collections.stratum.aws.plugins.plugin_utils.runs import _module_call
from ansible_collections.stratum.aws.plugins.plugin_utils.runs._jobs import OrdinaryJob, performer
from ansible_collections.stratum.aws.plugins.plugin_utils.runs._module_call import Call, Outcome

MODULE = """
import sys
from ansible.module_utils.basic import AnsibleModule
from ansible_collections.stratum.aws.plugins.plugin_utils.barrier import _doors, _simulated

def main():
    module = AnsibleModule({"does": {}, "password": {"no_log": True}}, supports_check_mode=True)
    password = module.params["password"]
    operation = {"service": "x", "operation": "CreateX", "parameters": {"Value": password}, "effect": "create"}
    match module.params["does"]:
        case "end":
            print("printed", password)
            module.exit_json(changed=True, said=f"it is {password}")
        case "fail":
            module.fail_json(msg=f"not {password}")
        case "crash":
            raise ValueError(f"not a number: {password}")
        case "exit":
            sys.exit(3)
        case "write":
            _doors.current().operations.append(operation)
            raise _doors.WriteRefused("not this")
        case "put":
            AnsibleModule({"code": {"no_log": True, "default": "3"}, "does": {}, "password": {}})
            _doors.current().operations.append({"service": "s3", "parameters": {"Value": "a 3"}, "fingerprint": "a3b3"})
            raise _doors.WriteRefused("not this")
        case "wait":
            for _number in range(9):
                _simulated.nap(60)
        case "swallow":
            _doors.current().operations.append(operation)
            module.fail_json(msg="the write did not work")
"""


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    (tmp_path / "module_for_tests.py").write_text(MODULE)
    monkeypatch.syspath_prepend(str(tmp_path))

    def call(does: str, gate: Gate = _gate.OPEN) -> Outcome:
        arguments = {"does": does, "password": "hunter22", "_ansible_module_name": "demo", "_ansible_remote_tmp": str(tmp_path)}
        return _module_call.run(Call("module_for_tests", _core.encode_arguments(arguments), gate))

    return call


def test_a_module_that_ends(run: Any, capfd: pytest.CaptureFixture[str]) -> None:
    outcome = run("end")
    assert outcome.result["said"] == "it is ********"
    assert outcome.clean
    assert capfd.readouterr().out == ""


def test_a_module_that_fails_leaves_a_process_that_is_not_used_again(run: Any) -> None:
    outcome = run("fail")
    assert outcome.result["failed"] is True
    assert outcome.result["msg"] == "not ********"
    assert not outcome.clean


def test_a_crash_is_a_failure_with_a_traceback_and_without_the_secret(run: Any) -> None:
    outcome = run("crash")
    assert outcome.result["msg"] == "ValueError: not a number: ********"
    assert "module_for_tests.py" in outcome.result["exception"]
    assert "hunter22" not in str(outcome)
    assert not outcome.clean


@pytest.mark.parametrize("does", ["exit", "nothing"])
def test_a_module_without_a_result_is_a_failure(run: Any, does: str) -> None:
    assert run(does).result == {"failed": True, "msg": "The module ended without a result"}


@pytest.mark.parametrize("does", ["write", "swallow"])
def test_a_planned_write_shows_no_secret_even_when_the_module_reports_a_failure_behind_it(run: Any, does: str) -> None:
    outcome = run(does, _gate.PLAN)
    assert (outcome.planned, outcome.complete, outcome.refused) == (True, False, "")
    assert outcome.operations[0]["parameters"] == {"Value": _hidden()}


def test_a_secret_of_one_digit_is_hidden_where_values_are_and_nowhere_else(run: Any) -> None:
    outcome = run("put", _gate.PLAN)
    assert outcome.operations == [{"service": "s3", "parameters": {"Value": "a ********"}, "fingerprint": "a3b3"}]


def _hidden() -> str:
    return "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"


def test_a_module_that_cannot_be_imported_is_a_failure(run: Any) -> None:
    outcome = _module_call.run(Call("no_such_module_at_all", _core.encode_arguments({})))
    assert outcome.result is not None
    assert "no_such_module_at_all" in outcome.result["msg"]


def test_the_journal_begins_anew_with_each_call(run: Any) -> None:
    run("swallow", _gate.PLAN)
    assert run("end").operations == []
    assert _doors.current().gate is _gate.OPEN


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (AnsibleActionSkip("no check mode"), {"changed": False, "skipped": True, "msg": "no check mode"}),
        (AnsibleActionFail("it failed", result={"rc": 3}), {"failed": True, "rc": 3, "msg": "it failed"}),
        (KeyError("x"), {"failed": True, "msg": "'x'"}),
    ],
)
def test_what_an_action_plugin_raises_is_its_result(error: Exception, expected: dict[str, Any]) -> None:
    def ordinary(_job: OrdinaryJob) -> dict[str, Any]:
        raise error

    outcome, usable = performer(ordinary)(OrdinaryJob("a.b.c", "title", {}, True, False, "demo"))
    assert outcome.result == expected
    assert not usable


def test_a_removal_that_is_planned_does_not_wait_for_what_goes_before_it(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(_simulated, "_sleep", slept.append)
    outcome = run("wait", _gate.PLAN_REMOVAL)
    assert outcome.result == {"failed": True, "msg": "the module waits for it"}
    assert (outcome.planned, outcome.complete, slept) == (False, False, [])
    run("wait", _gate.PLAN)
    assert slept == [60] * 9
