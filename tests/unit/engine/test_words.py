# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What operations do, which failures pass, what is said: the engine's pure tables and texts."""

from __future__ import annotations

import json
import random
from pathlib import Path

import botocore.session
import pytest
from ansible_collections.stratum.aws.plugins.plugin_utils.barrier import _operations, _planning
from ansible_collections.stratum.aws.plugins.plugin_utils.barrier._operations import Effect, effect, verdict
from ansible_collections.stratum.aws.plugins.plugin_utils.changes import _differences
from ansible_collections.stratum.aws.plugins.plugin_utils.runs import _transient
from ansible_collections.stratum.aws.plugins.plugin_utils.telling._console import HEARTBEAT_SECONDS, Console, clock_time, summary_text
from ansible_collections.stratum.aws.plugins.plugin_utils.telling._report import Action, Entry, Report


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("ec2:DescribeVpcs", Effect.READ),
        ("sts:GetCallerIdentity", Effect.READ),
        ("s3:HeadBucket", Effect.READ),
        ("ec2:CreateVpc", Effect.CREATE),
        ("ec2:AllocateAddress", Effect.CREATE),
        ("ec2:CreateTags", Effect.CHANGE),
        ("ec2:CreateRoute", Effect.CHANGE),
        ("rds:ModifyDBInstance", Effect.CHANGE),
        ("ec2:DeleteVpc", Effect.DELETE),
        ("kms:ScheduleKeyDeletion", Effect.DELETE),
        ("s3:DeleteBucketPolicy", Effect.CHANGE),
        ("cloudwatch:PutMetricAlarm", Effect.PUT),
        ("newservice:FrobnicateEverything", Effect.CHANGE),
        ("elbv2:RegisterTargets", Effect.CHANGE),
        ("elasticache:TestFailover", Effect.CHANGE),
        ("ses:VerifyEmailIdentity", Effect.CHANGE),
        ("kms:Verify", Effect.READ),
    ],
)
def test_effect_of_an_operation(call: str, expected: Effect) -> None:
    assert effect(*call.split(":")) is expected


def test_every_reviewed_operation_exists_in_the_service_models() -> None:
    session = botocore.session.get_session()
    for call in _operations._REVIEWED:
        service, operation = call.split(":")
        assert operation in session.get_service_model(service).operation_names, call


def test_no_operation_of_our_services_that_sounds_like_a_read_writes() -> None:
    """The prefixes let through only operations that are reads by their documentation: none with an idempotency token."""
    session = botocore.session.get_session()
    for service in (
        "ec2",
        "eks",
        "rds",
        "elasticache",
        "iam",
        "s3",
        "kms",
        "logs",
        "cloudwatch",
        "sns",
        "route53",
        "acm",
        "backup",
        "secretsmanager",
    ):
        model = session.get_service_model(service)
        for operation in model.operation_names:
            if effect(service, operation) is Effect.READ:
                assert not model.operation_model(operation).idempotent_members, f"{service}:{operation}"


@pytest.mark.parametrize(
    ("effects", "existed", "expected"),
    [
        ([], None, Effect.READ),
        ([Effect.CREATE, Effect.CHANGE], None, Effect.CREATE),
        ([Effect.CHANGE, Effect.DELETE], None, Effect.CHANGE),
        ([Effect.DELETE], None, Effect.DELETE),
        ([Effect.DELETE, Effect.CREATE], None, Effect.CREATE),
        ([Effect.PUT], None, Effect.CREATE),
        ([Effect.PUT], True, Effect.CHANGE),
    ],
)
def test_verdict(effects: list[Effect], existed: bool | None, expected: Effect) -> None:
    assert verdict(effects, existed) is expected


@pytest.mark.parametrize(
    ("operations", "result", "expected"),
    [
        ([{"effect": "create"}], {}, "create"),
        ([{"effect": "put"}], {"diff": {"before": {"a": 1}, "after": {}}}, "change"),
        ([{"effect": "put"}], {"diff": {"before": {}, "after": {"a": 1}}}, "create"),
        ([{"effect": "delete"}], {}, "delete"),
        ([{"effect": "create", "error": "InvalidSubnet"}, {"effect": "change"}], {}, "change"),
        ([], {"method": "create"}, "create"),
        ([], {"diff": [{"before": "", "after": "x"}]}, "create"),
        ([], {}, "change"),
    ],
)
def test_action_of_a_changed_result(operations: list[dict[str, str]], result: dict[str, object], expected: str) -> None:
    assert _planning.action(operations, result) == expected


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        ({"msg": "An error occurred (Throttling) when calling the CreateRole operation"}, True),
        ({"error": {"code": "RequestLimitExceeded"}}, True),
        ({"response_metadata": {"http_status_code": 503}}, True),
        ({"response_metadata": {"http_status_code": 501}}, False),
        ({"msg": "Could not connect to the endpoint URL: …"}, True),
        ({"msg": "An error occurred (AccessDenied) when calling …", "response_metadata": {"http_status_code": 403}}, False),
        ({"msg": "value of state must be one of: present, absent"}, False),
        ({"msg": 'web-1: Error; its last words: "Connection reset by peer"', "ailments": [{"pod": "web-1"}]}, False),
    ],
)
def test_failures_that_pass(result: dict[str, object], expected: bool) -> None:
    assert _transient.is_transient(result) is expected


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        ({"msg": "Log group a: An error occurred (ResourceNotFoundException) when calling …"}, True),
        ({"msg": "failed", "error": {"code": "NoSuchEntity"}}, True),
        ({"msg": "KeyError: 'subnet_id'"}, True),
        ({"msg": "An error occurred (InvalidParameterValue) when calling …"}, False),
        ({"msg": "ValueError: not a number"}, False),
        ({"msg": 'web-1: Error; its last words: "the table does not exist"', "ailments": [{"pod": "web-1"}]}, False),
    ],
)
def test_failures_that_pass_when_reads_know_what_was_created(result: dict[str, object], expected: bool) -> None:
    assert _transient.is_not_seen_yet(result) is expected


def test_backoff_grows_and_has_a_bound() -> None:
    jitter = random.Random(1)
    assert all(0.2 <= _transient.backoff_seconds(attempt, jitter) <= min(30, 2**attempt) for attempt in range(1, 12) for _try in range(20))


def test_differences_by_property_path() -> None:
    diff = {"before": {"a": {"b": 1, "c": 2}, "gone": True}, "after": {"a": {"b": 5, "c": 2}, "new": [1]}}
    assert _differences.lines({"diff": diff}, []) == ["a.b: 1 → 5", "- gone: true", "+ new: [1]"]


def test_a_text_of_several_lines_is_shown_in_one() -> None:
    changes = [{"property": "ConfigMap a data.text", "old": "one\ntwo\n", "new": "three"}]
    call = {"service": "helm", "operation": "UpgradeRelease", "parameters": {}, "changes": changes}
    assert _differences.lines({}, [call]) == ['ConfigMap a data.text: "one\\ntwo\\n" → three']


def test_without_a_diff_the_calls_are_shown() -> None:
    call = {"service": "ec2", "operation": "ModifyVpcAttribute", "parameters": {"VpcId": "vpc-1"}}
    assert _differences.lines({}, [call]) == ['ec2:ModifyVpcAttribute {"VpcId": "vpc-1"}']


@pytest.mark.parametrize(("seconds", "text"), [(4.21, "4.2s"), (42.9, "42s"), (250, "4m10s"), (3725, "1h02m")])
def test_clock_time(seconds: float, text: str) -> None:
    assert clock_time(seconds) == text


def entry(action: Action, **other: object) -> Entry:
    values: dict[str, object] = {
        "layer": "network",
        "name": "Create the VPC",
        "item": None,
        "module": "a.b.c",
        "action": action,
        "started": 0.0,
        "seconds": 1.25,
        "source": "graph.yml:3",
        **other,
    }
    return Entry(**values)  # type: ignore[arg-type]


def make_report(*entries: Entry, verb: str = "converge") -> Report:
    return Report(
        "speckle", "prod", verb, "ca-central-1", nodes=list(entries), critical_path=(["network: Create the VPC"], 1.25), seconds=2.0
    )


def test_summary_has_every_action_and_its_text_only_those_that_occurred() -> None:
    report = make_report(entry("create"), entry("create"), entry("unchanged"))
    assert report.summary == {"create": 2, "change": 0, "delete": 0, "unchanged": 1, "skipped": 0, "failed": 0}
    assert summary_text(report) == "2 created, 1 unchanged"
    assert summary_text(make_report(entry("create"), verb="plan")) == "1 to create"
    assert summary_text(make_report()) == "nothing to do"


def test_the_report_is_written_in_the_agreed_form(tmp_path: Path) -> None:
    operation = {"service": "ec2", "operation": "CreateVpc", "parameters": {"CidrBlock": "10.0.0.0/16"}, "effect": "create", "seconds": 0.1}
    path = make_report(entry("create", item="a", operations=[operation])).write(tmp_path)
    assert path == tmp_path / "prod" / "speckle" / "converge.json"
    written = json.loads(path.read_text())
    assert list(written) == [
        "stack",
        "environment",
        "verb",
        "region",
        "started",
        "seconds",
        "critical_path",
        "summary",
        "nodes",
        "orphans",
        "kept",
        "failure",
        "warnings",
        "calls",
    ]
    assert written["nodes"] == [
        {
            "layer": "network",
            "name": "Create the VPC",
            "item": "a",
            "module": "a.b.c",
            "action": "create",
            "started": 0.0,
            "seconds": 1.25,
            "source": "graph.yml:3",
            "operations": [{"service": "ec2", "operation": "CreateVpc", "parameters": {"CidrBlock": "10.0.0.0/16"}}],
            "unknown_inputs": [],
            "message": None,
            "follows": [],
            "complete": True,
            "destructive": [],
            "cautions": [],
            "inputs": {},
            "planned_by": None,
            "ailments": [],
        }
    ]


class Screen:
    """Collects what a console says, and moves its clock by hand."""

    def __init__(self, *, verb: str = "converge", terminal: bool = False) -> None:
        self.lines: list[str] = []
        self.lives: list[str] = []
        self.now = 0.0
        self.console = Console(
            lambda line, _colour: self.lines.append(line),
            self.lives.append if terminal else None,
            verb=verb,
            clock=lambda: self.now,
        )


def test_a_line_per_resource() -> None:
    screen = Screen()
    screen.console.finished(entry("create", item="10.0.1.0/24"), known=12)
    screen.console.finished(entry("failed", message="no such subnet"), known=12)
    screen.console.finished(entry("skipped"), known=12)
    screen.console.finished(entry("unchanged"), known=12)
    assert screen.lines == [
        "[ 1/12] + network    Create the VPC (10.0.1.0/24)  created  1.2s",
        "[ 2/12] ✗ network    Create the VPC  FAILED  1.2s\n      no such subnet\n      at graph.yml:3",
        "[ 3/11] = network    Create the VPC  unchanged  1.2s",
    ]


def test_a_plan_says_what_is_only_known_later() -> None:
    screen = Screen(verb="plan")
    screen.console.finished(entry("create", unknown_inputs=["__vpc"]), known=1)
    assert screen.lines == ["[1/1] + network    Create the VPC  to create (inputs known after apply)  1.2s"]


def test_the_heartbeat_comes_when_nothing_was_said_for_a_while() -> None:
    screen = Screen()
    screen.console.waiting([("eks", "Create the cluster", 3.0)])
    assert screen.lines == []
    screen.now = HEARTBEAT_SECONDS
    screen.console.waiting([("eks", "Create the cluster", 250.0), ("data_tier", "Create the database", 12.0)])
    assert screen.lines == ["… waiting for eks Create the cluster 4m10s, data_tier Create the database 12s"]


def test_on_a_terminal_the_live_line_shows_it_at_once() -> None:
    screen = Screen(terminal=True)
    screen.console.waiting([("eks", "Create the cluster", 3.0)])
    assert (screen.lines, screen.lives) == ([], ["… eks Create the cluster 3.0s"])


def test_the_end_repeats_failures_and_names_what_was_left() -> None:
    screen = Screen()
    screen.console.end(make_report(entry("failed", message="boom")), "reports/x.json", left=["Create the cluster"])
    assert screen.lines == [
        "✗ network: Create the VPC at graph.yml:3\n      boom",
        "interrupted: 1 left to do: Create the cluster",
        "speckle: 1 failed in 2.0s, critical path 1.2s",
        "critical path: network: Create the VPC",
        "report: reports/x.json",
    ]
