# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes of a node group: labels, taints, size, Kubernetes version and launch template."""

from __future__ import annotations

import json
from typing import Final

from moto.core.utils import utcnow

from tests.emulator.services.eks import nodegroups, versions
from tests.emulator.services.eks.store import EksStore, Resource, in_use, invalid
from tests.emulator.wire import Document, Operation, error

_DELAY: Final = "eks.nodegroup.update"


def _ready(store: EksStore, parameters: Document) -> Resource:
    """Return the node group if it can be changed now."""
    name = parameters["nodegroupName"]
    nodegroup = store.nodegroup(parameters["clusterName"], name)
    if nodegroup.life.status in ("CREATING", "DELETING"):
        raise error(
            "InvalidRequestException",
            "Nodegroup cannot be updated as it is currently not in Active State",
            nodegroupName=name,
        )
    if running := nodegroup.update_in_progress():
        raise in_use(
            f"Nodegroup cannot be updated as it is currently being updated by {running.id}",
            nodegroupName=name,
        )
    return nodegroup


def _start(nodegroup: Resource, kind: str, changes: Document, values: Document) -> Document:
    def apply() -> None:
        nodegroup.data.update(changes)
        nodegroup.data["modifiedAt"] = utcnow()

    parameters = [{"type": key, "value": value if isinstance(value, str) else json.dumps(value)} for key, value in values.items()]
    return {"update": nodegroup.start_update(kind, parameters, _DELAY, apply).render()}


def _labels(current: dict[str, str], wanted: Document) -> dict[str, str]:
    add, remove = wanted.get("addOrUpdateLabels") or {}, wanted.get("removeLabels") or []
    if both := set(add) & set(remove):
        raise invalid(f"Labels {sorted(both)} cannot be both added and removed")
    kept = {key: value for key, value in current.items() if key not in remove}
    return {**kept, **add}


def _taints(current: list[Document], wanted: Document) -> list[Document]:
    add, remove = wanted.get("addOrUpdateTaints") or [], wanted.get("removeTaints") or []
    touched = {(taint.get("key"), taint.get("effect")) for taint in [*add, *remove]}
    kept = [taint for taint in current if (taint.get("key"), taint.get("effect")) not in touched]
    return nodegroups.check_taints([*kept, *add])


def update_nodegroup_config(store: EksStore, parameters: Document) -> Document:
    """Change what does not replace nodes; several of these in one request are one update."""
    nodegroup = _ready(store, parameters)
    data = nodegroup.data
    changes: Document = {}
    values: Document = {}
    if labels := parameters.get("labels"):
        changes["labels"] = _labels(data["labels"], labels)
        if add := labels.get("addOrUpdateLabels"):
            values["LabelsToAdd"] = add
        if remove := labels.get("removeLabels"):
            values["LabelsToRemove"] = remove
    if taints := parameters.get("taints"):
        changes["taints"] = _taints(data.get("taints", []), taints)
        if add := taints.get("addOrUpdateTaints"):
            values["TaintsToAdd"] = add
        if remove := taints.get("removeTaints"):
            values["TaintsToRemove"] = remove
    if scaling := parameters.get("scalingConfig"):
        changes["scalingConfig"] = nodegroups.check_scaling({**data["scalingConfig"], **scaling})
        values.update({key[0].upper() + key[1:]: str(size) for key, size in scaling.items()})
    if update := parameters.get("updateConfig"):
        # Number and percentage exclude each other, so the configuration is replaced as a whole.
        changes["updateConfig"] = nodegroups.check_update_config(update)
        values.update({key[0].upper() + key[1:]: str(value) for key, value in update.items()})
    for key in ("nodeRepairConfig", "warmPoolConfig"):
        if key in parameters:
            changes[key] = parameters[key]
            values["NodeRepairConfig" if key == "nodeRepairConfig" else "WarmPoolEnabled"] = parameters[key]
    if not changes:
        raise invalid("No changes needed: the request names nothing to update")
    return _start(nodegroup, "ConfigUpdate", changes, values)


def update_nodegroup_version(store: EksStore, parameters: Document) -> Document:
    """Replace the nodes by ones of another version, AMI release or launch template version."""
    nodegroup = _ready(store, parameters)
    cluster = store.cluster(parameters["clusterName"])
    data = nodegroup.data
    changes: Document = {}
    values: Document = {}
    if wanted := parameters.get("launchTemplate"):
        current = data.get("launchTemplate")
        if current is None:
            raise invalid("Cannot update a node group without a launch template to use one; create a new node group instead.")
        shown, template = nodegroups.launch_template(store, wanted)
        if shown["id"] != current["id"]:
            raise invalid("Launch template of a node group cannot be changed, only its version.")
        if ("ImageId" in template) != (data["amiType"] == "CUSTOM"):
            raise invalid("You cannot switch between a custom AMI and an EKS optimized AMI.")
        changes["launchTemplate"] = shown
        values["LaunchTemplateVersion"] = shown["version"]
        if "ImageId" in template:
            changes["releaseVersion"] = template["ImageId"]
    if data["amiType"] == "CUSTOM" and ("version" in parameters or "releaseVersion" in parameters):
        raise invalid("You cannot specify the version of a node group with a custom AMI.")
    if data["amiType"] != "CUSTOM":
        version = parameters.get("version") or (data["version"] if wanted or "releaseVersion" in parameters else cluster.version)
        nodegroups.check_version(cluster, version)
        if versions.minor(version) < versions.minor(data["version"]):
            raise invalid(f"Node group version cannot be downgraded from {data['version']} to {version}")
        release = parameters.get("releaseVersion") or nodegroups.release_version(version, data["amiType"])
        changes.update({"version": version, "releaseVersion": release})
        values.update({"Version": version, "ReleaseVersion": release})
    return _start(nodegroup, "VersionUpdate", changes, values)


OPERATIONS: Final[dict[str, Operation]] = {
    "UpdateNodegroupConfig": update_nodegroup_config,
    "UpdateNodegroupVersion": update_nodegroup_version,
}
