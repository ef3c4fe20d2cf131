# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the containers behind EC2 instances; see `Machines` in `services/_ec2_instances.py` for what is asked of it.

Docker takes seconds where moto must answer at once, so everything is done by one worker thread per instance, in order. An
instance stays in its transitional state while its worker has work. The stage is brought up by the first instance.
"""

from __future__ import annotations

import os
import shlex
import sys
import threading
import traceback
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Final

from tests.emulator.services._ec2_public_images import login_of
from tests.hosts import authority, machine, network
from tests.hosts.docker import HostsError, docker
from tests.hosts.stage import Stage

from . import first_boot, kept_images
from .ends import POWERED_OFF, watch_ends

STOP_SECONDS: Final = "60"


@dataclass(frozen=True)
class Launch:
    """Everything about an instance that its container needs, read while nobody changes the account."""

    instance_id: str
    image_id: str
    login: str
    region: str
    metadata: dict[str, str]
    public_key: str
    user_data: str


@dataclass
class _Machine:
    """A container and its worker."""

    worker: ThreadPoolExecutor
    work: list[Future[None]] = field(default_factory=list)
    trouble: str = ""
    off: bool = False

    def busy(self) -> bool:
        """Say whether the worker has work."""
        self.work = [work for work in self.work if not work.done()]
        return bool(self.work)


class DockerMachines:
    """The containers of one emulator."""

    def __init__(self, emulator: str, stage: str) -> None:
        self._emulator, self.stage_name = emulator, stage
        self._stage: Stage | None = None
        self._up = threading.Lock()
        self._machines: dict[str, _Machine] = {}
        self._after: Callable[[], None] = lambda: None

    def follow(self, after: Callable[[], None]) -> None:
        """Have `after` called when something has been done to a container."""
        self._after = after

    # ---- what the instances ask for

    def run(self, instance: Any) -> None:
        """Make and start the container of a new instance."""
        launch = _launch(instance)
        self._machines[instance.id] = _Machine(ThreadPoolExecutor(1, thread_name_prefix=instance.id))
        self.do(instance.id, lambda: self._run(launch), vital=True)

    def start(self, instance: Any) -> None:
        """Start a stopped container."""
        self.do(instance.id, lambda: self._start(instance.id), vital=True)

    def stop(self, instance: Any) -> None:
        """Stop a container; its disks stay."""
        self.do(instance.id, lambda: _ignore(docker("stop", "--time", STOP_SECONDS, self.container(instance.id))))

    def reboot(self, instance: Any) -> None:
        """Restart a container."""
        self.do(instance.id, lambda: machine.reboot(self.container(instance.id)))

    def terminate(self, instance: Any) -> None:
        """Remove a container with its disks."""
        self.do(instance.id, lambda: self._remove(instance.id))

    def busy(self, instance: Any) -> bool:
        """Say whether something is still being done to the container."""
        known = self._machines.get(instance.id)
        return known is not None and known.busy()

    def off(self, instance: Any) -> bool:
        """Say whether the container ended by itself, and not to restart."""
        known = self._machines.get(instance.id)
        return known is not None and known.off

    def trouble(self, instance: Any) -> str:
        """Say why the container does not run; empty when it does."""
        known = self._machines.get(instance.id)
        return known.trouble if known else ""

    # ---- images

    def keep(self, image_id: str, instance_id: str, reboot: bool, after: Callable[[bool], None]) -> None:
        """Keep an instance's disks under the id of a new image, and tell `after` whether that worked."""

        def work() -> None:
            try:
                kept_images.keep(self.stage_name, image_id, self.container(instance_id), reboot)
            except BaseException:
                after(False)
                raise
            after(True)
            if reboot:
                machine.wait_until_booted(self.container(instance_id))

        self.do(instance_id, work)

    def forget(self, image_id: str) -> None:
        """Remove what was kept for an image."""
        threading.Thread(target=kept_images.forget, args=(self.stage_name, image_id), daemon=True).start()

    # ---- work

    def do(self, instance_id: str, work: Callable[[], None], vital: bool = False) -> None:
        """Do something to a container when what was asked for before is done; a failure of `vital` work ends a launch."""
        known = self._machines.get(instance_id)
        if known is not None:
            known.work.append(known.worker.submit(self._work, known, work, vital))

    def _work(self, known: _Machine, work: Callable[[], None], vital: bool) -> None:
        try:
            work()
        except Exception as error:
            traceback.print_exc()
            sys.stderr.flush()
            if vital:
                known.trouble = str(error).replace("\n", " ") if isinstance(error, HostsError) else f"{type(error).__name__}: {error}"
        else:
            self._after()

    def stage(self, region: str) -> Stage:
        """Return the emulator's stage, brought up if it is not."""
        with self._up:
            if self._stage is None:
                self._stage = Stage.up(self.stage_name, emulator=self._emulator, region=region, host_image=None, owner=os.getpid())
                threading.Thread(target=watch_ends, args=(self.stage_name, self._ended), name="ends", daemon=True).start()
            return self._stage

    @property
    def present_stage(self) -> Stage | None:
        """The stage, when an instance has brought it up."""
        return self._stage

    def container(self, instance_id: str) -> str:
        """Return the name of an instance's container."""
        return f"{self.stage_name}-{instance_id}"

    def address(self, instance_id: str) -> str | None:
        """Return the address of an instance's container; None while there is none."""
        stage = self._stage
        hosts = stage.state.hosts if stage is not None else {}
        return hosts[instance_id]["address"] if instance_id in hosts else None

    def _run(self, launch: Launch) -> None:
        stage = self.stage(launch.region)
        if kept_images.exists(self.stage_name, launch.image_id):
            self._run_kept(stage, launch)
        else:
            stage.add_host(launch.instance_id, image="host", instance_id=launch.instance_id, **launch.metadata)
        container = self.container(launch.instance_id)
        machine.shell(container, first_boot.account(launch.login, launch.public_key))
        self._user_data(container, launch)

    def _run_kept(self, stage: Stage, launch: Launch) -> None:
        """As `Stage.add_host`, of an image that CreateImage made, with its volumes filled before the first start."""
        with stage._changed() as state:
            address = network.free_host_address(stage._subnet, [known["address"] for known in state.hosts.values()])
            hostname = f"ip-{address.replace('.', '-')}"
            own = {"address": address, "instance_id": launch.instance_id, "hostname": f"{hostname}.ec2.internal"}
            state.hosts[launch.instance_id] = own | launch.metadata
        container = self.container(launch.instance_id)
        options = [*stage._network_options(address), f"--dns={stage.address('aws')}"]
        machine.create(container, kept_images.tag_of(self.stage_name, launch.image_id), *options, hostname=hostname)
        kept_images.fill(self.stage_name, launch.image_id, container)
        files = {
            "/usr/local/share/ca-certificates/stage.crt": authority.authority().certificate,
            "/etc/stage/metadata-gateway": stage.address("aws").encode() + b"\n",
        }
        machine.put(container, files)
        docker("start", container)
        machine.wait_until_booted(container)

    def _user_data(self, container: str, launch: Launch) -> None:
        try:
            script = first_boot.script_of(launch.user_data, launch.login)
        except first_boot.UserDataError as error:
            # As on AWS: the instance runs, and its log says what became of the user data.
            script = f"#!/bin/sh\necho {shlex.quote(str(error))}\nexit 1\n"
        machine.shell(container, f"rm -rf {first_boot.FOLDER}; install -d {first_boot.FOLDER}")
        machine.put(container, {f"{first_boot.FOLDER}/user-data.sh": (script or "#!/bin/sh\n").encode()}, mode=0o700)
        machine.shell(container, first_boot.launcher())

    def _ended(self, container: str, exit_code: int) -> None:
        """Start a container again whose system has restarted itself; remember one that has switched itself off."""
        instance_id = container.removeprefix(f"{self.stage_name}-")
        known = self._machines.get(instance_id)
        if known is None or known.busy():
            return
        if exit_code == POWERED_OFF:
            known.off = True
        else:
            self.do(instance_id, lambda: self._start(instance_id))

    def _start(self, instance_id: str) -> None:
        docker("start", self.container(instance_id))
        self._machines[instance_id].off = False
        machine.wait_until_booted(self.container(instance_id))

    def _remove(self, instance_id: str) -> None:
        if self._stage is not None:
            self._stage.remove_host(instance_id)

    def clear(self) -> None:
        """Remove all containers and kept images, as a reset of the account does; the stage itself stays up."""
        machines, self._machines = self._machines, {}
        for instance_id, known in machines.items():
            known.worker.submit(self._remove, instance_id)
            known.worker.shutdown(wait=False)
        for known in machines.values():
            known.worker.shutdown(wait=True)
        kept_images.forget_all(self.stage_name)


def _ignore(result: object) -> None:
    """Make an expression a statement."""
    del result


def _launch(instance: Any) -> Launch:
    backend = instance.ec2_backend
    pair = backend.key_pairs.get(instance.key_name)
    image = backend.amis.get(instance.image_id)
    metadata = {"instance_type": instance.instance_type, "image_id": instance.image_id, "public_address": instance.public_ip or ""}
    profile = (instance.iam_instance_profile or {}).get("Arn", "").rpartition("/")[2]
    metadata["role"] = _role_of(backend.account_id, profile)
    if data := _text(instance.user_data):
        metadata["user_data"] = data
    key = pair.material_public.decode() if pair is not None else ""
    if key:
        metadata["public_key"] = key.strip()
    # Names are inherited by images of the account's own through the image that was first.
    name = _origin(backend, image)
    return Launch(instance.id, instance.image_id, login_of(name), backend.region_name, metadata, key, data)


def _origin(backend: Any, image: Any) -> str | None:
    while image is not None and getattr(image, "source_image_id", None) in backend.amis:
        image = backend.amis[image.source_image_id]
    return image.name if image is not None else None


def _role_of(account_id: str, profile: str) -> str:
    if not profile:
        return ""
    from moto.iam.models import iam_backends

    for known in iam_backends[account_id]["aws"].instance_profiles.values():
        if known.name == profile and known.roles:
            return str(known.roles[0].name)
    return ""


def _text(user_data: Any) -> str:
    if user_data is None:
        return ""
    if hasattr(user_data, "decode") and not isinstance(user_data, bytes):
        user_data = user_data.decode()
    return user_data.decode("utf-8", "replace") if isinstance(user_data, bytes) else str(user_data)
