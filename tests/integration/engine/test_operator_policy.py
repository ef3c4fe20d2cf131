# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The derived policies are enough, and not more than enough: operators with nothing else converge and plan Speckle."""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.emulator import process
from tests.emulator.fixtures import Emulator
from tests.playbooks import Ran, play

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.xdist_group("operator_policy")]

Document = dict[str, Any]
INVENTORY = "inventories/prod"
DESTROYING = {"confirm": "speckle", "override_protection": True, "skip_final_snapshot": True}


@dataclass
class Enforced:
    """An account that enforces policies, where users have the derived ones and nothing else."""

    account: Emulator
    reports: Path
    policies: dict[str, list[Document]]
    users: dict[str, dict[str, str]] = field(default_factory=dict)

    def user(self, name: str, documents: list[Document]) -> dict[str, str]:
        """Create a user with these policies; return the environment variables of its keys."""
        iam = self.account.client("iam")
        iam.create_user(UserName=name)
        for number, document in enumerate(documents):
            policy = iam.create_policy(PolicyName=f"{name}-{number}", PolicyDocument=json.dumps(document))["Policy"]["Arn"]
            iam.attach_user_policy(UserName=name, PolicyArn=policy)
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}

    def play(self, keys: Mapping[str, str], *arguments: str, playbook: str = "site.yml", **variables: Any) -> Ran:
        """Run a playbook with a user's keys."""
        return play(
            self.account,
            playbook,
            "--limit",
            "speckle",
            *arguments,
            inventory=INVENTORY,
            reports=self.reports,
            variables=variables,
            environment=keys,
        )

    def client(self, service: str, keys: Mapping[str, str], region: str = "ca-central-1") -> Any:
        """Return a boto3 client with a user's keys."""
        import boto3

        session: Any = boto3.Session(aws_access_key_id=keys["AWS_ACCESS_KEY_ID"], aws_secret_access_key=keys["AWS_SECRET_ACCESS_KEY"])
        return session.client(service, region_name=region, endpoint_url=self.account.endpoint_url)


@pytest.fixture(scope="module")
def derived(emulator: Emulator, tmp_path_factory: pytest.TempPathFactory) -> tuple[Ran, dict[str, list[Document]]]:
    """What `playbooks/policy.yml` derives from converge, plan and destroy by the account's root: the run, and the policies by verb."""
    emulator.reset()
    reports = tmp_path_factory.mktemp("observed")
    for playbook, arguments, variables in (
        ("site.yml", (), {}),
        ("site.yml", ("--check",), {}),
        ("playbooks/destroy.yml", (), DESTROYING),
    ):
        play(emulator, playbook, "--limit", "speckle", *arguments, inventory=INVENTORY, reports=reports, variables=variables).check()
    ran = play(emulator, "playbooks/policy.yml", "--limit", "speckle", inventory=INVENTORY, reports=reports).check()
    found: dict[str, list[Document]] = {}
    for path in sorted((reports / "prod/speckle/policies").glob("*.json")):
        found.setdefault(path.stem.partition("-")[0], []).append(json.loads(path.read_text(encoding="utf-8")))
    return ran, found


@pytest.fixture(scope="module")
def enforced(derived: tuple[Ran, dict[str, list[Document]]], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Enforced]:
    """An empty account that enforces policies, converged by a user who has nothing but the converge policy."""
    name = f"policy-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}-{os.getpid()}"
    account = Emulator(process.start(name, {"authorization": True}, owner=os.getpid()))
    try:
        made = Enforced(account, tmp_path_factory.mktemp("enforced"), derived[1])
        for verb, documents in made.policies.items():
            made.users[verb] = made.user(verb, documents)
        made.play(made.users["converge"]).check()
        yield made
    finally:
        account.stop()
        process.forget(name)


def test_says_what_it_derived_and_what_is_missing(derived: tuple[Ran, dict[str, list[Document]]]) -> None:
    ran, policies = derived
    assert ran.changed == 1
    assert set(policies) == {"converge", "plan", "destroy"}
    assert "drift: no report, so no policy; run playbooks/drift.yml first" in " ".join(ran.output.split())


def test_deriving_again_changes_nothing(derived: tuple[Ran, dict[str, list[Document]]]) -> None:
    ran, _unused = derived
    again = play(None, "playbooks/policy.yml", "--limit", "speckle", "--check", inventory=INVENTORY, reports=ran.reports).check()
    # Without an account, too: its number stands in the reports.
    assert again.changed == 0


def test_converging_again_with_the_policy_changes_nothing(enforced: Enforced) -> None:
    ran = enforced.play(enforced.users["converge"]).check()
    assert ran.changed == 0
    assert {entry.get("error") for entry in enforced.account.log()}.isdisjoint(
        {"AccessDenied", "AccessDeniedException", "AuthorizationError", "UnauthorizedOperation"}
    )


def test_planning_needs_the_plan_policy_only(enforced: Enforced) -> None:
    ran = enforced.play(enforced.users["plan"], "--check").check()
    assert ran.changed == 0
    refused = enforced.play(enforced.users["plan"]).check(2)
    assert "not authorized to perform: ssm:PutParameter" in " ".join(refused.output.split())


@pytest.mark.parametrize(
    ("service", "operation", "arguments", "code"),
    [
        ("ec2", "create_vpc", {"CidrBlock": "10.1.0.0/16"}, "UnauthorizedOperation"),
        ("sns", "create_topic", {"Name": "speckle-cluster-alerts-production"}, "AuthorizationError"),
        ("s3", "put_bucket_versioning", {"Bucket": "speckle-cluster-storage-production", "VersioningConfiguration": {}}, "AccessDenied"),
        ("logs", "delete_log_group", {"logGroupName": "/aws/eks/speckle-cluster/cluster"}, "AccessDeniedException"),
        ("eks", "delete_cluster", {"name": "speckle-cluster"}, "AccessDeniedException"),
        ("rds", "delete_db_instance", {"DBInstanceIdentifier": "speckle-cluster-postgres"}, "AccessDenied"),
    ],
)
def test_a_planner_writes_nothing(enforced: Enforced, service: str, operation: str, arguments: dict[str, Any], code: str) -> None:
    with pytest.raises(ClientError) as caught:
        getattr(enforced.client(service, enforced.users["plan"]), operation)(**arguments)
    assert caught.value.response["Error"]["Code"] == code
    assert "User: arn:aws:iam::123456789012:user/plan is not authorized to perform: " in str(caught.value)


def test_an_operator_touches_nothing_of_another_stack(enforced: Enforced) -> None:
    other = [{"Key": "stratum:stack", "Value": "spywatcher"}, {"Key": "stratum:environment", "Value": "prod"}]
    own = [{"Key": "stratum:stack", "Value": "speckle"}, {"Key": "stratum:environment", "Value": "prod"}]
    root = enforced.account.client("ec2")
    vpc = root.create_vpc(CidrBlock="10.9.0.0/16", TagSpecifications=[{"ResourceType": "vpc", "Tags": other}])["Vpc"]["VpcId"]
    group = root.create_security_group(GroupName="other", Description="other", VpcId=vpc)["GroupId"]
    root.create_tags(Resources=[group], Tags=other)
    secret = enforced.account.client("secretsmanager").create_secret(Name="spywatcher/token", SecretString="s", Tags=other)["ARN"]
    enforced.account.client("iam").create_role(RoleName="administrator", AssumeRolePolicyDocument="{}")

    keys = enforced.users["converge"]
    ec2, iam, secrets = (enforced.client(service, keys) for service in ("ec2", "iam", "secretsmanager"))
    specification = [{"ResourceType": "subnet", "Tags": own}]
    attempts = {
        "ec2:ModifyVpcAttribute": lambda: ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsSupport={"Value": False}),
        "ec2:CreateSubnet": lambda: ec2.create_subnet(VpcId=vpc, CidrBlock="10.9.0.0/24", TagSpecifications=specification),
        "ec2:CreateTags": lambda: ec2.create_tags(Resources=[group], Tags=own),
        "ec2:CreateVpc": lambda: ec2.create_vpc(CidrBlock="10.8.0.0/16"),
        "secretsmanager:GetSecretValue": lambda: secrets.get_secret_value(SecretId=secret),
        "iam:PutRolePolicy": lambda: iam.put_role_policy(RoleName="administrator", PolicyName="p", PolicyDocument="{}"),
        "iam:AttachRolePolicy": lambda: iam.attach_role_policy(
            RoleName="speckle-cluster-nodes-role", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess"
        ),
        "iam:PassRole": lambda: enforced.client("eks", keys).create_nodegroup(
            clusterName="speckle-cluster", nodegroupName="x", subnets=["subnet-1"], nodeRole="arn:aws:iam::123456789012:role/administrator"
        ),
        "iam:CreateUser": lambda: iam.create_user(UserName="another"),
    }
    allowed = {action for action, attempt in attempts.items() if not _refused(attempt, action)}
    assert allowed == set()


def _refused(attempt: Any, action: str) -> bool:
    try:
        attempt()
    except ClientError as error:
        return f"is not authorized to perform: {action} " in str(error)
    return False


def test_another_region_is_out_of_reach(enforced: Enforced) -> None:
    enforced.client("ec2", enforced.users["plan"]).describe_vpcs()
    with pytest.raises(ClientError, match="ec2:DescribeVpcs"):
        enforced.client("ec2", enforced.users["plan"], "eu-west-1").describe_vpcs()


def test_a_run_without_a_needed_action_names_it(enforced: Enforced) -> None:
    documents = copy.deepcopy(enforced.policies["converge"])
    for document in documents:
        for statement in document["Statement"]:
            statement["Action"] = [action for action in statement["Action"] if action != "sns:CreateTopic"]
    keys = enforced.user("crippled", documents)
    topic = "arn:aws:sns:ca-central-1:123456789012:speckle-cluster-alerts-production"
    enforced.account.client("sns").delete_topic(TopicArn=topic)
    ran = enforced.play(keys, converge_target="Create the topics", converge_layers="monitoring").check(2)
    assert "not authorized to perform: sns:CreateTopic" in " ".join(ran.output.split())
    enforced.play(enforced.users["converge"], converge_target="Create the topics", converge_layers="monitoring").check()


def test_destroying_needs_the_destroy_policy_only(enforced: Enforced) -> None:
    # The last test: it takes away what the others look at.
    keys = enforced.users["destroy"]
    with pytest.raises(ClientError, match="not authorized to perform: sns:CreateTopic"):
        enforced.client("sns", keys).create_topic(Name="one")
    enforced.play(keys, playbook="playbooks/destroy.yml", **DESTROYING).check()
    assert not enforced.account.client("eks").list_clusters()["clusters"]
    assert not enforced.account.client("rds").describe_db_instances()["DBInstances"]
