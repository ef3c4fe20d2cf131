# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What bears the stack's tags and is in no graph: found after a run, and removed on request."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from ansible_collections.stratum.aws.plugins.plugin_utils.barrier import _doors, _planning
from ansible_collections.stratum.aws.plugins.plugin_utils.belongings import _orphans, _removal, _tagged
from ansible_collections.stratum.aws.plugins.plugin_utils.belongings._orphans import Managed, Verdict
from ansible_collections.stratum.aws.plugins.plugin_utils.belongings._tagged import Tagged
from ansible_collections.stratum.aws.plugins.plugin_utils.graph._taskfile import Node
from ansible_collections.stratum.aws.plugins.plugin_utils.runs._run import Run
from ansible_collections.stratum.aws.plugins.plugin_utils.runs._steps import Item, Progress
from ansible_collections.stratum.aws.plugins.plugin_utils.telling._report import Action, Entry
from ansible_collections.stratum.aws.plugins.plugin_utils.verbs._session import Session


def find(session: Session, engine: Run) -> list[Tagged]:
    """Enter the orphans into the session's report, and return them; a run of a part of the stack cannot tell."""
    if engine.stopping or not session.account:
        return []
    if frozenset(engine.progress) != frozenset(session.prepared.whole.nodes):
        session.console.warnings(["orphans were not looked for, because this run is about a part of the stack only"])
        return []
    if engine.held:
        # What a resource that failed manages was not seen, nor what depends on it: all of that would pass for orphans.
        why = next(iter(engine.held.values()))
        session.report.failure = session.report.failure or f"orphans cannot be looked for, because {why}. See playbooks/drift.yml"
        return []
    items = [item for progress in engine.progress.values() for item in progress.items]
    try:
        there = _tagged.tagged(session.report.stack, session.report.environment, _regions(session, items))
    except _tagged.CannotList as error:
        session.report.failure = session.report.failure or f"orphans cannot be looked for: {error}"
        return []
    found = _orphans.orphans(there, list(_managed(engine.progress)))
    session.report.orphans = [{"arn": each.arn, "layer": each.layer or ""} for each in found]
    return found


def after_destroy(session: Session, found: Mapping[Node, Progress], destroyed: Run, *, partial: bool) -> None:
    """Say what bears the stack's tags still: what is kept on purpose, and what should be gone.

    `found` is what was there before, `destroyed` the run that took it away.
    """
    report = session.report
    items = [item for progress in found.values() for item in progress.items]
    try:
        there = _tagged.tagged(report.stack, report.environment, _regions(session, items))
    except _tagged.CannotList as error:
        report.failure = report.failure or f"what is left cannot be looked for: {error}"
        return
    stayed = {
        node for node, progress in destroyed.progress.items() if any((item.message or "").startswith("kept: ") for item in progress.items)
    }
    held = {node: progress for node, progress in found.items() if node in destroyed.held or node in stayed}
    judged = _orphans.judge(there, list(_managed(held)))
    reasons = {Verdict.KEPT, Verdict.IN_GRAPH, Verdict.MADE}
    why = _why(there, held, destroyed)
    report.kept += [
        {"arn": each.entry.arn, "reason": each.reason or why.get(each.entry.arn, "")} for each in judged if each.verdict in reasons
    ]
    if partial:
        return
    left = [each.entry for each in judged if each.verdict not in reasons]
    report.orphans = [{"arn": each.arn, "layer": each.layer or ""} for each in left]
    if left and not report.summary["failed"]:
        report.failure = report.failure or f"{len(left)} resources with the stack's tags are left: see playbooks/orphans.yml"


def _why(there: Sequence[Tagged], held: Mapping[Node, Progress], destroyed: Run) -> dict[str, str]:
    """Return why each resource of a node that was held back is still there, by its ARN."""
    why: dict[str, str] = {}
    for node, progress in held.items():
        own = destroyed.progress[node].items if node in destroyed.progress else []
        said = next((item.message for item in own if item.message), None) or f"what it serves is still there: {destroyed.held.get(node)}"
        for judged in _orphans.judge(there, list(_managed({node: progress}))):
            if judged.verdict is Verdict.IN_GRAPH:
                why[judged.entry.arn] = said.removeprefix("kept: ")
    return why


def remove(session: Session, orphans: Iterable[Tagged]) -> None:
    """Remove orphans in the order in which they depend on each other; what is protected stays, and is named."""
    steps = _removal.plan_removal(orphans, session.report.region)
    _doors.current().about = {"run": session.run_id, "verb": session.report.verb, "name": "Remove the orphan"}
    for outcome in _removal.remove_all(steps, session.client):
        step = outcome.step
        action: Action = "failed" if not outcome.done else "change" if step.action == _removal.EMPTY else "delete"
        message = outcome.message or None
        entry = Entry(step.layer, "Remove the orphan", step.arn, "", action, 0.0, outcome.seconds, step.arn, message=message)
        session.report.nodes.append(entry)
        session.console.finished(entry, len(steps))


def _managed(progress: Mapping[Node, Progress]) -> Iterator[Managed]:
    tagging = {node.module for node in progress if "tags" in node.args}
    for node, each in progress.items():
        if _planning.only_reads(node.module):
            continue
        # Such as the rules of security groups: the groups themselves, and their tags, are another task's.
        completes = node.module in tagging and "tags" not in node.args
        for item in each.items:
            if item.unknown and completes:
                continue
            if item.unknown:
                # What it manages could not be seen, so anything of its kind may be it.
                yield Managed(node.module, item.args or {})
            elif item.action not in ("create", "skipped") and item.args is not None:
                # What is to be created is not there, so nothing that is there can be it.
                yield Managed(node.module, item.args, item.result or {})


def _regions(session: Session, items: Iterable[Item]) -> list[str]:
    """Return the stack's region, and those that some of its resources name as theirs."""
    named = {str(item.args["region"]) for item in items if item.args and item.args.get("region")}
    return [session.report.region, *sorted(named - {session.report.region})]
