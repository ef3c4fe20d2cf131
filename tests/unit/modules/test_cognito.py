# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What of user pools and their clients differs, and what Cognito is told."""

from __future__ import annotations

from typing import Any

from ansible_collections.stratum.aws.plugins.module_utils import _cognito as pure

POOL: dict[str, Any] = {
    "Id": "us-west-2_a",
    "Arn": "arn:aws:cognito-idp:us-west-2:1:userpool/us-west-2_a",
    "Name": "shop",
    "Policies": {"PasswordPolicy": {"MinimumLength": 8, "RequireSymbols": True, "TemporaryPasswordValidityDays": 7}},
    "AdminCreateUserConfig": {
        "AllowAdminCreateUserOnly": False,
        "UnusedAccountValidityDays": 7,
        "InviteMessageTemplate": {"EmailSubject": "Hello"},
    },
    "SchemaAttributes": [{"Name": "custom:team", "AttributeDataType": "String", "StringAttributeConstraints": {"MaxLength": "40"}}],
    "AutoVerifiedAttributes": ["email"],
    "DeletionProtection": "ACTIVE",
    "UserPoolTags": {"a": "b"},
    "EmailConfiguration": {"EmailSendingAccount": "COGNITO_DEFAULT"},
    "SmsConfigurationFailure": "no",
}
MFA = {"MfaConfiguration": "ON", "SoftwareTokenMfaConfiguration": {"Enabled": True}}
OPTIONS = (
    "mfa",
    "mfa_methods",
    "tier",
    *pure.FIXED,
    "auto_verified_attributes",
    "schema",
    "password_policy",
    "self_sign_up",
    "invitation",
    "account_recovery",
    "threat_protection",
    "email",
    "sms_role_arn",
    "sms_external_id",
    "remember_devices",
    "lambda_config",
    "deletion_protection",
)


def options(**given: Any) -> dict[str, Any]:
    return {**dict.fromkeys(OPTIONS), "name": "shop", "tags": None, **given}


def changed(**given: Any) -> dict[str, Any]:
    return pure.pool_changes(pure.pool_document(POOL, MFA), options(**given))


def test_what_is_not_given_is_left_alone() -> None:
    assert changed() == {}


def test_what_is_as_it_should_be_is_left_alone() -> None:
    policy = {"minimum_length": 8, "require_symbols": True, "history_size": None}
    assert changed(mfa="ON", mfa_methods=["software_token"], password_policy=policy, deletion_protection=True, self_sign_up=True) == {}


def test_an_update_holds_the_whole_pool() -> None:
    changes = changed(password_policy={"minimum_length": 12}, self_sign_up=False)
    after = {**pure.pool_document(POOL, MFA), **changes}
    told = pure.whole_update(POOL, pure.pool_settings(after, changes))
    assert told["Policies"]["PasswordPolicy"] == {"MinimumLength": 12, "RequireSymbols": True, "TemporaryPasswordValidityDays": 7}
    assert told["AdminCreateUserConfig"] == {"AllowAdminCreateUserOnly": True, "InviteMessageTemplate": {"EmailSubject": "Hello"}}
    assert told["DeletionProtection"] == "ACTIVE"
    assert told["UserPoolTags"] == {"a": "b"}
    assert "SmsConfigurationFailure" not in told


def test_factors() -> None:
    document = pure.pool_document(
        POOL, {"MfaConfiguration": "OPTIONAL", "SmsMfaConfiguration": {"SmsConfiguration": {}}, "EmailMfaConfiguration": {"Message": "x"}}
    )
    assert document["mfa_methods"] == ["sms", "email"]
    # Cognito forgets them, so nobody asks for them.
    assert pure.pool_changes({**document, "mfa": "OFF", "mfa_methods": []}, options(mfa="OFF", mfa_methods=["software_token"])) == {}
    assert pure.mfa_settings({"mfa": "OFF"}) == {"MfaConfiguration": "OFF"}
    assert pure.mfa_settings({"mfa": "ON", "mfa_methods": ["software_token"]}) == {
        "MfaConfiguration": "ON",
        "SoftwareTokenMfaConfiguration": {"Enabled": True},
    }


def test_attributes_are_added_and_never_changed() -> None:
    team = {"name": "team", "type": "String", "mutable": True, "required": False, "min": None, "max": 40}
    floor = {**team, "name": "floor", "type": "Number", "max": 9}
    assert changed(schema=[team]) == {}
    assert [each["name"] for each in changed(schema=[team, floor])["schema"]] == ["team", "floor"]
    current = pure.pool_document(POOL, MFA)
    assert pure.altered_attributes(current, options(schema=[{**team, "max": 20}])) == ["team"]
    assert pure.schema_attribute(floor)["NumberAttributeConstraints"] == {"MaxValue": "9"}


def test_triggers_are_taken_away() -> None:
    pool = {**POOL, "LambdaConfig": {"PreSignUp": "arn:x", "PostAuthentication": ""}}
    document = pure.pool_document(pool, MFA)
    assert pure.pool_changes(document, options(lambda_config={"PreSignUp": "arn:x"})) == {}
    assert pure.pool_changes(document, options(lambda_config={})) == {"lambda_config": {}}


CLIENT: dict[str, Any] = {
    "ClientId": "1",
    "ClientName": "web",
    "UserPoolId": "us-west-2_a",
    "AccessTokenValidity": 1,
    "RefreshTokenValidity": 30,
    "TokenValidityUnits": {"AccessToken": "hours"},
    "CallbackURLs": ["https://b.example.com", "https://a.example.com"],
    "AllowedOAuthFlows": ["code"],
    "AllowedOAuthFlowsUserPoolClient": True,
    "PreventUserExistenceErrors": "LEGACY",
}


def client_changed(**given: Any) -> dict[str, Any]:
    keys = (*pure.CLIENT, *pure.TOKENS, "prevent_user_existence_errors")
    return pure.client_changes(pure.client_document(CLIENT), {**dict.fromkeys(keys), **given})


def test_tokens_are_compared_in_minutes_and_addresses_in_any_order() -> None:
    urls = ["https://a.example.com", "https://b.example.com"]
    assert client_changed(access_token_minutes=60, refresh_token_minutes=43200, callback_urls=urls) == {}
    assert client_changed(access_token_minutes=30, prevent_user_existence_errors=True) == {
        "access_token_minutes": 30,
        "prevent_user_existence_errors": True,
    }


def test_an_update_holds_the_whole_client() -> None:
    changes = client_changed(access_token_minutes=30, oauth_flows=[])
    told = pure.whole_client(CLIENT, pure.client_settings({**pure.client_document(CLIENT), **changes}, changes))
    assert told["CallbackURLs"] == CLIENT["CallbackURLs"]
    assert (told["AccessTokenValidity"], told["RefreshTokenValidity"]) == (30, 30)
    assert told["TokenValidityUnits"] == {"AccessToken": "minutes"}
    assert told["AllowedOAuthFlowsUserPoolClient"] is False
    assert "ClientId" not in told
