# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands in an environment file. That Compose reads it back is tested with Compose (molecule/compose_host)."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.stratum.aws.plugins.filter.env_file import env_file


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("", '""'),
        ("plain # word", '"plain # word"'),
        ("a\nb\r\n", r'"a\nb\r\n"'),
        ("it's $HOME ${X} $$", r'''"it's \$HOME \${X} \$\$"'''),
        ('back\\ "quoted"\\', r'"back\\ \"quoted\"\\"'),
        (r"\n is no line break", r'"\\n is no line break"'),
        (5432, '"5432"'),
    ],
)
def test_a_value_is_on_one_line(value: object, written: str) -> None:
    assert env_file({"KEY": value}) == f"KEY={written}\n"


def test_variables_are_in_order() -> None:
    assert env_file({"B": "2", "A": "1"}) == 'A="1"\nB="2"\n'
    assert env_file({}) == ""


@pytest.mark.parametrize("name", ["", "1A", "A B", "A=B", "A\n"])
def test_a_name_that_compose_does_not_read_is_refused(name: str) -> None:
    with pytest.raises(AnsibleFilterError, match="name that Compose does not read"):
        env_file({name: "secret"})


def test_a_zero_byte_is_refused_without_its_value() -> None:
    with pytest.raises(AnsibleFilterError, match="KEY holds a zero byte") as caught:
        env_file({"KEY": "secret\0"})
    assert "secret" not in str(caught.value)
