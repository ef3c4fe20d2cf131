#!/usr/bin/python

# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation of the action plugin of the same name; nothing here runs."""

from __future__ import annotations

DOCUMENTATION = r"""
module: graph
version_added: 0.2.0
short_description: Write the graph of a stack as DOT, Mermaid and SVG
description:
  - Writes the graph that M(stratum.aws.converge) would run, with the layers as clusters, as C(graph.dot), C(graph.mmd) and C(graph.svg).
  - Given the report of a run, each task shows its seconds and what came of its resources, and the critical path is emphasised.
  - It needs no AWS account; the inventory is checked as before a run, as far as that is possible without one.
  - A file that would be the same is not written.
options:
  layers:
    description:
      - The layers to draw, by role name. A layer is a role with a C(tasks/graph.yml).
      - When O(layers) is only a part of the variable C(stack_layers), the tasks of other layers that they need are drawn too.
    type: list
    elements: str
    required: true
  directory:
    description:
      - The directory in which the files are written.
      - The default is C(<environment>/<stack>) in the directory that the variable C(report_dir) names, and in C(reports) without it.
    type: path
  report:
    description:
      - A report of a run of this stack (C(reports/<environment>/<stack>/<verb>.json)), from which the times and the critical path come.
    type: path
  full:
    description:
      - Whether to draw every edge. Without it, those that follow from others are left out, except on the critical path.
    type: bool
    default: false
  dot:
    description:
      - The command of Graphviz, by name or path.
      - Where there is none, C(graph.svg) is not written, and a line says so.
    type: path
    default: dot
attributes:
  action:
    description: Has an action plugin, and runs on the controller only.
    support: full
  check_mode:
    description: Says what would be written without writing it.
    support: full
  diff_mode:
    description: Shows what changes in C(graph.dot).
    support: full
notes:
  - The variables C(converge_layers) and C(converge_target) (a task's name or a pattern) narrow the drawing to a part of the stack
    and what that part needs.
seealso:
  - module: stratum.aws.converge
author:
  - stratum.aws contributors (@stratum-aws)
"""

EXAMPLES = r"""
- name: Write the graph of the stack
  stratum.aws.graph:
    layers: "{{ stack_layers }}"

- name: Write it with the times of the last run
  stratum.aws.graph:
    layers: "{{ stack_layers }}"
    report: reports/prod/speckle/converge.json
    directory: build/graphs
"""

RETURN = r"""
msg:
  description: What there is in the graph and what was written, in a line.
  returned: success
  type: str
  sample: "speckle: 93 tasks, 135 of 297 edges, 8 layers; written reports/prod/speckle/graph.dot, reports/prod/speckle/graph.mmd"
files:
  description: The paths of the files, by format. C(svg) is there when Graphviz is.
  returned: success
  type: dict
  sample: {"dot": "reports/prod/speckle/graph.dot", "mermaid": "reports/prod/speckle/graph.mmd"}
tasks:
  description: How many tasks are drawn.
  returned: success
  type: int
  sample: 93
edges:
  description: How many edges are drawn, and how many the graph has.
  returned: success
  type: dict
  sample: {"drawn": 135, "all": 297}
layers:
  description: The layers that are drawn, in their order.
  returned: success
  type: list
  elements: str
  sample: [network, security]
"""
