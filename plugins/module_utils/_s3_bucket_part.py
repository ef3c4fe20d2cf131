# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One part of a bucket's configuration, which S3 reads and writes as a whole.  Private to the collection."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from ansible_collections.amazon.aws.plugins.module_utils.retries import AWSRetry
from ansible_collections.stratum.aws.plugins.module_utils._base import AwsResource, Document
from ansible_collections.stratum.aws.plugins.module_utils._compare import same_items


class BucketPart(AwsResource):
    """A configuration that a bucket has or has not: its lifecycle, its CORS rules, where it logs to, and so on.

    A subclass names the three operations and turns S3's form into the module's and back.
    """

    service = "s3"
    retried = ("OperationAborted", "SlowDown")
    reads: ClassVar[str]
    writes: ClassVar[str]
    removes: ClassVar[str]
    cures: ClassVar[dict[str, str]] = {"NoSuchBucket": "Create the bucket first."}

    @property
    def identity(self) -> str:
        return str(self.params["bucket"])

    def write(self, operation: str, **parameters: Any) -> None:
        """Call an operation that writes, with some patience: S3 does not know a new bucket everywhere at once."""
        retry: Callable[..., Any] = AWSRetry.jittered_backoff(retries=5, delay=1, max_delay=8, catch_extra_error_codes=["NoSuchBucket"])
        retry(self.call)(operation, Bucket=self.identity, **parameters)

    def _read(self, answer: Document) -> Document | None:
        """Return what the answer of `reads` says in the form of `_wanted()`, or None if that is nothing."""
        raise NotImplementedError

    def _wanted(self) -> Document:
        """Return what the options ask for, as `{key of the document: value}`."""
        raise NotImplementedError

    def _write(self, wanted: Document) -> Document:
        """Return the parameters of `writes`, without the bucket."""
        raise NotImplementedError

    def _describe(self) -> Document | None:
        answer = self.find(self.reads, Bucket=self.identity)
        part = self._read(answer) if answer is not None else None
        return None if part is None else {"bucket": self.identity, **part}

    def _changes(self, current: Document) -> Document:
        return {key: value for key, value in self._wanted().items() if not same(current.get(key), value)}

    def _predict(self) -> Document:
        return {"bucket": self.identity, **self._wanted()}

    def _create(self) -> None:
        self.write(self.writes, **self._write(self._wanted()))

    def _update(self, current: Document, changes: Document) -> None:
        self.write(self.writes, **self._write({**current, **self._wanted()}))

    def _delete(self, current: Document) -> None:
        self.call(self.removes, Bucket=self.identity)


def same(first: Any, second: Any) -> bool:
    """Return whether two configurations mean the same; the order of lists says nothing in S3."""
    if isinstance(first, list) and isinstance(second, list):
        return len(first) == len(second) and same_items(sorted_lists(first), sorted_lists(second))
    if isinstance(first, dict) and isinstance(second, dict):
        return bool(sorted_lists(first) == sorted_lists(second))
    return bool(first == second)


def sorted_lists(value: Any) -> Any:
    """Return `value` with every list of plain values in it sorted."""
    if isinstance(value, dict):
        return {key: sorted_lists(item) for key, item in value.items()}
    if isinstance(value, list):
        items = [sorted_lists(item) for item in value]
        key: Callable[[Any], str] = repr
        return sorted(items, key=key)
    return value


def renamed(document: Document, names: dict[str, str]) -> Document:
    """Return the entries of `document` that are set and that `names` knows, under their new names."""
    return {new: document[old] for old, new in names.items() if document.get(old) is not None}


def reversed_names(names: dict[str, str]) -> dict[str, str]:
    """Return `names` for the way back."""
    return {new: old for old, new in names.items()}
