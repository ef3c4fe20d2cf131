# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cloud Map: filters, hosted zones that come and go with their namespaces, refused deletions, changes that keep what they must.

Moto ignores the filters of lists, allows one namespace per VPC whatever its name, calls a namespace's hosted zone by another
name, attaches it to no VPC and leaves it behind, deletes what is in use, forgets the hosted zone's id and the routing policy in
updates, and has no resources in the tagging API.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ._patching import put, wrap


def _error(code: str, message: str) -> Exception:
    from moto.core.exceptions import JsonRESTError

    return JsonRESTError(code, message)


def _create_private(
    _original: Any, self: Any, name: str, creator_request_id: str, description: str, vpc: str, tags: Any, properties: Any
) -> str:
    from moto.ec2.models import ec2_backends
    from moto.route53.models import route53_backends
    from moto.servicediscovery.models import Namespace

    if not any(vpc == each.id for each in ec2_backends[self.account_id][self.region_name].vpcs.values()):
        raise _error("InvalidInput", f"The VPC {vpc} does not exist in {self.region_name}")
    if any(each.vpc == vpc and each.name == name for each in self.namespaces.values()):
        raise _error("ConflictingDomainExists", f"{name} is already associated with the VPC {vpc}")
    zone = route53_backends[self.account_id]["aws"].create_hosted_zone(
        f"{name}.",
        private_zone=True,
        vpcid=vpc,
        vpcregion=self.region_name,
        comment=f"Created by AWS Cloud Map namespace with ARN {creator_request_id}",
    )
    soa = ((properties or {}).get("DnsProperties") or {}).get("SOA") or {"TTL": 15}
    namespace = Namespace(
        account_id=self.account_id,
        region=self.region_name,
        name=name,
        ns_type="DNS_PRIVATE",
        creator_request_id=creator_request_id,
        description=description,
        dns_properties={"HostedZoneId": zone.id.rpartition("/")[2], "SOA": soa},
        http_properties={"HttpName": name},
        vpc=vpc,
    )
    self.namespaces[namespace.id] = namespace
    if tags:
        self.tagger.tag_resource(namespace.arn, tags)
    return str(self._create_operation("CREATE_NAMESPACE", targets={"NAMESPACE": namespace.id}))


def _delete_namespace(original: Any, self: Any, namespace_id: str) -> Any:
    from moto.route53.models import route53_backends

    namespace = self.get_namespace(namespace_id)
    if any(_namespace_of(service) == namespace_id for service in self.services.values()):
        raise _error("ResourceInUse", f"The namespace {namespace_id} contains services.")
    zones = route53_backends[self.account_id]["aws"].zones
    zones.pop((namespace.dns_properties or {}).get("HostedZoneId", "").rpartition("/")[2], None)
    self.tagger.delete_all_tags_for_resource(namespace.arn)
    return original(self, namespace_id)


def _update_namespace(original: Any, self: Any, _id: str, description: str, properties: Any) -> Any:
    zone = dict(self.get_namespace(_id).dns_properties or {})
    answer = original(self, _id=_id, description=description, properties=None)
    if properties:
        self.get_namespace(_id).dns_properties = {**zone, **properties}
    return answer


def _namespace_of(service: Any) -> Any:
    return service.namespace_id or (service.dns_config or {}).get("NamespaceId")


def _create_service(original: Any, self: Any, **given: Any) -> Any:
    namespace = given.get("namespace_id") or (given.get("dns_config") or {}).get("NamespaceId")
    if namespace not in self.namespaces:
        raise _error("NamespaceNotFound", f"The namespace {namespace} does not exist.")
    if any(each.name == given["name"] and _namespace_of(each) == namespace for each in self.services.values()):
        raise _error("ServiceAlreadyExists", f"Service {given['name']} already exists.")
    service = original(self, **{**given, "namespace_id": namespace})
    if service.dns_config:
        service.dns_config = {"RoutingPolicy": "MULTIVALUE", **service.dns_config, "NamespaceId": namespace}
    if service.health_check_custom_config is not None:
        service.health_check_custom_config = {"FailureThreshold": 1}
    service.service_type = service.service_type or "DNS_HTTP"
    return service


def _update_service(_original: Any, self: Any, details: dict[str, Any]) -> None:
    """Change records and description; the rest of the DNS configuration stays."""
    if "Description" in details:
        self.description = details["Description"]
    if "DnsConfig" in details:
        self.dns_config = {**(self.dns_config or {}), "DnsRecords": details["DnsConfig"]["DnsRecords"]}
    else:
        self.dns_config = None
    if "HealthCheckConfig" in details:
        self.health_check_config = details["HealthCheckConfig"]


def _delete_service(original: Any, self: Any, service_id: str) -> Any:
    service = self.get_service(service_id)
    if service.instances:
        raise _error("ResourceInUse", f"Service {service_id} contains registered instances.")
    self.tagger.delete_all_tags_for_resource(service.arn)
    return original(self, service_id)


def _filters(response: Any) -> list[dict[str, Any]]:
    filters: list[dict[str, Any]] = response._get_param("Filters") or []
    return filters


def _list_namespaces(original: Any, self: Any) -> Any:
    found = original(self)
    values = {each["Name"]: each["Values"] for each in self.stratum_filters}
    return [
        each
        for each in found
        if each.type in values.get("TYPE", [each.type])
        and each.name in values.get("NAME", [each.name])
        and (each.http_properties or {}).get("HttpName") in values.get("HTTP_NAME", [(each.http_properties or {}).get("HttpName")])
    ]


def _list_services(original: Any, self: Any) -> Any:
    values = {each["Name"]: each["Values"] for each in self.stratum_filters}
    return [each for each in original(self) if _namespace_of(each) in values.get("NAMESPACE_ID", [_namespace_of(each)])]


def _with_filters(original: Any, self: Any) -> Any:
    """Hand the filters of a list to the backend, whose methods have no parameter for them."""
    self.servicediscovery_backend.stratum_filters = _filters(self)
    return original(self)


def _tag(original: Any, self: Any, resource_arn: str, *args: Any, **kwargs: Any) -> Any:
    if resource_arn not in {each.arn for each in (*self.namespaces.values(), *self.services.values())}:
        raise _error("ResourceNotFoundException", f"The resource {resource_arn} does not exist.")
    return original(self, resource_arn, *args, **kwargs)


def _tagged(backend: Any) -> Iterator[tuple[str, str, dict[str, str]]]:
    for kind, table in (("namespace", backend.namespaces), ("service", backend.services)):
        for each in table.values():
            yield each.arn, kind, backend.tagger.get_tag_dict_for_resource(each.arn)


def install() -> None:
    """Apply the corrections."""
    from moto.servicediscovery.models import Service, ServiceDiscoveryBackend
    from moto.servicediscovery.responses import ServiceDiscoveryResponse

    from tests.emulator import wire

    put(ServiceDiscoveryBackend, "stratum_filters", [])
    wrap(ServiceDiscoveryBackend, "create_private_dns_namespace", _create_private)
    wrap(ServiceDiscoveryBackend, "delete_namespace", _delete_namespace)
    wrap(ServiceDiscoveryBackend, "update_private_dns_namespace", _update_namespace)
    wrap(ServiceDiscoveryBackend, "create_service", _create_service)
    wrap(ServiceDiscoveryBackend, "delete_service", _delete_service)
    wrap(ServiceDiscoveryBackend, "list_namespaces", _list_namespaces)
    wrap(ServiceDiscoveryBackend, "list_services", _list_services)
    wrap(ServiceDiscoveryBackend, "tag_resource", _tag)
    wrap(ServiceDiscoveryBackend, "untag_resource", _tag)
    wrap(ServiceDiscoveryBackend, "list_tags_for_resource", _tag)
    wrap(Service, "update", _update_service)
    wrap(ServiceDiscoveryResponse, "list_namespaces", _with_filters)
    wrap(ServiceDiscoveryResponse, "list_services", _with_filters)
    # The service's own way to tag takes other parameters.
    kept = {name: getattr(ServiceDiscoveryBackend, name) for name in ("tag_resource", "untag_resource")}
    wire.list_in_tagging_api(ServiceDiscoveryBackend, "servicediscovery", _tagged)
    for name, function in kept.items():
        put(ServiceDiscoveryBackend, name, function)
