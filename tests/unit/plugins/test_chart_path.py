# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter that finds charts of this collection."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.stratum.aws.plugins.filter.chart_path import FilterModule

chart_path = FilterModule().filters()["chart_path"]


@pytest.mark.parametrize("chart", ["speckle-server", "web-service"])
def test_a_plain_name_is_a_chart_of_this_collection(chart: str) -> None:
    path = Path(chart_path(chart))
    assert path.is_absolute()
    assert (path / "Chart.yaml").is_file()
    assert path.name == chart


@pytest.mark.parametrize("chart", ["oci://registry.test/charts/app", "./app", "../app", "/charts/app", "charts/app", "repo/app"])
def test_what_says_where_it_is_stays(chart: str) -> None:
    assert chart_path(chart) == chart


def test_a_name_in_a_repository_stays() -> None:
    assert chart_path("speckle-server", "https://charts.test") == "speckle-server"


@pytest.mark.parametrize("chart", ["spekle-server", "", "templates"])
def test_an_unknown_name_is_refused_with_those_that_there_are(chart: str) -> None:
    with pytest.raises(AnsibleFilterError, match=r"There is no chart .* \(there are: .*speckle-server.*\)\. Give its repository"):
        chart_path(chart)
