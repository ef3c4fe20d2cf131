# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a user pool and a client of Cognito are, and what they are given to be so.  Private to the collection."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ansible_collections.stratum.aws.plugins.module_utils._compare import differing, given
from ansible_collections.stratum.aws.plugins.module_utils._tags import text_tags

Document = dict[str, Any]

PASSWORD: Final = {
    "minimum_length": "MinimumLength",
    "require_lowercase": "RequireLowercase",
    "require_uppercase": "RequireUppercase",
    "require_numbers": "RequireNumbers",
    "require_symbols": "RequireSymbols",
    "temporary_password_days": "TemporaryPasswordValidityDays",
    "history_size": "PasswordHistorySize",
}
INVITATION: Final = {"email_subject": "EmailSubject", "email_message": "EmailMessage", "sms_message": "SMSMessage"}
EMAIL: Final = {"source_arn": "SourceArn", "from_address": "From", "reply_to": "ReplyToEmailAddress"}
DEVICES: Final = {"always": False, "ask": True}
METHODS: Final = {"software_token": "SoftwareTokenMfaConfiguration", "sms": "SmsMfaConfiguration", "email": "EmailMfaConfiguration"}

UPDATABLE: Final = (
    "Policies",
    "DeletionProtection",
    "LambdaConfig",
    "AutoVerifiedAttributes",
    "VerificationMessageTemplate",
    "SmsAuthenticationMessage",
    "UserAttributeUpdateSettings",
    "MfaConfiguration",
    "DeviceConfiguration",
    "EmailConfiguration",
    "SmsConfiguration",
    "UserPoolTags",
    "AdminCreateUserConfig",
    "UserPoolAddOns",
    "AccountRecoverySetting",
    "UserPoolTier",
)
"""What UpdateUserPool takes; what is left out of a call goes back to Cognito's default."""
FIXED: Final = ("username_attributes", "alias_attributes", "username_case_sensitive")
UNORDERED: Final = ("auto_verified_attributes", "mfa_methods", *FIXED)


def pool_document(pool: Mapping[str, Any], mfa: Mapping[str, Any]) -> Document:
    """Return a pool of DescribeUserPool and GetUserPoolMfaConfig as the module returns it."""
    password = pool.get("Policies", {}).get("PasswordPolicy", {})
    users = pool.get("AdminCreateUserConfig", {})
    recovery = sorted(pool.get("AccountRecoverySetting", {}).get("RecoveryMechanisms", []), key=lambda each: each["Priority"])
    email, sms = pool.get("EmailConfiguration", {}), pool.get("SmsConfiguration", {})
    devices = pool.get("DeviceConfiguration")
    return {
        "id": pool["Id"],
        "arn": pool["Arn"],
        "name": pool["Name"],
        "mfa": mfa.get("MfaConfiguration") or pool.get("MfaConfiguration") or "OFF",
        "mfa_methods": [method for method, key in METHODS.items() if _enabled(method, mfa.get(key))],
        "tier": pool.get("UserPoolTier"),
        "username_attributes": pool.get("UsernameAttributes") or [],
        "alias_attributes": pool.get("AliasAttributes") or [],
        "username_case_sensitive": pool.get("UsernameConfiguration", {}).get("CaseSensitive", True),
        "auto_verified_attributes": pool.get("AutoVerifiedAttributes") or [],
        "schema": [_attribute(each) for each in pool.get("SchemaAttributes", [])],
        "password_policy": {option: password[key] for option, key in PASSWORD.items() if key in password},
        "self_sign_up": not users.get("AllowAdminCreateUserOnly", False),
        "invitation": {option: text for option, key in INVITATION.items() if (text := users.get("InviteMessageTemplate", {}).get(key))},
        "account_recovery": [each["Name"] for each in recovery],
        "threat_protection": pool.get("UserPoolAddOns", {}).get("AdvancedSecurityMode", "OFF"),
        "email": {option: email[key] for option, key in EMAIL.items() if email.get(key)},
        "sms_role_arn": sms.get("SnsCallerArn", ""),
        "sms_external_id": sms.get("ExternalId", ""),
        "remember_devices": "never" if not devices else "ask" if devices.get("DeviceOnlyRememberedOnUserPrompt") else "always",
        "lambda_config": {key: value for key, value in pool.get("LambdaConfig", {}).items() if value},
        "deletion_protection": pool.get("DeletionProtection") == "ACTIVE",
        "domain": pool.get("CustomDomain") or pool.get("Domain") or "",
        "tags": dict(pool.get("UserPoolTags") or {}),
    }


def _enabled(method: str, configuration: Mapping[str, Any] | None) -> bool:
    """Return whether a second factor is offered: that of an application is switched, the others are configured."""
    return bool(configuration and (method != "software_token" or configuration.get("Enabled")))


def _attribute(attribute: Mapping[str, Any]) -> Document:
    kind = attribute.get("AttributeDataType", "String")
    limits = attribute.get("StringAttributeConstraints") or attribute.get("NumberAttributeConstraints") or {}
    least, most = limits.get("MinLength", limits.get("MinValue")), limits.get("MaxLength", limits.get("MaxValue"))
    return {
        "name": str(attribute["Name"]).removeprefix("custom:"),
        "type": kind,
        "mutable": attribute.get("Mutable", True),
        "required": attribute.get("Required", False),
        "min": None if least is None else int(least),
        "max": None if most is None else int(most),
    }


def schema_attribute(attribute: Mapping[str, Any]) -> Document:
    """Return an attribute of the options as Cognito takes it."""
    result = {
        "Name": attribute["name"],
        "AttributeDataType": attribute["type"],
        "Mutable": attribute["mutable"],
        "Required": attribute["required"],
    }
    suffix = {"String": "Length", "Number": "Value"}.get(attribute["type"])
    limits = {
        f"{word}{suffix}": str(attribute[option]) for word, option in (("Min", "min"), ("Max", "max")) if attribute[option] is not None
    }
    if suffix and limits:
        result[f"{attribute['type']}AttributeConstraints"] = limits
    return result


def pool_wanted(options: Mapping[str, Any]) -> Document:
    """Return what the options say about the pool, in the form of its document."""
    named = ("mfa", "mfa_methods", "tier", *FIXED, "auto_verified_attributes", "self_sign_up", "account_recovery", "threat_protection")
    wanted = {key: options[key] for key in (*named, "sms_role_arn", "sms_external_id", "remember_devices", "deletion_protection")}
    for key in ("password_policy", "invitation", "email"):
        wanted[key] = None if options[key] is None else given(options[key])
    wanted["lambda_config"] = options["lambda_config"]
    return given(wanted)


def pool_changes(current: Mapping[str, Any], options: Mapping[str, Any]) -> Document:
    """Return what differs between a pool and the options, the schema included."""
    wanted = pool_wanted(options)
    triggers = wanted.pop("lambda_config", None)
    if wanted.get("mfa") == "OFF":
        # Cognito forgets the methods.
        wanted.pop("mfa_methods", None)
    changes = differing(current, wanted, UNORDERED)
    if triggers is not None and triggers != current["lambda_config"]:
        changes["lambda_config"] = triggers
    known = {attribute["name"] for attribute in current["schema"]}
    new = [attribute for attribute in options["schema"] or [] if attribute["name"] not in known]
    return {**changes, **({"schema": [*current["schema"], *new]} if new else {})}


def altered_attributes(current: Mapping[str, Any], options: Mapping[str, Any]) -> list[str]:
    """Return the attributes that exist otherwise than the options say; Cognito cannot change them."""
    there = {attribute["name"]: attribute for attribute in current["schema"]}
    asked = [(attribute, there[attribute["name"]]) for attribute in options["schema"] or [] if attribute["name"] in there]
    return [wanted["name"] for wanted, found in asked if any(value is not None and found[key] != value for key, value in wanted.items())]


def pool_settings(document: Mapping[str, Any], keys: Any) -> Document:
    """Return the parameters of CreateUserPool and UpdateUserPool that make these keys of a document so; without MFA, schema and tags."""
    made: dict[str, Document] = {
        "password_policy": {"Policies": {"PasswordPolicy": _renamed(document.get("password_policy"), PASSWORD)}},
        "tier": {"UserPoolTier": document.get("tier")},
        "auto_verified_attributes": {"AutoVerifiedAttributes": document.get("auto_verified_attributes")},
        "account_recovery": {
            "AccountRecoverySetting": {
                "RecoveryMechanisms": [
                    {"Priority": place, "Name": name} for place, name in enumerate(document.get("account_recovery") or [], start=1)
                ]
            }
        },
        "threat_protection": {"UserPoolAddOns": {"AdvancedSecurityMode": document.get("threat_protection")}},
        "email": {"EmailConfiguration": _email(document.get("email") or {})},
        "remember_devices": {"DeviceConfiguration": _devices(str(document.get("remember_devices")))},
        "lambda_config": {"LambdaConfig": document.get("lambda_config")},
        "deletion_protection": {"DeletionProtection": "ACTIVE" if document.get("deletion_protection") else "INACTIVE"},
    }
    result: Document = {}
    for key in keys:
        result.update(made.get(key, {}))
    if {"self_sign_up", "invitation"} & set(keys):
        texts = _renamed(document.get("invitation"), INVITATION)
        only = {} if document.get("self_sign_up") is None else {"AllowAdminCreateUserOnly": not document["self_sign_up"]}
        result["AdminCreateUserConfig"] = {**only, **({"InviteMessageTemplate": texts} if texts else {})}
    if {"sms_role_arn", "sms_external_id"} & set(keys):
        result["SmsConfiguration"] = sms_configuration(document)
    return result


def sms_configuration(document: Mapping[str, Any]) -> Document:
    """Return with which role Cognito sends short messages."""
    external = {"ExternalId": document["sms_external_id"]} if document.get("sms_external_id") else {}
    return {"SnsCallerArn": document.get("sms_role_arn"), **external}


def _renamed(options: Mapping[str, Any] | None, names: Mapping[str, str]) -> Document:
    return {names[key]: value for key, value in (options or {}).items() if value is not None}


def _email(options: Mapping[str, Any]) -> Document:
    return {"EmailSendingAccount": "DEVELOPER" if options.get("source_arn") else "COGNITO_DEFAULT", **_renamed(options, EMAIL)}


def _devices(choice: str) -> Document | None:
    if choice not in DEVICES:
        return None
    return {"ChallengeRequiredOnNewDevice": True, "DeviceOnlyRememberedOnUserPrompt": DEVICES[choice]}


def whole_update(pool: Mapping[str, Any], changed: Mapping[str, Any]) -> Document:
    """Return the parameters of UpdateUserPool: those that change, and all others as they are."""
    kept = {key: pool[key] for key in UPDATABLE if pool.get(key) not in (None, "", {}, [])}
    users = kept.get("AdminCreateUserConfig")
    if users:
        # It has become a part of the password policy; together they are refused.
        kept["AdminCreateUserConfig"] = {key: value for key, value in users.items() if key != "UnusedAccountValidityDays"}
    policies = {**kept.get("Policies", {}), **changed.get("Policies", {})}
    merged = {**kept, **changed, **({"Policies": policies} if policies else {})}
    if "AdminCreateUserConfig" in changed:
        merged["AdminCreateUserConfig"] = {**kept.get("AdminCreateUserConfig", {}), **changed["AdminCreateUserConfig"]}
    return given(merged)


def mfa_settings(document: Mapping[str, Any]) -> Document:
    """Return the parameters of SetUserPoolMfaConfig."""
    if document["mfa"] == "OFF":
        return {"MfaConfiguration": "OFF"}
    methods = document.get("mfa_methods") or ["software_token"]
    configured: dict[str, Document] = {
        "software_token": {"Enabled": True},
        "sms": {"SmsConfiguration": sms_configuration(document)},
        "email": {},
    }
    return {"MfaConfiguration": document["mfa"], **{METHODS[method]: configured[method] for method in methods}}


def pool_predicted(options: Mapping[str, Any]) -> Document:
    """Return the pool that a creation would make, as far as the options say."""
    return {
        "id": None,
        "arn": None,
        "name": options["name"],
        **pool_wanted(options),
        "schema": [dict(attribute) for attribute in options["schema"] or []],
        "tags": text_tags(options["tags"]) or {},
    }


CLIENT: Final = {
    "callback_urls": "CallbackURLs",
    "logout_urls": "LogoutURLs",
    "default_redirect_uri": "DefaultRedirectURI",
    "auth_flows": "ExplicitAuthFlows",
    "oauth_flows": "AllowedOAuthFlows",
    "oauth_scopes": "AllowedOAuthScopes",
    "identity_providers": "SupportedIdentityProviders",
    "read_attributes": "ReadAttributes",
    "write_attributes": "WriteAttributes",
    "enable_token_revocation": "EnableTokenRevocation",
    "auth_session_minutes": "AuthSessionValidity",
}
"""Options of a client and their names in Cognito."""
TOKENS: Final = {"access_token_minutes": "AccessToken", "id_token_minutes": "IdToken", "refresh_token_minutes": "RefreshToken"}
CLIENT_LISTS: Final = (
    "callback_urls",
    "logout_urls",
    "auth_flows",
    "oauth_flows",
    "oauth_scopes",
    "identity_providers",
    "read_attributes",
    "write_attributes",
)
_MINUTES: Final = {"seconds": 1 / 60, "minutes": 1, "hours": 60, "days": 1440}
_USUAL_UNITS: Final = {"AccessToken": "hours", "IdToken": "hours", "RefreshToken": "days"}


def client_document(client: Mapping[str, Any]) -> Document:
    """Return a client of DescribeUserPoolClient as the module returns it, without its secret."""
    units = client.get("TokenValidityUnits") or {}
    tokens = {
        option: int(client[f"{token}Validity"] * _MINUTES[units.get(token, _USUAL_UNITS[token])])
        for option, token in TOKENS.items()
        if client.get(f"{token}Validity")
    }
    return {
        "client_id": client["ClientId"],
        "user_pool_id": client["UserPoolId"],
        "name": client["ClientName"],
        "generate_secret": bool(client.get("ClientSecret")),
        **{option: client.get(key) or [] for option, key in CLIENT.items() if option in CLIENT_LISTS},
        **{option: client[key] for option, key in CLIENT.items() if option not in CLIENT_LISTS and client.get(key) is not None},
        **tokens,
        "prevent_user_existence_errors": client.get("PreventUserExistenceErrors") == "ENABLED",
    }


def client_changes(current: Mapping[str, Any], options: Mapping[str, Any]) -> Document:
    """Return what differs between a client and the options."""
    keys = (*CLIENT, *TOKENS, "prevent_user_existence_errors")
    return differing(current, {key: options[key] for key in keys}, CLIENT_LISTS)


def client_settings(document: Mapping[str, Any], keys: Any) -> Document:
    """Return the parameters of CreateUserPoolClient and UpdateUserPoolClient that make these keys of a document so."""
    result = {CLIENT[key]: document[key] for key in keys if key in CLIENT}
    tokens = {TOKENS[key]: document[key] for key in keys if key in TOKENS}
    result.update({f"{token}Validity": minutes for token, minutes in tokens.items()})
    if tokens:
        result["TokenValidityUnits"] = dict.fromkeys(tokens, "minutes")
    if "oauth_flows" in keys:
        result["AllowedOAuthFlowsUserPoolClient"] = bool(document["oauth_flows"])
    if "prevent_user_existence_errors" in keys:
        result["PreventUserExistenceErrors"] = "ENABLED" if document["prevent_user_existence_errors"] else "LEGACY"
    return result


def whole_client(client: Mapping[str, Any], changed: Mapping[str, Any]) -> Document:
    """Return the parameters of UpdateUserPoolClient: those that change, and all others as they are."""
    read_only = ("UserPoolId", "ClientId", "ClientName", "ClientSecret", "LastModifiedDate", "CreationDate", "ClientType")
    kept = {key: value for key, value in client.items() if key not in read_only and value is not None}
    units = {**(kept.get("TokenValidityUnits") or {}), **changed.get("TokenValidityUnits", {})}
    return {**kept, **changed, **({"TokenValidityUnits": units} if units else {})}
