# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`--hosts docker`: a container behind every EC2 instance, on a stage of `tests.hosts` that is the emulator's own.

`machines.py` runs, stops and removes the containers, `first_boot.py` does what cloud-init does, `kept_images.py` keeps what
CreateImage keeps, `world.py` carries over what else the account says (addresses, security groups, DNS records, databases), and
`forwarding.py` lets a public address lead to its container.
"""

from __future__ import annotations

import re
from typing import Final

IMAGE_LABEL: Final = "stratum.emulator.image"
"""Label of the images and volumes that CreateImage made; its value is the stage's name."""


def stage_name(emulator: str) -> str:
    """Return the name of an emulator's stage; containers take it, so it is in lower case."""
    return "emulator-" + re.sub(r"[^a-z0-9.-]", "-", emulator.lower())
