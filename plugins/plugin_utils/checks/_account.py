# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is asked of the account before the first write: reads only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.stratum.aws.plugins.plugin_utils.barrier import _aws
from ansible_collections.stratum.aws.plugins.plugin_utils.checks._findings import Finding, entries

_SECONDS = 5


class NoAccount(Exception):
    """There are no usable credentials; the message says what to do."""


class Unreachable(Exception):
    """AWS, or what AWS_ENDPOINT_URL points at, does not answer; the message says what to do."""


def identify() -> str:
    """Return the account's number; one question that tells whether anything else can work.

    Raises NoAccount or Unreachable with one sentence and its cure.
    """
    import boto3
    from botocore import exceptions
    from botocore.config import Config

    _aws.install()
    config = Config(connect_timeout=_SECONDS, read_timeout=_SECONDS * 6)
    try:
        answer = boto3.session.Session().client("sts", config=config).get_caller_identity()
    except exceptions.NoRegionError:
        raise NoAccount("no region is set. Set aws_region in the inventory") from None
    except (exceptions.NoCredentialsError, exceptions.PartialCredentialsError, exceptions.ProfileNotFound) as error:
        raise NoAccount(
            f"there are no AWS credentials: {error}. Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
        ) from error
    except (exceptions.EndpointConnectionError, exceptions.ConnectionError, exceptions.HTTPClientError) as error:
        raise Unreachable(f"the account cannot be reached: {error}. Check the network and AWS_ENDPOINT_URL") from error
    except (exceptions.BotoCoreError, exceptions.ClientError) as error:
        raise NoAccount(f"the AWS credentials are not accepted: {error}. Renew them, or choose others with AWS_PROFILE") from error
    return str(answer["Account"])


def holds(stack: str) -> bool:
    """Return whether the account's region holds anything that bears the stack's name; True when that cannot be asked."""
    from botocore.exceptions import BotoCoreError, ClientError

    tags = [{"Key": "stratum:stack", "Values": [stack]}]
    try:
        answer = _client("resourcegroupstaggingapi").get_resources(TagFilters=tags, ResourcesPerPage=1)
    except (BotoCoreError, ClientError):
        return True
    return bool(answer["ResourceTagMappingList"])


def unoffered(values: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield versions that AWS does not offer to new databases and clusters, where the policy is `exact`.

    What exists already keeps its version, and `nearest_supported` chooses one while the graph runs.
    """
    if values.get("data_tier_version_policy") == "exact":
        for entry in entries(values, "data_tier_databases"):
            yield from _database(str(entry.get("identifier")), str(entry.get("engine")), str(entry.get("engine_version")))
    if values.get("eks_version_policy") == "exact":
        for entry in entries(values, "eks_clusters"):
            yield from _cluster(str(entry.get("name")), str(entry.get("version")))


def _database(identifier: str, engine: str, version: str) -> Iterator[Finding]:
    rds = _client("rds")
    try:
        rds.describe_db_instances(DBInstanceIdentifier=identifier)
        return
    except rds.exceptions.DBInstanceNotFoundFault:
        pages = rds.get_paginator("describe_db_engine_versions").paginate(Engine=engine)
    offered = [each["EngineVersion"] for page in pages for each in page["DBEngineVersions"]]
    yield from _not_offered("data_tier_databases", f"{engine} {version} for {identifier}", version, offered)


def _cluster(name: str, version: str) -> Iterator[Finding]:
    eks = _client("eks")
    try:
        eks.describe_cluster(name=name)
        return
    except eks.exceptions.ResourceNotFoundException:
        pages = eks.get_paginator("describe_cluster_versions").paginate()
    offered = [each["clusterVersion"] for page in pages for each in page["clusterVersions"]]
    yield from _not_offered("eks_clusters", f"Kubernetes {version} for {name}", version, offered)


def _not_offered(variable: str, what: str, version: str, offered: list[str]) -> Iterator[Finding]:
    if not any(f"{each}.".startswith(f"{version}.") for each in offered):
        yield Finding(
            variable, f"AWS no longer offers {what}", f"Choose from {', '.join(offered)}, or set version_policy to nearest_supported"
        )


def _client(service: str) -> Any:
    import boto3

    _aws.install()
    return boto3.session.Session().client(service)  # type: ignore[call-overload]


def zones() -> tuple[str, ...]:
    """Return the names of the region's availability zones; empty when the account cannot be asked.

    Who has no credentials yet, or may not read this, still gets every check that needs no account.
    """
    import boto3
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError

    _aws.install()
    config = Config(connect_timeout=_SECONDS, read_timeout=_SECONDS, retries={"max_attempts": 2})
    try:
        client = boto3.session.Session().client("ec2", config=config)
        answer = client.describe_availability_zones(Filters=[{"Name": "zone-type", "Values": ["availability-zone"]}])
    except (BotoCoreError, ClientError):
        return ()
    return tuple(sorted(zone["ZoneName"] for zone in answer["AvailabilityZones"]))
