# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How long the modules that wait usually take, so that the longest chain starts first. Pure.

Only the order of starting depends on these figures; a wrong one costs time, never correctness.
"""

from __future__ import annotations

from typing import Final

_DEFAULT_SECONDS: Final = 2.0
_TYPICAL_SECONDS: Final[dict[str, float]] = {
    "amazon.aws.ec2_vpc_nat_gateway": 90,
    "amazon.aws.ec2_instance": 30,
    "amazon.aws.elb_application_lb": 120,
    "amazon.aws.rds_instance": 700,
    "community.aws.eks_nodegroup": 150,
    "community.aws.elb_network_lb": 120,
    "community.aws.cloudfront_distribution": 170,
    "kubernetes.core.helm": 60,
    "stratum.aws.acm_certificate_request": 60,
    "stratum.aws.eks_addon": 60,
    "stratum.aws.eks_cluster": 900,
    "stratum.aws.elasticache_replication_group": 700,
    "stratum.aws.opensearch_domain": 1700,
}


def typical_seconds(module: str) -> float:
    """Return the seconds that creating this module's resource typically takes."""
    return _TYPICAL_SECONDS.get(module, _DEFAULT_SECONDS)
