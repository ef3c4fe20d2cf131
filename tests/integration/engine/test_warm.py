# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Modules leave nothing behind in a warm worker, whatever runs there one after another."""

from __future__ import annotations

import importlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psutil
import pytest
from ansible.module_utils.common import warnings as module_warnings
from ansible_collections.stratum.aws.plugins.plugin_utils import _core
from ansible_collections.stratum.aws.plugins.plugin_utils.barrier import _aws
from ansible_collections.stratum.aws.plugins.plugin_utils.runs import _module_call
from ansible_collections.stratum.aws.plugins.plugin_utils.runs._module_call import Call

from tests.emulator.fixtures import Emulator

from .apart import warm_worker
from .graph_modules import modules_of, normalised
from .scenarios import ROLES

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.timeout(600)]


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


def clients_made(environment: dict[str, str]) -> list[str]:
    """Warm two services with `environment`, run two modules, and return the services that a client was made for meanwhile."""
    import botocore.session

    os.environ.update(environment)
    _aws.warm(frozenset({"ec2", "iam"}))
    made: list[str] = []
    sessions: Any = botocore.session.Session
    make = sessions.create_client

    def counted(session: Any, service: str, *args: Any, **kwargs: Any) -> Any:
        made.append(service)
        return make(session, service, *args, **kwargs)

    # In a worker, which ends with this.
    sessions.create_client = counted
    for call in (info("amazon.aws.ec2_vpc_net_info"), info("amazon.aws.iam_role_info")):
        _module_call.run(call)
    return made


def test_modules_find_the_clients_that_were_made_before_the_fork(account: Emulator) -> None:
    with warm_worker(account.environment, clients_made) as ask:
        assert ask({}) == []


def test_credentials_that_modules_refuse_stop_no_run(account: Emulator) -> None:
    """Modules say of themselves that a profile and keys do not go together."""
    with warm_worker(account.environment, clients_made) as ask:
        assert ask({"AWS_PROFILE": "other"}) == []
