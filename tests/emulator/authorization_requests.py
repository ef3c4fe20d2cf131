# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a request must be allowed: its actions, the resources that each of them is checked on, the condition keys.

Names of actions come from the table of the collection (`_iam_actions.py`), which a test compares with AWS's list. Which
kinds of resources AWS checks for an action, and the form of their ARNs, come from AWS's list itself (cfn-lint's data).
"""

from __future__ import annotations

import importlib.util
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

from ansible_collections.stratum.aws.plugins.plugin_utils.policies import _iam_actions, _iam_ec2, _iam_resources

from . import authorization_tags
from .options import ACCOUNT_ID
from .request import Call

_GLOBAL: Final = frozenset({"cloudfront", "iam", "organizations", "route53"})
_CREATION: Final = ("Allocate", "Create", "Import", "Put", "Register", "Request", "Restore", "Run")
_EC2_ID: Final = re.compile(r"[a-z]+-[0-9a-f]{8,17}")
_IDS: Final = {
    "backup": {"BackupPlanId": "backup:{region}:{account}:backup-plan:{value}"},
    "kms": {"KeyId": "kms:{region}:{account}:key/{value}", "TargetKeyId": "kms:{region}:{account}:key/{value}"},
    "route53": {
        "HostedZoneId": "route53:::hostedzone/{value}",
        "Id": "route53:::hostedzone/{value}",
        "ResourceId": "route53:::hostedzone/{value}",
    },
}
"""Parameters that hold ids which AWS made up."""


@dataclass(frozen=True)
class Check:
    """An action with the resources it is checked on; every one of them must be allowed."""

    call: Call
    action: str
    resources: tuple[str, ...]
    keys: Mapping[str, list[str]] = field(default_factory=dict)

    def value(self, name: str, resource: str) -> list[str] | None:
        """Return the values of a condition key for one of the resources; None when the request does not have it."""
        kind, _unused, tag = name.partition("/")
        if kind == "aws:RequestedRegion":
            return ["us-east-1" if self.call.service in _GLOBAL else self.call.region]
        if kind in ("aws:ResourceTag", "ec2:ResourceTag"):
            found = authorization_tags.of_resource(resource).get(tag)
        elif kind == "aws:RequestTag":
            found = self._request_tags(resource).get(tag)
        elif kind == "aws:TagKeys":
            return sorted(self._request_tags(resource)) or None
        else:
            return self.keys.get(name)
        return None if found is None else [found]

    def _request_tags(self, resource: str) -> dict[str, str]:
        """Return the tags in the request that are meant for this resource: EC2 gives them to what is created only."""
        tags = _iam_resources.tags(self.call.parameters) or {}
        if self.call.service == "ec2" and self.call.operation not in ("CreateTags", "DeleteTags") and not resource.endswith("/*"):
            return {}
        return tags


def checks_of(call: Call) -> Iterator[Check]:
    """Yield everything that the caller must be allowed for this call."""
    parameters = call.parameters
    keys = _keys(call)
    for action in _iam_actions.actions(call.service, call.operation):
        yield Check(call, action, resources_of(call, action), keys)
    tagging = _iam_actions.tagging_action(call.service, call.operation)
    if tagging and _creates(call) and _iam_resources.tags(parameters):
        yield Check(call, tagging, _tagged(call, tagging), {**keys, "ec2:CreateAction": [call.operation]})
    for action in _iam_actions.dependent_actions(call.service, call.operation):
        yield Check(call, action, resources_of(call, action), keys)
    if call.service not in ("iam", "kms"):
        receiver = _iam_actions.receiving_services(call.service, call.operation)[0]
        for role in sorted(_iam_resources.passed_roles(_plain(parameters))):
            yield Check(call, "iam:PassRole", (role,), {"iam:PassedToService": [receiver]})
    for service in _iam_actions.linked_services(call.service, call.operation):
        role = f"arn:aws:iam::{ACCOUNT_ID}:role/aws-service-role/{service}/AWSServiceRole"
        yield Check(call, "iam:CreateServiceLinkedRole", (role,), {"iam:AWSServiceName": [service]})


def _creates(call: Call) -> bool:
    """Return whether tags in the call are those of something new, and not what the call is about."""
    return call.operation in _iam_ec2.CREATES if call.service == "ec2" else call.operation.startswith(_CREATION)


def _tagged(call: Call, action: str) -> tuple[str, ...]:
    """Return what a creating call gives tags to: what its own action is checked on, as far as that can be tagged."""
    if call.service == "ec2":
        return (_ec2_arn(call, _iam_ec2.CREATES[call.operation], "*"),)
    formats = _formats(action).values()
    own = {arn for each in _iam_actions.actions(call.service, call.operation) for arn in resources_of(call, each)}
    return tuple(sorted(arn for arn in own if any(form.fullmatch(arn) for form in formats))) or resources_of(call, action)


def _keys(call: Call) -> dict[str, list[str]]:
    """Return the condition keys that services add."""
    keys: dict[str, list[str]] = {}
    if call.service == "iam" and isinstance(call.parameters.get("PolicyArn"), str):
        keys["iam:PolicyARN"] = [call.parameters["PolicyArn"]]
    if call.operation == "ChangeResourceRecordSets":
        changes = call.parameters.get("ChangeBatch", {}).get("Changes", [])
        names = [str(each.get("ResourceRecordSet", {}).get("Name", "")) for each in changes]
        keys["route53:ChangeResourceRecordSetsNormalizedRecordNames"] = [name.rstrip(".").lower() for name in names]
    if call.service == "s3" and call.operation in ("ListObjects", "ListObjectsV2", "ListObjectVersions"):
        keys["s3:prefix"] = [str(call.parameters.get("Prefix") or "")]
    if call.operation == "PutMetricData":
        keys["cloudwatch:namespace"] = [str(call.parameters.get("Namespace", ""))]
    return keys


def resources_of(call: Call, action: str) -> tuple[str, ...]:
    """Return the ARNs that AWS checks the action on: those in the request of the kinds that it has, or else any of its first kind."""
    formats = _formats(action)
    if not formats:
        return ("*",)
    found = {arn for arn in _named(call) if any(pattern.fullmatch(arn) for pattern in formats.values())}
    if action.startswith("ec2:"):
        found |= {arn for kind in _created_kinds(action) if kind in formats for arn in [_ec2_arn(call, kind, "*")]}
    if action.startswith("s3:"):
        found = {arn for arn in found if ("/" in arn) is ("object" in formats)}
    if found:
        return tuple(sorted(found))
    first = next(iter(formats.values())).pattern
    return (re.sub(r"\[\^:\]\*|\.\*", "*", first).replace("\\", "").replace("*:*:", f"{call.region}:{ACCOUNT_ID}:", 1),)


def _created_kinds(action: str) -> tuple[str, ...]:
    operation = action.partition(":")[2]
    if operation == "RunInstances":
        return ("instance", "network-interface", "volume")
    kind = _iam_ec2.CREATES.get(operation)
    return (kind,) if kind else ()


def _named(call: Call) -> set[str]:
    """Return the ARNs of everything that the parameters name."""
    scope = _iam_resources.Scope(call.region, ACCOUNT_ID)
    parameters = _plain(call.parameters)
    found = _iam_resources.arns(call.service, call.operation, parameters, scope)
    for name, template in _IDS.get(call.service, {}).items():
        value = parameters.get(name)
        if isinstance(value, str) and not value.startswith(("arn:", "alias/")):
            found.add(scope.arn(template, value.rpartition("/")[2]))
    for text in _texts(parameters):
        if text.startswith("arn:"):
            found.add(text)
        elif _EC2_ID.fullmatch(text) and (kind := _iam_ec2.kind_of(text)):
            found.add(_ec2_arn(call, kind, text))
        elif "assoc-" in text:
            found.update(
                _ec2_arn(call, kind, each) for each in authorization_tags.associated(text, call.region) if (kind := _iam_ec2.kind_of(each))
            )
    bucket, key = parameters.get("Bucket"), parameters.get("Key")
    if call.service == "s3" and isinstance(bucket, str) and isinstance(key, str):
        found = found - {f"arn:aws:s3:::{bucket}/*"} | {f"arn:aws:s3:::{bucket}/{key}"}
    return authorization_tags.existing(found)


def _ec2_arn(call: Call, kind: str, name: str) -> str:
    return f"arn:aws:ec2:{call.region}:{ACCOUNT_ID}:{kind}/{name}"


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _texts(each)
    elif isinstance(value, str):
        yield value


def _plain(value: Any) -> Any:
    """Return parsed parameters as plain dictionaries and lists."""
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list | tuple) else value


@cache
def _formats(action: str) -> dict[str, re.Pattern[str]]:
    """Return the forms of the ARNs of the kinds of resources that AWS checks an action on; empty for `*` only."""
    prefix, _unused, operation = action.partition(":")
    service = _published().get(prefix, {})
    kinds = service.get("Actions", {}).get(operation.lower(), {}).get("Resources", [])
    known = {name.lower(): value for name, value in service.get("Resources", {}).items()}
    formats: dict[str, re.Pattern[str]] = {}
    for kind in kinds:
        for form in known.get(kind.lower(), {}).get("ARNFormats", []):
            filled = re.sub(r"\$\{(\w+)\}", lambda match: "aws" if match[1] == "Partition" else "[^:]*", form)
            formats[kind] = re.compile(filled)
    return formats


@cache
def _published() -> dict[str, Any]:
    """Return AWS's list of actions and resources."""
    # Only the data is wanted: importing the package takes seconds.
    found = importlib.util.find_spec("cfnlint")
    if found is None or found.origin is None:
        raise ModuleNotFoundError("cfn-lint is not installed; `make setup` installs it")
    path = Path(found.origin).parent / "data" / "AdditionalSpecs" / "Policies.json"
    published: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return published
