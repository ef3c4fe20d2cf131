# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts `--kubernetes` into the server, and takes away what it leaves behind."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from .build import BuildError, build, built

if TYPE_CHECKING:
    from tests.emulator.dispatch import Dispatcher
    from tests.emulator.pipeline import Pipeline

REMOVE_SECONDS: Final = 5.0
END_SECONDS: Final = 3.0


class KubernetesError(Exception):
    """Why no Kubernetes API can be run here; the first line says what to do."""


def prepare() -> None:
    """Make sure that the control plane is built, before the server starts; a build tells its progress on standard error."""
    if built() is None:
        try:
            build()
        except BuildError as error:
            raise KubernetesError(str(error)) from error


def remove(folder: Path) -> None:
    """Remove the files of the clusters of an emulator that has ended; no error where there are none."""
    (folder / "kubeconfig").unlink(missing_ok=True)
    # The processes of an emulator that was killed go with it, but may write for a moment yet.
    deadline = time.monotonic() + REMOVE_SECONDS
    while (folder / "clusters").exists() and time.monotonic() < deadline:
        shutil.rmtree(folder / "clusters", ignore_errors=True)
        time.sleep(0.02)


def install(folder: Path, account_id: str, dispatcher: Dispatcher, pipeline: Pipeline) -> Callable[[], None]:
    """Let a Kubernetes API stand behind every EKS cluster of this server; return what ends them all."""
    from moto.moto_api._internal.models import moto_api_backend

    from tests.emulator.services.eks.store import cluster_created, cluster_deleted, nodegroup_created

    from .clusters import Clusters
    from .gate import Gate
    from .webhook import Webhook

    gate = Gate(account_id, dispatcher.turn)
    webhook = Webhook(gate.authenticate, gate.authorize)
    clusters = Clusters(folder, webhook.address, gate.subnets)
    gate.find = clusters.find
    cluster_created.append(clusters.created)
    cluster_deleted.append(clusters.deleted)
    nodegroup_created.append(clusters.nodegroup_created)

    def reset() -> None:
        if clusters.clear():
            # The account was emptied before, while controllers still worked in it.
            moto_api_backend.reset()

    pipeline.on_reset(reset)
    pipeline.after(lambda call: clusters.look() if call.service == "eks" else None)
    pipeline.report("kubernetes", clusters.report)

    def end() -> None:
        clusters.clear(END_SECONDS)

    return end
