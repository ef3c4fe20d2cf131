# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names the file and the line of a fault in host_vars and group_vars; gives no variables of its own."""

from __future__ import annotations

DOCUMENTATION = r"""
name: named_faults
short_description: Name the file and the line of a fault in host_vars and group_vars
version_added: 0.1.0
description:
  - When a file of variables cannot be parsed, the plugin C(host_group_vars) of ansible-core says what is wrong and not where.
    This plugin looks at the same files first and says where.
  - It gives no variables. What it has parsed stays in the loader's cache, so nothing is parsed twice.
notes:
  - Put it before C(host_group_vars) in the setting C(vars_plugins_enabled), as the C(ansible.cfg) of this collection does.
author:
  - stratum.aws contributors (@stratum-aws)
"""

from pathlib import Path
from typing import Any, ClassVar

from ansible.errors import AnsibleError, AnsibleParserError
from ansible.inventory.host import Host
from ansible.plugins.vars import BaseVarsPlugin
from ansible_collections.stratum.aws.plugins.plugin_utils import _core


class VarsModule(BaseVarsPlugin):
    """Parses what `host_group_vars` will parse, and says which file is at fault."""

    is_stateless = True
    _seen: ClassVar[set[tuple[str, str]]] = set()

    def get_vars(self, loader: Any, path: str, entities: Any, cache: bool = True) -> dict[str, Any]:
        """Return no variables; raise AnsibleParserError with file, line and cure when a file cannot be parsed."""
        super().get_vars(loader, path, entities)
        base = Path(path) if Path(path).is_dir() else Path(path).parent
        for entity in entities if isinstance(entities, list) else [entities]:
            folder = base / ("host_vars" if isinstance(entity, Host) else "group_vars")
            key = (str(folder), entity.name)
            if key in self._seen or not folder.is_dir() or entity.name.startswith("/"):
                continue
            self._seen.add(key)
            for file in loader.find_vars_files(str(folder.resolve()), entity.name):
                self._parse(loader, file)
        return {}

    def _parse(self, loader: Any, file: Any) -> None:
        name = file.decode() if isinstance(file, bytes) else str(file)
        try:
            loader.load_from_file(file, cache="all", unsafe=True, trusted_as_template=True)
        except AnsibleError as error:
            place = _core.place_of_error(error) or name
            raise AnsibleParserError(f"{place}: {str(error).rstrip('.')}. Mend the syntax; nothing was changed.") from None
