# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Add-ons of a cluster."""

from __future__ import annotations

from typing import Final

import yaml
from moto.core.utils import utcnow
from moto.moto_api._internal import mock_random

from tests.emulator.lifecycle import Lifecycle
from tests.emulator.services.eks import addon_catalogue, checks, pod_identity
from tests.emulator.services.eks.store import (
    Cluster,
    EksStore,
    Resource,
    in_use,
    invalid,
)
from tests.emulator.wire import Document, Operation, error, page

_DELAY: Final = "eks.addon.create"
"""AWS needs as long to update or delete an add-on as to create it."""


def _check_version(cluster: Cluster, name: str, version: str) -> str:
    if version not in addon_catalogue.compatible(name, cluster.version):
        raise invalid(
            "Addon version specified is not supported",
            clusterName=cluster.name,
            addonName=name,
        )
    return version


def _check_configuration(text: str | None) -> None:
    if not text:
        return
    try:
        document = yaml.safe_load(text)  # JSON is YAML, and AWS takes both
    except yaml.YAMLError:
        document = None
    if not isinstance(document, dict):
        raise invalid("ConfigurationValue provided in request is not supported: invalid format")


def _check_role(store: EksStore, arn: str | None) -> None:
    if arn is not None and checks.role(store, arn) is None:
        raise invalid(f"Cross-account pass role is not allowed or role {arn} does not exist")


def _associate(store: EksStore, cluster: Cluster, name: str, arn: str, wanted: list[Document]) -> list[str]:
    """Make the add-on's pod identity associations and return their ARNs."""
    namespace = addon_catalogue.CATALOGUE[name].namespace
    return [str(pod_identity.associate(store, cluster, {**item, "namespace": namespace}, arn)["associationArn"]) for item in wanted]


def _dissociate(cluster: Cluster, arn: str) -> None:
    for key, item in list(cluster.associations.items()):
        if item.get("ownerArn") == arn:
            del cluster.associations[key]


def create_addon(store: EksStore, parameters: Document) -> Document:
    """Install an add-on in an active cluster."""
    cluster = store.active_cluster(parameters["clusterName"])
    name = parameters["addonName"]
    token = parameters.get("clientRequestToken")
    if name not in addon_catalogue.CATALOGUE:
        raise invalid("Addon specified is not supported", clusterName=cluster.name, addonName=name)
    if existing := cluster.addons.get(name):
        if token and existing.token == token:
            return {"addon": existing.render()}
        raise in_use("Addon already exists.", clusterName=cluster.name, addonName=name)
    version = parameters.get("addonVersion") or addon_catalogue.default_version(name, cluster.version)
    _check_version(cluster, name, version)
    _check_configuration(parameters.get("configurationValues"))
    _check_role(store, parameters.get("serviceAccountRoleArn"))
    arn = store.arn("addon", cluster.name, name, str(mock_random.uuid4()))
    offer = addon_catalogue.CATALOGUE[name]
    now = utcnow()
    data: Document = {
        "addonName": name,
        "clusterName": cluster.name,
        "addonVersion": version,
        "health": {"issues": []},
        "addonArn": arn,
        "createdAt": now,
        "modifiedAt": now,
        "tags": parameters.get("tags") or {},
        "publisher": offer.publisher,
        "owner": offer.owner,
        "podIdentityAssociations": _associate(store, cluster, name, arn, parameters.get("podIdentityAssociations") or []),
        "namespaceConfig": parameters.get("namespaceConfig") or {"namespace": offer.namespace},
    }
    for key in ("serviceAccountRoleArn", "configurationValues"):
        if parameters.get(key):
            data[key] = parameters[key]
    addon = Resource(data, Lifecycle("CREATING"), token)
    addon.life.begin("CREATING", _DELAY, "ACTIVE")
    cluster.addons[name] = addon
    return {"addon": addon.render()}


def describe_addon(store: EksStore, parameters: Document) -> Document:
    """Return one add-on."""
    return {"addon": store.addon(parameters["clusterName"], parameters["addonName"]).render()}


def list_addons(store: EksStore, parameters: Document) -> Document:
    """Return the names of a cluster's add-ons."""
    names, token = page(sorted(store.cluster(parameters["clusterName"]).addons), parameters)
    return {"addons": names, "nextToken": token}


def update_addon(store: EksStore, parameters: Document) -> Document:
    """Change an add-on's version, role, configuration or pod identity associations."""
    cluster = store.cluster(parameters["clusterName"])
    name = parameters["addonName"]
    addon = store.addon(cluster.name, name)
    if running := addon.update_in_progress():
        raise in_use(
            f"Addon {name} cannot be updated as it currently has update {running.id} in progress",
            clusterName=cluster.name,
            addonName=name,
        )
    if addon.life.busy:
        raise error(
            "InvalidRequestException",
            f"Addon {name} cannot be updated as it is currently in {addon.life.status} state",
            clusterName=cluster.name,
            addonName=name,
        )
    changes: Document = {}
    values: list[Document] = []
    if version := parameters.get("addonVersion"):
        changes["addonVersion"] = _check_version(cluster, name, version)
        values.append({"type": "AddonVersion", "value": version})
    if role := parameters.get("serviceAccountRoleArn"):
        _check_role(store, role)
        changes["serviceAccountRoleArn"] = role
        values.append({"type": "ServiceAccountRoleArn", "value": role})
    if "configurationValues" in parameters:
        _check_configuration(parameters["configurationValues"])
        changes["configurationValues"] = parameters["configurationValues"]
        values.append({"type": "ConfigurationValues", "value": parameters["configurationValues"]})
    values.append({"type": "ResolveConflicts", "value": parameters.get("resolveConflicts", "NONE")})
    if "podIdentityAssociations" in parameters:
        _dissociate(cluster, addon.data["addonArn"])
        changes["podIdentityAssociations"] = _associate(store, cluster, name, addon.data["addonArn"], parameters["podIdentityAssociations"])
        values.append(
            {
                "type": "PodIdentityAssociations",
                "value": str(parameters["podIdentityAssociations"]),
            }
        )

    def apply() -> None:
        addon.data.update(changes)
        addon.data["modifiedAt"] = utcnow()

    return {"update": addon.start_update("AddonUpdate", values, _DELAY, apply).render()}


def delete_addon(store: EksStore, parameters: Document) -> Document:
    """Begin to remove an add-on."""
    cluster = store.cluster(parameters["clusterName"])
    name = parameters["addonName"]
    addon = store.addon(cluster.name, name)
    if addon.life.status == "DELETING":
        raise in_use(f"Addon {name} is already being deleted", clusterName=cluster.name, addonName=name)

    def gone() -> None:
        del cluster.addons[name]
        _dissociate(cluster, addon.data["addonArn"])

    addon.life.begin("DELETING", _DELAY, "DELETING", gone)
    return {"addon": addon.render()}


OPERATIONS: Final[dict[str, Operation]] = {
    "CreateAddon": create_addon,
    "DescribeAddon": describe_addon,
    "ListAddons": list_addons,
    "UpdateAddon": update_addon,
    "DeleteAddon": delete_addon,
}
