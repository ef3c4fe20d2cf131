# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What people do to an account by hand, each with what a drift must say about it.

Every drift is in a round. All of a round are there at the same time, so no two of one round touch the same property of a
resource, and what is taken away in a round is nothing that another drift of that round is found by. Those of one resource in one
round are told apart by the properties that the report names.

Of a bucket, only the first difference of some is reported, because its module waits until what it has changed can be read again:
these have rounds of their own. Round 0 is looked for in its part of the stack alone, and left to the first round, which heals it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tests.emulator.fixtures import Emulator

REGION = "ca-central-1"
NAME = "speckle-cluster"
BUCKET = "speckle-cluster-storage-production"
COST_CENTER = "tags.CostCenter"
"""What the report calls the tag that is taken off most often."""


class Hands:
    """Somebody with a console and no inventory."""

    def __init__(self, account: Emulator) -> None:
        self._account = account

    def __call__(self, service: str) -> Any:
        """Return a boto3 client in the stack's region."""
        return self._account.client(service, region=REGION)

    @property
    def vpc(self) -> str:
        """The id of the stack's VPC."""
        (vpc,) = self("ec2").describe_vpcs(Filters=[{"Name": "tag:Name", "Values": [f"{NAME}-vpc"]}])["Vpcs"]
        return str(vpc["VpcId"])

    def subnet(self, name: str) -> str:
        """Return the id of a subnet by its name."""
        (subnet,) = self("ec2").describe_subnets(Filters=[{"Name": "tag:Name", "Values": [name]}])["Subnets"]
        return str(subnet["SubnetId"])

    def group(self, name: str) -> str:
        """Return the id of a security group by its name."""
        filters = [{"Name": "group-name", "Values": [name]}, {"Name": "vpc-id", "Values": [self.vpc]}]
        (group,) = self("ec2").describe_security_groups(Filters=filters)["SecurityGroups"]
        return str(group["GroupId"])

    def route_table(self, name: str) -> dict[str, Any]:
        """Return a route table by its name."""
        (table,) = self("ec2").describe_route_tables(Filters=[{"Name": "tag:Name", "Values": [name]}])["RouteTables"]
        return dict(table)

    def untag(self, resource: str, key: str = "CostCenter") -> None:
        """Take a tag off an EC2 resource."""
        self("ec2").delete_tags(Resources=[resource], Tags=[{"Key": key}])


@dataclass(frozen=True)
class Says:
    """One entry of a drift's report.

    `properties` are what its differences must name, each in full or to a dot or a space; of a call that says nothing of
    properties, its name. What no drift of the round says of a resource that has changed must not be named.
    """

    action: str
    name: str
    item: str | None = None
    properties: Sequence[str] = ()

    @property
    def key(self) -> tuple[str, str, str | None]:
        """What tells entries apart; of an orphan, what its ARN contains."""
        return self.action, self.name, self.item

    def tells_of(self, shown: str) -> bool:
        """Whether this entry accounts for what the report has shown."""
        return any(shown == each or shown.startswith((f"{each}.", f"{each} ")) for each in self.properties)


def changed(name: str, item: str | None = None, *properties: str) -> tuple[Says, ...]:
    """A resource is there and is not as the inventory has it."""
    return (Says("change", name, item, properties),)


def missing(name: str, item: str | None = None) -> tuple[Says, ...]:
    """A resource is not there."""
    return (Says("create", name, item),)


def orphaned(arn: str) -> tuple[Says, ...]:
    """A resource that bears the stack's tags, whose ARN contains this, is in no graph."""
    return (Says("orphan", arn),)


nothing: tuple[Says, ...] = ()
"""Nobody is told: it is not the stack's, or is left to somebody else on purpose."""


@dataclass(frozen=True)
class Drift:
    """Something done by hand, and what is said of it."""

    round: int
    what: str
    says: tuple[Says, ...]
    make: Callable[[Hands], object]


def of(drifts: list[Drift], number: int, what: str, says: tuple[Says, ...]) -> Callable[[Callable[[Hands], object]], None]:
    """Enter the decorated function into a list of drifts."""

    def enter(make: Callable[[Hands], object]) -> None:
        drifts.append(Drift(number, what, says, make))

    return enter
