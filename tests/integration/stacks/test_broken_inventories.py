# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Thirteen ways to break Speckle's inventory: each gives one clear message, and nothing is written."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.emulator.fixtures import Emulator
from tests.playbooks import ROOT, play

pytestmark = [pytest.mark.integration, pytest.mark.slow]

Edit = Callable[[str], str]


def replace(old: str, new: str) -> Edit:
    def edit(text: str) -> str:
        assert old in text, f"the inventory no longer holds {old!r}"
        return text.replace(old, new, 1)

    return edit


def append(text: str) -> Edit:
    return lambda before: f"{before.rstrip()}\n{text}\n"


@dataclass(frozen=True)
class Break:
    """An edit of host_vars/speckle.yml or of group_vars/speckle.yml, or a further layer; and what is said about it."""

    words: tuple[str, ...]
    host: Edit = lambda text: text
    group: Edit = lambda text: text
    tasks: str = ""
    names: str = "speckle.yml"
    code: int = 2
    layers: list[str] = field(default_factory=list)


BREAKS = {
    "unknown variable": Break(
        ("network_cdir", "no variable of this name", 'Did you mean "network_cidr"?'), append("network_cdir: 10.0.0.0/16")
    ),
    "overlapping CIDR": Break(
        ("network_private_subnets: 10.0.2.0/24 overlaps 10.0.2.0/24 of network_public_subnets", "Give each subnet a block of its own"),
        replace("10.0.10.0/24", "10.0.2.0/24"),
    ),
    "missing zone": Break(
        ("network_azs", "the region has no zone ca-central-1z", "Choose from ca-central-1a"),
        append("network_azs: [ca-central-1a, ca-central-1z]"),
    ),
    "wrong type": Break(
        ("network_enable_nat_gateway", "bool"), replace("network_enable_nat_gateway: true", "network_enable_nat_gateway: [1]")
    ),
    "name too long": Break(("storage_buckets", "70 characters", "AWS takes 3 to 63"), append(f"storage_buckets:\n  - name: {'b' * 70}")),
    "cyclic reference": Break(
        ("tasks wait for each other in a circle", '"First"', '"Second"'),
        tasks="""
- name: First
  ansible.builtin.debug:
    msg: "{{ __broken_second.msg }}"
  register: __broken_first
- name: Second
  ansible.builtin.debug:
    msg: "{{ __broken_first.msg }}"
  register: __broken_second
""",
        names="graph.yml:1",
    ),
    "unknown module": Break(
        ("amazon.aws.ec2_vpc_nett", "cannot be found", "Correct the name"),
        tasks="- name: Create\n  amazon.aws.ec2_vpc_nett:\n    name: x\n",
        names="graph.yml:1",
    ),
    "unsupported keyword": Break(
        ('the task keyword "ignore_errors"', "a graph does not support", "Use only"),
        tasks="- name: Create\n  amazon.aws.ec2_vpc_net:\n    name: x\n  ignore_errors: true\n",
        names="graph.yml:4",
    ),
    "undefined variable": Break(
        ("nowhere_to_be_found", "not defined", 'Define "nowhere_to_be_found"'),
        append('network_igw_name: "{{ nowhere_to_be_found }}"'),
        names="graph.yml",
    ),
    "bad window": Break(
        ("data_tier_databases", "overlap", "Move one of them"),
        lambda text: re.sub(r'backup_window: "?03:00-04:00"?', 'backup_window: "03:30-04:30"', text),
        lambda text: re.sub(r'backup_window: "?03:00-04:00"?', 'backup_window: "03:30-04:30"', text),
    ),
    "bad version": Break(
        ("data_tier_databases", "16.999", "not one that AWS offers", "Choose for example"),
        lambda text: text.replace("16.11", "16.999"),
        lambda text: text.replace("16.11", "16.999"),
    ),
    "retired version": Break(
        ("eks_clusters", "AWS no longer offers Kubernetes 1.20 for speckle-cluster", "set version_policy to nearest_supported"),
        lambda text: append("version_policy: exact")(re.sub(r"version: [\"']1\.29[\"']", "version: '1.20'", text)),
        lambda text: re.sub(r"version: [\"']1\.29[\"']", "version: '1.20'", text),
    ),
    "YAML error": Break(
        ("YAML parsing failed", "Mend the syntax; nothing was changed"), append("broken: [unclosed"), names="speckle.yml:", code=4
    ),
}


@pytest.mark.parametrize("kind", BREAKS)
def test_a_broken_inventory_says_what_is_wrong_and_writes_nothing(account: Emulator, tmp_path: Path, kind: str) -> None:
    broken = BREAKS[kind]
    project = tmp_path / "project"
    shutil.copytree(ROOT / "inventories", project / "inventories")
    shutil.copytree(ROOT / "group_vars", project / "group_vars")
    shutil.copytree(ROOT / "playbooks", project / "playbooks", symlinks=True)
    configuration = (ROOT / "ansible.cfg").read_text().replace(".venv/collections", str(ROOT / ".venv" / "collections"))
    (project / "ansible.cfg").write_text(configuration)
    for path, edit in (("inventories/prod/host_vars/speckle.yml", broken.host), ("group_vars/speckle.yml", broken.group)):
        file = project / path
        file.write_text(edit(file.read_text()))
    variables = {}
    if broken.tasks:
        graph = project / "playbooks" / "roles" / "broken" / "tasks" / "graph.yml"
        graph.parent.mkdir(parents=True)
        graph.write_text(broken.tasks.lstrip())
        variables["stack_layers"] = ["network", "broken"]
    ran = play(
        account,
        "playbooks/site.yml",
        "--limit",
        "speckle",
        inventory="inventories/prod",
        reports=tmp_path,
        variables=variables,
        cwd=project,
    )
    ran.check(broken.code)
    for word in (*broken.words, broken.names):
        assert word in ran.output, ran.output
    if broken.code == 2:
        assert "1 problem, nothing was changed" in ran.output, ran.output
    assert account.writes() == []
    assert not (tmp_path / "prod" / "speckle" / "converge.json").exists()
