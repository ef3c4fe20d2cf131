# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Botocore's models, a client that answers from a test, and what a write would change by its answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import boto3
import botocore.session
from ansible_collections.stratum.aws.plugins.plugin_utils.changes import _current
from botocore.exceptions import ClientError


@cache
def service_model(service: str) -> Any:
    return botocore.session.get_session().get_service_model(service)


class Client:
    """A client with the models of botocore whose answers a test gives by operation."""

    def __init__(self, service: str, answers: Mapping[str, Any]) -> None:
        make: Any = boto3.client  # its stubs want the name of one service
        self._client = make(service, region_name="ca-central-1", aws_access_key_id="x", aws_secret_access_key="x")
        self.meta = self._client.meta
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self._answers = answers
        self._client.meta.events.register("before-call", self._refuse)

    def _refuse(self, **_event: Any) -> None:
        raise AssertionError("a test must not send")

    def can_paginate(self, _method: str) -> bool:
        return False

    def __getattr__(self, method: str) -> Callable[..., Any]:
        operation = self._client.meta.method_to_api_mapping[method]

        def call(**parameters: Any) -> Any:
            # The parameters must be ones that AWS takes.
            shape = self.meta.service_model.operation_model(operation).input_shape
            botocore.validate.validate_parameters(parameters, shape)
            self.asked.append((operation, parameters))
            answer = self._answers.get(operation, {})
            if isinstance(answer, Exception):
                raise answer
            return answer

        return call


def refusal(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "Operation")


def told(service: str, operation: str, parameters: Mapping[str, Any], **answers: Any) -> dict[str, tuple[Any, Any]] | None:
    """Return old and new by property."""
    found = _current.changes(Client(service, answers), operation, parameters)
    return None if found is None else {each.property: (each.old, each.new) for each in found}
