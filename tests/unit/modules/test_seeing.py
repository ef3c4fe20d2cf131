# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A resource that was just created, and that reads do not know yet."""

from __future__ import annotations

import time
from typing import Any, ClassVar

import pytest
from ansible_collections.stratum.aws.plugins.module_utils import _base
from botocore.exceptions import ClientError


class Thing(_base.AwsResource):
    """A resource whose reads answer as a test says."""

    service: ClassVar[str] = "things"
    kind: ClassVar[str] = "Thing"
    returns: ClassVar[str] = "thing"
    identity = "one"

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)

    def _describe(self) -> dict[str, Any] | None:
        answer = self.answers.pop(0)
        if isinstance(answer, str):
            raise ClientError({"Error": {"Code": answer, "Message": "no"}}, "DescribeThings")
        return answer  # type: ignore[no-any-return]

    def _changes(self, current: dict[str, Any]) -> dict[str, Any]:
        return {}

    def _create(self) -> None:
        """Nothing is created."""

    def _update(self, current: dict[str, Any], changes: dict[str, Any]) -> None:
        """Nothing is changed."""

    def _delete(self, current: dict[str, Any]) -> None:
        """Nothing is deleted."""


@pytest.fixture
def naps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    taken: list[float] = []
    monkeypatch.setattr(time, "sleep", taken.append)
    return taken


@pytest.mark.parametrize("unseen", [None, "ResourceNotFoundException"])
def test_it_is_looked_for_again(naps: list[float], unseen: str | None) -> None:
    assert Thing(unseen, unseen, {"arn": "a"})._seen() == {"arn": "a"}
    assert naps == [1.0, 3.0]


def test_what_is_seen_at_once_is_not_waited_for(naps: list[float]) -> None:
    assert Thing({"arn": "a"})._seen() == {"arn": "a"}
    assert naps == []


def test_it_is_given_up_in_the_end(naps: list[float]) -> None:
    assert Thing(None, None, None)._seen() is None
    assert len(naps) == 2


def test_another_error_is_raised(naps: list[float]) -> None:
    with pytest.raises(ClientError):
        Thing("AccessDenied")._seen()
