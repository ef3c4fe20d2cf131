# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What namespaces and services of Cloud Map are, and waiting for its operations.  Private to the collection."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ansible_collections.stratum.aws.plugins.module_utils._base import AwsResource
from ansible_collections.stratum.aws.plugins.module_utils._waiters import Waiter, status_waiter

Document = dict[str, Any]

OPERATION_SECONDS: Final = 300
DONE: Final[Waiter] = status_waiter("GetOperation", "Operation.Status", ["SUCCESS"], ["FAIL"], 5, reasons="Operation.ErrorMessage")


class CloudMapResource(AwsResource):
    """What both kinds of Cloud Map share: changes are operations that take a while, and tags are apart."""

    service = "servicediscovery"

    def perform(self, operation: str, **parameters: Any) -> None:
        """Call an operation and wait until Cloud Map has done it."""
        answer = self.call(operation, **parameters)
        if identifier := answer.get("OperationId"):
            self.wait(DONE, OperationId=identifier)


def namespace(described: Mapping[str, Any], tags: Mapping[str, str]) -> Document:
    """Return a namespace of GetNamespace as the module returns it."""
    dns = (described.get("Properties") or {}).get("DnsProperties") or {}
    return {
        "arn": described["Arn"],
        "id": described["Id"],
        "name": described["Name"],
        "description": described.get("Description") or "",
        "hosted_zone_id": dns.get("HostedZoneId"),
        "tags": dict(tags),
    }


def discovery_service(described: Mapping[str, Any], tags: Mapping[str, str]) -> Document:
    """Return a service of GetService as the module returns it."""
    dns = described.get("DnsConfig") or {}
    return {
        "arn": described["Arn"],
        "id": described["Id"],
        "name": described["Name"],
        "namespace_id": described.get("NamespaceId") or dns.get("NamespaceId"),
        "description": described.get("Description") or "",
        "routing_policy": dns.get("RoutingPolicy", "MULTIVALUE"),
        "dns_records": [{"type": each["Type"], "ttl": int(each["TTL"])} for each in dns.get("DnsRecords") or []],
        "custom_health_check": described.get("HealthCheckCustomConfig") is not None,
        "tags": dict(tags),
    }


def dns_records(items: list[Document]) -> list[Document]:
    """Return records in the words of Cloud Map's API."""
    return [{"Type": each["type"], "TTL": each["ttl"]} for each in items]
