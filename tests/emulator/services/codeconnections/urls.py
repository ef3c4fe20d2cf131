# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The routes of CodeConnections."""

from __future__ import annotations

from .responses import CodeConnectionsResponse

url_bases = [r"https?://codeconnections\.(.+)\.amazonaws\.com"]
url_paths = {"{0}/$": CodeConnectionsResponse.dispatch}
