# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether resources that the tagging API names still exist, asked from their own services: reads only.

Two ways, as data: kinds that one call lists whole (by the stack's tag in EC2), and kinds that are asked for one by one.
A kind that neither table knows is taken to exist.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from typing import Any, Final

from ansible_collections.stratum.aws.plugins.plugin_utils.belongings import _arns
from ansible_collections.stratum.aws.plugins.plugin_utils.belongings._arns import Arn, stage, web_acl

_MISSING: Final = re.compile(r"NotFound|NoSuch|(?i:NonExistent)|DoesNotExist|Unknown\w*Fault")
_DENIED: Final = re.compile(r"AccessDenied|Unauthorized|NotAuthorized|Forbidden|^403$")


@dataclass(frozen=True)
class Seen:
    """What a service says of a resource."""

    gone: bool = False
    state: str | None = None
    owner: str | None = None


GONE: Final = Seen(gone=True)
_Document = Mapping[str, Any]


@dataclass(frozen=True)
class Listing:
    """A kind that one (paginated) call lists."""

    service: str
    operation: str
    items: str
    """JMESPath of the resources in the answer."""
    id: str
    """The key that holds the ARN, or what the ARN ends with."""
    state: str = ""
    """JMESPath of the state in a resource."""
    gone: tuple[str, ...] = ()
    """States that mean that it is gone or about to be, in lower case."""
    arguments: Mapping[str, Any] | None = None
    filters: str = ""
    """The argument that takes EC2's filters."""
    owner: Callable[[_Document], str | None] | None = None


@dataclass(frozen=True)
class Single:
    """A kind that is asked for one by one."""

    service: str
    operation: str
    arguments: Callable[[Arn], dict[str, Any]]
    seen: Callable[[_Document, Arn], Seen] = lambda _answer, _arn: Seen()


def is_missing(error: Any) -> bool:
    """Return whether a ClientError says that there is no such resource."""
    said = error.response["Error"]
    # ECS has no code for a task definition that is not there.
    return bool(_MISSING.search(str(said["Code"]))) or "Unable to describe task definition" in str(said.get("Message", ""))


def is_denied(error: Any) -> bool:
    """Return whether a ClientError says that we may not ask."""
    return bool(_DENIED.search(str(error.response["Error"]["Code"])))


# -- What owns what --------------------------------------------------------------------------------------


def _volume_owner(volume: _Document) -> str | None:
    return next((f"ec2:instance {each['InstanceId']}" for each in volume.get("Attachments", []) if each.get("DeleteOnTermination")), None)


def _interface_owner(interface: _Document) -> str | None:
    if interface.get("RequesterManaged"):
        return f"what made it: {interface.get('Description') or interface.get('RequesterId')}"
    attachment = interface.get("Attachment") or {}
    if attachment.get("InstanceId") and attachment.get("DeleteOnTermination"):
        return f"ec2:instance {attachment['InstanceId']}"
    return None


def _default_owner(item: _Document) -> str | None:
    """Return the VPC of its default group, its default ACL or its main route table: nobody can delete those."""
    main = any(each.get("Main") for each in item.get("Associations", []))
    return f"ec2:vpc {item['VpcId']}" if main or item.get("IsDefault") or item.get("GroupName") == "default" else None


def _member_owner(member: _Document) -> str | None:
    group = member.get("ReplicationGroupId")
    return f"elasticache:replicationgroup {group}" if group else None


def _ec2(operation: str, items: str, id: str, state: str = "", gone: tuple[str, ...] = (), **more: Any) -> Listing:
    return Listing("ec2", operation, items, id, state, gone, filters=more.pop("filters", "Filters"), **more)


_LEAVING: Final = ("deleting", "deleted")

LISTINGS: Final[dict[str, Listing]] = {
    # Its ARN does not say what is scaled, and the layers scale services of ECS alone.
    "application-autoscaling:scalable-target": Listing(
        "application-autoscaling",
        "describe_scalable_targets",
        "ScalableTargets[]",
        "ScalableTargetARN",
        arguments={"ServiceNamespace": "ecs"},
    ),
    "ec2:dhcp-options": _ec2("describe_dhcp_options", "DhcpOptions[]", "DhcpOptionsId"),
    "ec2:egress-only-internet-gateway": _ec2(
        "describe_egress_only_internet_gateways", "EgressOnlyInternetGateways[]", "EgressOnlyInternetGatewayId"
    ),
    "ec2:elastic-ip": _ec2("describe_addresses", "Addresses[]", "AllocationId"),
    "ec2:image": _ec2("describe_images", "Images[]", "ImageId", "State", ("deregistered",), arguments={"Owners": ["self"]}),
    "ec2:instance": _ec2("describe_instances", "Reservations[].Instances[]", "InstanceId", "State.Name", ("shutting-down", "terminated")),
    "ec2:internet-gateway": _ec2("describe_internet_gateways", "InternetGateways[]", "InternetGatewayId"),
    "ec2:key-pair": _ec2("describe_key_pairs", "KeyPairs[]", "KeyPairId"),
    "ec2:launch-template": _ec2("describe_launch_templates", "LaunchTemplates[]", "LaunchTemplateId"),
    "ec2:natgateway": _ec2("describe_nat_gateways", "NatGateways[]", "NatGatewayId", "State", _LEAVING, filters="Filter"),
    "ec2:network-acl": _ec2("describe_network_acls", "NetworkAcls[]", "NetworkAclId", owner=_default_owner),
    "ec2:network-interface": _ec2("describe_network_interfaces", "NetworkInterfaces[]", "NetworkInterfaceId", owner=_interface_owner),
    "ec2:route-table": _ec2("describe_route_tables", "RouteTables[]", "RouteTableId", owner=_default_owner),
    "ec2:security-group": _ec2("describe_security_groups", "SecurityGroups[]", "GroupId", owner=_default_owner),
    "ec2:snapshot": _ec2("describe_snapshots", "Snapshots[]", "SnapshotId", arguments={"OwnerIds": ["self"]}),
    "ec2:subnet": _ec2("describe_subnets", "Subnets[]", "SubnetId"),
    "ec2:volume": _ec2("describe_volumes", "Volumes[]", "VolumeId", "State", _LEAVING, owner=_volume_owner),
    "ec2:vpc": _ec2("describe_vpcs", "Vpcs[]", "VpcId"),
    "ec2:vpc-endpoint": _ec2("describe_vpc_endpoints", "VpcEndpoints[]", "VpcEndpointId", "State", _LEAVING),
    "ec2:vpc-flow-log": _ec2("describe_flow_logs", "FlowLogs[]", "FlowLogId", filters="Filter"),
    "ec2:vpc-peering-connection": _ec2(
        "describe_vpc_peering_connections",
        "VpcPeeringConnections[]",
        "VpcPeeringConnectionId",
        "Status.Code",
        (*_LEAVING, "rejected", "expired"),
    ),
    "elasticache:cluster": Listing(
        "elasticache", "describe_cache_clusters", "CacheClusters[]", "ARN", "CacheClusterStatus", _LEAVING, owner=_member_owner
    ),
    "elasticache:parametergroup": Listing("elasticache", "describe_cache_parameter_groups", "CacheParameterGroups[]", "ARN"),
    "elasticache:replicationgroup": Listing("elasticache", "describe_replication_groups", "ReplicationGroups[]", "ARN", "Status", _LEAVING),
    "elasticache:snapshot": Listing("elasticache", "describe_snapshots", "Snapshots[]", "ARN", "SnapshotStatus", _LEAVING),
    "elasticache:subnetgroup": Listing("elasticache", "describe_cache_subnet_groups", "CacheSubnetGroups[]", "ARN"),
    "elasticloadbalancing:targetgroup": Listing("elbv2", "describe_target_groups", "TargetGroups[]", "TargetGroupArn"),
    "rds:cluster": Listing("rds", "describe_db_clusters", "DBClusters[]", "DBClusterArn", "Status", _LEAVING),
    "rds:cluster-snapshot": Listing(
        "rds", "describe_db_cluster_snapshots", "DBClusterSnapshots[]", "DBClusterSnapshotArn", "Status", _LEAVING
    ),
    "rds:db": Listing("rds", "describe_db_instances", "DBInstances[]", "DBInstanceArn", "DBInstanceStatus", _LEAVING),
    "rds:pg": Listing("rds", "describe_db_parameter_groups", "DBParameterGroups[]", "DBParameterGroupArn"),
    "rds:snapshot": Listing("rds", "describe_db_snapshots", "DBSnapshots[]", "DBSnapshotArn", "Status", _LEAVING),
    "rds:subgrp": Listing("rds", "describe_db_subnet_groups", "DBSubnetGroups[]", "DBSubnetGroupArn"),
    "backup:backup-vault": Listing("backup", "list_backup_vaults", "BackupVaultList[]", "BackupVaultArn"),
    "s3:bucket": Listing("s3", "list_buckets", "Buckets[]", "Name"),
}


# -- One by one ------------------------------------------------------------------------------------------


def _key(answer: _Document, _arn: Arn) -> Seen:
    key = answer["KeyMetadata"]
    if key["KeyState"] in ("PendingDeletion", "PendingReplicaDeletion"):
        return Seen(state=_pending(key.get("DeletionDate")))
    return Seen()


def _secret(answer: _Document, _arn: Arn) -> Seen:
    # "The date the secret is scheduled for deletion", says DescribeSecret of DeletedDate.
    return Seen(state=_pending(answer["DeletedDate"])) if answer.get("DeletedDate") else Seen()


def _pending(date: Any) -> str:
    return f"pending deletion until {date:%Y-%m-%d}" if date else "pending deletion"


def _in_state(path: str, gone: tuple[str, ...] = ("deleting", "deleted")) -> Callable[[_Document, Arn], Seen]:
    def seen(answer: _Document, _arn: Arn) -> Seen:
        import jmespath

        return GONE if str(jmespath.search(path, answer)).lower() in gone else Seen()

    return seen


def _any(path: str) -> Callable[[_Document, Arn], Seen]:
    """Return a reader that wants the ARN's id or name among the values at `path`."""

    def seen(answer: _Document, arn: Arn) -> Seen:
        import jmespath

        return Seen() if {arn.id, arn.name} & set(jmespath.search(path, answer) or ()) else GONE

    return seen


def _plan(answer: _Document, _arn: Arn) -> Seen:
    return GONE if answer.get("DeletionDate") else Seen()


_INACTIVE: Final = ("inactive", "none")
"""What was deleted can be seen for a while; what is not there has no state."""


def _deleted_domain(answer: _Document, _arn: Arn) -> Seen:
    return GONE if answer["DomainStatus"].get("Deleted") else Seen()


def _parameter(arn: Arn) -> dict[str, Any]:
    # The ARN leaves out the slash that a path begins with.
    return {"Name": f"/{arn.id}" if "/" in arn.id else arn.id, "WithDecryption": False}


def _access_entry(answer: _Document, arn: Arn) -> Seen:
    cluster = arn.id.partition("/")[0]
    return Seen() if arn.name in {_arns.entry_name(cluster, principal) for principal in answer["accessEntries"]} else GONE


def _eks_child(key: str) -> Callable[[Arn], dict[str, Any]]:
    def arguments(arn: Arn) -> dict[str, Any]:
        cluster, name = arn.id.split("/")[:2]
        return {"clusterName": cluster, key: name}

    return arguments


def _event_rule(arn: Arn) -> dict[str, Any]:
    bus, _cut, name = arn.id.rpartition("/")
    return {"Name": name, **({"EventBusName": bus} if bus else {})}


def _deployment_group(arn: Arn) -> dict[str, Any]:
    application, _cut, name = arn.id.partition("/")
    return {"applicationName": application, "deploymentGroupName": name}


def _service_of_ecs(arn: Arn) -> dict[str, Any]:
    return {"cluster": arn.id.partition("/")[0], "services": [arn.text]}


SINGLES: Final[dict[str, Single]] = {
    "acm:certificate": Single("acm", "describe_certificate", lambda arn: {"CertificateArn": arn.text}),
    "apigateway:restapis": Single("apigateway", "get_rest_api", lambda arn: {"restApiId": arn.id}),
    "apigateway:stages": Single("apigateway", "get_stage", stage),
    "apigateway:usageplans": Single("apigateway", "get_usage_plan", lambda arn: {"usagePlanId": arn.id}),
    "backup:backup-plan": Single("backup", "get_backup_plan", lambda arn: {"BackupPlanId": arn.id}, _plan),
    "budgets:budget": Single("budgets", "describe_budget", lambda arn: {"AccountId": arn.account, "BudgetName": arn.id}),
    "cloudtrail:trail": Single("cloudtrail", "get_trail", lambda arn: {"Name": arn.text}),
    "cloudwatch:alarm": Single(
        "cloudwatch",
        "describe_alarms",
        lambda arn: {"AlarmNames": [arn.id], "AlarmTypes": ["MetricAlarm", "CompositeAlarm"]},
        _any("[MetricAlarms, CompositeAlarms][][].AlarmName"),
    ),
    "codebuild:project": Single("codebuild", "batch_get_projects", lambda arn: {"names": [arn.id]}, _any("projects[].name")),
    "codeconnections:connection": Single("codeconnections", "get_connection", lambda arn: {"ConnectionArn": arn.text}),
    "codedeploy:application": Single("codedeploy", "get_application", lambda arn: {"applicationName": arn.id}),
    "codedeploy:deploymentgroup": Single("codedeploy", "get_deployment_group", _deployment_group),
    "codepipeline:pipeline": Single("codepipeline", "get_pipeline", lambda arn: {"name": arn.id}),
    "cognito-idp:userpool": Single("cognito-idp", "describe_user_pool", lambda arn: {"UserPoolId": arn.id}),
    "dynamodb:table": Single("dynamodb", "describe_table", lambda arn: {"TableName": arn.id}, _in_state("Table.TableStatus")),
    "ecr:repository": Single("ecr", "describe_repositories", lambda arn: {"repositoryNames": [arn.id]}),
    "ecs:cluster": Single("ecs", "describe_clusters", lambda arn: {"clusters": [arn.text]}, _in_state("clusters[0].status", _INACTIVE)),
    "ecs:service": Single("ecs", "describe_services", _service_of_ecs, _in_state("services[0].status", _INACTIVE)),
    "ecs:task-definition": Single(
        "ecs",
        "describe_task_definition",
        lambda arn: {"taskDefinition": arn.text},
        _in_state("taskDefinition.status", ("delete_in_progress",)),
    ),
    "eks:access-entry": Single("eks", "list_access_entries", lambda arn: {"clusterName": arn.id.partition("/")[0]}, _access_entry),
    "eks:addon": Single("eks", "describe_addon", _eks_child("addonName"), _in_state("addon.status")),
    "eks:cluster": Single("eks", "describe_cluster", lambda arn: {"name": arn.id}, _in_state("cluster.status")),
    "eks:nodegroup": Single("eks", "describe_nodegroup", _eks_child("nodegroupName"), _in_state("nodegroup.status")),
    "eks:podidentityassociation": Single("eks", "describe_pod_identity_association", _eks_child("associationId")),
    "elasticfilesystem:access-point": Single(
        "efs", "describe_access_points", lambda arn: {"AccessPointId": arn.id}, _in_state("AccessPoints[0].LifeCycleState")
    ),
    "es:domain": Single("opensearch", "describe_domain", lambda arn: {"DomainName": arn.id}, _deleted_domain),
    "elasticfilesystem:file-system": Single(
        "efs", "describe_file_systems", lambda arn: {"FileSystemId": arn.id}, _in_state("FileSystems[0].LifeCycleState")
    ),
    "cloudfront:distribution": Single("cloudfront", "get_distribution", lambda arn: {"Id": arn.id}),
    "wafv2:webacl": Single("wafv2", "get_web_acl", web_acl),
    "elasticloadbalancing:loadbalancer": Single("elbv2", "describe_load_balancers", lambda arn: {"LoadBalancerArns": [arn.text]}),
    "elasticloadbalancing:listener": Single("elbv2", "describe_listeners", lambda arn: {"ListenerArns": [arn.text]}),
    "elasticloadbalancing:listener-rule": Single("elbv2", "describe_rules", lambda arn: {"RuleArns": [arn.text]}),
    "events:rule": Single("events", "describe_rule", _event_rule),
    "iam:instance-profile": Single("iam", "get_instance_profile", lambda arn: {"InstanceProfileName": arn.name}),
    "iam:policy": Single("iam", "get_policy", lambda arn: {"PolicyArn": arn.text}),
    "kms:key": Single("kms", "describe_key", lambda arn: {"KeyId": arn.id}, _key),
    "lambda:function": Single("lambda", "get_function", lambda arn: {"FunctionName": arn.id}),
    "logs:log-group": Single("logs", "describe_log_groups", lambda arn: {"logGroupNamePrefix": arn.id}, _any("logGroups[].logGroupName")),
    "route53:healthcheck": Single("route53", "get_health_check", lambda arn: {"HealthCheckId": arn.id}),
    "route53:hostedzone": Single("route53", "get_hosted_zone", lambda arn: {"Id": arn.id}),
    "secretsmanager:secret": Single("secretsmanager", "describe_secret", lambda arn: {"SecretId": arn.text}, _secret),
    "servicediscovery:namespace": Single("servicediscovery", "get_namespace", lambda arn: {"Id": arn.id}),
    "servicediscovery:service": Single("servicediscovery", "get_service", lambda arn: {"Id": arn.id}),
    "ssm:parameter": Single("ssm", "get_parameter", _parameter),
    "sns:topic": Single("sns", "get_topic_attributes", lambda arn: {"TopicArn": arn.text}),
    "sqs:queue": Single("sqs", "get_queue_url", lambda arn: {"QueueName": arn.id}),
    "synthetics:canary": Single("synthetics", "get_canary", lambda arn: {"Name": arn.id}, _in_state("Canary.Status.State")),
    # Both answer all; there are few, and what they say of one that is gone is what they say of a request that is wrong.
    "xray:group": Single("xray", "get_groups", lambda _arn: {}, _any("Groups[].GroupName")),
    "xray:sampling-rule": Single("xray", "get_sampling_rules", lambda _arn: {}, _any("SamplingRuleRecords[].SamplingRule.RuleName")),
}


# -- Asking ----------------------------------------------------------------------------------------------

ClientOf = Callable[[str, str], Any]


def look(arns: Iterable[str], stack: str, home: str, client: ClientOf, pool: Executor) -> dict[str, Seen]:
    """Return what the services say of each ARN; `home` is the region to ask about global services."""
    seen: dict[str, Seen] = {}
    groups: dict[tuple[str, str], list[Arn]] = {}
    asked: list[Future[dict[str, Seen]]] = []
    for text in arns:
        arn = _arns.parse(text)
        region = arn.region or home
        if arn.kind in LISTINGS:
            groups.setdefault((region, arn.kind), []).append(arn)
        elif single := SINGLES.get(arn.kind):
            asked.append(pool.submit(_ask, single, arn, client(single.service, region)))
        else:
            seen[text] = Seen()
    for (region, kind), group in groups.items():
        listing = LISTINGS[kind]
        asked.append(pool.submit(_list, listing, group, client(listing.service, region), stack))
    for answer in asked:
        seen.update(answer.result())
    return seen


def look_at(arn: str, stack: str, home: str, client: ClientOf) -> Seen:
    """Return what its service says of one resource."""
    parsed = _arns.parse(arn)
    region = parsed.region or home
    if listing := LISTINGS.get(parsed.kind):
        return _list(listing, [parsed], client(listing.service, region), stack)[arn]
    if single := SINGLES.get(parsed.kind):
        return _ask(single, parsed, client(single.service, region))[arn]
    return Seen()


def _ask(single: Single, arn: Arn, client: Any) -> dict[str, Seen]:
    from botocore.exceptions import ClientError

    try:
        return {arn.text: single.seen(getattr(client, single.operation)(**single.arguments(arn)), arn)}
    except ClientError as error:
        if is_missing(error):
            return {arn.text: GONE}
        return {arn.text: _not_asked(error)}


def _list(listing: Listing, arns: Iterable[Arn], client: Any, stack: str) -> dict[str, Seen]:
    import jmespath
    from botocore.exceptions import ClientError

    arguments = dict(listing.arguments or {})
    if listing.filters:
        # Values match without regard to what they look like, except for these wildcards.
        literal = re.sub(r"([*?\\])", r"\\\1", stack)
        arguments[listing.filters] = [{"Name": "tag:stratum:stack", "Values": [literal]}]
    try:
        pages = (
            client.get_paginator(listing.operation).paginate(**arguments)
            if client.can_paginate(listing.operation)
            else [getattr(client, listing.operation)(**arguments)]
        )
        found = {item[listing.id]: item for page in pages for item in jmespath.search(listing.items, page) or () if listing.id in item}
    except ClientError as error:
        return {arn.text: _not_asked(error) for arn in arns}
    return {arn.text: _read(listing, found.get(arn.text) or found.get(arn.id)) for arn in arns}


def _read(listing: Listing, document: _Document | None) -> Seen:
    import jmespath

    if document is None:
        return GONE
    state = str(jmespath.search(listing.state, document) if listing.state else "").lower()
    if state in listing.gone:
        return GONE
    return Seen(state="failed" if state == "failed" else None, owner=listing.owner(document) if listing.owner else None)


def _not_asked(error: Any) -> Seen:
    """Return that a resource may exist, where we may not ask; anything else than a refusal is raised."""
    if is_denied(error):
        return Seen(state=f"not verified: {error.operation_name} answered {error.response['Error']['Code']}")
    raise error
