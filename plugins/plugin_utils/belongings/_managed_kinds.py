# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which kind of resource a module manages, and where its result or its arguments say which one.  Data.

Exact places, because the results of modules name other resources of the same kind too: the rules of one security
group name others, a database names its replicas.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ansible_collections.stratum.aws.plugins.plugin_utils.belongings import _arns


@dataclass(frozen=True)
class Kind:
    """What a module manages."""

    kind: str
    """As in `_arns.Arn.kind`."""
    results: tuple[str, ...] = ()
    """Paths in the result that hold an ARN, an id, or a name, or a list of such."""
    name: Callable[[Mapping[str, Any]], str] | None = None
    """The name that the arguments give, where AWS allows it only once per kind (and account, region or cluster)."""
    name_tag: str = ""
    """The argument that the module writes into the Name tag."""


def _argument(key: str) -> Callable[[Mapping[str, Any]], str]:
    return lambda args: str(args.get(key) or "")


def _within(cluster: str, key: str) -> Callable[[Mapping[str, Any]], str]:
    return lambda args: f"{args[cluster]}/{args[key]}" if args.get(cluster) and args.get(key) else ""


def _of_cluster(args: Mapping[str, Any]) -> str:
    # A cluster is given by its name or its ARN.
    cluster = str(args.get("cluster") or "").rpartition("/")[2]
    return f"{cluster}/{args['name']}" if cluster and args.get("name") else ""


def _entry(args: Mapping[str, Any]) -> str:
    if not args.get("cluster") or not args.get("principal_arn"):
        return ""
    try:
        return _arns.entry_name(str(args["cluster"]), str(args["principal_arn"]))
    except ValueError:
        return ""


def _queue(args: Mapping[str, Any]) -> str:
    name = str(args.get("name") or "")
    return f"{name}.fifo" if name and args.get("fifo") and not name.endswith(".fifo") else name


def _rule(args: Mapping[str, Any]) -> str:
    bus, name = str(args.get("event_bus") or "default").rpartition("/")[2], str(args.get("name") or "")
    return name if bus == "default" or not name else f"{bus}/{name}"


_NAME: Final = _argument("name")

KINDS: Final[dict[str, Kind]] = {
    # network
    "ec2_vpc_net": Kind("ec2:vpc", ("vpc.id",), name_tag="name"),
    "ec2_vpc_dhcp_option": Kind("ec2:dhcp-options", ("dhcp_options_id",)),
    "ec2_vpc_igw": Kind("ec2:internet-gateway", ("gateway_id",)),
    "ec2_vpc_subnet": Kind("ec2:subnet", ("subnet.id",)),
    "ec2_elastic_ip": Kind("ec2:elastic-ip", ("elastic_ip.allocation_id",), name_tag="name"),
    "ec2_vpc_nat_gateway": Kind("ec2:natgateway", ("nat_gateway_id",)),
    "ec2_vpc_route_table": Kind("ec2:route-table", ("route_table.id", "route_table.route_table_id")),
    "ec2_vpc_nacl": Kind("ec2:network-acl", ("nacl_id",), name_tag="name"),
    "ec2_vpc_endpoint": Kind("ec2:vpc-endpoint", ("vpc_endpoint.vpc_endpoint_id",), name_tag="name"),
    "ec2_vpc_flow_log": Kind("ec2:vpc-flow-log", ("flow_log.flow_log_id",)),
    # security
    "ec2_security_group": Kind("ec2:security-group", ("group_id",)),
    "kms_key": Kind("kms:key", ("key_id", "key_arn")),
    "iam_role": Kind("iam:role", ("iam_role.arn",), _NAME),
    "iam_user": Kind("iam:user", ("user.arn",), _NAME),
    "iam_managed_policy": Kind("iam:policy", ("policy.arn",), _NAME),
    "iam_instance_profile": Kind("iam:instance-profile", (), _NAME),
    # The ARN of a parameter leaves out the slash that a path begins with.
    **dict.fromkeys(
        ("ssm_parameter", "ssm_secure_parameter"), Kind("ssm:parameter", (), lambda args: str(args.get("name") or "").lstrip("/"))
    ),
    "iam_oidc_provider": Kind(
        "iam:oidc-provider", ("oidc_provider.arn",), lambda args: str(args.get("url") or "").removeprefix("https://")
    ),
    **dict.fromkeys(
        ("secretsmanager_access_key", "secretsmanager_external_secret", "secretsmanager_key_pair", "secretsmanager_random_secret"),
        Kind("secretsmanager:secret", ("secret.arn",), _NAME),
    ),
    # storage
    "efs_access_point": Kind("elasticfilesystem:access-point", ("access_point.arn",), name_tag="name"),
    "efs_file_system": Kind("elasticfilesystem:file-system", ("file_system.arn",), name_tag="name"),
    "ecr_repository": Kind("ecr:repository", ("repository.arn",), _NAME),
    "s3_bucket": Kind("s3:bucket", (), _NAME),
    "sqs_queue": Kind("sqs:queue", ("queue.arn",), _queue),
    # data_tier
    "rds_instance": Kind("rds:db", ("db_instance_arn",), _argument("db_instance_identifier")),
    "rds_subnet_group": Kind("rds:subgrp", ("subnet_group.db_subnet_group_arn",), _NAME),
    "rds_instance_param_group": Kind("rds:pg", ("db_parameter_group_arn",), _NAME),
    "elasticache_replication_group": Kind("elasticache:replicationgroup", ("replication_group.arn",), _argument("replication_group_id")),
    "elasticache_subnet_group": Kind("elasticache:subnetgroup", ("subnet_group.arn",), _NAME),
    "dynamodb_table": Kind("dynamodb:table", ("table.arn",), _NAME),
    "opensearch_domain": Kind("es:domain", ("domain.arn",), _NAME),
    "elasticache_parameter_group": Kind("elasticache:parametergroup", ("parameter_group.arn",), _NAME),
    # eks
    "eks_cluster": Kind("eks:cluster", ("cluster.arn",), _NAME),
    "eks_nodegroup": Kind("eks:nodegroup", ("nodegroup.arn",), _within("cluster_name", "name")),
    "eks_addon": Kind("eks:addon", ("addon.addon_arn",), _within("cluster", "name")),
    "eks_access_entry": Kind("eks:access-entry", ("access_entry.access_entry_arn",), _entry),
    "eks_pod_identity_association": Kind("eks:podidentityassociation", ("association.association_arn",)),
    "ec2_launch_template": Kind("ec2:launch-template", ("template.launch_template_id",)),
    "autoscaling_group": Kind("autoscaling:autoScalingGroup", ("auto_scaling_group.arn", "auto_scaling_group_arn"), _NAME),
    # container_service
    "ecs_cluster": Kind("ecs:cluster", ("cluster.arn",), _NAME),
    "ecs_service": Kind("ecs:service", ("service.arn",), _of_cluster),
    "ecs_task_definition": Kind("ecs:task-definition", (), _argument("family")),
    "application_autoscaling_target": Kind("application-autoscaling:scalable-target", ("scalable_target.arn",)),
    "servicediscovery_namespace": Kind("servicediscovery:namespace", ("namespace.arn",)),
    "servicediscovery_service": Kind("servicediscovery:service", ("discovery_service.arn",)),
    # compose_host
    "ec2_ami": Kind("ec2:image", ("image_id",)),
    "ec2_instance": Kind("ec2:instance", ("instance_ids",), name_tag="name"),
    "ec2_key": Kind("ec2:key-pair", ("key.id",)),
    "ec2_vol": Kind("ec2:volume", ("volume_id",), name_tag="name"),
    # edge
    "route53_zone": Kind("route53:hostedzone", ("zone_id", "result.zone_id")),
    "route53_health_check": Kind("route53:healthcheck", ("health_check.id",), _argument("health_check_id")),
    "cloudfront_distribution": Kind("cloudfront:distribution", ("distribution.arn",)),
    "elbv2_listener": Kind("elasticloadbalancing:listener", ("listener.listener_arn",)),
    "elbv2_listener_rule": Kind("elasticloadbalancing:listener-rule", ("rule.rule_arn",)),
    "elbv2_load_balancer": Kind("elasticloadbalancing:loadbalancer", ("load_balancer.load_balancer_arn",), _NAME),
    "elbv2_target_group": Kind("elasticloadbalancing:targetgroup", ("target_group.target_group_arn",), _NAME),
    "wafv2_web_acl": Kind("wafv2:webacl", ("arn",)),
    "acm_certificate_request": Kind("acm:certificate", ("certificate.certificate_arn",), _argument("certificate_arn")),
    # delivery
    "codeconnections_connection": Kind("codeconnections:connection", ("connection.arn",)),
    "codebuild_project": Kind("codebuild:project", ("project.arn",), _NAME),
    "codedeploy_application": Kind("codedeploy:application", ("application.arn",), _NAME),
    "codedeploy_deployment_group": Kind("codedeploy:deploymentgroup", ("deployment_group.arn",), _within("application", "name")),
    "codepipeline": Kind("codepipeline:pipeline", ("pipeline.arn",), _NAME),
    # serverless_api
    "api_gateway_rest": Kind("apigateway:restapis", ("rest_api.arn",)),
    "api_gateway_stage": Kind("apigateway:stages", ("stage.arn",)),
    "api_gateway_usage_plan": Kind("apigateway:usageplans", ("usage_plan.arn",)),
    "cognito_user_pool": Kind("cognito-idp:userpool", ("user_pool.arn",)),
    "lambda_function": Kind("lambda:function", ("function.arn",), _NAME),
    # monitoring
    "sns_topic": Kind("sns:topic", ("topic.arn",), _NAME),
    "cloudwatch_log_group": Kind("logs:log-group", ("log_group.arn",), _NAME),
    "cloudwatch_alarm": Kind("cloudwatch:alarm", ("alarm.arn",), _NAME),
    "cloudwatch_dashboard": Kind("cloudwatch:dashboard", ("dashboard.arn",), _NAME),
    "eventbridge_rule": Kind("events:rule", ("rule.arn",), _rule),
    "synthetics_canary": Kind("synthetics:canary", ("canary.arn",), _NAME),
    "xray_group": Kind("xray:group", ("group.arn",), _NAME),
    "xray_sampling_rule": Kind("xray:sampling-rule", ("sampling_rule.arn",), _NAME),
    # audit
    "cloudtrail_trail": Kind("cloudtrail:trail", ("trail.arn",), _NAME),
    # budget
    "budgets_budget": Kind("budgets:budget", ("budget.arn",), _NAME),
    # backup
    "backup_vault": Kind("backup:backup-vault", ("vault.arn",), _NAME),
    "backup_plan": Kind("backup:backup-plan", ("plan.arn",)),
    # Nothing of their own: settings of what another node manages.
    **dict.fromkeys(
        (
            "api_gateway_account",
            "application_autoscaling_policy",
            "autoscaling_policy",
            "backup_selection",
            "cloudfront_cache_policy",
            "cloudfront_invalidation",
            "cloudfront_origin_access_control",
            "cloudfront_response_headers_policy",
            "cloudwatch_log_resource_policy",
            "cloudwatch_metric_filter",
            "cognito_user_pool_client",
            "cognito_user_pool_domain",
            "cognito_user_pool_group",
            "ecr_replication_rule",
            "efs_mount_target",
            "eks_leftovers",
            "helm_release",
            "iam_policy",
            "kubernetes_object",
            "kubernetes_secret",
            "lambda_alias_routing",
            "lambda_policy",
            "porkbun_nameservers",
            "rds_automated_backup_replication",
            "rds_instance_restore",
            "route53",
            "s3_bucket_cors",
            "s3_bucket_files",
            "s3_bucket_intelligent_tiering",
            "s3_bucket_lifecycle",
            "s3_bucket_logging",
            "s3_bucket_notifications",
            "s3_bucket_policy",
            "s3_bucket_replication",
            "secretsmanager_rotation",
            "wafv2_association",
            "wafv2_logging",
        ),
        Kind(""),
    ),
}
"""By the module's name without its collection."""
