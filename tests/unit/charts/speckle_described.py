# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Speckle's workloads as its description has them: what the chart renders and what a cluster runs are compared with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

PROBES = ("startupProbe", "livenessProbe", "readinessProbe")

ROLLING = {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": "25%", "maxSurge": "25%"}}
RECREATE = {"type": "Recreate"}


@dataclass(frozen=True)
class Workload:
    """A section of "Kubernetes Pods/Deployments": what it says, and nothing that it does not."""

    image: str
    container: str
    # Name and number of each port.
    ports: dict[str, int]
    priority: str
    requests: dict[str, str] = field(default_factory=dict)
    limits: dict[str, str] = field(default_factory=dict)
    strategy: dict[str, Any] = field(default_factory=lambda: ROLLING)
    # HTTP path and, where given, period in seconds, by probe.
    probes: dict[str, tuple[str, int | None]] = field(default_factory=dict)
    grace_seconds: int | None = None
    replicas: int = 1


SERVER_PROBES: dict[str, tuple[str, int | None]] = {
    "startupProbe": ("/liveness", 10),
    "livenessProbe": ("/liveness", 60),
    "readinessProbe": ("/readiness", 4),
}

DESCRIBED = {
    "speckle-server": Workload(
        image="speckle/speckle-server:2",
        container="speckle-server",
        ports={"http": 3000},
        priority="high-priority",
        probes=SERVER_PROBES,
    ),
    "speckle-objects": Workload(
        image="speckle/speckle-server:2",
        container="speckle-server",
        ports={"http": 3000},
        requests={"cpu": "1000m", "memory": "1Gi"},
        limits={"cpu": "1500m", "memory": "3Gi"},
        priority="high-priority",
        probes=SERVER_PROBES,
    ),
    "speckle-frontend-2": Workload(
        image="speckle/speckle-frontend-2:2",
        container="speckle-frontend-2",
        ports={"www": 8080},
        requests={"cpu": "250m", "memory": "256Mi"},
        limits={"cpu": "1000m", "memory": "512Mi"},
        priority="high-priority",
        probes={"livenessProbe": ("/api/status", 5), "readinessProbe": ("/api/status", 5)},
    ),
    "speckle-preview-service": Workload(
        image="speckle/speckle-preview-service:2",
        container="speckle-preview-service",
        ports={"metrics": 3001},
        requests={"cpu": "500m", "memory": "2Gi"},
        limits={"cpu": "1000m", "memory": "4Gi"},
        priority="low-priority",
        strategy=RECREATE,
        probes={"livenessProbe": ("/liveness", 60), "readinessProbe": ("/readiness", None)},
    ),
    "speckle-webhook-service": Workload(
        image="speckle/speckle-webhook-service:2",
        container="speckle-webhook-service",
        ports={"metrics": 9095},
        priority="low-priority",
        grace_seconds=30,
    ),
    "speckle-fileimport-service": Workload(
        image="speckle/speckle-fileimport-service:2",
        container="speckle-fileimport-service",
        ports={"metrics": 9093},
        requests={"cpu": "100m", "memory": "512Mi"},
        limits={"cpu": "1000m", "memory": "2Gi"},
        priority="low-priority",
        strategy=RECREATE,
        grace_seconds=610,
    ),
    "speckle-ifc-import-service": Workload(
        image="speckle/speckle-ifc-import-service:2",
        container="speckle-ifc-import-service",
        ports={"metrics": 9093, "healthz": 9080},
        requests={"cpu": "100m", "memory": "512Mi"},
        limits={"cpu": "1000m", "memory": "2Gi"},
        priority="low-priority",
        strategy=RECREATE,
        probes={"startupProbe": ("/healthz", None), "livenessProbe": ("/healthz", None), "readinessProbe": ("/healthz", None)},
        grace_seconds=610,
    ),
    "speckle-monitoring": Workload(
        image="speckle/speckle-monitor-deployment:2",
        container="speckle-monitor-deployment",
        ports={"metrics": 9092},
        requests={"cpu": "100m", "memory": "64Mi"},
        limits={"cpu": "200m", "memory": "512Mi"},
        priority="low-priority",
        probes={"livenessProbe": ("/", None), "readinessProbe": ("/metrics", None)},
    ),
}
