# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The statements for what controllers in an EKS cluster have made, which a destroy removes with the cluster. Pure.

It bears the cluster's tags and not the stack's, and the account in which a destroy was observed may have had none of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from ansible_collections.stratum.aws.plugins.plugin_utils.policies._iam_resources import Scope
from ansible_collections.stratum.aws.plugins.plugin_utils.policies._iam_statements import Statement, statement

_ON_EC2: Final = frozenset(
    {"ec2:DeleteSecurityGroup", "ec2:DeleteVolume", "ec2:RevokeSecurityGroupEgress", "ec2:RevokeSecurityGroupIngress"}
)
_ON_BALANCERS: Final = frozenset({"elasticloadbalancing:DeleteLoadBalancer", "elasticloadbalancing:DeleteTargetGroup"})
_BALANCERS: Final = ("loadbalancer/*", "targetgroup/*")


def clusters_in(arns: Iterable[str]) -> list[str]:
    """Return the names of the EKS clusters among these ARNs."""
    return sorted({arn.partition(":cluster/")[2] for arn in arns if ":eks:" in arn and ":cluster/" in arn})


def statements(clusters: Iterable[str], scope: Scope) -> Iterator[Statement]:
    """Yield what removing the leftovers of these clusters needs, by each of the tags that controllers give."""
    everything = {scope.arn("ec2:{region}:{account}:*/*")}
    balancers = {scope.arn("elasticloadbalancing:{region}:{account}:{value}", kind) for kind in _BALANCERS}
    for cluster in clusters:
        owned = {f"aws:ResourceTag/kubernetes.io/cluster/{cluster}": "owned"}
        controlled = {"aws:ResourceTag/elbv2.k8s.aws/cluster": cluster}
        for tags in (owned, controlled):
            yield statement(_ON_EC2 | _ON_BALANCERS, everything | balancers, {"StringEquals": tags})
        volumes = {scope.arn("ec2:{region}:{account}:volume/*")}
        yield statement({"ec2:DeleteVolume"}, volumes, {"StringEquals": {"aws:ResourceTag/KubernetesCluster": cluster}})
        # An interface that a plugin has left bears no tag of its own in all cases; one that is in use cannot be deleted.
        yield statement({"ec2:DeleteNetworkInterface"}, {scope.arn("ec2:{region}:{account}:network-interface/*")}, {})
