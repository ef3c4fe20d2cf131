# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The deployment configurations of CodeDeploy: those of AWS, by their documented names and figures, and an account's own."""

from __future__ import annotations

import uuid
from typing import Any, Final

_ALL: Final = {"type": "AllAtOnce"}


def _canary(percent: int, minutes: int) -> dict[str, Any]:
    return {"type": "TimeBasedCanary", "timeBasedCanary": {"canaryPercentage": percent, "canaryInterval": minutes}}


def _linear(percent: int, minutes: int) -> dict[str, Any]:
    return {"type": "TimeBasedLinear", "timeBasedLinear": {"linearPercentage": percent, "linearInterval": minutes}}


_ECS: Final = {
    "ECSAllAtOnce": _ALL,
    "ECSCanary10Percent5Minutes": _canary(10, 5),
    "ECSCanary10Percent15Minutes": _canary(10, 15),
    "ECSLinear10PercentEvery1Minutes": _linear(10, 1),
    "ECSLinear10PercentEvery3Minutes": _linear(10, 3),
}
_LAMBDA: Final = {
    "LambdaAllAtOnce": _ALL,
    **{f"LambdaCanary10Percent{minutes}Minutes": _canary(10, minutes) for minutes in (5, 10, 15, 30)},
    **{f"LambdaLinear10PercentEvery{minutes}Minute{'s' if minutes > 1 else ''}": _linear(10, minutes) for minutes in (1, 2, 3, 10)},
}
_SERVERS: Final = {
    "AllAtOnce": {"type": "HOST_COUNT", "value": 0},
    "HalfAtATime": {"type": "FLEET_PERCENT", "value": 50},
    "OneAtATime": {"type": "FLEET_PERCENT", "value": 99},
}
AWS: Final[dict[str, dict[str, Any]]] = {
    **{f"CodeDeployDefault.{name}": {"computePlatform": "ECS", "trafficRoutingConfig": routing} for name, routing in _ECS.items()},
    **{f"CodeDeployDefault.{name}": {"computePlatform": "Lambda", "trafficRoutingConfig": routing} for name, routing in _LAMBDA.items()},
    **{f"CodeDeployDefault.{name}": {"computePlatform": "Server", "minimumHealthyHosts": hosts} for name, hosts in _SERVERS.items()},
}


def _error(code: str, message: str) -> Exception:
    from moto.codedeploy.exceptions import CodeDeployException

    return CodeDeployException(code, message)


def _own(backend: Any) -> dict[str, dict[str, Any]]:
    kept: dict[str, dict[str, Any]] = backend.__dict__.setdefault("deployment_configs", {})
    return kept


def find(backend: Any, name: str) -> dict[str, Any]:
    """Return a configuration by its name."""
    found = AWS.get(name) or _own(backend).get(name)
    if found is None:
        raise _error("DeploymentConfigDoesNotExistException", f"No Deployment Configuration found for name: {name}")
    return {"deploymentConfigName": name, "deploymentConfigId": str(uuid.uuid5(uuid.NAMESPACE_OID, name)), **found}


def get_deployment_config(self: Any) -> Any:
    """Return one configuration."""
    from moto.core.responses import ActionResult

    return ActionResult({"deploymentConfigInfo": find(self.codedeploy_backend, self._get_param("deploymentConfigName"))})


def list_deployment_configs(self: Any) -> Any:
    """List the names of all configurations."""
    from moto.core.responses import ActionResult

    return ActionResult({"deploymentConfigsList": [*AWS, *_own(self.codedeploy_backend)]})


def create_deployment_config(self: Any) -> Any:
    """Make a configuration of the account's own."""
    from moto.core.responses import ActionResult

    name, own = self._get_param("deploymentConfigName"), _own(self.codedeploy_backend)
    if name in AWS or name in own:
        raise _error("DeploymentConfigAlreadyExistsException", f"The deployment configuration {name} already exists.")
    parts = {key: self._get_param(key) for key in ("computePlatform", "trafficRoutingConfig", "minimumHealthyHosts", "zonalConfig")}
    own[name] = {"computePlatform": "Server", **{key: value for key, value in parts.items() if value}}
    return ActionResult({"deploymentConfigId": find(self.codedeploy_backend, name)["deploymentConfigId"]})


def delete_deployment_config(self: Any) -> Any:
    """Delete a configuration that no group uses."""
    from moto.core.responses import EmptyResult

    backend, name = self.codedeploy_backend, self._get_param("deploymentConfigName")
    if name in AWS:
        raise _error("InvalidOperationException", "A configuration of AWS cannot be deleted.")
    if any(str(group.deployment_config_name) == name for groups in backend.deployment_groups.values() for group in groups.values()):
        raise _error("DeploymentConfigInUseException", f"The deployment configuration {name} is in use.")
    _own(backend).pop(name, None)
    return EmptyResult()


OPERATIONS: Final = (get_deployment_config, list_deployment_configs, create_deployment_config, delete_deployment_config)
