# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the chart web-service refuses: single values by its schema, combinations by a sentence."""

from __future__ import annotations

from typing import Any

import pytest

from tests import charts
from tests.unit.charts.web_service import AUTOSCALED, BASE, merged, nested

COMBINATIONS: list[tuple[str, dict[str, Any], str]] = [
    ("no image", {"image.tag": ""}, "image has no image: give a tag or a digest"),
    ("no repository", {"image.repository": ""}, "image.repository is empty"),
    ("active colour without tag", {"strategy.type": "blue_green"}, "strategy.active is blue, which has no image: give strategy.blue.tag"),
    (
        "active colour asleep",
        {"strategy.type": "blue_green", "strategy.blue": {"tag": "v1", "replicas": 0}},
        "the track blue is to serve but has no pods",
    ),
    ("weight without canary", {"strategy.type": "canary", "strategy.weight": 5}, "strategy.weight is 5, but there is no canary"),
    (
        "canary without pods",
        {"strategy.type": "canary", "strategy.weight": 5, "strategy.canary": {"tag": "v2", "replicas": 0}},
        "the track canary is to serve but has no pods",
    ),
    (
        "share above half by labels",
        {"strategy.type": "canary", "strategy.weight": 75, "strategy.canary.tag": "v2"},
        "strategy.weight is 75: by labels it is 0 to 50, or 100",
    ),
    ("weights without ALB", {"strategy.by": "alb_weights", "ingress.alb.enabled": False}, "needs ingress.enabled and ingress.alb.enabled"),
    ("no room for a rollout", {"strategy.maxSurge": "0%"}, "strategy.maxUnavailable and strategy.maxSurge are both 0"),
    ("floor above ceiling", {"autoscaling.minReplicas": 11}, "autoscaling.minReplicas is more than autoscaling.maxReplicas"),
    ("no target", {"autoscaling.targetCPU": None}, "autoscaling has no target"),
    (
        "share of an unknown request",
        {"autoscaling.targetMemory": 80, "resources.requests.memory": None},
        "a share of resources.requests.memory",
    ),
    (
        "budget that blocks drains",
        {"podDisruptionBudget": {"enabled": True, "minAvailable": 2}},
        "minAvailable 2 of 2 pods blocks every drain",
    ),
    (
        "two budgets",
        {"podDisruptionBudget": {"enabled": True, "maxUnavailable": 1}},
        "needs minAvailable or maxUnavailable, the other null",
    ),
    ("sleep without end", {"preStopSleepSeconds": 60}, "preStopSleepSeconds leaves nothing of terminationGracePeriodSeconds"),
    (
        "migration of an unknown release",
        {"migration.enabled": True, "strategy.type": "canary"},
        "migration.tag is empty: with strategy.type canary",
    ),
]

# One wrong value each; helm names the path of every one of them.
SCHEMA: dict[str, Any] = {
    "image.tag": "latest",
    "image.digest": "sha256:abc",
    "image.pullPolicy": "Sometimes",
    "replicas": -1,
    "strategy.type": "recreate",
    "strategy.by": "dns",
    "strategy.active": "red",
    "strategy.weight": 101,
    "strategy.canary.capacity": -1,
    "strategy.blue.tag": "v1:2",
    "strategy.maxSurge": "lots",
    "autoscaling.minReplicas": 0,
    "autoscaling.targetCPU": "70%",
    "podDisruptionBudget.unhealthyPodEvictionPolicy": "Never",
    "antiAffinity": "sometimes",
    "topologySpread.mode": "wide",
    "service.port": 0,
    "service.scheme": "https",
    "ingress.hosts": [],
    "ingress.previewHost": "https://shop.example.com",
    "ingress.alb.scheme": "public",
    "ingress.alb.targetType": "lambda",
    "ingress.alb.certificateArns": ["my-certificate"],
    "ingress.alb.wafAclArn": "my-acl",
    "ingress.alb.group.order": 1001,
    "ingress.alb.healthcheck.successCodes": "ok",
    "probes.readiness.type": "grpc",
    "probes.liveness.periodSeconds": 0,
    "env": {"a-b": "c"},
    "envValueFrom": {"A": {"secretRef": {"name": "x"}}},
    "envFrom.secrets": ["Upper"],
    "config.mountPath": "etc",
    "writablePaths": ["tmp"],
    "preStopSleepSeconds": -1,
    "serviceAccount.roleArn": "role",
    "migration.hooks": ["post-delete"],
    "networkPolicy.ingressFrom": ["10.0.0.0/16"],
    "test.image.tag": "",
    "commonLabels": {"track": "stable"},
}

# Misspelt names, in every block.
UNKNOWN = [
    "replica",
    "image.tags",
    "strategy.weights",
    "strategy.green.weight",
    "strategy.canary.weight",
    "autoscaling.min",
    "podDisruptionBudget.min",
    "topologySpread.key",
    "affinity.podAntiAfinity",
    "service.targetPort",
    "ingress.host",
    "ingress.alb.certificateArn",
    "ingress.alb.group.id",
    "ingress.alb.healthcheck.interval",
    "probes.ready",
    "probes.readiness.delay",
    "envFrom.secret",
    "config.data",
    "resources.request",
    "serviceAccount.role",
    "migration.image",
    "networkPolicy.from",
    "test.url",
]


@pytest.mark.parametrize(("changes", "sentence"), [pytest.param(changes, sentence, id=name) for name, changes, sentence in COMBINATIONS])
def test_a_combination_that_cannot_work_is_refused_with_a_sentence(changes: dict[str, Any], sentence: str) -> None:
    assert sentence in charts.refused("web-service", merged(BASE, AUTOSCALED, nested(changes)))


def test_the_schema_refuses_every_wrong_value() -> None:
    said = charts.refused("web-service", merged(BASE, nested(SCHEMA)))
    missed = [path for path in SCHEMA if f"- {path}" not in said]
    assert not missed, said


def test_the_schema_refuses_every_unknown_name() -> None:
    said = charts.refused("web-service", merged(BASE, nested(dict.fromkeys(UNKNOWN, "x"))))
    missed = [path for path in UNKNOWN if f"Additional property {path.rpartition('.')[2]} is not allowed" not in said]
    assert not missed, said
    assert said.count("Additional property") == len(UNKNOWN)
