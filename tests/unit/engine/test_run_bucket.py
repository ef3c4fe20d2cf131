# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The run bucket: what is stored where, for how long, and that a run never fails by it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.stratum.aws.plugins.plugin_utils.verbs import _run_bucket
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError


class Bucket:
    """Stands in for an S3 client."""

    def __init__(self, *errors: Exception) -> None:
        self.stored: list[dict[str, Any]] = []
        self._errors = list(errors)

    def put_object(self, **parameters: Any) -> None:
        if self._errors:
            raise self._errors.pop(0)
        self.stored.append(parameters)


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    report, journal = tmp_path / "converge.json", tmp_path / "20260101T000000Z-converge-0a1b2c3d.jsonl"
    report.write_text("report")
    journal.write_text("journal")
    return [report, journal]


def store(bucket: Bucket, files: list[Path], days: int = 0) -> str | None:
    return _run_bucket.store(bucket, "runs", "prod/speckle/runs", "20260101T000000Z-converge-0a1b2c3d", files, days)


def test_report_and_journal_are_stored_side_by_side(files: list[Path]) -> None:
    bucket = Bucket()
    assert store(bucket, files) is None
    name = "prod/speckle/runs/20260101T000000Z-converge-0a1b2c3d"
    assert bucket.stored == [
        {"Bucket": "runs", "Key": f"{name}.json", "Body": b"report"},
        {"Bucket": "runs", "Key": f"{name}.jsonl", "Body": b"journal"},
    ]


def test_retention_locks_every_object_for_so_many_days(files: list[Path]) -> None:
    bucket = Bucket()
    before = datetime.now(UTC)
    assert store(bucket, files, 30) is None
    for stored in bucket.stored:
        assert stored["ObjectLockMode"] == "COMPLIANCE"
        assert timedelta(0) <= stored["ObjectLockRetainUntilDate"] - before - timedelta(days=30) < timedelta(minutes=1)
        # AWS takes a lock only with a checksum.
        assert stored["ChecksumAlgorithm"]


@pytest.mark.parametrize(
    "error",
    [
        ClientError({"Error": {"Code": "NoSuchBucket", "Message": "gone"}}, "PutObject"),
        ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "PutObject"),
        EndpointConnectionError(endpoint_url="https://s3"),
        NoCredentialsError(),
    ],
)
def test_what_cannot_be_stored_is_a_warning_that_names_file_and_bucket(files: list[Path], error: Exception) -> None:
    warning = store(Bucket(error), files)
    assert warning is not None
    assert str(files[0]) in warning
    assert "run bucket runs" in warning


def test_one_file_that_cannot_be_stored_does_not_keep_the_other_from_it(files: list[Path]) -> None:
    bucket = Bucket(ClientError({"Error": {"Code": "SlowDown", "Message": "later"}}, "PutObject"))
    assert store(bucket, files) is not None
    assert [stored["Body"] for stored in bucket.stored] == [b"journal"]


def test_a_file_that_is_gone_is_a_warning(files: list[Path]) -> None:
    files[0].unlink()
    assert "could not be stored" in str(store(Bucket(), files))
