# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""AccountabilityAtlas goes through its phases 1, 2, 3 and 4 on one account, as an operator takes it there.

What holds data keeps its identity all the way, and so do the secrets. What each phase is in detail, the tests of the phases read back
from the same account.
"""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.playbooks import ROOT

from .phases import STACK, Grown, of, records_of, run
from .walking import MIGRATE, NAME, Walk, identities

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.timeout(3000)]

DATA = re.compile(
    r"(Delete|Terminate|Release|Schedule\w*Delet|Stop)\w*"
    r"(DB\w+|Bucket\w*|Objects?|Queue|Secret|Repository|ReplicationGroup|CacheCluster|Domain|Table|FileSystem|Volume|LogGroup|Key|Snapshot)"
)


def assert_kept(before: dict[str, dict[Any, Any]], after: dict[str, dict[Any, Any]]) -> None:
    """Expect everything of `before` in `after`, as it was; more may have come."""
    for kind, items in before.items():
        assert {key: after[kind].get(key) for key in items} == items, kind


def serving(grown: Grown) -> str:
    """Return the phase that the account says serves."""
    return str(grown.client("ssm").get_parameter(Name="/accountabilityatlas/prod/phase")["Parameter"]["Value"])


# -- Phase 1: when to go on, and what is refused ---------------------------------------------------------


@of("prod-1")
def test_the_advisor_says_that_the_numbers_call_for_phase_2(grown: Grown) -> None:
    # The last full hours, as the services and the host would have published them.
    hour = datetime.now(tz=UTC).replace(minute=0, second=0, microsecond=0)
    users = {"MetricName": "ConcurrentUsers", "Dimensions": [{"Name": "Environment", "Value": "prod"}]}
    values = [{**users, "Value": 250.0 - each, "Timestamp": hour - timedelta(hours=each)} for each in (1, 2, 100)]
    grown.client("cloudwatch").put_metric_data(Namespace="AccountabilityAtlas", MetricData=values)
    before = len(grown.account.writes())
    advised = grown.run(playbook="playbooks/phase_advisor.yml").check()
    advice = advised.report("phase_advice", STACK, "prod")
    assert (advice["phase"], advice["called_for"], advice["next"]) == (1, 2, 2)
    met = {each["id"]: each["met"] for each in advice["triggers"] if each["from"] == 1}
    assert met == {"host_cpu": False, "concurrent_users": True, "zero_downtime_deploys": False, "single_point_of_failure": False}
    assert "The numbers call for phase 2 (Growth). Next: phase_migrate.yml -e to_phase=2" in advised.output
    assert advice["reserve"] == []
    assert len(grown.account.writes()) == before


@of("prod-1")
def test_a_phase_cannot_be_skipped(grown: Grown) -> None:
    before = len(grown.account.writes())
    ran = run(grown.account, "prod", None, grown.reports, playbook=MIGRATE, to_phase=3).check(2)
    assert "A phase cannot be skipped" in " ".join(ran.output.split())
    assert len(grown.account.writes()) == before


@of("prod-1")
def test_a_rehearsal_writes_nothing(grown: Grown) -> None:
    before = len(grown.account.writes())
    # As the variable's default is: below the directory that Ansible is started in.
    reports = Path(os.path.relpath(grown.reports, ROOT))
    ran = run(grown.account, "prod", None, reports, "--check", playbook=MIGRATE, to_phase=2).check()
    planned = ran.report("plan", STACK, "prod")["summary"]
    assert planned["failed"] == planned["delete"] == 0
    assert planned["create"] > 50
    assert len(grown.account.writes()) == before
    assert serving(grown) == "1"


# -- Each step -------------------------------------------------------------------------------------------


@of("prod-2", "prod-3", "prod-4")
def test_the_plan_deletes_and_replaces_nothing(grown: Grown) -> None:
    planned = grown.planned
    assert planned["summary"]["failed"] == planned["summary"]["delete"] == 0
    assert planned["summary"]["create"] > 10
    operations = [(call["service"], call["operation"]) for node in planned["nodes"] for call in node["operations"]]
    assert [each for each in operations if DATA.fullmatch(each[1])] == []
    made = {node["name"] for node in planned["nodes"] if node["action"] == "create" and NAME in (node["item"] or "")}
    assert not made & {"Create the databases"}
    assert grown.written_by_plan == []


@of("prod-2", "prod-3", "prod-4")
def test_what_holds_data_is_what_it_was(grown: Grown, walk: Walk) -> None:
    now = identities(grown.account)
    for phase in range(1, grown.phase):
        assert_kept(walk.kept[phase], now)
    for kind in ("database", "buckets", "queues", "repositories", "secrets", "values"):
        assert walk.begun[kind], kind


@of("prod-2", "prod-3", "prod-4")
def test_a_second_run_changes_nothing(grown: Grown) -> None:
    second = grown.run().check()
    assert second.changed == 0
    report = second.report("converge", STACK, "prod")
    assert {node["action"] for node in report["nodes"]} <= {"unchanged", "skipped"}
    assert [call for node in report["nodes"] for call in node["operations"]] == []


@of("prod-2", "prod-3", "prod-4")
def test_the_names_lead_to_the_phase_and_the_host_is_gone(grown: Grown) -> None:
    assert serving(grown) == str(grown.phase)
    (record,) = [each for key, each in records_of(grown, grown.domain).items() if key == (grown.domain, "A")]
    assert ("cloudfront.net" if grown.phase > 2 else ".elb.") in record["AliasTarget"]["DNSName"]
    ec2 = grown.client("ec2")
    states = {each["State"]["Name"] for found in ec2.describe_instances()["Reservations"] for each in found["Instances"]}
    assert states <= {"terminated"}
    # The address of the host, too: what remains is that of the NAT gateways.
    gateways = ec2.describe_nat_gateways(Filters=[{"Name": "state", "Values": ["available"]}])["NatGateways"]
    used = {address["AllocationId"] for gateway in gateways for address in gateway["NatGatewayAddresses"]}
    assert {each["AllocationId"] for each in ec2.describe_addresses()["Addresses"]} == used


@of("prod-2")
def test_the_names_moved_when_the_new_compute_was_healthy(grown: Grown) -> None:
    writes = [(each["service"], each["operation"]) for each in grown.account.writes()]
    services = [place for place, each in enumerate(writes) if each == ("ecs", "CreateService")]
    moved = max(place for place, each in enumerate(writes) if each == ("route53", "ChangeResourceRecordSets"))
    retired = max(place for place, each in enumerate(writes) if each == ("ec2", "TerminateInstances"))
    assert len(services) == 8
    assert max(services) < moved < retired


@of("prod-2")
def test_a_larger_class_waits_for_the_maintenance_window_unless_it_is_wanted_at_once(grown: Grown) -> None:
    (database,) = grown.client("rds").describe_db_instances()["DBInstances"]
    assert database["DBInstanceClass"] == "db.t4g.micro"
    assert database["PendingModifiedValues"]["DBInstanceClass"] == "db.t3.medium"
    assert database["PreferredMaintenanceWindow"] == "mon:04:00-mon:05:00"


# -- Phase 4 ---------------------------------------------------------------------------------------------


@of("prod-4")
def test_what_the_phases_have_left_is_listed_and_none_of_it_holds_data(grown: Grown) -> None:
    listed = {each["arn"] for each in grown.run(playbook="playbooks/orphans.yml").check().report("orphans", STACK, "prod")["orphans"]}
    # GitHub no longer deploys, and two services may be scaled down to one task.
    assert f"arn:aws:iam::123456789012:role/{NAME}-deploy" in listed
    alarms = {arn.rpartition(":alarm:")[2] for arn in listed if ":alarm:" in arn}
    assert alarms >= {f"{NAME}-healthy-hosts-moderation-service", f"{NAME}-healthy-hosts-notification-service", f"{NAME}-certificate"}
    assert {arn.split(":")[2] for arn in listed} <= {"cloudwatch", "ec2", "iam", "logs"}


@of("prod-4")
def test_the_advisor_lists_what_to_reserve_and_no_way_leads_back(grown: Grown) -> None:
    advice = grown.run(playbook="playbooks/phase_advisor.yml").check().report("phase_advice", STACK, "prod")
    assert (advice["phase"], advice["next"]) == (4, None)
    found = {each["service"]: (each["instance"], each["term_years"], each["savings_percent"]) for each in advice["reserve"]}
    assert found == {
        "RDS": ("db.r6g.large", 1, 40),
        "ElastiCache": ("cache.r6g.large", 1, 40),
        "OpenSearch": ("r6g.large.search", 1, 40),
    }
    back = run(grown.account, "prod", None, grown.reports, playbook=MIGRATE, to_phase=3).check(2)
    assert "none leads back" in " ".join(back.output.split())
