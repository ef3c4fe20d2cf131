# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""CloudWatch Synthetics, in place of moto's, which can create and show canaries only, and shows all that it was given.

A canary is created, started, changed, stopped and deleted through the states that AWS shows. It never runs, but what
Synthetics makes for it is there: a Lambda function, which stays behind unless the deletion says otherwise, and, from its first start on,
the function's log group, which always stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from moto.core.utils import utcnow
from moto.moto_api._internal import mock_random
from moto.synthetics import urls
from moto.synthetics.models import SyntheticsBackend, synthetics_backends

from tests.emulator import wire
from tests.emulator.lifecycle import Lifecycle
from tests.emulator.patches import install_for
from tests.emulator.wire import Document, Operation, error, page

_DELAY: Final = "synthetics.canary.change"
_RUNTIME: Final = re.compile(r"syn-(nodejs-puppeteer|nodejs-playwright|nodejs|python-selenium)-\d+\.\d+")
_RATE: Final = re.compile(r"rate\((0 minutes?|1 minute|[1-9]\d* minutes|1 hour)\)|cron\(\S+( \S+){5}\)")
_RUN_DEFAULTS: Final = {"TimeoutInSeconds": 840, "MemoryInMB": 1500, "ActiveTracing": False, "EphemeralStorage": 1024}
_SHOWN: Final = ("ArtifactS3Location", "ExecutionRoleArn", "RuntimeVersion", "SuccessRetentionPeriodInDays", "FailureRetentionPeriodInDays")


@dataclass
class Canary:
    """A canary, in AWS's shape, and its life."""

    data: Document
    life: Lifecycle
    tags: dict[str, str]
    environment: dict[str, str]
    code: bytes
    reason: str = ""

    def shown(self) -> Document:
        """Return the canary as AWS shows it: without its script and its environment."""
        status = {"State": self.life.status, **({"StateReason": self.reason} if self.life.status == "ERROR" else {})}
        return {**self.data, "Status": status, "Tags": self.tags}


class SyntheticsStore:
    """The canaries of one account in one region."""

    def __init__(self, account_id: str, region: str) -> None:
        self.account_id = account_id
        self.region = region
        self.caller_arn = ""
        self.canaries: dict[str, Canary] = {}

    def settle(self) -> None:
        """Bring every state up to the present moment."""
        for canary in list(self.canaries.values()):
            canary.life.settle()

    def arn(self, name: str) -> str:
        """Return the ARN of a canary."""
        return f"arn:aws:synthetics:{self.region}:{self.account_id}:canary:{name}"

    def canary(self, parameters: Document) -> Canary:
        """Return the canary that a request names, or fail as AWS does."""
        if parameters["Name"] not in self.canaries:
            raise error("ResourceNotFoundException", f"Canary not found: {parameters['Name']}")
        return self.canaries[parameters["Name"]]

    def tags(self, parameters: Document) -> dict[str, str]:
        """Return the tags of the canary whose ARN a request names."""
        for name, canary in self.canaries.items():
            if self.arn(name) == parameters["ResourceArn"]:
                return canary.tags
        raise error("NotFoundException", f"Resource not found: {parameters['ResourceArn']}")

    def function_name(self, canary: Canary) -> str:
        """Return the name of the Lambda function of a canary."""
        return f"cwsyn-{canary.data['Name']}-{canary.data['Id']}"


open_store = wire.stores(synthetics_backends, SyntheticsStore)


def _invalid(message: str) -> Exception:
    return error("ValidationException", message)


def _busy(canary: Canary, verb: str) -> Exception:
    return error("ConflictException", f"Canary is in a state that can't be {verb}: {canary.life.status}")


def _check(parameters: Document) -> None:
    runtime, schedule = parameters.get("RuntimeVersion"), parameters.get("Schedule") or {}
    if runtime is not None and not _RUNTIME.fullmatch(runtime):
        raise _invalid(f"The runtime version {runtime} is not supported.")
    if "Expression" in schedule and not _RATE.fullmatch(schedule["Expression"]):
        raise _invalid(f"The schedule expression {schedule['Expression']} is not valid.")
    memory = (parameters.get("RunConfig") or {}).get("MemoryInMB")
    if memory is not None and memory % 64:
        raise _invalid("MemoryInMB must be a multiple of 64.")
    location = parameters.get("ArtifactS3Location")
    if location is not None and not location.startswith("s3://"):
        raise _invalid("ArtifactS3Location must begin with s3://.")


def _fault(store: SyntheticsStore, canary: Canary) -> str:
    """Say why a canary cannot be made: AWS finds out while it makes the function."""
    from moto.iam.models import iam_backends

    role = next(
        (role for role in iam_backends[store.account_id]["aws"].roles.values() if role.arn == canary.data["ExecutionRoleArn"]), None
    )
    if role is None or "lambda.amazonaws.com" not in role.assume_role_policy_document:
        return "The role defined for the function cannot be assumed by Lambda."
    return ""


def _apply(canary: Canary, parameters: Document) -> None:
    for name in _SHOWN:
        if name in parameters:
            canary.data[name] = parameters[name].removeprefix("s3://") if name == "ArtifactS3Location" else parameters[name]
    if "Schedule" in parameters:
        canary.data["Schedule"] = {"DurationInSeconds": 0, **parameters["Schedule"]}
    if "RunConfig" in parameters:
        run = dict(parameters["RunConfig"])
        canary.environment = run.pop("EnvironmentVariables", {})
        canary.data["RunConfig"] = {**_RUN_DEFAULTS, **run}
    if "VpcConfig" in parameters:
        canary.data["VpcConfig"] = parameters["VpcConfig"]
    if code := parameters.get("Code"):
        canary.code = code.get("ZipFile") or b""
        canary.data["Code"]["Handler"] = code["Handler"]
    canary.data["Timeline"]["LastModified"] = utcnow()


def create_canary(store: SyntheticsStore, parameters: Document) -> Document:
    """Create a canary, which does not run yet."""
    name = parameters["Name"]
    if name in store.canaries:
        raise error("ConflictException", f"Canary with name {name} already exists.")
    _check(parameters)
    identifier, now = str(mock_random.uuid4()), utcnow()
    layer = f"arn:aws:lambda:{store.region}:{store.account_id}:layer:cwsyn-{name}-{identifier}:1"
    data: Document = {
        "Id": identifier,
        "Name": name,
        "Code": {"SourceLocationArn": layer, "Handler": parameters["Code"]["Handler"]},
        "EngineArn": f"arn:aws:lambda:{store.region}:{store.account_id}:function:cwsyn-{name}-{identifier}:1",
        "RunConfig": dict(_RUN_DEFAULTS),
        "SuccessRetentionPeriodInDays": 31,
        "FailureRetentionPeriodInDays": 31,
        "ProvisionedResourceCleanup": parameters.get("ProvisionedResourceCleanup", "AUTOMATIC"),
        "Timeline": {"Created": now, "LastModified": now},
    }
    canary = Canary(data, Lifecycle("CREATING"), dict(parameters.get("Tags") or {}), {}, b"")
    _apply(canary, parameters)
    canary.reason = _fault(store, canary)
    canary.life.begin("CREATING", _DELAY, "ERROR" if canary.reason else "READY", lambda: _make_function(store, canary))
    store.canaries[name] = canary
    return {"Canary": canary.shown()}


def _make_function(store: SyntheticsStore, canary: Canary) -> None:
    from moto.awslambda.utils import get_backend

    if canary.life.status == "ERROR":
        return
    # A function that is made before its corrections would lack what they keep.
    install_for("awslambda")
    spec = {
        "FunctionName": store.function_name(canary),
        "Role": canary.data["ExecutionRoleArn"],
        "Handler": "index.handler",
        "Runtime": "nodejs20.x",
        "Code": {"ZipFile": "UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA=="},  # an empty archive
        "PackageType": "Zip",
    }
    get_backend(store.account_id, store.region).create_function(spec)


def get_canary(store: SyntheticsStore, parameters: Document) -> Document:
    """Return one canary."""
    return {"Canary": store.canary(parameters).shown()}


def describe_canaries(store: SyntheticsStore, parameters: Document) -> Document:
    """Return the canaries."""
    names = parameters.get("Names")
    shown = [canary.shown() for name, canary in store.canaries.items() if not names or name in names]
    items, token = page(shown, {"nextToken": parameters.get("NextToken"), "maxResults": parameters.get("MaxResults")})
    return {"Canaries": items, "NextToken": token}


def update_canary(store: SyntheticsStore, parameters: Document) -> None:
    """Change a canary; it goes on as it was."""
    canary = store.canary(parameters)
    if canary.life.busy:
        raise _busy(canary, "updated")
    _check(parameters)
    before = canary.life.status if canary.life.status != "ERROR" else "READY"
    _apply(canary, parameters)
    failed, canary.reason = bool(canary.reason), _fault(store, canary)
    canary.life.begin("UPDATING", _DELAY, "ERROR" if canary.reason else before, (lambda: _make_function(store, canary)) if failed else None)


def start_canary(store: SyntheticsStore, parameters: Document) -> None:
    """Let a canary run by its schedule."""
    canary = store.canary(parameters)
    if canary.life.busy or canary.life.status not in ("READY", "STOPPED"):
        raise _busy(canary, "started")
    canary.data["Timeline"]["LastStarted"] = utcnow()
    once = canary.data["Schedule"]["Expression"].startswith("rate(0 ")
    canary.life.begin("STARTING", _DELAY, "STOPPED" if once else "RUNNING", lambda: _make_log_group(store, canary))


def _make_log_group(store: SyntheticsStore, canary: Canary) -> None:
    from moto.logs.models import logs_backends

    with suppress(Exception):  # it is there from an earlier start
        logs_backends[store.account_id][store.region].create_log_group(f"/aws/lambda/{store.function_name(canary)}", {})


def stop_canary(store: SyntheticsStore, parameters: Document) -> None:
    """Let a canary run no longer."""
    canary = store.canary(parameters)
    if canary.life.busy or canary.life.status != "RUNNING":
        raise _busy(canary, "stopped")
    canary.data["Timeline"]["LastStopped"] = utcnow()
    canary.life.begin("STOPPING", _DELAY, "STOPPED")


def delete_canary(store: SyntheticsStore, parameters: Document) -> None:
    """Delete a canary that does not run, and its function if that is wanted."""
    canary = store.canary(parameters)
    if canary.life.busy or canary.life.status == "RUNNING":
        raise _busy(canary, "deleted")
    with_function = parameters.get("DeleteLambda", False)
    canary.life.begin("DELETING", _DELAY, "DELETED", lambda: _forget(store, canary, with_function))


def _forget(store: SyntheticsStore, canary: Canary, with_function: bool) -> None:
    from moto.awslambda.utils import get_backend

    del store.canaries[canary.data["Name"]]
    if with_function:
        with suppress(Exception):  # somebody has deleted it before
            get_backend(store.account_id, store.region).delete_function(store.function_name(canary), None)


def list_tags_for_resource(store: SyntheticsStore, parameters: Document) -> Document:
    """Return the tags of a canary."""
    return {"Tags": store.tags(parameters)}


def tag_resource(store: SyntheticsStore, parameters: Document) -> None:
    """Tag a canary."""
    store.tags(parameters).update(parameters["Tags"])


def untag_resource(store: SyntheticsStore, parameters: Document) -> None:
    """Take tags from a canary."""
    for key in parameters["TagKeys"]:
        store.tags(parameters).pop(key, None)


OPERATIONS: Final[dict[str, Operation]] = {
    "CreateCanary": create_canary,
    "GetCanary": get_canary,
    "DescribeCanaries": describe_canaries,
    "UpdateCanary": update_canary,
    "StartCanary": start_canary,
    "StopCanary": stop_canary,
    "DeleteCanary": delete_canary,
    "ListTagsForResource": list_tags_for_resource,
    "TagResource": tag_resource,
    "UntagResource": untag_resource,
}


class SyntheticsResponse(wire.WireResponse):
    """Every operation of Synthetics that the emulator answers."""

    service = "synthetics"

    @staticmethod
    def open_store(account_id: str, region: str) -> SyntheticsStore:
        """Return the canaries of the account in the region."""
        return open_store(account_id, region)


def install() -> None:
    """Answer the requests to Synthetics with the operations of this file."""
    wire.respond(SyntheticsResponse, OPERATIONS)
    wire.list_in_tagging_api(SyntheticsBackend, "synthetics", _tagged)
    urls.url_paths = {"{0}/(?P<path>.+)$": SyntheticsResponse.dispatch}


def _tagged(backend: Any) -> Iterator[tuple[str, str, dict[str, str]]]:
    store = open_store(backend.account_id, backend.region_name)
    store.settle()
    for name, canary in store.canaries.items():
        yield store.arn(name), "canary", canary.tags
