# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""User pools with clients, domains and groups over their whole lives."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.modules.running import RunModule

pytestmark = pytest.mark.integration

POOL: dict[str, Any] = {
    "name": "shop-test",
    "mfa": "ON",
    "mfa_methods": ["software_token"],
    "tier": "PLUS",
    "username_attributes": ["email"],
    "username_case_sensitive": False,
    "auto_verified_attributes": ["email"],
    "schema": [{"name": "team", "max": 40}],
    "password_policy": {"minimum_length": 12, "require_symbols": True, "temporary_password_days": 3},
    "self_sign_up": False,
    "invitation": {"email_subject": "Welcome", "email_message": "{username} {####}"},
    "account_recovery": ["verified_email"],
    "threat_protection": "AUDIT",
    "remember_devices": "ask",
    "deletion_protection": True,
    "tags": {"Project": "shop", "cost": 7},
}


def pool_of(account: Any) -> dict[str, Any]:
    cognito = account.client("cognito-idp")
    (listed,) = cognito.list_user_pools(MaxResults=60)["UserPools"]
    pool: dict[str, Any] = cognito.describe_user_pool(UserPoolId=listed["Id"])["UserPool"]
    return pool


def test_a_pool(account: Any, run_module: RunModule) -> None:
    planned = run_module("cognito_user_pool", POOL, check=True, diff=True)
    assert planned.changed, planned
    assert planned["diff"]["before"] == {}
    assert account.client("cognito-idp").list_user_pools(MaxResults=60)["UserPools"] == []

    first = run_module("cognito_user_pool", POOL)
    assert first.changed, first
    pool = pool_of(account)
    assert pool["MfaConfiguration"] == "ON"
    assert pool["UserPoolTags"] == {"Project": "shop", "cost": "7"}
    assert pool["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"] is True
    assert pool["UserPoolAddOns"] == {"AdvancedSecurityMode": "AUDIT"}
    assert {each["Name"] for each in pool["SchemaAttributes"]} > {"custom:team", "email", "sub"}
    again = run_module("cognito_user_pool", POOL)
    assert not again.changed, again
    assert again["user_pool"] == first["user_pool"]
    # What is not given stays.
    assert not run_module("cognito_user_pool", {"name": "shop-test"}).changed

    wanted = {**POOL, "password_policy": {"minimum_length": 14}, "mfa": "OPTIONAL", "tags": {"Project": "store"}}
    planned = run_module("cognito_user_pool", wanted, check=True, diff=True)
    assert planned["diff"]["before"]["mfa"] == "ON", planned
    assert planned["diff"]["after"]["password_policy"]["minimum_length"] == 14
    assert pool_of(account)["MfaConfiguration"] == "ON"
    changed = run_module("cognito_user_pool", wanted)
    assert changed.changed, changed
    pool = pool_of(account)
    assert pool["MfaConfiguration"] == "OPTIONAL"
    assert pool["UserPoolTags"] == {"Project": "store"}
    # UpdateUserPool resets what it is not given.
    policy = pool["Policies"]["PasswordPolicy"]
    assert (policy["MinimumLength"], policy["RequireSymbols"], policy["TemporaryPasswordValidityDays"]) == (14, True, 3)
    assert pool["AdminCreateUserConfig"]["InviteMessageTemplate"]["EmailSubject"] == "Welcome"
    assert pool["DeletionProtection"] == "ACTIVE"
    assert pool["UserPoolTier"] == "PLUS"
    assert not run_module("cognito_user_pool", wanted).changed
    more = {"name": "shop-test", "schema": [{"name": "floor", "type": "Number", "min": 0, "max": 9}], "mfa": "OFF"}
    assert run_module("cognito_user_pool", more).changed
    assert not run_module("cognito_user_pool", more).changed
    assert {each["Name"] for each in pool_of(account)["SchemaAttributes"]} > {"custom:team", "custom:floor"}

    gone = {"name": "shop-test", "state": "absent"}
    refused = run_module("cognito_user_pool", gone)
    assert "deletion_protection" in refused.msg
    assert run_module("cognito_user_pool", {"name": "shop-test", "deletion_protection": False}).changed
    assert run_module("cognito_user_pool", gone, check=True).changed
    assert run_module("cognito_user_pool", gone).changed
    assert account.client("cognito-idp").list_user_pools(MaxResults=60)["UserPools"] == []
    assert not run_module("cognito_user_pool", gone).changed


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"username_attributes": ["phone_number"]}, "cannot change username_attributes"),
        ({"schema": [{"name": "team", "type": "Number"}]}, "cannot change team"),
        ({"remember_devices": "never"}, "cannot stop remembering"),
        ({"tier": "LITE"}, "Choose a tier"),
        ({"password_policy": {"minimum_length": 3}}, "User pool shop-test: "),
    ],
)
def test_what_cannot_be(account: Any, run_module: RunModule, options: dict[str, Any], message: str) -> None:
    given = {key: POOL[key] for key in ("name", "username_attributes", "schema", "remember_devices", "tier", "threat_protection")}
    run_module("cognito_user_pool", given)
    result = run_module("cognito_user_pool", {"name": "shop-test", **options})
    assert result.failed, result
    assert message in result.msg


def test_two_pools_of_a_name(account: Any, run_module: RunModule) -> None:
    for _each in range(2):
        account.client("cognito-idp").create_user_pool(PoolName="twin")
    assert "2 pools of this name" in run_module("cognito_user_pool", {"name": "twin"}).msg


def test_a_client(account: Any, run_module: RunModule) -> None:
    pool = account.client("cognito-idp").create_user_pool(PoolName="shop")["UserPool"]["Id"]
    wanted: dict[str, Any] = {
        "name": "web",
        "user_pool_id": pool,
        "auth_flows": ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        "oauth_flows": ["code"],
        "oauth_scopes": ["openid", "email"],
        "callback_urls": ["https://app.example.com/"],
        "identity_providers": ["COGNITO"],
        "access_token_minutes": 60,
        "refresh_token_minutes": 43200,
        "prevent_user_existence_errors": True,
    }
    assert run_module("cognito_user_pool_client", wanted, check=True).changed
    first = run_module("cognito_user_pool_client", wanted)
    assert first.changed, first
    assert not run_module("cognito_user_pool_client", wanted).changed

    def stored() -> dict[str, Any]:
        answer: dict[str, Any] = account.client("cognito-idp").describe_user_pool_client(
            UserPoolId=pool, ClientId=first["client"]["client_id"]
        )["UserPoolClient"]
        return answer

    assert stored()["AllowedOAuthFlowsUserPoolClient"] is True
    assert stored()["TokenValidityUnits"] == {"AccessToken": "minutes", "RefreshToken": "minutes"}
    assert "ClientSecret" not in stored()
    change = {"name": "web", "user_pool_id": pool, "id_token_minutes": 30, "logout_urls": ["https://app.example.com/bye"]}
    planned = run_module("cognito_user_pool_client", change, check=True, diff=True)
    assert planned["diff"]["after"] == {"id_token_minutes": 30, "logout_urls": ["https://app.example.com/bye"]}
    assert run_module("cognito_user_pool_client", change).changed
    # UpdateUserPoolClient resets what it is not given.
    assert stored()["CallbackURLs"] == ["https://app.example.com/"]
    assert stored()["TokenValidityUnits"]["IdToken"] == "minutes"
    assert not run_module("cognito_user_pool_client", {**wanted, **change}).changed

    assert "whether a client has a secret" in run_module("cognito_user_pool_client", {**wanted, "generate_secret": True}).msg
    bad = {**wanted, "oauth_flows": ["code", "client_credentials"]}
    assert run_module("cognito_user_pool_client", {**bad, "name": "other"}).failed
    gone = {"name": "web", "user_pool_id": pool, "state": "absent"}
    assert run_module("cognito_user_pool_client", gone, check=True).changed
    assert run_module("cognito_user_pool_client", gone).changed
    assert not run_module("cognito_user_pool_client", gone).changed


def test_a_domain(account: Any, run_module: RunModule) -> None:
    cognito = account.client("cognito-idp")
    pool, other = (cognito.create_user_pool(PoolName=name)["UserPool"]["Id"] for name in ("shop", "other"))
    wanted = {"domain": "shop-test", "user_pool_id": pool}
    assert run_module("cognito_user_pool_domain", wanted, check=True)["domain"]["status"] == "CREATING"
    first = run_module("cognito_user_pool_domain", wanted)
    assert first.changed, first
    assert first["domain"]["host"] == "shop-test.auth.ca-central-1.amazoncognito.com"
    assert not run_module("cognito_user_pool_domain", wanted).changed
    login = {**wanted, "managed_login_version": 2}
    assert run_module("cognito_user_pool_domain", login, diff=True)["diff"]["after"] == {"managed_login_version": 2}
    assert not run_module("cognito_user_pool_domain", login).changed
    assert "belongs to the pool" in run_module("cognito_user_pool_domain", {**wanted, "user_pool_id": other}).msg
    assert "delete the one that the pool has" in run_module("cognito_user_pool_domain", {**wanted, "domain": "second"}).msg
    gone = {"domain": "shop-test", "state": "absent"}
    assert run_module("cognito_user_pool_domain", gone, check=True).changed
    assert run_module("cognito_user_pool_domain", gone).changed
    assert not run_module("cognito_user_pool_domain", gone).changed
    certificate = "arn:aws:acm:us-east-1:123456789012:certificate/11111111-2222-3333-4444-555555555555"
    own = run_module("cognito_user_pool_domain", {"domain": "login.example.com", "user_pool_id": pool, "certificate_arn": certificate})
    assert own["domain"]["host"] == "login.example.com"
    assert own["domain"]["target"].endswith(".cloudfront.net")


def test_a_group(account: Any, run_module: RunModule) -> None:
    cognito = account.client("cognito-idp")
    pool = cognito.create_user_pool(PoolName="shop")["UserPool"]["Id"]
    wanted = {"name": "operators", "user_pool_id": pool, "description": "May start and stop", "precedence": 2}
    assert run_module("cognito_user_pool_group", wanted, check=True).changed
    assert run_module("cognito_user_pool_group", wanted).changed
    assert not run_module("cognito_user_pool_group", wanted).changed
    change = {"name": "operators", "user_pool_id": pool, "precedence": 0}
    assert run_module("cognito_user_pool_group", change, check=True, diff=True)["diff"]["before"] == {"precedence": 2}
    assert run_module("cognito_user_pool_group", change)["group"]["description"] == "May start and stop"
    assert cognito.get_group(GroupName="operators", UserPoolId=pool)["Group"]["Precedence"] == 0
    gone = {"name": "operators", "user_pool_id": pool, "state": "absent"}
    assert run_module("cognito_user_pool_group", gone, check=True).changed
    assert run_module("cognito_user_pool_group", gone).changed
    assert not run_module("cognito_user_pool_group", gone).changed
    bad = run_module("cognito_user_pool_group", {**wanted, "user_pool_id": "ca-central-1_none"})
    assert "Create the user pool first" in bad.msg
