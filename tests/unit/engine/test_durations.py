# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The modules whose durations are known are those that layers use."""

from __future__ import annotations

from pathlib import Path

import yaml
from ansible_collections.stratum.aws.plugins.plugin_utils.runs import _durations

ROLES = Path(__file__).resolve().parents[3] / "roles"


def test_every_duration_is_of_a_module_that_a_layer_uses() -> None:
    tasks = [task for path in ROLES.glob("*/tasks/graph.yml") for task in yaml.safe_load(path.read_text(encoding="utf-8"))]
    used = {key for task in tasks for key in task if key.count(".") == 2}
    assert set(_durations._TYPICAL_SECONDS) - used == set()


def test_what_is_not_known_takes_a_moment_and_a_search_domain_longest() -> None:
    assert _durations.typical_seconds("example.cloud.thing") == _durations.typical_seconds("stratum.aws.sqs_queue")
    assert max(_durations._TYPICAL_SECONDS, key=_durations.typical_seconds) == "stratum.aws.opensearch_domain"
