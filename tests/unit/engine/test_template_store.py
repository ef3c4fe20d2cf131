# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is stored of templates: found again, by nothing else than its parts, and never a reason to fail."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import CodeType
from typing import Any

import pytest
from ansible_collections.stratum.aws.plugins.plugin_utils.graph import _template_store
from ansible_collections.stratum.aws.plugins.plugin_utils.graph._template_store import TemplateStore


def code(text: str) -> CodeType:
    return compile(text, "<template>", "eval")


def stored(directory: Path, **templates: str) -> TemplateStore:
    store = TemplateStore(directory, ["1"])
    for name, text in templates.items():
        store.put([name], code(text))
    store.save()
    return store


def value(directory: Path, *parts: str, version: str = "1") -> Any:
    found = TemplateStore(directory, [version]).get(parts)
    return None if found is None else eval(found)


def test_another_run_finds_what_was_saved(tmp_path: Path) -> None:
    path = stored(tmp_path / "new", a="1 + 1").path
    assert value(tmp_path / "new", "a") == 2
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_parts_are_not_confused(tmp_path: Path) -> None:
    store = TemplateStore(tmp_path, ["1"])
    store.put(["ab", "c"], code("1"))
    store.put(["a", "bc"], code("2"))
    store.save()
    assert (value(tmp_path, "ab", "c"), value(tmp_path, "a", "bc"), value(tmp_path, "abc")) == (1, 2, None)


def test_other_versions_have_a_file_of_their_own(tmp_path: Path) -> None:
    stored(tmp_path, a="1")
    assert value(tmp_path, "a", version="2") is None


def test_runs_side_by_side_lose_nothing(tmp_path: Path) -> None:
    one, other = TemplateStore(tmp_path, ["1"]), TemplateStore(tmp_path, ["1"])
    one.put(["a"], code("1"))
    other.put(["b"], code("2"))
    one.save()
    other.save()
    assert (value(tmp_path, "a"), value(tmp_path, "b")) == (1, 2)
    assert [path.name for path in tmp_path.iterdir()] == [one.path.name]


@pytest.mark.parametrize("content", [b"", b"nonsense", b"\xfb\x00", b"i\x01\x00\x00\x00"])
def test_what_cannot_be_read_is_not_there_and_is_replaced(tmp_path: Path, content: bytes) -> None:
    path = stored(tmp_path, a="1").path
    path.write_bytes(content)
    assert value(tmp_path, "a") is None
    stored(tmp_path, a="3")
    assert value(tmp_path, "a") == 3


@pytest.mark.parametrize("mode", [0o620, 0o602])
def test_what_others_may_write_is_not_run(tmp_path: Path, mode: int) -> None:
    path = stored(tmp_path, a="1").path
    path.chmod(mode)
    assert value(tmp_path, "a") is None


def test_a_place_that_cannot_be_written_fails_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    stored(tmp_path / "file" / "below", a="1")
    assert value(tmp_path / "file" / "below", "a") is None


def test_too_many_are_those_of_the_last_run_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stored(tmp_path, a="1", b="2")
    monkeypatch.setattr(_template_store, "_MOST", 2)
    store = TemplateStore(tmp_path, ["1"])
    assert store.get(["b"])
    store.put(["c"], code("3"))
    store.save()
    assert [value(tmp_path, name) for name in "abc"] == [None, 2, 3]


RENDER = """
import json, sys
from ansible.plugins.loader import init_plugin_loader
init_plugin_loader()
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible._internal._datatag._tags import VaultedValue
from ansible._internal._templating import _jinja_bits
from ansible.template import Templar, trust_as_template
from ansible_collections.stratum.aws.plugins.plugin_utils import _core
compiled = []
compile_anew = _jinja_bits.AnsibleEnvironment.compile
def counted(environment, source, *args, **kwargs):
    compiled.append(str(source))
    return compile_anew(environment, source, *args, **kwargs)
_jinja_bits.AnsibleEnvironment.compile = counted
store = _core.store_compiled_templates()
assert _core.store_compiled_templates() is store
templar = Templar(variables={"a": 1, "word": "hello"})
said = [
    templar.template(trust_as_template("{{ a + 1 }}")),
    templar.template(trust_as_template("{{ word | upper }}-{% if a %}x{% endif %}")),
    templar.template(trust_as_template(r"{{ 'a\\tb' }}"), escape_backslashes=False),
    templar.template(trust_as_template(r"{{ 'a\\tb' }}")),
    templar.template(VaultedValue(ciphertext="none").tag(trust_as_template("{{ 'secret' }}"))),
]
try:
    templar.template(trust_as_template("{{ broken"))
except Exception as error:
    said.append(type(error).__name__)
store.save()
print(json.dumps([said, compiled]))
"""


def test_templates_mean_the_same_and_are_compiled_in_the_first_run_only(tmp_path: Path) -> None:
    def rendered() -> tuple[list[Any], list[str]]:
        environment = {**os.environ, "ANSIBLE_HOME": str(tmp_path)}
        done = subprocess.run([sys.executable, "-c", RENDER], env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        said, compiled = json.loads(done.stdout.splitlines()[-1])
        return said, compiled

    first, compiled = rendered()
    assert first[:2] == [2, "HELLO-x"]
    assert first[2] != first[3], "what is done with backslashes is a part of what a template means"
    assert len(compiled) == 6
    again, compiled = rendered()
    assert again == first
    assert compiled == ["{{ 'secret' }}", "{{ broken"], "what was in a vault is not stored"
    assert b"secret" not in next((tmp_path / "stratum").iterdir()).read_bytes()
