# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A playbook that is run in a fork ends, prints and leaves behind what it would in a process of its own."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import pytest

from tests import forked_playbooks
from tests.playbooks import environment_for, play

pytestmark = [pytest.mark.integration]

PLAYBOOK = """\
- hosts: localhost
  connection: local
  gather_facts: false
  tasks:
    - ansible.builtin.debug:
        msg: "{{ word }} {{ lookup('ansible.builtin.env', 'SAID', default='nothing') }} {{ temporary }}"
      vars:
        temporary: "{{ lookup('ansible.builtin.config', 'DEFAULT_LOCAL_TMP') }}"
    - ansible.builtin.command: "{{ program }}"
      when: program is defined
    - ansible.builtin.fail:
      when: word == "fail"
"""


@pytest.fixture
def playbook(tmp_path: Path) -> Path:
    path = tmp_path / "playbook.yml"
    path.write_text(PLAYBOOK, encoding="utf-8")
    return path


def said(playbook: Path, word: str, **environment: str) -> tuple[int, str]:
    ran = play(None, playbook, inventory="localhost,", reports=playbook.parent, variables={"word": word}, environment=environment)
    return ran.code, ran.output


def test_output_and_exit_code_are_those_of_ansible(playbook: Path) -> None:
    code, output = said(playbook, "good", SAID="hello")
    assert code == 0
    assert "good hello" in output
    assert "WARNING" not in output
    assert said(playbook, "fail")[0] == 2


def test_no_run_inherits_from_another(playbook: Path) -> None:
    first, second = said(playbook, "a", SAID="hello")[1], said(playbook, "a")[1]
    assert "a nothing" in second
    directories = {line.split()[-1] for output in (first, second) for line in output.splitlines() if "ansible-local-" in line}
    assert len(directories) == 2
    assert not any(Path(directory).exists() for directory in directories), "both have taken their own away"


def test_what_imports_read_is_never_that_of_another_run(playbook: Path) -> None:
    ours = environment_for(None)
    assert forked_playbooks.run([str(playbook), "--syntax-check", "-i", "localhost,"], ours, ours, 60) is not None
    assert forked_playbooks.run([str(playbook)], {**ours, "ANSIBLE_FORKS": "7"}, ours, 60) is None


def test_a_run_that_takes_too_long_is_killed(playbook: Path, tmp_path: Path) -> None:
    mark = f"stratum-{os.getpid()}"
    begun = time.monotonic()
    with pytest.raises(subprocess.TimeoutExpired):
        play(
            None,
            playbook,
            inventory="localhost,",
            reports=tmp_path,
            variables={"word": mark, "program": f"tail -f /dev/null {mark}"},
            timeout=4,
        )
    while subprocess.run(["pgrep", "-f", f"tail.*{mark}"], stdout=subprocess.DEVNULL, check=False).returncode == 0:
        assert time.monotonic() - begun < 60
        time.sleep(0.1)
