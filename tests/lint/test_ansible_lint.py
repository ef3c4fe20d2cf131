# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What tools/ansible_lint.py spares ansible-lint, it does not spare us: faults are found where they are, and notes are heeded."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

pytestmark = [pytest.mark.lint, pytest.mark.slow]

FILES = {
    "playbooks/style.yml": """\
---
- name: Have faults of every kind
  hosts: localhost
  gather_facts: false
  tasks:
    - ansible.builtin.ping:

    - name: Use a short name
      debug:
        msg: "{{a}}"

    - name: Use an option that is none
      ansible.builtin.file:
        path: "{{a}}"
        stat: directory

    - name: say so # noqa name[casing]
      ansible.builtin.ping:

    - name: Include a role
      ansible.builtin.include_role:
        name: sound
""",
    "playbooks/syntax.yml": """\
---
- name: Use a module that is none
  hosts: localhost
  gather_facts: false
  tasks:
    - name: Use it
      ansible.builtin.nonesuch:
""",
    "roles/sound/tasks/main.yml": """\
---
- name: Do nothing
  ansible.builtin.ping:
""",
    "roles/unsound/tasks/main.yml": """\
---
- name: Do two things
  ansible.builtin.ping:
  ansible.builtin.debug:
""",
}

FOUND = {
    "playbooks/style.yml:6: name[missing]",
    "playbooks/style.yml:9: fqcn[action-core]",
    "playbooks/style.yml:10: jinja[spacing]",
    "playbooks/style.yml:12: args[module]",
    "playbooks/style.yml:14: jinja[spacing]",
    "playbooks/syntax.yml:6: syntax-check[unknown-module]",
    "roles/unsound/tasks/main.yml:2: syntax-check[specific]",
}


def test_faults_are_found(tmp_path: Path) -> None:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    command = [sys.executable, "-m", "tools.ansible_lint", "--config-file", str(ROOT / ".ansible-lint"), "--nocolor", "--format=pep8"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    result = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    found = {
        ":".join(line.split(":")[:2]) + ": " + line.split(": ")[1].split("[/]")[0] for line in result.stdout.splitlines() if ": " in line
    }
    assert (result.returncode, found) == (2, FOUND), result.stdout + result.stderr
