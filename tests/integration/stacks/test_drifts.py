# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hidden drifts of Speckle's production: each is reported as what it is, nothing else is, and `site.yml` heals them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest

from tests.playbooks import Ran

from .conftest import Stack
from .drifts import Drift, Hands, Says, access, data, strays, watching

# One worker converges the stack once, and goes through the rounds in their order.
pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.xdist_group("drifts"), pytest.mark.timeout(900)]

DRIFTS = [*access.DRIFTS, *data.DRIFTS, *watching.DRIFTS, *strays.DRIFTS]
ROUNDS = sorted({drift.round for drift in DRIFTS})


@dataclass
class Round:
    """What a round's drifts came to: the drift's run, what it wrote, and the run that healed."""

    number: int
    ran: Ran
    report: dict[str, Any]
    writes: list[dict[str, Any]]
    healed: Ran
    refused: dict[str, Any]
    """In the first round, the report of a run before that, which was not allowed to destroy anything."""

    @property
    def nodes(self) -> dict[tuple[str, str, str | None], dict[str, Any]]:
        """What the report says of each resource that is not as it should be."""
        quiet = ("unchanged", "skipped")
        return {(node["action"], node["name"], node["item"]): node for node in self.report["nodes"] if node["action"] not in quiet}

    @property
    def orphans(self) -> list[str]:
        """The ARNs of what was found to belong to no node."""
        return [orphan["arn"] for orphan in self.report["orphans"]]


class Rounds:
    """Makes the drifts of a round when the first test asks for it, after those of the rounds before."""

    def __init__(self, speckle: Stack) -> None:
        self._speckle = speckle
        self._done: dict[int, Round] = {}

    def __getitem__(self, number: int) -> Round:
        for each in ROUNDS:
            if each not in self._done and each <= number:
                self._done[each] = self._make(each)
        return self._done[number]

    def _make(self, number: int) -> Round:
        drifts = [drift for drift in DRIFTS if drift.round == number]
        for drift in drifts:
            drift.make(Hands(self._speckle.account))
        before = len(self._speckle.account.writes())
        ran = self._speckle.run("--diff", playbook="playbooks/drift.yml")
        report = ran.report("drift", "speckle", "prod")
        writes = self._speckle.account.writes()[before:]
        # In the first round classes were changed. Otherwise their healing waits for the maintenance window, which restarts nothing.
        now = {"data_tier_apply_immediately": True}
        refused = self._speckle.run(variables=now).check(2).report("converge", "speckle", "prod") if number == ROUNDS[0] else {}
        healed = self._speckle.run(variables={**now, "allow_destructive": True} if number == ROUNDS[0] else None)
        if any(says.action == "orphan" for drift in drifts for says in drift.says):
            self._speckle.run(playbook="playbooks/orphans.yml", variables={"remove": True}).check()
        return Round(number, ran, report, writes, healed, refused)


@pytest.fixture(scope="module")
def rounds(speckle: Stack) -> Rounds:
    """The rounds of drifts in Speckle's account."""
    return Rounds(speckle)


def said_of(number: int) -> list[Says]:
    return [says for drift in DRIFTS if drift.round == number for says in drift.says]


@pytest.mark.parametrize("drift", DRIFTS, ids=[f"{drift.round}: {drift.what}" for drift in DRIFTS])
def test_a_drift_is_reported_as_what_it_is(rounds: Rounds, drift: Drift) -> None:
    done = rounds[drift.round]
    for says in drift.says:
        if says.action == "orphan":
            assert len([arn for arn in done.orphans if says.name in arn]) == 1, done.orphans
            continue
        assert says.key in done.nodes, sorted(map(str, done.nodes))
        node = done.nodes[says.key]
        shown = json.dumps([*node["operations"], *node["follows"]])
        assert [each for each in says.properties if each not in shown] == []


@pytest.mark.parametrize("number", ROUNDS)
def test_nothing_else_is_reported(rounds: Rounds, number: int) -> None:
    done = rounds[number]
    expected = {says.key for says in said_of(number) if says.action != "orphan"}
    assert {key: node["operations"] or node["message"] for key, node in done.nodes.items() if key not in expected} == {}
    strangers = [says.name for says in said_of(number) if says.action == "orphan"]
    assert [arn for arn in done.orphans if not any(name in arn for name in strangers)] == []


@pytest.mark.parametrize("number", ROUNDS)
def test_looking_fails_and_writes_nothing(rounds: Rounds, number: int) -> None:
    done = rounds[number]
    assert done.ran.code == (2 if said_of(number) else 0), done.ran.output
    assert done.writes == []


@pytest.mark.parametrize("number", ROUNDS)
def test_converging_heals(rounds: Rounds, number: int) -> None:
    # What it left would be in the next round's report, or in the last one.
    rounds[number].healed.check()


def test_nothing_is_destroyed_unasked(rounds: Rounds) -> None:
    failed = {node["name"]: node["message"] for node in rounds[ROUNDS[0]].refused["nodes"] if node["action"] == "failed"}
    # Other classes mean a restart.
    assert set(failed) == {"Create the databases", "Create the caches"}
    assert all("allow_destructive=true" in message for message in failed.values())


def test_after_the_last_round_nothing_has_drifted(rounds: Rounds, speckle: Stack) -> None:
    assert rounds[ROUNDS[-1]].healed.code == 0
    ran = speckle.run(playbook="playbooks/drift.yml").check()
    report = ran.report("drift", "speckle", "prod")
    assert {node["action"] for node in report["nodes"]} <= {"unchanged", "skipped"}
    assert report["orphans"] == []


# -- Orphans that depend on each other, and such that must not go ----------------------------------------


def test_orphans_are_listed_and_only_on_request_removed_in_order(rounds: Rounds, speckle: Stack) -> None:
    assert rounds[ROUNDS[-1]].healed.code == 0
    by = Hands(speckle.account)
    strays.make_a_network(by)
    strays.make_what_must_stay(by)
    before = len(speckle.account.writes())
    listed = speckle.run(playbook="playbooks/orphans.yml").check().report("orphans", "speckle", "prod")["orphans"]
    assert speckle.account.writes()[before:] == []
    kinds = sorted(orphan["arn"].split(":", 5)[5].split("/")[0].split(":")[0] for orphan in listed)
    assert kinds == ["db", "instance", "security-group", "security-group", "stray-full-bucket", "subnet", "volume", "vpc"]

    ran = speckle.run(playbook="playbooks/orphans.yml", variables={"remove": True}).check(2)
    nodes = ran.report("orphans", "speckle", "prod")["nodes"]
    refused = {node["item"].rpartition(":")[2]: node["message"] for node in nodes if node["action"] == "failed"}
    assert set(refused) == {"stray-full-bucket", "stray-protected"}
    assert all(name in ran.output for name in refused)
    left = speckle.run(playbook="playbooks/orphans.yml").check().report("orphans", "speckle", "prod")["orphans"]
    assert sorted(orphan["arn"].rpartition(":")[2] for orphan in left) == ["stray-full-bucket", "stray-protected"]
