# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sphinx configuration of docs/site. Everything in it comes from the locked requirements; nothing is fetched."""

from __future__ import annotations

project = "stratum.aws"
copyright = "stratum.aws contributors"  # noqa: A001
html_title = "stratum.aws"
html_short_title = "stratum.aws"
html_theme = "alabaster"
html_theme_options = {"page_width": "1200px", "sidebar_width": "260px", "fixed_sidebar": True}
html_show_sphinx = False

extensions = ["sphinx_antsibull_ext"]
exclude_patterns = ["**/.*"]
highlight_language = "YAML+Jinja"
pygments_style = "ansible"
nitpicky = False
suppress_warnings = ["ref.ref"]  # references into the documentation of ansible-core and of other collections
