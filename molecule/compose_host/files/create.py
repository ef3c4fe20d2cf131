# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds the scenario's stage: an account with secrets and a log group, a host that lets a key in, a database, names.

`create.py NAME DIRECTORY`; writes stage.json, aws.ini, and the key into the directory.
`create.py NAME DIRECTORY replace` gives the stage a fresh host in place of the one it has, whose disks go, and writes stage.json again.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import boto3

sys.path.insert(0, str(Path.cwd()))
from tests.hosts import machine
from tests.hosts.stage import HOST, Stage

# Whatever can go wrong between Secrets Manager and a container is in these values.
SECRETS: Final[dict[str, dict[str, Any]]] = json.loads((Path(__file__).parent / "secrets.json").read_text(encoding="utf-8"))


def _account(name: str, file: Path) -> None:
    """Start the emulator, and write where it is as the AWS SDK reads it."""
    command = [sys.executable, "-m", "tests.emulator", "start", "--name", name, "--delays", "none"]
    lines = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
    subprocess.run([sys.executable, "-m", "tests.emulator", "reset", "--name", name], check=True)
    exports = dict(line.removeprefix("export ").split("=", 1) for line in lines if line.startswith("export "))
    settings = {
        "region": "us-east-1",
        "endpoint_url": exports["AWS_ENDPOINT_URL"].strip("'"),
        "aws_access_key_id": exports["AWS_ACCESS_KEY_ID"].strip("'"),
        "aws_secret_access_key": exports["AWS_SECRET_ACCESS_KEY"].strip("'"),
    }
    file.write_text("[default]\n" + "".join(f"{key} = {value}\n" for key, value in settings.items()), encoding="utf-8")


def main(name: str, directory: Path) -> None:
    """Build it all."""
    _account(name, directory / "aws.ini")
    for secret, content in SECRETS.items():
        boto3.client("secretsmanager").create_secret(Name=f"accountabilityatlas/prod/{secret}", SecretString=json.dumps(content))
    boto3.client("logs").create_log_group(logGroupName="/accountabilityatlas/prod")

    stage = Stage.up(name, emulator=name, host_image="host")
    database = SECRETS["database"]
    stage.database_at(database["host"], database["username"], database["password"], database["dbname"])
    # The clients are to check certificates, as everybody's do.
    machine.put(stage.container("load"), {"/usr/local/share/ca-certificates/acme.crt": stage.acme_root().encode()})
    stage.run("load", "update-ca-certificates")
    key = directory / "key"
    key.unlink(missing_ok=True)
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    _let_in(stage, directory)


def replace(name: str, directory: Path) -> None:
    """Take the host away, and run another, which the names lead to from now on."""
    stage = Stage.find(name)
    stage.remove_host(HOST)
    stage.add_host(HOST, image="host", instance_id="i-0123456789abcdef1")
    _let_in(stage, directory)


def _let_in(stage: Stage, directory: Path) -> None:
    """Lead the names to the host, let the key in, and write where everything is."""
    stage.lead(["accountabilityatlas.com", "www.accountabilityatlas.com"])
    machine.authorize(stage.container(HOST), (directory / "key.pub").read_text(encoding="utf-8"))
    (directory / "stage.json").write_text(json.dumps(stage.describe(), indent=1), encoding="utf-8")


if __name__ == "__main__":
    (replace if sys.argv[3:] == ["replace"] else main)(sys.argv[1], Path(sys.argv[2]))
