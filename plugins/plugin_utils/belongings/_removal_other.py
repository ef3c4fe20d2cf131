# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How identities, names, certificates and what watches a stack are removed."""

from __future__ import annotations

from typing import Any, Final

from ansible_collections.stratum.aws.plugins.plugin_utils.belongings._arns import Arn
from ansible_collections.stratum.aws.plugins.plugin_utils.belongings._removing import REMOVED, Hands, Refused, Remover, present, simple


def _pages(client: Any, operation: str, items: str, **arguments: Any) -> list[Any]:
    return [item for page in client.get_paginator(operation).paginate(**arguments) for item in page[items]]


def _role(hands: Hands, arn: Arn) -> str:
    iam, named = hands.client("iam"), {"RoleName": arn.name}
    for profile in _pages(iam, "list_instance_profiles_for_role", "InstanceProfiles", **named):
        iam.remove_role_from_instance_profile(InstanceProfileName=profile["InstanceProfileName"], **named)
    for policy in _pages(iam, "list_attached_role_policies", "AttachedPolicies", **named):
        iam.detach_role_policy(PolicyArn=policy["PolicyArn"], **named)
    for inline in _pages(iam, "list_role_policies", "PolicyNames", **named):
        iam.delete_role_policy(PolicyName=inline, **named)
    iam.delete_role(**named)
    return REMOVED


def _user(hands: Hands, arn: Arn) -> str:
    iam, named = hands.client("iam"), {"UserName": arn.name}
    if present(lambda: iam.get_login_profile(**named)) is not None:
        raise Refused(f"the user {arn.name} has a password, so a person signs in as it. Delete that first")
    # Without keys nothing goes on in its name while the rest goes.
    for key in _pages(iam, "list_access_keys", "AccessKeyMetadata", **named):
        iam.delete_access_key(AccessKeyId=key["AccessKeyId"], **named)
    for group in _pages(iam, "list_groups_for_user", "Groups", **named):
        iam.remove_user_from_group(GroupName=group["GroupName"], **named)
    for policy in _pages(iam, "list_attached_user_policies", "AttachedPolicies", **named):
        iam.detach_user_policy(PolicyArn=policy["PolicyArn"], **named)
    for inline in _pages(iam, "list_user_policies", "PolicyNames", **named):
        iam.delete_user_policy(PolicyName=inline, **named)
    iam.delete_user(**named)
    return REMOVED


def _policy(hands: Hands, arn: Arn) -> str:
    iam, named = hands.client("iam"), {"PolicyArn": arn.text}
    # Pages may hold one of the three lists only, so the first page is not enough.
    pages = list(iam.get_paginator("list_entities_for_policy").paginate(**named))
    users = [
        next(entity[key] for key in ("RoleName", "UserName", "GroupName") if key in entity)
        for page in pages
        for items in ("PolicyRoles", "PolicyUsers", "PolicyGroups")
        for entity in page.get(items, [])
    ]
    if users:
        raise Refused(f"the policy {arn.name} is attached to {', '.join(users)}. Detach it first")
    for version in _pages(iam, "list_policy_versions", "Versions", **named):
        if not version["IsDefaultVersion"]:
            iam.delete_policy_version(VersionId=version["VersionId"], **named)
    iam.delete_policy(**named)
    return REMOVED


def _instance_profile(hands: Hands, arn: Arn) -> str:
    iam, named = hands.client("iam"), {"InstanceProfileName": arn.name}
    for role in iam.get_instance_profile(**named)["InstanceProfile"]["Roles"]:
        iam.remove_role_from_instance_profile(RoleName=role["RoleName"], **named)
    iam.delete_instance_profile(**named)
    return REMOVED


def _zone(hands: Hands, arn: Arn) -> str:
    route53 = hands.client("route53")
    name = route53.get_hosted_zone(Id=arn.id)["HostedZone"]["Name"]
    records = [
        f"{record['Name']} {record['Type']}"
        for record in _pages(route53, "list_resource_record_sets", "ResourceRecordSets", HostedZoneId=arn.id)
        if not (record["Name"] == name and record["Type"] in ("NS", "SOA"))
    ]
    if records:
        raise Refused(f"the zone {name} ({arn.id}) holds {len(records)} records, such as {records[0]}. Delete them first")
    route53.delete_hosted_zone(Id=arn.id)
    return REMOVED


def _certificate(hands: Hands, arn: Arn) -> str:
    acm, named = hands.client("acm"), {"CertificateArn": arn.text}
    if users := acm.describe_certificate(**named)["Certificate"].get("InUseBy"):
        raise Refused(f"the certificate {arn.id} is in use by {', '.join(users)}. Give them another one first")
    acm.delete_certificate(**named)
    return REMOVED


def _repository(hands: Hands, arn: Arn) -> str:
    ecr = hands.client("ecr")
    if ecr.list_images(repositoryName=arn.id, maxResults=1)["imageIds"]:
        raise Refused(f"the repository {arn.id} holds images. Delete them first")
    ecr.delete_repository(repositoryName=arn.id)
    return REMOVED


def _queue(hands: Hands, arn: Arn) -> str:
    sqs = hands.client("sqs")
    url = present(lambda: sqs.get_queue_url(QueueName=arn.id)["QueueUrl"])
    if url is None:
        return "already gone"
    sqs.delete_queue(QueueUrl=url)
    return REMOVED


def _rule(hands: Hands, arn: Arn) -> str:
    events = hands.client("events")
    bus, _cut, name = arn.id.rpartition("/")
    on = {"EventBusName": bus} if bus else {}
    targets = [target["Id"] for target in _pages(events, "list_targets_by_rule", "Targets", Rule=name, **on)]
    if targets:
        events.remove_targets(Rule=name, Ids=targets, **on)
    events.delete_rule(Name=name, **on)
    return REMOVED


def _canary(hands: Hands, arn: Arn) -> str:
    canaries, named = hands.client("synthetics"), {"Name": arn.id}
    if canaries.get_canary(**named)["Canary"]["Status"]["State"] == "RUNNING":
        canaries.stop_canary(**named)
        hands.until_gone(arn.kind, arn.id, lambda: canaries.get_canary(**named)["Canary"]["Status"]["State"] in ("RUNNING", "STOPPING"))
    canaries.delete_canary(**named, DeleteLambda=True)
    return REMOVED


def _deployment_group(arn: Arn) -> dict[str, Any]:
    application, _cut, name = arn.id.partition("/")
    return {"applicationName": application, "deploymentGroupName": name}


REMOVERS: Final[dict[str, Remover]] = {
    "acm:certificate": _certificate,
    "budgets:budget": simple("budgets", "delete_budget", lambda arn: {"AccountId": arn.account, "BudgetName": arn.id}),
    "cloudtrail:trail": simple("cloudtrail", "delete_trail", lambda arn: {"Name": arn.text}),
    "cloudwatch:alarm": simple("cloudwatch", "delete_alarms", lambda arn: {"AlarmNames": [arn.id]}),
    "cloudwatch:dashboard": simple("cloudwatch", "delete_dashboards", lambda arn: {"DashboardNames": [arn.id]}),
    "codebuild:project": simple("codebuild", "delete_project", lambda arn: {"name": arn.id}),
    "codeconnections:connection": simple("codeconnections", "delete_connection", lambda arn: {"ConnectionArn": arn.text}),
    "codedeploy:application": simple("codedeploy", "delete_application", lambda arn: {"applicationName": arn.id}),
    "codedeploy:deploymentgroup": simple("codedeploy", "delete_deployment_group", _deployment_group),
    "codepipeline:pipeline": simple("codepipeline", "delete_pipeline", lambda arn: {"name": arn.id}),
    "ecr:repository": _repository,
    "events:rule": _rule,
    "iam:instance-profile": _instance_profile,
    "iam:oidc-provider": simple("iam", "delete_open_id_connect_provider", lambda arn: {"OpenIDConnectProviderArn": arn.text}),
    "iam:policy": _policy,
    "iam:role": _role,
    "iam:user": _user,
    "lambda:function": simple("lambda", "delete_function", lambda arn: {"FunctionName": arn.id}),
    "logs:log-group": simple("logs", "delete_log_group", lambda arn: {"logGroupName": arn.id}),
    "route53:healthcheck": simple("route53", "delete_health_check", lambda arn: {"HealthCheckId": arn.id}),
    "route53:hostedzone": _zone,
    "sns:topic": simple("sns", "delete_topic", lambda arn: {"TopicArn": arn.text}),
    "sqs:queue": _queue,
    "synthetics:canary": _canary,
    "xray:group": simple("xray", "delete_group", lambda arn: {"GroupARN": arn.text}),
    "xray:sampling-rule": simple("xray", "delete_sampling_rule", lambda arn: {"RuleARN": arn.text}),
}
