# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A plan as a file: what was reviewed, and how to tell that account, inventory and code are still what they were.

The file holds fingerprints of writes and of variables, and no values, so there is no secret in it. Its digest
tells when it was altered; it is no signature, so keep a plan where only those may write who may apply it.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from ansible_collections.stratum.aws.plugins.plugin_utils.barrier import _gate
from ansible_collections.stratum.aws.plugins.plugin_utils.telling._report import Entry

FORMAT: Final = 1
Key = tuple[str, str, str | None]
"""A resource: its layer, its node's name, the label of its item."""
_LONGEST_LIST: Final = 12


class PlanRefused(Exception):
    """A plan file cannot be applied; the message says what moved, and the cure."""


@dataclass(frozen=True)
class Circumstances:
    """What a plan was made for: the stack and its place, the code, and the fingerprint of each variable."""

    stack: str
    environment: str
    region: str
    account: str
    code: str
    part: str
    """Which part of the stack, in words; the whole of it is "the whole stack"."""
    variables: Mapping[str, Any]


@dataclass(frozen=True)
class Planned:
    """What a plan says of one resource; `writes` are fingerprints, `names` the operations, both in order."""

    action: str
    unknown: bool
    complete: bool
    writes: tuple[str, ...]
    names: tuple[str, ...]
    destructive: tuple[str, ...]


@dataclass(frozen=True)
class SavedPlan:
    """A plan that was read from a file, or made just now."""

    head: Mapping[str, Any]
    nodes: Mapping[Key, tuple[Planned, ...]]
    """Several where a loop's labels do not tell its items apart."""

    def of(self, layer: str, name: str, item: str | None) -> Planned | None:
        """Return what was planned for a resource; None when the plan does not know it.

        What a loop was to make is one entry when its items were not known yet.
        """
        found = self.nodes.get((layer, name, item))
        if found is None:
            whole = self.nodes.get((layer, name, None), ())
            return next((each for each in whole if each.unknown), None)
        return _merged(found)

    @property
    def destructive(self) -> list[str]:
        """What it destroys, a line each."""
        return [
            f"{layer}: {_title(name, item)}: {'; '.join(each.destructive)}"
            for (layer, name, item), planned in self.nodes.items()
            for each in planned
            if each.destructive
        ]


def from_run(circumstances: Circumstances, entries: Iterable[Entry], salt: str | None = None) -> dict[str, Any]:
    """Return the file's content for a plan that was just made; `salt` is that of a plan to compare it with."""
    salt = salt or secrets.token_hex(16)
    content = {
        "format": FORMAT,
        "stack": circumstances.stack,
        "environment": circumstances.environment,
        "region": circumstances.region,
        "account": circumstances.account,
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "part": circumstances.part,
        "code": circumstances.code,
        "salt": salt,
        "variables": {name: _hashed(salt, name, value) for name, value in sorted(circumstances.variables.items())},
        "nodes": [_node(entry, salt) for entry in sorted(entries, key=lambda entry: (entry.layer, entry.name, entry.item or ""))],
    }
    return {**content, "digest": _digest(content)}


def write(path: Path, content: Mapping[str, Any]) -> None:
    """Write a plan, readable by its owner only; OSError when that cannot be done."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    # What an earlier run has left may be readable by others.
    partial.unlink(missing_ok=True)
    partial.touch(mode=0o600, exist_ok=False)
    partial.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    partial.replace(path)


def read(path: Path) -> SavedPlan:
    """Read a plan; PlanRefused when there is none, or when it is not as it was written."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise PlanRefused(
            f"plan_file: {path} cannot be read: {error.strerror}. Make it with playbooks/plan.yml -e plan_file={path}"
        ) from error
    except ValueError as error:
        raise PlanRefused(f"plan_file: {path} is no plan: {error}. Make a new one") from error
    if not isinstance(content, Mapping) or content.get("format") != FORMAT:
        raise PlanRefused(f"plan_file: {path} is no plan that this version reads. Make a new one")
    if content.get("digest") != _digest({key: value for key, value in content.items() if key != "digest"}):
        raise PlanRefused(f"plan_file: {path} was altered after it was made. Make a new one, and review it")
    return parsed(content)


def parsed(content: Mapping[str, Any]) -> SavedPlan:
    """Return a plan from its content."""
    nodes: dict[Key, list[Planned]] = {}
    for node in content["nodes"]:
        planned = Planned(
            node["action"],
            bool(node["unknown"]),
            bool(node["complete"]),
            tuple(node["writes"]),
            tuple(node["operations"]),
            tuple(node["destructive"]),
        )
        nodes.setdefault((node["layer"], node["name"], node["item"]), []).append(planned)
    # Resources finish in any order.
    in_order = {key: tuple(sorted(several, key=lambda each: (each.writes, each.action))) for key, several in nodes.items()}
    return SavedPlan({key: value for key, value in content.items() if key != "nodes"}, in_order)


def check_place(saved: SavedPlan, now: Circumstances) -> None:
    """Raise PlanRefused when the plan is for another stack, account, code or inventory, and say what moved."""
    for name, what in (("stack", "stack"), ("environment", "environment"), ("region", "region"), ("account", "account")):
        planned, here = saved.head[name], getattr(now, name)
        if planned != here:
            raise PlanRefused(f"plan_file: the plan is for the {what} {planned}, not {here}. Apply it there, or make a plan for this one")
    if saved.head["part"] != now.part:
        raise PlanRefused(
            f"plan_file: the plan is for {saved.head['part']}, and this run is for {now.part}. "
            "Give the same converge_layers and converge_target"
        )
    if saved.head["code"] != now.code:
        raise PlanRefused(
            "plan_file: the collection or a layer's files have changed since the plan was made. Make a new one, and review it"
        )
    before: Mapping[str, str] = saved.head["variables"]
    salt = str(saved.head["salt"])
    after = {name: _hashed(salt, name, value) for name, value in now.variables.items()}
    moved = sorted(name for name in {*before, *after} if before.get(name) != after.get(name))
    if moved:
        raise PlanRefused(f"plan_file: the inventory has changed since the plan was made: {_listed(moved)}. Make a new plan, and review it")


def check_account(saved: SavedPlan, now: SavedPlan) -> None:
    """Raise PlanRefused when a plan made now differs from the saved one, and say where."""
    moved = []
    for key in sorted({*saved.nodes, *now.nodes}, key=str):
        for was, is_now in itertools.zip_longest(saved.nodes.get(key, ()), now.nodes.get(key, ())):
            if difference := _difference(was, is_now):
                layer, name, item = key
                moved.append(f"{layer}: {_title(name, item)} {difference}")
    if moved:
        raise PlanRefused(f"plan_file: the account has changed since the plan was made: {_listed(moved)}. Make a new plan, and review it")


def _difference(was: Planned | None, is_now: Planned | None) -> str:
    """Return in words how two plans of one resource differ; empty when they agree."""
    if was is None or is_now is None:
        return "is new" if was is None else "is gone"
    if was.action != is_now.action:
        return f"was planned as {was.action} and is {is_now.action} now"
    if _first(was) != _first(is_now):
        return f"would write something else ({', '.join(is_now.names) or 'nothing'})"
    return ""


def _merged(several: tuple[Planned, ...]) -> Planned:
    """Return as one what is planned for resources that cannot be told apart."""
    if len(several) == 1:
        return several[0]
    actions = [each.action for each in several]
    unknown = any(each.unknown for each in several)
    return Planned(
        next((action for action in ("create", "change", "delete") if action in actions), actions[0]),
        unknown,
        all(each.complete for each in several),
        # What is not known yet cannot be told from what is.
        () if unknown else tuple(write for each in several for write in each.writes),
        tuple(name for each in several for name in each.names),
        tuple(reason for each in several for reason in each.destructive),
    )


def _first(planned: Planned) -> tuple[str, ...]:
    """Return the writes that two plans of the same account must agree on."""
    return planned.writes if planned.complete else planned.writes[:1]


def _node(entry: Entry, salt: str) -> dict[str, Any]:
    writes = [*entry.operations, *entry.follows]
    return {
        "layer": entry.layer,
        "name": entry.name,
        "item": entry.item,
        "module": entry.module,
        "action": entry.action,
        "unknown": bool(entry.unknown_inputs),
        "complete": entry.complete,
        "writes": [_gate.salted(salt, str(write["fingerprint"])) for write in writes if "fingerprint" in write],
        "operations": [f"{write['service']}:{write['operation']}" for write in writes],
        "destructive": list(entry.destructive),
    }


def _title(name: str, item: str | None) -> str:
    return name if item is None else f"{name} ({item})"


def _listed(things: list[str]) -> str:
    more = len(things) - _LONGEST_LIST
    return "; ".join(things[:_LONGEST_LIST]) + (f" and {more} more" if more > 0 else "")


def _hashed(salt: str, name: str, value: Any) -> str:
    """Return a fingerprint of a variable."""
    text = json.dumps(value, sort_keys=True, default=str, ensure_ascii=False)
    return _gate.salted(f"{salt}{name}", text)


def _digest(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
