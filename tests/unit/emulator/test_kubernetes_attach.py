# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What `--kubernetes` does around the server: before it, after it, and in what it tells."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.emulator import process
from tests.emulator.kubernetes import attach
from tests.emulator.kubernetes.build import BuildError
from tests.emulator.lifecycle import Lifecycle
from tests.emulator.options import Options
from tests.emulator.services.eks.store import Resource


def test_it_is_built_when_it_is_missing_and_only_then(monkeypatch: pytest.MonkeyPatch) -> None:
    built: list[bool] = []
    monkeypatch.setattr(attach, "built", lambda: Path("program"))
    monkeypatch.setattr(attach, "build", lambda: built.append(True))
    attach.prepare()
    assert built == []
    monkeypatch.setattr(attach, "built", lambda: None)
    attach.prepare()
    assert built == [True]


def test_what_cannot_be_built_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def fail() -> None:
        raise BuildError("there is no Go")

    monkeypatch.setattr(attach, "built", lambda: None)
    monkeypatch.setattr(attach, "build", fail)
    monkeypatch.setattr(process, "ROOT", tmp_path)
    with pytest.raises(process.EmulatorError, match="--kubernetes: there is no Go"):
        process.start("one", {"kubernetes": True})


def test_what_a_killed_emulator_left_is_removed(tmp_path: Path) -> None:
    attach.remove(tmp_path)
    (tmp_path / "clusters" / "ca-central-1" / "web").mkdir(parents=True)
    (tmp_path / "kubeconfig").touch()
    (tmp_path / "server.log").touch()
    attach.remove(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["server.log"]


def test_the_exports_have_a_kubeconfig_with_kubernetes_only() -> None:
    plain, with_kubernetes = (process.Running("one", 1, 2, Options(kubernetes=on)) for on in (False, True))
    assert "KUBECONFIG" not in plain.environment
    assert with_kubernetes.environment["KUBECONFIG"] == str(process.folder_of("one") / "kubeconfig")


def test_a_resource_changes_its_state_when_what_it_waits_for_is_there() -> None:
    behind = True
    group = Resource({"size": 1}, Lifecycle("CREATING"), waits=lambda: behind)
    group.life.begin_for("CREATING", 0, "ACTIVE")
    group.settle()
    assert group.life.status == "CREATING"
    behind = False
    group.settle()
    assert group.life.status == "ACTIVE"

    def apply() -> None:
        nonlocal behind
        behind = True

    update = group.start_update("ConfigUpdate", [], "eks.nodegroup.update", apply)
    group.settle()
    assert (group.life.status, update.life.status) == ("UPDATING", "InProgress")
    behind = False
    group.settle()
    assert (group.life.status, update.life.status) == ("ACTIVE", "Successful")
