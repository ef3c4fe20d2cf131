# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The door for writes to what is not AWS: what becomes of one, what is recorded of it, and that nothing of ours goes round it."""

from __future__ import annotations

import ast
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.stratum.aws.plugins.module_utils import _outward
from ansible_collections.stratum.aws.plugins.module_utils._outward import ANSWERED, CHANGE, CREATE, DELETE, Write
from ansible_collections.stratum.aws.plugins.plugin_utils.barrier import _doors, _gate, _other_doors
from ansible_collections.stratum.aws.plugins.plugin_utils.barrier._gate import Gate, Rule

ROOT = Path(__file__).resolve().parents[3]
CHANGES = [{"property": "data.a", "old": "hunter2", "new": "2"}]


def write(effect: str = CHANGE, **more: Any) -> Write:
    given: dict[str, Any] = {"parameters": {"name": "web", "token": "hunter2"}, "resource": "ConfigMap web", "place": "shop", **more}
    return Write("kubernetes", "ApplyConfigMap", effect=effect, **given)


class Kubernetes:
    """What is written to; it remembers how often."""

    def __init__(self) -> None:
        self.writes = 0

    def __call__(self) -> str:
        self.writes += 1
        return "done"


@pytest.fixture
def target() -> Iterator[Kubernetes]:
    _other_doors.install()
    yield Kubernetes()
    _outward.install(None)
    _doors.record_to(None)
    _doors.begin()


def test_outside_the_engine_a_write_is_made() -> None:
    target = Kubernetes()
    assert (_outward.send(write(), target), target.writes) == ("done", 1)


def test_a_plan_answers_and_records(target: Kubernetes) -> None:
    journal = _doors.begin(gate=_gate.PLAN, secrets={"hunter2"})
    answer = _outward.send(write(changes=CHANGES, destructive=["the volume goes"]), target)
    assert answer is ANSWERED
    assert not answer
    assert target.writes == 0
    (operation,) = journal.operations
    assert {key: operation[key] for key in ("service", "operation", "effect", "destructive", "cautions")} == {
        "service": "kubernetes",
        "operation": "ApplyConfigMap",
        "effect": "change",
        "destructive": ["the volume goes"],
        "cautions": [],
    }
    assert operation["fingerprint"]
    assert operation["changes"][0]["new"] == "2"
    assert "hunter2" not in json.dumps(journal.operations)
    assert journal.calls["kubernetes:ApplyConfigMap"] == 1


def test_adopting_answers_what_is_no_tag(target: Kubernetes) -> None:
    _doors.begin(gate=_gate.TAGS)
    assert _outward.send(write(CREATE), target) is ANSWERED
    assert target.writes == 0


def test_where_nothing_was_to_be_changed_a_write_is_refused(target: Kubernetes) -> None:
    journal = _doors.begin(gate=_gate.SHUT)
    with pytest.raises(_doors.WriteRefused, match="ApplyConfigMap of ConfigMap web was not made: the saved plan has no change"):
        _outward.send(write(), target)
    assert target.writes == 0
    assert journal.refused
    assert journal.operations == []


def reviewed(planned: Write, **more: Any) -> Gate:
    journal = _doors.begin(gate=_gate.PLAN)
    _outward.send(planned, lambda: None)
    prints = frozenset(_gate.salted("salt", operation["fingerprint"]) for operation in journal.operations)
    return Gate(Rule.REVIEWED, reviewed=prints, salt="salt", complete=True, **more)


def test_what_was_reviewed_is_made_and_nothing_else(target: Kubernetes) -> None:
    _doors.begin(gate=reviewed(write()))
    assert _outward.send(write(), target) == "done"
    for other in (write(parameters={"name": "web", "token": "another"}), write(place="another"), write(DELETE, parameters={"name": "x"})):
        _doors.begin(gate=reviewed(write()))
        with pytest.raises(_doors.WriteRefused, match="the saved plan does not hold this write"):
            _outward.send(other, target)
    assert target.writes == 1


@pytest.mark.parametrize("rule", [Rule.SEND, Rule.REVIEWED])
def test_what_destroys_wants_a_word_more(target: Kubernetes, rule: Rule) -> None:
    planned = write(DELETE, destructive=["Namespace shop holds data, which goes with it"])
    for allowed in (False, True):
        gate = Gate(destructive=allowed) if rule is Rule.SEND else reviewed(planned, destructive=allowed)
        _doors.begin(gate=gate)
        if allowed:
            assert _outward.send(planned, target) == "done"
        else:
            with pytest.raises(_doors.WriteRefused, match=r"Namespace shop holds data, which goes with it.*allow_destructive=true"):
                _outward.send(planned, target)
    assert target.writes == 1


def test_what_is_new_has_nothing_to_lose(target: Kubernetes) -> None:
    _doors.begin(gate=Gate())
    assert _outward.send(write(CREATE), target) == "done"
    assert _outward.send(write(destructive=["data goes"]), target) == "done"
    with pytest.raises(_doors.WriteRefused):
        _outward.send(write(DELETE, destructive=["data goes"]), target)


def test_a_write_that_is_made_has_its_line_in_the_journal_and_a_failed_one_says_so(target: Kubernetes, tmp_path: Path) -> None:
    file = tmp_path / "journal"
    _doors.record_to(str(file))
    journal = _doors.begin(gate=Gate(), secrets={"hunter2"}, about={"task": "Apply"})
    _outward.send(write(resource="ConfigMap hunter2"), target)

    def fail() -> None:
        raise ValueError("hunter2")

    with pytest.raises(ValueError, match="hunter2"):
        _outward.send(write(), fail)
    made, failed = (json.loads(line) for line in file.read_text(encoding="utf-8").splitlines())
    assert (made["service"], made["operation"], made["task"]) == ("kubernetes", "ApplyConfigMap", "Apply")
    assert failed["error"] == "ValueError"
    assert "hunter2" not in file.read_text(encoding="utf-8")
    assert [operation.get("error") for operation in journal.operations] == [None, "ValueError"]


def test_fingerprints_hold_the_place(target: Kubernetes) -> None:
    del target
    one, other = reviewed(write(place="shop")).reviewed, reviewed(write(place="office")).reviewed
    assert one != other
    assert all(len(each) == len(hashlib.sha256(b"").hexdigest()) for each in one | other)


# ---- nothing goes round it

HELM_WRITES = {"upgrade", "install", "uninstall", "rollback", "delete"}
SOURCES = [
    path
    for folder in ("modules", "module_utils")
    for path in sorted((ROOT / "plugins" / folder).glob("*.py"))
    if any(word in path.read_text(encoding="utf-8") for word in ("_kubernetes_api", "_helm import", "urllib3", "KubernetesApi"))
]


class Calls(ast.NodeVisitor):
    """The functions of a file that write by themselves, which functions each one calls, and which calls `send` guards."""

    def __init__(self) -> None:
        self.writers: dict[str, int] = {}
        self.callers: dict[str, set[str]] = {}
        self._functions: list[str] = ["<module>"]
        self._guarded = 0

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._functions.append(node.name)
        self.generic_visit(node)
        self._functions.pop()

    def visit_Call(self, node: ast.Call) -> None:
        name = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id if isinstance(node.func, ast.Name) else ""
        if not self._guarded:
            self.callers.setdefault(name, set()).add(self._functions[-1])
            if self._writes(node, name):
                self.writers[self._functions[-1]] = node.lineno
        self._guarded += name == "send"
        self.generic_visit(node)
        self._guarded -= name == "send"

    @staticmethod
    def _writes(node: ast.Call, name: str) -> bool:
        texts = [arg.value for arg in node.args if isinstance(arg, ast.Constant)]
        texts += [item.value for arg in node.args if isinstance(arg, ast.List) for item in arg.elts if isinstance(item, ast.Constant)]
        if name in ("request", "_text"):
            return bool({"POST", "PUT", "PATCH", "DELETE"} & {*texts})
        return name in ("command", "watched") and bool(HELM_WRITES & {*texts})


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_only_what_is_handed_to_the_door_writes(path: Path) -> None:
    calls = Calls()
    calls.visit(ast.parse(path.read_text(encoding="utf-8")))
    inside = set(calls.writers)
    # Who calls a writer outside of `send` is a writer too; what is left over is called by nobody here, or by all.
    while more := {caller for name in inside for caller in calls.callers.get(name, ())} - inside:
        inside |= more
    public = {name for name in inside if not name.startswith("_")}
    allowed = {"gone"} if path.stem == "_kubernetes_api" else {"rendered"} if path.stem == "_helm" else set()
    assert public <= allowed, f"{path.name}: {sorted(public)} write without {_outward.__name__.rpartition('.')[2]}.send"
    assert "<module>" not in inside


def test_the_files_that_can_write_are_looked_at() -> None:
    looked_at = {path.stem for path in SOURCES}
    assert {"_kubernetes_api", "_kubernetes_object", "_helm", "_helm_release"} <= looked_at
    assert {"helm_release", "kubernetes_object", "kubernetes_secret"} <= looked_at


def test_the_test_sees_a_write_that_goes_round() -> None:
    calls = Calls()
    calls.visit(
        ast.parse(
            "class A:\n"
            " def good(self): send(w, lambda: self._do())\n"
            " def bad(self): self._do()\n"
            " def _do(self): self.helm.command('uninstall', x)\n"
            " def worse(self): self.api.request('DELETE', p)\n"
        )
    )
    assert calls.writers == {"_do": 4, "worse": 5}
    assert calls.callers["_do"] == {"bad"}
