# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the chart web-service makes of what runs already: the autoscaler's numbers, and tracks that are not ready."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests import charts
from tests.unit.charts.web_service import AUTOSCALED, BASE, Cluster, Object, Values, cluster, merged, nested

SCALED = merged(BASE, AUTOSCALED)
CANARY = merged(SCALED, nested({"strategy.type": "canary", "strategy.by": "alb_weights", "strategy.canary.tag": "v2"}))
BLUE = merged(SCALED, nested({"strategy.type": "blue_green", "strategy.blue.tag": "v1"}))


@pytest.fixture
def live() -> Iterator[Cluster]:
    with cluster() as made:
        yield made


def pods(objects: list[Object]) -> dict[str, int]:
    return {name: one["spec"]["replicas"] for name, one in charts.named(objects, "Deployment").items()}


def bounds(objects: list[Object]) -> dict[str, tuple[int, int]]:
    return {
        name: (one["spec"]["minReplicas"], one["spec"]["maxReplicas"])
        for name, one in charts.named(objects, "HorizontalPodAutoscaler").items()
    }


def with_(values: Values, **changes: Any) -> Values:
    """Return the values with changes, `strategy__weight=10` for `strategy.weight`."""
    return merged(values, nested({path.replace("__", "."): value for path, value in changes.items()}))


def test_an_upgrade_leaves_the_number_that_the_autoscaler_chose(live: Cluster) -> None:
    assert pods(live.upgrade(SCALED)) == {"shop": 4}
    live.scale("shop", 7)
    assert pods(live.upgrade(with_(SCALED, image__tag="v2"))) == {"shop": 7}
    live.scale("shop", 2)
    after = live.upgrade(with_(SCALED, image__tag="v3"))
    assert pods(after) == {"shop": 2}
    assert bounds(after) == {"shop": (2, 10)}


def test_without_an_autoscaler_the_values_say_how_many(live: Cluster) -> None:
    live.upgrade(BASE)
    live.scale("shop", 7)
    assert pods(live.upgrade(BASE)) == {"shop": 4}
    assert pods(live.upgrade(with_(BASE, replicas=0))) == {"shop": 0}


def test_a_deployment_that_sleeps_gets_the_first_number_again(live: Cluster) -> None:
    live.upgrade(SCALED)
    live.scale("shop", 0)
    assert pods(live.upgrade(SCALED)) == {"shop": 4}


def test_a_canary_is_a_share_of_what_runs_and_the_stable_pods_stay(live: Cluster) -> None:
    live.upgrade(SCALED)
    live.scale("shop", 9)
    prepared = live.upgrade(with_(CANARY, strategy__canary__capacity=25))
    assert pods(prepared) == {"shop": 9, "shop-canary": 3}
    assert bounds(prepared) == {"shop": (9, 10)}
    shifted = live.upgrade(with_(CANARY, strategy__canary__capacity=25, strategy__weight=25))
    assert pods(shifted) == {"shop": 9, "shop-canary": 3}
    assert bounds(shifted) == {"shop": (9, 10), "shop-canary": (3, 10)}
    # The canary's autoscaler found it too small for its requests.
    live.scale("shop-canary", 5)
    assert pods(live.upgrade(with_(CANARY, strategy__canary__capacity=25, strategy__weight=26))) == {"shop": 9, "shop-canary": 5}
    # Requests return, and the floor holds until the canary ends.
    returned = live.upgrade(with_(CANARY, strategy__canary__capacity=25, strategy__weight=0))
    assert bounds(returned) == {"shop": (9, 10)}
    assert bounds(live.upgrade(SCALED)) == {"shop": (2, 10)}


def test_the_colour_that_is_prepared_gets_as_many_pods_as_the_other_has_now(live: Cluster) -> None:
    live.upgrade(BLUE)
    live.scale("shop-blue", 8)
    prepared = live.upgrade(with_(BLUE, strategy__green__tag="v2"))
    assert pods(prepared) == {"shop-blue": 8, "shop-green": 8}
    assert bounds(prepared) == {"shop-blue": (2, 10)}
    live.scale("shop-blue", 9)
    assert pods(live.upgrade(with_(BLUE, strategy__green__tag="v2"))) == {"shop-blue": 9, "shop-green": 9}
    switched = live.upgrade(with_(BLUE, strategy__green__tag="v2", strategy__active="green"))
    assert pods(switched) == {"shop-blue": 9, "shop-green": 9}
    assert bounds(switched) == {"shop-green": (2, 10)}
    assert pods(live.upgrade(with_(BLUE, strategy__green__tag="v2", strategy__active="green", strategy__blue__replicas=0))) == {
        "shop-blue": 0,
        "shop-green": 9,
    }


def test_requests_are_not_led_to_pods_that_are_not_ready(live: Cluster) -> None:
    live.upgrade(BLUE)
    prepared = with_(BLUE, strategy__green__tag="v2")
    switched = with_(prepared, strategy__active="green")
    with pytest.raises(charts.Refused, match="shop-green has no ready pod of shop:v2, and blue serves: bring it up"):
        live.render(switched)
    live.upgrade(prepared)
    live.not_ready = {"shop-green"}
    with pytest.raises(charts.Refused, match="shop-green has no ready pod of shop:v2"):
        live.render(switched)
    assert live.render(with_(switched, strategy__force=True))
    live.not_ready = set()
    with pytest.raises(charts.Refused, match="shop-green has no ready pod of shop:v3"):
        live.render(with_(switched, strategy__green__tag="v3"))
    assert live.render(switched)


def test_the_load_balancer_gives_nothing_to_a_canary_that_is_not_ready(live: Cluster) -> None:
    live.upgrade(SCALED)
    with pytest.raises(charts.Refused, match=r"shop-canary has no ready pod: bring it up with strategy\.canary\.capacity"):
        live.render(with_(CANARY, strategy__weight=10))
    # By labels only pods that are ready are selected: nothing to refuse.
    assert live.render(with_(CANARY, strategy__by="labels", strategy__weight=10))


def test_the_way_back_from_a_canary_is_open_whatever_its_pods_do(live: Cluster) -> None:
    live.upgrade(SCALED)
    live.upgrade(with_(CANARY, strategy__canary__capacity=100))
    live.upgrade(with_(CANARY, strategy__canary__capacity=100, strategy__weight=100))
    live.not_ready = {"shop-canary"}
    assert pods(live.upgrade(with_(CANARY, strategy__canary__capacity=0, strategy__weight=0))) == {"shop": 4, "shop-canary": 0}
