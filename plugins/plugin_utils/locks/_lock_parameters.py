# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Parameters of the Systems Manager as the lock uses them: versions, lost answers, and the account's clock.

Parameter Store can create a parameter only if there is none, but cannot change one only if it is unchanged. What it has
is a version that counts every write. So whoever changes a parameter reads it first and looks at the version that its
write was given: `overwritten` says whether somebody else wrote in between, and puts that back.
Of any number of processes that change the same version, exactly one overwrote nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, Final

from ansible_collections.stratum.aws.plugins.plugin_utils.checks import _account
from ansible_collections.stratum.aws.plugins.plugin_utils.locks._lock_holder import Holder, NotALock
from ansible_collections.stratum.aws.plugins.plugin_utils.runs import _transient

_CONNECT_SECONDS: Final = 2
_READ_SECONDS: Final = 4
_ATTEMPTS: Final = 3
_DESCRIPTION: Final = "Held while a run of stratum.aws changes this stack; playbooks/unlock.yml shows and removes it"
_CONCURRENT: Final = "TooManyUpdates"


class Unreached(Exception):
    """Throttling, a 5xx answer or a lost connection, after botocore's own attempts; a write may have been made or not."""


class Refused(Exception):
    """The account answered, and will answer the same again; the message names the parameter and the cure."""


def client() -> Any:
    """Return a client that gives up soon enough for a lock: after 20 s when nothing answers.

    Raises NoAccount when no region is set.
    """
    import boto3
    from botocore import exceptions
    from botocore.config import Config

    retries: Any = {"mode": "standard", "total_max_attempts": _ATTEMPTS}
    config = Config(connect_timeout=_CONNECT_SECONDS, read_timeout=_READ_SECONDS, retries=retries)
    try:
        return boto3.session.Session().client("ssm", config=config)
    except exceptions.NoRegionError:
        raise _account.NoAccount("no region is set. Set aws_region in the inventory") from None


@dataclass(frozen=True)
class Stored:
    """A parameter as it was read."""

    value: str
    version: int

    @property
    def holder(self) -> Holder:
        """Who wrote it; raises NotALock."""
        return Holder.parse(self.value)

    def is_of(self, holder_id: str) -> bool:
        """Return whether the holder with this id wrote it."""
        try:
            return self.holder.id == holder_id
        except NotALock:
            return False


@dataclass(frozen=True)
class Overwritten:
    """What somebody else wrote before a write of our own that was not to come second; None: it had been removed."""

    stored: Stored | None


class Parameters:
    """Reads and writes parameters; `clock` gives seconds that never go back, `wall` Unix seconds of the controller."""

    def __init__(self, client: Any, clock: Callable[[], float], wall: Callable[[], float] = time.time) -> None:
        self._client = client
        self._clock = clock
        self._ahead = wall() - clock()

    def now(self) -> float:
        """Return Unix seconds by the account's clock (the controller's until the account has answered)."""
        return self._clock() + self._ahead

    def read(self, name: str, version: int | None = None) -> Stored | None:
        """Return a parameter, or one version of it; None when there is none."""
        answer = self._call("get_parameter", name, "ParameterNotFound", "ParameterVersionNotFound", Name=_selected(name, version))
        return None if answer is None else Stored(answer["Parameter"]["Value"], answer["Parameter"]["Version"])

    def create(self, name: str, value: str) -> bool:
        """Create a parameter; return False when there is one (also: one of our own, if the first answer was lost)."""
        return self._put(name, value, overwrite=False) is not None

    def overwrite(self, name: str, value: str) -> int:
        """Change a parameter, or create it; return the version that this write has made."""
        answer = self._put(name, value, overwrite=True)
        return int(answer["Version"]) if answer else 0

    def delete(self, name: str) -> bool:
        """Delete a parameter; return False when there is none (also: when the first answer was lost)."""
        return self._call("delete_parameter", name, "ParameterNotFound", Name=name) is not None

    def names(self, folder: str) -> list[str]:
        """Return the names of the parameters in a folder (its first ten, which is more than there can be in practice)."""
        answer = self._call("get_parameters_by_path", folder, Path=folder) or {"Parameters": []}
        return [parameter["Name"] for parameter in answer["Parameters"]]

    def overwritten(self, name: str, holder_id: str, before: int, version: int) -> Overwritten | None:
        """Judge a write of `holder_id` that has made `version` of what had been read as version `before`.

        Returns None when it was the first write after that. Otherwise puts back what it has overwritten, and returns that.
        Several versions of our own in a row are one write whose answers were lost.
        """
        removed = version <= before
        for number in range(version - 1, 0 if removed else before, -1):
            between = self.read(name, number)
            if between is not None and between.is_of(holder_id):
                continue
            if between is not None:
                self._undo(name, holder_id, between)
            return Overwritten(between)
        if not removed:
            return None
        self._undo(name, holder_id, None)
        return Overwritten(None)

    def _undo(self, name: str, holder_id: str, overwritten: Stored | None) -> None:
        there = self.read(name)
        if there is None or not there.is_of(holder_id):
            return
        if overwritten is None:
            self.delete(name)
        else:
            self.overwrite(name, overwritten.value)

    def _put(self, name: str, value: str, *, overwrite: bool) -> Any:
        known = () if overwrite else ("ParameterAlreadyExists",)
        return self._call(
            "put_parameter", name, *known, Name=name, Value=value, Type="String", Description=_DESCRIPTION, Overwrite=overwrite
        )

    def _call(self, operation: str, name: str, *known: str, **arguments: Any) -> Any:
        """Call the account and set the clock by its answer; None for an error whose code is one of `known`."""
        from botocore import exceptions

        try:
            answer = getattr(self._client, operation)(**arguments)
        except exceptions.ClientError as error:
            response: Any = error.response
            self._set_clock(response)
            code = str(response.get("Error", {}).get("Code"))
            if code in known:
                return None
            status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
            if code == _CONCURRENT or _transient.is_transient({"error": {"code": code}, "response_metadata": {"http_status_code": status}}):
                raise Unreached(f"{error}") from error
            raise Refused(
                f"the lock {name}: {error}. The credentials need ssm:GetParameter, ssm:PutParameter and ssm:DeleteParameter"
                " for parameters under /stratum/"
            ) from error
        except (exceptions.ConnectionError, exceptions.HTTPClientError) as error:
            raise Unreached(f"{error}") from error
        except exceptions.BotoCoreError as error:
            raise Refused(f"the lock {name}: {error}") from error
        self._set_clock(answer)
        return answer

    def _set_clock(self, response: Any) -> None:
        date = (response.get("ResponseMetadata") or {}).get("HTTPHeaders", {}).get("date")
        try:
            self._ahead = parsedate_to_datetime(date).timestamp() - self._clock()
        except (TypeError, ValueError):
            # An answer without a usable date, as a proxy in between may give: what was known stays.
            return


def _selected(name: str, version: int | None) -> str:
    return name if version is None else f"{name}:{version}"
