# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""IAM: moto does not know the credentials of users for single services, which nobody can make here, so no user has any."""

from __future__ import annotations

from typing import Any

from ._patching import put

SERVICES = ("iam",)


def _none(self: Any) -> Any:
    from moto.core.responses import ActionResult

    if name := self._get_param("UserName"):
        self.backend.get_user(name)
    return ActionResult({"ServiceSpecificCredentials": []})


def install() -> None:
    """Apply the corrections."""
    from moto.iam.responses import IamResponse

    put(IamResponse, "list_service_specific_credentials", _none)
