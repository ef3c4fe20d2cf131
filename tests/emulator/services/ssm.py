# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SSM: the public parameters that name Debian's and Canonical's newest images; moto has Amazon's only."""

from __future__ import annotations

from typing import Any

from . import _ec2_public_images, _ssm_commands
from ._patching import wrap

_PREFIXES = ("/aws/service/debian", "/aws/service/canonical")


def _check_loading_status(original: Any, self: Any, key: Any) -> None:
    original(self, key)
    if not str(key or "").startswith(_PREFIXES) or "image_parameters" in self.__dict__:
        return
    from moto.core.utils import utcnow
    from moto.ssm import models

    make: Any = models.Parameter

    self.image_parameters = True
    for name, value in _ec2_public_images.parameters(self.region_name).items():
        parameter = make(
            account_id=self.account_id,
            name=name,
            value=value,
            parameter_type="String",
            description=None,
            allowed_pattern=None,
            keyid=None,
            last_modified_date=utcnow(),
            version=1,
            data_type="aws:ec2:image",
        )
        # As a dictionary's own: asking this one would come back here.
        dict.setdefault(self, name, []).append(parameter)


def install() -> None:
    """Apply the corrections."""
    from moto.ssm.models import ParameterDict

    wrap(ParameterDict, "_check_loading_status", _check_loading_status)
    _ssm_commands.install()
