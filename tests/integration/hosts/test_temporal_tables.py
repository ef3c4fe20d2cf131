# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The functions of temporal_tables keep the history of a table, in a real PostgreSQL."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hosts import images, machine
from tests.hosts.docker import HostsError, docker, ensure_engine

SCRIPT = Path(__file__).resolve().parents[3] / "roles" / "compose_host" / "files" / "temporal_tables.sql"
TABLES = """
DROP TABLE IF EXISTS "Order", order_history;
CREATE TABLE "Order" (id int PRIMARY KEY, "Name" text, twice int GENERATED ALWAYS AS (id * 2) STORED, valid tstzrange);
CREATE TABLE order_history (id int, "Name" text, twice int, valid tstzrange, noted text DEFAULT 'here');
CREATE TRIGGER versioning BEFORE INSERT OR UPDATE OR DELETE ON "Order"
  FOR EACH ROW EXECUTE FUNCTION versioning('valid', 'order_history', {adjust});
"""
HISTORY = """SELECT id, "Name", twice, noted, lower(valid) < upper(valid) FROM order_history ORDER BY valid"""

pytestmark = [pytest.mark.docker, pytest.mark.slow]


class Database:
    """A server whose superuser anybody here is."""

    def __init__(self, container: str) -> None:
        self.container = container

    def __call__(self, statements: str) -> list[str]:
        """Run statements, each in a transaction of its own unless they say otherwise; return the rows."""
        command = ("exec", "-i", "-u", "postgres", self.container, "psql", "-v", "ON_ERROR_STOP=1", "-qAt", "-F", " ")
        return docker(*command, stdin=statements.encode()).stdout.splitlines()


@pytest.fixture(scope="module")
def server() -> Iterator[Database]:
    ensure_engine()
    name = f"temporal-tables-{os.getpid()}"
    start = "pg_ctlcluster 17 main start; exec sleep 600"
    docker("run", "--detach", "--name", name, "--network", "none", images.ensure("database"), "sh", "-c", start)
    try:
        database = Database(name)
        for _unused in range(100):
            if docker("exec", "-u", "postgres", name, "pg_isready", check=False).returncode == 0:
                break
            time.sleep(0.2)
        for _unused in range(2):  # it can be installed over itself
            database(SCRIPT.read_text(encoding="utf-8").replace("@version@", "1"))
        yield database
    finally:
        machine.remove([name])


@pytest.fixture
def database(server: Database) -> Database:
    server(TABLES.format(adjust="true"))
    return server


def test_what_was_is_kept(database: Database) -> None:
    database(
        """INSERT INTO "Order" VALUES (1, 'a'); UPDATE "Order" SET "Name" = 'b'; UPDATE "Order" SET "Name" = 'c'; DELETE FROM "Order";"""
    )
    assert database(HISTORY) == ["1 a 2 here t", "1 b 2 here t", "1 c 2 here t"]
    assert database("SELECT count(*) FROM order_history AS a JOIN order_history AS b ON upper(a.valid) = lower(b.valid)") == ["2"]


def test_what_is_begins_with_its_transaction_and_has_no_end(database: Database) -> None:
    rows = database(
        """BEGIN; INSERT INTO "Order" VALUES (1, 'a');
        SELECT lower(valid) = now(), upper_inf(valid), lower_inc(valid) FROM "Order"; COMMIT;"""
    )
    assert rows == ["t t t"]


def test_what_a_transaction_wrote_and_changed_was_never_true(database: Database) -> None:
    database("""INSERT INTO "Order" VALUES (1, 'a');
        BEGIN; UPDATE "Order" SET "Name" = 'b'; SAVEPOINT s;
        UPDATE "Order" SET "Name" = 'c', valid = NULL; RELEASE s; DELETE FROM "Order"; COMMIT;
        BEGIN; INSERT INTO "Order" VALUES (2, 'x'); UPDATE "Order" SET "Name" = 'y'; COMMIT;""")
    assert database(HISTORY) == ["1 a 2 here t"]
    assert database("""SELECT "Name", upper_inf(valid) FROM "Order" """) == ["y t"]


def test_a_transaction_that_began_earlier_ends_a_microsecond_later(database: Database) -> None:
    database("""SELECT set_system_time('2100-01-01 00:00Z'); INSERT INTO "Order" VALUES (1, 'a');
        SELECT set_system_time(NULL); UPDATE "Order" SET "Name" = 'b';""")
    assert database("SELECT upper(valid) - lower(valid) FROM order_history") == ["00:00:00.000001"]
    assert database("""SELECT lower(valid) = '2100-01-01 00:00:00.000001Z' FROM "Order" """) == ["t"]


def test_a_transaction_that_began_earlier_is_refused_without_adjustment(server: Database) -> None:
    server(TABLES.format(adjust="false") + """SELECT set_system_time('2100-01-01 00:00Z'); INSERT INTO "Order" VALUES (1, 'a');""")
    with pytest.raises(HostsError, match="began later than this one"):
        server("""UPDATE "Order" SET "Name" = 'b';""")


@pytest.mark.parametrize(
    ("statements", "message"),
    [
        ("""DROP TABLE order_history; UPDATE "Order" SET id = 2;""", "history table order_history of"),
        ("""ALTER TABLE order_history DROP COLUMN valid; UPDATE "Order" SET id = 2;""", "order_history has no column"),
        ("""ALTER TABLE "Order" DROP COLUMN valid; UPDATE "Order" SET id = 2;""", 'has no column "valid" of type tstzrange'),
        (
            """ALTER TABLE "Order" DISABLE TRIGGER versioning; UPDATE "Order" SET valid = NULL;
            ALTER TABLE "Order" ENABLE TRIGGER versioning;
            UPDATE "Order" SET id = 2;""",
            "must not be null",
        ),
        (
            """CREATE TRIGGER late AFTER INSERT ON "Order" FOR EACH ROW EXECUTE FUNCTION versioning('valid', 'x');
            INSERT INTO "Order" VALUES (2);""",
            "is for triggers",
        ),
    ],
)
def test_what_is_wrong_is_said(database: Database, statements: str, message: str) -> None:
    database("""INSERT INTO "Order" VALUES (1, 'a');""")
    with pytest.raises(HostsError, match=message):
        database(statements)
