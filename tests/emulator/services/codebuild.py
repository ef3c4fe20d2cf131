# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""CodeBuild: moto updates no projects, wants a location where the pipeline is the source, and knows neither defaults nor limits.

Here a project is refused as AWS refuses it (a role that CodeBuild may not assume, times out of range, a privileged Lambda machine),
gets AWS's defaults, and shows what it was given: concurrency, sources by connections, caches. Builds succeed by themselves, as in moto.
"""

from __future__ import annotations

import json
from typing import Any, Final

from ._patching import put, wrap

_OPTIONS: Final = {
    "description": "description",
    "source": "source",
    "secondarySources": "secondarySources",
    "sourceVersion": "sourceVersion",
    "artifacts": "artifacts",
    "cache": "cache",
    "environment": "environment",
    "serviceRole": "serviceRole",
    "timeoutInMinutes": "timeoutInMinutes",
    "queuedTimeoutInMinutes": "queuedTimeoutInMinutes",
    "encryptionKey": "encryptionKey",
    "tags": "tags",
    "vpcConfig": "vpcConfig",
    "logsConfig": "logsConfig",
    "concurrentBuildLimit": "concurrentBuildLimit",
    "autoRetryLimit": "autoRetryLimit",
}
_TIMES: Final = {"timeoutInMinutes": (5, 2160, 60), "queuedTimeoutInMinutes": (5, 480, 480)}
_LOCATED: Final = frozenset({"BITBUCKET", "CODECOMMIT", "GITHUB", "GITHUB_ENTERPRISE", "GITLAB", "GITLAB_SELF_MANAGED", "S3"})


def _invalid(message: str) -> Exception:
    from moto.codebuild.exceptions import InvalidInputException

    return InvalidInputException(message)


def _check_source(source: dict[str, Any]) -> None:
    if source["type"] not in _LOCATED | {"CODEPIPELINE", "NO_SOURCE"}:
        raise _invalid("Invalid type provided: Project source type")
    if source["type"] in _LOCATED and not source.get("location"):
        raise _invalid("Project source location is required")
    if source["type"] == "CODEPIPELINE" and source.get("location"):
        raise _invalid("Invalid source: a source of type CODEPIPELINE has no location")
    if source["type"] == "NO_SOURCE" and not source.get("buildspec"):
        raise _invalid("Invalid project source: a buildspec is needed where there is no source")


def _check_artifacts(artifacts: dict[str, Any]) -> None:
    if artifacts["type"] not in ("CODEPIPELINE", "S3", "NO_ARTIFACTS"):
        raise _invalid("Invalid type provided: Artifact type")
    if artifacts["type"] == "S3" and not artifacts.get("location"):
        raise _invalid("Invalid artifacts: location is required for artifacts in S3")
    if artifacts["type"] != "S3" and artifacts.get("location"):
        raise _invalid(f"Invalid artifacts: artifact type {artifacts['type']} should have null location")


def _check_environment(environment: dict[str, Any]) -> None:
    serverless = "LAMBDA" in environment["type"]
    if serverless != environment["computeType"].startswith("BUILD_LAMBDA"):
        raise _invalid(f"Invalid compute type provided: {environment['computeType']}")
    if serverless and environment.get("privilegedMode"):
        raise _invalid("Invalid environment: privileged mode is not supported for Lambda compute")


def _check_role(account_id: str, region_name: str, service_role: str) -> None:
    from moto.iam.models import iam_backends
    from moto.utilities.utils import get_partition

    partition = get_partition(region_name)
    if not service_role.startswith(f"arn:{partition}:iam::{account_id}:role/"):
        raise _invalid("Invalid service role: Service role account ID does not match caller's account")
    roles = {role.arn: role for role in iam_backends[account_id][partition].roles.values()}
    trust = json.loads(roles[service_role].assume_role_policy_document) if service_role in roles else {"Statement": []}
    services = [statement.get("Principal", {}).get("Service", []) for statement in trust["Statement"]]
    if not any("codebuild.amazonaws.com" in ([each] if isinstance(each, str) else each) for each in services):
        raise _invalid(f"CodeBuild is not authorized to perform: sts:AssumeRole on service role {service_role}.")


def _completed(response: Any, project: dict[str, Any]) -> None:
    """Check what a project is made of and fill in what AWS fills in."""
    _check_source(project["source"])
    _check_artifacts(project["artifacts"])
    _check_environment(project["environment"])
    _check_role(response.current_account, response.region, project["serviceRole"])
    for name, (least, most, default) in _TIMES.items():
        project[name] = project.get(name) or default
        if not least <= project[name] <= most:
            raise _invalid(f"Invalid timeout: {name} must be between {least} and {most} minutes")
    environment = project["environment"]
    environment.setdefault("privilegedMode", False)
    environment.setdefault("imagePullCredentialsType", "CODEBUILD")
    environment["environmentVariables"] = [{"type": "PLAINTEXT", **each} for each in environment.get("environmentVariables") or []]
    if project["source"]["type"] in _LOCATED:
        project["source"].setdefault("gitCloneDepth", 1)
    project["artifacts"].setdefault("name", project["name"])
    project["artifacts"].setdefault("encryptionDisabled", False)
    if (project.get("concurrentBuildLimit") or 0) < 0:
        del project["concurrentBuildLimit"]
    if not (project.get("vpcConfig") or {}).get("vpcId"):
        project.pop("vpcConfig", None)
    project["tags"] = project.get("tags") or []


def _create(original: Any, self: Any) -> Any:
    answer = original(self)
    name = self._get_param("name")
    projects = self.codebuild_backend.codebuild_projects
    try:
        _take(self, projects[name])
    except Exception:
        del projects[name]
        raise
    return answer


def _take(response: Any, project: Any) -> None:
    """Give a project what the request says."""
    # All or nothing: a request that is refused leaves the project as it was.
    wanted = json.loads(json.dumps(project.project_metadata, default=str)) | {
        key: project.project_metadata[key] for key in ("created", "lastModifiedDate")
    }
    for parameter, key in _OPTIONS.items():
        if (value := response._get_param(parameter)) is not None:
            wanted[key] = value
    _completed(response, wanted)
    project.project_metadata.clear()
    project.project_metadata.update(wanted)
    project.service_role, project.tags = wanted["serviceRole"], wanted["tags"]


def update_project(self: Any) -> Any:
    """Change the parts of a project that are given."""
    from moto.codebuild.exceptions import ResourceNotFoundException
    from moto.core.responses import ActionResult
    from moto.core.utils import unix_time

    name = self._get_param("name")
    project = self.codebuild_backend.codebuild_projects.get(name)
    if project is None:
        raise ResourceNotFoundException(f"Project cannot be found: {name}")
    _take(self, project)
    project.project_metadata["lastModifiedDate"] = unix_time()
    return ActionResult({"project": project.project_metadata})


def _batch_get(original: Any, self: Any) -> Any:
    answer = original(self)
    found = {each for project in answer.result["projects"] for each in (project["name"], project["arn"])}
    answer.result["projectsNotFound"] = [name for name in self._get_param("names") if name not in found]
    return answer


def install() -> None:
    """Apply the corrections."""
    from moto.codebuild import responses
    from moto.codebuild.responses import CodeBuildResponse

    def unchecked(*_arguments: Any) -> None:
        """Leave to `_completed` what moto checks otherwise than AWS."""

    for part in ("source", "artifacts", "service_role", "environment"):
        put(responses, f"_validate_required_params_{part}", unchecked)
    wrap(CodeBuildResponse, "create_project", _create)
    wrap(CodeBuildResponse, "batch_get_projects", _batch_get)
    put(CodeBuildResponse, "update_project", update_project)
