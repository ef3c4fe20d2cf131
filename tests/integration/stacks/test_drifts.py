# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hidden drifts of Speckle's production: each is reported as what it is, nothing else is, and `site.yml` heals them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from tests.playbooks import Ran

from .conftest import Stack
from .drifts import Drift, Hands, Says, access, data, strays, watching

# One worker converges the stack once, and goes through the rounds in their order.
pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.xdist_group("drifts"), pytest.mark.timeout(900)]

DRIFTS = [*access.DRIFTS, *data.DRIFTS, *watching.DRIFTS, *strays.DRIFTS]
EARLY, *ROUNDS = sorted({drift.round for drift in DRIFTS})


@dataclass
class Round:
    """What a round's drifts came to: the drift's run, what it wrote, and the run that healed."""

    number: int
    ran: Ran
    report: dict[str, Any]
    writes: list[dict[str, Any]]
    healed: Ran | None = None
    converged: dict[str, Any] = field(default_factory=dict)
    """The report of the run that healed."""

    @property
    def nodes(self) -> dict[tuple[str, str, str | None], dict[str, Any]]:
        """What the report says of each resource that is not as it should be."""
        quiet = ("unchanged", "skipped")
        return {(node["action"], node["name"], node["item"]): node for node in self.report["nodes"] if node["action"] not in quiet}

    @property
    def orphans(self) -> list[str]:
        """The ARNs of what was found to belong to no node."""
        return [orphan["arn"] for orphan in self.report["orphans"]]

    def shown(self, key: tuple[str, str, str | None]) -> list[str]:
        """What the report shows of a resource: the properties that differ, and the names of the calls that say nothing of any."""
        calls = [*self.nodes[key]["operations"], *self.nodes[key]["follows"]]
        return [each for call in calls for each in [change["property"] for change in call.get("changes") or ()] or [call["operation"]]]


class Rounds:
    """Makes the drifts of a round when the first test asks for it, after those of the rounds before."""

    def __init__(self, speckle: Stack) -> None:
        self._speckle = speckle
        self._done: dict[int, Round] = {}

    def __getitem__(self, number: int) -> Round:
        for each in (EARLY, *ROUNDS):
            if each not in self._done and each <= number:
                self._done[each] = self._make(each)
        return self._done[number]

    def _make(self, number: int) -> Round:
        for drift in DRIFTS:
            if drift.round == number:
                drift.make(Hands(self._speckle.account))
        before = len(self._speckle.account.writes())
        part = {"converge_target": "Create the buckets"} if number == EARLY else {}
        ran = self._speckle.run("--diff", playbook="playbooks/drift.yml", variables=part)
        report = ran.report("drift", "speckle", "prod")
        writes = self._speckle.account.writes()[before:]
        if number == EARLY:
            return Round(number, ran, report, writes)
        # Nothing may be destroyed in the first round. What that left is in the second one's report, and healed at once; otherwise
        # healing waits for the maintenance window, which restarts nothing.
        now = {"data_tier_apply_immediately": True} if number <= ROUNDS[1] else {}
        meant = {"allow_destructive": True} if number == ROUNDS[1] else {}
        healed = self._speckle.run(variables={**now, **meant})
        return Round(number, ran, report, writes, healed, healed.report("converge", "speckle", "prod"))


@pytest.fixture(scope="module")
def rounds(speckle: Stack) -> Rounds:
    """The rounds of drifts in Speckle's account."""
    return Rounds(speckle)


RESTARTED = ("Create the databases", "Create the caches")
"""What the first round gives other classes: healing that means a restart."""


def said_of(number: int) -> list[Says]:
    """Return what a round's report must say of resources that have nodes."""
    rounds = (number, EARLY) if number == ROUNDS[0] else (number,)
    made = [says for drift in DRIFTS if drift.round in rounds for says in drift.says]
    left = [says for drift in DRIFTS if drift.round == ROUNDS[0] for says in drift.says if says.name in RESTARTED]
    return [says for says in [*made, *(left if number == ROUNDS[1] else ())] if says.action != "orphan"]


STRANGERS = [says.name for drift in DRIFTS for says in drift.says if says.action == "orphan"]
"""What the ARNs of orphans contain. They are made in the first round, and there in each report until they are removed."""


@pytest.mark.parametrize("drift", DRIFTS, ids=[f"{drift.round}: {drift.what}" for drift in DRIFTS])
def test_a_drift_is_reported_as_what_it_is(rounds: Rounds, drift: Drift) -> None:
    done = rounds[drift.round]
    for says in drift.says:
        if says.action == "orphan":
            assert len([arn for arn in done.orphans if says.name in arn]) == 1, done.orphans
            continue
        assert says.key in done.nodes, sorted(map(str, done.nodes))
        shown = done.shown(says.key)
        assert [each for each in says.properties if not any(replace(says, properties=[each]).tells_of(one) for one in shown)] == [], shown


@pytest.mark.parametrize("number", [EARLY, *ROUNDS])
def test_nothing_else_is_reported(rounds: Rounds, number: int) -> None:
    done, said = rounds[number], said_of(number)
    expected = {says.key for says in said}
    assert {key: node["operations"] or node["message"] for key, node in done.nodes.items() if key not in expected} == {}
    changed = {key: done.shown(key) for key in done.nodes if key[0] == "change"}
    told = {key: [says for says in said if says.key == key] for key in changed}
    unsaid = {key: [one for one in shown if not any(says.tells_of(one) for says in told[key])] for key, shown in changed.items()}
    assert {key: shown for key, shown in unsaid.items() if shown} == {}
    assert [arn for arn in done.orphans if not any(name in arn for name in STRANGERS)] == []


@pytest.mark.parametrize("number", [EARLY, *ROUNDS])
def test_looking_fails_and_writes_nothing(rounds: Rounds, number: int) -> None:
    done = rounds[number]
    assert done.ran.code == 2, done.ran.output
    assert done.writes == []


@pytest.mark.parametrize("number", ROUNDS)
def test_converging_heals(rounds: Rounds, number: int) -> None:
    # What it left would be in the next round's report, or after the last one in that of the orphans that must stay.
    healed = rounds[number].healed
    assert healed is not None
    healed.check(2 if number == ROUNDS[0] else 0)


def test_nothing_is_destroyed_unasked(rounds: Rounds) -> None:
    nodes = rounds[ROUNDS[0]].converged["nodes"]
    failed = {node["name"]: node["message"] for node in nodes if node["action"] == "failed"}
    # Other classes mean a restart.
    assert set(failed) == set(RESTARTED)
    assert all("allow_destructive=true" in message for message in failed.values())
    # It is not forgotten: the next round's report has it again.
    assert set(RESTARTED) <= {name for _action, name, _item in rounds[ROUNDS[1]].nodes}


# -- Orphans that depend on each other, and such that must not go ----------------------------------------


def test_orphans_are_listed_and_only_on_request_removed_in_order(rounds: Rounds, speckle: Stack) -> None:
    before_these = rounds[ROUNDS[-1]].orphans
    by = Hands(speckle.account)
    strays.make_a_network(by)
    strays.make_what_must_stay(by)
    before = len(speckle.account.writes())
    listed = speckle.run(playbook="playbooks/orphans.yml").check().report("orphans", "speckle", "prod")["orphans"]
    assert speckle.account.writes()[before:] == []
    made = [arn for arn in (orphan["arn"] for orphan in listed) if arn not in before_these]
    kinds = sorted(arn.split(":", 5)[5].split("/")[0].split(":")[0] for arn in made)
    assert kinds == ["db", "instance", "security-group", "security-group", "stray-full-bucket", "subnet", "volume", "vpc"]
    assert len(listed) == len(made) + len(STRANGERS)

    ran = speckle.run(playbook="playbooks/orphans.yml", variables={"remove": True}).check(2)
    nodes = ran.report("orphans", "speckle", "prod")["nodes"]
    refused = {node["item"].rpartition(":")[2]: node["message"] for node in nodes if node["action"] == "failed"}
    # What a database may need stays with it.
    waiting = {name for name, message in refused.items() if "stays as long as rds:db stray-protected is there" in message}
    assert {name.partition("-")[0] for name in waiting} == {"role/stray", "stray"}
    assert set(refused) == {"stray-full-bucket", "stray-protected", *waiting}
    assert all(name in ran.output for name in refused)

    # They are all that is left, and after the last round nothing has drifted.
    report = speckle.run(playbook="playbooks/drift.yml").check(2).report("drift", "speckle", "prod")
    assert {orphan["arn"].rpartition(":")[2] for orphan in report["orphans"]} == set(refused)
    assert {node["action"] for node in report["nodes"]} <= {"unchanged", "skipped"}
