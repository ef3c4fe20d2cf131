# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A plan lets a module go on behind a write that was not made, and never for ever."""

from __future__ import annotations

import time
from typing import Any

import botocore.session
import pytest
from ansible_collections.stratum.aws.plugins.plugin_utils.barrier import _simulated
from ansible_collections.stratum.aws.plugins.plugin_utils.barrier._simulated import KNOWN_AFTER_APPLY, Naps, SeenEnough

SESSION = botocore.session.Session()


def answer(service: str, operation: str, **parameters: Any) -> dict[str, Any]:
    model = SESSION.get_service_model(service).operation_model(operation)
    return _simulated.answer(model.output_shape, parameters)


def test_an_answer_has_the_shape_of_awss_and_the_values_that_were_asked_for() -> None:
    group = answer("ec2", "CreateSubnet", CidrBlock="10.0.1.0/24", VpcId="vpc-1")
    assert group["Subnet"]["CidrBlock"] in ("10.0.1.0/24", KNOWN_AFTER_APPLY)
    assert group["Subnet"]["SubnetId"] == KNOWN_AFTER_APPLY
    assert group["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert answer("ec2", "CreateTags", Resources=["x"], Tags=[])["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_no_answer_asks_for_a_further_page() -> None:
    """Nor does any other operation with an output, of the services that modules of ours use most."""
    paging = {"NextToken", "nextToken", "Marker", "NextMarker", "IsTruncated", "HasMoreResults"}
    for service in ("ec2", "iam", "s3", "rds", "logs", "route53", "elbv2", "eks"):
        model = SESSION.get_service_model(service)
        for name in model.operation_names:
            shape = model.operation_model(name).output_shape
            given = _simulated.answer(shape, {}) if shape is not None else {}
            assert not paging & given.keys(), (service, name)


def test_a_shape_that_holds_itself_comes_to_an_end() -> None:
    assert answer("wafv2", "CreateRuleGroup")["Summary"]["Name"] == KNOWN_AFTER_APPLY
    assert isinstance(answer("cloudfront", "CreateDistribution"), dict)


# -- waiting ---------------------------------------------------------------------------------------------


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The real naps that were taken; nobody really sleeps."""
    real: list[float] = []
    monkeypatch.setattr(_simulated, "_sleep", real.append)
    monkeypatch.setattr(time, "sleep", time.sleep)
    _simulated.install()
    return real


def poll(most: int) -> int:
    for _number in range(most):
        time.sleep(60)
    return most


def test_a_module_that_waits_for_what_a_plan_has_not_done_is_stopped_soon(slept: list[float]) -> None:
    naps = Naps()
    naps.counting = True
    with _simulated.impatient(naps), pytest.raises(SeenEnough):
        poll(10)
    assert slept == []


def test_nobody_can_swallow_the_end_of_waiting(slept: list[float]) -> None:
    def stubborn() -> None:
        for _number in range(100):
            try:
                time.sleep(60)
            except Exception:
                continue

    def bare() -> None:
        try:
            time.sleep(60)
        except BaseException:
            time.sleep(60)

    naps = Naps()
    naps.counting = True
    with _simulated.impatient(naps), pytest.raises(SeenEnough):
        stubborn()
    with _simulated.impatient(naps), pytest.raises(SeenEnough):
        bare()
    assert slept == []


def test_before_its_first_write_a_module_waits_as_it_likes(slept: list[float]) -> None:
    with _simulated.impatient(Naps()):
        assert poll(5) == 5
    assert slept == [60] * 5


def test_what_a_removal_waits_for_does_not_come_in_a_plan(slept: list[float]) -> None:
    with _simulated.impatient(Naps(always=True)), pytest.raises(SeenEnough):
        poll(10)
    assert slept == []


def test_a_read_that_was_throttled_is_tried_again_in_the_plan_of_a_removal(slept: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(globals(), "__name__", "ansible_collections.amazon.aws.plugins.module_utils.cloud")
    with _simulated.impatient(Naps(always=True)):
        assert poll(5) == 5
    assert slept == [60] * 5


def test_botocore_waits_before_it_tries_again_also_behind_a_write(slept: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    naps = Naps()
    naps.counting = True
    for name in ("botocore.retries.standard", "botocore.endpoint", "botocore.retryhandler"):
        with monkeypatch.context() as patched, _simulated.impatient(naps):
            patched.setitem(globals(), "__name__", name)
            assert poll(5) == 5
    assert slept == [60] * 15


def test_behind_one_module_the_next_begins_anew(slept: list[float]) -> None:
    for _unused in range(3):
        naps = Naps()
        naps.counting = True
        with _simulated.impatient(naps):
            poll(2)
    poll(9)
    assert slept == [60] * 9
