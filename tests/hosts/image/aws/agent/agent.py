# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A stand-in for the Amazon CloudWatch agent, for tests; it is none of Amazon's, and shares no code with it.

Like the agent, it reads etc/amazon-cloudwatch-agent.json below its directory at every start, finds out from the metadata
service who and where it is, and publishes by the role of the instance. Names, dimensions and values of the use of memory and
disks are those of the agent, and it refuses what the agent's schema of settings refuses. What else the agent can do, it
refuses as well: other metrics, logs, traces, several files of settings. It publishes at once and then at every interval
(the agent flushes a minute later), and writes to the journal, not to a file.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

DIRECTORY: Final = Path("/opt/aws/amazon-cloudwatch-agent/etc")
METADATA: Final = "http://169.254.169.254/latest"
RETRY_SECONDS: Final = 5.0
INSTANCE: Final = {"InstanceId": "${aws:InstanceId}"}
# What the agent's schema knows in the section `metrics`, and nothing else; the top level may hold anything.
SECTIONS: Final = {
    "aggregation_dimensions", "append_dimensions", "credentials", "deployment.environment", "endpoint_override", "force_flush_interval",
    "metrics_collected", "metrics_destinations", "namespace", "service.name",
}  # fmt: skip
UNDERSTOOD: Final = {"aggregation_dimensions", "append_dimensions", "metrics_collected", "namespace"}


class RefusedError(Exception):
    """The settings are not what they should be; says where."""


@dataclass(frozen=True)
class Settings:
    """What is published, where, and how often."""

    namespace: str
    interval_seconds: int
    by_instance: bool  # whether InstanceId takes the place of the host's name
    rollups: tuple[tuple[str, ...], ...]
    memory: bool
    disks: tuple[str, ...] | None  # mount points; empty: all; None: no disks
    drop_device: bool


@dataclass(frozen=True)
class Metric:
    """One value, in percent."""

    name: str
    dimensions: dict[str, str]
    value: float


def need(fine: bool, where: str) -> None:
    """Refuse the settings unless something about them is fine."""
    if not fine:
        raise RefusedError(f"invalid settings: {where}")


def texts(value: Any) -> bool:
    """Whether this is a list of texts that differ and are not empty."""
    return isinstance(value, list) and all(isinstance(item, str) and item for item in value) and len(set(value)) == len(value)


def parse(content: Any) -> Settings:
    """Read settings; RefusedError where the agent's schema refuses them, or where they ask for what only the agent can do."""
    need(isinstance(content, dict), "/")
    for section in ("logs", "traces", "opentelemetry"):
        need(section not in content, f"/{section}: the stand-in has metrics only")
    metrics = content.get("metrics")
    need(isinstance(metrics, dict), "/metrics")
    for key in metrics:
        need(key in SECTIONS, f"/metrics: additional property {key}")
        need(key in UNDERSTOOD, f"/metrics/{key}: the stand-in does not know it")
    interval = content.get("agent", {}).get("metrics_collection_interval", 60)
    need(isinstance(interval, int) and 1 <= interval <= 172800, "/agent/metrics_collection_interval")
    namespace = metrics.get("namespace", "CWAgent")
    need(isinstance(namespace, str) and 1 <= len(namespace) <= 255, "/metrics/namespace")
    appended = metrics.get("append_dimensions", {})
    need(appended in ({}, INSTANCE), "/metrics/append_dimensions: the stand-in knows InstanceId only")
    rollups = metrics.get("aggregation_dimensions", [])
    need(isinstance(rollups, list) and all(texts(rollup) for rollup in rollups), "/metrics/aggregation_dimensions")
    collected = metrics.get("metrics_collected")
    need(isinstance(collected, dict) and bool(collected), "/metrics/metrics_collected")
    for plugin, options in collected.items():
        where = f"/metrics/metrics_collected/{plugin}"
        need(plugin in {"mem", "disk"}, f"{where}: the stand-in does not know it")
        need(isinstance(options, dict) and texts(options.get("measurement")) and bool(options["measurement"]), f"{where}/measurement")
        for name in options["measurement"]:
            need(name.strip().removeprefix(f"{plugin}_") == "used_percent", f"{where}: measurement name {name} is invalid")
    disk = collected.get("disk", {})
    need(texts(disk.get("resources", [])), "/metrics/metrics_collected/disk/resources")
    need(isinstance(disk.get("drop_device", False), bool), "/metrics/metrics_collected/disk/drop_device")
    paths = tuple(disk.get("resources", []))
    return Settings(
        namespace=namespace,
        interval_seconds=interval,
        by_instance=appended == INSTANCE,
        rollups=tuple(tuple(rollup) for rollup in rollups),
        memory="mem" in collected,
        disks=None if "disk" not in collected else () if "*" in paths else paths,
        drop_device=disk.get("drop_device", False),
    )


def memory_percent(meminfo: str) -> float:
    """Return how much of the memory is used, of the text of /proc/meminfo."""
    have = {line.split(":")[0]: int(line.split()[1]) for line in meminfo.splitlines() if ":" in line}
    free = have["MemFree"] + have["Buffers"] + have["Cached"] + have.get("SReclaimable", 0)
    return 100 * (have["MemTotal"] - free) / have["MemTotal"]


def disk_percent(path: str) -> float | None:
    """Return how much of what anyone can use is used, as df says; None for what has no blocks."""
    found = os.statvfs(path)
    used = found.f_blocks - found.f_bfree
    return 100 * used / (used + found.f_bavail) if used + found.f_bavail else None


def mounts(table: str) -> Iterator[tuple[str, str, str]]:
    """Give device, path and type of file system of the text of /proc/self/mounts; what was mounted last hides what was before."""
    last = {path: (device, path, kind) for device, path, kind, *_more in (line.split() for line in table.splitlines())}
    yield from last.values()


def collect(settings: Settings, own: dict[str, str]) -> Iterator[Metric]:
    """Look at the machine; `own` are the dimensions that all metrics have."""
    if settings.memory:
        yield Metric("mem_used_percent", own, memory_percent(Path("/proc/meminfo").read_text(encoding="utf-8")))
    if settings.disks is None:
        return
    for device, path, kind in mounts(Path("/proc/self/mounts").read_text(encoding="utf-8")):
        if (not settings.disks or path in settings.disks) and (value := disk_percent(path)) is not None:
            more = {} if settings.drop_device else {"device": device.removeprefix("/dev/")}
            yield Metric("disk_used_percent", own | {"path": path, "fstype": kind} | more, value)


def rolled_up(metric: Metric, rollups: tuple[tuple[str, ...], ...]) -> Iterator[Metric]:
    """Give the metric, and itself by each list of dimensions that is a smaller part of its own."""
    yield metric
    for names in rollups:
        if len(names) < len(metric.dimensions) and metric.dimensions.keys() >= set(names):
            yield Metric(metric.name, {name: metric.dimensions[name] for name in names}, metric.value)


def request(metrics: Iterator[Metric], settings: Settings) -> list[dict[str, Any]]:
    """Return the data of a PutMetricData."""
    return [
        {
            "MetricName": one.name,
            "Dimensions": [{"Name": name, "Value": value} for name, value in sorted(one.dimensions.items())],
            "Value": one.value,
            "Unit": "Percent",
        }
        for metric in metrics
        for one in rolled_up(metric, settings.rollups)
    ]


def metadata(path: str) -> str:
    """Ask the metadata service, version 2."""
    asked = urllib.request.Request(f"{METADATA}/api/token", method="PUT", headers={"X-aws-ec2-metadata-token-ttl-seconds": "60"})
    with urllib.request.urlopen(asked, timeout=5) as answer:
        token = answer.read().decode()
    asked = urllib.request.Request(f"{METADATA}/meta-data/{path}", headers={"X-aws-ec2-metadata-token": token})
    with urllib.request.urlopen(asked, timeout=5) as answer:
        return str(answer.read().decode())


def say(text: str) -> None:
    """Tell the journal."""
    sys.stderr.write(text + "\n")


def publish(settings: Settings) -> None:
    """Publish for ever; what cannot be sent now is left out, and the next is tried again."""
    import boto3  # only a host needs it

    client: Any = None
    own: dict[str, str] = {}
    while True:
        wait = float(settings.interval_seconds)
        try:
            if client is None:
                own = {"InstanceId": metadata("instance-id")} if settings.by_instance else {"host": socket.gethostname()}
                client = boto3.client("cloudwatch", region_name=metadata("placement/region"))
            client.put_metric_data(Namespace=settings.namespace, MetricData=request(collect(settings, own), settings))
        except Exception as error:  # whatever it is, a service goes on
            say(f"nothing is published: {error}")
            wait = RETRY_SECONDS if client is None else wait
        time.sleep(wait)


def main() -> None:
    """Read the settings and publish; ends at once, and well, where there are none, as the agent does."""
    file = DIRECTORY / "amazon-cloudwatch-agent.json"
    if any((DIRECTORY / "amazon-cloudwatch-agent.d").glob("*")):
        sys.exit("the stand-in reads amazon-cloudwatch-agent.json only, and there is more in amazon-cloudwatch-agent.d")
    if not file.exists():
        say("there are no settings")
        return
    try:
        settings = parse(json.loads(file.read_text(encoding="utf-8")))
    except (RefusedError, ValueError) as error:
        sys.exit(str(error))
    publish(settings)


if __name__ == "__main__":
    main()
