# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the user and the play set reaches the modules: vault, environment, defaults by group, verbosity."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible.parsing.vault import VaultLib, VaultSecret

from tests.emulator.fixtures import Emulator

from .conftest import Converge

pytestmark = pytest.mark.integration

SECRET = "correct horse battery staple"
REGION = "eu-west-1"


@pytest.fixture
def inventory(tmp_path: Path) -> Path:
    """An inventory with an encrypted variable; the password is in the file `password` beside it."""
    (tmp_path / "password").write_text("opens it\n")
    encrypted = VaultLib().encrypt(SECRET, secret=VaultSecret(b"opens it")).decode()
    indented = encrypted.replace("\n", "\n  ").rstrip()
    directory = tmp_path / "inventory"
    (directory / "host_vars").mkdir(parents=True)
    (directory / "hosts.yml").write_text("all:\n  hosts:\n    stack:\n")
    (directory / "host_vars" / "stack.yml").write_text(f"vaulted_word: !vault |\n  {indented}\n")
    return directory


def test_what_user_and_play_set_reaches_every_kind_of_module(
    account: Emulator, converge: Converge, inventory: Path, tmp_path: Path
) -> None:
    arguments = ("--vault-password-file", str(tmp_path / "password"), "-vvv", "--diff")
    ran = converge(
        account,
        "settings",
        arguments=arguments,
        inventory=str(inventory),
        playbook="settings.yml",
        play_region=REGION,
        known_file=str(tmp_path / "known"),
        task_word="of the command line",
    ).check()

    # The play's environment and a vaulted variable, in an action plugin, a plain module and a warm one.
    arn = f"arn:aws:sns:{REGION}:123456789012:settings"
    assert (tmp_path / "known").read_text() == f"{arn} hello stack,of the task,{REGION} {SECRET} of the command line"
    # What the command line says wins over a task's vars, also in what an action plugin templates itself.
    assert (tmp_path / "known.words").read_text() == "of the command line | of the command line, too | settings\n"
    ssm = account.client("ssm", region=REGION)
    assert ssm.get_parameter(Name="/settings/secret", WithDecryption=True)["Parameter"]["Value"] == SECRET
    assert SECRET not in ran.output
    assert SECRET not in (tmp_path / "reports" / "default" / "stack" / "converge.json").read_text()
    assert ran.report()["region"] == REGION

    # module_defaults by group.
    tags = account.client("sns", region=REGION).list_tags_for_resource(ResourceArn=arn)["Tags"]
    assert tags == [{"Key": "told_by", "Value": "the play"}]
    tags = account.client("s3").get_bucket_tagging(Bucket="settings-bucket")["TagSet"]
    assert tags == [{"Key": "told_by", "Value": "the play, too"}]

    # With -v, what is skipped is shown.
    assert "Skip this  skipped" in ran.output


@pytest.mark.parametrize(("environment", "shown"), [({}, False), ({"ANSIBLE_VERBOSITY": "1"}, True)])
def test_verbosity_of_the_environment_counts(
    account: Emulator, converge: Converge, tmp_path: Path, environment: dict[str, str], shown: bool
) -> None:
    ran = converge(account, "keywords", environment=environment, words_file=str(tmp_path / "file")).check()
    assert ("Skip this  skipped" in ran.output) is shown


def test_a_vaulted_variable_without_its_password_is_a_clear_failure(
    account: Emulator, converge: Converge, inventory: Path, tmp_path: Path
) -> None:
    ran = converge(
        account,
        "settings",
        inventory=str(inventory),
        playbook="settings.yml",
        play_region=REGION,
        known_file=str(tmp_path / "known"),
        converge_target="Keep the secret",
    )
    assert ran.code != 0
    assert "vault" in ran.output.lower()
    assert "Traceback" not in ran.output
    assert [entry for entry in account.writes() if entry["service"] != "ssm"] == []  # the lock is there
