# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which modules a graph uses, and what two results of one module have in common."""

from __future__ import annotations

from typing import Any

import yaml
from ansible_collections.stratum.aws.plugins.plugin_utils.runs._jobs import WARM_COLLECTIONS

from tests.playbooks import ROOT


def modules_of(role: str) -> set[str]:
    """Return the AWS modules that a role's graph uses in a converge."""
    tasks = yaml.safe_load((ROOT / "roles" / role / "tasks" / "graph.yml").read_text())
    converging = [task for task in tasks if "converge_verb" not in str(task.get("when"))]
    return {key for task in converging for key in task if key.startswith(WARM_COLLECTIONS)}


# A process that counts as a controller shows the last two at once and leaves them out of the result.
NOT_COMPARED = {"ResponseMetadata", "response_metadata", "latest_restorable_time", "warnings", "deprecations"}


def normalised(value: Any) -> Any:
    """Return a result without what no two calls have in common."""
    if isinstance(value, dict):
        return {key: normalised(item) for key, item in value.items() if key not in NOT_COMPARED}
    return [normalised(item) for item in value] if isinstance(value, list) else value
