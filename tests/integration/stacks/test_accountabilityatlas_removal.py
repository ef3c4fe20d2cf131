# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""AccountabilityAtlas' production in phase 1 is taken away."""

from __future__ import annotations

import pytest

from .atlas import NAME, left
from .conftest import Stack

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.xdist_group("accountabilityatlas-removal"), pytest.mark.timeout(900)]


def test_a_destroy_leaves_nothing_but_what_is_kept(passing: Stack) -> None:
    refused = passing.run(playbook="playbooks/destroy.yml", variables={"confirm": "accountabilityatlas"}).check(2)
    said = " ".join(refused.output.split())
    assert f"Create the databases ({NAME}) is protected against deletion" in said
    assert f"Run the hosts ({NAME}) is protected against deletion" in said
    meant = {"confirm": "accountabilityatlas", "override_protection": True}
    passing.run(playbook="playbooks/destroy.yml", variables=meant).check()
    assert list(left(passing)) == []
