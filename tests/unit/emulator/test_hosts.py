# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts of `--hosts docker` that need no Docker."""

from __future__ import annotations

import os
import socket
import subprocess
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.emulator import process
from tests.emulator.hosts import attach, first_boot, stage_name, world
from tests.emulator.hosts.forwarding import Forwarder
from tests.hosts.docker import HostsError


def test_a_stage_has_a_name_that_containers_can_take() -> None:
    assert stage_name("Demo_1") == "emulator-demo-1"


def test_user_data_is_a_script_or_nothing() -> None:
    assert first_boot.script_of("#!/bin/sh\ntrue\n", "admin") == "#!/bin/sh\ntrue\n"
    assert first_boot.script_of("  \n", "admin") == ""
    with pytest.raises(first_boot.UserDataError, match="'Content-Type"):
        first_boot.script_of("Content-Type: multipart/mixed\n", "admin")


def test_cloud_config_becomes_a_script_that_does_what_it_says(tmp_path: Path) -> None:
    target = tmp_path / "a folder" / "file"
    text = f"""#cloud-config
write_files:
  - path: {target}
    content: "it's $HOME\\n"
    permissions: "0600"
    owner: "{os.getuid()}:{os.getgid()}"
runcmd:
  - [sh, -c, "echo \\"$0 two\\" > {tmp_path}/listed"]
  - echo one > {tmp_path}/plain
"""
    subprocess.run(["sh", "-ec", first_boot.script_of(text, "admin")], check=True)
    assert target.read_text(encoding="utf-8") == "it's $HOME\n"
    assert target.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "listed").read_text(encoding="utf-8") == "sh two\n"
    assert (tmp_path / "plain").read_text(encoding="utf-8") == "one\n"


def test_cloud_config_says_what_it_cannot_do() -> None:
    with pytest.raises(first_boot.UserDataError, match="not supported: swap, users"):
        first_boot.script_of("#cloud-config\nusers: []\nswap: {}\nruncmd: []\n", "admin")
    with pytest.raises(first_boot.UserDataError, match="no mapping"):
        first_boot.script_of("#cloud-config\n- one\n", "admin")


def rule(protocol: str, first: int | None, last: int | None, cidr: str) -> SimpleNamespace:
    return SimpleNamespace(ip_protocol=protocol, from_port=first, to_port=last, ip_range={"CidrIp": cidr})


@pytest.mark.parametrize(
    ("given", "ports"),
    [
        (rule("tcp", 80, 81, "0.0.0.0/0"), [80, 81]),
        (rule("tcp", 80, 80, "127.0.0.0/8"), [80]),
        (rule("tcp", 80, 80, "203.0.113.0/24"), [80]),
        (rule("tcp", 80, 80, "10.0.0.0/16"), []),
        (rule("udp", 53, 53, "0.0.0.0/0"), []),
        (rule("tcp", 0, 65535, "0.0.0.0/0"), [22, 80, 443]),
        (rule("-1", None, None, "0.0.0.0/0"), [22, 80, 443]),
    ],
)
def test_what_groups_open_to_this_machine_is_open(given: SimpleNamespace, ports: list[int]) -> None:
    instance = SimpleNamespace(public_ip="127.9.9.9", security_groups=[SimpleNamespace(ingress_rules=[given])])
    assert [port for _address, port in world._doors(instance)] == ports


def test_a_door_opens_leads_on_and_closes() -> None:
    server = socket.create_server(("127.0.0.1", 0))
    port = server.getsockname()[1]
    forwarder = Forwarder()
    door = ("127.31.7.9", port)
    forwarder.set({door: "127.0.0.1"})
    assert (forwarder.doors(), forwarder.troubles) == ([door], {})

    def echo() -> None:
        connection, _address = server.accept()
        with connection:
            connection.sendall(connection.recv(100).upper())

    threading.Thread(target=echo, daemon=True).start()
    with socket.create_connection(door, timeout=5) as client:
        client.sendall(b"hello")
        client.shutdown(socket.SHUT_WR)
        assert client.recv(100) == b"HELLO"
    forwarder.set({})
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(door, timeout=5)


def test_a_door_that_is_taken_is_told() -> None:
    with socket.create_server(("127.31.7.10", 0)) as taken:
        door = ("127.31.7.10", taken.getsockname()[1])
        forwarder = Forwarder()
        forwarder.set({door: "127.0.0.1"})
        assert "another program listens" in forwarder.troubles[door]
        assert not forwarder.doors()


def test_without_docker_the_start_fails_with_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def ensure_engine() -> None:
        raise HostsError("no Docker engine can run here: no overlay\nmore about it")

    monkeypatch.setattr(attach, "ensure_engine", ensure_engine)
    name = f"test-nodocker-{os.getpid()}"
    try:
        with pytest.raises(process.EmulatorError) as caught:
            process.start(name, {"hosts": "docker"})
    finally:
        process.forget(name)
    assert str(caught.value) == "--hosts docker: no Docker engine can run here: no overlay"
