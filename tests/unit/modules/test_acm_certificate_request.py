# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which certificate the options mean, and what its validation needs."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.stratum.aws.plugins.module_utils import _acm_certificate as pure

CERTIFICATE: dict[str, Any] = {
    "certificate_arn": "arn:1",
    "domain_name": "example.com",
    "subject_alternative_names": ["example.com", "*.example.com"],
    "status": "ISSUED",
    "type": "AMAZON_ISSUED",
    "managed_by": None,
    "validation_method": "DNS",
    "key_algorithm": "RSA_2048",
    "tags": {"stratum:stack": "web"},
}
OPTIONS: dict[str, Any] = {
    "domain_name": "Example.com",
    "subject_alternative_names": ["*.example.com"],
    "validation_method": "DNS",
    "key_algorithm": None,
    "identity_tags": ["stratum:stack"],
    "tags": {"stratum:stack": "web", "team": "x"},
}


@pytest.mark.parametrize(
    ("certificate", "options", "expected"),
    [
        ({}, {}, True),
        ({}, {"subject_alternative_names": ["*.example.com", "example.com"]}, True),
        ({}, {"subject_alternative_names": []}, False),
        ({}, {"subject_alternative_names": ["*.example.com", "a.example.com"]}, False),
        ({}, {"tags": {"stratum:stack": "shop"}}, False),
        ({"tags": {}}, {}, False),
        ({"tags": {}}, {"identity_tags": []}, True),
        ({}, {"tags": None}, True),
        ({}, {"key_algorithm": "RSA_2048"}, True),
        ({}, {"key_algorithm": "EC_prime256v1"}, False),
        ({"type": "IMPORTED"}, {}, False),
        ({"managed_by": "CLOUDFRONT"}, {}, False),
        ({"validation_method": "EMAIL"}, {}, False),
    ],
)
def test_which_certificate_is_meant(certificate: dict[str, Any], options: dict[str, Any], expected: bool) -> None:
    assert pure.matches({**CERTIFICATE, **certificate}, {**OPTIONS, **options}) is expected


def test_an_issued_certificate_is_preferred() -> None:
    some = [{**CERTIFICATE, "status": status} for status in ("EXPIRED", "PENDING_VALIDATION", "ISSUED")]
    assert [item["status"] for item in sorted(some, key=pure.preference)] == ["ISSUED", "PENDING_VALIDATION", "EXPIRED"]


def test_domains_that_share_a_record_have_it_once() -> None:
    record = {"Name": "_a.example.com.", "Type": "CNAME", "Value": "_b.acm."}
    validations: list[dict[str, Any]] = [
        {"DomainName": "example.com", "ResourceRecord": record},
        {"DomainName": "*.example.com", "ResourceRecord": record},
        {"DomainName": "late.example.com"},
    ]
    assert pure.records(validations) == [{"name": "_a.example.com.", "type": "CNAME", "value": "_b.acm."}]


def test_a_description_is_read_with_what_aws_leaves_out() -> None:
    described = {"CertificateArn": "arn:1", "DomainName": "a.example", "Status": "PENDING_VALIDATION", "KeyAlgorithm": "RSA-2048"}
    result = pure.document(described, {"a": "b"})
    assert result["validation_records"] == []
    assert result["validation_method"] == "DNS"
    assert result["key_algorithm"] == "RSA_2048"
    assert result["transparency_logging"] is True
    assert "not_after" not in result


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ([], None),
        ([{"DomainName": "a"}], None),
        ([{"DomainName": "a", "ResourceRecord": {"Name": "n"}}, {"DomainName": "b"}], None),
        ([{"DomainName": "a", "ResourceRecord": {"Name": "n"}}], "success"),
    ],
)
def test_records_are_published_when_every_domain_has_one(options: list[Any], expected: str | None) -> None:
    from botocore.waiter import SingleWaiterConfig

    answer = {"Certificate": {"Status": "PENDING_VALIDATION", "DomainValidationOptions": options or None}}
    acceptors = SingleWaiterConfig(pure.RECORDS_PUBLISHED).acceptors
    assert next((acceptor.state for acceptor in acceptors if acceptor.matcher_func(answer)), None) == expected


@pytest.mark.parametrize(("used_by", "expected"), [(None, True), ([], True), (["arn:x"], False)])
def test_a_certificate_is_unused_when_nothing_is_listed(used_by: list[str] | None, expected: bool) -> None:
    from botocore.waiter import SingleWaiterConfig

    acceptors = SingleWaiterConfig(pure.UNUSED).acceptors
    assert any(acceptor.matcher_func({"Certificate": {"InUseBy": used_by}}) for acceptor in acceptors) is expected
