# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action plugin `stratum.aws.graph`: writes a stack's graph as DOT, Mermaid and, by Graphviz, SVG."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.stratum.aws.plugins.plugin_utils import _converge
from ansible_collections.stratum.aws.plugins.plugin_utils.checks import _account
from ansible_collections.stratum.aws.plugins.plugin_utils.checks._problems import ProblemsFound
from ansible_collections.stratum.aws.plugins.plugin_utils.drawings import _diagram, _timings
from ansible_collections.stratum.aws.plugins.plugin_utils.telling import _terminal

_SVG_SECONDS = 300


class ActionModule(ActionBase):
    """Draws the layers of a stack."""

    _requires_connection = False
    _supports_check_mode = True
    _supports_diff = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Write the files that changed; return their paths and how much is drawn."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        _unused, options = self.validate_argument_spec(
            argument_spec={
                "layers": {"type": "list", "elements": "str", "required": True},
                "directory": {"type": "path"},
                "report": {"type": "path"},
                "full": {"type": "bool", "default": False},
                "dot": {"type": "path", "default": "dot"},
            },
        )
        given = task_vars or {}
        stack = str(given["inventory_hostname"])
        environment = str(self._setting(given, "environment_name", "default"))
        directory = self._directory(options["directory"], given, environment)
        drawing = self._drawing(options, given, stack, environment)
        texts = {"dot": _diagram.dot(drawing), "mermaid": _diagram.mermaid(drawing)}
        files = {"dot": directory / "graph.dot", "mermaid": directory / "graph.mmd"}
        remark = ""
        if command := shutil.which(options["dot"]):
            texts["svg"], files["svg"] = _svg(command, texts["dot"]), directory / "graph.svg"
        else:
            remark = _without_graphviz(str(options["dot"]), directory)
        try:
            before = {form: _content(path) for form, path in files.items()}
            changed = [form for form in files if before[form] != texts[form]]
            if not self._task.check_mode:
                for form in changed:
                    _write(files[form], texts[form])
        except OSError as error:
            raise AnsibleActionFail(f"the graph cannot be written: {error}. Choose another directory with graph_dir") from error
        words = "to be written" if self._task.check_mode else "written"
        told = [f"{words} {', '.join(str(files[form]) for form in changed)}"] if changed else []
        same = [str(path) for form, path in files.items() if form not in changed]
        message = "; ".join([f"{stack}: {drawing.counts}", *told, *([f"unchanged {', '.join(same)}"] if same else [])])
        terminal = _terminal.Terminal()
        for line in filter(None, (message, remark)):
            terminal.write(line)
        result.update(
            changed=bool(changed),
            msg=message,
            files={form: str(path) for form, path in files.items()},
            tasks=drawing.tasks,
            edges={"drawn": len(drawing.arrows), "all": drawing.edges},
            layers=[layer.name for layer in drawing.layers],
        )
        if self._task.diff:
            # The other files say the same.
            result["diff"] = {
                "before_header": str(files["dot"]),
                "after_header": str(files["dot"]),
                "before": before["dot"] or "",
                "after": texts["dot"],
            }
        return result

    def _setting(self, task_vars: Mapping[str, Any], name: str, default: str) -> Any:
        return self._templar.template(task_vars[name]) if name in task_vars else default

    def _directory(self, chosen: str | None, task_vars: Mapping[str, Any], environment: str) -> Path:
        if chosen is None:
            return Path(str(self._setting(task_vars, "report_dir", "reports"))) / environment / str(task_vars["inventory_hostname"])
        if len(stacks := task_vars.get("ansible_play_hosts_all", [])) > 1:
            raise AnsibleActionFail(
                f"the graphs of {len(stacks)} stacks would be written to the same files in {chosen}. "
                "Choose one stack with --limit, or a directory for all of them with report_dir"
            )
        return Path(chosen)

    def _drawing(self, options: Mapping[str, Any], task_vars: Mapping[str, Any], stack: str, environment: str) -> _diagram.Drawing:
        if region := self._setting(task_vars, "aws_region", ""):
            # What AWS sells is checked for the stack's region, whichever the shell is set to.
            os.environ["AWS_REGION"] = str(region)
        try:
            with _no_account():
                prepared = _converge.prepare(self, _converge.Options(layers=options["layers"]), task_vars)
        except ProblemsFound as problems:
            raise AnsibleActionFail(problems.summary()) from None
        times = None
        if options["report"]:
            known = [node for layer in prepared.layers for node in layer.nodes]
            try:
                times = _timings.timings(json.loads(Path(options["report"]).read_text(encoding="utf-8")), stack, environment, known)
            except OSError as error:
                raise AnsibleActionFail(f"the report cannot be read: {error}. Name a report that a run wrote with graph_report") from error
            except json.JSONDecodeError as error:
                raise AnsibleActionFail(
                    f"{options['report']} cannot be used: it is not JSON ({error}). Name a report that a run wrote with graph_report"
                ) from error
            except _timings.UnfitReport as error:
                raise AnsibleActionFail(f"{options['report']} cannot be used: {error}") from error
        return _diagram.draw(prepared.graph, stack, environment, times, full=options["full"])


@contextmanager
def _no_account() -> Iterator[None]:
    """Let nobody ask the account for its zones: no edge depends on them, and a drawing must not wait for a network."""
    zones = _account.zones

    def none() -> tuple[str, ...]:
        return ()

    _account.zones = none
    try:
        yield
    finally:
        _account.zones = zones


def _svg(command: str, text: str) -> str:
    try:
        done = subprocess.run(
            [command, "-Tsvg"], input=text, capture_output=True, text=True, encoding="utf-8", timeout=_SVG_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise AnsibleActionFail(f"{command} could not draw the graph: {error}. Give another one with graph_dot") from error
    if done.returncode:
        raise AnsibleActionFail(
            f"{command} could not draw the graph (exit code {done.returncode}): {done.stderr.strip()}. Give another one with graph_dot"
        )
    return done.stdout


def _without_graphviz(command: str, directory: Path) -> str:
    """Say how to have the SVG, and what an SVG that lies there is."""
    old = directory / "graph.svg"
    warning = f" ({old} is of an earlier run)" if old.exists() else ""
    return f'no SVG{warning}: the command "{command}" of Graphviz is not here; install the package graphviz and run again'


def _content(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except (FileNotFoundError, UnicodeDecodeError):
        return None


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.partial")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)
