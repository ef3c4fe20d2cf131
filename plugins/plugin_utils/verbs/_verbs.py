# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The verbs of a stack: what each runs, over which graph, and when it fails as a whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Any, Final

from ansible.plugins.action import ActionBase
from ansible_collections.stratum.aws.plugins.plugin_utils import _core
from ansible_collections.stratum.aws.plugins.plugin_utils._converge import Options
from ansible_collections.stratum.aws.plugins.plugin_utils.checks import _account
from ansible_collections.stratum.aws.plugins.plugin_utils.checks._problems import Problem, ProblemsFound
from ansible_collections.stratum.aws.plugins.plugin_utils.graph._graph import Graph
from ansible_collections.stratum.aws.plugins.plugin_utils.runs._conduct import Conduct
from ansible_collections.stratum.aws.plugins.plugin_utils.runs._run import Run
from ansible_collections.stratum.aws.plugins.plugin_utils.telling._console import Console
from ansible_collections.stratum.aws.plugins.plugin_utils.telling._report import Report
from ansible_collections.stratum.aws.plugins.plugin_utils.verbs import _adoption, _code, _leftovers, _plan_file, _protection
from ansible_collections.stratum.aws.plugins.plugin_utils.verbs._conduct_apply import Applying
from ansible_collections.stratum.aws.plugins.plugin_utils.verbs._conduct_destroy import Destroying
from ansible_collections.stratum.aws.plugins.plugin_utils.verbs._conduct_plan import Drifting, Planning
from ansible_collections.stratum.aws.plugins.plugin_utils.verbs._plan_file import Circumstances, PlanRefused
from ansible_collections.stratum.aws.plugins.plugin_utils.verbs._session import Session


def run(action: ActionBase, options: Options, task_vars: Mapping[str, Any]) -> Report:
    """Run a verb on the stack and return its report.

    Raises ProblemsFound, PlanRefused, LockError, NoAccount and Unreachable before anything is written.
    """
    checking = bool(action._task.check_mode)
    templates = _core.store_compiled_templates()
    try:
        if options.verb == "converge":
            return _plan(action, options, task_vars) if checking else _converge(action, options, task_vars)
        return _VERBS[options.verb](action, options, task_vars, checking)
    finally:
        templates.save()


def _converge(action: ActionBase, options: Options, task_vars: Mapping[str, Any]) -> Report:
    session = Session(action, options, task_vars, "converge", writing=True)
    destructive = session.flag("allow_destructive")
    graph = session.prepared.graph
    with session.locked():
        file = session.setting("plan_file", "")
        # Compared with the account when nobody else can change it any more.
        conduct = _reviewed(session, Path(str(file)).expanduser(), destructive=destructive) if file else Conduct(destructive=destructive)
        session.begin(graph)
        session.execute(conduct, graph)
    session.end()
    return session.report


def _plan(action: ActionBase, options: Options, task_vars: Mapping[str, Any]) -> Report:
    session = Session(action, options, task_vars, "plan", writing=False)
    file = session.setting("plan_file", "")
    if file:
        _one_stack_only(session)
    session.begin(session.prepared.graph)
    session.execute(_planning(session, Planning), session.prepared.graph)
    report = session.report
    if file:
        _save(session, Path(str(file)).expanduser())
    if session.flag("fail_on_changes") and _changes(report):
        report.failure = report.failure or f"the plan has {_changes(report)} changes, and fail_on_changes is set"
    session.end()
    return report


def _drift(action: ActionBase, options: Options, task_vars: Mapping[str, Any], _checking: bool) -> Report:
    session = Session(action, options, task_vars, "drift", writing=False)
    session.begin(session.prepared.graph)
    engine = session.execute(_planning(session, Drifting), session.prepared.graph)
    report = session.report
    _leftovers.find(session, engine)
    found = _changes(report) + len(report.orphans)
    if found and session.flag("fail_on_drift", default=True):
        missing, orphaned = report.summary["create"], len(report.orphans)
        report.failure = report.failure or (
            f"the stack has drifted: {found - missing - orphaned} changed, {missing} missing, {orphaned} orphaned. "
            "Heal it with site.yml; see playbooks/orphans.yml for orphans"
        )
    session.end()
    return report


def _destroy(action: ActionBase, options: Options, task_vars: Mapping[str, Any], checking: bool) -> Report:
    session = Session(action, options, task_vars, "destroy", writing=not checking)
    report = session.report
    if checking:
        session.rehearse()
    confirmed = [name.strip() for name in str(session.setting("confirm", "")).split(",")]
    if report.stack not in confirmed and not checking:
        raise ProblemsFound(
            [Problem("confirm", f'destroying takes everything of "{report.stack}" away', f"If you mean it, give -e confirm={report.stack}")]
        )
    whole = session.prepared.whole
    going = whole.with_dependents(session.prepared.wanted)
    override = session.flag("override_protection")
    with session.locked() if session.writing else nullcontext():
        graph = whole.restricted(going)
        session.begin(graph)
        engine = _look(session, graph)
        if not engine.stopping:
            there = {node: progress for node, progress in engine.progress.items() if node in going}
            kept, refused = _protection.of(session, there, override=override)
            if refused and not checking:
                raise ProblemsFound(refused)
            report.warnings += [f"this refuses the destroy: {problem}" for problem in refused]
            session.console.warnings([f"this refuses the destroy: {problem}" for problem in refused])
            conduct = Destroying(engine.progress, kept, override_protection=override, checking=checking)
            destroyed = session.execute(conduct, whole.only(going).reversed())
            if not destroyed.stopping and not checking and session.account:
                _leftovers.after_destroy(session, engine.progress, destroyed, partial=going != frozenset(whole.nodes))
    session.end()
    return report


def _orphans(action: ActionBase, options: Options, task_vars: Mapping[str, Any], checking: bool) -> Report:
    session = Session(action, options, task_vars, "orphans", writing=True)
    remove = session.flag("remove") and not checking
    session.writing = remove
    if not remove:
        session.rehearse()
    with session.locked() if remove else nullcontext():
        session.begin(session.prepared.graph)
        engine = _look(session, session.prepared.whole)
        found = _leftovers.find(session, engine)
        session.console.orphans(session.report.orphans)
        if remove:
            _leftovers.remove(session, found)
        elif found:
            session.console.warnings(["to remove what is listed, give -e remove=true"])
    session.end()
    return session.report


def _adopt(action: ActionBase, options: Options, task_vars: Mapping[str, Any], checking: bool) -> Report:
    session = Session(action, options, task_vars, "adopt", writing=True)
    adopt = session.flag("adopt") and not checking
    session.writing = adopt
    if not adopt:
        session.rehearse()
    with session.locked() if adopt else nullcontext():
        session.begin(session.prepared.graph)
        session.execute(_adoption.Adopting(adopt=adopt), session.prepared.graph)
    session.end()
    return session.report


_VERBS: Final[Mapping[str, Callable[[ActionBase, Options, Mapping[str, Any], bool], Report]]] = {
    "drift": _drift,
    "destroy": _destroy,
    "orphans": _orphans,
    "adopt": _adopt,
}
VERBS: Final = ("converge", *_VERBS)


def _changes(report: Report) -> int:
    summary = report.summary
    return summary["create"] + summary["change"] + summary["delete"]


def _planning(session: Session, kind: type[Planning]) -> Planning:
    there = bool(session.account) and _account.holds(session.report.stack)
    return kind(something_there=there)


def _look(session: Session, graph: Graph) -> Run:
    """Plan without telling anybody, to learn what is there."""
    report = session.report
    unseen = Report(report.stack, report.environment, "plan", report.region)
    engine = session.execute(Planning(something_there=True), graph, unseen, Console(lambda _line, _colour: None, verb="plan"))
    report.calls.update(unseen.calls)
    return engine


def _circumstances(session: Session) -> Circumstances:
    report, prepared = session.report, session.prepared
    sources = [Path(kind.source) for kind in prepared.kinds.values() if kind.source]
    chosen = {name: str(session.setting(name, "")) for name in ("converge_layers", "converge_target")}
    part = " and ".join(f"{name} {value}" for name, value in chosen.items() if value)
    return Circumstances(
        report.stack,
        report.environment,
        report.region,
        session.account,
        _code.fingerprint(prepared.layers, sources),
        part or "the whole stack",
        prepared.given,
    )


def _save(session: Session, path: Path) -> None:
    if session.report.summary["failed"] or (session.engine and session.engine.stopping):
        session.report.failure = f"the plan was not saved in {path}, because it is not whole"
        return
    try:
        _plan_file.write(path, _plan_file.from_run(_circumstances(session), session.report.nodes))
    except OSError as error:
        session.report.failure = f"plan_file: the plan cannot be written to {path}: {error.strerror}"
        return
    session.terminal.write(f"the plan is saved in {path}; apply it with site.yml -e plan_file={path}")


def _reviewed(session: Session, path: Path, *, destructive: bool) -> Applying:
    """Read the saved plan, and compare it with inventory, code and account; PlanRefused when anything has moved."""
    _one_stack_only(session)
    saved = _plan_file.read(path)
    now = _circumstances(session)
    _plan_file.check_place(saved, now)
    if saved.destructive and not destructive:
        raise PlanRefused(
            f"plan_file: the plan is destructive: {'; '.join(saved.destructive)}. If this is meant, give -e allow_destructive=true"
        )
    report = session.report
    unseen = Report(report.stack, report.environment, "plan", report.region)
    graph = session.prepared.graph
    engine = session.execute(_planning(session, Planning), graph, unseen, Console(lambda _line, _colour: None, verb="plan"))
    report.calls.update(unseen.calls)
    if engine.stopping:
        raise PlanRefused("plan_file: the run was interrupted while the plan was compared with the account. Nothing was changed")
    _plan_file.check_account(saved, _plan_file.parsed(_plan_file.from_run(now, unseen.nodes, salt=str(saved.head["salt"]))))
    session.prepared.evaluator.forget()
    return Applying(saved, destructive=destructive)


def _one_stack_only(session: Session) -> None:
    hosts = session.setting("ansible_play_hosts", [])
    if len(hosts) > 1:
        raise ProblemsFound([Problem("plan_file", "a plan is for one stack, and this run is for several", "Give --limit with one of them")])
