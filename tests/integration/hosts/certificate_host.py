# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A host of the stage on which the role's tasks for proxy and certificates are run, with a small project of three services."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.emulator.fixtures import Emulator
from tests.hosts.stage import Stage
from tests.playbooks import Ran, play

from .lab import HAMMER, MOUNTS, NAMES, SEED, Measured, measured

DIRECTORY = "/opt/site"
PRODUCTION = "https://acme.test:14000/dir"
# certbot takes an authority with this word in its address for one that nobody trusts.
STAGING = f"{PRODUCTION}?staging"
REGISTRY = "123456789012.dkr.ecr.us-east-1.amazonaws.com"

PLAYBOOK = """
- hosts: all
  gather_subset: ["!all", "!min", distribution]
  tasks:
    - ansible.builtin.include_role: {name: stratum.aws.compose_host, tasks_from: "host/{{ part }}"}
      loop: [proxy, certificate, apply]
      loop_control: {loop_var: part}
"""


@dataclass
class Host:
    """The host, and what its inventory says."""

    stage: Stage
    emulator: Emulator
    folder: Path
    variables: dict[str, Any]

    def inventory(self) -> str:
        """Write the inventory as the variables are now; return its path."""
        connection = {"ansible_connection": "community.docker.docker", "ansible_python_interpreter": "/usr/bin/python3"}
        host = {self.stage.container(): connection | self.variables}
        path = self.folder / "hosts.yml"
        path.write_text(yaml.safe_dump({"all": {"children": {"compose_hosts": {"hosts": host}}}}), encoding="utf-8")
        return str(path)

    def configure(self, *arguments: str, code: int = 0, **changes: Any) -> Ran:
        """Run the role's tasks with these changes to the variables, which stay."""
        self.variables |= changes
        playbook = self.folder / "play.yml"
        playbook.write_text(PLAYBOOK, encoding="utf-8")
        return self._play(playbook, *arguments).check(code)

    def proxy(self, **changes: Any) -> dict[str, Any]:
        """Return the proxy's variables with changes, for `configure(compose_host_proxy=…)`."""
        now: dict[str, Any] = self.variables["compose_host_proxy"]
        return now | changes

    def renew(self, *arguments: str) -> Ran:
        """Run the playbook that renews certificates."""
        return self._play("playbooks/renew_certificates.yml", *arguments)

    def _play(self, playbook: Path | str, *arguments: str) -> Ran:
        faster = {"ANSIBLE_PIPELINING": "1"}
        return play(
            None, playbook, *arguments, inventory=self.inventory(), reports=self.folder / "reports", environment=faster, timeout=500
        )

    def shell(self, script: str, check: bool = True) -> str:
        """Run a script on the host as root."""
        return self.stage.shell("host", script, check=check)

    def compose(self, command: str, check: bool = True) -> str:
        """Run Docker Compose in the project."""
        return self.shell(f"cd {DIRECTORY} && docker compose -f docker-compose.prod.yml {command} 2>&1", check=check)

    def certificate(self) -> dict[str, Any]:
        """Return what the host says of its certificate."""
        found: list[dict[str, Any]] = json.loads(self.shell("/usr/local/sbin/compose-host-certificates list"))
        return found[0]

    def served(self, name: str = NAMES[0]) -> str:
        """Return the serial that a client elsewhere is shown."""
        ask = (
            f"openssl s_client -connect {self.stage.address()}:443 -servername {name} </dev/null 2>/dev/null | openssl x509 -noout -serial"
        )
        return self.stage.shell("load", ask).strip().removeprefix("serial=")

    def get(self, path: str = "/") -> tuple[int, str]:
        """Ask over TLS from elsewhere; return status and head of the answer."""
        resolve = f"{NAMES[0]}:443:{self.stage.address()}"
        said = self.stage.run(
            "load", "curl", "-sk", "-D", "-", "-o", "/dev/null", "--resolve", resolve, f"https://{NAMES[0]}{path}", check=False
        )
        return (int(said.split()[1]), said.lower()) if said.startswith("HTTP/") else (0, said)

    def until_served(self, path: str = "/", status: int = 200, seconds: float = 30) -> None:
        """Wait until an answer has this status."""
        until = time.monotonic() + seconds
        while (found := self.get(path)[0]) != status:
            assert time.monotonic() < until, f"{path} answers {found}:\n{self.compose('ps -a; true')}{self.compose('logs --tail 30')}"
            time.sleep(0.3)

    def nginx(self) -> str:
        """Return id and start of nginx's container: the same text means that it was neither made anew nor restarted."""
        return self.shell(
            "docker inspect --format '{{.Id}} {{.State.StartedAt}}' $(docker ps -q --filter label=com.docker.compose.service=nginx)"
        )

    @contextmanager
    def load(self, found: list[Measured], pause: float = 0.05) -> Iterator[None]:
        """Send requests from elsewhere, each over a connection of its own, while the block runs; what they got is appended to `found`."""
        self.stage.shell("load", "rm -f /tmp/stop /tmp/found")
        program = HAMMER.replace("range(count)", "iter(lambda: __import__('os').path.exists('/tmp/stop'), True)").replace(
            "(number + 1)", "0"
        )
        program = program.replace("time.sleep(max(0, began + 0 * pause - time.monotonic()))", "time.sleep(pause)")
        start = "import subprocess, sys; subprocess.Popen([sys.executable, '-c', *sys.argv[1:]], stdout=open('/tmp/found', 'w'))"
        self.stage.run("load", "python3", "-c", start, program, self.stage.address(), "/", "0", str(pause), "0")
        try:
            yield
        finally:
            self.stage.shell("load", "touch /tmp/stop")
        until, said = time.monotonic() + 30, ""
        while not said:
            assert time.monotonic() < until, "the load does not end"
            time.sleep(0.2)
            said = self.stage.run("load", "cat", "/tmp/found")
        found.append(measured(json.loads(said)))


def prepare(stage: Stage, emulator: Emulator, folder: Path) -> Host:
    """Return a host with the small project's Compose file; nothing is started, and the role has not run."""
    services: dict[str, dict[str, Any]] = {
        "api-gateway": {"image": f"{REGISTRY}/acct-atlas-api-gateway:1.0.0", "restart": "always"},
        "web-app": {"image": f"{REGISTRY}/acct-atlas-web-app:1.0.0", "restart": "always"},
        "nginx": {
            "image": "nginx:alpine",
            "restart": "always",
            "ports": ["80:80", "443:443"],
            "volumes": [f"./nginx/{source}:{target}:ro" for source, target in MOUNTS.items()],
        },
    }
    login = json.dumps({"credHelpers": {REGISTRY: "ecr-login"}})
    document = yaml.safe_dump({"services": services})
    stage.shell(
        "host", f"mkdir -p /root/.docker {DIRECTORY} && systemctl start docker && cat > /root/.docker/config.json <<'END'\n{login}\nEND"
    )
    stage.shell("host", f"cat > {DIRECTORY}/docker-compose.prod.yml <<'END'\n{document}\nEND")
    variables = {
        "aws_region": "us-east-1",
        "compose_host_project": "site",
        "compose_host_directory": DIRECTORY,
        "compose_host_compose_file": "docker-compose.prod.yml",
        "compose_host_registry": REGISTRY,
        "compose_host_tag": "1.0.0",
        "compose_host_services": [{"name": name, "image": service["image"]} for name, service in services.items()],
        "compose_host_proxy": SEED | {"zones": [{"name": "general", "rate": "100000r/s"}, {"name": "auth", "rate": "5r/s"}]},
        "compose_host_certificates": [{"name": NAMES[0], "domains": list(NAMES)}],
        "compose_host_acme_directory": STAGING,
    }
    return Host(stage, emulator, folder, variables)
