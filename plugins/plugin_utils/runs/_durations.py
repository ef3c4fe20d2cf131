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
    "amazon.aws.ec2_instance": 30,
    "amazon.aws.ec2_vpc_nat_gateway": 90,
    "amazon.aws.rds_instance": 700,
    "stratum.aws.acm_certificate_request": 60,
    "stratum.aws.autoscaling_group": 60,
    "stratum.aws.cloudfront_distribution": 300,
    # A domain of one's own; one of Cognito's is there at once.
    "stratum.aws.cognito_user_pool_domain": 300,
    "stratum.aws.dynamodb_table": 10,
    "stratum.aws.ecs_service": 120,
    "stratum.aws.efs_mount_target": 90,
    "stratum.aws.eks_addon": 60,
    "stratum.aws.eks_cluster": 900,
    "stratum.aws.eks_nodegroup": 150,
    "stratum.aws.elasticache_replication_group": 700,
    "stratum.aws.elbv2_load_balancer": 150,
    "stratum.aws.helm_release": 60,
    "stratum.aws.lambda_function": 10,
    "stratum.aws.opensearch_domain": 1700,
    "stratum.aws.servicediscovery_namespace": 30,
    "stratum.aws.synthetics_canary": 30,
}


def typical_seconds(module: str) -> float:
    """Return the seconds that creating this module's resource typically takes."""
    return _TYPICAL_SECONDS.get(module, _DEFAULT_SECONDS)
