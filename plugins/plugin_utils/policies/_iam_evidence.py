# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a stack's reports and journal say of the calls that its runs make. Reads files, changes nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from ansible_collections.stratum.aws.plugins.plugin_utils.policies._iam_policy import READ_ONLY_VERBS, Call, Evidence
from ansible_collections.stratum.aws.plugins.plugin_utils.policies._iam_resources import Scope

VERBS: Final = ("converge", "plan", "drift", "destroy")
HOW: Final = {
    "converge": "run site.yml",
    "plan": "run site.yml --check",
    "drift": "run playbooks/drift.yml",
    "destroy": "run playbooks/destroy.yml, with --check to take nothing away",
}
"""How a report of each verb comes about."""

_ALWAYS: Final = (Call("sts", "GetCallerIdentity"), Call("ec2", "DescribeAvailabilityZones"))
"""What every run asks before anything else."""
_LOCK: Final = tuple(Call("ssm", operation) for operation in ("GetParameter", "GetParametersByPath", "PutParameter", "DeleteParameter"))
"""What a run that writes does with the stack's lock."""
_ELSEWHERE: Final = frozenset({"helm", "kubernetes", "porkbun"})
"""What writes to clusters, where IAM has no say."""
_OF_ACCOUNT: Final = re.compile(r"arn:aws[\w-]*:[\w-]+:[\w-]*:(\d{12}):")


class Unreadable(Exception):
    """A report or a journal is not what a run writes; the message names the file and what to do."""


@dataclass(frozen=True)
class Recorded:
    """The reports of a stack by verb, and the lines of its journals."""

    reports: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    journal: tuple[Mapping[str, Any], ...] = ()

    @property
    def region(self) -> str:
        """The region that the reports are of; empty without a report."""
        return next((str(report["region"]) for report in self.reports.values() if report.get("region")), "")

    @property
    def account(self) -> str:
        """The account's number as it stands in ARNs; empty where none does."""
        match = _OF_ACCOUNT.search(json.dumps([*self.reports.values(), *self.journal]))
        return match[1] if match else ""

    @property
    def uncounted(self) -> list[str]:
        """The verbs whose reports do not say which reads were made: they are of an older release."""
        return sorted(verb for verb, report in self.reports.items() if "calls" not in report)

    def verbs(self) -> list[str]:
        """The verbs of which there is a report or a line in a journal."""
        return [verb for verb in VERBS if verb in self.reports or any(line.get("verb") == verb for line in self.journal)]


def read(directory: Path) -> Recorded:
    """Return what is in `<report_dir>/<environment>/<stack>`; raises Unreadable for a file that is not JSON."""
    reports = {verb: _json(path.read_text(encoding="utf-8"), path) for verb in VERBS if (path := directory / f"{verb}.json").is_file()}
    lines = [
        _json(line, path)
        for path in sorted((directory / "journal").glob("*.jsonl"))
        # A run that was killed may leave half a line.
        for line in path.read_text(encoding="utf-8").splitlines(keepends=True)
        if line.strip() and line.endswith("\n")
    ]
    return Recorded(reports, tuple(lines))


def _json(text: str, path: Path) -> Mapping[str, Any]:
    try:
        value = json.loads(text)
    except ValueError as error:
        raise Unreadable(f"{path} is not what a run writes: {error}. Remove it, and run the verb again") from None
    if not isinstance(value, dict):
        raise Unreadable(f"{path} is not what a run writes. Remove it, and run the verb again")
    return value


def evidence(
    recorded: Recorded,
    verb: str,
    *,
    stack: str,
    environment: str,
    scope: Scope,
    operations: Callable[[str], Iterable[str]],
    names: Mapping[str, list[str]],
) -> Evidence:
    """Return what the policy of `verb` is derived from.

    Reads are those of every verb, since a first run and a later one read different things. Writes are the verb's own, and for
    a converge also those that a plan intercepted.
    """
    sources = {verb, "plan"} if verb == "converge" else {verb}
    everything = [call for each in VERBS for call in _calls(recorded, each)]
    calls = [call for each in sorted(sources) for call in _calls(recorded, each)]
    reads = [call for call in everything if not call.writes]
    lock = () if verb in READ_ONLY_VERBS else _LOCK
    named = [call for call in everything if call.writes]
    return Evidence(stack, environment, scope, [*_ALWAYS, *lock, *reads, *calls], named, operations, names)


def _calls(recorded: Recorded, verb: str) -> Iterator[Call]:
    return (call for call in _all_calls(recorded, verb) if call.service not in _ELSEWHERE)


def _all_calls(recorded: Recorded, verb: str) -> Iterator[Call]:
    report = recorded.reports.get(verb, {})
    for name in report.get("calls", {}):
        service, _unused, operation = str(name).partition(":")
        yield Call(service, operation)
    for node in report.get("nodes", ()):
        for operation in node.get("operations", ()):
            yield Call(operation["service"], operation["operation"], operation.get("parameters") or {}, operation.get("region"))
    for line in recorded.journal:
        if line.get("verb") == verb:
            if line["operation"] in ("AttachRolePolicy", "DetachRolePolicy") and "parameters" not in line:
                # It names the role alone; which policy that was stands in the reports.
                continue
            about = line.get("parameters") or _about(line["service"], line["operation"], str(line.get("resource") or ""))
            yield Call(line["service"], line["operation"], about, line.get("region"), complete="parameters" in line)


def _about(service: str, operation: str, resource: str) -> dict[str, Any] | None:
    """Return the parameter that the resource of a journal's line was; None where it cannot be told."""
    if resource.startswith("arn:"):
        return {"PolicyArn" if ":policy/" in resource else "ResourceArn": resource}
    if service == "ec2":
        return {"Resources": [resource]} if resource else None
    name = next((name for word, name in _NAMES.get(service, ()) if word in operation), None)
    # IAM's own ids of roles and users name nothing in a policy.
    return {name: resource} if name and resource and not re.fullmatch(r"A[A-Z]{3}[A-Z0-9]{16,}", resource) else None


_NAMES: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    "backup": (("BackupVault", "BackupVaultName"),),
    "budgets": (("Budget", "BudgetName"), ("Notification", "BudgetName"), ("Subscriber", "BudgetName")),
    "cloudtrail": (("Trail", "Name"), ("Logging", "Name"), ("Selectors", "TrailName")),
    "cloudwatch": (("Alarm", "AlarmName"), ("Dashboard", "DashboardName")),
    "codebuild": (("Project", "name"),),
    "codedeploy": (("Application", "applicationName"),),
    "codepipeline": (("Pipeline", "name"),),
    "dynamodb": (("Table", "TableName"), ("TimeToLive", "TableName"), ("Continuous", "TableName"), ("Contributor", "TableName")),
    "ecr": (("Repository", "repositoryName"), ("LifecyclePolicy", "repositoryName")),
    "ecs": (("Cluster", "cluster"), ("Service", "service"), ("TaskDefinition", "family")),
    "eks": (("Cluster", "name"),),
    "elasticache": (
        ("CacheParameterGroup", "CacheParameterGroupName"),
        ("CacheSubnetGroup", "CacheSubnetGroupName"),
        ("ReplicationGroup", "ReplicationGroupId"),
    ),
    "events": (("Rule", "Name"), ("Targets", "Rule")),
    "iam": (("InstanceProfile", "InstanceProfileName"), ("Role", "RoleName")),
    "lambda": (("Function", "FunctionName"), ("Version", "FunctionName"), ("Permission", "FunctionName")),
    "logs": (("LogGroup", "logGroupName"), ("Retention", "logGroupName"), ("MetricFilter", "logGroupName")),
    "opensearch": (("Domain", "DomainName"),),
    "rds": (
        ("DBInstance", "DBInstanceIdentifier"),
        ("DBParameterGroup", "DBParameterGroupName"),
        ("DBSubnetGroup", "DBSubnetGroupName"),
    ),
    "s3": (("", "Bucket"),),
    "sqs": (("Queue", "QueueUrl"),),
    "ssm": (("Parameter", "Name"),),
    "synthetics": (("Canary", "Name"),),
    "xray": (("Group", "GroupName"),),
}
"""By service: the parameter that names a resource, by a word of the operation."""
