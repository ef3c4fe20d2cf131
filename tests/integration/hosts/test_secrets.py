# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets of services come from Secrets Manager into files that only their owner reads, and are seen nowhere else."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from tests.emulator.fixtures import Emulator
from tests.playbooks import Ran, play

PLAYBOOK = """
- hosts: localhost
  connection: local
  gather_facts: false
  tasks:
    - ansible.builtin.include_role:
        name: stratum.aws.compose_host
        tasks_from: host/secrets
"""
SERVICES: list[dict[str, Any]] = [
    {"name": "api", "secrets": {"PASSWORD": {"secret": "shop/database", "key": "password"}, "KEY": {"secret": "shop/key"}}},
    {"name": "web", "secrets": {"TOKEN": {"secret": "shop/token"}}},
    {"name": "cache"},
]

pytestmark = pytest.mark.integration


class Stack:
    """An account, and a directory in the place of the host's."""

    def __init__(self, account: Emulator, directory: Path) -> None:
        self.account = account
        self.directory = directory
        self.client = account.client("secretsmanager")
        (directory / "env").mkdir()
        (directory / "play.yml").write_text(PLAYBOOK, encoding="utf-8")

    def run(self, *arguments: str) -> Ran:
        region = self.account.environment["AWS_REGION"]
        variables = {"compose_host_services": SERVICES, "compose_host_directory": str(self.directory), "aws_region": region}
        return play(
            self.account,
            self.directory / "play.yml",
            "-vvv",
            *arguments,
            inventory="localhost,",
            reports=self.directory,
            variables=variables,
        )

    def files(self) -> dict[str, str]:
        return {file.name: file.read_text(encoding="utf-8") for file in (self.directory / "env").iterdir()}


@pytest.fixture
def stack(account: Emulator, tmp_path: Path) -> Stack:
    return Stack(account, tmp_path)


def test_secrets_are_written_and_not_shown(stack: Stack) -> None:
    stack.client.create_secret(Name="shop/database", SecretString=json.dumps({"password": "hidden-1 {{ 7 * 7 }}"}))
    stack.client.create_secret(Name="shop/key", SecretString="hidden-2\nline")
    stack.client.create_secret(Name="shop/token", SecretString="hidden-3")
    (stack.directory / "env" / "gone.env").write_text("OLD=1\n", encoding="utf-8")

    planned = stack.run("--check", "--diff").check()
    assert list(stack.files()) == ["gone.env"]
    first = stack.run("--diff").check()
    assert stack.files() == {"api.env": 'KEY="hidden-2\\nline"\nPASSWORD="hidden-1 {{ 7 * 7 }}"\n', "web.env": 'TOKEN="hidden-3"\n'}
    assert {stat.S_IMODE(file.stat().st_mode) for file in (stack.directory / "env").iterdir()} == {0o600}
    second = stack.run("--diff").check()
    assert second.changed == 0
    for ran in (planned, first, second):
        assert "hidden-" not in ran.output


def test_what_is_missing_is_named_in_a_sentence_each(stack: Stack) -> None:
    stack.client.create_secret(Name="shop/database", SecretString=json.dumps({"pass": "hidden-1"}))
    stack.client.create_secret(Name="shop/key", SecretString=" ")
    ran = stack.run().check(2)
    said = " ".join(ran.output.split())
    assert "The secret shop/database, which the service api needs for PASSWORD, has no key password." in said
    assert "The secret shop/key, which the service api needs for KEY, cannot be read from Secrets Manager" in said
    assert "The secret shop/token, which the service web needs for TOKEN, cannot be read" in said
    assert "hidden-" not in ran.output
    assert stack.files() == {}
