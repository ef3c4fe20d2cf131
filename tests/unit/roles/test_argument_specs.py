# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ansible can read each role's argument specification: it refuses keys that a merged mapping has, too, which other readers of YAML take."""

from __future__ import annotations

import os
import subprocess
import sys

from tests.playbooks import ROOT

READ_ALL = """
import sys
from ansible.parsing.dataloader import DataLoader
for path in sys.argv[1:]:
    try:
        DataLoader().load_from_file(path)
    except Exception as error:
        print(f"{path}: {error}")
"""


def test_ansible_reads_them() -> None:
    paths = sorted(str(path) for path in ROOT.glob("roles/*/meta/argument_specs.yml"))
    assert paths
    # What a duplicate key is, is settled when Ansible is imported: a process of its own has the checkout's configuration.
    environment = os.environ | {"ANSIBLE_CONFIG": str(ROOT / "ansible.cfg")}
    read = subprocess.run([sys.executable, "-c", READ_ALL, *paths], env=environment, cwd=ROOT, capture_output=True, text=True, check=True)
    assert read.stdout == ""
