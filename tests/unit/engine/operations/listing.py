# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every operation of every service that our modules can reach counts as: a file per service, for a reviewer to read.

`python -m tests.unit.engine.operations` writes the files anew; what a new botocore brings shows in the difference.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

import ansible_collections.amazon.aws
import ansible_collections.community.aws
import botocore.session
from ansible_collections.stratum.aws.plugins.plugin_utils.barrier._operations import Effect, effect

FOLDER: Final = Path(__file__).parent
COMMAND: Final = "python -m tests.unit.engine.operations"
ROOT: Final = FOLDER.parents[3]
CHOSEN_AT_RUN_TIME: Final = frozenset({"waf", "waf-regional"})
"""Services whose name a module works out, so that it does not stand where the client is made."""
SOON: Final = frozenset(
    {"apigatewayv2", "budgets", "codedeploy", "cognito-identity", "cognito-idp", "service-quotas", "sesv2", "synthetics", "xray"}
)
"""Services that no module of ours reaches yet, and that layers will need."""


@cache
def session() -> Any:
    """Return the one session whose models are read."""
    return botocore.session.get_session()


@cache
def reachable() -> list[str]:
    """Return the botocore names of the services for which some module or the engine makes a client."""
    known = frozenset(session().get_available_services())
    found = {name for path in _sources() for name in _clients_in(path.read_text(encoding="utf-8")) if name in known}
    return sorted(found | CHOSEN_AT_RUN_TIME | SOON)


def _sources() -> Iterator[Path]:
    roots = [Path(place) for each in (ansible_collections.amazon.aws, ansible_collections.community.aws) for place in each.__path__]
    for root in (*roots, ROOT):
        for folder in ("action", "lookup", "modules", "module_utils", "plugin_utils"):
            yield from sorted((root / "plugins" / folder).rglob("*.py"))


def _clients_in(source: str) -> Iterator[str]:
    """Yield what is handed as a text to whatever is called like a client, or named as the service of a class."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if any(word in name.lower() for word in ("client", "conn", "resource")):
                values = [*node.args, *(keyword.value for keyword in node.keywords)]
                yield from (value.value for value in values if isinstance(value, ast.Constant) and isinstance(value.value, str))
        elif isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(getattr(target, "id", "") in ("service", "client_name") for target in targets):
                yield node.value.value


def listing(service: str) -> str:
    """Return the operations of a service, by effect."""
    names = sorted(session().get_service_model(service).operation_names)
    lines = []
    for each in Effect:
        of_it = [name for name in names if effect(service, name) is each]
        if of_it:
            lines += [each.value, *(f"  {name}" for name in of_it), ""]
    return "\n".join(lines)


def listings() -> dict[Path, str]:
    """Return what the files should hold."""
    return {FOLDER / f"{service}.txt": listing(service) for service in reachable()}
