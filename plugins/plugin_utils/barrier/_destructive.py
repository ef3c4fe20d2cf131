# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why a write destroys or interrupts something: deletions, restarts, loss of data or of what protects it. Pure.

What a write takes away that can be made again exactly as it was, holds no data and serves nobody is not
destructive. Replacement is not judged here: it shows in the order of several writes, not in one.
"""

from __future__ import annotations

from typing import Final

from ansible_collections.stratum.aws.plugins.plugin_utils.barrier._destructive_rules import RULES, Before
from ansible_collections.stratum.aws.plugins.plugin_utils.barrier._destructive_words import Caution, Parameters, deleted, named
from ansible_collections.stratum.aws.plugins.plugin_utils.barrier._operations import Effect, effect, put_effect

__all__ = ["Caution", "reasons"]

_HARMLESS: Final[dict[str, str]] = {
    # Settings that cannot be changed, so whoever changes them deletes them and makes them anew.
    "autoscaling": "DeleteLaunchConfiguration DeleteLifecycleHook DeletePolicy DeleteScheduledAction",
    "application-autoscaling": "DeleteScalingPolicy DeleteScheduledAction DeregisterScalableTarget",
    "backup": "DeleteBackupSelection DeleteRestoreTestingSelection",
    "batch": "DeregisterJobDefinition",
    # The records that a flow log wrote stay where they are.
    "ec2": "DeleteFlowLogs",
    # A revision is only marked as inactive; what runs goes on.
    "ecs": "DeregisterTaskDefinition",
    "logs": "DeleteMetricFilter DeleteQueryDefinition",
    "ssm": "DeleteAssociation DeregisterTargetFromMaintenanceWindow DeregisterTaskFromMaintenanceWindow",
}
_HARMLESS_CALLS: Final = frozenset(f"{service}:{name}" for service, names in _HARMLESS.items() for name in names.split())

_ALWAYS: Final[dict[str, tuple[str, str]]] = {
    "acm:RevokeCertificate": ("certificate", "is revoked for good"),
    "cloudtrail:StopLogging": ("trail", "no longer records"),
    "cognito-idp:AdminDeleteUser": ("user", "is deleted"),
    "config:StopConfigurationRecorder": ("configuration recorder", "no longer records"),
    "dms:RebootReplicationInstance": ("replication instance", "restarts"),
    "dynamodb:DeleteItem": ("table", "loses an item"),
    "ec2:CreateReplaceRootVolumeTask": ("instance", "loses its root volume and restarts"),
    "ec2:DetachInternetGateway": ("internet gateway", "is detached: its VPC loses the internet"),
    "ec2:DetachVolume": ("volume", "is detached from its instance"),
    "ec2:DetachVpnGateway": ("VPN gateway", "is detached: its VPC loses the tunnels"),
    "ec2:DisassociateAddress": ("address", "no longer leads anywhere"),
    "ec2:RebootInstances": ("instances", "restart"),
    "ec2:StopInstances": ("instances", "stop"),
    "ecr:BatchDeleteImage": ("repository", "loses images"),
    "ecs:StopTask": ("task", "stops"),
    "elasticache:RebootCacheCluster": ("cache cluster", "restarts and loses what it holds"),
    "elasticache:TestFailover": ("replication group", "fails over"),
    "elbv2:DeleteListener": ("listener", "is deleted: nobody is served at its port"),
    "kafka:RebootBroker": ("cluster", "restarts brokers"),
    "kinesis:DecreaseStreamRetentionPeriod": ("stream", "loses records sooner"),
    "kms:DeleteImportedKeyMaterial": ("key", "loses its key material: nothing that it encrypted can be read"),
    "kms:DisableKey": ("key", "is disabled: nothing that it encrypted can be read meanwhile"),
    "lightsail:RebootInstance": ("instance", "restarts"),
    "lightsail:RebootRelationalDatabase": ("relational database", "restarts"),
    "lightsail:StopInstance": ("instance", "stops"),
    "lightsail:StopRelationalDatabase": ("relational database", "stops"),
    "mq:RebootBroker": ("broker", "restarts"),
    "rds:BacktrackDBCluster": ("DB cluster", "loses what was written since"),
    "rds:FailoverDBCluster": ("DB cluster", "fails over"),
    "rds:PromoteReadReplica": ("DB instance", "is cut off from its source and restarts"),
    "rds:PromoteReadReplicaDBCluster": ("DB cluster", "is cut off from its source"),
    "rds:RebootDBCluster": ("DB cluster", "restarts"),
    "rds:RebootDBInstance": ("DB instance", "restarts"),
    "rds:RemoveFromGlobalCluster": ("DB cluster", "is cut off from its global cluster"),
    "rds:StopDBCluster": ("DB cluster", "stops"),
    "rds:StopDBInstance": ("DB instance", "stops"),
    "redshift:PauseCluster": ("cluster", "stops"),
    "redshift:RebootCluster": ("cluster", "restarts"),
    "route53:DisableHostedZoneDNSSEC": ("hosted zone", "is no longer signed"),
    "route53:DisassociateVPCFromHostedZone": ("hosted zone", "no longer resolves in a VPC"),
    "s3:DeleteBucketReplication": ("bucket", "is no longer copied elsewhere"),
    "rds:StopDBInstanceAutomatedBackupsReplication": ("DB instance", "is no longer backed up in the other region"),
    "secretsmanager:RemoveRegionsFromReplication": ("secret", "loses its replicas"),
    "sqs:PurgeQueue": ("queue", "loses all its messages"),
}
"""What a call always does to the thing that it names, although it deletes no resource."""


def reasons(service: str, operation: str, parameters: Parameters, before: Before) -> list[str]:
    """Return why this write is destructive, a clause each that names the thing; empty if it is not.

    A clause that is a `Caution` speaks of a safety that is taken away, or of what may be lost later.

    `before` holds the current values of the parameters by their names; with None, or where a name is
    missing, what depends on the value is said with "may".
    """
    call = f"{service}:{operation}"
    if call in _HARMLESS_CALLS:
        return []
    if rule := RULES.get(call):
        return list(rule(parameters, before))
    if call in _ALWAYS:
        noun, ending = _ALWAYS[call]
        return [f"{named(noun, parameters)} {ending}"]
    if (put_effect(service, operation, parameters) or effect(service, operation)) is Effect.DELETE:
        return [deleted(operation, parameters)]
    return []
