# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Everything in the engine that touches Ansible's insides, each with its reason.

`tests/unit/engine/test_core.py` fails loudly when a new ansible-core changes what is relied on here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ansible._internal._datatag._tags import Origin, TrustedAsTemplate
from ansible.module_utils import basic
from ansible.module_utils.common import json as module_json
from ansible.module_utils.common import warnings as module_warnings
from ansible_collections.stratum.aws.plugins.plugin_utils._problems import NOWHERE, Place

_PROFILE = "legacy"


def place_of(value: object) -> Place:
    """Return where a value was written.

    Reason: error messages name file and line; ansible-core tags what it loads with its origin, and offers
    no public reader for it.
    """
    origin = Origin.get_tag(value)
    if origin is None or not origin.path:
        return NOWHERE
    return Place(str(origin.path), origin.line_num or 0)


def is_template(text: str) -> bool:
    """Return whether Ansible would template this text.

    Reason: results and facts may hold braces and are data; only text from files is trusted.
    """
    return TrustedAsTemplate.is_tagged_on(text)


def encode_arguments(arguments: Mapping[str, Any]) -> bytes:
    """Return module arguments in the form that AnsibleModule reads."""
    encoder = module_json.get_module_encoder(_PROFILE, module_json.Direction.CONTROLLER_TO_MODULE)
    return json.dumps({"ANSIBLE_MODULE_ARGS": arguments}, cls=encoder).encode()


def encode_result(result: Mapping[str, Any]) -> bytes:
    """Return a module's result in the form in which it travels to the controller."""
    encoder = module_json.get_module_encoder(_PROFILE, module_json.Direction.MODULE_TO_CONTROLLER)
    return json.dumps(result, cls=encoder).encode()


def decode_result(encoded: bytes) -> dict[str, Any]:
    """Return the result of a module from the form in which it travelled."""
    decoder = module_json.get_module_decoder(_PROFILE, module_json.Direction.MODULE_TO_CONTROLLER)
    decoded: dict[str, Any] = json.loads(encoded, cls=decoder)
    return decoded


class ModuleCall:
    """What a module left behind: its result, and the values that must not be shown."""

    def __init__(self) -> None:
        self.result: dict[str, Any] | None = None
        self.secrets: set[Any] = set()


@contextmanager
def module_call(encoded_arguments: bytes) -> Iterator[ModuleCall]:
    """Let an AnsibleModule made inside read these arguments, and catch its result.

    Reason: a module runs in a warm process instead of a new interpreter. `basic._ANSIBLE_ARGS` is what
    `ansible.module_utils.testing.patch_module_args` sets too; that one encodes the arguments in the child,
    while ours were encoded once in the parent. `_record_module_result` is the hook that ansible-core
    keeps for direct execution. Warnings are module globals, so they are emptied before each call.
    """
    caught = ModuleCall()
    record = basic.AnsibleModule._record_module_result
    before = basic._ANSIBLE_ARGS, basic._ANSIBLE_PROFILE

    def watched_record(_self: Any, result: dict[str, Any]) -> None:
        caught.result = result

    module_warnings._global_warnings.clear()
    module_warnings._global_deprecations.clear()
    basic._ANSIBLE_ARGS, basic._ANSIBLE_PROFILE = encoded_arguments, _PROFILE
    basic.AnsibleModule._record_module_result = watched_record
    # The set of secret values is filled while the module starts; a write that is intercepted later must
    # be shown without them, and no result is recorded then: keep hold of the set itself.
    basic.AnsibleModule.no_log_values = property(lambda _self: caught.secrets, lambda _self, values: caught.secrets.update(values))
    try:
        yield caught
    finally:
        basic._ANSIBLE_ARGS, basic._ANSIBLE_PROFILE = before
        basic.AnsibleModule._record_module_result = record
        del basic.AnsibleModule.no_log_values
