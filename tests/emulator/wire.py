# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Put plain functions behind the API of a service that moto answers wrongly or not at all.

An operation is a function `(store, parameters) -> answer` over dictionaries in the shape of
botocore's model.  Moto still does the wire work: it finds the operation, parses the parameters,
checks permissions and serialises answers and errors by the service's model.
"""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, Protocol

from moto.core.base_backend import BackendDict
from moto.core.exceptions import ServiceException
from moto.core.resource_tagging import TaggableResourcesMixin, TaggedResource
from moto.core.responses import ActionResult, BaseResponse
from moto.core.utils import camelcase_to_underscores
from moto.sts.models import sts_backends

Document = dict[str, Any]
LOCK = threading.RLock()
"""Requests are served by threads, and the stores of several services read each other."""


class Store(Protocol):
    """What one account holds of a service in one region."""

    caller_arn: str

    def settle(self) -> None:
        """Bring every state up to the present moment."""


Operation = Callable[[Any, Document], Document | None]


class ApiError(ServiceException):
    """An error of the service that answers; moto guesses the service from an exception's module."""


def error(code: str, message: str, **members: Any) -> ServiceException:
    """Return the exception that moto serialises as the service's own error."""
    exception = ApiError(code, message)
    for name, value in members.items():
        setattr(exception, name, value)
    return exception


def caller_arn(account_id: str, region: str, partition: str, access_key: str) -> str:
    """Return the IAM ARN (a user's or a role's, never a session's) of whoever sent the request."""
    _unused, arn, _unused = sts_backends[account_id][partition].get_caller_identity(access_key, region)
    head, _unused, resource = arn.rpartition(":")
    kind, _unused, rest = resource.partition("/")
    if kind == "assumed-role":
        return f"{head}:role/{rest.split('/')[0]}".replace(":sts:", ":iam:")
    return f"{head}:{resource}".replace(":sts:", ":iam:")


def page(items: Sequence[Any], parameters: Document, maximum: int = 100) -> tuple[list[Any], str | None]:
    """Return the page of `items` that `maxResults` and `nextToken` ask for, and the next token."""
    start = int(parameters.get("nextToken") or 0)
    size = parameters.get("maxResults") or maximum
    following = start + size
    return list(items[start:following]), str(following) if following < len(items) else None


class WireResponse(BaseResponse):
    """Moto's response class with `operations` as its methods; subclass it once per service."""

    service: ClassVar[str]

    @staticmethod
    def open_store(account_id: str, region: str) -> Any:
        """Return what the account holds in the region; subclasses assign what `stores()` makes."""
        raise NotImplementedError

    def __init__(self) -> None:
        # Not super(): a subclass may add a class of moto's, whose constructor takes no name.
        BaseResponse.__init__(self, service_name=self.service)
        self.automated_parameter_parsing = True

    def perform(self, operation: Operation) -> ActionResult:
        """Run `operation` with the world brought up to date before and after it."""
        with LOCK:
            store = self.open_store(self.current_account, self.region)
            store.caller_arn = caller_arn(self.current_account, self.region, self.partition, self.access_key)
            store.settle()
            # The copy is the answer of this moment: without delays the state moves on at once.
            answer = copy.deepcopy(operation(store, plain(self.params)))
            store.settle()
        return ActionResult(answer or {})


def plain(value: Any) -> Any:
    """Return parsed parameters as ordinary dictionaries and lists of one's own."""
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value


def respond(cls: type[WireResponse], operations: Mapping[str, Operation]) -> None:
    """Give `cls` a method for each operation, named as moto's dispatcher looks it up."""
    for name, operation in operations.items():

        def method(self: WireResponse, _operation: Operation = operation) -> ActionResult:
            return self.perform(_operation)

        setattr(cls, camelcase_to_underscores(name), method)


def stores[S](backends: BackendDict[Any], factory: Callable[[str, str], S]) -> Callable[[str, str], S]:
    """Return a function that opens the store kept on moto's backend, so that moto's reset drops it."""

    def open_store(account_id: str, region: str) -> S:
        state = backends[account_id][region].__dict__
        if "stratum_store" not in state:
            state["stratum_store"] = factory(account_id, region)
        store: S = state["stratum_store"]
        return store

    return open_store


def list_in_tagging_api(backend: type[Any], namespace: str, find: Callable[[Any], Iterator[tuple[str, str, dict[str, str]]]]) -> None:
    """Have the tagging API see what `find(backend)` yields as ARN, type and (live) tags."""

    def iter_tagged_resources(self: Any) -> Iterator[TaggedResource]:
        with LOCK:
            found = list(find(self))
        for arn, kind, tags in found:
            yield TaggedResource(arn, dict(tags), f"{namespace}:{kind}")

    def tags_of(self: Any, arn: str) -> dict[str, str]:
        for candidate, _unused, tags in find(self):
            if candidate == arn:
                return tags
        raise error("InvalidParameterException", f"The resource {arn} does not exist")

    def tag_resource(self: Any, arn: str, tags: dict[str, str]) -> None:
        tags_of(self, arn).update(tags)

    def untag_resource(self: Any, arn: str, tag_keys: list[str]) -> None:
        tags = tags_of(self, arn)
        for key in tag_keys:
            tags.pop(key, None)

    if not issubclass(backend, TaggableResourcesMixin):
        setattr(backend, "SERVICE_NAMESPACE", namespace)  # noqa: B010
        backend.__bases__ = (*backend.__bases__, TaggableResourcesMixin)
    for function in (iter_tagged_resources, tag_resource, untag_resource):
        setattr(backend, function.__name__, function)
