# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The program that saves volumes on a host and puts them back: with real archives and directories, and no Docker."""

from __future__ import annotations

import fcntl
import stat
import tarfile
from pathlib import Path
from typing import Any

import pytest

from .test_compose_host_programs import load

volumes = load("volumes")
STAMPS = ("20261121-090000", "20261121-100000", "20261121-110000")


class Engine:
    """Stands for Docker, with one volume that one container uses; other programs are run."""

    def __init__(self, place: Path, sick: bool = False, refuses: str = "\0") -> None:
        self.place, self.sick, self.refuses = place, sick, refuses
        self.commands: list[str] = []
        self.run = volumes.run

    def __call__(self, *command: str | Path) -> Any:
        if command[0] != "docker":
            return self.run(*command)
        text = " ".join(map(str, command[1:]))
        self.commands.append(text)
        said = {
            "volume ls": "site_data",
            "volume inspect": str(self.place / "_data"),
            "ps": "c0ffee",
            "inspect": f"site-redis-1 {'unhealthy' if self.sick else 'healthy'}",
        }
        refused = self.refuses in text
        stdout = next((answer for start, answer in said.items() if text.startswith(start)), "")
        return type("Done", (), {"returncode": int(refused), "stdout": "(error) MISCONF" if refused else stdout})


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    place = tmp_path / "docker" / "site_data"
    (place / "_data").mkdir(parents=True)
    (place / "_data").chmod(0o755)
    (place / "_data" / "dump.rdb").write_text("first", encoding="utf-8")
    (tmp_path / "site").mkdir()
    one = Engine(place)
    monkeypatch.setattr(volumes, "run", one)
    return one


def wanted(engine: Engine, stamp: str = STAMPS[0], **changes: Any) -> Any:
    words = {"project": "site", "directory": str(engine.place.parents[1] / "site"), "compose_file": "c.yml", "volume": "data", "kept": 2}
    return volumes.Wanted(stamp=stamp, **(words | {"service": "redis", "prepare": "redis-cli -e save", "lock_seconds": 0} | changes))


def content(engine: Engine) -> str:
    return (engine.place / "_data" / "dump.rdb").read_text(encoding="utf-8")


def write(engine: Engine, text: str) -> None:
    (engine.place / "_data" / "dump.rdb").write_text(text, encoding="utf-8")


def in_archive(engine: Engine, name: str) -> str:
    with tarfile.open(wanted(engine).folder / name) as archive:
        member = archive.extractfile("./dump.rdb")
        assert member is not None
        return member.read().decode()


def test_the_newest_archives_stay_and_only_root_reads_them(engine: Engine) -> None:
    done = [volumes.save(wanted(engine, stamp)) for stamp in STAMPS]
    assert engine.commands[2].endswith("exec -T redis redis-cli -e save")
    assert done[-1]["removed"] == [f"data-{STAMPS[0]}.tar.gz"]
    found = sorted(wanted(engine).folder.iterdir())
    assert [path.name for path in found] == [f"data-{stamp}.tar.gz" for stamp in STAMPS[1:]]
    assert stat.S_IMODE(wanted(engine).folder.stat().st_mode) == 0o700
    assert in_archive(engine, found[0].name) == "first"


def test_a_volume_that_cannot_be_made_whole_is_not_saved(engine: Engine) -> None:
    engine.refuses = "redis-cli"
    with pytest.raises(SystemExit, match=r"redis-cli -e save failed in redis, so data was not saved: \(error\) MISCONF"):
        volumes.save(wanted(engine))
    assert not wanted(engine).folder.exists()


def test_archives_of_another_volume_are_left_alone() -> None:
    names = ["data-20261121-090000.tar.gz", "data-x-20261121-090000.tar.gz", "data-replaced-20261121-090000.tar.gz", ".data-1.part"]
    assert volumes.newest_first("data", names) == names[:1]
    assert volumes.newest_first("data", names, "replaced-") == names[2:3]


def test_an_archive_comes_back_and_what_was_there_is_kept(engine: Engine) -> None:
    volumes.save(wanted(engine))
    write(engine, "second")
    done = volumes.restore(wanted(engine, STAMPS[1]))
    assert (content(engine), done["archive"]) == ("first", f"data-{STAMPS[0]}.tar.gz")
    assert in_archive(engine, done["replaced"]) == "second"
    assert stat.S_IMODE((engine.place / "_data").stat().st_mode) == 0o755
    assert [path.name for path in engine.place.iterdir()] == ["_data"]
    assert engine.commands.index("stop c0ffee") < engine.commands.index("start c0ffee")
    assert volumes.restore(wanted(engine, STAMPS[2], archive=done["replaced"]))["archive"] == done["replaced"]
    assert content(engine) == "second"


def test_what_was_there_is_back_when_services_refuse_the_archive(engine: Engine) -> None:
    volumes.save(wanted(engine))
    write(engine, "second")
    engine.sick = True
    with pytest.raises(SystemExit, match=r"does not do: site-redis-1 is unhealthy. What was in data before is back"):
        volumes.restore(wanted(engine, STAMPS[1]))
    assert content(engine) == "second"
    assert [path.name for path in engine.place.iterdir()] == ["_data"]


@pytest.mark.parametrize(("left", "expected"), [(("_restoring",), "second"), (("_replaced",), "second"), (("_replaced", "_data"), "third")])
def test_the_next_restore_tidies_up_after_one_that_was_killed(engine: Engine, left: tuple[str, ...], expected: str) -> None:
    """Killed while it unpacked, between the two renames, and before what was replaced was put away."""
    volumes.save(wanted(engine))
    write(engine, "second")
    (engine.place / "_data").rename(engine.place / left[0]) if left[0] == "_replaced" else (engine.place / "_restoring").mkdir()
    if left[1:]:
        (engine.place / "_data").mkdir()
        write(engine, "third")
    done = volumes.restore(wanted(engine, "20991121-100000"))
    assert content(engine) == "first"
    assert [path.name for path in engine.place.iterdir()] == ["_data"]
    assert in_archive(engine, done["replaced"]) == expected
    # In the last case two things were replaced, of which neither may go.
    assert [in_archive(engine, name) for name in wanted(engine).archives("replaced-")][1:] == (["second"] if expected == "third" else [])


@pytest.mark.parametrize(("archive", "words"), [("newest", "no archive of data"), ("data-1.tar.gz", r"no archive data-1\.tar\.gz of data")])
def test_nothing_is_touched_without_an_archive(engine: Engine, archive: str, words: str) -> None:
    with pytest.raises(SystemExit, match=words + " on this host. Nothing was changed"):
        volumes.restore(wanted(engine, archive=archive))
    assert engine.commands == []


def test_a_broken_archive_stops_nothing(engine: Engine) -> None:
    volumes.save(wanted(engine))
    (wanted(engine).folder / f"data-{STAMPS[0]}.tar.gz").write_bytes(b"\x1f\x8bno")
    with pytest.raises(SystemExit, match=r"cannot be unpacked\. Nothing was changed"):
        volumes.restore(wanted(engine, STAMPS[1]))
    assert "stop c0ffee" not in engine.commands
    assert content(engine) == "first"


def test_a_deploy_is_not_met(engine: Engine) -> None:
    volumes.save(wanted(engine))
    with (Path(wanted(engine).directory) / volumes.LOCK).open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.write("jane (process 1) since now\n")
        lock.flush()
        with pytest.raises(SystemExit, match=r"jane \(process 1\) since now is at work on site\. Nothing was changed"):
            volumes.restore(wanted(engine))


class Bucket:
    """Stands for S3, with the objects of one bucket; refuses when there are none to hold."""

    def __init__(self, objects: dict[str, bytes] | None) -> None:
        self.objects = objects

    def upload_file(self, path: str, _bucket: str, key: str) -> None:
        if self.objects is None:
            raise PermissionError("AccessDenied")
        self.objects[key] = Path(path).read_bytes()

    def download_file(self, _bucket: str, key: str, path: str) -> None:
        Path(path).write_bytes((self.objects or {})[key])

    def get_paginator(self, _operation: str) -> Bucket:
        return self

    def paginate(self, **_options: str) -> list[dict[str, Any]]:
        return [{"Contents": [{"Key": key} for key in self.objects or {}]}]


def test_a_host_that_is_new_gets_the_newest_archive_from_the_bucket(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    bucket = Bucket({})
    monkeypatch.setattr(volumes, "bucket_client", lambda _wanted: bucket)
    there = {"bucket": "b", "prefix": "prod/site/"}
    for stamp in STAMPS[:2]:
        write(engine, stamp)
        assert volumes.save(wanted(engine, stamp, **there))["copy"] == f"s3://b/prod/site/data-{stamp}.tar.gz"
    for path in wanted(engine).folder.iterdir():
        path.unlink()
    write(engine, "empty")
    volumes.restore(wanted(engine, STAMPS[2], **there))
    assert content(engine) == STAMPS[1]
    volumes.restore(wanted(engine, STAMPS[2], archive=f"data-{STAMPS[0]}.tar.gz", **there))
    assert content(engine) == STAMPS[0]


def test_a_bucket_that_refuses_is_told_and_nothing_older_goes(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(volumes, "bucket_client", lambda _wanted: Bucket(None))
    volumes.save(wanted(engine, STAMPS[0]))
    with pytest.raises(SystemExit, match="on the host only, because b does not take it: AccessDenied"):
        volumes.save(wanted(engine, STAMPS[1], bucket="b", kept=1))
    assert len(wanted(engine).archives()) == 2
