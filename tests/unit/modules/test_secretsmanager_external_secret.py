# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which keys of a secret from elsewhere must be set, and how somebody sets the others."""

from __future__ import annotations

import json

import pytest
from ansible_collections.stratum.aws.plugins.modules.secretsmanager_external_secret import how_to_set, keys_to_set


@pytest.mark.parametrize(
    ("current", "given", "keys"),
    [
        ({}, {}, ["secret", "token"]),
        ({"token": "", "secret": ""}, {}, []),
        ({"token": "by hand", "secret": ""}, {}, []),
        ({"token": "", "secret": ""}, {"token": "x"}, ["token"]),
        ({"token": "x", "secret": "", "more": "y"}, {"token": "x"}, []),
        ({"token": "old", "secret": ""}, {"token": "new"}, ["token"]),
    ],
)
def test_only_what_is_given_or_not_there_is_set(current: dict[str, str], given: dict[str, str], keys: list[str]) -> None:
    assert keys_to_set(current, ["token", "secret"], given) == keys


def test_the_command_names_every_key() -> None:
    command = how_to_set("shop/maps", ["token", "secret"], "us-east-1")
    assert command.startswith("aws secretsmanager put-secret-value --region us-east-1 --secret-id shop/maps ")
    assert json.loads(command.partition("<<< ")[2].strip("'")) == {"token": "…", "secret": "…"}
