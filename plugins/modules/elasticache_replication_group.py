#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Manage a replication group of ElastiCache: a Redis or Valkey cache with a primary and replicas."""

from __future__ import annotations

DOCUMENTATION = r"""
module: elasticache_replication_group
version_added: 0.1.0
short_description: Manage an ElastiCache replication group
description:
  - Creates, changes, scales and deletes a Redis or Valkey cache of one primary and up to five replicas.
  - What the options do not mention is left alone.
author:
  - stratum.aws contributors (@stratum-aws)
options:
  replication_group_id:
    description: The id of the group; AWS keeps it in lower case.
    type: str
    required: true
    aliases: [id]
  state:
    description: Whether the group is there.
    type: str
    choices: [present, absent]
    default: present
  description:
    description: What the cache is for; a new group has its id there by default.
    type: str
  engine:
    description: The engine. AWS can turn V(redis) into V(valkey), never back. V(redis) by default.
    type: str
    choices: [redis, valkey]
  engine_version:
    description:
      - The version, such as V(7.1). AWS chooses and reports the patch, so V(7.1) is satisfied by C(7.1.0), and V(6.x) by any 6.
      - A newer minor version is accepted while O(auto_minor_version_upgrade) is on in the account.
    type: str
  node_type:
    description: The type of the nodes, such as V(cache.t3.micro). A new group needs it.
    type: str
  port:
    description: The port, 6379 by default. Cannot be changed later.
    type: int
  num_cache_clusters:
    description: The number of nodes, the primary included. A change is made at once, whatever O(apply_immediately) says.
    type: int
  replicas:
    description: The number of replicas; another way to say O(num_cache_clusters), less the primary.
    type: int
  parameter_group:
    description: The name of the parameter group, which must be of the version's family.
    type: str
  subnet_group:
    description: The name of the subnet group. Cannot be changed later.
    type: str
  security_group_ids:
    description: The ids of the security groups.
    type: list
    elements: str
  at_rest_encryption:
    description: Whether data on disk is encrypted. Cannot be changed later.
    type: bool
  kms_key_id:
    description: The ARN (best) or id of the key for O(at_rest_encryption); AWS's own by default. Cannot be changed later.
    type: str
  transit_encryption:
    description: Whether connections use TLS. An existing group goes through O(transit_encryption_mode=preferred).
    type: bool
  transit_encryption_mode:
    description: Whether clients may connect without TLS too.
    type: str
    choices: [preferred, required]
  auth_token:
    description:
      - The password of the cache, 16 to 128 characters. Needs O(transit_encryption).
      - AWS never shows it, so the token of a group that has one is only replaced when O(update_auth_token=true).
    type: str
  update_auth_token:
    description: Whether to replace an existing token by O(auth_token). Such a run always reports a change.
    type: bool
    default: false
  auth_token_strategy:
    description:
      - V(rotate) accepts the old and the new token, V(set) only the new one, V(delete) takes the token away.
      - To rotate without an interruption, run with V(rotate), change the clients, and run with V(set).
    type: str
    choices: [rotate, set, delete]
    default: rotate
  automatic_failover:
    description: Whether a replica takes over when the primary fails. Needs two nodes.
    type: bool
  multi_az:
    description: Whether the nodes stand in several zones. Needs O(automatic_failover).
    type: bool
  snapshot_retention_limit:
    description: The days for which daily snapshots are kept; V(0) makes none.
    type: int
  snapshot_window:
    description: When the daily snapshot begins, in UTC, such as V(03:00-04:00).
    type: str
  maintenance_window:
    description: When AWS may maintain the nodes, in UTC, such as V(sun:05:00-sun:06:00).
    type: str
  auto_minor_version_upgrade:
    description: Whether AWS upgrades minor versions in the maintenance window.
    type: bool
  log_delivery:
    description: Where logs go. A type of log that is not in the list is no longer delivered.
    type: list
    elements: dict
    suboptions:
      log_type:
        description: Which log.
        type: str
        choices: [slow-log, engine-log]
        required: true
      destination_type:
        description: What kind of destination it is.
        type: str
        choices: [cloudwatch-logs, kinesis-firehose]
        default: cloudwatch-logs
      destination:
        description: The name of the log group or of the delivery stream.
        type: str
        required: true
      log_format:
        description: The form of the log.
        type: str
        choices: [json, text]
        default: json
  notification_topic_arn:
    description: The SNS topic that is told of events; an empty string turns that off.
    type: str
  apply_immediately:
    description: Whether changes are made at once, and not in the maintenance window.
    type: bool
    default: false
  final_snapshot_id:
    description: The name of a snapshot to make when O(state=absent); none is made without it.
    type: str
  wait:
    description: Whether to wait until the group is available or gone.
    type: bool
    default: true
  wait_timeout:
    description: The seconds to wait.
    type: int
    default: 2400
notes:
  - M(community.aws.elasticache) makes single cache clusters, without replication, tokens, encryption, failover, snapshots and tags,
    and has no check mode.
  - Groups with cluster mode (several shards) are not made by this module.
seealso:
  - module: stratum.aws.elasticache_parameter_group
  - module: stratum.aws.elasticache_subnet_group
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.tags
  - amazon.aws.boto3
  - stratum.aws.attributes
"""

EXAMPLES = r"""
- name: Create the cache
  stratum.aws.elasticache_replication_group:
    replication_group_id: spywatcher-production-redis
    engine: redis
    engine_version: "7.0"
    node_type: cache.t3.medium
    num_cache_clusters: 2
    automatic_failover: true
    multi_az: true
    subnet_group: spywatcher-production-cache
    security_group_ids: [sg-0123456789abcdef0]
    at_rest_encryption: true
    transit_encryption: true
    auth_token: "{{ cache_secret.value }}"
    snapshot_retention_limit: 7
    snapshot_window: 03:00-04:00
    maintenance_window: sun:05:00-sun:06:00
    log_delivery:
      - log_type: slow-log
        destination: /aws/elasticache/spywatcher-production
  register: cache

- name: Add a replica
  stratum.aws.elasticache_replication_group:
    replication_group_id: spywatcher-production-redis
    replicas: 2

- name: Delete the cache and keep its data
  stratum.aws.elasticache_replication_group:
    replication_group_id: spywatcher-production-redis
    final_snapshot_id: spywatcher-production-redis-final
    state: absent
"""

RETURN = r"""
replication_group:
  description: The group, or null when there is none. Its other keys are the module's options of the same name.
  returned: always
  type: dict
  contains:
    arn:
      description: The ARN of the group.
      returned: when the group exists
      type: str
      sample: arn:aws:elasticache:us-east-1:123456789012:replicationgroup:spywatcher-production-redis
    auth_token_enabled:
      description: Whether clients need a token.
      returned: always
      type: bool
      sample: true
    auth_token_last_modified:
      description: When the token was last set.
      returned: when the group exists
      type: str
      sample: "2026-01-31T12:00:00+00:00"
    configuration_endpoint:
      description: The endpoint of a group with cluster mode, else null.
      returned: when the group exists
      type: dict
      sample: null
    engine_version:
      description: The version that runs.
      returned: always
      type: str
      sample: 7.0.7
    member_clusters:
      description: The ids of the nodes.
      returned: when the group exists
      type: list
      elements: str
      sample: [spywatcher-production-redis-001, spywatcher-production-redis-002]
    num_cache_clusters:
      description: The number of nodes.
      returned: always
      type: int
      sample: 2
    pending:
      description: The changes that wait for the maintenance window.
      returned: when the group exists
      type: dict
      sample: {"node_type": "cache.t3.large"}
    primary_endpoint:
      description: Where to write.
      returned: when the group exists
      type: dict
      sample: {"address": "master.spywatcher-production-redis.abc123.use1.cache.amazonaws.com", "port": 6379}
    reader_endpoint:
      description: Where to read.
      returned: when the group exists
      type: dict
      sample: {"address": "replica.spywatcher-production-redis.abc123.use1.cache.amazonaws.com", "port": 6379}
    replication_group_id:
      description: The id of the group.
      returned: always
      type: str
      sample: spywatcher-production-redis
    status:
      description: The state of the group.
      returned: when the group exists
      type: str
      sample: available
    tags:
      description: The tags of the group.
      returned: always
      type: dict
      sample: {"Environment": "production"}
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.amazon.aws.plugins.module_utils.tagging import ansible_dict_to_boto3_tag_list, boto3_tag_list_to_ansible_dict
from ansible_collections.stratum.aws.plugins.module_utils._base import STATE, TAGS, AwsResource, Document, wait_options
from ansible_collections.stratum.aws.plugins.module_utils._elasticache_group import (
    API,
    API_CREATE,
    LOG_DETAILS,
    LOG_TYPES,
    contradictions,
    group_changes,
    group_document,
    impossible,
    request,
    token_changes,
    wanted_group,
)
from ansible_collections.stratum.aws.plugins.module_utils._tags import retag, tag_changes, text_tags
from ansible_collections.stratum.aws.plugins.module_utils._waiters import gone_waiter, status_waiter, wait_until

MISSING = ("ReplicationGroupNotFoundFault", "CacheClusterNotFound")
STATUS = "ReplicationGroups[0].Status"
AVAILABLE = status_waiter("DescribeReplicationGroups", STATUS, ["available"], ["create-failed", "deleting"])
GONE = gone_waiter("DescribeReplicationGroups", STATUS, MISSING)


class ReplicationGroup(AwsResource):
    """A replication group, known by its id."""

    service = "elasticache"
    kind = "Replication group"
    returns = "replication_group"
    missing = MISSING
    cures: ClassVar[Mapping[str, str]] = {
        "CacheParameterGroupNotFound": "Create the parameter group first, of the version's family.",
        "CacheSubnetGroupNotFoundFault": "Create the subnet group first.",
        "InsufficientCacheClusterCapacity": "Take another node_type or other zones, or run again later.",
        "InvalidKMSKeyFault": "Check that the KMS key exists in this region, is enabled and may be used by ElastiCache.",
        "InvalidParameterCombination": "Check that version, node type, parameter group and encryption go together.",
        "InvalidParameterValue": "Check the value that AWS names.",
        "InvalidReplicationGroupState": "Wait until the group is available, or run with wait, and run again.",
        "NodeQuotaForCustomerExceeded": "Delete nodes that are not used, or ask AWS for a higher quota.",
        "SnapshotAlreadyExistsFault": "Choose another final_snapshot_id, or delete the old snapshot.",
    }

    @property
    def identity(self) -> str:
        return str(self.params["replication_group_id"]).lower()

    @property
    def _id(self) -> dict[str, str]:
        return {"ReplicationGroupId": self.identity}

    def _describe(self) -> Document | None:
        found = self.find("describe_replication_groups", **self._id)
        if not found or not found.get("ReplicationGroups"):
            return None
        group = found["ReplicationGroups"][0]
        members = group.get("MemberClusters") or []
        clusters = self.find("describe_cache_clusters", CacheClusterId=members[0]) if members else None
        # While the group comes or goes, its nodes and tags may not be there.
        tags = (self.find("list_tags_for_resource", ResourceName=group["ARN"]) or {}).get("TagList") or []
        return group_document(group, (clusters or {}).get("CacheClusters", [None])[0], boto3_tag_list_to_ansible_dict(tags))

    def _leaving(self, current: Document) -> bool:
        return bool(current["status"] == "deleting")

    def _await_deletion(self, current: Document) -> None:
        self.wait(GONE, **self._id)

    def _settle(self, current: Document) -> Document:
        if current["status"] == "available":
            return current
        self.wait(AVAILABLE, **self._id)
        return self._describe() or current

    def _changes(self, current: Document) -> Document:
        changes = group_changes(current, wanted_group(self.params), self.params["apply_immediately"])
        problems = impossible(current, changes)
        if problems:
            self.fail(f"{'; '.join(problems)}. Keep the old value, or make a new group from a snapshot of this one.")
        token = token_changes(current, self.params)
        return {**changes, **token, **tag_changes(current["tags"], self.params["tags"], self.params["purge_tags"])}

    def _predict(self) -> Document:
        if not self.params["node_type"]:
            self.fail("a new group needs node_type. Set it, for example to cache.t3.micro.")
        chosen = {"description": self.identity, "engine": "redis", "num_cache_clusters": 1, **wanted_group(self.params)}
        token = {"auth_token_enabled": bool(self.params["auth_token"])}
        return {"replication_group_id": self.identity, **chosen, **token, "tags": text_tags(self.params["tags"]) or {}}

    def _create(self) -> None:
        values = {key: value for key, value in self._predict().items() if value != ""}
        tags = ansible_dict_to_boto3_tag_list(self.params["tags"]) or None
        body = request(values, {**API, **API_CREATE}, logs=[])
        self.call("create_replication_group", **self._id, **body, AuthToken=self.params["auth_token"], Tags=tags)
        self.wait(AVAILABLE, **self._id)

    def _update(self, current: Document, changes: Document) -> None:
        # Tags first: AWS takes them only while the group is available.
        retag(
            current["tags"],
            {**current, **changes}["tags"],
            lambda tags: self.call("add_tags_to_resource", ResourceName=current["arn"], Tags=ansible_dict_to_boto3_tag_list(tags)),
            lambda keys: self.call("remove_tags_from_resource", ResourceName=current["arn"], TagKeys=keys),
        )
        # Failover needs its replica before it is turned on, and keeps it until it is turned off.
        steps = [self._add_replicas, self._modify, self._set_token, self._remove_replicas]
        busy = False
        for step in steps:
            busy = step(current, changes, busy) or busy
        if busy:
            self.wait(AVAILABLE, **self._id)

    def _step(self, busy: bool, operation: str, **parameters: Any) -> bool:
        if busy:
            # AWS makes one change after the other, whether or not the user waits for the last one.
            wait_until(self.client, AVAILABLE, self.params["wait_timeout"], **self._id)
        self.call(operation, **self._id, **parameters)
        return True

    def _add_replicas(self, current: Document, changes: Document, busy: bool) -> bool:
        count = {**current, **changes}["num_cache_clusters"]
        if count <= current["num_cache_clusters"]:
            return False
        return self._step(busy, "increase_replica_count", NewReplicaCount=count - 1, ApplyImmediately=True)

    def _remove_replicas(self, current: Document, changes: Document, busy: bool) -> bool:
        count = {**current, **changes}["num_cache_clusters"]
        if count >= current["num_cache_clusters"]:
            return False
        return self._step(busy, "decrease_replica_count", NewReplicaCount=count - 1, ApplyImmediately=True)

    def _modify(self, current: Document, changes: Document, busy: bool) -> bool:
        body = request(changes, API, logs=current["log_delivery"])
        if "NotificationTopicArn" in body:
            on = {"NotificationTopicArn": body["NotificationTopicArn"] or None, "NotificationTopicStatus": "active"}
            body.update(on if body["NotificationTopicArn"] else {**on, "NotificationTopicStatus": "inactive"})
        if not body:
            return False
        return self._step(busy, "modify_replication_group", **body, ApplyImmediately=self.params["apply_immediately"])

    def _set_token(self, current: Document, changes: Document, busy: bool) -> bool:
        if not {"auth_token_enabled", "auth_token_last_modified"} & set(changes):
            return False
        strategy = self.params["auth_token_strategy"].upper()
        token = None if strategy == "DELETE" else self.params["auth_token"]
        # AWS refuses a change of the token that is not made at once.
        how = {"AuthToken": token, "AuthTokenUpdateStrategy": strategy, "ApplyImmediately": True}
        return self._step(busy, "modify_replication_group", **how)

    def _delete(self, current: Document) -> None:
        if current["status"] not in ("available", "create-failed"):
            wait_until(self.client, AVAILABLE, self.params["wait_timeout"], **self._id)
        self.call("delete_replication_group", **self._id, FinalSnapshotIdentifier=self.params["final_snapshot_id"])
        self.wait(GONE, **self._id)


def main() -> None:
    """Run the module."""
    log_spec: dict[str, Any] = {
        "log_type": {"required": True, "choices": [*reversed(LOG_TYPES)]},
        "destination_type": {"choices": [*LOG_DETAILS], "default": "cloudwatch-logs"},
        "destination": {"required": True},
        "log_format": {"choices": ["json", "text"], "default": "json"},
    }
    texts = ("description", "engine_version", "node_type", "parameter_group", "subnet_group", "snapshot_window", "maintenance_window")
    switches = ("at_rest_encryption", "transit_encryption", "automatic_failover", "multi_az", "auto_minor_version_upgrade")
    spec: dict[str, Any] = {
        "replication_group_id": {"required": True, "aliases": ["id"]},
        "state": STATE,
        "engine": {"choices": ["redis", "valkey"]},
        **{name: {} for name in (*texts, "notification_topic_arn", "final_snapshot_id")},
        **{name: {"type": "bool"} for name in switches},
        **{name: {"type": "int"} for name in ("port", "num_cache_clusters", "replicas", "snapshot_retention_limit")},
        "security_group_ids": {"type": "list", "elements": "str"},
        "kms_key_id": {"no_log": False},
        "transit_encryption_mode": {"choices": ["preferred", "required"]},
        "auth_token": {"no_log": True},
        "update_auth_token": {"type": "bool", "default": False, "no_log": False},
        "auth_token_strategy": {"choices": ["rotate", "set", "delete"], "default": "rotate", "no_log": False},
        "log_delivery": {"type": "list", "elements": "dict", "options": log_spec},
        "apply_immediately": {"type": "bool", "default": False},
        **wait_options(2400),
        **TAGS,
    }
    exclusive = [("num_cache_clusters", "replicas")]
    module = AnsibleAWSModule(argument_spec=spec, mutually_exclusive=exclusive, supports_check_mode=True)
    wrong = contradictions(module.params)
    if wrong:
        module.fail_json(msg=f"Replication group {module.params['replication_group_id']}: {'; '.join(wrong)}.")
    ReplicationGroup(module).run()


if __name__ == "__main__":
    main()
