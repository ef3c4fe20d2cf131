# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads a layer's task file into nodes: the supported keywords, the module, the names it provides.

Pure: it takes the parsed YAML and a function that says where a value stands in its file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from ansible_collections.stratum.aws.plugins.plugin_utils.checks._problems import Place, Problem
from ansible_collections.stratum.aws.plugins.plugin_utils.graph import _references as references

KEYWORDS: Final = frozenset(
    {
        "changed_when",
        "check_mode",
        "delay",
        "failed_when",
        "loop",
        "loop_control",
        "name",
        "no_log",
        "register",
        "retries",
        "until",
        "vars",
        "when",
    }
)
LOOP_CONTROLS: Final = frozenset({"label", "loop_var"})
OTHER_TASK_KEYWORDS: Final = frozenset(
    {
        "action", "always", "any_errors_fatal", "args", "async", "become", "become_exe", "become_flags", "become_method", "become_user",
        "block", "collections", "connection", "debugger", "delegate_facts", "delegate_to", "diff", "environment", "ignore_errors",
        "ignore_unreachable", "listen", "local_action", "module_defaults", "notify", "poll", "port", "remote_user", "rescue", "run_once",
        "tags", "throttle", "timeout",
    }
)  # fmt: skip
"""Ansible's other task keywords, known so that one is named as a keyword rather than taken for a module."""

CONTROL_VARS: Final = frozenset(
    {"converge_after", "converge_absent", "converge_keep", "converge_note", "converge_outlives", "converge_unprotect"}
)
"""Names in a task's `vars` that speak to the engine and are no template variables."""

_SETS_FACTS: Final = frozenset({"set_fact", "ansible.builtin.set_fact", "ansible.legacy.set_fact"})
_FORBIDDEN_MODULES: Final = ("import_", "include_", "meta")


@dataclass(frozen=True)
class Node:
    """One task of a layer's graph, as it is written: nothing in it is templated yet."""

    layer: str
    name: str
    module: str
    args: Mapping[str, object]
    place: Place
    register: str | None = None
    loop: object = None
    loop_var: str = "item"
    label: object = None
    when: tuple[object, ...] = ()
    until: tuple[object, ...] = ()
    changed_when: tuple[object, ...] | None = None
    failed_when: tuple[object, ...] | None = None
    retries: object = None
    delay: object = None
    no_log: object = False
    check_mode: object = None
    variables: Mapping[str, object] = field(default_factory=dict)
    after: tuple[str, ...] = ()
    note: object = None
    """What to say about the resource when it is created or changed; empty for nothing."""
    absent: Mapping[str, object] | None = field(default_factory=dict)
    """How the arguments differ when the resource is taken away; None for what goes with another node's resource."""
    keep: object = None
    """Whether a destroy leaves the resource where it is; a text is the reason."""
    unprotect: Mapping[str, object] = field(default_factory=dict)
    """Arguments that lift a protection, so that the resource can be taken away."""
    outlives: frozenset[str] = frozenset()
    """Layers that it may name things of, and without which its resource can stay."""

    def __hash__(self) -> int:
        return hash((self.layer, self.place))

    def __str__(self) -> str:
        return f"{self.layer}: {self.name} ({self.place})"

    @property
    def provides(self) -> frozenset[str]:
        """The names that other nodes may use once this node has run."""
        names = {self.register} if self.register else set()
        if self.module in _SETS_FACTS:
            names |= {key for key in self.args if key != "cacheable"}
        return frozenset(names)

    @property
    def uses(self) -> references.References:
        """The names that must be known before this node can start, its own `vars` and loop variable aside."""
        found = references.of_value(self.args) | references.of_value(self.loop) | references.of_value(self.label)
        found |= references.of_value([self.retries, self.delay, self.no_log, self.check_mode, self.note])
        for conditions in (self.when, self.until, self.changed_when or (), self.failed_when or ()):
            found |= references.of_conditions(conditions)
        found |= references.of_value(self.variables)
        own = frozenset(self.variables) | self.provides
        if self.loop is not None:
            own |= {self.loop_var}
        return references.References(found.required - own, found.guarded - own)


Locate = Callable[[object], Place]


def read(layer: str, tasks: object, locate: Locate, path: str) -> tuple[list[Node], list[Problem]]:
    """Return the nodes of a task file and everything that is wrong with it.

    `tasks` is the parsed YAML, `locate` tells where a value stands, `path` names the file when it cannot.
    """
    if tasks is None:
        return [], []
    if not isinstance(tasks, Sequence) or isinstance(tasks, str):
        return [], [Problem(path, "a task file is a list of tasks", "Begin each task with '- name:'", Place(path))]
    nodes: list[Node] = []
    problems: list[Problem] = []
    for task in tasks:
        if not isinstance(task, Mapping):
            problems.append(Problem(repr(task), "this is no task", "Begin each task with '- name:'", locate(task)))
            continue
        try:
            nodes.append(_read_task(layer, task, locate))
        except _Wrong as wrong:
            problems.extend(wrong.problems)
    return nodes, problems


class _Wrong(Exception):
    def __init__(self, *problems: Problem) -> None:
        super().__init__()
        self.problems = problems


def _read_task(layer: str, task: Mapping[str, object], locate: Locate) -> Node:
    place = locate(task)
    title = str(task.get("name") or "a task without a name")
    problems = [
        Problem(
            str(key),
            f'"{title}" uses the task keyword "{key}", which a graph does not support',
            f"Use only {', '.join(sorted(KEYWORDS))}",
            locate(key),
        )
        for key in task
        if key in OTHER_TASK_KEYWORDS or key.startswith("with_")
    ]
    modules = [key for key in task if key not in KEYWORDS and key not in OTHER_TASK_KEYWORDS and not key.startswith("with_")]
    if not problems and len(modules) != 1:
        what = f"more than one module ({', '.join(modules)})" if modules else "no module"
        problems.append(Problem(title, f"the task names {what}", "Give each task exactly one module", place))
    if problems:
        raise _Wrong(*problems)
    module = str(modules[0])
    args = task[modules[0]]
    if module.rpartition(".")[2].startswith(_FORBIDDEN_MODULES):
        raise _Wrong(
            Problem(
                module,
                f'"{title}" includes other tasks, which a graph does not support',
                "List the tasks in graph.yml itself",
                locate(modules[0]),
            )
        )
    if args is None:
        args = {}
    if not isinstance(args, Mapping):
        raise _Wrong(
            Problem(
                module,
                f'the arguments of "{title}" are not a dictionary',
                "Write one argument a line, as 'argument: value'",
                locate(modules[0]),
            )
        )
    loop_control = _dictionary(task, "loop_control", title, locate)
    unknown = [key for key in loop_control if key not in LOOP_CONTROLS]
    if unknown:
        raise _Wrong(
            Problem(
                f"loop_control.{unknown[0]}",
                f'"{title}" uses a loop control that a graph does not support',
                f"Use only {', '.join(sorted(LOOP_CONTROLS))}",
                locate(unknown[0]),
            )
        )
    variables = _dictionary(task, "vars", title, locate)
    register = task.get("register")
    if register is not None and not str(register).isidentifier():
        raise _Wrong(
            Problem("register", f'"{register}" is no name for a variable', "Use letters, digits and underscores", locate(register))
        )
    return Node(
        layer=layer,
        name=title,
        module=module,
        args=args,
        place=place,
        register=None if register is None else str(register),
        loop=task.get("loop"),
        loop_var=str(loop_control.get("loop_var", "item")),
        label=loop_control.get("label"),
        when=_conditions(task.get("when")) or (),
        until=_conditions(task.get("until")) or (),
        changed_when=_conditions(task.get("changed_when")),
        failed_when=_conditions(task.get("failed_when")),
        retries=task.get("retries"),
        delay=task.get("delay"),
        no_log=task.get("no_log", False),
        check_mode=task.get("check_mode"),
        variables={key: value for key, value in variables.items() if key not in CONTROL_VARS},
        after=_names(variables.get("converge_after"), title, locate),
        note=variables.get("converge_note"),
        absent=None if variables.get("converge_absent") is False else _dictionary(variables, "converge_absent", title, locate),
        keep=variables.get("converge_keep"),
        unprotect=_dictionary(variables, "converge_unprotect", title, locate),
        outlives=frozenset(_names(variables.get("converge_outlives"), title, locate, "converge_outlives")),
    )


def _dictionary(task: Mapping[str, object], keyword: str, title: str, locate: Locate) -> Mapping[str, object]:
    value = task.get(keyword)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise _Wrong(
            Problem(keyword, f'"{keyword}" of "{title}" is not a dictionary', "Write one entry a line, as 'name: value'", locate(value))
        )
    return value


def _names(value: object, title: str, locate: Locate, keyword: str = "converge_after") -> tuple[str, ...]:
    if value is None:
        return ()
    if isinstance(value, str):
        return (value,)
    if isinstance(value, Sequence) and all(isinstance(item, str) for item in value):
        return tuple(str(item) for item in value)
    raise _Wrong(
        Problem(
            keyword,
            f'"{keyword}" of "{title}" is not a list of {"registered names" if keyword == "converge_after" else "layers"}',
            "List names that other tasks register" if keyword == "converge_after" else "List names of layers",
            locate(value),
        )
    )


def _conditions(value: object) -> tuple[object, ...] | None:
    if value is None:
        return None
    if isinstance(value, Sequence) and not isinstance(value, str):
        return tuple(value)
    return (value,)
