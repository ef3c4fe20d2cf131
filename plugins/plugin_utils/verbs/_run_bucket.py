# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Puts a run's report and journal into the stack's run bucket, where nobody can lose them with a laptop."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any


def store(client: Any, bucket: str, prefix: str, name: str, files: Iterable[Path], retention_days: int) -> str | None:
    """Upload files as `<prefix>/<name>.<suffix>`; return a warning when that failed.

    `client` is an S3 client. With `retention_days`, each object is locked for so many days, which the bucket must allow.
    One file that cannot be stored keeps no other from it, and a run that did its work does not fail because its
    records could not be stored; they are still on disk.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    lock: dict[str, Any] = {}
    if retention_days:
        until = datetime.now(UTC) + timedelta(days=retention_days)
        lock = {"ObjectLockMode": "COMPLIANCE", "ObjectLockRetainUntilDate": until, "ChecksumAlgorithm": "SHA256"}
    warnings = []
    for path in files:
        try:
            client.put_object(Bucket=bucket, Key=f"{prefix}/{name}{path.suffix}", Body=path.read_bytes(), **lock)
        except (BotoCoreError, ClientError, OSError) as error:
            warnings.append(f"{path} could not be stored in the run bucket {bucket}: {error}")
    return "; ".join(warnings) or None
