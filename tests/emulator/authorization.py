# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Refuses what the policies of an IAM user or an assumed role do not allow, as AWS does; `--authorization` turns it on.

The emulator's own credentials stand for the account's root, which may do everything.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from .authorization_policies import Context, Decision, decide
from .authorization_requests import Check, checks_of
from .errors import ServiceError, error_answer
from .http_server import Answer, Environ
from .options import ACCOUNT_ID, environment
from .request import Call, call_of, presigned_credential

_FREE: Final = frozenset({("sts", "GetCallerIdentity"), ("sts", "AssumeRoleWithWebIdentity"), ("sts", "AssumeRoleWithSAML")})
"""What AWS lets everybody do, whatever the policies say, or decides by other means than the caller's policies."""

_ROOT_KEY: Final = environment(0)["AWS_ACCESS_KEY_ID"]
_CODES: Final = {"ec2": "UnauthorizedOperation", "sns": "AuthorizationError"}


@dataclass(frozen=True)
class Principal:
    """Who sent a request, and the policies that are attached to it or to its groups."""

    arn: str
    policies: tuple[Mapping[str, Any], ...]


class Authorization:
    """The middleware; it keeps no state of its own, users and policies are moto's."""

    def __call__(self, environ: Environ, following: Callable[[Environ], Answer]) -> Answer:
        """Answer with the service's refusal, or let the request through."""
        error = self._refusal(environ, call_of(environ))
        return error_answer(environ, error) if error else following(environ)

    def _refusal(self, environ: Environ, call: Call) -> ServiceError | None:
        key = access_key(environ)
        if key in ("", _ROOT_KEY) or (call.service, call.operation) in _FREE or not call.operation:
            return None
        principal = principal_of(key)
        if principal is None:
            code = "UnrecognizedClientException" if "json" in call.protocol else "InvalidClientTokenId"
            return ServiceError(code, "The security token included in the request is invalid.", 403)
        for check in checks_of(call):
            for resource in check.resources:
                decision = decide(principal.policies, check.action, resource, _context(check, resource))
                if decision is not Decision.ALLOWED:
                    return _refused(call, principal, check.action, resource, decision)
        return None


def _context(check: Check, resource: str) -> Context:
    return lambda name: check.value(name, resource)


def _refused(call: Call, principal: Principal, action: str, resource: str, decision: Decision) -> ServiceError:
    on = "" if resource == "*" else f" on resource: {resource}"
    why = (
        "with an explicit deny in an identity-based policy"
        if decision is Decision.DENIED
        else f"because no identity-based policy allows the {action} action"
    )
    message = f"User: {principal.arn} is not authorized to perform: {action}{on} {why}"
    if call.service == "ec2":
        message = f"You are not authorized to perform this operation. {message}"
    # Services that came from the query protocol still answer with its codes.
    queried = call.model is not None and call.model.service_model.is_query_compatible
    usual = "AccessDeniedException" if call.protocol in ("json", "rest-json") and not queried else "AccessDenied"
    return ServiceError(_CODES.get(call.service, usual), message, 400 if call.protocol == "json" else 403)


def access_key(environ: Environ) -> str:
    """Return the id of the key that a request was signed with; empty for an unsigned one."""
    authorization: str = environ.get("HTTP_AUTHORIZATION", "")
    credential = authorization.partition("Credential=")[2] or presigned_credential(environ)
    return re.split("[/,]", credential.strip(), maxsplit=1)[0]


def principal_of(key: str) -> Principal | None:
    """Return the user or the role's session that a key belongs to; None when nobody has it."""
    from moto.iam.models import iam_backends
    from moto.sts.models import sts_backends

    iam = iam_backends[ACCOUNT_ID]["aws"]
    for user in list(iam.users.values()):
        if any(each.access_key_id == key for each in user.access_keys):
            return Principal(user.arn, tuple(_user_policies(iam, user)))
    session = sts_backends[ACCOUNT_ID]["aws"].get_assumed_role_from_access_key(key)
    if session is None:
        return None
    name = session.role_arn.rpartition("/")[2]
    role = next((each for each in list(iam.roles.values()) if each.name == name), None)
    return Principal(session.arn, tuple(_documents(role.policies, role.managed_policies)) if role else ())


def _user_policies(iam: Any, user: Any) -> Iterator[Mapping[str, Any]]:
    yield from _documents(user.policies, user.managed_policies)
    for group in list(iam.groups.values()):
        if user in group.users:
            yield from _documents(group.policies, group.managed_policies)


def _documents(inline: Mapping[str, Any], managed: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for document in list(inline.values()):
        yield _parsed(document if isinstance(document, str) else json.dumps(document))
    for policy in list(managed.values()):
        yield from (_parsed(version.document) for version in policy.versions if version.version_id == policy.default_version_id)


@cache
def _parsed(document: str) -> Mapping[str, Any]:
    parsed: Mapping[str, Any] = json.loads(document)
    return parsed
