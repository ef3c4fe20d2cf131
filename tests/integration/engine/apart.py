# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs modules in a warm worker and in processes of their own, all forked from an interpreter that has run nothing else.

Forks of pytest inherit what earlier tests have left in that process, and are no standard to compare with.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from ansible_collections.stratum.aws.plugins.plugin_utils.barrier import _aws
from ansible_collections.stratum.aws.plugins.plugin_utils.runs import _module_call
from ansible_collections.stratum.aws.plugins.plugin_utils.runs._module_call import Call
from ansible_collections.stratum.aws.plugins.plugin_utils.runs._pool import Pool

from tests.integration.modules.running import run
from tests.playbooks import ROOT

REGION = {"AWS_REGION": "ca-central-1", "AWS_DEFAULT_REGION": "ca-central-1"}
Perform = Callable[[Any], Any]
Results = list[dict[str, Any]]


@contextmanager
def warm_worker(environment: Mapping[str, str], perform: Perform) -> Iterator[Perform]:
    """Give a function that lets one worker, prepared as the engine prepares it, perform one thing after another."""

    def prepared(job: Any) -> tuple[Any, bool]:
        os.environ.update(dict(environment) | REGION)
        _aws.install()
        return perform(job), True

    pool = Pool(prepared, 1)

    def ask(job: Any) -> Any:
        pool.start(0, job)
        while not (done := pool.wait(60)):
            pass
        assert done[0].death is None, done[0].death
        return done[0].outcome

    try:
        yield ask
    finally:
        pool.close()


def run_apart(calls: Sequence[Call], environment: Mapping[str, str], timeout: float = 240) -> tuple[Results, Results]:
    """Run the calls twice in one warm worker, then each in a process of its own; return the second and the last results."""
    asked = [(call.module, json.loads(call.arguments)) for call in calls]
    done = subprocess.run(
        [sys.executable, "-m", __name__],
        input=json.dumps({"calls": asked, "environment": dict(environment)}),
        stdout=subprocess.PIPE,
        text=True,
        timeout=timeout,
        check=True,
        cwd=ROOT,
    )
    warm, fresh = json.loads(done.stdout)
    return warm, fresh


def main() -> None:
    """Read the calls, run them both ways, and write their results."""
    asked = json.load(sys.stdin)
    environment: dict[str, str] = asked["environment"]
    calls = [Call(module, json.dumps(arguments).encode()) for module, arguments in asked["calls"]]
    with warm_worker(environment, _module_call.run) as ask:
        # Twice, so that each module has run after every other one.
        warm = [ask(call).result or {} for call in [*calls, *calls]][len(calls) :]
    fresh = []
    for module, arguments in asked["calls"]:
        options = arguments["ANSIBLE_MODULE_ARGS"]
        name = module.removeprefix("ansible_collections.").replace(".plugins.modules.", ".")
        fresh.append(dict(run(name, options, environment | REGION, options["_ansible_check_mode"], diff=True)))
    # Only warnings are no plain values, and they are not compared.
    json.dump([warm, fresh], sys.stdout, default=str)


if __name__ == "__main__":
    main()
