# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What AWS's controllers in a cluster make in the account.

Load balancers for Ingresses and Services, targets for bindings, volumes for claims.

`manager` runs them on what `watching` sees; `alb`, `nlb`, `bindings` and `volumes` decide; `model` and `deploying` are what
load balancers share.
"""
