# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Speckle's production is taken away: what stands in the way is named first, and in the end nothing is left but what is kept.

The tests tell one story in their order: refusals, a part, a destroy that is killed and goes on, a second one, everything
made anew, and gone without a last snapshot.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from typing import Any

import pytest

from tests import accounts
from tests.emulator.fixtures import Emulator
from tests.playbooks import ROOT, Ran, command, environment_for

from .conftest import Stack
from .drifts import BUCKET, NAME, Hands
from .leaving import holds, left

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.xdist_group("destroy"), pytest.mark.timeout(900)]

PLAYBOOK = "playbooks/destroy.yml"
MEANT = {"confirm": "speckle", "override_protection": True}
DATABASE = f"{NAME}-postgres"


@pytest.fixture(scope="module")
def fresh(emulator: Emulator) -> accounts.Snapshot:
    """What an account holds in which nothing was ever made."""
    emulator.reset()
    return holds(emulator)


@pytest.fixture(scope="module")
def by_hand(speckle: Stack) -> Hands:
    """Somebody who works in Speckle's account."""
    return Hands(speckle.account)


def report_of(ran: Ran) -> dict[str, Any]:
    return ran.report("destroy", "speckle", "prod")


def gone(report: dict[str, Any]) -> list[dict[str, Any]]:
    return [node for node in report["nodes"] if node["action"] == "delete"]


def written(speckle: Stack, since: int) -> list[str]:
    """Return the writes since then but for the lock's, and for those that AWS refused because there was nothing to write to."""
    made = [entry for entry in speckle.account.writes()[since:] if entry["service"] != "ssm" and not entry.get("error")]
    return [f"{entry['service']} {entry['operation']}" for entry in made]


def snapshots(by: Hands) -> list[str]:
    found = by("rds").describe_db_snapshots(SnapshotType="manual")["DBSnapshots"]
    return sorted(str(each["DBSnapshotIdentifier"]) for each in found)


# -- What must not happen --------------------------------------------------------------------------------


def test_without_a_confirmation_it_is_refused(speckle: Stack) -> None:
    before = len(speckle.account.writes())
    ran = speckle.run(playbook=PLAYBOOK).check(2)
    assert "-e confirm=speckle" in ran.output
    assert written(speckle, before) == []


def test_what_is_protected_or_holds_data_is_named_before_anything_goes(speckle: Stack, by_hand: Hands) -> None:
    by_hand("s3").put_object(Bucket=BUCKET, Key="a model", Body=b"bytes")
    before = len(speckle.account.writes())
    ran = speckle.run(playbook=PLAYBOOK, variables={"confirm": "speckle"}).check(2)
    assert f"{DATABASE}) is protected against deletion" in " ".join(ran.output.split())
    assert f"the bucket {BUCKET} holds objects" in " ".join(ran.output.split())
    assert "override_protection=true" in ran.output
    assert written(speckle, before) == []


def test_check_mode_lists_and_deletes_nothing(speckle: Stack) -> None:
    before = len(speckle.account.writes())
    ran = speckle.run("--check", playbook=PLAYBOOK, variables=MEANT).check()
    assert speckle.account.writes()[before:] == []
    listed = {(node["name"], node["item"]) for node in gone(report_of(ran))}
    assert len(listed) > 40
    assert {("Create the VPC", None), ("Create the databases", DATABASE), ("Create the buckets", BUCKET)} <= listed
    assert {("Create the clusters", NAME), ("Create the node groups", f"{NAME}/{NAME}-nodes")} <= listed


# -- A part ----------------------------------------------------------------------------------------------


def test_a_layer_goes_with_what_depends_on_it_and_nothing_else(speckle: Stack, by_hand: Hands) -> None:
    before = accounts.snapshot(speckle.client)
    ran = speckle.run(playbook=PLAYBOOK, variables={"confirm": "speckle", "converge_layers": "edge"}).check()
    assert {node["layer"] for node in gone(report_of(ran))} == {"edge"}
    after = accounts.snapshot(speckle.client)
    moved = {kind for kind in before if before[kind] != after[kind]}
    assert moved == {"route53 hosted_zones", "acm certificates", "resourcegroupstaggingapi resources"}
    assert by_hand("route53").list_hosted_zones()["HostedZones"] == []
    assert by_hand("acm").list_certificates()["CertificateSummaryList"] == []


# -- All of it -------------------------------------------------------------------------------------------


def load_balancer(by: Hands) -> None:
    """Make what the load balancer controller makes for an ingress, and an interface that a node has left behind."""
    balancer = by("elbv2").create_load_balancer(
        Name="k8s-speckle",
        Subnets=[by.subnet(f"{NAME}-public-{number}") for number in (1, 2)],
        Tags=[{"Key": "elbv2.k8s.aws/cluster", "Value": NAME}],
    )
    assert balancer["LoadBalancers"]
    by("ec2").create_network_interface(
        SubnetId=by.subnet(f"{NAME}-private-1"),
        Groups=[by.group(f"{NAME}-nodes-sg")],
        Description="aws-K8S-i-0123456789abcdef0",
        TagSpecifications=[
            {
                "ResourceType": "network-interface",
                "Tags": [
                    {"Key": f"kubernetes.io/cluster/{NAME}", "Value": "owned"},
                    {"Key": "cluster.k8s.amazonaws.com/name", "Value": NAME},
                ],
            }
        ],
    )


def killed_after(speckle: Stack, deletions: int, seconds: float = 120) -> int:
    """Begin a destroy, kill all of it after so many deletions, and return how many there were."""
    log = len(speckle.account.writes())
    line = command(PLAYBOOK, "--limit", "speckle", inventory="inventories/prod", variables=MEANT, reports=speckle.first.reports)
    run = subprocess.Popen(
        line, cwd=ROOT, env=environment_for(speckle.account), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        until = time.monotonic() + seconds
        while run.poll() is None and time.monotonic() < until:
            if len([write for write in written(speckle, log) if " Delete" in write]) >= deletions:
                break
            time.sleep(0.05)
        assert run.poll() is None, "it came to its end"
    finally:
        os.killpg(run.pid, signal.SIGKILL)
        run.wait()
    return len(written(speckle, log))


def test_a_destroy_that_was_killed_goes_on(speckle: Stack, by_hand: Hands, fresh: accounts.Snapshot) -> None:
    load_balancer(by_hand)
    assert killed_after(speckle, deletions=12) >= 12
    # The control plane's last words come when its log group has gone.
    if not by_hand("logs").describe_log_groups(logGroupNamePrefix="/aws/eks/")["logGroups"]:
        by_hand("logs").create_log_group(logGroupName=f"/aws/eks/{NAME}/cluster")
    ran = speckle.run(playbook=PLAYBOOK, variables=MEANT).check()
    report = report_of(ran)
    assert report["summary"]["failed"] == 0
    assert report["orphans"] == []
    kept = {entry["arn"]: entry["reason"] for entry in report["kept"]}
    (snapshot,) = snapshots(by_hand)
    assert [arn for arn in kept if arn.endswith(f":snapshot:{snapshot}")]
    secrets = [arn for arn in kept if ":secret:" in arn]
    assert len(secrets) == 4
    assert all("pending deletion" in kept[arn] for arn in secrets)
    assert len(kept) == 5, kept
    assert left(speckle.account, fresh) == []


def test_a_second_destroy_changes_nothing(speckle: Stack) -> None:
    before = len(speckle.account.writes())
    ran = speckle.run(playbook=PLAYBOOK, variables=MEANT).check()
    acted = [(node["name"], node["item"], node["action"]) for node in report_of(ran)["nodes"]]
    assert [each for each in acted if each[2] not in ("unchanged", "skipped")] == []
    assert ran.changed == 0
    assert gone(report_of(ran)) == []
    assert written(speckle, before) == []


def test_what_was_destroyed_can_be_made_again(speckle: Stack) -> None:
    speckle.run().check()
    ran = speckle.run(playbook="playbooks/drift.yml").check()
    report = ran.report("drift", "speckle", "prod")
    assert {node["action"] for node in report["nodes"]} <= {"unchanged", "skipped"}
    assert report["orphans"] == []


def test_nothing_is_kept_of_the_database_where_nobody_wants_it(speckle: Stack, by_hand: Hands, fresh: accounts.Snapshot) -> None:
    before = snapshots(by_hand)
    speckle.run(playbook=PLAYBOOK, variables={**MEANT, "skip_final_snapshot": True}).check()
    assert snapshots(by_hand) == before
    assert left(speckle.account, fresh) == []
