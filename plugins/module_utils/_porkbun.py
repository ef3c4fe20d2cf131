# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The HTTPS API of Porkbun, a registrar of domains.  Private to the collection."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any
from urllib.error import HTTPError, URLError

from ansible.module_utils.urls import open_url

API_URL = "https://api.porkbun.com/api/json/v3"


class PorkbunError(Exception):
    """What the API refused or could not do, and what to do about it."""


def normalized(servers: Iterable[str]) -> list[str]:
    """Return name servers in the one form in which they are compared: lower case, without the final dot, sorted."""
    return sorted({str(server).strip().rstrip(".").lower() for server in servers} - {""})


class Porkbun:
    """A registrar's account."""

    def __init__(self, api_key: str, secret_api_key: str, url: str = API_URL, timeout: int = 30) -> None:
        self._keys = {"apikey": api_key, "secretapikey": secret_api_key}
        self._url = url.rstrip("/")
        self._timeout = timeout

    def nameservers(self, domain: str) -> list[str]:
        """Return the name servers of a domain."""
        return normalized(self._ask(f"domain/getNs/{domain}").get("ns") or [])

    def set_nameservers(self, domain: str, servers: list[str]) -> None:
        """Let these name servers answer for a domain."""
        self._ask(f"domain/updateNs/{domain}", ns=servers)

    def _ask(self, path: str, **body: Any) -> dict[str, Any]:
        try:
            answer = open_url(
                f"{self._url}/{path}",
                method="POST",
                data=json.dumps({**self._keys, **body}),
                headers={"Content-Type": "application/json"},
                timeout=self._timeout,
            )
            text = answer.read()
        except HTTPError as error:
            # A refusal is a document, too.
            text = error.read()
        except (URLError, OSError) as error:
            raise PorkbunError(
                f"Porkbun was not reached: {getattr(error, 'reason', error)}. Run again when the network lets it through."
            ) from error
        try:
            document = json.loads(text)
        except ValueError as error:
            raise PorkbunError("Porkbun answered something else than JSON. Check api_url, and run again later.") from error
        if not isinstance(document, dict) or document.get("status") != "SUCCESS":
            said = document.get("message", "") if isinstance(document, dict) else ""
            raise PorkbunError(
                f"Porkbun refused: {str(said).rstrip('.') or 'no reason given'}. Check the keys, and that API access is on for the domain."
            )
        return document
