# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The READMEs of charts: what is read from values.yaml, and how it is written."""

from __future__ import annotations

from pathlib import Path

from tools.chart_readmes import Value, readmes, render, sections

VALUES = """\
# About the file.

# --- First ---

# How
# many.
replicas: 1
plain: text

# --- Second ---

group:
  # A list.
  ports:
    - name: http
      port: 80
    - name: https
      port: 443
  braces: {a: 1, b: [2]}
  deeper:
    # The last | one.
    last: null
# Speaks for all in it.
quiet:
  one: 1
  two: 2
# Speaks for itself.
loud:
  one: 1
  # Two.
  two: "2"
"""


def test_values_are_read_with_their_sections() -> None:
    first, second = sections(VALUES)
    assert (first.title, second.title) == ("First", "Second")
    assert first.values == [Value("replicas", 1, "How many."), Value("plain", "text", "")]
    assert second.values == [
        Value("group.ports", [{"name": "http", "port": 80}, {"name": "https", "port": 443}], "A list."),
        Value("group.braces", {"a": 1, "b": [2]}, ""),
        Value("group.deeper.last", None, "The last | one."),
        Value("quiet", {"one": 1, "two": 2}, "Speaks for all in it."),
        Value("loud", {"one": 1, "two": "2"}, "Speaks for itself.", has_parts=True),
        Value("loud.one", 1, ""),
        Value("loud.two", "2", "Two."),
    ]


def test_readme(tmp_path: Path) -> None:
    chart = tmp_path / "charts/web"
    chart.mkdir(parents=True)
    (chart / "Chart.yaml").write_text("name: web\nversion: 1.2.3\ndescription: Serves.\n", encoding="utf-8")
    (chart / "values.yaml").write_text(VALUES, encoding="utf-8")
    (chart / "ABOUT.md").write_text("How it is used.\n", encoding="utf-8")
    text = render(chart)
    assert readmes(tmp_path) == {chart / "README.md": text}
    assert text.startswith("# web\n")
    assert "Serves. Chart version 1.2.3.\n\nHow it is used.\n\n## Values\n\n### First\n" in text
    assert "| `replicas` | int | `1` | How many. |" in text
    assert "| `group.deeper.last` |  |  | The last \\| one. |" in text
    assert "| `loud` | object |  | Speaks for itself. |" in text
