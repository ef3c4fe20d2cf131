# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Render the README of every role from its meta/argument_specs.yml and the outputs in its vars/main.yml."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

NOTICE = "<!-- Written by `make docs` from meta/argument_specs.yml and vars/main.yml: change those. -->"

# The markup of Ansible's documentation: what is in the brackets is a name, an option, a value or a link.
_LINK = re.compile(r"\bL\(([^,()]+),\s*([^()\s]+)\)")
_ADDRESS = re.compile(r"\bU\(([^()\s]+)\)")
_CODE = re.compile(r"\b(?:[OVCEPMI]|RV)\(((?:[^()\\]|\\.|\([^()]*\))+)\)")
_BOLD = re.compile(r"\bB\(([^()]+)\)")

_COMMENT = re.compile(r"^#\s?(.*)$")
_KEY = re.compile(r"^([A-Za-z]\w*):\s*(.*)$")
_BANNER = re.compile(r"^\W*-{2,}.*-{2,}$")


@dataclass(frozen=True)
class Option:
    """One variable of a role, or an option within one; `name` is its path, as in `network_subnets[].cidr`."""

    name: str
    type: str
    required: bool
    default: Any
    choices: list[Any]
    description: list[str]
    version_added: str | None = None


@dataclass(frozen=True)
class EntryPoint:
    """A task file that can be called, with its options."""

    name: str
    short_description: str
    description: list[str]
    options: list[Option]


@dataclass(frozen=True)
class Output:
    """A variable that other layers may use."""

    name: str
    description: str


@dataclass(frozen=True)
class Role:
    """What a README tells about a role."""

    name: str
    entry_points: list[EntryPoint]
    outputs: list[Output] = field(default_factory=list)
    is_layer: bool = False


def _as_list(value: Any) -> list[str]:
    if value is None:
        return []
    return [str(line).strip() for line in value] if isinstance(value, list) else [str(value).strip()]


def _type_of(spec: dict[str, Any]) -> str:
    kind = str(spec.get("type", "str"))
    return f"list of {spec['elements']}" if kind == "list" and "elements" in spec else kind


def read_options(options: dict[str, Any], defaults: dict[str, Any], prefix: str = "") -> Iterator[Option]:
    """Yield the options in their order, each followed by its own options; `defaults` is the role's defaults/main.yml."""
    for key, spec in options.items():
        name = prefix + key
        yield Option(
            name=name,
            type=_type_of(spec),
            required=bool(spec.get("required", False)),
            default=spec.get("default", defaults.get(key) if not prefix else None),
            choices=list(spec.get("choices", [])),
            description=_as_list(spec.get("description")),
            version_added=spec.get("version_added"),
        )
        if isinstance(spec.get("options"), dict):
            yield from read_options(spec["options"], {}, name + ("[]." if spec.get("type") == "list" else "."))


def read_outputs(text: str) -> list[Output]:
    """Return the public variables of a vars/main.yml; the comment before or behind one describes it, else its expression does."""
    outputs: list[Output] = []
    values: dict[str, Any] = yaml.safe_load(text) or {}
    comment: list[str] = []
    for line in text.splitlines():
        if found := _COMMENT.match(line):
            comment = [] if _BANNER.match(line) else [*comment, found[1].strip()]
            continue
        if (key := _KEY.match(line)) and key[1] in values:
            behind = re.search(r"\s#\s(.+)$", key[2])
            description = behind[1] if behind else " ".join(comment)
            outputs.append(Output(key[1], description.strip() or _expression(values[key[1]])))
        comment = []
    return outputs


def _expression(value: Any) -> str:
    if isinstance(value, str):
        text = " ".join(value.split())
        whole = re.fullmatch(r"\{\{\s*((?:(?!\}\}).)*?)\s*\}\}", text)
        return f"`{whole[1] if whole else text}`"
    return f"`{json.dumps(value, ensure_ascii=False)}`"


def read_role(path: Path) -> Role:
    """Read what is needed of the role in the directory `path`."""
    specs = yaml.safe_load((path / "meta/argument_specs.yml").read_text(encoding="utf-8"))["argument_specs"]
    defaults = _load(path / "defaults/main.yml")
    variables = path / "vars/main.yml"
    return Role(
        name=path.name,
        entry_points=[
            EntryPoint(
                name=name,
                short_description=str(spec.get("short_description", "")).strip(),
                description=_as_list(spec.get("description")),
                options=list(read_options(spec.get("options") or {}, defaults)),
            )
            for name, spec in specs.items()
        ],
        outputs=read_outputs(variables.read_text(encoding="utf-8")) if variables.exists() else [],
        is_layer=(path / "tasks/graph.yml").exists(),
    )


def _load(path: Path) -> dict[str, Any]:
    loaded = yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else None
    return loaded if isinstance(loaded, dict) else {}


def markdown(text: str) -> str:
    """Turn Ansible's documentation markup into Markdown."""
    text = _LINK.sub(r"[\1](\2)", text)
    text = _ADDRESS.sub(r"<\1>", text)
    text = _BOLD.sub(r"**\1**", text)
    return _CODE.sub(lambda found: f"`{found[1].replace(chr(92), '')}`", text)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _default(option: Option) -> str:
    if option.required:
        return "**required**"
    if option.default is None:
        return ""
    text = option.default if isinstance(option.default, str) and option.default else json.dumps(option.default, ensure_ascii=False)
    return f"`{text}`" if len(text) <= 60 else "see defaults/main.yml"


def _option_row(option: Option) -> str:
    lines = [markdown(line) for line in option.description]
    if option.choices:
        lines.append("One of " + ", ".join(f"`{choice}`" for choice in option.choices) + ".")
    if option.version_added:
        lines.append(f"Since {option.version_added}.")
    cells = (f"`{option.name}`", option.type, _cell(_default(option)), "<br>".join(map(_cell, lines)))
    return "| " + " | ".join(cells) + " |"


def _options_table(options: list[Option]) -> list[str]:
    if not options:
        return ["None.", ""]
    return ["| variable | type | default | description |", "| --- | --- | --- | --- |", *map(_option_row, options), ""]


def _usage(role: Role) -> list[str]:
    if not role.is_layer:
        return ["```yaml", "roles:", f"  - role: stratum.aws.{role.name}", "```", ""]
    return [
        "As a layer of a stack, in one graph with the others: name it in `stack_layers`. Alone:",
        "",
        "```yaml",
        "tasks:",
        f"  - name: Converge the layer {role.name}",
        "    stratum.aws.converge:",
        f"      layers: [{role.name}]",
        "```",
        "",
    ]


def render(role: Role) -> str:
    """Return the text of the README."""
    first, *others = role.entry_points
    lines = [f"# stratum.aws.{role.name}", "", NOTICE, ""]
    for text in filter(None, (first.short_description, *first.description)):
        lines += [markdown(text), ""]
    lines += ["## Use", "", *_usage(role), "## Variables", "", *_options_table(first.options)]
    for entry in others:
        if entry.options != first.options:
            lines += [f"## Entry point `{entry.name}`", ""]
            for text in filter(None, (entry.short_description, *entry.description)):
                lines += [markdown(text), ""]
            lines += _options_table(entry.options)
    if role.outputs:
        lines += ["## Outputs", "", "What other layers may use.", "", "| output | value |", "| --- | --- |"]
        lines += [f"| `{output.name}` | {_cell(markdown(output.description))} |" for output in role.outputs]
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def readmes(root: Path) -> dict[Path, str]:
    """Return the READMEs of all roles below `root` that have argument specs, by path."""
    specs = sorted((root / "roles").glob("*/meta/argument_specs.yml"))
    return {path.parent.parent / "README.md": render(read_role(path.parent.parent)) for path in specs}
