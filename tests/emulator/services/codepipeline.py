# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""CodePipeline: moto takes any stages, refuses trust policies with several services, and ends each execution as soon as it began.

Here a pipeline is refused as AWS refuses it (sources that are not in the first stage, artifacts that nobody writes, names that are used
twice, triggers of a V1 pipeline), gets AWS's defaults, and runs: an execution goes through its stages and waits at the first approval that
nobody has given, which `GetPipelineState` shows with its token and `PutApprovalResult` answers. No action does anything.
"""

from __future__ import annotations

import json
import time
import uuid
from typing import Any, Final

from ._patching import put, wrap

_LEAST_STAGES: Final = 2
_MOST_RUN_ORDER: Final = 999


def _error(code: str, message: str) -> Exception:
    from moto.core.exceptions import JsonRESTError

    return JsonRESTError(code, message)


def _check_role(backend: Any, arn: str) -> None:
    roles = {role.arn: role for role in backend.iam_backend.roles.values()}
    trust = json.loads(roles[arn].assume_role_policy_document) if arn in roles else {"Statement": []}
    services = [statement.get("Principal", {}).get("Service", []) for statement in trust["Statement"]]
    if not any("codepipeline.amazonaws.com" in ([each] if isinstance(each, str) else each) for each in services):
        raise _error("InvalidStructureException", f"CodePipeline is not authorized to perform AssumeRole on role {arn}")


def _once(names: list[str], what: str, code: str) -> None:
    for name in names:
        if names.count(name) > 1:
            raise _error(code, f"The {what} {name} is used more than once.")


def _check_actions(stages: list[dict[str, Any]]) -> None:
    written: set[str] = set()
    for position, stage in enumerate(stages):
        if not stage["actions"]:
            raise _error("InvalidStageDeclarationException", f"Stage '{stage['name']}' has no actions")
        _once([action["name"] for action in stage["actions"]], "action name", "InvalidActionDeclarationException")
        for action in sorted(stage["actions"], key=lambda each: int(each.get("runOrder") or 1)):
            kind = action["actionTypeId"]["category"]
            if (kind == "Source") != (position == 0):
                text = f"Action '{action['name']}' of stage '{stage['name']}': source actions are in the first stage, and no others are."
                raise _error("InvalidStageDeclarationException", text)
            if not 1 <= int(action.get("runOrder") or 1) <= _MOST_RUN_ORDER:
                raise _error("InvalidActionDeclarationException", f"Action '{action['name']}' has a run order that is not in 1 to 999")
            for artifact in action.get("inputArtifacts") or []:
                if artifact["name"] not in written:
                    text = f"Action '{action['name']}' reads the artifact '{artifact['name']}', which no action before it writes."
                    raise _error("InvalidActionDeclarationException", text)
            for artifact in action.get("outputArtifacts") or []:
                if artifact["name"] in written:
                    raise _error("InvalidActionDeclarationException", f"The output artifact '{artifact['name']}' is written twice.")
                written.add(artifact["name"])


def _check(backend: Any, pipeline: dict[str, Any]) -> None:
    stages = pipeline["stages"]
    if len(stages) < _LEAST_STAGES:
        text = f"Pipeline has only {len(stages)} stage(s). There should be a minimum of 2 stages in a pipeline"
        raise _error("InvalidStructureException", text)
    _once([stage["name"] for stage in stages], "stage name", "InvalidStageDeclarationException")
    _check_actions(stages)
    _check_role(backend, pipeline["roleArn"])
    if bool(pipeline.get("artifactStore")) == bool(pipeline.get("artifactStores")):
        raise _error("InvalidStructureException", "A pipeline has either artifactStore or artifactStores.")
    if (pipeline.get("pipelineType") or "V1") == "V1" and (pipeline.get("triggers") or pipeline.get("variables")):
        raise _error("InvalidStructureException", "Triggers and variables are supported by pipelines of type V2 only.")
    sources = {action["name"] for action in stages[0]["actions"]}
    for trigger in pipeline.get("triggers") or []:
        if trigger["gitConfiguration"]["sourceActionName"] not in sources:
            raise _error("InvalidStructureException", "A trigger names a source action that is not in the pipeline.")


def _completed(pipeline: dict[str, Any]) -> dict[str, Any]:
    pipeline.setdefault("pipelineType", "V1")
    pipeline.setdefault("executionMode", "SUPERSEDED")
    return pipeline


def _create(original: Any, self: Any, pipeline: dict[str, Any], tags: Any) -> Any:
    if pipeline["name"] in self.pipelines:
        text = f"A pipeline with the name '{pipeline['name']}' already exists in account '{self.account_id}'"
        raise _error("PipelineNameInUseException", text)
    _check(self, pipeline)
    trusted = next(role for role in self.iam_backend.roles.values() if role.arn == pipeline["roleArn"])
    # Moto reads one service per statement only.
    policy, trusted.assume_role_policy_document = trusted.assume_role_policy_document, _TRUST
    try:
        return original(self, _completed(pipeline), tags)
    finally:
        trusted.assume_role_policy_document = policy


_TRUST: Final = json.dumps({"Statement": [{"Principal": {"Service": "codepipeline.amazonaws.com"}}]})


def _update(original: Any, self: Any, pipeline: dict[str, Any]) -> Any:
    if pipeline["name"] in self.pipelines:
        _check(self, pipeline)
    return original(self, _completed(pipeline))


def _start(original: Any, self: Any, name: str, variables: Any) -> Any:
    identifier = original(self, name, variables)
    pipeline = self.pipelines[name]
    execution = pipeline.executions[identifier]
    execution.approvals, execution.ended = {}, {}
    _advance(pipeline, execution)
    return identifier


def _advance(pipeline: Any, execution: Any) -> None:
    """Let an execution go on until an approval is missing."""
    execution.status = "InProgress"
    for stage in pipeline.pipeline["stages"]:
        for action in sorted(stage["actions"], key=lambda each: int(each["runOrder"])):
            key = (stage["name"], action["name"])
            if action["actionTypeId"]["category"] == "Approval" and key not in execution.ended:
                execution.approvals.setdefault(key, str(uuid.uuid4()))
                return
            execution.ended.setdefault(key, "Succeeded")
            if execution.ended[key] == "Failed":
                execution.status = "Failed"
                return
    execution.status = "Succeeded"


def _pipeline(response: Any, name: str) -> Any:
    backend = response.codepipeline_backend
    backend.get_pipeline(name)
    return backend.pipelines[name]


def get_pipeline_state(self: Any) -> str:
    """Say where the newest execution of each stage stands."""
    pipeline = _pipeline(self, self._get_param("name"))
    newest = list(pipeline.executions.values())[-1:]
    stages = []
    for stage in pipeline.pipeline["stages"]:
        actions = []
        for action in stage["actions"]:
            state = {"actionName": action["name"]}
            for execution in newest:
                key = (stage["name"], action["name"])
                status = execution.ended.get(key) or ("InProgress" if key in execution.approvals else None)
                if status:
                    latest = {"status": status, "lastStatusChange": time.time(), "actionExecutionId": execution.pipeline_execution_id}
                    if status == "InProgress":
                        latest["token"] = execution.approvals[key]
                    state["latestExecution"] = latest
            actions.append(state)
        stages.append({"stageName": stage["name"], "inboundTransitionState": {"enabled": True}, "actionStates": actions})
    state = {"pipelineName": pipeline.pipeline["name"], "pipelineVersion": pipeline.pipeline["version"], "stageStates": stages}
    return json.dumps(state)


def put_approval_result(self: Any) -> str:
    """Approve or reject what waits."""
    pipeline = _pipeline(self, self._get_param("pipelineName"))
    key, result = (self._get_param("stageName"), self._get_param("actionName")), self._get_param("result")
    for execution in pipeline.executions.values():
        if execution.approvals.get(key) == self._get_param("token"):
            if key in execution.ended:
                raise _error("ApprovalAlreadyCompletedException", "The approval has been given or refused already.")
            execution.ended[key] = "Succeeded" if result["status"] == "Approved" else "Failed"
            _advance(pipeline, execution)
            return json.dumps({"approvedAt": time.time()})
    raise _error("InvalidApprovalTokenException", "No approval waits with this token.")


def install() -> None:
    """Apply the corrections and add what is missing."""
    from moto.codepipeline.models import CodePipelineBackend
    from moto.codepipeline.responses import CodePipelineResponse

    wrap(CodePipelineBackend, "create_pipeline", _create)
    wrap(CodePipelineBackend, "update_pipeline", _update)
    wrap(CodePipelineBackend, "start_pipeline_execution", _start)
    put(CodePipelineResponse, "get_pipeline_state", get_pipeline_state)
    put(CodePipelineResponse, "put_approval_result", put_approval_result)
