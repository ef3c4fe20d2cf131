# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A sixth system, made of nothing but variables: a VPC, a database, a bucket and a service of ECS, in two environments.

The inventory is written as its users write theirs: what the system is in a group's variables, what an environment adds in one host
entry. No file of the collection knows of it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import yaml

from tests.emulator import process
from tests.emulator.fixtures import Emulator
from tests.playbooks import Ran, play

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.xdist_group("orchard"), pytest.mark.timeout(900)]

REGION = "eu-central-1"
ORCHARD = """
stack_system: orchard
stack_layers: [network, security, storage, data_tier, container_service]
aws_region: eu-central-1
tags_common:
  Environment: "{{ environment_name }}"
  Project: orchard
  ManagedBy: ansible
orchard_name: "orchard-{{ environment_name }}"

network_name: "{{ orchard_name }}"
network_public_subnets:
  - {cidr: 10.1.1.0/24}
  - {cidr: 10.1.2.0/24}
network_database_subnets:
  - {cidr: 10.1.20.0/24}
  - {cidr: 10.1.21.0/24}

security_groups:
  - name: "{{ orchard_name }}-api"
    description: Containers
    egress: [{protocol: all, cidrs: [0.0.0.0/0]}]
  - name: "{{ orchard_name }}-database"
    description: PostgreSQL, from the containers only
    ingress: [{ports: [5432], groups: ["{{ orchard_name }}-api"]}]
    egress: []

storage_buckets:
  - name: "{{ orchard_name }}-pictures"

data_tier_database_subnet_groups:
  - name: "{{ orchard_name }}"
data_tier_databases:
  - identifier: "{{ orchard_name }}"
    engine: postgres
    engine_version: "16.11"
    instance_class: "{{ orchard_database_class }}"
    allocated_storage: 20
    db_name: orchard
    username: orchard
    subnet_group: "{{ orchard_name }}"
    security_groups: ["{{ orchard_name }}-database"]
    deletion_protection: false
    final_snapshot: false
    secret_name: "orchard/{{ environment_name }}/database"

container_service_clusters:
  - name: "{{ orchard_name }}"
container_service_services:
  - name: api
    cluster: "{{ orchard_name }}"
    image: example/orchard:1
    port: 8080
    subnet_tier: public
    public_ip: true
    desired_count: "{{ orchard_tasks }}"
    security_groups: ["{{ orchard_name }}-api"]
    secrets:
      PASSWORD: {secret: "orchard/{{ environment_name }}/database", key: password}
"""
ENVIRONMENTS = {
    "prod": {"network_cidr": "10.1.0.0/16", "orchard_database_class": "db.t4g.small", "orchard_tasks": 2},
    # One host entry, and what differs: this is all that another environment costs.
    "staging": {"network_cidr": "10.1.0.0/16", "orchard_database_class": "db.t4g.micro", "orchard_tasks": 1},
}
LOCAL = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
Run = Callable[..., Ran]


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Emulator, Run]]:
    """An account with a function that runs a playbook on the system in one environment."""
    name = f"orchard-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}-{os.getpid()}"
    account = Emulator(process.start(name, {}))
    folder = tmp_path_factory.mktemp("orchard")
    for environment, size in ENVIRONMENTS.items():
        hosts = {"all": {"children": {"aws": {"vars": LOCAL, "hosts": {"orchard": None}}, "orchard": {"hosts": {"orchard": None}}}}}
        files = {
            "hosts.yml": yaml.safe_dump(hosts),
            "group_vars/orchard.yml": ORCHARD,
            "group_vars/all.yml": yaml.safe_dump({"environment_name": environment}),
            "host_vars/orchard.yml": yaml.safe_dump(size),
        }
        for path, text in files.items():
            file = folder / environment / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)

    def run(environment: str, *arguments: str, playbook: str = "site.yml", **variables: Any) -> Ran:
        reports = folder / "reports"
        return play(account, playbook, *arguments, inventory=str(folder / environment), reports=reports, variables=variables, timeout=850)

    try:
        yield account, run
    finally:
        account.stop()
        process.forget(name)


def test_a_plan_of_an_empty_account_writes_nothing(stage: tuple[Emulator, Run]) -> None:
    account, run = stage
    report = run("prod", "--check").check().report("plan", "orchard", "prod")
    assert report["summary"]["failed"] == report["summary"]["change"] == 0
    assert report["summary"]["create"] > 0
    assert account.writes() == []


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_it_converges_and_a_second_run_changes_nothing(stage: tuple[Emulator, Run], environment: str) -> None:
    account, run = stage
    assert run(environment).check().report("converge", "orchard", environment)["summary"]["failed"] == 0
    if environment == "prod":
        assert run(environment).check().changed == 0
    name, size = f"orchard-{environment}", ENVIRONMENTS[environment]

    def client(service: str) -> Any:
        return account.client(service, region=REGION)

    (vpc,) = client("ec2").describe_vpcs(Filters=[{"Name": "tag:stratum:environment", "Values": [environment]}])["Vpcs"]
    assert vpc["CidrBlock"] == "10.1.0.0/16"
    (database,) = client("rds").describe_db_instances(DBInstanceIdentifier=name)["DBInstances"]
    assert database["DBInstanceClass"] == size["orchard_database_class"]
    assert database["DBSubnetGroup"]["VpcId"] == vpc["VpcId"]
    assert f"{name}-pictures" in [bucket["Name"] for bucket in client("s3").list_buckets()["Buckets"]]
    (service,) = client("ecs").describe_services(cluster=name, services=["api"])["services"]
    assert (service["desiredCount"], service["runningCount"]) == (size["orchard_tasks"], size["orchard_tasks"])


def test_a_destroy_takes_one_environment_and_leaves_the_other(stage: tuple[Emulator, Run]) -> None:
    account, run = stage
    before = {environment: arns(account, environment) for environment in ENVIRONMENTS}
    assert all(before.values())
    report = run("prod", playbook="playbooks/destroy.yml", confirm="orchard").check().report("destroy", "orchard", "prod")
    assert report["summary"]["failed"] == 0
    assert arns(account, "prod") == set()
    assert arns(account, "staging") == before["staging"]


def arns(account: Emulator, environment: str) -> set[str]:
    """Return what bears the tags of the system in an environment."""
    filters = [{"Key": "stratum:stack", "Values": ["orchard"]}, {"Key": "stratum:environment", "Values": [environment]}]
    pages = account.client("resourcegroupstaggingapi", region=REGION).get_paginator("get_resources").paginate(TagFilters=filters)
    found = [each["ResourceARN"] for page in pages for each in page["ResourceTagMappingList"]]
    # A task definition that is not used any more, and a secret that waits for its deletion, can be seen for a while.
    return {arn for arn in found if not re.search(":(task-definition/|secret:)", arn)}
