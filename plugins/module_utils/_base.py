# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every module of this collection shares: one AWS resource that is made to be as its user says.

A module subclasses `AwsResource` and says how its resource is read, created, updated and deleted.
Private to the collection: it may change at any time.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, ClassVar, NoReturn

from ansible_collections.amazon.aws.plugins.module_utils.retries import AWSRetry
from ansible_collections.stratum.aws.plugins.module_utils._compare import given
from ansible_collections.stratum.aws.plugins.module_utils._errors import CURES, ResourceError, explain
from ansible_collections.stratum.aws.plugins.module_utils._waiters import Waiter, wait_until

with suppress(ImportError):  # AnsibleAWSModule says what is missing
    from botocore.exceptions import BotoCoreError, ClientError

Document = dict[str, Any]

PROPAGATION_PAUSES = (2.0, 3.0, 5.0, 10.0)
SEEING_PAUSES = (1.0, 3.0)
"""Two, because a plan, which creates nothing, ends a module that waits more often."""
"""A new role is usually known everywhere after ten seconds."""

STATE: dict[str, Any] = {"choices": ["present", "absent"], "default": "present"}
TAGS: dict[str, dict[str, Any]] = {
    "tags": {"type": "dict", "aliases": ["resource_tags"]},
    "purge_tags": {"type": "bool", "default": True},
}


def wait_options(timeout: int, wait: bool = True) -> dict[str, dict[str, Any]]:
    """Return the options `wait` and `wait_timeout` with these defaults."""
    return {"wait": {"type": "bool", "default": wait}, "wait_timeout": {"type": "int", "default": timeout}}


class AwsResource(ABC):
    """One resource of an AWS account, and how it becomes what the module's options say.

    A *document* is the resource as the module returns it: snake_case keys, `tags` as a dictionary.
    `_changes()` says what differs as `{key of the document: its whole new value}`; check mode and
    `diff` are made of that, so the comparison behind it is best a pure function with tests of its own.
    """

    service: ClassVar[str]
    """The name of the boto3 client."""
    kind: ClassVar[str]
    """What the resource is called in messages, such as "EKS cluster"."""
    returns: ClassVar[str]
    """The key under which the module returns the document."""
    missing: ClassVar[tuple[str, ...]] = ("ResourceNotFoundException",)
    """The error codes that mean "there is none"."""
    retried: ClassVar[tuple[str, ...]] = ("ThrottlingException",)
    """The error codes that are tried again, beside those that AWSRetry always does."""
    cures: ClassVar[Mapping[str, str]] = {}
    """Error code -> the sentence that says what to do about it; see `_errors.CURES` for the common ones."""

    def __init__(self, module: Any) -> None:
        self.module = module
        self.params: Document = module.params
        self.client: Any = module.client(self.service)

    @property
    @abstractmethod
    def identity(self) -> str:
        """What tells this resource from others of its kind, for messages."""

    @abstractmethod
    def _describe(self) -> Document | None:
        """Return the document, or None when there is no such resource."""

    @abstractmethod
    def _changes(self, current: Document) -> Document:
        """Return the keys of the document that must change, with their new values; fail if they cannot."""

    @abstractmethod
    def _create(self) -> None:
        """Create the resource, and wait until it can be used if the user wants that."""

    @abstractmethod
    def _update(self, current: Document, changes: Document) -> None:
        """Make `changes` true."""

    @abstractmethod
    def _delete(self, current: Document) -> None:
        """Delete the resource, and wait until it is gone if the user wants that."""

    def _predict(self) -> Document:
        """Return the document of a resource that check mode would create."""
        return given({key: value for key, value in self.params.items() if key in self.own_options})

    def _settle(self, current: Document) -> Document:
        """Return `current` once a change that is already under way has ended; not called in check mode."""
        return current

    def _leaving(self, current: Document) -> bool:
        """Return whether somebody is deleting the resource at this moment."""
        return False

    def _await_deletion(self, current: Document) -> None:
        """Wait until a resource that somebody deletes is gone; `_leaving()` says that somebody does."""
        raise NotImplementedError(f"{self.kind}: _leaving() needs _await_deletion()")

    @property
    def own_options(self) -> set[str]:
        """The names of the options that describe the resource, and not how the module goes about it."""
        shared = {"state", "wait", "wait_timeout", "purge_tags"}
        return {name for name in self.module.argument_spec if name not in _CONNECTION_OPTIONS | shared}

    def run(self) -> NoReturn:
        """Make the resource present or absent, and end the module."""
        try:
            result = self._absent() if self.params["state"] == "absent" else self._present()
        except ResourceError as error:
            self.module.fail_json(msg=f"{self.title}: {error}")
        except (BotoCoreError, ClientError) as error:
            self.module.fail_json_aws(error, msg=explain(self.title, error, {**CURES, **self.cures}))
        self.module.exit_json(**result)
        raise AssertionError("exit_json() has returned")

    @property
    def title(self) -> str:
        """The beginning of every message."""
        return f"{self.kind} {self.identity}"

    def fail(self, message: str) -> NoReturn:
        """Fail with a message that says what cannot be done and what to do instead."""
        raise ResourceError(message)

    def call(self, operation: str, **parameters: Any) -> Document:
        """Call an operation with the parameters that are not None; again if AWS throttles it."""
        retry: Callable[..., Any] = AWSRetry.jittered_backoff(catch_extra_error_codes=list(self.retried))
        answer: Document = retry(getattr(self.client, operation))(**given(parameters))
        answer.pop("ResponseMetadata", None)
        return answer

    def find(self, operation: str, **parameters: Any) -> Document | None:
        """Call an operation that reads; None if it says that there is no such thing."""
        try:
            return self.call(operation, **parameters)
        except ClientError as error:
            if error.response["Error"]["Code"] in self.missing:
                return None
            raise

    def call_patiently(self, hint: str, operation: str, **parameters: Any) -> Document:
        """Call an operation again for a while if its error has `hint` in it: IAM takes seconds to tell other services."""
        for pause in PROPAGATION_PAUSES:
            try:
                return self.call(operation, **parameters)
            except ClientError as error:
                if hint not in error.response["Error"].get("Message", ""):
                    raise
            time.sleep(pause)
        return self.call(operation, **parameters)

    def collect(self, operation: str, key: str, **parameters: Any) -> list[Any]:
        """Return what all pages of a listing operation hold under `key`."""
        pages = AWSRetry.jittered_backoff()(lambda: list(self.client.get_paginator(operation).paginate(**given(parameters))))()
        return [item for page in pages for item in page.get(key, [])]

    def wait(self, waiter: Waiter, **parameters: Any) -> None:
        """Wait for what `waiter` describes, if the user wants to wait at all."""
        if self.params.get("wait", True):
            wait_until(self.client, waiter, self.params.get("wait_timeout") or 300, **parameters)

    def _present(self) -> Document:
        current = self._describe()
        if current is not None and self._leaving(current):
            if not self.module.check_mode:
                self._await_deletion(current)
            current = None
        if current is None:
            return self._created()
        if not self.module.check_mode:
            current = self._settle(current)
        changes = self._changes(current)
        after = {**current, **changes}
        if changes and not self.module.check_mode:
            self._update(current, changes)
            after = self._describe() or after
        before = {key: current.get(key) for key in changes}
        return self._result(bool(changes), after, {"before": before, "after": changes})

    def _created(self) -> Document:
        after = self._predict()
        diff = {"before": {}, "after": after}
        if not self.module.check_mode:
            self._create()
            after = self._seen() or after
        return self._result(True, after, diff)

    def _seen(self) -> Document | None:
        """Return the document of what has just been created, which reads may not know for some seconds; None when they still do not."""
        for pause in (*SEEING_PAUSES, None):
            try:
                document = self._describe()
            except ClientError as error:
                if error.response["Error"]["Code"] not in self.missing:
                    raise
                document = None
            if document is not None or pause is None:
                return document
            time.sleep(pause)
        return None

    def _absent(self) -> Document:
        current = self._describe()
        if current is None:
            return self._result(False, None, {"before": {}, "after": {}})
        leaving = self._leaving(current)
        if not self.module.check_mode:
            if leaving:
                self._await_deletion(current)
            else:
                self._delete(current)
        return self._result(not leaving, None, {"before": current, "after": {}})

    def _result(self, changed: bool, document: Document | None, diff: Document) -> Document:
        result: Document = {"changed": changed, self.returns: document}
        if changed:
            result["diff"] = diff
        return result


_CONNECTION_OPTIONS = frozenset(
    {
        "access_key",
        "aws_ca_bundle",
        "aws_config",
        "debug_botocore_endpoint_logs",
        "endpoint_url",
        "profile",
        "region",
        "secret_key",
        "session_token",
        "validate_certs",
    }
)
