# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""On what the emulator checks a request, and which condition keys the request has."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.authorization_requests import checks_of
from tests.emulator.request import Call


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "action", "resource"),
    [
        ("s3", "GetObject", {"Bucket": "files", "Key": "a/b"}, "s3:GetObject", "arn:aws:s3:::files/a/b"),
        ("s3", "PutObject", {"Bucket": "files", "Key": "a"}, "s3:PutObject", "arn:aws:s3:::files/a"),
        ("s3", "ListObjectsV2", {"Bucket": "files", "Prefix": "a/"}, "s3:ListBucket", "arn:aws:s3:::files"),
        ("ssm", "GetParameter", {"Name": "/one/two"}, "ssm:GetParameter", "arn:aws:ssm:us-east-1:123456789012:parameter/one/two"),
    ],
)
def test_what_a_request_is_checked_on(service: str, operation: str, parameters: dict[str, Any], action: str, resource: str) -> None:
    checks = list(checks_of(Call(service, "us-east-1", operation, parameters)))
    assert [each.resources for each in checks if each.action == action] == [(resource,)]


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "key", "values"),
    [
        ("s3", "ListObjectsV2", {"Bucket": "files", "Prefix": "a/"}, "s3:prefix", ["a/"]),
        ("s3", "ListObjectsV2", {"Bucket": "files"}, "s3:prefix", [""]),
        ("s3", "GetObject", {"Bucket": "files", "Key": "a"}, "s3:prefix", None),
        ("cloudwatch", "PutMetricData", {"Namespace": "Own"}, "cloudwatch:namespace", ["Own"]),
    ],
)
def test_the_keys_that_a_request_has(service: str, operation: str, parameters: dict[str, Any], key: str, values: list[str] | None) -> None:
    first = next(checks_of(Call(service, "us-east-1", operation, parameters)))
    assert first.value(key, "*") == values
