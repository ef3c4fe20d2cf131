# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""CloudWatch Logs: KMS keys of log groups, query definitions, the retention periods that exist, and metric filters of missing groups."""

from __future__ import annotations

import json
import time
import uuid
from typing import Any

from ._patching import wrap

RETENTION_DAYS = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653)
"""The values that PutRetentionPolicy takes, from its API reference."""


def _missing(message: str) -> Exception:
    from moto.logs.exceptions import ResourceNotFoundException

    return ResourceNotFoundException(message)


def _group(response: Any) -> Any:
    identifier = response._get_param("logGroupName") or response._get_param("resourceIdentifier") or ""
    name = identifier.partition(":log-group:")[2].removesuffix(":*") if identifier.startswith("arn:") else identifier
    group = response.logs_backend.groups.get(name)
    if group is None:
        raise _missing("The specified log group does not exist.")
    return group


def associate_kms_key(self: Any) -> str:
    """Encrypt new events of a log group with a key."""
    _group(self).kms_key_id = self._get_param("kmsKeyId")
    return ""


def disassociate_kms_key(self: Any) -> str:
    """Go back to the service's own key."""
    _group(self).kms_key_id = None
    return ""


def _put_retention(original: Any, self: Any, log_group_name: str, retention_in_days: Any) -> None:
    from moto.logs.exceptions import InvalidParameterException

    if int(retention_in_days) not in RETENTION_DAYS:
        raise InvalidParameterException(
            f"1 validation error detected: Value '{retention_in_days}' at 'retentionInDays' failed to satisfy constraint: "
            f"Member must satisfy enum value set: {sorted(RETENTION_DAYS)}"
        )
    original(self, log_group_name, retention_in_days)


def _put_metric_filter(original: Any, self: Any, filter_name: str, filter_pattern: str, log_group_name: str, *args: Any) -> None:
    if log_group_name not in self.groups:
        raise _missing("The specified log group does not exist.")
    # A filter of the same name is replaced; moto keeps both.
    same = [known for known in self.filters.metric_filters if (known["filterName"], known["logGroupName"]) == (filter_name, log_group_name)]
    for known in same:
        self.filters.metric_filters.remove(known)
    original(self, filter_name, filter_pattern, log_group_name, *args)


def _definitions(response: Any) -> dict[str, dict[str, Any]]:
    backend = response.logs_backend
    if not hasattr(backend, "query_definitions"):
        backend.query_definitions = {}
    definitions: dict[str, dict[str, Any]] = backend.query_definitions
    return definitions


def put_query_definition(self: Any) -> str:
    """Create or replace a saved query."""
    identifier = self._get_param("queryDefinitionId") or str(uuid.uuid4())
    if self._get_param("queryDefinitionId") and identifier not in _definitions(self):
        raise _missing("The specified query definition does not exist.")
    _definitions(self)[identifier] = {
        "queryDefinitionId": identifier,
        "name": self._get_param("name"),
        "queryString": self._get_param("queryString"),
        "logGroupNames": self._get_param("logGroupNames") or [],
        "lastModified": int(time.time() * 1000),
    }
    return json.dumps({"queryDefinitionId": identifier})


def describe_query_definitions(self: Any) -> str:
    """List saved queries, by the beginning of their names."""
    prefix = self._get_param("queryDefinitionNamePrefix") or ""
    found = [item for item in _definitions(self).values() if item["name"].startswith(prefix)]
    return json.dumps({"queryDefinitions": found})


def delete_query_definition(self: Any) -> str:
    """Delete a saved query."""
    if _definitions(self).pop(self._get_param("queryDefinitionId"), None) is None:
        raise _missing("The specified query definition does not exist.")
    return json.dumps({"success": True})


def install() -> None:
    """Apply the corrections and add the operations."""
    from moto.logs.models import LogsBackend
    from moto.logs.responses import LogsResponse

    wrap(LogsBackend, "put_retention_policy", _put_retention)
    wrap(LogsBackend, "put_metric_filter", _put_metric_filter)
    for operation in (associate_kms_key, disassociate_kms_key, put_query_definition, describe_query_definitions, delete_query_definition):
        setattr(LogsResponse, operation.__name__, operation)
