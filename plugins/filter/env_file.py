# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter that writes an environment file for Docker Compose, whatever its values hold."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleFilterError

DOCUMENTATION = r"""
name: env_file
short_description: Write an environment file for Docker Compose
version_added: 0.3.0
description:
  - Returns the text of a file for C(env_file) of a service, or of the file C(.env) of a project. One line per variable, in order of name.
  - A value arrives in the container as it is here, with its line breaks, quotes, C($), backslashes and C(#), from Compose 2.17 on.
  - An error names the variable and never its value.
positional: _input
options:
  _input:
    description: The values by the names of their variables.
    type: dict
    required: true
author:
  - stratum.aws contributors
"""

EXAMPLES = r"""
- name: Write the environment of a service
  ansible.builtin.copy:
    content: "{{ {'PASSWORD': password, 'PRIVATE_KEY': key} | stratum.aws.env_file }}"
    dest: /opt/shop/env/api.env
    mode: "0600"
  no_log: true
"""

RETURN = r"""
_value:
  description: The text of the file, empty or with a line break at its end.
  type: str
  sample: "PASSWORD=\"a\\$b\"\n"
"""

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
#: What Compose undoes between double quotes. A backslash that stands before any other character stays there.
ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "$": r"\$", "\n": r"\n", "\r": r"\r"})


def env_file(values: Mapping[str, Any]) -> str:
    """Return the text of the file; see DOCUMENTATION."""
    lines = []
    for name in sorted(values):
        if not NAME.match(name):
            raise AnsibleFilterError(f"The environment variable {name!r} has a name that Compose does not read.")
        text = str(values[name])
        if "\0" in text:
            raise AnsibleFilterError(f"The environment variable {name} holds a zero byte, which no environment can.")
        lines.append(f'{name}="{text.translate(ESCAPES)}"\n')
    return "".join(lines)


class FilterModule:
    """Makes the filter known to Ansible."""

    def filters(self) -> dict[str, Any]:
        """Return the filters of this file by name."""
        return {"env_file": env_file}
