# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What runs in a cluster, out of its objects, and as a table."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ansible_collections.stratum.aws.plugins.module_utils import _kubernetes_status as told
from ansible_collections.stratum.aws.plugins.module_utils._kubernetes_api import ApiError
from ansible_collections.stratum.aws.plugins.modules.kubernetes_status_info import Looking
from botocore.exceptions import ClientError
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from .test_helm_rollout_parts import deployment, pod, secret

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
ARN = "arn:aws:acm:ca-central-1:123456789012:certificate/1"


def tls_secret() -> dict[str, Any]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "web.example.com")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
    builder = builder.not_valid_before(NOW - timedelta(days=1)).not_valid_after(NOW + timedelta(days=10))
    names = x509.SubjectAlternativeName([x509.DNSName("web.example.com"), x509.DNSName("www.example.com")])
    one = builder.add_extension(names, critical=False).sign(key, hashes.SHA256())
    data = base64.b64encode(one.public_bytes(serialization.Encoding.PEM)).decode()
    return {"metadata": {"namespace": "shop", "name": "tls"}, "data": {"tls.crt": data}}


def with_template(item: dict[str, Any], image: str) -> dict[str, Any]:
    return {**item, "spec": {**item["spec"], "template": {"spec": {"containers": [{"name": "web", "image": image}]}}}}


def waiting() -> dict[str, Any]:
    unschedulable = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/2 nodes are available"}
    found = pod("pending")
    return {**found, "status": {"phase": "Pending", "conditions": [unschedulable]}}


NODE = {
    "metadata": {
        "name": "ip-10-0-1-2",
        "labels": {"topology.kubernetes.io/zone": "ca-central-1a", "node.kubernetes.io/instance-type": "m5.large"},
    },
    "spec": {"unschedulable": True},
    "status": {"conditions": [{"type": "Ready", "status": "False"}], "nodeInfo": {"kubeletVersion": "v1.33.1"}},
}
INGRESS = {
    "metadata": {"namespace": "shop", "name": "web", "annotations": {told.ACM_ANNOTATION: f"{ARN}, {ARN}2"}},
    "spec": {"rules": [{"host": "web.example.com"}, {"host": "web.example.com"}, {}]},
    "status": {"loadBalancer": {"ingress": [{"hostname": "web-1.elb.amazonaws.com"}]}},
}


class Api:
    def __init__(self, forbidden: tuple[str, ...] = ()) -> None:
        self.forbidden = forbidden
        self.objects: dict[str, list[dict[str, Any]]] = {
            "Node": [NODE],
            "Pod": [pod("1", restarts=1), pod("2", "CrashLoopBackOff", 4), waiting()],
            "Deployment": [with_template(deployment(ready=1), "registry.example.com:5000/shop/web:1.4.0")],
            "Ingress": [INGRESS],
        }

    def listed(self, _version: str, kind: str, _namespace: str | None = None, **query: str) -> list[dict[str, Any]]:
        if kind in self.forbidden:
            raise ApiError("shop: secrets is forbidden", 403, "Forbidden")
        if kind == "Secret":
            tls = "tls" in query["fieldSelector"]
            return [tls_secret()] if tls else [secret(1, "superseded", "Install complete"), secret(2, "deployed", "deploy v2")]
        return self.objects.get(kind, [])


class Acm:
    def describe_certificate(self, CertificateArn: str) -> dict[str, Any]:
        if CertificateArn.endswith("2"):
            raise ClientError({"Error": {"Code": "ResourceNotFoundException", "Message": "none"}}, "DescribeCertificate")
        return {"Certificate": {"DomainName": "web.example.com", "NotAfter": NOW + timedelta(days=30)}}


def looked(*forbidden: str) -> dict[str, Any]:
    return Looking(Api(forbidden), Acm, ["shop"], NOW).status()  # type: ignore[arg-type]


def test_everything_is_told() -> None:
    status = looked()
    (node,) = status["nodes"]
    assert (node["ready"], node["schedulable"], node["version"], node["zone"], node["type"]) == (
        False,
        False,
        "v1.33.1",
        "ca-central-1a",
        "m5.large",
    )
    (workload,) = status["workloads"]
    assert (workload["wanted"], workload["ready"], workload["tags"], workload["restarts"], workload["release"]) == (
        2,
        1,
        ["1.4.0"],
        5,
        "web",
    )
    crashing, pending = status["ailing"]
    assert (crashing["pod"], crashing["reason"], crashing["restarts"], crashing["pending"]) == ("web-2", "CrashLoopBackOff", 4, False)
    assert (pending["pending"], pending["message"]) == (True, "0/2 nodes are available")
    (ingress,) = status["ingresses"]
    assert (ingress["hosts"], ingress["addresses"]) == (["web.example.com"], ["web-1.elb.amazonaws.com"])
    by_acm, by_secret = status["certificates"]
    assert (by_acm["kind"], by_acm["days_left"], by_acm["domains"]) == ("acm", 30, ["web.example.com"])
    assert (by_secret["name"], by_secret["days_left"], by_secret["domains"]) == ("shop/tls", 10, ["web.example.com", "www.example.com"])
    (release,) = status["releases"]
    assert (release["revision"], release["description"], release["updated"]) == (2, "deploy v2", "2026-11-21T12:00:00")
    assert len(status["notes"]) == 1
    assert f"{ARN}2 could not be looked at" in status["notes"][0]


def test_table() -> None:
    lines = told.table(looked())
    assert "ip-10-0-1-2  NO, cordoned  v1.33.1  ca-central-1a  m5.large" in lines
    assert "web       shop       1/2    1.4.0  5" in lines
    assert any(line.startswith("web-pending") and "waits for a node: 0/2 nodes are available" in line for line in lines)
    assert any(line.startswith("web      shop       2         deployed  web-service 0.1.0") for line in lines)


def test_what_may_not_be_read_is_told_and_the_rest_is_there() -> None:
    status = looked("Secret", "Node")
    assert (status["nodes"], status["releases"], len(status["certificates"])) == ([], [], 1)
    assert sum("could not be looked at: shop: secrets is forbidden" in note for note in status["notes"]) == 2
    assert "no releases" not in told.table(status)
    assert status["workloads"]


def test_cluster_that_does_not_answer() -> None:
    assert told.table({"reachable": False, "message": "no route"}) == ["does not answer: no route"]


def test_empty_cluster() -> None:
    nothing: dict[str, Any] = {key: [] for key in ("nodes", "workloads", "ailing", "ingresses", "certificates", "releases", "notes")}
    assert told.table({"reachable": True, **nothing}) == ["no nodes", "no workloads", "all pods are well", "no releases"]


@pytest.mark.parametrize(
    ("image", "tag"),
    [
        ("web:1.4.0", "1.4.0"),
        ("registry:5000/web", "latest"),
        ("registry:5000/web:v1@sha256:0123456789abcdef", "v1"),
        ("web@sha256:0123456789abcdef", "sha256:0123456789ab"),
    ],
)
def test_tag_of_an_image(image: str, tag: str) -> None:
    assert told.tag_of(image) == tag
