# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lock in an account: taking, waiting, taking over, racing, renewing, losing, releasing, and the playbook that removes it."""

from __future__ import annotations

import dataclasses
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.stratum.aws.plugins.plugin_utils.locks import _lock
from ansible_collections.stratum.aws.plugins.plugin_utils.locks._lock_holder import Holder, moment

from tests.emulator.fixtures import Emulator, StartEmulator
from tests.playbooks import ROOT, Ran, play

pytestmark = pytest.mark.integration

NAME = "/stratum/default/stack/lock"
DEAD = Holder("dead0", "converge", "somebody@elsewhere", 1, 1, "another boot", 1_000_000.0, 1_000_060.0)
"""A run of long ago, on another machine."""


def acquire(client: Any, *, timeout: float = 0, tell: Callable[[str], None] = lambda _text: None, expiry: float = 60.0) -> _lock.Lock:
    return _lock.Lock.acquire(client, "default", "stack", "converge", timeout=timeout, tell=tell, expiry=expiry)


def there(client: Any) -> dict[str, str]:
    """Return every parameter of the account."""
    return {each["Name"]: each["Value"] for each in client.get_parameters_by_path(Path="/", Recursive=True)["Parameters"]}


def put(client: Any, name: str, holder: Holder) -> None:
    client.put_parameter(Name=name, Value=holder.text, Type="String", Overwrite=True)


def gone_process() -> Holder:
    """Describe a holder on this machine whose process has ended a moment ago."""
    code = f"import time; from {Holder.__module__} import Holder; print(Holder.of_this_process('converge', time.time(), 3600).text)"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return Holder.parse(ended.stdout)


@pytest.fixture
def ssm(account: Emulator) -> Any:
    return account.client("ssm")


def test_the_second_is_refused_and_told_how_to_go_on(ssm: Any) -> None:
    first = acquire(ssm)
    with pytest.raises(_lock.LockHeld) as refused:
        acquire(ssm)
    message = str(refused.value)
    assert refused.value.holder.id == first.id
    assert re.search(
        rf"stack stack is locked: \S+@\S+ \(process \d+\) holds it for converge since \S+Z, until \S+Z.*lock id {first.id}", message
    )
    assert "-e lock_timeout=SECONDS" in message
    assert f"playbooks/unlock.yml -i <inventory> --limit stack -e lock_id={first.id}" in message
    assert first.release() is None


def test_stacks_and_environments_do_not_meet(ssm: Any) -> None:
    def tell(_text: str) -> None:
        pytest.fail("there is nothing to wait for")

    locks = [
        _lock.Lock.acquire(ssm, environment, stack, "converge", timeout=0, tell=tell) for environment in ("a", "b") for stack in ("s", "t")
    ]
    assert len({lock.id for lock in locks}) == 4


def test_release_leaves_nothing_and_a_lock_bears_no_tags(ssm: Any) -> None:
    lock = acquire(ssm)
    assert list(there(ssm)) == [NAME]
    assert ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId=NAME)["TagList"] == []
    lock.release()
    assert there(ssm) == {}
    assert lock.release() is None


def test_who_waits_is_told_once_and_goes_on_after_the_release(ssm: Any) -> None:
    first, told = acquire(ssm), list[str]()
    threading.Timer(0.8, first.release).start()
    second = acquire(ssm, timeout=20, tell=told.append)
    assert second.id != first.id
    assert len(told) == 1
    assert first.id in told[0]
    assert second.release() is None


def test_who_waits_in_vain_gives_up_in_time(ssm: Any) -> None:
    first, begun = acquire(ssm), time.monotonic()
    with pytest.raises(_lock.LockHeld, match=first.id):
        acquire(ssm, timeout=1.5)
    assert 1.5 <= time.monotonic() - begun < 4


@pytest.mark.parametrize("left", [DEAD, None], ids=["expired", "dead process"])
def test_a_stale_lock_is_taken_over(ssm: Any, left: Holder | None) -> None:
    old = left or gone_process()
    put(ssm, NAME, old)
    lock = acquire(ssm)
    assert lock.id != old.id
    assert list(there(ssm)) == [NAME]
    assert Holder.parse(there(ssm)[NAME]).id == lock.id
    lock.beat()
    assert lock.release() is None


def test_neither_a_living_process_nor_one_elsewhere_is_taken_for_dead(ssm: Any) -> None:
    for holder in (
        Holder.of_this_process("converge", time.time(), 3600),
        dataclasses.replace(gone_process(), boot="another boot"),
        dataclasses.replace(gone_process(), boot=None),
    ):
        put(ssm, NAME, holder)
        with pytest.raises(_lock.LockHeld, match=holder.id):
            acquire(ssm)


def test_a_process_that_bears_the_number_of_a_dead_one_is_another(ssm: Any) -> None:
    living = Holder.of_this_process("converge", time.time(), 3600)
    put(ssm, NAME, dataclasses.replace(living, started=(living.started or 0) - 1))
    assert acquire(ssm).id != living.id


@pytest.mark.parametrize("deaths", [1, 2, 3])
def test_deaths_during_takeovers_are_got_over_and_leave_nothing(ssm: Any, deaths: int) -> None:
    """Each of `deaths` runs has died between creating its takeover parameter and replacing what it wanted to."""
    put(ssm, NAME, DEAD)
    for number in range(deaths):
        put(ssm, f"/stratum/default/stack/lock-takeover-dead{number}", dataclasses.replace(DEAD, id=f"dead{number + 1}"))
    lock = acquire(ssm)
    assert list(there(ssm)) == [NAME]
    assert Holder.parse(there(ssm)[NAME]).id == lock.id


def test_a_takeover_that_died_after_the_replacement_is_swept_away(ssm: Any) -> None:
    put(ssm, NAME, dataclasses.replace(DEAD, id="dead1"))
    put(ssm, "/stratum/default/stack/lock-takeover-dead0", dataclasses.replace(DEAD, id="claim"))
    acquire(ssm)
    assert list(there(ssm)) == [NAME]


def test_a_takeover_at_work_is_not_disturbed(ssm: Any) -> None:
    put(ssm, NAME, DEAD)
    put(ssm, "/stratum/default/stack/lock-takeover-dead0", Holder.of_this_process("converge", time.time(), 30))
    before = there(ssm)
    with pytest.raises(_lock.LockHeld, match=DEAD.id):
        acquire(ssm)
    assert there(ssm) == before


def race(account: Emulator, contenders: int, **options: Any) -> tuple[list[_lock.Lock], list[_lock.LockHeld]]:
    """Let threads with clients of their own acquire the lock at the same moment."""
    start = threading.Barrier(contenders)
    won, refused, broken = list[_lock.Lock](), list[_lock.LockHeld](), list[Exception]()
    clients = [account.client("ssm", **options) for _unused in range(contenders)]

    def contend(client: Any) -> None:
        start.wait()
        try:
            won.append(acquire(client))
        except _lock.LockHeld as held:
            refused.append(held)
        except Exception as error:
            broken.append(error)

    threads = [threading.Thread(target=contend, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert broken == []
    return won, refused


@pytest.mark.parametrize("stale", [False, True], ids=["free", "stale"])
def test_of_many_exactly_one_wins_every_time(account: Emulator, stale: bool) -> None:
    ssm = account.client("ssm")
    for number in range(20):
        if stale:
            put(ssm, NAME, dataclasses.replace(DEAD, id=f"dead{number}"))
        won, refused = race(account, 4)
        assert len(won) == 1, f"round {number}"
        assert [held.holder.id for held in refused] == [won[0].id] * 3
        assert list(there(ssm)) == [NAME]
        won[0].beat()
        assert won[0].release() is None
        assert there(ssm) == {}


def test_with_faults_exactly_one_wins_too(start_emulator: StartEmulator, tmp_path: Path) -> None:
    """Answers that are lost after the write are the ones that make a run meet its own lock."""
    faults = tmp_path / "faults.yml"
    faults.write_text("seed: 4\nfaults:\n  - {service: ssm, throttle: 0.1, error: 0.05, drop: 0.05, lose: 0.2}\n")
    account = start_emulator(faults=faults)
    ssm = account.client("ssm", config=_attempts(15))
    for number in range(6):
        if number % 2:
            put(ssm, NAME, dataclasses.replace(DEAD, id=f"dead{number}"))
        # More than a run's own client makes: its three fail in one call of sixteen here, and what a run says then is another matter.
        won, refused = race(account, 3, config=_attempts(15))
        assert (len(won), len(refused)) == (1, 2), f"round {number}"
        assert won[0].release() is None
        assert NAME not in there(ssm)


def test_a_renewal_moves_the_expiry_and_keeps_the_id(ssm: Any) -> None:
    lock = acquire(ssm, expiry=1.5)
    before = Holder.parse(there(ssm)[NAME])
    until = time.monotonic() + 3
    while time.monotonic() < until:
        lock.beat()
        time.sleep(0.05)
    after = Holder.parse(there(ssm)[NAME])
    assert after.id == before.id == lock.id
    assert after.since == before.since
    assert after.expires >= before.expires + 2
    assert 4 <= ssm.get_parameter(Name=NAME)["Parameter"]["Version"] <= 8
    assert lock.release() is None


def beat_until_lost(lock: _lock.Lock) -> str:
    until = time.monotonic() + 5
    while time.monotonic() < until:
        try:
            lock.beat()
        except _lock.LockLost as lost:
            return str(lost)
        time.sleep(0.02)
    pytest.fail("the loss was not noticed")


def test_theft_is_noticed_and_the_thief_keeps_the_lock(ssm: Any) -> None:
    lock = acquire(ssm, expiry=1.5)
    thief = Holder.of_this_process("destroy", time.time(), 60)
    put(ssm, NAME, thief)
    message = beat_until_lost(lock)
    assert "is lost" in message
    assert f"holds it for destroy since {moment(thief.since)}" in message
    assert thief.id in message
    with pytest.raises(_lock.LockLost):
        lock.beat()
    assert lock.release() is None
    assert Holder.parse(there(ssm)[NAME]).id == thief.id


def test_removal_is_noticed_and_not_undone(ssm: Any) -> None:
    lock = acquire(ssm, expiry=1.5)
    ssm.delete_parameter(Name=NAME)
    assert "it was removed, by playbooks/unlock.yml or by hand" in beat_until_lost(lock)
    assert there(ssm) == {}


def test_an_account_that_went_away_neither_breaks_the_release_nor_lasts_for_ever(start_emulator: StartEmulator) -> None:
    account = start_emulator()
    lock = acquire(account.client("ssm", config=_attempts(1)), expiry=2)
    other = acquire_other(account)
    account.stop()
    assert "could not be renewed" in beat_until_lost(lock)
    warning = other.release()
    assert warning is not None
    assert "could not be removed, and expires at" in warning


def acquire_other(account: Emulator) -> _lock.Lock:
    return _lock.Lock.acquire(account.client("ssm", config=_attempts(1)), "default", "other", "converge", timeout=0, tell=print)


def _attempts(number: int) -> Any:
    from botocore.config import Config

    return Config(retries={"mode": "standard", "total_max_attempts": number})


def test_what_is_not_a_lock_is_left_alone(ssm: Any) -> None:
    ssm.put_parameter(Name=NAME, Value="mine", Type="String")
    with pytest.raises(_lock.LockError, match=f"{NAME} cannot be used: it is not a lock"):
        acquire(ssm)
    assert there(ssm) == {NAME: "mine"}


Unlock = Callable[..., Ran]


@pytest.fixture
def unlock(account: Emulator, tmp_path: Path) -> Unlock:
    """Return `unlock(*arguments, **variables)`: the playbook on an inventory with one stack."""
    inventory = tmp_path / "hosts.yml"
    inventory.write_text("aws: {hosts: {stack: {ansible_connection: local, aws_region: ca-central-1, environment_name: default}}}\n")

    def run(*arguments: str, **variables: Any) -> Ran:
        return play(
            account, ROOT / "playbooks/unlock.yml", *arguments, inventory=str(inventory), reports=tmp_path / "reports", variables=variables
        )

    return run


def said(ran: Ran) -> str:
    """Return the output without the line breaks that Ansible makes."""
    return " ".join(ran.output.split())


def test_unlock_shows_and_changes_nothing_without_an_id(ssm: Any, unlock: Unlock) -> None:
    free = unlock().check()
    assert "the stack stack in default is not locked" in said(free)
    assert free.changed == 0

    lock = acquire(ssm)
    held = there(ssm)
    shown = unlock().check()
    assert f"holds it for converge since {moment(Holder.parse(held[NAME]).since)}" in said(shown)
    assert "Its process still runs on this machine" in said(shown)
    assert f"-e lock_id={lock.id}" in said(shown)
    assert shown.changed == 0
    assert there(ssm) == held


def test_unlock_removes_by_the_right_id_only(ssm: Any, unlock: Unlock) -> None:
    put(ssm, NAME, DEAD)
    refused = unlock(lock_id="wrong").check(2)
    assert "wrong is not the id of the lock of stack: somebody@elsewhere" in said(refused)
    assert "lock id dead0." in said(refused)
    assert list(there(ssm)) == [NAME]

    planned = unlock("--check", lock_id="dead0").check()
    assert planned.changed == 1
    assert list(there(ssm)) == [NAME]

    removed = unlock(lock_id="dead0").check()
    assert removed.changed == 1
    assert "somebody@elsewhere" in said(removed)
    assert "Whether its process still runs cannot be told from here" in said(removed)
    assert there(ssm) == {}

    again = unlock(lock_id="dead0").check()
    assert again.changed == 0
    assert "is not locked" in said(again)
