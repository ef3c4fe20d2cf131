# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Queues, repositories, key pairs, secrets from elsewhere and roles for deliveries, over the life of a stack.

The tests tell one story in their order. Two stacks share an account, and with it GitHub's OIDC provider.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.emulator import process
from tests.emulator.fixtures import Emulator
from tests.playbooks import Ran, play

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.xdist_group("delivery"), pytest.mark.timeout(600)]

REGION = "us-east-1"
ACCOUNT = "123456789012"
PROVIDER = f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"
COMMON: dict[str, Any] = {
    "ansible_connection": "local",
    "ansible_python_interpreter": "{{ ansible_playbook_python }}",
    "environment_name": "prod",
    "aws_region": REGION,
    "tags_common": {"Project": "shop"},
}
SHOP: dict[str, Any] = {
    **COMMON,
    "stack_layers": ["security", "storage", "delivery"],
    "network_vpc_id": "vpc-0",  # there are no security groups that would be in it
    "security_secrets": [{"name": "shop/admin", "template": {"email": "admin@example.com"}, "hash": {}}],
    "security_key_pairs": [{"name": "shop/jwt"}],
    "security_external_secrets": [{"name": "shop/maps", "fields": ["access_token"]}],
    "storage_queues": [{"name": "shop-events", "dead_letter": {"max_receive_count": 3}}],
    "storage_repositories": [{"name": "shop/api", "lifecycle": {"keep_tagged": 10, "untagged_days": 14}}],
    "delivery_roles": [{"name": "shop-deploy", "repository": "example/shop", "branches": ["main"], "ecr_push": ["shop/api"]}],
}
OTHER: dict[str, Any] = {
    **COMMON,
    "stack_layers": ["delivery"],
    "delivery_roles": [{"name": "other-deploy", "repository": "example/other", "branches": ["main"]}],
}
MANIFEST = json.dumps({"schemaVersion": 2, "mediaType": "application/vnd.docker.distribution.manifest.v2+json", "layers": []})
Run = Callable[..., Ran]


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Emulator, Run]]:
    """An account with a function that runs a playbook on one of the two stacks."""
    name = f"delivery-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}-{os.getpid()}"
    account = Emulator(process.start(name, {}))
    folder = tmp_path_factory.mktemp("delivery")
    inventory = folder / "hosts.yml"
    inventory.write_text(yaml.safe_dump({"aws": {"hosts": {"shop": SHOP, "other": OTHER}}}))

    def run(stack: str, *arguments: str, playbook: Path | str = "site.yml", **variables: Any) -> Ran:
        return play(
            account, playbook, "--limit", stack, *arguments, inventory=str(inventory), reports=folder / "reports", variables=variables
        )

    try:
        yield account, run
    finally:
        account.stop()
        process.forget(name)


@pytest.fixture(scope="module")
def account(stage: tuple[Emulator, Run]) -> Emulator:
    return stage[0]


@pytest.fixture(scope="module")
def run(stage: tuple[Emulator, Run]) -> Run:
    return stage[1]


def client(account: Emulator, service: str) -> Any:
    return account.client(service, region=REGION)


def acted(report: dict[str, Any], *actions: str) -> set[tuple[str, str]]:
    return {(node["name"], node["item"]) for node in report["nodes"] if node["action"] in actions}


def by_name(report: dict[str, Any], name: str, item: str) -> dict[str, Any]:
    found: dict[str, Any] = next(node for node in report["nodes"] if (node["name"], node["item"]) == (name, item))
    return found


MADE = {
    ("Generate the secrets", "shop/admin"),
    ("Generate the key pairs", "shop/jwt"),
    ("Keep the secrets whose values come from elsewhere", "shop/maps"),
    ("Create the dead-letter queues", "shop-events-dlq"),
    ("Create the queues", "shop-events"),
    ("Create the repositories of images", "shop/api"),
    ("Let the tokens of delivery services assume roles", "token.actions.githubusercontent.com"),
    ("Create the roles that deliveries assume", "shop-deploy"),
    ("Say what deliveries may do", "shop-deploy"),
}


def test_a_plan_of_an_empty_account_creates_everything_and_writes_nothing(account: Emulator, run: Run) -> None:
    ran = run("shop", "--check").check()
    report = ran.report("plan", "shop", "prod")
    assert acted(report, "create") == MADE
    assert acted(report, "change", "delete", "failed") == set()
    assert account.writes() == []
    assert "waits for access_token" in ran.output
    assert by_name(report, "Keep the secrets whose values come from elsewhere", "shop/maps")["message"] == "waits for access_token"


def test_a_converge_makes_it_and_a_second_one_changes_nothing(account: Emulator, run: Run) -> None:
    first = run("shop").check()
    assert acted(first.report("converge", "shop", "prod"), "create") == MADE
    assert "PRIVATE KEY" not in first.output
    assert "PRIVATE KEY" not in json.dumps(first.report("converge", "shop", "prod"))
    second = run("shop").check()
    assert second.changed == 0
    # It goes on waiting, and says how it is set.
    assert "waits for access_token" in " ".join(second.output.split())
    assert "aws secretsmanager put-secret-value" in " ".join(second.output.split())


def test_what_came_from_elsewhere_stays(account: Emulator, run: Run) -> None:
    secrets = client(account, "secretsmanager")
    secrets.put_secret_value(SecretId="shop/maps", SecretString=json.dumps({"access_token": "tell nobody"}))
    ran = run("shop").check()
    assert ran.changed == 0
    assert "waits for" not in ran.output
    assert "tell nobody" not in ran.output
    assert json.loads(secrets.get_secret_value(SecretId="shop/maps")["SecretString"]) == {"access_token": "tell nobody"}


def test_drift_shows_what_somebody_changed_by_hand(account: Emulator, run: Run) -> None:
    sqs, ecr, iam = client(account, "sqs"), client(account, "ecr"), client(account, "iam")
    url = sqs.get_queue_url(QueueName="shop-events")["QueueUrl"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": "", "RedrivePolicy": ""})
    ecr.put_image_tag_mutability(repositoryName="shop/api", imageTagMutability="MUTABLE")
    ecr.delete_lifecycle_policy(repositoryName="shop/api")
    everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ecr:*", "Resource": "*"}]}
    iam.put_role_policy(RoleName="shop-deploy", PolicyName="delivery", PolicyDocument=json.dumps(everything))
    iam.untag_open_id_connect_provider(OpenIDConnectProviderArn=PROVIDER, TagKeys=["Project"])
    report = run("shop", playbook="playbooks/drift.yml").check(2).report("drift", "shop", "prod")
    assert acted(report, "change") == {
        ("Create the queues", "shop-events"),
        ("Create the repositories of images", "shop/api"),
        ("Let the tokens of delivery services assume roles", "token.actions.githubusercontent.com"),
        ("Say what deliveries may do", "shop-deploy"),
    }
    assert acted(report, "create", "delete", "failed") == set()
    changes = [change for node in report["nodes"] for call in node["operations"] for change in call.get("changes", [])]
    told = {change["property"]: (change.get("old"), change.get("new")) for change in changes}
    assert told["image_tag_mutability"] == ("MUTABLE", "IMMUTABLE")
    assert told["tags.Project"] == (None, "shop")
    assert told["attributes.redrive_policy"][0] is None
    assert acted(run("shop").check().report("converge", "shop", "prod"), "change") == acted(report, "change")


def test_a_key_pair_is_replaced_on_request_only(account: Emulator, run: Run) -> None:
    secrets = client(account, "secretsmanager")

    def stored() -> dict[str, Any]:
        value: dict[str, Any] = json.loads(secrets.get_secret_value(SecretId="shop/jwt")["SecretString"])
        return value

    before = stored()
    ran = run("shop", security_rotate_key_pairs=["shop/jwt"]).check()
    assert acted(ran.report("converge", "shop", "prod"), "change") == {("Generate the key pairs", "shop/jwt")}
    after = stored()
    assert after["key_id"] != before["key_id"]
    assert [each["key_id"] for each in after["previous"]] == [before["key_id"]]
    assert run("shop").check().changed == 0
    assert stored() == after


def test_another_stack_uses_the_same_provider(account: Emulator, run: Run) -> None:
    before = client(account, "iam").get_open_id_connect_provider(OpenIDConnectProviderArn=PROVIDER)
    report = run("other").check().report("converge", "other", "prod")
    assert acted(report, "create") >= {("Create the roles that deliveries assume", "other-deploy")}
    assert ("Let the tokens of delivery services assume roles", "token.actions.githubusercontent.com") in acted(report, "unchanged")
    after = client(account, "iam").get_open_id_connect_provider(OpenIDConnectProviderArn=PROVIDER)
    assert after["Tags"] == before["Tags"]
    assert run("shop", playbook="playbooks/drift.yml").check().changed == 0


def test_images_forbid_a_destroy(account: Emulator, run: Run) -> None:
    client(account, "ecr").put_image(repositoryName="shop/api", imageManifest=MANIFEST, imageTag="1.0.0")
    before = len(account.writes())
    ran = run("shop", playbook="playbooks/destroy.yml", confirm="shop").check(2)
    assert "the repository shop/api holds images" in " ".join(ran.output.split())
    assert [entry for entry in account.writes()[before:] if entry["service"] != "ssm"] == []


def test_a_destroy_leaves_nothing_but_what_others_use(account: Emulator, run: Run) -> None:
    ran = run("shop", playbook="playbooks/destroy.yml", confirm="shop", override_protection=True).check()
    report = ran.report("destroy", "shop", "prod")
    assert report["summary"]["failed"] == 0
    assert {entry["arn"].split(":")[2] for entry in report["kept"]} == {"secretsmanager"}
    assert client(account, "sqs").list_queues().get("QueueUrls", []) == []
    assert client(account, "ecr").describe_repositories()["repositories"] == []
    iam = client(account, "iam")
    assert [role["RoleName"] for role in iam.list_roles()["Roles"]] == ["other-deploy"]
    # The other stack's role trusts the provider, so that it stays, and belongs to nobody.
    provider = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=PROVIDER)
    assert not [tag for tag in provider["Tags"] if tag["Key"] in ("stratum:stack", "stratum:environment")]
    assert "roles of others trust it: other-deploy" in " ".join(ran.output.split())
    assert run("other").check().changed == 0


def test_the_other_stack_goes_without_the_provider(account: Emulator, run: Run) -> None:
    run("other", playbook="playbooks/destroy.yml", confirm="other").check()
    iam = client(account, "iam")
    assert iam.list_roles()["Roles"] == []
    assert len(iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]) == 1
