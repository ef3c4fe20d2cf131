# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter that finds the charts of this collection."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible.errors import AnsibleFilterError

DOCUMENTATION = r"""
name: chart_path
short_description: Find a chart of this collection
version_added: 0.4.0
description:
  - A plain name such as C(speckle-server) is a chart that comes with this collection; its path is returned.
  - Paths, C(oci://) references, and names in a repository are returned as they are.
positional: _input, repository
options:
  _input:
    description: The chart.
    type: str
    required: true
  repository:
    description: The repository that the chart is a name in; empty for none.
    type: str
    default: ""
author:
  - stratum.aws contributors
"""

EXAMPLES = r"""
- name: Show where the chart of Speckle is
  ansible.builtin.debug:
    msg: "{{ 'speckle-server' | stratum.aws.chart_path }}"
"""

RETURN = r"""
_value:
  description: What helm takes as a chart.
  type: str
  sample: /usr/share/ansible/collections/ansible_collections/stratum/aws/charts/speckle-server
"""

CHARTS = Path(__file__).resolve().parents[2] / "charts"


def chart_path(chart: str, repository: str = "") -> str:
    """Return what helm takes as a chart; see DOCUMENTATION."""
    if repository or "/" in chart or chart.startswith("."):
        return chart
    path = CHARTS / chart
    if not (path / "Chart.yaml").is_file():
        ours = ", ".join(sorted(each.parent.name for each in CHARTS.glob("*/Chart.yaml"))) or "none"
        raise AnsibleFilterError(
            f"There is no chart {chart!r} in this collection (there are: {ours}). Give its repository, a path, or an oci:// reference"
        )
    return str(path)


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, Any]:
        """Return the filters by name."""
        return {"chart_path": chart_path}
