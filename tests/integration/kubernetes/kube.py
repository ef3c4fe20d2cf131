# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A namespace of a real cluster, with our modules and kubectl on it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from tests.integration.modules.running import ModuleResult, run

from .real_cluster import Cluster

Document = dict[str, Any]


@dataclass
class Kube:
    """A namespace of `cluster`; `tokens` are those of accounts by name."""

    cluster: Cluster
    tokens: dict[str, str]
    namespace: str
    environment: dict[str, str] = field(default_factory=lambda: {"AWS_REGION": "ca-central-1"})

    @property
    def login(self) -> Document:
        """What the modules are told of the API."""
        return {"host": self.cluster.plane.endpoint, "ca_data": self.cluster.plane.ca_data}

    def module(self, name: str, /, *, check: bool = False, account: str = "admin", **options: Any) -> ModuleResult:
        """Run a module of ours as an account, and return its result."""
        login = {**self.login, "api_key": self.tokens[account]}
        return run(name, {**login, **options}, self.environment, check, diff=True)

    def kubectl(self, *command: str, here: bool = True, stdin: str | None = None) -> str:
        """Run kubectl as the administrator, in the namespace unless `here` is false."""
        return self.cluster.run("kubectl", *command, *(["--namespace", self.namespace] if here else []), stdin=stdin)

    def get(self, *what: str) -> Document:
        """Return an object, or a list of them, of the namespace."""
        found: Document = json.loads(self.kubectl("get", *what, "--output", "json", "--show-managed-fields"))
        return found

    def gone(self, *what: str) -> bool:
        """Return whether there is no such object."""
        return not self.kubectl("get", *what, "--ignore-not-found", "--output", "name").strip()

    def versions(self) -> dict[str, str]:
        """Return the resource versions of what modules and helm write here: another one says that something was written."""
        kinds = (
            "configmaps,secrets,services,deployments,persistentvolumeclaims,serviceaccounts,roles,rolebindings,ingresses,networkpolicies"
        )
        more = "horizontalpodautoscalers,poddisruptionbudgets,jobs,statefulsets,limitranges,resourcequotas"
        items = self.get(f"{kinds},{more}")["items"]
        # The status of a workload changes by itself.
        return {
            f"{item['kind']}/{item['metadata']['name']}": str(item["metadata"].get("generation") or item["metadata"]["resourceVersion"])
            for item in items
        }
