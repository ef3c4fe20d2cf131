# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What differs between a pod identity association and the options."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.stratum.aws.plugins.modules.eks_pod_identity_association import changes

CURRENT = {"role_arn": "r", "disable_session_tags": False, "tags": {"a": "1"}}
UNSET = {"role_arn": "r", "target_role_arn": None, "disable_session_tags": None, "tags": None, "purge_tags": True}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, {}),
        ({"disable_session_tags": False}, {}),
        ({"role_arn": "s"}, {"role_arn": "s"}),
        ({"target_role_arn": "t"}, {"target_role_arn": "t"}),
        ({"tags": {}}, {"tags": {}}),
        ({"tags": {"b": "2"}, "purge_tags": False}, {"tags": {"a": "1", "b": "2"}}),
    ],
)
def test_only_what_is_set_and_differs_changes(options: dict[str, Any], expected: dict[str, Any]) -> None:
    assert changes(CURRENT, {**UNSET, **options}) == expected
