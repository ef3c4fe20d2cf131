# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads everything that an account holds and takes away what differs by chance, so that two accounts can be compared.

`snapshot` gives each resource as `describe` shows it, with

* ids replaced by what they identify (`vpc-0a1b…` becomes `<vpc speckle-cluster-vpc>`), wherever they appear,
* times, public and interface addresses, generated suffixes and request ids replaced by a word,
* lists sorted.
"""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

ClientFactory = Callable[[str], Any]
Resource = dict[str, Any]
Snapshot = dict[str, list[Resource]]
"""The resources by kind, such as `ec2 vpcs`."""

# What one call lists whole: service, operation (of boto3), key of the answer, arguments.
_LISTED: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
    ("ec2", "describe_vpcs", "Vpcs", {}),
    ("ec2", "describe_subnets", "Subnets", {}),
    ("ec2", "describe_route_tables", "RouteTables", {}),
    ("ec2", "describe_internet_gateways", "InternetGateways", {}),
    ("ec2", "describe_nat_gateways", "NatGateways", {}),
    ("ec2", "describe_addresses", "Addresses", {}),
    ("ec2", "describe_security_groups", "SecurityGroups", {}),
    ("ec2", "describe_network_acls", "NetworkAcls", {}),
    ("ec2", "describe_vpc_endpoints", "VpcEndpoints", {}),
    ("ec2", "describe_flow_logs", "FlowLogs", {}),
    ("ec2", "describe_launch_templates", "LaunchTemplates", {}),
    ("iam", "list_roles", "Roles", {}),
    ("iam", "list_instance_profiles", "InstanceProfiles", {}),
    ("iam", "list_policies", "Policies", {"Scope": "Local"}),
    ("iam", "list_open_id_connect_providers", "OpenIDConnectProviderList", {}),
    ("kms", "list_aliases", "Aliases", {}),
    ("secretsmanager", "list_secrets", "SecretList", {}),
    ("s3", "list_buckets", "Buckets", {}),
    ("rds", "describe_db_instances", "DBInstances", {}),
    ("rds", "describe_db_subnet_groups", "DBSubnetGroups", {}),
    ("rds", "describe_db_parameter_groups", "DBParameterGroups", {}),
    ("elasticache", "describe_replication_groups", "ReplicationGroups", {}),
    ("elasticache", "describe_cache_clusters", "CacheClusters", {}),
    ("elasticache", "describe_cache_subnet_groups", "CacheSubnetGroups", {}),
    ("logs", "describe_log_groups", "logGroups", {}),
    ("logs", "describe_metric_filters", "metricFilters", {}),
    ("cloudwatch", "describe_alarms", "MetricAlarms", {}),
    ("cloudwatch", "list_dashboards", "DashboardEntries", {}),
    ("sns", "list_topics", "Topics", {}),
    ("route53", "list_hosted_zones", "HostedZones", {}),
    ("acm", "list_certificates", "CertificateSummaryList", {}),
    ("backup", "list_backup_vaults", "BackupVaultList", {}),
    ("backup", "list_backup_plans", "BackupPlansList", {}),
    ("resourcegroupstaggingapi", "get_resources", "ResourceTagMappingList", {}),
)

# What is asked about each listed resource: list operation, operation, the answer's key ("" for all of it), arguments from the resource.
_DETAILS: tuple[tuple[str, str, str, Callable[[Resource], dict[str, Any]]], ...] = (
    ("list_roles", "list_attached_role_policies", "AttachedPolicies", lambda role: {"RoleName": role["RoleName"]}),
    ("list_roles", "list_role_policies", "PolicyNames", lambda role: {"RoleName": role["RoleName"]}),
    ("list_roles", "list_role_tags", "Tags", lambda role: {"RoleName": role["RoleName"]}),
    (
        "list_policies",
        "get_policy_version",
        "PolicyVersion",
        lambda policy: {"PolicyArn": policy["Arn"], "VersionId": policy["DefaultVersionId"]},
    ),
    (
        "list_open_id_connect_providers",
        "get_open_id_connect_provider",
        "",
        lambda provider: {"OpenIDConnectProviderArn": provider["Arn"]},
    ),
    ("list_buckets", "get_bucket_versioning", "", lambda bucket: {"Bucket": bucket["Name"]}),
    ("list_buckets", "get_bucket_encryption", "ServerSideEncryptionConfiguration", lambda bucket: {"Bucket": bucket["Name"]}),
    ("list_buckets", "get_public_access_block", "PublicAccessBlockConfiguration", lambda bucket: {"Bucket": bucket["Name"]}),
    ("list_buckets", "get_bucket_lifecycle_configuration", "Rules", lambda bucket: {"Bucket": bucket["Name"]}),
    ("list_buckets", "get_bucket_policy", "Policy", lambda bucket: {"Bucket": bucket["Name"]}),
    ("list_buckets", "get_bucket_cors", "CORSRules", lambda bucket: {"Bucket": bucket["Name"]}),
    ("list_buckets", "get_bucket_tagging", "TagSet", lambda bucket: {"Bucket": bucket["Name"]}),
    ("list_topics", "get_topic_attributes", "Attributes", lambda topic: {"TopicArn": topic["TopicArn"]}),
    ("list_dashboards", "get_dashboard", "DashboardBody", lambda dashboard: {"DashboardName": dashboard["DashboardName"]}),
    ("list_hosted_zones", "list_resource_record_sets", "ResourceRecordSets", lambda zone: {"HostedZoneId": zone["Id"]}),
    ("list_certificates", "describe_certificate", "Certificate", lambda one: {"CertificateArn": one["CertificateArn"]}),
    ("list_backup_plans", "get_backup_plan", "BackupPlan", lambda plan: {"BackupPlanId": plan["BackupPlanId"]}),
    ("list_backup_plans", "list_backup_selections", "BackupSelectionsList", lambda plan: {"BackupPlanId": plan["BackupPlanId"]}),
)

# Keys that identify a resource, with the first of these that names it.
_IDS = re.compile(r"^(?:[A-Za-z]*(?:Id|ID)|Id|Arn|ARN|id|arn)$")
_NAMES = ("GroupName", "RoleName", "Name", "AliasName", "TopicName", "PublicIp", "CidrBlock", "name")

_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_GENERATED_ID = re.compile(rf"[a-z]+-[0-9a-f]{{8,17}}|{_UUID}")
_ADDRESS = re.compile(r"\b(?:\d{1,3}\.){3}\d{1,3}\b(?!/)")
# What services make up within a text, and the word that takes its place.
_MADE_UP: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?"), "<time>"),
    (re.compile(_UUID), "<uuid>"),
    (re.compile(r"\b([a-z]+)-[0-9a-f]{8}(?:[0-9a-f]{9})?\b"), r"<\1>"),
    (re.compile(r"(:secret:[^\s\"]+)-[A-Za-z0-9]{6}\b"), r"\1-<suffix>"),
    (re.compile(r"(/hostedzone/)[A-Z0-9]+"), r"\1<zone>"),
    # EKS: the cluster's own security group, the endpoint, the issuer of tokens.
    (re.compile(r"(eks-cluster-sg-[\w-]+?)-\d{6,}"), r"\1-<suffix>"),
    (re.compile(r"\b[0-9A-F]{32}(?:\.[a-z0-9]{3}(?=\.))?"), "<id>"),
    # ElastiCache: a part of every endpoint.
    (re.compile(r"\.[a-z0-9]{6}(?=\.(?:ng\.)?(?:0001\.)?[a-z0-9]+\.cache\.)"), ".<account>"),
    # RDS: the first automated snapshot.
    (re.compile(r"(:snapshot:rds:[\w-]+?)-\d{4}(?:-\d\d){4}"), r"\1-<time>"),
)
_CHOSEN_BY_AWS = {"elasticache": ("SnapshotWindow", "PreferredMaintenanceWindow")}
"""By service: keys that AWS fills by chance where nobody asks for a value."""
_BY_CHANCE: dict[str, str] = {
    "ResponseMetadata": "",
    "RoleId": "<generated>",
    "PolicyId": "<generated>",
    "InstanceProfileId": "<generated>",
    "SecretVersionsToStages": "<generated>",
    "DbiResourceId": "<generated>",
    "CallerReference": "<generated>",
    "Serial": "<generated>",
    "certificateAuthority": "<generated>",
    "PublicIp": "<address>",
    "PrivateIp": "<address>",
    "PrivateIpAddress": "<address>",
    "VersionId": "<generated>",
    "CreatorRequestId": "<generated>",
    "clientRequestToken": "<generated>",
    "creationTime": "<time>",
}


def snapshot(client: ClientFactory) -> Snapshot:
    """Return everything that the account holds, by kind and in a fixed order, without what differs by chance."""
    found = dict(_read(client))
    names = _names_of_ids(found)
    return {kind: sorted((_stripped(resource, names) for resource in resources), key=_order) for kind, resources in found.items()}


def differences(first: Snapshot, second: Snapshot) -> list[str]:
    """Return a line for each resource that only one of the accounts holds (a changed one gives two)."""
    lines = []
    for kind in sorted({*first, *second}):
        ours, theirs = ([_order(resource) for resource in each.get(kind, [])] for each in (first, second))
        lines += [f"only in the first: {kind} {resource}" for resource in ours if resource not in theirs]
        lines += [f"only in the second: {kind} {resource}" for resource in theirs if resource not in ours]
        if not lines and len(ours) != len(theirs):
            lines.append(f"{kind}: {len(ours)} in the first, {len(theirs)} in the second")
    return lines


def _read(client: ClientFactory) -> Iterator[tuple[str, list[Resource]]]:
    for service, operation, key, arguments in _LISTED:
        resources = [dict(resource) for resource in _all(client(service), operation, key, arguments)]
        for resource in resources:
            resource.update({chosen: "<chosen by AWS>" for chosen in _CHOSEN_BY_AWS.get(service, ()) if chosen in resource})
            for listed, detail, inner, given in _DETAILS:
                if listed == operation:
                    resource[detail] = _detail(client(service), detail, inner, given(resource))
        yield f"{service} {operation.partition('_')[2]}", resources
    yield "eks clusters", list(_clusters(client("eks")))


def _clusters(eks: Any) -> Iterator[Resource]:
    for name in _all(eks, "list_clusters", "clusters", {}):
        cluster = {"clusterName": name}
        groups = [
            eks.describe_nodegroup(**cluster, nodegroupName=each)["nodegroup"]
            for each in _all(eks, "list_nodegroups", "nodegroups", cluster)
        ]
        addons = [eks.describe_addon(**cluster, addonName=each)["addon"] for each in _all(eks, "list_addons", "addons", cluster)]
        access = _all(eks, "list_access_entries", "accessEntries", cluster)
        described = eks.describe_cluster(name=name)["cluster"]
        yield {**described, "nodegroups": groups, "addons": addons, "access": sorted(access)}


def _all(client: Any, operation: str, key: str, arguments: Mapping[str, Any]) -> list[Any]:
    if client.can_paginate(operation):
        return [item for page in client.get_paginator(operation).paginate(**arguments) for item in page.get(key, [])]
    return list(getattr(client, operation)(**arguments)[key])


def _detail(client: Any, operation: str, key: str, arguments: Mapping[str, Any]) -> Any:
    from botocore.exceptions import ClientError

    try:
        if client.can_paginate(operation):
            return _all(client, operation, key, arguments)
        answer = getattr(client, operation)(**arguments)
    except ClientError as error:
        # Such as a bucket without a policy: that it has none is what both accounts must agree on.
        return error.response["Error"]["Code"]
    return answer[key] if key else answer


def _names_of_ids(found: Mapping[str, Iterable[Resource]]) -> dict[str, str]:
    """Return a readable name for each id of a listed resource."""
    names: dict[str, str] = {}
    for kind, resources in found.items():
        for resource in resources:
            tags = {tag.get("Key"): tag.get("Value") for tag in resource.get("Tags") or [] if isinstance(tag, Mapping)}
            name = tags.get("Name") or next((resource[key] for key in _NAMES if isinstance(resource.get(key), str)), None)
            own = [value for key, value in resource.items() if _IDS.match(key) and isinstance(value, str)]
            # The first id is the resource's own, where it is generated; others are of what it belongs to.
            for value in own:
                if name and _GENERATED_ID.fullmatch(value.rpartition("/")[2]):
                    short = value.rpartition("/")[2]
                    if kind.startswith("ec2") and not _belongs(kind, short):
                        continue
                    names.setdefault(short, f"<{kind.partition(' ')[2].rstrip('s')} {name}>")
    return names


def _belongs(kind: str, value: str) -> bool:
    """Return whether an EC2 id is of this kind of resource, by its prefix."""
    prefixes = {
        "vpcs": "vpc",
        "subnets": "subnet",
        "route_tables": "rtb",
        "internet_gateways": "igw",
        "nat_gateways": "nat",
        "addresses": "eipalloc",
        "security_groups": "sg",
        "network_acls": "acl",
        "vpc_endpoints": "vpce",
        "flow_logs": "fl",
        "launch_templates": "lt",
    }
    return value.startswith(f"{prefixes.get(kind.partition(' ')[2], '?')}-")


def _stripped(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, Mapping):
        return {_text(key, names): _BY_CHANCE[key] if key in _BY_CHANCE else _stripped(item, names) for key, item in value.items()}
    if isinstance(value, list):
        return sorted((_stripped(item, names) for item in value), key=_order)
    if isinstance(value, datetime.datetime):
        return "<time>"
    if isinstance(value, str):
        return _text(value, names)
    return value


def _text(text: str, names: Mapping[str, str]) -> str:
    for known in (word for word in re.findall(r"[A-Za-z0-9-]{8,}", text) if word in names):
        text = text.replace(known, names[known])
    for pattern, word in _MADE_UP:
        text = pattern.sub(word, text)
    return text if re.search(r"[/\"]", text) else _ADDRESS.sub("<address>", text)


def _order(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=str)
