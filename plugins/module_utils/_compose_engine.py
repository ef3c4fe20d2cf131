# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Docker Compose project as a rollout sees it: its services, its containers, and what can be done with them.

It runs on the host, with the host's Python (3.9 or newer), and speaks to Docker by its command line only.
Private to the collection: it may change at any time.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

SERVICE_LABEL = "com.docker.compose.service"
HASH_LABEL = "com.docker.compose.config-hash"
NUMBER_LABEL = "com.docker.compose.container-number"


class EngineError(Exception):
    """A command of Docker that failed; the message is what it said."""


@dataclass(frozen=True)
class Service:
    """A service of the project under one tag, and the digest of all that makes a container of it outdated."""

    name: str
    image: str
    config_hash: str
    replicas: int = 1
    image_id: str | None = None
    """The image on this host; None when it is not here."""
    has_health: bool = False
    obstacle: str | None = None
    """Why two containers of it cannot stand side by side; None when they can."""

    @property
    def start_first(self) -> bool:
        """Whether a new container can be healthy before the old one stops."""
        return self.has_health and self.obstacle is None


@dataclass(frozen=True)
class Container:
    """A container of the project."""

    id: str
    name: str
    service: str
    number: int
    config_hash: str
    image_id: str
    status: str
    """Docker's: created, running, restarting, exited, …"""
    health: str | None = None
    """starting, healthy, unhealthy; None without a health check."""
    exit_code: int = 0
    error: str = ""
    restarts: int = 0
    health_output: str = ""
    hosts_path: str = ""
    addresses: dict[str, str] = field(default_factory=dict)
    """Network name -> IPv4 address."""
    aliases: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Network name -> the names under which the network knows it, apart from its own."""

    @property
    def running(self) -> bool:
        """Whether its process runs right now."""
        return self.status == "running"

    def runs(self, service: Service) -> bool:
        """Whether it was made of exactly this configuration and image."""
        return self.config_hash == service.config_hash and self.image_id == service.image_id


def obstacle(config: dict[str, Any]) -> str | None:
    """Return why two containers of a service with this configuration cannot stand side by side, or None."""
    if config.get("ports"):
        return "it publishes ports"
    if config.get("container_name"):
        return "its container has a fixed name"
    if str(config.get("network_mode", "")).startswith(("host", "container:", "service:")):
        return "it has no network of its own"
    if any(item.get("type") == "volume" and not item.get("read_only") for item in config.get("volumes") or []):
        return "it writes to a volume"
    return None


def has_health_check(check: dict[str, Any] | None) -> bool:
    """Return whether a health check, of a compose file or of an image, checks anything."""
    if not check:
        return False
    test = check.get("test", check.get("Test")) or []
    return not check.get("disable") and bool(test) and test[0] != "NONE"


def container_of(raw: dict[str, Any]) -> Container:
    """Return a container as `docker inspect` describes it."""
    state, labels = raw["State"], raw["Config"].get("Labels") or {}
    health = state.get("Health") or {}
    log = health.get("Log") or []
    networks = raw["NetworkSettings"].get("Networks") or {}
    own = {raw["Id"][:12], raw["Name"].lstrip("/")}
    return Container(
        id=raw["Id"],
        name=raw["Name"].lstrip("/"),
        service=labels.get(SERVICE_LABEL, ""),
        number=int(labels.get(NUMBER_LABEL) or 0),
        config_hash=labels.get(HASH_LABEL, ""),
        image_id=raw["Image"],
        status=state["Status"],
        health=health.get("Status"),
        exit_code=int(state.get("ExitCode") or 0),
        error=state.get("Error") or "",
        restarts=int(raw.get("RestartCount") or 0),
        health_output=(log[-1].get("Output") or "").strip() if log else "",
        hosts_path=raw.get("HostsPath") or "",
        addresses={name: item["IPAddress"] for name, item in networks.items() if item.get("IPAddress")},
        aliases={name: tuple(sorted(set(item.get("Aliases") or ()) - own)) for name, item in networks.items()},
    )


RunCommand = Callable[..., tuple[int, str, str]]
"""`AnsibleModule.run_command`: exit code, stdout, stderr."""


class Engine:
    """Docker and Docker Compose on this host, for one project; commands are run by `run_command` of the module."""

    def __init__(
        self, run_command: RunCommand, directory: str, files: Sequence[str], project: str | None = None, tag_variable: str = "TAG"
    ) -> None:
        self._run_command = run_command
        self.directory = directory
        self.tag_variable = tag_variable
        self._files = list(files)
        self._project = project

    def services(self, tag: str) -> dict[str, Service]:
        """Return the services as the compose file describes them under a tag."""
        text = self._compose(["config", "--format", "json"], tag)
        document = json.loads(text)
        self._project = document["name"]
        # `config --hash` leaves env files out of the hash, unlike `up`; of a resolved file both make the same.
        lines = self._run([*self._command(["-"]), "config", "--hash", "*"], stdin=text).split("\n")
        hashes = dict(line.split() for line in lines if line.strip())
        return {name: self._service(name, config, hashes[name]) for name, config in document["services"].items()}

    def _service(self, name: str, config: dict[str, Any], config_hash: str) -> Service:
        image = config.get("image") or f"{self._project}-{name}"
        found = self.image(image)
        own = config.get("healthcheck")
        check = own if own and (own.get("test") or own.get("disable")) else ((found or {}).get("Config") or {}).get("Healthcheck")
        replicas = config.get("scale")
        if replicas is None:
            replicas = (config.get("deploy") or {}).get("replicas")
        return Service(
            name=name,
            image=image,
            config_hash=config_hash,
            replicas=1 if replicas is None else int(replicas),
            image_id=found["Id"] if found else None,
            has_health=has_health_check(check),
            obstacle=obstacle(config),
        )

    def image(self, reference: str) -> dict[str, Any] | None:
        """Return what Docker knows of an image on this host, or None."""
        try:
            found: list[dict[str, Any]] = json.loads(self._run(["docker", "image", "inspect", reference]))
        except EngineError as error:
            if "no such" in str(error).lower():
                return None
            raise
        return found[0]

    def pull(self, reference: str) -> None:
        """Fetch an image from its registry."""
        self._run(["docker", "pull", "--quiet", reference])

    def tags(self, repository: str) -> dict[str, str]:
        """Return the tags of a repository on this host with the ids of their images."""
        lines = self._run(["docker", "image", "ls", "--no-trunc", "--format", "{{.Tag}} {{.ID}}", repository]).split("\n")
        return dict(line.split() for line in lines if line.strip() and not line.startswith("<none>"))

    def remove_image(self, reference: str) -> bool:
        """Remove an image; whether that could be done."""
        try:
            self._run(["docker", "image", "rm", reference])
        except EngineError:
            return False
        return True

    def containers(self, service: str | None = None) -> list[Container]:
        """Return the containers of the project, or of one service of it, the oldest first."""
        filters = [f"label=com.docker.compose.project={self._project}", "label=com.docker.compose.oneoff=False"]
        if service:
            filters.append(f"label={SERVICE_LABEL}={service}")
        arguments = [part for item in filters for part in ("--filter", item)]
        for _attempt in range(5):
            ids = self._run(["docker", "ps", "--all", "--quiet", "--no-trunc", *arguments]).split()
            if not ids:
                return []
            try:
                found = json.loads(self._run(["docker", "inspect", "--type", "container", *ids]))
            except EngineError as error:  # one went between the two commands
                if "no such" not in str(error).lower():
                    raise
                time.sleep(0.2)
                continue
            return sorted((container_of(raw) for raw in found), key=lambda item: (item.service, item.number))
        raise EngineError("containers of the project come and go too fast to be listed")

    def start(self, service: str, tag: str, scale: int) -> None:
        """Have `scale` containers of a service; those that are there stay as they are, new ones get this tag."""
        options = ["--detach", "--no-deps", "--no-recreate", "--no-build", "--pull", "never", "--scale", f"{service}={scale}"]
        self._compose(["up", *options, service], tag)

    def replace(self, service: str, tag: str, scale: int) -> None:
        """Replace the containers of a service in place: the old ones stop first."""
        options = ["--detach", "--no-deps", "--force-recreate", "--no-build", "--pull", "never", "--scale", f"{service}={scale}"]
        self._compose(["up", *options, service], tag)

    def stop(self, container: Container, seconds: int | None) -> None:
        """End a container: ask it, and after `seconds` (its own stop_grace_period if None) force it; then remove it."""
        self._quietly(["docker", "stop", *(() if seconds is None else ("--time", str(seconds))), container.id])
        self._quietly(["docker", "rm", "--force", container.id])

    def discard(self, container: Container) -> None:
        """Remove a container at once."""
        self._quietly(["docker", "rm", "--force", container.id])

    def logs(self, container: Container, lines: int) -> list[str]:
        """Return the last lines that a container wrote; none if its log driver cannot be read."""
        code, out, err = self._run_command(["docker", "logs", "--tail", str(lines), container.id])
        return [*out.splitlines(), *err.splitlines()][-lines:] if code == 0 else []

    def execute(self, container: Container, command: Sequence[str]) -> str:
        """Run a command in a container, and return what it wrote."""
        return self._run(["docker", "exec", container.id, *command])

    def processes(self, container: Container) -> dict[int, str]:
        """Return the processes of a container: their ids on the host, and their command lines."""
        lines = self._run(["docker", "top", container.id, "-eo", "pid,args"]).split("\n")[1:]
        return {int(pid): title for pid, title in (line.split(None, 1) for line in lines if line.strip())}

    def _quietly(self, command: list[str]) -> None:
        """Run a command about a container that may be gone already."""
        try:
            self._run(command)
        except EngineError as error:
            if "no such" not in str(error).lower() and "already in progress" not in str(error).lower():
                raise

    def _compose(self, arguments: Sequence[str], tag: str) -> str:
        return self._run([*self._command(self._files), *arguments], {self.tag_variable: tag})

    def _command(self, files: Sequence[str]) -> list[str]:
        project = ["--project-name", self._project] if self._project else []
        chosen = [part for name in files for part in ("--file", name)]
        return ["docker", "compose", "--project-directory", self.directory, *project, *chosen]

    def _run(self, command: Sequence[str], environment: dict[str, str] | None = None, stdin: str | None = None) -> str:
        """Run a command; the tag in its environment wins over the one in the project's .env."""
        try:
            code, out, err = self._run_command(
                list(command), cwd=self.directory, environ_update=environment or {}, data=stdin, binary_data=True, handle_exceptions=False
            )
        except FileNotFoundError as missing:
            raise EngineError(f"{missing.filename} is not installed on this host") from missing
        if code:
            said = [line.strip() for line in (err or out).splitlines() if line.strip()]
            raise EngineError(" ".join(said[-3:]) or f"{' '.join(command[:3])} ended with {code}")
        return out
