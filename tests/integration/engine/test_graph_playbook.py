# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""`playbooks/graph.yml` as a user runs it: the files, without an account, with a report, with and without Graphviz."""

from __future__ import annotations

import json
import os
import re
import shutil
import time
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.emulator.fixtures import Emulator
from tests.playbooks import ROOT, Ran, play

pytestmark = pytest.mark.integration

NO_DOT = "/nonexistent/dot"
UNREACHABLE = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}
FAKE = """#!/bin/sh
echo "$@" > "$0.arguments"
cat > "$0.input"
{then}
"""


def graph(
    reports: Path, *arguments: str, account: Emulator | None = None, environment: dict[str, str] | None = None, **variables: Any
) -> Ran:
    """Run the playbook for Speckle's production; without `graph_dot` there is no Graphviz."""
    return play(
        account,
        "playbooks/graph.yml",
        "--limit",
        "speckle",
        *arguments,
        inventory="inventories/prod",
        reports=reports,
        variables={"graph_dot": NO_DOT, **variables},
        environment=environment or ({} if account else UNREACHABLE),
    )


def fake_dot(folder: Path, then: str = "echo '<svg/>'") -> Path:
    folder.mkdir()
    path = folder / "dot"
    path.write_text(FAKE.format(then=then))
    path.chmod(0o755)
    return path


def edges(text: str) -> set[tuple[str, ...]]:
    return {tuple(line.split(" [")[0].strip(" ;").split(" -> ")) for line in text.splitlines() if " -> " in line}


def test_the_graph_is_written_without_an_account_and_only_once(tmp_path: Path) -> None:
    began = time.monotonic()
    ran = graph(tmp_path).check()
    assert time.monotonic() - began < 30
    folder = tmp_path / "prod" / "speckle"
    assert sorted(path.name for path in folder.iterdir()) == ["graph.dot", "graph.mmd"]
    dot, mermaid = (folder / "graph.dot").read_text(), (folder / "graph.mmd").read_text()
    message = re.search(r"speckle: (\d+) tasks, (\d+) of (\d+) edges, 9 layers; written (\S+), (\S+)\n", ran.output)
    assert message, ran.output
    tasks, drawn, every = (int(number) for number in message.groups()[:3])
    assert message.groups()[3:] == (str(folder / "graph.dot"), str(folder / "graph.mmd"))
    assert len(re.findall(r"^    task_", dot, re.MULTILINE)) == len(re.findall(r"^    task_", mermaid, re.MULTILINE)) == tasks
    assert len(edges(dot)) == mermaid.count(" --> ") == drawn < every
    assert ("task_network_create_the_vpc", "task_network_create_the_internet_gateway") in edges(dot)
    assert f'no SVG: the command "{NO_DOT}" of Graphviz is not here; install the package graphviz and run again' in ran.output
    assert ran.changed == 1

    again = graph(tmp_path).check()
    assert again.changed == 0
    assert f"edges, 9 layers; unchanged {folder / 'graph.dot'}, {folder / 'graph.mmd'}\n" in again.output
    full = graph(tmp_path, "--check", "--diff", graph_full=True).check()
    assert f"{tasks} tasks, {every} edges, 9 layers; to be written" in full.output
    assert "+  task_network_create_the_vpc -> " in full.output
    assert (folder / "graph.dot").read_text() == dot


def test_nothing_is_asked_of_an_account_that_is_there(account: Emulator, tmp_path: Path) -> None:
    graph(tmp_path, account=account).check()
    assert account.log() == []


def test_check_mode_says_what_would_be_written_and_writes_nothing(tmp_path: Path) -> None:
    chosen = tmp_path / "chosen"
    ran = graph(tmp_path / "reports", "--check", graph_dir=str(chosen), converge_target="Create the VPC").check()
    assert f"layer; to be written {chosen / 'graph.dot'}, {chosen / 'graph.mmd'}\n" in ran.output
    assert ran.changed == 1
    assert list(tmp_path.iterdir()) == []


def test_graphviz_draws_the_svg(tmp_path: Path) -> None:
    dot = fake_dot(tmp_path / "bin")
    path = {**UNREACHABLE, "PATH": f"{dot.parent}{os.pathsep}{os.environ['PATH']}"}
    chosen = tmp_path / "chosen"
    part: dict[str, Any] = {"graph_dir": str(chosen), "converge_layers": "network"}
    ran = graph(tmp_path, environment=path, graph_dot="dot", **part).check()
    assert "no SVG" not in ran.output
    assert (chosen / "graph.svg").read_text() == "<svg/>\n"
    assert Path(f"{dot}.arguments").read_text() == "-Tsvg\n"
    assert Path(f"{dot}.input").read_text() == (chosen / "graph.dot").read_text()
    assert graph(tmp_path, environment=path, graph_dot="dot", **part).check().changed == 0

    gone = graph(tmp_path, **part).check()
    assert f"no SVG ({chosen / 'graph.svg'} is of an earlier run): " in gone.output

    broken = fake_dot(tmp_path / "broken", "echo 'syntax error in line 3' >&2; exit 3")
    failed = graph(tmp_path, graph_dot=str(broken), **part).check(2)
    assert f"{broken} could not draw the graph (exit code 3): syntax error in line 3." in failed.output


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")
def test_the_real_graphviz_draws_every_task(tmp_path: Path) -> None:
    graph(tmp_path, graph_dot="dot").check()
    folder = tmp_path / "prod" / "speckle"
    drawn = {title.text for title in ElementTree.parse(folder / "graph.svg").iter("{http://www.w3.org/2000/svg}title")}
    assert set(re.findall(r"^    (task_\w+)", (folder / "graph.dot").read_text(), re.MULTILINE)) <= drawn


def test_a_report_brings_times_and_one_that_does_not_fit_is_refused(account: Emulator, tmp_path: Path) -> None:
    target = {"converge_target": "Create the public subnets"}
    play(account, "site.yml", "--limit", "speckle", inventory="inventories/prod", reports=tmp_path, variables=target).check()
    path = tmp_path / "prod" / "speckle" / "converge.json"
    report = json.loads(path.read_text())
    graph(tmp_path, graph_report=str(path), graph_dir=str(tmp_path)).check()
    dot = (tmp_path / "graph.dot").read_text()
    assert re.search(r"\\lconverge of \S+: [\d.]+s, critical path [\d.]+s\\l", dot)
    assert re.search(r'label="Create the public subnets\\nec2_vpc_subnet \(loop\)\\n[\d.]+s, 2 items: 2 create"', dot)
    critical = re.findall(r"^    (task_\w+) .*penwidth=\"3\"", dot, re.MULTILINE)
    names = [f"task_{re.sub('[^a-z0-9]+', '_', name.lower())}" for name in report["critical_path"]["nodes"]]
    assert len(names) > 1
    assert sorted(critical) == sorted(names)
    emphasised = [edge for line in dot.splitlines() if "penwidth" in line for edge in edges(line)]
    assert (names[-2], names[-1]) in emphasised

    def refused(text: str, file: str = "other.json") -> None:
        before = (tmp_path / "graph.dot").stat().st_mtime_ns
        ran = graph(tmp_path, graph_report=str(tmp_path / file), graph_dir=str(tmp_path)).check(2)
        assert text in " ".join(ran.output.split()), ran.output
        assert (tmp_path / "graph.dot").stat().st_mtime_ns == before

    (tmp_path / "other.json").write_text(json.dumps({**report, "stack": "kubernetes"}))
    refused("cannot be used: it is of kubernetes in prod, and this is speckle in prod. Give a report of this stack")
    report["nodes"][0]["name"] = "Create the moon"
    (tmp_path / "other.json").write_text(json.dumps(report))
    refused(f'cannot be used: it tells of "{report["nodes"][0]["layer"]}: Create the moon", which is no task of speckle now.')
    (tmp_path / "other.json").write_text("stack: speckle")
    refused("cannot be used: it is not JSON")
    refused("the report cannot be read: ", "missing.json")


def test_one_directory_for_several_stacks_is_refused(tmp_path: Path) -> None:
    (tmp_path / "hosts.yml").write_text("aws: {hosts: {other: {ansible_connection: local, aws_region: ca-central-1, stack_layers: []}}}\n")
    more = ("-i", str(tmp_path / "hosts.yml"), "--limit", "speckle,other")
    ran = graph(tmp_path, *more, graph_dir=str(tmp_path / "chosen")).check(2)
    assert f"the graphs of 2 stacks would be written to the same files in {tmp_path / 'chosen'}." in " ".join(ran.output.split())
    assert not (tmp_path / "chosen").exists()


def test_the_inventory_is_checked_for_the_region_of_the_stack(tmp_path: Path) -> None:
    inventory = tmp_path / "inventory"
    shutil.copytree(ROOT / "inventories" / "prod", inventory)
    variables = inventory / "host_vars" / "speckle.yml"
    variables.write_text(re.sub(r"instance_class: db\.[\w.]+", "instance_class: db.z9.huge", variables.read_text()))
    environment = {**UNREACHABLE, "AWS_REGION": "us-east-1"}
    ran = graph(tmp_path, "-i", str(inventory), environment=environment).check(2)
    assert 'in ca-central-1, "db.z9.huge", is not one that AWS offers' in ran.output
