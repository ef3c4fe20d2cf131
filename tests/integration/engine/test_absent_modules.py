# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever the graphs create, their own tasks can delete: with their arguments, what `converge_absent` says, and `state: absent`.

Each role's molecule scenario is converged, its tasks' arguments are recorded in a second run that changes nothing, and the
resources are taken away in reverse order. Each is deleted in check mode, then really, then again.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.emulator.fixtures import Emulator, StartEmulator
from tests.integration.modules.running import ModuleResult, run
from tests.playbooks import ROOT, Ran, play

from .apart import REGION
from .conftest import LOCAL
from .scenarios import NEED_KUBERNETES, ROLES, scenario

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.timeout(600)]

NO_CHECK_MODE = {"amazon.aws.s3_bucket"}
DELETES_AGAIN = {"amazon.aws.ec2_vpc_nat_gateway"}
"""Given an id, it deletes a gateway that is deleted already and says so; a destroy that is repeated finds no id."""
STAYS = {"Set the buckets' policies", "Set the buckets' lifecycle rules", "Set the buckets' CORS rules"}
"""Tasks that leave what they made to the resource that it belongs to, which takes it along."""
NEVER_THERE = {("Say what deliveries may do", "molecule-audit")}
"""Items that have nothing to take away."""
ALREADY_GONE = {"Take the rules out of the default security group"}
"""Tasks that find nothing to do: a later task on the same resource has deleted it, or there was never anything to take out."""
HOLDS_SOMETHING = {("Create the buckets", "molecule-logs")}
"""S3 has tried whether it may write logs there, so the bucket is not empty and stays."""


@dataclass
class Resource:
    """One line of what `recorder/record_absent.py` writes."""

    layer: str
    name: str
    item: str | None
    module: str
    present: dict[str, Any]
    absent: dict[str, Any]
    state: bool
    unprotect: dict[str, Any] | None

    @property
    def arguments(self) -> dict[str, Any]:
        """The arguments that delete it."""
        return self.absent if self.state else {**self.absent, "state": "absent"}


def converge(account: Emulator, role: str, directory: Path, **environment: str) -> Ran:
    return play(
        account,
        ROOT / "molecule" / "resources" / "converge.yml",
        inventory=str(directory / "hosts.yml"),
        reports=directory,
        environment={
            "MOLECULE_SCENARIO_NAME": scenario(role).name,
            "MOLECULE_SCENARIO_DIRECTORY": str(scenario(role)),
            "MOLECULE_EPHEMERAL_DIRECTORY": str(directory),
            **environment,
        },
    ).check()


def recorded(account: Emulator, role: str, directory: Path) -> list[Resource]:
    """Converge the role's scenario, and return what there is to delete, in the order of its creation."""
    (directory / "emulator.yml").write_text(json.dumps({"emulator_environment": account.environment}))
    (directory / "hosts.yml").write_text(json.dumps({"aws": {"hosts": {"molecule": LOCAL}}}))
    lines = directory / "absent.jsonl"
    converge(account, role, directory)
    converge(
        account,
        role,
        directory,
        ANSIBLE_CALLBACK_PLUGINS=str(Path(__file__).parent / "recorder"),
        ANSIBLE_CALLBACKS_ENABLED="record_absent",
        STRATUM_RECORDED_ABSENT=str(lines),
        STRATUM_ROOT=str(ROOT),
    )
    found = [Resource(**json.loads(line)) for line in lines.read_text(encoding="utf-8").splitlines()]
    return [resource for resource in found if not resource.module.endswith("_info")]


def perform(account: Emulator, resource: Resource, arguments: dict[str, Any], check: bool = False) -> ModuleResult:
    return run(resource.module, arguments, account.environment | REGION, check, diff=False)


def wrong(account: Emulator, resource: Resource) -> list[str]:
    """Delete a resource, and return everything about it that is not as it should be."""
    problems: list[str] = []
    said = f"{resource.layer}: {resource.name} ({resource.item})"
    if resource.unprotect is not None:
        protected = any(resource.present.get(key) for key in ("deletion_protection", "termination_protection"))
        if protected and not perform(account, resource, resource.arguments).failed:
            problems.append(f"{said} was deleted although it is protected")
        unprotected = perform(account, resource, resource.unprotect)
        if unprotected.failed or unprotected.changed != protected:
            problems.append(f"{said}, unprotecting: {unprotected.changed=} {unprotected.msg}")
    expected = resource.name not in STAYS | ALREADY_GONE and (resource.name, resource.item) not in NEVER_THERE
    if resource.module not in NO_CHECK_MODE:
        before = len(account.writes())
        checked = perform(account, resource, resource.arguments, check=True)
        if checked.failed or checked.changed != expected or len(account.writes()) != before:
            problems.append(f"{said}, check mode: {checked.changed=} {checked.msg} {account.writes()[before:]}")
    deleted = perform(account, resource, resource.arguments)
    if (resource.name, resource.item) in HOLDS_SOMETHING:
        return problems if deleted.failed and "BucketNotEmpty" in deleted.msg else [*problems, f"{said} was deleted with what it holds"]
    if deleted.failed or deleted.changed != expected:
        problems.append(f"{said}: {deleted.changed=} {deleted.msg}")
    again = perform(account, resource, resource.arguments)
    if again.failed or (again.changed and resource.module not in DELETES_AGAIN):
        problems.append(f"{said}, again: {again.changed=} {again.msg}")
    return problems


@pytest.mark.parametrize("role", ROLES)
def test_what_a_graph_creates_its_tasks_delete(account: Emulator, start_emulator: StartEmulator, tmp_path: Path, role: str) -> None:
    if role in NEED_KUBERNETES:
        account = start_emulator(kubernetes=True)
    problems: list[str] = []
    for resource in reversed(recorded(account, role, tmp_path)):
        if resource.layer == role:
            problems += wrong(account, resource)
        else:
            # What the role stands on has a scenario of its own.
            result = perform(account, resource, resource.arguments)
            if result.failed:
                problems.append(f"{resource.layer}: {resource.name} ({resource.item}): {result.msg}")
    assert problems == []


@pytest.mark.parametrize("role", ["security"])
def test_keys_and_secrets_come_back(account: Emulator, tmp_path: Path, role: str) -> None:
    """Keys and secrets are only scheduled for deletion, and a converge takes that back."""
    secrets, kms = account.client("secretsmanager"), account.client("kms")
    resources = recorded(account, role, tmp_path)
    value = secrets.get_secret_value(SecretId="molecule/session")["SecretString"]
    key = kms.describe_key(KeyId="alias/molecule-topics")["KeyMetadata"]["Arn"]
    for resource in reversed(resources):
        assert not perform(account, resource, resource.arguments).failed, resource
    assert secrets.describe_secret(SecretId="molecule/session").get("DeletedDate")
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "PendingDeletion"
    converge(account, role, tmp_path)
    assert secrets.get_secret_value(SecretId="molecule/session")["SecretString"] == value
    again = kms.describe_key(KeyId="alias/molecule-topics")["KeyMetadata"]
    assert (again["Arn"], again["KeyState"]) == (key, "Enabled")


def test_a_forced_bucket_goes_with_its_versions_and_delete_markers(account: Emulator) -> None:
    s3 = account.client("s3", region="ca-central-1")
    arguments = {"name": "versions", "versioning": True, "force": True}
    assert run("amazon.aws.s3_bucket", {**arguments, "state": "present"}, account.environment | REGION, False, False).changed
    for body in (b"1", b"2"):
        s3.put_object(Bucket="versions", Key="a", Body=body)
    s3.delete_object(Bucket="versions", Key="a")
    kept = run("amazon.aws.s3_bucket", {**arguments, "force": False, "state": "absent"}, account.environment | REGION, False, False)
    assert kept.failed
    assert "BucketNotEmpty" in kept.msg
    gone = run("amazon.aws.s3_bucket", {**arguments, "state": "absent"}, account.environment | REGION, False, False)
    assert gone.changed, gone.msg
