# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The nested options of a pipeline.  Private to the collection."""

from __future__ import annotations

from typing import Any, Final

_NAMES: Final[dict[str, Any]] = {"type": "list", "elements": "str", "default": []}
_CATEGORIES: Final = ["Source", "Build", "Test", "Deploy", "Invoke", "Approval", "Compute"]

ACTION: Final[dict[str, Any]] = {
    "name": {"type": "str", "required": True},
    "category": {"type": "str", "choices": _CATEGORIES, "required": True},
    "owner": {"type": "str", "choices": ["AWS", "ThirdParty", "Custom"], "default": "AWS"},
    "provider": {"type": "str", "required": True},
    "version": {"type": "str", "default": "1"},
    "run_order": {"type": "int", "default": 1},
    "configuration": {"type": "dict", "default": {}},
    "inputs": _NAMES,
    "outputs": _NAMES,
    "namespace": {"type": "str"},
    "region": {"type": "str"},
    "role_arn": {"type": "str"},
    "timeout_minutes": {"type": "int"},
}
STAGE: Final[dict[str, Any]] = {
    "name": {"type": "str", "required": True},
    "rollback_on_failure": {"type": "bool", "default": False},
    "actions": {"type": "list", "elements": "dict", "options": ACTION, "required": True},
}
TRIGGER: Final[dict[str, Any]] = {
    "source_action": {"type": "str", "required": True},
    "branches": _NAMES,
    "git_tags": _NAMES,
    "file_paths": _NAMES,
}
VARIABLE: Final[dict[str, Any]] = {
    "name": {"type": "str", "required": True},
    "default": {"type": "str"},
    "description": {"type": "str"},
}
