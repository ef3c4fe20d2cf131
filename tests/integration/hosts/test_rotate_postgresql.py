# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rotation function changes passwords in a real PostgreSQL: its four steps, what may be repeated, and what must fail."""

from __future__ import annotations

import importlib
import json
import os
import ssl
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from ansible_collections.stratum.aws.plugins.module_utils._archive import packed

from tests.emulator.fixtures import Emulator
from tests.hosts import authority, images, machine, rds
from tests.hosts.docker import docker, ensure_engine

# Both the server and the account are made once; every test has users and secrets of its own.
pytestmark = [pytest.mark.docker, pytest.mark.slow, pytest.mark.integration, pytest.mark.xdist_group("rotate-postgresql")]

FUNCTION = Path(__file__).resolve().parents[3] / "applications" / "rotate_postgresql" / "function"
MODULES = ("rotate", "postgresql")
REGION = "us-east-1"
STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")
WAITS = "def handler(event, context):\n    pass\n"


@dataclass
class Database:
    """A server on this machine that takes logins from the network as RDS does."""

    container: str
    port: int

    def sql(self, statement: str) -> str:
        return rds.sql(self.container, statement)

    def user(self, name: str, password: str, options: str = "") -> dict[str, Any]:
        """Make a user, and return what a secret says of it."""
        self.sql(f"CREATE ROLE {name} LOGIN {options} PASSWORD '{password}'")
        return {"host": "localhost", "port": self.port, "username": name.strip('"'), "password": password, "dbname": "shop"}


@pytest.fixture(scope="module")
def database() -> Iterator[Database]:
    ensure_engine()
    name = f"rotate-postgresql-{os.getpid()}"
    pair = authority.issue(["localhost"], authority.authority())
    docker("create", "--name", name, "--publish", "127.0.0.1::5432", images.ensure("database"))
    try:
        machine.put(name, {"/etc/stage/database.crt": pair.certificate, "/etc/stage/database.key": pair.key})
        docker("start", name)
        eventually(lambda: docker("exec", "-u", "postgres", name, "pg_isready", check=False).returncode == 0)
        rds.sql(name, "CREATE DATABASE shop")
        yield Database(name, int(docker("port", name, "5432").stdout.rpartition(":")[2]))
    finally:
        machine.remove([name])


def eventually(look: Callable[[], bool], why_not: Callable[[], str] = str, seconds: float = 60) -> None:
    """Return as soon as `look` is true."""
    deadline = time.monotonic() + seconds
    while not look():
        assert time.monotonic() < deadline, why_not()
        time.sleep(0.1)


@dataclass
class Account:
    """Secrets Manager, the function as Lambda runs it, and one that leaves all steps to the test."""

    emulator: Emulator
    rotates: str
    waits: str

    @property
    def secrets(self) -> Any:
        return self.emulator.client("secretsmanager", REGION)

    def secret(self, name: str, value: dict[str, Any]) -> str:
        return str(self.secrets.create_secret(Name=name, SecretString=json.dumps(value))["ARN"])

    def begin(self, secret: str, function: str | None = None) -> str:
        """Have a rotation begun; return the version that it is for."""
        rules = {"ScheduleExpression": "rate(30 days)"}
        answer = self.secrets.rotate_secret(SecretId=secret, RotationLambdaARN=function or self.waits, RotationRules=rules)
        return str(answer["VersionId"])

    def value(self, secret: str, stage: str = "AWSCURRENT") -> dict[str, Any]:
        value: dict[str, Any] = json.loads(self.secrets.get_secret_value(SecretId=secret, VersionStage=stage)["SecretString"])
        return value

    def put(self, secret: str, version: str, value: dict[str, Any]) -> None:
        """Give the version that is to become current a value, in the place of the first step."""
        self.secrets.put_secret_value(
            SecretId=secret, ClientRequestToken=version, SecretString=json.dumps(value), VersionStages=["AWSPENDING"]
        )

    def log(self) -> str:
        """Return what the function has written."""
        events = self.emulator.client("logs", REGION).filter_log_events(logGroupName="/aws/lambda/rotates")["events"]
        return "\n".join(event["message"] for event in events)

    def current(self, secret: str) -> str:
        """Return the version that is current."""
        stages = self.secrets.describe_secret(SecretId=secret)["VersionIdsToStages"]
        (version,) = [version for version, labels in stages.items() if "AWSCURRENT" in labels]
        return str(version)

    def has(self, secret: str, version: str) -> bool:
        """Return whether a version is current."""
        return self.current(secret) == version


@pytest.fixture(scope="module")
def account(functions_emulator: Emulator, tmp_path_factory: pytest.TempPathFactory) -> Account:
    waiting = tmp_path_factory.mktemp("waits")
    (waiting / "rotate.py").write_text(WAITS, encoding="utf-8")
    trust = {"Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
    role = functions_emulator.client("iam").create_role(RoleName="rotates", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    functions, arns = functions_emulator.client("lambda", REGION), []
    for name, directory in (("rotates", FUNCTION), ("waits", waiting)):
        made = functions.create_function(
            FunctionName=name,
            Runtime="python3.12",
            Role=role,
            Handler="rotate.handler",
            Code={"ZipFile": packed(str(directory)).content},
            Environment={"Variables": {"CA_FILE": str(authority.FOLDER / "ca.crt")}},
            Timeout=60,
        )
        functions.add_permission(
            FunctionName=name, StatementId="rotate", Action="lambda:InvokeFunction", Principal="secretsmanager.amazonaws.com"
        )
        arns.append(made["FunctionArn"])
    return Account(functions_emulator, *arns)


@dataclass
class Function:
    """The function in this process, step by step."""

    rotate: ModuleType
    postgresql: ModuleType

    def __call__(self, secret: str, token: str, *steps: str) -> None:
        for step in steps or STEPS:
            self.rotate.handler({"Step": step, "SecretId": secret, "ClientRequestToken": token}, None)

    def logs_in(self, value: dict[str, Any]) -> bool:
        return bool(self.rotate.can_log_in(value))


@pytest.fixture
def function(account: Account, monkeypatch: pytest.MonkeyPatch) -> Iterator[Function]:
    for name, value in account.emulator.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.setenv("AWS_REGION", REGION)
    monkeypatch.setenv("CA_FILE", str(authority.FOLDER / "ca.crt"))
    monkeypatch.syspath_prepend(str(FUNCTION))
    for name in MODULES:
        monkeypatch.delitem(sys.modules, name, raising=False)
    yield Function(importlib.import_module("rotate"), importlib.import_module("postgresql"))
    for name in MODULES:
        sys.modules.pop(name, None)


def test_secrets_manager_rotates_a_password_as_often_as_it_likes(database: Database, account: Account, function: Function) -> None:
    known = [database.user("plain", "first")]
    secret = account.secret("plain", known[0])
    for _unused in range(2):
        version = account.begin(secret, account.rotates)
        eventually(partial(account.has, secret, version), account.log)
        known.append(account.value(secret))
        assert account.value(secret, "AWSPREVIOUS") == known[-2]
        assert [function.logs_in(value) for value in known] == [*[False] * (len(known) - 1), True]
    new = known[-1]
    assert {**new, "password": "first"} == known[0]
    assert len(new["password"]) == 32
    assert not set("/@\"'\\ ") & set(new["password"])
    log = account.log()
    assert [log.count(f"{step} of version") for step in STEPS] == [2, 2, 2, 2]
    assert [value["password"] for value in known if value["password"] in log] == []


def test_steps_do_one_thing_each_and_may_be_repeated(database: Database, account: Account, function: Function) -> None:
    old = database.user("repeats", "first")
    secret = account.secret("repeats", old)
    before, version = account.current(secret), account.begin(secret)
    function(secret, version, "createSecret")
    new = account.value(secret, "AWSPENDING")
    function(secret, version, "createSecret")
    assert account.value(secret, "AWSPENDING") == new
    # Nothing is set yet, and what is not set is not taken for good.
    assert (function.logs_in(old), function.logs_in(new)) == (True, False)
    with pytest.raises(function.postgresql.DatabaseError, match="password authentication failed"):
        function(secret, version, "testSecret")
    function(secret, version, "setSecret", "setSecret", "testSecret", "testSecret")
    assert (function.logs_in(old), function.logs_in(new)) == (False, True)
    assert account.current(secret) == before
    function(secret, version, "finishSecret", "finishSecret")
    assert (account.current(secret), account.value(secret)) == (version, new)


def test_a_rotation_that_broke_off_goes_on_where_it_was(database: Database, account: Account, function: Function) -> None:
    secret = account.secret("breaks", database.user("breaks", "first"))
    version = account.begin(secret)
    function(secret, version, "createSecret", "setSecret")
    new = account.value(secret, "AWSPENDING")
    function(secret, version)
    assert account.value(secret) == new
    assert function.logs_in(new)


def test_the_value_before_the_current_one_may_still_count(database: Database, account: Account, function: Function) -> None:
    old = database.user("behind", "first")
    secret = account.secret("behind", old)
    account.secrets.put_secret_value(SecretId=secret, SecretString=json.dumps({**old, "password": "nobody set this one"}))
    function(secret, account.begin(secret))
    assert function.logs_in(account.value(secret))
    assert not function.logs_in(old)


@pytest.mark.parametrize("known", [1, 2])
def test_what_the_database_takes_in_no_version_is_not_changed(database: Database, account: Account, function: Function, known: int) -> None:
    right = database.user(f"lost{known}", "right")
    secret = account.secret(f"lost{known}", {**right, "password": "wrong 1"})
    if known == 2:
        account.secrets.put_secret_value(SecretId=secret, SecretString=json.dumps({**right, "password": "wrong 2"}))
    before, version = account.current(secret), account.begin(secret)
    function(secret, version, "createSecret")
    with pytest.raises((ValueError, function.postgresql.DatabaseError), match=r"takes neither|password authentication failed"):
        function(secret, version, "setSecret")
    assert account.current(secret) == before
    assert function.logs_in(right)


def test_names_and_passwords_may_have_any_characters(database: Database, account: Account, function: Function) -> None:
    database.user('"odd\'; -- \\ name"', "first")
    old = {"host": "localhost", "port": database.port, "username": "odd'; -- \\ name", "password": "first", "dbname": "shop"}
    secret = account.secret("odd", old)
    version = account.begin(secret)
    new = {**old, "password": "a'; DROP ROLE postgres; -- \\' \" ü€"}
    account.put(secret, version, new)
    function(secret, version)
    assert account.value(secret) == new
    assert (function.logs_in(old), function.logs_in(new)) == (False, True)


def test_two_users_take_turns_so_that_nobody_is_logged_out(database: Database, account: Account, function: Function) -> None:
    master = account.secret("master", database.user("chief", "chief", "CREATEROLE"))
    first = database.user("turns", "first")
    database.sql("GRANT turns TO chief WITH ADMIN OPTION")
    rds.sql(database.container, "CREATE TABLE owned (id int); ALTER TABLE owned OWNER TO turns", "shop")
    secret = account.secret("turns", {**first, "masterarn": master})
    known = [first]
    for user in ("turns_clone", "turns", "turns_clone"):
        function(secret, account.begin(secret))
        known.append(account.value(secret))
        assert known[-1]["username"] == user
        # Whoever has read the value before is still let in.
        assert [function.logs_in(value) for value in known[-2:]] == [True, True]
    assert not function.logs_in(first)
    with function.rotate.connect(known[-1]) as session:
        assert session.run("SELECT count(*) FROM owned") == [("0",)]
    assert function.logs_in(account.value(master))


def test_steps_that_make_no_sense_are_refused(
    database: Database, account: Account, function: Function, monkeypatch: pytest.MonkeyPatch
) -> None:
    value = database.user("refused", "first")
    secret = account.secret("refused", value)
    before = account.current(secret)
    with pytest.raises(ValueError, match="is not to be rotated"):
        function(secret, before)
    version = account.begin(secret)
    with pytest.raises(ValueError, match="There is no step other"):
        function(secret, version, "other")
    with pytest.raises(ValueError, match="has no version 00000000"):
        function(secret, "00000000-0000-0000-0000-000000000000")
    # What is current needs nothing.
    function(secret, before)
    late = account.secrets.put_secret_value(SecretId=secret, SecretString=json.dumps(value), VersionStages=["OTHER"])["VersionId"]
    with pytest.raises(ValueError, match="is not the one that waits"):
        function(secret, late)
    # The old password goes to nobody but the server that it is for.
    account.put(secret, version, {**value, "host": "127.0.0.1", "password": "new"})
    with monkeypatch.context() as patched:
        patched.delenv("CA_FILE")
        with pytest.raises(ValueError, match="is for another host"):
            function(secret, version)
    assert account.current(secret) == before
    assert function.logs_in(value)


@pytest.mark.parametrize("missing", ["host", "username", "password"])
def test_a_secret_that_does_not_say_enough_is_refused(account: Account, function: Function, missing: str) -> None:
    value = {"host": "localhost", "username": "somebody", "password": "first"}
    del value[missing]
    secret = account.secret(f"without-{missing}", value)
    with pytest.raises(ValueError, match=f"has no {missing}"):
        function(secret, account.begin(secret), "createSecret")


def test_a_database_that_does_not_answer_leaves_everything_as_it_was(database: Database, account: Account, function: Function) -> None:
    value = database.user("silent", "first")
    secret = account.secret("silent", {**value, "port": 1})
    before, version = account.current(secret), account.begin(secret)
    function(secret, version, "createSecret")
    with pytest.raises(ConnectionRefusedError):
        function(secret, version, "setSecret")
    assert account.current(secret) == before


def test_no_password_is_sent_without_tls_or_to_a_stranger(
    database: Database, account: Account, function: Function, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    value = database.user("careful", "first")
    secret = account.secret("careful", value)
    version = account.begin(secret)
    function(secret, version, "createSecret")
    with monkeypatch.context() as patched:
        patched.setenv("CA_FILE", str(tmp_path / "ca.crt"))
        (tmp_path / "ca.crt").write_bytes(authority.authority(tmp_path / "other").certificate)
        with pytest.raises(ssl.SSLCertVerificationError):
            function(secret, version, "setSecret")
    database.sql("ALTER SYSTEM SET ssl = off")
    database.sql("SELECT pg_reload_conf()")
    try:
        without = {**value, "tls": "none"}
        eventually(lambda: _offers_no_tls(function, without))
        with pytest.raises(function.postgresql.DatabaseError, match="offers no TLS"):
            function(secret, version, "setSecret")
    finally:
        database.sql("ALTER SYSTEM RESET ssl")
        database.sql("SELECT pg_reload_conf()")
    eventually(lambda: not _offers_no_tls(function, value))
    function(secret, version)
    assert function.logs_in(account.value(secret))


def _offers_no_tls(function: Function, value: dict[str, Any]) -> bool:
    try:
        function.rotate.connect(value).__exit__(None, None, None)
    except function.postgresql.DatabaseError as error:
        return "offers no TLS" in str(error)
    return False
