# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs on the host: saves what is in a named volume of the project as an archive, and puts an archive back.

What is wanted is read as JSON from the standard input (`Wanted`), what was done is written as JSON to the standard output. Exit code 1
and a sentence on the standard error when it was not done.

`restore` unpacks the archive beside the volume, stops what uses the volume, exchanges the two directories by renaming, and starts it again.
Whenever it ends early, the volume has either all of the old or all of the archive; the next `restore` tidies up. It holds the lock that a
deploy holds, so that neither meets the other.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

LOCK = ".rollout.lock"
NEWEST = "newest"


@dataclass(frozen=True)
class Wanted:
    """What the role says: of the project, of the volume, and what to do with it."""

    project: str
    directory: str
    compose_file: str
    volume: str
    stamp: str
    """The time, as it becomes part of an archive's name."""
    kept: int
    """How many archives stay, and how many of what a restore has replaced."""
    service: str = ""
    prepare: str = ""
    """A command in the service's container that makes the volume whole."""
    archive: str = NEWEST
    bucket: str = ""
    prefix: str = ""
    region: str = ""
    lock_seconds: int = 60
    health_seconds: int = 300

    @property
    def folder(self) -> Path:
        """Where the archives are."""
        return Path(self.directory) / "backups"

    def archives(self, mark: str = "") -> list[str]:
        """Return the names of the volume's archives on the host, the newest first; `mark` is `replaced-` for what restores replaced."""
        return newest_first(self.volume, [path.name for path in self.folder.glob("*.tar.gz")], mark)


def newest_first(volume: str, names: list[str], mark: str = "") -> list[str]:
    """Return those names that are archives of the volume, the newest first."""
    pattern = re.compile(rf"{re.escape(volume)}-{mark}\d{{8}}-\d{{6}}\.tar\.gz")
    return sorted(filter(pattern.fullmatch, names), reverse=True)


def fail(what: str, words: str = "") -> NoReturn:
    """End with what did not work, and the program's own words."""
    sys.exit(f"{what}: {words.strip()}" if words.strip() else what)


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a command; its output is for messages and for reading."""
    return subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)


def docker(*arguments: str) -> str:
    """Return what Docker answers."""
    done = run("docker", *arguments)
    if done.returncode:
        fail(f"docker {arguments[0]} failed", done.stdout)
    return done.stdout.strip()


def volume_directory(wanted: Wanted) -> tuple[str, Path]:
    """Return Docker's name of the volume, and the directory that holds `_data`."""
    labels = {"com.docker.compose.project": wanted.project, "com.docker.compose.volume": wanted.volume}
    filters = [word for name, value in labels.items() for word in ("--filter", f"label={name}={value}")]
    names = docker("volume", "ls", "--quiet", *filters).split()
    if len(names) != 1:
        fail(f"{wanted.project} has no volume {wanted.volume} on this host; start the project first")
    return names[0], Path(docker("volume", "inspect", "--format", "{{.Mountpoint}}", names[0])).parent


def pack(source: Path, archive: Path) -> list[str]:
    """Write a directory's content as an archive that is whole or not there; return what tar had to say."""
    part = archive.with_name(f".{archive.name}.part")
    # No thread of a service is stopped meanwhile: 1 says that a file changed or went while it was read.
    done = run("tar", "--create", "--gzip", "--numeric-owner", "--file", part, "--directory", source, ".")
    if done.returncode > 1 or run("gzip", "--test", part).returncode:
        part.unlink(missing_ok=True)
        fail(f"{source} cannot be saved", done.stdout)
    with part.open("rb") as written:
        os.fsync(written.fileno())
    part.replace(archive)
    return [line for line in done.stdout.splitlines() if line] if done.returncode else []


def bucket_client(wanted: Wanted) -> Any:
    """Return a client of S3, with the host's role."""
    import boto3  # only here: without a bucket it need not be there

    return boto3.client("s3", region_name=wanted.region)


def save(wanted: Wanted) -> dict[str, Any]:
    """Save the volume, keep the newest archives, and copy the new one to the bucket."""
    _name, place = volume_directory(wanted)
    if wanted.prepare:
        compose = ["--project-name", wanted.project, "--project-directory", wanted.directory]
        compose += ["--file", str(Path(wanted.directory) / wanted.compose_file)]
        done = run("docker", "compose", *compose, "exec", "-T", wanted.service, *shlex.split(wanted.prepare))
        if done.returncode:
            fail(f"{wanted.prepare} failed in {wanted.service}, so {wanted.volume} was not saved", done.stdout)
    wanted.folder.mkdir(mode=0o700, exist_ok=True)
    archive = wanted.folder / f"{wanted.volume}-{wanted.stamp}.tar.gz"
    notes = pack(place / "_data", archive)
    if wanted.bucket:
        try:
            bucket_client(wanted).upload_file(str(archive), wanted.bucket, wanted.prefix + archive.name)
        except Exception as error:
            fail(f"{wanted.volume} is saved as {archive} on the host only, because {wanted.bucket} does not take it", str(error))
    gone = wanted.archives()[wanted.kept :]
    for name in gone:
        (wanted.folder / name).unlink()
    copy = f"s3://{wanted.bucket}/{wanted.prefix}{archive.name}" if wanted.bucket else None
    return {"name": archive.name, "id": str(archive), "bytes": archive.stat().st_size, "copy": copy, "removed": gone, "notes": notes}


@contextmanager
def locked(wanted: Wanted) -> Iterator[None]:
    """Hold the lock of the project."""
    descriptor = os.open(Path(wanted.directory) / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "r+", encoding="utf-8") as file:
        deadline = time.monotonic() + wanted.lock_seconds
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    fail(f"{file.read().strip() or 'somebody'} is at work on {wanted.project}. Nothing was changed")
                time.sleep(0.5)
        file.truncate(0)
        file.write(f"a restore of {wanted.volume} (process {os.getpid()}) since {time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())}\n")
        file.flush()
        yield


def from_bucket(wanted: Wanted) -> Path | None:
    """Fetch the archive that is wanted from the bucket; None when it is not there."""
    client = bucket_client(wanted)
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=wanted.bucket, Prefix=f"{wanted.prefix}{wanted.volume}-")
    keys = [str(one["Key"]) for page in pages for one in page.get("Contents", [])]
    there = newest_first(wanted.volume, [key[len(wanted.prefix) :] for key in keys])
    name = next((name for name in there if wanted.archive in (NEWEST, name)), None)
    if name is None:
        return None
    wanted.folder.mkdir(mode=0o700, exist_ok=True)
    part = wanted.folder / f".{name}.part"
    client.download_file(wanted.bucket, wanted.prefix + name, str(part))
    return part.replace(wanted.folder / name)


def find_archive(wanted: Wanted) -> Path:
    """Return the archive that is wanted, from the bucket if the host does not have it."""
    local = wanted.archives()
    known = local + wanted.archives("replaced-")
    if wanted.archive == NEWEST and local:
        return wanted.folder / local[0]
    if wanted.archive in known:
        return wanted.folder / wanted.archive
    if wanted.bucket:
        try:
            found = from_bucket(wanted)
        except Exception as error:
            fail(f"{wanted.bucket} cannot be read. Nothing was changed", str(error))
        if found is not None:
            return found
    which = "no archive" if wanted.archive == NEWEST else f"no archive {wanted.archive}"
    where = f"on this host{' or in ' + wanted.bucket if wanted.bucket else ''}"
    fail(f"There is {which} of {wanted.volume} {where}. Nothing was changed. There is: {', '.join(known) or 'none'}")


def users(name: str) -> list[str]:
    """Return the containers that use a volume."""
    return docker("ps", "--all", "--quiet", "--filter", f"volume={name}").split()


def start(containers: list[str], seconds: int) -> str:
    """Start containers and wait until they are healthy (or run, if nobody asks for their health); return which is not, empty for none."""
    if not containers:
        return ""
    if (done := run("docker", "start", *containers)).returncode:
        return done.stdout.strip()
    deadline = time.monotonic() + seconds
    form = "{{slice .Name 1}} {{if .State.Health}}{{.State.Health.Status}}{{else}}{{.State.Status}}{{end}}"
    while True:
        said = [line.split() for line in docker("inspect", "--format", form, *containers).splitlines()]
        ill = [f"{container} is {state}" for container, state in said if state not in ("healthy", "running")]
        if not ill or time.monotonic() >= deadline or any(line.endswith((" unhealthy", " exited", " dead")) for line in ill):
            return ", ".join(ill)
        time.sleep(0.5)


def tidy(wanted: Wanted, place: Path) -> None:
    """Put away what a restore that was interrupted has left."""
    data, old = place / "_data", place / "_replaced"
    if not data.exists() and old.exists():
        old.rename(data)
    if old.exists():
        # When it was replaced: the restore that follows puts away something, too.
        put_away(wanted, old, time.strftime("%Y%m%d-%H%M%S", time.gmtime(old.stat().st_ctime)))
    shutil.rmtree(place / "_restoring", ignore_errors=True)


def put_away(wanted: Wanted, old: Path, stamp: str) -> str:
    """Make an archive of what was replaced, and return its name."""
    wanted.folder.mkdir(mode=0o700, exist_ok=True)
    archive = wanted.folder / f"{wanted.volume}-replaced-{stamp}.tar.gz"
    pack(old, archive)
    shutil.rmtree(old)
    for name in wanted.archives("replaced-")[wanted.kept :]:
        (wanted.folder / name).unlink()
    return archive.name


def restore(wanted: Wanted) -> dict[str, Any]:
    """Put an archive's content into the volume in place of what is there, which becomes an archive itself."""
    with locked(wanted):
        archive = find_archive(wanted)
        name, place = volume_directory(wanted)
        tidy(wanted, place)
        data, fresh, old = place / "_data", place / "_restoring", place / "_replaced"
        fresh.mkdir(mode=0o700)
        done = run(
            "tar",
            "--extract",
            "--gzip",
            "--numeric-owner",
            "--same-owner",
            "--preserve-permissions",
            "--file",
            archive,
            "--directory",
            fresh,
        )
        if done.returncode:
            shutil.rmtree(fresh)
            fail(f"{archive.name} cannot be unpacked. Nothing was changed", done.stdout)
        containers = users(name)
        if containers:
            docker("stop", *containers)
        data.rename(old)
        fresh.rename(data)
        if ill := start(containers, wanted.health_seconds):
            docker("stop", *containers)
            data.rename(fresh)
            old.rename(data)
            shutil.rmtree(fresh)
            again = start(containers, wanted.health_seconds)
            fail(f"{archive.name} does not do: {ill}. What was in {wanted.volume} before is back{', but ' + again if again else ''}")
        return {"volume": wanted.volume, "archive": archive.name, "replaced": put_away(wanted, old, wanted.stamp)}


def main() -> None:
    """Do what the argument says."""
    os.umask(0o077)
    # A connection that breaks must not leave services stopped.
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    wanted = Wanted(**json.load(sys.stdin))
    result = {"save": save, "restore": restore}[sys.argv[1]](wanted)
    sys.stdout.write(json.dumps(result) + "\n")


if __name__ == "__main__":
    main()
