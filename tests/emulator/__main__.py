# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m tests.emulator <start|env|status|reset|log|stop>`."""

from __future__ import annotations

import argparse
import shlex
import sys
from dataclasses import asdict
from typing import Any

from . import process
from .process import EmulatorError, Running


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.emulator", description="Run the AWS emulator of this repository.")
    commands = parser.add_subparsers(dest="command", required=True)
    helps = {
        "start": "start it unless it runs, and print the exports",
        "env": "print the exports for `eval`",
        "status": "say whether it runs, and how",
        "reset": "empty the account and the request log",
        "log": "print the request log as JSON lines",
        "stop": "stop it",
    }
    for name, text in helps.items():
        command = commands.add_parser(name, help=text, description=text)
        command.add_argument("--name", default="default", help="which emulator (default: default)")
        if name == "start":
            _add_start_options(command)
    return parser


def _add_start_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--port", type=int, help="port to listen on; 0 takes a free one")
    command.add_argument(
        "--delays",
        choices=("none", "fast", "real"),
        help="how long clusters, databases, gateways and distributions take to become ready",
    )
    command.add_argument("--time-scale", type=float, metavar="X", help="divides the real delays")
    command.add_argument("--faults", metavar="FILE", help="YAML file with the faults to inject")
    command.add_argument("--authorization", action="store_true", default=None, help="enforce the policies of IAM users and roles")
    command.add_argument("--kubernetes", action="store_true", default=None, help="run a real Kubernetes API behind every EKS cluster")
    command.add_argument("--functions", action="store_true", default=None, help="run the code of functions, and answer for APIs and sites")
    command.add_argument("--hosts", choices=("docker",), help="run a container behind every EC2 instance")


def _asked(arguments: argparse.Namespace) -> dict[str, Any]:
    """Check the start options and return those that were given."""
    if arguments.time_scale is not None and arguments.time_scale <= 0:
        raise EmulatorError(f"--time-scale must be greater than 0, not {arguments.time_scale}")
    keys = ("port", "delays", "time_scale", "faults", "authorization", "hosts", "kubernetes", "functions")
    return {key: value for key in keys if (value := getattr(arguments, key)) is not None}


def _print_exports(running: Running) -> None:
    for key, value in running.environment.items():
        print(f"export {key}={shlex.quote(value)}")


def _require(name: str) -> Running:
    running = process.find(name)
    if running is None:
        raise EmulatorError(
            f"the emulator {name!r} is not running; start it: python -m tests.emulator start"
            + ("" if name == "default" else f" --name {name}")
        )
    return running


def _run(arguments: argparse.Namespace) -> int:
    name = arguments.name
    match arguments.command:
        case "start":
            _print_exports(process.start(name, _asked(arguments)))
        case "env":
            _print_exports(_require(name))
        case "status":
            return _status(process.find(name), name)
        case "reset":
            process.control(_require(name).port, "reset", timeout=180)
            _say(f"the emulator {name!r} is empty again")
        case "log":
            process.control(_require(name).port, "flush")
            path = process.folder_of(name) / "requests.jsonl"
            sys.stdout.write(path.read_text(encoding="utf-8"))
        case "stop":
            _say(f"the emulator {name!r} {'has stopped' if process.stop(name) else 'was not running'}")
    return 0


def _status(running: Running | None, name: str) -> int:
    if running is None:
        _say(f"the emulator {name!r} is not running")
        return 3
    options = asdict(running.options) | {"port": running.port}
    shown = " ".join(f"{key}={value}" for key, value in options.items() if value is not None)
    _say(f"the emulator {name!r} is running: pid={running.pid} {shown}")
    health = process.control(running.port, "health", timeout=60) or {}
    for each in health.get("kubernetes", []):
        _say(f"  cluster: {each['region']}/{each['cluster']} {each['state']} {each['endpoint']}".rstrip())
    if port := health.get("tls_port"):
        _say(f"  APIs and sites: https://127.0.0.1:{port}")
    hosts = health.get("hosts")
    if hosts:
        _say(f"  stage: {hosts['stage'] or 'not needed yet'}")
        for container, address in hosts["containers"].items():
            _say(f"  container: {container} {address}")
        for port in hosts["ports"]:
            _say(f"  open: {port}")
        for trouble in hosts["troubles"]:
            _say(f"  not open: {trouble}")
    return 0


def _say(message: str) -> None:
    print(message, file=sys.stderr)


def main(arguments: list[str] | None = None) -> int:
    """Run one command; the result is the exit code."""
    try:
        return _run(_parser().parse_args(arguments))
    except EmulatorError as error:
        _say(f"error: {error}")
        return 2


if __name__ == "__main__":
    raise SystemExit(main())
