# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""nginx with the role's rendered files, between two small services and a client: containers on a network of their own.

It shows what the configuration does, without the host around it. What the role does with it on a host is in test_certificate.py.
"""

from __future__ import annotations

import json
import secrets
import shutil
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.hosts import authority, images
from tests.hosts.docker import docker, ensure_engine
from tests.role_templates import render

NAMES = ("accountabilityatlas.com", "www.accountabilityatlas.com")
# The seed's values, as the inventory has them.
SEED: dict[str, Any] = {
    "server_names": list(NAMES),
    "zones": [{"name": "general", "rate": "30r/s", "size": "10m"}, {"name": "auth", "rate": "5r/s", "size": "10m"}],
    "upstreams": [{"name": "api_gateway", "servers": ["api-gateway:8080"]}, {"name": "web_app", "servers": ["web-app:3000"]}],
    "locations": [
        {"path": "/api/", "upstream": "api_gateway", "zone": "general", "burst": 20},
        {"path": "/api/v1/auth/", "upstream": "api_gateway", "zone": "auth", "burst": 5},
        {"path": "/", "upstream": "web_app", "zone": "general", "burst": 20},
    ],
}
FILES = {
    "nginx.conf": "nginx.conf.j2",
    "entrypoint/50-upstreams.sh": "upstreams.sh.j2",
    "html/unavailable.html": "unavailable.html.j2",
    "html/unavailable.json": "unavailable.json.j2",
}
MOUNTS = {
    "nginx.conf": "/etc/nginx/nginx.conf",
    "certs": "/etc/letsencrypt",
    "acme": "/var/www/acme",
    "html": "/usr/share/nginx/unavailable",
    "entrypoint/50-upstreams.sh": "/docker-entrypoint.d/50-upstreams.sh",
}
# Sends requests as fast as it can, over one connection or (keep = 0) each over a new one; prints how many got which status, and
# when each was sent (seconds since the first).
HAMMER = """
import collections, http.client, json, ssl, sys, time
address, path, count, pause, keep = sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4]), int(sys.argv[5])
context = ssl._create_unverified_context()
class Connection(http.client.HTTPSConnection):
    def connect(self):
        http.client.HTTPConnection.connect(self)
        self.sock = context.wrap_socket(self.sock, server_hostname="accountabilityatlas.com")
found, connection, began, sent = collections.Counter(), Connection(address, 443, timeout=20), time.monotonic(), []
for number in range(count):
    try:
        sent.append(time.monotonic() - began)
        connection.request("GET", path, headers={"Host": "accountabilityatlas.com"})
        answer = connection.getresponse()
        answer.read()
        found[answer.status] += 1
    except (OSError, http.client.HTTPException) as wrong:
        found[repr(wrong)] += 1
        connection.close()
    if not keep:
        connection.close()
    time.sleep(max(0, began + (number + 1) * pause - time.monotonic()))
print(json.dumps({"statuses": found, "sent": sent}))
"""


@dataclass(frozen=True)
class Answer:
    """What a client got: status (0 when the connection was refused or dropped), headers in small letters, body."""

    status: int
    headers: dict[str, str]
    body: str

    def echoed(self) -> dict[str, str]:
        """Return the request's headers as the service behind the proxy saw them, in small letters."""
        return {name.lower(): value for name, value in json.loads(self.body)["headers"].items()}


@dataclass(frozen=True)
class Measured:
    """How many requests got which status (or which error of the connection), and when each was sent (seconds since the first)."""

    statuses: Counter[int | str]
    sent: list[float]

    def __str__(self) -> str:
        return f"{dict(self.statuses)} in {self.sent[-1]:.1f} s"

    def allowed(self, rate: float, burst: int) -> int:
        """Return how many a leaky bucket lets through, as nginx documents it: `rate` per second, and `burst` at once beyond that."""
        excess, last, passed = -1.0, 0.0, 0
        for moment in self.sent:
            now = max(0.0, excess - rate * (moment - last) + 1) if passed else 0.0
            if now <= burst:
                excess, last, passed = now, moment, passed + 1
        return passed


def measured(said: dict[str, Any]) -> Measured:
    """Return what HAMMER printed."""
    statuses = {int(status) if status.isdigit() else status: number for status, number in said["statuses"].items()}
    return Measured(Counter(statuses), said["sent"])


@dataclass
class Proxy:
    """A running nginx: its container, its address, the folder of its files."""

    lab: Lab
    container: str
    address: str
    folder: Path

    def get(self, url: str, *options: str, client: str = "") -> Answer:
        """Ask as a client would; `url` has a host name, which is taken to be this proxy. Never raises for a refused connection."""
        host = url.split("/")[2]
        resolve = [word for port in (80, 443) for word in ("--resolve", f"{host}:{port}:{self.address}")]
        done = self.lab.run("curl", "-sk", "-i", "--http1.1", "--max-time", "20", *resolve, *options, url, client=client, check=False)
        head, _blank, body = done.replace("\r\n", "\n").partition("\n\n")
        if not head.startswith("HTTP/"):
            return Answer(0, {}, "")
        first, *lines = head.splitlines()
        pairs = (line.partition(":") for line in lines)
        return Answer(int(first.split()[1]), {name.lower(): value.strip() for name, _colon, value in pairs}, body)

    def hammer(self, path: str, count: int, pause: float = 0.0, client: str = "") -> Measured:
        """Send that many requests one after another, `pause` seconds apart at least."""
        said = json.loads(self.lab.run("python3", "-c", HAMMER, self.address, path, str(count), str(pause), "1", client=client))
        return measured(said)

    def log(self) -> list[dict[str, Any]]:
        """Return the lines of the access log."""
        lines = docker("logs", self.container).stdout.splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]

    def errors(self) -> str:
        """Return what nginx and the start script said on stderr."""
        return docker("logs", self.container).stderr

    def until(self, url: str, status: int, seconds: float) -> Answer:
        """Ask every fifth of a second until the answer has that status; fail with the last answer after `seconds`."""
        until, answer = time.monotonic() + seconds, self.get(url)
        while answer.status != status:
            assert time.monotonic() < until, f"{url} answers {answer.status} and not {status} after {seconds} s:\n{self.errors()}"
            time.sleep(0.2)
            answer = self.get(url)
        return answer


@dataclass
class Lab:
    """The network, its services and its clients."""

    folder: Path
    name: str = field(default_factory=lambda: f"proxy-lab-{secrets.token_hex(4)}")
    containers: list[str] = field(default_factory=list)

    def start(self, name: str, image: str, *options: str, command: tuple[str, ...] = ()) -> str:
        """Run a container on the network, reachable by its name; return what it is called."""
        container = f"{self.name}-{name}"
        docker("run", "--detach", "--name", container, "--network", self.name, "--network-alias", name, *options, image, *command)
        self.containers.append(container)
        return container

    def service(self, name: str, port: int, *options: str) -> str:
        """Run a service that echoes requests, and answers 503 by itself on `/api/overloaded`."""
        says = {"STAGE_NAME": name, "STAGE_PORT": str(port), "STAGE_HEALTH": "/api/overloaded", "STAGE_FAULT": "unhealthy"}
        environment = [word for key, value in says.items() for word in ("--env", f"{key}={value}")]
        return self.start(name, images.ensure("service"), *environment, *options)

    def remove(self, container: str) -> None:
        """Take a container away."""
        docker("rm", "--force", "--volumes", container, check=False)
        self.containers = [one for one in self.containers if one != container]

    def run(self, *command: str, client: str = "", check: bool = True) -> str:
        """Run a command in a client's container (`load` unless named)."""
        return docker("exec", client or f"{self.name}-load", *command, check=check, timeout=120).stdout

    def address(self, container: str) -> str:
        """Return the address of a container on the network."""
        return docker("inspect", "--format", f'{{{{(index .NetworkSettings.Networks "{self.name}").IPAddress}}}}', container).stdout.strip()

    def write(self, folder: Path, **overrides: Any) -> None:
        """Write the role's files for the proxy into a folder, as the role lays them out, with a certificate."""
        variables = {
            "compose_host_proxy": SEED | overrides,
            "compose_host_certificates": [{"name": NAMES[0], "domains": list(NAMES)}],
            "compose_host_services": [{"name": "nginx", "image": "nginx:alpine"}],
        }
        live = folder / "certs" / "live" / NAMES[0]
        for made in (live, folder / "acme", folder / "html", folder / "entrypoint"):
            made.mkdir(parents=True, exist_ok=True)
        for path, template in FILES.items():
            (folder / path).write_text(render("compose_host", template, variables), encoding="utf-8")
        (folder / "entrypoint" / "50-upstreams.sh").chmod(0o755)
        pair = authority.issue(NAMES, authority.authority())
        (live / "fullchain.pem").write_bytes(pair.certificate)
        (live / "privkey.pem").write_bytes(pair.key)

    @contextmanager
    def proxy(self, **overrides: Any) -> Iterator[Proxy]:
        """Run nginx with the seed's values and these over them, as the Compose file mounts it, until the block ends."""
        folder = self.folder / f"proxy-{secrets.token_hex(4)}"
        self.write(folder, **overrides)
        volumes = [f"--volume={folder / source}:{target}:ro" for source, target in MOUNTS.items()]
        container = self.start(f"nginx-{folder.name}", images.ensure("nginx"), *volumes)
        try:
            yield Proxy(self, container, self.address(container), folder)
        finally:
            self.remove(container)
            shutil.rmtree(folder)


@contextmanager
def opened(folder: Path) -> Iterator[Lab]:
    """Make a lab with both services and a client, and leave nothing of it."""
    ensure_engine()
    lab = Lab(folder)
    docker("network", "create", lab.name)
    try:
        lab.start("load", images.ensure("load"))
        lab.service("api-gateway", 8080)
        lab.service("web-app", 3000)
        yield lab
    finally:
        for container in list(lab.containers):
            lab.remove(container)
        docker("network", "rm", lab.name, check=False)
