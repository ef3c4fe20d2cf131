# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A plan as a file: what it says, what it must not say, and what makes it be refused."""

from __future__ import annotations

import copy
import dataclasses
import hashlib
import json
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.stratum.aws.plugins.plugin_utils.barrier import _gate
from ansible_collections.stratum.aws.plugins.plugin_utils.graph._layers import Layer
from ansible_collections.stratum.aws.plugins.plugin_utils.telling._report import Entry
from ansible_collections.stratum.aws.plugins.plugin_utils.verbs import _code, _plan_file
from ansible_collections.stratum.aws.plugins.plugin_utils.verbs._plan_file import Circumstances, PlanRefused

NOW = Circumstances(
    "stack", "prod", "ca-central-1", "123456789012", "abc", "the whole stack", {"pin": "0815", "sizes": {"a": 1}, "password": "tr0ub4dor"}
)


def entry(name: str = "Create", item: str | None = None, action: Any = "create", prints: tuple[str, ...] = ("x",), **more: Any) -> Entry:
    writes = [{"service": "ec2", "operation": f"Do{each[:1]}", "parameters": {"Pin": "0815"}, "fingerprint": each} for each in prints]
    return Entry("net", name, item, "m", action, 0.0, 0.0, "graph.yml:1", operations=writes[:1], follows=writes[1:], **more)


def saved(*entries: Entry, salt: str | None = "salt") -> _plan_file.SavedPlan:
    return _plan_file.parsed(_plan_file.from_run(NOW, entries, salt))


def refusal(was: _plan_file.SavedPlan, is_now: _plan_file.SavedPlan) -> str:
    with pytest.raises(PlanRefused) as refused:
        _plan_file.check_account(was, is_now)
    return str(refused.value)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "plans" / "one.json"


def test_what_is_written_is_read_again(path: Path) -> None:
    content = _plan_file.from_run(NOW, [entry(prints=("x", "y"), complete=False), entry("Look", action="unchanged", prints=())])
    _plan_file.write(path, content)
    plan = _plan_file.read(path)
    planned = plan.of("net", "Create", None)
    assert planned is not None
    assert (planned.action, planned.complete, planned.names) == ("create", False, ("ec2:Dox", "ec2:Doy"))
    assert planned.writes == tuple(_gate.salted(content["salt"], each) for each in "xy")
    assert plan.of("net", "Look", None) == _plan_file.Planned("unchanged", False, True, (), (), ())
    assert plan.of("net", "Other", None) is None
    assert plan.of("other", "Create", None) is None
    _plan_file.check_place(plan, NOW)


def test_only_its_owner_can_read_it_even_where_others_could_read_what_was_there(path: Path) -> None:
    path.parent.mkdir()
    for left in (path, path.with_name("one.json.partial")):
        left.touch(mode=0o666)
        left.chmod(0o666)
    _plan_file.write(path, _plan_file.from_run(NOW, [entry()]))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_a_link_in_its_way_is_not_followed(path: Path, tmp_path: Path) -> None:
    path.parent.mkdir()
    (tmp_path / "other").write_text("mine")
    path.with_name("one.json.partial").symlink_to(tmp_path / "other")
    _plan_file.write(path, _plan_file.from_run(NOW, [entry()]))
    assert (tmp_path / "other").read_text() == "mine"
    assert not path.is_symlink()


# -- altered ---------------------------------------------------------------------------------------------


def leaves(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the way to each value of a document that holds no further ones."""
    inner = list(value.items()) if isinstance(value, dict) else list(enumerate(value)) if isinstance(value, list) else []
    for key, item in inner:
        yield from leaves(item, (*way, key))
    if not inner:
        yield way


CONTENT = _plan_file.from_run(NOW, [entry(prints=("x", "y"), destructive=["it is replaced"]), entry("Look", "a", "unchanged", ())], "salt")


@pytest.mark.parametrize("way", [*leaves(CONTENT)], ids=lambda way: ".".join(map(str, way)))
def test_no_value_of_it_can_be_altered(path: Path, way: tuple[Any, ...]) -> None:
    content = copy.deepcopy(CONTENT)
    place: Any = content
    for key in way[:-1]:
        place = place[key]
    old = place[way[-1]]
    place[way[-1]] = not old if isinstance(old, bool) else f"{old}0"
    _plan_file.write(path, content)
    with pytest.raises(PlanRefused, match=r"was altered|no plan that this version reads"):
        _plan_file.read(path)


def test_nothing_can_be_added_taken_away_or_moved(path: Path) -> None:
    changes: list[Callable[[dict[str, Any]], object]] = [
        lambda content: content["nodes"].pop(),
        lambda content: content["nodes"].reverse(),
        lambda content: content["nodes"][0]["writes"].append("z"),
        lambda content: content["nodes"][0].update(more=1),
        lambda content: content["variables"].pop("pin"),
        lambda content: content.update(more=1),
        lambda content: content.pop("digest"),
    ]
    for change in changes:
        content = copy.deepcopy(CONTENT)
        change(content)
        _plan_file.write(path, content)
        with pytest.raises(PlanRefused, match="was altered"):
            _plan_file.read(path)


@pytest.mark.parametrize("text", ["", "no json", "[]", "null", '{"format": 2}', "{}", "\ud800"])
def test_what_is_no_plan_is_refused(path: Path, text: str) -> None:
    path.parent.mkdir()
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.raises(PlanRefused, match=r"is no plan"):
        _plan_file.read(path)


def test_a_file_that_is_not_there_is_refused_with_the_way_to_make_it(path: Path, tmp_path: Path) -> None:
    with pytest.raises(PlanRefused, match=r"No such file.*playbooks/plan.yml -e plan_file="):
        _plan_file.read(path)
    with pytest.raises(PlanRefused, match="Is a directory"):
        _plan_file.read(tmp_path)


# -- elsewhere -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("what", "other"), [("stack", "b"), ("environment", "dev"), ("region", "eu-west-1"), ("account", "999999999999")])
def test_a_plan_for_another_place_is_refused_with_both(what: str, other: str) -> None:
    with pytest.raises(PlanRefused, match=rf"the plan is for the {what} {getattr(NOW, what)}, not {other}\."):
        _plan_file.check_place(saved(), dataclasses.replace(NOW, **{what: other}))  # type: ignore[arg-type]  # all four are texts


def test_other_code_is_refused() -> None:
    with pytest.raises(PlanRefused, match="the collection or a layer's files have changed"):
        _plan_file.check_place(saved(), dataclasses.replace(NOW, code="abd"))


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({**NOW.variables, "pin": "0816"}, "pin"),
        ({**NOW.variables, "pin": 815}, "pin"),
        ({**NOW.variables, "sizes": {"a": 2}}, "sizes"),
        ({**NOW.variables, "more": None}, "more"),
        ({"pin": "0815", "sizes": {"a": 1}}, "password"),
        ({**NOW.variables, "pin": "tr0ub4dor", "password": "0815"}, "password; pin"),
    ],
)
def test_another_inventory_is_refused_and_what_moved_is_named(variables: dict[str, Any], named: str) -> None:
    with pytest.raises(PlanRefused, match=rf"the inventory has changed since the plan was made: {named}\. Make a new plan") as refused:
        _plan_file.check_place(saved(), dataclasses.replace(NOW, variables=variables))
    assert "0815" not in str(refused.value)


def test_the_order_of_an_inventory_means_nothing() -> None:
    shuffled = {"sizes": {"a": 1}, "password": "tr0ub4dor", "pin": "0815"}
    _plan_file.check_place(saved(), dataclasses.replace(NOW, variables=shuffled))


# -- moved -----------------------------------------------------------------------------------------------


def test_the_same_plan_is_not_refused_whatever_the_order_in_which_things_ended() -> None:
    entries = [entry("A", "1", prints=("x",)), entry("A", "1", prints=("y",)), entry("B", prints=("z",))]
    _plan_file.check_account(saved(*entries), saved(*reversed(entries)))


@pytest.mark.parametrize(
    ("was", "is_now", "message"),
    [
        (entry(), entry(action="unchanged", prints=()), "net: Create was planned as create and is unchanged now"),
        (entry(action="unchanged", prints=()), entry(), "net: Create was planned as unchanged and is create now"),
        (entry(action="change"), entry(action="change", prints=("y",)), r"net: Create would write something else \(ec2:Doy\)"),
        (entry(action="change", prints=("x", "y")), entry(action="change"), r"would write something else \(ec2:Dox\)"),
        (entry(), entry(prints=()), r"would write something else \(nothing\)"),
        (entry(item="a"), entry(item="b"), r"net: Create \(a\) is gone; net: Create \(b\) is new"),
    ],
)
def test_an_account_that_moved_is_refused_and_what_moved_is_named(was: Entry, is_now: Entry, message: str) -> None:
    same = entry("Same", action="unchanged", prints=())
    with pytest.raises(PlanRefused, match=message) as refused:
        _plan_file.check_account(saved(was, same), saved(is_now, same))
    assert "Same" not in str(refused.value)


def test_what_could_not_be_seen_to_its_end_must_agree_on_its_first_write() -> None:
    was = saved(entry(prints=("x", "y"), complete=False))
    _plan_file.check_account(was, saved(entry(prints=("x", "z"), complete=False)))
    assert "would write something else" in refusal(was, saved(entry(prints=("y", "x"), complete=False)))


def test_much_that_moved_is_not_all_told() -> None:
    was = saved(*(entry(f"Create {number}") for number in range(40)))
    message = refusal(was, saved())
    assert message.count("is gone") == 12
    assert "and 28 more" in message


# -- items of one label ----------------------------------------------------------------------------------


def test_items_of_the_same_label_are_all_kept() -> None:
    plan = saved(entry(item="a", prints=("x",)), entry(item="a", prints=("y",)), entry(item="a", action="unchanged", prints=()))
    planned = plan.of("net", "Create", "a")
    assert planned is not None
    assert set(planned.writes) == {_gate.salted("salt", "x"), _gate.salted("salt", "y")}
    assert planned.action == "create"
    gone = saved(entry(item="a", prints=("x",)), entry(item="a", prints=("y",)))
    assert "net: Create (a)" in refusal(plan, gone)


def test_one_unknown_among_items_of_the_same_label_makes_all_of_them_so() -> None:
    planned = saved(entry(item="a", prints=("x",)), entry(item="a", prints=(), unknown_inputs=["__vpc"])).of("net", "Create", "a")
    assert planned is not None
    assert (planned.unknown, planned.writes) == (True, ())


def test_a_loop_that_was_not_known_stands_for_its_items_and_a_known_one_does_not() -> None:
    unknown = saved(entry(prints=(), unknown_inputs=["__vpc"])).of("net", "Create", "any")
    assert unknown is not None
    assert unknown.unknown
    assert saved(entry()).of("net", "Create", "any") is None


def test_what_it_destroys_is_listed() -> None:
    plan = saved(entry("A", "1", destructive=["it is replaced"]), entry("A", "1", destructive=["data is lost"]), entry("B"))
    assert sorted(plan.destructive) == ["net: A (1): data is lost", "net: A (1): it is replaced"]


# -- secrets ---------------------------------------------------------------------------------------------


def test_there_is_no_secret_in_it_and_no_plain_hash_of_one() -> None:
    """Neither of a variable, nor of the parameters of a write, be it as short as a PIN."""
    plain = _gate.fingerprint("ca-central-1", "sns", "CreateTopic", {"Pin": "0815"})
    text = json.dumps(_plan_file.from_run(NOW, [entry(prints=(plain,))]))
    forms = [form for secret in ("0815", "tr0ub4dor") for form in (secret, f'"{secret}"')]
    hashes = [hashlib.new(kind, form.encode()).hexdigest() for form in forms for kind in ("md5", "sha1", "sha256", "sha512")]
    assert not [each for each in [*forms[1:], *hashes, plain] if each in text]


def test_two_plans_of_the_same_thing_have_nothing_in_common_that_could_be_looked_up() -> None:
    one, two = (_plan_file.from_run(NOW, [entry()]) for _unused in range(2))
    assert one["salt"] != two["salt"]
    assert not set(one["variables"].values()) & set(two["variables"].values())
    assert one["nodes"][0]["writes"] != two["nodes"][0]["writes"]


# -- code ------------------------------------------------------------------------------------------------


@pytest.fixture
def layer(tmp_path: Path) -> Layer:
    for name in ("tasks/graph.yml", "vars/main.yml", "templates/deep/words.j2", "meta/argument_specs.yml"):
        file = tmp_path / "one" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("a")
    return Layer("one", tmp_path / "one")


@pytest.mark.parametrize("name", ["tasks/graph.yml", "vars/main.yml", "templates/deep/words.j2", "meta/argument_specs.yml"])
def test_another_file_of_a_layer_is_other_code(layer: Layer, name: str) -> None:
    before = _code.fingerprint([layer], [])
    assert before == _code.fingerprint([layer], [])
    (layer.path / name).write_text("b")
    assert _code.fingerprint([layer], []) != before


def test_a_new_file_another_module_and_another_release_of_its_collection_are_other_code(layer: Layer, tmp_path: Path) -> None:
    module = tmp_path / "amazon" / "aws" / "plugins" / "modules" / "one.py"
    module.parent.mkdir(parents=True)
    module.write_text("1")
    release = tmp_path / "amazon" / "aws" / "FILES.json"
    prints = [_code.fingerprint([layer], [])]
    prints.append(_code.fingerprint([layer], [module]))
    module.write_text("2")
    prints.append(_code.fingerprint([layer], [module]))
    release.write_text("10.0.0")
    prints.append(_code.fingerprint([layer], [module]))
    release.write_text("10.1.0")
    prints.append(_code.fingerprint([layer], [module]))
    (layer.path / "tasks" / "more.yml").write_text("a")
    prints.append(_code.fingerprint([layer], [module]))
    assert len(set(prints)) == len(prints)
