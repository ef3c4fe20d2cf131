# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds the images, each once: the tag is the hash of what an image is made from.

An image is a folder of `image/`. The base has a program `build` that writes a root file system to
stdout; the others have a Dockerfile that begins with `ARG BASE`, and stand on the image named in PARENTS.
`registry-filled` has no folder: it is the registry's container, committed after the catalogue was pushed to it.
"""

from __future__ import annotations

import fcntl
import hashlib
import http.client
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Final

from . import catalogue
from .docker import ROOT, HostsError, docker, inspect, say

FOLDER: Final = Path(__file__).resolve().parent / "image"
PREFIX: Final = "stratum-hosts"
LABEL: Final = "stratum.hosts.image"
PARENTS: Final[dict[str, str | None]] = {
    "base": None,
    "host": "base",
    "host-ready": "host",
    "aws": "base",
    "acme": "base",
    "registry": "base",
    "database": "base",
    "load": "base",
    "nginx": "base",
    "redis": "base",
    "service": "base",
    "registry-filled": "registry",
}
_CONTENTS: Final = ("service", "nginx", "redis")


def tag_of(name: str) -> str:
    """Return the full name of an image as its sources are now, whether or not it is built."""
    return f"{PREFIX}/{name}:{_hash_of(name)}"


def _hash_of(name: str) -> str:
    if name not in PARENTS:
        raise HostsError(f"there is no image {name!r}; there are {', '.join(PARENTS)}")
    parent = PARENTS[name]
    digest = hashlib.sha256((_hash_of(parent) if parent else "").encode())
    if name == "registry-filled":
        digest.update("".join(_hash_of(content) for content in _CONTENTS).encode())
        digest.update(Path(catalogue.__file__).read_bytes())
    for path in sorted(_sources(FOLDER / name)):
        digest.update(f"{path.relative_to(FOLDER)} {path.stat().st_mode & 0o111}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def _sources(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts]


def present(name: str) -> bool:
    """Whether the image is built from its present sources."""
    return inspect("image", tag_of(name)) is not None


def ensure(name: str) -> str:
    """Build the image and those it stands on, where they are missing; return its full name."""
    tag = tag_of(name)
    if present(name):
        return tag
    with _locked(name):
        if present(name):
            return tag
        parent = PARENTS[name]
        base = ensure(parent) if parent else None
        say(f"building the image {name}")
        started = time.monotonic()
        if base is None:
            _import(name, tag)
        elif name == "registry-filled":
            _fill(name, tag, base)
        else:
            docker(
                "build", "--tag", tag, "--label", f"{LABEL}={name}", "--build-arg", f"BASE={base}", str(FOLDER / name), timeout=900
            )  # fmt: skip
        say(f"built the image {name} in {time.monotonic() - started:.0f} s")
    return tag


def _import(name: str, tag: str) -> None:
    if shutil.which("mmdebstrap") is None:
        if os.geteuid() != 0 or shutil.which("apt-get") is None:
            raise HostsError("mmdebstrap is missing, and with it the base of all images; on Debian and Ubuntu: apt-get install mmdebstrap")
        say("installing mmdebstrap")
        for command in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", "mmdebstrap", "debian-archive-keyring"]):
            environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
            done = subprocess.run(["apt-get", *command], env=environment, capture_output=True, text=True, check=False)
            if done.returncode:
                raise HostsError(f"mmdebstrap cannot be installed: {done.stderr.strip()[-300:]}")
    with subprocess.Popen([FOLDER / name / "build"], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as archive:
        imported = subprocess.Popen(
            ["docker", "import", "--change", f"LABEL {LABEL}={name}", "-", tag], stdin=archive.stdout, stdout=subprocess.DEVNULL
        )
        assert archive.stderr is not None
        said = archive.stderr.read().decode(errors="replace")
        code = imported.wait()
    if archive.returncode or code:
        docker("image", "rm", tag, check=False)
        raise HostsError(f"the root file system of {name} cannot be made:\n" + "\n".join(said.strip().splitlines()[-12:]))


def _fill(name: str, tag: str, registry: str) -> None:
    contents = {content: ensure(content) for content in _CONTENTS}
    container = f"{PREFIX}-filling-{os.getpid()}"
    # The engine takes a registry on loopback without TLS.
    docker("run", "--detach", "--name", container, "--publish", "127.0.0.1::5000", registry)
    try:
        address = docker("port", container, "5000/tcp").stdout.split()[0]
        targets = {"service": f"{catalogue.SEED_REPOSITORY}:1", "nginx": "library/nginx:alpine", "redis": "library/redis:7-alpine"}
        _wait_for(address)
        for content, target in targets.items():
            docker("tag", contents[content], f"{address}/{target}")
            docker("push", "--quiet", f"{address}/{target}")
            docker("image", "rm", f"{address}/{target}")
        catalogue.Registry(address).fill()
        docker("stop", "--time", "5", container)
        docker("commit", "--change", f"LABEL {LABEL}={name}", container, tag)
    finally:
        docker("rm", "--force", "--volumes", container, check=False)


def _wait_for(address: str, seconds: float = 20.0) -> None:
    host, _separator, port = address.rpartition(":")
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with suppress(OSError), closing(http.client.HTTPConnection(host, int(port), timeout=2)) as connection:
            connection.request("GET", "/v2/")
            if connection.getresponse().status == 200:
                return
        time.sleep(0.05)
    raise HostsError(f"the registry at {address} does not answer")


def prune() -> list[str]:
    """Remove images of earlier sources; return their names. What a container uses stays."""
    listed = docker("images", "--filter", f"label={LABEL}", "--format", "{{.Repository}}:{{.Tag}}").stdout.split()
    current = {tag_of(name) for name in PARENTS}
    old = [name for name in listed if name.startswith(f"{PREFIX}/") and name not in current]
    return [name for name in old if docker("image", "rm", name, check=False).returncode == 0]


@contextmanager
def _locked(name: str) -> Iterator[None]:
    """Let only one process at a time build this image."""
    folder = ROOT / ".emulator" / "hosts"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"image-{name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
