# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Amazon EKS, in place of moto's.

Moto 5.2.5 accepts any role, subnet and version, shares one OIDC issuer between all clusters, has
no cluster security group, replaces the whole VPC configuration in UpdateClusterConfig, forces
node groups to 1.19, tags clusters only, and knows neither updates, upgrades, add-ons, access
entries nor pod identity associations.  Nothing of its model is kept: the operations below work on
a store of their own, which moto's reset drops with the backend that carries it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from moto.eks import urls
from moto.eks.models import EKSBackend, eks_backends

from tests.emulator import wire
from tests.emulator.services.eks import (
    access,
    addon_catalogue,
    addons,
    cluster_updates,
    clusters,
    nodegroup_updates,
    nodegroups,
    pod_identity,
    tags,
    versions,
)
from tests.emulator.services.eks.store import EksStore, cluster_created, cluster_deleted

__all__ = ["cluster_created", "cluster_deleted", "install", "open_store"]

open_store = wire.stores(eks_backends, EksStore)
"""Returns the EksStore of an account and region; for whoever needs to look in."""


class EksResponse(wire.WireResponse):
    """Every EKS operation that the emulator answers."""

    service = "eks"

    @staticmethod
    def open_store(account_id: str, region: str) -> EksStore:
        """Return the clusters of the account in the region."""
        return open_store(account_id, region)


def install() -> None:
    """Answer every EKS request with the operations of this package."""
    for module in (
        versions,
        clusters,
        cluster_updates,
        nodegroups,
        nodegroup_updates,
        addon_catalogue,
        addons,
        access,
        pod_identity,
        tags,
    ):
        wire.respond(EksResponse, module.OPERATIONS)
    wire.list_in_tagging_api(EKSBackend, "eks", _tagged)
    urls.url_paths = {"{0}/(?P<path>.+)$": EksResponse.dispatch}


def _tagged(backend: Any) -> Iterator[tuple[str, str, dict[str, str]]]:
    store = open_store(backend.account_id, backend.region_name)
    store.settle()
    for arn, document in store.documents():
        yield arn, arn.split(":")[5].split("/")[0], document["tags"]
