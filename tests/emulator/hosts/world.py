# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Carries over to the stage what else the account says: who may reach an instance, names in DNS, databases.

`look` reads the account, while nobody changes it, after every request that can have changed something of this; what it finds is
compared with the last time, and only differences reach Docker, in the background.
"""

from __future__ import annotations

import ipaddress
import json
import sys
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Final

from tests.hosts.docker import HostsError

from .forwarding import Door, Forwarder
from .machines import DockerMachines

SERVICES: Final = frozenset({"ec2", "rds", "route53", "iam"})
WIDE_RANGE: Final = 64
"""A rule for more ports than this opens only those of USUAL_PORTS that are in it."""
USUAL_PORTS: Final = (22, 80, 443)
CALLERS: Final = tuple(map(ipaddress.ip_network, ("127.0.0.0/8", "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")))
"""Where this machine is taken to be: on the loopback, and wherever the examples of documentation are (RFC 5737)."""


@dataclass(frozen=True)
class Database:
    """An RDS instance of PostgreSQL that is ready."""

    endpoint: str
    user: str
    password: str
    name: str


class World:
    """What one emulator's account says, as the stage has it."""

    def __init__(self, account_id: str, machines: DockerMachines) -> None:
        self._account_id, self._machines = account_id, machines
        self.forwarder = Forwarder()
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="world")
        self._databases: dict[str, Database] = {}
        self._names: dict[str, str] = {}
        self._addresses: dict[str, str] = {}

    def look(self) -> None:
        """Read the account and begin to carry over what differs; nobody may change the account meanwhile."""
        stage = self._machines.present_stage
        if stage is None:
            self.forwarder.set({})
            return
        hosts = {identifier: known["address"] for identifier, known in stage.state.hosts.items()}
        instances = [it for it in self._instances() if it.id in hosts and it.state == "running"]
        self.forwarder.set({door: hosts[it.id] for it in instances if it.public_ip for door in _doors(it)})
        public = {it.id: it.public_ip for it in instances if it.public_ip}
        for identifier, address in public.items():
            if self._addresses.get(identifier) != address:
                self._later(lambda i=identifier, a=address: stage.describe_host(i, public_address=a))  # type: ignore[misc]
        self._addresses = public
        self._lead({address: identifier for identifier, address in public.items()})
        for database in self._ready_databases():
            if self._databases.get(database.endpoint) != database:
                self._databases[database.endpoint] = database
                self._later(lambda d=database: stage.database_at(d.endpoint, d.user, d.password, d.name))  # type: ignore[misc]

    def forget(self) -> None:
        """Start anew, as after a reset."""
        self._databases, self._names, self._addresses = {}, {}, {}
        self.forwarder.set({})

    def _later(self, work: Callable[[], object]) -> None:
        def run() -> None:
            try:
                work()
            except HostsError as error:
                print(f"the stage does not follow the account: {error}", file=sys.stderr, flush=True)
            except Exception:
                traceback.print_exc()

        self._worker.submit(run)

    def _lead(self, owners: dict[str, str]) -> None:
        """Let the names of Route 53 that point at instances point at their containers inside the stage."""
        names = {name: owners[value] for name, value in self._records() if value in owners}
        for name, identifier in names.items():
            if self._names.get(name) != identifier:
                stage = self._machines.present_stage
                if stage is not None:
                    self._later(lambda s=stage, n=name, i=identifier: s.lead([n], i))  # type: ignore[misc]
        self._names = names

    def _instances(self) -> Iterator[Any]:
        ec2 = _loaded("moto.ec2.models")
        for backend in ec2.ec2_backends[self._account_id].values() if ec2 else ():
            for reservation in backend.reservations.values():
                yield from reservation.instances

    def _records(self) -> Iterator[tuple[str, str]]:
        """Yield (name, address) of the A records of public zones."""
        route53 = _loaded("moto.route53.models")
        for zone in route53.route53_backends[self._account_id]["aws"].zones.values() if route53 else ():
            for record in zone.rrsets:
                if record.type == "A" and not zone.private_zone:
                    for value in record.records or ():
                        yield record.name.rstrip(".").replace("\\052", "*"), str(value)

    def _ready_databases(self) -> Iterator[Database]:
        rds = _loaded("moto.rds.models")
        for backend in rds.rds_backends[self._account_id].values() if rds else ():
            for database in backend.databases.values():
                if database.engine == "postgres" and database.status == "available" and (password := self._password(database)):
                    yield Database(database.address, database.master_username, password, database.db_name or "postgres")

    @staticmethod
    def _password(database: Any) -> str:
        secret = getattr(database, "master_user_secret", None)
        if getattr(database, "manage_master_user_password", False) and secret is not None:
            known = secret.secret
            return str(json.loads(known.versions[known.default_version_id]["secret_string"]).get("password", ""))
        return str(database.__dict__.get("_master_user_password") or "")


def _loaded(name: str) -> Any:
    """Return a module of moto that is in use; None when nobody has asked for its service, or another thread is just importing it."""
    found = sys.modules.get(name)
    return None if getattr(getattr(found, "__spec__", None), "_initializing", False) else found


def _doors(instance: Any) -> Iterator[Door]:
    """Yield the ports of an instance's public address that its security groups open to this machine."""
    for group in instance.security_groups:
        for rule in group.ingress_rules:
            if _covers_this_machine(rule.ip_range.get("CidrIp", "")):
                for port in _ports(rule):
                    yield instance.public_ip, port


def _covers_this_machine(cidr: str) -> bool:
    try:
        let_in = ipaddress.ip_network(cidr, strict=False)
    except ValueError:
        return False
    return any(let_in.overlaps(network) for network in CALLERS)


def _ports(rule: Any) -> Iterator[int]:
    if rule.ip_protocol not in ("tcp", "6", "-1", -1):
        return
    whole = rule.ip_protocol in ("-1", -1) or rule.from_port in (None, -1, "")
    first, last = (0, 65535) if whole else (int(rule.from_port), int(rule.to_port))
    yield from (port for port in USUAL_PORTS if first <= port <= last) if last - first >= WIDE_RANGE else range(first, last + 1)


class Follower:
    """Calls `look` after requests and after work on containers, one call at a time."""

    def __init__(self, world: World, turn: AbstractContextManager[Any]) -> None:
        self._world, self._turn = world, turn

    def after(self, service: str) -> None:
        """Look after a request to a service."""
        if service in SERVICES:
            self.look()

    def look(self) -> None:
        """Look now."""
        with self._turn:
            try:
                self._world.look()
            except Exception:
                traceback.print_exc()
