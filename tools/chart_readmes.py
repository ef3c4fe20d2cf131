# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Render the README of every chart from its Chart.yaml, the comments in its values.yaml, and its ABOUT.md where it has one.

A comment directly above a key describes it. `# --- Title ---` begins a section. Keys without a comment are listed too, except
where a mapping around them has one and no other key in it has: then it speaks for them all.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

NOTICE = "<!-- Written by `make docs` from Chart.yaml, values.yaml and ABOUT.md: change those. -->"

_COMMENT = re.compile(r"^\s*#\s?(.*)$")
_BANNER = re.compile(r"^-{2,}\s*(.*?)\s*-{2,}$")
_KEY = re.compile(r"^(\s*)([A-Za-z][\w.-]*):(?:\s+(\S.*))?$")

_TYPES: dict[type, str] = {dict: "object", list: "list", str: "string", bool: "bool", int: "int", float: "number", type(None): ""}


@dataclass(frozen=True)
class Value:
    """A value of a chart: its path, as in `ingress.orders.file`, its default, and what its comment says."""

    path: str
    default: Any
    description: str
    # Others within it are listed by themselves, so that its default says little.
    has_parts: bool = False

    @property
    def type(self) -> str:
        return _TYPES[type(self.default)]


@dataclass(frozen=True)
class Section:
    """Values under one heading."""

    title: str
    values: list[Value]


@dataclass
class _Key:
    """A key of the file on the way from its line to a `Value`."""

    indent: int
    path: tuple[str, ...]
    comment: str
    section: str
    is_block: bool


def _keys(text: str) -> Iterator[_Key]:
    """Yield the keys of block mappings in their order; what stands in lists and in braces belongs to the key before it."""
    section = ""
    comment: list[str] = []
    open_keys: list[_Key] = []
    # A list's items may have keys: they are deeper than the key that has the list, and none of ours.
    list_indent: int | None = None
    for line in text.splitlines():
        if found := _COMMENT.match(line):
            if banner := _BANNER.match(found[1]):
                section, comment = banner[1], []
            else:
                comment.append(found[1].strip())
            continue
        indent = len(line) - len(line.lstrip())
        if list_indent is not None and line.strip() and indent < list_indent:
            list_indent = None
        if line.lstrip().startswith("- ") and list_indent is None:
            list_indent = indent
        key = _KEY.match(line) if list_indent is None else None
        if key:
            while open_keys and open_keys[-1].indent >= indent:
                open_keys.pop()
            path = (*(open_keys[-1].path if open_keys else ()), key[2])
            open_keys.append(_Key(indent, path, " ".join(comment), section, key[3] is None))
            yield open_keys[-1]
        comment = []


def _at(values: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        values = values[key]
    return values


def sections(text: str) -> list[Section]:
    """Read the sections of a values.yaml."""
    values = yaml.safe_load(text) or {}
    keys = list(_keys(text))
    described = {key.path for key in keys if key.comment}
    # Mappings of which a key is described by itself.
    in_parts = {path[:length] for path in described for length in range(1, len(path))}
    result: list[Section] = []
    for key in keys:
        around = {key.path[:length] for length in range(1, len(key.path))}
        if not key.comment and around & (described - in_parts):
            continue
        default = _at(values, key.path)
        parts = key.path in in_parts
        is_group = key.is_block and isinstance(default, dict) and bool(default)
        if is_group and not key.comment:
            continue
        if not result or result[-1].title != key.section:
            result.append(Section(key.section, []))
        result[-1].values.append(Value(".".join(key.path), default, key.comment, has_parts=parts))
    return result


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _default(value: Value) -> str:
    if value.has_parts or value.default is None:
        return ""
    text = json.dumps(value.default, ensure_ascii=False)
    return f"`{text}`" if len(text) <= 80 else "see values.yaml"


def _row(value: Value) -> str:
    return f"| `{value.path}` | {value.type} | {_cell(_default(value))} | {_cell(value.description)} |"


def render(chart: Path) -> str:
    """Return the text of the README of the chart in the folder `chart`."""
    about = yaml.safe_load((chart / "Chart.yaml").read_text(encoding="utf-8"))
    lines = [f"# {about['name']}", "", NOTICE, "", f"{about['description'].rstrip('.')}. Chart version {about['version']}.", ""]
    text = chart / "ABOUT.md"
    if text.exists():
        lines += [text.read_text(encoding="utf-8").strip(), ""]
    lines += ["## Values", ""]
    for section in sections((chart / "values.yaml").read_text(encoding="utf-8")):
        if section.title:
            lines += [f"### {section.title}", ""]
        lines += ["| value | type | default | description |", "| --- | --- | --- | --- |", *map(_row, section.values), ""]
    return "\n".join(lines).rstrip() + "\n"


def readmes(root: Path) -> dict[Path, str]:
    """Return the READMEs of all charts below `root`, by path."""
    return {path.parent / "README.md": render(path.parent) for path in sorted((root / "charts").glob("*/Chart.yaml"))}
