# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which of the resources that bear a stack's tags belong to no node of its graph.  Pure.

Every entry gets one verdict. It is

* *in the graph* when a managed item's result names it, or its arguments do by a name that is unique for its kind,
* *kept* when it is meant to outlive the stack: final snapshots, recovery points, what is waiting for its deletion,
* *made* when something of the stack made it and takes it along: the instances of a node group, automated snapshots,
* an *orphan* otherwise.

Where a managed item could not say what it manages (it failed, or its change was only planned), whatever of its kind
bears the same tags counts as in the graph: what may be managed must never be removed as an orphan.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from ansible_collections.stratum.aws.plugins.plugin_utils.belongings import _arns
from ansible_collections.stratum.aws.plugins.plugin_utils.belongings._managed_kinds import KINDS, Kind
from ansible_collections.stratum.aws.plugins.plugin_utils.belongings._tagged import Tagged


@dataclass(frozen=True)
class Managed:
    """One resource of the graph: a module, its rendered arguments, and what it returned (empty when that is not known)."""

    module: str
    args: Mapping[str, Any] = field(default_factory=dict)
    result: Mapping[str, Any] = field(default_factory=dict)


class Verdict(StrEnum):
    """What an entry is to the stack."""

    IN_GRAPH = "in the graph"
    KEPT = "kept"
    MADE = "made by the stack"
    ORPHAN = "orphan"


@dataclass(frozen=True)
class Judged:
    """An entry, what it is, and why (empty for what is in the graph)."""

    entry: Tagged
    verdict: Verdict
    reason: str = ""


def judge(tagged: Iterable[Tagged], managed: Iterable[Managed], retained: Collection[str] = ()) -> list[Judged]:
    """Return a verdict for each entry, in their order.

    `retained` holds ARNs (`*` and `?` allowed) that the inventory says to keep after a destroy.
    """
    entries = list(tagged)
    graph = _Graph.of(managed)
    present = _Present.of(entries)
    return [_verdict(entry, graph, present, retained) for entry in entries]


def orphans(tagged: Iterable[Tagged], managed: Iterable[Managed], retained: Collection[str] = ()) -> list[Tagged]:
    """Return the entries that belong to no node and that nothing of the stack made."""
    return [each.entry for each in judge(tagged, managed, retained) if each.verdict is Verdict.ORPHAN]


def made_by_others(tagged: Iterable[Tagged], managed: Iterable[Managed]) -> list[tuple[Tagged, str]]:
    """Return the entries that something of the stack made, with what made them."""
    return [(each.entry, each.reason) for each in judge(tagged, managed) if each.verdict is Verdict.MADE]


def kept(tagged: Iterable[Tagged], managed: Iterable[Managed] = (), retained: Collection[str] = ()) -> list[tuple[Tagged, str]]:
    """Return the entries that are meant to stay after a destroy, with the reason."""
    return [(each.entry, each.reason) for each in judge(tagged, managed, retained) if each.verdict is Verdict.KEPT]


def _verdict(entry: Tagged, graph: _Graph, present: _Present, retained: Collection[str]) -> Judged:
    arn = _arns.parse(entry.arn)
    if graph.has(entry, arn):
        return Judged(entry, Verdict.IN_GRAPH)
    if any(fnmatch.fnmatchcase(entry.arn, pattern) for pattern in retained):
        return Judged(entry, Verdict.KEPT, "the inventory says to keep it")
    if reason := _kept(entry, arn):
        return Judged(entry, Verdict.KEPT, reason)
    if reason := _made(entry, arn, graph, present):
        return Judged(entry, Verdict.MADE, reason)
    return Judged(entry, Verdict.ORPHAN, _why(entry, arn))


def _why(entry: Tagged, arn: _arns.Arn) -> str:
    layer = f"of the layer {entry.layer}" if entry.layer else "of any layer"
    return f"bears the stack's tags, and no node {layer} manages {arn.kind} {arn.name}"


# -- In the graph ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Graph:
    """What the managed items say they manage."""

    known: Mapping[str, frozenset[str]]
    """Handles by kind: ARN or id where a result says them, else the name; under "" those of modules that no table knows."""
    names: Mapping[str, frozenset[str]]
    """Every name by kind, for what was made by a managed resource and knows it by name."""
    unsaid: Sequence[tuple[str, Mapping[str, str]]]
    """Kind and tags of items that could not say what they manage."""
    called: Sequence[tuple[frozenset[str], frozenset[str]]]
    """Words of the names of modules that no table knows, and the texts among their arguments."""

    @classmethod
    def of(cls, managed: Iterable[Managed]) -> _Graph:
        known: dict[str, set[str]] = {}
        names: dict[str, set[str]] = {}
        unsaid: list[tuple[str, Mapping[str, str]]] = []
        called: list[tuple[frozenset[str], frozenset[str]]] = []
        for item in managed:
            module = item.module.rpartition(".")[2]
            if module.endswith("_info") or item.args.get("state") == "absent" or item.result.get("skipped"):
                continue
            kind = KINDS.get(module)
            if kind is None:
                known.setdefault("", set()).update(_generated(item.result))
                texts = frozenset(value.lower() for value in item.args.values() if isinstance(value, str))
                called.append((frozenset(module.split("_")), texts))
                continue
            if not kind.kind:
                continue
            said = [str(each) for path in kind.results for each in _each(_at(item.result, path))]
            name = kind.name(item.args) if kind.name else ""
            # An ARN says more than a name: the same name in another region is another resource.
            handles = said or ([name] if name else [])
            known.setdefault(kind.kind, set()).update(handle.lower() for handle in handles)
            names.setdefault(kind.kind, set()).update(each.lower() for each in [name, *map(_name_in, handles)] if each)
            # Where not even its tags are known, such as behind a loop that cannot be rendered yet, it may be any of its kind.
            if not handles and ((tags := _tags_of(kind, item.args)) or "tags" not in item.args):
                unsaid.append((kind.kind, tags))
        return cls(_frozen(known), _frozen(names), unsaid, called)

    def has(self, entry: Tagged, arn: _arns.Arn) -> bool:
        """Return whether an entry is one of the managed resources."""
        handles = {handle.lower() for handle in arn.handles}
        if handles & (self.known.get(arn.kind, frozenset()) | self.known.get("", frozenset())):
            return True
        # `ssm_parameter` with this name manages an `ssm:parameter` of this name.
        words = set(re.split(r"[:/_-]", arn.kind.lower())) - {""}
        names = {handle for handle in (*handles, arn.name.lower(), f"/{arn.name.lower()}") if handle}
        if any(words <= module and not names.isdisjoint(texts) for module, texts in self.called):
            return True
        return any(kind == arn.kind and tags.items() <= entry.tags.items() for kind, tags in self.unsaid)

    def manages(self, kind: str, name: str) -> bool:
        """Return whether a managed resource of this kind has this name."""
        return name.lower() in self.names.get(kind, frozenset())


def _frozen(table: Mapping[str, Collection[str]]) -> dict[str, frozenset[str]]:
    return {key: frozenset(values) for key, values in table.items()}


def _name_in(handle: str) -> str:
    return _arns.parse(handle).name if handle.startswith("arn:") else handle


def _at(value: Any, path: str) -> Any:
    for key in path.split("."):
        if not isinstance(value, Mapping):
            return None
        value = value.get(key)
    return value


def _each(value: Any) -> list[Any]:
    """Return what a result says, which may be several."""
    return [each for each in (value if isinstance(value, list | tuple) else [value]) if each]


def _tags_of(kind: Kind, args: Mapping[str, Any]) -> dict[str, str]:
    """Return the tags by which the resource would be known; only such that name a stack tell one resource from another.

    The others may have drifted, and would then make an orphan of it.
    """
    tags = args.get("tags")
    if not isinstance(tags, Mapping) or "stratum:stack" not in tags:
        return {}
    given = {str(key): str(value) for key, value in tags.items() if str(key).startswith("stratum:") or key == "Name"}
    if kind.name_tag and isinstance(args.get(kind.name_tag), str):
        given["Name"] = str(args[kind.name_tag])
    return given


_GENERATED: Final = re.compile(r"arn:[\w-]+:.+|[a-z]+-[0-9a-f]{8}(?:[0-9a-f]{9})?")


def _generated(value: Any) -> Iterator[str]:
    """Yield the ARNs and generated ids anywhere in a result: names would match too much."""
    if isinstance(value, Mapping):
        for item in value.values():
            yield from _generated(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _generated(item)
    elif isinstance(value, str) and _GENERATED.fullmatch(value):
        yield value.lower()


# -- Kept ------------------------------------------------------------------------------------------------

_SNAPSHOTS: Final = {"rds:snapshot", "rds:cluster-snapshot", "elasticache:snapshot"}
_FINAL: Final = re.compile(r"-final(-\d{8,14})?$")
_BACKED_UP: Final = "aws:backup:source-resource"


def _kept(entry: Tagged, arn: _arns.Arn) -> str:
    """Return why an entry is meant to outlive the stack, or nothing."""
    if entry.state and entry.state.startswith("pending deletion"):
        return entry.state
    if arn.kind == "backup:recovery-point" or arn.id.startswith("awsbackup:") or _BACKED_UP in entry.tags:
        return "a recovery point of AWS Backup: it goes when its retention ends"
    if arn.kind == "rds:auto-backup":
        return "an automated backup that was retained: it goes when its retention ends"
    if arn.kind in _SNAPSHOTS and not _automated(arn):
        if _FINAL.search(arn.id):
            return "a final snapshot: the data of what was deleted"
        return "a snapshot that somebody made: data that nothing else may hold"
    return ""


def _automated(arn: _arns.Arn) -> bool:
    return arn.id.startswith(("rds:", "automatic."))


# -- Made by something of the stack ----------------------------------------------------------------------


@dataclass(frozen=True)
class _Present:
    """What exists, by kind and handle: what made an entry may be there without being managed."""

    handles: Mapping[str, frozenset[str]]

    @classmethod
    def of(cls, entries: Iterable[Tagged]) -> _Present:
        handles: dict[str, set[str]] = {}
        for entry in entries:
            arn = _arns.parse(entry.arn)
            handles.setdefault(arn.kind, set()).update(handle.lower() for handle in arn.handles)
        return cls(_frozen(handles))

    def has(self, kind: str, name: str) -> bool:
        return name.lower() in self.handles.get(kind, frozenset())


def _made(entry: Tagged, arn: _arns.Arn, graph: _Graph, present: _Present) -> str:
    """Return what of the stack made an entry and takes it along, or nothing."""

    def there(kind: str, name: str) -> bool:
        return graph.manages(kind, name) or present.has(kind, name)

    tags = entry.tags
    if arn.kind in _SNAPSHOTS:  # the others are kept
        return "an automated snapshot: it goes with what it was made of"
    if arn.kind == "cloudwatch:alarm" and arn.id.startswith("TargetTracking-"):
        return "an alarm of a target tracking policy"
    if arn.kind in ("ecs:task", "ecs:task-set"):
        return "runs for a service of ECS"
    if owner := tags.get("aws:secretsmanager:owningService"):
        return f"a secret that {owner} manages"
    if entry.owner is not None:
        return f"goes with {entry.owner}"
    return _made_by_tags(tags, arn, graph, there)


_CLUSTER_TAGS: Final = ("elbv2.k8s.aws/cluster", "aws:eks:cluster-name", "eks:cluster-name", "eks:eks-cluster-name")
_CLAIM: Final = "kubernetes.io/created-for/pvc/name"


def _made_by_tags(tags: Mapping[str, str], arn: _arns.Arn, graph: _Graph, there: Callable[[str, str], bool]) -> str:
    cluster = next((tags[key] for key in _CLUSTER_TAGS if key in tags), "")
    if (group := tags.get("eks:nodegroup-name")) and cluster:
        return f"made by the node group {cluster}/{group}" if there("eks:nodegroup", f"{cluster}/{group}") else ""
    if scaling := tags.get("aws:autoscaling:groupName"):
        return f"made by the Auto Scaling group {scaling}"
    if _CLAIM in tags and graph.names.get("eks:cluster"):
        return f"the volume of the claim {tags[_CLAIM]}"
    if not cluster:
        return ""
    if "elbv2.k8s.aws/cluster" in tags:
        # A load balancer outlives the cluster whose controller made it: then nobody else will remove it.
        return f"made by a controller of the cluster {cluster}" if graph.manages("eks:cluster", cluster) else ""
    return f"made by the cluster {cluster}" if arn.kind != "eks:cluster" and there("eks:cluster", cluster) else ""
