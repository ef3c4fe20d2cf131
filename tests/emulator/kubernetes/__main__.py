# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m tests.emulator.kubernetes build` builds the control plane, unless it is built."""

from __future__ import annotations

import argparse
import sys

from .build import BuildError, build, built


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line says; return the exit code: 1 where it cannot be built, 3 for `path` without a build."""
    parser = argparse.ArgumentParser(prog="python -m tests.emulator.kubernetes", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("build", help="build the control plane into the cache, which takes minutes the first time; print its path")
    commands.add_parser("path", help="print the path of the built control plane; exit code 3 when there is none")
    asked = parser.parse_args(arguments)
    if asked.command == "path":
        found = built()
        if found is None:
            return 3
    else:
        try:
            found = build()
        except BuildError as error:
            print(f"kubernetes: {error}", file=sys.stderr)
            return 1
    print(found)
    return 0


if __name__ == "__main__":
    sys.exit(main())
