# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One container that is an EC2 host: how it is run, booted, asked and rebooted.

`docker restart` of such a container is a reboot: systemd ends its units, and boots again on the same disk.
"""

from __future__ import annotations

import io
import tarfile
import time
from collections.abc import Sequence
from typing import Final

from .docker import HostsError, docker

BOOT_SECONDS: Final = 180.0
# As much as systemd and an inner Docker engine need; --privileged asks for more than some machines can give.
RIGHTS: Final = (
    "--cap-add=SYS_ADMIN", "--cap-add=NET_ADMIN", "--cap-add=SYS_PTRACE",
    "--security-opt=seccomp=unconfined", "--security-opt=apparmor=unconfined", "--cgroupns=private",
    "--tmpfs=/run", "--tmpfs=/run/lock", "--tmpfs=/tmp:exec",
    "--volume=/var/lib/docker", "--volume=/var/lib/containerd",
)  # fmt: skip


def create(container: str, image: str, *options: str, hostname: str = "ip-10-0-1-10") -> None:
    """Make the container without starting it; `options` go to `docker create`."""
    docker("create", "--name", container, "--hostname", hostname, *RIGHTS, *options, image)


def wait_until_booted(container: str, seconds: float = BOOT_SECONDS) -> None:
    """Return when systemd has started everything; HostsError with the failed units when something did not start."""
    deadline = time.monotonic() + seconds
    state = "unknown"
    while time.monotonic() < deadline:
        state = docker("exec", container, "systemctl", "is-system-running", check=False).stdout.strip()
        if state == "running":
            return
        if state == "degraded":
            failed = docker("exec", container, "systemctl", "--failed", "--no-pager", "--plain", check=False).stdout
            raise HostsError(f"{container} has booted with failed units:\n{failed}")
        time.sleep(0.1)
    raise HostsError(f"{container} has not booted within {seconds:.0f} s: {state or 'systemd does not answer'}")


def reboot(container: str, seconds: float = BOOT_SECONDS) -> None:
    """Restart the container as a machine restarts, and wait until it has booted."""
    docker("restart", "--time", "60", container)
    wait_until_booted(container, seconds)


def run(container: str, *command: str, check: bool = True, timeout: float = 300) -> str:
    """Run a command as root in the container; return what it said on stdout."""
    return docker("exec", container, *command, check=check, timeout=timeout).stdout


def shell(container: str, script: str, check: bool = True, timeout: float = 300) -> str:
    """Run a shell script as root in the container, stopped at its first error; return what it said on stdout."""
    return run(container, "sh", "-ec", script, check=check, timeout=timeout)


def authorize(container: str, public_key: str, user: str = "admin") -> None:
    """Let the holder of an SSH key in as `user`, as EC2 does with the key pair of an instance."""
    place = f"/home/{user}/.ssh/authorized_keys"
    script = f"umask 077; cat >> {place}; chown {user}: {place}"
    docker("exec", "-i", container, "sh", "-ec", script, stdin=public_key.strip().encode() + b"\n")


def put(container: str, files: dict[str, bytes], mode: int = 0o644) -> None:
    """Write files into a container, running or not; folders are made. Not into a tmpfs: `docker cp` writes below it."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for path, content in files.items():
            entry = tarfile.TarInfo(path.lstrip("/"))
            entry.size, entry.mode, entry.mtime = len(content), mode, int(time.time())
            tar.addfile(entry, io.BytesIO(content))
    docker("cp", "-", f"{container}:/", stdin=archive.getvalue())


def remove(containers: Sequence[str]) -> None:
    """Remove containers and the volumes that were made for them."""
    if containers:
        docker("rm", "--force", "--volumes", *containers)
