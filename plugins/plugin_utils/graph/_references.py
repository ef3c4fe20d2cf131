# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which variables a value's templates use, read from the templates themselves.

Pure: it parses Jinja2 and never renders it. A name that only appears behind `default`, `is defined` or
`is undefined` is *guarded*: it makes an edge when a node provides it, and is no error when nobody does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

import jinja2
from jinja2 import nodes

_ENVIRONMENT = jinja2.Environment(extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols"], autoescape=False)
_GLOBALS = frozenset({"cycler", "dict", "joiner", "lipsum", "lookup", "namespace", "now", "q", "query", "range", "undef"})
_GUARDING_FILTERS = frozenset({"default", "d"})
_GUARDING_TESTS = frozenset({"defined", "undefined"})

MAGIC = frozenset(
    {
        "ansible_check_mode",
        "ansible_diff_mode",
        "ansible_facts",
        "ansible_loop",
        "ansible_play_batch",
        "ansible_play_hosts",
        "ansible_play_hosts_all",
        "ansible_play_name",
        "ansible_playbook_python",
        "ansible_role_name",
        "ansible_run_tags",
        "ansible_search_path",
        "ansible_skip_tags",
        "ansible_verbosity",
        "ansible_version",
        "group_names",
        "groups",
        "hostvars",
        "inventory_dir",
        "inventory_file",
        "inventory_hostname",
        "inventory_hostname_short",
        "omit",
        "play_hosts",
        "playbook_dir",
        "role_name",
        "role_path",
        "vars",
    }
)
"""Names that Ansible itself provides: never followed, never undefined."""


class TemplateSyntaxError(ValueError):
    """A template that Jinja2 cannot parse; the message is Jinja2's."""


@dataclass(frozen=True)
class References:
    """The names that a value uses: `required` must exist, `guarded` may be missing."""

    required: frozenset[str] = frozenset()
    guarded: frozenset[str] = frozenset()

    def __or__(self, other: References) -> References:
        guarded = self.guarded | other.guarded
        return References((self.required | other.required) - guarded, guarded)

    def __iter__(self) -> Iterator[str]:
        yield from self.required | self.guarded


@lru_cache(maxsize=4096)
def of_template(template: str) -> References:
    """Return the names used by a text with `{{ … }}` in it.

    Raises TemplateSyntaxError when it does not parse.
    """
    if "{{" not in template and "{%" not in template:
        return References()
    try:
        tree = _ENVIRONMENT.parse(template)
    except jinja2.TemplateSyntaxError as error:
        raise TemplateSyntaxError(f"{error.message} in {template!r}") from error
    return _names(tree)


@lru_cache(maxsize=4096)
def of_expression(expression: str) -> References:
    """Return the names used by a bare expression (`when`, `until`, `failed_when`, `changed_when`)."""
    if "{{" in expression or "{%" in expression:
        return of_template(expression)
    return of_template("{{ (" + expression + ") }}")


def of_value(value: object) -> References:
    """Return the names used anywhere in a value: text, list or dictionary, at any depth."""
    if isinstance(value, str):
        return of_template(value)
    found = References()
    if isinstance(value, Mapping):
        for key, item in value.items():
            found |= of_value(key) | of_value(item)
    elif isinstance(value, list | tuple):
        for item in value:
            found |= of_value(item)
    return found


def of_conditions(conditions: Iterable[object]) -> References:
    """Return the names used by a list of bare expressions (booleans use none)."""
    found = References()
    for condition in conditions:
        if isinstance(condition, str):
            found |= of_expression(condition)
    return found


def _names(tree: nodes.Template) -> References:
    stored = {name.name for name in tree.find_all(nodes.Name) if name.ctx in ("store", "param")}
    stored |= {macro.name for macro in tree.find_all(nodes.Macro)}
    guarded = {
        root.name
        for test in tree.find_all((nodes.Test, nodes.Filter))
        if (test.name in _GUARDING_TESTS if isinstance(test, nodes.Test) else test.name in _GUARDING_FILTERS)
        and (root := _root(test.node)) is not None
    }
    used = {name.name for name in tree.find_all(nodes.Name) if name.ctx == "load"} - stored - _GLOBALS
    return References(frozenset(used - guarded), frozenset(used & guarded))


def _root(node: nodes.Node | None) -> nodes.Name | None:
    """Return the variable at the bottom of `a.b[0].c | filter`, or None."""
    while isinstance(node, nodes.Getattr | nodes.Getitem | nodes.Filter):
        node = node.node
    return node if isinstance(node, nodes.Name) else None


class CircularVariables(ValueError):
    """Variables that are defined by each other; `cycle` lists them, first and last the same."""

    def __init__(self, cycle: tuple[str, ...]) -> None:
        self.cycle = cycle
        super().__init__(" → ".join(cycle))


class Resolver:
    """Follows names through variables down to the names that somebody provides while the graph runs.

    `variables` are the templated values known beforehand, `provided` the names that nodes register, and
    `is_template` says whether a text may be templated at all (facts and results are data).
    """

    def __init__(
        self,
        variables: Mapping[str, object],
        provided: frozenset[str],
        is_template: Callable[[str], bool] = lambda _text: True,
    ) -> None:
        self._variables = variables
        self._provided = provided
        self._is_template = is_template
        self._memo: dict[str, References] = {}
        self._reached: dict[str, frozenset[str]] = {}

    def resolve(self, names: References) -> References:
        """Return what the names come down to.

        `required` holds the names that nodes provide and those that nothing defines; `guarded` holds
        undefined names that the templates can do without.
        Raises CircularVariables when variables are defined by each other.
        """
        return self._resolve(names, ())

    def undefined(self, names: References) -> frozenset[str]:
        """Return the required names that nothing defines and no node provides."""
        return self.resolve(names).required - self._provided

    def providers(self, names: References) -> frozenset[str]:
        """Return the names that nodes must have registered before the templates can be rendered."""
        return self.resolve(names).required & self._provided

    def reaches(self, name: str) -> frozenset[str]:
        """Return the name and all names that its value is made of, at any depth, guarded ones included."""
        if name not in self._reached:
            self._reached[name] = frozenset({name})  # stands in while circles are walked
            found = {name}
            for inner in self.direct(name):
                found |= self.reaches(inner)
            self._reached[name] = frozenset(found)
        return self._reached[name]

    def direct(self, name: str) -> frozenset[str]:
        """Return the names that a variable's own templates use; none for what nodes provide or nobody defines."""
        if name in MAGIC or name in self._provided or name not in self._variables:
            return frozenset()
        return frozenset(self._inner(self._variables[name]))

    def _resolve(self, names: References, path: tuple[str, ...]) -> References:
        # What one variable can do without, another may need: no name is taken away here.
        required: set[str] = set()
        guarded: set[str] = set()
        for name in names.required:
            below = self._terminals(name, path)
            required |= below.required
            guarded |= below.guarded
        for name in names.guarded:
            below = self._terminals(name, path)
            required |= below.required & self._provided
            guarded |= below.guarded | (below.required - self._provided)
        return References(frozenset(required), frozenset(guarded))

    def _terminals(self, name: str, path: tuple[str, ...]) -> References:
        if name in path:
            raise CircularVariables((*path[path.index(name) :], name))
        if name in MAGIC:
            return References()
        if name in self._provided or name not in self._variables:
            return References(frozenset({name}))
        if name not in self._memo:
            self._memo[name] = self._resolve(self._inner(self._variables[name]), (*path, name))
        return self._memo[name]

    def _inner(self, value: object) -> References:
        if isinstance(value, str):
            return of_template(value) if self._is_template(value) else References()
        found = References()
        items: Iterable[object] = ()
        if isinstance(value, Mapping):
            items = value.values()
        elif isinstance(value, list | tuple):
            items = value
        for item in items:
            found |= self._inner(item)
        return found
