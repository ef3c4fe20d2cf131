# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A small stack with a host and a database in the emulator, for tests of what is done with them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from tests.emulator.fixtures import Emulator
from tests.playbooks import Ran, play

REGION = "us-east-1"

STACK: dict[str, Any] = {
    "stack_layers": ["network", "security", "data_tier", "compose_host"],
    "tags_common": {"Project": "small"},
    "network_name": "small",
    "network_azs": ["us-east-1a", "us-east-1b"],
    "network_cidr": "10.0.0.0/16",
    "network_public_subnets": [{"cidr": "10.0.1.0/24", "az": "us-east-1a"}],
    "network_database_subnets": [{"cidr": "10.0.20.0/24", "az": "us-east-1a"}, {"cidr": "10.0.21.0/24", "az": "us-east-1b"}],
    "security_groups": [
        {"name": "small-web", "description": "Web", "ingress": [{"ports": [80], "cidrs": ["0.0.0.0/0"], "description": "HTTP"}]},
        {
            "name": "small-db",
            "description": "Database",
            "ingress": [{"ports": [5432], "groups": ["small-web"], "description": "PostgreSQL"}],
        },
    ],
    "data_tier_database_subnet_groups": [{"name": "small", "subnet_tier": "database"}],
    "data_tier_databases": [
        {
            "identifier": "small-db",
            "engine": "postgres",
            "engine_version": "17.7",
            "instance_class": "db.t4g.micro",
            "allocated_storage": 20,
            "db_name": "small",
            "username": "small",
            "port": 5432,
            "subnet_group": "small",
            "security_groups": ["small-db"],
            "backup_retention_days": 7,
            "secret_name": "small/database",
            "deletion_protection": True,
            "availability_zone": "us-east-1a",
        }
    ],
    "compose_host_project": "small",
    "compose_host_instances": [
        {
            "name": "small-host",
            "image": {"owner": "136693071363", "name": "debian-13-amd64-*"},
            "instance_type": "t3.small",
            "security_groups": ["small-web"],
            "termination_protection": True,
            "elastic_ip_name": "small",
        }
    ],
}


class ComposeStack:
    """The stack `small`, and `other`, which has no host, in an account."""

    def __init__(self, account: Emulator, folder: Path) -> None:
        self.account = account
        self.reports = folder / "reports"
        # Most of what these playbooks do is task by task, and a third of that is copying modules.
        faster = {"ansible_pipelining": True}
        local = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}", **faster}
        shared = {"environment_name": "test", "aws_region": REGION}
        hosts = {"small": STACK | shared, "other": {"stack_layers": ["network"], **shared}}
        document = {"all": {"children": {"aws": {"hosts": hosts, "vars": local}, "compose_hosts": {}}}}
        self.inventory = folder / "hosts.yml"
        self.inventory.write_text(yaml.safe_dump(document), encoding="utf-8")

    def run(self, playbook: str, *arguments: str, limit: str = "small", **variables: Any) -> Ran:
        """Run a playbook of the collection, without the parts that need a real host."""
        options = ["--limit", limit, "--skip-tags", "host", *arguments]
        return play(self.account, playbook, *options, inventory=str(self.inventory), reports=self.reports, variables=variables)

    def client(self, service: str) -> Any:
        """Return a boto3 client in the stack's region."""
        return self.account.client(service, region=REGION)

    def instances(self, layer: str) -> list[dict[str, Any]]:
        """Return the instances of a layer that are not terminated."""
        filters = [{"Name": "tag:stratum:layer", "Values": [layer]}]
        found = [one for each in self.client("ec2").describe_instances(Filters=filters)["Reservations"] for one in each["Instances"]]
        return [one for one in found if one["State"]["Name"] != "terminated"]

    def images(self) -> list[str]:
        """Return the ids of the images that backups made, the oldest first."""
        filters = [{"Name": "tag:stratum:backup-of", "Values": ["small"]}]
        found = self.client("ec2").describe_images(Owners=["self"], Filters=filters)["Images"]
        return [one["ImageId"] for one in sorted(found, key=lambda one: str(one["CreationDate"]))]

    def snapshots(self) -> list[str]:
        """Return the names of the database's snapshots that backups took, the oldest first."""
        found = self.client("rds").describe_db_snapshots(SnapshotType="manual")["DBSnapshots"]
        mine = [one for one in found if {"Key": "stratum:backup-of", "Value": "small"} in one["TagList"]]
        return sorted(one["DBSnapshotIdentifier"] for one in mine)

    def databases(self) -> list[str]:
        """Return the identifiers of the databases."""
        return sorted(one["DBInstanceIdentifier"] for one in self.client("rds").describe_db_instances()["DBInstances"])

    def planned(self) -> dict[str, int]:
        """Return what a plan would do, without what it leaves."""
        summary: dict[str, int] = self.run("site.yml", "--check").check().report("plan", "small", "test")["summary"]
        return {action: number for action, number in summary.items() if number and action not in ("unchanged", "skipped")}
