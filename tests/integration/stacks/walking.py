# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How AccountabilityAtlas goes through its phases in tests: production on one account, each phase once, and staging beside it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.emulator import process
from tests.emulator.fixtures import Emulator
from tests.playbooks import Ran

from .phases import REGION, STACK, Grown, run

NAME = "accountabilityatlas-prod"
MIGRATE = "playbooks/phase_migrate.yml"
GROUP = "accountabilityatlas"
Identities = dict[str, dict[Any, Any]]


class Walk:
    """Production's account, and the phases that it has come to. None leads back."""

    def __init__(self, account: Emulator, first: Ran, reports: Path) -> None:
        """Begin in phase 1, which `first` has converged."""
        self.account = account
        self.reports = reports
        self.phase = 1
        self.begun = identities(account)
        """What held data in phase 1, and since when."""
        self.kept = {1: self.begun}
        """The same after each phase."""
        self._grown = {1: Grown("prod", 1, account, reports, first, {}, [])}
        self._failed: BaseException | None = None

    def to(self, phase: int) -> Grown:
        """Go on to a phase, step by step, and return what it is like."""
        if phase < self.phase:
            raise RuntimeError(f"production is in phase {self.phase} already, and the test for phase {phase} comes too late")
        while self.phase < phase:
            if self._failed:
                raise RuntimeError(f"production did not get to phase {self.phase + 1}") from self._failed
            try:
                self._grown[self.phase + 1] = self._step(self.phase + 1)
            except BaseException as problem:
                self._failed = problem
                raise
            self.phase += 1
            self.kept[self.phase] = identities(self.account)
        return self._grown[phase]

    def _step(self, phase: int) -> Grown:
        """Go on to the next phase: by the playbook of migrations, and to the last one by a plan that is saved and applied."""
        reports = self.reports / str(phase)
        if phase < 4:
            # In phase 3, the databases' new classes are wanted at once; in phase 2, they wait for the maintenance window.
            at_once = {"data_tier_apply_immediately": True, "allow_destructive": True} if phase == 3 else {}
            meant = {"to_phase": phase, "phase_drain_seconds": 0, **at_once}
            done = run(self.account, "prod", None, reports, playbook=MIGRATE, **meant).check()
            return Grown("prod", phase, self.account, reports, done, done.report("plan", STACK, "prod"), [])
        before = len(self.account.writes())
        saved = self.reports / "saved.plan"
        planned = run(self.account, "prod", phase, reports, playbook="playbooks/plan.yml", plan_file=str(saved)).check()
        written = self.account.writes()[before:]
        done = run(self.account, "prod", phase, reports, plan_file=str(saved)).check()
        return Grown("prod", phase, self.account, reports, done, planned.report("plan", STACK, "prod"), written)


def staging_from_scratch(reports: Path) -> Iterator[Grown]:
    """Give staging in phase 3, planned on an empty account and then converged there."""
    name = f"staging-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}-{os.getpid()}"
    account = Emulator(process.start(name, {}))
    try:
        planned = run(account, "staging", 3, reports, "--check").check().report("plan", STACK, "staging")
        written = account.writes()
        first = run(account, "staging", 3, reports).check()
        yield Grown("staging", 3, account, reports, first, planned, written)
    finally:
        account.stop()
        process.forget(name)


def identities(account: Emulator) -> Identities:
    """Return what tells databases, buckets, queues, repositories and secrets from others that are called the same: ARNs and moments."""
    (database,) = account.client("rds", region=REGION).describe_db_instances(DBInstanceIdentifier=NAME)["DBInstances"]
    sqs = account.client("sqs", region=REGION)
    queues = {}
    for url in sqs.list_queues()["QueueUrls"]:
        attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn", "CreatedTimestamp"])["Attributes"]
        queues[url] = (attributes["QueueArn"], attributes["CreatedTimestamp"])
    repositories = account.client("ecr", region=REGION).describe_repositories()["repositories"]
    secrets = account.client("secretsmanager", region=REGION)
    listed = secrets.list_secrets()["SecretList"]
    caches = account.client("elasticache", region=REGION).describe_replication_groups()["ReplicationGroups"]
    searches = account.client("opensearch", region=REGION)
    domains = [searches.describe_domain(DomainName=each["DomainName"]) for each in searches.list_domain_names()["DomainNames"]]
    return {
        "database": {database["DBInstanceArn"]: (database["DbiResourceId"], database["InstanceCreateTime"])},
        "buckets": {each["Name"]: each["CreationDate"] for each in account.client("s3", region=REGION).list_buckets()["Buckets"]},
        "queues": queues,
        "repositories": {each["repositoryArn"]: (each["repositoryUri"], each["createdAt"]) for each in repositories},
        "secrets": {each["Name"]: (each["ARN"], each["CreatedDate"]) for each in listed},
        # No key and no password is made anew, so that none of the users is logged out.
        "values": {
            name: secrets.get_secret_value(SecretId=name)["VersionId"]
            for name in ("accountabilityatlas/prod/jwt", "accountabilityatlas/prod/admin", "accountabilityatlas/prod/ssh")
        },
        "caches": {each["ARN"]: each.get("ReplicationGroupCreateTime") for each in caches},
        "searches": {each["DomainStatus"]["ARN"]: each["DomainStatus"]["DomainId"] for each in domains},
    }


def in_order_of_phases(items: list[pytest.Item]) -> None:
    """Sort the tests of production's phases by the phase, in the places that they have; those without one are for the first."""

    def group(item: pytest.Item) -> bool:
        mark = item.get_closest_marker("xdist_group")
        return mark is not None and mark.args == (GROUP,)

    def phase(item: pytest.Item) -> int:
        asked: dict[str, Any] = getattr(getattr(item, "callspec", None), "params", {})
        return int(str(asked.get("grown", "prod-1")).rpartition("-")[2])

    places = [place for place, item in enumerate(items) if group(item)]
    for place, item in zip(places, sorted((items[place] for place in places), key=phase), strict=True):
        items[place] = item
