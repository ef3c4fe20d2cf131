# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An OIDC provider over its whole life."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.integration.modules.running import RunModule

pytestmark = pytest.mark.integration

MODULE = "iam_oidc_provider"
ARN = "arn:aws:iam::123456789012:oidc-provider/oidc.example.com/id/ABC"
OPTIONS = {
    "url": "https://oidc.example.com/id/ABC",
    "client_ids": ["sts.amazonaws.com"],
    "thumbprints": ["6938fd4d98bab03faadb97b34396831e3780aea1"],
    "tags": {"team": "platform", "cost": 7},
}


def stored(account: Any) -> dict[str, Any]:
    answer: dict[str, Any] = account.client("iam").get_open_id_connect_provider(OpenIDConnectProviderArn=ARN)
    return answer


def providers(account: Any) -> list[Any]:
    listed: list[Any] = account.client("iam").list_open_id_connect_providers()["OpenIDConnectProviderList"]
    return listed


def test_creates_and_then_changes_nothing(account: Any, run_module: RunModule) -> None:
    first = run_module(MODULE, OPTIONS)
    assert first.changed, first
    provider = first["oidc_provider"]
    assert provider["arn"] == ARN
    assert provider["url"] == OPTIONS["url"]
    assert provider["client_ids"] == ["sts.amazonaws.com"]
    assert provider["tags"] == {"team": "platform", "cost": "7"}
    again = run_module(MODULE, OPTIONS)
    assert not again.failed, again
    assert not again.changed
    assert again["oidc_provider"] == provider


def test_check_mode_says_what_would_be_and_writes_nothing(account: Any, run_module: RunModule) -> None:
    result = run_module(MODULE, OPTIONS, check=True)
    assert result.changed, result
    assert result["oidc_provider"]["arn"] == ARN
    assert result["diff"]["before"] == {}
    assert providers(account) == []


def test_changes_what_differs(account: Any, run_module: RunModule) -> None:
    run_module(MODULE, OPTIONS)
    wanted = {**OPTIONS, "client_ids": ["other"], "thumbprints": ["A" * 40], "tags": {"team": "data"}}
    planned = run_module(MODULE, wanted, check=True, diff=True)
    assert planned["diff"]["before"]["client_ids"] == ["sts.amazonaws.com"]
    assert stored(account)["ClientIDList"] == ["sts.amazonaws.com"]
    result = run_module(MODULE, wanted)
    assert result.changed, result
    assert result["oidc_provider"] == planned["oidc_provider"]
    assert stored(account)["ClientIDList"] == ["other"]
    assert stored(account)["Tags"] == [{"Key": "team", "Value": "data"}]
    assert not run_module(MODULE, wanted).changed


def test_keeps_what_is_not_named(account: Any, run_module: RunModule) -> None:
    run_module(MODULE, OPTIONS)
    assert not run_module(MODULE, {"url": OPTIONS["url"]}).changed
    added = run_module(MODULE, {"url": OPTIONS["url"], "client_ids": ["other"], "purge_client_ids": False})
    assert added.changed
    assert set(stored(account)["ClientIDList"]) == {"sts.amazonaws.com", "other"}


def test_absent_and_absent_again(account: Any, run_module: RunModule) -> None:
    run_module(MODULE, OPTIONS)
    gone = {"url": OPTIONS["url"], "state": "absent"}
    assert run_module(MODULE, gone, check=True).changed
    assert len(providers(account)) == 1
    result = run_module(MODULE, gone)
    assert result.changed, result
    assert result["oidc_provider"] is None
    assert providers(account) == []
    assert not run_module(MODULE, gone).changed


SHOP = {"stratum:stack": "shop", "stratum:environment": "prod"}
OTHER = {"stratum:stack": "other", "stratum:environment": "prod"}


def make_role(account: Any, name: str, tags: dict[str, str]) -> None:
    trust = {"Effect": "Allow", "Principal": {"Federated": ARN}, "Action": "sts:AssumeRoleWithWebIdentity"}
    account.client("iam").create_role(
        RoleName=name,
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
        Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
    )


def test_a_provider_of_others_is_used_and_left_as_it_is(account: Any, run_module: RunModule) -> None:
    run_module(MODULE, {**OPTIONS, "owner_tags": SHOP})
    before = stored(account)
    mine = {**OPTIONS, "thumbprints": ["a" * 40], "tags": {"team": "data"}, "owner_tags": OTHER}
    result = run_module(MODULE, mine)
    assert not result.changed, result
    assert result["oidc_provider"]["shared"]
    assert result["oidc_provider"]["arn"] == ARN
    added = run_module(MODULE, {**mine, "client_ids": ["other"]})
    assert added.changed
    assert set(stored(account)["ClientIDList"]) == {"sts.amazonaws.com", "other"}
    assert not run_module(MODULE, {**mine, "state": "absent"}).changed
    assert stored(account)["Tags"] == before["Tags"]
    assert stored(account)["ThumbprintList"] == before["ThumbprintList"]


def test_ones_own_provider_goes_with_its_own_roles_about(account: Any, run_module: RunModule) -> None:
    first = run_module(MODULE, {**OPTIONS, "owner_tags": SHOP})
    assert first["oidc_provider"]["tags"].items() >= SHOP.items()
    assert not run_module(MODULE, {**OPTIONS, "owner_tags": SHOP}).changed
    make_role(account, "deploys-shop", SHOP)
    assert run_module(MODULE, {"url": OPTIONS["url"], "owner_tags": SHOP, "state": "absent"}).changed
    assert providers(account) == []


def test_a_provider_that_roles_of_others_trust_becomes_nobodys(account: Any, run_module: RunModule) -> None:
    run_module(MODULE, {**OPTIONS, "owner_tags": SHOP})
    make_role(account, "deploys-other", OTHER)
    gone = {"url": OPTIONS["url"], "owner_tags": SHOP, "state": "absent"}
    result = run_module(MODULE, gone)
    assert result.changed
    assert "roles of others trust it: deploys-other" in str(result["warnings"])
    assert {tag["Key"] for tag in stored(account)["Tags"]} == {"team", "cost"}
    assert not run_module(MODULE, gone).changed
    assert len(providers(account)) == 1


def test_an_error_names_resource_and_cure(run_module: RunModule) -> None:
    result = run_module(MODULE, {**OPTIONS, "thumbprints": ["short"]})
    assert result.failed
    assert result.msg.startswith("OIDC provider oidc.example.com/id/ABC: the options are not valid.")
    assert "ThumbprintList" in result.msg
