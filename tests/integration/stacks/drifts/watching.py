# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Drifts of the cluster, of the zone, and of what watches and backs up."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

from . import COST_CENTER, NAME, Drift, Hands, changed, missing, nothing, of

DRIFTS: list[Drift] = []
drift = partial(of, DRIFTS)

NODES, NODE_GROUP = f"{NAME}-nodes", f"{NAME}/{NAME}-nodes"
DOMAIN = "speckle.example.com"
TOPIC, DASHBOARD = f"{NAME}-alerts-production", f"{NAME}-production"
VAULT, PLAN, SELECTION = f"{NAME}-production", f"{NAME}-daily-production", f"{NAME}-production"
ADDONS, ADDONS_ON_NODES = "Install the add-ons that nodes need", "Install the add-ons that need nodes"

# -- The cluster -----------------------------------------------------------------------------------------


@drift(1, "who reaches the cluster's API changed", changed("Create the clusters", NAME, "resources_vpc_config.public_access_cidrs"))
def _drift_1(by: Hands) -> None:
    by("eks").update_cluster_config(name=NAME, resourcesVpcConfig={"publicAccessCidrs": ["198.51.100.0/24"]})


@drift(2, "the control plane's logs turned off", changed("Create the clusters", NAME, "logging"))
def _drift_2(by: Hands) -> None:
    off = [{"types": ["api", "audit", "authenticator"], "enabled": False}]
    by("eks").update_cluster_config(name=NAME, logging={"clusterLogging": off})


@drift(1, "a tag of the cluster removed", changed("Create the clusters", NAME, COST_CENTER))
def _drift_3(by: Hands) -> None:
    by("eks").untag_resource(resourceArn=by("eks").describe_cluster(name=NAME)["cluster"]["arn"], tagKeys=["CostCenter"])


@drift(1, "the cluster's private access turned off", changed("Create the clusters", NAME, "resources_vpc_config.endpoint_private_access"))
def _drift_4(by: Hands) -> None:
    by("eks").update_cluster_config(name=NAME, resourcesVpcConfig={"endpointPrivateAccess": False})


@drift(
    1,
    "how many nodes there may be changed",
    changed("Create the node groups", NODE_GROUP, "scaling_config.min_size", "scaling_config.max_size"),
)
def _drift_5(by: Hands) -> None:
    by("eks").update_nodegroup_config(clusterName=NAME, nodegroupName=NODES, scalingConfig={"minSize": 2, "maxSize": 9, "desiredSize": 2})


@drift(1, "a tag of a node group removed", changed("Create the node groups", NODE_GROUP, COST_CENTER))
def _drift_6(by: Hands) -> None:
    group = by("eks").describe_nodegroup(clusterName=NAME, nodegroupName=NODES)["nodegroup"]
    by("eks").untag_resource(resourceArn=group["nodegroupArn"], tagKeys=["CostCenter"])


@drift(1, "labels of nodes added", changed("Create the node groups", NODE_GROUP, "labels.a"))
def _drift_7(by: Hands) -> None:
    by("eks").update_nodegroup_config(clusterName=NAME, nodegroupName=NODES, labels={"addOrUpdateLabels": {"a": "b"}})


@drift(1, "more nodes at present, as the autoscaler has it", nothing)
def _drift_8(by: Hands) -> None:
    by("eks").update_nodegroup_config(clusterName=NAME, nodegroupName=NODES, scalingConfig={"desiredSize": 3})


@drift(1, "an add-on deleted", missing(ADDONS_ON_NODES, f"{NAME}/coredns"))
def _drift_9(by: Hands) -> None:
    by("eks").delete_addon(clusterName=NAME, addonName="coredns")


@drift(1, "a tag of an add-on removed", changed(ADDONS, f"{NAME}/kube-proxy", COST_CENTER))
def _drift_10(by: Hands) -> None:
    addon = by("eks").describe_addon(clusterName=NAME, addonName="kube-proxy")["addon"]
    by("eks").untag_resource(resourceArn=addon["addonArn"], tagKeys=["CostCenter"])


@drift(
    2,
    "a version of the nodes' launch template made by hand",
    changed(
        "Create the launch templates of the nodes",
        NODES,
        "metadata_options",
        "block_device_mappings",
        "security_group_ids",
        "tag_specifications",
        "default_version",
    ),
)
def _drift_11(by: Hands) -> None:
    by("ec2").create_launch_template_version(LaunchTemplateName=NODES, LaunchTemplateData={"MetadataOptions": {"HttpTokens": "optional"}})


@drift(3, "a tag of an add-on removed, which cannot be seen while the cluster's role is missing", nothing)
def _drift_12(by: Hands) -> None:
    addon = by("eks").describe_addon(clusterName=NAME, addonName="vpc-cni")["addon"]
    by("eks").untag_resource(resourceArn=addon["addonArn"], tagKeys=["CostCenter"])


@drift(3, "a tag of a node group removed, which cannot be seen while its subnets' way out is missing", nothing)
def _drift_13(by: Hands) -> None:
    group = by("eks").describe_nodegroup(clusterName=NAME, nodegroupName=NODES)["nodegroup"]
    by("eks").untag_resource(resourceArn=group["nodegroupArn"], tagKeys=["CostCenter"])


@drift(1, "who may ask for tokens changed", changed("Let service accounts of the clusters assume roles", NAME, "client somebody"))
def _drift_14(by: Hands) -> None:
    (provider,) = by("iam").list_open_id_connect_providers()["OpenIDConnectProviderList"]
    by("iam").add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=provider["Arn"], ClientID="somebody")


@drift(1, "somebody let into the cluster, by nobody's tag", nothing)
def _drift_15(by: Hands) -> None:
    trust = '{"Version": "2012-10-17", "Statement": []}'
    role = by("iam").create_role(RoleName="somebody", AssumeRolePolicyDocument=trust)["Role"]
    by("eks").create_access_entry(clusterName=NAME, principalArn=role["Arn"])


# -- The zone and its certificate ------------------------------------------------------------------------


def zone_of(by: Hands) -> str:
    (zone,) = by("route53").list_hosted_zones()["HostedZones"]
    return str(zone["Id"]).rpartition("/")[2]


def proof_of(by: Hands) -> dict[str, Any]:
    records = by("route53").list_resource_record_sets(HostedZoneId=zone_of(by))["ResourceRecordSets"]
    (record,) = [record for record in records if record["Type"] == "CNAME"]
    return dict(record)


def put_record(by: Hands, action: str, record: dict[str, Any]) -> None:
    changes = [{"Action": action, "ResourceRecordSet": record}]
    by("route53").change_resource_record_sets(HostedZoneId=zone_of(by), ChangeBatch={"Changes": changes})


PROOF = "_031a4362cffd0be37c7c85d4144bf5ce.speckle.example.com."


@drift(1, "a tag of a zone removed", changed("Create the public zones", DOMAIN, COST_CENTER))
def _drift_16(by: Hands) -> None:
    by("route53").change_tags_for_resource(ResourceType="hostedzone", ResourceId=zone_of(by), RemoveTagKeys=["CostCenter"])


@drift(1, "the comment of a zone changed", changed("Create the public zones", DOMAIN, "comment"))
def _drift_17(by: Hands) -> None:
    by("route53").update_hosted_zone_comment(Id=zone_of(by), Comment="somebody's")


@drift(
    1, "a record changed", changed("Prove that the domains of the certificates are ours", PROOF, f"record {PROOF.rstrip('.')} CNAME.values")
)
def _drift_18(by: Hands) -> None:
    put_record(by, "UPSERT", {**proof_of(by), "ResourceRecords": [{"Value": "elsewhere.example.com."}]})


@drift(2, "a record deleted", missing("Prove that the domains of the certificates are ours", PROOF))
def _drift_19(by: Hands) -> None:
    put_record(by, "DELETE", proof_of(by))


@drift(3, "a record of somebody else's", nothing)
def _drift_20(by: Hands) -> None:
    put_record(by, "CREATE", {"Name": f"mail.{DOMAIN}", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "198.51.100.7"}]})


@drift(1, "a tag of a certificate removed", changed("Request the certificates", DOMAIN, COST_CENTER))
def _drift_21(by: Hands) -> None:
    (certificate,) = by("acm").list_certificates()["CertificateSummaryList"]
    by("acm").remove_tags_from_certificate(CertificateArn=certificate["CertificateArn"], Tags=[{"Key": "CostCenter"}])


# -- What watches ----------------------------------------------------------------------------------------


def arn_of_topic(by: Hands) -> str:
    return next(str(each["TopicArn"]) for each in by("sns").list_topics()["Topics"] if each["TopicArn"].endswith(f":{TOPIC}"))


def change_alarm(by: Hands, name: str, **values: Any) -> None:
    (alarm,) = by("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"]
    taken = by("cloudwatch").meta.service_model.operation_model("PutMetricAlarm").input_shape.members
    by("cloudwatch").put_metric_alarm(**{**{key: value for key, value in alarm.items() if key in taken}, **values})


CPU, STORAGE, EVICTIONS = f"{NAME}-postgres-cpu-production", f"{NAME}-postgres-storage-production", f"{NAME}-redis-evictions-production"


@drift(1, "an alarm's threshold raised", changed("Create the alarms", CPU, "threshold"))
def _drift_22(by: Hands) -> None:
    change_alarm(by, CPU, Threshold=99.5)


@drift(1, "an alarm deleted", missing("Create the alarms", f"{NAME}-redis-cpu-production"))
def _drift_23(by: Hands) -> None:
    by("cloudwatch").delete_alarms(AlarmNames=[f"{NAME}-redis-cpu-production"])


@drift(1, "an alarm that tells nobody", changed("Create the alarms", STORAGE, "alarm_actions"))
def _drift_24(by: Hands) -> None:
    change_alarm(by, STORAGE, AlarmActions=[])


@drift(1, "an alarm turned off", changed("Create the alarms", EVICTIONS, "actions_enabled"))
def _drift_25(by: Hands) -> None:
    by("cloudwatch").disable_alarm_actions(AlarmNames=[EVICTIONS])


@drift(1, "a tag of an alarm removed", changed("Create the alarms", CPU, COST_CENTER))
def _drift_26(by: Hands) -> None:
    (alarm,) = by("cloudwatch").describe_alarms(AlarmNames=[CPU])["MetricAlarms"]
    by("cloudwatch").untag_resource(ResourceARN=alarm["AlarmArn"], TagKeys=["CostCenter"])


@drift(1, "a dashboard changed", changed("Create the dashboards", DASHBOARD, "widgets"))
def _drift_27(by: Hands) -> None:
    body = json.loads(by("cloudwatch").get_dashboard(DashboardName=DASHBOARD)["DashboardBody"])
    by("cloudwatch").put_dashboard(DashboardName=DASHBOARD, DashboardBody=json.dumps({"widgets": body["widgets"][:1]}))


@drift(2, "a dashboard deleted", missing("Create the dashboards", DASHBOARD))
def _drift_28(by: Hands) -> None:
    by("cloudwatch").delete_dashboards(DashboardNames=[DASHBOARD])


@drift(1, "who may publish to a topic changed", changed("Create the topics", TOPIC, "policy"))
def _drift_29(by: Hands) -> None:
    arn = arn_of_topic(by)
    anybody = {"Sid": "all", "Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sns:Publish", "Resource": arn}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [anybody]})
    by("sns").set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=policy)


@drift(1, "what a topic calls itself changed", changed("Create the topics", TOPIC, "display_name"))
def _drift_30(by: Hands) -> None:
    by("sns").set_topic_attributes(TopicArn=arn_of_topic(by), AttributeName="DisplayName", AttributeValue="somebody's")


@drift(1, "a queue subscribed to a topic", changed("Create the topics", TOPIC, "subscription sqs"))
def _drift_31(by: Hands) -> None:
    queue = by("sqs").create_queue(QueueName="somebodys")["QueueUrl"]
    arn = by("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    by("sns").subscribe(TopicArn=arn_of_topic(by), Protocol="sqs", Endpoint=arn)


@drift(1, "a tag of a topic removed", changed("Create the topics", TOPIC, COST_CENTER))
def _drift_32(by: Hands) -> None:
    by("sns").untag_resource(ResourceArn=arn_of_topic(by), TagKeys=["CostCenter"])


@drift(3, "a topic deleted under its alarms", missing("Create the topics", TOPIC))
def _drift_33(by: Hands) -> None:
    by("sns").delete_topic(TopicArn=arn_of_topic(by))


# -- What backs up ---------------------------------------------------------------------------------------


def plan_of(by: Hands) -> dict[str, Any]:
    (plan,) = by("backup").list_backup_plans()["BackupPlansList"]
    return dict(by("backup").get_backup_plan(BackupPlanId=plan["BackupPlanId"]))


@drift(1, "backups kept for less long", changed("Create the plans", PLAN, "rules.daily.lifecycle.delete_after_days"))
def _drift_34(by: Hands) -> None:
    plan = plan_of(by)
    (rule,) = plan["BackupPlan"]["Rules"]
    rule = {**{key: value for key, value in rule.items() if key != "RuleId"}, "Lifecycle": {"DeleteAfterDays": 1}}
    by("backup").update_backup_plan(BackupPlanId=plan["BackupPlanId"], BackupPlan={"BackupPlanName": PLAN, "Rules": [rule]})


@drift(1, "a tag of a backup plan removed", changed("Create the plans", PLAN, "tags"))
def _drift_35(by: Hands) -> None:
    by("backup").untag_resource(ResourceArn=plan_of(by)["BackupPlanArn"], TagKeyList=["CostCenter"])


@drift(2, "something no longer backed up", changed("Select what is backed up", SELECTION, "DeleteBackupSelection", "CreateBackupSelection"))
def _drift_36(by: Hands) -> None:
    plan = plan_of(by)["BackupPlanId"]
    (listed,) = by("backup").list_backup_selections(BackupPlanId=plan)["BackupSelectionsList"]
    there = by("backup").get_backup_selection(BackupPlanId=plan, SelectionId=listed["SelectionId"])["BackupSelection"]
    by("backup").delete_backup_selection(BackupPlanId=plan, SelectionId=listed["SelectionId"])
    fewer = {**there, "Resources": there["Resources"][:1]}
    by("backup").create_backup_selection(BackupPlanId=plan, BackupSelection=fewer)


@drift(3, "nothing backed up any more", missing("Select what is backed up", SELECTION))
def _drift_37(by: Hands) -> None:
    plan = plan_of(by)["BackupPlanId"]
    (listed,) = by("backup").list_backup_selections(BackupPlanId=plan)["BackupSelectionsList"]
    by("backup").delete_backup_selection(BackupPlanId=plan, SelectionId=listed["SelectionId"])


@drift(1, "a tag of a vault removed", changed("Create the vaults", VAULT, "tags"))
def _drift_38(by: Hands) -> None:
    (vault,) = [each for each in by("backup").list_backup_vaults()["BackupVaultList"] if each["BackupVaultName"] == VAULT]
    by("backup").untag_resource(ResourceArn=vault["BackupVaultArn"], TagKeyList=["CostCenter"])


@drift(1, "a vault that tells nobody", changed("Create the vaults", VAULT, "notifications"))
def _drift_39(by: Hands) -> None:
    by("backup").delete_backup_vault_notifications(BackupVaultName=VAULT)
