# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""AccountabilityAtlas from phase 2 on, production and staging: what is before its containers and behind them, read back by boto3.

The values stand here and in `phases.py` as the specification has them, not as the inventory does.
"""

from __future__ import annotations

import json

import pytest

from .phases import (
    ALL,
    INTERNAL,
    SERVICES,
    TASKS,
    Grown,
    alias_of,
    balancer_of,
    groups_of,
    listeners_of,
    of,
    records_of,
    target_groups_of,
)

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.timeout(1800)]

DATABASES = {
    "prod-2": ("db.t3.medium", 50, False, 7, False),
    "prod-3": ("db.r6g.large", 100, True, 30, True),
    "prod-4": ("db.r6g.large", 100, True, 30, True),
    "staging-3": ("db.t3.medium", 50, False, 7, True),
}
CACHES = {
    "prod-2": ("cache.t3.medium", 1, "disabled"),
    "prod-3": ("cache.r6g.large", 2, "enabled"),
    "prod-4": ("cache.r6g.large", 2, "enabled"),
    "staging-3": ("cache.t3.medium", 1, "disabled"),
}
SEARCHES = {"prod-3": ("r6g.large.search", 3, 100), "prod-4": ("r6g.large.search", 3, 100), "staging-3": ("t3.small.search", 1, 20)}


# -- Edge ------------------------------------------------------------------------------------------------


@of(*ALL)
def test_the_load_balancer(grown: Grown) -> None:
    balancer = balancer_of(grown, grown.name)
    assert (balancer["Type"], balancer["Scheme"]) == ("application", "internet-facing")
    cidrs = {each["SubnetId"]: each["CidrBlock"] for each in grown.client("ec2").describe_subnets()["Subnets"]}
    assert {cidrs[each["SubnetId"]] for each in balancer["AvailabilityZones"]} == {"10.0.1.0/24", "10.0.2.0/24"}
    assert balancer["SecurityGroups"] == [groups_of(grown)["sg-alb"]["GroupId"]]
    listeners = listeners_of(grown, grown.name)
    assert listeners.keys() == ({80, 443, 8443} if grown.phase == 4 else {80, 443})
    (redirect,) = listeners[80]["DefaultActions"]
    assert redirect["RedirectConfig"]["Protocol"] == "HTTPS"
    assert redirect["RedirectConfig"]["StatusCode"] == "HTTP_301"
    assert listeners[443]["SslPolicy"].startswith("ELBSecurityPolicy-TLS13-1-2")


@of(*ALL)
def test_the_api_goes_to_api_gateway_and_the_rest_to_web_app(grown: Grown) -> None:
    groups = target_groups_of(grown)
    (default,) = listeners_of(grown, grown.name)[443]["DefaultActions"]
    assert default["TargetGroupArn"] == groups[f"{grown.short}-web-app-blue"]["TargetGroupArn"]
    rules = grown.client("elbv2").describe_rules(ListenerArn=listeners_of(grown, grown.name)[443]["ListenerArn"])["Rules"]
    paths = {
        value: rule["Actions"][0]["TargetGroupArn"]
        for rule in rules
        for condition in rule["Conditions"]
        for value in condition.get("Values") or condition["PathPatternConfig"]["Values"]
    }
    gateway = groups[f"{grown.short}-api-gateway-blue"]["TargetGroupArn"]
    assert paths == dict.fromkeys(("/api/*", "/api/v1/auth", "/api/v1/auth/*"), gateway)


@of(*ALL)
def test_targets_are_asked_for_their_health_and_have_it(grown: Grown) -> None:
    elb, groups = grown.client("elbv2"), target_groups_of(grown)
    shorts = {name: name.removesuffix("-service") for name in SERVICES}
    public = {f"{grown.short}-{short}-{colour}" for short in ("api-gateway", "web-app") for colour in ("blue", "green")}
    inside = {f"{grown.short}-{shorts[name]}-{colour}" for name in INTERNAL for colour in ("blue", "green")}
    assert groups.keys() == (public | inside if grown.phase == 4 else {name for name in public if name.endswith("-blue")})
    for name, group in groups.items():
        (service,) = [each for each, short in shorts.items() if name.startswith(f"{grown.short}-{short}-")]
        assert (group["TargetType"], group["Port"], group["HealthCheckPath"]) == ("ip", SERVICES[service][2], SERVICES[service][3])
        health = elb.describe_target_health(TargetGroupArn=group["TargetGroupArn"])["TargetHealthDescriptions"]
        count = TASKS[grown.key][service] if name.endswith("-blue") else 0
        assert [each["TargetHealth"]["State"] for each in health] == ["healthy"] * count


@of("prod-4")
def test_an_internal_load_balancer_is_before_the_services_that_are_not_public(grown: Grown) -> None:
    assert balancer_of(grown, f"{grown.name}-int")["Scheme"] == "internal"
    groups = {each["TargetGroupArn"]: name for name, each in target_groups_of(grown).items()}
    found = {port: groups[each["DefaultActions"][0]["TargetGroupArn"]] for port, each in listeners_of(grown, f"{grown.name}-int").items()}
    expected = {}
    for name, port in INTERNAL.items():
        expected[port] = f"atlas-prod-{name.removesuffix('-service')}-blue"
        expected[port + 10000] = f"atlas-prod-{name.removesuffix('-service')}-green"
    assert found == expected


@of(*ALL)
def test_acm_has_issued_the_certificate(grown: Grown) -> None:
    acm = grown.client("acm")
    (listed,) = acm.list_certificates()["CertificateSummaryList"]
    certificate = acm.describe_certificate(CertificateArn=listed["CertificateArn"])["Certificate"]
    assert certificate["Status"] == "ISSUED"
    names = {grown.domain, f"api.{grown.domain}"} | ({f"www.{grown.domain}"} if grown.environment == "prod" else set())
    assert set(certificate["SubjectAlternativeNames"]) == names
    served = listeners_of(grown, grown.name)[443]["Certificates"]
    assert [each["CertificateArn"] for each in served] == [listed["CertificateArn"]]


@of(*ALL)
def test_dns(grown: Grown) -> None:
    balancer = balancer_of(grown, grown.name)["DNSName"].lower()
    assert alias_of(grown, f"api.{grown.domain}") == balancer
    if grown.environment == "prod" and grown.phase > 2:
        (distribution,) = grown.client("cloudfront").list_distributions()["DistributionList"]["Items"]
        assert alias_of(grown, grown.domain) == distribution["DomainName"]
    else:
        assert alias_of(grown, grown.domain) == balancer
    www = records_of(grown, grown.domain).get((f"www.{grown.domain}", "CNAME"))
    if grown.environment == "prod":
        assert www is not None
        assert [each["Value"].rstrip(".") for each in www["ResourceRecords"]] == [grown.domain]
    else:
        assert www is None


@of("prod-3", "prod-4")
def test_cloudfront_serves_static_assets_from_the_bucket_and_asks_the_load_balancer_for_the_rest(grown: Grown) -> None:
    cloudfront = grown.client("cloudfront")
    (listed,) = cloudfront.list_distributions()["DistributionList"]["Items"]
    config = cloudfront.get_distribution_config(Id=listed["Id"])["DistributionConfig"]
    assert set(config["Aliases"]["Items"]) == {"accountabilityatlas.com", "www.accountabilityatlas.com"}
    assert config["ViewerCertificate"]["MinimumProtocolVersion"] == "TLSv1.2_2021"
    origins = {each["DomainName"]: each for each in config["Origins"]["Items"]}
    assets = origins["accountabilityatlas-assets-prod.s3.us-east-1.amazonaws.com"]
    assert assets["OriginAccessControlId"]
    dynamic = origins["api.accountabilityatlas.com"]
    assert dynamic["CustomOriginConfig"]["OriginProtocolPolicy"] == "https-only"
    assert config["DefaultCacheBehavior"]["TargetOriginId"] == dynamic["Id"]
    assert config["DefaultCacheBehavior"]["ViewerProtocolPolicy"] == "redirect-to-https"
    behaviours = {each["PathPattern"]: each["TargetOriginId"] for each in config["CacheBehaviors"]["Items"]}
    assert behaviours == dict.fromkeys(("/_next/static/*", "/static/*", "/images/*"), assets["Id"])
    policy = json.loads(grown.client("s3").get_bucket_policy(Bucket="accountabilityatlas-assets-prod")["Policy"])
    reading = [each for each in policy["Statement"] if each.get("Principal") == {"Service": "cloudfront.amazonaws.com"}]
    assert len(reading) == 1


@of("prod-2", "staging-3")
def test_there_is_no_cloudfront(grown: Grown) -> None:
    assert not grown.client("cloudfront").list_distributions()["DistributionList"].get("Items")


@of("prod-3", "prod-4", "staging-3")
def test_the_firewall_stands_before_the_load_balancer(grown: Grown) -> None:
    waf = grown.client("wafv2")
    balancer = balancer_of(grown, grown.name)["LoadBalancerArn"]
    acl = waf.get_web_acl_for_resource(ResourceArn=balancer)["WebACL"]
    assert acl["Name"] == grown.name
    rules = {rule["Name"]: rule["Statement"] for rule in acl["Rules"]}
    assert {name for name, statement in rules.items() if "ManagedRuleGroupStatement" in statement} == {
        "AWSManagedRulesAmazonIpReputationList",
        "AWSManagedRulesCommonRuleSet",
        "AWSManagedRulesKnownBadInputsRuleSet",
        "AWSManagedRulesSQLiRuleSet",
    }
    # Thirty requests a second, and five where passwords are guessed, in five minutes.
    assert rules["rate-limit"]["RateBasedStatement"]["Limit"] == 30 * 300
    assert rules["rate-limit-auth"]["RateBasedStatement"]["Limit"] == 5 * 300
    logged = waf.get_logging_configuration(ResourceArn=acl["ARN"])["LoggingConfiguration"]["LogDestinationConfigs"]
    assert logged[0].partition(":log-group:")[2].startswith(f"aws-waf-logs-{grown.name}")


@of("prod-2")
def test_there_is_no_firewall_before_phase_3(grown: Grown) -> None:
    assert grown.client("wafv2").list_web_acls(Scope="REGIONAL")["WebACLs"] == []


# -- Data ------------------------------------------------------------------------------------------------


@of(*ALL)
def test_the_database(grown: Grown) -> None:
    instances = {each["DBInstanceIdentifier"]: each for each in grown.client("rds").describe_db_instances()["DBInstances"]}
    # What was asked for in phase 2 waits for the maintenance window.
    database = {**instances[grown.name], **(instances[grown.name].get("PendingModifiedValues") or {})}
    found = (
        database["DBInstanceClass"],
        database["AllocatedStorage"],
        database["MultiAZ"],
        database["BackupRetentionPeriod"],
        bool(database.get("PerformanceInsightsEnabled")),
    )
    assert found == DATABASES[grown.key]
    assert (database["Engine"], database["StorageType"], database["StorageEncrypted"]) == ("postgres", "gp3", True)
    assert database["DeletionProtection"] is (grown.environment == "prod")
    # Whoever keeps backups can restore to any second of these days.
    assert database["BackupRetentionPeriod"] > 0


@of(*ALL)
def test_production_has_one_read_replica_from_phase_3_on(grown: Grown) -> None:
    rds = grown.client("rds")
    instances = {each["DBInstanceIdentifier"]: each for each in rds.describe_db_instances()["DBInstances"]}
    if grown.environment == "prod" and grown.phase > 2:
        assert instances.keys() == {grown.name, f"{grown.name}-replica"}
        replica = instances[f"{grown.name}-replica"]
        assert replica["ReadReplicaSourceDBInstanceIdentifier"] == grown.name
        assert replica["DBInstanceClass"] == "db.r6g.large"
        assert replica["PerformanceInsightsEnabled"] is True
    else:
        assert instances.keys() == {grown.name}


@of(*ALL)
def test_the_cache(grown: Grown) -> None:
    elasticache = grown.client("elasticache")
    (group,) = elasticache.describe_replication_groups()["ReplicationGroups"]
    node_type, nodes, multi_az = CACHES[grown.key]
    assert group["ReplicationGroupId"] == grown.name
    assert (group["CacheNodeType"], len(group["MemberClusters"]), group["MultiAZ"]) == (node_type, nodes, multi_az)
    assert group["AutomaticFailover"] == multi_az
    assert group["AtRestEncryptionEnabled"] is True
    assert group["TransitEncryptionEnabled"] is True
    assert group["AuthTokenEnabled"] is True
    parameters = elasticache.describe_cache_parameters(CacheParameterGroupName=grown.name, Source="user")["Parameters"]
    assert {each["ParameterName"]: each["ParameterValue"] for each in parameters} == {"maxmemory-policy": "allkeys-lru"}


@of("prod-3", "prod-4", "staging-3")
def test_opensearch(grown: Grown) -> None:
    domain = grown.client("opensearch").describe_domain(DomainName=grown.name)["DomainStatus"]
    cluster = domain["ClusterConfig"]
    assert (cluster["InstanceType"], cluster["InstanceCount"], domain["EBSOptions"]["VolumeSize"]) == SEARCHES[grown.key]
    assert domain["EncryptionAtRestOptions"]["Enabled"] is True
    assert domain["NodeToNodeEncryptionOptions"]["Enabled"] is True
    assert domain["DomainEndpointOptions"]["EnforceHTTPS"] is True
    assert domain["AdvancedSecurityOptions"]["Enabled"] is True
    assert domain["VPCOptions"]["SecurityGroupIds"] == [groups_of(grown)["sg-opensearch"]["GroupId"]]


@of("prod-2")
def test_there_is_no_opensearch_before_phase_3(grown: Grown) -> None:
    assert grown.client("opensearch").list_domain_names()["DomainNames"] == []


@of(*ALL)
def test_queues_and_buckets_are_those_of_the_first_phase(grown: Grown) -> None:
    urls = grown.client("sqs").list_queues()["QueueUrls"]
    names = {f"acct-atlas-{grown.environment}-{each}" for each in ("video-metadata", "moderation", "search-index", "notifications")}
    assert {url.rpartition("/")[2] for url in urls} >= names | {f"{name}-dlq" for name in names}
    buckets = {each["Name"] for each in grown.client("s3").list_buckets()["Buckets"]}
    assert buckets >= {f"accountabilityatlas-{each}-{grown.environment}" for each in ("backups", "assets")}


@of(*ALL)
def test_production_keeps_the_repositories_of_images(grown: Grown) -> None:
    repositories = {each["repositoryName"] for each in grown.client("ecr").describe_repositories()["repositories"]}
    assert repositories == ({f"acct-atlas-{name}" for name in SERVICES} if grown.environment == "prod" else set())
