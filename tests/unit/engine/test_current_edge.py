# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a write would change of listeners' certificates, and of trails."""

from __future__ import annotations

from typing import Any

from ansible_collections.stratum.aws.plugins.plugin_utils.changes._current import ABSENT, PRESENT

from tests.unit.engine.answering import told

TRAIL = "arn:aws:cloudtrail:ca-central-1:123456789012:trail/shop"


def test_further_certificates_of_a_listener() -> None:
    there = {"Certificates": [{"CertificateArn": "arn:a", "IsDefault": True}, {"CertificateArn": "arn:b"}]}
    given: dict[str, Any] = {"ListenerArn": "arn:l", "Certificates": [{"CertificateArn": "arn:b"}, {"CertificateArn": "arn:c"}]}
    found = told("elbv2", "AddListenerCertificates", given, DescribeListenerCertificates=there)
    assert found == {"certificate arn:c": (ABSENT, PRESENT)}
    found = told("elbv2", "RemoveListenerCertificates", given, DescribeListenerCertificates=there)
    assert found == {"certificate arn:b": (PRESENT, ABSENT)}


def test_tags_of_a_trail() -> None:
    there = {"ResourceTagList": [{"ResourceId": TRAIL, "TagsList": [{"Key": "a", "Value": "1"}]}]}
    given = {"ResourceId": TRAIL, "TagsList": [{"Key": "a", "Value": "2"}, {"Key": "b", "Value": "3"}]}
    assert told("cloudtrail", "AddTags", given, ListTags=there) == {"tags.a": ("1", "2"), "tags.b": (ABSENT, "3")}
    given = {"ResourceId": TRAIL, "TagsList": [{"Key": "a", "Value": "1"}]}
    assert told("cloudtrail", "RemoveTags", given, ListTags=there) == {"tags.a": ("1", ABSENT)}


def test_insights_of_a_trail() -> None:
    given = {"TrailName": "shop", "InsightSelectors": [{"InsightType": "ApiErrorRateInsight"}]}
    there = {"InsightSelectors": [{"InsightType": "ApiCallRateInsight"}]}
    found = told("cloudtrail", "PutInsightSelectors", given, GetInsightSelectors=there)
    assert found == {"insights": (["ApiCallRateInsight"], ["ApiErrorRateInsight"])}
