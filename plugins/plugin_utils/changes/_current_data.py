# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The part of the table of writes that is about data: tables, search, replicated backups and images, rotation, who may write logs. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from ansible_collections.stratum.aws.plugins.plugin_utils.changes._current_compare import ABSENT, PRESENT, Change, Manner, compare, words
from ansible_collections.stratum.aws.plugins.plugin_utils.changes._current_reader import Reader
from ansible_collections.stratum.aws.plugins.plugin_utils.changes._current_rows import Part, Row

Given = Mapping[str, Any]
_PARTIAL: Final = Manner(whole=False)


def _updated_table(read: Reader, given: Given) -> Iterator[Change]:
    """Yield what UpdateTable changes; an index that is made or goes is said by its name."""
    table = read("DescribeTable", TableName=given["TableName"]).get("Table", {})
    encryption = table.get("SSEDescription") or {}
    current = {
        "BillingMode": (table.get("BillingModeSummary") or {}).get("BillingMode", "PROVISIONED"),
        "DeletionProtectionEnabled": table.get("DeletionProtectionEnabled", False),
        "StreamSpecification": table.get("StreamSpecification") or {"StreamEnabled": False},
        "TableClass": (table.get("TableClassSummary") or {}).get("TableClass", "STANDARD"),
        "ProvisionedThroughput": table.get("ProvisionedThroughput") or {},
        "SSESpecification": {"Enabled": bool(encryption), "SSEType": "KMS", "KMSMasterKeyId": encryption.get("KMSMasterKeyArn")},
    }
    for key, old in current.items():
        if key in given:
            yield from compare(old, given[key], words(key), _PARTIAL, read.shape("UpdateTable", key))
    indexes = {index["IndexName"]: index for index in table.get("GlobalSecondaryIndexes") or []}
    for update in given.get("GlobalSecondaryIndexUpdates") or []:
        for verb, index in update.items():
            name = f"index {index['IndexName']}"
            if verb == "Update":
                old = indexes.get(index["IndexName"], {}).get("ProvisionedThroughput", ABSENT)
                shape = read.shape("UpdateTable", "ProvisionedThroughput")
                yield from compare(old, index.get("ProvisionedThroughput", ABSENT), f"{name}.throughput", _PARTIAL, shape)
            else:
                yield Change(name, *((ABSENT, PRESENT) if verb == "Create" else (PRESENT, ABSENT)))


def _time_to_live(read: Reader, given: Given) -> Iterator[Change]:
    current = read("DescribeTimeToLive", TableName=given["TableName"]).get("TimeToLiveDescription", {})
    new = given["TimeToLiveSpecification"]
    old = current.get("AttributeName", ABSENT) if current.get("TimeToLiveStatus") == "ENABLED" else ABSENT
    yield from compare(old, new["AttributeName"] if new["Enabled"] else ABSENT, "ttl_attribute", Manner())


def _recovery(read: Reader, given: Given) -> Iterator[Change]:
    found = read("DescribeContinuousBackups", TableName=given["TableName"]).get("ContinuousBackupsDescription", {})
    old = found.get("PointInTimeRecoveryDescription") or {}
    new = given["PointInTimeRecoverySpecification"]
    before = old.get("RecoveryPeriodInDays", 35) if old.get("PointInTimeRecoveryStatus") == "ENABLED" else 0
    after = new.get("RecoveryPeriodInDays", 35) if new["PointInTimeRecoveryEnabled"] else 0
    yield from compare(before, after, "point_in_time_recovery_days", Manner())


def _insights(read: Reader, given: Given) -> Iterator[Change]:
    old = read("DescribeContributorInsights", TableName=given["TableName"]).get("ContributorInsightsStatus")
    yield from compare(old in ("ENABLED", "ENABLING"), given["ContributorInsightsAction"] == "ENABLE", "contributor_insights", Manner())


def _domain(read: Reader, given: Given) -> Iterator[Change]:
    """Yield what UpdateDomainConfig changes; who the master user is cannot be read."""
    status = read("DescribeDomain", DomainName=given["DomainName"]).get("DomainStatus", {})
    tuned = str((status.get("AutoTuneOptions") or {}).get("State", ""))
    current = {**status, "AutoTuneOptions": {"DesiredState": "ENABLED" if tuned.startswith("ENABLE") else "DISABLED"}}
    for key, value in given.items():
        if key == "DomainName":
            continue
        if key == "AdvancedSecurityOptions":
            yield Change("master_user", PRESENT if (status.get(key) or {}).get("Enabled") else ABSENT, PRESENT)
        else:
            yield from compare(current.get(key, ABSENT), value, words(key), _PARTIAL, read.shape("UpdateDomainConfig", key))


def _upgraded(read: Reader, given: Given) -> Iterator[Change]:
    status = read("DescribeDomain", DomainName=given["DomainName"]).get("DomainStatus", {})
    yield from compare(status.get("EngineVersion", ABSENT), given["TargetVersion"], "engine_version", Manner())


def _domain_tags(gone: bool) -> Any:
    def rule(read: Reader, given: Given) -> Iterator[Change]:
        current = {tag["Key"]: tag["Value"] for tag in read("ListTags", ARN=given["ARN"]).get("TagList") or []}
        if gone:
            for key in given["TagKeys"]:
                if key in current:
                    yield Change(f"tags.{key}", current[key], ABSENT)
            return
        for tag in given["TagList"]:
            yield from compare(current.get(tag["Key"], ABSENT), tag["Value"], f"tags.{tag['Key']}", Manner())

    return rule


def _image_replication(read: Reader, given: Given) -> Iterator[Change]:
    def by_filter(rules: Any) -> dict[str, Any]:
        return {
            ", ".join(each["filter"] for each in rule.get("repositoryFilters") or []) or "everything": [
                f"{each['registryId']}/{each['region']}" for each in rule["destinations"]
            ]
            for rule in rules or []
        }

    old = by_filter(read("DescribeRegistry").get("replicationConfiguration", {}).get("rules"))
    new = by_filter(given["replicationConfiguration"]["rules"])
    for name in sorted({*old, *new}):
        yield from compare(old.get(name, ABSENT), new.get(name, ABSENT), f"replication of {name}", Manner())


def _backups_copied(_read: Reader, given: Given) -> Iterator[Change]:
    yield Change("replication of backups", ABSENT, f"{given.get('BackupRetentionPeriod', 7)} days")


def _backups_not_copied(_read: Reader, _given: Given) -> Iterator[Change]:
    yield Change("replication of backups", PRESENT, ABSENT)


def _rotated(read: Reader, given: Given) -> Iterator[Change]:
    secret = read("DescribeSecret", SecretId=given["SecretId"])
    on = bool(secret.get("RotationEnabled"))
    yield from compare(on, True, "rotation", Manner())
    old = {**(secret.get("RotationRules") or {}), "RotationLambdaARN": secret.get("RotationLambdaARN")} if on else {}
    new = {
        **(given.get("RotationRules") or {}),
        **({"RotationLambdaARN": given["RotationLambdaARN"]} if "RotationLambdaARN" in given else {}),
    }
    for key, value in new.items():
        yield from compare(old.get(key) or ABSENT, value, words(key), Manner())


def _not_rotated(_read: Reader, _given: Given) -> Iterator[Change]:
    yield Change("rotation", True, False)


def _log_policy(joins: bool) -> Any:
    def rule(read: Reader, given: Given) -> Iterator[Change]:
        found = read("DescribeResourcePolicies", all_pages=True).get("resourcePolicies") or []
        old = next((each["policyDocument"] for each in found if each["policyName"] == given["policyName"]), ABSENT)
        yield from compare(old, given["policyDocument"] if joins else ABSENT, "policy", Manner())

    return rule


def _object(read: Reader, given: Given) -> Iterator[Change]:
    """Yield what becomes of an object; of what it holds only the hash, and of that only where both are known."""
    key = given["Key"]
    there = read("HeadObject", Bucket=given["Bucket"], Key=key, ChecksumMode="ENABLED")
    old, new = there.get("ChecksumSHA256"), given.get("ChecksumSHA256")
    if old is None or new is None:
        yield Change(f"object {key}", PRESENT if there else ABSENT, "another content" if there else PRESENT)
    elif old != new:
        yield Change(f"object {key}", f"SHA-256 {old}", f"SHA-256 {new}")
    for name in ("ContentType", "CacheControl"):
        if there:
            yield from compare(there.get(name, ABSENT), given.get(name, ABSENT), f"object {key}.{words(name)}", _PARTIAL)


DATA: Final[dict[str, Row]] = {
    "dynamodb:UpdateContinuousBackups": _recovery,
    "dynamodb:UpdateContributorInsights": _insights,
    "dynamodb:UpdateTable": _updated_table,
    "dynamodb:UpdateTimeToLive": _time_to_live,
    "ecr:PutReplicationConfiguration": _image_replication,
    "logs:DeleteResourcePolicy": _log_policy(False),
    "logs:PutResourcePolicy": _log_policy(True),
    "opensearch:AddTags": _domain_tags(False),
    "opensearch:RemoveTags": _domain_tags(True),
    "opensearch:UpdateDomainConfig": _domain,
    "opensearch:UpgradeDomain": _upgraded,
    "rds:StartDBInstanceAutomatedBackupsReplication": _backups_copied,
    "rds:StopDBInstanceAutomatedBackupsReplication": _backups_not_copied,
    "s3:DeleteBucketIntelligentTieringConfiguration": Part(
        name="intelligent_tiering {Id}",
        read="GetBucketIntelligentTieringConfiguration",
        ask={"Bucket": "Bucket", "Id": "Id"},
        current="IntelligentTieringConfiguration",
    ),
    "s3:PutObject": _object,
    "s3:PutBucketIntelligentTieringConfiguration": Part(
        name="intelligent_tiering {Id}",
        read="GetBucketIntelligentTieringConfiguration",
        ask={"Bucket": "Bucket", "Id": "Id"},
        current="IntelligentTieringConfiguration",
        new="IntelligentTieringConfiguration",
    ),
    "secretsmanager:CancelRotateSecret": _not_rotated,
    "secretsmanager:RotateSecret": _rotated,
}
"""One row per write, as in `_current_table.py`."""
