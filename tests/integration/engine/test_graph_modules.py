# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every role's Molecule scenario passes, and its modules, with the arguments that the graph gives them, do in a warm worker what
they do in a fresh process; whatever they create, the graph's own tasks can delete.

The account of `molecule test` is kept for what follows. Task by task, nothing changes in it; whole stacks of Speckle's layers show
that as well, so only the other roles are asked. Then the role's modules are run again in a warm worker and in processes of their own,
and their results compared. Then all of the role's own is taken away in reverse order, with the tasks' arguments, what
`converge_absent` says, and `state: absent`: each resource in check mode, then really, then again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from ansible_collections.stratum.aws.plugins.plugin_utils.runs._module_call import Call

from tests.emulator.fixtures import Emulator
from tests.integration.modules.running import ModuleResult, run
from tests.playbooks import ROOT

from .apart import REGION, run_apart
from .converged_roles import BY_ROLE, Converged, Failed, Resource, converged
from .graph_modules import modules_of, normalised

pytestmark = [pytest.mark.integration, pytest.mark.molecule, pytest.mark.slow, pytest.mark.timeout(900)]

SPECKLES = set(yaml.safe_load((ROOT / "group_vars" / "speckle.yml").read_text(encoding="utf-8"))["stack_layers"])
NEVER_UNCHANGED = {"amazon.aws.ec2_vpc_dhcp_option"}
"""Modules that make a new resource every time they are asked (the graphs look first): compared in check mode."""
ELSEWHERE = {"stratum.aws.rds_instance_restore"}
"""Modules that need what a scenario has not: a backup of before. tests/integration/stacks/test_accountabilityatlas_failover.py has one."""
NO_CHECK_MODE = {"amazon.aws.s3_bucket"}
DELETES_AGAIN = {"amazon.aws.ec2_vpc_nat_gateway"}
"""Given an id, it deletes a gateway that is deleted already and says so; a destroy that is repeated finds no id."""
STAYS = {
    "Set the buckets' policies",
    "Set the buckets' lifecycle rules",
    "Set the buckets' CORS rules",
    "Set when the buckets' objects are archived",
    "Let the trails write to the buckets",
    "Delete old records from the buckets",
}
"""Tasks that leave what they made to the resource that it belongs to, which takes it along."""
NEVER_THERE = {("Say what deliveries may do", "molecule-audit")}
"""Items that have nothing to take away."""
ALREADY_GONE = {"Take the rules out of the default security group"}
"""Tasks that find nothing to do: a later task on the same resource has deleted it, or there was never anything to take out."""
HOLDS_SOMETHING = {("Create the buckets", "molecule-logs"), ("Create the buckets", "molecule-files")}
"""S3 has tried whether it may write logs there, and files were put there, so the buckets are not empty and stay."""


@pytest.fixture(scope="module")
def role(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Converged]:
    """A role's scenario; after the last test of the role, Molecule destroys it."""
    yield from converged(request.param, tmp_path_factory.mktemp(f"role-{request.param}"))


@pytest.fixture
def kept(role: Converged) -> None:
    """Ask for a scenario that Molecule has passed: what is wrong with another one is told once."""
    if not role.passed:
        pytest.skip("its scenario did not pass")


def in_check_mode(arguments: bytes) -> bytes:
    """Return a call's arguments with check mode switched on."""
    decoded = json.loads(arguments)
    decoded["ANSIBLE_MODULE_ARGS"]["_ansible_check_mode"] = True
    return json.dumps(decoded).encode()


@pytest.mark.parametrize("role", BY_ROLE, indirect=True)
def test_the_scenario_passes(role: Converged) -> None:
    try:
        role.test()
    except Failed as error:
        pytest.fail(str(error), pytrace=False)


@pytest.mark.long
@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize("role", BY_ROLE, indirect=True)
def test_task_by_task_changes_nothing_either(role: Converged) -> None:
    # What a layer has that Speckle does not use is run task by task for edge only, which has most of that.
    # All tests have the same list of roles: pytest groups them by the place in it, and a role's account goes with its group.
    if role.role in SPECKLES - {"edge"}:
        pytest.skip("Speckle's whole stack, which has this layer, is run task by task")
    assert role.converge(MOLECULE_CONVERGE_ENGINE="linear").changed == 0


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize("role", BY_ROLE, indirect=True)
def test_same_result_in_a_warm_worker_as_in_a_process_of_its_own(role: Converged) -> None:
    calls = role.calls
    used = modules_of(role.role) - ELSEWHERE
    missing = used - set(calls)
    assert not missing, f"molecule/{role.role}/vars.yml leaves out what {', '.join(sorted(missing))} would do"
    names = sorted(used)
    again = [Call(calls[name].module, in_check_mode(calls[name].arguments)) if name in NEVER_UNCHANGED else calls[name] for name in names]
    warm, fresh = run_apart(again, role.account.environment | REGION)
    for name, one, other in zip(names, warm, fresh, strict=True):
        assert normalised(one) == normalised(other), name
        assert not other.get("failed"), name


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


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize("role", BY_ROLE, indirect=True)
def test_what_a_graph_creates_its_tasks_delete(role: Converged) -> None:
    coming_back = Secrets(role.account) if role.role == "security" else None
    # What the role stands on has a scenario of its own, and goes with the account.
    own = [resource for resource in reversed(role.resources) if resource.layer == role.role]
    assert own
    assert [problem for resource in own for problem in wrong(role.account, resource)] == []
    if coming_back:
        coming_back.assert_scheduled_for_deletion()
        role.converge()
        coming_back.assert_back()


class Secrets:
    """A key and a secret: both are only scheduled for deletion, and a converge takes that back."""

    def __init__(self, account: Emulator) -> None:
        self._secrets, self._kms = account.client("secretsmanager"), account.client("kms")
        self._value = self._read()
        self._key = self._described("alias/molecule-topics")["Arn"]

    def _read(self) -> str:
        return str(self._secrets.get_secret_value(SecretId="molecule/session")["SecretString"])

    def _described(self, key: str) -> dict[str, Any]:
        found: dict[str, Any] = self._kms.describe_key(KeyId=key)["KeyMetadata"]
        return found

    def assert_scheduled_for_deletion(self) -> None:
        assert self._secrets.describe_secret(SecretId="molecule/session").get("DeletedDate")
        assert self._described(self._key)["KeyState"] == "PendingDeletion"

    def assert_back(self) -> None:
        assert self._read() == self._value
        again = self._described("alias/molecule-topics")
        assert (again["Arn"], again["KeyState"]) == (self._key, "Enabled")


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
