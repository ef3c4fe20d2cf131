# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Write the files anew."""

from __future__ import annotations

from .listing import FOLDER, listings

wanted = listings()
for stale in set(FOLDER.glob("*.txt")) - set(wanted):
    stale.unlink()
for path, text in wanted.items():
    path.write_text(text, encoding="utf-8")
