# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module kubernetes_secret with a real API and the emulator's Secrets Manager."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest

from tests.emulator.fixtures import Emulator
from tests.integration.modules.running import ModuleResult

from .kube import Kube

pytestmark = [
    pytest.mark.kubernetes,
    pytest.mark.integration,
    pytest.mark.slow,
    pytest.mark.xdist_group("kubernetes-modules"),
    # The first one may have to build the control plane.
    pytest.mark.timeout(3600),
]

DATA: dict[str, Any] = {
    "url": {"secret": "shop/database", "template": "postgresql://{username}:{password:url}@{host}:5432/shop"},
    "session": {"secret": "shop/session"},
    "region": {"value": "ca-central-1"},
    "license": {"secret": "shop/license", "optional": True},
}
VALUES = {"host": "db.local"}

type Secret = Callable[..., ModuleResult]


@pytest.fixture
def secret(kube: Kube, account: Emulator) -> Secret:
    """Return a function that runs the module, in an account with two secrets."""
    client = account.client("secretsmanager")
    client.create_secret(Name="shop/database", SecretString='{"username": "shop", "password": "hunter2/hunter2"}')
    client.create_secret(Name="shop/session", SecretString="hunter2-session")
    client.create_secret(Name="shop/license")
    kube.environment = account.environment

    def module(*, check: bool = False, account: str = "admin", **options: Any) -> ModuleResult:
        given: dict[str, Any] = {"name": "vars", "namespace": kube.namespace, "data": DATA, "values": VALUES, **options}
        return kube.module("kubernetes_secret", check=check, account=account, **given)

    return module


def held(kube: Kube) -> dict[str, str]:
    return {key: base64.b64decode(text).decode() for key, text in kube.get("secret/vars")["data"].items()}


def test_a_secret_is_made_of_others_and_never_shown(kube: Kube, secret: Secret, account: Emulator) -> None:
    empty = kube.versions()
    looked = secret(check=True)
    assert (looked.changed, looked["left_out"]) == (True, ["license"])
    assert kube.versions() == empty
    made = secret()
    assert made.changed
    assert held(kube) == {
        "url": "postgresql://shop:hunter2%2Fhunter2@db.local:5432/shop",
        "session": "hunter2-session",
        "region": "ca-central-1",
    }
    assert made["object"]["data"] == dict.fromkeys(("url", "session", "region"), "(sensitive)")
    before = kube.versions()
    again = secret()
    assert (again.changed, again["revision"]) == (False, made["revision"])
    assert kube.versions() == before
    account.client("secretsmanager").put_secret_value(SecretId="shop/session", SecretString="hunter3-session")
    seen = secret(check=True)
    assert seen["diff"]["before"] == {f"Secret {kube.namespace}/vars": "present", "data.session": "(sensitive)"}
    assert kube.versions() == before
    changed = secret()
    assert changed["revision"] != made["revision"]
    assert held(kube)["session"] == "hunter3-session"
    assert not secret().changed
    for result in (looked, made, again, seen, changed):
        assert "hunter" not in str(result)
        assert "aHVudGVy" not in str(result)


def test_a_key_that_is_not_named_any_more_goes_and_one_of_others_stays(kube: Kube, secret: Secret) -> None:
    secret()
    kube.kubectl("patch", "secret/vars", "--type=merge", '--patch={"stringData":{"own":"x"}}')
    assert not secret().changed
    fewer = {"region": DATA["region"]}
    assert secret(data=fewer).changed
    assert held(kube) == {"region": "ca-central-1", "own": "x"}
    assert not secret(data=fewer).changed


def test_what_was_edited_by_hand_is_mended(kube: Kube, secret: Secret) -> None:
    secret(labels={"a": "1"}, annotations={"b.c/d": "2"})
    kube.kubectl("patch", "secret/vars", "--type=merge", '--patch={"stringData":{"session":"by hand"},"metadata":{"labels":{"a":"9"}}}')
    seen = secret(check=True, labels={"a": "1"}, annotations={"b.c/d": "2"})
    assert set(seen["diff"]["after"]) == {f"Secret {kube.namespace}/vars", "data.session", "metadata.labels.a"}
    assert "by hand" not in str(seen)
    assert secret(labels={"a": "1"}, annotations={"b.c/d": "2"}).changed
    assert held(kube)["session"] == "hunter2-session"


def test_it_is_deleted_and_the_secrets_of_aws_are_not(kube: Kube, secret: Secret, account: Emulator) -> None:
    secret()
    writes = len(account.writes())
    assert secret(check=True, state="absent").changed
    assert secret(state="absent").changed
    assert kube.gone("secret/vars")
    assert not secret(state="absent").changed
    assert len(account.writes()) == writes


def test_who_may_only_read_can_plan(kube: Kube, secret: Secret) -> None:
    assert secret(check=True, account="reader").changed
    secret()
    assert not secret(account="reader").changed
    assert secret(check=True, account="reader", values={"host": "other"}).changed
    assert secret(account="reader", values={"host": "other"}).failed
    assert held(kube)["url"].endswith("@db.local:5432/shop")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"data": {"a": {"secret": "shop/nothing"}}}, "a: the secret shop/nothing does not exist or has no value yet"),
        ({"data": {"a": {"secret": "shop/license"}}}, "a: the secret shop/license does not exist or has no value yet"),
        ({"data": {"a": {"secret": "shop/session", "key": "x"}}}, "a: the secret shop/session is no JSON object"),
        ({"data": {"a": "text"}}, "a: it is no dictionary"),
        ({"data": {"a": {}}}, "a: nothing says where its value comes from"),
        ({"data": {"not a key": {"value": "x"}}}, "not a key"),
        ({"namespace": "not-there"}, 'namespaces "not-there" not found'),
        ({"type": "kubernetes.io/tls"}, "data[tls.crt]: Required value"),
    ],
)
def test_bad_input_is_said_without_a_secret(kube: Kube, secret: Secret, options: dict[str, Any], words: str) -> None:
    found = secret(**options)
    assert found.failed
    assert words in found.msg
    assert "hunter" not in str(found)
    assert "Traceback" not in str(found)
    assert kube.gone("secret/vars")
