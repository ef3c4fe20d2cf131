# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes that are destructive depending on their parameters, and on what these are now: a rule for each. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from ansible_collections.stratum.aws.plugins.plugin_utils.barrier._destructive_words import Caution, Parameters, deleted, thing

Before = Mapping[str, Any] | None
Rule = Callable[[Parameters, Before], Iterator[str]]

_UNKNOWN: Final = object()
_NOT_SHOWN: Final = frozenset({"UserData"})
"""Long, and may hold a secret."""


def _old(before: Before, name: str) -> Any:
    return _UNKNOWN if before is None or name not in before else before[name]


def _differs(parameters: Parameters, before: Before, name: str) -> str | None:
    """Return how a parameter changes: `(a → b)`, `(to b)` where the old value is unknown, None when it does not."""
    new = parameters.get(name)
    if new is None:
        return None
    old = _old(before, name)
    if old is not _UNKNOWN and str(old) == str(new):
        return None
    if name in _NOT_SHOWN or not isinstance(new, str | int):
        return f"({name})"
    return f"({name} to {new})" if old is _UNKNOWN else f"({name} {old} → {new})"


def _may(before: Before, name: str, certain: str, uncertain: str) -> str:
    return uncertain if _old(before, name) is _UNKNOWN else certain


def _restarts(it: str, parameters: Parameters, before: Before, names: Sequence[str]) -> Iterator[str]:
    for name in names:
        if change := _differs(parameters, before, name):
            yield f"{it} {_may(before, name, 'restarts', 'may restart')} {change}"


def _shortened(it: str, what: str, parameters: Parameters, before: Before, name: str) -> Iterator[str]:
    """Tell of a retention (days, seconds or a number) that becomes shorter; an old value of None means for ever.

    Shorter is what the inventory asks for, and goes with a caution; nothing at all is destructive.
    """
    new, old = parameters.get(name), _old(before, name)
    if not isinstance(new, int) or isinstance(new, bool):
        return
    said = str if new == 0 else Caution
    if old is _UNKNOWN:
        yield said(f"{it} may lose {what} ({name} to {new})")
    elif old is None or (isinstance(old, int) and new < old):
        yield said(f"{it} loses {what} ({name} {'unlimited' if old is None else old} → {new})")


def _unprotected(it: str, parameters: Parameters, before: Before, name: str, off: object = False) -> Iterator[str]:
    if parameters.get(name) == off and name in parameters:
        old = _old(before, name)
        if old is _UNKNOWN:
            yield Caution(f"{it} may lose its deletion protection")
        elif old != off and old is not None:
            yield Caution(f"{it} loses its deletion protection")


def _modified_instance(parameters: Parameters, before: Before) -> Iterator[str]:
    it = thing("ModifyDBInstance", parameters)
    if parameters.get("ApplyImmediately"):
        names = ("DBInstanceClass", "EngineVersion", "DBSubnetGroupName", "NewDBInstanceIdentifier", "ProcessorFeatures", "LicenseModel")
        yield from _restarts(it, parameters, before, names)
        storage, old = parameters.get("StorageType"), _old(before, "StorageType")
        if (change := _differs(parameters, before, "StorageType")) and (storage == "standard" or old in ("standard", _UNKNOWN)):
            yield f"{it} {_may(before, 'StorageType', 'is', 'may be')} interrupted {change}"
    # The port changes at once, whatever ApplyImmediately says.
    yield from _restarts(it, parameters, before, ("DBPortNumber",))
    if parameters.get("CertificateRotationRestart", True) and (change := _differs(parameters, before, "CACertificateIdentifier")):
        yield f"{it} may restart {change}"
    yield from _shortened(it, "automated backups", parameters, before, "BackupRetentionPeriod")
    yield from _unprotected(it, parameters, before, "DeletionProtection")


def _modified_cluster(parameters: Parameters, before: Before) -> Iterator[str]:
    it = thing("ModifyDBCluster", parameters)
    if parameters.get("ApplyImmediately"):
        yield from _restarts(it, parameters, before, ("EngineVersion", "DBClusterInstanceClass", "NewDBClusterIdentifier"))
    yield from _restarts(it, parameters, before, ("Port",))
    yield from _shortened(it, "automated backups", parameters, before, "BackupRetentionPeriod")
    yield from _unprotected(it, parameters, before, "DeletionProtection")


def _deleted_database(operation: str) -> Rule:
    def rule(parameters: Parameters, _before: Before) -> Iterator[str]:
        bare = " without a final snapshot" if parameters.get("SkipFinalSnapshot") else ""
        yield f"{deleted(operation, parameters)}{bare}"

    return rule


def _modified_cache(operation: str) -> Rule:
    def rule(parameters: Parameters, before: Before) -> Iterator[str]:
        it = thing(operation, parameters)
        if parameters.get("ApplyImmediately"):
            yield from _restarts(it, parameters, before, ("CacheNodeType", "Engine", "EngineVersion"))
            yield from (str(said) for said in _shortened(it, "nodes and what they hold", parameters, before, "NumCacheNodes"))
        yield from _shortened(it, "snapshots", parameters, before, "SnapshotRetentionLimit")

    return rule


def _modified_ec2_instance(parameters: Parameters, before: Before) -> Iterator[str]:
    it = f"the instance {parameters.get('InstanceId', '')}".rstrip()
    attribute = str(parameters.get("Attribute", ""))
    changed = {attribute[:1].upper() + attribute[1:]: parameters.get("Value")} if attribute else {}
    changed |= {key: value.get("Value") if isinstance(value, Mapping) else value for key, value in parameters.items() if key != "Attribute"}
    old = None if before is None else {key: value.get("Value") if isinstance(value, Mapping) else value for key, value in before.items()}
    yield from _restarts(it, changed, old, ("InstanceType", "Kernel", "Ramdisk", "UserData", "EbsOptimized", "EnaSupport"))
    yield from _unprotected(it, {**changed, **_as_boolean(changed)}, old, "DisableApiTermination")


def _as_boolean(changed: Mapping[str, Any]) -> dict[str, bool]:
    value = changed.get("DisableApiTermination")
    return {"DisableApiTermination": value.lower() == "true"} if isinstance(value, str) else {}


def _load_balancer_attributes(parameters: Parameters, before: Before) -> Iterator[str]:
    def protection(attributes: Any) -> bool | None:
        for each in attributes or ():
            if isinstance(each, Mapping) and each.get("Key") == "deletion_protection.enabled":
                return str(each.get("Value")).lower() == "true"
        return None

    if protection(parameters.get("Attributes")) is False:
        old = _old(before, "Attributes")
        known = protection(old) if isinstance(old, list | tuple) else None
        it = f"the load balancer {parameters.get('LoadBalancerArn', '')}".rstrip()
        if known is not False:
            yield Caution(f"{it} {'loses' if known else 'may lose'} its deletion protection")


def _retention(parameters: Parameters, before: Before) -> Iterator[str]:
    it = f"the log group {parameters.get('logGroupName', '')}".rstrip()
    yield from _shortened(it, "older log events", parameters, before, "retentionInDays")


def _versioning(parameters: Parameters, before: Before) -> Iterator[str]:
    configuration = parameters.get("VersioningConfiguration") or {}
    old = _old(before, "VersioningConfiguration")
    if configuration.get("Status") != "Suspended" or (old is not _UNKNOWN and (not old or old.get("Status") != "Enabled")):
        return
    keeps = "may no longer keep" if old is _UNKNOWN else "no longer keeps"
    yield Caution(f"the bucket {parameters.get('Bucket', '')} {keeps} what is overwritten or deleted (versioning suspended)")


def _lifecycle(parameters: Parameters, before: Before) -> Iterator[str]:
    """Tell of rules that delete objects, unless the account has the very same rule already."""

    def deleting(configuration: Any) -> list[Mapping[str, Any]]:
        rules = configuration.get("Rules") if isinstance(configuration, Mapping) else configuration
        return [rule for rule in rules or () if isinstance(rule, Mapping) and any("Expiration" in str(key) for key in rule)]

    old = _old(before, "LifecycleConfiguration")
    known = [] if old is _UNKNOWN else deleting(old)
    for rule in deleting(parameters.get("LifecycleConfiguration")):
        if rule.get("Status") != "Disabled" and rule not in known:
            yield Caution(f"the bucket {parameters.get('Bucket', '')} may lose objects (lifecycle rule {rule.get('ID', 'without a name')})")


def _point_in_time(parameters: Parameters, before: Before) -> Iterator[str]:
    key = "PointInTimeRecoverySpecification"
    if (parameters.get(key) or {}).get("PointInTimeRecoveryEnabled") is False:
        old = _old(before, key)
        if old is _UNKNOWN or (old or {}).get("PointInTimeRecoveryEnabled"):
            loses = "may lose" if old is _UNKNOWN else "loses"
            yield f"the table {parameters.get('TableName', '')} {loses} its continuous backups"


def _updated_table(parameters: Parameters, before: Before) -> Iterator[str]:
    it = f"the table {parameters.get('TableName', '')}".rstrip()
    yield from _unprotected(it, parameters, before, "DeletionProtectionEnabled")
    for update in parameters.get("GlobalSecondaryIndexUpdates") or ():
        if gone := update.get("Delete"):
            yield f"{it} loses the index {gone.get('IndexName', '')}"
    for update in parameters.get("ReplicaUpdates") or ():
        if gone := update.get("Delete"):
            yield f"{it} loses its replica in {gone.get('RegionName', '')}"


def _time_to_live(parameters: Parameters, before: Before) -> Iterator[str]:
    new = parameters.get("TimeToLiveSpecification") or {}
    if new.get("Enabled") and _old(before, "TimeToLiveSpecification") != new:
        yield Caution(
            f"the table {parameters.get('TableName', '')} may lose items (those whose {new.get('AttributeName', 'time')} has passed)"
        )


def _key_deletion(parameters: Parameters, _before: Before) -> Iterator[str]:
    days = parameters.get("PendingWindowInDays", 30)
    yield f"the key {parameters.get('KeyId', '')} is deleted after {days} days, and with it whatever only it can decrypt"


def _secret_deletion(parameters: Parameters, _before: Before) -> Iterator[str]:
    at_once = "at once, beyond recovery" if parameters.get("ForceDeleteWithoutRecovery") else None
    when = at_once or f"after {parameters.get('RecoveryWindowInDays', 30)} days"
    yield f"the secret {parameters.get('SecretId', '')} is deleted {when}"


def _objects(parameters: Parameters, _before: Before) -> Iterator[str]:
    objects = (parameters.get("Delete") or {}).get("Objects") or ()
    yield f"the bucket {parameters.get('Bucket', '')} loses {len(objects)} object{'' if len(objects) == 1 else 's'}"


def _object(parameters: Parameters, _before: Before) -> Iterator[str]:
    yield f"the bucket {parameters.get('Bucket', '')} loses the object {parameters.get('Key', '')}"


def _records(parameters: Parameters, _before: Before) -> Iterator[str]:
    """Tell of DNS records that are deleted and not made again by the same batch."""
    changes = (parameters.get("ChangeBatch") or {}).get("Changes") or ()

    def identity(change: Mapping[str, Any]) -> tuple[object, ...]:
        record = change.get("ResourceRecordSet") or {}
        return str(record.get("Name", "")).rstrip("."), record.get("Type"), record.get("SetIdentifier")

    made = {identity(change) for change in changes if str(change.get("Action")).upper() != "DELETE"}
    for change in changes:
        name, kind, _set = identity(change)
        if str(change.get("Action")).upper() == "DELETE" and identity(change) not in made:
            yield f"the record {name} {kind} is deleted"


def _queue(parameters: Parameters, before: Before) -> Iterator[str]:
    """Tell of a retention that is given as text, as SQS wants it."""

    def seconds(attributes: Any) -> dict[str, int]:
        text = attributes.get("MessageRetentionPeriod") if isinstance(attributes, Mapping) else None
        return {} if text is None else {"MessageRetentionPeriod": int(text)}

    it = f"the queue {parameters.get('QueueUrl', '')}"
    known = None if before is None else seconds(before.get("Attributes"))
    yield from _shortened(it, "older messages", seconds(parameters.get("Attributes")), known, "MessageRetentionPeriod")


def _address(parameters: Parameters, before: Before) -> Iterator[str]:
    """Tell of an address that leads somewhere else from now on."""
    it = f"the address {parameters.get('AllocationId') or parameters.get('PublicIp', '')}".rstrip()
    for name in ("InstanceId", "NetworkInterfaceId"):
        new, old = parameters.get(name), _old(before, name)
        if new is None or old is None or old == new:
            continue
        if old is not _UNKNOWN:
            yield f"{it} no longer leads to {old}"
        elif parameters.get("AllowReassociation"):
            yield f"{it} may no longer lead where it does"


def _image_lifecycle(parameters: Parameters, _before: Before) -> Iterator[str]:
    yield Caution(f"the repository {parameters.get('repositoryName', '')} may lose images (lifecycle policy)")


def _service(parameters: Parameters, before: Before) -> Iterator[str]:
    if parameters.get("desiredCount") == 0 and _old(before, "desiredCount") != 0:
        stops = "may stop" if _old(before, "desiredCount") is _UNKNOWN else "stops"
        yield f"the service {parameters.get('service', '')} {stops} (desiredCount to 0)"


def _off(noun: str, name: str, key: str, off: object = False) -> Rule:
    """Return a rule about deletion protection in one parameter."""

    def rule(parameters: Parameters, before: Before) -> Iterator[str]:
        yield from _unprotected(f"the {noun} {parameters.get(name, '')}".rstrip(), parameters, before, key, off)

    return rule


def _scaling_group(parameters: Parameters, before: Before) -> Iterator[str]:
    """Tell of bounds and a capacity that end instances; which ones, Auto Scaling decides."""
    it = f"the Auto Scaling group {parameters.get('AutoScalingGroupName', '')}".rstrip()
    old = _old(before, "DesiredCapacity")
    for name in ("MaxSize", "DesiredCapacity"):
        new = parameters.get(name)
        if isinstance(new, int) and (old is _UNKNOWN or (isinstance(old, int) and new < old)):
            yield f"{it} {'may end' if old is _UNKNOWN else 'ends'} instances ({name} to {new})"


def _refresh(parameters: Parameters, _before: Before) -> Iterator[str]:
    yield Caution(f"the Auto Scaling group {parameters.get('AutoScalingGroupName', '')} replaces its instances, a part of them at a time")


def _scaled(parameters: Parameters, before: Before) -> Iterator[str]:
    """Tell of a highest capacity that ends tasks, if as many run."""
    new, old = parameters.get("MaxCapacity"), _old(before, "MaxCapacity")
    if isinstance(new, int) and isinstance(old, int) and new < old:
        yield Caution(f"{parameters.get('ResourceId', 'what is scaled')} may end what runs beyond it (MaxCapacity {old} → {new})")


def _distribution(parameters: Parameters, before: Before) -> Iterator[str]:
    config = parameters.get("DistributionConfig") or {}
    if config.get("Enabled") is False and (before is None or before.get("enabled")):
        yield f"the distribution {parameters.get('Id', '')} {'may no longer answer' if before is None else 'no longer answers'} requests"


def _second_factor(parameters: Parameters, before: Before) -> Iterator[str]:
    if parameters.get("MfaConfiguration") == "OFF" and _old(before, "MfaConfiguration") != "OFF":
        yield Caution(f"the user pool {parameters.get('UserPoolId', '')} no longer asks for a second factor")


def _backed_up(parameters: Parameters, _before: Before) -> Iterator[str]:
    if (parameters.get("BackupPolicy") or {}).get("Status") == "DISABLED":
        yield Caution(f"the file system {parameters.get('FileSystemId', '')} is no longer backed up by itself")


def _concurrency(parameters: Parameters, _before: Before) -> Iterator[str]:
    if parameters.get("ReservedConcurrentExecutions") == 0:
        yield f"the function {parameters.get('FunctionName', '')} no longer runs (ReservedConcurrentExecutions to 0)"


def _imported_api(parameters: Parameters, before: Before) -> Iterator[str]:
    for name, old in (before or {}).items():
        if name.startswith("method ") and old is not None:
            yield Caution(f"the REST API {parameters.get('restApiId', '')} loses the {name}")


def _cautioned(noun: str, name: str, ending: str) -> Rule:
    """Return a rule about a call that always takes away a safety, and destroys nothing."""

    def rule(parameters: Parameters, _before: Before) -> Iterator[str]:
        yield Caution(f"the {noun} {parameters.get(name, '')} {ending}")

    return rule


RULES: Final[dict[str, Rule]] = {
    "apigateway:PutRestApi": _imported_api,
    "application-autoscaling:RegisterScalableTarget": _scaled,
    "autoscaling:SetDesiredCapacity": _scaling_group,
    "autoscaling:StartInstanceRefresh": _refresh,
    "autoscaling:UpdateAutoScalingGroup": _scaling_group,
    "cloudformation:UpdateTerminationProtection": _off("stack", "StackName", "EnableTerminationProtection"),
    "cloudfront:UpdateDistribution": _distribution,
    "cognito-idp:SetUserPoolMfaConfig": _second_factor,
    "cognito-idp:UpdateUserPool": _off("user pool", "UserPoolId", "DeletionProtection", "INACTIVE"),
    "dynamodb:UpdateContinuousBackups": _point_in_time,
    "dynamodb:UpdateTable": _updated_table,
    "dynamodb:UpdateTimeToLive": _time_to_live,
    "ec2:AssociateAddress": _address,
    "ec2:ModifyInstanceAttribute": _modified_ec2_instance,
    "ecr:PutLifecyclePolicy": _image_lifecycle,
    "ecs:UpdateService": _service,
    "efs:PutBackupPolicy": _backed_up,
    "eks:UpdateClusterConfig": _off("cluster", "name", "deletionProtection"),
    "elasticache:ModifyCacheCluster": _modified_cache("ModifyCacheCluster"),
    "elasticache:ModifyReplicationGroup": _modified_cache("ModifyReplicationGroup"),
    "elbv2:ModifyLoadBalancerAttributes": _load_balancer_attributes,
    "kms:ScheduleKeyDeletion": _key_deletion,
    "lambda:PutFunctionConcurrency": _concurrency,
    "logs:PutLogGroupDeletionProtection": _off("log group", "logGroupIdentifier", "deletionProtectionEnabled"),
    "logs:PutRetentionPolicy": _retention,
    "opensearch:UpgradeDomain": _cautioned("search domain", "DomainName", "cannot go back to its earlier version"),
    "rds:DeleteDBCluster": _deleted_database("DeleteDBCluster"),
    "rds:DeleteDBInstance": _deleted_database("DeleteDBInstance"),
    "rds:ModifyDBCluster": _modified_cluster,
    "rds:ModifyDBInstance": _modified_instance,
    "route53:ChangeResourceRecordSets": _records,
    "s3:DeleteObject": _object,
    "s3:DeleteObjects": _objects,
    "s3:PutBucketLifecycleConfiguration": _lifecycle,
    "s3:PutBucketVersioning": _versioning,
    "secretsmanager:CancelRotateSecret": _cautioned("secret", "SecretId", "is no longer rotated"),
    "secretsmanager:DeleteSecret": _secret_deletion,
    "sqs:SetQueueAttributes": _queue,
    "wafv2:DisassociateWebACL": _cautioned("resource", "ResourceArn", "is no longer behind a web ACL"),
}
