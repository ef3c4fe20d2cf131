#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Put an EKS cluster into a kubeconfig."""

from __future__ import annotations

DOCUMENTATION = r"""
module: eks_kubeconfig
version_added: 0.4.0
short_description: Put an EKS cluster into a kubeconfig
description:
  - Puts a cluster, a way to log in to it and a context into a kubeconfig, and leaves everything else in the file as it is,
    as C(aws eks update-kubeconfig) does, without the AWS command line.
  - The file can be read and written by its owner only (mode 0600).
author:
  - stratum.aws contributors (@stratum-aws)
options:
  name:
    description: The name of the EKS cluster.
    type: str
    required: true
    aliases: [cluster, cluster_name]
  context:
    description: The name of the context, and of the cluster and the user in the file. That of the cluster by default.
    type: str
  namespace:
    description: The namespace that the context means when a command names none.
    type: str
  path:
    description:
      - The file, which is made with its folder if it is not there.
      - By default what C(KUBECONFIG) names, its first file if it names several, and C(~/.kube/config) without it.
    type: path
  login:
    description:
      - V(exec) lets kubectl and helm sign a token whenever they need one, by a small program that is put into the folder
        C(stratum-aws) beside the file. It needs the Python that runs this module, and what it finds of AWS credentials then.
      - V(token) puts in a token, which EKS takes for 15 minutes. Each run signs another one, and so reports a change.
    type: str
    choices: [exec, token]
    default: exec
  role:
    description:
      - A role to log in as, by ARN, or by name in the account of the cluster. Whoever logs in assumes it.
      - Without it, one logs in as oneself.
    type: str
  use:
    description: Whether the context becomes the current one. It does in any case where there is none.
    type: bool
    default: false
  replace:
    description:
      - Whether entries of the same names are replaced that this module has not written. Without it, they are left, and the module fails.
    type: bool
    default: false
notes:
  - "M(ansible.builtin.copy) would replace the file, and neither amazon.aws nor community.aws has such a module."
  - With O(profile), kubectl and helm use that profile too. Without it they use what their own environment says, such as C(AWS_PROFILE).
  - A comment in the file is lost when it is written.
  - A diff shows neither tokens nor keys.
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - stratum.aws.attributes
"""

EXAMPLES = r"""
- name: Let kubectl reach the cluster, as an operator
  stratum.aws.eks_kubeconfig:
    name: shop
    context: shop-prod
    namespace: shop
    role: shop-operators

- name: Write a file for a job that ends within 15 minutes
  stratum.aws.eks_kubeconfig:
    name: shop
    context: shop-prod
    path: "{{ job_folder }}/kubeconfig"
    login: token
"""

RETURN = r"""
path:
  description: The file.
  returned: always
  type: str
  sample: /home/alice/.kube/config
context:
  description: The context of the cluster.
  returned: always
  type: str
  sample: shop-prod
current_context:
  description: The context that a command means which names none.
  returned: always
  type: str
  sample: shop-prod
expires:
  description: Until when the token is good (RFC 3339, UTC).
  returned: when O(login=token)
  type: str
  sample: "2026-11-21T12:15:00+00:00"
"""

import datetime
import inspect
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

from ansible.module_utils.basic import missing_required_lib
from ansible.module_utils.common.validation import check_type_path
from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.stratum.aws.plugins.module_utils import _eks_credential, _eks_token, _kubeconfig
from ansible_collections.stratum.aws.plugins.module_utils._errors import CURES, explain
from ansible_collections.stratum.aws.plugins.module_utils._kubeconfig import Entry, KubeconfigError
from ansible_collections.stratum.aws.plugins.module_utils._outward import CHANGE, CREATE, Write, send

with suppress(ImportError):  # AnsibleAWSModule says what is missing
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError

FOLDER = "stratum-aws"
"""Where the program is that signs tokens, beside the kubeconfig."""
PROGRAM = "eks_credential.py"
TOKEN_MINUTES = 15
"""For how long EKS takes a token."""


class Kubeconfig:
    """A file, and the cluster that goes into it."""

    def __init__(self, module: Any) -> None:
        self.module = module
        self.params = module.params
        self.path = Path(self.params["path"] or check_type_path(default_path(os.environ)))
        self.title = f"Kubeconfig {self.path}"

    def run(self) -> NoReturn:
        """Write what differs, and end the module."""
        now = datetime.datetime.now(tz=datetime.UTC)
        before = self._read()
        use, replace = self.params["use"], self.params["replace"]
        document = _kubeconfig.merged(before, self._entry(), path=str(self.path), use=use, replace=replace)
        files = self._programs() if self.params["login"] == "exec" else {}
        stale = {path: text for path, text in files.items() if not path.is_file() or path.read_bytes() != text}
        changed = document != before or not self._private() or bool(stale)
        if changed and not self.module.check_mode:
            parameters = {"path": str(self.path), "context": self._context()}
            effect = CHANGE if self.path.is_file() else CREATE
            # A plan runs modules without their check mode; it may not write into a user's files either.
            send(
                Write("kubernetes", "WriteKubeconfig", parameters, effect, str(self.path)),
                lambda: self._write_all({**stale, self.path: _kubeconfig.written(document).encode()}),
            )
        result: dict[str, Any] = {
            "path": str(self.path),
            "context": self._context(),
            "current_context": document.get("current-context"),
            "diff": {"before": _kubeconfig.hidden(before), "after": _kubeconfig.hidden(document)},
        }
        if self.params["login"] == "token":
            result["expires"] = (now + datetime.timedelta(minutes=TOKEN_MINUTES)).isoformat(timespec="seconds")
        self.module.exit_json(changed=changed, **result)
        raise SystemExit

    def _read(self) -> dict[str, Any]:
        try:
            return _kubeconfig.read(self.path.read_text(encoding="utf-8"), str(self.path))
        except FileNotFoundError:
            return {"apiVersion": "v1", "kind": "Config"}
        except UnicodeDecodeError:
            raise KubeconfigError(f"{self.path} is no kubeconfig. It was left as it is; name another file") from None

    def _private(self) -> bool:
        return self.path.is_file() and self.path.stat().st_mode & 0o777 == 0o600

    def _write_all(self, files: dict[Path, bytes]) -> None:
        for path, content in files.items():
            self._write(path, content)

    def _write(self, path: Path, content: bytes) -> None:
        """Replace a file at once: a link stays one, and nobody else can read it at any moment."""
        path = path.resolve()
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = path.with_name(f"{path.name}.{os.getpid()}")
        try:
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(content)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)

    # -- entries -------------------------------------------------------------------------------------

    def _context(self) -> str:
        return str(self.params["context"] or self.params["name"])

    def _entry(self) -> Entry:
        name = self.params["name"]
        found = self.module.client("eks").describe_cluster(name=name)["cluster"]
        if not found.get("endpoint"):
            raise KubeconfigError(f"the cluster {name} has no API, it is {found.get('status')}. Run again when it is ACTIVE and has one")
        return Entry(
            name=self._context(),
            arn=found["arn"],
            host=found["endpoint"],
            ca_data=found["certificateAuthority"]["data"],
            user=self._user(name, role_arn(self.params["role"] or "", found["arn"])),
            namespace=self.params["namespace"] or "",
        )

    def _user(self, cluster: str, role: str) -> dict[str, Any]:
        if self.params["login"] == "token":
            return {"token": self._token(cluster, role)}
        arguments = ["--cluster-name", cluster, "--region", self.module.region, *(["--role-arn", role] if role else [])]
        profile = self.params["profile"]
        return {
            "exec": {
                "apiVersion": _eks_credential.VERSIONS[0],
                "command": sys.executable,
                "args": [str(self._program()), *arguments],
                "env": [{"name": "AWS_PROFILE", "value": profile}] if profile else None,
                "interactiveMode": "Never",
            }
        }

    def _token(self, cluster: str, role: str) -> str:
        keys = {}
        if role:
            session = f"ansible-{os.environ.get('USER') or 'unknown'}"[:64]
            given = self.module.client("sts").assume_role(RoleArn=role, RoleSessionName=session)["Credentials"]
            keys = {
                "aws_access_key_id": given["AccessKeyId"],
                "aws_secret_access_key": given["SecretAccessKey"],
                "aws_session_token": given["SessionToken"],
            }
        # The address in a token must be that of AWS's own STS.
        own = Config(ignore_configured_endpoint_urls=True)  # type: ignore[call-arg]  # the stubs do not know it
        return _eks_token.signed(self.module.client("sts", endpoint=None, config=own, **keys), cluster)

    def _program(self) -> Path:
        return self.path.absolute().parent / FOLDER / PROGRAM

    def _programs(self) -> dict[Path, bytes]:
        return {path: inspect.getsource(each).encode() for path, each in program(self._program().parent).items()}


def default_path(environment: Any) -> str:
    """Return where kubectl would write: the first file of KUBECONFIG, or the user's own."""
    named = [each for each in environment.get("KUBECONFIG", "").split(os.pathsep) if each]
    return named[0] if named else "~/.kube/config"


def role_arn(role: str, cluster_arn: str) -> str:
    """Return the ARN of a role that was given by it or by its name (and path), in the account of a cluster."""
    if not role or role.startswith("arn:"):
        return role
    _unused, partition, _unused, _unused, account, _unused = cluster_arn.split(":", 5)
    return f"arn:{partition}:iam::{account}:role/{role.lstrip('/')}"


def program(folder: Path) -> dict[Path, Any]:
    """Return the modules of which the program in a folder consists."""
    return {folder / PROGRAM: _eks_credential, folder / "_eks_token.py": _eks_token}


def main() -> None:
    """Run the module."""
    spec: dict[str, dict[str, Any]] = {
        "name": {"required": True, "aliases": ["cluster", "cluster_name"]},
        "context": {},
        "namespace": {},
        "path": {"type": "path"},
        "login": {"choices": ["exec", "token"], "default": "exec"},
        "role": {},
        "use": {"type": "bool", "default": False},
        "replace": {"type": "bool", "default": False},
    }
    module = AnsibleAWSModule(argument_spec=spec, supports_check_mode=True)
    try:
        import yaml  # noqa: F401
    except ImportError:
        module.fail_json(msg=missing_required_lib("PyYAML"))
    kubeconfig = Kubeconfig(module)
    try:
        kubeconfig.run()
    except KubeconfigError as error:
        module.fail_json(msg=f"{kubeconfig.title}: {error}.")
    except OSError as error:
        module.fail_json(msg=f"{kubeconfig.title}: {error.strerror}: {error.filename}. Name another file, or correct its owner.")
    except (BotoCoreError, ClientError) as error:
        cures = {
            **CURES,
            "ResourceNotFoundException": "There is no such cluster in this region: converge the stack first.",
            "AccessDenied": "Correct role, or whom its trust lets assume it.",
        }
        module.fail_json_aws(error, msg=explain(kubeconfig.title, error, cures))


if __name__ == "__main__":
    main()
