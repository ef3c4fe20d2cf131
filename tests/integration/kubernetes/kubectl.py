# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The real kubectl, for tests that do by hand what people do, and read back what is there."""

from __future__ import annotations

import json
import subprocess
from typing import Any


class Kubectl:
    """Runs kubectl with a kubeconfig, in a namespace."""

    def __init__(self, kubeconfig: str, namespace: str) -> None:
        self._command = ["kubectl", f"--kubeconfig={kubeconfig}", f"--namespace={namespace}", "--request-timeout=30s"]

    def __call__(self, *arguments: str, check: bool = True, stdin: str | None = None) -> str:
        """Run a command and return what it prints; with `check`, a failure is an AssertionError with what it said."""
        done = subprocess.run([*self._command, *arguments], capture_output=True, text=True, input=stdin, timeout=120, check=False)
        assert done.returncode == 0 or not check, done.stderr
        return done.stdout if done.returncode == 0 else done.stderr

    def get(self, kind: str, name: str) -> dict[str, Any]:
        """Return an object."""
        found: dict[str, Any] = json.loads(self("get", kind, name, "-o", "json"))
        return found

    def items(self, kind: str, *arguments: str) -> list[dict[str, Any]]:
        """Return all objects of a kind."""
        found: list[dict[str, Any]] = json.loads(self("get", kind, "-o", "json", *arguments))["items"]
        return found
