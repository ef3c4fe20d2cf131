# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the stage's PostgreSQL the instance that RDS gave out: certificate, master user, first database."""

from __future__ import annotations

from typing import Final

from . import machine
from .authority import Pair
from .docker import HostsError, docker

_CLUSTER: Final = "/etc/postgresql/17/main"


def become(container: str, pair: Pair, user: str, password: str, database: str) -> None:
    """Serve this certificate, and let this user, with all rights, own this database; again with another password changes that."""
    machine.put(container, {"/etc/stage/database.crt": pair.certificate, "/etc/stage/database.key": pair.key})
    machine.shell(
        container,
        f"install -m 0640 -o root -g postgres /etc/stage/database.key {_CLUSTER}/server.key; "
        f"install -m 0644 /etc/stage/database.crt {_CLUSTER}/server.crt",
    )
    role, base = _identifier(user), _identifier(database)
    secret = password.replace("'", "''")
    verb = "ALTER" if sql(container, f"SELECT 1 FROM pg_roles WHERE rolname = '{user}'") else "CREATE"
    sql(container, f"{verb} ROLE {role} WITH LOGIN SUPERUSER PASSWORD '{secret}'")
    if not sql(container, f"SELECT 1 FROM pg_database WHERE datname = '{database}'"):
        sql(container, f"CREATE DATABASE {base} OWNER {role}")
    sql(container, "SELECT pg_reload_conf()")


def sql(container: str, statement: str, database: str = "postgres") -> str:
    """Run a statement as the superuser; return what it gives, columns apart by `|`. Passwords go by stdin, not by arguments."""
    command = ("psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", database)
    return docker("exec", "-i", "--user", "postgres", container, *command, stdin=statement.encode()).stdout.strip()


def _identifier(name: str) -> str:
    if "'" in name or '"' in name:
        raise HostsError(f"{name!r} is no usable name in a database")
    return f'"{name}"'
