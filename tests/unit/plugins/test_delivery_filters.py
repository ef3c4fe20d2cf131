# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filters of the layers storage (queues, repositories) and delivery."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.stratum.aws.plugins.filter.dead_letter_queues import dead_letter_queues
from ansible_collections.stratum.aws.plugins.filter.image_lifecycle import image_lifecycle
from ansible_collections.stratum.aws.plugins.filter.oidc_trust_policy import oidc_trust_policy

ISSUER = "token.actions.githubusercontent.com"
PROVIDER = f"arn:aws:iam::123456789012:oidc-provider/{ISSUER}"
DEPLOY: dict[str, Any] = {"name": "deploy", "repository": "example/shop"}


def test_a_dead_letter_queue_is_like_its_queue() -> None:
    queue = {"name": "events", "kms_key": "data", "tags": {"Service": "video"}, "delay_seconds": 5, "dead_letter": {"max_receive_count": 3}}
    assert dead_letter_queues([queue, {"name": "other"}]) == [
        {"name": "events-dlq", "kms_key": "data", "tags": {"Service": "video"}, "retention_seconds": 1209600}
    ]


def test_queues_share_one_that_is_in_the_list_or_not() -> None:
    first, second = [{"name": name, "dead_letter": {"name": "failed"}} for name in "ab"]
    assert [each["name"] for each in dead_letter_queues([first, second])] == ["failed"]
    listed: dict[str, Any] = {"name": "failed", "retention_seconds": 60}
    assert dead_letter_queues([first, second, listed]) == [listed]


def test_a_fifo_queue_has_a_fifo_one() -> None:
    assert dead_letter_queues([{"name": "a.fifo", "fifo": True, "dead_letter": {}}])[0]["name"] == "a-dlq"
    mixed: list[dict[str, Any]] = [
        {"name": "a", "fifo": True, "dead_letter": {"name": "failed"}},
        {"name": "b", "dead_letter": {"name": "failed"}},
    ]
    with pytest.raises(AnsibleFilterError, match="failed must be FIFO like b"):
        dead_letter_queues(mixed)


def test_a_dead_letter_queue_has_none_itself() -> None:
    with pytest.raises(AnsibleFilterError, match="cannot have one of its own"):
        dead_letter_queues([{"name": "a", "dead_letter": {"name": "b"}}, {"name": "b", "dead_letter": {}}])


def test_a_lifecycle_with_both_limits() -> None:
    untagged, tagged = image_lifecycle({"keep_tagged": 10, "untagged_days": 14})["rules"]
    assert untagged["selection"] == {"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 14}
    assert tagged["selection"] == {"tagStatus": "tagged", "tagPatternList": ["*"], "countType": "imageCountMoreThan", "countNumber": 10}
    assert [untagged["rulePriority"], tagged["rulePriority"]] == [1, 2]


def test_no_limit_is_no_lifecycle() -> None:
    assert image_lifecycle({}) == {}
    assert len(image_lifecycle({"keep_tagged": 2, "tag_patterns": ["v*"]})["rules"]) == 1


def condition(**role: Any) -> Any:
    (statement,) = oidc_trust_policy({**DEPLOY, **role}, PROVIDER)["Statement"]
    assert statement["Principal"] == {"Federated": PROVIDER}
    assert statement["Action"] == "sts:AssumeRoleWithWebIdentity"
    return statement["Condition"]


def test_a_branch_is_named_exactly() -> None:
    assert condition(branches=["main"]) == {
        "StringEquals": {f"{ISSUER}:aud": "sts.amazonaws.com", f"{ISSUER}:sub": "repo:example/shop:ref:refs/heads/main"}
    }


def test_wildcards_are_patterns() -> None:
    found = condition(branches=["main"], git_tags=["v*"], environments=["prod"], subjects=["repo:example/shop:pull_request"])
    assert found["StringEquals"] == {f"{ISSUER}:aud": "sts.amazonaws.com"}
    assert found["StringLike"][f"{ISSUER}:sub"] == [
        "repo:example/shop:ref:refs/heads/main",
        "repo:example/shop:ref:refs/tags/v*",
        "repo:example/shop:environment:prod",
        "repo:example/shop:pull_request",
    ]


def test_another_audience() -> None:
    assert condition(branches=["main"], audience="shop")["StringEquals"][f"{ISSUER}:aud"] == "shop"


@pytest.mark.parametrize(
    ("role", "message"),
    [({"branches": []}, "any job of the service"), ({"repository": "shop", "branches": ["main"]}, "owner/name")],
)
def test_a_role_for_everybody_is_refused(role: dict[str, Any], message: str) -> None:
    with pytest.raises(AnsibleFilterError, match=message):
        condition(**role)
