# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""CodeConnections, which moto does not have: connections to services that keep code, which are `PENDING` for ever.

Nobody but a person in AWS's console can confirm a connection, so none becomes `AVAILABLE` here. Hosts, repository links and
synchronisation are missing.
"""

from __future__ import annotations

import sys
from types import ModuleType


def install() -> None:
    """Give moto the service, under the name by which it looks services up."""
    from .models import codeconnections_backends

    module = ModuleType("moto.codeconnections")
    module.__dict__["codeconnections_backends"] = codeconnections_backends
    sys.modules[module.__name__] = module
