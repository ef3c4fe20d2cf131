# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""`make bench`: what a stack costs as a graph and task by task, and what an unchanged resource costs.

Every figure is that of a whole `ansible-playbook` process, from outside: wall seconds, and the processor
seconds of it and all its children. The emulator's processor time is shown beside them, because on a small
machine it is part of the wall time. Results are kept in `.cache/benchmarks.json` and compared with the last.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tests.emulator import process
from tests.emulator.fixtures import Emulator

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / ".cache" / "benchmarks.json"
REPORTS = ROOT / ".cache" / "benchmarks"
ROUNDS = 3
TIME_SCALE = 60.0


@dataclass(frozen=True)
class Figure:
    """One whole process: wall seconds, processor seconds of it and its children, and of the emulator."""

    wall: float
    processor: float
    emulator: float


def play(emulator: Emulator, *arguments: str, playbook: str = "site.yml") -> Figure:
    """Run a playbook on the stack and measure it; a failure ends the benchmark with its output."""
    command = [sys.executable, "-m", "ansible", "playbook", playbook, "-i", "inventories/prod", "--limit", "speckle", "--skip-tags", "host"]
    command += ["-e", f"report_dir={REPORTS}", *arguments]
    environment = {**os.environ, **emulator.environment, "PYTHONUNBUFFERED": "1"}
    before, server, began = _processor_seconds(), emulator.processor_seconds(), time.monotonic()
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    figure = Figure(time.monotonic() - began, _processor_seconds() - before, emulator.processor_seconds() - server)
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout[-4000:]}\n{done.stderr[-2000:]}")
    return figure


def _processor_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def report() -> dict[str, Any]:
    """Return the report of the last converge."""
    loaded: dict[str, Any] = json.loads((REPORTS / "prod" / "speckle" / "converge.json").read_text(encoding="utf-8"))
    return loaded


def median(figures: list[Figure]) -> Figure:
    """Return the median of each figure."""
    return Figure(*(statistics.median(values) for values in zip(*(asdict(figure).values() for figure in figures), strict=True)))


def measure(rounds: int) -> dict[str, Any]:
    """Measure everything that the product promises; return the figures by name."""
    one = Emulator(process.start("bench-graph", {}))
    two = Emulator(process.start("bench-linear", {}))
    slow = Emulator(process.start("bench-real", {"delays": "real", "time_scale": TIME_SCALE}))
    for each in (one, two, slow):
        each.reset()
    try:
        start = median([play(one, playbook="tests/benchmarks/empty.yml") for _round in range(rounds)])
        create_graph = play(one)
        resources = len([node for node in report()["nodes"] if node["action"] != "skipped"])
        same_graph = median([play(one) for _round in range(rounds)])
        plan = median([play(one, "--check") for _round in range(rounds)])
        create_linear = play(two, "-e", "converge_engine=linear")
        same_linear = median([play(two, "-e", "converge_engine=linear") for _round in range(max(1, rounds - 2))])
        real = play(slow)
        critical = report()["critical_path"]
    finally:
        for each in (one, two, slow):
            each.stop()
    return {
        "resources": resources,
        "ansible start": asdict(start),
        "create, graph": asdict(create_graph),
        "create, task by task": asdict(create_linear),
        "no change, graph": asdict(same_graph),
        "no change, task by task": asdict(same_linear),
        "plan, no change": asdict(plan),
        f"create, real delays / {TIME_SCALE:g}": asdict(real),
        "ratio create": create_graph.wall / create_linear.wall,
        "ratio no change": same_graph.wall / same_linear.wall,
        "processor ms per unchanged resource": 1000 * (same_graph.processor - start.processor) / resources,
        "makespan / critical path": real.wall / critical["seconds"],
        "critical path": critical,
    }


def show(figures: dict[str, Any], last: dict[str, Any]) -> None:
    """Print the figures, each beside the one of the last run."""
    print(f"{'':<40}{'wall s':>9}{'cpu s':>9}{'emulator cpu s':>16}")
    for name, figure in figures.items():
        if isinstance(figure, dict) and "wall" in figure:
            was = f"   (last: {last[name]['wall']:.2f} s)" if name in last else ""
            print(f"{name:<40}{figure['wall']:>9.2f}{figure['processor']:>9.2f}{figure['emulator']:>16.2f}{was}")
    for name, figure in figures.items():
        if isinstance(figure, int | float):
            was = f"   (last: {last[name]:.3f})" if name in last else ""
            print(f"{name:<40}{figure:>9.3f}{was}")
    critical = figures["critical path"]
    print(f"critical path: {critical['seconds']:.1f} s: {' → '.join(critical['nodes'])}")


def main() -> None:
    """Measure, compare, keep."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="how many runs the medians are of")
    figures = measure(parser.parse_args().rounds)
    last = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    show(figures, last)
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
