# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The connections of an account in one region."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any, Final

from moto.core.base_backend import BackendDict, BaseBackend
from moto.core.exceptions import JsonRESTError
from moto.core.resource_tagging import TaggableResourcesMixin, TaggedResource

LONGEST_NAME: Final = 32


def error(code: str, message: str) -> Exception:
    """Return an error as the service answers it."""
    return JsonRESTError(code, message)


class CodeConnectionsBackend(BaseBackend, TaggableResourcesMixin):
    """Connections by their ARNs."""

    SERVICE_NAMESPACE = "codeconnections"

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.connections: dict[str, dict[str, Any]] = {}
        self.tags: dict[str, dict[str, str]] = {}

    def create(self, name: str, provider: str | None, host: str | None, tags: list[dict[str, str]]) -> str:
        """Make a connection, which waits for somebody to confirm it."""
        if len(name) > LONGEST_NAME:
            raise error("ValidationException", f"Value '{name}' at 'connectionName' failed to satisfy constraint: at most 32 characters")
        if any(each["ConnectionName"] == name for each in self.connections.values()):
            raise error("InvalidInputException", f"A connection with the name {name} already exists.")
        if bool(provider) == bool(host):
            raise error("InvalidInputException", "Exactly one of ProviderType and HostArn is needed.")
        arn = f"arn:{self.partition}:codeconnections:{self.region_name}:{self.account_id}:connection/{uuid.uuid4()}"
        self.connections[arn] = {
            "ConnectionName": name,
            "ConnectionArn": arn,
            "ProviderType": provider or "GitHubEnterpriseServer",
            "OwnerAccountId": self.account_id,
            "ConnectionStatus": "PENDING",
            **({"HostArn": host} if host else {}),
        }
        self.tags[arn] = {tag["Key"]: tag["Value"] for tag in tags}
        return arn

    def get(self, arn: str) -> dict[str, Any]:
        """Return a connection."""
        if arn not in self.connections:
            raise error("ResourceNotFoundException", f"Connection {arn} was not found")
        return self.connections[arn]

    def delete(self, arn: str) -> None:
        """Delete a connection."""
        self.get(arn)
        del self.connections[arn], self.tags[arn]

    def tags_of(self, arn: str) -> dict[str, str]:
        """Return the tags of a connection."""
        self.get(arn)
        return self.tags[arn]

    def iter_tagged_resources(self) -> Iterator[TaggedResource]:
        """Return what the tagging API lists."""
        for arn in self.connections:
            yield TaggedResource(arn=arn, tags=dict(self.tags[arn]), resource_type="codeconnections:connection")

    def tag_resource(self, arn: str, tags: dict[str, str]) -> None:
        """Set tags."""
        self.tags_of(arn).update(tags)

    def untag_resource(self, arn: str, tag_keys: list[str]) -> None:
        """Remove tags."""
        for key in tag_keys:
            self.tags_of(arn).pop(key, None)


# AWS has the service in most regions; the service that it replaced tells botocore in which.
codeconnections_backends = BackendDict(CodeConnectionsBackend, "codebuild")
