# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real Kubernetes API for the emulator: the control plane's processes, and nodes that kwok plays.

`build` makes the program, `control_plane` runs it, `nodes` lets its nodes follow EKS's node groups.
What AWS does around a cluster (login, load balancers, volumes) is in the other modules of this package.
"""
