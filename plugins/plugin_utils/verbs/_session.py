# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One run of one verb on one stack: its settings, report, console, lock, journal, worker processes and interrupts."""

from __future__ import annotations

import importlib
import os
import re
import signal
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC
from pathlib import Path
from typing import Any, Final

from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase
from ansible_collections.stratum.aws.plugins.plugin_utils import _converge, _core
from ansible_collections.stratum.aws.plugins.plugin_utils.barrier import _aws, _doors
from ansible_collections.stratum.aws.plugins.plugin_utils.checks import _account
from ansible_collections.stratum.aws.plugins.plugin_utils.checks._problems import Problem, ProblemsFound
from ansible_collections.stratum.aws.plugins.plugin_utils.graph._graph import Graph
from ansible_collections.stratum.aws.plugins.plugin_utils.locks import _lock
from ansible_collections.stratum.aws.plugins.plugin_utils.runs import _bereft
from ansible_collections.stratum.aws.plugins.plugin_utils.runs._conduct import Conduct
from ansible_collections.stratum.aws.plugins.plugin_utils.runs._jobs import Kind, OrdinaryJob, performer
from ansible_collections.stratum.aws.plugins.plugin_utils.runs._pool import Pool
from ansible_collections.stratum.aws.plugins.plugin_utils.runs._run import Run, Settings
from ansible_collections.stratum.aws.plugins.plugin_utils.telling import _terminal
from ansible_collections.stratum.aws.plugins.plugin_utils.telling._console import Console
from ansible_collections.stratum.aws.plugins.plugin_utils.telling._report import Report
from ansible_collections.stratum.aws.plugins.plugin_utils.verbs import _run_bucket

DEFAULT_PARALLEL: Final = 10
DEFAULT_RETRIES: Final = 5
DEFAULT_LOCK_TIMEOUT: Final = 60.0
_CLIENTS_IN_SOURCE = re.compile(r"""\bclient\(\s*["']([a-z0-9-]+)["']""")


class Session:
    """What a verb needs besides its conduct; `verb` is what the report is called by.

    Raises ProblemsFound, _account.NoAccount and _account.Unreachable before anything is written.
    """

    def __init__(self, action: ActionBase, options: _converge.Options, task_vars: Mapping[str, Any], verb: str, *, writing: bool) -> None:
        self.action = action
        self.writing = writing
        self._task_vars = task_vars
        _core.keep_compiled_templates()
        os.environ.update(_environment(action))
        self.prepared = _converge.prepare(action, options, task_vars)
        self.account = ""
        if any(kind.warm for kind in self.prepared.kinds.values()):
            self.account = _account.identify()
            if refused := self.prepared.refused_by(_account.unoffered(self.prepared.values)):
                raise ProblemsFound(refused)
        self.report = Report(
            stack=str(task_vars["inventory_hostname"]),
            environment=str(self.setting("environment_name", "default")),
            verb=verb,
            region=os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or str(self.setting("aws_region", "")),
        )
        self.directory = Path(str(options.report_dir or self.setting("report_dir", "reports")))
        try:
            self.report.place(self.directory)
        except OSError as error:
            raise ProblemsFound([Problem("report_dir", f"the report cannot be written: {error}", "Choose another directory")]) from error
        self.parallel = int(options.parallel or self.setting("converge_parallel", DEFAULT_PARALLEL))
        self.run_id = uuid.uuid4().hex
        self.terminal = _terminal.Terminal()
        self.console = Console(self.terminal.write, self.terminal.live, verb=verb, verbosity=self.terminal.verbosity)
        self.engine: Run | None = None
        self._lock: _lock.Lock | None = None
        self._module_defaults = _memoised(lambda module: _core.module_defaults(action, module))
        self._internals = _core.module_internals(action, task_vars)
        _warm(self.prepared.kinds)

    def setting(self, name: str, default: Any) -> Any:
        """Return a variable of the inventory or the command line, rendered."""
        return self.action._templar.template(self._task_vars[name]) if name in self._task_vars else default

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Return a variable that is true or false."""
        return bool(boolean(self.setting(name, default)))

    @property
    def client(self) -> Any:
        """Return a function that makes a boto3 client of a service in the stack's region."""
        import boto3.session

        return lambda service, region=None: boto3.session.Session().client(service, region_name=region)

    def rehearse(self) -> None:
        """Say what would be done: nothing will be."""
        self.report.rehearsal = True
        self.console.rehearse()

    def begin(self, graph: Graph) -> None:
        """Say what is about to be done."""
        report = self.report
        layers = list(dict.fromkeys(node.layer for node in graph.nodes))
        self.console.begin(report.stack, report.environment, report.region, len(graph.nodes), layers, self.parallel)
        report.warnings = [str(problem) for problem in self.prepared.weak]
        if report.verb == "plan":
            self.console.warnings(report.warnings)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the stack's lock, and keep the journal, while the account is changed."""
        if not self.account:
            # A graph that writes nothing to AWS has nothing to lock there.
            yield
            return
        report = self.report
        timeout = float(self.setting("lock_timeout", DEFAULT_LOCK_TIMEOUT))
        self._lock = _lock.Lock.acquire(
            _lock.client(),
            report.environment,
            report.stack,
            report.verb,
            timeout=timeout,
            tell=lambda text: self.terminal.write(text, "yellow"),
        )
        self.run_id = self._lock.id
        path = self.journal_path
        _doors.record_to(str(path))
        try:
            yield
        finally:
            _doors.record_to(None)
            warning = self._lock.release()
            if warning:
                self.console.warnings([warning])
                report.warnings.append(warning)
            self._lock = None

    @property
    def journal_path(self) -> Path:
        """Where the writes of this run are recorded; the file is made by the first one."""
        report = self.report
        started = report.started.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
        directory = self.directory / report.environment / report.stack / "journal"
        directory.mkdir(parents=True, exist_ok=True)
        return (directory / f"{started}-{report.verb}-{self.run_id[:8]}.jsonl").absolute()

    def execute(self, conduct: Conduct, graph: Graph, report: Report | None = None, console: Console | None = None) -> Run:
        """Run the graph to its end, or until somebody interrupts; the report is filled, not written."""
        pool = Pool(performer(self._ordinary()), self.parallel)
        settings = Settings(
            retries=int(self.setting("converge_retries", DEFAULT_RETRIES)),
            differences=bool(self.action._task.diff),
            module_defaults=self._module_defaults,
            module_internals=lambda module: {**self._internals, "_ansible_module_name": module},
            about={"run": self.run_id, "verb": self.report.verb},
            beat=self._beat,
        )
        engine = Run(
            graph, self.prepared.evaluator, pool, self.prepared.kinds, console or self.console, report or self.report, settings, conduct
        )
        self.engine = engine
        with _interruptible(engine, self.terminal):
            try:
                engine.execute()
            finally:
                pool.close()
        if engine.stopped_because:
            self.report.failure = f"stopped: {engine.stopped_because}"
        return engine

    def end(self) -> None:
        """Write the report and say what the run came to."""
        report = self.report
        report.calls.update(_doors.current().calls)
        path = report.write(self.directory)
        if self.writing and (bucket := str(self.setting("stack_run_bucket", ""))):
            days = int(self.setting("stack_run_retention_days", 0))
            files = [path, *([self.journal_path] if self.journal_path.exists() else [])]
            warning = _run_bucket.store(self.client("s3"), bucket, f"{report.environment}/{report.stack}/runs", self.run_name, files, days)
            if warning:
                self.console.warnings([warning])
        self.console.end(report, str(path), self.engine.left if self.engine else ())
        self.terminal.close()
        if self.engine is not None and self.engine.interrupted:
            # Ansible's own process has stopped listening: a result could only block here.
            os._exit(1)

    @property
    def run_name(self) -> str:
        """What tells this run from others of the stack."""
        return self.journal_path.stem

    def _beat(self) -> None:
        if self._lock is None or self.engine is None or self.engine.stopping:
            return
        try:
            self._lock.beat()
        except _lock.LockLost as lost:
            self.engine.stop(str(lost))

    def _ordinary(self) -> Any:
        evaluator, action = self.prepared.evaluator, self.action

        def perform(job: OrdinaryJob) -> dict[str, Any]:
            evaluator.registered = dict(job.registered)
            variables = evaluator.variables(job.layer, job.variables, job.local)
            return _core.run_action(action, job.module, job.title, job.args, variables, check_mode=job.check_mode, no_log=job.no_log)

        return perform


def _environment(action: ActionBase) -> dict[str, str]:
    """Return the play's and the task's `environment:`."""
    merged: dict[str, str] = {}
    environments = action._task.environment or []
    for environment in environments if isinstance(environments, list) else [environments]:
        rendered = action._templar.template(environment) or {}
        merged.update({str(key): str(value) for key, value in rendered.items()})
    return merged


def _memoised(function: Any) -> Any:
    known: dict[str, Any] = {}

    def call(key: str) -> Any:
        if key not in known:
            known[key] = function(key)
        return known[key]

    return call


def _warm(kinds: Mapping[str, Kind]) -> None:
    """Import what the workers will need and make their clients, once, before the first is forked."""
    warm = [kind for kind in kinds.values() if kind.warm]
    if not warm:
        return
    _aws.install()
    services: set[str] = set()
    for kind in warm:
        importlib.import_module(str(kind.import_path))
        services.update(_CLIENTS_IN_SOURCE.findall(Path(str(kind.source)).read_text(encoding="utf-8")))
    _aws.warm(frozenset(services))


@contextmanager
def _interruptible(engine: Run, terminal: _terminal.Terminal) -> Iterator[None]:
    """Let Ctrl-C and SIGTERM stop starting nodes; running calls finish and the report is written."""

    def stop(_number: int, _frame: object) -> None:
        if not engine.stopping:
            engine.stopping = engine.interrupted = True
            terminal.detach()
            terminal.write("interrupted: nothing more is started, waiting for what is running", "yellow")

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    # Whoever kills ansible-playbook means its run.
    _bereft.signal_when_alone(signal.SIGTERM, os.getppid())
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
