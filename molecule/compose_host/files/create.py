# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds the scenario's stage: an account with secrets and a log group, a host that lets a key in, a database, names.

`create.py NAME DIRECTORY`; writes stage.json, aws.ini, and the key into the directory.
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
from tests.hosts.stage import Stage

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
    stage.lead(["accountabilityatlas.com", "www.accountabilityatlas.com"])
    database = SECRETS["database"]
    stage.database_at(database["host"], database["username"], database["password"], database["dbname"])
    key = directory / "key"
    key.unlink(missing_ok=True)
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    machine.authorize(stage.container("host"), key.with_suffix(".pub").read_text(encoding="utf-8"))
    shown = subprocess.run(
        [sys.executable, "-m", "tests.hosts", "show", "--name", name], check=True, stdout=subprocess.PIPE, text=True
    ).stdout
    (directory / "stage.json").write_text(shown, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
