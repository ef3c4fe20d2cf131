# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action group is rewritten in place."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.action_group import runtime

SPEAKS_TO_AWS = "extends_documentation_fragment:\n  - amazon.aws.common.modules\n"


def _collection(root: Path, group: str, *modules: str) -> Path:
    (root / "meta").mkdir()
    (root / "meta/runtime.yml").write_text(f"---\n# kept\naction_groups:\n{group}plugin_routing: {{}}\n", encoding="utf-8")
    (root / "plugins/modules").mkdir(parents=True)
    for name in modules:
        (root / f"plugins/modules/{name}.py").write_text(SPEAKS_TO_AWS, encoding="utf-8")
    return root


@pytest.mark.parametrize("group", ["  aws: []\n", "  aws:\n    - gone\n", "  aws:\n"])
def test_lists_the_modules_and_keeps_the_rest(tmp_path: Path, group: str) -> None:
    root = _collection(tmp_path, group, "sqs_queue", "eks_addon")
    (root / "plugins/modules/__init__.py").touch()
    (text,) = runtime(root).values()
    assert text == "---\n# kept\naction_groups:\n  aws:\n    - eks_addon\n    - sqs_queue\nplugin_routing: {}\n"


def test_an_action_plugin_takes_no_options_of_aws(tmp_path: Path) -> None:
    root = _collection(tmp_path, "  aws:\n", "converge", "sqs_queue")
    (root / "plugins/action").mkdir()
    (root / "plugins/action/converge.py").touch()
    (text,) = runtime(root).values()
    assert "aws:\n    - sqs_queue\nplugin" in text


def test_a_module_that_does_not_speak_to_aws_takes_none_either(tmp_path: Path) -> None:
    root = _collection(tmp_path, "  aws:\n", "sqs_queue")
    (root / "plugins/modules/compose_rollout.py").write_text("  - stratum.aws.attributes\n", encoding="utf-8")
    (text,) = runtime(root).values()
    assert "aws:\n    - sqs_queue\nplugin" in text


def test_no_modules(tmp_path: Path) -> None:
    (text,) = runtime(_collection(tmp_path, "  aws:\n    - gone\n")).values()
    assert "  aws: []\nplugin_routing" in text


def test_a_missing_group_is_said(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no action group aws"):
        runtime(_collection(tmp_path, "  other: []\n"))
