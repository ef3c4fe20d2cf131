# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a plan may show of a resource whose module cannot run yet: the arguments that are known, and which are not.

No module has looked at these arguments, so nobody but this file can say which are secret: those that are called so,
those that come from a task under `no_log`, and those that were decrypted from a vault.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any, Final

from ansible_collections.stratum.aws.plugins.plugin_utils import _core
from ansible_collections.stratum.aws.plugins.plugin_utils.barrier._simulated import KNOWN_AFTER_APPLY
from ansible_collections.stratum.aws.plugins.plugin_utils.graph import _references as references
from ansible_collections.stratum.aws.plugins.plugin_utils.graph._evaluate import Evaluator
from ansible_collections.stratum.aws.plugins.plugin_utils.runs._steps import Item

SENSITIVE: Final = "(sensitive)"
_SECRET_NAMES: Final = re.compile(r"pass(word|phrase|wd)?|secret|token|credential|private|api_?key|auth", re.IGNORECASE)
_NO_SECRETS: Final = frozenset({"http_tokens"})
"""Names that only sound so: whether an instance's metadata asks for a token."""


def shown(item: Item, evaluator: Evaluator, secret_names: Collection[str]) -> dict[str, Any]:
    """Return the arguments by name, each with its value, `known after apply` or `(sensitive)`; empty under `no_log`.

    `secret_names` are the names that tasks under `no_log` register.
    """
    if item.no_log or (item.args is None and not item.missing):
        return {}
    return {
        name: _shown(item, evaluator, secret_names, name) for name in item.node.args if name in (item.args or {}) or name in item.missing
    }


def _shown(item: Item, evaluator: Evaluator, secret_names: Collection[str], name: str) -> Any:
    if name in item.missing:
        return KNOWN_AFTER_APPLY
    below = evaluator.below(_sources(item, name))
    if below is None or not below.isdisjoint(secret_names) or _sounds_secret(name):
        return SENSITIVE
    return _hidden((item.args or {})[name])


def _sources(item: Item, name: str) -> frozenset[str]:
    """Return the names that an argument is made of, those behind the loop and the task's own variables included."""
    node = item.node
    names = frozenset(references.of_value(node.args[name]))
    if node.loop is not None and node.loop_var in names:
        names |= frozenset(references.of_value(node.loop))
    if not names.isdisjoint(node.variables):
        names |= frozenset(references.of_value(node.variables))
    return names - frozenset(node.variables) - {node.loop_var}


def _sounds_secret(name: str) -> bool:
    return name not in _NO_SECRETS and _SECRET_NAMES.search(name) is not None


def _hidden(value: Any) -> Any:
    if _core.is_vaulted(value):
        return SENSITIVE
    if isinstance(value, Mapping):
        return {str(key): SENSITIVE if _sounds_secret(str(key)) else _hidden(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_hidden(each) for each in value]
    return _core.plain(value)
