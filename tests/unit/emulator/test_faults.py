# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fault decisions are made from the seed, and the file's mistakes are named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.emulator import faults
from tests.emulator.request import Call

CALL = Call("ec2", "ca-central-1", "DescribeVpcs", {"VpcIds": ["vpc-1"]}, "ec2")


def plan(**rule: Any) -> faults.FaultPlan:
    return faults.parse({"seed": 3, "faults": [rule]})


def outcomes(of: faults.FaultPlan, call: Call = CALL, count: int = 2000) -> list[str | None]:
    return [of.decide(of.rules[0], call, call.parameters_hash(), number) for number in range(count)]


def test_the_same_seed_decides_the_same_and_another_differently() -> None:
    chosen = plan(throttle=0.5)
    assert outcomes(chosen) == outcomes(plan(throttle=0.5))
    other = faults.FaultPlan(4, chosen.rules)
    assert outcomes(other) != outcomes(chosen)
    assert outcomes(chosen, Call("ec2", "ca-central-1", "DescribeVpcs", {}, "ec2")) != outcomes(chosen)


def test_probabilities_are_met() -> None:
    found = outcomes(plan(throttle=0.2, error=0.1, drop=0.05, lose=0.05))
    shares = {kind: found.count(kind) / len(found) for kind in ("throttle", "error", "drop", "lose")}
    assert shares == pytest.approx({"throttle": 0.2, "error": 0.1, "drop": 0.05, "lose": 0.05}, abs=0.03)
    assert set(outcomes(plan(lag=5))) == {None}


def test_the_first_matching_rule_counts() -> None:
    chosen = faults.parse(
        {"faults": [{"service": "ec2", "operation": "Describe*", "error": 1}, {"service": "e*", "throttle": 1, "lag": 2}]}
    )
    found = chosen.rule_for(CALL)
    assert found is not None
    assert found[0] == 0
    assert faults.lag_of(chosen)(CALL) == 0
    assert faults.lag_of(chosen)(Call("eks", "r", "CreateCluster")) == 2
    assert chosen.rule_for(Call("s3", "r", "ListBuckets")) is None


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ([], "`seed` and `faults`"),
        ({"seed": "x", "faults": []}, "an integer"),
        ({"faults": [{"throtle": 1}]}, "the keys may be"),
        ({"faults": [{"throttle": 0.8, "error": 0.3}]}, "add up to at most 1"),
        ({"faults": [{"throttle": -1}]}, "probabilities"),
        ({"faults": [{"lag": -1}]}, "seconds"),
    ],
)
def test_mistakes_in_the_file_are_named(content: object, message: str) -> None:
    with pytest.raises(faults.FaultsError, match=message):
        faults.parse(content)


def test_an_unreadable_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(faults.FaultsError, match=r"absent\.yml cannot be read"):
        faults.load(tmp_path / "absent.yml")


@pytest.mark.parametrize(
    ("service", "protocol", "code"),
    [
        ("ec2", "ec2", "RequestLimitExceeded"),
        ("s3", "rest-xml", "SlowDown"),
        ("lambda", "rest-json", "TooManyRequestsException"),
        ("iam", "query", "Throttling"),
        ("route53", "rest-xml", "Throttling"),
        ("kms", "json", "ThrottlingException"),
    ],
)
def test_each_service_throttles_in_its_own_words(service: str, protocol: str, code: str) -> None:
    assert faults.throttling(Call(service, "r", "X", {}, protocol)).code == code


def test_generated_ids_do_not_change_a_requests_hash() -> None:
    def hashed(identifier: str) -> str:
        return Call("ec2", "r", "DescribeVpcs", {"VpcIds": [identifier]}).parameters_hash()

    assert hashed("vpc-0123456789abcdef0") == hashed("vpc-fedcba98765432100")
    assert hashed("vpc-0123456789abcdef0") != hashed("subnet-0123456789abcdef0")
    assert hashed("a") != hashed("b")
