# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Modules in a warm worker behave as in a process of their own, whatever ran there before, and leave nothing behind.

The calls are those that a converge of the role's molecule scenario makes, so every module of every graph is tried.
"""

from __future__ import annotations

import importlib
import json
import os
import pickle
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psutil
import pytest
import yaml
from ansible.module_utils.common import warnings as module_warnings
from ansible_collections.stratum.aws.plugins.plugin_utils import _core
from ansible_collections.stratum.aws.plugins.plugin_utils.runs import _module_call
from ansible_collections.stratum.aws.plugins.plugin_utils.runs._jobs import WARM_COLLECTIONS
from ansible_collections.stratum.aws.plugins.plugin_utils.runs._module_call import Call

from tests.emulator.fixtures import Emulator, StartEmulator
from tests.playbooks import ROOT, play

from .apart import REGION, run_apart, warm_worker
from .conftest import LOCAL
from .scenarios import NEED_KUBERNETES, ROLES, scenario

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.timeout(600)]

RECORDER = Path(__file__).parent / "recorder"
NEVER_UNCHANGED = {"amazon.aws.ec2_vpc_dhcp_option"}
"""Modules that make a new resource every time they are asked (the graphs look first): compared in check mode."""


def modules_of(role: str) -> set[str]:
    """Return the AWS modules that a role's graph uses in a converge."""
    tasks = yaml.safe_load((ROOT / "roles" / role / "tasks" / "graph.yml").read_text())
    converging = [task for task in tasks if "converge_verb" not in str(task.get("when"))]
    return {key for task in converging for key in task if key.startswith(WARM_COLLECTIONS)}


def recorded_calls(account: Emulator, role: str, directory: Path) -> dict[str, Call]:
    """Converge the role's molecule scenario and return its last successful call of each module."""
    calls = directory / "calls"
    calls.mkdir()
    (directory / "emulator.yml").write_text(json.dumps({"emulator_environment": account.environment}))
    (directory / "hosts.yml").write_text(json.dumps({"aws": {"hosts": {"molecule": LOCAL}}}))
    play(
        account,
        ROOT / "molecule" / "resources" / "converge.yml",
        inventory=str(directory / "hosts.yml"),
        reports=directory,
        environment={
            "ANSIBLE_CALLBACK_PLUGINS": str(RECORDER),
            "ANSIBLE_CALLBACKS_ENABLED": "record_calls",
            "STRATUM_RECORDED_CALLS": str(calls),
            "MOLECULE_SCENARIO_NAME": scenario(role).name,
            "MOLECULE_SCENARIO_DIRECTORY": str(scenario(role)),
            "MOLECULE_EPHEMERAL_DIRECTORY": str(directory),
        },
    ).check()
    found: dict[str, Call] = {}
    for path in sorted(calls.iterdir(), key=lambda each: each.stat().st_mtime_ns):
        module, arguments, broke = pickle.loads(path.read_bytes())
        if not broke:
            name = module.removeprefix("ansible_collections.").replace(".plugins.modules.", ".")
            found[name] = Call(module, in_check_mode(arguments) if name in NEVER_UNCHANGED else arguments)
    return found


def in_check_mode(arguments: bytes) -> bytes:
    """Return a call's arguments with check mode switched on."""
    decoded = json.loads(arguments)
    decoded["ANSIBLE_MODULE_ARGS"]["_ansible_check_mode"] = True
    return json.dumps(decoded).encode()


# A process that counts as a controller shows the last two at once and leaves them out of the result.
NOT_COMPARED = {"ResponseMetadata", "response_metadata", "latest_restorable_time", "warnings", "deprecations"}


def normalised(value: Any) -> Any:
    """Return a result without what no two calls have in common."""
    if isinstance(value, dict):
        return {key: normalised(item) for key, item in value.items() if key not in NOT_COMPARED}
    return [normalised(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("role", ROLES)
def test_same_result_in_a_warm_worker_as_in_a_process_of_its_own(
    account: Emulator, start_emulator: StartEmulator, tmp_path: Path, role: str
) -> None:
    if role in NEED_KUBERNETES:
        account = start_emulator(kubernetes=True)
    calls = recorded_calls(account, role, tmp_path)
    used = modules_of(role)
    missing = used - set(calls)
    assert not missing, f"molecule/{role}/vars.yml leaves out what {', '.join(sorted(missing))} would do"
    names = sorted(used)
    warm, fresh = run_apart([calls[name] for name in names], account.environment | REGION)
    for name, one, other in zip(names, warm, fresh, strict=True):
        assert normalised(one) == normalised(other), name
        assert not other.get("failed"), name


def info(module: str, **arguments: Any) -> Call:
    collection, _unused, name = module.rpartition(".")
    encoded = _core.encode_arguments({**arguments, "_ansible_module_name": module, "_ansible_remote_tmp": "/tmp"})
    return Call(f"ansible_collections.{collection}.plugins.modules.{name}", encoded)


CHEAP = (
    info("amazon.aws.aws_caller_info"),
    info("amazon.aws.ec2_vpc_net_info"),
    info("amazon.aws.iam_role_info"),
    info("amazon.aws.s3_bucket_info"),
    info("community.aws.ssm_parameter", name="/x", value="hunter22", string_type="SecureString"),
    info("stratum.aws.sns_topic", name="x", tags={"of": "hunter22"}),
    info("stratum.aws.cloudwatch_log_group", name="x", retention=7),
    info("stratum.aws.eks_version_info"),
)


def traces(_job: object = None) -> dict[str, Any]:
    """Return what a process has that a module could have left."""
    me = psutil.Process()
    return {
        "descriptors": me.num_fds(),
        "children": len(me.children()),
        "threads": me.num_threads(),
        "directory": str(Path.cwd()),
        "environment": dict(os.environ),
        "warnings": list(module_warnings._global_warnings) + list(module_warnings._global_deprecations),
        "memory": me.memory_info().rss,
    }


def perform_or_look(job: Call | Sequence[str] | None) -> Any:
    if isinstance(job, Call):
        return _module_call.run(job)
    for module in job or ():
        collection, _unused, name = module.rpartition(".")
        importlib.import_module(f"ansible_collections.{collection}.plugins.modules.{name}")
    return traces()


def test_many_calls_in_one_worker_leave_nothing_behind(account: Emulator) -> None:
    every_module = sorted(set().union(*(modules_of(role) for role in ROLES)))
    with warm_worker(account.environment, perform_or_look) as ask:
        imported = ask(every_module)
        again = ask(every_module)
        again.pop("memory"), imported.pop("memory")
        assert again == imported
        first = {number: ask(call).result for number, call in enumerate(CHEAP)}
        before = ask(None)
        for round_ in range(200 // len(CHEAP)):
            for number, call in enumerate(CHEAP):
                result = ask(call).result
                if round_:
                    assert normalised(result) == normalised(first[number])
                first[number] = result
                # A secret of another call is no secret here.
                if call.module.endswith("sns_topic"):
                    assert result["topic"]["tags"] == {"of": "hunter22"}
        after = ask(None)
    grown = after.pop("memory") - before.pop("memory")
    assert after == before
    assert grown < 30_000_000, f"{grown // len(CHEAP)} bytes in {200 // len(CHEAP)} rounds"
