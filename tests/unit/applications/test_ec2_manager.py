# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The EC2 manager: its handlers in Node's own test runner, and what its API document promises."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

APPLICATION = Path(__file__).resolve().parents[3] / "applications" / "ec2_manager"
DOCUMENT = yaml.safe_load((APPLICATION / "openapi.yml").read_text(encoding="utf-8"))
OPERATIONS = {
    (path, method): operation
    for path, item in DOCUMENT["paths"].items()
    for method, operation in item.items()
    if method in ("get", "post", "put", "delete")
}


@pytest.mark.skipif(shutil.which("node") is None, reason="there is no Node.js on this machine")
def test_the_handlers_pass_their_own_tests() -> None:
    command = ["node", "--test", "--experimental-test-coverage", "tests/"]
    done = subprocess.run(command, cwd=APPLICATION, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr
    # What the system's description asks of a release: lines, branches and functions.
    covered = re.search(r"all files\s*\|" + r"\s*([\d.]+)\s*\|" * 3, done.stdout)
    assert covered, done.stdout[-4000:]
    assert min(map(float, covered.groups())) >= 80


def test_every_operation_is_answered_by_a_handler() -> None:
    for operation in OPERATIONS.values():
        source = (APPLICATION / "functions" / f"{operation['x-function']}.mjs").read_text(encoding="utf-8")
        assert "export const handler" in source


def test_only_the_health_check_needs_no_token() -> None:
    assert [path for (path, _unused), operation in OPERATIONS.items() if operation.get("security") == []] == ["/api/health"]
    assert DOCUMENT["security"] == [{"cognito": []}]


def test_the_operations_are_those_of_the_page() -> None:
    assert set(OPERATIONS) == {
        ("/api/health", "get"),
        ("/api/instances", "get"),
        ("/api/instances/{id}/start", "post"),
        ("/api/instances/{id}/stop", "post"),
        ("/api/instances/{id}/reboot", "post"),
        ("/api/audit", "get"),
        ("/api/audit/{id}", "get"),
    }
    assert len({operation["operationId"] for operation in OPERATIONS.values()}) == len(OPERATIONS)


def test_every_reference_of_the_document_leads_somewhere() -> None:
    for reference in re.findall(r"#(/[\w/]+)", (APPLICATION / "openapi.yml").read_text(encoding="utf-8")):
        at = DOCUMENT
        for part in reference.split("/")[1:]:
            at = at[part]


def test_the_functions_need_nothing_but_node_and_its_sdk() -> None:
    for path in (APPLICATION / "functions").rglob("*.mjs"):
        for module in re.findall(r'from "([^"]+)"', path.read_text(encoding="utf-8")):
            assert module.startswith(("./", "node:", "@aws-sdk/")), (path, module)


def test_the_page_loads_nothing_from_elsewhere() -> None:
    for path in (APPLICATION / "web").iterdir():
        text = path.read_text(encoding="utf-8")
        assert not re.findall(r"""(?:src|href|url|from)\W{1,3}(?:https?:)?//""", text.replace("https://www.gnu.org", "")), path
        assert " onclick=" not in text
