# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether two names of a KMS key mean the same one.  Private to the collection."""

from __future__ import annotations


def same_key(current: str | None, wanted: str, service: str) -> bool:
    """Return whether `wanted` is the key that AWS reports; services report none for their own default key.

    A key has an ARN, an id, and aliases with ARNs: an id is the end of its ARN.  An alias and
    an id are never the same here, because only KMS knows.
    """
    if not current:
        return _short(wanted) == f"alias/aws/{service}"
    return current == wanted or (_short(current) == _short(wanted) and not (current.startswith("arn:") and wanted.startswith("arn:")))


def _short(name: str) -> str:
    """Return the id or `alias/…` of a key from whatever names it."""
    resource = name.rpartition(":")[2]
    return resource.removeprefix("key/")
