# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run ansible-lint without what it does over and over: `python -m tools.ansible_lint [argument …]`.

It takes the arguments of ansible-lint, applies the same rules to the same files and says the same about them, but for what `yamllint .`
says already. Of its two minutes of processor time, three quarters went into these:

- a start of ansible-playbook for each playbook and each role. Here one reads them all. If it finds a fault, or when playbooks have
  modules beside them, each is read by itself again, which is how ansible-lint knows whose the fault is.
- a deep copy of each task for each of forty rules, to bring its action into one form. Here the form is kept.
- the lines of each file, read by each rule for the notes that switch it off, also by the rules that look at no lines; and
  each file parsed once more for these notes, also if it has none.
- the patterns that tell what kind of file a file is, taken apart anew for each file.
- the layout of Jinja expressions, asked of black each time that one recurs.
- yamllint, with the same settings, on files that `tools/lint yamllint` reads as well.
"""

from __future__ import annotations

import functools
import subprocess
import sys
import tempfile
from collections.abc import Callable, MutableMapping
from pathlib import Path
from typing import Any

from ansiblelint import skip_utils
from ansiblelint._internal.rules import BaseRule
from ansiblelint.errors import MatchError
from ansiblelint.file_utils import Lintable
from ansiblelint.rules import AnsibleLintRule, jinja, yaml_rule
from ansiblelint.runner import Runner
from ansiblelint.utils import Task
from wcmatch import _wcparse

ROOT = Path(__file__).resolve().parent.parent

Matches = list[MatchError]


def _read_together(runner: Runner, files: list[Lintable]) -> bool:
    """Tell whether one ansible-playbook reads all these playbooks and roles without a fault."""
    playbooks = [file.path.expanduser() for file in files if file.kind == "playbook"]
    # Modules beside a playbook would be found for the playbooks that follow as well.
    if any((playbook.parent / folder).exists() for playbook in playbooks for folder in ("library", "action_plugins")):
        return False
    play = "- name: Role\n  hosts: localhost\n  tasks:\n    - ansible.builtin.import_role:\n        name: {}\n"
    roles = "".join(play.format(file.path.expanduser().absolute()) for file in files if file.kind == "role")
    environment = {**runner.app.runtime.environ, "PYTHONWARNINGS": "ignore", "ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "False"}
    with tempfile.NamedTemporaryFile("w", prefix="play", suffix=".yml", encoding="utf-8") as file:
        file.write(roles)
        file.flush()
        command = ["ansible-playbook", "--syntax-check", *map(str, playbooks), *([file.name] if roles else [])]
        return subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, check=False).returncode == 0


def _check_syntax_together() -> None:
    """Let one ansible-playbook read all playbooks and roles, and each its own only after a fault."""
    one_by_one = Runner._map_syntax_check_workers

    def together(self: Runner, worker: Callable[[Lintable], Matches], files: list[Lintable]) -> list[Matches]:
        if len(files) < 2 or self.app.options.extra_vars or not _read_together(self, files):
            return one_by_one(self, worker, files)
        sound = {file.path.expanduser().resolve() for file in files if file.kind == "playbook"}
        runtime = self.app.runtime
        loads = runtime.has_playbook

        def has_playbook(playbook: str, *, basedir: Path | None = None) -> bool:
            return ((basedir or Path()) / playbook).resolve() in sound or loads(playbook, basedir=basedir)

        runtime.has_playbook = has_playbook  # type: ignore[method-assign]
        return [[] for _ in files]

    Runner._map_syntax_check_workers = together  # type: ignore[method-assign]


def _keep_normalized_tasks() -> None:
    """Bring each task into the form that rules read once, not once for each rule."""
    normalize = Task._normalize_task
    # A task is the same as long as it is the same object, which being kept here it remains.
    known: dict[int, tuple[object, MutableMapping[str, Any]]] = {}

    def normalized(self: Task) -> MutableMapping[str, Any]:
        if id(self.raw_task) not in known:
            known[id(self.raw_task)] = self.raw_task, normalize(self)
        kept = known[id(self.raw_task)][1]
        # Rules add and remove keys of the task and of its action.
        return {key: dict(value) if key == "action" else value for key, value in kept.items()}

    Task._normalize_task = normalized  # type: ignore[method-assign]


def _skip_lines_that_no_one_reads() -> None:
    """Let only those rules go through a file's lines that look at lines."""
    match_lines = AnsibleLintRule.matchlines

    def matched(self: AnsibleLintRule, file: Lintable) -> Matches:
        return [] if type(self).match is BaseRule.match else match_lines(self, file)

    AnsibleLintRule.matchlines = matched  # type: ignore[method-assign]


def _look_for_notes_where_there_are_some() -> None:
    """Parse a file once more, with its comments, only if it has a note that switches a rule off."""
    append = skip_utils._append_skipped_rules

    def appended(pyyaml_data: Any, lintable: Lintable) -> Any:
        return append(pyyaml_data, lintable) if "noqa" in lintable.content else pyyaml_data

    skip_utils._append_skipped_rules = appended


def _leave_yaml_to_yamllint() -> None:
    """Apply yamllint to what `yamllint .` does not read: the examples of plugins, and files whose names do not say that they are YAML."""
    match_yaml = yaml_rule.YamllintRule.matchyaml

    def matched(self: yaml_rule.YamllintRule, file: Lintable) -> Matches:
        read = file.abspath.suffix in (".yml", ".yaml") and file.abspath.is_relative_to(ROOT)
        return [] if read else match_yaml(self, file)

    yaml_rule.YamllintRule.matchyaml = matched  # type: ignore[method-assign]


def main() -> None:
    """Change ansible-lint and start it."""
    from ansiblelint.__main__ import _run_cli_entrypoint

    _check_syntax_together()
    _keep_normalized_tasks()
    _skip_lines_that_no_one_reads()
    _look_for_notes_where_there_are_some()
    _leave_yaml_to_yamllint()
    jinja.blacken = functools.cache(jinja.blacken)
    _wcparse.compile = functools.cache(_wcparse.compile)
    _run_cli_entrypoint()


if __name__ == "__main__":
    sys.argv[0] = "ansible-lint"
    main()
