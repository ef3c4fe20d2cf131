# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""AccountabilityAtlas' production in phase 1: its host is found and never replaced."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.playbooks import ROOT, play

from .atlas import NAME, host_of
from .conftest import Stack

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.xdist_group("accountabilityatlas"), pytest.mark.timeout(900)]

SHOW = """
- hosts: compose_hosts
  gather_facts: false
  tasks:
    - ansible.builtin.debug:
        msg: >-
          found {{ inventory_hostname }} {{ ansible_host }} {{ ansible_connection }}
          {{ compose_host_registry }} {{ group_names | join('+') }}
    - ansible.builtin.debug:
        msg: key {{ ansible_ssh_private_key.splitlines()[0] }}
"""


@pytest.fixture(scope="module")
def instance(accountabilityatlas: Stack) -> dict[str, Any]:
    """The host."""
    return host_of(accountabilityatlas)


# -- What changes, and what must not ---------------------------------------------------------------------


def test_a_newer_image_does_not_replace_the_host(accountabilityatlas: Stack, instance: dict[str, Any]) -> None:
    ec2 = accountabilityatlas.client("ec2")
    ec2.register_image(Name="debian-13-amd64-20991231-9999", Architecture="x86_64", RootDeviceName="/dev/xvda", VirtualizationType="hvm")
    assert accountabilityatlas.run("--check").check().changed == 0
    running = ec2.describe_instances(Filters=[{"Name": "instance-state-name", "Values": ["running"]}])["Reservations"]
    assert [each["InstanceId"] for reservation in running for each in reservation["Instances"]] == [instance["InstanceId"]]


def test_the_inventory_finds_the_host(accountabilityatlas: Stack, instance: dict[str, Any], tmp_path: Path) -> None:
    show = tmp_path / "show.yml"
    show.write_text(SHOW, encoding="utf-8")
    # What systems are stands beside the playbooks.
    (tmp_path / "group_vars").symlink_to(ROOT / "group_vars")
    # The limit names a host and a group, which Ansible takes for the host alone.
    limit = ("--limit", "accountabilityatlas")
    shown = play(accountabilityatlas.account, show, *limit, inventory="inventories/prod", reports=tmp_path).check()
    words = " ".join(shown.output.split())
    registry = "123456789012.dkr.ecr.us-east-1.amazonaws.com"
    groups = "accountabilityatlas+accountabilityatlas_hosts+compose_hosts"
    assert f"found {NAME} {instance['PublicIpAddress']} ssh {registry} {groups}" in words
    assert "key -----BEGIN OPENSSH PRIVATE KEY-----" in words
