# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A small project on a host of the stage, deployed by the playbooks, and a client elsewhere that counts what becomes of its requests."""

from __future__ import annotations

import json
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.emulator.fixtures import Emulator
from tests.hosts.stage import Stage
from tests.playbooks import Ran, command, environment_for, play
from tests.role_templates import render

DIRECTORY = "/opt/site"
REGISTRY = "123456789012.dkr.ecr.us-east-1.amazonaws.com"
SERVICES = ("user-service", "api-gateway", "web-app")
PORTS = {"user-service": 8081, "api-gateway": 8080, "web-app": 3000}
UPSTREAMS = [{"name": "api_gateway", "servers": ["api-gateway:8080"]}, {"name": "web_app", "servers": ["web-app:3000"]}]
NGINX = """
worker_processes 2;
worker_shutdown_timeout 60s;
events { worker_connections 1024; }
http {
    access_log off;
    upstream api_gateway {
        server api-gateway:8080;
    }
    upstream web_app {
        server web-app:3000;
    }
    server {
        listen 80;
        location /api/ { proxy_pass http://api_gateway; }
        location / { proxy_pass http://web_app; }
    }
}
"""
SET_UP = """
- hosts: compose_hosts
  gather_facts: false
  tasks:
    - ansible.builtin.include_role: {name: stratum.aws.compose_host, tasks_from: deploy}
      vars: {compose_host_deploy_tag: 1.0.0}
    - ansible.builtin.shell: docker compose -f docker-compose.prod.yml -p site up -d --wait --wait-timeout 120 && rm releases.json
      args: {chdir: /opt/site}
"""
CONFIGURE = """
- hosts: compose_hosts
  gather_facts: false
  tasks:
    - ansible.builtin.include_role: {name: stratum.aws.compose_host, tasks_from: host}
"""
# Sends requests from several threads until a file appears; keep: over connections that stay open, asking again once on a new
# one when the server has closed an old one, as every client does. Prints what came of them.
CLIENT = """
import collections, http.client, json, os, sys, threading, time
address, path, threads, keep, method, stop = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4] == "keep", sys.argv[5], sys.argv[6]
found, slowest, again, guard = collections.Counter(), [0.0], [0], threading.Lock()
def ask(connection):
    connection.request(method, path, body=b"x" if method == "POST" else None)
    answer = connection.getresponse()
    text = answer.read()
    return f"{answer.status} {json.loads(text)['version']}" if answer.status == 200 else str(answer.status)
def work():
    connection = None
    while not os.path.exists(stop):
        began, fresh = time.monotonic(), connection is None
        try:
            connection = connection or http.client.HTTPConnection(address, 80, timeout=30)
            try:
                said = ask(connection)
            except (ConnectionError, http.client.RemoteDisconnected):
                if fresh:
                    raise
                again[0] += 1
                connection = http.client.HTTPConnection(address, 80, timeout=30)
                said = ask(connection)
        except (OSError, http.client.HTTPException) as wrong:
            said, connection = repr(wrong), None
        with guard:
            found[said] += 1
            slowest[0] = max(slowest[0], time.monotonic() - began)
        if not keep:
            connection = connection and connection.close()
        time.sleep(0.06)
workers = [threading.Thread(target=work) for _ in range(threads)]
[worker.start() for worker in workers]
[worker.join() for worker in workers]
print(json.dumps({"answers": found, "slowest": slowest[0], "again": again[0]}))
"""


@dataclass
class Load:
    """What became of requests: how many had which answer, the slowest in seconds, how many closed connections were met."""

    answers: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0
    again: int = 0

    @property
    def failed(self) -> dict[str, int]:
        """The answers that are none."""
        return {said: number for said, number in self.answers.items() if not said.startswith("200 ")}


@dataclass
class Site:
    """The project on its host, and the playbooks that deploy it."""

    stage: Stage
    folder: Path

    def shell(self, script: str, check: bool = True) -> str:
        """Run a script on the host as root."""
        return self.stage.shell("host", script, check=check)

    def inventory(self) -> str:
        """Write the inventory; return its path."""
        services: list[dict[str, Any]] = [
            {
                "name": name,
                "image": f"${{ECR_REGISTRY}}/acct-atlas-{name}:${{TAG}}",
                "restart": "always",
                # Shorter than in production, so that a test does not wait for what it does not test.
                "health": {
                    "path": "/api/health" if name == "web-app" else "/actuator/health",
                    "port": PORTS[name],
                    "interval_seconds": 1,
                    "timeout_seconds": 3,
                    "retries": 3,
                    "start_period_seconds": 5,
                },
            }
            for name in SERVICES
        ]
        services.append(
            {"name": "notification-service", "image": "${ECR_REGISTRY}/acct-atlas-notification-service:${TAG}", "restart": "always"}
        )
        mount = "./nginx/nginx.conf:/etc/nginx/nginx.conf:ro"
        proxy = {"name": "nginx", "image": "nginx:alpine", "ports": ["80:80"], "volumes": [mount], "depends_on": ["api-gateway", "web-app"]}
        services.append(proxy | {"restart": "always"})
        shared = {"environment_name": "test", "aws_region": "us-east-1"}
        host = {
            "ansible_connection": "community.docker.docker",
            "ansible_python_interpreter": "/usr/bin/python3",
            "stratum_stack": "site",
            "compose_host_project": "site",
            "compose_host_registry": REGISTRY,
            "compose_host_tag": "1.0.0",
            "compose_host_services": services,
            "compose_host_proxy": {"service": "nginx", "upstreams": UPSTREAMS},
            "compose_host_deploy_linger_seconds": 2,
            "compose_host_deploy_settle_seconds": 2,
            "compose_host_deploy_health_timeout_seconds": 60,
            "compose_host_deploy_by": "jane",
        }
        local = {
            "ansible_connection": "local",
            "ansible_python_interpreter": "{{ ansible_playbook_python }}",
            "stack_layers": ["compose_host"],
        }
        other = {"stack_layers": ["network"], "ansible_connection": "local"}
        groups = {
            "aws": {"hosts": {"site": local | shared, "other": other | shared}},
            "compose_hosts": {"hosts": {self.stage.container(): host | shared}},
        }
        path = self.folder / "hosts.yml"
        path.write_text(yaml.safe_dump({"all": {"children": groups}}), encoding="utf-8")
        return str(path)

    @property
    def limit(self) -> str:
        """The hosts of the site alone."""
        return f"site,{self.stage.container()}"

    def set_up(self) -> None:
        """Install the project at 1.0.0, as the role does, with a proxy of the simplest kind."""
        login = json.dumps({"credHelpers": {REGISTRY: "ecr-login"}})
        entrypoint = render("compose_host", "upstreams.sh.j2", {"compose_host_proxy": {"wait_seconds": 5, "upstreams": UPSTREAMS}})
        self.shell(
            f"mkdir -p /root/.docker {DIRECTORY}/nginx/acme {DIRECTORY}/nginx/html {DIRECTORY}/nginx/entrypoint; systemctl start docker"
        )
        for path, text in {
            "/root/.docker/config.json": login,
            f"{DIRECTORY}/nginx/nginx.conf": NGINX,
            f"{DIRECTORY}/nginx/entrypoint/50-upstreams.sh": entrypoint,
        }.items():
            self.shell(f"cat > {path} <<'END-OF-FILE'\n{text}\nEND-OF-FILE")
        self.shell(f"chmod 755 {DIRECTORY}/nginx/entrypoint/50-upstreams.sh")
        playbook = self.folder / "set_up.yml"
        playbook.write_text(SET_UP, encoding="utf-8")
        self._play(playbook).check()

    def configure(self) -> Ran:
        """Configure the host as site.yml does."""
        playbook = self.folder / "configure.yml"
        playbook.write_text(CONFIGURE, encoding="utf-8")
        return self._play(playbook)

    def start_script(self, patience: int) -> str:
        """Write the script that the project's unit runs, with a patience in seconds; return its path."""
        names = {"compose_host_project": "site", "compose_host_start_timeout_seconds": patience}
        self.shell(f"cat > {DIRECTORY}/start.sh <<'END-OF-FILE'\n{render('compose_host', 'start.sh.j2', names)}\nEND-OF-FILE")
        return f"sh {DIRECTORY}/start.sh"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the lock of the project as a deploy does, while the block runs."""
        lock = f"{DIRECTORY}/.rollout.lock"
        self.shell(f"echo 'jane (process 1) since noon' > {lock}; flock {lock} sleep 120 >/dev/null 2>&1 &")
        try:
            yield
        finally:
            self.shell("kill $(pgrep -x sleep -a | awk '$3 == 120 {print $1}')")

    def deploy(self, tag: str, *arguments: str, **variables: Any) -> Ran:
        """Run the playbook."""
        return self._play("playbooks/deploy.yml", "--limit", self.limit, *arguments, tag=tag, **variables)

    def rollback(self, **variables: Any) -> Ran:
        """Run the playbook."""
        return self._play("playbooks/rollback.yml", "--limit", self.limit, **variables)

    def status(self, emulator: Emulator) -> dict[str, Any]:
        """Run the playbook; return its report."""
        return self._play("playbooks/status.yml", "--limit", self.limit, emulator=emulator).check().report("status", "site", "test")

    def _play(self, playbook: Path | str, *arguments: str, emulator: Emulator | None = None, **variables: Any) -> Ran:
        return play(
            emulator, playbook, *arguments, inventory=self.inventory(), reports=self.reports, variables=variables, environment=FASTER
        )

    @property
    def reports(self) -> Path:
        """Where the playbooks' reports are."""
        return self.folder / "reports"

    def killed_deploy(self, tag: str, service: str) -> None:
        """Begin a deploy, and kill the module on the host when the service has two containers."""
        line = command(
            "playbooks/deploy.yml", "--limit", self.limit, inventory=self.inventory(), variables={"tag": tag}, reports=self.reports
        )
        with subprocess.Popen(
            line, env={**environment_for(None), **FASTER}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as run:
            deadline = time.monotonic() + 90
            while len(self.containers().get(service, [])) < 2:
                assert time.monotonic() < deadline, "no second container came"
                assert run.poll() is None, run.stdout.read() if run.stdout else ""
                time.sleep(0.1)
            self.shell(f"kill -9 $(sed -n 's/.*(process \\([0-9]*\\)).*/\\1/p' {DIRECTORY}/.rollout.lock)")
            run.communicate(timeout=60)

    def containers(self) -> dict[str, list[str]]:
        """Return the containers of each service, running or not: `id tag`."""
        line = '{{.Label "com.docker.compose.service"}} {{.ID}} {{.Image}}'
        found: dict[str, list[str]] = {}
        for service, id, image in (each.split() for each in self.shell(f"docker ps -a --format '{line}'").splitlines()):
            found.setdefault(service, []).append(f"{id} {image.rpartition(':')[2]}")
        return found

    def tags(self) -> dict[str, list[str]]:
        """Return the tags that the containers of each service have, without the proxy's."""
        return {name: [each.split()[1] for each in found] for name, found in self.containers().items() if name != "nginx"}

    def at(self, tag: str) -> bool:
        """Whether every service has one container, of this tag, and no pin is left."""
        pinned = self.shell("grep -l '# rollout of' /var/lib/docker/containers/*/hosts || true").strip()
        return self.tags() == {name: [tag] for name in (*SERVICES, "notification-service")} and not pinned

    def releases(self) -> list[dict[str, Any]]:
        """Return the history on the host."""
        found: list[dict[str, Any]] = json.loads(self.shell(f"cat {DIRECTORY}/releases.json"))["releases"]
        return found

    @contextmanager
    def load(self, kinds: dict[str, tuple[str, int, str, str]]) -> Iterator[dict[str, Load]]:
        """Send requests while the block runs: name → (path, threads, keep or close, method); filled when it ends."""
        stop = f"/tmp/stop-{time.monotonic_ns()}"
        container, found = self.stage.container("load"), {name: Load() for name in kinds}
        runs = {
            name: subprocess.Popen(
                ["docker", "exec", container, "python3", "-c", CLIENT, self.stage.address(), path, str(threads), keep, method, stop],
                stdout=subprocess.PIPE,
                text=True,
            )
            for name, (path, threads, keep, method) in kinds.items()
        }
        time.sleep(1)
        try:
            yield found
            time.sleep(1)
        finally:
            self.stage.run("load", "touch", stop)
            for name, run in runs.items():
                said = json.loads(run.communicate(timeout=60)[0])
                found[name] = Load(Counter(said["answers"]), said["slowest"], said["again"])


FASTER = {"ANSIBLE_PIPELINING": "1"}
