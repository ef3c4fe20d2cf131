# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The emulated account as a cluster's controllers see it: clients, subnets, certificates, tags.

Controllers send requests as everybody does, so that these are checked and stand in the request log.
"""

from __future__ import annotations

import ipaddress
import os
import threading
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any, Final

from tests.emulator.options import environment

from .model import ModelError

_LOCK: Final = threading.Lock()


@cache
def _session() -> Any:
    import boto3

    credentials = environment(0)
    return boto3.Session(aws_access_key_id=credentials["AWS_ACCESS_KEY_ID"], aws_secret_access_key=credentials["AWS_SECRET_ACCESS_KEY"])


@cache
def _client(service: str, region: str) -> Any:
    # The server's own port, which it knows once it listens.
    return _session().client(service, region_name=region, endpoint_url=f"http://127.0.0.1:{os.environ['MOTO_PORT']}")


class Account:
    """The account around one cluster."""

    def __init__(self, region: str, cluster: str, network: Callable[[], Mapping[str, Any]]) -> None:
        self.region = region
        self.cluster = cluster
        self._network = network

    def client(self, service: str) -> Any:
        """Return a boto3 client of the cluster's region."""
        with _LOCK:
            return _client(service, self.region)

    @property
    def vpc_id(self) -> str:
        """The cluster's VPC."""
        return str(self._network()["vpcId"])

    @property
    def cluster_group(self) -> str:
        """The security group of the cluster's nodes."""
        return str(self._network()["clusterSecurityGroupId"])

    def pages(self, service: str, operation: str, key: str, **parameters: Any) -> list[dict[str, Any]]:
        """Return what all pages of a listing hold under `key`."""
        pages = self.client(service).get_paginator(operation).paginate(**parameters)
        return [item for page in pages for item in page.get(key, [])]

    def load_balancing_tags(self, arns: Iterable[str]) -> dict[str, dict[str, str]]:
        """Return the tags of load balancers, target groups, listeners or rules by their ARNs."""
        wanted, found = list(arns), {}
        for start in range(0, len(wanted), 20):
            answer = self.client("elbv2").describe_tags(ResourceArns=wanted[start : start + 20])
            for item in answer["TagDescriptions"]:
                found[item["ResourceArn"]] = untagged(item["Tags"])
        return found

    def subnets(self, scheme: str, named: list[str], at_least: int) -> list[str]:
        """Return the subnets of a load balancer: the named ones, or one of each zone that bears the role's tag."""
        inside = [{"Name": "vpc-id", "Values": [self.vpc_id]}]
        found = self.pages("ec2", "describe_subnets", "Subnets", Filters=inside)
        if named:
            chosen = [item for item in found if item["SubnetId"] in named or untagged(item.get("Tags")).get("Name") in named]
            if len(chosen) != len(named):
                raise ModelError(f"couldn't find all subnets, nameOrIDs: [{' '.join(named)}], found: {len(chosen)}")
        else:
            role = "kubernetes.io/role/elb" if scheme == "internet-facing" else "kubernetes.io/role/internal-elb"
            chosen = self._one_per_zone([item for item in found if untagged(item.get("Tags")).get(role) in ("", "1")])
        if not chosen:
            raise ModelError("couldn't auto-discover subnets: unable to resolve at least one subnet")
        zones = {item["AvailabilityZone"] for item in chosen}
        if len(zones) < at_least:
            raise ModelError(f"subnets count less than minimal required count: {len(zones)} < {at_least}")
        return sorted(item["SubnetId"] for item in chosen)

    def _one_per_zone(self, subnets: list[dict[str, Any]]) -> list[dict[str, Any]]:
        ours = f"kubernetes.io/cluster/{self.cluster}"

        def rank(subnet: dict[str, Any]) -> tuple[bool, str]:
            return ours not in untagged(subnet.get("Tags")), subnet["SubnetId"]

        best: dict[str, dict[str, Any]] = {}
        for subnet in sorted(subnets, key=rank):
            others = [key for key in untagged(subnet.get("Tags")) if key.startswith("kubernetes.io/cluster/")]
            if not others or ours in others:
                best.setdefault(subnet["AvailabilityZone"], subnet)
        return list(best.values())

    def in_vpc(self, address: str) -> bool:
        """Return whether an address is one of the VPC's."""
        answer = self.client("ec2").describe_vpcs(VpcIds=[self.vpc_id])["Vpcs"][0]
        blocks = [item["CidrBlock"] for item in answer.get("CidrBlockAssociationSet", [])] or [answer["CidrBlock"]]
        return any(ipaddress.ip_address(address) in ipaddress.ip_network(block) for block in blocks)

    def certificates(self, hosts: Iterable[str]) -> list[str]:
        """Return an issued certificate for each host, as the controller discovers them."""
        known: dict[str, set[str]] = {}
        for item in self.pages("acm", "list_certificates", "CertificateSummaryList", CertificateStatuses=["ISSUED"]):
            names = {item["DomainName"], *item.get("SubjectAlternativeNameSummaries", [])}
            known[item["CertificateArn"]] = names
        chosen: list[str] = []
        for host in hosts:
            wanted = {host, "*." + host.partition(".")[2]}
            matching = [arn for arn, names in known.items() if names & wanted]
            if not matching:
                raise ModelError(f"no certificate found for host: {host}")
            chosen += [arn for arn in matching if arn not in chosen]
        return chosen


def untagged(tags: Iterable[Mapping[str, str]] | None) -> dict[str, str]:
    """Return AWS's list of tags as a dictionary."""
    return {item["Key"]: item["Value"] for item in tags or []}


def tagged(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Return a dictionary of tags as AWS's list."""
    return [{"Key": key, "Value": value} for key, value in sorted(tags.items())]
