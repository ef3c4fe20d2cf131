# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which version the filter `choose_version` asks for."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.stratum.aws.plugins.filter.choose_version import FilterModule, choose_version

OFFERED = ["14.9", "15.8", "15.10", "16.4", "16.11", "17.2"]


@pytest.mark.parametrize(
    ("offered", "wanted", "existing", "chosen"),
    [
        pytest.param(OFFERED, "16.11", "", "16.11", id="offered"),
        pytest.param([], "15.3", "", "15.3", id="nobody asked what is offered"),
        pytest.param(OFFERED, "15.3", "", "15.8", id="retired: nearest newer of the same major"),
        pytest.param(OFFERED, "13.2", "", "14.9", id="major retired: nearest newer"),
        pytest.param(OFFERED, "15", "", "15.10", id="part of a version: newest offered, by number and not by letter"),
        pytest.param(["1.9", "1.30"], 1.9, None, "1.9", id="a number from YAML"),
        pytest.param([], "16.11", "16.12", "16.12", id="upgraded by AWS: stays"),
        pytest.param(OFFERED, "15.3", "15.3", "15.3", id="retired but running: stays"),
        pytest.param([], "16", "16.4", "16.4", id="part of what runs"),
        pytest.param([], "16.11", "16.4", "16.11", id="the user upgrades"),
        pytest.param([], "17", "16.4", "17", id="the user upgrades to a major version"),
    ],
)
def test_choice(offered: list[str], wanted: str, existing: str, chosen: str) -> None:
    assert choose_version(offered, wanted, existing) == chosen


def test_exact_fails_with_the_choices() -> None:
    with pytest.raises(AnsibleFilterError, match=r"15\.3 is not offered.*15\.8, 15\.10.*nearest_supported"):
        choose_version(OFFERED, "15.3", policy="exact")


def test_nothing_newer_fails() -> None:
    with pytest.raises(AnsibleFilterError, match=r"18\.1 is not offered"):
        choose_version(OFFERED, "18.1")


def test_unknown_policy_fails() -> None:
    with pytest.raises(AnsibleFilterError, match="nearest_supported or exact"):
        choose_version(OFFERED, "16.4", policy="latest")


def test_the_filter_has_its_name() -> None:
    assert FilterModule().filters() == {"choose_version": choose_version}
