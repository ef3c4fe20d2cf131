# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The order of Kubernetes versions."""

from __future__ import annotations

from ansible_collections.stratum.aws.plugins.modules.eks_version_info import oldest_first


def test_versions_are_ordered_by_number_and_each_is_there_once() -> None:
    assert oldest_first(["1.30", "1.9", "1.10", "1.9"]) == ["1.9", "1.10", "1.30"]
