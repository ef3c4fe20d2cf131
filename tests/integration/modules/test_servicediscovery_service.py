# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A service of Cloud Map over its whole life."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.modules.running import RunModule

pytestmark = pytest.mark.integration

MODULE = "servicediscovery_service"


@pytest.fixture
def options(account: Any, run_module: RunModule) -> dict[str, Any]:
    vpc = account.client("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    made = run_module("servicediscovery_namespace", {"name": "shop.internal", "vpc_id": vpc})
    return {"name": "api", "namespace_id": made["namespace"]["id"], "dns_records": [{"type": "A", "ttl": 10}], "tags": {"Project": "shop"}}


def test_through_its_life(account: Any, run_module: RunModule, options: dict[str, Any]) -> None:
    client = account.client("servicediscovery")
    assert run_module(MODULE, options, check=True).changed
    assert client.list_services()["Services"] == []
    first = run_module(MODULE, options)
    assert first.changed, first
    service = client.get_service(Id=first["discovery_service"]["id"])["Service"]
    assert service["DnsConfig"]["DnsRecords"] == [{"Type": "A", "TTL": 10}]
    assert service["HealthCheckCustomConfig"] == {"FailureThreshold": 1}
    again = run_module(MODULE, options)
    assert not again.changed, again
    other = {**options, "dns_records": [{"type": "A", "ttl": 30}], "description": "API", "tags": {"Project": "store"}}
    planned = run_module(MODULE, other, check=True, diff=True)
    assert planned["diff"]["before"] == {"description": "", "dns_records": [{"type": "A", "ttl": 10}], "tags": {"Project": "shop"}}
    assert run_module(MODULE, other).changed
    assert not run_module(MODULE, other).changed
    gone = {**options, "state": "absent"}
    assert run_module(MODULE, gone, check=True).changed
    client.register_instance(
        ServiceId=first["discovery_service"]["id"], InstanceId="one", Attributes={"AWS_INSTANCE_IPV4": "10.0.0.9"}, CreatorRequestId="one"
    )
    assert "Instances are still registered." in run_module(MODULE, gone).msg
    client.deregister_instance(ServiceId=first["discovery_service"]["id"], InstanceId="one")
    namespace = {"name": "shop.internal", "state": "absent"}
    assert "Delete its services first." in run_module("servicediscovery_namespace", namespace).msg
    assert run_module(MODULE, gone).changed
    assert not run_module(MODULE, gone).changed
    assert run_module("servicediscovery_namespace", namespace).changed


def test_errors_name_the_cure(run_module: RunModule, options: dict[str, Any]) -> None:
    assert "Make the namespace first." in run_module(MODULE, {**options, "namespace_id": "ns-none"}).msg
    run_module(MODULE, options)
    assert "routing_policy is MULTIVALUE and cannot be changed." in run_module(MODULE, {**options, "routing_policy": "WEIGHTED"}).msg
    assert "the types of its records cannot be changed." in run_module(MODULE, {**options, "dns_records": [{"type": "SRV"}]}).msg
