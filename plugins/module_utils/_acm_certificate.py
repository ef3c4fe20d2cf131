# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an ACM certificate is, which one is meant, and what to wait for.  Private to the collection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from ansible_collections.stratum.aws.plugins.module_utils._compare import given
from ansible_collections.stratum.aws.plugins.module_utils._tags import text_tags
from ansible_collections.stratum.aws.plugins.module_utils._waiters import Waiter, status_waiter

Document = dict[str, Any]

KEY_ALGORITHMS: Final = ["RSA_1024", "RSA_2048", "RSA_3072", "RSA_4096", "EC_prime256v1", "EC_secp384r1", "EC_secp521r1"]
LIVE: Final = ("ISSUED", "PENDING_VALIDATION")
"""In the order in which one of several certificates is preferred."""
DEAD: Final = ("INACTIVE", "EXPIRED", "VALIDATION_TIMED_OUT", "REVOKED", "FAILED")

RECORDS_SECONDS: Final = 120
UNUSED_SECONDS: Final = 60
_OPTIONS: Final = "(Certificate.DomainValidationOptions || `[]`)"
_NOT_FAILED: Final = status_waiter("DescribeCertificate", "Certificate.Status", ["ISSUED"], DEAD, 5, ["ResourceNotFoundException"])
RECORDS_PUBLISHED: Final[Waiter] = {
    **_NOT_FAILED,
    "shows": "Certificate.DomainValidationOptions[?!ResourceRecord].DomainName",
    "acceptors": [
        *_NOT_FAILED["acceptors"],
        {
            "state": "success",
            "matcher": "path",
            "argument": f"length({_OPTIONS}) > `0` && length({_OPTIONS}[?!ResourceRecord]) == `0`",
            "expected": True,
        },
    ],
}
ISSUED: Final = status_waiter("DescribeCertificate", "Certificate.Status", ["ISSUED"], DEAD, 10, reasons="Certificate.FailureReason")
UNUSED: Final[Waiter] = {
    "operation": "DescribeCertificate",
    "delay": 10,
    "maxAttempts": 1,
    "shows": "Certificate.InUseBy",
    "acceptors": [
        {"state": "success", "matcher": "path", "argument": "length(Certificate.InUseBy || `[]`)", "expected": 0},
        {"state": "success", "matcher": "error", "expected": "ResourceNotFoundException"},
    ],
}


def document(certificate: Mapping[str, Any], tags: Mapping[str, str]) -> Document:
    """Return a certificate of DescribeCertificate as the module returns it."""
    validations = certificate.get("DomainValidationOptions", [])
    methods = [item["ValidationMethod"] for item in validations if "ValidationMethod" in item]
    issued = {"not_after": certificate["NotAfter"].isoformat()} if certificate.get("NotAfter") else {}
    return {
        "certificate_arn": certificate["CertificateArn"],
        "domain_name": certificate["DomainName"],
        "subject_alternative_names": certificate.get("SubjectAlternativeNames", []),
        "status": certificate["Status"],
        "type": certificate.get("Type"),
        "managed_by": certificate.get("ManagedBy"),
        "validation_method": methods[0] if methods else "DNS",
        "validation_records": records(validations),
        "key_algorithm": certificate.get("KeyAlgorithm", "RSA_2048").replace("-", "_"),
        "transparency_logging": certificate.get("Options", {}).get("CertificateTransparencyLoggingPreference") != "DISABLED",
        "renewal_eligibility": certificate.get("RenewalEligibility"),
        "in_use_by": certificate.get("InUseBy", []),
        "tags": dict(tags),
        **issued,
    }


def records(validations: Sequence[Mapping[str, Any]]) -> list[Document]:
    """Return the DNS records to create: a domain and its wildcard share one, so each only once."""
    result: list[Document] = []
    for validation in sorted(validations, key=lambda item: str(item["DomainName"])):
        if record := validation.get("ResourceRecord"):
            plain = {"name": record["Name"], "type": record["Type"], "value": record["Value"]}
            if plain not in result:
                result.append(plain)
    return result


def matches(certificate: Document, options: Mapping[str, Any]) -> bool:
    """Return whether this is the certificate that the options mean."""
    names = {name.lower() for name in [options["domain_name"], *options["subject_alternative_names"]]}
    owner = {key: (text_tags(options["tags"]) or {}).get(key) for key in options["identity_tags"]}
    return (
        certificate["type"] in (None, "AMAZON_ISSUED")
        and not certificate["managed_by"]
        and {name.lower() for name in [certificate["domain_name"], *certificate["subject_alternative_names"]]} == names
        and certificate["validation_method"] == options["validation_method"]
        and options["key_algorithm"] in (None, certificate["key_algorithm"])
        and all(certificate["tags"].get(key) == value for key, value in owner.items() if value is not None)
    )


def preference(certificate: Document) -> tuple[int, str]:
    """Return a sort key: a certificate that is issued before one that may never be; ties are broken for good."""
    order = LIVE + DEAD
    return order.index(certificate["status"]), str(certificate["certificate_arn"])


def requested(options: Mapping[str, Any]) -> Document:
    """Return the certificate that a request would make."""
    names = [options["domain_name"], *options["subject_alternative_names"]]
    known = {"key_algorithm": options["key_algorithm"], "transparency_logging": options["transparency_logging"]}
    return {
        "domain_name": options["domain_name"],
        "subject_alternative_names": list(dict.fromkeys(names)),
        "status": "PENDING_VALIDATION",
        "validation_method": options["validation_method"],
        "validation_records": [],
        "tags": text_tags(options["tags"]) or {},
        **given(known),
    }


def logging_options(enabled: bool) -> Document:
    """Return the options of a certificate with or without transparency logging."""
    return {"CertificateTransparencyLoggingPreference": "ENABLED" if enabled else "DISABLED"}
