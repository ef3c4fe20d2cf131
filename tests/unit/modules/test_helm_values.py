# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Values of charts by paths, and a release that keeps what deploys have made of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.stratum.aws.plugins.module_utils._helm import Chart, Record, Release, Rendered
from ansible_collections.stratum.aws.plugins.module_utils._helm_release import HelmRelease, Wish
from ansible_collections.stratum.aws.plugins.module_utils._helm_values import holds, keeping, read, told_kept, written

WHY = ": once installed, only deploys change what keep_values names"
INSTALLED = {"image": {"tag": "v2"}, "strategy": {"blue": {"replicas": None}}, "flag": False}


@pytest.mark.parametrize(
    ("path", "value", "held"),
    [
        ("image.tag", "v2", True),
        ("strategy.blue.replicas", None, True),
        ("flag", False, True),
        ("image.digest", None, False),
        ("flag.x", None, False),
    ],
)
def test_reads_by_path(path: str, value: object, held: bool) -> None:
    assert (read(INSTALLED, path), holds(INSTALLED, path)) == (value, held)


def test_writing_leaves_the_original_alone() -> None:
    assert written(INSTALLED, {"image.tag": "v3", "a.b.c": 1}) == {**INSTALLED, "image": {"tag": "v3"}, "a": {"b": {"c": 1}}}
    assert INSTALLED["image"] == {"tag": "v2"}
    assert written({"a": None}, {"a.b": 1}) == {"a": {"b": 1}}


def test_what_is_installed_wins_at_kept_paths_only() -> None:
    wanted = {"image": {"tag": "v1", "repository": "new"}, "flag": True}
    values, differences = keeping(wanted, INSTALLED, ["image.tag", "image.digest", "strategy.blue.replicas"])
    assert values == {"image": {"tag": "v2", "repository": "new"}, "flag": True, "strategy": {"blue": {"replicas": None}}}
    assert differences == [{"value": "image.tag", "wanted": "v1", "installed": "v2"}]


def test_a_secret_is_no_difference_and_is_not_told() -> None:
    installed = {"auth": {"password": "old", "user": "deployed"}, "token": "old"}
    secret = {"auth": {"password": "new"}, "token": "new"}
    values, differences = keeping({"auth": {"user": "wanted"}, "token": "none"}, installed, ["auth", "token"], secret)
    assert values == installed
    assert differences == [{"value": "auth", "wanted": {"user": "wanted"}, "installed": "(sensitive)"}]
    assert keeping({"auth": {"user": "deployed"}}, installed, ["auth"], secret)[1] == []


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ({"image": {"tag": "v1"}}, 'keeps image.tag "v2" (values say "v1")'),
        (
            {"image": {"tag": "v1"}, "flag": "false"},
            'keeps image.tag "v2" (values say "v1"), flag false (values say "false")',
        ),
        # It is the same value, or none is wanted.
        ({"image": {"tag": "v2"}, "flag": False}, ""),
        ({}, ""),
    ],
)
def test_what_overrules_a_value_is_told_in_one_line(wanted: dict[str, Any], told: str) -> None:
    assert told_kept(keeping(wanted, INSTALLED, ["image.tag", "flag", "image.digest"])[1]) == (told and told + WHY)


def test_a_long_value_is_told_in_part() -> None:
    told = told_kept(keeping({"text": "a"}, {"text": "line\n" * 1000}, ["text"])[1])
    assert "\n" not in told
    assert len(told) < 200


class FakeHelm:
    """Holds revisions; renders the image out of the values."""

    def __init__(self, revisions: list[tuple[str, dict[str, Any]]]) -> None:
        self.revisions = revisions

    def record(self, name: str, namespace: str) -> Record | None:
        if not self.revisions:
            return None
        status, values = self.revisions[-1]
        return Record(Release(name, namespace, len(self.revisions), status, "web", "1", ""), values=values)

    def last_good(self, _name: str, _namespace: str, below: int) -> int:
        good = [number for number, (status, _values) in enumerate(self.revisions, 1) if status in ("deployed", "superseded")]
        return max((number for number in good if number < below), default=0)

    def values(self, release: Release) -> dict[str, Any]:
        return self.revisions[release.revision - 1][1]

    def rendered(self, _name: str, _namespace: str, _chart: Chart, options: list[str], *, anew: bool) -> Rendered:
        assert not anew
        self.given = json.loads(Path(options[options.index("--values") + 1]).read_text(encoding="utf-8"))
        return Rendered((), (), "web", "1", "")


def present(helm: FakeHelm, folder: Path) -> dict[str, Any]:
    wish = Wish("web", "default", Chart("web"), {"image": {"tag": "v1"}, "size": 3}, {"password": "x"}, ["image.tag"])
    return HelmRelease(None, helm, folder, wish, check=True).present()  # type: ignore[arg-type]


def test_first_installation_has_the_tag_of_the_inventory(tmp_path: Path) -> None:
    helm = FakeHelm([])
    present(helm, tmp_path)
    assert helm.given == {"image": {"tag": "v1"}, "size": 3, "password": "x"}


def test_deployed_tag_stays(tmp_path: Path) -> None:
    helm = FakeHelm(
        [("superseded", {"image": {"tag": "v1"}, "size": 3}), ("deployed", {"image": {"tag": "v2"}, "size": 3, "password": "x"})]
    )
    result = present(helm, tmp_path)
    assert helm.given == {"image": {"tag": "v2"}, "size": 3, "password": "x"}
    assert (result["changed"], result["kept"]) == (False, [{"value": "image.tag", "wanted": "v1", "installed": "v2"}])


def test_other_values_follow_the_inventory(tmp_path: Path) -> None:
    helm = FakeHelm([("deployed", {"image": {"tag": "v2"}, "size": 1, "password": "x"})])
    assert [each["property"] for each in present(helm, tmp_path)["changes"]] == ["values.size"]


def test_what_failed_says_nothing_of_what_serves(tmp_path: Path) -> None:
    helm = FakeHelm([("deployed", {"image": {"tag": "v2"}}), ("failed", {"image": {"tag": "v3"}})])
    present(helm, tmp_path)
    assert helm.given["image"]["tag"] == "v2"
    helm = FakeHelm([("failed", {"image": {"tag": "v3"}})])
    present(helm, tmp_path)
    assert helm.given["image"]["tag"] == "v1"
