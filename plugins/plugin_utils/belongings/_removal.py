# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Removes orphans, in an order in which AWS lets them go.

Nothing is forced: what is protected, not empty or in use by something that stays is refused with what to do about it,
and so is a kind that no remover knows. Every step may be repeated: what is gone already is no failure.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ansible_collections.stratum.aws.plugins.plugin_utils.belongings import (
    _arns,
    _existing,
    _removal_containers,
    _removal_data,
    _removal_ec2,
    _removal_edge,
    _removal_other,
    _removal_serverless,
    _tagged,
)
from ansible_collections.stratum.aws.plugins.plugin_utils.belongings._removing import TIMEOUTS, Hands, Refused, Remover
from ansible_collections.stratum.aws.plugins.plugin_utils.belongings._tagged import Tagged

__all__ = ["Outcome", "Refused", "Step", "plan_removal", "remove", "remove_all"]

EMPTY: Final = "empty"
DELETE: Final = "remove"

REMOVERS: Final[dict[str, Remover]] = {
    **_removal_ec2.REMOVERS,
    **_removal_containers.REMOVERS,
    **_removal_data.REMOVERS,
    **_removal_edge.REMOVERS,
    **_removal_other.REMOVERS,
    **_removal_serverless.REMOVERS,
}

_EMPTIERS: Final[dict[str, Remover]] = {"ec2:security-group": _removal_ec2.empty_security_group}
"""What must be done to all of a kind before the first of them can be removed."""

ORDER: Final[tuple[str, ...]] = (
    # What watches, and what would bring others back.
    "cloudwatch:alarm",
    "cloudwatch:dashboard",
    "synthetics:canary",
    "events:rule",
    "cloudtrail:trail",
    "budgets:budget",
    "xray:group",
    "xray:sampling-rule",
    "backup:backup-plan",
    "codepipeline:pipeline",
    "codedeploy:deploymentgroup",
    "codedeploy:application",
    "codebuild:project",
    "codeconnections:connection",
    "autoscaling:autoScalingGroup",
    # What listens and runs.
    "cloudfront:distribution",
    "application-autoscaling:scalable-target",
    "ecs:service",
    "ecs:task-definition",
    "ecs:cluster",
    "servicediscovery:service",
    "servicediscovery:namespace",
    "elasticloadbalancing:listener-rule",
    "elasticloadbalancing:listener",
    "elasticloadbalancing:loadbalancer",
    "elasticloadbalancing:targetgroup",
    "eks:podidentityassociation",
    "eks:access-entry",
    "eks:addon",
    "eks:nodegroup",
    "eks:cluster",
    "apigateway:usageplans",
    "apigateway:stages",
    "apigateway:restapis",
    "lambda:function",
    "cognito-idp:userpool",
    "ec2:instance",
    "rds:db",
    "es:domain",
    "elasticache:replicationgroup",
    "elasticache:cluster",
    "elasticfilesystem:access-point",
    "elasticfilesystem:file-system",
    # What those used.
    "rds:subgrp",
    "rds:pg",
    "elasticache:subnetgroup",
    "elasticache:parametergroup",
    "ec2:launch-template",
    "ec2:image",
    "ec2:volume",
    "ec2:snapshot",
    "ec2:key-pair",
    # The network, from the inside out.
    "ec2:vpc-flow-log",
    "ec2:vpc-endpoint",
    "ec2:natgateway",
    "ec2:network-interface",
    "ec2:elastic-ip",
    "ec2:vpc-peering-connection",
    "ec2:egress-only-internet-gateway",
    "ec2:security-group",
    "ec2:subnet",
    "ec2:route-table",
    "ec2:network-acl",
    "ec2:internet-gateway",
    "route53:hostedzone",  # a private zone belongs to a VPC
    "ec2:vpc",
    "ec2:dhcp-options",
    "route53:healthcheck",
    "wafv2:webacl",
    "acm:certificate",
    # What others write to.
    "dynamodb:table",
    "ssm:parameter",
    "ecr:repository",
    "sqs:queue",
    "sns:topic",
    "backup:backup-vault",
    "s3:bucket",
    # What everything else may have used to the end.
    "iam:oidc-provider",
    "iam:instance-profile",
    "iam:role",
    "iam:user",
    "iam:policy",
    "logs:log-group",
    "secretsmanager:secret",
    "kms:key",
)
"""Kinds in the order of their removal: each before what it uses."""

_HELD_BACK: Final = ORDER[ORDER.index("iam:oidc-provider") :]
"""Kinds that AWS lets go while something uses them: they wait until their users are gone."""

_USERS: Final = frozenset(
    {
        "apigateway:stages",
        "autoscaling:autoScalingGroup",
        "backup:backup-plan",
        "backup:backup-vault",
        "cloudtrail:trail",
        "codebuild:project",
        "codedeploy:deploymentgroup",
        "codepipeline:pipeline",
        "cognito-idp:userpool",
        "dynamodb:table",
        "ec2:image",
        "ec2:instance",
        "ec2:launch-template",
        "ec2:snapshot",
        "ec2:volume",
        "ec2:vpc-flow-log",
        "ecr:repository",
        "ecs:cluster",
        "ecs:service",
        "ecs:task-definition",
        "eks:access-entry",
        "eks:addon",
        "eks:cluster",
        "eks:nodegroup",
        "eks:podidentityassociation",
        "elasticache:cluster",
        "elasticache:replicationgroup",
        "elasticfilesystem:file-system",
        "es:domain",
        "events:rule",
        "lambda:function",
        "rds:db",
        "s3:bucket",
        "sns:topic",
        "sqs:queue",
        "synthetics:canary",
    }
)
"""Kinds that use roles, keys, secrets or log groups; those that nobody knows may do so too."""

_PLACE: Final = {kind: place for place, kind in enumerate(ORDER)}
_UNKNOWN_PLACE: Final = _PLACE[_HELD_BACK[0]] - 0.5


def _may_need(user: str) -> bool:
    return user in _USERS or user not in REMOVERS


@dataclass(frozen=True)
class Step:
    """One thing to do to an orphan."""

    entry: Tagged
    kind: str
    name: str
    region: str
    action: str = DELETE

    @property
    def arn(self) -> str:
        """The ARN of the orphan."""
        return self.entry.arn

    @property
    def layer(self) -> str:
        """The layer that the orphan's tags name; empty for none."""
        return self.entry.layer or ""

    @property
    def known(self) -> bool:
        """Whether there is a remover for this kind; without one the step can only be refused."""
        return self.kind in REMOVERS

    def __str__(self) -> str:
        """Return the step as a user reads it."""
        what = f"{self.kind} {self.name}"
        if not self.known:
            return f"{what}: no way to remove this kind is known"
        return f"take the rules out of {what}" if self.action == EMPTY else f"remove {what}"


@dataclass(frozen=True)
class Outcome:
    """What became of a step."""

    step: Step
    done: bool
    message: str
    """What was done, or why it was refused and what to do."""
    seconds: float = 0.0


def plan_removal(orphans: Iterable[Tagged], home: str | None = None) -> list[Step]:
    """Return the steps that remove these orphans, in order.

    `home` is the stack's region, which is spoken to about resources whose ARNs name none; by default AWS_REGION.
    """
    home = home or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"
    ordered = sorted(orphans, key=lambda entry: (_PLACE.get(_arns.parse(entry.arn).kind, _UNKNOWN_PLACE), entry.arn))
    steps: list[Step] = []
    for entry in ordered:
        arn = _arns.parse(entry.arn)
        steps.append(Step(entry, arn.kind, arn.name, arn.region or home))
    for kind in _EMPTIERS:
        first = next((place for place, step in enumerate(steps) if step.kind == kind), None)
        if first is not None:
            emptied = [Step(step.entry, kind, step.name, step.region, EMPTY) for step in steps if step.kind == kind]
            steps[first:first] = emptied
    return steps


def remove(step: Step, client: Callable[[str, str], Any] | None = None, timeouts: Mapping[str, float] | None = None) -> str:
    """Do one step and wait until it is done; return what became of the resource.

    Raises Refused, whose message ends with what to do: for what is protected, not empty or in use, for kinds that
    nobody knows how to remove, and for whatever AWS refuses.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    remover = (_EMPTIERS if step.action == EMPTY else REMOVERS).get(step.kind)
    if remover is None:
        raise Refused(
            f"{step.kind} {step.name}: no way to remove this kind is known. "
            f"Remove {step.entry.arn} yourself, or take the stack's tags off it"
        )
    hands = Hands(client or _tagged.session_clients(), step.region, TIMEOUTS if timeouts is None else timeouts)
    try:
        return remover(hands, _arns.parse(step.entry.arn))
    except ClientError as error:
        if _existing.is_missing(error):
            return "already gone"
        said = error.response["Error"]
        raise Refused(
            f"{step.kind} {step.name}: {error.operation_name} answered {said['Code']}: {str(said.get('Message', '')).rstrip('.')}. "
            "Clear what AWS names, and run this again"
        ) from error
    except BotoCoreError as error:
        raise Refused(f"{step.kind} {step.name}: {error}. Run this again") from error


def remove_all(
    steps: Sequence[Step],
    client: Callable[[str, str], Any] | None = None,
    timeouts: Mapping[str, float] | None = None,
    stopping: Callable[[], bool] = lambda: False,
) -> Iterator[Outcome]:
    """Do the steps in order and yield what became of each, once.

    A refused step holds up nothing but itself. What was refused is tried again as long as a round got something done,
    because what stood in the way may be gone (a replica, a group that named another). While something is refused
    that may need them, roles, keys, secrets and log groups stay. `stopping` ends it early.
    """
    client = client or _tagged.session_clients()
    waiting = list(steps)
    refused: dict[Step, Outcome] = {}
    while waiting:
        progress = False
        for step in waiting:
            if stopping():
                break
            started = time.monotonic()
            try:
                if step.kind in _HELD_BACK and (users := [other for other in refused if _may_need(other.kind)]):
                    raise Refused(f"{step.kind} {step.name} stays as long as {users[0].kind} {users[0].name} is there. Remove that first")
                message = remove(step, client, timeouts)
            except Refused as reason:
                refused[step] = Outcome(step, False, str(reason), time.monotonic() - started)
                continue
            refused.pop(step, None)
            progress = True
            yield Outcome(step, True, message, time.monotonic() - started)
        waiting = [step for step in waiting if step in refused and step.known] if progress and not stopping() else []
    yield from refused.values()
