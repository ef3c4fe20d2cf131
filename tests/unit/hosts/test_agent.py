# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The stand-in for the CloudWatch agent: which settings it takes, and under which names it publishes."""

from __future__ import annotations

import copy
import http.client
import socket
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.hosts.image.aws.agent import agent
from tests.hosts.image.aws.front import downloads

ROLE: dict[str, Any] = {
    "agent": {"metrics_collection_interval": 60, "run_as_user": "root"},
    "metrics": {
        "namespace": "CWAgent",
        "append_dimensions": {"InstanceId": "${aws:InstanceId}"},
        "aggregation_dimensions": [["InstanceId"], ["InstanceId", "path"]],
        "metrics_collected": {
            "mem": {"measurement": ["mem_used_percent"]},
            "disk": {"measurement": ["disk_used_percent"], "resources": ["/"], "drop_device": True},
        },
    },
}


def changed(*path: str, to: Any) -> dict[str, Any]:
    settings = copy.deepcopy(ROLE)
    place = settings
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = to
    return settings


def test_metrics_have_their_own_dimensions_and_those_that_the_alarms_ask_for() -> None:
    settings = agent.parse(ROLE)
    data = agent.request(agent.collect(settings, {"InstanceId": "i-1"}), settings)
    found = {(item["MetricName"], tuple(pair["Name"] for pair in item["Dimensions"])) for item in data}
    assert found == {
        ("mem_used_percent", ("InstanceId",)),
        ("disk_used_percent", ("InstanceId", "fstype", "path")),
        ("disk_used_percent", ("InstanceId",)),
        ("disk_used_percent", ("InstanceId", "path")),
    }
    assert all(0 < item["Value"] <= 100 and item["Unit"] == "Percent" for item in data)


def test_a_device_is_named_unless_it_is_dropped() -> None:
    settings = agent.parse(changed("metrics", "metrics_collected", "disk", "drop_device", to=False))
    disk = next(metric for metric in agent.collect(settings, {"host": "a"}) if metric.name == "disk_used_percent")
    assert sorted(disk.dimensions) == ["device", "fstype", "host", "path"]


def test_a_list_of_dimensions_that_a_metric_lacks_or_has_already_gives_nothing_more() -> None:
    metric = agent.Metric("mem_used_percent", {"InstanceId": "i-1"}, 5.0)
    assert list(agent.rolled_up(metric, (("InstanceId",), ("InstanceId", "path"), ("path",)))) == [metric]


@pytest.mark.parametrize(
    ("settings", "where"),
    [
        ([], "/"),
        ({"agent": {}}, "/metrics"),
        (changed("metrics", "namespaces", to="CWAgent"), "/metrics: additional property namespaces"),
        (changed("metrics", "namespace", to=""), "/metrics/namespace"),
        (changed("metrics", "metrics_collected", to={}), "/metrics/metrics_collected"),
        (changed("metrics", "metrics_collected", "mem", to={}), "mem/measurement"),
        (changed("metrics", "metrics_collected", "mem", "measurement", to=["used"]), "measurement name used is invalid"),
        (changed("metrics", "metrics_collected", "disk", "resources", to="/"), "disk/resources"),
        (changed("metrics", "aggregation_dimensions", to=["InstanceId"]), "/metrics/aggregation_dimensions"),
        (changed("metrics", "append_dimensions", to={"InstanceId": "i-1"}), "/metrics/append_dimensions"),
        (changed("agent", "metrics_collection_interval", to=0), "/agent/metrics_collection_interval"),
        (changed("logs", to={}), "/logs"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_settings_are_refused_with_the_place(settings: Any, where: str) -> None:
    with pytest.raises(agent.RefusedError, match=where):
        agent.parse(settings)


def test_what_the_schema_leaves_open_is_taken() -> None:
    assert agent.parse(changed("comment", to="ours")) == agent.parse(ROLE)


def test_memory_in_caches_is_free() -> None:
    text = "MemTotal: 1000 kB\nMemFree: 100 kB\nBuffers: 50 kB\nCached: 200 kB\nSReclaimable: 50 kB\n"
    assert agent.memory_percent(text) == 60.0


def test_what_was_mounted_last_counts() -> None:
    assert list(agent.mounts("rootfs / rootfs rw 0 0\n/dev/nvme0n1p1 / ext4 rw 0 0\n")) == [("/dev/nvme0n1p1", "/", "ext4")]


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("amazoncloudwatch-agent-eu-west-1.s3.eu-west-1.amazonaws.com", Path("/opt/downloads/amazoncloudwatch-agent")),
        ("amazoncloudwatch-agent.s3.amazonaws.com", Path("/opt/downloads/amazoncloudwatch-agent")),
        ("amazoncloudwatch-agent-us-east-1.s3.us-east-1.amazonaws.com", None),
        ("backups.s3.eu-west-1.amazonaws.com", None),
        ("", None),
    ],
)
def test_only_the_regions_bucket_of_the_agent_is_answered_here(name: str, folder: Path | None) -> None:
    assert downloads.folder_of(name, "eu-west-1") == folder


def get(folder: Path, path: str, **headers: str) -> http.client.HTTPResponse:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=lambda: downloads.serve(listener.accept()[0], folder), daemon=True).start()
        connection = http.client.HTTPConnection("127.0.0.1", listener.getsockname()[1], timeout=5)
        connection.request("GET", path, headers=headers)
        return connection.getresponse()


def test_a_file_is_given_and_not_again_to_who_has_it(tmp_path: Path) -> None:
    (tmp_path / "latest").mkdir()
    (tmp_path / "latest" / "agent.deb").write_bytes(b"package")
    first = get(tmp_path, "/latest/agent.deb")
    assert (first.status, first.read()) == (200, b"package")
    again = get(tmp_path, "/latest/agent.deb", **{"If-Modified-Since": first.headers["Last-Modified"]})
    assert again.status == 304
    assert get(tmp_path, "/latest/").status == 403
    assert get(tmp_path, "/latest/other.deb").status == 404
