# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the writes of services other than EC2 change, where a row of the table cannot say it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from ansible_collections.stratum.aws.plugins.plugin_utils.changes import _current_tags
from ansible_collections.stratum.aws.plugins.plugin_utils.changes._current_compare import (
    ABSENT,
    PRESENT,
    SENSITIVE,
    Change,
    Manner,
    compare,
    words,
)
from ansible_collections.stratum.aws.plugins.plugin_utils.changes._current_reader import Reader
from ansible_collections.stratum.aws.plugins.plugin_utils.changes._current_rows import Rule

Given = Mapping[str, Any]
_PARTIAL: Final = Manner(whole=False)


def _first(items: Any) -> Any:
    return (items or [{}])[0]


def _member(read_operation: str, items: str, field: str, parameter: str, name: str, *, joins: bool) -> Rule:
    """Return the rule for something that joins or leaves a list of the resource, said as `<name> <what>`."""

    def rule(read: Reader, given: Given) -> Iterator[Change]:
        shape = read.client.meta.service_model.operation_model(read_operation).input_shape
        asked = {key: value for key, value in given.items() if key in shape.members and key != parameter}
        found = read(read_operation, all_pages=True, **asked).get(items) or []
        there = given[parameter] in [item.get(field) if isinstance(item, Mapping) else item for item in found]
        if joins and not there:
            yield Change(f"{name} {given[parameter]}", ABSENT, PRESENT)
        elif there and not joins:
            yield Change(f"{name} {given[parameter]}", PRESENT, ABSENT)

    return rule


def _managed_policy(read: Reader, given: Given) -> Iterator[Change]:
    default = read("GetPolicy", PolicyArn=given["PolicyArn"]).get("Policy", {}).get("DefaultVersionId")
    current = read("GetPolicyVersion", PolicyArn=given["PolicyArn"], VersionId=default) if default else {}
    old = current.get("PolicyVersion", {}).get("Document", ABSENT)
    yield from compare(old, given["PolicyDocument"], "policy", Manner())


def _removed_version(_read: Reader, given: Given) -> Iterator[Change]:
    yield Change(f"policy version {given['VersionId']}", PRESENT, ABSENT)


def _profile_role(read: Reader, given: Given) -> Iterator[Change]:
    profile = read("GetInstanceProfile", InstanceProfileName=given["InstanceProfileName"]).get("InstanceProfile", {})
    current = _first(profile.get("Roles")).get("RoleName", ABSENT)
    yield from compare(current, given["RoleName"], "role", Manner())


def _profile_role_removed(_read: Reader, given: Given) -> Iterator[Change]:
    yield Change("role", given["RoleName"], ABSENT)


def _parameters(read_operation: str, name: str, given_list: str) -> Rule:
    """Return the rule for parameter groups; a parameter without a value goes back to its default."""

    def rule(read: Reader, given: Given) -> Iterator[Change]:
        answer = read(read_operation, all_pages=True, **{name: given[name]})
        found = {each.get("ParameterName"): each for each in answer.get("Parameters") or []}
        listed = given.get(given_list) or []
        if given.get("ResetAllParameters"):
            listed = [{"ParameterName": key} for key, each in found.items() if each.get("Source") == "user"]
        for each in listed:
            old = found.get(each["ParameterName"], {}).get("ParameterValue", ABSENT)
            yield from compare(old, each.get("ParameterValue", ABSENT), f"parameters.{each['ParameterName']}", Manner())

    return rule


def _database_role(joins: bool) -> Rule:
    def rule(read: Reader, given: Given) -> Iterator[Change]:
        answer = read("DescribeDBInstances", DBInstanceIdentifier=given["DBInstanceIdentifier"])
        roles = _first(answer.get("DBInstances")).get("AssociatedRoles") or []
        old = next((role["RoleArn"] for role in roles if role.get("FeatureName") == given.get("FeatureName")), ABSENT)
        yield from compare(old, given["RoleArn"] if joins else ABSENT, f"role for {given.get('FeatureName')}", Manner())

    return rule


def log_exports(current: Given, given: Given) -> Iterator[Change]:
    """Yield what becomes of the logs that a database exports."""
    wanted = given.get("CloudwatchLogsExportConfiguration") or {}
    old = current.get("EnabledCloudwatchLogsExports") or []
    new = [each for each in old if each not in wanted.get("DisableLogTypes", [])]
    new += [each for each in wanted.get("EnableLogTypes", []) if each not in new]
    yield from compare(old, new, "enabled_cloudwatch_logs_exports", Manner())


# Parameters of a replication group that AWS answers with its member clusters, or spells otherwise.
_OF_GROUP: Final = {
    "ReplicationGroupDescription": "Description",
    "AutomaticFailoverEnabled": "AutomaticFailover",
    "MultiAZEnabled": "MultiAZ",
}
_NOT_OF_GROUP: Final = frozenset(
    {"ReplicationGroupId", "ApplyImmediately", "AuthTokenUpdateStrategy", "NodeGroupId", "PrimaryClusterId", "CacheSecurityGroupNames"}
)


def _replication_group(read: Reader, given: Given) -> Iterator[Change]:
    group = _first(read("DescribeReplicationGroups", ReplicationGroupId=given["ReplicationGroupId"]).get("ReplicationGroups"))
    members = group.get("MemberClusters") or []
    clusters = read("DescribeCacheClusters", CacheClusterId=members[0]).get("CacheClusters") if members else []
    cluster = _first(clusters)
    topic = cluster.get("NotificationConfiguration") or {}
    current = {
        **cluster,
        **group,
        "SecurityGroupIds": [each.get("SecurityGroupId") for each in cluster.get("SecurityGroups") or []],
        "CacheParameterGroupName": (cluster.get("CacheParameterGroup") or {}).get("CacheParameterGroupName"),
        "NotificationTopicArn": topic.get("TopicArn"),
        "NotificationTopicStatus": topic.get("TopicStatus"),
    }
    users = current.get("UserGroupIds") or []
    for key, value in given.items():
        if key in _NOT_OF_GROUP or key.startswith("UserGroupIds") or key == "RemoveUserGroups":
            continue
        old = current.get(_OF_GROUP.get(key, key), ABSENT)
        old = {"enabled": True, "disabled": False}.get(old, old) if isinstance(old, str) and key in _OF_GROUP else old
        if key == "EngineVersion" and isinstance(old, str) and _is_same_version(old, value):
            continue
        if key == "LogDeliveryConfigurations":
            yield from _log_delivery(old, value)
        else:
            yield from compare(old, value, words(key), _PARTIAL)
    gone = users if given.get("RemoveUserGroups") else given.get("UserGroupIdsToRemove", [])
    new = [each for each in users if each not in gone] + [each for each in given.get("UserGroupIdsToAdd", []) if each not in users]
    yield from compare(users, new, "user_group_ids", Manner())


def _is_same_version(old: str, new: str) -> bool:
    """Return whether 7.1 is asked for where 7.1.0 runs."""
    return old == new or old.startswith(f"{new}.")


def _log_delivery(old: Any, new: Any) -> Iterator[Change]:
    found = {each.get("LogType"): each for each in (old if isinstance(old, list) else [])}
    for each in new:
        kind = each.get("LogType")
        wanted = ABSENT if each.get("Enabled") is False else {key: item for key, item in each.items() if key not in ("LogType", "Enabled")}
        yield from compare(found.get(kind, ABSENT), wanted, f"log_delivery.{kind}", _PARTIAL)


def _replicas(read: Reader, given: Given) -> Iterator[Change]:
    group = _first(read("DescribeReplicationGroups", ReplicationGroupId=given["ReplicationGroupId"]).get("ReplicationGroups"))
    shards = group.get("NodeGroups") or []
    if "NewReplicaCount" in given:
        old = len(_first(shards).get("NodeGroupMembers") or []) - 1
        if shards and old != given["NewReplicaCount"]:
            yield Change("replicas", old, given["NewReplicaCount"])
    for each in given.get("ReplicaConfiguration") or []:
        shard: Given = next((one for one in shards if one.get("NodeGroupId") == each["NodeGroupId"]), {})
        old = len(shard.get("NodeGroupMembers") or []) - 1
        if old != each["NewReplicaCount"]:
            yield Change(f"replicas of {each['NodeGroupId']}", old, each["NewReplicaCount"])


def _attribute(read_operation: str, parameter: str) -> Rule:
    """Return the rule for SNS, which sets one attribute per call."""

    def rule(read: Reader, given: Given) -> Iterator[Change]:
        attributes = read(read_operation, **{parameter: given[parameter]}).get("Attributes", {})
        key = given["AttributeName"]
        yield from compare(attributes.get(key, ABSENT), given.get("AttributeValue", ABSENT), words(key), Manner())

    return rule


def _subscribe(read: Reader, given: Given) -> Iterator[Change]:
    found = read("ListSubscriptionsByTopic", all_pages=True, TopicArn=given["TopicArn"]).get("Subscriptions") or []
    key = (given["Protocol"], given.get("Endpoint"))
    if key not in [(each.get("Protocol"), each.get("Endpoint")) for each in found]:
        yield Change(f"subscription {key[0]} {key[1]}", ABSENT, PRESENT)


def _unsubscribe(read: Reader, given: Given) -> Iterator[Change]:
    found = read("GetSubscriptionAttributes", SubscriptionArn=given["SubscriptionArn"]).get("Attributes") or {}
    name = f"{found.get('Protocol', '')} {found.get('Endpoint', given['SubscriptionArn'])}".strip()
    yield Change(f"subscription {name}", PRESENT, ABSENT)


def _queue_attributes(read: Reader, given: Given) -> Iterator[Change]:
    """Yield what becomes of a queue's attributes; an empty one goes."""
    current = read("GetQueueAttributes", QueueUrl=given["QueueUrl"], AttributeNames=["All"]).get("Attributes") or {}
    for key, value in given["Attributes"].items():
        yield from compare(current.get(key, ABSENT), value or ABSENT, f"attributes.{words(key)}", Manner())


def _alias(gone: bool) -> Rule:
    def rule(read: Reader, given: Given) -> Iterator[Change]:
        aliases = read("ListAliases", all_pages=True).get("Aliases") or []
        old = next((each.get("TargetKeyId", ABSENT) for each in aliases if each.get("AliasName") == given["AliasName"]), ABSENT)
        new = ABSENT if gone else given["TargetKeyId"].rsplit("/", 1)[-1]
        yield from compare(old, new, str(given["AliasName"]), Manner())

    return rule


def _rotation(read: Reader, given: Given) -> Iterator[Change]:
    current = read("GetKeyRotationStatus", KeyId=given["KeyId"])
    if not current.get("KeyRotationEnabled"):
        yield Change("key_rotation", False, True)
    if "RotationPeriodInDays" in given:
        old = current.get("RotationPeriodInDays", ABSENT)
        yield from compare(old, given["RotationPeriodInDays"], "rotation_period_in_days", Manner())


def _fixed(read_operation: str, path: tuple[str, ...], name: str, new: Any) -> Rule:
    """Return the rule for a write whose name alone says the new value, such as KMS's `DisableKey`."""

    def rule(read: Reader, given: Given) -> Iterator[Change]:
        value: Any = read(read_operation, KeyId=given["KeyId"])
        for each in path:
            value = (value or {}).get(each)
        if value != new:
            yield Change(name, ABSENT if value is None else value, new)

    return rule


def _grant(read: Reader, given: Given) -> Iterator[Change]:
    grants = read("ListGrants", all_pages=True, KeyId=given["KeyId"]).get("Grants") or []
    old = next((each.get("Operations", ABSENT) for each in grants if given.get("Name") and each.get("Name") == given["Name"]), ABSENT)
    yield from compare(old, given["Operations"], f"grant {given.get('Name') or given.get('GranteePrincipal', '')}".strip(), Manner())


def _secret_tags(gone: bool) -> Rule:
    def rule(read: Reader, given: Given) -> Iterator[Change]:
        current = _current_tags.mapping(read("DescribeSecret", SecretId=given["SecretId"]).get("Tags"))
        if gone:
            yield from _current_tags.removed(current, given["TagKeys"])
        else:
            yield from _current_tags.differing(current, _current_tags.mapping(given["Tags"]))

    return rule


def _secret_value(_read: Reader, _given: Given) -> Iterator[Change]:
    yield Change("secret_value", SENSITIVE, SENSITIVE)


def _zone_tags(read: Reader, given: Given) -> Iterator[Change]:
    answer = read("ListTagsForResource", ResourceType=given["ResourceType"], ResourceId=given["ResourceId"])
    current = _current_tags.mapping(answer.get("ResourceTagSet", {}).get("Tags"))
    yield from _current_tags.differing(current, _current_tags.mapping(given.get("AddTags")))
    yield from _current_tags.removed(current, given.get("RemoveTagKeys") or [])


def _zone_network(joins: bool) -> Rule:
    def rule(read: Reader, given: Given) -> Iterator[Change]:
        vpcs = [each.get("VPCId") for each in read("GetHostedZone", Id=given["HostedZoneId"]).get("VPCs") or []]
        vpc = given["VPC"]["VPCId"]
        if (vpc in vpcs) is not joins:
            yield Change(f"VPC {vpc}", ABSENT if joins else PRESENT, PRESENT if joins else ABSENT)

    return rule


def _record(given: Given) -> dict[str, Any]:
    """Return what a record says, without what names it; values as one list."""
    apart = ("Name", "Type", "SetIdentifier", "ResourceRecords", "AliasTarget")
    record = {words(key): value for key, value in given.items() if key not in apart}
    if given.get("ResourceRecords"):
        record["values"] = [each["Value"] for each in given["ResourceRecords"]]
    if given.get("AliasTarget"):
        alias = given["AliasTarget"]
        record["alias"] = f"{alias.get('DNSName', '').rstrip('.').lower()} ({alias.get('HostedZoneId')})"
        record["evaluate_target_health"] = alias.get("EvaluateTargetHealth", False)
    return record


def _record_key(record: Given) -> tuple[str, Any, Any]:
    name = str(record.get("Name", "")).rstrip(".").lower().replace("\\052", "*")
    return name, record.get("Type"), record.get("SetIdentifier")


def _records(read: Reader, given: Given) -> Iterator[Change]:
    for change in given["ChangeBatch"]["Changes"]:
        record = change["ResourceRecordSet"]
        key = _record_key(record)
        asked = {"StartRecordName": record["Name"], "StartRecordType": record["Type"]}
        if key[2]:
            asked["StartRecordIdentifier"] = key[2]
        found = read("ListResourceRecordSets", HostedZoneId=given["HostedZoneId"], **asked).get("ResourceRecordSets") or []
        current = next((each for each in found if _record_key(each) == key), None)
        name = " ".join(["record", *(str(part) for part in key if part)])
        new = ABSENT if change["Action"] == "DELETE" else _record(record)
        yield from compare(ABSENT if current is None else _record(current), new, name, Manner())


def _cluster_config(read: Reader, given: Given) -> Iterator[Change]:
    cluster = read("DescribeCluster", name=given["name"]).get("cluster", {})
    for key, value in given.items():
        if key == "logging":
            old, new = _log_types(cluster.get("logging")), _log_types(value)
            yield from compare(old, new, "logging", _PARTIAL)
        elif key not in ("name", "clientRequestToken"):
            shape = read.client.meta.service_model.operation_model("UpdateClusterConfig").input_shape.members[key]
            yield from compare(cluster.get(key, ABSENT), value, words(key), _PARTIAL, shape)


def _log_types(logging: Any) -> dict[str, bool]:
    setups = (logging or {}).get("clusterLogging") or []
    return {kind: bool(setup.get("enabled")) for setup in setups for kind in setup.get("types") or []}


def _nodegroup_config(read: Reader, given: Given) -> Iterator[Change]:
    answer = read("DescribeNodegroup", clusterName=given["clusterName"], nodegroupName=given["nodegroupName"])
    current = answer.get("nodegroup", {})
    old = current.get("labels") or {}
    labels = given.get("labels") or {}
    new = {key: value for key, value in old.items() if key not in (labels.get("removeLabels") or [])}
    yield from compare(old, {**new, **(labels.get("addOrUpdateLabels") or {})}, "labels", Manner())
    taints = given.get("taints") or {}
    olds = {_taint(each): each.get("value") or PRESENT for each in current.get("taints") or []}
    news = {key: value for key, value in olds.items() if key not in [_taint(each) for each in taints.get("removeTaints") or []]}
    news.update({_taint(each): each.get("value") or PRESENT for each in taints.get("addOrUpdateTaints") or []})
    for key in [*olds, *(key for key in news if key not in olds)]:
        if olds.get(key, ABSENT) != news.get(key, ABSENT):
            yield Change(f"taint {key}", olds.get(key, ABSENT), news.get(key, ABSENT))
    shape = read.client.meta.service_model.operation_model("UpdateNodegroupConfig").input_shape
    for key, value in given.items():
        if key not in ("clusterName", "nodegroupName", "clientRequestToken", "labels", "taints"):
            yield from compare(current.get(key, ABSENT), value, words(key), _PARTIAL, shape.members[key])


def _taint(taint: Given) -> str:
    return f"{taint.get('key')}:{taint.get('effect')}"


def _access_policy(joins: bool) -> Rule:
    def rule(read: Reader, given: Given) -> Iterator[Change]:
        asked = {"clusterName": given["clusterName"], "principalArn": given["principalArn"]}
        found = read("ListAssociatedAccessPolicies", all_pages=True, **asked).get("associatedAccessPolicies") or []
        old = next((each.get("accessScope") for each in found if each.get("policyArn") == given["policyArn"]), ABSENT)
        name = f"access policy {given['policyArn'].rsplit('/', 1)[-1]}"
        yield from compare(_scope(old), _scope(given["accessScope"]) if joins else ABSENT, name, Manner())

    return rule


def _scope(scope: Any) -> Any:
    """Return the scope of an access policy in words: `cluster`, or the names of the namespaces."""
    if scope is ABSENT:
        return ABSENT
    return scope.get("type") if not scope.get("namespaces") else f"namespaces {', '.join(sorted(scope['namespaces']))}"


def _access_key(read: Reader, given: Given) -> Iterator[Change]:
    asked = {"UserName": given["UserName"]} if given.get("UserName") else {}
    found = read("ListAccessKeys", all_pages=True, **asked).get("AccessKeyMetadata") or []
    old = next((each["Status"] for each in found if each["AccessKeyId"] == given["AccessKeyId"]), ABSENT)
    yield from compare(old, given.get("Status", ABSENT), f"access key {given['AccessKeyId']}", Manner())


_DATABASE: Final = ("DescribeDBParameters", "DBParameterGroupName", "Parameters")
_CACHE: Final = ("DescribeCacheParameters", "CacheParameterGroupName", "ParameterNameValues")
_ATTACHED: Final = ("ListAttachedRolePolicies", "AttachedPolicies", "PolicyArn", "PolicyArn", "attached policy")
_ATTACHED_TO_USER: Final = ("ListAttachedUserPolicies", *_ATTACHED[1:])
_CLIENTS: Final = ("GetOpenIDConnectProvider", "ClientIDList", "", "ClientID", "client")

RULES: Final[dict[str, Rule]] = {
    "eks:AssociateAccessPolicy": _access_policy(True),
    "eks:DisassociateAccessPolicy": _access_policy(False),
    "eks:UpdateClusterConfig": _cluster_config,
    "eks:UpdateNodegroupConfig": _nodegroup_config,
    "elasticache:DecreaseReplicaCount": _replicas,
    "elasticache:IncreaseReplicaCount": _replicas,
    "elasticache:ModifyCacheParameterGroup": _parameters(*_CACHE),
    "elasticache:ModifyReplicationGroup": _replication_group,
    "elasticache:ResetCacheParameterGroup": _parameters(*_CACHE),
    "iam:AddClientIDToOpenIDConnectProvider": _member(*_CLIENTS, joins=True),
    "iam:AddRoleToInstanceProfile": _profile_role,
    "iam:AttachRolePolicy": _member(*_ATTACHED, joins=True),
    "iam:AttachUserPolicy": _member(*_ATTACHED_TO_USER, joins=True),
    "iam:CreatePolicyVersion": _managed_policy,
    "iam:DeleteAccessKey": _access_key,
    "iam:DeletePolicyVersion": _removed_version,
    "iam:DetachRolePolicy": _member(*_ATTACHED, joins=False),
    "iam:DetachUserPolicy": _member(*_ATTACHED_TO_USER, joins=False),
    "iam:RemoveClientIDFromOpenIDConnectProvider": _member(*_CLIENTS, joins=False),
    "iam:RemoveRoleFromInstanceProfile": _profile_role_removed,
    "iam:UpdateAccessKey": _access_key,
    "kms:CancelKeyDeletion": _fixed("DescribeKey", ("KeyMetadata", "KeyState"), "key_state", "Disabled"),
    "kms:CreateAlias": _alias(False),
    "kms:CreateGrant": _grant,
    "kms:DeleteAlias": _alias(True),
    "kms:DisableKey": _fixed("DescribeKey", ("KeyMetadata", "Enabled"), "enabled", False),
    "kms:DisableKeyRotation": _fixed("GetKeyRotationStatus", ("KeyRotationEnabled",), "key_rotation", False),
    "kms:EnableKey": _fixed("DescribeKey", ("KeyMetadata", "Enabled"), "enabled", True),
    "kms:EnableKeyRotation": _rotation,
    "kms:UpdateAlias": _alias(False),
    "rds:AddRoleToDBInstance": _database_role(True),
    "rds:ModifyDBParameterGroup": _parameters(*_DATABASE),
    "rds:RemoveRoleFromDBInstance": _database_role(False),
    "rds:ResetDBParameterGroup": _parameters(*_DATABASE),
    "route53:AssociateVPCWithHostedZone": _zone_network(True),
    "route53:ChangeResourceRecordSets": _records,
    "route53:ChangeTagsForResource": _zone_tags,
    "route53:DisassociateVPCFromHostedZone": _zone_network(False),
    "secretsmanager:PutSecretValue": _secret_value,
    "secretsmanager:TagResource": _secret_tags(False),
    "secretsmanager:UntagResource": _secret_tags(True),
    "sns:SetSubscriptionAttributes": _attribute("GetSubscriptionAttributes", "SubscriptionArn"),
    "sns:SetTopicAttributes": _attribute("GetTopicAttributes", "TopicArn"),
    "sns:Subscribe": _subscribe,
    "sns:Unsubscribe": _unsubscribe,
    "sqs:SetQueueAttributes": _queue_attributes,
}
