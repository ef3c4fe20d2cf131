# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who an EKS token lets in, and what access policies allow: the decisions, without an API."""

from __future__ import annotations

import base64
import json
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.credentials import Credentials as Keys
from botocore.hooks import HierarchicalEmitter
from botocore.model import ServiceId
from botocore.signers import RequestSigner

from tests.emulator.kubernetes import access
from tests.emulator.kubernetes.identity import Credentials, Identity, TokenRefused, identify
from tests.emulator.kubernetes.webhook import Webhook
from tests.emulator.lifecycle import Lifecycle
from tests.emulator.services.eks.store import Cluster

ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/Operator"
USER = f"arn:aws:iam::{ACCOUNT}:user/ann"
CLUSTER_HEADER = "x-k8s-aws-id"
EVENTS = HierarchicalEmitter()


def url_for(
    cluster: str = "web",
    *,
    host: str = "sts.ca-central-1.amazonaws.com",
    region: str = "ca-central-1",
    action: str = "GetCallerIdentity",
    header: str = CLUSTER_HEADER,
    expires: int = 60,
    keys: tuple[str, str, str | None] = ("AKIA1", "secret", None),
) -> str:
    """Sign a URL by botocore, as every client does."""
    signer = RequestSigner(ServiceId("STS"), region, "sts", "v4", Keys(*keys), EVENTS)
    request = {
        "method": "GET",
        "url": f"https://{host}/?Action={action}&Version=2011-06-15",
        "body": {},
        "headers": {header: cluster},
        "context": {},
    }
    url: str = signer.generate_presigned_url(request, region_name=region, expires_in=expires, operation_name="")
    return url


def token_of(url: str) -> str:
    return "k8s-aws-v1." + base64.urlsafe_b64encode(url.encode()).decode().rstrip("=")


KNOWN = {
    "AKIA1": Credentials("secret", USER, "AIDA1"),
    "ASIA1": Credentials(
        "other",
        f"arn:aws:sts::{ACCOUNT}:assumed-role/Operator/me@home",
        "AROA1:me@home",
        "session/token+=",
        datetime(2999, 1, 1, tzinfo=UTC),  # A run of all tests takes longer than a session does.
    ),
}


def test_a_token_says_who_signed_it() -> None:
    assert identify(token_of(url_for()), "web", KNOWN.get).arn == USER
    session = identify(token_of(url_for(keys=("ASIA1", "other", "session/token+="))), "web", KNOWN.get)
    assert session.canonical_arn == ROLE
    assert session.session_name == "me@home"
    assert session.principal_id == "AROA1"
    world = url_for(host="sts.amazonaws.com", region="us-east-1", expires=900)
    assert identify(token_of(world), "web", KNOWN.get).access_key_id == "AKIA1"


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda: "", "prefix"),
        (lambda: "k8s-aws-v2.abc", "prefix"),
        (lambda: "k8s-aws-v1." + "a" * 4096, "too large"),
        (lambda: "k8s-aws-v1.???", "holds no URL"),
        (lambda: token_of(url_for()) + "=", "padded"),
        (lambda: token_of(url_for().replace("https:", "http:")), "scheme"),
        (lambda: token_of(url_for(host="sts.example.com")), "hostname"),
        (lambda: token_of(url_for(host="sts.amazonaws.com.example.com")), "hostname"),
        (lambda: token_of(url_for(host="127.0.0.1:5000")), "hostname"),
        (lambda: token_of(url_for().replace(".com/?", ".com/other?")), "path"),
        (lambda: token_of(url_for() + "&Extra=1"), "non-whitelisted"),
        (lambda: token_of(url_for() + "&action=GetCallerIdentity"), "multiple values"),
        (lambda: token_of(url_for(action="GetSessionToken")), "unexpected action"),
        (lambda: token_of(url_for(header="x-other")), "did not sign the x-k8s-aws-id header"),
        (lambda: token_of(url_for(expires=901)), "X-Amz-Expires"),
        (lambda: token_of(url_for("api")), "signature"),
        (lambda: token_of(url_for(keys=("AKIA1", "wrong", None))), "signature"),
        (lambda: token_of(url_for(keys=("AKIA2", "secret", None))), "token included in the request is invalid"),
        (lambda: token_of(url_for(keys=("ASIA1", "other", None))), "token included in the request is invalid"),
        (lambda: token_of(url_for(region="eu-west-1")), "scoped"),
        (lambda: token_of(url_for().replace("2011-06-15", "2011-06-16")), "signature"),
    ],
)
def test_everything_else_is_refused(make: Callable[[], str], why: str) -> None:
    token = make()  # Only now, for a token counts for minutes.
    with pytest.raises(TokenRefused, match=why):
        identify(token, "web", KNOWN.get)


def test_a_token_counts_for_fifteen_minutes_from_its_signature() -> None:
    token, now = token_of(url_for()), datetime.now(UTC)
    assert identify(token, "web", KNOWN.get, now + timedelta(minutes=14)).arn == USER
    with pytest.raises(TokenRefused, match="is expired"):
        identify(token, "web", KNOWN.get, now + timedelta(minutes=15, seconds=2))
    with pytest.raises(TokenRefused, match="not yet current"):
        identify(token, "web", KNOWN.get, now - timedelta(minutes=6))


def test_a_session_that_is_over_lets_nobody_in() -> None:
    over = Credentials(
        "other", f"arn:aws:sts::{ACCOUNT}:assumed-role/Operator/me", "AROA1:me", "t", datetime.now(UTC) - timedelta(seconds=1)
    )
    with pytest.raises(TokenRefused, match="expired"):
        identify(token_of(url_for(keys=("ASIA1", "other", "t"))), "web", lambda key: over)


# -- users -------------------------------------------------------------------------------------------------------


def cluster(mode: str = "API", *, bootstrap: bool = True) -> Cluster:
    data = {"name": "web", "accessConfig": {"authenticationMode": mode, "bootstrapClusterCreatorAdminPermissions": bootstrap}}
    return Cluster(data, Lifecycle("ACTIVE"), creator_arn=USER)


def enter(into: Cluster, principal: str, *, username: str | None = None, groups: list[str] | None = None) -> None:
    into.access_entries[principal] = {"principalArn": principal, "username": username or principal, "kubernetesGroups": groups or []}
    into.access_policies[principal] = {}


def associate(into: Cluster, principal: str, policy: str, *namespaces: str) -> None:
    scope = {"type": "namespace" if namespaces else "cluster", "namespaces": list(namespaces)}
    into.access_policies[principal][f"arn:aws:eks::aws:cluster-access-policy/{policy}"] = {"accessScope": scope}


ANN = Identity(USER, "AIDA1", "AKIA1")
OPERATOR = Identity(f"arn:aws:sts::{ACCOUNT}:assumed-role/Operator/me@home", "AROA1:me@home", "ASIA1")


def nobody(_instance: str) -> str | None:
    return None


def test_an_access_entry_gives_name_and_groups_of_a_role_with_a_path() -> None:
    one = cluster()
    enter(
        one,
        f"arn:aws:iam::{ACCOUNT}:role/teams/Operator",
        username="ops:{{SessionName}}:{{SessionNameRaw}}:{{AccountID}}",
        groups=["deployers"],
    )
    user = access.user_of(one, OPERATOR, lambda: None, nobody)
    assert user is not None
    assert user.name == f"ops:me-home:me@home:{ACCOUNT}"
    assert user.groups == ["deployers"]
    assert user.uid == f"aws-iam-authenticator:{ACCOUNT}:AROA1"
    assert user.extra["canonicalArn"] == [ROLE]


def test_a_stranger_is_nobody_even_the_creator_without_an_entry() -> None:
    assert access.user_of(cluster(), OPERATOR, lambda: None, nobody) is None
    assert access.user_of(cluster(bootstrap=True), ANN, lambda: None, nobody) is None


def test_the_creator_of_a_cluster_that_reads_the_map_only_is_its_master() -> None:
    user = access.user_of(cluster("CONFIG_MAP"), ANN, lambda: None, nobody)
    assert user is not None
    assert (user.name, user.groups) == ("kubernetes-admin", ["system:masters"])
    assert access.user_of(cluster("CONFIG_MAP", bootstrap=False), ANN, lambda: None, nobody) is None


def test_a_node_is_the_node_of_its_instance() -> None:
    one = cluster()
    role = f"arn:aws:iam::{ACCOUNT}:role/Nodes"
    enter(one, role, username="system:node:{{EC2PrivateDNSName}}", groups=["system:nodes"])
    node = Identity(f"arn:aws:sts::{ACCOUNT}:assumed-role/Nodes/i-1", "AROA2:i-1", "ASIA2")
    user = access.user_of(one, node, lambda: None, {"i-1": "ip-10-0-0-1.ec2.internal"}.get)
    assert user is not None
    assert user.name == "system:node:ip-10-0-0-1.ec2.internal"
    assert access.user_of(one, node, lambda: None, nobody) is None


AWS_AUTH = {
    "mapRoles": f"- rolearn: {ROLE}\n  username: 'op:{{{{SessionName}}}}'\n  groups: [readers]\n- just text\n",
    "mapUsers": f"- userarn: {USER}\n  username: ann\n",
    "mapAccounts": "- '999999999999'\n",
}


@pytest.mark.parametrize(("mode", "read"), [("API", False), ("API_AND_CONFIG_MAP", True), ("CONFIG_MAP", True)])
def test_the_map_counts_where_the_mode_reads_it(mode: str, read: bool) -> None:
    asked: list[bool] = []

    def aws_auth() -> dict[str, str]:
        asked.append(True)
        return AWS_AUTH

    user = access.user_of(cluster(mode), OPERATOR, aws_auth, nobody)
    assert bool(asked) is read
    assert (user is not None and (user.name, user.groups) == ("op:me-home", ["readers"])) is read


def test_an_access_entry_comes_before_the_map() -> None:
    one = cluster("API_AND_CONFIG_MAP")
    enter(one, USER, username="entered")
    user = access.user_of(one, ANN, lambda: AWS_AUTH, nobody)
    assert user is not None
    assert user.name == "entered"


def test_a_map_that_is_no_yaml_lets_nobody_in() -> None:
    assert access.user_of(cluster("CONFIG_MAP"), OPERATOR, lambda: {"mapRoles": "a: ]["}, nobody) is None
    assert access.user_of(cluster("CONFIG_MAP"), OPERATOR, lambda: {"mapRoles": "text"}, nobody) is None


# -- access policies ---------------------------------------------------------------------------------------------


def asks(verb: str, resource: str, namespace: str = "shop", group: str = "") -> dict[str, Any]:
    name, _unused, subresource = resource.partition("/")
    return {"resourceAttributes": {"verb": verb, "resource": name, "subresource": subresource, "namespace": namespace, "group": group}}


@pytest.mark.parametrize(
    ("policy", "allowed", "refused"),
    [
        (
            "AmazonEKSViewPolicy",
            [asks("list", "pods"), asks("get", "pods/log"), asks("watch", "deployments", group="apps")],
            [asks("get", "secrets"), asks("create", "pods"), asks("get", "nodes", ""), asks("create", "pods/exec")],
        ),
        (
            "AmazonEKSEditPolicy",
            [
                asks("get", "secrets"),
                asks("patch", "deployments", group="apps"),
                asks("create", "pods/exec"),
                asks("delete", "ingresses", group="networking.k8s.io"),
            ],
            [asks("create", "roles", group="rbac.authorization.k8s.io"), asks("create", "namespaces", ""), asks("patch", "resourcequotas")],
        ),
        (
            "AmazonEKSAdminPolicy",
            [asks("create", "rolebindings", group="rbac.authorization.k8s.io"), asks("get", "secrets")],
            [asks("create", "clusterroles", "", "rbac.authorization.k8s.io"), asks("get", "nodes", ""), asks("create", "resourcequotas")],
        ),
        (
            "AmazonEKSAdminViewPolicy",
            [asks("get", "secrets"), asks("list", "nodes", ""), asks("list", "widgets", "", "example.com")],
            [asks("create", "pods"), {"nonResourceAttributes": {"path": "/metrics", "verb": "get"}}],
        ),
        (
            "AmazonEKSClusterAdminPolicy",
            [
                asks("escalate", "clusterroles", "", "rbac.authorization.k8s.io"),
                {"nonResourceAttributes": {"path": "/metrics", "verb": "get"}},
            ],
            [],
        ),
        ("AmazonEKSAutoNodePolicy", [], [asks("get", "pods")]),
    ],
)
def test_a_policy_allows_what_aws_documents(policy: str, allowed: list[dict[str, Any]], refused: list[dict[str, Any]]) -> None:
    one = cluster()
    enter(one, ROLE)
    associate(one, ROLE, policy)
    assert [asked for asked in allowed if not access.allows(one, ROLE, asked)] == []
    assert [asked for asked in refused if access.allows(one, ROLE, asked)] == []


def test_a_policy_counts_in_its_namespaces() -> None:
    one = cluster()
    enter(one, ROLE)
    associate(one, ROLE, "AmazonEKSClusterAdminPolicy", "shop", "dev-*")
    assert access.allows(one, ROLE, asks("create", "pods", "shop"))
    assert access.allows(one, ROLE, asks("create", "pods", "dev-1"))
    assert not access.allows(one, ROLE, asks("create", "pods", "shopping"))
    assert not access.allows(one, ROLE, asks("list", "pods", ""))
    assert not access.allows(one, ROLE, {"nonResourceAttributes": {"path": "/metrics", "verb": "get"}})


def test_policies_are_nobody_elses_and_nothing_where_entries_are_not_read() -> None:
    one = cluster()
    enter(one, ROLE)
    associate(one, ROLE, "AmazonEKSClusterAdminPolicy")
    assert not access.allows(one, USER, asks("get", "pods"))
    one.data["accessConfig"]["authenticationMode"] = "CONFIG_MAP"
    assert not access.allows(one, ROLE, asks("get", "pods"))


# -- the server --------------------------------------------------------------------------------------------------


@pytest.fixture
def ask() -> Callable[[str, str, dict[str, Any]], dict[str, Any]]:
    def authenticate(region: str, name: str, token: str) -> access.User:
        if token != "good":
            raise TokenRefused("bad token")
        return access.User(f"{region}/{name}", "1", ["g"], {"canonicalArn": [ROLE]})

    webhook = Webhook(authenticate, lambda region, name, arn, spec: arn == ROLE and spec["user"] == "me")

    def post(question: str, kind: str, spec: dict[str, Any]) -> dict[str, Any]:
        body = json.dumps({"apiVersion": "v9", "kind": kind, "spec": spec}).encode()
        with urllib.request.urlopen(webhook.address("ca-central-1", "web", question), body, timeout=10) as answer:
            status: dict[str, Any] = json.loads(answer.read())
        assert (status["apiVersion"], status["kind"]) == ("v9", kind)
        return dict(status["status"])

    return post


def test_the_webhook_answers_reviews(ask: Callable[[str, str, dict[str, Any]], dict[str, Any]]) -> None:
    assert ask("authenticate", "TokenReview", {"token": "good"})["user"]["username"] == "ca-central-1/web"
    assert ask("authenticate", "TokenReview", {"token": "other"}) == {"authenticated": False, "error": "bad token"}
    about = {"user": "me", "extra": {"canonicalarn": [ROLE]}}
    assert ask("authorize", "SubjectAccessReview", about)["allowed"] is True
    # No opinion is not a denial: RBAC may allow.
    assert "denied" not in ask("authorize", "SubjectAccessReview", {"user": "me"})
    assert ask("authorize", "SubjectAccessReview", {"user": "me", "extra": {"canonicalarn": [ROLE, USER]}})["allowed"] is False
