# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cache subnet groups."""

from __future__ import annotations

from typing import Any, Final

from moto.ec2.models import ec2_backends

from tests.emulator.lifecycle import Lifecycle
from tests.emulator.services.elasticache import checks
from tests.emulator.services.elasticache.store import ElastiCacheStore, Resource, bad_value, marked, tags_of
from tests.emulator.wire import Document, Operation, error


def _known(store: ElastiCacheStore) -> dict[str, Any]:
    by_zone = ec2_backends[store.account_id][store.region].subnets
    return {subnet_id: subnet for zone in by_zone.values() for subnet_id, subnet in zone.items()}


def _subnets(store: ElastiCacheStore, ids: list[str]) -> tuple[str, list[Document]]:
    """Return the VPC of the subnets and the subnets as AWS shows them."""
    known = _known(store)
    if not ids:
        raise bad_value("The parameter SubnetIds must be provided.")
    if missing := [item for item in ids if item not in known]:
        raise error("InvalidSubnet", f"The requested subnet {missing[0]} does not exist.")
    vpcs = {known[item].vpc_id for item in ids}
    if len(vpcs) > 1:
        raise error("InvalidSubnet", f"Subnets in the group are in different VPCs: {', '.join(sorted(vpcs))}")
    shown = [
        {
            "SubnetIdentifier": item,
            "SubnetAvailabilityZone": {"Name": known[item].availability_zone},
            "SupportedNetworkTypes": ["ipv4"],
        }
        for item in ids
    ]
    return vpcs.pop(), shown


def _make(store: ElastiCacheStore, name: str, description: str, ids: list[str], tags: dict[str, str]) -> Resource:
    vpc_id, subnets = _subnets(store, ids)
    data: Document = {
        "CacheSubnetGroupName": name,
        "CacheSubnetGroupDescription": description,
        "VpcId": vpc_id,
        "Subnets": subnets,
        "ARN": store.arn("subnetgroup", name),
        "SupportedNetworkTypes": ["ipv4"],
    }
    group = Resource(data, Lifecycle("available"), tags)
    store.subnet_groups[name] = group
    return group


def make_default(store: ElastiCacheStore) -> None:
    """Make the group `default` of the default VPC's subnets, if there is a default VPC."""
    ids = [key for key, subnet in _known(store).items() if str(subnet.default_for_az).lower() == "true"]
    if ids:
        _make(store, "default", "Default CacheSubnetGroup", ids, {})


def users(store: ElastiCacheStore, name: str) -> list[str]:
    """Return the ids of the cache clusters in a subnet group."""
    return [key for key, cluster in store.clusters.items() if cluster.data.get("CacheSubnetGroupName") == name]


def create_cache_subnet_group(store: ElastiCacheStore, parameters: Document) -> Document:
    """Create a subnet group."""
    name = checks.identifier(parameters["CacheSubnetGroupName"], "CacheSubnetGroupName", 255)
    if name in store.subnet_groups:
        raise error("CacheSubnetGroupAlreadyExists", f"Cache subnet group {name} already exists.")
    group = _make(store, name, parameters["CacheSubnetGroupDescription"], parameters["SubnetIds"], tags_of(parameters))
    return {"CacheSubnetGroup": group.data}


def describe_cache_subnet_groups(store: ElastiCacheStore, parameters: Document) -> Document:
    """Return one subnet group or all of them."""
    if name := parameters.get("CacheSubnetGroupName"):
        return {"CacheSubnetGroups": [store.subnet_group(name.lower()).data]}
    groups, marker = marked([group.data for group in store.subnet_groups.values()], parameters)
    return {"CacheSubnetGroups": groups, "Marker": marker}


def modify_cache_subnet_group(store: ElastiCacheStore, parameters: Document) -> Document:
    """Change the description or the subnets, except those that a cache node is in."""
    name = parameters["CacheSubnetGroupName"].lower()
    group = store.subnet_group(name)
    if description := parameters.get("CacheSubnetGroupDescription"):
        group.data["CacheSubnetGroupDescription"] = description
    if ids := parameters.get("SubnetIds"):
        vpc_id, subnets = _subnets(store, ids)
        in_use = users(store, name)
        if in_use and vpc_id != group.data["VpcId"]:
            raise error("InvalidSubnet", f"The new subnets are not in the same VPC as the existing subnet group: {group.data['VpcId']}")
        left = {subnet["SubnetAvailabilityZone"]["Name"] for subnet in subnets}
        for cluster_id in in_use:
            for node in store.clusters[cluster_id].nodes:
                if node["CustomerAvailabilityZone"] not in left:
                    raise error("SubnetInUse", f"Some subnets are currently in use by cache cluster {cluster_id}.")
        group.data.update({"VpcId": vpc_id, "Subnets": subnets})
    return {"CacheSubnetGroup": group.data}


def delete_cache_subnet_group(store: ElastiCacheStore, parameters: Document) -> None:
    """Delete a subnet group that no cluster is in."""
    name = parameters["CacheSubnetGroupName"].lower()
    store.subnet_group(name)
    if name == "default":
        raise bad_value("The default cache subnet group cannot be deleted.")
    if in_use := users(store, name):
        raise error("CacheSubnetGroupInUse", f"Cache subnet group {name} is currently in use by cache cluster {in_use[0]}.")
    del store.subnet_groups[name]


OPERATIONS: Final[dict[str, Operation]] = {
    "CreateCacheSubnetGroup": create_cache_subnet_group,
    "DescribeCacheSubnetGroups": describe_cache_subnet_groups,
    "ModifyCacheSubnetGroup": modify_cache_subnet_group,
    "DeleteCacheSubnetGroup": delete_cache_subnet_group,
}
