# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What becomes of a kubeconfig that others have written in, and the program that signs tokens for kubectl."""

from __future__ import annotations

import base64
import datetime
import inspect
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.stratum.aws.plugins.module_utils import _eks_credential, _kubeconfig
from ansible_collections.stratum.aws.plugins.module_utils._kubeconfig import Entry, KubeconfigError
from ansible_collections.stratum.aws.plugins.modules.eks_kubeconfig import default_path, program, role_arn

ENTRY = Entry("shop-prod", "arn:aws:eks:eu-west-1:123456789012:cluster/shop", "https://one", "Q0E=", {"token": "t"}, "shop")
FOREIGN = """
apiVersion: v1
kind: Config
preferences: {}
current-context: theirs
clusters:
- name: theirs
  cluster: {server: https://theirs, insecure-skip-tls-verify: true}
users:
- name: theirs
  user:
    auth-provider: {name: oidc, config: {expiry: 2026-11-21T12:00:00Z, asked: "yes"}}
contexts:
- name: theirs
  context: {cluster: theirs, user: theirs}
"""


def merged(text: str, entry: Entry = ENTRY, **how: bool) -> dict[str, Any]:
    """Return what a kubeconfig becomes, once it was written and read again."""
    found: dict[str, Any] = yaml.safe_load(
        _kubeconfig.written(_kubeconfig.merged(_kubeconfig.read(text, "config"), entry, path="config", **how))
    )
    return found


def test_an_empty_file_becomes_a_kubeconfig_with_one_context() -> None:
    found = merged("")
    assert found == {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {
                "name": "shop-prod",
                "cluster": {
                    "server": "https://one",
                    "certificate-authority-data": "Q0E=",
                    "extensions": [{"name": "stratum.aws", "extension": {"arn": ENTRY.arn}}],
                },
            }
        ],
        "users": [{"name": "shop-prod", "user": {"token": "t"}}],
        "contexts": [{"name": "shop-prod", "context": {"cluster": "shop-prod", "user": "shop-prod", "namespace": "shop"}}],
        "current-context": "shop-prod",
    }


def test_what_others_have_written_stays_to_the_letter() -> None:
    found = merged(FOREIGN)
    # As text, for a point in time is none to Kubernetes.
    before = yaml.load(FOREIGN, Loader=yaml.BaseLoader)
    after = yaml.load(_kubeconfig.written(_kubeconfig.read(FOREIGN, "config")), Loader=yaml.BaseLoader)
    assert after == before
    assert found["current-context"] == "theirs"
    assert found["clusters"][0]["cluster"]["insecure-skip-tls-verify"] is True
    assert [each["name"] for each in found["contexts"]] == ["theirs", "shop-prod"]


def test_the_context_becomes_current_on_request() -> None:
    assert merged(FOREIGN, use=True)["current-context"] == "shop-prod"


def test_a_second_run_replaces_its_own_entries_in_their_place() -> None:
    twice = merged(yaml.safe_dump(merged(FOREIGN)), Entry("shop-prod", ENTRY.arn, "https://other", "Q0E=", {"token": "u"}))
    assert [each["name"] for each in twice["clusters"]] == ["theirs", "shop-prod"]
    assert twice["clusters"][1]["cluster"]["server"] == "https://other"
    assert twice["users"][1]["user"] == {"token": "u"}
    assert "namespace" not in twice["contexts"][1]["context"]
    assert merged(yaml.safe_dump(twice), Entry("shop-prod", ENTRY.arn, "https://other", "Q0E=", {"token": "u"})) == twice


def test_names_that_somebody_else_has_taken_are_refused_unless_asked() -> None:
    taken = FOREIGN.replace("theirs", "shop-prod")
    with pytest.raises(KubeconfigError, match="config has a cluster shop-prod already at https://shop-prod, which was not written here"):
        merged(taken)
    assert merged(taken, replace=True)["clusters"][0]["cluster"]["server"] == "https://one"
    only_user = "{apiVersion: v1, kind: Config, users: [{name: shop-prod, user: {token: x}}]}"
    with pytest.raises(KubeconfigError, match="config has a user shop-prod already, which was not written here"):
        merged(only_user)


@pytest.mark.parametrize(
    "text", ["just text", "[1, 2]", "{kind: Secret}", "a: b: c", "{kind: Config, clusters: [1]}", "{kind: Config, users: {}}"]
)
def test_another_file_is_left_as_it_is(text: str) -> None:
    with pytest.raises(KubeconfigError, match=r"config is no kubeconfig\. It was left as it is; name another file"):
        _kubeconfig.read(text, "config")


def test_a_diff_shows_no_token() -> None:
    document = _kubeconfig.merged(_kubeconfig.read(FOREIGN, "config"), ENTRY, path="config")
    assert [each["user"] for each in _kubeconfig.hidden(document)["users"]] == [{"auth-provider": "(hidden)"}, {"token": "(hidden)"}]
    assert document["users"][1]["user"] == {"token": "t"}


def test_the_file_is_the_one_that_kubectl_would_write() -> None:
    assert default_path({}) == "~/.kube/config"
    assert default_path({"KUBECONFIG": ""}) == "~/.kube/config"
    assert default_path({"KUBECONFIG": os.pathsep.join(("", "/one", "/two"))}) == "/one"


def test_a_role_is_one_of_the_clusters_account() -> None:
    assert role_arn("", ENTRY.arn) == ""
    assert role_arn("operators", ENTRY.arn) == "arn:aws:iam::123456789012:role/operators"
    assert role_arn("/people/operators", "arn:aws-cn:eks:cn-north-1:1:cluster/c") == "arn:aws-cn:iam::1:role/people/operators"
    assert role_arn("arn:aws:iam::2:role/x", ENTRY.arn) == "arn:aws:iam::2:role/x"


@pytest.mark.parametrize("version", ["v1", "v1beta1"])
def test_a_credential_is_in_the_version_that_kubectl_asked_in(monkeypatch: pytest.MonkeyPatch, version: str) -> None:
    asked = f"client.authentication.k8s.io/{version}"
    monkeypatch.setenv("KUBERNETES_EXEC_INFO", json.dumps({"apiVersion": asked, "kind": "ExecCredential", "spec": {"interactive": False}}))
    found = _eks_credential.credential("t", datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC))
    assert found["apiVersion"] == asked
    assert found["status"] == {"expirationTimestamp": "2026-01-01T00:14:00Z", "token": "t"}


def test_the_program_runs_without_the_collection(tmp_path: Path) -> None:
    for path, module in program(tmp_path).items():
        path.write_text(inspect.getsource(module), encoding="utf-8")
    keys = {"AWS_ACCESS_KEY_ID": "AKIA", "AWS_SECRET_ACCESS_KEY": "s", "AWS_ENDPOINT_URL": "http://127.0.0.1:1", "PATH": os.defpath}
    command = [sys.executable, str(tmp_path / "eks_credential.py"), "--cluster-name", "shop", "--region", "eu-west-1"]
    # Its folder is the only one that it knows, so that nothing of the collection can help.
    done = subprocess.run(command, env=keys, cwd="/", capture_output=True, text=True, check=True)
    token = json.loads(done.stdout)["status"]["token"].removeprefix("k8s-aws-v1.")
    address = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode()
    assert address.startswith("https://sts.eu-west-1.amazonaws.com/?")
    assert "X-Amz-SignedHeaders=host%3Bx-k8s-aws-id" in address


def test_the_program_says_in_a_line_what_is_missing(tmp_path: Path) -> None:
    for path, module in program(tmp_path).items():
        path.write_text(inspect.getsource(module), encoding="utf-8")
    nothing = {"AWS_EC2_METADATA_DISABLED": "true", "HOME": str(tmp_path), "PATH": os.defpath}
    command = [sys.executable, str(tmp_path / "eks_credential.py"), "--cluster-name", "shop", "--region", "eu-west-1"]
    done = subprocess.run(command, env=nothing, cwd="/", capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "no token for shop with the AWS credentials of this shell: Unable to locate credentials\n"
