# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What all modules share: comparison, tags, errors and waiting."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.stratum.aws.plugins.module_utils import _waiters
from ansible_collections.stratum.aws.plugins.module_utils._compare import differing, given, same_items
from ansible_collections.stratum.aws.plugins.module_utils._errors import CURES, ResourceError, explain
from ansible_collections.stratum.aws.plugins.module_utils._tags import retag, tag_changes
from ansible_collections.stratum.aws.plugins.module_utils._waiters import gone_waiter, status_waiter, wait_until
from botocore.exceptions import ClientError, EndpointConnectionError


@pytest.mark.parametrize(
    ("current", "wanted", "expected"),
    [
        ({"a": 1}, {"a": None}, {}),
        ({"a": 1}, {"a": 0}, {"a": 0}),
        ({}, {"a": False}, {"a": False}),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 3}}, {"a": {"b": 3, "c": 2}}),
        ({"a": {"b": 1}}, {"a": {"b": None}}, {}),
        ({}, {"a": {"b": 1}}, {"a": {"b": 1}}),
        ({"a": [1, 2]}, {"a": [2, 1]}, {"a": [2, 1]}),
        ({"set": [1, 2]}, {"set": [2, 1]}, {}),
        ({"set": None}, {"set": []}, {}),
        ({"a": {"set": [{"x": 1}, {"x": 2}]}}, {"a": {"set": [{"x": 2}, {"x": 1}]}}, {}),
    ],
)
def test_only_what_is_set_and_differs_is_a_change(current: dict[str, Any], wanted: dict[str, Any], expected: dict[str, Any]) -> None:
    assert differing(current, wanted, unordered=("set",)) == expected


def test_given_keeps_false_and_empty() -> None:
    assert given({"a": None, "b": False, "c": [], "d": 0}) == {"b": False, "c": [], "d": 0}


def test_same_items_ignores_order_and_repetition() -> None:
    assert same_items(["a", "b", "a"], ["b", "a"])
    assert not same_items(["a"], ["a", "b"])


@pytest.mark.parametrize(
    ("wanted", "purge", "expected"),
    [
        (None, True, {}),
        ({"a": 1}, True, {"tags": {"aws:x": "y", "a": "1"}}),
        ({"a": 1}, False, {"tags": {"aws:x": "y", "b": "2", "a": "1"}}),
        ({"b": "2"}, True, {}),
        ({}, False, {}),
    ],
)
def test_tags(wanted: dict[str, Any] | None, purge: bool, expected: dict[str, Any]) -> None:
    assert tag_changes({"aws:x": "y", "b": "2"}, wanted, purge) == expected


def test_retag_removes_before_it_sets() -> None:
    calls: list[Any] = []
    retag({"aws:x": "y", "b": "2", "c": "3"}, {"aws:x": "y", "c": "4"}, calls.append, calls.append)
    assert calls == [["b"], {"c": "4"}]


def test_retag_is_silent_when_nothing_differs() -> None:
    calls: list[Any] = []
    retag({"b": "2"}, {"b": "2"}, calls.append, calls.append)
    assert calls == []


def test_an_error_is_explained_with_operation_and_cure() -> None:
    error = ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "CreateThing")
    assert (
        explain("Thing x", error, CURES)
        == "Thing x: CreateThing failed. Allow this operation in the policy of the identity that runs the play."
    )
    unreachable = EndpointConnectionError(endpoint_url="https://nowhere")
    assert explain("Thing x", unreachable, CURES).startswith("Thing x: AWS was not reached.")


class FakeClient:
    """Answers DescribeThing with one prepared answer after the other."""

    def __init__(self, answers: list[Any]) -> None:
        self.answers = answers
        self.meta = self
        self.method_to_api_mapping = {"describe_thing": "DescribeThing"}
        self.events = None
        self.service_model = self
        self.service_name = "thing"

    def describe_thing(self, **parameters: Any) -> Any:
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, str) and answer.startswith("!"):
            status = 500 if answer.startswith("!5") else 400
            response: Any = {
                "Error": {"Code": answer.removeprefix("!5").removeprefix("!"), "Message": "said"},
                "ResponseMetadata": {"HTTPStatusCode": status},
            }
            raise ClientError(response, "DescribeThing")
        return {"thing": {"status": answer, "why": ["disk", "network"]}}


@pytest.fixture
def naps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    taken: list[float] = []
    monkeypatch.setattr("time.sleep", taken.append)

    class Look:
        """What botocore would make of the waiter's data: its acceptors on one answer."""

        def __init__(self, waiter: dict[str, Any], client: FakeClient) -> None:
            from botocore.waiter import NormalizedOperationMethod, SingleWaiterConfig, Waiter

            config: Any = SingleWaiterConfig(waiter)
            self.wait = Waiter("waiter", config, NormalizedOperationMethod(client.describe_thing)).wait

    class Factory:
        def __init__(self, waiter: dict[str, Any]) -> None:
            self.waiter = waiter

        def get_waiter(self, client: FakeClient, _name: str) -> Look:
            return Look(self.waiter, client)

    monkeypatch.setattr(_waiters, "_OneWaiter", Factory)
    return taken


READY = status_waiter("DescribeThing", "thing.status", ["ok"], ["bad"], delay=2, retry_on=["NotYet"], reasons="thing.why")
GONE = gone_waiter("DescribeThing", "thing.status", ["NoThing"])


def test_waits_with_growing_pauses(naps: list[float]) -> None:
    wait_until(FakeClient(["!NotYet", "busy", "busy", "busy", "busy", "ok"]), READY, 60)
    assert naps == [0.5, 0.75, 1.125, 1.6875, 2]


def test_what_is_ready_is_not_waited_for(naps: list[float]) -> None:
    wait_until(FakeClient(["ok"]), READY, 60)
    wait_until(FakeClient(["!NoThing"]), GONE, 60)
    assert naps == []


@pytest.mark.usefixtures("naps")
def test_a_failure_says_why() -> None:
    with pytest.raises(ResourceError, match=r"DescribeThing says bad \(disk; network\)"):
        wait_until(FakeClient(["busy", "bad"]), READY, 60)
    with pytest.raises(ResourceError, match=r"DescribeThing says said"):
        wait_until(FakeClient(["!Other"]), READY, 60)


@pytest.mark.usefixtures("naps")
def test_a_timeout_says_what_it_saw_and_what_to_do() -> None:
    with pytest.raises(ResourceError, match=r"after 0 seconds DescribeThing still says busy .*raise wait_timeout"):
        wait_until(FakeClient(["busy"]), READY, 0)


def test_a_fault_of_aws_or_of_the_network_does_not_end_the_wait(naps: list[float]) -> None:
    lost = EndpointConnectionError(endpoint_url="https://nowhere")
    wait_until(FakeClient(["busy", "!5InternalServerException", lost, "!ThrottlingException", "ok"]), READY, 60)
    assert len(naps) == 4


@pytest.mark.usefixtures("naps")
def test_faults_that_do_not_end_are_reported() -> None:
    with pytest.raises(ResourceError, match=r"DescribeThing says said"):
        wait_until(FakeClient(["!5InternalServerException"]), READY, 600)
    with pytest.raises(EndpointConnectionError):
        wait_until(FakeClient([EndpointConnectionError(endpoint_url="https://nowhere")]), READY, 600)
