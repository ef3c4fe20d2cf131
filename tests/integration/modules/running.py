# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run a module against the emulator: in a forked child of pytest, so that nothing is imported twice."""

from __future__ import annotations

import importlib
import json
import os
import sys
import tempfile
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn, Protocol

import botocore.loaders
import botocore.session
from ansible.module_utils.testing import patch_module_args

# One loader for all children: they inherit what it has read, and reading is most of what a client costs.
LOADER = botocore.loaders.create_loader()


class ModuleResult(dict[str, Any]):
    """What a module returned."""

    @property
    def failed(self) -> bool:
        """Whether the module failed."""
        return bool(self.get("failed"))

    @property
    def changed(self) -> bool:
        """Whether the module says that it changed something."""
        return bool(self.get("changed"))

    @property
    def msg(self) -> str:
        """The module's message."""
        return str(self.get("msg", ""))


class RunModule(Protocol):
    """The signature of the fixture `run_module`."""

    def __call__(self, name: str, args: dict[str, Any], check: bool = False, diff: bool = False) -> ModuleResult:
        """Run the module `name` (ours, unless it names a collection) with `args`."""


def run(name: str, args: dict[str, Any], environment: dict[str, str], check: bool, diff: bool) -> ModuleResult:
    """Run the module `name` in a child with `environment`, and return what it returned."""
    collection, module = name.rsplit(".", 1) if "." in name else ("stratum.aws", name)
    dotted = f"ansible_collections.{collection}.plugins.modules.{module}"
    main: Callable[[], None] = importlib.import_module(dotted).main
    options = {
        **args,
        "_ansible_check_mode": check,
        "_ansible_diff": diff,
        "_ansible_remote_tmp": tempfile.gettempdir(),
    }
    return _in_child(main, options, environment)


def _in_child(main: Callable[[], None], options: dict[str, Any], environment: dict[str, str]) -> ModuleResult:
    with tempfile.TemporaryDirectory() as directory:
        output = Path(directory) / "stdout"
        with warnings.catch_warnings():
            # The child only runs the module; it never takes a lock that another thread of pytest may hold.
            warnings.simplefilter("ignore", DeprecationWarning)
            child = os.fork()
        if child == 0:
            _be_child(main, options, environment, output)
        status = os.waitpid(child, 0)[1]
        text = output.read_text()
    lines = text.strip().splitlines()
    if not lines or not lines[-1].startswith("{"):
        raise RuntimeError(f"the module ended with {os.waitstatus_to_exitcode(status)} and no result:\n{text}")
    return ModuleResult(json.loads(lines[-1]))


def _be_child(main: Callable[[], None], options: dict[str, Any], environment: dict[str, str], output: Path) -> NoReturn:
    try:
        target = os.open(output, os.O_WRONLY | os.O_CREAT, 0o600)
        os.dup2(target, 1)
        os.dup2(target, 2)
        sys.stdout = os.fdopen(1, "w", closefd=False)
        sys.stderr = sys.stdout
        os.environ.update(environment)
        botocore.session.create_loader = lambda *unused: LOADER
        with patch_module_args(options):
            main()
    except SystemExit:
        pass
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(0)
