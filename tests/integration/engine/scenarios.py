# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which Molecule scenario converges a role's graph."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tests.playbooks import ROOT

ROLES: Final = sorted(path.parents[1].name for path in (ROOT / "roles").glob("*/tasks/graph.yml"))
"""The layers."""
NEED_KUBERNETES: Final = frozenset({"helm_releases"})
"""Layers that do nothing where no Kubernetes API stands behind a cluster."""
OF_ANOTHER_NAME: Final = {"compose_host": "compose_host_cloud"}
"""Layers whose name the scenario of their other side has."""


def scenario(role: str) -> Path:
    """Return the folder of a role's scenario."""
    return ROOT / "molecule" / OF_ANOTHER_NAME.get(role, role)
