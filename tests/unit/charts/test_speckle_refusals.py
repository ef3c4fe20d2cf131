# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""charts/speckle-server refuses values that it does not know or that cannot be right, and says which."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests import charts

CHART = "speckle-server"

REFUSED: list[tuple[dict[str, Any], str]] = [
    # Names that are not known.
    ({"docker_image_tags": "2"}, "Additional property docker_image_tags is not allowed"),
    ({"server": {"replica": 2}}, "server: Additional property replica is not allowed"),
    ({"test": {"replicas": 2}}, "test: Additional property replicas is not allowed"),
    ({"test": {"enabled": True}}, "test: Additional property enabled is not allowed"),
    ({"workloads": {"replicas": 2}}, "workloads: Additional property replicas is not allowed"),
    ({"server": {"hpa": {"enabled": True}}}, "server: Additional property hpa is not allowed"),
    ({"ingress": {"orders": {"pgadmin": 30}}}, "ingress.orders: Additional property pgadmin is not allowed"),
    ({"ingress": {"listenPorts": [{"TCP": 80}]}}, "ingress.listenPorts.0: Additional property TCP is not allowed"),
    ({"server": {"livenessProbe": {"periodSecond": 5}}}, "server.livenessProbe: Additional property periodSecond is not allowed"),
    ({"featureFlags": {"workspaceModuleEnabled": True}}, "Additional property workspaceModuleEnabled is not allowed"),
    # Wrong types.
    ({"docker_image_tag": 2}, "docker_image_tag: Invalid type. Expected: string, given: integer"),
    ({"create_namespace": "false"}, "create_namespace: Invalid type. Expected: boolean, given: string"),
    ({"server": {"image": "speckle/speckle-server:2"}}, "server.image: Invalid type. Expected: object, given: string"),
    ({"server": {"replicas": "1"}}, "server.replicas: Invalid type. Expected: integer, given: string"),
    ({"server": {"additionalEnvVars": [{"name": "PORT", "value": 3000}]}}, "server.additionalEnvVars.0.value: Invalid type."),
    ({"tlsRejectUnauthorized": 0}, "tlsRejectUnauthorized must be one of the following"),
    # Numbers out of range.
    ({"server": {"replicas": -1}}, "server.replicas: Must be greater than or equal to 0"),
    ({"preview_service": {"hpa": {"maxReplicas": 0}}}, "preview_service.hpa.maxReplicas: Must be greater than or equal to 1"),
    ({"monitoring": {"metricsCollectionPeriodSeconds": 0}}, "metricsCollectionPeriodSeconds: Must be greater than or equal to 1"),
    ({"webhook_service": {"terminationGracePeriodSeconds": -1}}, "terminationGracePeriodSeconds: Must be greater than or equal to 0"),
    ({"ingress": {"orders": {"minion": 1001}}}, "ingress.orders.minion: Must be less than or equal to 1000"),
    ({"db": {"networkPolicy": {"port": 70000}}}, "db.networkPolicy.port: Must be less than or equal to 65535"),
    # Words and forms.
    ({"ingress": {"scheme": "public"}}, 'ingress.scheme must be one of the following: "internet-facing", "internal"'),
    ({"ingress": {"targetType": "pod"}}, 'ingress.targetType must be one of the following: "ip", "instance"'),
    ({"ingress": {"loadBalancerName": "a-name-that-is-longer-than-thirty-two"}}, "ingress.loadBalancerName: Does not match pattern"),
    ({"ingress": {"certificateArn": "certificate/1"}}, "ingress.certificateArn: Does not match pattern"),
    ({"networkPlugin": {"type": "calico"}}, 'networkPlugin.type must be one of the following: "kubernetes", "cilium"'),
    ({"server": {"strategy": {"type": "Rolling"}}}, 'server.strategy.type must be one of the following: "RollingUpdate", "Recreate"'),
    ({"server": {"strategy": {"rollingUpdate": {"maxSurge": "250%"}}}}, "server.strategy.rollingUpdate.maxSurge: Does not match pattern"),
    ({"imagePullPolicy": "Sometimes"}, "imagePullPolicy must be one of the following"),
    ({"db": {"PGSSLMODE": "on"}}, "db.PGSSLMODE must be one of the following"),
    ({"objects": {"limits": {"memory": "3GB"}}}, "objects.limits.memory: Does not match pattern"),
    ({"objects": {"requests": {"cpu": "one"}}}, "objects.requests.cpu: Does not match pattern"),
    ({"server": {"image": {"tag": "2 "}}}, "server.image.tag: Does not match pattern"),
    ({"server": {"image": {"digest": "sha256:1"}}}, "server.image.digest: Does not match pattern"),
    ({"domain": "https://speckle.test"}, "domain: Does not match pattern"),
    ({"namespace": "Speckle"}, "namespace: Does not match pattern"),
    ({"db": {"networkPolicy": {"cidrs": ["10.0.20.1"]}}}, "db.networkPolicy.cidrs.0: Does not match pattern"),
]


@pytest.mark.parametrize(("values", "message"), REFUSED, ids=[json.dumps(values) for values, _message in REFUSED])
def test_refused(values: dict[str, Any], message: str) -> None:
    assert message in charts.refused(CHART, values)


@pytest.mark.parametrize(
    "values",
    [
        {"objects": {"limits": {"memory": "3Gi", "cpu": 2, "ephemeral-storage": "1.5Gi"}}},
        {"server": {"strategy": {"rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}}}},
        {"ingress": {"certificateArn": "arn:aws-cn:acm:cn-north-1:123456789012:certificate/1"}},
        {"namespace": "", "cert_manager_issuer": ""},
        {"s3": {"endpoint": "http://minio:9000", "bucket": "files"}},
        {"global": {"anything": 1}},
    ],
    ids=json.dumps,
)
def test_taken(values: dict[str, Any]) -> None:
    assert charts.render(CHART, values)


def _paths(values: Any, prefix: str = "") -> set[str]:
    if not isinstance(values, dict):
        return set()
    return {prefix + key for key in values}.union(*(_paths(value, f"{prefix}{key}.") for key, value in values.items()))


def _known(schema: dict[str, Any], path: list[str], root: dict[str, Any]) -> bool:
    """Whether the schema names the path (and does not merely let it pass)."""
    if "$ref" in schema:
        schema = root["definitions"][schema["$ref"].rpartition("/")[2]]
    if not path:
        return True
    named = schema.get("properties", {}).get(path[0])
    candidates = [named] if isinstance(named, dict) else []
    for part in schema.get("allOf", []):
        if _known(part, path, root):
            return True
    if isinstance(schema.get("additionalProperties"), dict):
        candidates.append(schema["additionalProperties"])
    # Kubernetes' own objects, which the API checks.
    if schema.get("type") == "object" and "properties" not in schema and schema.get("additionalProperties") is not False:
        return True
    return any(_known(candidate, path[1:], root) for candidate in candidates)


@pytest.mark.parametrize("chart", [CHART, "pgadmin"])
def test_the_schema_names_every_value(chart: str) -> None:
    folder: Path = charts.CHARTS / chart
    schema = json.loads((folder / "values.schema.json").read_text(encoding="utf-8"))
    values = yaml.safe_load((folder / "values.yaml").read_text(encoding="utf-8"))
    assert [path for path in sorted(_paths(values)) if not _known(schema, path.split("."), schema)] == []


def test_all_workloads_take_what_all_workloads_share() -> None:
    schema = json.loads((charts.CHARTS / CHART / "values.schema.json").read_text(encoding="utf-8"))
    shared = schema["definitions"]["workload"]["properties"].keys()
    for key in ("server", "objects", "frontend_2", "preview_service", "webhook_service", "fileimport_service", "monitoring", "test"):
        assert shared <= schema["properties"][key]["properties"].keys(), key
