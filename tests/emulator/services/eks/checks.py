# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What EKS looks up in other services before it accepts a request."""

from __future__ import annotations

import json
from typing import Any

from moto.ec2.models import ec2_backends
from moto.iam.models import iam_backends

from tests.emulator.services.eks.store import EksStore, invalid


def role(store: EksStore, arn: str) -> Any | None:
    """Return the IAM role with `arn`, or None."""
    roles = iam_backends[store.account_id][store.partition].get_roles()
    return next((role for role in roles if role.arn == arn), None)


def trusts(role: Any, service: str) -> bool:
    """Return whether the role's trust policy names `service` as a principal."""
    document = role.assume_role_policy_document
    policy = json.loads(document) if isinstance(document, str) else document
    statements = policy.get("Statement", [])
    for statement in statements if isinstance(statements, list) else [statements]:
        principal = statement.get("Principal", {})
        if statement.get("Effect") != "Allow" or not isinstance(principal, dict):
            continue
        services = principal.get("Service", [])
        if service in ([services] if isinstance(services, str) else services):
            return True
    return False


def principal_exists(store: EksStore, arn: str) -> bool:
    """Return whether `arn` is a role or user of this account, or anything of another account."""
    account_id = arn.split(":")[4] if arn.count(":") >= 5 else ""
    resource = arn.split(":", 5)[-1]
    if not resource.startswith(("role/", "user/")):
        return False
    if account_id != store.account_id:
        return True
    backend = iam_backends[account_id][store.partition]
    if resource.startswith("role/"):
        return role(store, arn) is not None
    return any(user.arn == arn for user in backend.users.values())


def cluster_role(store: EksStore, arn: str) -> None:
    """Fail unless EKS can assume the role with `arn`."""
    found = role(store, arn)
    if found is None or not trusts(found, "eks.amazonaws.com"):
        raise invalid(f"Role with arn: {arn}, could not be assumed because it does not exist or the trusted entity is not correct")


def node_role(store: EksStore, arn: str) -> None:
    """Fail unless EC2 instances can carry the role with `arn`."""
    found = role(store, arn)
    if found is None:
        raise invalid(f"The role with name {arn.rpartition('/')[2]} cannot be found.")
    if not trusts(found, "ec2.amazonaws.com"):
        raise invalid(
            f"Following required service principals [ec2.amazonaws.com] were not found in the trust relationships of nodeRole {arn}"
        )


def subnets(store: EksStore, ids: list[str]) -> list[Any]:
    """Return the subnets with `ids`, or fail on the first one that does not exist."""
    found: list[Any] = []
    by_zone = ec2_backends[store.account_id][store.region].subnets
    known = {subnet_id: subnet for zone in by_zone.values() for subnet_id, subnet in zone.items()}
    for subnet_id in ids:
        if subnet_id not in known:
            raise invalid(f"The subnet ID '{subnet_id}' does not exist")
        found.append(known[subnet_id])
    return found


def cluster_subnets(store: EksStore, ids: list[str]) -> str:
    """Return the VPC of the subnets of a control plane, which must span two zones of one VPC."""
    found = subnets(store, ids)
    if len({subnet.availability_zone for subnet in found}) < 2:
        raise invalid("Subnets specified must be in at least two different AZs")
    if len({subnet.vpc_id for subnet in found}) > 1:
        raise invalid("Subnets specified must belong to the same VPC")
    return str(found[0].vpc_id)


def security_groups(store: EksStore, ids: list[str], vpc_id: str) -> None:
    """Fail unless every security group exists in `vpc_id`."""
    backend = ec2_backends[store.account_id][store.region]
    for group_id in ids:
        group = backend.get_security_group_from_id(group_id)
        if group is None:
            raise invalid(f"The security group '{group_id}' does not exist")
        if group.vpc_id != vpc_id:
            raise invalid(
                f"Security group(s) [{group_id}] are not in the same VPC as the subnets. "
                "Please specify all security groups in the same VPC as the subnets."
            )
