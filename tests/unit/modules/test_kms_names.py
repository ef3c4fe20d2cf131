# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which names mean the same KMS key."""

from __future__ import annotations

import pytest
from ansible_collections.stratum.aws.plugins.module_utils._kms import same_key

ARN = "arn:aws:kms:us-east-1:123456789012:key/1234"
ALIAS = "arn:aws:kms:us-east-1:123456789012:alias/data"


@pytest.mark.parametrize("wanted", [ARN, "1234"])
def test_an_id_is_the_end_of_its_arn(wanted: str) -> None:
    assert same_key(ARN, wanted, "s3")


def test_an_alias_is_the_end_of_its_arn() -> None:
    assert same_key(ALIAS, "alias/data", "s3")


@pytest.mark.parametrize("wanted", ["5678", "alias/data", "arn:aws:kms:us-west-2:123456789012:key/1234"])
def test_other_names_are_other_keys(wanted: str) -> None:
    assert not same_key(ARN, wanted, "s3")


def test_no_key_is_the_default_key_of_the_service() -> None:
    assert same_key(None, "alias/aws/secretsmanager", "secretsmanager")
    assert not same_key(None, ARN, "secretsmanager")
