# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Changes the password of a PostgreSQL user whenever Secrets Manager says so.

Secrets Manager calls it four times for a rotation: createSecret makes the new value, setSecret sets it in the database, testSecret tries
it, finishSecret makes it current. Each step may be repeated, and a rotation that broke off goes on where it was.

The secret is a JSON object with host, port, username, password and dbname. With `masterarn`, the ARN of another such secret whose
user may alter roles, two users take turns (`name` and `name_clone`), so that nobody who has read the old value is logged out; without it,
the user changes its own password.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable
from typing import Any

import boto3
from botocore.exceptions import ClientError
from postgresql import Connection, DatabaseError, identifier, literal

log = logging.getLogger()
log.setLevel(logging.INFO)

CURRENT, PENDING = "AWSCURRENT", "AWSPENDING"
CLONE = "_clone"
WRONG_PASSWORD = ("28P01", "28000")
NEEDED = ("host", "username", "password")
Value = dict[str, Any]


def handler(event: dict[str, Any], _context: Any) -> None:
    """Do one step of a rotation."""
    step, secret, token = event["Step"], event["SecretId"], event["ClientRequestToken"]
    client = boto3.client("secretsmanager")
    described = client.describe_secret(SecretId=secret)
    if not described.get("RotationEnabled"):
        raise ValueError(f"Secret {secret} is not to be rotated")
    labels = described["VersionIdsToStages"].get(token)
    if labels is None:
        raise ValueError(f"Secret {secret} has no version {token} to rotate to")
    if CURRENT in labels:
        log.info("Version %s of secret %s is current already", token, secret)
        return
    if PENDING not in labels:
        raise ValueError(f"Version {token} of secret {secret} is not the one that waits to be current")
    steps: dict[str, Callable[[Any, str, str], None]] = {
        "createSecret": create,
        "setSecret": set_password,
        "testSecret": test,
        "finishSecret": finish,
    }
    if step not in steps:
        raise ValueError(f"There is no step {step}")
    steps[step](client, secret, token)
    log.info("%s of version %s of secret %s is done", step, token, secret)


def create(client: Any, secret: str, token: str) -> None:
    """Store a new value, unless an earlier attempt did."""
    current = read(client, secret, CURRENT)
    try:
        read(client, secret, PENDING, token)
    except client.exceptions.ResourceNotFoundException:
        password = client.get_random_password(
            PasswordLength=int(os.environ.get("PASSWORD_LENGTH", "32")),
            ExcludeCharacters=os.environ.get("EXCLUDE_CHARACTERS", "/@\"'\\ "),
        )["RandomPassword"]
        new = {**current, "password": password, "username": next_user(current)}
        client.put_secret_value(SecretId=secret, ClientRequestToken=token, SecretString=json.dumps(new), VersionStages=[PENDING])


def set_password(client: Any, secret: str, token: str) -> None:
    """Set the new password in the database, unless an earlier attempt did."""
    pending = read(client, secret, PENDING, token)
    if can_log_in(pending):
        return
    current = read(client, secret, CURRENT)
    if pending["host"] != current["host"]:
        raise ValueError(f"The new value of secret {secret} is for another host than the current one")
    with as_whom(client, secret, current) as session:
        user, password = identifier(pending["username"]), literal(pending["password"])
        if not session.run(f"SELECT 1 FROM pg_roles WHERE rolname = {literal(pending['username'])}"):
            # The second user may do what the first one may, by being a member of it.
            session.run(f"CREATE ROLE {user} WITH LOGIN IN ROLE {identifier(current['username'])}")
        # Nothing but the password, which is all that a user may change of itself.
        session.run(f"ALTER ROLE {user} WITH PASSWORD {password}")


def test(client: Any, secret: str, token: str) -> None:
    """Log in with the new value."""
    pending = read(client, secret, PENDING, token)
    with connect(pending) as session:
        session.run("SELECT 1")


def finish(client: Any, secret: str, token: str) -> None:
    """Make the new value the current one."""
    stages = client.describe_secret(SecretId=secret)["VersionIdsToStages"]
    current = next((version for version, labels in stages.items() if CURRENT in labels), None)
    if current != token:
        moved = {"RemoveFromVersionId": current} if current else {}
        client.update_secret_version_stage(SecretId=secret, VersionStage=CURRENT, MoveToVersionId=token, **moved)


def read(client: Any, secret: str, stage: str, token: str | None = None) -> Value:
    """Return a value of the secret."""
    version = {"VersionId": token} if token else {}
    value: Value = json.loads(client.get_secret_value(SecretId=secret, VersionStage=stage, **version)["SecretString"])
    missing = [key for key in NEEDED if not value.get(key)]
    if missing:
        raise ValueError(f"Secret {secret} has no {', '.join(missing)}")
    return value


def next_user(current: Value) -> str:
    """Return whose turn it is: with a master secret two users take turns, otherwise there is one."""
    user = str(current["username"])
    if not current.get("masterarn"):
        return user
    return user.removesuffix(CLONE) if user.endswith(CLONE) else user + CLONE


def connect(value: Value, previous: str | None = None) -> Connection:
    """Return a session of the user of a value."""
    return Connection(
        value["host"],
        int(value.get("port") or 5432),
        value["username"],
        previous or value["password"],
        value.get("dbname") or "postgres",
        tls=os.environ.get("REQUIRE_TLS", "true") != "false",
        ca_file=os.environ.get("CA_FILE") or None,
    )


def can_log_in(value: Value) -> bool:
    """Return whether the database takes the value."""
    try:
        with connect(value):
            return True
    except DatabaseError as error:
        if error.code in WRONG_PASSWORD:
            return False
        raise


def as_whom(client: Any, secret: str, current: Value) -> Connection:
    """Return a session of whoever may change the password: the master, or the user itself."""
    if current.get("masterarn"):
        master = read(client, current["masterarn"], CURRENT)
        return connect({**master, "dbname": current.get("dbname")})
    try:
        return connect(current)
    except DatabaseError as error:
        if error.code not in WRONG_PASSWORD:
            raise
    # Somebody set the current value by hand, or a rotation broke off: the one before may still count.
    try:
        previous = read(client, secret, "AWSPREVIOUS")
    except ClientError as error:
        raise ValueError(f"The database takes neither the new nor the current value of secret {secret}") from error
    if (previous["host"], previous["username"]) != (current["host"], current["username"]):
        raise ValueError(f"The previous value of secret {secret} is for another host or user")
    return connect(previous)
