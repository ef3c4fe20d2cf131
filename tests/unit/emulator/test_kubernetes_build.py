# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the control plane is built, without building it: a shell script stands in for Go."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from tests.emulator.kubernetes import __main__ as command_line
from tests.emulator.kubernetes import build as building
from tests.emulator.kubernetes.build import BuildError, build, built, cache_folder, sources_key

GO = """#!/bin/sh
echo "$@" >> "{log}"
if [ "$1" = env ]; then echo go1.26.8; exit 0; fi
if [ "$1" = list ]; then echo a; echo b; exit 0; fi
echo k8s.io/some/package >&2
{then}
while [ "$1" != -o ]; do shift; done
printf '#!/bin/sh\\n' > "$2"; chmod +x "$2"
"""


class Go:
    """A Go that writes down how it was called."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "bin"
        self.log = folder / "go.log"
        self.folder.mkdir()
        self.does("true")

    def does(self, then: str) -> None:
        program = self.folder / "go"
        program.write_text(GO.format(log=self.log, then=then), encoding="utf-8")
        program.chmod(0o755)

    def builds(self) -> list[str]:
        lines = self.log.read_text(encoding="utf-8").splitlines() if self.log.exists() else []
        return [line for line in lines if line.startswith("build ")]


@pytest.fixture
def go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Go:
    tool = Go(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", f"{tool.folder}:/usr/bin:/bin")
    return tool


def test_the_key_names_the_sources(tmp_path: Path) -> None:
    (tmp_path / "go.mod").write_text("module m\n", encoding="utf-8")
    (tmp_path / "main.go").write_text("package main\n", encoding="utf-8")
    before = sources_key(tmp_path)
    assert len(before) == 16
    assert sources_key(tmp_path) == before
    (tmp_path / "README.md").write_text("no source", encoding="utf-8")
    assert sources_key(tmp_path) == before
    (tmp_path / "go.sum").write_text("more", encoding="utf-8")
    assert sources_key(tmp_path) != before


def test_it_is_built_once(go: Go) -> None:
    assert built() is None
    program = build()
    assert program == built() == cache_folder() / sources_key() / "control-plane"
    assert build() == program
    (line,) = go.builds()
    assert f"gitVersion=v{building.KUBERNETES_VERSION} " in line
    assert "gitMinor=36" in line
    assert sorted(path.name for path in cache_folder().iterdir()) == sorted([sources_key(), "lock"])


def test_a_build_that_fails_leaves_nothing_and_says_why(go: Go, capsys: pytest.CaptureFixture[str]) -> None:
    go.does("echo 'main.go:1:1: syntax error' >&2; exit 1")
    with pytest.raises(BuildError, match=r"main\.go:1:1: syntax error") as caught:
        build()
    assert "k8s.io/some/package" not in str(caught.value)
    assert built() is None
    assert [path.name for path in cache_folder().iterdir()] == ["lock"]
    assert command_line.main(["build"]) == 1
    assert command_line.main(["path"]) == 3
    assert "syntax error" in capsys.readouterr().err


def test_two_builders_build_once(go: Go, capsys: pytest.CaptureFixture[str]) -> None:
    go.does("sleep 0.5")
    found: list[Path] = []
    threads = [threading.Thread(target=lambda: found.append(build())) for _number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert found == [built(), built()]
    assert len(go.builds()) == 1
    assert "another build is under way" in capsys.readouterr().err


def test_progress_is_told(go: Go, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(building, "PROGRESS_SECONDS", 0.05)
    go.does("sleep 0.4")
    build()
    assert "1 of at most 2 packages compiled" in capsys.readouterr().err


def test_modules_that_cannot_be_had_are_told(go: Go) -> None:
    go.does("true")
    program = go.folder / "go"
    failing = program.read_text(encoding="utf-8").replace("echo a; echo b; exit 0", "echo 'proxy: no such host' >&2; exit 1")
    program.write_text(failing, encoding="utf-8")
    with pytest.raises(BuildError, match="modules cannot be had: proxy: no such host"):
        build()


def test_only_the_newest_builds_are_kept(go: Go) -> None:
    for number in range(5):
        (cache_folder() / f"{number:016x}").mkdir(parents=True)
    build()
    kept = [path.name for path in cache_folder().iterdir() if path.is_dir()]
    assert sources_key() in kept
    assert len(kept) == building.KEPT_BUILDS


def test_a_go_that_is_too_old_is_passed_over(go: Go, tmp_path: Path) -> None:
    old = tmp_path / "old"
    old.write_text("#!/bin/sh\necho go1.19.8\n", encoding="utf-8")
    old.chmod(0o755)
    assert building._go_version(old) == (1, 19, 8)
    assert building._go_version(old) < building._wanted_go_version() <= building._go_version(go.folder / "go")
    assert building._go_version(tmp_path / "none") == (0,)
