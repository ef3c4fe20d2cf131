# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Helm release that is made to be as its user says, and what that changes in the cluster.  Private to the collection."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from ansible_collections.stratum.aws.plugins.module_utils import _kubernetes_compare as compare
from ansible_collections.stratum.aws.plugins.module_utils import _kubernetes_diagnosis as diagnosis
from ansible_collections.stratum.aws.plugins.module_utils._helm import (
    PENDING,
    UNVALIDATED,
    Chart,
    Helm,
    HelmError,
    Record,
    Release,
    Rendered,
    write_values,
)
from ansible_collections.stratum.aws.plugins.module_utils._helm_plan import Plan, key_of, named, stays
from ansible_collections.stratum.aws.plugins.module_utils._helm_records import UNINSTALLING
from ansible_collections.stratum.aws.plugins.module_utils._helm_values import keeping, merged, value_differences
from ansible_collections.stratum.aws.plugins.module_utils._kubernetes_api import ApiError, KubernetesApi, Place
from ansible_collections.stratum.aws.plugins.module_utils._kubernetes_compare import Difference
from ansible_collections.stratum.aws.plugins.module_utils._outward import ANSWERED, CHANGE, CREATE, DELETE, Write, send

Document = dict[str, Any]

DEPLOYED: Final = "deployed"
GONE_SECONDS: Final = 2.0
UNKNOWN_KIND: Final = re.compile(r'no matches for (kind "[^"]+" in version "[^"]+")')
TIMED_OUT: Final = re.compile(r"deadline exceeded|timed out|BackoffLimitExceeded")
_SCALED: Final = frozenset({"Deployment", "StatefulSet", "ReplicaSet"})


class ReleaseFailed(Exception):
    """An upgrade did not come up; `ailments` say which pods and why, `serving` which revision serves now (0: none)."""

    def __init__(self, message: str, ailments: Sequence[Document], serving: int) -> None:
        super().__init__(message)
        self.ailments = list(ailments)
        self.serving = serving


@dataclass(frozen=True)
class Wish:
    """What a release is to be. `secret_values` lie over `values` and are never shown; `timeout` is in seconds.

    `keep_values` are dotted paths of values that an installed release goes on with, whatever `values` says.
    """

    name: str
    namespace: str
    chart: Chart
    values: Mapping[str, Any] = field(default_factory=dict)
    secret_values: Mapping[str, Any] = field(default_factory=dict)
    keep_values: Sequence[str] = ()
    wait: bool = True
    atomic: bool = True
    timeout: int = 600
    create_namespace: bool = False
    hooks: bool = True
    skip_crds: bool = False
    history_max: int = 10

    @property
    def title(self) -> str:
        """What the release is called in messages."""
        return f"Release {self.namespace}/{self.name}"


class HelmRelease:
    """One release of one cluster."""

    def __init__(self, api: KubernetesApi, helm: Helm, folder: Path, wish: Wish, *, check: bool) -> None:
        self.api = api
        self.helm = helm
        self.wish = wish
        self.check = check
        self._folder = folder
        self._values = write_values(folder, merged(wish.values, wish.secret_values))

    # -- present -------------------------------------------------------------------------------------

    def present(self) -> Document:
        """Make the release be as wanted; return the module's result."""
        wish = self.wish
        record = self.helm.record(wish.name, wish.namespace)
        before = record.release if record else None
        if before is not None and before.status in PENDING:
            self._refuse_if_busy(before)
        kept = self._keep_values(record)
        wish = self.wish
        rendered = self._rendered(before)
        plan = self._planned(record, rendered)
        if not plan and before is not None:
            return {"changed": False, "release": before.as_dict(), "kept": kept}
        result: Document = {"changed": True, "diff": plan.diff(before is not None), "changes": plan.changes(), "kept": kept}
        predicted = {"name": wish.name, "namespace": wish.namespace, "chart": rendered.chart, "chart_version": rendered.chart_version}
        if self.check:
            return {**result, "release": before.as_dict() if before else predicted}
        answer = send(self._write(before, rendered, plan), lambda: self._upgrade(before, rendered))
        after = None if answer is ANSWERED else self.helm.release(wish.name, wish.namespace)
        return {**result, "release": after.as_dict() if after else predicted}

    def _keep_values(self, record: Record | None) -> list[Document]:
        """Take over what deploys have made of the release; return where that differs from what is wished."""
        if record is None or not self.wish.keep_values:
            return []
        installed = record.values or {}
        if record.release.status != DEPLOYED:
            # What an upgrade has left that failed or was killed says nothing of what serves.
            serving = self._last_deployed(below=record.release.revision)
            if not serving:
                return []
            installed = self.helm.values(replace(record.release, revision=serving))
        values, kept = keeping(self.wish.values, installed, self.wish.keep_values, self.wish.secret_values)
        self.wish = replace(self.wish, values=values)
        self._values = write_values(self._folder, merged(values, self.wish.secret_values))
        return kept

    def _rendered(self, before: Release | None) -> Rendered:
        wish = self.wish
        anew = before is not None and before.status in PENDING
        place = (wish.name, wish.namespace, wish.chart)
        try:
            try:
                return self.helm.rendered(*place, self._options(anew=anew), anew=anew)
            except HelmError as error:
                kinds = UNKNOWN_KIND.findall(str(error))
                if not kinds:
                    raise
                # They may come with the chart, or with another release of this very run.
                told = ", ".join(dict.fromkeys(kinds))
                self.helm.warnings.append(f"the cluster does not have yet: {told}. The chart, or something before it, has to bring this")
                return self.helm.templated(*place, self._options(anew=True), upgrade=before is not None)
        except HelmError as error:
            raise HelmError(f"the chart {wish.chart.reference} cannot be rendered: {error}") from None

    def _planned(self, record: Record | None, rendered: Rendered) -> Plan:
        before = record.release if record else None
        earlier = {key_of(item, self.wish.namespace): item for item in (record.objects if record else ())}
        wanted = {key_of(item, self.wish.namespace): item for item in rendered.objects}
        scaled = self._scaled_by_others(rendered.objects)
        dropped = {key: item for key, item in earlier.items() if key not in wanted and not stays(item)}
        live = dict(zip([*wanted, *dropped], self._live([*wanted.values(), *dropped.values()]), strict=True))
        changed = []
        for key, item in wanted.items():
            found = live[key]
            if found is None:
                continue
            differences = compare.differences(item, found, ("spec.replicas",) if key in scaled else ())
            if was := earlier.get(key):
                differences += compare.withdrawn(was, item, found)
            if differences:
                changed.append((item, tuple(differences)))
        created = tuple(item for key, item in wanted.items() if live[key] is None)
        gone = tuple(item for key, item in dropped.items() if live[key] is not None)
        other = list(self._other_differences(before, rendered))
        if record is not None and not (created or changed or gone or other):
            other += [*self._hook_differences(record, rendered), *self._value_differences(record)]
        return Plan(created, tuple(changed), gone, tuple(other))

    @staticmethod
    def _other_differences(before: Release | None, rendered: Rendered) -> Iterator[Difference]:
        if before is None:
            return
        if before.status != DEPLOYED:
            yield Difference("status", before.status, DEPLOYED)
        if (before.chart, before.chart_version) != (rendered.chart, rendered.chart_version):
            yield Difference("chart", f"{before.chart} {before.chart_version}", f"{rendered.chart} {rendered.chart_version}")

    def _hook_differences(self, record: Record, rendered: Rendered) -> Iterator[Difference]:
        """Yield which hooks are others than those that ran last: nothing of them is in the cluster to be compared."""
        if not self.wish.hooks:
            return
        old, new = ({key_of(item, self.wish.namespace): item for item in hooks} for hooks in (record.hooks, rendered.hooks))
        for key in dict.fromkeys([*old, *new]):
            if old.get(key) != new.get(key):
                sides = ("as it ran" if key in old else None, "another" if key in old and key in new else "new" if key in new else None)
                yield Difference(f"hook {named(new.get(key) or old[key])}", *sides)

    def _value_differences(self, record: Record) -> list[Difference]:
        # Where no object differs they tell nothing that is seen, but the release is to hold what the inventory says.
        old, new = record.values or {}, merged(self.wish.values, self.wish.secret_values)
        return list(value_differences(old, new, self.wish.secret_values))

    def _scaled_by_others(self, objects: Sequence[Mapping[str, Any]]) -> set[tuple[str, ...]]:
        """Return the keys of the workloads whose replicas an autoscaler of this release decides about."""
        targets = [
            (item, item["spec"]["scaleTargetRef"])
            for item in objects
            if item.get("kind") in ("HorizontalPodAutoscaler", "ScaledObject") and (item.get("spec") or {}).get("scaleTargetRef")
        ]
        return {
            (target.get("kind", "Deployment"), (item["metadata"].get("namespace") or self.wish.namespace), target["name"])
            for item, target in targets
            if target.get("kind", "Deployment") in _SCALED
        }

    def _live(self, items: Sequence[Mapping[str, Any]]) -> list[Document | None]:
        """Return what the cluster has of these objects, in their order. The definition of a kind may come with this very release."""
        namespace = self.wish.namespace
        if not items:
            return []
        return self.api.get_all(
            Place(item["apiVersion"], item["kind"], item["metadata"]["name"], item["metadata"].get("namespace") or namespace)
            for item in items
        )

    def _write(self, before: Release | None, rendered: Rendered, plan: Plan) -> Write:
        wish = self.wish
        fresh = before is None
        parameters = {
            "name": wish.name,
            "namespace": wish.namespace,
            "chart": f"{rendered.chart} {rendered.chart_version}",
            "changes": [{key: str(value) for key, value in each.items()} for each in plan.changes()],
        }
        verb, effect = ("InstallRelease", CREATE) if fresh else ("UpgradeRelease", CHANGE)
        return Write("helm", verb, parameters, effect, wish.title, self.api.name, None if fresh else plan.changes(), plan.destructive())

    def _options(self, *, anew: bool = False) -> list[str]:
        wish = self.wish
        return [
            "--values",
            str(self._values),
            # Without it, helm takes empty values for "as before". An installation knows neither.
            *([] if anew else ["--reset-values", "--history-max", str(wish.history_max)]),
            *(["--no-hooks"] if not wish.hooks else []),
            *(["--skip-crds"] if wish.skip_crds else []),
        ]

    # -- upgrading -----------------------------------------------------------------------------------

    def _upgrade(self, before: Release | None, rendered: Rendered) -> None:
        wish = self.wish
        if before is not None and before.status in PENDING:
            before = self._recovered(before)
        options = [
            *self._options(),
            UNVALIDATED,
            "--timeout",
            f"{wish.timeout}s",
            *(["--wait", "--wait-for-jobs"] if wish.wait else []),
            *(["--create-namespace"] if wish.create_namespace else []),
        ]
        try:
            self.helm.command("upgrade", "--install", wish.name, *wish.chart.arguments(), "--namespace", wish.namespace, *options)
        except HelmError as error:
            # Before anything is taken back: what failed is to be seen now.
            ailments = self._ailments(rendered)
            serving, told = self._taken_back(before)
            # That it took too long tells nothing beside the pods; anything else is the reason itself.
            reasons = [] if ailments and TIMED_OUT.search(str(error)) else [str(error)]
            reasons += [diagnosis.sentence(each) for each in ailments]
            raise ReleaseFailed(f"{'; '.join(reasons)}. {told}", ailments, serving) from None

    def _ailments(self, rendered: Rendered) -> list[Document]:
        try:
            return diagnosis.ailing(self.api, [*rendered.objects, *rendered.hooks], self.wish.namespace)
        except ApiError:
            return []

    def _taken_back(self, before: Release | None) -> tuple[int, str]:
        """Go back to the revision that served before; return which one serves now and the sentence that says so."""
        wish = self.wish
        now = self.helm.release(wish.name, wish.namespace)
        if now is None or (before is not None and now.revision == before.revision):
            return (before.revision, f"Revision {before.revision} serves as before") if before else (0, "Nothing was installed")
        last = self._last_deployed(below=now.revision)
        if not wish.atomic:
            return (last, f"Revision {now.revision} is left as it is, for atomic is false")
        # Whatever becomes of this, why the upgrade failed must be told.
        try:
            if last:
                self._back_to(last)
                return last, f"Revision {last} serves again"
            # What was never well is nothing to go back to. Data that it made stays in its claims.
            self._remove()
        except HelmError as error:
            aim = f"Going back to revision {last}" if last else "Uninstalling it"
            return 0, f"{aim} failed too: {error}"
        return 0, "It was the first revision, so nothing is left of it"

    def _remove(self) -> None:
        wish = self.wish
        hooks = ["--no-hooks"] if not wish.hooks else []
        self.helm.command("uninstall", wish.name, "--namespace", wish.namespace, "--timeout", f"{wish.timeout}s", "--wait", *hooks)

    def _last_deployed(self, below: int) -> int:
        return self.helm.last_good(self.wish.name, self.wish.namespace, below)

    def _back_to(self, revision: int) -> None:
        wish = self.wish
        wait = ["--wait", "--timeout", f"{wish.timeout}s"] if wish.wait else []
        self.helm.command("rollback", wish.name, str(revision), "--namespace", wish.namespace, "--cleanup-on-fail", *wait)

    def _refuse_if_busy(self, before: Release) -> None:
        """Fail while another helm may still be at work; one that is older than the timeout was killed."""
        age = _age_seconds(before.updated)
        if age < self.wish.timeout:
            raise HelmError(
                f"another helm is at work on it ({before.status} for {age:.0f} s). Run again when it has ended; "
                f"{self.wish.timeout} s after its start it is taken for dead"
            )

    def _recovered(self, before: Release) -> Release | None:
        """Take back what a helm that was killed has left half-done, for helm refuses to go on from there; return what is there then."""
        last = 0 if before.status == UNINSTALLING else self._last_deployed(below=before.revision)
        if last:
            self._back_to(last)
        else:
            self._remove()
        return self.helm.release(self.wish.name, self.wish.namespace)

    # -- back and away -------------------------------------------------------------------------------

    def rolled_back(self, revision: int) -> Document:
        """Go back to an earlier revision (0: the one before this); return the module's result."""
        wish = self.wish
        now = self.helm.release(wish.name, wish.namespace)
        if now is None:
            raise HelmError("there is no such release. Correct the name or the namespace")
        if now.status in PENDING:
            self._refuse_if_busy(now)
        history = self.helm.history(wish.name, wish.namespace)
        target = revision or self._last_deployed(below=now.revision)
        known = {int(each["revision"]): each for each in history}
        if not target or target not in known:
            kept = ", ".join(f"{number} ({known[number]['chart']}, {known[number]['status']})" for number in sorted(known))
            raise HelmError(f"there is no revision {revision or 'before this one'} to go back to. Kept are: {kept}")
        if target == now.revision and now.status == DEPLOYED:
            return {"changed": False, "release": now.as_dict()}
        result: Document = {
            "changed": True,
            "diff": {"before": {"revision": now.revision}, "after": {"like revision": target}},
            "release": now.as_dict(),
        }
        if self.check:
            return result
        parameters = {"name": wish.name, "namespace": wish.namespace, "revision": target}
        write = Write("helm", "RollbackRelease", parameters, CHANGE, wish.title, self.api.name)
        if send(write, lambda: self._back_to(target)) is not ANSWERED:
            after = self.helm.release(wish.name, wish.namespace)
            result["release"] = after.as_dict() if after else now.as_dict()
        return result

    def absent(self) -> Document:
        """Uninstall the release, and wait until what it had is gone, with what controllers made of it; return the module's result."""
        wish = self.wish
        record = self.helm.record(wish.name, wish.namespace)
        if record is None:
            return {"changed": False}
        before = record.release
        installed = [item for item in record.objects if not stays(item)]
        result = {
            "changed": True,
            "release": before.as_dict(),
            "diff": {"before": {named(item): "present" for item in installed}, "after": {}},
        }
        if self.check:
            return result
        plan = Plan(deleted=tuple(installed))
        parameters = {"name": wish.name, "namespace": wish.namespace, "chart": f"{before.chart} {before.chart_version}"}
        write = Write("helm", "UninstallRelease", parameters, DELETE, wish.title, self.api.name, None, plan.destructive())
        send(write, lambda: self._uninstall(installed))
        return result

    def _uninstall(self, installed: Sequence[Document]) -> None:
        self._remove()
        # Finalizers hold what controllers have made in the account: load balancers of ingresses, volumes of claims.
        deadline = time.monotonic() + self.wish.timeout
        left = list(installed)
        while left := [item for item, found in zip(left, self._live(left), strict=True) if found is not None]:
            if time.monotonic() > deadline:
                names = ", ".join(compare.title(item) for item in left)
                raise HelmError(
                    f"{names} is still there after {self.wish.timeout} s. See that the controllers that hold finalizers run, and run again"
                )
            time.sleep(GONE_SECONDS)


def _age_seconds(updated: str) -> float:
    try:
        began = datetime.fromisoformat(updated.replace("Z", "+00:00"))
    except ValueError:
        return 0.0
    return (datetime.now(UTC) - began).total_seconds()
