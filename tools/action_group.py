# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keep the action group in meta/runtime.yml: it names every module of the collection that talks to AWS."""

from __future__ import annotations

import re
from pathlib import Path

_COMMON_OPTIONS = "- amazon.aws.common.modules\n"
_GROUP = re.compile(r"^  aws:(?: \[\])?\n(?:    - .*\n)*", re.MULTILINE)


def modules(root: Path) -> list[str]:
    """Return the names of the collection's modules that take AWS's common options and are no mere documentation of an action plugin."""
    paths = (root / "plugins/modules").glob("*.py")
    names = {path.stem for path in paths if _COMMON_OPTIONS in path.read_text(encoding="utf-8")}
    return sorted(names - {path.stem for path in (root / "plugins/action").glob("*.py")})


def runtime(root: Path) -> dict[Path, str]:
    """Return meta/runtime.yml as it should be, by path."""
    path = root / "meta/runtime.yml"
    names = modules(root)
    group = "  aws:\n" + "".join(f"    - {name}\n" for name in names) if names else "  aws: []\n"
    text, found = _GROUP.subn(group, path.read_text(encoding="utf-8"))
    if found != 1:
        raise ValueError(f"{path} has no action group aws, or more than one")
    return {path: text}
