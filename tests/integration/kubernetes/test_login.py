# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who gets into an emulated EKS cluster, and what they may do there: asked of the real API."""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
import urllib3
import yaml
from botocore.credentials import Credentials
from botocore.hooks import HierarchicalEmitter
from botocore.model import ServiceId
from botocore.signers import RequestSigner

from tests.emulator import process
from tests.emulator.fixtures import Emulator, StartEmulator
from tests.integration.kubernetes.parts import Network, make_cluster, make_network, make_nodes

pytestmark = [pytest.mark.integration, pytest.mark.kubernetes, pytest.mark.xdist_group("kubernetes-login")]

REGION: Final = "ca-central-1"
POLICY: Final = "arn:aws:eks::aws:cluster-access-policy/"
EVENTS: Final = HierarchicalEmitter()
Keys = tuple[str, str, str | None]
ROOT: Final[Keys] = ("testing", "testing", None)
SECONDS: Final = 15.0
LATE: Final = timedelta(minutes=15, seconds=5)
RECENT: Final = timedelta(minutes=13)


def region_of(cluster: str) -> str:
    return "us-east-1" if cluster == "old" else REGION


def token(cluster: str = "web", keys: Keys = ROOT, *, expires: int = 60) -> str:
    """Sign a token as aws-cli does."""
    region = region_of(cluster)
    signer = RequestSigner(ServiceId("STS"), region, "sts", "v4", Credentials(*keys), EVENTS)
    url = f"https://sts.{region}.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15"
    request = {"method": "GET", "url": url, "body": {}, "headers": {"x-k8s-aws-id": cluster}, "context": {}}
    signed = signer.generate_presigned_url(request, region_name=region, expires_in=expires, operation_name="")
    return "k8s-aws-v1." + base64.urlsafe_b64encode(signed.encode()).decode().rstrip("=")


@dataclass
class World:
    """An account with the cluster `web`, which reads access entries; a test makes `old` in another region, which reads the ConfigMap."""

    emulator: Emulator
    network: Network

    @property
    def eks(self) -> Any:
        return self.emulator.client("eks")

    def call(self, method: str, path: str, bearer: str, body: Any = None, cluster: str = "web") -> tuple[int, dict[str, Any]]:
        """Ask a cluster's API, whose address and CA come from DescribeCluster."""
        described = self.emulator.client("eks", region_of(cluster)).describe_cluster(name=cluster)["cluster"]
        ca = base64.b64decode(described["certificateAuthority"]["data"]).decode()
        with urllib3.PoolManager(ca_cert_data=ca, retries=False) as pool:
            headers = {"Authorization": f"Bearer {bearer}", "Content-Type": "application/json"}
            content = None if body is None else json.dumps(body).encode()
            answer = pool.request(method, described["endpoint"] + path, headers=headers, body=content, timeout=10)
            return answer.status, json.loads(answer.data or b"{}")

    def status(self, method: str, path: str, bearer: str, body: Any = None, cluster: str = "web") -> int:
        return self.call(method, path, bearer, body, cluster)[0]

    def whoami(self, bearer: str, cluster: str = "web") -> dict[str, Any]:
        review = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
        status, answer = self.call("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", bearer, review, cluster)
        return dict(answer["status"]["userInfo"]) if status == 201 else {"refused": status}

    def user(self, name: str) -> Keys:
        iam = self.emulator.client("iam")
        iam.create_user(UserName=name)
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return key["AccessKeyId"], key["SecretAccessKey"], None

    def session(self, role: str, session: str = "me@home", path: str = "/") -> Keys:
        document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]}
        made = self.emulator.client("iam").create_role(RoleName=role, Path=path, AssumeRolePolicyDocument=json.dumps(document))
        answer = self.emulator.client("sts").assume_role(RoleArn=made["Role"]["Arn"], RoleSessionName=session)["Credentials"]
        return answer["AccessKeyId"], answer["SecretAccessKey"], answer["SessionToken"]

    def enter(self, principal: str, policy: str = "", *namespaces: str, **more: Any) -> None:
        self.eks.create_access_entry(clusterName="web", principalArn=principal, **more)
        if policy:
            scope: dict[str, Any] = {"type": "namespace", "namespaces": list(namespaces)} if namespaces else {"type": "cluster"}
            self.eks.associate_access_policy(clusterName="web", principalArn=principal, policyArn=POLICY + policy, accessScope=scope)


@pytest.fixture(scope="module")
def world(kubernetes_emulator: Emulator) -> Iterator[World]:
    kubernetes_emulator.reset()
    network = make_network(kubernetes_emulator)
    make_cluster(kubernetes_emulator, network)
    made = World(kubernetes_emulator, network)
    assert made.status("POST", "/api/v1/namespaces", token(), {"metadata": {"name": "shop"}}) == 201
    yield made
    kubernetes_emulator.reset()


def eventually(what: Callable[[], bool]) -> bool:
    """Wait for something that takes a moment to count."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        if what():
            return True
        time.sleep(0.2)
    return False


def arn(kind: str, name: str) -> str:
    return f"arn:aws:iam::123456789012:{kind}/{name}"


def test_the_creator_is_administrator(world: World) -> None:
    me = world.whoami(token())
    assert me["username"] == arn("user", "moto")
    assert me["groups"] == ["system:authenticated"]
    assert world.status("GET", "/api/v1/nodes", token()) == 200
    assert world.status("GET", "/", token()) == 200
    # Not by RBAC, in which no trace of EKS's policies is: by the webhook.
    status, bindings = world.call("GET", "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", token())
    assert status == 200
    assert "moto" not in json.dumps(bindings)


def test_who_is_not_let_in(world: World) -> None:
    stranger = world.user("stranger")
    tampered = token()[:-6] + ("AAAAAA" if not token().endswith("AAAAAA") else "BBBBBB")
    for name, bearer in {
        "a stranger": token(keys=stranger),
        "an unknown key": token(keys=("AKIAUNKNOWN", "secret", None)),
        "a wrong secret": token(keys=("testing", "wrong", None)),
        "another cluster's": token("other"),
        "too long a validity": token(expires=901),
        "a tampered one": tampered,
        "no token of EKS": "abc",
    }.items():
        assert world.status("GET", "/api/v1/namespaces", bearer) == 401, name


def test_an_expired_token_is_refused(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    now = datetime.now(UTC).replace(tzinfo=None)
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda: now - LATE)
    assert world.status("GET", "/api/v1/namespaces", token()) == 401
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda: now - RECENT)
    assert world.status("GET", "/api/v1/namespaces", token()) == 200


def test_a_session_of_a_role_with_a_path_is_its_entrys_user(world: World) -> None:
    keys = world.session("Operator", path="/teams/")
    bearer = token(keys=keys)
    assert world.status("GET", "/api/v1/namespaces", bearer) == 401
    principal = arn("role", "teams/Operator")
    world.enter(principal, username="op:{{SessionName}}", kubernetesGroups=["deployers"])
    assert eventually(lambda: "username" in world.whoami(bearer))
    me = world.whoami(bearer)
    assert me["username"] == "op:me-home"
    assert "deployers" in me["groups"]
    # The group can do what RBAC says, and the session token is part of the credentials.
    assert world.status("GET", "/api/v1/namespaces/shop/configmaps", bearer) == 403
    role = {
        "metadata": {"name": "deployers"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "deployers"}],
    }
    assert world.status("POST", "/apis/rbac.authorization.k8s.io/v1/namespaces/shop/rolebindings", token(), role) == 201
    assert eventually(lambda: world.status("GET", "/api/v1/namespaces/shop/configmaps", bearer) == 200)
    assert world.status("GET", "/api/v1/namespaces/default/configmaps", bearer) == 403
    assert world.status("GET", "/api/v1/namespaces/shop/configmaps", token(keys=(keys[0], keys[1], None))) == 401
    world.eks.delete_access_entry(clusterName="web", principalArn=principal)
    assert eventually(lambda: world.status("GET", "/api/v1/namespaces/shop/configmaps", bearer) == 401)


def test_access_policies_are_enforced(world: World) -> None:
    bearers = {}
    for name, policy, namespaces in (
        ("viewer", "AmazonEKSViewPolicy", ()),
        ("auditor", "AmazonEKSAdminViewPolicy", ()),
        ("editor", "AmazonEKSEditPolicy", ("shop",)),
        ("owner", "AmazonEKSAdminPolicy", ("sh*",)),
    ):
        bearers[name] = token(keys=world.user(name))
        world.enter(arn("user", name), policy, *namespaces)
    # A default binds the name of this round; mypy cannot infer such a lambda.
    assert all(eventually(lambda name=name: "username" in world.whoami(bearers[name])) for name in bearers)  # type: ignore[misc]
    config = {"metadata": {"generateName": "c-"}}
    role = {"metadata": {"generateName": "r-"}, "rules": [{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get"]}]}
    roles = "/apis/rbac.authorization.k8s.io/v1/namespaces/shop/roles"
    expected = {
        ("GET", "/api/v1/namespaces/default/pods", None): {"viewer": 200, "auditor": 200, "editor": 403, "owner": 403},
        ("GET", "/api/v1/namespaces/shop/pods", None): {"viewer": 200, "auditor": 200, "editor": 200, "owner": 200},
        ("GET", "/api/v1/namespaces/shop/secrets", None): {"viewer": 403, "auditor": 200, "editor": 200, "owner": 200},
        ("GET", "/api/v1/nodes", None): {"viewer": 403, "auditor": 200, "editor": 403, "owner": 403},
        ("POST", "/api/v1/namespaces/shop/configmaps", "config"): {"viewer": 403, "auditor": 403, "editor": 201, "owner": 201},
        ("POST", "/api/v1/namespaces/default/configmaps", "config"): {"viewer": 403, "auditor": 403, "editor": 403, "owner": 403},
        # Whoever may make roles may still not make one that has more than RBAC gives them: the API forbids that on EKS, too.
        ("GET", roles, None): {"viewer": 403, "auditor": 200, "editor": 403, "owner": 200},
    }
    for (method, path, body), who in expected.items():
        got = {name: world.status(method, path, bearers[name], config if body else None) for name in who}
        assert got == who, (method, path)
    status, answer = world.call("POST", roles, bearers["owner"], role)
    assert status == 403
    assert "attempting to grant RBAC permissions not currently held" in answer["message"]
    world.eks.disassociate_access_policy(clusterName="web", principalArn=arn("user", "viewer"), policyArn=f"{POLICY}AmazonEKSViewPolicy")
    assert eventually(lambda: world.status("GET", "/api/v1/namespaces/shop/pods", bearers["viewer"]) == 403)


def test_a_cluster_of_another_region_that_reads_the_map_only(world: World) -> None:
    network = make_network(world.emulator, "us-east-1")
    described = make_cluster(world.emulator, network, "old", "us-east-1", mode="CONFIG_MAP")
    assert described["endpoint"] != world.eks.describe_cluster(name="web")["cluster"]["endpoint"]
    me = world.whoami(token("old"), "old")
    assert me["username"] == "kubernetes-admin"
    assert "system:masters" in me["groups"]
    # A token for one cluster does not fit another.
    assert world.status("GET", "/api/v1/namespaces", token("web"), cluster="old") == 401
    bearer = token("old", world.session("Mapped"))
    assert world.status("GET", "/api/v1/namespaces", bearer, cluster="old") == 401
    make_nodes(world.emulator, network, 1, "old", region="us-east-1")
    _unused, found = world.call("GET", "/api/v1/namespaces/kube-system/configmaps/aws-auth", token("old"), cluster="old")
    entries = yaml.safe_load(found["data"]["mapRoles"])
    assert entries == [
        {
            "groups": ["system:bootstrappers", "system:nodes"],
            "rolearn": arn("role", "nodes"),
            "username": "system:node:{{EC2PrivateDNSName}}",
        }
    ]
    entries.append({"rolearn": arn("role", "Mapped"), "username": "mapped", "groups": ["system:masters"]})
    found["data"]["mapRoles"] = yaml.safe_dump(entries)
    assert world.status("PUT", "/api/v1/namespaces/kube-system/configmaps/aws-auth", token("old"), found, "old") == 200
    assert eventually(lambda: world.status("GET", "/api/v1/namespaces", bearer, cluster="old") == 200)
    # A node's role, in the session of its instance, is the node.
    _unused, nodes = world.call("GET", "/api/v1/nodes", token("old"), cluster="old")
    (node,) = nodes["items"]
    instance = node["spec"]["providerID"].rpartition("/")[2]
    sts = world.emulator.client("sts")
    keys = sts.assume_role(RoleArn=arn("role", "nodes"), RoleSessionName=instance)["Credentials"]
    bearer = token("old", (keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"]))
    me = world.whoami(bearer, "old")
    assert me["username"] == f"system:node:{node['metadata']['name']}"
    assert "system:nodes" in me["groups"]


def test_nodes_follow_their_node_group_and_everything_ends_with_the_cluster(world: World) -> None:
    eks, waits = world.eks, {"Delay": 1, "MaxAttempts": 120}

    def nodes() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = world.call("GET", "/api/v1/nodes", token())[1]["items"]
        return found

    make_nodes(world.emulator, world.network, 2, labels={"pool": "a"})
    assert [node["metadata"]["labels"]["pool"] for node in nodes()] == ["a", "a"]
    assert all(any(c["type"] == "Ready" and c["status"] == "True" for c in node["status"]["conditions"]) for node in nodes())
    scaling = {"minSize": 0, "maxSize": 10, "desiredSize": 3}
    eks.update_nodegroup_config(
        clusterName="web", nodegroupName="nodes", scalingConfig=scaling, labels={"addOrUpdateLabels": {"pool": "b"}}
    )
    eks.get_waiter("nodegroup_active").wait(clusterName="web", nodegroupName="nodes", WaiterConfig=waits)
    assert [node["metadata"]["labels"]["pool"] for node in nodes()] == ["b", "b", "b"]
    eks.delete_nodegroup(clusterName="web", nodegroupName="nodes")
    eks.get_waiter("nodegroup_deleted").wait(clusterName="web", nodegroupName="nodes", WaiterConfig=waits)
    assert nodes() == []


def test_kubectl_reads_the_exported_kubeconfig(world: World) -> None:
    kubeconfig = Path(world.emulator.environment["KUBECONFIG"])
    assert kubeconfig.stat().st_mode & 0o077 == 0
    contexts = [context["name"] for context in yaml.safe_load(kubeconfig.read_text(encoding="utf-8"))["contexts"]]
    assert "arn:aws:eks:ca-central-1:123456789012:cluster/web" in contexts
    command = ["kubectl", "--context", contexts[0], "auth", "can-i", "*", "*"]
    shown = subprocess.run(command, env={**os.environ, "KUBECONFIG": str(kubeconfig)}, capture_output=True, text=True, check=False)
    assert shown.stdout.strip() == "yes", shown.stderr


def test_a_deleted_clusters_api_ends_and_its_name_is_free_again(world: World) -> None:
    make_cluster(world.emulator, world.network, "short")
    endpoint = world.eks.describe_cluster(name="short")["cluster"]["endpoint"]
    world.eks.delete_cluster(name="short")
    assert eventually(lambda: not answers(endpoint))
    make_cluster(world.emulator, world.network, "short")
    assert world.whoami(token("short"), "short")["username"] == arn("user", "moto")
    world.eks.delete_cluster(name="short")


def test_a_reset_ends_all_of_them(world: World) -> None:
    """The last test of this world."""
    folder = process.folder_of(world.emulator.name)
    assert processes_of(folder)
    world.emulator.reset()
    assert processes_of(folder) == []
    assert list((folder / "clusters").glob("*/*")) == []
    assert yaml.safe_load((folder / "kubeconfig").read_text(encoding="utf-8"))["contexts"] == []


@pytest.mark.parametrize("how", ["kill", "stop"])
def test_no_process_outlives_its_emulator(start_emulator: StartEmulator, how: str) -> None:
    emulator = start_emulator(kubernetes=True)
    folder = process.folder_of(emulator.name)
    endpoint = make_cluster(emulator, make_network(emulator))["endpoint"]
    assert answers(endpoint)
    assert processes_of(folder)
    if how == "kill":
        running = process.find(emulator.name)
        assert running is not None
        os.kill(running.pid, signal.SIGKILL)
    else:
        emulator.stop()
        assert not (folder / "clusters").exists()
    assert eventually(lambda: not processes_of(folder))
    assert not answers(endpoint)


def answers(endpoint: str) -> bool:
    """Return whether anybody listens there."""
    try:
        urllib3.request("GET", endpoint, retries=False, timeout=2)
    except urllib3.exceptions.SSLError:
        return True
    except urllib3.exceptions.HTTPError:
        return False
    return True


def processes_of(folder: Path) -> list[int]:
    """Return the processes of control planes whose files lie in a folder."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = entry.read_bytes()
        except OSError:
            continue
        if f"{folder}/clusters/".encode() in line:
            found.append(int(entry.parent.name))
    return found
