# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write the files that are made from others: `python -m tools.generate [--check]`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tools import action_group, chart_readmes, role_readmes, sanity_ignores

ROOT = Path(__file__).resolve().parent.parent


def wanted(root: Path) -> dict[Path, str]:
    """Return every generated file as it should be."""
    made = role_readmes.readmes(root) | chart_readmes.readmes(root)
    return made | action_group.runtime(root) | sanity_ignores.ignores(root)


def stale(root: Path) -> dict[Path, str]:
    """Return those that are missing or out of date."""
    return {path: text for path, text in wanted(root).items() if not path.exists() or path.read_text(encoding="utf-8") != text}


def main() -> int:
    """Write what is out of date, or say so."""
    parser = argparse.ArgumentParser(prog="python -m tools.generate", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail when something is out of date")
    check = parser.parse_args().check
    files = stale(ROOT)
    for path, text in files.items():
        print(f"{'out of date' if check else 'written'}: {path.relative_to(ROOT)}")
        if not check:
            path.write_text(text, encoding="utf-8")
    if check and files:
        print("run `make docs` and commit what it writes", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
