# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A stage: hosts and what they talk to, on a network of their own.

Hosts see the names of AWS, Let's Encrypt, ECR and Docker Hub, with certificates that they trust; nothing
in the product is set for tests. The outer machine reaches every part by its address.
"""

from __future__ import annotations

import http.client
import ipaddress
import json
import ssl
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any, Final

from . import authority, forward, images, machine, network, parts, rds
from . import state as states
from .docker import HostsError, docker, ensure_engine, say
from .state import State

LABEL: Final = "stratum.hosts.stage"
CUTS: Final = ("refuse", "hang")
HOST: Final = "host"
CONTAINER_LINE: Final = "{{.Names}}\t{{.Image}}\t{{.Status}}"
# Run on a host: its failed units, its containers, what the ill among them say, and the journal of the engine and of what was set up.
DIAGNOSIS: Final = r"""
systemctl --failed --no-pager --plain
docker ps --all
for c in $(docker ps --all --quiet); do
  docker inspect --format '{{.Name}} {{.State.Status}} exit={{.State.ExitCode}} oom={{.State.OOMKilled}} {{.State.Error}}' "$c"
done
ended='--filter status=created --filter status=restarting --filter status=exited --filter status=dead'
for c in $(docker ps --quiet --filter health=unhealthy --filter health=starting; docker ps --all --quiet $ended); do
  docker inspect --format '== {{.Name}}{{if .State.Health}}{{range .State.Health.Log}}
probe: {{.ExitCode}} {{.Output}}{{end}}{{end}}' "$c"
  docker logs --tail 20 "$c" 2>&1
done
own=$(find /etc/systemd/system -maxdepth 1 -type f -name '*.service' -printf '--unit %f ')
journalctl --boot --no-pager --lines 120 --unit docker --unit certbot $own
"""


class Stage:
    """A stage that is up."""

    def __init__(self, name: str) -> None:
        self.name = name

    # ---- up and down

    @classmethod
    def up(
        cls,
        name: str,
        *,
        emulator: str | None = None,
        region: str = "us-east-1",
        account: str = "123456789012",
        only: Sequence[str] | None = None,
        host_image: str | None = "host",
        certificate_seconds: int = 7776000,
        owner: int | None = None,
    ) -> Stage:
        """Bring a stage up, or find it up; `only` names its parts (default: all), `host_image` None leaves the host out.

        `emulator` is the name of the emulator that AWS's names lead to; it may start later.
        `certificate_seconds` is how long the test authority's certificates hold.
        """
        ensure_engine()
        chosen = list(parts.PARTS) if only is None else [part for part in parts.PARTS if part in {"aws", *only}]
        unknown = set(only or ()) - set(parts.PARTS) - {HOST}
        if unknown:
            raise HostsError(f"a stage has no {', '.join(sorted(unknown))}; it has {', '.join(parts.PARTS)}")
        stage = cls(name)
        with states.locked(name):
            if states.load(name) is not None:
                return stage
            stage._remove()  # what an earlier one of this name may have left
            for part in chosen:
                images.ensure(parts.PARTS[part].image)
            subnet = network.create(f"{name}-net", f"{LABEL}={name}")
            try:
                State(name, str(subnet), region, account, emulator, owner=owner).save()
                stage._start(chosen, certificate_seconds)
            except BaseException:
                stage._remove()
                raise
        try:
            if host_image is not None:
                stage.add_host(image=host_image)
        except BaseException:
            stage.down()
            raise
        return stage

    @classmethod
    def find(cls, name: str) -> Stage:
        """Return a stage that is up; HostsError when there is none."""
        if states.load(name) is None:
            raise HostsError(f"there is no stage {name!r}; bring it up: python -m tests.hosts up --name {name}")
        return cls(name)

    def down(self) -> None:
        """Remove containers, volumes, network and state."""
        with states.locked(self.name):
            self._remove()

    def _remove(self) -> None:
        known = states.load(self.name)
        if known is not None and known.forwarder:
            forward.stop(known.forwarder)
        machine.remove(docker("ps", "--all", "--quiet", "--filter", f"label={LABEL}={self.name}").stdout.split())
        for net in docker("network", "ls", "--quiet", "--filter", f"label={LABEL}={self.name}").stdout.split():
            docker("network", "rm", net)
        states.path_of(self.name).unlink(missing_ok=True)
        (states.FOLDER / f"{self.name}-forward.log").unlink(missing_ok=True)

    def _start(self, chosen: Sequence[str], certificate_seconds: int) -> None:
        state = self.state
        ca = authority.authority()
        bind = str(network.gateway(self._subnet))
        state.forwarder = forward.start(states.path_of(self.name), bind, states.FOLDER / f"{self.name}-forward.log")
        for name in chosen:
            for alias in parts.filled(parts.PARTS[name].names, state.account, state.region):
                state.records[alias] = self.address(name)
        state.save()
        for name in chosen:
            self._create_part(name, ca, certificate_seconds)
        self._write_settings(state)
        docker("start", *(self.container(name) for name in chosen))
        for name in chosen:
            parts.wait_until_ready(name, self.address(name), parts.PARTS[name].ports)
            if parts.PARTS[name].trusts:
                machine.run(self.container(name), "update-ca-certificates")

    def _create_part(self, name: str, ca: authority.Pair, certificate_seconds: int) -> None:
        state, part = self.state, parts.PARTS[name]
        options = [*self._network_options(self.address(name)), *parts.filled(part.options, state.account, state.region)]
        if name != "aws":
            options.append(f"--dns={self.address('aws')}")
        if name == "acme":
            host = str(self._subnet[network.FIRST_HOST])
            options += ["--env", f"HOST_ADDRESS={host}", "--env", f"VALIDITY={certificate_seconds}"]
        docker("create", "--name", self.container(name), "--hostname", name, *options, images.tag_of(part.image))
        files = {"/usr/local/share/ca-certificates/stage.crt": ca.certificate}
        if part.certificate:
            pair = authority.issue(parts.filled(part.certificate, state.account, state.region), ca)
            files |= _pair_files(part.certificate_file, pair)
        machine.put(self.container(name), files)

    def _network_options(self, address: str) -> list[str]:
        return ["--network", f"{self.name}-net", "--ip", address, "--label", f"{LABEL}={self.name}"]

    # ---- hosts

    def add_host(
        self,
        host: str = HOST,
        *,
        image: str = "host",
        instance_id: str = "i-0123456789abcdef0",
        role: str = "host",
        public_key: str = "",
        **metadata: str,
    ) -> str:
        """Start a host and return its address when it has booted.

        `role` is the IAM role whose credentials its metadata service gives; `metadata` may hold instance_type,
        image_id, public_address and user_data. `public_key` opens the account `admin` to SSH.
        """
        tag = images.ensure(image)
        with self._changed() as state:
            if host in state.hosts or host in parts.PARTS:
                raise HostsError(f"the stage {self.name!r} has a {host!r} already")
            address = network.free_host_address(self._subnet, [known["address"] for known in state.hosts.values()])
            hostname = f"ip-{address.replace('.', '-')}"
            own = {"address": address, "instance_id": instance_id, "role": role, "hostname": f"{hostname}.ec2.internal"}
            state.hosts[host] = own | ({"public_key": public_key} if public_key else {}) | metadata
        container = self.container(host)
        options = [*self._network_options(address), f"--dns={self.address('aws')}"]
        machine.create(container, tag, *options, hostname=hostname)
        files = {
            "/usr/local/share/ca-certificates/stage.crt": authority.authority().certificate,
            "/etc/stage/metadata-gateway": self.address("aws").encode() + b"\n",
        }
        machine.put(container, files)
        docker("start", container)
        machine.run(container, "update-ca-certificates")
        machine.wait_until_booted(container)
        if public_key:
            machine.authorize(container, public_key)
        return address

    def remove_host(self, host: str) -> None:
        """Take a host away with its disks, as a terminated instance; its address becomes free."""
        machine.remove([self.container(host)])
        with self._changed() as state:
            state.hosts.pop(host, None)

    def reboot(self, host: str = HOST) -> None:
        """Restart a host and wait until it has booted."""
        machine.reboot(self.container(host))

    def describe_host(self, host: str = HOST, **metadata: str) -> None:
        """Change what the metadata service says to a host (instance_id, role, instance_type, image_id, public_address, user_data)."""
        with self._changed() as state:
            state.hosts[host] |= metadata

    def run(self, part: str, *command: str, check: bool = True, timeout: float = 300) -> str:
        """Run a command in a part or host as root; return its stdout. `timeout` is in seconds."""
        return machine.run(self.container(part), *command, check=check, timeout=timeout)

    def shell(self, part: str, script: str, check: bool = True, timeout: float = 300) -> str:
        """Run a shell script in a part or host as root; return its stdout. `timeout` is in seconds."""
        return machine.shell(self.container(part), script, check=check, timeout=timeout)

    # ---- what the stage says and does

    def lead(self, names: Sequence[str], to: str = HOST) -> None:
        """Let names (a system's domains, a database's endpoint) lead to a host, a part or an address, as in a DNS zone."""
        address = to if _is_address(to) else self.address(to)
        with self._changed() as state:
            state.records |= {name.lower().rstrip("."): address for name in names}
            acme = "acme.test" in state.records
        if acme and to in self.state.hosts:
            self._tell_names_of_acme(address)

    def _tell_names_of_acme(self, address: str) -> None:
        # Let's Encrypt's test server asks a name server of its own, which gives one address for all names.
        connection = http.client.HTTPConnection(self.address("acme"), 8055, timeout=10)
        connection.request("POST", "/set-default-ipv4", json.dumps({"ip": address}))
        if connection.getresponse().status != 200:
            raise HostsError("the name server of acme does not take the address")
        connection.close()

    def cut(self, service: str, how: str = "refuse") -> None:
        """Cut a service of AWS off (`logs`, `ecr`, `metadata`, …): `refuse` resets connections, `hang` leaves them unanswered."""
        if how not in CUTS:
            raise HostsError(f"a service is cut off by {' or '.join(CUTS)}, not by {how!r}")
        with self._changed() as state:
            state.cut[service] = how

    def mend(self, service: str | None = None) -> None:
        """Undo `cut`, for one service or for all."""
        with self._changed() as state:
            for name in [service] if service else list(state.cut):
                state.cut.pop(name, None)

    def use_emulator(self, name: str | None) -> None:
        """Let AWS's names lead to another emulator, or to none."""
        with self._changed() as state:
            state.emulator = name

    def database_at(self, name: str, user: str, password: str, database: str) -> None:
        """Let the database be the one that RDS gave out: endpoint's name, master user, its password, and first database."""
        pair = authority.issue([name, "database.test"], authority.authority())
        rds.become(self.container("database"), pair, user, password, database)
        self.lead([name], "database")

    def acme_root(self) -> str:
        """Return the root certificate (PEM) that the test authority issues under; made anew at each of its starts."""
        context = ssl.create_default_context(cadata=authority.authority().certificate.decode())
        context.check_hostname = False  # asked by address
        connection = http.client.HTTPSConnection(self.address("acme"), 15000, timeout=10, context=context)
        connection.request("GET", "/roots/0")
        return connection.getresponse().read().decode()

    # ---- facts

    @property
    def state(self) -> State:
        """The stage as recorded; HostsError when it is down."""
        state = states.load(self.name)
        if state is None:
            raise HostsError(f"the stage {self.name!r} is down")
        return state

    @property
    def _subnet(self) -> ipaddress.IPv4Network:
        return ipaddress.IPv4Network(self.state.subnet)

    def hosts(self) -> list[str]:
        """Return the names of the stage's hosts; none when it is down."""
        state = states.load(self.name)
        return list(state.hosts) if state else []

    def container(self, part: str = HOST) -> str:
        """Return the container's name of a part or host."""
        return f"{self.name}-{part}"

    def address(self, part: str = HOST) -> str:
        """Return the address of a part or host."""
        if part in network.PARTS:
            return network.address(self._subnet, part)
        hosts = self.state.hosts
        if part not in hosts:
            raise HostsError(f"the stage {self.name!r} has no {part!r}; it has {', '.join([*hosts, *network.PARTS])}")
        return hosts[part]["address"]

    def describe(self) -> dict[str, Any]:
        """Return what is where, for JSON."""
        state = self.state
        return {
            **{key: value for key, value in asdict(state).items() if key not in {"forwarder", "owner"}},
            "gateway": str(network.gateway(self._subnet)),
            "parts": {name: {"container": self.container(name), "address": self.address(name)} for name in network.PARTS},
            "hosts": {name: {"container": self.container(name), **host} for name, host in state.hosts.items()},
            "acme_directory": "https://acme.test:14000/dir",
            "registry": f"{state.account}.dkr.ecr.{state.region}.amazonaws.com",
            "ca_certificate": str(authority.FOLDER / "ca.crt"),
        }

    def diagnose(self, host: str = HOST) -> str:
        """Return what one wants to see of a host when a test has failed; what keeps it from being seen is said in its place."""
        try:
            done = docker("exec", self.container(host), "sh", "-c", DIAGNOSIS, check=False, timeout=60)
        except HostsError as error:
            return str(error)
        return done.stdout + done.stderr

    def diagnosis(self) -> str:
        """Return what one wants to see of the whole stage: which of its containers run, and what each host says."""
        try:
            found = docker("ps", "--all", "--filter", f"label={LABEL}={self.name}", "--format", CONTAINER_LINE, check=False).stdout
        except HostsError as error:
            return str(error)
        return "\n".join([f"stage {self.name}:\n{found}", *(f"host {host}:\n{self.diagnose(host)}" for host in self.hosts())])

    # ---- changes

    @contextmanager
    def _changed(self) -> Iterator[State]:
        with states.locked(self.name):
            state = self.state
            yield state
            state.save()
            self._write_settings(state)

    def _write_settings(self, state: State) -> None:
        settings = {
            "region": state.region,
            "account": state.account,
            "address": self.address("aws"),
            "upstream": [str(network.gateway(self._subnet)), forward.PORT],
            "records": state.records,
            "cut": state.cut,
            "hosts": {host["address"]: {key: value for key, value in host.items() if key != "address"} for host in state.hosts.values()},
        }
        machine.put(self.container("aws"), {"/etc/stage/aws.json": json.dumps(settings, indent=1).encode()})


def sweep() -> list[str]:
    """Take down the stages whose owners have ended, as after a killed test run; return their names."""
    orphans = [state.name for state in states.listed() if states.orphaned(state)]
    for name in orphans:
        say(f"taking down the stage {name}, whose owner is gone")
        Stage(name).down()
    return orphans


def wait_for(what: str, condition: Any, seconds: float = 30.0, interval: float = 0.1) -> None:
    """Return when `condition()` is true; HostsError that names `what` after so many seconds."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise HostsError(f"{what}: not within {seconds:.0f} s")
        time.sleep(interval)


def _pair_files(name: str, pair: authority.Pair) -> dict[str, bytes]:
    return {f"/etc/stage/{name}.crt": pair.certificate, f"/etc/stage/{name}.key": pair.key}


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
