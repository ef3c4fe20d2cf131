# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A certificate of ACM over its whole life."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.modules.running import RunModule

pytestmark = pytest.mark.integration

MODULE = "acm_certificate_request"
OPTIONS: dict[str, Any] = {
    "domain_name": "example.com",
    "subject_alternative_names": ["*.example.com", "api.example.com"],
    "tags": {"stratum:stack": "web", "team": "platform"},
}


def certificates(account: Any) -> list[str]:
    listed = account.client("acm").list_certificates()["CertificateSummaryList"]
    return [item["CertificateArn"] for item in listed]


@pytest.fixture
def zone(account: Any) -> str:
    """The hosted zone of the domain: a certificate now waits for its records."""
    created = account.client("route53").create_hosted_zone(Name="example.com", CallerReference="one")
    return str(created["HostedZone"]["Id"])


def publish(account: Any, zone: str, records: list[dict[str, str]]) -> None:
    changes = [
        {
            "Action": "UPSERT",
            "ResourceRecordSet": {"Name": item["name"], "Type": item["type"], "TTL": 60, "ResourceRecords": [{"Value": item["value"]}]},
        }
        for item in records
    ]
    account.client("route53").change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})


def test_requests_and_then_changes_nothing(account: Any, run_module: RunModule, zone: str) -> None:
    first = run_module(MODULE, OPTIONS)
    assert first.changed, first
    certificate = first["certificate"]
    assert certificate["status"] == "PENDING_VALIDATION"
    assert {name.partition(".")[2] for name in (item["name"] for item in certificate["validation_records"])} == {
        "example.com.",
        "api.example.com.",
    }
    assert len(certificate["validation_records"]) == 2
    assert certificate["tags"] == OPTIONS["tags"]
    again = run_module(MODULE, {**OPTIONS, "subject_alternative_names": ["API.example.com", "example.com", "*.example.com"]})
    assert not again.changed, again
    assert not again.failed
    assert again["certificate"]["certificate_arn"] == certificate["certificate_arn"]
    assert certificates(account) == [certificate["certificate_arn"]]


def test_is_issued_once_the_records_exist(account: Any, run_module: RunModule, zone: str) -> None:
    requested = run_module(MODULE, OPTIONS)["certificate"]
    waiting = {"certificate_arn": requested["certificate_arn"], "state": "issued", "wait_timeout": 1}
    early = run_module(MODULE, waiting)
    assert early.failed
    assert "after 1 seconds DescribeCertificate still says PENDING_VALIDATION" in early.msg
    publish(account, zone, requested["validation_records"])
    issued = run_module(MODULE, waiting)
    assert not issued.failed, issued
    assert not issued.changed
    assert issued["certificate"]["status"] == "ISSUED"
    assert not run_module(MODULE, {**OPTIONS, "wait": True}).changed


def test_check_mode_requests_nothing(account: Any, run_module: RunModule) -> None:
    result = run_module(MODULE, OPTIONS, check=True)
    assert result.changed, result
    assert result["certificate"]["subject_alternative_names"] == ["example.com", "*.example.com", "api.example.com"]
    assert certificates(account) == []


def test_a_certificate_of_another_stack_or_for_other_domains_is_another_one(account: Any, run_module: RunModule) -> None:
    own = run_module(MODULE, OPTIONS)["certificate"]["certificate_arn"]
    others = [
        {**OPTIONS, "tags": {"stratum:stack": "shop"}},
        {**OPTIONS, "subject_alternative_names": []},
    ]
    arns = {run_module(MODULE, other)["certificate"]["certificate_arn"] for other in others}
    assert len(arns | {own}) == 3
    untagged = run_module(MODULE, {key: OPTIONS[key] for key in ("domain_name", "subject_alternative_names")})
    assert not untagged.changed


def test_changes_tags(account: Any, run_module: RunModule) -> None:
    arn = run_module(MODULE, OPTIONS)["certificate"]["certificate_arn"]
    wanted = {**OPTIONS, "tags": {"stratum:stack": "web", "tier": "1"}}
    planned = run_module(MODULE, wanted, check=True, diff=True)
    assert planned["diff"] == {"before": {"tags": OPTIONS["tags"]}, "after": {"tags": wanted["tags"]}}
    result = run_module(MODULE, wanted)
    assert result.changed, result
    tags = account.client("acm").list_tags_for_certificate(CertificateArn=arn)["Tags"]
    assert {tag["Key"]: tag["Value"] for tag in tags} == wanted["tags"]
    assert not run_module(MODULE, wanted).changed


def test_another_key_algorithm_is_another_certificate(account: Any, run_module: RunModule) -> None:
    first = run_module(MODULE, OPTIONS)["certificate"]
    elliptic = {**OPTIONS, "key_algorithm": "EC_prime256v1"}
    second = run_module(MODULE, elliptic)
    assert second.changed, second
    assert second["certificate"]["key_algorithm"] == "EC_prime256v1"
    again = run_module(MODULE, elliptic)
    assert not again.changed, again
    assert again["certificate"]["certificate_arn"] == second["certificate"]["certificate_arn"] != first["certificate_arn"]


def test_changes_transparency_logging(account: Any, run_module: RunModule) -> None:
    arn = run_module(MODULE, OPTIONS)["certificate"]["certificate_arn"]
    private = {**OPTIONS, "transparency_logging": False}
    assert run_module(MODULE, private, check=True)["diff"]["before"] == {"transparency_logging": True}
    assert run_module(MODULE, private).changed
    described = account.client("acm").describe_certificate(CertificateArn=arn)["Certificate"]
    assert described["Options"]["CertificateTransparencyLoggingPreference"] == "DISABLED"
    assert not run_module(MODULE, private).changed
    assert not run_module(MODULE, OPTIONS).changed


def test_absent_and_absent_again(account: Any, run_module: RunModule) -> None:
    run_module(MODULE, OPTIONS)
    gone = {**OPTIONS, "state": "absent"}
    assert run_module(MODULE, gone, check=True).changed
    assert len(certificates(account)) == 1
    result = run_module(MODULE, gone)
    assert result.changed, result
    assert certificates(account) == []
    assert not run_module(MODULE, gone).changed


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "one of the following is required: domain_name, certificate_arn"),
        (
            {
                "certificate_arn": "arn:aws:acm:ca-central-1:123456789012:certificate/11111111-2222-3333-4444-555555555555",
                "state": "issued",
            },
            "there is no such certificate. Set domain_name to request one.",
        ),
    ],
)
def test_an_error_names_the_cure(run_module: RunModule, options: dict[str, Any], message: str) -> None:
    result = run_module(MODULE, options)
    assert result.failed
    assert message in result.msg
