# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A release that is brought to a tag step by step, watched, and back when it does not do well.  Private to the collection.

What has been done is kept where Helm keeps it, in the revisions and their descriptions: a run that was killed is recognized by
the next one, and gone on with or taken back. `_helm_rollout_plan.py` says which steps, `_helm_rollout_upgrade.py` makes one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from ansible_collections.stratum.aws.plugins.module_utils import _helm_rollout_plan as plan
from ansible_collections.stratum.aws.plugins.module_utils import _kubernetes_diagnosis as diagnosis
from ansible_collections.stratum.aws.plugins.module_utils._helm_manifests import HelmError
from ansible_collections.stratum.aws.plugins.module_utils._helm_records import DEPLOYED, PENDING, UNINSTALLED, WORKED, Stored
from ansible_collections.stratum.aws.plugins.module_utils._helm_rollout_plan import PlanRefused, Step, Wanted
from ansible_collections.stratum.aws.plugins.module_utils._helm_rollout_upgrade import CheckFailed, LeaseLost, StepFailed, Upgrades
from ansible_collections.stratum.aws.plugins.module_utils._helm_values import holds, merged, read, written
from ansible_collections.stratum.aws.plugins.module_utils._kubernetes_api import ApiError
from ansible_collections.stratum.aws.plugins.module_utils._rollout_checks import Check

Document = dict[str, Any]

MOST_SENTENCES: Final = 2
"""Of how many pods a message tells; the result tells of all."""
LOOK_SECONDS: Final = 3.0
"""How long new pods are watched at least: one without a readiness probe counts as ready before it has done anything."""


class RolloutRefused(Exception):
    """Nothing was changed; the message says why."""


class RolloutFailed(Exception):
    """Something was changed; the message says what failed and what serves, `result` is what the module returns with it."""

    def __init__(self, message: str, result: Document) -> None:
        super().__init__(message)
        self.result = result


@dataclass
class Rollout:
    """One release on its way. `tag_paths` are the values that hold its tag."""

    upgrades: Upgrades
    checks: Sequence[Check] = ()
    tag_paths: tuple[str, ...] = ()
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    done: list[Document] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    _recovered: bool = field(default=False, init=False)

    # -- deploying -----------------------------------------------------------------------------------

    def deploy(self, wanted: Wanted, *, check: bool) -> Document:
        """Bring the release to a tag; return the module's result."""
        newest = self._at_rest(check)
        origin = self._origin(newest)
        values = newest.values
        before = self._before(newest, origin, wanted)
        steps = self._steps(newest, origin, wanted, before)
        shown = [each.name for each in [*before, *steps]]
        was, how = plan.tag_of(origin.values, self.tag_paths), wanted.strategy or plan.strategy_of(values)
        result: Document = {"tag": wanted.tag, "previous": was, "strategy": how, "notes": self.notes}
        if not shown:
            self._tell_of_ailments()
            return {**result, "changed": False, "steps": [], "release": newest.as_dict()}
        result["diff"] = {"before": {"tag": was}, "after": {"tag": wanted.tag}}
        if check:
            return {**result, "changed": True, "steps": [{"name": name} for name in shown], "release": newest.as_dict()}
        self._ask_checks()
        what = f"deploy {wanted.tag} by {result['strategy']}"
        if before:
            self._finish(newest, origin, before, what)
            newest = self._newest()
            origin = newest
        self._run(what, newest, origin, steps)
        return {**result, "changed": True, "steps": self.done, "release": self._newest().as_dict()}

    def _steps(self, newest: Stored, origin: Stored, wanted: Wanted, before: Sequence[Step]) -> list[Step]:
        """Return the steps of a deploy, after those that another run has left to do."""
        values: plan.Values = newest.values
        if before:
            values = origin.values if before[-1].name == "back" else plan.after(values, before)
        try:
            steps = plan.steps_to(values, wanted)
        except PlanRefused as refusal:
            raise RolloutRefused(str(refusal)) from None
        if not steps and not before and newest.revision != origin.revision:
            # It serves already, but nobody has looked whether it does well.
            return [Step("finish", look=plan.SERVING, seconds=wanted.bake_seconds)]
        return steps

    def _before(self, newest: Stored, origin: Stored, wanted: Wanted) -> list[Step]:
        """Return the steps that finish what another run has left in the middle, or take it back."""
        if newest.revision == origin.revision:
            return []
        values = newest.values
        if plan.has_canary(values):
            canary = str(read(values, "strategy.canary.tag"))
            if canary == wanted.tag and newest.status == DEPLOYED and wanted.strategy in ("", plan.CANARY):
                return []
            if canary == str(read(values, "image.tag")) and newest.status == DEPLOYED:
                return plan.steps_to(values, Wanted(canary, plan.CANARY))
        elif newest.status == DEPLOYED and plan.staged(values):
            # A colour that was brought up and never served: the steps of this deploy take it over.
            return []
        return plan.way_back(values, origin.values)

    def _finish(self, newest: Stored, origin: Stored, steps: Sequence[Step], what: str) -> None:
        self.notes.append(f"revision {newest.revision} was left in the middle ({newest.description}); it was {steps[-1].name} first")
        if steps[-1].name == "back":
            self._go_back(newest.config, origin, steps, f"back to revision {origin.revision} before {what}")
        else:
            self._run(f"finish {newest.description.partition(', step')[0]}", newest, origin, steps)

    # -- rolling back --------------------------------------------------------------------------------

    def roll_back(self, revision: int, *, check: bool) -> Document:
        """Go back to a revision (0: the last one with another tag); return the module's result."""
        newest = self._at_rest(check)
        origin = self._origin(newest)
        if not revision and self._recovered and newest.revision == origin.revision:
            tag, how = plan.tag_of(newest.values, self.tag_paths), plan.strategy_of(newest.values)
            done: Document = {"tag": tag, "previous": tag, "strategy": how, "notes": self.notes, "steps": self.done}
            return {**done, "changed": True, "release": newest.as_dict()}
        target = self._target(self.upgrades.revisions(), newest, origin, revision)
        steps = plan.way_back(newest.values, target.values)
        staged = plan.staged(newest.values)
        names = [each.name for each in steps]
        tags = [plan.tag_of(each.values, self.tag_paths) for each in (newest, target)]
        result: Document = {
            "tag": tags[1],
            "previous": tags[0],
            "strategy": plan.strategy_of(target.values),
            "notes": self.notes,
            "diff": {"before": {"revision": newest.revision}, "after": {"like revision": target.revision}},
        }
        if newest.settled and newest.status == DEPLOYED and (newest.config, newest.chart_version) == (target.config, target.chart_version):
            return {**result, "changed": False, "steps": [], "release": newest.as_dict()}
        if check:
            return {**result, "changed": True, "steps": [{"name": name} for name in names], "release": newest.as_dict()}
        what = f"rollback to {target.revision}"
        began = self.clock()
        if staged:
            self._go_back(newest.config, target, steps, what)
        else:
            self.upgrades.watch()
            try:
                self.upgrades.roll_back(target.revision)
            except (StepFailed, HelmError) as error:
                raise self._failed(f"the rollback to revision {target.revision} failed: {error}. Look at the pods", what) from None
            self._note("back", began)
        return {**result, "changed": True, "steps": self.done, "release": self._newest().as_dict()}

    def _target(self, history: Sequence[Stored], newest: Stored, origin: Stored, revision: int) -> Stored:
        known = {each.revision: each for each in history if each.settled}
        if revision in known:
            return known[revision]
        if not revision:
            if newest.revision != origin.revision:
                return origin
            position, tag = newest, plan.tag_of(newest.values, self.tag_paths)
            while position.goes_back_to in known and position.goes_back_to < position.revision:
                position = known[position.goes_back_to]
            below = [each for each in known.values() if each.revision < position.revision]
            other = [each for each in below if plan.tag_of(each.values, self.tag_paths) != tag]
            if other:
                return max(other, key=lambda each: each.revision)
            if below and not tag:
                return max(below, key=lambda each: each.revision)
        told = ", ".join(f"{number} ({self._told(each)})" for number, each in sorted(known.items()))
        wish = f"revision {revision}" if revision else "revision with another tag before this one"
        raise RolloutRefused(f"there is no {wish} to go back to. There are: {told or 'none'}")

    def _told(self, stored: Stored) -> str:
        tag = plan.tag_of(stored.values, self.tag_paths)
        return ", ".join(each for each in (tag, f"{stored.chart} {stored.chart_version}", stored.updated[:19]) if each)

    # -- scaling -------------------------------------------------------------------------------------

    def scale(self, workload: str, path: str, replicas: int, *, check: bool) -> Document:
        """Give a workload a number of pods, for good; return the module's result."""
        newest = self._at_rest(check)
        if newest.revision != self._origin(newest).revision:
            raise RolloutRefused(
                f"a deploy of it was left in the middle ({newest.description}). Finish it with deploy, or take it back with rollback"
            )
        if not holds(newest.values, path):
            raise RolloutRefused(f"neither it nor its chart has the value {path}. Correct replicas_values of the inventory")
        if path == "replicas" and read(newest.values, "autoscaling.enabled"):
            raise RolloutRefused("its autoscaler decides how many pods there are. Change autoscaling.minReplicas in the inventory")
        old = read(newest.values, path)
        result: Document = {
            "tag": plan.tag_of(newest.values, self.tag_paths),
            "notes": self.notes,
            "strategy": plan.strategy_of(newest.values),
        }
        result |= {"diff": {"before": {workload: old}, "after": {workload: replicas}}, "previous": result["tag"]}
        if old == replicas:
            return {**result, "changed": False, "steps": [], "release": newest.as_dict()}
        step = Step(f"{workload}: {old} to {replicas}", {path: replicas})
        if check:
            return {**result, "changed": True, "steps": [{"name": step.name}], "release": newest.as_dict()}
        self._run(f"scale {workload} to {replicas}", newest, newest, [step])
        return {**result, "changed": True, "steps": self.done, "release": self._newest().as_dict()}

    # -- steps ---------------------------------------------------------------------------------------

    def _run(self, what: str, newest: Stored, origin: Stored, steps: Sequence[Step]) -> None:
        """Make the steps one after another; on a failure, go back to what was before and raise RolloutFailed."""
        config = newest.config
        self.upgrades.watch()
        for number, step in enumerate(steps, 1):
            began = self.clock()
            last = number == len(steps)
            config = written(config, step.values)
            description = what if last else f"{what}, step {number} of {len(steps)}: {step.name}"
            watched = [each for each in self.checks if each.target == step.look] if step.look == plan.SERVING else []
            try:
                self.upgrades.upgrade(config, description, step, checks=watched)
                self._look(step)
            except LeaseLost as error:
                raise self._failed(
                    f"{error}. It stands at the step {step.name!r}; deploy or roll back when nobody else is at work", what
                ) from None
            except (StepFailed, HelmError, ApiError) as error:
                self._undo(what, step, began, error, config, origin)
            self._note(step.name, began, [each.summary() for each in self.checks if each.target == step.look])
        self.upgrades.prune()

    def _look(self, step: Step) -> None:
        """Watch pods and checks for a while; StepFailed as soon as something is wrong for certain."""
        checks = [each for each in self.checks if each.target == step.look]
        if not step.look:
            return
        seconds = max(step.seconds, LOOK_SECONDS, *(each.seconds for each in checks), 0)
        self.upgrades.settle()
        if step.look == plan.PREVIEW:
            for each in checks:
                each.begin(seconds)
        deadline = self.clock() + seconds
        while self.clock() < deadline:
            self.upgrades.must_hold()
            self._judge(checks, final=False)
            self.sleep(0.05)
        self._judge(checks, final=True)

    def _judge(self, checks: Sequence[Check], *, final: bool) -> None:
        self.upgrades.must_be_well()
        for each in checks:
            each.sample(final)
            if trouble := each.trouble(final):
                raise CheckFailed(trouble)

    def _undo(self, what: str, step: Step, began: float, error: Exception, config: Document, origin: Stored) -> None:
        # What failed is to be seen before it is taken back.
        ailments = self.upgrades.ailments()
        seen = [each.summary() for each in self.checks if each.target == step.look]
        self._note(step.name, began, seen, failed=str(error))
        sentences = [diagnosis.sentence(each) for each in ailments[:MOST_SENTENCES]]
        if more := len(ailments) - len(sentences):
            sentences.append(f"and {more} more (ailments)")
        words = "; ".join([str(error), *sentences] if isinstance(error, CheckFailed) or not sentences else sentences)
        told = f"{what} failed at the step {step.name!r}: {words}"
        back = f"back to revision {origin.revision} after {what} failed"
        self._go_back(config, origin, plan.way_back(merged(origin.values, config), origin.values), back, told, ailments)
        tag = plan.tag_of(origin.values, self.tag_paths)
        serving = self._newest()
        result = self._result(what, ailments, step.name, serving.revision)
        self.upgrades.prune()
        raise RolloutFailed(f"{told}. Revision {serving.revision} serves, as {origin.revision} was{f' ({tag})' if tag else ''}", result)

    def _go_back(
        self,
        config: Document,
        target: Stored,
        steps: Sequence[Step],
        what: str,
        told: str = "",
        ailments: Sequence[Document] = (),
    ) -> None:
        """Bring the release to exactly the values of a revision."""
        self.upgrades.watch()
        for number, step in enumerate(steps, 1):
            began = self.clock()
            last = number == len(steps)
            config = target.config if last else written(config, step.values)
            description = what if last else f"{what}, step {number} of {len(steps)}: {step.name}"
            try:
                self.upgrades.upgrade(config, description, step, checks=())
            except (StepFailed, HelmError, ApiError, LeaseLost) as error:
                words = f"{told}. And going back" if told else f"the {what}"
                message = f"{words} failed at the step {step.name!r}: {error}. Look at the pods, then deploy a tag that is good"
                raise RolloutFailed(message, self._result(what, [*ailments, *self.upgrades.ailments()], step.name, 0)) from None
            self._note(step.name, began)
        if not told:
            self.upgrades.prune()

    # -- what is there -------------------------------------------------------------------------------

    def _newest(self) -> Stored:
        found = self.upgrades.revisions()
        if not found or found[-1].status == UNINSTALLED:
            raise RolloutRefused("it is not installed. site.yml installs it")
        return found[-1]

    def _at_rest(self, check: bool) -> Stored:
        """Return the newest revision, after what a killed helm has left was taken back."""
        newest = self._newest()
        if newest.status not in PENDING:
            return newest
        if self.upgrades.busy(newest):
            raise RolloutRefused(
                f"another helm is at work on it ({newest.status} since {newest.updated[:19]}). Run again when it has ended; "
                f"{self.upgrades.timeout} s after its start it is taken for dead"
            )
        good = [each for each in self.upgrades.revisions() if each.status in WORKED]
        if not good:
            raise RolloutRefused(f"its first installation was killed ({newest.status}). site.yml installs it")
        if not check:
            self.notes.append(f"a helm that was killed has left revision {newest.revision} {newest.status}; it was taken back")
            self._recovered = True
            self.upgrades.watch()
            try:
                self.upgrades.roll_back(good[-1].revision)
            except (StepFailed, HelmError) as error:
                raise self._failed(f"what a killed helm has left cannot be taken back: {error}", "recovery") from None
            return self._newest()
        return good[-1]

    def _origin(self, newest: Stored) -> Stored:
        """Return the revision to which a failure goes back: the newest that is no step of a deploy."""
        if newest.settled and newest.status == DEPLOYED:
            return newest
        settled = [each for each in self.upgrades.revisions() if each.settled]
        if not settled:
            raise RolloutRefused(f"its first installation has not come up ({newest.status}). site.yml installs it")
        return settled[-1]

    def _ask_checks(self) -> None:
        if problems := [problem for each in self.checks if (problem := each.before())]:
            raise RolloutRefused(f"{'; '.join(problems)}. Nothing was changed")

    def _tell_of_ailments(self) -> None:
        self.notes += [f"it is at this tag, but {diagnosis.sentence(each)}" for each in self.upgrades.ailments()]

    def _note(self, name: str, began: float, checks: Sequence[Document] = (), failed: str = "") -> None:
        told: Document = {"name": name, "seconds": round(self.clock() - began, 1)}
        told |= {"checks": list(checks)} if checks else {}
        self.done.append(told | ({"failed": failed} if failed else {}))

    def _failed(self, message: str, what: str) -> RolloutFailed:
        return RolloutFailed(message, self._result(what, self.upgrades.ailments(), "", 0))

    def _result(self, what: str, ailments: Sequence[Document], step: str, serving: int) -> Document:
        return {"what": what, "steps": self.done, "failed_step": step, "ailments": list(ailments), "serving": serving, "notes": self.notes}
