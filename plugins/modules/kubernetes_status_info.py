#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Say what runs in a Kubernetes cluster."""

from __future__ import annotations

DOCUMENTATION = r"""
module: kubernetes_status_info
version_added: 0.4.0
short_description: Say what runs in a Kubernetes cluster, and what is not well
description:
  - Nodes, workloads, pods that are not well and why, ingresses and their addresses, certificates and how long they last, and Helm releases.
  - It only reads. What the identity may not read is left out, and told in C(notes).
options:
  namespaces:
    description: The namespaces to look at. All of them when there are none.
    type: list
    elements: str
    default: []
notes:
  - M(kubernetes.core.k8s_info) returns objects of one kind. This tells which of them are not well, and asks ACM about the
    certificates of ingresses.
author:
  - stratum.aws contributors (@stratum-aws)
seealso:
  - module: kubernetes.core.k8s_info
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - stratum.aws.kubernetes
  - stratum.aws.attributes
"""

EXAMPLES = r"""
- name: Look at what runs
  stratum.aws.kubernetes_status_info:
    cluster: speckle-cluster
    namespaces: [speckle-production]
  register: looked

- name: Show it
  ansible.builtin.debug:
    msg: "{{ looked.table }}"
"""

RETURN = r"""
status:
  description: What there is.
  returned: always
  type: dict
  contains:
    reachable:
      description: Whether the API answers. Without it there is nothing but C(message).
      type: bool
      sample: true
    nodes:
      description: The nodes.
      type: list
      elements: dict
      sample: [{"name": "ip-10-0-10-12", "ready": true, "schedulable": true, "version": "v1.29.6", "zone": "ca-central-1a"}]
    workloads:
      description: Deployments, stateful sets and daemon sets.
      type: list
      elements: dict
      sample: [{"kind": "Deployment", "namespace": "web", "name": "web", "wanted": 2, "ready": 2, "tags": ["1.4.0"], "restarts": 0}]
    ailing:
      description: The pods that are not well. C(pending) are those that wait for a node.
      type: list
      elements: dict
      sample: [{"namespace": "web", "pod": "web-5d8f-abcde", "reason": "CrashLoopBackOff", "restarts": 3, "exit_code": 1, "pending": false}]
    ingresses:
      description: The ingresses, their hosts and addresses.
      type: list
      elements: dict
      sample: [{"namespace": "web", "name": "web", "hosts": ["web.example.com"], "addresses": ["web-1.elb.amazonaws.com"]}]
    certificates:
      description: The certificates of ACM that ingresses name, and those in secrets of the type C(kubernetes.io/tls).
      type: list
      elements: dict
      sample: [{"name": "web/tls", "kind": "secret", "domains": ["web.example.com"], "until": "2027-01-01T00:00:00Z", "days_left": 41}]
    releases:
      description: The newest revision of every release.
      type: list
      elements: dict
      sample: [{"name": "web", "namespace": "web", "revision": 3, "status": "deployed", "updated": "2026-11-21T12:00:00"}]
    notes:
      description: What could not be looked at.
      type: list
      elements: str
      sample: []
table:
  description: The same as lines for people.
  returned: always
  type: list
  elements: str
  sample: ["NODE           READY  VERSION", "ip-10-0-10-12  yes    v1.29.6"]
"""

import base64
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.stratum.aws.plugins.module_utils import _helm_records as records
from ansible_collections.stratum.aws.plugins.module_utils import _kubernetes_status as told
from ansible_collections.stratum.aws.plugins.module_utils._kubernetes_api import ApiError, KubernetesApi
from ansible_collections.stratum.aws.plugins.module_utils._kubernetes_login import LOGIN_CHECKS, LOGIN_OPTIONS, api_of

with suppress(ImportError):  # AnsibleAWSModule says what is missing
    from botocore.exceptions import BotoCoreError, ClientError
with suppress(ImportError):  # it comes with ansible-core
    from cryptography import x509

Document = dict[str, Any]


class Looking:
    """Asks one cluster for everything, and takes down what it may not see."""

    def __init__(self, api: KubernetesApi, acm: Callable[[], Any], namespaces: Sequence[str], now: datetime) -> None:
        self._api = api
        self._acm = acm
        self._namespaces = list(dict.fromkeys(namespaces))
        self._now = now
        self.notes: list[str] = []

    def status(self) -> Document:
        """Return what there is."""
        pods = self._listed("v1", "Pod")
        workloads = [item for kind in told.WORKLOADS for item in self._listed("apps/v1", kind)]
        ingresses = [told.ingress(item) for item in self._listed("networking.k8s.io/v1", "Ingress")]
        by_namespace: dict[str, list[Document]] = {}
        for pod in pods:
            by_namespace.setdefault(pod["metadata"]["namespace"], []).append(pod)
        return {
            "reachable": True,
            "nodes": [told.node(item) for item in self._nodes()],
            "workloads": [told.workload(item, by_namespace.get(item["metadata"]["namespace"], [])) for item in workloads],
            "ailing": told.ailing(pods),
            "ingresses": ingresses,
            "certificates": [*self._acm_certificates(ingresses), *self._secret_certificates()],
            "releases": [
                told.release(each) for each in records.newest_of_each(records.history_in(self._secrets("owner=helm", "helm.sh/release.v1")))
            ],
            "notes": self.notes,
        }

    def _nodes(self) -> list[Document]:
        return self._allowed("nodes", partial(self._api.listed, "v1", "Node"))

    def _listed(self, version: str, kind: str, **query: str) -> list[Document]:
        places: list[str | None] = [*self._namespaces] or [None]
        found = [item for place in places for item in self._allowed(kind, partial(self._api.listed, version, kind, place, **query), place)]
        return sorted(found, key=lambda item: (item["metadata"]["namespace"], item["metadata"]["name"]))

    def _secrets(self, labels: str, kind: str) -> list[Document]:
        return self._listed("v1", "Secret", fieldSelector=f"type={kind}", **({"labelSelector": labels} if labels else {}))

    def _allowed(self, what: str, ask: Callable[[], list[Document]], place: str | None = None) -> list[Document]:
        try:
            return ask()
        except ApiError as error:
            if error.status != 403:
                raise
            note = f"{what}{f' of {place}' if place else ''} could not be looked at: {error}"
            if note not in self.notes:
                self.notes.append(note)
            return []

    def _acm_certificates(self, ingresses: Sequence[Document]) -> list[Document]:
        found = []
        for arn in dict.fromkeys(arn for each in ingresses for arn in each["certificates"]):
            try:
                one = self._acm().describe_certificate(CertificateArn=arn)["Certificate"]
            except (BotoCoreError, ClientError) as error:
                self.notes.append(f"{arn} could not be looked at: {error}")
                continue
            domains = one.get("SubjectAlternativeNames") or [one["DomainName"]]
            found.append(told.certificate(arn.rpartition("/")[2], "acm", domains, one.get("NotAfter"), self._now))
        return found

    def _secret_certificates(self) -> list[Document]:
        found = []
        for secret in self._secrets("", "kubernetes.io/tls"):
            name = f"{secret['metadata']['namespace']}/{secret['metadata']['name']}"
            try:
                one = x509.load_pem_x509_certificate(base64.b64decode(secret["data"]["tls.crt"]))
            except (KeyError, TypeError, ValueError):
                self.notes.append(f"the certificate in the secret {name} cannot be read")
                continue
            found.append(told.certificate(name, "secret", domains_of(one), one.not_valid_after_utc, self._now))
        return found


def domains_of(one: Any) -> list[str]:
    """Return the names that a certificate is for."""
    try:
        names = one.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        return [str(name) for name in names.get_values_for_type(x509.DNSName)]
    except x509.ExtensionNotFound:
        return [str(each.value) for each in one.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)]


def main() -> None:
    """Run the module."""
    spec: dict[str, dict[str, Any]] = {"namespaces": {"type": "list", "elements": "str", "default": []}, **LOGIN_OPTIONS}
    module = AnsibleAWSModule(argument_spec=spec, supports_check_mode=True, **LOGIN_CHECKS)
    try:
        looking = Looking(api_of(module), lambda: module.client("acm"), module.params["namespaces"], datetime.now(UTC))
        status = looking.status()
    except ApiError as error:
        status = {"reachable": False, "message": str(error)}
    except (BotoCoreError, ClientError) as error:
        module.fail_json_aws(error, msg=f"Cluster {module.params['cluster']}: AWS was not reached or refused")
    module.exit_json(changed=False, status=status, table=told.table(status))


if __name__ == "__main__":
    main()
