# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The region of AccountabilityAtlas' production is lost, and inventories/dr starts it in another one, which holds nothing but copies.

Of production there is what the failover needs: the copied backups of its database, and the zone of its domain. What production itself makes
in the other region is read back in test_accountabilityatlas_dr.py.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.emulator import process
from tests.emulator.fixtures import Emulator
from tests.playbooks import Ran, play

from .phases import SERVICES, TASKS, tags_of

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.xdist_group("accountabilityatlas-dr"), pytest.mark.timeout(1800)]

LOST, HERE, STACK, NAME = "us-east-1", "us-west-2", "accountabilityatlas", "accountabilityatlas-dr"
DOMAIN = "accountabilityatlas.com"


@dataclass
class Recovered:
    """The account, what the plan said on the empty region and wrote there, the first run, and a function that runs a verb again."""

    account: Emulator
    planned: dict[str, Any]
    written_by_plan: list[dict[str, Any]]
    first: Ran
    run: Callable[..., Ran]
    zone: str

    def client(self, service: str) -> Any:
        """Return a boto3 client of the region that is left."""
        return self.account.client(service, region=HERE)


def copy_and_lose(account: Emulator) -> None:
    """Make production's database, have its backups copied, and lose it."""
    lost, here = account.client("rds", region=LOST), account.client("rds", region=HERE)
    made = lost.create_db_instance(
        DBInstanceIdentifier="accountabilityatlas-prod",
        Engine="postgres",
        EngineVersion="17.7",
        DBInstanceClass="db.r6g.large",
        DBName="accountabilityatlas",
        AllocatedStorage=150,
        StorageType="gp3",
        MasterUsername="accountabilityatlas",
        MasterUserPassword="known-to-nobody-any-more",
        StorageEncrypted=True,
        EnablePerformanceInsights=True,
        BackupRetentionPeriod=30,
    )
    arn = made["DBInstance"]["DBInstanceArn"]
    here.start_db_instance_automated_backups_replication(SourceDBInstanceArn=arn, BackupRetentionPeriod=7, KmsKeyId="alias/aws/rds")
    lost.delete_db_instance(DBInstanceIdentifier="accountabilityatlas-prod", SkipFinalSnapshot=True)


def zone_of_production(account: Emulator) -> str:
    """Make the zone of production's domain, whose names lead to what is lost, and return its id."""
    route53 = account.client("route53", region=LOST)
    zone: str = route53.create_hosted_zone(Name=DOMAIN, CallerReference="production")["HostedZone"]["Id"].rpartition("/")[2]
    lost = {"Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "192.0.2.1"}]}
    changes = [{"Action": "CREATE", "ResourceRecordSet": {"Name": name, **lost}} for name in (DOMAIN, f"api.{DOMAIN}")]
    route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})
    return zone


@pytest.fixture(scope="module")
def recovered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recovered]:
    """The stack of the other region, planned and converged as on the day."""
    name = f"recovered-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}-{os.getpid()}"
    account = Emulator(process.start(name, {}))
    reports = tmp_path_factory.mktemp("reports")
    try:
        copy_and_lose(account)
        zone = zone_of_production(account)
        taken = {"recover_from": "accountabilityatlas-prod", "takes_over_zone": zone}

        def run(*arguments: str, playbook: str = "site.yml", **variables: Any) -> Ran:
            return play(account, playbook, *arguments, inventory="inventories/dr", reports=reports, variables=variables, timeout=850)

        before = len(account.writes())
        planned = run("--check", **taken).check().report("plan", STACK, "dr")
        written = account.writes()[before:]
        first = run(**taken).check()
        yield Recovered(account, planned, written, first, lambda *given, **more: run(*given, **{**taken, **more}), zone)
    finally:
        account.stop()
        process.forget(name)


def test_a_plan_on_the_empty_region_writes_nothing(recovered: Recovered) -> None:
    assert recovered.planned["summary"]["failed"] == 0
    assert recovered.planned["summary"]["create"] > 150
    assert recovered.written_by_plan == []


def test_nothing_but_what_is_global_is_made_in_the_region_that_is_lost(recovered: Recovered) -> None:
    made = [each for each in recovered.account.writes() if each["region"] == LOST and each["service"] not in ("iam", "route53", "rds")]
    assert made == []


def test_the_database_is_that_of_production_as_far_as_it_was_copied(recovered: Recovered) -> None:
    rds = recovered.client("rds")
    (database,) = rds.describe_db_instances(DBInstanceIdentifier=NAME)["DBInstances"]
    (copies,) = rds.describe_db_instance_automated_backups(DBInstanceIdentifier="accountabilityatlas-prod")["DBInstanceAutomatedBackups"]
    (restored,) = [each for each in recovered.account.writes() if each["operation"] == "RestoreDBInstanceToPointInTime"]
    assert restored["region"] == HERE
    assert copies["KmsKeyId"] == database["KmsKeyId"]
    assert (database["DBInstanceClass"], database["MultiAZ"], database["EngineVersion"]) == ("db.r6g.large", True, "17.7")
    # Storage that production's had got is never taken back.
    assert database["AllocatedStorage"] == 150
    assert (database["BackupRetentionPeriod"], database["DeletionProtection"]) == (30, True)
    tags = tags_of(database, "TagList")
    assert {"stratum:stack": STACK, "stratum:environment": "dr", "stratum:layer": "data_tier"}.items() <= tags.items()
    assert "stratum:restoring" not in tags
    (replica,) = rds.describe_db_instances(DBInstanceIdentifier=f"{NAME}-replica")["DBInstances"]
    assert replica["ReadReplicaSourceDBInstanceIdentifier"] == NAME


def test_nobody_needs_the_password_that_was_lost(recovered: Recovered) -> None:
    text = recovered.client("secretsmanager").get_secret_value(SecretId="accountabilityatlas/dr/database")["SecretString"]
    secret = json.loads(text)
    assert secret["host"].startswith(f"{NAME}.")
    assert len(secret["password"]) == 32
    given = [each for each in recovered.account.writes() if each["operation"] == "ModifyDBInstance" and each["region"] == HERE]
    assert given


def test_as_many_tasks_run_as_in_production_of_images_that_were_copied(recovered: Recovered) -> None:
    ecs = recovered.client("ecs")
    services = {}
    for name in SERVICES:
        (services[name],) = ecs.describe_services(cluster=NAME, services=[name])["services"]
        definition = ecs.describe_task_definition(taskDefinition=services[name]["taskDefinition"])["taskDefinition"]
        (image,) = [each["image"] for each in definition["containerDefinitions"] if each["name"] == name]
        assert image == f"123456789012.dkr.ecr.{HERE}.amazonaws.com/acct-atlas-{name}:1.0.0"
    assert {name: each["runningCount"] for name, each in services.items()} == TASKS["dr-4"]
    assert recovered.client("ecr").describe_repositories()["repositories"] == []


def test_search_and_cache_are_as_large_as_in_production(recovered: Recovered) -> None:
    (cache,) = recovered.client("elasticache").describe_replication_groups(ReplicationGroupId=NAME)["ReplicationGroups"]
    assert (cache["CacheNodeType"], len(cache["MemberClusters"]), cache["MultiAZ"]) == ("cache.r6g.large", 2, "enabled")
    domain = recovered.client("opensearch").describe_domain(DomainName=NAME)["DomainStatus"]
    assert (domain["ClusterConfig"]["InstanceType"], domain["ClusterConfig"]["InstanceCount"]) == ("r6g.large.search", 3)


def test_the_zones_are_those_of_the_region(recovered: Recovered) -> None:
    ec2 = recovered.client("ec2")
    (vpc,) = [each for each in ec2.describe_vpcs()["Vpcs"] if not each["IsDefault"]]
    subnets = ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc["VpcId"]]}])["Subnets"]
    assert {each["AvailabilityZone"] for each in subnets} == {f"{HERE}a", f"{HERE}b"}


def test_the_names_of_production_lead_here_with_a_certificate_for_them(recovered: Recovered) -> None:
    (balancer,) = recovered.client("elbv2").describe_load_balancers(Names=[NAME])["LoadBalancers"]
    listed = recovered.account.client("route53", region=LOST).list_resource_record_sets(HostedZoneId=recovered.zone)["ResourceRecordSets"]
    leading = {each["Name"].rstrip("."): each["AliasTarget"]["DNSName"].rstrip(".") for each in listed if "AliasTarget" in each}
    assert leading == dict.fromkeys((DOMAIN, f"api.{DOMAIN}"), balancer["DNSName"].lower())
    acm = recovered.client("acm")
    issued = {each["DomainName"]: each["CertificateArn"] for each in acm.list_certificates()["CertificateSummaryList"]}
    assert issued.keys() == {DOMAIN, f"dr.{DOMAIN}"}
    detail = acm.describe_certificate(CertificateArn=issued[DOMAIN])["Certificate"]
    assert detail["Status"] == "ISSUED"
    assert set(detail["SubjectAlternativeNames"]) == {DOMAIN, f"www.{DOMAIN}", f"api.{DOMAIN}"}
    elbv2 = recovered.client("elbv2")
    listeners = elbv2.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]
    (https,) = [each["ListenerArn"] for each in listeners if each["Port"] == 443]
    borne = {each["CertificateArn"] for each in elbv2.describe_listener_certificates(ListenerArn=https)["Certificates"]}
    assert borne == set(issued.values())


def test_a_second_run_changes_nothing_and_restores_nothing(recovered: Recovered) -> None:
    assert recovered.run().check().changed == 0


def test_a_destroy_leaves_what_holds_data_and_the_certificate_for_productions_names(recovered: Recovered) -> None:
    gone = recovered.run(playbook="playbooks/destroy.yml", takes_over_zone="", confirm=STACK, override_protection=True).check(2)
    # The certificate belongs to no configuration any more, and the run says so.
    assert "1 resources with the stack's tags are left" in gone.output
    assert f"? orphan arn:aws:acm:{HERE}:" in gone.output
    kept = {line.split(":")[3] for line in gone.output.splitlines() if line.startswith("kept: ")}
    assert kept == {"rds", "secretsmanager"}
