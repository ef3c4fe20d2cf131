# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""No module of the AWS collections gets a write past the barrier: every one is planned, against an endpoint that notes what arrives."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.stratum.aws.plugins.plugin_utils.barrier import _gate

from tests.unit.engine.operations.listing import reachable

from .every_module import Told, modules, try_in_a_fork, try_side_by_side

pytestmark = [
    pytest.mark.integration,
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.xdist_group("every_module"),
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning"),
]

WITHOUT_A_WRITE: dict[str, str] = {
    "amazon.aws.ec2_metadata_facts": "asks the instance that it runs on, not AWS",
    "amazon.aws.sts_assume_role": "only hands out credentials",
    "community.aws.autoscaling_launch_config_find": "only looks",
    "community.aws.directconnect_confirm_connection": "confirms only what waits for it",
    "community.aws.ec2_win_password": "only looks",
    "community.aws.mq_broker_config": "reads a configuration that no made-up answer holds",
    "community.aws.route53_wait": "only waits",
    "community.aws.sts_session_token": "only hands out credentials",
    "community.aws.waf_condition": "refuses to go on with made-up answers",
    "community.aws.waf_rule": "refuses to go on with made-up answers",
    "stratum.aws.budgets_budget": "asks whose account it is, whose number no made-up answer holds",
    "stratum.aws.cloudfront_distribution": "needs policies of names that no made-up answer holds",
    "stratum.aws.codedeploy_deployment_group": "refuses to go on with made-up answers",
    "stratum.aws.codepipeline": "refuses to go on with made-up answers",
    "stratum.aws.compose_rollout": "speaks to Docker, not to AWS",
    "stratum.aws.ecs_task_definition": "refuses to go on with made-up answers",
    "stratum.aws.eks_leftovers": "removes only what bears tags that no made-up answer holds",
    "stratum.aws.eks_nodegroup_scaling": "compares sizes that no made-up answer holds",
    "stratum.aws.helm_release": "speaks to a cluster, not to AWS",
    "stratum.aws.helm_rollout": "speaks to a cluster, not to AWS",
    "stratum.aws.kubernetes_object": "speaks to a cluster, not to AWS",
    "stratum.aws.kubernetes_secret": "speaks to a cluster, not to AWS",
    "stratum.aws.opensearch_domain": "refuses to go on with made-up answers",
    "stratum.aws.porkbun_nameservers": "speaks to a registrar, not to AWS",
    "stratum.aws.secretsmanager_access_key": "makes a key only where a secret lacks one, which no made-up answer says",
    "stratum.aws.synthetics_canary": "waits for a state that no made-up answer holds",
}
"""Modules other than `_info` that were run and came to no write, each looked at."""
WRITES_IN_CHECK_MODE = "community.aws.application_autoscaling_policy"


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Told]:
    return try_side_by_side(modules(), tmp_path_factory.mktemp("every_module"), min(2, os.cpu_count() or 1))


def test_every_module_is_tried(told: dict[str, Told]) -> None:
    assert {name: each.broken for name, each in told.items() if each.broken} == {}
    assert [name for name, each in told.items() if not each.runs] == []
    assert {name: each.slow for name, each in told.items() if each.slow} == {}


def test_no_write_of_any_module_arrives(told: dict[str, Told]) -> None:
    assert {name: sorted(set(each.arrived)) for name, each in told.items() if each.arrived} == {}


def test_the_modules_did_try_to_write(told: dict[str, Told]) -> None:
    silent = {name for name, each in told.items() if not each.planned and not name.endswith("_info")}
    unreviewed = {name: sorted(set(told[name].messages)) for name in silent - set(WITHOUT_A_WRITE)}
    assert unreviewed == {}, (
        f"Give them arguments in every_module.SPECIAL that lead to a write, or a reason in WITHOUT_A_WRITE: {unreviewed}"
    )
    assert silent == {name for name in WITHOUT_A_WRITE if name in told}, "some of WITHOUT_A_WRITE do write"
    assert len(set().union(*(each.planned for each in told.values()))) > 350


def test_modules_that_gather_information_write_nothing(told: dict[str, Told]) -> None:
    assert {name: each.planned for name, each in told.items() if each.planned and name.endswith("_info")} == {}


def test_every_service_that_a_module_speaks_to_is_reviewed(told: dict[str, Told]) -> None:
    services = set().union(*(each.services for each in told.values()))
    # What is not AWS passes another door, which tells its service by itself.
    assert services - {"kubernetes"} <= set(reachable())


def test_what_writes_under_its_own_check_mode_is_stopped_too(told: dict[str, Told]) -> None:
    assert "application-autoscaling:PutScalingPolicy" in told[WRITES_IN_CHECK_MODE].planned


def test_the_endpoint_would_have_noticed(tmp_path: Path) -> None:
    (tmp_path / "probe.json").write_text("{}")
    unguarded = try_in_a_fork(WRITES_IN_CHECK_MODE, tmp_path, _gate.OPEN)
    assert "application-autoscaling:RegisterScalableTarget" in unguarded.arrived_in_check_mode


def test_no_module_speaks_to_aws_by_other_means() -> None:
    """Signing by hand, HTTP libraries, programs: what the barrier could not see."""
    elsewhere = re.compile(
        r"\b(botocore\.auth|botocore\.awsrequest|awscrt|import requests|fetch_url|open_url|urllib\.request|urllib3|http\.client"
        r"|import socket|subprocess|run_command|os\.system)\b"
    )
    found = {name for name in modules() if elsewhere.search(_source(name))}
    # The one asks the instance that it runs on, the other Docker.
    assert found == {"amazon.aws.ec2_metadata_facts", "stratum.aws.compose_rollout"}


def _source(name: str) -> str:
    from importlib.util import find_spec

    collection, _unused, short = name.rpartition(".")
    found: Any = find_spec(f"ansible_collections.{collection}.plugins.modules.{short}")
    return Path(found.origin).read_text(encoding="utf-8")
