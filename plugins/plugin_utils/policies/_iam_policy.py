# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The least-privilege IAM policy of one verb, derived from what runs of it called. Pure.

Correctness comes first: the run must succeed. Reads of what exists and how it is set are allowed everywhere; reads that
disclose content, and every write, are bound to the stack's names, tags and region as far as AWS can.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from ansible_collections.stratum.aws.plugins.plugin_utils.barrier._operations import Effect, effect
from ansible_collections.stratum.aws.plugins.plugin_utils.policies import _iam_actions as actions
from ansible_collections.stratum.aws.plugins.plugin_utils.policies import _iam_ec2 as ec2
from ansible_collections.stratum.aws.plugins.plugin_utils.policies import _iam_leftovers as leftovers
from ansible_collections.stratum.aws.plugins.plugin_utils.policies import _iam_resources as resources
from ansible_collections.stratum.aws.plugins.plugin_utils.policies._iam_resources import Scope
from ansible_collections.stratum.aws.plugins.plugin_utils.policies._iam_statements import Statement, statement
from ansible_collections.stratum.aws.plugins.plugin_utils.policies._iam_unscoped import TAGGED_UNSCOPED, UNSCOPED

STACK_TAG: Final = "stratum:stack"
ENVIRONMENT_TAG: Final = "stratum:environment"
_GLOBAL: Final = frozenset({"budgets", "cloudfront", "iam", "organizations", "route53", "s3", "sts"})
"""Prefixes of services that `aws:RequestedRegion` would shut out, or whose resources have no region."""
_NORTH: Final = "us-east-1"
_RECORD_NAMES: Final = "route53:ChangeResourceRecordSetsNormalizedRecordNames"
READ_ONLY_VERBS: Final = frozenset({"plan", "drift"})


@dataclass(frozen=True, eq=False)
class Call:
    """A call that a run made, or that a plan intercepted; `parameters` is None when they are not known."""

    service: str
    operation: str
    parameters: Mapping[str, Any] | None = None
    region: str | None = None
    complete: bool = True
    """Whether these are all parameters; a journal knows only what the call was about."""

    @property
    def writes(self) -> bool:
        """Whether the call changes the account; what is not known to read does."""
        return effect(self.service, self.operation) is not Effect.READ

    @property
    def hidden(self) -> bool:
        """Whether a report keeps the parameters to itself, or does not hold them."""
        return not self.parameters

    @property
    def tagged(self) -> bool:
        """Whether the call sets the stack's tag, as far as can be seen: what is hidden is taken to."""
        tags = None if self.parameters is None else resources.tags(self.parameters)
        return self.hidden or not self.complete or (tags is not None and (STACK_TAG in tags or resources.HIDDEN in tags))

    @property
    def sets_tags(self) -> bool:
        """Whether the call sets any tags, as far as can be seen: what is not shown may."""
        return self.hidden or not self.complete or resources.tags(self.parameters or {}) is not None


@dataclass
class Evidence:
    """Everything that is known of a stack's runs; `named` are the calls of all verbs, since names are the stack's."""

    stack: str
    environment: str
    scope: Scope
    calls: list[Call] = field(default_factory=list)
    named: list[Call] = field(default_factory=list)
    operations: Callable[[str], Iterable[str]] = lambda _service: ()
    """By service: the operations that its model knows."""
    names: Mapping[str, list[str]] = field(default_factory=dict)
    """By service: names from the inventory of what reports hide (secrets, databases); they replace the tags' rules."""

    def requests(self) -> dict[str, str]:
        """The condition that a call sets the stack's tags."""
        return {f"aws:RequestTag/{STACK_TAG}": self.stack, f"aws:RequestTag/{ENVIRONMENT_TAG}": self.environment}

    def owns(self) -> dict[str, str]:
        """The condition that a resource bears the stack's tags."""
        return {f"aws:ResourceTag/{STACK_TAG}": self.stack, f"aws:ResourceTag/{ENVIRONMENT_TAG}": self.environment}

    def regions(self) -> list[str]:
        """The regions of the calls: the stack's first."""
        return [self.scope.region, *sorted({call.region for call in self.calls if call.region} - {self.scope.region})]


def statements(evidence: Evidence, verb: str) -> list[Statement]:
    """Return what the operator who runs `verb` must be allowed, in a fixed order."""
    known = {(call.service, call.operation) for call in evidence.calls if call.parameters is not None}
    # The counts of a report say nothing new about a call whose parameters it holds.
    calls = [call for call in evidence.calls if call.parameters is not None or (call.service, call.operation) not in known]
    writes = [] if verb in READ_ONLY_VERBS else [call for call in calls if call.writes]
    companions = {call for written in (*writes, *evidence.named) for call in _companions(written, evidence)}
    found = list(_reads({each for call in (*calls, *companions) for each in _reading(call, verb)}, evidence))
    by_service: dict[str, list[Call]] = defaultdict(list)
    for call in writes:
        by_service[call.service].append(call)
    for service in sorted(by_service):
        found += _SPECIAL.get(service, _named)(by_service[service], evidence)
    found += _along(writes, evidence)
    if verb == "destroy":
        clusters = leftovers.clusters_in(arn for call in evidence.named if call.service == "eks" for arn in _arns(call, evidence.scope))
        found += leftovers.statements(clusters, evidence.scope)
    return _merged(found)


def _reading(call: Call, verb: str) -> Iterator[str]:
    """Yield the reading actions that a call needs."""
    if not call.writes:
        yield from actions.actions(call.service, call.operation)
    elif verb not in READ_ONLY_VERBS:
        yield from (each for each in actions.dependent_actions(call.service, call.operation) if reads(each))


def _companions(call: Call, evidence: Evidence) -> Iterator[Call]:
    """Yield the reads of the thing that a call writes: a run on an account where it is there makes them.

    The report of a first run does not show them all, since there was nothing to read.
    """
    noun = re.sub(r"^[A-Z][a-z]+", "", call.operation)
    nouns = {noun, noun + "s", re.sub(r"y$", "ies", noun)} if call.writes and noun else set()
    for operation in evidence.operations(call.service) if nouns else ():
        match = re.fullmatch(r"(?:Describe|Get|List)(.+)", operation)
        if match and match[1] in nouns:
            yield Call(call.service, operation)


def reads(action: str) -> bool:
    """Return whether an IAM action only reads, told as the operation of that name is."""
    prefix, _unused, operation = action.partition(":")
    return effect(prefix, operation) is Effect.READ


def _reads(wanted: set[str], evidence: Evidence) -> Iterator[Statement]:
    shown = {action for action in wanted if not actions.discloses(action)}
    for regional in (True, False):
        chosen = {action for action in shown if (action.partition(":")[0] not in _GLOBAL) is regional}
        # The tagging API, certificates and metrics of global services are asked for in one region.
        regions = sorted({*evidence.regions(), _NORTH}) if evidence.scope.partition == "aws" else evidence.regions()
        yield statement(chosen, "*", _equals({"aws:RequestedRegion": regions} if regional else {}))
    disclosing: dict[str, set[str]] = defaultdict(set)
    for action in wanted - shown:
        disclosing[action.partition(":")[0]].add(action)
    for prefix in sorted(disclosing):
        yield from _content(prefix, disclosing[prefix], evidence)


def _content(prefix: str, wanted: set[str], evidence: Evidence) -> Iterator[Statement]:
    """Yield the statements for reads that disclose content: by name, or by tag where names are hidden."""
    calls = [call for call in (*evidence.named, *evidence.calls) if actions.prefix(call.service) == prefix]
    named = set().union(*(_arns(call, evidence.scope) for call in calls)) | _inventoried(prefix, evidence)
    if prefix == "ssm":
        # The lock, and what AWS itself publishes (images of EKS nodes).
        named |= {*_own_parameters(evidence), evidence.scope.arn("ssm:{region}::parameter/aws/service/*")}
    yield statement(wanted, named, {})
    unnamed = () if evidence.names.get(prefix) else resources.UNNAMED.get(prefix, ())
    patterns = [*unnamed, *resources.GENERATED.get(prefix, ())]
    if patterns and (not named or any(call.writes and call.hidden for call in calls)):
        yield statement(wanted, {evidence.scope.arn(each) for each in patterns}, _equals(evidence.owns()))
    elif not named:
        yield statement(wanted, "*", {})


def _own_parameters(evidence: Evidence) -> set[str]:
    folder = f"parameter/stratum/{evidence.environment}/{evidence.stack}"
    return {evidence.scope.arn("ssm:{region}:{account}:{value}", each) for each in (folder, f"{folder}/*")}


def _inventoried(service: str, evidence: Evidence) -> set[str]:
    names = evidence.names.get(service)
    return resources.arns(service, "", {resources.HIDDEN_NAMES[service]: names}, evidence.scope) if names else set()


def _arns(call: Call, scope: Scope) -> set[str]:
    if call.parameters is None:
        return set()
    return resources.arns(call.service, call.operation, call.parameters, Scope(call.region or scope.region, scope.account))


def _own(call: Call) -> set[str]:
    """Return the actions of the call's own service that it needs, those for its tags included."""
    own = set(actions.actions(call.service, call.operation))
    tagging = actions.tagging_action(call.service, call.operation)
    creates = effect(call.service, call.operation) in (Effect.CREATE, Effect.PUT)
    return own | {tagging} if tagging and creates and call.sets_tags else own


def _named(calls: Iterable[Call], evidence: Evidence) -> Iterator[Statement]:
    """Yield the statements of a service whose resources are named, or told by their tags."""
    calls = list(calls)
    service = calls[0].service
    arns = set().union(*(_arns(call, evidence.scope) for call in (*calls, *evidence.named) if call.service == service and call.writes))
    arns |= _inventoried(service, evidence)
    if service == "ssm":
        arns |= _own_parameters(evidence)
    patterns = {evidence.scope.arn(each) for each in resources.GENERATED.get(service, ())}
    if any(call.hidden for call in calls) and not evidence.names.get(service):
        patterns |= {evidence.scope.arn(each) for each in resources.UNNAMED.get(service, ())}
    scoped = {action for call in calls for action in _own(call)} - UNSCOPED
    regional = {} if actions.prefix(service) in _GLOBAL else {"aws:RequestedRegion": evidence.regions()}
    for call in calls:
        for action in _own(call) & UNSCOPED:
            requested = evidence.requests() if action in TAGGED_UNSCOPED and call.tagged else {}
            yield statement({action}, "*", _equals({**regional, **requested}))
    if arns:
        yield statement(scoped, arns, {})
    if patterns:
        for tagged in (True, False):
            making = {action for call in calls if _makes(call) and call.tagged is tagged for action in _own(call)}
            yield statement(making & scoped, patterns, _equals(evidence.requests()) if tagged else {})
        yield statement(scoped, patterns, _equals(evidence.owns()))
    if not patterns:
        # What names nothing that the tables know cannot be bound; the output tells which actions these are.
        lost = {action for call in calls if call.parameters and call.complete and not _arns(call, evidence.scope) for action in _own(call)}
        yield statement(scoped & lost if arns else scoped, "*", _equals(regional))


def _makes(call: Call) -> bool:
    return f"{call.service}:{call.operation}" in resources.MAKES


def _equals(values: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    return {"StringEquals": values} if values else {}


def _iam(calls: Iterable[Call], evidence: Evidence) -> Iterator[Statement]:
    """Yield the statements for roles, policies, profiles and providers; which policies may be attached is a condition."""
    by_kind: dict[str, tuple[set[str], set[str]]] = defaultdict(lambda: (set(), set()))
    attached: dict[str, set[str]] = defaultdict(set)
    known = set().union(*(_arns(call, evidence.scope) for call in evidence.named if call.service == "iam"))
    for call in calls:
        # Where a call does not say what it was about, it was about one of the stack's.
        arns = _arns(call, evidence.scope) or {arn for arn in known if _noun(call) in arn} or known
        if not arns or _own(call) <= UNSCOPED:
            yield statement(_own(call), "*", {})
            continue
        policy = (call.parameters or {}).get("PolicyArn")
        if call.operation in ("AttachRolePolicy", "DetachRolePolicy") and isinstance(policy, str):
            by_kind["attach"][0].update(_own(call))
            by_kind["attach"][1].update(arns)
            attached["attach"].add(_of_account(policy, evidence.scope))
            continue
        kind = min(arns).split(":", 5)[5].partition("/")[0]
        by_kind[kind][0].update(_own(call))
        by_kind[kind][1].update(arns)
        if call.operation == "AddRoleToInstanceProfile":
            role = evidence.scope.arn("iam::{account}:role/{value}", str((call.parameters or {}).get("RoleName", "*")))
            yield statement({"iam:PassRole"}, {role}, {"StringEquals": {"iam:PassedToService": ["ec2.amazonaws.com"]}})
    for kind, (wanted, arns) in sorted(by_kind.items()):
        yield statement(wanted, arns, {"ArnEquals": {"iam:PolicyARN": sorted(attached[kind])}} if attached[kind] else {})


def _noun(call: Call) -> str:
    """Return the kind of resource, as its ARN has it, that a call to IAM is about."""
    kinds = {"InstanceProfile": ":instance-profile/", "OpenIDConnectProvider": ":oidc-provider/", "Role": ":role/", "Policy": ":policy/"}
    return next((kind for word, kind in kinds.items() if word in call.operation), ":")


def _of_account(arn: str, scope: Scope) -> str:
    head, _unused, rest = arn.partition(":iam::")
    account, _unused, name = rest.partition(":")
    return arn if account == "aws" else f"{head}:iam::{scope.account}:{name}"


def _route53(calls: Iterable[Call], evidence: Evidence) -> Iterator[Statement]:
    """Yield the statements for zones, whose ids are made up and whose tags IAM does not see: by the names of records."""
    names: set[str] = set()
    records: set[str] = set()
    zones: set[str] = set()
    checks: set[str] = set()
    for call in calls:
        parameters = call.parameters or {}
        own = _own(call)
        yield statement({action for action in own if action in UNSCOPED}, "*", {})
        own = {action for action in own if action not in UNSCOPED}
        if call.operation == "ChangeResourceRecordSets":
            records |= own
            names.update(_record_names(parameters))
        elif "HealthCheck" in call.operation or parameters.get("ResourceType") == "healthcheck":
            checks |= own
        else:
            zones |= own
    zone_names = {
        str(call.parameters["Name"]).rstrip(".").lower()
        for call in evidence.named
        if call.service == "route53" and call.operation == "CreateHostedZone" and call.parameters and "Name" in call.parameters
    }
    for zone in zone_names:
        names = {zone, f"*.{zone}"} | {name for name in names if name != zone and not name.endswith(f".{zone}")}
    condition = {"ForAllValues:StringLike": {_RECORD_NAMES: sorted(names)}} if names else {}
    yield statement(records, {evidence.scope.arn("route53:::hostedzone/*")}, condition)
    yield statement(zones, {evidence.scope.arn("route53:::hostedzone/*")}, {})
    yield statement(checks, {evidence.scope.arn("route53:::healthcheck/*")}, {})


def _record_names(parameters: Mapping[str, Any]) -> Iterator[str]:
    batch = parameters.get("ChangeBatch")
    for change in batch.get("Changes", []) if isinstance(batch, Mapping) else []:
        name = str(change.get("ResourceRecordSet", {}).get("Name", "")).rstrip(".").lower()
        # A certificate's validation record has a made-up first label.
        yield f"_*.{name.partition('.')[2]}" if name.startswith("_") else name.replace("*", r"\052")


def _ec2(calls: Iterable[Call], evidence: Evidence) -> Iterator[Statement]:
    facts = [ec2.Fact(call.operation, call.parameters, call.tagged) for call in calls]
    yield from ec2.statements(facts, evidence.scope, evidence.requests(), evidence.owns(), STACK_TAG)


def _along(writes: Iterable[Call], evidence: Evidence) -> Iterator[Statement]:
    """Yield what AWS checks along with the calls: roles passed, keys used, service-linked roles, other services' actions."""
    passed: dict[tuple[str, ...], set[str]] = defaultdict(set)
    linked: set[str] = set()
    keys: set[str] = set()
    along: set[str] = set()
    for call in writes:
        linked.update(actions.linked_services(call.service, call.operation))
        along.update(each for each in actions.dependent_actions(call.service, call.operation) if not reads(each))
        if call.service in ("iam", "kms"):
            continue
        for role in resources.passed_roles(call.parameters):
            passed[actions.receiving_services(call.service, call.operation)].add(_of_account(role, evidence.scope))
        keys.update(key for key in resources.passed_keys(call.parameters) if "alias/aws/" not in key)
    for receivers, roles in sorted(passed.items()):
        yield statement({"iam:PassRole"}, roles, {"StringEquals": {"iam:PassedToService": list(receivers)}})
    if linked:
        role = evidence.scope.arn("iam::{account}:role/aws-service-role/*")
        yield statement({"iam:CreateServiceLinkedRole"}, {role}, {"StringEquals": {"iam:AWSServiceName": sorted(linked)}})
    # Where a stack has keys of its own, calls whose parameters are hidden may use them, too.
    if keys or any(call.service == "kms" for call in evidence.named):
        key = {evidence.scope.arn("kms:{region}:{account}:key/*")}
        using = {"kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext"}
        through = {"StringLike": {"kms:ViaService": f"*.{evidence.scope.region}.amazonaws.com"}}
        yield statement(using, key, through)
        yield statement({"kms:CreateGrant", "kms:RetireGrant"}, key, {"Bool": {"kms:GrantIsForAWSResource": "true"}})
    yield from ec2.along({each for each in along if each.startswith("ec2:")}, evidence.scope, evidence.owns())
    yield statement({each for each in along if each in UNSCOPED}, "*", {})
    yield from _elsewhere(along - UNSCOPED, evidence)


def _elsewhere(along: set[str], evidence: Evidence) -> Iterator[Statement]:
    """Yield what calls need of services other than EC2: on what is known to be the stack's, or on all that it may be about."""

    def of(prefix: str) -> set[str]:
        return {each for each in along if each.startswith(f"{prefix}:")}

    arn = evidence.scope.arn
    yield statement(of("route53"), {arn("route53:::hostedzone/*")}, {})
    yield statement(of("apigateway"), {arn("apigateway:{region}::/restapis"), arn("apigateway:{region}::/restapis/*")}, {})
    yield statement(
        of("elasticloadbalancing"), {arn("elasticloadbalancing:{region}:{account}:loadbalancer/app/*")}, _equals(evidence.owns())
    )
    invoked = along & {"lambda:InvokeFunction"}
    yield statement(invoked, {arn("lambda:{region}:{account}:function:*")}, _equals(evidence.owns()))
    # What CloudWatch makes for canaries it names.
    made = {arn("lambda:{region}:{account}:{value}", kind) for kind in ("function:cwsyn-*", "layer:cwsyn-*")}
    yield statement(of("lambda") - invoked, made, {})


_SPECIAL: Final[dict[str, Any]] = {"ec2": _ec2, "iam": _iam, "route53": _route53}


def _merged(found: Iterable[Statement]) -> list[Statement]:
    """Return the statements with those of the same resources and conditions put together, and the empty ones left out."""
    merged: dict[tuple[frozenset[str], str], Statement] = {}
    for each in found:
        if each.actions and each.resources:
            key = (each.resources, each.condition_text)
            merged[key] = Statement(merged[key].actions | each.actions, each.resources, each.condition) if key in merged else each
    return list(merged.values())
