# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keep tests/sanity/ignore-*.txt: the templates of the charts, which are YAML only when Helm has rendered them, and nothing else."""

from __future__ import annotations

from pathlib import Path

# ansible-test reads the file of its own version and no other. Those that meta/runtime.yml allows.
VERSIONS = ("2.20", "2.21")


def templates(root: Path) -> list[str]:
    """Return the charts' templates that are called YAML, as paths below the collection, sorted."""
    found = (path for pattern in ("*.yaml", "*.yml") for path in root.glob(f"charts/*/templates/**/{pattern}"))
    return sorted(path.relative_to(root).as_posix() for path in found)


def ignores(root: Path) -> dict[Path, str]:
    """Return the files as they should be, by path."""
    text = "".join(f"{name} yamllint!skip\n" for name in templates(root))
    return {root / f"tests/sanity/ignore-{version}.txt": text for version in VERSIONS}
