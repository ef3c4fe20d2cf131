# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The fixture `run_module`."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.modules.running import ModuleResult, RunModule, run


@pytest.fixture
def run_module(account: Any) -> RunModule:
    """Run a module on `account` and return what it returned, failed or not."""

    def run_on_account(name: str, args: dict[str, Any], check: bool = False, diff: bool = False) -> ModuleResult:
        return run(name, args, account.environment, check, diff)

    return run_on_account
