# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What all modules of this collection say about themselves."""

from __future__ import annotations


class ModuleDocFragment:
    """`extends_documentation_fragment: stratum.aws.attributes`."""

    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    support: full
    description: Says what would change, without changing it.
  diff_mode:
    support: full
    description: Returns the changed properties before and after.
  idempotent:
    support: full
    description: A second run with the same options changes nothing.
  action_group:
    support: full
    description: Use C(module_defaults) for the group C(stratum.aws.aws) to set options of all modules at once.
    membership:
      - stratum.aws.aws
"""
