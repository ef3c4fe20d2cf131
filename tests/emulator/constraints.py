# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The constraints of a service model, and which parameters of a request violate them.

Botocore carries enum, pattern, length and range for every shape but checks next to none of them,
and neither does moto; AWS checks them all before anything else happens.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final, Literal

import regex  # type: ignore[import-untyped]  # knows \\p{L}, which the standard library does not
from botocore.model import ListShape, MapShape, Shape, StructureShape

Kind = Literal["required", "enum", "pattern", "min", "max"]

OPEN_ENUMS: Final = frozenset(
    {
        ("ec2", "InstanceType"),  # the model lags behind; validation.py asks the catalogue
        ("s3", "BucketLocationConstraint"),  # regions open faster than models change
        ("route53", "VPCRegion"),
        ("route53", "ResourceRecordSetRegion"),
        ("route53", "CloudWatchRegion"),
        ("ec2", "ResourceType"),
        ("resourcegroupstaggingapi", "AmazonResourceType"),
    }
)
"""Enumerations that AWS extends without a new model, as (service, shape)."""

OPEN_PATTERNS: Final = frozenset({("cognito-idp", "DomainType")})  # AWS takes whole domain names too
"""Patterns that AWS does not keep to, as (service, shape)."""

_SURROGATES: Final = r"\uD800\uDC00-\uDBFF\uDFFF"


@dataclass(frozen=True, slots=True)
class Violation:
    """One parameter that violates one constraint."""

    path: str
    value: Any
    kind: Kind
    limit: Any
    shape: Shape

    @property
    def name(self) -> str:
        """The member's own name, without the path to it."""
        return re.split(r"[.]", self.path)[-1]

    @property
    def constraint(self) -> str:
        """The constraint in AWS's words."""
        match self.kind:
            case "required":
                return "Member must not be null"
            case "enum":
                return f"Member must satisfy enum value set: [{', '.join(self.limit)}]"
            case "pattern":
                return f"Member must satisfy regular expression pattern: {self.limit}"
        sized = self.shape.type_name in ("string", "list", "map", "blob")
        quantity = "have length" if sized else "have value"
        relation = "greater" if self.kind == "min" else "less"
        return f"Member must {quantity} {relation} than or equal to {self.limit}"


@dataclass(slots=True)
class _Rule:
    """What is known about one shape; members are worked out when they are first needed."""

    shape: Shape
    enum: frozenset[str] | None
    pattern: Any
    minimum: float | None
    maximum: float | None
    required: tuple[str, ...]
    members: dict[str, _Rule] = field(default_factory=dict)
    member: _Rule | None = None


class Constraints:
    """The rules of one service, remembered by shape."""

    def __init__(self, service: str, scalars_only: bool = False) -> None:
        """`scalars_only`: the protocol cannot tell an empty list or map from a missing one."""
        self._service = service
        self._scalars_only = scalars_only
        self._rules: dict[str, _Rule] = {}

    def violations(self, shape: Shape, value: Any) -> list[Violation]:
        """Return what `value`, the parameters of a request, violates."""
        return list(self._check(self._rule(shape), value, ""))

    def _rule(self, shape: Shape) -> _Rule:
        # A member's name can carry traits of its own, so equal names are compared by identity too.
        rule = self._rules.get(shape.name)
        if rule is None or rule.shape.metadata != shape.metadata:
            metadata = shape.metadata
            closed = (self._service, shape.name) not in OPEN_ENUMS
            enum = metadata.get("enum") if closed else None
            pattern = metadata.get("pattern") if (self._service, shape.name) not in OPEN_PATTERNS else None
            rule = _Rule(
                shape,
                frozenset(enum) if enum else None,
                _compiled(pattern) if pattern and shape.type_name == "string" else None,
                metadata.get("min"),
                metadata.get("max"),
                tuple(metadata.get("required", ())),
            )
            self._rules[shape.name] = rule
        return rule

    def _check(self, rule: _Rule, value: Any, path: str) -> Iterator[Violation]:
        shape = rule.shape
        if value is None:
            return
        if isinstance(shape, StructureShape):
            if isinstance(value, Mapping):
                yield from self._check_structure(rule, shape, value, path)
        elif isinstance(shape, ListShape):
            if isinstance(value, list):
                yield from _check_size(rule, len(value), value, path)
                inner = rule.member = rule.member or self._rule(shape.member)
                for index, item in enumerate(value, 1):
                    yield from self._check(inner, item, f"{path}.{index}.member")
        elif isinstance(shape, MapShape):
            if isinstance(value, Mapping):
                yield from _check_size(rule, len(value), value, path)
                inner = rule.member = rule.member or self._rule(shape.value)
                for key, item in value.items():
                    yield from self._check(self._rule(shape.key), key, f"{path}.{key}.member")
                    yield from self._check(inner, item, f"{path}.{key}.member")
        elif isinstance(value, str):
            yield from _check_string(rule, value, path)
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            yield from _check_size(rule, value, value, path)

    def _check_structure(self, rule: _Rule, shape: StructureShape, value: Mapping[str, Any], path: str) -> Iterator[Violation]:
        prefix = f"{path}." if path else ""
        for name in rule.required:
            if value.get(name) is None and name in shape.members:
                member = shape.members[name]
                if self._scalars_only and member.type_name in ("list", "map", "structure"):
                    continue
                yield Violation(prefix + _lower(name), None, "required", None, member)
        for name, item in value.items():
            inner = rule.members.get(name)
            if inner is None:
                member_shape = shape.members.get(name)
                if member_shape is None:
                    continue
                inner = rule.members[name] = self._rule(member_shape)
            yield from self._check(inner, item, prefix + _lower(name))


def _check_string(rule: _Rule, value: str, path: str) -> Iterator[Violation]:
    if rule.enum is not None and value not in rule.enum:
        yield Violation(path, value, "enum", rule.shape.metadata["enum"], rule.shape)
    if rule.shape.type_name == "string":
        yield from _check_size(rule, len(value), value, path)
    if rule.pattern is not None and not rule.pattern.fullmatch(value):
        yield Violation(path, value, "pattern", rule.shape.metadata["pattern"], rule.shape)


def _check_size(rule: _Rule, size: float, value: Any, path: str) -> Iterator[Violation]:
    if rule.minimum is not None and size < rule.minimum:
        yield Violation(path, value, "min", rule.minimum, rule.shape)
    if rule.maximum is not None and size > rule.maximum:
        yield Violation(path, value, "max", rule.maximum, rule.shape)


def _lower(name: str) -> str:
    return name[:1].lower() + name[1:]


@cache
def _compiled(pattern: str) -> Any:
    """Compile a pattern of a model, which is Java's; None for one that cannot be used.

    The whole value has to match, anchored or not: AWS calls Java's `matches()`.
    """
    # Java writes the characters beyond 16 bits as pairs, which Python takes for two characters.
    text = pattern.replace(_SURROGATES, r"\U00010000-\U0010FFFF")
    try:
        return regex.compile(text)
    except regex.error:
        return None
