# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The steps of a deploy and of the way back, against the tables of charts/web-service/ABOUT.md."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.stratum.aws.plugins.module_utils._helm_rollout_plan import (
    PlanRefused,
    Wanted,
    after,
    steps_to,
    tag_of,
    way_back,
)
from ansible_collections.stratum.aws.plugins.module_utils._helm_values import read, written

CHART: dict[str, Any] = {
    "image": {"tag": "v1", "digest": ""},
    "replicas": 2,
    "autoscaling": {"enabled": False},
    "migration": {"enabled": False, "tag": ""},
    "strategy": {
        "type": "rolling",
        "by": "alb_weights",
        "active": "blue",
        "keepStable": False,
        "weight": 0,
        "blue": {"tag": "", "digest": "", "replicas": None},
        "green": {"tag": "", "digest": "", "replicas": None},
        "canary": {"tag": "", "digest": "", "capacity": 0},
    },
}
BLUE = written(CHART, {"strategy.type": "blue_green", "strategy.blue.tag": "v1", "image.tag": ""})
PLAIN = {"docker_image_tag": "1", "server": {"replicas": 1}}


def trace(values: Any, steps: Any, *paths: str) -> list[tuple[Any, ...]]:
    """Return name and values at paths after each step."""
    rows = []
    for step in steps:
        values = written(values, step.values)
        rows.append((step.name, *(read(values, path) for path in paths)))
    return rows


def test_rolling_is_one_step() -> None:
    (step,) = steps_to(CHART, Wanted("v2"))
    assert (step.values, step.look, step.seconds, step.hooks) == ({"strategy.type": "rolling", "image.tag": "v2"}, "serving", 30, True)


def test_same_tag_is_nothing_to_do() -> None:
    assert [steps_to(CHART, Wanted("v1", strategy)) for strategy in ("rolling", "blue_green", "canary")] == [[], [], []]
    assert steps_to(BLUE, Wanted("v1")) == []


def test_digest_would_hide_the_tag() -> None:
    (step,) = steps_to(written(CHART, {"image.digest": "sha256:1"}), Wanted("v2"))
    assert step.values["image.digest"] == ""


def test_blue_green_goes_as_the_table_says() -> None:
    paths = ["strategy.active", "strategy.blue.tag", "strategy.blue.replicas", "strategy.green.tag", "strategy.green.replicas"]
    asleep = written(BLUE, {"strategy.green.tag": "v0", "strategy.green.replicas": 0})
    assert trace(asleep, steps_to(asleep, Wanted("v2", retire=True)), *paths) == [
        ("prepare green", "blue", "v1", None, "v2", None),
        ("switch to green", "green", "v1", None, "v2", None),
        ("retire blue", "green", "v1", 0, "v2", None),
    ]
    assert [step.look for step in steps_to(asleep, Wanted("v2"))] == ["preview", "serving"]


def test_next_blue_green_goes_the_other_way() -> None:
    green = after(BLUE, steps_to(BLUE, Wanted("v2", retire=True)))
    assert [step.name for step in steps_to(green, Wanted("v3"))] == ["prepare blue", "switch to blue"]
    assert tag_of(after(green, steps_to(green, Wanted("v3"))), ()) == "v3"


def test_rolling_to_blue_green_and_back() -> None:
    paths = ["strategy.type", "strategy.active", "strategy.keepStable", "image.tag", "strategy.green.tag"]
    there = steps_to(CHART, Wanted("v2", "blue_green", retire=True))
    assert trace(CHART, there, *paths) == [
        ("prepare green", "blue_green", "stable", True, "v1", "v2"),
        ("switch to green", "blue_green", "green", True, "v1", "v2"),
        ("retire stable", "blue_green", "green", False, "v1", "v2"),
    ]
    values = after(CHART, there)
    assert trace(values, steps_to(values, Wanted("v3", "rolling")), *paths) == [
        ("prepare stable", "blue_green", "green", True, "v3", "v2"),
        ("switch to stable", "blue_green", "stable", True, "v3", "v2"),
        ("retire green", "rolling", "stable", False, "v3", ""),
    ]


def test_autoscaler_is_followed_before_a_switch() -> None:
    scaled = written(BLUE, {"autoscaling.enabled": True})
    assert [step.name for step in steps_to(scaled, Wanted("v2"))] == [
        "prepare green",
        "bring up as many pods as serve now",
        "switch to green",
    ]


CANARY = ["image.tag", "strategy.canary.tag", "strategy.canary.capacity", "strategy.weight"]
CANARY_ROWS = [
    ("prepare the canary", "v1", "v2", 10, 0),
    ("shift to 10 %", "v1", "v2", 10, 10),
    ("bring up pods for 50 %", "v1", "v2", 50, 10),
    ("shift to 50 %", "v1", "v2", 50, 50),
    ("bring up pods for 100 %", "v1", "v2", 100, 50),
    ("shift to 100 %", "v1", "v2", 100, 100),
    ("promote", "v2", "v2", 100, 100),
    ("lead requests to the stable pods", "v2", "v2", 100, 0),
    ("remove the canary", "v2", "", 0, 0),
]


def test_canary_goes_as_the_table_says() -> None:
    steps = steps_to(CHART, Wanted("v2", "canary"))
    assert trace(CHART, steps, *CANARY) == CANARY_ROWS
    assert read(after(CHART, steps), "strategy.type") == "canary"
    assert [step.seconds for step in steps if step.name.startswith("shift")] == [60, 60, 60]


@pytest.mark.parametrize("number", range(1, 9))
def test_killed_canary_is_gone_on_with(number: int) -> None:
    """From every state that a killed run can leave, no row follows that the table forbids, and the end is the same."""
    steps = steps_to(CHART, Wanted("v2", "canary"))
    values = after(CHART, steps[:number])
    rest = trace(values, steps_to(values, Wanted("v2", "canary")), *CANARY)
    assert rest[-1] == CANARY_ROWS[-1]
    # What is not done yet is done; what was done may be done again.
    assert rest[-len(CANARY_ROWS[number:]) :] == CANARY_ROWS[number:]
    share = read(values, "strategy.weight")
    for row in rest:
        assert row[4] in (0, share) or row[3] >= row[4], "requests for pods that are not there"
        share = row[4]


def test_autoscaler_gets_time_to_see_the_requests_return() -> None:
    def settled(values: Any, **more: Any) -> float:
        return steps_to(values, Wanted("v2", "canary", **more))[-2].seconds

    scaled = written(CHART, {"autoscaling.enabled": True})
    assert (settled(CHART), settled(scaled), settled(scaled, settle_seconds=0), settled(scaled, settle_seconds=90)) == (30, 300, 30, 90)


def test_migration_is_the_new_release_s() -> None:
    migrating = written(CHART, {"migration.enabled": True, "migration.tag": "v1"})
    for strategy in ("rolling", "blue_green", "canary"):
        steps = steps_to(migrating, Wanted("v2", strategy))
        assert [step.values.get("migration.tag") for step in steps] == ["v2", *[None] * (len(steps) - 1)]
        assert [step.hooks for step in steps] == [True, *[False] * (len(steps) - 1)]
    by_itself = written(CHART, {"migration.enabled": True})
    assert "migration.tag" not in steps_to(by_itself, Wanted("v2"))[0].values
    assert steps_to(by_itself, Wanted("v2", "canary"))[0].values["migration.tag"] == "v2"


@pytest.mark.parametrize(
    ("values", "wanted", "words"),
    [
        (PLAIN, Wanted("2", "canary", ("docker_image_tag",)), "only rolling is possible"),
        (PLAIN, Wanted("2"), "has the value image.tag. Say in image_tag_value"),
        (BLUE, Wanted("v2", "canary"), "Deploy it by rolling first"),
        (CHART, Wanted("v2", "canary", steps=(50, 10)), "percents above 0 that grow"),
        (CHART, Wanted("v2", "canary", steps=()), "percents above 0 that grow"),
        (written(CHART, {"strategy.by": "labels"}), Wanted("v2", "canary", steps=(10, 60, 100)), "50 at most, or 100"),
        (CHART, Wanted("v2", "sideways"), "There are: rolling, blue_green, canary"),
    ],
)
def test_what_cannot_be_is_refused(values: Any, wanted: Wanted, words: str) -> None:
    with pytest.raises(PlanRefused, match=words):
        steps_to(values, wanted)


def test_plain_chart_rolls_by_its_own_value() -> None:
    (step,) = steps_to(PLAIN, Wanted("2", tag_paths=("docker_image_tag",)))
    assert step.values == {"docker_image_tag": "2"}
    assert tag_of(PLAIN, ("docker_image_tag",)) == "1"
    assert [step.name for step in way_back(PLAIN, {"docker_image_tag": "0"})] == ["back"]


def test_way_back_from_every_step_of_a_canary() -> None:
    steps = steps_to(CHART, Wanted("v2", "canary"))
    names = [[step.name for step in way_back(after(CHART, steps[:number]), CHART)] for number in range(1, 9)]
    lead = ["lead requests back", "back"]
    assert names == [["back"], lead, lead, lead, lead, lead, ["bring the stable pods back", *lead], ["back"]]


def test_way_back_of_blue_green() -> None:
    steps = steps_to(BLUE, Wanted("v2", retire=True))
    prepared, switched, retired = (after(BLUE, steps[:number]) for number in (1, 2, 3))
    assert [step.name for step in way_back(prepared, BLUE)] == ["back"]
    assert [step.name for step in way_back(switched, BLUE)] == ["switch to blue", "back"]
    assert trace(retired, way_back(retired, BLUE), "strategy.active", "strategy.blue.replicas") == [
        ("wake blue", "green", None),
        ("switch to blue", "blue", None),
        ("back", "blue", None),
    ]
    wake = way_back(retired, BLUE)[0]
    assert (wake.wait, wake.until) == (False, "blue")


def test_way_back_from_blue_green_to_rolling_and_the_other_way() -> None:
    steps = steps_to(CHART, Wanted("v2", "blue_green"))
    assert [step.name for step in way_back(after(CHART, steps), CHART)] == ["switch to stable", "back"]
    rolled = after(BLUE, steps_to(BLUE, Wanted("v2", "rolling")))
    assert trace(rolled, way_back(rolled, BLUE), "strategy.type", "strategy.active", "strategy.keepStable", "strategy.blue.tag")[:-1] == [
        ("wake blue", "blue_green", "stable", True, "v1"),
        ("switch to blue", "blue_green", "blue", True, "v1"),
    ]
