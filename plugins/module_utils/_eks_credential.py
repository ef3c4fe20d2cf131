# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A credential program for kubectl and helm: prints a token of EKS, as `aws eks get-token` does.  Private to the collection.

`stratum.aws.eks_kubeconfig` copies it beside a kubeconfig, with _eks_token.py, so that it runs without Ansible
and without the collection: it needs this Python with botocore, and nothing else.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import sys
from contextlib import suppress
from typing import Any

try:
    from ansible_collections.stratum.aws.plugins.module_utils._eks_token import LIFETIME_SECONDS, signed
except ImportError:  # a copy: its neighbour is in the same folder
    from _eks_token import LIFETIME_SECONDS, signed  # type: ignore[import-not-found, no-redef]

with suppress(ImportError):  # main says what is missing
    import botocore.session
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError

INFO = "KUBERNETES_EXEC_INFO"
VERSIONS = ("client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1")


class CredentialError(Exception):
    """Why there is no token, and what to do."""


def token(cluster: str, region: str, role: str = "") -> str:
    """Return a token of the identity that botocore finds, or of a role that it assumes; CredentialError without."""
    session = botocore.session.get_session()
    try:
        if not role:
            return signed(_sts(session, region), cluster)
        # Whom to ask for the role's credentials may be configured; the address in a token must be that of AWS's own STS.
        asked: Any = session.create_client("sts", region_name=region)
        given = asked.assume_role(RoleArn=role, RoleSessionName=_session_name())["Credentials"]
        return signed(_sts(session, region, given), cluster)
    except (BotoCoreError, ClientError) as error:
        who = f"the role {role}" if role else "the AWS credentials of this shell"
        raise CredentialError(f"no token for {cluster} with {who}: {error}") from error


def _sts(session: Any, region: str, given: Any = None) -> Any:
    keys = {}
    if given:
        keys = {
            "aws_access_key_id": given["AccessKeyId"],
            "aws_secret_access_key": given["SecretAccessKey"],
            "aws_session_token": given["SessionToken"],
        }
    own = Config(ignore_configured_endpoint_urls=True)  # type: ignore[call-arg]  # the stubs do not know it
    return session.create_client("sts", region_name=region, config=own, **keys)


def _session_name() -> str:
    """Return a name by which the role's audit trail tells people apart."""
    name = "".join(each if each.isalnum() or each in "_=,.@-" else "-" for each in os.environ.get("USER") or "unknown")
    return f"kubectl-{name}"[:64]


def credential(value: str, now: datetime.datetime) -> dict[str, Any]:
    """Return the ExecCredential that kubectl wants, in the version in which it asked."""
    asked = json.loads(os.environ.get(INFO) or "{}").get("apiVersion")
    until = now + datetime.timedelta(seconds=LIFETIME_SECONDS)
    return {
        "apiVersion": asked if asked in VERSIONS else VERSIONS[0],
        "kind": "ExecCredential",
        "spec": {},
        "status": {"expirationTimestamp": until.strftime("%Y-%m-%dT%H:%M:%SZ"), "token": value},
    }


def main(arguments: list[str] | None = None) -> int:
    """Print a credential; return the exit code."""
    parser = argparse.ArgumentParser(description="Print a token to log in to an EKS cluster with, as `aws eks get-token` does.")
    parser.add_argument("--cluster-name", required=True)
    parser.add_argument("--region", required=True)
    parser.add_argument("--role-arn", default="", help="a role to assume first")
    asked = parser.parse_args(arguments)
    if "botocore" not in globals():
        sys.stderr.write(f"{sys.executable} has no botocore. Write the kubeconfig again, with playbooks/kubeconfig.yml\n")
        return 1
    now = datetime.datetime.now(tz=datetime.UTC)
    try:
        value = token(asked.cluster_name, asked.region, asked.role_arn)
    except CredentialError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(json.dumps(credential(value, now)) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
