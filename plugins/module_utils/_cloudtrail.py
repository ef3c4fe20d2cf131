# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A trail of CloudTrail and what it records, in one form.  Private to the collection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.stratum.aws.plugins.module_utils._compare import given
from ansible_collections.stratum.aws.plugins.module_utils._kms import same_key

Document = dict[str, Any]

SETTINGS = {
    "bucket": "S3BucketName",
    "prefix": "S3KeyPrefix",
    "topic": "SnsTopicName",
    "kms_key_arn": "KmsKeyId",
    "log_group_arn": "CloudWatchLogsLogGroupArn",
    "log_role_arn": "CloudWatchLogsRoleArn",
    "multi_region": "IsMultiRegionTrail",
    "global_events": "IncludeGlobalServiceEvents",
    "log_file_validation": "EnableLogFileValidation",
}
"""Option -> parameter of CreateTrail and UpdateTrail."""
FOUND = {"log_file_validation": "LogFileValidationEnabled"}
"""Option -> key of DescribeTrails, where it is another one."""
USUAL: Document = {"multi_region": False, "global_events": True, "log_file_validation": False}
"""What a new trail is unless it is told otherwise; the other settings are empty."""
ACCESS = {"ReadOnly": ["true"], "WriteOnly": ["false"]}


def full_log_group(arn: str) -> str:
    """Return the ARN of a log group as CloudTrail wants it: of all that is in it."""
    return f"{arn}:*" if arn and not arn.endswith(":*") else arn


def settings(options: Mapping[str, Any]) -> Document:
    """Return what the options say of the trail itself; what they do not mention is left out."""
    result = given({option: options[option] for option in SETTINGS})
    if "prefix" in result:
        result["prefix"] = result["prefix"].strip("/")
    if "log_group_arn" in result:
        result["log_group_arn"] = full_log_group(result["log_group_arn"])
    return result


def request(values: Mapping[str, Any]) -> Document:
    """Return settings as parameters of UpdateTrail, where an empty text takes something away."""
    return {SETTINGS[option]: value for option, value in values.items() if option in SETTINGS}


def trail_document(
    trail: Mapping[str, Any], logging: bool, selectors: Mapping[str, Any], insights: Sequence[str], tags: Mapping[str, str]
) -> Document:
    """Return a trail of DescribeTrails as the module returns it."""
    found = {option: trail.get(FOUND.get(option, name)) for option, name in SETTINGS.items()}
    found["topic"] = trail.get("SnsTopicARN") or trail.get("SnsTopicName")
    return {
        "name": trail["Name"],
        "arn": trail["TrailARN"],
        **{option: USUAL.get(option, "") if value is None else value for option, value in found.items()},
        "logging": logging,
        **events_document(selectors),
        "insights": sorted(insights),
        "tags": dict(tags),
    }


def selectors_request(management: str, data: Sequence[Mapping[str, Any]]) -> list[Document]:
    """Return the advanced event selectors of what is to be recorded."""
    result = []
    if management != "None":
        fields = [_field("eventCategory", Equals=["Management"])]
        if management in ACCESS:
            fields.append(_field("readOnly", Equals=ACCESS[management]))
        result.append({"Name": "management", "FieldSelectors": fields})
    for item in data:
        fields = [_field("eventCategory", Equals=["Data"]), _field("resources.type", Equals=[item["type"]])]
        if item["arns"]:
            fields.append(_field("resources.ARN", StartsWith=sorted(item["arns"])))
        if item["access"] in ACCESS:
            fields.append(_field("readOnly", Equals=ACCESS[item["access"]]))
        result.append({"Name": item["type"], "FieldSelectors": fields})
    return result


def _field(name: str, **condition: list[str]) -> Document:
    return {"Field": name, **condition}


def events_document(answer: Mapping[str, Any]) -> Document:
    """Return what a trail records, from GetEventSelectors with selectors of either kind.

    `other_events` says whether there is more than the options can say.
    """
    advanced, plain = answer.get("AdvancedEventSelectors") or [], answer.get("EventSelectors") or []
    if not advanced:
        return _plain_events(plain)
    managed, data, other = "None", [], False
    for selector in advanced:
        fields = {field["Field"]: field for field in selector["FieldSelectors"]}
        access = _access(fields)
        category = fields.get("eventCategory", {}).get("Equals")
        if category == ["Management"]:
            other = other or managed != "None" or bool(set(fields) - {"eventCategory", "readOnly"})
            managed = access
        elif category == ["Data"] and len(fields.get("resources.type", {}).get("Equals", [])) == 1:
            other = other or bool(set(fields) - {"eventCategory", "readOnly", "resources.type", "resources.ARN"})
            arns = fields.get("resources.ARN", {})
            other = other or bool(arns and set(arns) != {"Field", "StartsWith"})
            data.append({"type": fields["resources.type"]["Equals"][0], "arns": sorted(arns.get("StartsWith", [])), "access": access})
        else:
            other = True
    return {"management_events": managed, "data_events": sorted(data, key=_order), "other_events": other}


def _access(fields: Mapping[str, Any]) -> str:
    only = fields.get("readOnly", {}).get("Equals")
    return next((name for name, value in ACCESS.items() if value == only), "All")


def _plain_events(selectors: Sequence[Mapping[str, Any]]) -> Document:
    """A new trail has one plain selector: all management events, and no data events."""
    if not selectors:
        return {"management_events": "All", "data_events": [], "other_events": False}
    first = selectors[0]
    managed = first.get("ReadWriteType", "All") if first.get("IncludeManagementEvents", True) else "None"
    more = len(selectors) > 1 or any(
        selector.get("DataResources") or selector.get("ExcludeManagementEventSources") for selector in selectors
    )
    return {"management_events": managed, "data_events": [], "other_events": bool(more)}


def _order(item: Mapping[str, Any]) -> tuple[str, str, str]:
    return str(item["type"]), str(item["access"]), str(item["arns"])


def wanted_data(options: Mapping[str, Any]) -> list[Document] | None:
    """Return the data events of the options in the form that the module returns; None for nothing said."""
    if options["data_events"] is None:
        return None
    items = [{"type": item["type"], "arns": sorted(item["arns"] or []), "access": item["access"]} for item in options["data_events"]]
    return sorted(items, key=_order)


def trail_changes(current: Mapping[str, Any], options: Mapping[str, Any]) -> Document:
    """Return the keys of the document that differ, with their new values; tags are not among them."""
    changes: Document = {}
    for option, value in settings(options).items():
        now = current[option]
        same = now == value or (option == "topic" and value != "" and str(now).rpartition(":")[2] == value)
        if option == "kms_key_arn":
            same = same or bool(now and value and same_key(now, value, "cloudtrail"))
        if not same:
            changes[option] = value
    for option, value in given({"logging": options["logging"], "management_events": options["management_events"]}).items():
        if current[option] != value:
            changes[option] = value
    data, insights = wanted_data(options), options["insights"]
    if data is not None and data != current["data_events"]:
        changes["data_events"] = data
    if current["other_events"] and (data is not None or options["management_events"] is not None):
        changes["other_events"] = False
    if insights is not None and sorted(insights) != current["insights"]:
        changes["insights"] = sorted(insights)
    return changes
