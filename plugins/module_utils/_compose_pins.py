# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the containers of a project find a service while two containers of it stand side by side.

Docker's name server gives out the address of a container as soon as the container starts, healthy or not, and goes on
doing so until it is stopped. Programs look into their `/etc/hosts` before they ask a name server, nginx too when it
reads its configuration, and Docker keeps that file of each container on the host. A *pin* is a line in it that says
where a service is. A container that is restarted gets a new file, without pins.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from ansible_collections.stratum.aws.plugins.module_utils._compose_engine import Container

MARK = "# rollout of"


def without_pins(text: str, service: str) -> str:
    """Return the text of a hosts file without the pins of a service."""
    end = f"{MARK} {service}"
    return "".join(line for line in text.splitlines(keepends=True) if not line.rstrip().endswith(end))


def with_pins(text: str, service: str, names: Sequence[str], addresses: Iterable[str]) -> str:
    """Return the text of a hosts file in which a service is at these addresses only."""
    rest = without_pins(text, service)
    if rest and not rest.endswith("\n"):
        rest += "\n"
    return rest + "".join(f"{address}\t{' '.join(names)}\t{MARK} {service}\n" for address in addresses)


def pins_for(caller: Container, service: str, targets: Sequence[Container]) -> tuple[list[str], list[str]]:
    """Return the names and addresses under which a caller reaches a service: those of the first network that they share."""
    for network in sorted(caller.addresses):
        found = [item for item in targets if network in item.addresses]
        if found:
            names = {name for item in found for name in item.aliases.get(network, ())} | {service}
            return sorted(names), [item.addresses[network] for item in found]
    return [], []


def pin(callers: Iterable[Container], service: str, targets: Sequence[Container]) -> None:
    """Let every caller find a service at these containers only; at what Docker says, when there are none."""
    for caller in callers:
        path = Path(caller.hosts_path) if caller.hosts_path else None
        if path is None or not path.is_file():
            continue
        before = path.read_text(encoding="utf-8")
        names, addresses = pins_for(caller, service, targets)
        after = with_pins(before, service, names, addresses) if addresses else without_pins(before, service)
        if after != before:
            # Written in place: the file is mounted into the container, so another one under its name would not be seen.
            with path.open("r+", encoding="utf-8") as file:
                file.write(after)
                file.truncate()
