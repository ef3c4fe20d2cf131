# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The credentials of the hosts' roles, from the emulator's STS, so that its policies count for a host too.

Clients give the metadata service one second, and the emulator can take longer: keys are therefore
asked for as soon as a host and its role are known, and what is given out is what came last.
"""

from __future__ import annotations

import datetime
import http.client
import re
import threading
import time
import urllib.parse
from collections.abc import Callable
from typing import Final

from .settings import Settings

Credentials = dict[str, str]
PATIENCE_SECONDS: Final = 0.7  # less than what clients have
_HOLD: Final = datetime.timedelta(hours=6)
_WATCH_SECONDS: Final = 0.2
_RETRY_SECONDS: Final = 2.0
# An emulator that was emptied or started anew knows the keys of before no longer.
_FRESH_SECONDS: Final = 30.0
_FIXED: Final = {"AccessKeyId": "testing", "SecretAccessKey": "testing", "SessionToken": "testing"}


def assume(settings: Settings, role: str, session: str, seconds: float = 20.0) -> dict[str, str] | None:
    """Ask STS for keys of the role; None when it gives none."""
    now = datetime.datetime.now(datetime.UTC)
    arn = f"arn:aws:iam::{settings.account}:role/{role}"
    body = urllib.parse.urlencode({"Action": "AssumeRole", "Version": "2011-06-15", "RoleArn": arn, "RoleSessionName": session})
    scope = f"{now:%Y%m%d}/{settings.region}/sts/aws4_request"
    headers = {
        "Host": f"sts.{settings.region}.amazonaws.com",
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Amz-Date": f"{now:%Y%m%dT%H%M%SZ}",
        "Authorization": f"AWS4-HMAC-SHA256 Credential=testing/{scope}, SignedHeaders=host;x-amz-date, Signature={'0' * 64}",
    }
    connection = http.client.HTTPConnection(*settings.upstream, timeout=seconds)
    try:
        connection.request("POST", "/", body, headers)
        response = connection.getresponse()
        text = response.read().decode()
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
    found = {name: re.search(f"<{name}>([^<]+)</{name}>", text) for name in _FIXED}
    return {name: match[1] for name, match in found.items() if match} if response.status == 200 and all(found.values()) else None


def document(keys: dict[str, str]) -> Credentials:
    """Return what the metadata service says of keys."""
    now = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
    return {
        "Code": "Success",
        "LastUpdated": f"{now:%Y-%m-%dT%H:%M:%SZ}",
        "Type": "AWS-HMAC",
        "AccessKeyId": keys["AccessKeyId"],
        "SecretAccessKey": keys["SecretAccessKey"],
        "Token": keys["SessionToken"],
        "Expiration": f"{now + _HOLD:%Y-%m-%dT%H:%M:%SZ}",
    }


class Keys:
    """Keeps the last keys of each role and session, and asks for the next."""

    def __init__(
        self,
        settings: Callable[[], Settings],
        ask: Callable[[Settings, str, str], dict[str, str] | None] = assume,
        fresh_seconds: float = _FRESH_SECONDS,
    ) -> None:
        self._settings = settings
        self._ask = ask
        self._fresh_seconds = fresh_seconds
        self._lock = threading.Lock()
        self._kept: dict[tuple[str, str], dict[str, str]] = {}
        self._stale: dict[tuple[str, str], float] = {}
        self._under_way: dict[tuple[str, str], threading.Event] = {}

    def __call__(self, role: str, session: str) -> Credentials:
        """Return keys at once where there are any; where they are old, have newer ones ready for the next who asks."""
        wanted = (role, session)
        if time.monotonic() > self._stale.get(wanted, 0.0):
            done = self._refresh(wanted)
            if wanted not in self._kept:
                done.wait(PATIENCE_SECONDS)
        return document(self._kept.get(wanted, _FIXED))

    def watch(self) -> None:
        """Ask for the keys of every host that appears."""
        tried: dict[tuple[str, str], float] = {}
        while True:
            for host in self._settings().hosts.values():
                wanted = (host.get("role", ""), host["instance_id"])
                if wanted[0] and wanted not in self._kept and time.monotonic() > tried.get(wanted, 0.0):
                    tried[wanted] = time.monotonic() + _RETRY_SECONDS
                    self._refresh(wanted)
            time.sleep(_WATCH_SECONDS)

    def _refresh(self, wanted: tuple[str, str]) -> threading.Event:
        with self._lock:
            if wanted in self._under_way:
                return self._under_way[wanted]
            done = self._under_way[wanted] = threading.Event()

        def fetch() -> None:
            try:
                keys = self._ask(self._settings(), *wanted)
                if keys is not None:
                    self._kept[wanted] = keys
                    self._stale[wanted] = time.monotonic() + self._fresh_seconds
            finally:
                with self._lock:
                    del self._under_way[wanted]
                done.set()

        threading.Thread(target=fetch, daemon=True).start()
        return done
