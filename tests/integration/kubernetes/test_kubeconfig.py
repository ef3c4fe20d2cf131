# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""playbooks/kubeconfig.yml, as a person uses it: the file that it writes lets kubectl in, and spoils nothing that was in it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.emulator.fixtures import Emulator
from tests.integration.kubernetes.parts import make_cluster, make_network
from tests.playbooks import ROOT, Ran, environment_for, play

pytestmark = [
    pytest.mark.integration,
    pytest.mark.kubernetes,
    pytest.mark.slow,
    pytest.mark.xdist_group("kubeconfig"),
    pytest.mark.timeout(600),
]

INVENTORY = """
all:
  children:
    aws:
      vars: {ansible_connection: local, ansible_python_interpreter: "{{ ansible_playbook_python }}"}
      hosts:
        shop:
          environment_name: test
          aws_region: ca-central-1
          stack_layers: [eks, helm_releases]
          eks_clusters: [{name: web}]
          helm_releases_namespaces: [{cluster: web, name: front}, {cluster: other, name: nothing}]
        plain:
          aws_region: ca-central-1
          stack_layers: [network]
"""
THEIRS: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "Config",
    "preferences": {},
    "current-context": "theirs",
    "clusters": [{"name": "theirs", "cluster": {"server": "https://192.0.2.1"}}],
    "users": [{"name": "theirs", "user": {"token": "their-secret-token"}}],
    "contexts": [{"name": "theirs", "context": {"cluster": "theirs", "user": "theirs"}}],
}


@dataclass
class Person:
    """Somebody with credentials of the account, a folder, and kubectl."""

    account: Emulator
    folder: Path

    @property
    def file(self) -> Path:
        return self.folder / "kubeconfig"

    def write(self, *arguments: str, stack: str = "shop", **variables: Any) -> Ran:
        """Run the playbook."""
        inventory = self.folder / "hosts.yml"
        inventory.write_text(INVENTORY, encoding="utf-8")
        chosen = {"kubeconfig": str(self.file), **variables}
        return play(
            self.account,
            ROOT / "playbooks" / "kubeconfig.yml",
            "--limit",
            stack,
            *arguments,
            inventory=str(inventory),
            reports=self.folder,
            variables=chosen,
        )

    def kubectl(self, *arguments: str, environment: Mapping[str, str] | None = None) -> tuple[int, str]:
        """Run kubectl with the file, away from the checkout; return its exit code and all that it said."""
        done = subprocess.run(
            ["kubectl", f"--kubeconfig={self.file}", "--request-timeout=20s", *arguments],
            cwd=self.folder,
            env=environment_for(self.account) if environment is None else dict(environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=60,
        )
        return done.returncode, done.stdout

    @staticmethod
    def told(ran: Ran) -> str:
        """Return what a run said, in one line."""
        return " ".join(ran.output.split())

    @property
    def content(self) -> dict[str, Any]:
        found: dict[str, Any] = yaml.safe_load(self.file.read_text(encoding="utf-8"))
        return found


@pytest.fixture(scope="module")
def cluster(kubernetes_emulator: Emulator) -> Iterator[Emulator]:
    kubernetes_emulator.reset()
    make_cluster(kubernetes_emulator, make_network(kubernetes_emulator))
    yield kubernetes_emulator
    kubernetes_emulator.reset()


@pytest.fixture
def person(cluster: Emulator, tmp_path: Path) -> Person:
    return Person(cluster, tmp_path)


def test_kubectl_signs_by_the_program_beside_the_file(person: Person) -> None:
    first = person.write().check()
    assert first.changed == 1
    assert "has the context shop-test (current: shop-test)" in person.told(first)
    assert person.file.stat().st_mode & 0o777 == 0o600
    code, said = person.kubectl("auth", "whoami", "-o", "json")
    assert code == 0, said
    assert json.loads(said)["status"]["userInfo"]["username"] == "arn:aws:iam::123456789012:user/moto"
    # The stack's namespace is the context's.
    assert "No resources found in front namespace" in person.kubectl("get", "pods")[1]
    # No secret is in the file: without credentials it lets nobody in, and says so.
    nothing = {"PATH": environment_for(None)["PATH"], "HOME": str(person.folder), "AWS_EC2_METADATA_DISABLED": "true"}
    code, said = person.kubectl("get", "pods", environment=nothing)
    assert code != 0
    assert "no token for web with the AWS credentials of this shell: Unable to locate credentials" in said
    assert person.write().check().changed == 0


def test_a_token_is_put_in_on_request(person: Person) -> None:
    ran = person.write(kubeconfig_login="token").check()
    (user,) = person.content["users"]
    assert list(user["user"]) == ["token"]
    assert user["user"]["token"] not in person.told(ran)
    assert "good until" in person.told(ran)
    # It needs no credentials, and no Python.
    code, said = person.kubectl("get", "namespaces", environment={"PATH": environment_for(None)["PATH"], "HOME": str(person.folder)})
    assert code == 0, said
    assert "kube-system" in said
    assert not (person.folder / "stratum-aws").exists()


def test_one_logs_in_as_a_role(person: Person) -> None:
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]}
    iam, eks = person.account.client("iam"), person.account.client("eks")
    role = iam.create_role(RoleName="readers", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    eks.create_access_entry(clusterName="web", principalArn=role)
    eks.associate_access_policy(
        clusterName="web",
        principalArn=role,
        policyArn="arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy",
        accessScope={"type": "cluster"},
    )
    for login in ("exec", "token"):
        person.write(kubeconfig_role="readers", kubeconfig_login=login).check()
        code, said = person.kubectl("auth", "whoami", "-o", "json")
        assert code == 0, said
        assert ":assumed-role/readers/" in json.loads(said)["status"]["userInfo"]["extra"]["arn"][0]
        assert person.kubectl("get", "pods")[0] == 0
        assert "is forbidden" in person.kubectl("create", "configmap", "mine")[1]
    # A role without an access entry.
    iam.create_role(RoleName="strangers", AssumeRolePolicyDocument=json.dumps(trust))
    person.write(kubeconfig_role="strangers").check()
    assert "must be logged in to the server" in person.kubectl("get", "pods")[1]


def test_what_others_have_written_stays(person: Person) -> None:
    person.file.write_text(yaml.safe_dump(THEIRS), encoding="utf-8")
    ran = person.write("--diff", "--check").check()
    assert person.content == THEIRS
    assert ran.changed == 1
    assert "shop-test" in person.told(ran)
    assert "their-secret-token" not in person.told(ran)
    person.write().check()
    content = person.content
    for key in ("clusters", "users", "contexts"):
        assert content[key][0] == THEIRS[key][0]
        assert [each["name"] for each in content[key]] == ["theirs", "shop-test"]
    assert content["current-context"] == "theirs"
    assert person.kubectl("--context", "shop-test", "get", "namespaces")[0] == 0
    person.write(kubeconfig_use=True).check()
    assert person.content["current-context"] == "shop-test"


def test_what_somebody_else_calls_so_is_refused(person: Person) -> None:
    taken = json.loads(json.dumps(THEIRS).replace("theirs", "shop-test"))
    person.file.write_text(yaml.safe_dump(taken), encoding="utf-8")
    ran = person.write()
    assert ran.code == 2
    assert f"{person.file} has a cluster shop-test already at https://192.0.2.1, which was not written here" in person.told(ran)
    assert person.content == taken
    person.write(kubeconfig_replace=True).check()
    assert person.kubectl("get", "namespaces")[0] == 0


def test_another_file_and_a_stack_without_a_cluster_are_refused(person: Person) -> None:
    person.file.write_text("my shopping list\n", encoding="utf-8")
    ran = person.write()
    assert ran.code == 2
    assert f"Kubeconfig {person.file}: {person.file} is no kubeconfig. It was left as it is" in person.told(ran)
    assert person.file.read_text(encoding="utf-8") == "my shopping list\n"
    ran = person.write(stack="plain")
    assert ran.code == 2
    assert "plain has no EKS cluster, so there is no kubeconfig for it" in person.told(ran)
