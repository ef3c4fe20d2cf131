# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When an access key is made, replaced, deactivated and deleted."""

from __future__ import annotations

import datetime

from ansible_collections.stratum.aws.plugins.module_utils._access_key import Decision, Key, Wishes, decide

NOW = datetime.datetime(2026, 6, 1, tzinfo=datetime.UTC)
YEARLY = Wishes(rotate_after_days=365)


def key(name: str, hours: float = 0, *, active: bool = True, unused: bool = False) -> Key:
    """Return a key that was made so many hours ago."""
    return Key(name, active, NOW - datetime.timedelta(hours=hours), unused)


def decided(stored: str | None, *keys: Key, previous: str | None = None, wishes: Wishes | None = None) -> Decision:
    return decide(stored, previous, keys, wishes or Wishes(), NOW)


def test_a_key_that_works_is_kept() -> None:
    assert decided("a", key("a", 24 * 10_000)) == Decision()
    assert decided("a", key("a", 24 * 364), wishes=YEARLY) == Decision()


def test_a_key_is_made_where_none_works() -> None:
    assert decided(None) == Decision(new=True)
    # Somebody has deleted it, or deactivated it: he will have had a reason.
    assert decided("gone", key("other")) == Decision(new=True)
    assert decided("a", key("a", active=False)) == Decision(new=True, replaced="a")


def test_a_key_is_replaced_when_it_is_old_or_on_request() -> None:
    assert decided("a", key("a", 24 * 365), wishes=YEARLY) == Decision(new=True, replaced="a")
    assert decided("a", key("a"), wishes=Wishes(rotate=True)) == Decision(new=True, replaced="a")


def test_the_replaced_key_works_on_for_a_while() -> None:
    def later(hours: float, *, active: bool = True) -> Decision:
        return decided("new", key("new", hours), key("old", 9000, active=active), previous="old")

    assert later(23) == Decision()
    assert later(24) == Decision(deactivate="old")
    assert later(24, active=False) == Decision()


def test_a_key_that_became_known_is_deactivated_at_once() -> None:
    at_once = Wishes(rotate=True, keep_previous_hours=0)
    assert decided("a", key("a"), wishes=at_once) == Decision(new=True, replaced="a", deactivate="a")
    assert decided("a", key("a", active=False), wishes=at_once) == Decision(new=True, replaced="a")


def test_the_next_rotation_deletes_the_key_before_the_last() -> None:
    found = decided("new", key("new", 24 * 365), key("old", active=False), previous="old", wishes=YEARLY)
    assert found == Decision(delete=("old",), new=True, replaced="new")


def test_a_key_of_somebody_else_is_not_touched() -> None:
    assert decided("a", key("a", 1000), key("stranger")) == Decision()
    refused = decided("a", key("a"), key("stranger"), wishes=Wishes(rotate=True))
    assert refused.problem == ("its user has 2 access keys, the most that AWS allows, so there can be no new one. Delete stranger")
    assert not refused.new
    assert decided(None, key("one"), key("two")).problem.endswith("Delete one or two")


def test_a_key_that_a_killed_run_has_left_goes_when_it_is_in_the_way() -> None:
    lost = key("lost", unused=True)
    assert decided(None, lost) == Decision(new=True)
    assert decided(None, lost, key("stranger")) == Decision(delete=("lost",), new=True)
    assert decided("a", key("a"), lost) == Decision()
    assert decided("a", key("a"), lost, wishes=Wishes(rotate=True)) == Decision(delete=("lost",), new=True, replaced="a")
