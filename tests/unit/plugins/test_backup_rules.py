# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the rules of a backup plan are completed."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.stratum.aws.plugins.filter.backup_rules import backup_rules

VAULTS = {"near": "arn:near", "far": "arn:far"}


def test_copies_name_vaults_or_arns() -> None:
    rule = {"name": "daily", "vault": "near", "copies": [{"vault": "far", "delete_after_days": 7}, {"vault_arn": "arn:other"}]}
    (result,) = backup_rules([rule], VAULTS)
    assert result["vault"] == "near"
    assert result["copies"] == [{"vault_arn": "arn:far", "delete_after_days": 7}, {"vault_arn": "arn:other"}]
    assert rule["copies"][0] == {"vault": "far", "delete_after_days": 7}


def test_tags_of_the_layer_come_first() -> None:
    (result,) = backup_rules([{"name": "daily", "recovery_point_tags": {"a": "rule"}}], VAULTS, tags={"a": "layer", "b": "layer"})
    assert result["recovery_point_tags"] == {"a": "rule", "b": "layer"}
    assert result["copies"] == []


def test_a_vault_that_does_not_exist_is_named() -> None:
    with pytest.raises(AnsibleFilterError, match="rule daily copies to elsewhere"):
        backup_rules([{"name": "daily", "copies": [{"vault": "elsewhere"}]}], VAULTS)
