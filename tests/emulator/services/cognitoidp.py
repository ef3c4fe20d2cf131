# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cognito user pools: protection, tags, names of domains, defaults, and what a call that leaves something out does to it.

Moto deletes protected pools and pools with a domain, has no tagging operations, forgets who had a domain, describes domains without
certificate and version, keeps what an update of a client leaves out, and does not know factors by mail or feature plans.
"""

from __future__ import annotations

from typing import Any, Final

from ._patching import put, wrap

_DEFAULTS: Final = {"DeletionProtection": "INACTIVE", "UserPoolTier": "ESSENTIALS", "UsernameConfiguration": {"CaseSensitive": True}}
_FIXED: Final = ("UsernameAttributes", "AliasAttributes", "UsernameConfiguration")
"""What UpdateUserPool does not take, and so does not reset."""
_CLIENT_DEFAULTS: Final = {
    "AllowedOAuthFlowsUserPoolClient": False,
    "AuthSessionValidity": 3,
    "EnablePropagateAdditionalUserContextData": False,
    "EnableTokenRevocation": True,
    "RefreshTokenValidity": 30,
}


def _refused(message: str) -> Exception:
    from moto.cognitoidp.exceptions import InvalidParameterException

    return InvalidParameterException(message)


def _configure(original: Any, self: Any, extended_config: dict[str, Any]) -> None:
    kept = {key: self.extended_config[key] for key in _FIXED if key in getattr(self, "extended_config", {})}
    given = {key: value for key, value in extended_config.items() if key != "UserPoolId"}
    if given.get("UserPoolAddOns", {}).get("AdvancedSecurityMode", "OFF") != "OFF" and given.get("UserPoolTier", "PLUS") != "PLUS":
        from moto.core.exceptions import JsonRESTError

        raise JsonRESTError("FeatureUnavailableInTierException", "Threat protection is not available in the tier of this user pool.")
    users = given.get("AdminCreateUserConfig", {})
    policy = given.get("Policies", {}).get("PasswordPolicy", {})
    if "UnusedAccountValidityDays" in users and "TemporaryPasswordValidityDays" in policy:
        raise _refused("Please use TemporaryPasswordValidityDays in PasswordPolicy instead of UnusedAccountValidityDays")
    original(self, _DEFAULTS | {key: value for key, value in given.items() if key != "MfaConfiguration"} | kept)
    if "MfaConfiguration" in given and hasattr(self, "mfa_config"):
        _check_factors(self, given["MfaConfiguration"])
        self.mfa_config = given["MfaConfiguration"]


def _check_factors(pool: Any, mode: str) -> None:
    if mode != "OFF" and not (pool.token_mfa_config or pool.sms_mfa_config or pool.extended_config.get("SmsConfiguration")):
        raise _refused("SMS configuration and Auto verification for phone_number are required when MFA is required/optional")


def _init(original: Any, self: Any, account_id: str, region: str, name: str, extended_config: dict[str, Any]) -> None:
    self.extended_config = {}
    mode = extended_config.get("MfaConfiguration") or "OFF"
    if mode != "OFF" and not extended_config.get("SmsConfiguration"):
        raise _refused("SMS configuration and Auto verification for phone_number are required when MFA is required/optional")
    # Moto has either the standard attributes or those of the request.
    schema = extended_config.pop("Schema", [])
    original(self, account_id, region, name, extended_config)
    _add_attributes(self, schema)


def _add_attributes(pool: Any, schema: list[dict[str, Any]]) -> None:
    from moto.cognitoidp.models import CognitoIdpUserPoolAttribute

    for each in schema:
        custom = each["Name"] not in CognitoIdpUserPoolAttribute.STANDARD_SCHEMA
        if custom and each.get("Required"):
            raise _refused("Required custom attributes are not supported currently.")
        attribute = CognitoIdpUserPoolAttribute(each["Name"], custom, each)
        pool.schema_attributes[attribute.name] = attribute


def _delete_pool(original: Any, self: Any, user_pool_id: str) -> None:
    pool = self.describe_user_pool(user_pool_id)
    if pool.extended_config.get("DeletionProtection") == "ACTIVE":
        raise _refused(
            "The user pool cannot be deleted because deletion protection is activated. Deletion protection must be inactivated first."
        )
    if pool.domain is not None:
        raise _refused("User pool cannot be deleted. It has a domain configured that should be deleted first.")
    original(self, user_pool_id)


def _set_mfa(self: Any) -> Any:
    from moto.core.responses import ActionResult

    pool = self.backend.describe_user_pool(self._get_param("UserPoolId"))
    mode = self._get_param("MfaConfiguration") or "OFF"
    sms, token = self._get_param("SmsMfaConfiguration"), self._get_param("SoftwareTokenMfaConfiguration")
    mail = self._get_param("EmailMfaConfiguration")
    if mode != "OFF" and not (sms or (token or {}).get("Enabled") or mail is not None):
        raise _refused("Invalid MFA configuration given, can't turn on MFA and configure an MFA together.")
    if mail is not None and pool.extended_config.get("EmailConfiguration", {}).get("EmailSendingAccount") != "DEVELOPER":
        raise _refused("Email MFA needs an email configuration with an SES identity.")
    pool.mfa_config, pool.sms_mfa_config, pool.token_mfa_config, pool.email_mfa_config = mode, sms, token, mail
    return ActionResult(_mfa(pool))


def _get_mfa(self: Any) -> Any:
    from moto.core.responses import ActionResult

    return ActionResult(_mfa(self.backend.describe_user_pool(self._get_param("UserPoolId"))))


def _mfa(pool: Any) -> dict[str, Any]:
    parts = {
        "SmsMfaConfiguration": pool.sms_mfa_config,
        "SoftwareTokenMfaConfiguration": pool.token_mfa_config,
        "EmailMfaConfiguration": getattr(pool, "email_mfa_config", None),
    }
    return {"MfaConfiguration": pool.mfa_config, **{key: part for key, part in parts.items() if part is not None}}


def _tagged(self: Any) -> dict[str, str]:
    """The tags of the pool that the request names, to be changed in place."""
    pool = self.backend.describe_user_pool(self._get_param("ResourceArn").rpartition("/")[2])
    tags: dict[str, str] = pool.extended_config.setdefault("UserPoolTags", {})
    return tags


def _tag(self: Any) -> Any:
    from moto.core.responses import EmptyResult

    _tagged(self).update(self._get_param("Tags"))
    return EmptyResult()


def _untag(self: Any) -> Any:
    from moto.core.responses import EmptyResult

    for key in self._get_param("TagKeys"):
        _tagged(self).pop(key, None)
    return EmptyResult()


def _list_tags(self: Any) -> Any:
    from moto.core.responses import ActionResult

    return ActionResult({"Tags": _tagged(self)})


def _create_domain(self: Any) -> Any:
    from moto.core.responses import ActionResult

    name, pool_id = self._get_param("Domain"), self._get_param("UserPoolId")
    if name in self.backend.user_pool_domains:
        raise _refused("Domain already associated with another user pool.")
    if self.backend.describe_user_pool(pool_id).domain is not None:
        raise _refused("User pool already has a domain configured.")
    domain = self.backend.create_user_pool_domain(pool_id, name, self._get_param("CustomDomainConfig"))
    domain.managed_login_version = self._get_param("ManagedLoginVersion") or 1
    return ActionResult({"ManagedLoginVersion": domain.managed_login_version, **domain.to_json(extended=False)})


def _update_domain(self: Any) -> Any:
    from moto.core.responses import ActionResult

    name = self._get_param("Domain")
    domain = self.backend.user_pool_domains.get(name)
    configuration = self._get_param("CustomDomainConfig")
    domain = self.backend.update_user_pool_domain(name, configuration if configuration else domain and domain.custom_domain_config)
    domain.managed_login_version = self._get_param("ManagedLoginVersion") or getattr(domain, "managed_login_version", 1)
    return ActionResult(domain.to_json(extended=False))


def _domain(original: Any, self: Any, extended: bool = True) -> dict[str, Any]:
    described: dict[str, Any] = original(self, extended)
    if not extended:
        return described
    from moto.core.models import DEFAULT_ACCOUNT_ID

    more = {"CustomDomainConfig": self.custom_domain_config} if self.custom_domain_config else {}
    version = {"ManagedLoginVersion": getattr(self, "managed_login_version", 1)}
    return {
        **described,
        "AWSAccountId": DEFAULT_ACCOUNT_ID,
        "S3Bucket": "aws-cognito-prod-emulated",
        "Version": "20260101000000",
        **version,
        **more,
    }


def _update_client(original: Any, self: Any, user_pool_id: str, client_id: str, extended_config: dict[str, Any]) -> Any:
    pool = self.describe_user_pool(user_pool_id)
    if client_id in pool.clients:
        client = pool.clients[client_id]
        client.extended_config = _CLIENT_DEFAULTS | {"ClientName": client.extended_config.get("ClientName")}
    return original(self, user_pool_id, client_id, extended_config)


def _check_client(config: dict[str, Any], secret: bool) -> None:
    flows = config.get("AllowedOAuthFlows") or []
    if "client_credentials" in flows and (len(flows) > 1 or not secret):
        from moto.core.exceptions import JsonRESTError

        message = "client_credentials flow can not be selected along with code flow or implicit flow, and needs a client secret."
        raise JsonRESTError("InvalidOAuthFlowException", message)
    for url in [*(config.get("CallbackURLs") or []), *(config.get("LogoutURLs") or [])]:
        if url.startswith("http://") and not url.startswith("http://localhost"):
            raise _refused(f"{url} is not allowed, HTTPS is required except for localhost.")


def _create_client(original: Any, self: Any, user_pool_id: str, generate_secret: bool, extended_config: dict[str, Any]) -> Any:
    _check_client(extended_config, generate_secret)
    return original(self, user_pool_id, generate_secret, extended_config)


def _group(original: Any, self: Any) -> dict[str, Any]:
    described: dict[str, Any] = original(self)
    return {key: value for key, value in described.items() if value not in (None, "")}


def _update_group(original: Any, self: Any, description: Any, role_arn: Any, precedence: Any) -> None:
    self.description, self.role_arn, self.precedence = "", None, None
    original(self, description, role_arn, precedence)


def install() -> None:
    """Apply the corrections."""
    from moto.cognitoidp import models
    from moto.cognitoidp.responses import CognitoIdpResponse

    wrap(models.CognitoIdpUserPool, "__init__", _init)
    wrap(models.CognitoIdpUserPool, "update_extended_config", _configure)
    wrap(models.CognitoIdpBackend, "delete_user_pool", _delete_pool)
    wrap(models.CognitoIdpBackend, "create_user_pool_client", _create_client)
    wrap(models.CognitoIdpBackend, "update_user_pool_client", _update_client)
    wrap(models.CognitoIdpUserPoolDomain, "to_json", _domain)
    wrap(models.CognitoIdpGroup, "to_json", _group)
    wrap(models.CognitoIdpGroup, "update", _update_group)
    operations = {
        "set_user_pool_mfa_config": _set_mfa,
        "get_user_pool_mfa_config": _get_mfa,
        "tag_resource": _tag,
        "untag_resource": _untag,
        "list_tags_for_resource": _list_tags,
        "create_user_pool_domain": _create_domain,
        "update_user_pool_domain": _update_domain,
    }
    for name, operation in operations.items():
        put(CognitoIdpResponse, name, operation)
