# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the engine relies on in ansible-core: fails loudly when a new version changes it.

Each test names the thing in `_core.py` that has to be looked at.
"""

from __future__ import annotations

import datetime
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils import basic
from ansible.module_utils.common import warnings as module_warnings
from ansible.parsing.dataloader import DataLoader
from ansible_collections.stratum.aws.plugins.plugin_utils import _core
from ansible_collections.stratum.aws.plugins.plugin_utils.checks._problems import NOWHERE

SPEC = {"name": {"type": "str"}, "password": {"type": "str", "no_log": True}}


@pytest.fixture
def loaded(tmp_path: Path) -> Any:
    path = tmp_path / "vars.yml"
    path.write_text("a: '{{ b }}'\nflag: true\n")
    return DataLoader().load_from_file(str(path), cache="none", trusted_as_template=True)


def test_place_of_reads_the_origin_of_values_and_of_names(loaded: Any, tmp_path: Path) -> None:
    assert str(_core.place_of(loaded["a"])) == f"{tmp_path}/vars.yml:1"
    assert str(_core.place_of(list(loaded)[1])) == f"{tmp_path}/vars.yml:2"
    assert _core.place_of("made here") is NOWHERE


def test_is_template_trusts_what_was_loaded_and_nothing_else(loaded: Any) -> None:
    assert _core.is_template(loaded["a"])
    assert not _core.is_template("{{ b }}")


def call(arguments: dict[str, Any]) -> _core.ModuleCall:
    with _core.module_call(_core.encode_arguments({**arguments, "_ansible_module_name": "demo"})) as caught:
        module = basic.AnsibleModule(argument_spec=SPEC, supports_check_mode=True)
        module.warn(f"about {module.params['name']}")
        with pytest.raises(SystemExit):
            module.exit_json(changed=True, said=f"{module.params['name']} {module.params['password']}", check=module.check_mode)
    return caught


def test_module_call_hands_over_arguments_and_catches_result_and_secrets() -> None:
    caught = call({"name": "x", "password": "hunter22", "_ansible_check_mode": True})
    assert caught.result is not None
    assert caught.result["said"] == "x ********"
    assert caught.result["check"] is True
    assert caught.secrets == {"hunter22"}


def test_module_call_leaves_nothing_behind() -> None:
    call({"name": "first"})
    second = call({"name": "second"})
    assert second.result is not None
    assert second.result["said"] == "second None"
    assert _core.warnings_of(second.result) == ["about second"]
    assert "warnings" not in second.result
    assert second.secrets == set()
    assert basic._ANSIBLE_ARGS is None
    assert "no_log_values" not in vars(basic.AnsibleModule)
    assert isinstance(module_warnings._global_warnings, dict)


def test_results_travel_as_ansible_lets_them() -> None:
    result = _core.as_controller_sees({"when": datetime.date(2026, 1, 2), "many": {1}, "text": "{{ not trusted }}"})
    assert result == {"when": "2026-01-02", "many": [1], "text": "{{ not trusted }}"}
    assert not _core.is_template(result["text"])


RESOLVE = """
import json
from ansible.plugins.loader import init_plugin_loader
init_plugin_loader()
from ansible_collections.stratum.aws.plugins.plugin_utils import _core
names = ["amazon.aws.ec2_vpc_net", "ansible.builtin.template", "stratum.aws.converge", "amazon.aws.no_such_module"]
print(json.dumps([_core.resolve_module(name) for name in names]))
"""


def test_modules_resolve_with_redirects_and_actions() -> None:
    # In a process of its own: Ansible's plugin loader takes over how collections are imported.
    output = subprocess.run([sys.executable, "-c", RESOLVE], capture_output=True, text=True, check=True).stdout
    vpc, template, converge, nothing = json.loads(output)
    assert (vpc[0], vpc[2]) == ("amazon.aws.ec2_vpc_net", False)
    assert vpc[1].endswith("amazon/aws/plugins/modules/ec2_vpc_net.py")
    assert template[2] is True
    assert converge[2] is True
    assert nothing is None


KEEP = """
from ansible.plugins.loader import init_plugin_loader
init_plugin_loader()
from ansible._internal._templating._engine import TemplateEngine
from ansible.errors import AnsibleUndefinedVariable
from ansible.template import Templar, trust_as_template
from ansible_collections.stratum.aws.plugins.plugin_utils import _core
_core.keep_compiled_templates()
_core.keep_compiled_templates()
templar = Templar(variables={"a": 1})
text = trust_as_template("{{ a + 1 }} {{ b | default('-') }}")
print(templar.template(text))
templar.available_variables = {"a": 2, "b": "x"}
print(templar.template(trust_as_template("{{ a + 1 }} {{ b | default('-') }}")))
print(templar.evaluate_conditional(trust_as_template("a == 2")), templar.evaluate_conditional(trust_as_template("a == 2")))
for broken in ("{{ a b }}", "{{ nowhere }}"):
    for attempt in (1, 2):
        try:
            templar.template(trust_as_template(broken))
        except Exception as error:
            print(type(error).__name__)
print(len(TemplateEngine._compile_template.stratum_kept), len(TemplateEngine._compile_expression.stratum_kept))
"""


def test_templates_are_compiled_once_and_mean_the_same() -> None:
    output = subprocess.run([sys.executable, "-c", KEEP], capture_output=True, text=True, check=True).stdout
    assert output.splitlines() == [
        "2 -",
        "3 x",
        "True True",
        *["AnsibleTemplateSyntaxError"] * 2,
        *["AnsibleUndefinedVariable"] * 2,
        "2 1",
    ]
