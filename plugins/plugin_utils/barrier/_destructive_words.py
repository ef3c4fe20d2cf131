# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a write is named in a sentence: the thing that it is about, from the operation and its parameters. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

Parameters = Mapping[str, Any]


class Caution(str):
    """A clause about a write that takes away a safety, or what may be lost later, and destroys nothing itself."""

    __slots__ = ()


_HOLD_DATA: Final = re.compile(
    r"DB(Instance|Cluster)(AutomatedBackup|Snapshot)?|DBSnapshot|CacheCluster|(Global)?ReplicationGroup|ServerlessCache(Snapshot)?|Cluster"
    r"Snapshot|Table|FileSystem|Volume|Snapshot|Bucket|Queue|Stream|LogGroup|LogStream|UserPool|Repository|Domain|RecoveryPoint|BackupVault"
    r"|EventDataStore|Archive|Backup"
)
_VERB: Final = re.compile(r"^(Delete|Deregister|Modify|Release|Terminate)")
_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z][a-z0-9]*|[a-z0-9]+")
_SPELLED: Final = {
    "Vpc": "VPC",
    "Nat": "NAT",
    "Dhcp": "DHCP",
    "Sql": "SQL",
    "Ip": "IP",
    "Acl": "ACL",
    "Vpn": "VPN",
    "Api": "API",
    "Ipam": "IPAM",
    "Acm": "ACM",
    "Rest": "REST",
}
_IDENTITY: Final = ("Identifier", "Name", "Id", "Arn", "ARN", "Ids", "Names", "Url", "Identifiers", "Key", "Bucket")


def _noun(operation: str) -> str:
    return _VERB.sub("", operation) or operation


def _words(noun: str) -> str:
    parts = _WORD.findall(noun)
    return " ".join(_SPELLED.get(part, part if part.isupper() else part.lower()) for part in parts)


def thing(operation: str, parameters: Parameters) -> str:
    """Return what a call is about: `the DB instance orders`."""
    return named(_words(_noun(operation)), parameters)


def named(noun: str, parameters: Parameters) -> str:
    """Return the noun with the name that the parameters give: `the DB instance orders`."""
    name = _name(noun.replace(" ", ""), parameters)
    return f"the {noun} {name}".rstrip()


def _name(noun: str, parameters: Parameters) -> str:
    lowered = {str(key).lower(): value for key, value in parameters.items()}
    singular = noun.removesuffix("s")
    wanted = [f"{base}{ending}".lower() for base in (noun, singular) for ending in ("", *_IDENTITY)]
    for key in wanted:
        if text := _shown(lowered.get(key)):
            return text
    for ending in _IDENTITY:
        for key, value in parameters.items():
            if str(key).lower().endswith(ending.lower()) and (text := _shown(value)):
                return text
    return next((value for value in parameters.values() if isinstance(value, str)), "")


def _shown(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list | tuple) and value and all(isinstance(item, str) for item in value):
        return ", ".join(value[:3]) + (f" and {len(value) - 3} more" if len(value) > 3 else "")
    return ""


def deleted(operation: str, parameters: Parameters) -> str:
    """Return that what a deletion names is deleted, and with what."""
    noun = _noun(operation)
    plural = noun.endswith("s") and not noun.endswith(("ss", "is", "ias"))
    verb = f"{'are' if plural else 'is'} {'terminated' if operation.startswith('Terminate') else 'deleted'}"
    return f"{thing(operation, parameters)} {verb}{' with what it holds' if _HOLD_DATA.fullmatch(noun) else ''}"
