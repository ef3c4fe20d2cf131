# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What CodeConnections answers."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult, BaseResponse, EmptyResult

from .models import CodeConnectionsBackend, codeconnections_backends


class CodeConnectionsResponse(BaseResponse):
    """One request."""

    def __init__(self) -> None:
        super().__init__(service_name="codeconnections")
        self.automated_parameter_parsing = True

    @property
    def backend(self) -> CodeConnectionsBackend:
        """The connections of the request's account and region."""
        return codeconnections_backends[self.current_account][self.region]

    def _listed(self, tags: dict[str, str]) -> list[dict[str, str]]:
        return [{"Key": key, "Value": value} for key, value in sorted(tags.items())]

    def create_connection(self) -> Any:
        """Make a connection."""
        name, tags = self._get_param("ConnectionName"), self._get_param("Tags") or []
        arn = self.backend.create(name, self._get_param("ProviderType"), self._get_param("HostArn"), tags)
        return ActionResult({"ConnectionArn": arn, "Tags": self._listed(self.backend.tags_of(arn))})

    def get_connection(self) -> Any:
        """Return a connection."""
        return ActionResult({"Connection": self.backend.get(self._get_param("ConnectionArn"))})

    def list_connections(self) -> Any:
        """List the connections, of one provider or all of them."""
        provider, host = self._get_param("ProviderTypeFilter"), self._get_param("HostArnFilter")
        found = [
            connection
            for connection in self.backend.connections.values()
            if provider in (None, connection["ProviderType"]) and host in (None, connection.get("HostArn"))
        ]
        return ActionResult({"Connections": found})

    def delete_connection(self) -> Any:
        """Delete a connection."""
        self.backend.delete(self._get_param("ConnectionArn"))
        return EmptyResult()

    def list_tags_for_resource(self) -> Any:
        """Return the tags of a connection."""
        return ActionResult({"Tags": self._listed(self.backend.tags_of(self._get_param("ResourceArn")))})

    def tag_resource(self) -> Any:
        """Set tags of a connection."""
        self.backend.tag_resource(self._get_param("ResourceArn"), {tag["Key"]: tag["Value"] for tag in self._get_param("Tags")})
        return EmptyResult()

    def untag_resource(self) -> Any:
        """Remove tags of a connection."""
        self.backend.untag_resource(self._get_param("ResourceArn"), self._get_param("TagKeys"))
        return EmptyResult()
