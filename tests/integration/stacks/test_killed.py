# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""kill -9 at any moment, then `site.yml` again: the account of an undisturbed run, nothing doubled, nothing forgotten.

Several runs in a row are killed in one account, each a number of writes further on; the last one comes to its end. Moments
are counted in writes (see `killing.py`), half of them in an account where clusters, databases and gateways take a while, so
that the next run finds them half made.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests import accounts
from tests.accounts import Snapshot
from tests.emulator import process
from tests.emulator.delays import Mode
from tests.emulator.fixtures import Emulator

from .conftest import REGION
from .killing import Gate, Moment, Run

# One worker makes all accounts, two at the same time, once for the whole module.
pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.xdist_group("killed"), pytest.mark.timeout(900)]

SEEDS: dict[int, Mode] = {1: "none", 2: "fast"}
KILLS = 5
HALVES = (
    "acm RequestCertificate",
    "backup CreateBackupVault",
    "cloudwatch PutDashboard",
    "ec2 AllocateAddress",
    "ec2 CreateInternetGateway",
    "ec2 CreateNatGateway",
    "ec2 CreateRouteTable",
    "ec2 CreateSubnet",
    "ec2 CreateVpc",
    "iam CreateRole",
    "logs CreateLogGroup",
    "route53 CreateHostedZone",
    "s3 CreateBucket",
    "secretsmanager CreateSecret",
    "sns CreateTopic",
)
"""Creations that are followed by another write for the same resource: its tags, its attachment, its settings."""
CREATING = ("Create", "Allocate", "Request", "Run", "Subscribe")


@dataclass
class Story:
    """What happened in one account: where its runs were killed, what all made, and what it holds at the end."""

    killed_after: list[str] = field(default_factory=list)
    writes: list[str] = field(default_factory=list)
    last: list[str] = field(default_factory=list)
    """The writes of one more run after the end."""
    holds: Snapshot = field(default_factory=dict)
    locks: list[str] = field(default_factory=list)
    access_keys: dict[str, int] = field(default_factory=dict)
    """How many access keys each user has, up to two."""

    @property
    def creations(self) -> Counter[str]:
        """How often each kind of resource was created.

        Access keys are left out: AWS tells a key's secret only once, so one that was not stored must be made again.
        """
        creating = (write for write in self.writes if write.partition(" ")[2].startswith(CREATING))
        return Counter(write for write in creating if write != "iam CreateAccessKey")


class Teller:
    """Runs Speckle's production in an account of its own, again and again."""

    def __init__(self, name: str, delays: Mode, directory: Path) -> None:
        self._name = f"killed-{name}-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}-{os.getpid()}"
        self._account = Emulator(process.start(self._name, {"delays": delays}, owner=os.getpid()))
        self._gate = Gate(self._account)
        self._directory = directory / name
        self._directory.mkdir()
        self._runs = 0
        self.story = Story()

    def run(self, moment: Moment | None = None) -> Run:
        """Start a run that makes no write after this one."""
        self._runs += 1
        self._gate.close_after(moment)
        reports = self._directory / str(self._runs)
        return Run(self._account, self._gate, "site.yml", "--limit", "speckle", inventory="inventories/prod", reports=reports)

    def kill(self, moment: Moment, *, only_the_main_process: bool = False) -> bool:
        """Run until then and kill; False when the run came to its end before."""
        run = self.run(moment)
        if not run.reach():
            run.end()
            self.story.writes += self._gate.writes
            return False
        self.story.killed_after.append(self._gate.writes[-1])
        if only_the_main_process:
            run.kill_main()
        else:
            run.kill()
        self.story.writes += self._gate.writes
        return True

    def end(self) -> Story:
        """Run to the end, and once more; look at what there is, and take the account away."""
        try:
            self.run().end()
            self.story.writes += self._gate.writes
            self.run().end()
            self.story.last = self._gate.writes
            self.story.holds = accounts.snapshot(lambda service: self._account.client(service, region=REGION))
            parameters = self._account.client("ssm", region=REGION).describe_parameters()["Parameters"]
            self.story.locks = [parameter["Name"] for parameter in parameters]
            iam = self._account.client("iam", region=REGION)
            for name in (user["UserName"] for user in iam.list_users()["Users"]):
                self.story.access_keys[name] = len(iam.list_access_keys(UserName=name)["AccessKeyMetadata"])
        finally:
            self.forget()
        return self.story

    def forget(self) -> None:
        """Take the account away."""
        self._gate.end()
        self._account.stop()
        process.forget(self._name)


def undisturbed(directory: Path) -> Story:
    return Teller("undisturbed", "none", directory).end()


def at_random(seed: int, writes: int, directory: Path) -> Story:
    """Kill runs at random moments of the whole way; one in five loses only its main process, and must stop by itself."""
    chance = random.Random(seed)
    teller = Teller(f"seed-{seed}", SEEDS[seed], directory)
    alone = chance.randrange(KILLS)
    for number, cut in enumerate(sorted(chance.sample(range(1, writes - KILLS), KILLS))):
        # An engine that has lost its main process finishes the calls that run, and may get further than its cut.
        teller.kill(Moment(max(1, cut - len(teller.story.writes))), only_the_main_process=number == alone)
    return teller.end()


def after_halves(directory: Path) -> Story:
    """Kill a run right after the first of each of HALVES."""
    teller = Teller("halves", "none", directory)
    left = set(HALVES)
    while left and teller.kill(Moment(among=frozenset(left))):
        left.discard(teller.story.killed_after[-1])
    return teller.end()


@pytest.fixture(scope="module")
def stories(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Story]]:
    """What happened in each account, by a name for it."""
    directory = tmp_path_factory.mktemp("killed")
    asked = [seed for seed in SEEDS if any(item.name.endswith(f"[seed {seed}]") for item in request.session.items)]
    with ThreadPoolExecutor(2) as together:
        told = {"halves": together.submit(after_halves, directory), "undisturbed": together.submit(undisturbed, directory)}
        writes = len(told["undisturbed"].result().writes)
        told.update({f"seed {seed}": together.submit(at_random, seed, writes, directory) for seed in asked})
        yield {name: future.result() for name, future in told.items()}


# The random moments of an account that takes no time are asked at length only.
KILLED = [pytest.param("seed 1", marks=pytest.mark.long), "seed 2", "halves"]


@pytest.mark.parametrize("name", KILLED)
def test_runs_were_killed_where_they_were_to_be(stories: dict[str, Story], name: str) -> None:
    if name == "halves":
        assert sorted(stories[name].killed_after) == sorted(HALVES)
    else:
        assert len(stories[name].killed_after) == KILLS


@pytest.mark.parametrize("name", KILLED)
def test_the_account_is_that_of_an_undisturbed_run(stories: dict[str, Story], name: str) -> None:
    differing = accounts.differences(stories["undisturbed"].holds, stories[name].holds)
    assert not differing, "\n".join([f"killed after {stories[name].killed_after}", *differing])


@pytest.mark.parametrize("name", KILLED)
def test_nothing_was_created_twice(stories: dict[str, Story], name: str) -> None:
    assert stories[name].creations == stories["undisturbed"].creations
    assert stories["undisturbed"].access_keys == {"speckle-cluster-storage": 1}
    # One more where a run was killed before it could store its own: that goes when it is in the way.
    assert stories[name].access_keys in ({"speckle-cluster-storage": 1}, {"speckle-cluster-storage": 2})


@pytest.mark.parametrize("name", KILLED)
def test_one_more_run_changes_nothing_and_no_lock_is_left(stories: dict[str, Story], name: str) -> None:
    assert stories[name].last == []
    assert stories[name].locks == []
