# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Engines: versions, families, licences, log types, and the API calls that list them."""

from __future__ import annotations

import re
from functools import cache
from typing import Any, Final

from moto.core.responses import ActionResult

from tests.emulator import catalogue
from tests.emulator.services.rds.state import Function
from tests.emulator.wire import Document, error

_DEFAULT_MAJOR: Final = {
    "postgres": "17",
    "aurora-postgresql": "16",
    "mysql": "8.4",
    "mariadb": "11.4",
}
LICENCES: Final = {
    "postgres": "postgresql-license",
    "mysql": "general-public-license",
    "mariadb": "general-public-license",
    "aurora-mysql": "general-public-license",
    "aurora-postgresql": "postgresql-license",
}
LOG_TYPES: Final[dict[str, tuple[str, ...]]] = {
    "postgres": ("iam-db-auth-error", "postgresql", "upgrade"),
    "aurora-postgresql": ("iam-db-auth-error", "instance", "postgresql"),
    "mysql": ("audit", "error", "general", "iam-db-auth-error", "slowquery"),
    "mariadb": ("audit", "error", "general", "slowquery"),
    "aurora-mysql": ("audit", "error", "general", "instance", "slowquery"),
    "sqlserver-ee": ("agent", "error"),
    "sqlserver-se": ("agent", "error"),
    "sqlserver-web": ("error",),
    "sqlserver-ex": ("error",),
}
CERTIFICATES: Final = ("rds-ca-rsa2048-g1", "rds-ca-rsa4096-g1", "rds-ca-ecc384-g1", "rds-ca-2019")
_OLD_CLASSES: Final = re.compile(r"db\.(t1|t2|m1|m2|m3|m4|r3|r4|x1|x1e)\.\w+")


def order(version: str) -> tuple[int, ...]:
    """Return a key that sorts versions by their numbers."""
    return tuple(int(number) for number in re.findall(r"\d+", version))


@cache
def versions(engine: str) -> tuple[str, ...]:
    """Return the full versions of an engine, oldest first; bare majors stand for their newest."""
    known = catalogue.rds_engine_versions(engine)
    return tuple(sorted((item for item in known if "." in item), key=order))


def major(engine: str, version: str) -> str:
    """Return the major version: `15` of PostgreSQL 15.3, `8.0` of MySQL 8.0.35."""
    parts = version.split(".")
    if engine in ("postgres", "aurora-postgresql") and int(parts[0]) >= 10:
        return parts[0]
    return ".".join(parts[:2])


def family(engine: str, version: str) -> str:
    """Return the parameter group family, such as `postgres15`."""
    return f"{engine}{major(engine, version)}"


def families() -> set[str]:
    """Return every parameter group family of the engines that have versions here."""
    return {family(engine, version) for engine in catalogue.rds_engines() for version in versions(engine)}


def default_version(engine: str) -> str:
    """Return the version that AWS takes when none is named."""
    wanted = _DEFAULT_MAJOR.get(engine)
    matching = [item for item in versions(engine) if wanted in (None, major(engine, item))]
    return (matching or versions(engine))[-1]


def resolve(engine: str, version: str | None) -> str:
    """Return the full version that is meant, or fail if AWS never sold it."""
    if not version:
        return default_version(engine)
    if version in versions(engine):
        return version
    matching = [item for item in versions(engine) if item.startswith(f"{version}.") and "-" not in item]
    if not matching:
        raise error("InvalidParameterCombination", f"Cannot find version {version} for {engine}")
    return matching[-1]


def check_class(engine: str, version: str, name: str, region: str) -> None:
    """Fail unless the class is sold for the engine; retired versions keep the retired classes."""
    if not re.fullmatch(r"db\.[a-z0-9-]+\.[a-z0-9.]+", name):
        raise error("InvalidParameterValue", f"Invalid DB Instance class: {name}")
    known = catalogue.rds_instance_classes(engine, region)
    if known and name not in known and not _OLD_CLASSES.fullmatch(name):
        raise error(
            "InvalidParameterCombination",
            "RDS does not support creating a DB instance with the following combination:"
            f" DBInstanceClass={name}, Engine={engine}, EngineVersion={version},"
            f" LicenseModel={LICENCES.get(engine, 'license-included')}. For supported combinations of instance class and"
            " database engine version, see the documentation.",
        )


def _described(engine: str, version: str) -> Document:
    later = [item for item in versions(engine) if order(item) > order(version)]
    own = major(engine, version)
    logs = list(LOG_TYPES.get(engine, ()))
    return {
        "Engine": engine,
        "MajorEngineVersion": own,
        "EngineVersion": version,
        "DBParameterGroupFamily": family(engine, version),
        "DBEngineDescription": {"postgres": "PostgreSQL", "mysql": "MySQL Community Edition", "mariadb": "MariaDB Community Edition"}.get(
            engine, engine
        ),
        "DBEngineVersionDescription": f"{engine} {version}",
        "ValidUpgradeTarget": [
            {
                "Engine": engine,
                "EngineVersion": item,
                "Description": f"{engine} {item}",
                "AutoUpgrade": False,
                "IsMajorVersionUpgrade": major(engine, item) != own,
            }
            for item in later
        ],
        "ExportableLogTypes": logs,
        "SupportsLogExportsToCloudwatchLogs": bool(logs),
        "SupportsReadReplica": True,
        "SupportedFeatureNames": [],
        # The emulator sells what AWS has retired, so nothing is `deprecated`.
        "Status": "available",
        "SupportsParallelQuery": False,
        "SupportsGlobalDatabases": False,
        "SupportsBabelfish": False,
        "SupportsCertificateRotationWithoutRestart": engine == "postgres",
        "SupportedCACertificateIdentifiers": list(CERTIFICATES),
    }


def paged(items: list[Any], parameters: Any) -> tuple[list[Any], str | None]:
    """Return the page that `MaxRecords` and `Marker` ask for, and the next marker."""
    start = int(parameters.get("Marker") or 0)
    following = start + int(parameters.get("MaxRecords") or 100)
    return items[start:following], str(following) if following < len(items) else None


def _filters(parameters: Any) -> dict[str, list[str]]:
    return {item["Name"]: list(item["Values"]) for item in parameters.get("Filters") or []}


def describe_db_engine_versions(response: Any) -> ActionResult:
    """Return the versions that pass the filters."""
    parameters = response.params
    filters = _filters(parameters)
    engine, version = parameters.get("Engine"), parameters.get("EngineVersion")
    wanted = [engine] if engine else filters.get("engine") or sorted(catalogue.rds_engines())
    pairs = []
    for name in wanted:
        for item in versions(name):
            if version and item != version and not item.startswith(f"{version}."):
                continue
            if parameters.get("DefaultOnly") and item != default_version(name):
                continue
            if parameters.get("DBParameterGroupFamily") not in (None, family(name, item)):
                continue
            if "engine-version" in filters and item not in filters["engine-version"]:
                continue
            if "status" in filters and "available" not in filters["status"]:
                continue
            pairs.append((name, item))
    if parameters.get("DefaultOnly") and version and not pairs and engine in catalogue.rds_engines():
        pairs = [(engine, resolve(engine, version))]
    items, marker = paged(pairs, parameters)
    return ActionResult({"DBEngineVersions": [_described(*pair) for pair in items], "Marker": marker})


def _orderable(engine: str, version: str, name: str, storage: str, region: str) -> Document:
    provisioned = storage in ("io1", "io2")
    return {
        "Engine": engine,
        "EngineVersion": version,
        "DBInstanceClass": name,
        "LicenseModel": LICENCES.get(engine, "license-included"),
        "AvailabilityZones": [{"Name": f"{region}{letter}"} for letter in "abc"],
        "MultiAZCapable": True,
        "ReadReplicaCapable": True,
        "Vpc": True,
        "SupportsStorageEncryption": True,
        "StorageType": storage,
        "SupportsIops": provisioned or storage == "gp3",
        "SupportsStorageThroughput": storage == "gp3",
        "SupportsEnhancedMonitoring": True,
        "SupportsIAMDatabaseAuthentication": engine in ("postgres", "mysql", "mariadb"),
        "SupportsPerformanceInsights": not name.endswith((".micro", ".small")) or not name.startswith("db.t2"),
        "MinStorageSize": 100 if provisioned else 20,
        "MaxStorageSize": 65536,
        "SupportsStorageAutoscaling": True,
        "SupportedNetworkTypes": ["IPV4", "DUAL"],
        "SupportsClusters": False,
        "OutpostCapable": False,
    }


def describe_orderable_db_instance_options(response: Any) -> ActionResult:
    """Return classes and storage types for an engine; without a version, for its default one."""
    parameters = response.params
    engine = parameters.get("Engine")
    if engine not in catalogue.rds_engines():
        if engine in ("neptune",):
            options = response.backend.describe_orderable_db_instance_options(engine, parameters.get("EngineVersion"))
            return ActionResult({"OrderableDBInstanceOptions": options[:100]})
        raise error("InvalidParameterValue", f"Unrecognized engine name: {engine}")
    version = resolve(engine, parameters.get("EngineVersion"))
    wanted = parameters.get("DBInstanceClass")
    classes = sorted(catalogue.rds_instance_classes(engine, response.region))
    found = [
        (name, storage)
        for name in classes
        if wanted in (None, name)
        for storage in (("aurora", "aurora-iopt1") if engine.startswith("aurora") else ("gp2", "gp3", "io1", "io2"))
    ]
    items, marker = paged(found, parameters)
    options = [_orderable(engine, version, name, storage, response.region) for name, storage in items]
    return ActionResult({"OrderableDBInstanceOptions": options, "Marker": marker})


def describe_pending_maintenance_actions(_response: Any) -> ActionResult:
    """Return no maintenance: nothing here is behind."""
    return ActionResult({"PendingMaintenanceActions": []})


def describe_certificates(response: Any) -> ActionResult:
    """Return the certificate authorities on offer."""
    wanted = response.params.get("CertificateIdentifier")
    if wanted is not None and wanted not in CERTIFICATES:
        raise error("CertificateNotFound", f"Certificate not found: {wanted}")
    found = [
        {
            "CertificateIdentifier": name,
            "CertificateType": "CA",
            "CertificateArn": f"arn:aws:rds:{response.region}::cert:{name}",
            "CustomerOverride": False,
        }
        for name in CERTIFICATES
        if wanted in (None, name)
    ]
    return ActionResult({"DefaultCertificateForNewLaunches": CERTIFICATES[0], "Certificates": found})


BACKEND: Final[dict[str, Function]] = {}
RESPONSE: Final[dict[str, Function]] = {
    "describe_db_engine_versions": describe_db_engine_versions,
    "describe_orderable_db_instance_options": describe_orderable_db_instance_options,
    "describe_pending_maintenance_actions": describe_pending_maintenance_actions,
    "describe_certificates": describe_certificates,
}
