# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Login tokens of EKS, made by signing an address of STS.  Private to the collection."""

from __future__ import annotations

import base64
from typing import Any, Final

PREFIX: Final = "k8s-aws-v1."
CLUSTER_HEADER: Final = "x-k8s-aws-id"
SIGNED_SECONDS: Final = 60
"""How long the signed address can be played, as the AWS command line and aws-iam-authenticator have it."""
LIFETIME_SECONDS: Final = 14 * 60
"""How long a token is used. EKS takes it for 15 minutes from its signature."""

_PARAMETER: Final = "ClusterName"
_CONTEXT: Final = "stratum_eks_cluster"


def signed(client: Any, cluster: str) -> str:
    """Return a token for a cluster, signed with the credentials of a boto3 client of STS in the cluster's region; nothing is sent.

    NoCredentialsError (botocore) when the client has none.
    """
    events = client.meta.events
    # An id keeps a client that signs often from signing the header more than once. Botocore wants another id for each handler.
    events.register("provide-client-params.sts.GetCallerIdentity", _keep_cluster, unique_id="stratum-eks-token-cluster")
    events.register("before-sign.sts.GetCallerIdentity", _add_header, unique_id="stratum-eks-token-header")
    address: str = client.generate_presigned_url(
        "get_caller_identity", Params={_PARAMETER: cluster}, ExpiresIn=SIGNED_SECONDS, HttpMethod="GET"
    )
    return PREFIX + base64.urlsafe_b64encode(address.encode()).decode().rstrip("=")


def _keep_cluster(params: dict[str, Any], context: dict[str, Any], **_kwargs: Any) -> None:
    if _PARAMETER in params:
        context[_CONTEXT] = params.pop(_PARAMETER)


def _add_header(request: Any, **_kwargs: Any) -> None:
    cluster = request.context.get(_CONTEXT)
    if cluster:
        request.headers[CLUSTER_HEADER] = cluster
