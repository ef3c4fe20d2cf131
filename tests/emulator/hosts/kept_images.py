# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""CreateImage of an instance that has a container: `docker commit` of its disk and a copy of its volumes.

A commit leaves volumes out, and the inner Docker engine lives in two of them. They are copied while the container is
frozen (with NoReboot) or stopped (without), into volumes named after the image; a container that is run from the image gets
copies of those before it first starts.
"""

from __future__ import annotations

from typing import Final

from tests.hosts.docker import docker, inspect

from . import IMAGE_LABEL

PLACES: Final = ("/var/lib/docker", "/var/lib/containerd")
_SECONDS: Final = 600.0


def tag_of(stage: str, image_id: str) -> str:
    """Return the name of the Docker image behind an AMI."""
    return f"stratum-emulator/{stage}:{image_id}"


def exists(stage: str, image_id: str) -> bool:
    """Say whether an AMI is one that was made of a container."""
    return inspect("image", tag_of(stage, image_id)) is not None


def _volume(stage: str, image_id: str, place: str) -> str:
    return f"{stage}-{image_id}-{place.rpartition('/')[2]}"


def keep(stage: str, image_id: str, container: str, reboot: bool) -> None:
    """Keep a container's disk and volumes under an image's id; with `reboot` it is stopped meanwhile, otherwise frozen."""
    running = bool((inspect("container", container) or {}).get("State", {}).get("Running"))
    if running:
        docker("stop", "--time", "60", container) if reboot else docker("pause", container)
    try:
        docker(
            "commit", "--pause=false", "--change", f"LABEL {IMAGE_LABEL}={stage}", container, tag_of(stage, image_id), timeout=_SECONDS
        )  # fmt: skip
        for place in PLACES:
            name = _volume(stage, image_id, place)
            docker("volume", "create", "--label", f"{IMAGE_LABEL}={stage}", name)
            _copy(stage, image_id, container, name, place, back=False)
    finally:
        if running:
            docker("start" if reboot else "unpause", container)


def fill(stage: str, image_id: str, container: str) -> None:
    """Give a new container, which has not started yet, what the image's volumes hold."""
    for place in PLACES:
        _copy(stage, image_id, container, _volume(stage, image_id, place), place, back=True)


def _copy(stage: str, image_id: str, container: str, volume: str, place: str, back: bool) -> None:
    source, target = ("/kept", place) if back else (place, "/kept")
    # overlay2 keeps its marks in trusted attributes, which only SYS_ADMIN may read and write.
    docker(
        "run", "--rm", "--cap-add=SYS_ADMIN", "--network=none", "--volumes-from", container, "--volume", f"{volume}:/kept",
        "--entrypoint", "/bin/sh", tag_of(stage, image_id), "-c", f"cp -a {source}/. {target}/", timeout=_SECONDS,
    )  # fmt: skip


def forget(stage: str, image_id: str) -> None:
    """Remove what was kept under an image's id."""
    docker("image", "rm", "--force", tag_of(stage, image_id), check=False)
    docker("volume", "rm", *(_volume(stage, image_id, place) for place in PLACES), check=False)


def forget_all(stage: str) -> None:
    """Remove everything that was kept for a stage."""
    label = f"label={IMAGE_LABEL}={stage}"
    if images := docker("images", "--quiet", "--no-trunc", "--filter", label).stdout.split():
        docker("image", "rm", "--force", *dict.fromkeys(images), check=False)
    if volumes := docker("volume", "ls", "--quiet", "--filter", label).stdout.split():
        docker("volume", "rm", *volumes, check=False)
