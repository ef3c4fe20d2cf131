# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A repository of images over its whole life."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.integration.modules.running import RunModule

pytestmark = pytest.mark.integration

MODULE = "ecr_repository"
ARN = "arn:aws:ecr:ca-central-1:123456789012:repository/shop/api"
EXPIRE = {
    "rulePriority": 1,
    "selection": {"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 14},
    "action": {"type": "expire"},
}
POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {"Sid": "Pull", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}, "Action": ["ecr:BatchGetImage"]},
    ],
}
OPTIONS: dict[str, Any] = {
    "name": "shop/api",
    "immutable_tags": True,
    "scan_on_push": True,
    "lifecycle_policy": {"rules": [EXPIRE]},
    "policy": POLICY,
    "tags": {"Service": "api", "cost": 7},
}
MANIFEST = json.dumps({"schemaVersion": 2, "mediaType": "application/vnd.docker.distribution.manifest.v2+json", "layers": []})


def stored(account: Any) -> dict[str, Any]:
    answer: dict[str, Any] = account.client("ecr").describe_repositories(repositoryNames=["shop/api"])["repositories"][0]
    return answer


def repositories(account: Any) -> list[str]:
    return [each["repositoryName"] for each in account.client("ecr").describe_repositories()["repositories"]]


def test_creates_and_then_changes_nothing(account: Any, run_module: RunModule) -> None:
    first = run_module(MODULE, OPTIONS)
    assert first.changed, first
    repository = first["repository"]
    assert repository["arn"] == ARN
    assert repository["uri"] == "123456789012.dkr.ecr.ca-central-1.amazonaws.com/shop/api"
    assert repository["lifecycle_policy"] == {"rules": [EXPIRE]}
    assert repository["tags"] == {"Service": "api", "cost": "7"}
    assert stored(account)["imageTagMutability"] == "IMMUTABLE"
    assert stored(account)["imageScanningConfiguration"] == {"scanOnPush": True}
    again = run_module(MODULE, OPTIONS)
    assert not again.changed, again
    assert again["repository"] == repository


def test_check_mode_says_what_would_be_and_writes_nothing(account: Any, run_module: RunModule) -> None:
    result = run_module(MODULE, OPTIONS, check=True)
    assert result.changed, result
    assert result["repository"]["arn"] == ARN
    assert result["diff"]["before"] == {}
    assert repositories(account) == []


def test_changes_what_differs(account: Any, run_module: RunModule) -> None:
    run_module(MODULE, OPTIONS)
    wanted = {**OPTIONS, "immutable_tags": False, "scan_on_push": False, "lifecycle_policy": {}, "policy": {}, "tags": {"team": "shop"}}
    planned = run_module(MODULE, wanted, check=True, diff=True)
    assert planned["diff"]["before"]["scan_on_push"] is True
    assert stored(account)["imageTagMutability"] == "IMMUTABLE"
    result = run_module(MODULE, wanted)
    assert result.changed, result
    assert {**planned["repository"]} == result["repository"]
    assert stored(account)["imageTagMutability"] == "MUTABLE"
    assert result["repository"]["policy"] == {}
    assert result["repository"]["lifecycle_policy"] == {}
    assert not run_module(MODULE, wanted).changed


def test_keeps_what_is_not_named(account: Any, run_module: RunModule) -> None:
    run_module(MODULE, OPTIONS)
    assert not run_module(MODULE, {"name": "shop/api"}).changed


def test_encryption_cannot_be_changed(account: Any, run_module: RunModule) -> None:
    run_module(MODULE, OPTIONS)
    result = run_module(MODULE, {"name": "shop/api", "encryption": "KMS"})
    assert result.failed
    assert "encryption is AES256 and cannot be changed to KMS" in result.msg


def test_absent_and_absent_again(account: Any, run_module: RunModule) -> None:
    run_module(MODULE, OPTIONS)
    gone = {"name": "shop/api", "state": "absent"}
    assert run_module(MODULE, gone, check=True).changed
    assert repositories(account) == ["shop/api"]
    result = run_module(MODULE, gone)
    assert result.changed, result
    assert result["repository"] is None
    assert repositories(account) == []
    assert not run_module(MODULE, gone).changed


def test_images_are_deleted_only_by_force(account: Any, run_module: RunModule) -> None:
    run_module(MODULE, OPTIONS)
    account.client("ecr").put_image(repositoryName="shop/api", imageManifest=MANIFEST, imageTag="1.0.0")
    gone = {"name": "shop/api", "state": "absent"}
    refused = run_module(MODULE, gone)
    assert refused.failed
    assert "Delete its images first, or set force to true" in refused.msg
    assert repositories(account) == ["shop/api"]
    assert run_module(MODULE, {**gone, "force": True}).changed
    assert repositories(account) == []


def test_bad_input(run_module: RunModule) -> None:
    result = run_module(MODULE, {"name": "shop/api", "kms_key": "alias/images"})
    assert result.failed
    assert "kms_key needs encryption=KMS" in result.msg
