# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all tests share."""

from __future__ import annotations

import pytest

pytest_plugins = ["tests.emulator.fixtures", "tests.hosts.fixtures"]

# Whatever begins last is waited for alone, so what takes longest begins first: pytest-xdist hands groups out in the order of
# the collection (--no-loadscope-reorder).
LONGEST_FIRST = (
    "tests/molecule/test_roles.py",
    "tests/integration/hosts/test_certificate.py",
    "tests/integration/kubernetes/test_release_playbooks.py",
    "tests/integration/kubernetes/test_rollout.py",
    "tests/integration/stacks/test_accountabilityatlas_host.py",
    "tests/integration/hosts",
    "tests/integration/stacks",
    "tests/integration/kubernetes",
    "tests/sanity",
    "tests/lint",
    "tests/molecule",
    "tests/integration/engine",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Order the tests by what they belong to; those of one place stay in their order."""

    def place(item: pytest.Item) -> int:
        return next((number for number, name in enumerate(LONGEST_FIRST) if item.nodeid.startswith(name)), len(LONGEST_FIRST))

    items.sort(key=place)
