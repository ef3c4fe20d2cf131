# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Amazon ElastiCache, in place of moto's.

Moto 5.2.5 makes one member for any number of nodes and no cache cluster behind it, drops security
groups, keeps what was deleted in `deleting` for ever, checks hardly anything, and has neither
parameter groups, replica counts, engine versions nor changes of clusters and subnet groups.
Its users are kept; everything else works on a store of our own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from moto.elasticache import urls
from moto.elasticache.models import ElastiCacheBackend, elasticache_backends
from moto.elasticache.responses import ElastiCacheResponse as MotoResponse

from tests.emulator import wire
from tests.emulator.services.elasticache import (
    clusters,
    engines,
    parameter_groups,
    replica_counts,
    replication_changes,
    replication_groups,
    snapshots,
    subnet_groups,
    tags,
)
from tests.emulator.services.elasticache.store import ElastiCacheStore

__all__ = ["install", "open_store"]

open_store = wire.stores(elasticache_backends, ElastiCacheStore)
"""Returns the ElastiCacheStore of an account and region; for whoever needs to look in."""


class ElastiCacheResponse(wire.WireResponse, MotoResponse):
    """Every ElastiCache operation that the emulator answers."""

    service = "elasticache"

    @staticmethod
    def open_store(account_id: str, region: str) -> ElastiCacheStore:
        """Return the caches of the account in the region."""
        return open_store(account_id, region)


def install() -> None:
    """Answer ElastiCache's requests with the operations of this package."""
    for module in (
        engines,
        parameter_groups,
        subnet_groups,
        clusters,
        replication_groups,
        replication_changes,
        replica_counts,
        snapshots,
        tags,
    ):
        wire.respond(ElastiCacheResponse, module.OPERATIONS)
    wire.list_in_tagging_api(ElastiCacheBackend, "elasticache", _tagged)
    urls.url_paths = {"{0}/$": ElastiCacheResponse.dispatch}


def _tagged(backend: Any) -> Iterator[tuple[str, str, dict[str, str]]]:
    store = open_store(backend.account_id, backend.region_name)
    store.settle()
    for resource in store.resources():
        yield resource.data["ARN"], resource.data["ARN"].split(":")[5], resource.tags
