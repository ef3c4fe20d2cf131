# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Trails, canaries, groups and sampling rules: what they have against what is wanted."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
from ansible_collections.stratum.aws.plugins.filter.with_names import with_names
from ansible_collections.stratum.aws.plugins.module_utils import _canary, _cloudtrail
from ansible_collections.stratum.aws.plugins.modules import xray_group, xray_sampling_rule

TRAIL = {
    "Name": "t",
    "TrailARN": "arn:t",
    "S3BucketName": "b",
    "KmsKeyId": "arn:aws:kms:us-east-1:1:key/1234",
    "SnsTopicARN": "arn:aws:sns:us-east-1:1:files",
}
SILENT: dict[str, Any] = {
    **dict.fromkeys(_cloudtrail.SETTINGS),
    **dict.fromkeys(("logging", "management_events", "data_events", "insights")),
}
WRITES = {"type": "AWS::S3::Object", "arns": ["arn:aws:s3:::b/"], "access": "WriteOnly"}


def trail(selectors: dict[str, Any] | None = None) -> dict[str, Any]:
    return _cloudtrail.trail_document(TRAIL, True, selectors or {}, [], {})


def test_a_trail_changes_in_what_is_mentioned_only() -> None:
    assert _cloudtrail.trail_changes(trail(), SILENT) == {}
    assert (
        _cloudtrail.trail_changes(trail(), {**SILENT, "topic": "files", "kms_key_arn": "1234", "bucket": "b", "multi_region": False}) == {}
    )
    wanted = {**SILENT, "topic": "", "kms_key_arn": "", "prefix": "/p/", "log_group_arn": "arn:g", "logging": False}
    assert _cloudtrail.trail_changes(trail(), wanted) == {
        "topic": "",
        "kms_key_arn": "",
        "prefix": "p",
        "log_group_arn": "arn:g:*",
        "logging": False,
    }


@pytest.mark.parametrize("managed", ["All", "ReadOnly", "WriteOnly", "None"])
@pytest.mark.parametrize("data", [[], [WRITES], [WRITES, {"type": "AWS::Lambda::Function", "arns": [], "access": "All"}]])
def test_what_a_trail_records_comes_back_as_it_was_sent(managed: str, data: list[dict[str, Any]]) -> None:
    sent = _cloudtrail.selectors_request(managed, data)
    found = _cloudtrail.events_document({"AdvancedEventSelectors": sent})
    if sent:
        assert (found["management_events"], found["other_events"]) == (managed, False)
        assert sorted(found["data_events"], key=str) == sorted(data, key=str)


def test_what_the_options_cannot_say_is_taken_away_once_they_say_something() -> None:
    other = {"AdvancedEventSelectors": [{"FieldSelectors": [{"Field": "eventCategory", "Equals": ["NetworkActivity"]}]}]}
    assert _cloudtrail.trail_changes(trail(other), SILENT) == {}
    changes = _cloudtrail.trail_changes(trail(other), {**SILENT, "management_events": "All"})
    assert changes == {"management_events": "All", "other_events": False}
    plain = {"EventSelectors": [{"ReadWriteType": "WriteOnly", "IncludeManagementEvents": True, "DataResources": []}]}
    assert _cloudtrail.trail_changes(trail(plain), {**SILENT, "management_events": "WriteOnly", "data_events": []}) == {}


CANARY: dict[str, Any] = {
    **dict.fromkeys((*_canary.OPTIONS, "script", "environment", "running", "tags")),
    "script": "x",
    "handler": "canary.handler",
    "runtime": "syn-nodejs-puppeteer-10.0",
}


@pytest.mark.parametrize(
    ("runtime", "name"),
    [
        ("syn-nodejs-puppeteer-10.0", "nodejs/node_modules/canary.js"),
        ("syn-python-selenium-5.1", "python/canary.py"),
        ("syn-nodejs-playwright-2.0", "canary.mjs"),
    ],
)
def test_a_script_is_where_its_runtime_looks_for_it(runtime: str, name: str) -> None:
    content = _canary.archive("exports.handler = 1;", "canary.handler", runtime)
    assert content == _canary.archive("exports.handler = 1;", "canary.handler", runtime)
    assert zipfile.ZipFile(io.BytesIO(content)).namelist() == [name]


def test_a_script_and_its_environment_are_told_by_a_tag() -> None:
    one, other = (_canary.digest({**CANARY, "environment": {"URL": url}}) for url in ("a", "b"))
    assert one != other
    assert _canary.wanted_tags({**CANARY, "tags": {"a": "b"}}, {}) == {"a": "b", "stratum:code": _canary.digest(CANARY)}
    assert _canary.wanted_tags({**CANARY, "script": None}, {"stratum:code": "1"}) is None
    assert _canary.wanted_tags({**CANARY, "script": None, "tags": {}}, {"stratum:code": "1", "x": "y"}) == {"stratum:code": "1"}


def test_a_canary_changes_in_what_is_mentioned_only() -> None:
    there = {"Name": "c", "ArtifactS3Location": "b/p", "Code": {"Handler": "canary.handler"}, "RuntimeVersion": "syn-nodejs-puppeteer-10.0"}
    current = _canary.canary_document({**there, "Status": {"State": "RUNNING"}}, "1", "aws", "us-east-1")
    assert _canary.canary_changes(current, {**CANARY, "artifact_location": "s3://b/p/"}) == {}
    assert _canary.canary_changes(current, {**CANARY, "running": False, "schedule": "rate(1 hour)"}) == {
        "running": False,
        "schedule": "rate(1 hour)",
    }
    failed = _canary.canary_document({**there, "Status": {"State": "ERROR"}}, "1", "aws", "us-east-1")
    assert _canary.canary_changes(failed, CANARY) == {"status": "READY", "running": True}


def test_groups_and_sampling_rules() -> None:
    group = xray_group.group_document({"GroupName": "g", "GroupARN": "arn", "FilterExpression": "x"}, {})
    assert (group["insights"], group["notifications"]) == (False, False)
    assert xray_group.group_request({"filter_expression": "x"}) == {"FilterExpression": "x"}
    assert xray_group.group_request({"insights": True}) == {"InsightsConfiguration": {"InsightsEnabled": True}}
    rule = xray_sampling_rule.rule_document({"RuleName": "r", "RuleARN": "arn", "Priority": 1, "FixedRate": 0.05}, {})
    silent = dict.fromkeys(xray_sampling_rule.API)
    assert xray_sampling_rule.rule_changes(rule, silent) == {}
    assert xray_sampling_rule.rule_changes(rule, {**silent, "fixed_rate": 0.1, "host": "*"}) == {"fixed_rate": 0.1}
    assert xray_sampling_rule.rule_request({"host": "h", "tags": {}}) == {"Host": "h"}


def test_names_are_replaced_wherever_they_are() -> None:
    sources: dict[str, dict[str, Any]] = {"load_balancer": {"web": "app/web/1"}, "account": {"id": 1234}}
    given = {"metrics": [["A", "<load_balancer:web>"], "arn:<account:id>:x"], "expression": "IF(m1 < 5, 1, 2) <state:x>", "width": 6}
    assert with_names(given, sources) == {
        "metrics": [["A", "app/web/1"], "arn:1234:x"],
        "expression": "IF(m1 < 5, 1, 2) <state:x>",
        "width": 6,
    }
    with pytest.raises(Exception, match="there is no load_balancer 'api'; there are web"):
        with_names("<load_balancer:api>", sources)
