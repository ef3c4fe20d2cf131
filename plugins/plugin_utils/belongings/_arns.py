# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an ARN says: the kind of the resource, its region, its id, and the names by which modules know it.  Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_BARE: Final = {"codepipeline": "pipeline", "s3": "bucket", "sns": "topic", "sqs": "queue"}
"""Services whose ARNs end with the name and say no kind."""

_SECRET_SUFFIX: Final = re.compile(r"-[A-Za-z0-9]{6}$")


@dataclass(frozen=True)
class Arn:
    """An ARN in its parts; `kind` is `service:type` as the ARN spells them, such as `ec2:natgateway` or `rds:db`."""

    text: str
    service: str
    region: str
    account: str
    kind: str
    id: str
    """What follows the type, such as `vpc-0a1b` or `speckle/nodes/<uuid>`."""

    @property
    def name(self) -> str:
        """The name that people gave the resource, or its id where it has none."""
        return _name(self)

    @property
    def handles(self) -> frozenset[str]:
        """Everything that identifies the resource among those of its kind: ARN, id, and name where it is unique."""
        return frozenset({self.text, self.id, _name(self)})


def parse(text: str) -> Arn:
    """Take an ARN apart; raise ValueError when it is none."""
    parts = text.split(":", 5)
    if len(parts) < 6 or parts[0] != "arn":
        raise ValueError(f"{text!r} is not an ARN")
    _unused, _partition, service, region, account, rest = parts
    if service == "wafv2":
        # regional or global, what it is, name, id
        rest = rest.partition("/")[2]
    cut = re.search(r"[:/]", rest.lstrip("/"))
    if cut is None or service == "s3":
        kind, identifier = _BARE.get(service, "resource"), rest
    else:
        rest = rest.lstrip("/")
        kind, identifier = rest[: cut.start()], rest[cut.end() :]
    if service == "apigateway" and "/stages/" in identifier:
        # The ARN of a stage is that of its API and more.
        kind, identifier = "stages", identifier.replace("/stages/", "/", 1)
    return Arn(text, service, region, account, f"{service}:{kind}", identifier.removesuffix(":*"))


def web_acl(arn: Arn) -> dict[str, str]:
    """Return what WAF calls a web ACL: its ARN ends with regional or global, webacl, name, id."""
    scope, _kind, name, identifier = arn.text.split(":", 5)[5].split("/")
    return {"Name": name, "Scope": "CLOUDFRONT" if scope == "global" else "REGIONAL", "Id": identifier}


def stage(arn: Arn) -> dict[str, str]:
    """Return what API Gateway calls a stage."""
    api, _cut, name = arn.id.partition("/")
    return {"restApiId": api, "stageName": name}


def _name(arn: Arn) -> str:
    match arn.kind:
        case "iam:role" | "iam:user" | "iam:policy" | "iam:instance-profile":
            # Their paths are not part of their names, which are unique in an account.
            return arn.id.rpartition("/")[2]
        case "secretsmanager:secret":
            return _SECRET_SUFFIX.sub("", arn.id)
        case "eks:nodegroup" | "eks:addon" | "eks:access-entry":
            # cluster/name/uuid; cluster/role/account/name/uuid
            return arn.id.rpartition("/")[0]
        case "ecs:task-definition":
            # All revisions of a family are one resource.
            return arn.id.partition(":")[0]
        case "eks:podidentityassociation":
            return arn.id.rpartition("/")[2]
        case "xray:group":
            # name/generated
            return arn.id.partition("/")[0]
        case "autoscaling:autoScalingGroup":
            return arn.id.rpartition("autoScalingGroupName/")[2]
        case "elasticloadbalancing:loadbalancer" | "elasticloadbalancing:targetgroup":
            return arn.id.removeprefix("app/").removeprefix("net/").removeprefix("gwy/").partition("/")[0]
        case _:
            return arn.id


def entry_name(cluster: str, principal_arn: str) -> str:
    """Return the name of a cluster's access entry as its ARN spells it (see `Arn.name`)."""
    principal = parse(principal_arn)
    return f"{cluster}/{principal.kind.partition(':')[2]}/{principal.account}/{principal.id.rpartition('/')[2]}"
