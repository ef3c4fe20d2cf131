# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What AWS gives to everybody from buckets of its own: files that came with this image, read without credentials."""

from __future__ import annotations

import io
import socket
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler
from pathlib import Path
from typing import Any, Final

FOLDER: Final = Path("/opt/downloads")
# Folder -> the buckets that it stands for, as the CloudWatch agent's documentation names them: one for all, and one per region.
BUCKETS: Final[dict[str, tuple[str, ...]]] = {
    "amazoncloudwatch-agent": ("amazoncloudwatch-agent.s3", "amazoncloudwatch-agent-{region}.s3.{region}"),
}


def folder_of(name: str, region: str) -> Path | None:
    """Return the folder that a host name's bucket is here; None for all that are not AWS's own."""
    for folder, buckets in BUCKETS.items():
        if name.lower().rstrip(".") in (f"{bucket.format(region=region)}.amazonaws.com" for bucket in buckets):
            return FOLDER / folder
    return None


class _Handler(SimpleHTTPRequestHandler):
    """Answers GET and HEAD, and 304 to who has the file already; there is nothing to list."""

    protocol_version = "HTTP/1.1"
    server_version = "AmazonS3"

    def list_directory(self, path: Any) -> io.BytesIO | None:
        self.send_error(HTTPStatus.FORBIDDEN)
        return None

    def log_message(self, format: str, *values: object) -> None:
        """Say nothing."""


def serve(client: socket.socket, folder: Path) -> None:
    """Answer the requests of one connection, until it ends."""
    server: Any = None  # these handlers do not ask for one
    _Handler(client, client.getpeername(), server, directory=str(folder))
