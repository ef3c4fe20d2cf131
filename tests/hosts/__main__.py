# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m tests.hosts <engine|build|up|down|list|show|cut|mend|lead|database|host|reboot|prune|sweep>`."""

from __future__ import annotations

import argparse
import json
import sys
import time

from . import images
from . import state as states
from .docker import HostsError, docker, ensure_engine, say
from .stage import CUTS, HOST, Stage, sweep


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.hosts", description="Run hosts for tests, and what they talk to.")
    commands = parser.add_subparsers(dest="command", required=True)

    def command(name: str, text: str, named: bool = True) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=text, description=text)
        if named:
            made.add_argument("--name", default="stage", help="which stage (default: stage)")
        return made

    command("engine", "install and start a Docker engine where there is none", named=False)
    command("build", "build the images that are missing", named=False).add_argument("images", nargs="*", metavar="IMAGE")
    up = command("up", "bring a stage up and print what is where")
    up.add_argument("--emulator", help="name of the emulator that the names of AWS lead to")
    up.add_argument("--region", default="us-east-1")
    up.add_argument("--account", default="123456789012")
    up.add_argument("--only", help="parts to bring up, comma-separated (default: all)")
    up.add_argument("--image", default="host", choices=("host", "host-ready", "none"), help="image of the host; none: without a host")
    up.add_argument("--certificate-seconds", type=int, default=7776000, help="how long the test authority's certificates hold")
    command("down", "take a stage down with everything in it")
    command("list", "print the names of the stages", named=False)
    command("show", "print what is where")
    cut = command("cut", "cut a service of AWS off")
    cut.add_argument("service", help="logs, ecr, secretsmanager, metadata, …")
    cut.add_argument("--how", choices=CUTS, default="refuse")
    command("mend", "undo cuts").add_argument("service", nargs="?", help="default: all")
    lead = command("lead", "let names lead to a host, a part or an address")
    lead.add_argument("--to", default=HOST)
    lead.add_argument("names", nargs="+", metavar="DOMAIN")
    database = command("database", "give the database the name and master user of an RDS instance; the password comes from stdin")
    database.add_argument("endpoint")
    database.add_argument("--user", default="postgres_admin")
    database.add_argument("--database", default="postgres")
    host = command("host", "add a host")
    host.add_argument("host")
    host.add_argument("--image", default="host", choices=("host", "host-ready"))
    host.add_argument("--instance-id", default="i-0123456789abcdef1")
    host.add_argument("--role", default="host")
    command("reboot", "restart a host and wait until it has booted").add_argument("host", nargs="?", default=HOST)
    command("prune", "remove images of earlier sources", named=False)
    command("sweep", "take down stages whose owner has ended", named=False)
    return parser


def _run(arguments: argparse.Namespace) -> None:
    match arguments.command:
        case "engine":
            ensure_engine()
            say(f"Docker {docker('version', '--format', '{{.Server.Version}}').stdout.strip()} runs")
        case "build":
            ensure_engine()
            for name in arguments.images or images.PARENTS:
                images.ensure(name)
        case "up":
            _up(arguments)
        case "down":
            Stage(arguments.name).down()
        case "list":
            _show("".join(f"{state.name}\n" for state in states.listed()))
        case "prune":
            say(f"removed {len(images.prune())} images")
        case "sweep":
            sweep()
        case _:
            _change(Stage.find(arguments.name), arguments)


def _up(arguments: argparse.Namespace) -> None:
    started = time.monotonic()
    only = None if arguments.only is None else [part for part in arguments.only.split(",") if part]
    stage = Stage.up(
        arguments.name,
        emulator=arguments.emulator,
        region=arguments.region,
        account=arguments.account,
        only=only,
        host_image=None if arguments.image == "none" else arguments.image,
        certificate_seconds=arguments.certificate_seconds,
    )
    say(f"the stage {arguments.name} is up after {time.monotonic() - started:.1f} s")
    _show(json.dumps(stage.describe(), indent=1) + "\n")


def _show(text: str) -> None:
    sys.stdout.write(text)


def _change(stage: Stage, arguments: argparse.Namespace) -> None:
    match arguments.command:
        case "show":
            _show(json.dumps(stage.describe(), indent=1) + "\n")
        case "cut":
            stage.cut(arguments.service, arguments.how)
        case "mend":
            stage.mend(arguments.service)
        case "lead":
            stage.lead(arguments.names, arguments.to)
        case "database":
            stage.database_at(arguments.endpoint, arguments.user, sys.stdin.readline().rstrip("\n"), arguments.database)
        case "host":
            address = stage.add_host(arguments.host, image=arguments.image, instance_id=arguments.instance_id, role=arguments.role)
            _show(f"{address}\n")
        case "reboot":
            stage.reboot(arguments.host)


def main(arguments: list[str] | None = None) -> int:
    """Run one command; the result is the exit code."""
    try:
        _run(_parser().parse_args(arguments))
    except HostsError as error:
        say(f"error: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
