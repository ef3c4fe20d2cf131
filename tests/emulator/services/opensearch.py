# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Amazon OpenSearch Service, in place of moto's.

Moto's domains are ready and gone at once, an update replaces whole sections, what AWS adds to a section is missing, and nothing is
refused: no subnets that do not fit the zones, no access control without encryption, no log group without permission, no weak password.
The older API (Elasticsearch's) is not there.
"""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass
from typing import Any, Final

from moto.ec2.models import ec2_backends
from moto.iam.models import iam_backends
from moto.kms.models import kms_backends
from moto.logs.models import logs_backends
from moto.moto_api._internal import mock_random
from moto.opensearch import urls
from moto.opensearch.models import OpenSearchServiceBackend, opensearch_backends
from moto.utilities.utils import get_partition

from tests.emulator import wire
from tests.emulator.lifecycle import Lifecycle
from tests.emulator.wire import Document, Operation, error

SERVICES = ("opensearch", "es")

VERSIONS: Final = (
    *(
        f"OpenSearch_{number}"
        for number in ("3.1", "2.19", "2.17", "2.15", "2.13", "2.11", "2.9", "2.7", "2.5", "2.3", "1.3", "1.2", "1.1", "1.0")
    ),
    *(f"Elasticsearch_{number}" for number in ("7.10", "7.9", "7.8", "7.7", "7.4", "7.1", "6.8", "5.6")),
)
LINKED_ROLE: Final = "AWSServiceRoleForAmazonOpenSearchService"
_GP3: Final = {"Iops": 3000, "Throughput": 125}
_SECTIONS: Final = (
    "ClusterConfig",
    "EBSOptions",
    "AccessPolicies",
    "SnapshotOptions",
    "VPCOptions",
    "CognitoOptions",
    "EncryptionAtRestOptions",
    "NodeToNodeEncryptionOptions",
    "AdvancedOptions",
    "LogPublishingOptions",
    "DomainEndpointOptions",
    "AdvancedSecurityOptions",
    "AutoTuneOptions",
    "OffPeakWindowOptions",
    "SoftwareUpdateOptions",
    "IPAddressType",
)


@dataclass
class Domain:
    """A domain in AWS's shape, its tags and its life."""

    data: Document
    life: Lifecycle
    tags: dict[str, str]
    made: float
    password: str | None = None


class OpenSearchStore:
    """The domains of one account in one region."""

    def __init__(self, account_id: str, region: str) -> None:
        self.account_id = account_id
        self.region = region
        self.partition = get_partition(region)
        self.caller_arn = ""
        self.domains: dict[str, Domain] = {}

    def settle(self) -> None:
        """Bring every state up to the present moment."""
        for name, domain in list(self.domains.items()):
            domain.life.settle()
            if domain.life.status == "Gone":
                del self.domains[name]

    def domain(self, name: str) -> Domain:
        """Return the domain `name`, or fail as AWS does."""
        if name not in self.domains:
            raise error("ResourceNotFoundException", f"Domain not found: {name}")
        return self.domains[name]

    def by_arn(self, arn: str) -> Domain:
        """Return the domain with this ARN, or fail as AWS does."""
        return self.domain(arn.rpartition("/")[2])


def _invalid(message: str) -> Exception:
    return error("ValidationException", message)


# -- What AWS checks -------------------------------------------------------------------------------------


def _check_cluster(store: OpenSearchStore, data: Document) -> None:
    cluster, vpc = data["ClusterConfig"], data.get("VPCOptions")
    zones = cluster["ZoneAwarenessConfig"]["AvailabilityZoneCount"] if cluster["ZoneAwarenessEnabled"] else 1
    if cluster["ZoneAwarenessEnabled"] and cluster["InstanceCount"] < zones:
        raise _invalid(f"You must choose a minimum of {zones} data nodes for a {zones} Availability Zone deployment.")
    if cluster["DedicatedMasterEnabled"] and not cluster.get("DedicatedMasterCount"):
        raise _invalid("Dedicated master count must be provided when dedicated master is enabled.")
    if vpc:
        if len(vpc["SubnetIds"]) != zones:
            raise _invalid(f"You must specify exactly {zones} subnets because you've set zone count to {zones}.")
        found = {subnet.id: subnet for each in ec2_backends[store.account_id][store.region].subnets.values() for subnet in each.values()}
        missing = [subnet for subnet in vpc["SubnetIds"] if subnet not in found]
        if missing:
            raise _invalid(f"Subnet IDs {missing} do not exist.")
        vpc["AvailabilityZones"] = sorted(found[subnet].availability_zone for subnet in vpc["SubnetIds"])
        if len(set(vpc["AvailabilityZones"])) != zones:
            raise _invalid("You must specify subnets in different Availability Zones.")
        vpc["VPCId"] = found[vpc["SubnetIds"][0]].vpc_id
        groups = {group for each in ec2_backends[store.account_id][store.region].groups.values() for group in each}
        unknown = [group for group in vpc.get("SecurityGroupIds") or [] if group not in groups]
        if unknown:
            raise _invalid(f"Security group IDs {unknown} do not exist.")
        if LINKED_ROLE not in {role.name for role in iam_backends[store.account_id][store.partition].roles.values()}:
            raise _invalid(
                "Before you can proceed, you must enable a service-linked role to give Amazon OpenSearch Service"
                " permissions to access your VPC."
            )


def _check_storage(data: Document) -> None:
    volume = data["EBSOptions"]
    if not volume.get("EBSEnabled"):
        if not re.match(r"(i\d|r6gd|im4)", data["ClusterConfig"]["InstanceType"]):
            raise _invalid(f"EBS storage must be selected for {data['ClusterConfig']['InstanceType']}")
        return
    if not volume.get("VolumeSize"):
        raise _invalid("Volume size must be specified.")
    if volume["VolumeType"] in ("gp2", "standard") and (volume.get("Iops") or volume.get("Throughput")):
        raise _invalid(f"Iops and Throughput are not valid for volume type {volume['VolumeType']}.")
    small = re.match(r"(t2|t3)\.small", data["ClusterConfig"]["InstanceType"])
    if volume["VolumeSize"] < 10 or (small and volume["VolumeSize"] > 200):
        raise _invalid("Volume size must be between 10 and 200" if small else "Volume size must be at least 10")


def _check_security(data: Document) -> None:
    if not data["AdvancedSecurityOptions"]["Enabled"]:
        return
    if not data["EncryptionAtRestOptions"]["Enabled"]:
        raise _invalid("Encryption at rest must be enabled to use advanced security options.")
    if not data["NodeToNodeEncryptionOptions"]["Enabled"]:
        raise _invalid("Node-to-node encryption must be enabled to use advanced security options.")
    if not data["DomainEndpointOptions"]["EnforceHTTPS"]:
        raise _invalid("You must enforce HTTPS to use advanced security options.")
    if data["AutoTuneOptions"]["State"].startswith("ENABLE") and data["ClusterConfig"]["InstanceType"].startswith(("t2.", "t3.")):
        raise _invalid("Auto-Tune is not supported in t2/t3 instance types. Disable Auto-Tune or change your instance type.")


def _master(given: Document | None) -> str | None:
    """Return the password of the master user that a request sets, which AWS wants to be strong."""
    user = (given or {}).get("MasterUserOptions") or {}
    if (given or {}).get("Enabled") and (given or {}).get("InternalUserDatabaseEnabled") and not user.get("MasterUserName"):
        raise _invalid("You must provide a master username and password when the internal user database is enabled.")
    password: str | None = user.get("MasterUserPassword")
    kinds = (r"[a-z]", r"[A-Z]", r"\d", r"[^A-Za-z0-9]")
    if password is not None and (len(password) < 8 or not all(re.search(kind, password) for kind in kinds)):
        raise _invalid(
            "The master user password must contain at least one uppercase letter, one lowercase letter, one number,"
            " and one special character."
        )
    return password


def _check_logs(store: OpenSearchStore, options: Document) -> None:
    logs = logs_backends[store.account_id][store.region]
    for kind, option in options.items():
        if not option.get("Enabled"):
            continue
        arn = str(option.get("CloudWatchLogsLogGroupArn") or "").removesuffix(":*")
        if arn.partition(":log-group:")[2] not in logs.groups:
            raise error("ResourceNotFoundException", f"The specified CloudWatch Logs log group for {kind} does not exist: {arn}")
        allowed = [
            statement
            for policy in logs.resource_policies.values()
            for statement in json.loads(policy.policy_document)["Statement"]
            if "es.amazonaws.com" in str(statement.get("Principal")) and "logs:PutLogEvents" in statement.get("Action", [])
        ]
        patterns = [each for statement in allowed for each in _listed(statement.get("Resource"))]
        if not any(re.fullmatch(re.escape(pattern).replace(r"\*", ".*"), f"{arn}:*") for pattern in patterns):
            raise _invalid(
                f"The Resource Access Policy specified for the CloudWatch Logs log group {arn.partition(':log-group:')[2]}"
                " does not grant sufficient permissions for Amazon OpenSearch Service to create a log stream."
                " Please check the Resource Access Policy."
            )


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


# -- Domains ---------------------------------------------------------------------------------------------


def _merged(store: OpenSearchStore, old: Document, given: Document) -> Document:
    """Return the sections of a domain after a request: AWS changes what the request has, and leaves the rest."""
    data = json.loads(json.dumps(old))
    for section in _SECTIONS:
        if given.get(section) is None:
            continue
        new = given[section]
        if section in ("AdvancedOptions", "LogPublishingOptions", "ClusterConfig", "DomainEndpointOptions", "EncryptionAtRestOptions"):
            data[section] = {**(data.get(section) or {}), **new}
        elif section == "AutoTuneOptions":
            data[section] = {"State": new.get("DesiredState", "ENABLED"), "UseOffPeakWindow": new.get("UseOffPeakWindow", False)}
        elif section == "AdvancedSecurityOptions":
            shown = {key: value for key, value in new.items() if key in ("Enabled", "InternalUserDatabaseEnabled", "AnonymousAuthEnabled")}
            data[section] = {**data[section], **shown}
        elif section == "EBSOptions":
            data[section] = {**new, **{key: new.get(key, value) for key, value in _GP3.items() if new.get("VolumeType") == "gp3"}}
        else:
            data[section] = new
    cluster = data["ClusterConfig"]
    if cluster["ZoneAwarenessEnabled"]:
        cluster.setdefault("ZoneAwarenessConfig", {"AvailabilityZoneCount": 2})
    else:
        cluster.pop("ZoneAwarenessConfig", None)
    if not cluster["DedicatedMasterEnabled"]:
        for key in ("DedicatedMasterType", "DedicatedMasterCount"):
            cluster.pop(key, None)
    if data["EncryptionAtRestOptions"]["Enabled"]:
        data["EncryptionAtRestOptions"]["KmsKeyId"] = _key(store, data["EncryptionAtRestOptions"].get("KmsKeyId"))
    return data  # type: ignore[no-any-return]


def _key(store: OpenSearchStore, wanted: str | None) -> str:
    kms, alias = kms_backends[store.account_id][store.region], "alias/aws/es"
    if wanted:
        try:
            return str(kms.describe_key(wanted).arn)
        except Exception as problem:  # moto has several for a key that it does not know
            raise _invalid(f"The specified KMS key does not exist: {wanted}") from problem
    if not kms.alias_exists(alias):
        key = kms.create_key(policy="", key_usage="ENCRYPT_DECRYPT", key_spec="SYMMETRIC_DEFAULT", description="OpenSearch", tags=None)
        key.key_manager = "AWS"
        kms.create_alias(key.id, alias)
    return str(kms.describe_key(alias).arn)


def _empty(version: str) -> Document:
    return {
        "EngineVersion": version,
        "ClusterConfig": {
            "InstanceType": "m5.large.search",
            "InstanceCount": 1,
            "DedicatedMasterEnabled": False,
            "ZoneAwarenessEnabled": False,
            "WarmEnabled": False,
            "ColdStorageOptions": {"Enabled": False},
            "MultiAZWithStandbyEnabled": False,
        },
        "EBSOptions": {"EBSEnabled": False},
        "SnapshotOptions": {"AutomatedSnapshotStartHour": 0},
        "CognitoOptions": {"Enabled": False},
        "EncryptionAtRestOptions": {"Enabled": False},
        "NodeToNodeEncryptionOptions": {"Enabled": False},
        "AdvancedOptions": {"override_main_response_version": "false", "rest.action.multi.allow_explicit_index": "true"},
        "LogPublishingOptions": {},
        "DomainEndpointOptions": {
            "EnforceHTTPS": False,
            "TLSSecurityPolicy": "Policy-Min-TLS-1-2-2019-07",
            "CustomEndpointEnabled": False,
        },
        "AdvancedSecurityOptions": {"Enabled": False, "InternalUserDatabaseEnabled": False, "AnonymousAuthEnabled": False},
        "AutoTuneOptions": {"State": "DISABLED", "UseOffPeakWindow": False},
        "OffPeakWindowOptions": {"Enabled": True, "OffPeakWindow": {"WindowStartTime": {"Hours": 22, "Minutes": 0}}},
        "SoftwareUpdateOptions": {"AutoSoftwareUpdateEnabled": False},
        "IPAddressType": "ipv4",
    }


def _check(store: OpenSearchStore, data: Document, given: Document) -> str | None:
    _check_cluster(store, data)
    _check_storage(data)
    _check_security(data)
    _check_logs(store, given.get("LogPublishingOptions") or {})
    return _master(given.get("AdvancedSecurityOptions"))


def _status(domain: Domain) -> Document:
    """Return the domain as DescribeDomain shows it at this moment."""
    status, data = domain.life.status, {key: value for key, value in domain.data.items() if value is not None}
    if status == "Creating":
        data.pop("Endpoint", None)
        data.pop("Endpoints", None)
    return {
        **data,
        "Created": True,
        "Deleted": status == "Deleting",
        "Processing": status in ("Creating", "Modifying", "Deleting"),
        "UpgradeProcessing": status == "UpgradingEngineVersion",
        "DomainProcessingStatus": status,
        "ServiceSoftwareOptions": {
            "CurrentVersion": f"{data['EngineVersion']}-R20260101",
            "UpdateAvailable": False,
            "Cancellable": False,
            "UpdateStatus": "COMPLETED",
            "OptionalDeployment": True,
        },
    }


def create_domain(store: OpenSearchStore, parameters: Document) -> Document:
    """Begin to make a domain."""
    name = parameters["DomainName"]
    if not re.fullmatch(r"[a-z][a-z0-9\-]{2,27}", name):
        raise _invalid(f"Member must satisfy regular expression pattern: [a-z][a-z0-9\\-]+ (domain name {name})")
    if name in store.domains:
        raise error("ResourceAlreadyExistsException", f"Domain with name {name} already exists.")
    version = parameters.get("EngineVersion") or VERSIONS[0]
    if version not in VERSIONS:
        raise _invalid(f"Invalid version: {version}")
    data = _merged(store, _empty(version), parameters)
    password = _check(store, data, parameters)
    suffix = mock_random.get_random_string(26).lower()
    host = f"{'vpc' if data.get('VPCOptions') else 'search'}-{name}-{suffix}.{store.region}.es.amazonaws.com"
    data |= {
        "DomainId": f"{store.account_id}/{name}",
        "DomainName": name,
        "ARN": f"arn:{store.partition}:es:{store.region}:{store.account_id}:domain/{name}",
        **({"Endpoints": {"vpc": host}} if data.get("VPCOptions") else {"Endpoint": host}),
    }
    life = Lifecycle("Active")
    life.begin("Creating", "opensearch.domain.create", "Active")
    store.domains[name] = Domain(data, life, _tags(parameters), time.time(), password)
    return {"DomainStatus": _status(store.domains[name])}


def describe_domain(store: OpenSearchStore, parameters: Document) -> Document:
    """Return a domain."""
    return {"DomainStatus": _status(store.domain(parameters["DomainName"]))}


def describe_domains(store: OpenSearchStore, parameters: Document) -> Document:
    """Return those of the domains that there are."""
    return {"DomainStatusList": [_status(store.domains[name]) for name in parameters["DomainNames"] if name in store.domains]}


def list_domain_names(store: OpenSearchStore, parameters: Document) -> Document:
    """Return the names of all domains."""
    engines = {name: domain.data["EngineVersion"].partition("_")[0] for name, domain in store.domains.items()}
    wanted = parameters.get("EngineType")
    return {"DomainNames": [{"DomainName": name, "EngineType": engine} for name, engine in engines.items() if wanted in (None, engine)]}


def describe_domain_config(store: OpenSearchStore, parameters: Document) -> Document:
    """Return the sections of a domain, each with its state."""
    return {"DomainConfig": _config(store.domain(parameters["DomainName"]))}


def _config(domain: Domain) -> Document:
    busy = domain.life.busy
    state = {"CreationDate": domain.made, "UpdateDate": domain.made, "UpdateVersion": 1, "State": "Processing" if busy else "Active"}
    sections = {
        key: {"Options": domain.data[key], "Status": state} for key in ("EngineVersion", *_SECTIONS) if domain.data.get(key) is not None
    }
    tuned = domain.data["AutoTuneOptions"]
    options = {"DesiredState": tuned["State"], "UseOffPeakWindow": tuned["UseOffPeakWindow"], "MaintenanceSchedules": []}
    return {**sections, "AutoTuneOptions": {"Options": options, "Status": {**state, "State": tuned["State"]}}}


def _changeable(store: OpenSearchStore, name: str) -> Domain:
    domain = store.domain(name)
    if domain.life.busy:
        raise error("ConflictException", f"A change/update is in progress for the domain {name}. Please wait for it to complete.")
    return domain


def update_domain_config(store: OpenSearchStore, parameters: Document) -> Document:
    """Begin to change a domain."""
    domain = _changeable(store, parameters["DomainName"])
    data = _merged(store, domain.data, parameters)
    for section in ("EncryptionAtRestOptions", "NodeToNodeEncryptionOptions", "AdvancedSecurityOptions"):
        if domain.data[section]["Enabled"] and not data[section]["Enabled"]:
            raise _invalid(f"Disabling {section} is not supported")
    if domain.data["EncryptionAtRestOptions"].get("KmsKeyId") not in (None, data["EncryptionAtRestOptions"].get("KmsKeyId")):
        raise _invalid("Changing the KMS key is not supported")
    if bool(domain.data.get("VPCOptions")) != bool(data.get("VPCOptions")):
        raise _invalid("Moving a domain into a VPC or out of one is not supported")
    password = _check(store, data, parameters)
    domain.data, domain.password = data, password or domain.password
    domain.life.begin("Modifying", "opensearch.domain.update", "Active")
    return {"DomainConfig": _config(domain)}


def upgrade_domain(store: OpenSearchStore, parameters: Document) -> Document:
    """Begin to upgrade a domain."""
    domain = _changeable(store, parameters["DomainName"])
    target = parameters["TargetVersion"]
    if target not in VERSIONS or VERSIONS.index(target) > VERSIONS.index(domain.data["EngineVersion"]):
        raise _invalid(f"Upgrade from {domain.data['EngineVersion']} to {target} is not supported.")
    if not parameters.get("PerformCheckOnly"):
        domain.data["EngineVersion"] = target
        domain.life.begin("UpgradingEngineVersion", "opensearch.domain.update", "Active")
    upgrade = {"DomainName": parameters["DomainName"], "TargetVersion": target}
    return {**upgrade, "UpgradeId": str(mock_random.uuid4()), "PerformCheckOnly": bool(parameters.get("PerformCheckOnly"))}


def delete_domain(store: OpenSearchStore, parameters: Document) -> Document:
    """Begin to delete a domain, whatever it is doing."""
    domain = store.domain(parameters["DomainName"])
    if domain.life.status != "Deleting":
        domain.life.begin("Deleting", "opensearch.domain.delete", "Gone")
    return {"DomainStatus": _status(domain)}


def list_versions(_store: OpenSearchStore, parameters: Document) -> Document:
    """Return the versions that a new domain can have."""
    shown, following = wire.page(VERSIONS, {"maxResults": parameters.get("MaxResults"), "nextToken": parameters.get("NextToken")})
    return {"Versions": shown, "NextToken": following}


def get_compatible_versions(store: OpenSearchStore, parameters: Document) -> Document:
    """Return which versions can be upgraded to which."""
    name = parameters.get("DomainName")
    sources = [store.domain(name).data["EngineVersion"]] if name else list(VERSIONS)
    return {"CompatibleVersions": [{"SourceVersion": each, "TargetVersions": list(VERSIONS[: VERSIONS.index(each)])} for each in sources]}


def _tags(parameters: Document) -> dict[str, str]:
    return {tag["Key"]: tag.get("Value", "") for tag in parameters.get("TagList") or []}


def list_tags(store: OpenSearchStore, parameters: Document) -> Document:
    """Return the tags of a domain."""
    return {"TagList": [{"Key": key, "Value": value} for key, value in store.by_arn(parameters["ARN"]).tags.items()]}


def add_tags(store: OpenSearchStore, parameters: Document) -> None:
    """Add tags to a domain."""
    store.by_arn(parameters["ARN"]).tags.update(_tags(parameters))


def remove_tags(store: OpenSearchStore, parameters: Document) -> None:
    """Take tags from a domain."""
    for key in parameters["TagKeys"]:
        store.by_arn(parameters["ARN"]).tags.pop(key, None)


OPERATIONS: Final[dict[str, Operation]] = {
    "AddTags": add_tags,
    "CreateDomain": create_domain,
    "DeleteDomain": delete_domain,
    "DescribeDomain": describe_domain,
    "DescribeDomainConfig": describe_domain_config,
    "DescribeDomains": describe_domains,
    "GetCompatibleVersions": get_compatible_versions,
    "ListDomainNames": list_domain_names,
    "ListTags": list_tags,
    "ListVersions": list_versions,
    "RemoveTags": remove_tags,
    "UpdateDomainConfig": update_domain_config,
    "UpgradeDomain": upgrade_domain,
}

open_store = wire.stores(opensearch_backends, OpenSearchStore)
"""Returns the OpenSearchStore of an account and region; for whoever needs to look in."""


class OpenSearchResponse(wire.WireResponse):
    """Every OpenSearch operation that the emulator answers."""

    service = "opensearch"

    @staticmethod
    def open_store(account_id: str, region: str) -> OpenSearchStore:
        """Return the domains of the account in the region."""
        return open_store(account_id, region)


def _tagged(backend: Any) -> Any:
    store = open_store(backend.account_id, backend.region_name)
    store.settle()
    for domain in store.domains.values():
        yield domain.data["ARN"], "domain", domain.tags


def install() -> None:
    """Answer OpenSearch's requests with the operations of this module."""
    from moto.es import urls as older_urls

    wire.respond(OpenSearchResponse, OPERATIONS)
    wire.list_in_tagging_api(OpenSearchServiceBackend, "es", _tagged)
    for module in (urls, older_urls):  # both names lead to the host es.<region>.amazonaws.com
        vars(module)["url_paths"] = {"{0}/.*$": OpenSearchResponse.dispatch}
