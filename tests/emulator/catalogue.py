# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What AWS sells, as the emulator knows it: the same data that the collection's preflight reads.

Versions that AWS has retired are sold here, so a stack written years ago can still be tried.
"""

from __future__ import annotations

from ansible_collections.stratum.aws.plugins.plugin_utils.checks._catalogue import (
    DEFAULT_REGION,
    CatalogueError,
    ec2_instance_types,
    elasticache_engine_versions,
    elasticache_engines,
    elasticache_node_types,
    rds_engine_versions,
    rds_engines,
    rds_instance_classes,
    rds_instance_classes_for_version,
    rds_retired_engine_versions,
    regions,
)

__all__ = [
    "DEFAULT_REGION",
    "CatalogueError",
    "ec2_instance_types",
    "elasticache_engine_versions",
    "elasticache_engines",
    "elasticache_node_types",
    "rds_engine_versions",
    "rds_engines",
    "rds_instance_classes",
    "rds_instance_classes_for_version",
    "rds_retired_engine_versions",
    "regions",
]
