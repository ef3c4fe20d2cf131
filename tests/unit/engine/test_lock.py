# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lock against a fake account: its clock, its versions, answers that are lost, writers that come in between."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from email.utils import formatdate
from typing import Any

import pytest
from ansible_collections.stratum.aws.plugins.plugin_utils.checks import _account
from ansible_collections.stratum.aws.plugins.plugin_utils.locks import _lock
from ansible_collections.stratum.aws.plugins.plugin_utils.locks._lock_holder import GRACE, Holder
from botocore.exceptions import ClientError, EndpointConnectionError

NAME = "/stratum/prod/speckle/lock"
EPOCH = 2_000_000_000.0
"""The account's clock at the start, years ahead of the controller's."""


class Account:
    """Parameter Store with a clock of its own; `before` and `after` hold what happens around the next calls."""

    def __init__(self) -> None:
        self.time = 0.0
        self.versions: dict[str, list[str]] = {}
        self.calls: list[str] = []
        self.before: dict[str, list[Callable[[], None]]] = {}
        self.after: dict[str, list[Callable[[], None]]] = {}
        self.down: Exception | None = None
        self.dated = True

    def clock(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += max(seconds, 0.01)

    def holder(self) -> Holder:
        return Holder.parse(self.versions[NAME][-1])

    def write(self, holder: Holder) -> None:
        """Somebody writes to the lock."""
        self.versions.setdefault(NAME, []).append(holder.text)

    def remove(self) -> None:
        """Somebody removes the lock."""
        del self.versions[NAME]

    def get_parameter(self, *, Name: str) -> Any:
        name, _unused, version = Name.partition(":")

        def read() -> dict[str, Any]:
            if name not in self.versions:
                raise self._error("ParameterNotFound", "GetParameter")
            number = int(version) if version else len(self.versions[name])
            return {"Parameter": {"Value": self.versions[name][number - 1], "Version": number}}

        return self._answer("get", read)

    def put_parameter(self, *, Name: str, Value: str, Overwrite: bool, **_unused: Any) -> Any:
        def write() -> dict[str, Any]:
            if Name in self.versions and not Overwrite:
                raise self._error("ParameterAlreadyExists", "PutParameter")
            self.versions.setdefault(Name, []).append(Value)
            return {"Version": len(self.versions[Name])}

        return self._answer("put" if "takeover" not in Name else "claim", write)

    def delete_parameter(self, *, Name: str) -> Any:
        def delete() -> dict[str, Any]:
            if self.versions.pop(Name, None) is None:
                raise self._error("ParameterNotFound", "DeleteParameter")
            return {}

        return self._answer("delete", delete)

    def get_parameters_by_path(self, *, Path: str) -> Any:
        return self._answer("list", lambda: {"Parameters": [{"Name": name} for name in self.versions if name.startswith(f"{Path}/")]})

    def _answer(self, call: str, perform: Callable[[], dict[str, Any]]) -> Any:
        self.calls.append(call)
        if self.down is not None:
            raise self.down
        self._happen(self.before, call)
        answer = perform()
        self._happen(self.after, call)
        return {**answer, "ResponseMetadata": self._metadata()}

    @staticmethod
    def _happen(what: dict[str, list[Callable[[], None]]], call: str) -> None:
        if what.get(call):
            what[call].pop(0)()

    def _metadata(self) -> dict[str, Any]:
        return {"HTTPStatusCode": 400, "HTTPHeaders": {"date": formatdate(EPOCH + self.time, usegmt=True)} if self.dated else {}}

    def _error(self, code: str, operation: str) -> ClientError:
        error: Any = {"Error": {"Code": code, "Message": code}, "ResponseMetadata": self._metadata()}
        return ClientError(error, operation)


LOST = EndpointConnectionError(endpoint_url="https://ssm")


def lose() -> None:
    """The answer does not arrive."""
    raise LOST


@pytest.fixture
def account() -> Account:
    return Account()


def acquire(account: Account, *, timeout: float = 0, tell: Callable[[str], None] = lambda _text: None) -> _lock.Lock:
    return _lock.Lock.acquire(account, "prod", "speckle", "converge", timeout=timeout, tell=tell, clock=account.clock, sleep=account.sleep)


def other(*, expires: float = EPOCH + 1000, lock_id: str = "other") -> Holder:
    return Holder(lock_id, "destroy", "somebody@elsewhere", 1, 1, "another boot", EPOCH, expires)


def beat_at(account: Account, lock: _lock.Lock, seconds: float) -> None:
    account.time = seconds
    lock.beat()


def test_expiry_is_told_by_the_accounts_clock(account: Account) -> None:
    acquire(account)
    assert account.holder().expires == EPOCH + 60
    assert account.holder().since == EPOCH


def test_without_a_date_the_controllers_clock_serves(account: Account) -> None:
    account.dated = False
    acquire(account)
    assert account.holder().expires < EPOCH


@pytest.mark.parametrize(("past", "taken"), [(-1.0, False), (GRACE - 1, False), (GRACE + 1, True)])
def test_a_lock_is_taken_over_a_while_after_its_expiry(account: Account, past: float, taken: bool) -> None:
    account.write(other(expires=EPOCH - past))
    if taken:
        assert acquire(account).id == account.holder().id
    else:
        with pytest.raises(_lock.LockHeld):
            acquire(account)


def test_who_waits_hears_every_fifteen_seconds_and_takes_over_in_time(account: Account) -> None:
    account.write(other(expires=EPOCH + 36))
    told: list[str] = []
    lock = acquire(account, timeout=100, tell=told.append)
    assert account.holder().id == lock.id
    assert len(told) == 3
    assert "somebody@elsewhere (process 1) holds it for destroy" in told[0]
    assert told[0].endswith("100 s left")
    assert 36 + GRACE < account.time < 36 + GRACE + 3


def test_a_beat_costs_nothing_until_a_third_of_the_expiry_has_passed(account: Account) -> None:
    lock = acquire(account)
    account.calls.clear()
    for tenth in range(199):
        beat_at(account, lock, tenth / 10)
    assert account.calls == []
    beat_at(account, lock, 20.0)
    assert account.calls == ["get", "put"]
    assert account.holder().expires == EPOCH + 80


def test_a_lost_network_is_borne_until_the_lock_expires(account: Account) -> None:
    lock = acquire(account)
    account.down = LOST
    for second in range(20, 60):
        beat_at(account, lock, second)
    assert account.calls.count("get") <= 10
    with pytest.raises(_lock.LockLost, match=r"its time was over at .*could not be renewed: Could not connect"):
        beat_at(account, lock, 60)
    account.down = None
    account.calls.clear()
    with pytest.raises(_lock.LockLost):
        lock.beat()
    assert lock.release() is None
    assert account.calls == []


def test_a_network_that_comes_back_in_time_is_no_loss(account: Account) -> None:
    lock = acquire(account)
    account.down = LOST
    beat_at(account, lock, 20)
    account.down = None
    beat_at(account, lock, 26)
    assert account.holder().expires == EPOCH + 86
    beat_at(account, lock, 70)


def test_a_run_that_was_stopped_for_too_long_writes_nothing(account: Account) -> None:
    lock = acquire(account)
    account.calls.clear()
    with pytest.raises(_lock.LockLost, match="it was not renewed"):
        beat_at(account, lock, 61)
    assert account.calls == []


def test_a_read_that_takes_too_long_is_not_followed_by_a_write(account: Account) -> None:
    lock = acquire(account)
    account.time = 50
    account.after["get"] = [lambda: account.sleep(15)]
    account.calls.clear()
    with pytest.raises(_lock.LockLost):
        lock.beat()
    assert account.calls == ["get"]


def test_who_overwrites_between_our_read_and_our_write_wins(account: Account) -> None:
    lock = acquire(account)
    account.before["put"] = [lambda: account.write(other())]
    with pytest.raises(_lock.LockLost, match="somebody@elsewhere"):
        beat_at(account, lock, 20)
    assert account.holder() == other()
    assert lock.release() is None
    assert account.holder() == other()


def test_who_removes_between_our_read_and_our_write_is_not_undone(account: Account) -> None:
    lock = acquire(account)
    account.before["put"] = [account.remove]
    with pytest.raises(_lock.LockLost, match="it was removed"):
        beat_at(account, lock, 20)
    assert account.versions == {}


def test_who_removes_and_takes_between_our_read_and_our_write_wins(account: Account) -> None:
    lock = acquire(account)
    beat_at(account, lock, 20)

    def replace() -> None:
        account.remove()
        account.write(other())

    account.before["put"] = [replace]
    with pytest.raises(_lock.LockLost, match="somebody@elsewhere"):
        beat_at(account, lock, 40)
    assert account.holder() == other()


def test_a_renewal_whose_answer_was_lost_counts(account: Account) -> None:
    lock = acquire(account)
    account.after["put"] = [lose]
    beat_at(account, lock, 20)
    beat_at(account, lock, 26)
    assert account.holder().expires == EPOCH + 86
    assert lock.release() is None
    assert account.versions == {}


def test_a_renewal_that_botocore_has_sent_twice_counts(account: Account) -> None:
    lock = acquire(account)
    again = dataclasses.replace(account.holder(), expires=EPOCH + 80)
    account.before["put"] = [lambda: account.write(again)]
    beat_at(account, lock, 20)
    assert len(account.versions[NAME]) == 3
    beat_at(account, lock, 70)


def test_a_creation_whose_answer_was_lost_is_ours(account: Account) -> None:
    account.after["put"] = [lose]
    lock = acquire(account)
    assert account.holder().id == lock.id
    assert len(account.versions[NAME]) == 1


def test_a_takeover_whose_answer_was_lost_is_ours_only_if_it_came_first(account: Account) -> None:
    account.write(other(expires=EPOCH - 100, lock_id="old"))
    account.after["put"] = [lose]
    assert acquire(account).id == account.holder().id

    account.versions.clear()
    account.write(other(expires=EPOCH - 100, lock_id="old"))
    account.before["put"] = [lambda: account.write(other())]
    account.after["put"] = [lose]
    with pytest.raises(_lock.LockHeld, match="lock id other"):
        acquire(account)
    assert account.holder() == other()


def test_a_slow_takeover_gives_way_to_the_quick_one(account: Account) -> None:
    account.write(other(expires=EPOCH - 100, lock_id="old"))
    account.before["put"] = [lambda: account.write(other())]
    with pytest.raises(_lock.LockHeld, match="lock id other"):
        acquire(account)
    assert account.holder() == other()
    assert list(account.versions) == [NAME]


def test_an_owner_that_renews_at_the_last_moment_keeps_its_lock(account: Account) -> None:
    late = other(expires=EPOCH - 100, lock_id="late")
    account.write(late)
    account.before["claim"] = [lambda: account.write(dataclasses.replace(late, expires=EPOCH + 60))]
    with pytest.raises(_lock.LockHeld, match="lock id late"):
        acquire(account)
    assert account.holder().id == "late"
    assert "put" not in account.calls


def test_a_takeover_that_dawdles_does_not_write(account: Account) -> None:
    """Its takeover parameter has expired, so another may be at it."""
    account.write(other(expires=EPOCH - 100, lock_id="old"))
    account.after["claim"] = [lambda: account.sleep(40), lambda: pytest.fail("claimed again")]
    account.before["delete"] = [lambda: account.write(other())]
    with pytest.raises(_lock.LockHeld, match="lock id other"):
        acquire(account)
    assert "put" not in account.calls


def test_a_refusal_names_the_permissions(account: Account) -> None:
    account.down = account._error("AccessDeniedException", "GetParameter")
    with pytest.raises(_lock.LockError, match=r"AccessDeniedException.*ssm:GetParameter, ssm:PutParameter and ssm:DeleteParameter"):
        acquire(account)


def test_an_account_that_does_not_answer_is_unreachable(account: Account) -> None:
    account.down = LOST
    with pytest.raises(_account.Unreachable, match="Check the network"):
        acquire(account)


def test_an_account_that_contradicts_itself_is_not_asked_for_ever(account: Account) -> None:
    account.write(other())
    account.before["get"] = [lambda: account.remove() if account.versions else None] * 100
    account.before["put"] = [lambda: account.write(other())] * 100
    with pytest.raises(_lock.LockError, match="changed hands 21 times"):
        acquire(account, timeout=1000)


def test_an_interrupted_acquisition_leaves_nothing(account: Account) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    account.after["put"] = [interrupt]
    with pytest.raises(KeyboardInterrupt):
        acquire(account)
    assert account.versions == {}


def test_release_warns_and_never_raises(account: Account) -> None:
    lock = acquire(account)
    account.down = LOST
    warning = lock.release()
    assert warning is not None
    assert "could not be removed, and expires at 2033-05-18T03:34:20Z" in warning

    account.down = None
    account.versions.clear()
    account.time = 0
    late = acquire(account)
    account.time = 61
    assert "was not renewed in time and is left" in (late.release() or "")
    assert account.holder().id == late.id


def test_release_says_when_the_lock_was_somebody_elses(account: Account) -> None:
    lock = acquire(account)
    account.write(other())
    assert "was no longer there" in (lock.release() or "")
    assert account.holder() == other()


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '{"id": 1, "verb": "x", "owner": "y", "pid": 1, "since": "z", "expires": "z"}'])
def test_what_is_not_a_lock_is_said_to_be(account: Account, text: str) -> None:
    account.versions[NAME] = [text]
    with pytest.raises(_lock.LockError, match=f"{NAME} cannot be used: it is not a lock"):
        acquire(account)
    assert account.versions == {NAME: [text]}


def test_a_holder_is_read_as_it_was_written() -> None:
    holder = Holder.of_this_process("converge", EPOCH, 60)
    assert Holder.parse(holder.text) == holder
    assert '"since": "2033-05-18T03:33:20.000Z"' in holder.text
    assert holder.lives() is True
