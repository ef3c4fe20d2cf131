# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What differs between an EKS cluster and its options, and the updates that mend it.  Private to the collection.

All of it is pure: documents in, documents out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from ansible.module_utils.common.dict_transformations import snake_dict_to_camel_dict
from ansible_collections.stratum.aws.plugins.module_utils._compare import differing, given

Document = dict[str, Any]

LOG_TYPES: Final = ("api", "audit", "authenticator", "controllerManager", "scheduler")
AUTHENTICATION_MODES: Final = ("CONFIG_MAP", "API_AND_CONFIG_MAP", "API")
"""In the order in which a cluster can move from one to the next; there is no way back."""
UNORDERED: Final = ("subnet_ids", "security_group_ids", "public_access_cidrs", "logging_types")
_NETWORK: Final = ("subnet_ids", "security_group_ids")
_ENDPOINT: Final = ("endpoint_public_access", "endpoint_private_access", "public_access_cidrs")
_IMMUTABLE: Final = (
    ("role_arn", None, "role_arn"),
    ("kubernetes_network_config", "service_ipv4_cidr", "service_ipv4_cidr"),
    ("kubernetes_network_config", "ip_family", "ip_family"),
    ("access_config", "bootstrap_cluster_creator_admin_permissions", "bootstrap_cluster_creator_admin_permissions"),
)


def wanted(options: Mapping[str, Any]) -> Document:
    """Return the part of a cluster's document that the options set; what they leave out is None or missing."""
    public = options["endpoint_public_access"]
    nested: dict[str, Document] = {
        "resources_vpc_config": {
            "subnet_ids": options["subnets"],
            "security_group_ids": options["security_groups"],
            "endpoint_public_access": public,
            "endpoint_private_access": options["endpoint_private_access"],
            # Without a public endpoint nothing is left that these could restrict.
            "public_access_cidrs": None if public is False else options["public_access_cidrs"],
        },
        "kubernetes_network_config": {"service_ipv4_cidr": options["service_ipv4_cidr"], "ip_family": options["ip_family"]},
        "access_config": {
            "authentication_mode": options["authentication_mode"],
            "bootstrap_cluster_creator_admin_permissions": options["bootstrap_cluster_creator_admin_permissions"],
        },
        "upgrade_policy": {"support_type": options["support_type"]},
        "zonal_shift_config": {"enabled": options["zonal_shift"]},
    }
    flat = {name: options[name] for name in ("version", "role_arn", "logging_types", "encryption_key_arn", "deletion_protection")}
    return {**given(flat), **{key: given(value) for key, value in nested.items() if given(value)}}


def changes(current: Document, options: Mapping[str, Any]) -> Document:
    """Return the keys of the cluster's document that the options change, without tags."""
    after = wanted(options)
    creator = "bootstrap_cluster_creator_admin_permissions"
    if creator not in current["access_config"]:
        # AWS does not always say what was asked for at creation, and nothing could be changed about it.
        after = {**after, "access_config": {key: value for key, value in after.get("access_config", {}).items() if key != creator}}
    return differing(current, after, UNORDERED)


def invalid_version(version: str | None) -> str | None:
    """Return what is wrong with a version, such as 1.30 that YAML has read as the number 1.3."""
    if version is None or re.fullmatch(r"1\.\d{2}", version):
        return None
    return f'version {version} is no Kubernetes version; write it in quotes, such as "1.30", or YAML drops the last zero.'


def refusal(current: Document, changed: Document) -> str | None:
    """Return why AWS cannot make this change of an existing cluster and what to do, or None if it can."""
    for key, inner, option in _IMMUTABLE:
        if key in changed and (inner is None or changed[key].get(inner) != current.get(key, {}).get(inner)):
            before, after = (current.get(key), changed[key]) if inner is None else (current.get(key, {}).get(inner), changed[key][inner])
            return (
                f"{option} cannot change from {before} to {after} after creation; leave the option out or set it to what it is, "
                "or make a new cluster and move the workloads."
            )
    if "version" in changed and minor(changed["version"]) < minor(current["version"]):
        return (
            f"it runs version {current['version']}, which is newer than {changed['version']}; a control plane is never downgraded. "
            f'Set version to "{current["version"]}" or later.'
        )
    if "encryption_key_arn" in changed and current.get("encryption_key_arn"):
        return f"secrets are encrypted with {current['encryption_key_arn']}; AWS cannot change the key. Set encryption_key_arn to that key."
    if "access_config" in changed:
        before = current["access_config"]["authentication_mode"]
        after = changed["access_config"]["authentication_mode"]
        if AUTHENTICATION_MODES.index(after) < AUTHENTICATION_MODES.index(before):
            return f"authentication_mode cannot go back from {before} to {after}; keep {before} or go on to API."
    return None


def minor(version: str) -> int:
    """Return the minor number of a Kubernetes version."""
    return int(version.partition(".")[2])


def updates(current: Document, changed: Document) -> list[tuple[str, Document]]:
    """Return the calls that make the changes, in order: each is one kind of update, and waits for the one before."""
    calls: list[Document] = []
    vpc = changed.get("resources_vpc_config", {})
    before = current["resources_vpc_config"]
    for keys in (_NETWORK, _ENDPOINT):
        if any(key in vpc and vpc[key] != before.get(key) for key in keys):
            part = {key: vpc[key] for key in keys if vpc.get(key) is not None}
            if not part.get("endpoint_public_access", True):
                part.pop("public_access_cidrs", None)
            calls.append({"resourcesVpcConfig": snake_dict_to_camel_dict(part)})
    if "logging_types" in changed:
        calls.append({"logging": {"clusterLogging": log_setups(changed["logging_types"])}})
    if "access_config" in changed:
        first = AUTHENTICATION_MODES.index(current["access_config"]["authentication_mode"]) + 1
        last = AUTHENTICATION_MODES.index(changed["access_config"]["authentication_mode"]) + 1
        calls.extend({"accessConfig": {"authenticationMode": mode}} for mode in AUTHENTICATION_MODES[first:last])
    if "upgrade_policy" in changed:
        calls.append({"upgradePolicy": {"supportType": changed["upgrade_policy"]["support_type"]}})
    if "zonal_shift_config" in changed:
        calls.append({"zonalShiftConfig": {"enabled": changed["zonal_shift_config"]["enabled"]}})
    if "deletion_protection" in changed:
        calls.append({"deletionProtection": changed["deletion_protection"]})
    result = [("update_cluster_config", {"name": current["name"], **parameters}) for parameters in calls]
    if "encryption_key_arn" in changed:
        encryption = encryption_config(changed["encryption_key_arn"])
        result.append(("associate_encryption_config", {"clusterName": current["name"], "encryptionConfig": encryption}))
    if "version" in changed:
        # AWS upgrades a control plane by one minor version at a time.
        steps = range(minor(current["version"]) + 1, minor(changed["version"]) + 1)
        result.extend(("update_cluster_version", {"name": current["name"], "version": f"1.{step}"}) for step in steps)
    return result


def log_setups(enabled: list[str]) -> list[Document]:
    """Return the logging configuration in which exactly the types in `enabled` are on."""
    groups = [
        {"types": [name for name in LOG_TYPES if name in enabled], "enabled": True},
        {"types": [name for name in LOG_TYPES if name not in enabled], "enabled": False},
    ]
    return [group for group in groups if group["types"]]


def encryption_config(key_arn: str) -> list[Document]:
    """Return the configuration that encrypts secrets, the only resource that EKS encrypts."""
    return [{"resources": ["secrets"], "provider": {"keyArn": key_arn}}]


def creation(options: Mapping[str, Any]) -> Document:
    """Return the parameters of CreateCluster."""
    document = wanted(options)
    key_arn = document.pop("encryption_key_arn", None)
    logging = document.pop("logging_types", None)
    return given(
        {
            "name": options["name"],
            **snake_dict_to_camel_dict(document),
            "encryptionConfig": encryption_config(key_arn) if key_arn else None,
            "logging": {"clusterLogging": log_setups(logging)} if logging else None,
            "bootstrapSelfManagedAddons": options["bootstrap_self_managed_addons"],
        }
    )


def with_plain_settings(document: Document) -> Document:
    """Return a cluster's document with logging and encryption as the options say them, and AWS's unsaid defaults."""
    result = dict(document)
    setups = (result.pop("logging", None) or {}).get("cluster_logging", [])
    on = {name for setup in setups if setup.get("enabled") for name in setup.get("types", [])}
    keys = [item["provider"]["key_arn"] for item in result.pop("encryption_config", None) or [] if "secrets" in item["resources"]]
    result["logging_types"] = [name for name in LOG_TYPES if name in on]
    result["encryption_key_arn"] = keys[0] if keys else None
    # A cluster has neither before its API answers.
    result["endpoint"] = result.get("endpoint") or ""
    result["certificate_authority"] = {"data": "", **(result.get("certificate_authority") or {})}
    result.setdefault("deletion_protection", False)
    result.setdefault("zonal_shift_config", {"enabled": False})
    result["access_config"] = {"authentication_mode": "CONFIG_MAP", **(result.get("access_config") or {})}
    return result
