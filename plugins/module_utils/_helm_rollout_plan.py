# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The steps by which a release comes to a tag, or back to what it was. Pure.  Private to the collection.

A step is one `helm upgrade` with a few values changed. The states that a release may be in, and from which to which it may go
without leading a request to where nobody answers, are in charts/web-service/ABOUT.md ("States of a release").
`values` always are all values, those of the chart below those of the release.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from ansible_collections.stratum.aws.plugins.module_utils._helm_values import holds, read, written

Values = Mapping[str, Any]

ROLLING, BLUE_GREEN, CANARY = "rolling", "blue_green", "canary"
STRATEGIES: Final = (ROLLING, BLUE_GREEN, CANARY)
PREVIEW, SERVING = "preview", "serving"
_COLOURS: Final = ("blue", "green")
_STAGED: Final = ("strategy.type", "strategy.blue", "strategy.green", "strategy.canary", "image.tag")
_SETTLE_SECONDS: Final = 300


class PlanRefused(Exception):
    """What is asked for cannot be done with this release; the message says what can."""


@dataclass(frozen=True)
class Step:
    """One upgrade: what it is called, and the values that it changes (path → value).

    `wait` waits for everything, `until` for the pods of one track. Afterwards `look` says which checks are run (`preview`,
    `serving`, or none) and `seconds` for how long.
    """

    name: str
    values: Values = field(default_factory=dict)
    wait: bool = True
    until: str = ""
    hooks: bool = False
    look: str = ""
    seconds: float = 0


@dataclass(frozen=True)
class Wanted:
    """What a deploy is to come to, and how. Times are in seconds; `steps` are percents."""

    tag: str
    strategy: str = ""
    tag_paths: tuple[str, ...] = ()
    steps: tuple[int, ...] = (10, 50, 100)
    step_seconds: float = 60
    bake_seconds: float = 30
    settle_seconds: float | None = None
    retire: bool = False


def staged(values: Values) -> bool:
    """Return whether a chart knows other strategies than a rolling update."""
    return all(holds(values, path) for path in _STAGED)


def strategy_of(values: Values) -> str:
    """Return the strategy by which a release was brought into service last."""
    return str(read(values, "strategy.type")) if staged(values) else ROLLING


def tag_of(values: Values, tag_paths: Sequence[str]) -> str:
    """Return the tag that serves; empty where the release has none."""
    if staged(values):
        active = _active(values)
        return str(read(values, "image.tag" if active == "stable" else f"strategy.{active}.tag") or "")
    tags = dict.fromkeys(str(read(values, path)) for path in tag_paths if read(values, path) not in (None, ""))
    return ", ".join(tags)


def has_canary(values: Values) -> bool:
    """Return whether a canary is in the middle of its way."""
    return strategy_of(values) == CANARY and bool(read(values, "strategy.canary.tag"))


def steps_to(values: Values, wanted: Wanted) -> list[Step]:
    """Return the steps that bring a release to a tag; empty when it is there. PlanRefused where there is no way."""
    strategy = wanted.strategy or strategy_of(values)
    _refuse(values, wanted, strategy)
    if not staged(values):
        paths = wanted.tag_paths or ("image.tag",)
        if all(str(read(values, path)) == wanted.tag for path in paths):
            return []
        return [Step("roll", dict.fromkeys(paths, wanted.tag), hooks=True, look=SERVING, seconds=wanted.bake_seconds)]
    if has_canary(values):
        found = _canary(values, wanted)
    elif tag_of(values, ()) == wanted.tag:
        found = []
    elif strategy == ROLLING:
        found = _rolling(values, wanted)
    elif strategy == BLUE_GREEN:
        found = _blue_green(values, wanted)
    else:
        found = _canary(values, wanted)
    return _with_migration(values, wanted.tag, found)


def way_back(values: Values, target: Values) -> list[Step]:
    """Return the steps before a release may have exactly the values of `target`; the last one, `back`, has none of its own.

    They do not wait for what is to go: it may be what has failed.
    """
    if not staged(values):
        return [Step("back")]
    found: list[Step] = []
    if has_canary(values) and not has_canary(target):
        stable = read(target, "image.tag") if _active(target) == "stable" else read(values, "image.tag")
        share = int(read(values, "strategy.weight") or 0)
        if share and stable != read(values, "image.tag"):
            found.append(Step("bring the stable pods back", {"image.tag": stable}))
        if share:
            found.append(Step("lead requests back", {"strategy.weight": 0}, wait=False))
    serving, wanted = _active(values), _active(target)
    if serving != wanted:
        waking = {"strategy.type": BLUE_GREEN, "strategy.active": serving, **_woken(wanted, _track_tag(target, wanted))}
        if "stable" in (serving, wanted):
            waking["strategy.keepStable"] = True
        found += [
            # What serves may be ill, so only what is woken is waited for.
            Step(f"wake {wanted}", waking, wait=False, until=wanted),
            Step(f"switch to {wanted}", {"strategy.active": wanted}, wait=False),
        ]
    return [*_telling(values, found), Step("back")]


def after(values: Values, steps: Sequence[Step]) -> Values:
    """Return what a release's values are after some steps."""
    for step in steps:
        values = written(values, step.values)
    return values


# -- strategies --------------------------------------------------------------------------------------


def _refuse(values: Values, wanted: Wanted, strategy: str) -> None:
    if strategy not in STRATEGIES:
        raise PlanRefused(f"there is no strategy {strategy}. There are: {', '.join(STRATEGIES)}")
    if not staged(values):
        if strategy != ROLLING:
            raise PlanRefused(f"its chart has no values for the strategy {strategy}, only {ROLLING} is possible")
        missing = [path for path in wanted.tag_paths or ("image.tag",) if not holds(values, path)]
        if missing:
            words = "Say in image_tag_value of the inventory which one holds the tag"
            raise PlanRefused(f"neither it nor its chart has the value {', '.join(missing)}. {words}")
    if strategy == CANARY:
        if strategy_of(values) == BLUE_GREEN and _active(values) != "stable":
            raise PlanRefused(f"it is released by {BLUE_GREEN}. Deploy it by {ROLLING} first, and by {CANARY} then")
        by_labels = read(values, "strategy.by") != "alb_weights"
        steps = wanted.steps
        if not steps or list(steps) != sorted(set(steps)) or not all(0 < share <= 100 for share in steps):
            raise PlanRefused(f"steps are {list(steps)}. They are percents above 0 that grow, 100 at most")
        if by_labels and any(50 < share < 100 for share in steps):
            raise PlanRefused(f"steps are {list(steps)}. With strategy.by labels a share is 50 at most, or 100, as a share of the pods")


def _rolling(values: Values, wanted: Wanted) -> list[Step]:
    image = _image("image", values, wanted.tag)
    serving = _active(values)
    if serving == "stable":
        return [Step("roll", {"strategy.type": ROLLING, **image}, hooks=True, look=SERVING, seconds=wanted.bake_seconds)]
    gone: dict[str, Any] = {"strategy.type": ROLLING, "strategy.keepStable": False}
    gone |= {f"strategy.{colour}.tag": "" for colour in _COLOURS if read(values, f"strategy.{colour}.tag")}
    return [
        Step("prepare stable", {"strategy.keepStable": True, **image}, hooks=True, look=PREVIEW),
        *_refreshed(values),
        Step("switch to stable", {"strategy.active": "stable"}, look=SERVING, seconds=wanted.bake_seconds),
        Step(f"retire {serving}", gone),
    ]


def _blue_green(values: Values, wanted: Wanted) -> list[Step]:
    serving = _active(values)
    idle = "green" if serving in ("blue", "stable") else "blue"
    prepared: dict[str, Any] = {"strategy.type": BLUE_GREEN, "strategy.active": serving, **_woken(idle, wanted.tag)}
    if read(values, f"strategy.{idle}.digest"):
        prepared[f"strategy.{idle}.digest"] = ""
    if serving == "stable":
        prepared["strategy.keepStable"] = True
        # A colour of an earlier release that nobody has looked after since.
        prepared["strategy.blue.tag"] = ""
    found = [
        Step(f"prepare {idle}", prepared, hooks=True, look=PREVIEW),
        *_refreshed(values),
        Step(f"switch to {idle}", {"strategy.active": idle}, look=SERVING, seconds=wanted.bake_seconds),
    ]
    if wanted.retire:
        asleep: dict[str, Any] = {"strategy.keepStable": False} if serving == "stable" else {f"strategy.{serving}.replicas": 0}
        found.append(Step(f"retire {serving}", asleep))
    return found


def _canary(values: Values, wanted: Wanted) -> list[Step]:
    """Return the steps of a canary from wherever it is: a run that was killed is gone on with."""
    begun = has_canary(values)
    weight = int(read(values, "strategy.weight") or 0) if begun else 0
    capacity = int(read(values, "strategy.canary.capacity") or 0) if begun else 0
    found: list[Step] = []
    if not (begun and str(read(values, "image.tag")) == wanted.tag):
        first = next((share for share in wanted.steps if share > weight), 100)
        if weight == 0:
            capacity = max(capacity, first)
            prepared: dict[str, Any] = {
                "strategy.type": CANARY,
                "strategy.canary.tag": wanted.tag,
                "strategy.canary.capacity": capacity,
                "strategy.weight": 0,
            }
            if read(values, "strategy.canary.digest"):
                prepared["strategy.canary.digest"] = ""
            found.append(Step("prepare the canary", prepared, hooks=True, look=PREVIEW))
        for share in (each for each in wanted.steps if each > weight):
            if share > capacity:
                found.append(Step(f"bring up pods for {share} %", {"strategy.canary.capacity": share}))
                capacity = share
            found.append(Step(f"shift to {share} %", {"strategy.weight": share}, look=SERVING, seconds=wanted.step_seconds))
        found.append(Step("promote", _image("image", values, wanted.tag), look=SERVING))
    settle = wanted.settle_seconds
    if settle is None:
        settle = _SETTLE_SECONDS if read(values, "autoscaling.enabled") else 0
    found.append(Step("lead requests to the stable pods", {"strategy.weight": 0}, look=SERVING, seconds=max(settle, wanted.bake_seconds)))
    found.append(Step("remove the canary", {"strategy.canary.tag": "", "strategy.canary.capacity": 0}))
    return found


# -- parts -------------------------------------------------------------------------------------------


def _active(values: Values) -> str:
    """Return the track that serves."""
    if not staged(values):
        return "stable"
    return str(read(values, "strategy.active")) if strategy_of(values) == BLUE_GREEN else "stable"


def _track_tag(values: Values, track: str) -> str:
    return str(read(values, "image.tag" if track == "stable" else f"strategy.{track}.tag") or "")


def _woken(track: str, tag: str) -> dict[str, Any]:
    """Return the values by which a track has pods although it does not serve."""
    if track == "stable":
        return {"image.tag": tag, "strategy.keepStable": True}
    return {f"strategy.{track}.tag": tag, f"strategy.{track}.replicas": None}


def _image(path: str, values: Values, tag: str) -> dict[str, Any]:
    # A digest goes before the tag.
    return {f"{path}.tag": tag, **({f"{path}.digest": ""} if read(values, f"{path}.digest") else {})}


def _refreshed(values: Values) -> list[Step]:
    # The preview's checks take time, in which the autoscaler may have found more to do.
    return [Step("bring up as many pods as serve now")] if read(values, "autoscaling.enabled") else []


def _with_migration(values: Values, tag: str, steps: list[Step]) -> list[Step]:
    """Let the first step, the one whose hooks run, migrate with the new image."""
    given = holds(values, "migration.tag") and read(values, "migration.enabled")
    if not given or (strategy_of(after(values, steps[:1])) == ROLLING and not read(values, "migration.tag")):
        return steps
    return [replace(step, values={**step.values, "migration.tag": tag}) if step.hooks else step for step in steps]


def _telling(values: Values, steps: Sequence[Step]) -> list[Step]:
    """Leave out the steps that change nothing."""
    found = []
    for step in steps:
        new = written(values, step.values)
        if new != values:
            found.append(step)
        values = new
    return found
