# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The public machine images that a compose host can be run from: Debian 13 and Ubuntu 24.04.

Moto has Amazon Linux 2023 (with the parameters in SSM) and none of these. Names, owners, root devices and
parameters are AWS's; dates are examples, two of each, so that "the newest" is a choice. Ids are made from region and name.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

GIB_OF_PUBLIC_ROOTS: Final = 8


@dataclass(frozen=True, slots=True)
class PublicImage:
    """One image that somebody else publishes in every region."""

    name: str
    owner: str
    architecture: str
    root_device: str
    description: str
    created: datetime
    parameter: str
    """The SSM parameter that names the newest of this kind."""

    def identifier(self, region: str) -> str:
        """Return the id that the image has in a region."""
        return "ami-" + hashlib.sha256(f"{region}/{self.name}".encode()).hexdigest()[:17]


def _debian(word: str, architecture: str, date: str, number: int) -> PublicImage:
    return PublicImage(
        name=f"debian-13-{word}-{date}-{number}",
        owner="136693071363",
        architecture=architecture,
        root_device="/dev/xvda",
        description=f"Debian 13 ({date}-{number})",
        created=datetime.strptime(date, "%Y%m%d").replace(tzinfo=UTC),
        parameter=f"/aws/service/debian/release/13/latest/{word}",
    )


def _ubuntu(word: str, architecture: str, date: str) -> PublicImage:
    return PublicImage(
        name=f"ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-{word}-server-{date}",
        owner="099720109477",
        architecture=architecture,
        root_device="/dev/sda1",
        description=f"Canonical, Ubuntu, 24.04, {word} noble image",
        created=datetime.strptime(date, "%Y%m%d").replace(tzinfo=UTC),
        parameter=f"/aws/service/canonical/ubuntu/server/24.04/stable/current/{word}/hvm/ebs-gp3/ami-id",
    )


_ARCHITECTURES: Final = (("amd64", "x86_64"), ("arm64", "arm64"))
PUBLIC_IMAGES: Final = tuple(
    image
    for word, architecture in _ARCHITECTURES
    for image in (
        _debian(word, architecture, "20250814", 2204),
        _debian(word, architecture, "20251006", 2257),
        _ubuntu(word, architecture, "20250821"),
        _ubuntu(word, architecture, "20251022"),
    )
)


def parameters(region: str) -> dict[str, str]:
    """Return the SSM parameters of these images in a region: name → id of the newest."""
    return {image.parameter: image.identifier(region) for image in sorted(PUBLIC_IMAGES, key=lambda image: image.created)}


def login_of(name: str | None) -> str:
    """Return the user that an image of this name lets in with the instance's key pair."""
    lowered = (name or "").lower()
    if lowered.startswith("debian"):
        return "admin"
    return "ubuntu" if lowered.startswith("ubuntu") else "ec2-user"


def load(backend: Any) -> None:
    """Add the images to a region's account, once."""
    if "public_images" in backend.__dict__:
        return
    backend.public_images = True
    from moto.ec2.models.amis import Ami

    for image in PUBLIC_IMAGES:
        identifier = image.identifier(backend.region_name)
        backend.amis[identifier] = Ami(
            backend,
            identifier,
            name=image.name,
            description=image.description,
            owner_id=image.owner,
            public=True,
            virtualization_type="hvm",
            architecture=image.architecture,
            creation_date=image.created,
            image_location=f"{image.owner}/{image.name}",
            hypervisor="xen",
            root_device_type="ebs",
            root_device_name=image.root_device,
            boot_mode="uefi-preferred" if image.architecture == "x86_64" else "uefi",
            region_name=f"{backend.region_name}a",
        )
