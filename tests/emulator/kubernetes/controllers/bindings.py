# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""TargetGroupBindings: the pods of a Service become the targets of a target group that somebody else has made."""

from __future__ import annotations

from typing import Any, Final

from botocore.exceptions import ClientError

from tests.emulator.kubernetes.api import Object, named

from .account import Account
from .model import ModelError, TargetGroup

FINALIZER: Final = "elbv2.k8s.aws/resources"
PARENT: Final = "/apis/elbv2.k8s.aws/v1beta1/targetgroupbindings"
DEFINITIONS: Final = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
DEFINITION: Final[Object] = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "targetgroupbindings.elbv2.k8s.aws"},
    "spec": {
        "group": "elbv2.k8s.aws",
        "scope": "Namespaced",
        "names": {
            "kind": "TargetGroupBinding",
            "listKind": "TargetGroupBindingList",
            "plural": "targetgroupbindings",
            "singular": "targetgroupbinding",
        },
        "versions": [
            {
                "name": "v1beta1",
                "served": True,
                "storage": True,
                "subresources": {"status": {}},
                "schema": {
                    "openAPIV3Schema": {
                        "type": "object",
                        "properties": {
                            "spec": {
                                "type": "object",
                                "required": ["serviceRef"],
                                "x-kubernetes-preserve-unknown-fields": True,
                                "properties": {
                                    "serviceRef": {
                                        "type": "object",
                                        "required": ["name", "port"],
                                        "properties": {"name": {"type": "string"}, "port": {"x-kubernetes-int-or-string": True}},
                                    },
                                    "targetGroupARN": {"type": "string"},
                                    "targetGroupName": {"type": "string"},
                                    "targetType": {"type": "string", "enum": ["instance", "ip"]},
                                },
                            },
                            "status": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
                        },
                    }
                },
            }
        ],
    },
}
"""What the controller's chart brings: the parts of it that are read here."""


def leads_to(binding: Object, service: str) -> bool:
    """Return whether a binding is about the Service `namespace/name`."""
    return f"{binding['metadata']['namespace']}/{binding['spec']['serviceRef']['name']}" == service


def bound(account: Account, binding: Object) -> tuple[TargetGroup, str] | None:
    """Return the target group of a binding with its ARN; None when there is none of that name."""
    spec = binding["spec"]
    asked: dict[str, Any] = {"TargetGroupArns": [spec["targetGroupARN"]]} if spec.get("targetGroupARN") else {}
    if not asked and not spec.get("targetGroupName"):
        raise ModelError("either targetGroupARN or targetGroupName must be specified")
    try:
        answer = account.client("elbv2").describe_target_groups(**(asked or {"Names": [spec["targetGroupName"]]}))
    except ClientError as error:
        if error.response["Error"]["Code"] == "TargetGroupNotFound":
            return None
        raise
    found = answer["TargetGroups"][0]
    reference = spec["serviceRef"]
    group = TargetGroup(
        resource=named(binding),
        name=found["TargetGroupName"],
        port=int(found["Port"]),
        protocol=found["Protocol"],
        target_type=found["TargetType"],
        service=f"{binding['metadata']['namespace']}/{reference['name']}",
        service_port=reference["port"],
        health={},
    )
    return group, str(found["TargetGroupArn"])
