# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The EC2 instances that stacks have made, as hosts to configure."""

from __future__ import annotations

DOCUMENTATION = r"""
name: instances
short_description: The EC2 instances that stacks have made
version_added: 0.3.0
description:
  - Finds running EC2 instances by the tags that every resource of a stack bears, and puts each into the group of its stack
    (the group of the name in C(stratum:stack)), into C(<stack>_hosts), and into O(groups).
  - A limit that names a stack means its instances too.
  - A host's name in the inventory is its Name tag; of several with the same one, the oldest bears it,
    and the others have their id behind it.
  - It reaches them over SSH by their public address, or by their private one where there is none.
  - Credentials come from where boto3 finds them (C(AWS_PROFILE), C(AWS_ACCESS_KEY_ID), an instance's role and so on).
options:
  plugin:
    description: The name of this plugin.
    type: str
    required: true
    choices: [stratum.aws.instances]
  regions:
    description: The regions to look in.
    type: list
    elements: str
    required: true
  environment:
    description: The value of the tag C(stratum:environment), which is C(environment_name) of the inventory.
    type: str
    required: true
  stacks:
    description: The values of the tag C(stratum:stack), each of which is the name of a group too.
    type: list
    elements: str
    required: true
  layers:
    description: The values of the tag C(stratum:layer).
    type: list
    elements: str
    default: [compose_host]
  groups:
    description: The groups that all of the instances join beside that of their stack.
    type: list
    elements: str
    default: [compose_hosts]
  ssh_agent:
    description:
      - Whether an SSH agent is started when there is an instance, unless ansible-core is set to use one (C(SSH_AGENT)).
      - It takes private keys that are variables (C(ansible_ssh_private_key)), and ends with the run.
    type: bool
    default: true
notes:
  - A run whose limit names only hosts and groups that have nothing to do with these does not ask AWS at all, so it takes no
    longer, and does not mind an account that cannot be reached. For that, this inventory's file must sort after the one with the stacks.
  - When AWS cannot be asked, one line says so, and there are no such hosts.
  - This plugin is there because P(amazon.aws.aws_ec2#inventory) asks on every run, waits for minutes on a network that drops
    packets, fails in many lines when the account cannot be reached, and speaks of a deprecation on every run.
  - "The variables of a host: V(ansible_host), V(ansible_connection), V(ansible_python_interpreter), V(ec2_instance_id), V(ec2_owner_id),
    V(ec2_region), V(ec2_private_address), V(ec2_instance_type), V(ec2_image_id), V(ec2_key_name),
    V(ec2_ssh_agent) (the socket, or empty), V(stratum_stack)."
author:
  - stratum.aws contributors (@stratum-aws)
"""

EXAMPLES = r"""
# inventories/prod/instances.yml
plugin: stratum.aws.instances
regions: [us-east-1]
environment: prod
stacks: [accountabilityatlas]
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from ansible import constants, context
from ansible.errors import AnsibleParserError
from ansible.module_utils.common.collections import ImmutableDict
from ansible.plugins.inventory import BaseInventoryPlugin
from ansible.utils.display import Display
from ansible_collections.stratum.aws.plugins.plugin_utils import _ssh_agent

_PATTERN: Final = re.compile(r"[*?\[\]~&!@]")
# A reachable region answers in a tenth of a second; a network that drops packets is given up on.
_CONNECT_SECONDS: Final = 3
_READ_SECONDS: Final = 10

Instance = Mapping[str, Any]


class InventoryModule(BaseInventoryPlugin):
    """Adds the instances to the inventory."""

    NAME = "stratum.aws.instances"

    def verify_file(self, path: str) -> bool:
        return bool(super().verify_file(path)) and path.endswith(("instances.yml", "instances.yaml"))

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:
        """Ask AWS for the instances, unless this run cannot need them."""
        super().parse(inventory, loader, path, cache)
        self._read_config_data(path)
        stacks, groups = self.get_option("stacks"), self.get_option("groups")
        ours = (*groups, *stacks, *map(hosts_of, stacks))
        for group in ours:
            inventory.add_group(group)
        above = {parent.name for group in ours for parent in inventory.groups[group].get_ancestors()}
        limit = context.CLIARGS.get("subset")
        if not needed(limit, inventory.hosts, inventory.groups, {"all", *ours} | above):
            return
        _limit_to(widened(limit, stacks))
        found = self._found(stacks)
        agent = self._agent() if found else ""
        for name, instance, region in named(found):
            variables = host_variables(instance, region, agent)
            inventory.add_host(name)
            stack = variables["stratum_stack"]
            for group in (*groups, stack, hosts_of(stack)):
                inventory.add_child(group, name)
            for key, value in variables.items():
                inventory.set_variable(name, key, value)

    def _found(self, stacks: Sequence[str]) -> list[tuple[Instance, str]]:
        """Return the running instances with their regions; none, and a line that says so, when AWS cannot be asked."""
        # Not needed by most runs, and the larger part of their start.
        try:
            import boto3
            from botocore.config import Config
            from botocore.exceptions import BotoCoreError, ClientError
        except ImportError as error:
            raise AnsibleParserError("The plugin stratum.aws.instances needs boto3. Install it beside ansible-core.") from error
        config = Config(connect_timeout=_CONNECT_SECONDS, read_timeout=_READ_SECONDS, retries={"total_max_attempts": 2})
        filters = [
            {"Name": "tag:stratum:stack", "Values": list(stacks)},
            {"Name": "tag:stratum:environment", "Values": [self.get_option("environment")]},
            {"Name": "tag:stratum:layer", "Values": self.get_option("layers")},
            {"Name": "instance-state-name", "Values": ["running"]},
        ]
        found: list[tuple[Instance, str]] = []
        for region in self.get_option("regions"):
            try:
                pages = boto3.Session().client("ec2", region_name=region, config=config).get_paginator("describe_instances")
                for reservation in pages.paginate(Filters=filters).search("Reservations[]"):
                    found += [({**instance, "OwnerId": reservation["OwnerId"]}, region) for instance in reservation["Instances"]]
            except (BotoCoreError, ClientError) as error:
                Display().warning(f"The hosts of {', '.join(stacks)} are not known, because AWS could not be asked in {region}: {error}")
        return found

    def _agent(self) -> str:
        if not self.get_option("ssh_agent"):
            return ""
        configured = str(constants.config.get_config_value("SSH_AGENT") or "none")
        socket = _ssh_agent.socket_for_this_run(configured, Path(constants.DEFAULT_LOCAL_TMP))
        if not socket:
            cure = "Install OpenSSH's client, or set ansible_ssh_private_key_file to a key of your own"
            Display().warning(f"There is no ssh-agent to take the private keys of the hosts. {cure}.")
        return socket


def hosts_of(stack: str) -> str:
    """Return the name of the group that holds the instances of a stack and nothing else."""
    return f"{stack}_hosts"


def widened(subset: str | None, stacks: Iterable[str]) -> str | None:
    """Return a limit that means the hosts of a stack where it names the stack.

    A stack has the name of its group, and where a name is both, Ansible takes it for the host alone.
    """
    if not subset or _PATTERN.search(subset):
        return subset
    words = [word.strip() for word in re.split("[,:]", subset) if word.strip()]
    return ",".join([*words, *(hosts_of(stack) for stack in stacks if stack in words and hosts_of(stack) not in words)])


def _limit_to(subset: str | None) -> None:
    # Every command of Ansible reads the inventory first and the limit afterwards.
    if subset != context.CLIARGS.get("subset"):
        context.CLIARGS = ImmutableDict({**context.CLIARGS, "subset": subset})


def needed(subset: str | None, hosts: Iterable[str], groups: Iterable[str], ours: set[str]) -> bool:
    """Return whether a run with this limit may mean an instance.

    It does not when the limit names nothing but known hosts and groups, none of which is one that instances join
    (`ours`, with the groups above those). Whatever is not understood may mean anything.
    """
    if not subset or _PATTERN.search(subset):
        return True
    known_hosts, known_groups = set(hosts), set(groups)
    words = [word.strip() for word in re.split("[,:]", subset) if word.strip()]
    return any(word in ours or word not in known_hosts | known_groups for word in words)


def tags_of(instance: Instance) -> dict[str, str]:
    """Return an instance's tags."""
    return {tag["Key"]: tag["Value"] for tag in instance.get("Tags") or []}


def named(found: Iterable[tuple[Instance, str]]) -> list[tuple[str, Instance, str]]:
    """Return name, instance and region, the oldest first, which has the right to a name that several bear."""
    taken: set[str] = set()
    result = []
    for instance, region in sorted(found, key=lambda each: (str(each[0].get("LaunchTime", "")), each[0]["InstanceId"])):
        name = tags_of(instance).get("Name") or str(instance["InstanceId"])
        name = f"{name}-{instance['InstanceId']}" if name in taken else name
        taken.add(name)
        result.append((name, instance, region))
    return result


def host_variables(instance: Instance, region: str, agent: str) -> dict[str, str]:
    """Return the variables of an instance's host."""
    return {
        "ansible_host": str(instance.get("PublicIpAddress") or instance.get("PrivateIpAddress") or ""),
        "ansible_connection": "ssh",
        "ansible_python_interpreter": "auto_silent",
        "ec2_instance_id": str(instance["InstanceId"]),
        "ec2_owner_id": str(instance.get("OwnerId", "")),
        "ec2_region": region,
        "ec2_private_address": str(instance.get("PrivateIpAddress", "")),
        "ec2_instance_type": str(instance.get("InstanceType", "")),
        "ec2_image_id": str(instance.get("ImageId", "")),
        "ec2_key_name": str(instance.get("KeyName", "")),
        "ec2_ssh_agent": agent,
        "stratum_stack": tags_of(instance).get("stratum:stack", ""),
    }
