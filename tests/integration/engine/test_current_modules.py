# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What upstream modules' writes would change: each write that a module makes is told right before it is made."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import botocore.client
import pytest
from ansible_collections.stratum.aws.plugins.plugin_utils.barrier._operations import Effect, effect
from ansible_collections.stratum.aws.plugins.plugin_utils.changes import _current, _differences

from tests.emulator.fixtures import Emulator
from tests.integration.modules.running import run

pytestmark = pytest.mark.integration

Tell = Callable[..., list[str]]


@pytest.fixture
def tell(account: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tell:
    """Run an upstream module and return what its writes change, as lines; a write that is not known is its call."""
    record = tmp_path / "writes"
    call = botocore.client.BaseClient._make_api_call  # type: ignore[attr-defined]

    def watched(client: Any, operation: str, parameters: Any) -> Any:
        service = client.meta.service_model.service_name
        if effect(service, operation) is not Effect.READ:
            found = _current.changes(client, operation, parameters)
            entry: dict[str, Any] = {"service": service, "operation": operation, "parameters": {}}
            if found is not None:
                entry["changes"] = [change.as_dict() for change in found]
            with record.open("a") as file:
                file.write(json.dumps(entry) + "\n")
        return call(client, operation, parameters)

    def told(module: str, **arguments: Any) -> list[str]:
        record.unlink(missing_ok=True)
        with monkeypatch.context() as patched:
            patched.setattr(botocore.client.BaseClient, "_make_api_call", watched)
            result = run(f"amazon.aws.{module}", arguments, account.environment, check=False, diff=False)
        assert not result.failed, result.msg
        entries = [json.loads(line) for line in record.read_text().splitlines()] if record.exists() else []
        return _differences.lines({}, entries)

    return told


def trust(*services: str) -> dict[str, Any]:
    return {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": list(services)}, "Action": "sts:AssumeRole"}],
    }


def test_a_network(tell: Tell, account: Emulator) -> None:
    ec2 = account.client("ec2")
    vpc = {"name": "main", "cidr_block": "10.0.0.0/16"}
    tell("ec2_vpc_net", **vpc, dns_support=True, dns_hostnames=False)
    vpc_id = next(each["VpcId"] for each in ec2.describe_vpcs()["Vpcs"] if each["CidrBlock"] == "10.0.0.0/16")
    assert set(tell("ec2_vpc_net", **vpc, dns_support=True, dns_hostnames=True, tags={"team": "core"})) == {
        "+ tags.team: core",
        "enable_dns_hostnames: false → true",
    }
    subnet = {"vpc_id": vpc_id, "cidr": "10.0.1.0/24", "az": "ca-central-1a"}
    tell("ec2_vpc_subnet", **subnet, tags={"Name": "a", "old": "x"})
    subnet_id = ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc_id]}])["Subnets"][0]["SubnetId"]
    assert set(tell("ec2_vpc_subnet", **subnet, tags={"Name": "b"}, map_public=True)) == {
        "tags.Name: a → b",
        "- tags.old: x",
        "map_public_ip_on_launch: false → true",
    }
    tell("ec2_vpc_igw", vpc_id=vpc_id, tags={"Name": "gateway"})
    gateway = ec2.describe_internet_gateways()["InternetGateways"][0]["InternetGatewayId"]
    table = {"vpc_id": vpc_id, "tags": {"Name": "public"}}
    tell("ec2_vpc_route_table", **table)
    found = tell("ec2_vpc_route_table", **table, routes=[{"dest": "0.0.0.0/0", "gateway_id": "igw"}], subnets=[subnet_id])
    table_id = ec2.describe_route_tables(Filters=[{"Name": "tag:Name", "Values": ["public"]}])["RouteTables"][0]["RouteTableId"]
    assert set(found) == {f"+ route 0.0.0.0/0: {gateway}", f"+ route table of {subnet_id}: {table_id}"}


def test_a_security_group(tell: Tell, account: Emulator) -> None:
    ec2 = account.client("ec2")
    vpc_id = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    group = {"name": "web", "description": "web", "vpc_id": vpc_id}
    web = {"proto": "tcp", "ports": [80], "cidr_ip": "0.0.0.0/0", "rule_desc": "plain"}
    tell("ec2_security_group", **group, rules=[web, {"proto": "tcp", "ports": [22], "cidr_ip": "10.0.0.0/8"}])
    found = tell("ec2_security_group", **group, rules=[{**web, "rule_desc": "HTTP"}, {**web, "ports": [443], "rule_desc": "HTTPS"}])
    assert set(found) == {
        "ingress tcp 80 from 0.0.0.0/0 description: plain → HTTP",
        "+ ingress tcp 443 from 0.0.0.0/0: HTTPS",
        "- ingress tcp 22 from 10.0.0.0/8",
    }


def test_an_identity(tell: Tell, account: Emulator) -> None:
    role = {"name": "app", "wait": False}
    tell("iam_role", **role, assume_role_policy_document=trust("ec2.amazonaws.com"), description="old", tags={"a": "1"})
    found = tell(
        "iam_role",
        **role,
        assume_role_policy_document=trust("ec2.amazonaws.com", "ecs.amazonaws.com"),
        description="new",
        tags={"a": "2"},
        managed_policies=["arn:aws:iam::aws:policy/ReadOnlyAccess"],
    )
    assert set(found) == {
        'assume_role_policy.Statement.Principal.Service: ec2.amazonaws.com → ["ec2.amazonaws.com", "ecs.amazonaws.com"]',
        "description: old → new",
        "tags.a: 1 → 2",
        "+ attached policy arn:aws:iam::aws:policy/ReadOnlyAccess",
    }
    statement = {"Sid": "Read", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    policy = {"name": "p"}
    tell("iam_managed_policy", **policy, policy={"Version": "2012-10-17", "Statement": [statement]})
    wider = {"Version": "2012-10-17", "Statement": [{**statement, "Action": "s3:*"}]}
    assert tell("iam_managed_policy", **policy, policy=wider) == [
        "policy.Read.Action: s3:GetObject → s3:*",
        "default_version_id: v1 → v2",
    ]
    inline = {"iam_type": "role", "iam_name": "app", "policy_name": "inline"}
    tell("iam_policy", **inline, policy_json={"Version": "2012-10-17", "Statement": [statement]})
    assert tell("iam_policy", **inline, policy_json=wider) == ["policy inline.Read.Action: s3:GetObject → s3:*"]


def test_a_database_and_its_parameters(tell: Tell) -> None:
    database = {
        "id": "db",
        "engine": "postgres",
        "db_instance_class": "db.t4g.small",
        "allocated_storage": 20,
        "username": "root",
        "password": "not-a-secret",
        "wait": False,
    }
    tell("rds_instance", **database, backup_retention_period=7, tags={"a": "1"})
    found = tell("rds_instance", **database, backup_retention_period=1, tags={"a": "2"}, apply_immediately=True)
    assert set(found) == {"backup_retention_period: 7 → 1", "tags.a: 1 → 2"}
    group = {"state": "present", "name": "g", "description": "g", "engine": "postgres16"}
    tell("rds_instance_param_group", **group, params={"log_min_duration_statement": 500})
    found = tell("rds_instance_param_group", **group, params={"log_min_duration_statement": 250})
    assert found == ["parameters.log_min_duration_statement: 500 → 250"]


def test_a_bucket(tell: Tell) -> None:
    tell("s3_bucket", name="bucket", versioning=False, tags={"a": "1"})
    found = tell(
        "s3_bucket",
        name="bucket",
        versioning=True,
        tags={"a": "2"},
        encryption="aws:kms",
        public_access={"block_public_acls": True},
    )
    assert {line for line in found if not line.startswith(("encryption", "+ encryption"))} == {
        "+ versioning: Enabled",
        "tags.a: 1 → 2",
        # What the module leaves out it turns off, though a new bucket has it on.
        "public_access_block.ignore_public_acls: true → false",
        "public_access_block.block_public_policy: true → false",
        "public_access_block.restrict_public_buckets: true → false",
    }
    assert any("aws:kms" in line for line in found)


def test_a_key_and_a_zone(tell: Tell) -> None:
    tell("kms_key", alias="main", description="old", enable_key_rotation=False)
    assert set(tell("kms_key", alias="main", description="new", enable_key_rotation=True, tags={"a": "1"})) == {
        "description: old → new",
        "key_rotation: false → true",
        "+ tags.a: 1",
    }
    tell("route53_zone", zone="example.com", comment="old")
    assert tell("route53_zone", zone="example.com", comment="new") == ["comment: old → new"]
    record = {"zone": "example.com", "record": "www.example.com", "type": "A", "value": ["10.0.0.1"], "overwrite": True, "wait": False}
    tell("route53", **record, ttl=60, state="present")
    assert tell("route53", **record, ttl=300, state="present") == ["record www.example.com A.ttl: 60 → 300"]
