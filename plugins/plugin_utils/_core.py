# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Everything in the engine that touches Ansible's insides, each with its reason.

`tests/unit/engine/test_core.py` fails loudly when a new ansible-core changes what is relied on here.
"""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jinja2
from ansible import constants
from ansible._internal import _task
from ansible._internal._datatag._tags import Origin, SourceWasEncrypted, TrustedAsTemplate, VaultedValue
from ansible._internal._templating._engine import TemplateEngine
from ansible._internal._templating._errors import AnsibleTemplatePluginRuntimeError
from ansible._internal._templating._jinja_bits import AnsibleEnvironment, _TemplateCompileContext
from ansible.executor.module_common import _get_action_arg_defaults
from ansible.module_utils import basic
from ansible.module_utils._internal._datatag import AnsibleTagHelper
from ansible.module_utils._internal._event_utils import format_event_brief_message
from ansible.module_utils._internal._messages import ErrorSummary
from ansible.module_utils.common import json as module_json
from ansible.module_utils.common import warnings as module_warnings
from ansible.plugins.action import ActionBase
from ansible.plugins.loader import action_loader, module_loader
from ansible.release import __version__ as ansible_version
from ansible.template import Templar
from ansible.utils.vars import load_extra_vars
from ansible_collections.stratum.aws.plugins.plugin_utils.checks._problems import NOWHERE, Place
from ansible_collections.stratum.aws.plugins.plugin_utils.graph._template_store import TemplateStore

_PROFILE = "legacy"
_COMPILED_AS = "1"
"""To be changed when what is stored of templates changes its meaning."""
_DELIMITERS = (
    "block_start_string",
    "block_end_string",
    "variable_start_string",
    "variable_end_string",
    "comment_start_string",
    "comment_end_string",
    "line_statement_prefix",
    "line_comment_prefix",
    "trim_blocks",
    "lstrip_blocks",
    "newline_sequence",
    "keep_trailing_newline",
)
"""What Jinja's lexer is told by its environment."""
_OF_INPUTS = (TypeError, ValueError, ArithmeticError, LookupError, AttributeError)


def place_of(value: object) -> Place:
    """Return where a value was written.

    Reason: error messages name file and line; ansible-core tags what it loads with its origin, and offers
    no public reader for it.
    """
    origin = value if isinstance(value, Origin) else Origin.get_tag(value)
    if origin is None or not origin.path:
        return NOWHERE
    return Place(str(origin.path), origin.line_num or 0)


def place_of_error(error: BaseException) -> Place | None:
    """Return where an error of Ansible's parsers arose; None when it does not tell.

    Reason: the place is kept apart from the message, and some callers drop it.
    """
    place = place_of(getattr(error, "obj", None))
    return None if place is NOWHERE else place


def failed_on_its_input(error: BaseException) -> bool:
    """Return whether a template ran and failed, as it may on what a plan knows only in part.

    Reason: an unknown filter is a mistake in the template; ansible-core tells the two apart, in an error of its own
    for filters, tests and lookups, and by what Python raised for the rest.
    """
    if isinstance(error, AnsibleTemplatePluginRuntimeError):
        return True
    causes = []
    cause = error.__cause__
    while cause is not None and cause not in causes:
        causes.append(cause)
        cause = cause.__cause__
    return any(isinstance(each, _OF_INPUTS) for each in causes)


def is_template(text: str) -> bool:
    """Return whether Ansible would template this text.

    Reason: results and facts may hold braces and are data; only text from files is trusted.
    """
    return bool(TrustedAsTemplate.is_tagged_on(text))


def is_vaulted(value: Any) -> bool:
    """Return whether a value was decrypted from a vault.

    Reason: ansible-core tags such values, and offers no public reader for it.
    """
    return bool(VaultedValue.is_tagged_on(value) or SourceWasEncrypted.is_tagged_on(value))


def plain(value: Any) -> Any:
    """Return a value without ansible-core's tags, at any depth.

    Reason: copying tagged values, as argument validation does, costs a hundred times as much.
    """
    if isinstance(value, Mapping):
        return {plain(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return AnsibleTagHelper.as_native_type(value)


def keep_compiled_templates() -> None:
    """Let this process compile each template once.

    Reason: ansible-core compiles a template anew for every rendering, a third of the engine's own time; the
    variables of one run are rendered for many resources. Only whole successes are kept, so errors still name
    the place of the template that is being rendered.
    """
    for name in ("_compile_template", "_compile_expression"):
        compile_anew = getattr(TemplateEngine, name)
        if not hasattr(compile_anew, "stratum_kept"):
            setattr(TemplateEngine, name, _keeping(compile_anew))


def _keeping(compile_anew: Callable[..., Any]) -> Callable[..., Any]:
    kept: dict[tuple[object, ...], Any] = {}

    def compiled(engine: Any, template: str, options: Any) -> Any:
        key = (id(engine.environment), str(template), options.escape_backslashes, options.overrides)
        if key not in kept:
            result = compile_anew(engine, template, options)
            if getattr(result, "__name__", "") == "deferred_exception":
                return result
            # The environment is kept with its templates, so that its id stays its own.
            kept[key] = (result, engine.environment)
        return kept[key][0]

    compiled.stratum_kept = kept  # type: ignore[attr-defined]
    return compiled


def store_compiled_templates() -> TemplateStore:
    """Let this process take the code of templates from a store, and return the store, which the caller saves at the end.

    Reason: ansible-core has no bytecode cache for templates, and compiling them is a tenth of what a run that changes nothing
    takes. It compiles without folding constants, so the code depends on the text and the delimiters alone. A text that
    was decrypted from a vault is not stored.
    """
    kept: TemplateStore | None = getattr(AnsibleEnvironment.compile, "stratum_store", None)
    if kept is not None:
        return kept
    made = (importlib.util.MAGIC_NUMBER.hex(), jinja2.__version__, ansible_version, _COMPILED_AS)
    store = TemplateStore(Path(constants.ANSIBLE_HOME).expanduser() / "stratum", made)
    compile_anew = AnsibleEnvironment.compile

    def compiled(environment: Any, source: Any, *args: Any, **kwargs: Any) -> Any:
        if args or kwargs or not isinstance(source, str) or is_vaulted(source) or environment._debuggable_template_source:
            return compile_anew(environment, source, *args, **kwargs)
        context = _TemplateCompileContext.current(optional=True)
        escaped = None if context is None else context.escape_backslashes
        parts = [str(source), repr(escaped), *(repr(getattr(environment, name)) for name in _DELIMITERS)]
        code = store.get(parts)
        if code is None:
            code = compile_anew(environment, source)
            store.put(parts, code)
        return code

    compiled.stratum_store = store  # type: ignore[attr-defined]
    AnsibleEnvironment.compile = compiled
    return store


def encode_arguments(arguments: Mapping[str, Any]) -> bytes:
    """Return module arguments in the form that AnsibleModule reads."""
    encoder = module_json.get_module_encoder(_PROFILE, module_json.Direction.CONTROLLER_TO_MODULE)
    return json.dumps({"ANSIBLE_MODULE_ARGS": arguments}, cls=encoder).encode()


def as_controller_sees(result: Mapping[str, Any]) -> dict[str, Any]:
    """Return a module's result as it is once it has travelled to the controller.

    Reason: a module may return dates, sets and bytes; ansible-core's profiles say what becomes of them.
    """
    encoder = module_json.get_module_encoder(_PROFILE, module_json.Direction.MODULE_TO_CONTROLLER)
    decoder = module_json.get_module_decoder(_PROFILE, module_json.Direction.MODULE_TO_CONTROLLER)
    travelled: dict[str, Any] = json.loads(json.dumps(result, cls=encoder), cls=decoder)
    return travelled


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
    so they are emptied before each call; they are kept for the result, as in a process of the module's own,
    while ansible-core would hand them to the display of a controller at once.
    """
    caught = ModuleCall()
    record = basic.AnsibleModule._record_module_result
    before = basic._ANSIBLE_ARGS, basic._ANSIBLE_PROFILE

    def watched_record(_self: Any, result: dict[str, Any]) -> None:
        caught.result = result

    module_warnings._global_warnings.clear()
    module_warnings._global_deprecations.clear()
    basic._ANSIBLE_ARGS, basic._ANSIBLE_PROFILE = encoded_arguments, _PROFILE
    where = module_warnings._internal
    module_warnings._internal = SimpleNamespace(is_controller=False)
    basic.AnsibleModule._record_module_result = watched_record
    # The set of secret values is filled while the module starts; a write that is intercepted later must
    # be shown without them, and no result is recorded then: keep hold of the set itself.
    basic.AnsibleModule.no_log_values = property(lambda _self: caught.secrets, lambda _self, values: caught.secrets.update(values))
    try:
        yield caught
    finally:
        basic._ANSIBLE_ARGS, basic._ANSIBLE_PROFILE = before
        module_warnings._internal = where
        basic.AnsibleModule._record_module_result = record
        del basic.AnsibleModule.no_log_values


def warnings_of(result: MutableMapping[str, Any]) -> list[str]:
    """Take the warnings out of a module's result and return them as text; deprecations are dropped.

    Reason: they travel as objects of ansible-core's own. Who runs a stack cannot mend what a module deprecates.
    """
    result.pop("deprecations", None)
    return [str(getattr(getattr(warning, "event", None), "msg", warning)) for warning in result.pop("warnings", None) or ()]


def resolve_module(name: str) -> tuple[str, str | None, bool] | None:
    """Return a module's full name, its file and whether an action plugin stands before it; None when there is none.

    Reason: redirects of modules and actions are known to ansible-core's plugin loader alone.
    """
    context = module_loader.find_plugin_with_context(name, collection_list=[])
    has_action = action_loader.has_plugin(name, collection_list=[])
    if not context.resolved:
        return (name, None, True) if has_action else None
    return context.resolved_fqcn, context.plugin_resolved_path, has_action


def extra_variables(action: ActionBase) -> dict[str, Any]:
    """Return the variables of the command line, which win over everything.

    Reason: task variables come merged; which of them were extra is not told.
    """
    return dict(load_extra_vars(action._loader))


def module_defaults(action: ActionBase, module: str) -> dict[str, Any]:
    """Return the play's `module_defaults` for this module, by name and by group.

    Reason: groups are resolved by the play's own table, which only this helper of ansible-core reads.
    """
    defaults = _get_action_arg_defaults(module, action._task, action._templar._engine)
    return dict(action._templar.template(defaults)) if defaults else {}


def module_internals(action: ActionBase, task_vars: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments that Ansible hands to every module beside the task's own."""
    internals: dict[str, Any] = {}
    action._update_module_args("", internals, dict(task_vars))
    # Encoded once per call: the warm worker has no remote directory of its own.
    internals["_ansible_tmpdir"] = None
    return internals


def run_action(
    action: ActionBase, module: str, title: str, args: Mapping[str, Any], variables: Mapping[str, Any], *, check_mode: bool, no_log: bool
) -> dict[str, Any]:
    """Perform a task as Ansible's own executor would, in this process, and return its result.

    Reason: action plugins need a task, a connection and a context; they are this action's own, with the
    task's name, arguments and modes put in.
    """
    task = action._task.copy()
    task.action, task.args, task.name = module, dict(args), title
    task._resolved_action = module
    task.check_mode, task.no_log = check_mode, no_log
    plugin = module if action_loader.has_plugin(module, collection_list=[]) else "ansible.legacy.normal"
    everything = dict(variables)
    host_name = str(everything.get("inventory_hostname", "localhost"))
    # Where files and templates are looked for: in the layer's role, and not beside the play.
    places = [str(place) for place in everything.get("ansible_search_path", ())]
    task.get_search_path = lambda: [*places, action._loader.get_basedir()]
    with _task_context(task, everything, host_name):
        handler = action_loader.get(
            plugin,
            task=task,
            connection=action._connection,
            play_context=action._play_context,
            loader=action._loader,
            templar=Templar(loader=action._loader, variables=everything),
            shared_loader_obj=action._shared_loader_obj,
        )
        try:
            return _with_message(dict(handler.run(task_vars=everything)))
        finally:
            handler.cleanup()


@contextmanager
def _task_context(task: Any, variables: Mapping[str, Any], host_name: str) -> Iterator[None]:
    """Make a task the current one, for action plugins that ask.

    Reason: since 2.21 the context carries the task's variables, and where an action puts facts; 2.20 knows the task only.
    """
    if not hasattr(_task, "PendingChanges"):
        # Looked up by name, because checkers know the later class only.
        with vars(_task)["TaskContext"](task=task):
            yield
        return
    with _task.TaskContext.create(task=task, task_vars=variables, host_name=host_name) as context:
        context.pending_changes = _task.PendingChanges()
        yield


def _with_message(result: dict[str, Any]) -> dict[str, Any]:
    """Return a result whose message says what broke, where the module did not come to say anything.

    Reason: what a module raised is in the result as an object of ansible-core's own, from which its executor
    makes the message.
    """
    broken = result.get("exception")
    if result.get("failed") and not result.get("msg") and isinstance(broken, ErrorSummary):
        result["msg"] = f"the module broke: {format_event_brief_message(broken.event)}"
    return result
