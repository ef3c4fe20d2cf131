# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which AWS operations read and which write: every one of every service that we can reach, against independent witnesses.

The witnesses of a read are its HTTP method, the trait `readonly` of newer service models, and the first words of
its documentation. A read that none of them confirms was looked at by a person, and stands in `LOOKED_AT`.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Any

import pytest
from ansible_collections.stratum.aws.plugins.plugin_utils.barrier import _operations, _operations_reviewed
from ansible_collections.stratum.aws.plugins.plugin_utils.barrier._operations import Effect, effect, put_effect

from .operations.listing import COMMAND, FOLDER, listings, reachable, session

LOOKED_AT: dict[str, str] = {
    "Describes or lists; the documentation begins with something else": """
        autoscaling:DescribeLoadBalancerTargetGroups autoscaling:DescribeLoadBalancers codedeploy:ListDeploymentInstances
        cognito-idp:AdminListUserAuthEvents cognito-idp:DescribeIdentityProvider cognito-idp:DescribeManagedLoginBranding
        cognito-idp:DescribeManagedLoginBrandingByClient cognito-idp:DescribeRiskConfiguration cognito-idp:GetCSVHeader
        cognito-idp:GetGroup cognito-idp:GetIdentityProviderByIdentifier cognito-idp:GetUICustomization cognito-idp:ListUsersInGroup
        config:GetResourceConfigHistory dms:DescribeFleetAdvisorCollectors dms:DescribeFleetAdvisorDatabases
        dms:DescribeFleetAdvisorLsaAnalysis dms:DescribeFleetAdvisorSchemaObjectSummary dms:DescribeFleetAdvisorSchemas
        dms:DescribeRecommendationLimitations dms:DescribeRecommendations ec2:DescribeInstanceImageMetadata ec2:DescribeVpcClassicLink
        ec2:DescribeVpcClassicLinkDnsSupport events:DescribePartnerEventSource events:ListPartnerEventSourceAccounts
        events:ListPartnerEventSources glue:GetDataQualityRuleRecommendationRun glue:ListDataQualityRuleRecommendationRuns
        iam:GetServiceLastAccessedDetailsWithEntities network-firewall:GetAnalysisReportResults rds:DescribeDBRecommendations
        redshift:ListRecommendations sesv2:ListRecommendations ssm:DescribeInstanceProperties ssm:ListCommandInvocations
        ssm:ListComplianceItems ssm:ListOpsMetadata xray:GetInsightEvents""",
    "Computes an answer from what it is given and keeps nothing": """
        cloudfront:TestFunction codebuild:GetReportGroupTrend dms:GetTargetSelectionRules ec2:GetCapacityManagerSupportabilityScores
        ec2:GetHostReservationPurchasePreview elasticbeanstalk:ValidateConfigurationSettings events:TestEventPattern
        glue:GetDataflowGraph glue:GetMapping logs:TestMetricFilter logs:TestTransformer s3:SelectObjectContent
        secretsmanager:GetRandomPassword""",
    "Uses a key; the key and the account stay as they are": """
        kms:Decapsulate kms:Decrypt kms:DeriveSharedSecret kms:Encapsulate kms:Encrypt kms:GenerateMac kms:ReEncrypt kms:Sign
        kms:Verify kms:VerifyMac""",
    "Hands out a token that nothing keeps": "redshift:GetIdentityCenterAuthToken waf:GetChangeToken waf-regional:GetChangeToken",
}
_NOTICE = re.compile(
    r"Classic|latest version|no longer|[Ee]nd of support|[Dd]eprecat|recommend|\binstead\b|end of life|xisting customers"
    r"|For more information|If you would like|After May"
)
_READS = re.compile(
    r"\b(returns?|gets?|lists?|describes?|retrieves?|displays?|provides?|fetch(es|ing)?|shows?|views?|checks?|search(es)?|quer(y|ies)"
    r"|reports? on|looks? up|downloads?|obtains?|reads?|finds?|validates?|simulates?|estimates?|determines?|details|information"
    r"|indicates?|represents|the status|contains|enumerates|see|identifies|gives a description|learn|discovers|calculates|evaluates"
    r"|decodes|specifies|lookup|all associations|outlines|summar\w+|a binary representation|setting)\b",
    re.IGNORECASE,
)


def operations(services: list[str]) -> Iterator[tuple[str, str, Any]]:
    for service in services:
        model = session().get_service_model(service)
        for name in model.operation_names:
            yield service, name, model.operation_model(name)


def reads_by_its_model(model: Any) -> bool:
    """Return whether the service model itself says that an operation reads."""
    if model._operation_model.get("readonly"):
        return True
    rest = str(model.service_model.metadata["protocol"]).startswith("rest")
    return rest and model.http["method"] in ("GET", "HEAD")


def reads_by_its_documentation(model: Any) -> bool:
    """Return whether the first sentence that is no notice speaks of reading within its first words."""
    text = re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", model.documentation or ""))).strip()
    sentences = [each for each in re.split(r"(?<=[.;]) ", text) if not _NOTICE.search(each)]
    return bool(sentences) and _READS.search(" ".join(sentences[0].split()[:8])) is not None


def test_the_files_show_what_every_operation_counts_as() -> None:
    wanted = listings()
    kept = {path: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.txt")}
    stale = sorted(path.name for path in wanted.keys() | kept.keys() if wanted.get(path) != kept.get(path))
    assert not stale, f"Run `{COMMAND}`, look at the difference in {', '.join(stale)}, and review each operation"


def test_every_read_has_a_witness() -> None:
    looked_at = {call for calls in LOOKED_AT.values() for call in calls.split()}
    unconfirmed = {
        f"{service}:{name}"
        for service, name, model in operations(reachable())
        if effect(service, name) is Effect.READ and not reads_by_its_model(model) and not reads_by_its_documentation(model)
    }
    assert unconfirmed == looked_at


def test_nothing_that_the_models_call_a_read_is_refused_in_a_plan() -> None:
    refused = {
        f"{service}:{name}"
        for service, name, model in operations(reachable())
        if reads_by_its_model(model) and effect(service, name) is not Effect.READ
    }
    assert refused == set()


def test_no_read_of_any_service_has_a_method_that_writes_or_a_token_against_doing_it_twice() -> None:
    wrong = [
        f"{service}:{name}"
        for service, name, model in operations(session().get_available_services())
        if effect(service, name) is Effect.READ and (model.http.get("method") in ("PUT", "PATCH", "DELETE") or model.idempotent_members)
    ]
    # A token of these two says which session or request it is; nothing is done once only.
    assert wrong == ["bedrock-agentcore:GetAgentCard", "fsx:DescribeFileSystemAliases"]


def test_every_reviewed_operation_exists_and_is_reviewed_once_and_for_a_reason() -> None:
    tables = [
        (_operations_reviewed.READS, Effect.READ),
        (_operations_reviewed.SOUND_LIKE_READS, Effect.CHANGE),
        (_operations_reviewed.CREATIONS, Effect.CREATE),
        (_operations_reviewed.DELETIONS, Effect.DELETE),
        (_operations_reviewed.PUTS, Effect.PUT),
        (_operations_reviewed.PARTS, Effect.CHANGE),
    ]
    seen: set[str] = set()
    for table, told in tables:
        for service, names in table.items():
            for name in names.split():
                call = f"{service}:{name}"
                assert call not in seen, f"{call} is reviewed twice"
                seen.add(call)
                assert name in session().get_service_model(service).operation_names, f"{call} does not exist"
                # Asked of a service that nobody reviewed, the name alone decides.
                assert effect("unheard-of", name) is not told, f"{call} need not be reviewed: its name says it"
    assert seen == set(_operations._REVIEWED)


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("unheard-of:GetThing", Effect.READ),
        ("unheard-of:Getaway", Effect.CHANGE),
        ("unheard-of:ListenToThings", Effect.CHANGE),
        ("unheard-of:SearchThings", Effect.CHANGE),
        ("unheard-of:SelectWinner", Effect.CHANGE),
        ("unheard-of:PreviewThing", Effect.CHANGE),
        ("unheard-of:RegisterThing", Effect.CHANGE),
        ("apigatewayv2:PreviewPortal", Effect.CHANGE),
        ("lambda:Invoke", Effect.CHANGE),
        ("sqs:ReceiveMessage", Effect.CHANGE),
        ("dynamodb:ExecuteStatement", Effect.CHANGE),
        ("rds-data:ExecuteStatement", Effect.CHANGE),
        ("redshift-data:ExecuteStatement", Effect.CHANGE),
        ("ssm:StartSession", Effect.CHANGE),
        ("iam:GenerateCredentialReport", Effect.CHANGE),
        ("cloudformation:EstimateTemplateCost", Effect.READ),
        ("ecr:GetAuthorizationToken", Effect.READ),
        ("sts:GetFederationToken", Effect.READ),
        ("kms:GenerateDataKey", Effect.READ),
        ("rds:DownloadDBLogFilePortion", Effect.READ),
        ("ec2:DeleteLaunchTemplateVersions", Effect.CHANGE),
        ("iam:DeletePolicyVersion", Effect.CHANGE),
        ("secretsmanager:RestoreSecret", Effect.CHANGE),
        ("autoscaling:CreateOrUpdateTags", Effect.CHANGE),
        ("application-autoscaling:PutScalingPolicy", Effect.PUT),
        ("ecs:RunTask", Effect.CREATE),
        ("ecs:RegisterTaskDefinition", Effect.PUT),
        ("ec2:ReleaseAddress", Effect.DELETE),
    ],
)
def test_effect(call: str, expected: Effect) -> None:
    service, operation = call.split(":")
    assert effect(service, operation) is expected


def changes(*actions: str) -> dict[str, Any]:
    return {"ChangeBatch": {"Changes": [{"Action": action, "ResourceRecordSet": {}} for action in actions]}}


@pytest.mark.parametrize(
    ("call", "parameters", "expected"),
    [
        ("route53:ChangeResourceRecordSets", changes("CREATE", "CREATE"), Effect.CREATE),
        ("route53:ChangeResourceRecordSets", changes("DELETE"), Effect.DELETE),
        ("route53:ChangeResourceRecordSets", changes("DELETE", "CREATE"), None),
        ("route53:ChangeResourceRecordSets", changes("UPSERT"), None),
        ("route53:ChangeResourceRecordSets", {}, None),
        ("ssm:PutParameter", {"Name": "/a", "Overwrite": False}, Effect.CREATE),
        ("ssm:PutParameter", {"Name": "/a"}, Effect.CREATE),
        ("ssm:PutParameter", {"Name": "/a", "Overwrite": True}, None),
        ("s3:PutObject", {"Bucket": "b", "Key": "k"}, None),
        ("s3:PutObject", {"Bucket": "b", "Key": "k", "IfNoneMatch": "*"}, Effect.CREATE),
        ("s3:PutObject", {"Bucket": "b", "Key": "k", "IfMatch": "etag"}, Effect.CHANGE),
        ("s3:CopyObject", {"Bucket": "b", "Key": "k", "CopySource": {"Bucket": "b", "Key": "k"}}, Effect.CHANGE),
        ("s3:CopyObject", {"Bucket": "b", "Key": "k", "CopySource": "b/k?versionId=1"}, Effect.CHANGE),
        ("s3:CopyObject", {"Bucket": "b", "Key": "k", "CopySource": "a/k"}, None),
        ("logs:PutQueryDefinition", {"queryDefinitionId": "1"}, Effect.CHANGE),
        ("logs:PutQueryDefinition", {"name": "n"}, Effect.CREATE),
        ("cloudwatch:PutMetricAlarm", {"AlarmName": "a"}, None),
        ("ec2:CreateVpc", {}, None),
    ],
)
def test_what_an_operation_that_puts_does_with_its_parameters(call: str, parameters: dict[str, Any], expected: Effect | None) -> None:
    service, operation = call.split(":")
    assert put_effect(service, operation, parameters) is expected
    assert expected is None or effect(service, operation) is Effect.PUT
