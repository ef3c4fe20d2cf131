# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs every module of the AWS collections in a plan, with arguments made up from its specification, and says what came of it."""

from __future__ import annotations

import importlib
import multiprocessing
import os
import signal
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import ansible_collections.amazon.aws
import ansible_collections.community.aws
from ansible.module_utils.basic import AnsibleModule
from ansible_collections.stratum.aws.plugins.plugin_utils import _core
from ansible_collections.stratum.aws.plugins.plugin_utils.barrier import _aws, _gate, _simulated
from ansible_collections.stratum.aws.plugins.plugin_utils.barrier._gate import Gate
from ansible_collections.stratum.aws.plugins.plugin_utils.barrier._operations import Effect, effect
from ansible_collections.stratum.aws.plugins.plugin_utils.runs import _module_call
from ansible_collections.stratum.aws.plugins.plugin_utils.runs._module_call import Call

from .recording_endpoint import RecordingEndpoint, recording

ROOT: Final = Path(__file__).parents[3]
REGION: Final = "ca-central-1"
LONGEST_SECONDS: Final = 20
"""A call that takes longer is ended; what it has sent by then still counts."""
_NAPS: Final = 3
_CHOOSING: Final = ("state", "mode", "command", "action", "policy_type", "iam_type", "purpose")
_CONNECTION: Final = frozenset(
    {"access_key", "aws_ca_bundle", "aws_config", "debug_botocore_endpoint_logs", "endpoint_url", "profile", "region", "secret_key"}
    | {"session_token", "validate_certs"}
)
POLICY: Final = '{"Version": "2012-10-17", "Statement": []}'


SPECIAL: Final[dict[str, dict[str, Any]]] = {
    "amazon.aws.ec2_vol": {
        "name": "probe",
        "zone": "ca-central-1a",
        "volume_size": 1,
        "volume_type": "gp3",
        **dict.fromkeys(("device_name", "id", "instance", "iops", "multi_attach", "snapshot", "throughput")),
    },
    "amazon.aws.lambda_event": {
        "lambda_function_arn": "arn:aws:lambda:ca-central-1:123456789012:function:probe",
        "source_params": {"source_arn": "arn:aws:sqs:ca-central-1:123456789012:probe", "enabled": True, "batch_size": 1},
    },
    "amazon.aws.route53": {
        "hosted_zone_id": "Z1",
        "record": "www.probe",
        "zone": "probe",
        "type": "A",
        "alias": None,
        "value": ["10.0.0.1"],
    },
    "amazon.aws.route53_health_check": {"type": "HTTP", "fqdn": "probe.example.com", "health_check_id": None, "use_unique_names": None},
    "community.aws.ecs_attribute": {"ec2_instance_id": "probe"},
    "community.aws.efs": {"name": "probe", "id": None},
    "community.aws.redshift_cross_region_snapshots": {"region": REGION},
    "community.aws.sns": {"topic": "arn:aws:sns:ca-central-1:123456789012:probe", "message_attributes": None},
    "stratum.aws.autoscaling_group_scaling": {"desired_capacity": 2, "min_size": 1, "max_size": 3},
    "stratum.aws.ec2_vpc_flow_log": {"resource_id": "vpc-0123456789abcdef0"},
    "stratum.aws.rds_automated_backup_replication": {"source_arn": "arn:aws:rds:us-east-1:123456789012:db:probe"},
    "stratum.aws.rds_instance_restore": {"restore_time": "latest"},
}
"""What the made-up arguments of a module must be instead, for it to get as far as a write; None leaves one out."""


@dataclass
class Told:
    """What came of one module in all its runs."""

    broken: str = ""
    """Why it could not be imported, or its arguments not be read."""
    runs: int = 0
    planned: set[str] = field(default_factory=set)
    """The writes that were intercepted, as `service:Operation`."""
    arrived: list[str] = field(default_factory=list)
    """What reached the endpoint and is no read."""
    arrived_in_check_mode: list[str] = field(default_factory=list)
    services: set[str] = field(default_factory=set)
    messages: list[str] = field(default_factory=list)
    slow: list[str] = field(default_factory=list)


def modules() -> list[str]:
    """Return the full names of the modules of the three collections, without what is an action plugin in truth."""
    actions = {path.stem for path in (ROOT / "plugins" / "action").glob("*.py")}
    found = []
    for collection, root in (
        ("amazon.aws", Path(next(iter(ansible_collections.amazon.aws.__path__)))),
        ("community.aws", Path(next(iter(ansible_collections.community.aws.__path__)))),
        ("stratum.aws", ROOT),
    ):
        names = [path.stem for path in sorted((root / "plugins" / "modules").glob("[a-z]*.py"))]
        found += [f"{collection}.{name}" for name in names if root is not ROOT or name not in actions]
    return found


class _Read(BaseException):
    """Carries the arguments of AnsibleModule out of a module's main."""

    def __init__(self, arguments: dict[str, Any]) -> None:
        self.arguments = arguments
        super().__init__()


def specification(path: str) -> dict[str, Any]:
    """Return what a module hands to AnsibleModule."""
    module = importlib.import_module(path)
    original = AnsibleModule.__init__

    def read(_self: Any, *args: Any, **kwargs: Any) -> None:
        raise _Read({**({"argument_spec": args[0]} if args else {}), **kwargs})

    AnsibleModule.__init__ = read
    try:
        module.main()
    except _Read as found:
        return found.arguments
    finally:
        AnsibleModule.__init__ = original
    raise ValueError("makes no AnsibleModule")


def made_up_arguments(given: Mapping[str, Any], folder: Path) -> Iterator[tuple[dict[str, Any], bool]]:
    """Yield arguments that satisfy a specification: for each state, only what is needed and then as much as goes together.

    With each comes whether it is the last for its state.
    """
    spec = {name: option for name, option in given["argument_spec"].items() if name not in _CONNECTION}
    choosing = next((name for name in _CHOOSING if spec.get(name, {}).get("choices")), "")
    for choice in spec[choosing]["choices"] if choosing else (None,):
        chosen = {choosing: choice} if choosing else {}
        needed, possible = (_satisfying(given, spec, chosen, folder, rich) for rich in (False, True))
        if needed != possible:
            yield needed, False
        yield possible, True


def _satisfying(given: Mapping[str, Any], spec: Mapping[str, Any], chosen: Mapping[str, Any], folder: Path, rich: bool) -> dict[str, Any]:
    taken = dict(chosen)

    def excluded(name: str) -> bool:
        groups = [group for group in given.get("mutually_exclusive") or () if name in group]
        return any(other != name and other in taken for group in groups for other in group)

    def take(name: str) -> None:
        if name in spec and name not in taken and not excluded(name):
            taken[name] = made_up(name, spec[name], folder)

    for name, option in spec.items():
        if option.get("required"):
            take(name)
    if "wait" in spec:
        taken["wait"] = False
    for condition in given.get("required_if") or ():
        key, value, names = condition[:3]
        if taken.get(key, spec.get(key, {}).get("default")) == value:
            for name in names[:1] if len(condition) > 3 and condition[3] else names:
                take(name)
    for group in given.get("required_one_of") or ():
        if not any(name in taken for name in group):
            take(group[0])
    if rich:
        for name, option in spec.items():
            if not option.get("removed_in_version") and not option.get("removed_at_date") and name != "wait_timeout":
                take(name)
    for _again in range(2):
        for group in given.get("required_together") or ():
            if any(name in taken for name in group):
                for name in group:
                    take(name)
        for name, names in (given.get("required_by") or {}).items():
            if name in taken:
                for other in [names] if isinstance(names, str) else names:
                    take(other)
    return taken


def made_up(name: str, option: Mapping[str, Any], folder: Path) -> Any:
    """Return a value of an option's type that its name makes likely."""
    if option.get("choices"):
        first = option["choices"][0]
        return [first] if option.get("type") == "list" else first
    match option.get("type", "str"):
        case "bool":
            return not option.get("default", False)
        case "int":
            return option.get("default") or 1
        case "float":
            return 1.0
        case "dict":
            return _nested(option, folder) if option.get("options") else {"probe": "probe"}
        case "list":
            if option.get("elements") == "dict":
                return [_nested(option, folder) if option.get("options") else {"probe": "probe"}]
            return [made_up(name, {"type": option.get("elements", "str")}, folder)]
        case "path":
            return str(folder / "probe.json")
        case "json":
            return POLICY
    return _text(name)


def _nested(option: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    inner = {name: each for name, each in option["options"].items() if each.get("required")} or dict(list(option["options"].items())[:1])
    return {name: made_up(name, each, folder) for name, each in inner.items()}


_TEXTS: Final[tuple[tuple[str, str], ...]] = (
    ("cidr", "10.0.0.0/16"),
    ("policy_document", POLICY),
    ("policy_json", POLICY),
    ("trust_policy", POLICY),
    ("assume_role_policy", POLICY),
    ("arn", "arn:aws:iam::123456789012:role/probe"),
    ("vpc_id", "vpc-0123456789abcdef0"),
    ("subnet", "subnet-0123456789abcdef0"),
    ("security_group", "sg-0123456789abcdef0"),
    ("group_id", "sg-0123456789abcdef0"),
    ("instance_id", "i-0123456789abcdef0"),
    ("ip_address", "203.0.113.1"),
    ("public_ip", "203.0.113.1"),
    ("private_ip", "10.0.0.4"),
    ("zone", "probe.example.com"),
    ("policy", POLICY),
    ("email", "probe@example.com"),
    ("bucket", "probe-bucket"),
    ("account", "123456789012"),
    ("url", "https://example.com/probe"),
    ("schedule", "rate(1 day)"),
)


def _text(name: str) -> str:
    return next((value for part, value in _TEXTS if part in name.lower()), "probe")


class _TooLong(BaseException):
    """A call took longer than it may."""


def _ring(_number: int, _frame: object) -> None:
    raise _TooLong


class _Impatience:
    """Sleeps not at all, and ends a call that would sleep for ever."""

    taken = 0

    def sleep(self, _seconds: float) -> None:
        self.taken += 1
        if self.taken > _NAPS:
            raise _simulated.SeenEnough


def try_modules(names: Sequence[str], folder: Path, gate: Gate = _gate.PLAN) -> dict[str, Told]:
    """Run these modules in plans, in this process, against endpoints of its own: an empty account and a full one."""
    os.environ.update(
        AWS_ACCESS_KEY_ID="AKIAIOSFODNN7EXAMPLE",
        AWS_SECRET_ACCESS_KEY="not-a-secret",
        AWS_REGION=REGION,
        AWS_DEFAULT_REGION=REGION,
        AWS_MAX_ATTEMPTS="1",
    )
    for name in ("AWS_PROFILE", "KUBECONFIG"):
        os.environ.pop(name, None)
    os.environ["HOME"] = str(folder)  # so that whatever writes here in spite of all writes there
    os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
    _aws.install()
    impatience = _Impatience()
    simulated: Any = _simulated
    simulated._sleep = impatience.sleep
    signal.signal(signal.SIGALRM, _ring)
    results = {}
    os.chdir(folder)
    with recording() as empty, recording(full=True) as full:
        for name in names:
            results[name] = _try(name, [empty, full], folder, gate, impatience)
    return results


def _try(name: str, endpoints: Sequence[RecordingEndpoint], folder: Path, gate: Gate, impatience: _Impatience) -> Told:
    told = Told()
    collection, _unused, short = name.rpartition(".")
    path = f"ansible_collections.{collection}.plugins.modules.{short}"
    try:
        given = specification(path)
    except Exception as error:
        told.broken = f"{type(error).__name__}: {error}"
        return told
    special = SPECIAL.get(name, {})
    for made, last in made_up_arguments(given, folder):
        arguments = {key: value for key, value in {**made, **special}.items() if value is not None}
        for endpoint in endpoints:
            # The engine plans without a module's check mode first; with it, some modules write.
            for check in (False, True) if last else (False,):
                _run_once(told, Call(path, _encoded(name, arguments, check, folder), gate=gate), check, endpoint, impatience)
    return told


def _encoded(name: str, arguments: Mapping[str, Any], check: bool, folder: Path) -> bytes:
    internal = {"_ansible_module_name": name, "_ansible_remote_tmp": str(folder), "_ansible_check_mode": check}
    return _core.encode_arguments({**arguments, **internal})


def _run_once(told: Told, call: Call, check: bool, endpoint: RecordingEndpoint, impatience: _Impatience) -> None:
    os.environ["AWS_ENDPOINT_URL"] = endpoint.url
    endpoint.requests.clear()
    impatience.taken = 0
    signal.alarm(LONGEST_SECONDS)
    try:
        outcome = _module_call.run(call)
    finally:
        signal.alarm(0)
    told.runs += 1
    message = str((outcome.result or {}).get("msg", ""))
    if _TooLong.__name__ in message:
        told.slow.append(call.arguments.decode())
    told.planned |= {f"{each['service']}:{each['operation']}" for each in outcome.operations}
    told.services |= {call.partition(":")[0] for call in outcome.calls}
    told.messages.append(message[:200])
    arrived = [
        f"{request.service}:{request.operation or request.method + ' ' + request.path}"
        for request in endpoint.requests
        if effect(request.service, request.operation) is not Effect.READ
    ]
    told.arrived += arrived
    if check:
        told.arrived_in_check_mode += arrived


def try_in_a_fork(name: str, folder: Path, gate: Gate) -> Told:
    """Run one module behind another gate."""
    with multiprocessing.get_context("fork").Pool(1) as pool:
        return pool.apply(try_modules, ([name], folder, gate))[name]


def try_side_by_side(names: Sequence[str], folder: Path, processes: int) -> dict[str, Told]:
    """Run modules in forked processes, each with its share, and `folder` to work in."""
    (folder / "probe.json").write_text(POLICY)
    shares = [(list(names[start :: processes * 8]), folder) for start in range(processes * 8)]
    with multiprocessing.get_context("fork").Pool(processes) as pool:
        return {name: told for share in pool.starmap(try_modules, shares, chunksize=1) for name, told in share.items()}
