# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""AccountabilityAtlas' production is taken away in its last phase. It comes after all other tests of that account, as nothing is left."""

from __future__ import annotations

import pytest

from .atlas import left
from .conftest import Stack
from .phases import Grown, of

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.timeout(1800)]


@of("prod-4")
def test_a_destroy_leaves_nothing_but_what_is_kept(grown: Grown, accountabilityatlas: Stack) -> None:
    refused = grown.run(playbook="playbooks/destroy.yml", confirm="accountabilityatlas").check(2)
    assert f"Create the databases ({grown.name}) is protected against deletion" in " ".join(refused.output.split())
    grown.run(playbook="playbooks/destroy.yml", confirm="accountabilityatlas", override_protection=True).check()
    assert list(left(accountabilityatlas)) == []
