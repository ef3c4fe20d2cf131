# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets Manager: a secret that is scheduled for deletion still holds its name; moto says only that it exists."""

from __future__ import annotations

from typing import Any

from ._patching import wrap


def _create(original: Any, self: Any, name: str, *args: Any, **kwargs: Any) -> Any:
    from moto.secretsmanager.exceptions import InvalidRequestException

    secret = self.secrets.get(name)
    if secret is not None and secret.is_deleted():
        raise InvalidRequestException("You can't create this secret because a secret with this name is already scheduled for deletion.")
    return original(self, name, *args, **kwargs)


def install() -> None:
    """Apply the corrections."""
    from moto.secretsmanager.models import SecretsManagerBackend

    wrap(SecretsManagerBackend, "create_secret", _create)
