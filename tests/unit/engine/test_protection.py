# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What forbids a destroy as a whole, and what stays: asked before the first deletion."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.stratum.aws.plugins.plugin_utils.checks._problems import Problem
from ansible_collections.stratum.aws.plugins.plugin_utils.runs._steps import Item, Progress
from ansible_collections.stratum.aws.plugins.plugin_utils.verbs import _protection

from .stage import Stage

BUCKET = "- {name: Create the bucket, amazon.aws.s3_bucket: {name: a}}"
REPOSITORY = "- {name: Create the repository, stratum.aws.ecr_repository: {name: a}}"
VAULT = "- {name: Create the vault, stratum.aws.backup_vault: {name: v}}"
DATABASE = "- {name: Create the database, amazon.aws.rds_instance: {name: d}}"


HOST = "- {name: Run the host, amazon.aws.ec2_instance: {name: h}}"


class Service:
    """Stands in for a boto3 client: what a bucket, a repository and a vault hold."""

    def __init__(self, held: Mapping[str, Any], asked: list[Any]) -> None:
        self._held = held
        self._asked = asked

    def list_object_versions(self, **parameters: Any) -> Any:
        self._asked.append(parameters)
        return self._held

    def describe_instance_attribute(self, **parameters: Any) -> Any:
        self._asked.append(parameters)
        return {"DisableApiTermination": {"Value": self._held["protected"]}}

    def list_images(self, **parameters: Any) -> Any:
        self._asked.append(parameters)
        return {"imageIds": [], **self._held}

    def list_recovery_points_by_backup_vault(self, **parameters: Any) -> Any:
        self._asked.append(parameters)
        return {"RecoveryPoints": [], **self._held}


def protect(
    stage: Stage, tasks: str, *, held: Mapping[str, Any] | None = None, override: bool = False, **item: Any
) -> tuple[dict[int, str], list[Problem], list[Any]]:
    (node,) = stage.nodes(tasks)
    one = Item(node, args=item.pop("args", {"name": "a"}), **{"action": "unchanged", **item})
    asked: list[Any] = []
    prepared = SimpleNamespace(evaluator=stage.evaluator())
    session: Any = SimpleNamespace(client=lambda _service, _region=None: Service(held or {}, asked), prepared=prepared)
    kept, refused = _protection.of(session, {node: Progress(node, [one], looped=False, left=0)}, override=override)
    assert set(kept) <= {id(one)}
    return kept, refused, asked


@pytest.mark.parametrize("keep", ["true", "false"])
def test_what_is_to_stay_forbids_nothing(stage: Stage, keep: str) -> None:
    tasks = DATABASE.replace("}}", f"}}, vars: {{converge_keep: {keep}}}}}")
    kept, refused, _asked = protect(stage, tasks, result={"deletion_protection": True})
    assert list(kept.values()) == (["the inventory wants it to stay"] if keep == "true" else [])
    assert len(refused) == (0 if keep == "true" else 1)


@pytest.mark.parametrize("result", [{"deletion_protection": True}, {"cluster": {"name": "c", "deletion_protection": True}}])
def test_what_is_protected_forbids_the_whole_unless_that_is_meant(stage: Stage, result: dict[str, Any]) -> None:
    kept, refused, _asked = protect(stage, DATABASE, result=result)
    assert kept == {}
    (problem,) = refused
    assert "demo: Create the database is protected against deletion" in str(problem)
    assert "-e override_protection=true" in str(problem)
    assert protect(stage, DATABASE, result=result, override=True)[:2] == ({}, [])


@pytest.mark.parametrize("result", [None, {}, {"deletion_protection": False}, {"deletion_protection": "unknown"}, {"cluster": {}}])
def test_what_is_not_protected_may_go(stage: Stage, result: dict[str, Any] | None) -> None:
    assert protect(stage, DATABASE, result=result)[:2] == ({}, [])


def test_a_repository_that_holds_images_forbids_the_whole(stage: Stage) -> None:
    kept, refused, asked = protect(stage, REPOSITORY, held={"imageIds": [{"imageTag": "1.0.0"}]})
    assert kept == {}
    assert "the repository a holds images" in str(refused[0])
    assert asked == [{"repositoryName": "a", "maxResults": 1}]
    assert protect(stage, REPOSITORY)[:2] == ({}, [])
    # A task that says so itself means it.
    assert protect(stage, REPOSITORY, held={"imageIds": [{}]}, args={"name": "a", "force": True})[:2] == ({}, [])


@pytest.mark.parametrize("held", [{"Versions": [{}]}, {"DeleteMarkers": [{}]}])
def test_a_bucket_that_holds_anything_forbids_the_whole(stage: Stage, held: dict[str, Any]) -> None:
    """Old versions and the marks of deletions count: only they may hold what somebody wants back."""
    kept, refused, asked = protect(stage, BUCKET, held=held)
    assert kept == {}
    assert "the bucket a holds objects" in str(refused[0])
    assert asked == [{"Bucket": "a", "MaxKeys": 1}]
    # A task that says so itself means it.
    assert protect(stage, BUCKET, held=held, args={"name": "a", "force": True}) == ({}, [], [])


def test_an_empty_bucket_and_an_empty_vault_may_go(stage: Stage) -> None:
    assert protect(stage, BUCKET)[:2] == ({}, [])
    assert protect(stage, VAULT)[:2] == ({}, [])


def test_a_vault_that_holds_backups_stays_and_nothing_is_forbidden(stage: Stage) -> None:
    kept, refused, _asked = protect(stage, VAULT, held={"RecoveryPoints": [{}]})
    assert list(kept.values()) == ["the vault a holds backups"]
    assert refused == []


@pytest.mark.parametrize("action", ["create", "skipped", "failed"])
def test_what_is_not_there_is_not_asked_about(stage: Stage, action: str) -> None:
    assert protect(stage, BUCKET, held={"Versions": [{}]}, action=action) == ({}, [], [])


@pytest.mark.parametrize(("protected", "override", "refusals"), [(True, False, 1), (True, True, 0), (False, False, 0)])
def test_an_instance_is_asked_whether_it_can_be_terminated(stage: Stage, protected: bool, override: bool, refusals: int) -> None:
    found = {"instance_ids": ["i-1"]}
    given: dict[str, Any] = {"held": {"protected": protected}, "override": override, "args": {"name": "h"}, "result": found}
    kept, refused, asked = protect(stage, HOST, **given)
    assert (kept, len(refused)) == ({}, refusals)
    assert asked == ([] if override else [{"InstanceId": "i-1", "Attribute": "disableApiTermination"}])
