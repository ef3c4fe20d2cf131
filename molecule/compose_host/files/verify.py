# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs on the host, beside `seed.yml`, a Compose file, and `secrets.json`, contents by name.

Prints what is not as it should be, and ends with 1 where anything is printed.
"""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PROJECT = "accountabilityatlas"
DIRECTORY = Path("/opt/accountabilityatlas")
COMPOSE_FILE = DIRECTORY / "docker-compose.prod.yml"
EXACT = ("image", "command", "ports", "deploy", "restart", "depends_on", "networks")


def run(*command: str) -> str:
    """Return what a command says."""
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def config(file: Path) -> dict[str, Any]:
    """Return a Compose file as Compose understands it."""
    arguments = ("--project-name", PROJECT, "--project-directory", str(DIRECTORY), "--file", str(file), "config", "--format", "json")
    found: dict[str, Any] = json.loads(run("docker", "compose", *arguments))
    return found


def compose_file() -> Iterator[str]:
    """What the seed says is there, exactly; what is added is health checks, logs, secrets, and mounts of the proxy."""
    wanted = config(HERE / "seed.yml")
    found = config(COMPOSE_FILE)
    if list(found["services"]) != list(wanted["services"]):
        yield f"services: {list(found['services'])}"
    for key in ("volumes", "networks"):
        if found.get(key) != wanted.get(key):
            yield f"{key}: {found.get(key)} and not {wanted.get(key)}"
    for name, service in wanted["services"].items():
        mine = found["services"].get(name, {})
        for key in EXACT:
            if mine.get(key) != service.get(key):
                yield f"{name}.{key}: {mine.get(key)} and not {service.get(key)}"
        for volume in service.get("volumes") or []:
            if volume not in (mine.get("volumes") or []):
                yield f"{name} does not mount {volume}"
        for key, value in (service.get("environment") or {}).items():
            if mine.get("environment", {}).get(key) != value:
                yield f"{name} lacks {key}={value}"
    if "version:" in COMPOSE_FILE.read_text(encoding="utf-8"):
        yield "the Compose file has a version"


def containers(seed_services: dict[str, Any], secrets: dict[str, dict[str, Any]]) -> Iterator[str]:
    """What Compose said has come to the engine: limits, logs, health, and secrets byte for byte."""
    ids = run("docker", "ps", "--quiet", "--filter", f"label=com.docker.compose.project={PROJECT}").split()
    found = {item["Config"]["Labels"]["com.docker.compose.service"]: item for item in json.loads(run("docker", "inspect", *ids))}
    if sorted(found) != sorted(seed_services):
        yield f"these run: {sorted(found)}"
    for name, item in found.items():
        limits = seed_services[name]["deploy"]["resources"]["limits"]
        host = item["HostConfig"]
        if (host["NanoCpus"], host["Memory"]) != (round(float(limits["cpus"]) * 1e9), int(limits["memory"])):
            yield f"{name}: {host['NanoCpus']} {host['Memory']} and not {limits}"
        if host["RestartPolicy"]["Name"] != "always" or item["State"].get("Health", {}).get("Status") != "healthy":
            yield f"{name}: {host['RestartPolicy']}, {item['State']}"
        log = host["LogConfig"]
        if log["Type"] != "awslogs" or log["Config"].get("awslogs-stream") != name or log["Config"].get("mode") != "non-blocking":
            yield f"{name} logs to {log}"
    environment = dict(pair.split("=", 1) for pair in found["user-service"]["Config"]["Env"])
    expected = {
        "SPRING_DATASOURCE_PASSWORD": secrets["database"]["password"],
        "DATABASE_PORT": str(secrets["database"]["port"]),
        "APP_JWT_PRIVATEKEY": secrets["jwt"]["private_key"],
        "ADMIN_PASSWORD_HASH": secrets["admin"]["password_hash"],
    }
    for key, value in expected.items():
        if environment.get(key) != value:
            yield f"user-service has {key}={environment.get(key)!r} and not {value!r}"
    if "YOUTUBE_API_KEY" in environment:
        yield "user-service has a secret that it did not ask for"


def files(secrets: dict[str, dict[str, Any]]) -> Iterator[str]:
    """Secrets are in files that only root reads, and nowhere else."""
    for file in [DIRECTORY / ".env", *(DIRECTORY / "env").iterdir()]:
        about = file.stat()
        if (about.st_uid, stat.S_IMODE(about.st_mode)) != (0, 0o600):
            yield f"{file} is {about.st_uid}, {stat.filemode(about.st_mode)}"
    for text, where in (
        (COMPOSE_FILE.read_text(encoding="utf-8"), "the Compose file"),
        (run("journalctl", "--no-pager", "--output=cat"), "the journal"),
    ):
        for secret in (secrets["database"]["password"], secrets["youtube"]["api_key"], secrets["admin"]["password_hash"]):
            if secret in text:
                yield f"{where} shows a secret"


def system() -> Iterator[str]:
    """The engine, logins, upgrades, the unit, the agent."""
    engine = json.loads(run("docker", "info", "--format", "{{json .}}"))
    if not engine["LiveRestoreEnabled"] or engine["LoggingDriver"] != "json-file":
        yield f"the engine: live restore {engine['LiveRestoreEnabled']}, {engine['LoggingDriver']}"
    login = run("/usr/sbin/sshd", "-T").splitlines()
    for line in ("passwordauthentication no", "permitrootlogin no", "kbdinteractiveauthentication no", "x11forwarding no"):
        if line not in login:
            yield f"the SSH server has no {line}"
    if "Mon *-*-* 04:00:00 UTC" not in (calendar := run("systemctl", "show", "--property=TimersCalendar", "apt-daily-upgrade.timer")):
        yield f"upgrades happen at {calendar}"
    if "Mon *-*-* 04:45:00 UTC" not in (calendar := run("systemctl", "show", "--property=TimersCalendar", "maintenance-reboot.timer")):
        yield f"reboots happen at {calendar}"
    timers = ("apt-daily-upgrade.timer", "maintenance-reboot.timer")
    for unit in (f"{PROJECT}.service", "docker.service", "amazon-cloudwatch-agent.service", *timers):
        state = run("systemctl", "show", "--property=UnitFileState,ActiveState", "--value", unit).split()
        if sorted(state) != ["active", "enabled"]:
            yield f"{unit} is {state}"
    agent = json.loads(Path("/opt/aws/amazon-cloudwatch-agent/etc/amazon-cloudwatch-agent.json").read_text(encoding="utf-8"))
    if agent["metrics"]["aggregation_dimensions"] != [["InstanceId"], ["InstanceId", "path"]]:
        yield f"the agent's settings: {agent}"


def database(secret: dict[str, Any]) -> Iterator[str]:
    """The extensions are there, and a table keeps its history."""
    import psycopg2  # only the host has it

    settings = {"host": secret["host"], "user": secret["username"], "password": secret["password"], "dbname": secret["dbname"]}
    connection = psycopg2.connect(sslmode="require", **settings)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("SELECT extname FROM pg_extension")
        if "postgis" not in (names := {row[0] for row in cursor.fetchall()}):
            yield f"the database has {names}"
        cursor.execute("CREATE TEMPORARY TABLE item (id int, valid tstzrange); CREATE TEMPORARY TABLE item_history (LIKE item)")
        trigger = "BEFORE INSERT OR UPDATE OR DELETE ON item FOR EACH ROW EXECUTE FUNCTION versioning('valid', 'item_history', true)"
        cursor.execute(f"CREATE TRIGGER versioning {trigger}")
        for statement in ("INSERT INTO item VALUES (1)", "UPDATE item SET id = 2", "DELETE FROM item"):
            cursor.execute(statement)
        cursor.execute("SELECT id FROM item_history ORDER BY valid")
        if (rows := cursor.fetchall()) != [(1,), (2,)]:
            yield f"the history is {rows}"


def main() -> None:
    """Look at all of it."""
    services = config(HERE / "seed.yml")["services"]
    secrets = json.loads((HERE / "secrets.json").read_text(encoding="utf-8"))
    wrong = [*compose_file(), *containers(services, secrets), *files(secrets), *system(), *database(secrets["database"])]
    sys.exit("\n".join(wrong) if wrong else 0)


if __name__ == "__main__":
    main()
