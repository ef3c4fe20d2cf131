# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One upgrade of a release on its way, and what is seen of it meanwhile.  Private to the collection."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from ansible_collections.stratum.aws.plugins.module_utils._helm import Chart, Helm, write_values
from ansible_collections.stratum.aws.plugins.module_utils._helm_records import Stored, history
from ansible_collections.stratum.aws.plugins.module_utils._helm_rollout_plan import Step
from ansible_collections.stratum.aws.plugins.module_utils._helm_rollout_watch import PodWatch
from ansible_collections.stratum.aws.plugins.module_utils._kubernetes_api import ApiError, KubernetesApi
from ansible_collections.stratum.aws.plugins.module_utils._outward import CHANGE, DELETE, Write, send
from ansible_collections.stratum.aws.plugins.module_utils._rollout_checks import Check

Document = dict[str, Any]

LEASE_SECONDS: Final = 45.0
"""A lease that was not renewed for so long is lost: the lock behind it expires after 60 s."""
_PLANNED_SECONDS: Final = 60.0


class StepFailed(Exception):
    """A step did not come up, or a check has found something; the message says what."""


class CheckFailed(StepFailed):
    """A check has found something, whatever the pods are like."""


class LeaseLost(Exception):
    """The lock of the stack is lost: nothing more may be changed."""


@dataclass
class Upgrades:
    """Upgrades one release by helm. `lease` is a file that is renewed while the stack's lock is held; `timeout` is in seconds."""

    api: KubernetesApi
    helm: Helm
    folder: Path
    name: str
    namespace: str
    chart: Chart
    timeout: int = 600
    history_max: int = 10
    hooks: bool = True
    restarts: int = 3
    lease: Path | None = None
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    _watch: PodWatch | None = field(default=None, init=False)

    @property
    def title(self) -> str:
        """What the release is called in messages."""
        return f"Release {self.namespace}/{self.name}"

    def revisions(self) -> list[Stored]:
        """Return the revisions of the release, the oldest first."""
        return history(self.api, self.namespace, self.name)

    def busy(self, stored: Stored) -> bool:
        """Return whether a helm that has begun a revision may still be at work."""
        try:
            began = datetime.fromisoformat(stored.updated.replace("Z", "+00:00"))
        except ValueError:
            return True
        return (datetime.now(UTC) - began).total_seconds() < self.timeout

    # -- watching ------------------------------------------------------------------------------------

    def watch(self) -> None:
        """From now on pods that come up are new."""
        self._watch = PodWatch(self.api, self.namespace, self.name, restarts=self.restarts, clock=self.clock)

    def settle(self) -> None:
        """From now on a new pod that begins again is trouble."""
        if self._watch:
            self._watch.settle()

    def must_be_well(self) -> None:
        """Raise StepFailed when there is no hope for a new pod."""
        if self._watch and (trouble := self._watch.trouble()):
            raise StepFailed(trouble)

    def ailments(self) -> list[Document]:
        """Return what ails the release's pods now."""
        return self._watch.ailments() if self._watch else PodWatch(self.api, self.namespace, self.name, restarts=self.restarts).ailments()

    def must_hold(self) -> None:
        """Raise LeaseLost when the stack's lock is not held any more."""
        if self.lease is None:
            return
        with suppress(OSError):
            if time.time() - self.lease.stat().st_mtime < LEASE_SECONDS:
                return
        raise LeaseLost("the lock of the stack is lost, so nothing more is changed")

    # -- changing ------------------------------------------------------------------------------------

    def upgrade(self, config: Mapping[str, Any], description: str, step: Step, *, checks: Sequence[Check]) -> None:
        """Upgrade the release to these values; StepFailed or HelmError when it does not come up, with nothing taken back."""
        self.must_hold()
        for each in checks:
            each.begin(max(_PLANNED_SECONDS, step.seconds))
        arguments = [
            *("upgrade", self.name, *self.chart.arguments(), "--namespace", self.namespace),
            *("--values", str(write_values(self.folder, config)), "--reset-values", "--description", description),
            # Nothing is forgotten meanwhile: the revision to go back to is the oldest that is needed.
            *("--history-max", "0", "--timeout", f"{self.timeout}s"),
            *(["--wait", "--wait-for-jobs"] if step.wait else []),
            *([] if step.hooks and self.hooks else ["--no-hooks"]),
        ]
        changes = [{"property": f"values.{path}", "new": value} for path, value in step.values.items()]
        parameters = {"name": self.name, "namespace": self.namespace, "step": description, "values": dict(step.values)}
        write = Write("helm", "UpgradeRelease", parameters, CHANGE, self.title, self.api.name, changes)
        send(write, lambda: self._helm(arguments, checks))
        if step.until:
            self._await(step.until)

    def roll_back(self, revision: int) -> None:
        """Go back to a revision by helm itself, and wait; StepFailed or HelmError when it does not come up."""
        self.must_hold()
        arguments = [
            "rollback",
            self.name,
            str(revision),
            "--namespace",
            self.namespace,
            "--cleanup-on-fail",
            "--wait",
            "--timeout",
            f"{self.timeout}s",
        ]
        parameters = {"name": self.name, "namespace": self.namespace, "revision": revision}
        write = Write("helm", "RollbackRelease", parameters, CHANGE, self.title, self.api.name)
        send(write, lambda: self._helm(arguments, ()))

    def prune(self) -> None:
        """Forget the revisions that were steps in the middle, for whoever reads the history wants deploys, and those that are too many."""
        past = [each for each in self.revisions()[:-1] if each.status != "deployed"]
        steps = [each for each in past if each.status == "superseded" and not each.settled]
        rest = [each for each in past if each not in steps]
        old = rest[: max(0, len(rest) + 1 - self.history_max)] if self.history_max else []
        for each in [*steps, *old]:
            name = f"sh.helm.release.v1.{self.name}.v{each.revision}"
            found = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "namespace": self.namespace}}
            write = Write("helm", "ForgetRevision", {"name": self.name, "revision": each.revision}, DELETE, self.title, self.api.name)
            # It is only tidying.
            with suppress(ApiError):
                self.api.delete(found, write)

    def _helm(self, arguments: Sequence[str], checks: Sequence[Check]) -> None:
        self.helm.watched(arguments, lambda: self._seen(checks))

    def _seen(self, checks: Sequence[Check]) -> str:
        """Raise what ends helm; return nothing that does."""
        self.must_hold()
        for each in checks:
            each.sample()
            if trouble := each.trouble():
                raise CheckFailed(trouble)
        self.must_be_well()
        return ""

    def _await(self, track: str) -> None:
        deadline = self.clock() + self.timeout
        while not (self._watch and self._watch.ready(track)):
            self.must_be_well()
            if self.clock() > deadline:
                raise StepFailed(f"the pods of {track} are not ready after {self.timeout} s")
            self.must_hold()
            self.sleep(0.5)
