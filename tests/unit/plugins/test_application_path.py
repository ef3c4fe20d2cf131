# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter that finds programs of this collection."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.stratum.aws.plugins.filter.application_path import FilterModule

application_path = FilterModule().filters()["application_path"]


@pytest.mark.parametrize("name", ["ec2_manager/functions", "ec2_manager/web", "ec2_manager/openapi.yml"])
def test_a_relative_path_is_in_an_application_of_this_collection(name: str) -> None:
    path = Path(application_path(name))
    assert path.is_absolute()
    assert path.exists()


@pytest.mark.parametrize("name", ["/srv/app", "./app", "../app"])
def test_what_says_where_it_is_stays(name: str) -> None:
    assert application_path(name) == name


def test_an_unknown_program_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(AnsibleFilterError, match=r"There is no 'ec3_manager/x' .* \(there are: .*ec2_manager.*\)\. Give another"):
        application_path("ec3_manager/x")
