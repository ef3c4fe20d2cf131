# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line: starting, finding and stopping named emulators."""

from __future__ import annotations

import errno
import json
import os
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.emulator import process


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tests.emulator", *arguments], cwd=process.ROOT, capture_output=True, text=True, timeout=90, check=False
    )


def is_open(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) != errno.ECONNREFUSED


@pytest.fixture
def name() -> Iterator[str]:
    chosen = f"test-cli-{uuid.uuid4().hex[:8]}"
    yield chosen
    process.stop(chosen)
    process.forget(chosen)


def exports(output: str) -> dict[str, str]:
    lines = [line.removeprefix("export ").split("=", 1) for line in output.splitlines()]
    return dict(lines)


def test_start_prints_exports_and_is_idempotent_until_stopped(name: str) -> None:
    first = run("start", "--name", name)
    assert first.returncode == 0, first.stderr
    variables = exports(first.stdout)
    assert variables["AWS_ENDPOINT_URL"].startswith("http://127.0.0.1:")
    assert variables["AWS_DEFAULT_REGION"] == variables["AWS_REGION"] == "ca-central-1"
    assert variables["AWS_ACCESS_KEY_ID"].startswith("testing")
    running = process.find(name)
    assert running is not None

    assert run("start", "--name", name).stdout == first.stdout
    assert run("env", "--name", name).stdout == first.stdout
    again = process.find(name)
    assert again is not None
    assert again.pid == running.pid

    assert run("stop", "--name", name).returncode == 0
    assert process.find(name) is None
    assert run("stop", "--name", name).returncode == 0
    assert run("status", "--name", name).returncode == 3
    missing = run("env", "--name", name)
    assert missing.returncode == 2
    assert "start it: python -m tests.emulator start --name" in missing.stderr


def test_a_restart_keeps_the_port_but_not_the_account(name: str) -> None:
    first = process.start(name, {})
    process.stop(name)
    assert process.start(name, {}).port == first.port


def test_other_options_than_the_running_ones_are_refused(name: str) -> None:
    process.start(name, {"delays": "fast"})
    refused = run("start", "--name", name, "--delays", "none")
    assert refused.returncode == 2
    assert "--delays fast instead of none" in refused.stderr
    assert f"stop --name {name}" in refused.stderr
    assert run("start", "--name", name, "--delays", "fast").returncode == 0


def test_a_stale_process_id_is_not_taken_for_an_emulator(name: str) -> None:
    running = process.start(name, {})
    process.stop(name)
    # The id of a process that lives, but is not an emulator.
    content = {"pid": os.getppid(), "port": running.port, "token": "stale"}
    (process.folder_of(name) / "server.json").write_text(json.dumps(content), encoding="utf-8")
    assert process.find(name) is None
    assert process.stop(name) is False
    assert process.start(name, {}).pid != os.getppid()


def test_a_server_ends_after_the_process_that_owns_it(name: str) -> None:
    owner = subprocess.Popen(["sleep", "60"])
    running = process.start(name, {}, owner=owner.pid)
    owner.kill()
    owner.wait()
    deadline = time.monotonic() + 15
    while process.find(name) is not None and time.monotonic() < deadline:
        time.sleep(0.1)
    assert process.find(name) is None
    # The connections of a process that ends can close a moment before its port does.
    while is_open(running.port):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_the_log_command_prints_json_lines(name: str) -> None:
    running = process.start(name, {})
    import boto3

    environment = running.environment
    client = boto3.client(
        "sqs",
        endpoint_url=environment["AWS_ENDPOINT_URL"],
        region_name="ca-central-1",
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
    )
    client.create_queue(QueueName="q")
    lines = [json.loads(line) for line in run("log", "--name", name).stdout.splitlines()]
    assert [(line["service"], line["operation"], line["write"]) for line in lines] == [("sqs", "CreateQueue", True)]


@pytest.mark.parametrize("arguments", [("--time-scale", "0"), ("--faults", "absent.yml")])
def test_what_cannot_be_started_is_refused_in_one_sentence(name: str, arguments: tuple[str, ...]) -> None:
    refused = run("start", "--name", name, *arguments)
    assert refused.returncode == 2
    assert len(refused.stderr.splitlines()) == 1
    assert refused.stdout == ""
    assert process.find(name) is None


def test_a_name_cannot_leave_the_state_folder() -> None:
    with pytest.raises(process.EmulatorError, match="--name"):
        process.folder_of("../elsewhere")
    assert process.folder_of("a.b-c_1") == Path(process.ROOT) / ".emulator" / "a.b-c_1"
