# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ACM: a certificate is issued when its domain has been validated, and not a minute after asking.

Moto issues by the clock alone and gives every domain the same validation record. Here each domain
has a record of its own (a wildcard shares its parent's, as on AWS), and where a public hosted zone
of this account is responsible for the domain, the certificate waits for the record to be in it.
For a domain whose DNS is elsewhere the emulator takes the record for granted.

Moto also forgets which key algorithm and validation were asked for, has no UpdateCertificateOptions,
lists every certificate where AWS lists those with the shorter RSA keys unless asked for others, and
takes one for used by a load balancer that is gone.
"""

from __future__ import annotations

import hashlib
import re
import time
from typing import Any

from cryptography.hazmat.primitives import serialization

from tests.emulator import delays

from ._patching import put, wrap

ISSUE = "acm.certificate.issue"


def validation_record(account_id: str, domain: str) -> tuple[str, str]:
    """The name and value of the CNAME record that proves the control of a domain."""
    bare = domain.removeprefix("*.")
    token = hashlib.md5(f"{account_id}/{bare}".encode(), usedforsecurity=False).hexdigest()
    value = hashlib.md5(f"value/{account_id}/{bare}".encode(), usedforsecurity=False).hexdigest()
    return f"_{token}.{bare}.", f"_{value}.xlfgrmvvlj.acm-validations.aws."


def _is_validated(account_id: str, domain: str) -> bool:
    from moto.route53.models import route53_backends

    name, value = validation_record(account_id, domain)
    zones = [
        zone
        for zone in route53_backends[account_id]["aws"].zones.values()
        if not zone.private_zone and f".{domain.removeprefix('*.')}.".endswith(f".{zone.name.rstrip('.')}.")
    ]
    if not zones:
        return True
    # The zone with the longest name is the one that resolvers are led to.
    zone = max(zones, key=lambda candidate: len(candidate.name))
    return any(
        record.type == "CNAME"
        and record.name.rstrip(".") == name.rstrip(".")
        and value.rstrip(".") in {text.rstrip(".") for text in record.records}
        for record in zone.rrsets
    )


def _account(bundle: Any) -> str:
    return str(bundle.arn.split(":")[4])


def _look_who_uses(bundle: Any) -> None:
    """Let a certificate name the load balancers whose listeners have it now: moto adds listeners, and never takes one away."""
    from moto.elbv2.models import elbv2_backends

    account_id, region = bundle.arn.split(":")[4], bundle.arn.split(":")[3]
    balancers = elbv2_backends[account_id][region].load_balancers
    users = [
        arn for arn, balancer in balancers.items() if any(bundle.arn in listener.certificates for listener in balancer.listeners.values())
    ]
    others = [arn for arn in bundle.in_use_by if not re.search(r":elasticloadbalancing:.*:(listener|loadbalancer)/(app|net)/", arn)]
    bundle.in_use_by = users + others


def _check(original: Any, self: Any) -> None:
    _look_who_uses(self)
    if self.type != "AMAZON_ISSUED" or self.status != "PENDING_VALIDATION":
        original(self)
        return
    if not all(_is_validated(_account(self), domain) for domain in {self.common_name, *self.sans} - {None}):
        return
    if not hasattr(self, "validated_at"):
        self.validated_at = time.time()
    if time.time() >= self.validated_at + delays.duration(ISSUE):
        self.status = "ISSUED"


def _describe(original: Any, self: Any) -> dict[str, Any]:
    _look_who_uses(self)
    result: dict[str, Any] = original(self)
    certificate = result["Certificate"]
    if self.status != "ISSUED":
        certificate.pop("IssuedAt", None)
    certificate["KeyAlgorithm"] = getattr(self, "key_algorithm", None) or certificate["KeyAlgorithm"]
    method = getattr(self, "validation_method", None) or "DNS"
    options = certificate.get("DomainValidationOptions")
    if options:
        order = {domain: index for index, domain in enumerate(dict.fromkeys([self.common_name, *self.sans]))}
        options.sort(key=lambda option: order.get(option["DomainName"], len(order)))
        for option in options:
            name, value = validation_record(_account(self), option["DomainName"])
            option["ValidationDomain"] = option["DomainName"]
            option["ValidationMethod"] = method
            option["ResourceRecord"] = {"Name": name, "Type": "CNAME", "Value": value}
            if method == "EMAIL":
                del option["ResourceRecord"]
    return result


def _list(original: Any, self: Any, statuses: list[str], includes: dict[str, Any] | None) -> Any:
    for bundle in self._certificates.values():
        bundle.check()
    return original(self, statuses, {"keyTypes": ["RSA_1024", "RSA_2048"], **(includes or {})})


def _request(original: Any, self: Any) -> Any:
    known = set(self.acm_backend._certificates)
    answer = original(self)
    for arn in set(self.acm_backend._certificates) - known:
        bundle = self.acm_backend._certificates[arn]
        bundle.key_algorithm = self._get_param("KeyAlgorithm")
        bundle.validation_method = self._get_param("ValidationMethod")
    return answer


def _load_key(original: Any, self: Any) -> Any:
    if self.type == "IMPORTED":
        return original(self)
    # Moto has just made this one: testing its primes takes longer than everything else that a request for a certificate does.
    return serialization.load_pem_private_key(self.key, password=None, unsafe_skip_rsa_key_validation=True)


def _update_options(self: Any) -> Any:
    from moto.core.responses import EmptyResult

    bundle = self.acm_backend.get_certificate(self._get_param("CertificateArn"))
    bundle.cert_options = {**bundle.cert_options, **self._get_param("Options")}
    return EmptyResult()


def _delete(original: Any, self: Any, arn: str) -> None:
    from moto.core.exceptions import JsonRESTError

    bundle = self._certificates.get(arn)
    if bundle is not None:
        _look_who_uses(bundle)
    if bundle is not None and bundle.in_use_by:
        raise JsonRESTError("ResourceInUseException", f"Certificate {arn} is in use.")
    original(self, arn)


def install() -> None:
    """Apply the corrections."""
    from moto.acm.models import AWSCertificateManagerBackend, CertBundle
    from moto.acm.responses import AWSCertificateManagerResponse

    wrap(CertBundle, "check", _check)
    wrap(CertBundle, "validate_pk", _load_key)
    wrap(CertBundle, "describe", _describe)
    wrap(AWSCertificateManagerBackend, "list_certificates", _list)
    wrap(AWSCertificateManagerBackend, "delete_certificate", _delete)
    wrap(AWSCertificateManagerResponse, "request_certificate", _request)
    put(AWSCertificateManagerResponse, "update_certificate_options", _update_options)
