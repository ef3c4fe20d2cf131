# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a module finds the API of a cluster and logs in to it.  Private to the collection."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from ansible_collections.stratum.aws.plugins.module_utils._eks_token import LIFETIME_SECONDS, signed
from ansible_collections.stratum.aws.plugins.module_utils._kubernetes_api import ApiError, KubernetesApi

with suppress(ImportError):  # AnsibleAWSModule says what is missing
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError

LOGIN_OPTIONS: dict[str, dict[str, Any]] = {
    "cluster": {"aliases": ["cluster_name"]},
    "host": {},
    "ca_data": {},
    "api_key": {"no_log": True},
}
"""The options of `stratum.aws.kubernetes`, the documentation fragment."""
LOGIN_CHECKS: dict[str, Any] = {"required_one_of": [["cluster", "api_key"]], "required_by": {"api_key": ["host"]}}


def api_of(module: Any) -> KubernetesApi:
    """Return the API that a module's options name; ApiError or a boto error when there is none."""
    params = module.params
    host, ca_data = params["host"], params["ca_data"]
    if not host:
        host, ca_data = _described(module, params["cluster"])
    token = (lambda: str(params["api_key"])) if params["api_key"] else renewing(lambda: signed(_sts(module), params["cluster"]))
    return KubernetesApi(host, ca_data, token, name=params["cluster"] or "")


def renewing(sign: Callable[[], str]) -> Callable[[], str]:
    """Return a function that gives a token that EKS takes still, signed anew when the last one gets old."""
    last: tuple[float, str] | None = None

    def token() -> str:
        nonlocal last
        if last is None or time.monotonic() - last[0] > LIFETIME_SECONDS - 60:
            last = (time.monotonic(), sign())
        return last[1]

    return token


def _sts(module: Any) -> Any:
    # EKS plays only addresses of AWS's own STS, so one that is set for tests must not get into a token.
    return module.client("sts", endpoint=None, config=Config(ignore_configured_endpoint_urls=True))  # type: ignore[call-arg]


def _described(module: Any, cluster: str) -> tuple[str, str]:
    try:
        found = module.client("eks").describe_cluster(name=cluster)["cluster"]
    except ClientError as error:
        if error.response["Error"]["Code"] == "ResourceNotFoundException":
            raise ApiError(
                f"There is no EKS cluster {cluster} in this region. Correct the option cluster, or the region", 404, "NoCluster"
            ) from None
        raise
    if not found.get("endpoint"):
        raise ApiError(f"The EKS cluster {cluster} has no API yet, it is {found.get('status')}. Run again when it is ACTIVE")
    return found["endpoint"], found["certificateAuthority"]["data"]


def fail(module: Any, title: str, error: Exception) -> None:
    """End a module that could not do its work: `title` is what it was about."""
    if isinstance(error, BotoCoreError | ClientError):
        module.fail_json_aws(error, msg=f"{title}: AWS was not reached or refused")
    module.fail_json(msg=f"{title}: {error}")
