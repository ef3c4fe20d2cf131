# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What production of AccountabilityAtlas keeps in a second region from phase 4 on."""

from __future__ import annotations

import pytest

from .phases import Grown, of

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.timeout(1800)]

ELSEWHERE = "us-west-2"
BUCKETS = ("accountabilityatlas-assets-prod", "accountabilityatlas-backups-prod", "accountabilityatlas-search-snapshots-prod")


@of("prod-4")
def test_the_database_has_snapshots_daily_for_30_days_here_and_for_7_days_there(grown: Grown) -> None:
    (database,) = grown.client("rds").describe_db_instances(DBInstanceIdentifier=grown.name)["DBInstances"]
    assert database["BackupRetentionPeriod"] == 30
    backup = grown.client("backup")
    (plan,) = backup.list_backup_plans()["BackupPlansList"]
    (rule,) = backup.get_backup_plan(BackupPlanId=plan["BackupPlanId"])["BackupPlan"]["Rules"]
    assert rule["ScheduleExpression"] == "cron(0 5 ? * * *)"
    assert rule["Lifecycle"] == {"DeleteAfterDays": 30}
    (vault,) = grown.client("backup", ELSEWHERE).list_backup_vaults()["BackupVaultList"]
    assert vault["BackupVaultName"] == f"{grown.name}-{ELSEWHERE}"
    assert rule["CopyActions"] == [{"Lifecycle": {"DeleteAfterDays": 7}, "DestinationBackupVaultArn": vault["BackupVaultArn"]}]
    (selection,) = backup.list_backup_selections(BackupPlanId=plan["BackupPlanId"])["BackupSelectionsList"]
    selected = backup.get_backup_selection(BackupPlanId=plan["BackupPlanId"], SelectionId=selection["SelectionId"])["BackupSelection"]
    assert selected["Resources"] == [database["DBInstanceArn"]]


@of("prod-4")
def test_the_databases_automated_backups_are_copied_there_so_that_less_than_an_hour_is_lost(grown: Grown) -> None:
    (copies,) = grown.client("rds", ELSEWHERE).describe_db_instance_automated_backups()["DBInstanceAutomatedBackups"]
    assert (copies["DBInstanceIdentifier"], copies["Region"], copies["Status"]) == (grown.name, "us-east-1", "replicating")
    assert copies["BackupRetentionPeriod"] == 7
    assert copies["KmsKeyId"].split(":")[3] == ELSEWHERE


@of("prod-4")
def test_buckets_are_replicated_there(grown: Grown) -> None:
    here, there = grown.client("s3"), grown.client("s3", ELSEWHERE)
    for bucket in BUCKETS:
        replica = f"{bucket}-{ELSEWHERE}"
        (rule,) = here.get_bucket_replication(Bucket=bucket)["ReplicationConfiguration"]["Rules"]
        assert rule["Status"] == "Enabled"
        assert rule["Destination"]["Bucket"] == f"arn:aws:s3:::{replica}"
        assert rule["Destination"]["ReplicationTime"] == {"Status": "Enabled", "Time": {"Minutes": 15}}
        assert rule["DeleteMarkerReplication"] == {"Status": "Enabled"}
        assert there.get_bucket_location(Bucket=replica)["LocationConstraint"] == ELSEWHERE
        assert there.get_bucket_versioning(Bucket=replica)["Status"] == "Enabled"
        assert all(there.get_public_access_block(Bucket=replica)["PublicAccessBlockConfiguration"].values())


@of("prod-4")
def test_search_has_snapshots_in_s3_every_hour_for_14_days(grown: Grown) -> None:
    name = f"{grown.name}-snapshots"
    rule = grown.client("events").describe_rule(Name=name)
    assert (rule["ScheduleExpression"], rule["State"]) == ("rate(1 hour)", "ENABLED")
    (target,) = grown.client("events").list_targets_by_rule(Rule=name)["Targets"]
    function = grown.client("lambda").get_function_configuration(FunctionName=name)
    assert target["Arn"] == function["FunctionArn"]
    variables = function["Environment"]["Variables"]
    assert (variables["BUCKET"], variables["RETENTION_DAYS"]) == (BUCKETS[-1], "14")
    assert ".us-east-1.es.amazonaws.com" in variables["ENDPOINT"]


@of("prod-4")
def test_images_are_copied_there_as_they_are_pushed(grown: Grown) -> None:
    (rule,) = grown.client("ecr").describe_registry()["replicationConfiguration"]["rules"]
    assert rule["repositoryFilters"] == [{"filter": "acct-atlas-", "filterType": "PREFIX_MATCH"}]
    assert [each["region"] for each in rule["destinations"]] == [ELSEWHERE]
