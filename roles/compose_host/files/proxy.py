# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs on the host: checks nginx's configuration, puts it in place, reloads nginx in its project.

`apply` takes the written candidate. It is checked by `nginx -t` in a container of the image that runs (or is going to), with the
certificates mounted. The configuration in place is overwritten, not replaced: it is mounted as a single file, and the mount holds on to
the inode. If nginx does not load it after all, the former one is put back.

`reload` makes a running nginx read configuration and certificates again. Exit code 1 and nginx's own words if it would not.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

SETTINGS = Path("/etc/compose-host/proxy.json")


@dataclass(frozen=True)
class Proxy:
    """What the role says of the proxy (SETTINGS)."""

    project: str
    directory: str
    compose_file: str
    service: str
    image: str
    upstream_hosts: list[str]

    @property
    def folder(self) -> Path:
        """Where the configuration is."""
        return Path(self.directory) / "nginx"

    def compose(self, *arguments: str) -> list[str]:
        """Return a command of Docker Compose for the project, wherever it is run."""
        files = ["--project-directory", self.directory, "--file", self.compose_file]
        return ["docker", "compose", "--project-name", self.project, *files, *arguments]


def settings(path: Path = SETTINGS) -> Proxy:
    """Return what the role wrote."""
    return Proxy(**json.loads(path.read_text(encoding="utf-8")))


def fail(what: str, words: str) -> NoReturn:
    """End with what did not work and the program's own words."""
    sys.exit(f"{what}:\n{words.strip()}")


def say(what: str) -> None:
    """Say what was done; the role goes by it."""
    sys.stdout.write(f"{what}\n")


def run(command: list[str]) -> subprocess.CompletedProcess[str]:
    """Run a command; its output is for messages."""
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)


def running_container(proxy: Proxy) -> str:
    """Return the id of the container that is nginx, empty if none runs."""
    labels = {"com.docker.compose.project": proxy.project, "com.docker.compose.service": proxy.service}
    filters = [word for name, value in labels.items() for word in ("--filter", f"label={name}={value}")]
    found = run(["docker", "ps", "--quiet", "--filter", "status=running", *filters])
    if found.returncode:
        fail("the containers cannot be listed", found.stdout)
    return found.stdout.split()[0] if found.stdout.split() else ""


def check_command(proxy: Proxy, candidate: Path, image: str) -> list[str]:
    """Return the command that checks a configuration. Names of upstreams get an address, since none of the project's can be seen there."""
    mounts = {
        str(candidate): "/etc/nginx/nginx.conf",
        str((proxy.folder / "certs").resolve()): "/etc/letsencrypt",
        str(proxy.folder / "html"): "/usr/share/nginx/unavailable",
    }
    volumes = [f"--volume={source}:{target}:ro" for source, target in mounts.items()]
    hosts = [f"--add-host={name}:127.0.0.1" for name in proxy.upstream_hosts]
    return ["docker", "run", "--rm", "--network=none", "--log-driver=none", "--entrypoint=nginx", *volumes, *hosts, image, "-q", "-t"]


def check(proxy: Proxy, candidate: Path, container: str) -> None:
    """Fail with nginx's own words if it would not take the configuration."""
    image = proxy.image
    if container:
        image = run(["docker", "inspect", "--format", "{{.Image}}", container]).stdout.strip() or image
    done = run(check_command(proxy, candidate, image))
    if done.returncode:
        fail(f"nginx refuses the new configuration ({candidate}); the old one stays", done.stdout)


def overwrite(path: Path, text: str) -> None:
    """Write a file without giving it another inode."""
    with path.open("r+" if path.exists() else "w", encoding="utf-8") as file:
        file.write(text)
        file.truncate()
        file.flush()
        os.fsync(file.fileno())


def reload(proxy: Proxy) -> str:
    """Make nginx read everything again; return its words if it would not, and an empty text otherwise."""
    done = run(proxy.compose("exec", "-T", proxy.service, "nginx", "-s", "reload"))
    return done.stdout.strip() if done.returncode else ""


def stale_mount(proxy: Proxy, container: str, text: str) -> bool:
    """Tell whether the container sees another file than the one in place: somebody replaced it, and the mount holds on to the old one."""
    seen = run(["docker", "exec", container, "cat", "/etc/nginx/nginx.conf"])
    return seen.returncode == 0 and seen.stdout != text


def apply(proxy: Proxy, candidate: Path) -> bool:
    """Check a configuration and put it in place; return whether anything changed."""
    target = proxy.folder / "nginx.conf"
    new = candidate.read_text(encoding="utf-8")
    old = target.read_text(encoding="utf-8") if target.is_file() else None
    container = running_container(proxy)
    stale = bool(container) and stale_mount(proxy, container, old or "")
    due = proxy.folder / ".reload"
    if old == new and not stale and not due.exists():
        return False
    check(proxy, candidate, container)
    if container:
        # Whatever ends this here, the next run knows that nginx has not read what is in place.
        due.touch()
    if old != new:
        overwrite(target, new)
        target.chmod(0o644)
    if stale:
        words = run(proxy.compose("up", "--detach", "--no-deps", "--force-recreate", proxy.service))
        if words.returncode:
            fail("nginx.conf was replaced, and the container of nginx, which holds on to the old file, cannot be made anew", words.stdout)
    elif container and (refused := reload(proxy)):
        if old is not None:
            overwrite(target, old)
        due.unlink()
        fail("nginx would not load the new configuration; the old one is back in place", refused)
    due.unlink(missing_ok=True)
    return True


def main() -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("apply").add_argument("candidate", type=Path)
    commands.add_parser("reload")
    arguments = parser.parse_args()
    if not shutil.which("docker"):
        sys.exit("there is no docker")
    proxy = settings()
    if arguments.command == "apply":
        say("changed" if apply(proxy, arguments.candidate) else "unchanged")
        return
    if not running_container(proxy):
        say("not running")
        return
    if words := reload(proxy):
        fail("nginx would not reload", words)
    say("reloaded")


if __name__ == "__main__":
    main()
