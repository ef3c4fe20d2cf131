# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts `--hosts docker` into the server, and takes away what it leaves behind."""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from tests.hosts import images, parts
from tests.hosts.docker import HostsError, ensure_engine
from tests.hosts.stage import Stage

from . import kept_images, stage_name

if TYPE_CHECKING:
    from tests.emulator.dispatch import Dispatcher
    from tests.emulator.pipeline import Pipeline


def prepare() -> list[str]:
    """Make sure of Docker and of the images, before the server starts; return warnings. HostsError when there is no Docker."""
    ensure_engine()
    for name in ("host", *(part.image for part in parts.PARTS.values())):
        images.ensure(name)
    if reason := _why_not_privileged():
        return [f"ports below 1024 of public addresses will not lead to instances: {reason}"]
    return []


def _why_not_privileged() -> str:
    import socket

    with socket.socket() as probe:
        try:
            probe.bind(("127.213.17.5", 22))
        except PermissionError:
            return "they need root or CAP_NET_BIND_SERVICE"
        except OSError:
            return "another program listens on port 22 of all this machine's addresses (an SSH server?); give it ListenAddress"
    return ""


def install(emulator: str, account_id: str, dispatcher: Dispatcher, pipeline: Pipeline) -> None:
    """Let every EC2 instance of this server be a container."""
    from tests.emulator.services import _ec2_instances, _ssm_commands
    from tests.hosts.docker import docker

    from .machines import DockerMachines
    from .world import Follower, World

    machines = DockerMachines(emulator, stage_name(emulator))
    world = World(account_id, machines)
    follower = Follower(world, dispatcher.turn)
    machines.follow(follower.look)
    _ec2_instances.MACHINES.append(machines)

    def run(instance_id: str, script: str) -> tuple[int, str, str]:
        done = docker("exec", "-i", machines.container(instance_id), "sh", check=False, timeout=3600, stdin=script.encode())
        return done.returncode, done.stdout, done.stderr

    _ssm_commands.RUNNERS.append(run)

    def reset() -> None:
        machines.clear()
        world.forget()

    def report() -> dict[str, Any]:
        stage = machines.present_stage
        hosts = stage.state.hosts if stage is not None else {}
        return {
            "stage": stage.name if stage is not None else None,
            "containers": {machines.container(name): known["address"] for name, known in hosts.items()},
            "ports": [f"{address}:{port}" for address, port in world.forwarder.doors()],
            "troubles": [f"{address}:{port}: {why}" for (address, port), why in sorted(world.forwarder.troubles.items())],
        }

    pipeline.on_reset(reset)
    pipeline.after(lambda call: follower.after(call.service))
    pipeline.report("hosts", report)


def remove(emulator: str) -> None:
    """Remove everything that an emulator of this name has in Docker; no error where there is nothing, or no Docker."""
    name = stage_name(emulator)
    with suppress(HostsError):
        Stage(name).down()
        kept_images.forget_all(name)


if __name__ == "__main__":
    remove(sys.argv[1])
