# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Amazon ECS on Fargate, in place of moto's.

Moto 5.2.5 drops deployment configurations, grace periods, capacity providers and settings of services and clusters, runs no task
of a service, registers none in a target group or in Cloud Map, writes no events, takes any task definition, forgets which
revision is the newest active one, and refuses no deletion.  Nothing of its model is kept; account settings and EC2's capacity
providers are still answered by it.

Tasks run as time passes: whoever looks at the cluster first brings it up to the moment (`store.settle`).  A task has a network
interface in its subnet, so that subnets and security groups are in use as on AWS, is registered in the target groups and in
Cloud Map, and is gone from all of them when it stops.  Images are not pulled: every image exists.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from moto.ecs import urls
from moto.ecs.models import EC2ContainerServiceBackend, ecs_backends
from moto.ecs.responses import EC2ContainerServiceResponse as MotoResponse

from tests.emulator import wire
from tests.emulator.services.ecs import clusters, definitions, services, tags, task_sets, tasks
from tests.emulator.services.ecs.store import EcsStore

__all__ = ["install", "open_store"]

open_store = wire.stores(ecs_backends, EcsStore)
"""Returns the EcsStore of an account and region; for whoever needs to look in."""


class EcsResponse(wire.WireResponse, MotoResponse):
    """Every ECS operation that the emulator answers."""

    service = "ecs"

    @staticmethod
    def open_store(account_id: str, region: str) -> EcsStore:
        """Return the clusters of the account in the region."""
        return open_store(account_id, region)


def install() -> None:
    """Answer ECS's requests with the operations of this package."""
    for module in (clusters, definitions, services, task_sets, tasks, tags):
        wire.respond(EcsResponse, module.OPERATIONS)
    wire.list_in_tagging_api(EC2ContainerServiceBackend, "ecs", _tagged)
    urls.url_paths = {"{0}/$": EcsResponse.dispatch}


def _tagged(backend: Any) -> Iterator[tuple[str, str, dict[str, str]]]:
    store = open_store(backend.account_id, backend.region_name)
    store.settle()
    for arn, found in store.tagged():
        yield arn, arn.split(":")[5].partition("/")[0], found
