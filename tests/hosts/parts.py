# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts of a stage around its hosts: image, rights, certificate, and how to tell that one is ready."""

from __future__ import annotations

import socket
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from .docker import HostsError

READY_SECONDS: Final = 120.0


@dataclass(frozen=True)
class Part:
    """One part; `{account}` and `{region}` in names stand for the stage's."""

    image: str
    names: tuple[str, ...] = ()  # that lead to it, by the stage's name server
    certificate: tuple[str, ...] = ()  # host names in its certificate, which lies at /etc/stage/<certificate_file>.crt
    certificate_file: str = ""
    ports: tuple[int, ...] = ()  # that answer when it is ready
    options: tuple[str, ...] = ()  # of docker create
    trusts: bool = False  # whether it is a client that trusts the stage's authority


_ECR: Final = "{account}.dkr.ecr.{region}.amazonaws.com"
# A wildcard stands for one label only.
_AWS: Final = (
    "*.{region}.amazonaws.com", "*.amazonaws.com", "*.ecr.{region}.amazonaws.com",
    "*.s3.{region}.amazonaws.com", "*.s3.amazonaws.com", "*.s3.dualstack.{region}.amazonaws.com",
)  # fmt: skip
_ACME: Final = ("acme.test", "acme-v02.api.letsencrypt.org", "acme-staging-v02.api.letsencrypt.org")
PARTS: Final[dict[str, Part]] = {
    "aws": Part("aws", certificate=_AWS, certificate_file="aws", ports=(443,), options=("--cap-add=NET_ADMIN",)),
    "acme": Part("acme", names=_ACME, certificate=_ACME, certificate_file="acme", ports=(443, 14000, 15000, 8055)),
    "registry": Part(
        "registry-filled",
        names=(_ECR,),
        certificate=(_ECR,),
        certificate_file="registry",
        ports=(443,),
        options=("--env=ACCOUNT={account}",),
    ),
    "hub": Part(
        "registry-filled",
        names=("registry-1.docker.io", "index.docker.io", "auth.docker.io"),
        certificate=("*.docker.io",),
        certificate_file="registry",
        ports=(443,),
    ),
    "database": Part(
        "database",
        names=("database.test",),
        certificate=("database.test",),
        certificate_file="database",
        ports=(5432,),
        options=("--shm-size=128m",),
    ),
    "load": Part("load", trusts=True),
}


def filled(texts: tuple[str, ...], account: str, region: str) -> list[str]:
    """Put the stage's account and region into texts."""
    return [text.format(account=account, region=region) for text in texts]


def wait_until_ready(name: str, address: str, ports: tuple[int, ...], seconds: float = READY_SECONDS) -> None:
    """Return when all ports take connections."""
    deadline = time.monotonic() + seconds
    for port in ports:
        while True:
            with suppress(OSError), socket.create_connection((address, port), timeout=1):
                break
            if time.monotonic() > deadline:
                raise HostsError(f"{name} at {address} does not listen on port {port} after {seconds:.0f} s")
            time.sleep(0.05)
