# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The READMEs of roles: what is read from a role, and how it is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.role_readmes import Option, markdown, read_options, read_outputs, read_role, readmes, render

SPECS = """\
argument_specs:
  main: &options
    short_description: Networks
    description:
      - Makes the V(network).
    options:
      network_cidr:
        type: str
        required: true
        description: The address range.
      network_azs:
        type: list
        elements: str
        description:
          - Zones.
          - Empty means O(network_count) of them.
      network_subnets:
        type: list
        elements: dict
        default: []
        description: Subnets | ranges.
        options:
          cidr:
            type: str
            choices: [a, b]
            description: A range.
  graph: *options
"""

VARIABLES = """\
---
# --- Outputs ---
network_id: "{{ __network.id }}"
# In the order of the zones.
network_ids: >-
  {{ __network.results
  | map('x') }}

network_name: "{{ a }}-{{ b }}" # The name

# --- Derived ---
__network_tags: {}
"""


@pytest.fixture
def role(tmp_path: Path) -> Path:
    path = tmp_path / "roles/network"
    files = {
        "meta/argument_specs.yml": SPECS,
        "defaults/main.yml": "network_azs: []\n",
        "vars/main.yml": VARIABLES,
        "tasks/graph.yml": "[]\n",
    }
    for name, text in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Set O(a=b) to V(c\\)d).", "Set `a=b` to `c)d`."),
        ("See M(amazon.aws.ec2_eip), C(x), RV(y) and E(Z).", "See `amazon.aws.ec2_eip`, `x`, `y` and `Z`."),
        ("V(range(1, 2\\)) is no call", "`range(1, 2)` is no call"),
        ("L(the guide, https://example.com/a) U(https://example.com)", "[the guide](https://example.com/a) <https://example.com>"),
        ("B(never) in a VPC (or two)", "**never** in a VPC (or two)"),
    ],
)
def test_markup(text: str, expected: str) -> None:
    assert markdown(text) == expected


def test_options_are_read_with_those_within_them() -> None:
    specs = {
        "a": {"type": "dict", "options": {"b": {"type": "list", "elements": "dict", "options": {"c": {}}}}},
        "d": {"type": "int", "default": 3, "description": "Days."},
    }
    found = list(read_options(specs, {"a": {"x": 1}, "d": 4, "c": 5}))
    assert [(option.name, option.type, option.default) for option in found] == [
        ("a", "dict", {"x": 1}),
        ("a.b", "list of dict", None),
        ("a.b[].c", "str", None),
        ("d", "int", 3),
    ]
    assert found[-1] == Option("d", "int", required=False, default=3, choices=[], description=["Days."])


def test_outputs_are_the_public_variables_with_their_comments() -> None:
    assert [(output.name, output.description) for output in read_outputs(VARIABLES)] == [
        ("network_id", "`__network.id`"),
        ("network_ids", "In the order of the zones."),
        ("network_name", "The name"),
    ]


def test_an_expression_of_several_parts_is_shown_whole() -> None:
    assert [output.description for output in read_outputs('x_a: "{{ a }}-{{ b }}"\nx_b: [1]\n')] == ["`{{ a }}-{{ b }}`", "`[1]`"]


def test_a_layer(role: Path) -> None:
    text = render(read_role(role))
    assert "layers: [network]" in text
    assert "Makes the `network`." in text
    assert "| `network_cidr` | str | **required** | The address range. |" in text
    assert "| `network_azs` | list of str | `[]` | Zones.<br>Empty means `network_count` of them. |" in text
    assert "| `network_subnets` | list of dict | `[]` | Subnets \\| ranges. |" in text
    assert "| `network_subnets[].cidr` | str |  | A range.<br>One of `a`, `b`. |" in text
    assert "| `network_ids` | In the order of the zones. |" in text
    assert "Entry point" not in text, "graph has the same options as main and is not repeated"


def test_a_role_that_is_no_layer_and_has_entry_points_of_its_own(role: Path) -> None:
    (role / "tasks/graph.yml").unlink()
    (role / "meta/argument_specs.yml").write_text(
        "argument_specs:\n  main:\n    short_description: Hosts\n  renew:\n    short_description: Renews\n    options: {a: {type: bool}}\n",
        encoding="utf-8",
    )
    text = render(read_role(role))
    assert "role: stratum.aws.network" in text
    assert "None." in text
    assert "## Entry point `renew`\n\nRenews\n\n| variable" in text


def test_every_role_with_argument_specs_gets_one(role: Path) -> None:
    (role.parent / "bare").mkdir()
    root = role.parent.parent
    assert [str(path.relative_to(root)) for path in readmes(root)] == ["roles/network/README.md"]
