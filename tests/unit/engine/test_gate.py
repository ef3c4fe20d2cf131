# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rule at the door: what is sent, answered or refused."""

from __future__ import annotations

import hashlib
import itertools
from typing import Any

import pytest
from ansible_collections.stratum.aws.plugins.plugin_utils.barrier import _gate
from ansible_collections.stratum.aws.plugins.plugin_utils.barrier._gate import Gate, Rule, Ruling
from ansible_collections.stratum.aws.plugins.plugin_utils.barrier._operations import Effect

WRITES = (Effect.CREATE, Effect.CHANGE, Effect.DELETE, Effect.PUT)


def rule(gate: Gate, effect: Effect = Effect.CHANGE, print_: str = "x", number: int = 0, reasons: tuple[str, ...] = ()) -> Ruling:
    return gate.ruling(effect, print_, number, reasons, tags=False)[0]


def reviewed(*prints: str, **more: Any) -> Gate:
    return Gate(Rule.REVIEWED, reviewed=frozenset(_gate.salted("salt", each) for each in prints), salt="salt", **more)


@pytest.mark.parametrize(("effect", "number", "tags"), [*itertools.product(WRITES, (0, 1, 7), (True, False))])
def test_a_plan_sends_nothing_whatever_it_is(effect: Effect, number: int, tags: bool) -> None:
    for gate in (_gate.PLAN, Gate(Rule.PLAN, destructive=True, reviewed=frozenset({"x"}), created=True, fresh=True)):
        assert gate.ruling(effect, "x", number, (), tags=tags)[0] is Ruling.ANSWER
    assert _gate.SHUT.ruling(effect, "x", number, (), tags=tags)[0] is Ruling.REFUSE


@pytest.mark.parametrize("effect", WRITES)
def test_adopting_sends_tags_and_nothing_else(effect: Effect) -> None:
    assert _gate.TAGS.ruling(effect, "x", 0, (), tags=False)[0] is Ruling.ANSWER
    wanted = Ruling.ANSWER if effect is Effect.DELETE else Ruling.SEND
    assert _gate.TAGS.ruling(effect, "x", 0, (), tags=True)[0] is wanted


@pytest.mark.parametrize("gate", [Gate(), reviewed("x")])
def test_what_destroys_is_refused_with_its_reasons_and_the_cure(gate: Gate) -> None:
    ruling, why = gate.ruling(Effect.CHANGE, "x", 0, ["the database restarts", "data is lost"], tags=False)
    assert ruling is Ruling.REFUSE
    assert "the database restarts; data is lost" in why
    assert "-e allow_destructive=true" in why
    assert rule(Gate(gate.rule, destructive=True, reviewed=gate.reviewed, salt="salt"), reasons=("a",)) is Ruling.SEND


def test_a_write_that_was_reviewed_is_sent_at_any_place_and_another_is_not() -> None:
    gate = reviewed("x", "y", complete=True)
    assert [rule(gate, print_=each, number=number) for each in "xy" for number in (0, 1, 5)] == [Ruling.SEND] * 6
    assert [rule(gate, effect, "z", number) for effect in WRITES for number in (0, 1, 5)] == [Ruling.REFUSE] * 12


def test_what_follows_a_first_write_passes_only_where_the_plan_could_not_see_it() -> None:
    """An unreviewed write is never the first one, and never a deletion."""
    for more in ({"created": True, "complete": True}, {"created": True}, {"created": False}):
        gate = reviewed("x", **more)
        assert rule(gate, Effect.CHANGE, "z", 0) is Ruling.REFUSE
        assert rule(gate, Effect.CREATE, "z", 0) is Ruling.REFUSE
        assert rule(gate, Effect.CHANGE, "z", 1) is Ruling.SEND
        assert rule(gate, Effect.DELETE, "z", 1) is Ruling.REFUSE
    assert rule(reviewed("x", complete=True), Effect.CHANGE, "z", 1) is Ruling.REFUSE


def test_a_second_attempt_goes_on_behind_the_writes_of_the_first() -> None:
    assert rule(reviewed("x", created=True, made=1), print_="z") is Ruling.SEND
    assert rule(reviewed("x", complete=True, made=1), print_="z") is Ruling.REFUSE


def test_a_creation_whose_inputs_were_not_known_may_create_and_never_delete() -> None:
    gate = reviewed(created=True)
    assert [rule(gate, effect) for effect in WRITES] == [Ruling.SEND, Ruling.SEND, Ruling.REFUSE, Ruling.SEND]
    assert {rule(reviewed(), effect, number=number) for effect in WRITES for number in (0, 3)} == {Ruling.REFUSE}


def test_the_plain_fingerprint_is_no_key() -> None:
    """What stands in the file is salted; whoever has only a fingerprint of something else opens nothing."""
    assert rule(Gate(Rule.REVIEWED, reviewed=frozenset({"x"}), salt="salt")) is Ruling.REFUSE
    assert rule(Gate(Rule.REVIEWED, reviewed=reviewed("x").reviewed, salt="other")) is Ruling.REFUSE


# -- fingerprints ----------------------------------------------------------------------------------------


def test_a_fingerprint_is_of_the_write_and_not_of_the_order_in_which_it_is_written() -> None:
    def print_(parameters: dict[str, Any]) -> str:
        return _gate.fingerprint("ca-central-1", "iam", "PutRolePolicy", parameters)

    one = print_({"Tags": [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}], "Document": '{"a": 1, "b": [2, 3]}'})
    assert one == print_({"Document": '{"b":[3,2],"a":1}', "Tags": [{"Value": "2", "Key": "b"}, {"Key": "a", "Value": "1"}]})
    assert one != print_({"Tags": [{"Key": "a", "Value": "2"}, {"Key": "b", "Value": "1"}], "Document": '{"a": 1, "b": [2, 3]}'})
    assert print_({"Document": "{not json"}) != print_({"Document": "{not  json"})


@pytest.mark.parametrize(
    "other",
    [
        ("eu-west-1", "ec2", "CreateVpc", {"CidrBlock": "10.0.0.0/16", "Count": 1, "Dry": False}),
        ("ca-central-1", "rds", "CreateVpc", {"CidrBlock": "10.0.0.0/16", "Count": 1, "Dry": False}),
        ("ca-central-1", "ec2", "DeleteVpc", {"CidrBlock": "10.0.0.0/16", "Count": 1, "Dry": False}),
        ("ca-central-1", "ec2", "CreateVpc", {"CidrBlock": "10.0.0.0/8", "Count": 1, "Dry": False}),
        ("ca-central-1", "ec2", "CreateVpc", {"CidrBlock": "10.0.0.0/16", "Count": "1", "Dry": False}),
        ("ca-central-1", "ec2", "CreateVpc", {"CidrBlock": "10.0.0.0/16", "Count": 1, "Dry": None}),
        ("ca-central-1", "ec2", "CreateVpc", {"CidrBlock": "10.0.0.0/16", "Count": 1}),
    ],
)
def test_any_other_write_has_another_fingerprint(other: tuple[str, str, str, dict[str, Any]]) -> None:
    one = _gate.fingerprint("ca-central-1", "ec2", "CreateVpc", {"CidrBlock": "10.0.0.0/16", "Count": 1, "Dry": False})
    assert one != _gate.fingerprint(*other)


def test_what_is_salted_is_no_plain_hash() -> None:
    assert _gate.salted("salt", "0815") not in {hashlib.sha256(text.encode()).hexdigest() for text in ("0815", "salt0815", "0815salt")}
    assert _gate.salted("salt", "0815") == _gate.salted("salt", "0815") != _gate.salted("other", "0815")


# -- tags ------------------------------------------------------------------------------------------------


def tagging(*changes: dict[str, Any], operation: str = "CreateTags") -> dict[str, Any]:
    return {"operation": operation, "parameters": {"Tags": [{"Key": "stratum:stack", "Value": "mine"}]}, "changes": list(changes)}


NEW = {"property": "tags.stratum:stack", "new": "mine"}
ENVIRONMENT = {"property": "tags.stratum:environment", "new": "prod"}


def test_what_no_stack_owns_is_taken_over() -> None:
    assert _gate.takes_over(tagging(NEW))
    assert _gate.takes_over(tagging(ENVIRONMENT))
    assert _gate.takes_over({"operation": "TagRole", "parameters": tagging()["parameters"]})


def test_other_tags_other_writes_and_other_peoples_resources_are_not() -> None:
    assert not _gate.takes_over(tagging({"property": "tags.Owner", "old": "a", "new": "b"}))
    assert not _gate.takes_over(tagging())
    assert not _gate.takes_over(tagging(NEW, operation="CreateVpc"))
    assert not _gate.takes_over({"operation": "TagRole", "parameters": {"Tags": [{"Key": "Owner"}]}})
    theirs = tagging({**ENVIRONMENT, "old": "staging"}, NEW)
    assert not _gate.takes_over(theirs)
    assert _gate.owner(theirs) == "staging"
    assert _gate.owner(tagging(NEW)) is None
