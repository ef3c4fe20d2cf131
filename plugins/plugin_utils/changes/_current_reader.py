# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads the account for a comparison, with the secrets of every answer hidden before anything looks at it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from ansible_collections.stratum.aws.plugins.plugin_utils.changes._current_compare import Hidden, plain

# Service models forget to mark some of these (ElastiCache's AuthToken).
_SECRET_NAMES: Final = re.compile(
    r"(Password|Passphrase|AuthToken|SecretString|SecretBinary|PrivateKey|UserData|ClientSecret|HeaderValue)$"
)


class Reader:
    """Asks the account with a client; what does not exist is an empty answer, other errors are raised."""

    def __init__(self, client: Any, given: Mapping[str, Any] | None = None) -> None:
        self.client = client
        self._given = given or {}

    def shape(self, operation: str, parameter: str) -> Any:
        """Return the shape of a parameter, by whose names its parts are told; None where there is none."""
        return self.client.meta.service_model.operation_model(operation).input_shape.members.get(parameter)

    def _plainly(self, value: Any) -> Any:
        """Return what stands for a secret as it was given: the id of a client is one to AWS, and only by it can be asked for the client."""
        if not isinstance(value, Hidden):
            return value
        return next((each for each in self._given.values() if Hidden(each).print == value.print), value)

    def __call__(self, operation: str, *, all_pages: bool = False, **parameters: Any) -> dict[str, Any]:
        """Return the answer of an operation that reads (`DescribeVpcs`), without secrets and as JSON."""
        from botocore import xform_name
        from botocore.exceptions import ClientError

        method = xform_name(operation)
        parameters = {name: self._plainly(value) for name, value in parameters.items()}
        shape = self.client.meta.service_model.operation_model(operation).output_shape
        try:
            if all_pages and self.client.can_paginate(method):
                answer = self.client.get_paginator(method).paginate(**parameters).build_full_result()
            else:
                answer = getattr(self.client, method)(**parameters)
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", ""))
            if "NotFound" in code or "Nonexistent" in code or code.startswith("NoSuch") or code == "404":
                return {}
            raise
        result = hidden(answer, shape)
        if not isinstance(result, dict):
            return {}
        result.pop("ResponseMetadata", None)
        return result


def hidden(value: Any, shape: Any) -> Any:
    """Return a value as JSON, with what the service model marks as sensitive, or is known to be, replaced by `Hidden`."""
    if shape is not None and shape.metadata.get("sensitive"):
        return Hidden(value)
    if isinstance(value, Mapping):
        members = getattr(shape, "members", None)
        inner = getattr(shape, "value", None)
        return {str(key): _field(str(key), item, inner if members is None else members.get(key)) for key, item in value.items()}
    if isinstance(value, list | tuple | set):
        return [hidden(item, getattr(shape, "member", None)) for item in value]
    return plain(value)


def _field(key: str, value: Any, shape: Any) -> Any:
    secret = _SECRET_NAMES.search(key) and isinstance(value, str | bytes | bytearray)
    return Hidden(value) if secret else hidden(value, shape)
