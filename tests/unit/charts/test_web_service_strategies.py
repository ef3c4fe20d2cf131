# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tables of charts/web-service/ABOUT.md, played row by row against a cluster that remembers."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest

from tests import charts
from tests.unit.charts.web_service import AUTOSCALED, BASE, Object, cluster, merged, nested, track_of, weights


@dataclass(frozen=True)
class Row:
    """One upgrade: the values that it changes, and what stands after it."""

    name: str
    changes: dict[str, Any]
    # Deployment → (pods, tag).
    deployments: dict[str, tuple[int, str]]
    # The track that the Service `shop` selects (None: both), and the one of `shop-preview` ("" where there is none).
    serves: str | None
    preview: str = ""
    # Weights by Service, where the ALB has them.
    weights: dict[str, int] | None = None


@dataclass(frozen=True)
class Release:
    """A table of ABOUT.md: values that all rows share, then its rows."""

    base: dict[str, Any]
    rows: list[Row]


ALB = {"strategy.by": "alb_weights"}

RELEASES = {
    "rolling": Release(
        {},
        [
            Row("before", {}, {"shop": (4, "v1")}, "stable"),
            Row("deploy", {"image.tag": "v2"}, {"shop": (4, "v2")}, "stable"),
            Row("roll back", {"image.tag": "v1"}, {"shop": (4, "v1")}, "stable"),
        ],
    ),
    "blue/green by labels": Release(
        {"strategy.type": "blue_green", "strategy.blue.tag": "v1"},
        [
            Row("before", {}, {"shop-blue": (4, "v1")}, "blue"),
            Row("prepare", {"strategy.green.tag": "v2"}, {"shop-blue": (4, "v1"), "shop-green": (4, "v2")}, "blue", "green"),
            Row("switch", {"strategy.active": "green"}, {"shop-blue": (4, "v1"), "shop-green": (4, "v2")}, "green", "blue"),
            Row("roll back from 2", {"strategy.active": "blue"}, {"shop-blue": (4, "v1"), "shop-green": (4, "v2")}, "blue", "green"),
            Row("switch again", {"strategy.active": "green"}, {"shop-blue": (4, "v1"), "shop-green": (4, "v2")}, "green", "blue"),
            Row("retire", {"strategy.blue.replicas": 0}, {"shop-blue": (0, "v1"), "shop-green": (4, "v2")}, "green", "blue"),
            Row("wake", {"strategy.blue.replicas": None}, {"shop-blue": (4, "v1"), "shop-green": (4, "v2")}, "green", "blue"),
            Row("roll back from 3", {"strategy.active": "blue"}, {"shop-blue": (4, "v1"), "shop-green": (4, "v2")}, "blue", "green"),
            Row("forget", {"strategy.green.tag": ""}, {"shop-blue": (4, "v1")}, "blue"),
        ],
    ),
    "from rolling to blue/green and back, by weights": Release(
        ALB,
        [
            Row("before", {}, {"shop": (4, "v1")}, "stable", "", {"shop-stable": 100}),
            Row(
                "prepare",
                {"strategy.type": "blue_green", "strategy.active": "stable", "strategy.keepStable": True, "strategy.green.tag": "v2"},
                {"shop": (4, "v1"), "shop-green": (4, "v2")},
                "stable",
                "green",
                {"shop-stable": 100, "shop-green": 0},
            ),
            Row(
                "switch",
                {"strategy.active": "green"},
                {"shop": (4, "v1"), "shop-green": (4, "v2")},
                "green",
                "stable",
                {"shop-stable": 0, "shop-green": 100},
            ),
            Row("retire", {"strategy.keepStable": False}, {"shop-green": (4, "v2")}, "green", "", {"shop-green": 100}),
            Row(
                "return, prepare",
                {"strategy.keepStable": True, "image.tag": "v3"},
                {"shop": (4, "v3"), "shop-green": (4, "v2")},
                "green",
                "stable",
                {"shop-stable": 0, "shop-green": 100},
            ),
            Row(
                "return, switch",
                {"strategy.active": "stable"},
                {"shop": (4, "v3"), "shop-green": (4, "v2")},
                "stable",
                "green",
                {"shop-stable": 100, "shop-green": 0},
            ),
            Row(
                "return, retire",
                {"strategy.type": "rolling", "strategy.keepStable": False, "strategy.green.tag": ""},
                {"shop": (4, "v3")},
                "stable",
                "",
                {"shop-stable": 100},
            ),
        ],
    ),
    "canary by weights": Release(
        ALB,
        [
            Row("before", {}, {"shop": (4, "v1")}, "stable", "", {"shop-stable": 100}),
            Row(
                "prepare",
                {"strategy.type": "canary", "strategy.canary.tag": "v2", "strategy.canary.capacity": 10},
                {"shop": (4, "v1"), "shop-canary": (1, "v2")},
                "stable",
                "canary",
                {"shop-stable": 100, "shop-canary": 0},
            ),
            Row(
                "shift",
                {"strategy.weight": 10},
                {"shop": (4, "v1"), "shop-canary": (1, "v2")},
                "stable",
                "canary",
                {"shop-stable": 90, "shop-canary": 10},
            ),
            Row(
                "more pods",
                {"strategy.canary.capacity": 100},
                {"shop": (4, "v1"), "shop-canary": (4, "v2")},
                "stable",
                "canary",
                {"shop-stable": 90, "shop-canary": 10},
            ),
            Row(
                "all",
                {"strategy.weight": 100},
                {"shop": (4, "v1"), "shop-canary": (4, "v2")},
                "stable",
                "canary",
                {"shop-stable": 0, "shop-canary": 100},
            ),
            Row(
                "promote",
                {"image.tag": "v2"},
                {"shop": (4, "v2"), "shop-canary": (4, "v2")},
                "stable",
                "canary",
                {"shop-stable": 0, "shop-canary": 100},
            ),
            Row(
                "return",
                {"strategy.weight": 0},
                {"shop": (4, "v2"), "shop-canary": (4, "v2")},
                "stable",
                "canary",
                {"shop-stable": 100, "shop-canary": 0},
            ),
            Row(
                "end",
                {"strategy.type": "rolling", "strategy.canary.tag": "", "strategy.canary.capacity": 0},
                {"shop": (4, "v2")},
                "stable",
                "",
                {"shop-stable": 100},
            ),
        ],
    ),
    "canary by labels": Release(
        {},
        [
            Row("before", {}, {"shop": (4, "v1")}, "stable"),
            Row(
                "prepare",
                {"strategy.type": "canary", "strategy.canary.tag": "v2", "strategy.canary.capacity": 10},
                {"shop": (4, "v1"), "shop-canary": (1, "v2")},
                "stable",
                "canary",
            ),
            Row("shift", {"strategy.weight": 10}, {"shop": (4, "v1"), "shop-canary": (1, "v2")}, None, "canary"),
            Row("half", {"strategy.weight": 50}, {"shop": (4, "v1"), "shop-canary": (4, "v2")}, None, "canary"),
            Row("all", {"strategy.weight": 100}, {"shop": (4, "v1"), "shop-canary": (4, "v2")}, "canary", "canary"),
            Row("promote", {"image.tag": "v2"}, {"shop": (4, "v2"), "shop-canary": (4, "v2")}, "canary", "canary"),
            Row(
                "return",
                {"strategy.weight": 0, "strategy.canary.capacity": 100},
                {"shop": (4, "v2"), "shop-canary": (4, "v2")},
                "stable",
                "canary",
            ),
            Row("end", {"strategy.canary.tag": "", "strategy.canary.capacity": 0}, {"shop": (4, "v2")}, "stable"),
        ],
    ),
}


@cache
def played(release: str) -> list[list[Object]]:
    """Return the objects after each row of a release, whose pods an autoscaler keeps where they are."""
    table = RELEASES[release]
    values = merged(BASE, AUTOSCALED, nested(table.base))
    after = []
    with cluster() as here:
        for row in table.rows:
            values = merged(values, nested(row.changes))
            after.append(here.upgrade(values))
    return after


def rows() -> list[Any]:
    return [
        pytest.param(release, index, row, id=f"{release}: {index} {row.name}")
        for release, table in RELEASES.items()
        for index, row in enumerate(table.rows)
    ]


def deployed(objects: list[Object]) -> dict[str, tuple[int, str]]:
    return {
        name: (one["spec"]["replicas"], charts.container(one)["image"].partition(":")[2])
        for name, one in charts.named(objects, "Deployment").items()
    }


def shares(objects: list[Object]) -> dict[str, int]:
    """Return percent of requests from outside by track; by labels 100 for each track that is selected."""
    by_alb = weights(objects)
    if by_alb is not None:
        return {name.removeprefix("shop-"): weight for name, weight in by_alb.items()}
    serves = track_of(charts.find(objects, "Service", "shop"))
    tracks = [one["metadata"]["labels"]["track"] for one in charts.named(objects, "Deployment").values()]
    return {track: 100 if serves in (None, track) else 0 for track in tracks}


def deployment(objects: list[Object], track: str) -> Object | None:
    return charts.named(objects, "Deployment").get("shop" if track == "stable" else f"shop-{track}")


@pytest.mark.parametrize(("release", "index", "row"), rows())
def test_a_row_of_the_table_stands_as_it_says(release: str, index: int, row: Row) -> None:
    objects = played(release)[index]
    services = charts.named(objects, "Service")
    assert deployed(objects) == row.deployments
    assert track_of(services["shop"]) == row.serves
    assert (track_of(services["shop-preview"]) if "shop-preview" in services else "") == row.preview
    assert weights(objects) == row.weights


@pytest.mark.parametrize(("release", "index", "row"), rows())
def test_every_target_of_the_load_balancer_is_a_service_of_one_track(release: str, index: int, row: Row) -> None:
    objects = played(release)[index]
    services = charts.named(objects, "Service")
    backends = [
        path["backend"]["service"] for rule in charts.find(objects, "Ingress", "shop")["spec"]["rules"] for path in rule["http"]["paths"]
    ]
    if row.weights is None:
        assert backends == [{"name": "shop", "port": {"number": 80}}]
        return
    assert backends == [{"name": "weighted", "port": {"name": "use-annotation"}}]
    assert sum(row.weights.values()) == 100
    for name in row.weights:
        track = name.removeprefix("shop-")
        assert track_of(services[name]) == track
        assert deployment(objects, track) is not None


@pytest.mark.parametrize("release", RELEASES)
def test_what_serves_stays_and_what_begins_to_serve_was_there(release: str) -> None:
    after = played(release)
    for before, now in itertools.pairwise(after):
        had, has = shares(before), shares(now)
        for track in had:
            if had[track]:
                assert deployment(now, track), f"{track} served and is gone"
        for track in has:
            if has[track] and not had.get(track):
                prepared = deployment(before, track)
                assert prepared, f"{track} begins to serve and was not there before"
                ready = prepared["spec"]["replicas"]
                assert ready, f"{track} begins to serve and had no pods before"
                wanted = deployment(now, track)
                assert wanted
                assert charts.container(wanted)["image"] == charts.container(prepared)["image"]


def test_no_deployment_has_two_selectors_in_all_tables() -> None:
    selectors: dict[str, set[str]] = {}
    for release in RELEASES:
        for objects in played(release):
            for name, one in charts.named(objects, "Deployment").items():
                labels = one["spec"]["selector"]["matchLabels"]
                selectors.setdefault(name, set()).add(repr(sorted(labels.items())))
                assert labels.items() <= one["spec"]["template"]["metadata"]["labels"].items()
    assert set(selectors) == {"shop", "shop-blue", "shop-green", "shop-canary"}
    assert {name: len(found) for name, found in selectors.items()} == dict.fromkeys(selectors, 1)


@pytest.mark.parametrize("release", RELEASES)
def test_no_pod_of_one_track_is_taken_for_another(release: str) -> None:
    for objects in played(release):
        pods = {name: one["spec"]["template"]["metadata"]["labels"] for name, one in charts.named(objects, "Deployment").items()}
        for name, one in charts.named(objects, "Deployment").items():
            wanted = one["spec"]["selector"]["matchLabels"]
            assert [other for other, labels in pods.items() if wanted.items() <= labels.items()] == [name]


@pytest.mark.parametrize(("release", "index", "row"), rows())
def test_an_autoscaler_stands_over_each_deployment_that_serves(release: str, index: int, row: Row) -> None:
    objects = played(release)[index]
    scaled = set(charts.named(objects, "HorizontalPodAutoscaler"))
    serving = {"shop" if track == "stable" else f"shop-{track}" for track, share in shares(objects).items() if share}
    # The stable track of a canary is scaled throughout: it is where the requests return to.
    kept = {"shop"} if row.changes.get("strategy.type") == "canary" or "shop-canary" in row.deployments else set()
    assert scaled == serving | kept
