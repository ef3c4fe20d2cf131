# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action plugin `stratum.aws.operator_policy`: a stack's reports in, policies out (plugins/plugin_utils/policies/_iam_policy.py)."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.stratum.aws.plugins.plugin_utils.checks import _account
from ansible_collections.stratum.aws.plugins.plugin_utils.policies import _iam_evidence, _iam_policy, _iam_statements
from ansible_collections.stratum.aws.plugins.plugin_utils.policies._iam_resources import HIDDEN_NAMES, Scope


class ActionModule(ActionBase):
    """Derives the least-privilege policies of a stack's operators, one per verb, and writes them."""

    _requires_connection = False
    _supports_check_mode = True
    _supports_diff = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Write the policies of the verbs that there are reports of, and name the others."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        variables = task_vars or {}
        _unused, options = self.validate_argument_spec(
            argument_spec={
                "report_dir": {"type": "path"},
                "policy_dir": {"type": "path"},
                "verbs": {"type": "list", "elements": "str", "choices": list(_iam_evidence.VERBS), "default": list(_iam_evidence.VERBS)},
                "account": {"type": "str"},
                "names": {
                    "type": "dict",
                    "default": {},
                    "options": {service: {"type": "list", "elements": "str", "default": []} for service in HIDDEN_NAMES},
                },
            },
        )
        stack = str(variables["inventory_hostname"])
        environment = str(self._setting(variables, "environment_name", "default"))
        reports = Path(options["report_dir"] or str(self._setting(variables, "report_dir", "reports"))) / environment / stack
        try:
            recorded = _iam_evidence.read(reports)
            scope = self._scope(recorded, options["account"])
            documents = {
                verb: self._statements(recorded, verb, stack, environment, scope, options["names"] or {})
                for verb in options["verbs"]
                if verb in recorded.verbs()
            }
            written = {verb: _iam_statements.documents(found) for verb, found in documents.items()}
        except (_iam_evidence.Unreadable, _iam_statements.TooLong) as error:
            raise AnsibleActionFail(str(error)) from None
        missing = {verb: _iam_evidence.HOW[verb] for verb in options["verbs"] if verb not in written}
        if not written:
            how = "; ".join(f"{verb}: {how}" for verb, how in missing.items())
            raise AnsibleActionFail(f"{reports} has no report that a policy could be derived from. {how}")
        directory = Path(options["policy_dir"] or reports / "policies")
        before, after = _files_before(directory, written), _files_after(written)
        if before != after and not self._task.check_mode:
            _write(directory, before, after)
        wide = {verb: _wide(found) for verb, found in documents.items()}
        lines = [_line(verb, documents, wide[verb]) for verb, documents in written.items()]
        lines += [f"{verb}: no report, so no policy; {how} first" for verb, how in missing.items()]
        lines += [f"{verb}: the report does not count reads; {_iam_evidence.HOW[verb]} again" for verb in recorded.uncounted]
        result.update(
            changed=before != after,
            files=[str(directory / name) for name in after],
            account=scope.account,
            wide=wide,
            missing=missing,
            msg=lines,
        )
        if self._task.diff:
            result["diff"] = [_difference(name, before.get(name, ""), after.get(name, "")) for name in sorted({*before, *after})]
        return result

    def _statements(
        self, recorded: _iam_evidence.Recorded, verb: str, stack: str, environment: str, scope: Scope, names: Mapping[str, list[str] | None]
    ) -> list[_iam_statements.Statement]:
        known = {service: list(values) for service, values in names.items() if values}
        evidence = _iam_evidence.evidence(
            recorded, verb, stack=stack, environment=environment, scope=scope, operations=_operations, names=known
        )
        return _iam_policy.statements(evidence, verb)

    def _scope(self, recorded: _iam_evidence.Recorded, account: str | None) -> Scope:
        """Return region and account: the account as given, as STS says, or as the reports have it."""
        environment = self._environment()
        region = recorded.region or environment.get("AWS_REGION", "")
        if not account:
            os.environ.update(environment)
            try:
                account = _account.identify()
            except (_account.NoAccount, _account.Unreachable):
                account = recorded.account or "*"
        return Scope(region, account)

    def _setting(self, variables: Mapping[str, Any], name: str, default: Any) -> Any:
        return self._templar.template(variables[name]) if name in variables else default

    def _environment(self) -> dict[str, str]:
        """Return the play's and the task's `environment:`."""
        environments = self._task.environment or []
        merged: dict[str, str] = {}
        for environment in environments if isinstance(environments, list) else [environments]:
            merged.update({str(key): str(value) for key, value in (self._templar.template(environment) or {}).items()})
        return merged


@cache
def _operations(service: str) -> Iterable[str]:
    """Return the operations of a service; none for one that botocore does not know."""
    import botocore.session
    from botocore.exceptions import UnknownServiceError

    try:
        names: list[str] = botocore.session.get_session().get_service_model(service).operation_names
    except UnknownServiceError:
        return ()
    return names


def _wide(statements: Iterable[_iam_statements.Statement]) -> list[str]:
    """Return the writing actions that nothing but the region binds."""
    actions = {action for each in statements if each.is_wide for action in each.actions}
    return sorted(action for action in actions if not _iam_policy.reads(action))


def _line(verb: str, documents: list[_iam_statements.Document], wide: list[str]) -> str:
    sizes = ", ".join(str(_iam_statements.size(document)) for document in documents)
    split = f"{len(documents)} documents, since IAM takes {_iam_statements.LARGEST} characters each" if len(documents) > 1 else "1 document"
    return f"{verb}: {split} ({sizes} characters)" + (f"; not bound to the stack: {', '.join(wide)}" if wide else "")


def _files_after(written: Mapping[str, list[_iam_statements.Document]]) -> dict[str, str]:
    files: dict[str, str] = {}
    for verb, documents in written.items():
        for number, document in enumerate(documents, start=1):
            name = f"{verb}-{number}.json" if len(documents) > 1 else f"{verb}.json"
            files[name] = json.dumps(document, indent=2) + "\n"
    return files


def _files_before(directory: Path, verbs: Iterable[str]) -> dict[str, str]:
    """Return the policies that are there of these verbs, those of another number of documents included."""
    paths = [path for verb in verbs for path in (directory / f"{verb}.json", *sorted(directory.glob(f"{verb}-[0-9]*.json")))]
    return {path.name: path.read_text(encoding="utf-8") for path in paths if path.is_file()}


def _write(directory: Path, before: Mapping[str, str], after: Mapping[str, str]) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    for name in before.keys() - after.keys():
        (directory / name).unlink()
    for name, content in after.items():
        partial = directory / f".{name}.partial"
        partial.write_text(content, encoding="utf-8")
        partial.replace(directory / name)


def _difference(name: str, before: str, after: str) -> dict[str, str]:
    return {"before_header": name, "after_header": name, "before": before, "after": after}
