# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What cloud-init does on the first boot of an instance: the login with its key, and the user data.

User data is a script (`#!…`) or `#cloud-config` with `ssh_authorized_keys`, `write_files` (`path`, `content`, `permissions`,
`owner`), `packages` and `runcmd`. Gzip, MIME parts, `#include` and every other key are not supported, and said not to be.
"""

from __future__ import annotations

import base64
import shlex
from typing import Any, Final

import yaml

FOLDER: Final = "/var/lib/cloud/instance"
LOG: Final = "/var/log/cloud-init-output.log"
UNIT: Final = "cloud-final"
_KEYS: Final = frozenset({"ssh_authorized_keys", "write_files", "packages", "package_update", "runcmd"})


class UserDataError(Exception):
    """User data that the emulator cannot carry out; says what in it."""


def script_of(user_data: str, login: str) -> str:
    """Return the shell script that carries out user data as root; empty for none, UserDataError for what is not supported."""
    text = user_data.lstrip("\ufeff")
    if not text.strip():
        return ""
    if text.startswith("#!"):
        return text
    if text.startswith("#cloud-config"):
        return _cloud_config(text, login)
    first = text.splitlines()[0][:40]
    raise UserDataError(f"user data that begins with {first!r} is not supported: a script (#!…) or #cloud-config is")


def _cloud_config(text: str, login: str) -> str:
    try:
        content = yaml.safe_load(text) or {}
    except yaml.YAMLError as error:
        raise UserDataError(f"the #cloud-config is not valid YAML: {error}") from error
    if not isinstance(content, dict):
        raise UserDataError("the #cloud-config is no mapping")
    if unknown := sorted(set(content) - _KEYS):
        raise UserDataError(f"#cloud-config keys that are not supported: {', '.join(unknown)} (supported: {', '.join(sorted(_KEYS))})")
    lines = ["#!/bin/sh"]
    for key in content.get("ssh_authorized_keys") or []:
        lines.append(f"printf '%s\\n' {shlex.quote(str(key))} >> ~{login}/.ssh/authorized_keys")
    for file in content.get("write_files") or []:
        lines += _file(file)
    if content.get("package_update") or content.get("packages"):
        lines.append("apt-get update")
    if packages := content.get("packages"):
        lines.append(f"DEBIAN_FRONTEND=noninteractive apt-get install -y {shlex.join(map(str, packages))}")
    for command in content.get("runcmd") or []:
        lines.append(shlex.join(map(str, command)) if isinstance(command, list) else str(command))
    return "\n".join(lines) + "\n"


def _file(file: dict[str, Any]) -> list[str]:
    path, encoded = shlex.quote(file["path"]), base64.b64encode(str(file.get("content", "")).encode()).decode()
    return [
        f'mkdir -p "$(dirname {path})"',
        f"echo {encoded} | base64 -d > {path}",
        f"chmod {shlex.quote(str(file.get('permissions', '0644')))} {path}",
        f"chown {shlex.quote(str(file.get('owner', 'root:root')))} {path}",
    ]


def account(login: str, public_key: str) -> str:
    """Return the script that makes the image's user, who may become root, and lets the holder of the key in."""
    key = shlex.quote(public_key.strip())
    return f"""
id {login} >/dev/null 2>&1 || useradd --create-home --shell /bin/bash {login}
echo '{login} ALL=(ALL) NOPASSWD:ALL' > /etc/sudoers.d/90-cloud-init-users
chmod 0440 /etc/sudoers.d/90-cloud-init-users
install -d -m 0700 -o {login} -g {login} ~{login}/.ssh
touch ~{login}/.ssh/authorized_keys
test -z {key} || grep -qxF {key} ~{login}/.ssh/authorized_keys || printf '%s\\n' {key} >> ~{login}/.ssh/authorized_keys
chown {login}:{login} ~{login}/.ssh/authorized_keys
chmod 0600 ~{login}/.ssh/authorized_keys
"""


def launcher() -> str:
    """Return the script that runs the user data that lies in FOLDER, in the background, with its output in LOG."""
    inner = f"{FOLDER}/user-data.sh; echo $? > {FOLDER}/result; touch {FOLDER}/boot-finished"
    return f"""
chmod 0700 {FOLDER}/user-data.sh
systemd-run --quiet --no-block --unit={UNIT} --property=StandardOutput=append:{LOG} --property=StandardError=append:{LOG} \\
    /bin/sh -c {shlex.quote(inner)}
"""
