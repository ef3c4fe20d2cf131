#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make a certificate that ACM issues be as its user says."""

from __future__ import annotations

DOCUMENTATION = r"""
module: acm_certificate_request
version_added: 0.1.0
short_description: Request a public certificate from ACM
description:
  - Requests, changes and deletes a public certificate that AWS Certificate Manager (ACM) issues and renews by itself.
  - A certificate is issued once the DNS records in RV(certificate.validation_records) exist. So request it first, create the records,
    and then wait for it with O(state=issued), in a task of its own.
options:
  domain_name:
    description: The domain, or a wildcard such as V(*.example.com). Needed unless O(certificate_arn) is set.
    type: str
  subject_alternative_names:
    description: Further domains. Together with O(domain_name) they tell which certificate is meant; other ones mean another certificate.
    type: list
    elements: str
    default: []
    aliases: [sans]
  certificate_arn:
    description: The ARN of an existing certificate, instead of O(domain_name).
    type: str
  validation_method:
    description: How AWS checks who controls the domains. V(EMAIL) certificates do not renew by themselves.
    type: str
    choices: [DNS, EMAIL]
    default: DNS
  key_algorithm:
    description:
      - The algorithm of the key. AWS's default is V(RSA_2048).
      - It cannot change, so another algorithm means another certificate.
    type: str
    choices: [RSA_2048, RSA_3072, RSA_4096, EC_prime256v1, EC_secp384r1, EC_secp521r1]
  transparency_logging:
    description: Whether the certificate is published in certificate transparency logs. Browsers distrust one that is not.
    type: bool
  identity_tags:
    description:
      - Keys of tags that belong to the certificate's identity. A certificate whose value of one of them is not the one in O(tags)
        belongs to somebody else, even if it is for the same domains.
      - Keys that O(tags) does not have are ignored.
    type: list
    elements: str
    default: ["stratum:stack"]
  state:
    description:
      - V(present) requests the certificate if there is none, and returns as soon as AWS has published the validation records.
      - V(issued) is V(present) with O(wait=true).
      - V(absent) deletes the certificate.
    type: str
    choices: [present, issued, absent]
    default: present
  wait:
    description: Whether to wait until the certificate is issued.
    type: bool
    default: false
  wait_timeout:
    description: How many seconds to wait for the certificate to be issued, or no longer to be in use when O(state=absent).
    type: int
    default: 1800
notes:
  - M(community.aws.acm_certificate) only imports certificates; it cannot request one.
  - A certificate for CloudFront must be requested in V(us-east-1).
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.tags
  - amazon.aws.boto3
  - stratum.aws.attributes
seealso:
  - module: amazon.aws.route53
author:
  - stratum.aws contributors (@stratum-aws)
"""

EXAMPLES = r"""
- name: Request the certificate
  stratum.aws.acm_certificate_request:
    domain_name: example.com
    subject_alternative_names: ["*.example.com"]
    tags:
      stratum:stack: web
  register: requested

- name: Prove that the domains are ours
  amazon.aws.route53:
    zone: example.com
    record: "{{ item.name }}"
    type: "{{ item.type }}"
    value: "{{ item.value }}"
    ttl: 300
    overwrite: true
    state: present
  loop: "{{ requested.certificate.validation_records }}"

- name: Wait until the certificate is issued
  stratum.aws.acm_certificate_request:
    certificate_arn: "{{ requested.certificate.certificate_arn }}"
    state: issued

- name: Delete the certificate
  stratum.aws.acm_certificate_request:
    domain_name: example.com
    subject_alternative_names: ["*.example.com"]
    tags:
      stratum:stack: web
    state: absent
"""

RETURN = r"""
certificate:
  description: The certificate, or V(null) when O(state=absent).
  returned: success
  type: dict
  contains:
    certificate_arn:
      description: The ARN.
      returned: when the certificate exists
      type: str
      sample: arn:aws:acm:ca-central-1:123456789012:certificate/11111111-2222-3333-4444-555555555555
    domain_name:
      description: The domain.
      returned: always
      type: str
      sample: example.com
    subject_alternative_names:
      description: All domains, with the first one.
      returned: always
      type: list
      elements: str
      sample: [example.com, "*.example.com"]
    status:
      description: The status.
      returned: always
      type: str
      sample: ISSUED
    type:
      description: Who issues the certificate.
      returned: when the certificate exists
      type: str
      sample: AMAZON_ISSUED
    managed_by:
      description: The service that manages the certificate, or V(null).
      returned: when the certificate exists
      type: str
      sample: CLOUDFRONT
    validation_records:
      description: The DNS records that prove the control of the domains. Domains that need the same record have one together.
      returned: always
      type: list
      elements: dict
      sample: [{"name": _d930b28be6c59275.example.com., "type": CNAME, "value": _c9edd76ee4a0e2a7.acm-validations.aws.}]
    validation_method:
      description: How AWS checks who controls the domains.
      returned: always
      type: str
      sample: DNS
    key_algorithm:
      description: The algorithm of the key.
      returned: when it is known
      type: str
      sample: RSA_2048
    transparency_logging:
      description: Whether the certificate is published in certificate transparency logs.
      returned: when it is known
      type: bool
      sample: true
    renewal_eligibility:
      description: Whether AWS can renew the certificate by itself - V(ELIGIBLE) once it is used or has been exported.
      returned: when the certificate exists
      type: str
      sample: ELIGIBLE
    in_use_by:
      description: The ARNs of what uses the certificate.
      returned: when the certificate exists
      type: list
      elements: str
      sample: []
    not_after:
      description: When the certificate expires.
      returned: when the certificate is issued
      type: str
      sample: "2027-01-31T12:00:00+00:00"
    tags:
      description: The tags.
      returned: always
      type: dict
      sample: {"stratum:stack": web}
"""

import uuid
from collections.abc import Mapping
from typing import Any, ClassVar

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.amazon.aws.plugins.module_utils.tagging import ansible_dict_to_boto3_tag_list, boto3_tag_list_to_ansible_dict
from ansible_collections.stratum.aws.plugins.module_utils import _acm_certificate as pure
from ansible_collections.stratum.aws.plugins.module_utils._base import TAGS, AwsResource, Document, wait_options
from ansible_collections.stratum.aws.plugins.module_utils._tags import retag, tag_changes, text_tags
from ansible_collections.stratum.aws.plugins.module_utils._waiters import wait_until


class Certificate(AwsResource):
    """A public certificate, found by its ARN or by its domains and whose it is."""

    service = "acm"
    kind = "ACM certificate"
    returns = "certificate"
    cures: ClassVar[Mapping[str, str]] = {
        "ResourceInUseException": "Remove it from the load balancers and distributions that use it, then run again.",
        "InvalidArnException": "Correct certificate_arn.",
        "InvalidDomainValidationOptionsException": "Check that every domain is a full domain name.",
        "ValidationException": "Check that every domain is a full domain name of at most 253 characters.",
    }

    def __init__(self, module: Any) -> None:
        super().__init__(module)
        self._arns: list[str] = [self.params["certificate_arn"]] if self.params["certificate_arn"] else []

    @property
    def identity(self) -> str:
        return str(self.params["certificate_arn"] or self.params["domain_name"])

    def _describe(self) -> Document | None:
        found = [document for arn in self._arns or self._candidates() if (document := self._read(arn))]
        if not self._arns:
            wanted = pure.LIVE if self.params["state"] != "absent" else pure.LIVE + pure.DEAD
            found = [document for document in found if document["status"] in wanted and pure.matches(document, self.params)]
        found.sort(key=pure.preference)
        self._arns = [document["certificate_arn"] for document in found]
        return found[0] if found else None

    def _candidates(self) -> list[str]:
        # Without the list of key types, AWS lists RSA certificates of up to 2048 bits only.
        listed = self.collect("list_certificates", "CertificateSummaryList", Includes={"keyTypes": pure.KEY_ALGORITHMS})
        domain = self.params["domain_name"].lower()
        return [item["CertificateArn"] for item in listed if item["DomainName"].lower() == domain]

    def _read(self, arn: str) -> Document | None:
        answer = self.find("describe_certificate", CertificateArn=arn)
        tags = self.find("list_tags_for_certificate", CertificateArn=arn)
        if answer is None or tags is None:
            return None
        return pure.document(answer["Certificate"], boto3_tag_list_to_ansible_dict(tags["Tags"]))

    def _settle(self, current: Document) -> Document:
        if current["status"] in pure.DEAD:
            self.fail(f"it is {current['status']}. Request a new one by domain_name, without certificate_arn.")
        if current["status"] != "PENDING_VALIDATION":
            return current
        self._await(current["certificate_arn"])
        return self._describe() or current

    def _await(self, arn: str) -> None:
        if self.params["validation_method"] == "DNS":
            wait_until(self.client, pure.RECORDS_PUBLISHED, pure.RECORDS_SECONDS, CertificateArn=arn)
        if self.params["wait"] or self.params["state"] == "issued":
            wait_until(self.client, pure.ISSUED, self.params["wait_timeout"], CertificateArn=arn)

    def _changes(self, current: Document) -> Document:
        logging = self.params["transparency_logging"]
        changed = {} if logging in (None, current["transparency_logging"]) else {"transparency_logging": logging}
        return {**changed, **tag_changes(current["tags"], self.params["tags"], self.params["purge_tags"])}

    def _predict(self) -> Document:
        if self.params["domain_name"] is None:
            self.fail("there is no such certificate. Set domain_name to request one.")
        return pure.requested(self.params)

    def _create(self) -> None:
        logging = self.params["transparency_logging"]
        answer = self.call(
            "request_certificate",
            DomainName=self.params["domain_name"],
            SubjectAlternativeNames=self.params["subject_alternative_names"] or None,
            ValidationMethod=self.params["validation_method"],
            KeyAlgorithm=self.params["key_algorithm"],
            Options=None if logging is None else pure.logging_options(logging),
            Tags=ansible_dict_to_boto3_tag_list(text_tags(self.params["tags"])) or None,
            # A request whose answer was lost is repeated with the same token, and makes no second certificate.
            IdempotencyToken=uuid.uuid4().hex,
        )
        self._arns = [answer["CertificateArn"]]
        self._await(answer["CertificateArn"])

    def _update(self, current: Document, changes: Document) -> None:
        certificate = {"CertificateArn": current["certificate_arn"]}
        if "transparency_logging" in changes:
            self.call("update_certificate_options", **certificate, Options=pure.logging_options(changes["transparency_logging"]))
        retag(
            current["tags"],
            changes.get("tags"),
            lambda tags: self.call("add_tags_to_certificate", **certificate, Tags=ansible_dict_to_boto3_tag_list(tags)),
            lambda keys: self.call("remove_tags_from_certificate", **certificate, Tags=[{"Key": key} for key in keys]),
        )

    def _delete(self, current: Document) -> None:
        # A load balancer or distribution that has just been deleted uses the certificate for some minutes more.
        timeout = self.params["wait_timeout"] if self.params["wait"] else pure.UNUSED_SECONDS
        for arn in self._arns:
            wait_until(self.client, pure.UNUSED, timeout, CertificateArn=arn)
            self.find("delete_certificate", CertificateArn=arn)


def main() -> None:
    """Run the module."""
    argument_spec = {
        "domain_name": {"type": "str"},
        "subject_alternative_names": {"type": "list", "elements": "str", "default": [], "aliases": ["sans"]},
        "certificate_arn": {"type": "str"},
        "validation_method": {"type": "str", "choices": ["DNS", "EMAIL"], "default": "DNS"},
        "key_algorithm": {"type": "str", "choices": pure.KEY_ALGORITHMS[1:], "no_log": False},
        "transparency_logging": {"type": "bool"},
        "identity_tags": {"type": "list", "elements": "str", "default": ["stratum:stack"]},
        "state": {"type": "str", "choices": ["present", "issued", "absent"], "default": "present"},
        **wait_options(1800, wait=False),
        **TAGS,
    }
    module = AnsibleAWSModule(argument_spec=argument_spec, required_one_of=[("domain_name", "certificate_arn")], supports_check_mode=True)
    Certificate(module).run()


if __name__ == "__main__":
    main()
