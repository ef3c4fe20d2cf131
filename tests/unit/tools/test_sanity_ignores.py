# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nothing is hidden from ansible-test but that the templates of charts are no YAML."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from ansible.release import __version__

from tools.generate import ROOT, wanted
from tools.sanity_ignores import VERSIONS, ignores, templates

FILES = sorted((ROOT / "tests/sanity").glob("ignore*"))


def test_there_is_one_file_for_each_version() -> None:
    assert [path.name for path in FILES] == [f"ignore-{version}.txt" for version in VERSIONS]
    assert ".".join(__version__.split(".")[:2]) in VERSIONS
    runtime = yaml.safe_load((ROOT / "meta/runtime.yml").read_text(encoding="utf-8"))
    assert runtime["requires_ansible"] == f">={VERSIONS[0]}.0"
    assert set(FILES) <= set(wanted(ROOT)), "make docs does not write them"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_nothing_but_templates_of_charts_is_left_out(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    listed = [line.removesuffix(" yamllint!skip") for line in lines]
    assert all(re.fullmatch(r"charts/[\w-]+/templates/\S+\.yaml yamllint!skip", line) for line in lines)
    assert listed == sorted(set(listed)) == templates(ROOT)


def test_only_templates_that_are_called_yaml_are_listed(tmp_path: Path) -> None:
    names = ("templates/tests/b.yaml", "templates/a.yaml", "templates/c.yml", "templates/_a.tpl", "templates/NOTES.txt", "values.yaml")
    for name in names:
        path = tmp_path / "charts/web" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    text = "".join(f"charts/web/templates/{name} yamllint!skip\n" for name in ("a.yaml", "c.yml", "tests/b.yaml"))
    assert ignores(tmp_path) == {tmp_path / f"tests/sanity/ignore-{version}.txt": text for version in VERSIONS}
