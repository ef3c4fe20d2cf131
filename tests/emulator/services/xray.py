# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""X-Ray: groups, sampling rules and their tags, of which moto knows nothing; its traces stay moto's."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from moto.moto_api._internal import mock_random
from moto.xray import urls
from moto.xray.models import XRayBackend, xray_backends

from tests.emulator import wire
from tests.emulator.wire import Document, Operation, error

_MOST_RULES: Final = 25
_MOST_GROUPS: Final = 25
DEFAULT: Final = "Default"


@dataclass
class Item:
    """A group or a sampling rule, in AWS's shape, and its tags."""

    data: Document
    tags: dict[str, str] = field(default_factory=dict)
    created: float = field(default_factory=time.time)
    modified: float = field(default_factory=time.time)

    def record(self) -> Document:
        """Return a sampling rule as AWS lists it."""
        return {"SamplingRule": self.data, "CreatedAt": self.created, "ModifiedAt": self.modified}


class XrayStore:
    """The groups and sampling rules of one account in one region."""

    def __init__(self, account_id: str, region: str) -> None:
        self.account_id = account_id
        self.region = region
        self.caller_arn = ""
        self.groups: dict[str, Item] = {}
        anything = dict.fromkeys(("ServiceName", "ServiceType", "Host", "HTTPMethod", "URLPath", "ResourceARN"), "*")
        default = {"RuleName": DEFAULT, "RuleARN": self.arn("sampling-rule", DEFAULT), "Priority": 10000, "FixedRate": 0.05}
        # A new account traces one request a second and a twentieth of the others.
        self.rules: dict[str, Item] = {DEFAULT: Item({**default, "ReservoirSize": 1, **anything, "Version": 1, "Attributes": {}})}

    def settle(self) -> None:
        """Nothing here takes time."""

    def arn(self, kind: str, name: str) -> str:
        """Return the ARN of a group or a rule."""
        return f"arn:aws:xray:{self.region}:{self.account_id}:{kind}/{name}"

    def items(self) -> Iterator[tuple[str, str, Item]]:
        """Yield everything that can be tagged, as ARN, kind and item."""
        for item in self.groups.values():
            yield item.data["GroupARN"], "group", item
        for item in self.rules.values():
            yield item.data["RuleARN"], "sampling-rule", item

    def group(self, parameters: Document) -> Item:
        """Return the group that a request names, or fail as AWS does."""
        for item in self.groups.values():
            if parameters.get("GroupName") == item.data["GroupName"] or parameters.get("GroupARN") == item.data["GroupARN"]:
                return item
        raise _invalid("Group not found")

    def rule(self, parameters: Document) -> Item:
        """Return the sampling rule that a request names, or fail as AWS does."""
        for item in self.rules.values():
            if parameters.get("RuleName") == item.data["RuleName"] or parameters.get("RuleARN") == item.data["RuleARN"]:
                return item
        raise _invalid("Sampling rule does not exist.")

    def tags(self, parameters: Document) -> dict[str, str]:
        """Return the tags of what a request names, or fail as AWS does."""
        for arn, _kind, item in self.items():
            if arn == parameters["ResourceARN"]:
                return item.tags
        raise error("ResourceNotFoundException", "The resource was not found.", ResourceName=parameters["ResourceARN"])


open_store = wire.stores(xray_backends, XrayStore)


def _invalid(message: str) -> Exception:
    return error("InvalidRequestException", message)


def _tags_of(parameters: Document) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in parameters.get("Tags") or []}


def _insights(parameters: Document) -> Document:
    wanted = {"InsightsEnabled": False, "NotificationsEnabled": False, **(parameters.get("InsightsConfiguration") or {})}
    if wanted["NotificationsEnabled"] and not wanted["InsightsEnabled"]:
        raise _invalid("Insights notifications cannot be enabled when insights are disabled")
    return wanted


def create_group(store: XrayStore, parameters: Document) -> Document:
    """Create a group."""
    name = parameters["GroupName"]
    if name in store.groups or name == DEFAULT:
        raise _invalid("Group already exists")
    if len(store.groups) >= _MOST_GROUPS:
        raise _invalid("Maximum number of groups reached")
    arn = store.arn("group", f"{name}/{mock_random.get_random_string(length=52).upper()}")
    data = {
        "GroupName": name,
        "GroupARN": arn,
        "FilterExpression": parameters.get("FilterExpression", ""),
        "InsightsConfiguration": _insights(parameters),
    }
    store.groups[name] = Item(data, _tags_of(parameters))
    return {"Group": data}


def get_group(store: XrayStore, parameters: Document) -> Document:
    """Return one group."""
    return {"Group": store.group(parameters).data}


def get_groups(store: XrayStore, _parameters: Document) -> Document:
    """Return the groups."""
    return {"Groups": [item.data for item in store.groups.values()]}


def update_group(store: XrayStore, parameters: Document) -> Document:
    """Change the filter or the insights of a group."""
    item = store.group(parameters)
    if "InsightsConfiguration" in parameters:
        merged = {**item.data["InsightsConfiguration"], **parameters["InsightsConfiguration"]}
        item.data["InsightsConfiguration"] = _insights({"InsightsConfiguration": merged})
    if "FilterExpression" in parameters:
        item.data["FilterExpression"] = parameters["FilterExpression"]
    return {"Group": item.data}


def delete_group(store: XrayStore, parameters: Document) -> None:
    """Delete a group."""
    del store.groups[store.group(parameters).data["GroupName"]]


def create_sampling_rule(store: XrayStore, parameters: Document) -> Document:
    """Create a sampling rule."""
    rule = parameters["SamplingRule"]
    name = rule.get("RuleName")
    if not name:
        raise _invalid("RuleName is required.")
    if name in store.rules:
        raise _invalid("Sampling rule already exists.")
    if rule["Version"] != 1:
        raise _invalid("Version must be 1.")
    if len(store.rules) > _MOST_RULES:
        raise error("RuleLimitExceededException", "You have reached the maximum number of sampling rules.")
    item = Item({"Attributes": {}, **rule, "RuleARN": store.arn("sampling-rule", name)}, _tags_of(parameters))
    store.rules[name] = item
    return {"SamplingRuleRecord": item.record()}


def get_sampling_rules(store: XrayStore, _parameters: Document) -> Document:
    """Return the sampling rules in the order in which they are tried."""
    return {"SamplingRuleRecords": [item.record() for item in sorted(store.rules.values(), key=lambda item: item.data["Priority"])]}


def update_sampling_rule(store: XrayStore, parameters: Document) -> Document:
    """Change a sampling rule; the default one knows only how much it traces."""
    update = {key: value for key, value in parameters["SamplingRuleUpdate"].items() if value is not None}
    item = store.rule(update)
    if item.data["RuleName"] == DEFAULT and set(update) - {"RuleName", "RuleARN", "FixedRate", "ReservoirSize"}:
        raise _invalid("Only FixedRate and ReservoirSize of the default rule can be changed.")
    item.data.update({key: value for key, value in update.items() if key not in ("RuleName", "RuleARN")})
    item.modified = time.time()
    return {"SamplingRuleRecord": item.record()}


def delete_sampling_rule(store: XrayStore, parameters: Document) -> Document:
    """Delete a sampling rule, except the default one."""
    item = store.rule(parameters)
    if item.data["RuleName"] == DEFAULT:
        raise _invalid("The default sampling rule cannot be deleted.")
    del store.rules[item.data["RuleName"]]
    return {"SamplingRuleRecord": item.record()}


def list_tags_for_resource(store: XrayStore, parameters: Document) -> Document:
    """Return the tags of a group or a rule."""
    return {"Tags": [{"Key": key, "Value": value} for key, value in store.tags(parameters).items()]}


def tag_resource(store: XrayStore, parameters: Document) -> None:
    """Tag a group or a rule."""
    store.tags(parameters).update(_tags_of(parameters))


def untag_resource(store: XrayStore, parameters: Document) -> None:
    """Take tags from a group or a rule."""
    for key in parameters["TagKeys"]:
        store.tags(parameters).pop(key, None)


OPERATIONS: Final[dict[str, Operation]] = {
    "CreateGroup": create_group,
    "GetGroup": get_group,
    "GetGroups": get_groups,
    "UpdateGroup": update_group,
    "DeleteGroup": delete_group,
    "CreateSamplingRule": create_sampling_rule,
    "GetSamplingRules": get_sampling_rules,
    "UpdateSamplingRule": update_sampling_rule,
    "DeleteSamplingRule": delete_sampling_rule,
    "ListTagsForResource": list_tags_for_resource,
    "TagResource": tag_resource,
    "UntagResource": untag_resource,
}
_PATHS: Final = (*(name for name in OPERATIONS if name != "GetGroups"), "Groups")


class XrayResponse(wire.WireResponse):
    """The operations of X-Ray that moto lacks."""

    service = "xray"

    @staticmethod
    def open_store(account_id: str, region: str) -> XrayStore:
        """Return what the account has of X-Ray in the region."""
        return open_store(account_id, region)


def install() -> None:
    """Answer the requests that moto does not know with the operations of this file."""
    wire.respond(XrayResponse, OPERATIONS)
    wire.list_in_tagging_api(XRayBackend, "xray", _tagged)
    urls.url_paths |= {f"{{0}}/{path}$": XrayResponse.dispatch for path in _PATHS}


def _tagged(backend: Any) -> Iterator[tuple[str, str, dict[str, str]]]:
    for arn, kind, item in open_store(backend.account_id, backend.region_name).items():
        yield arn, kind, item.tags
