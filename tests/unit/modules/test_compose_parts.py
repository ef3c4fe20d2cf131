# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pure parts of a rollout: what Docker says, hosts files, .env."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.stratum.aws.plugins.module_utils import _compose_engine as engine
from ansible_collections.stratum.aws.plugins.module_utils import _compose_history as history
from ansible_collections.stratum.aws.plugins.module_utils import _compose_pins as pins

HOSTS = "127.0.0.1\tlocalhost\n172.19.0.4\tabc\n"


def container(name: str, addresses: dict[str, str], hosts: str = "") -> engine.Container:
    return engine.Container(
        name, name, name, 1, "hash", "sha", "running", hosts_path=hosts, addresses=addresses, aliases={"net": ("gateway", "api")}
    )


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"image": "a"}, None),
        ({"ports": [{"target": 80}]}, "it publishes ports"),
        ({"container_name": "one"}, "its container has a fixed name"),
        ({"network_mode": "host"}, "it has no network of its own"),
        ({"volumes": [{"type": "volume", "source": "data"}]}, "it writes to a volume"),
        ({"volumes": [{"type": "volume", "read_only": True}, {"type": "bind"}]}, None),
    ],
)
def test_obstacle(config: dict[str, Any], expected: str | None) -> None:
    assert engine.obstacle(config) == expected


@pytest.mark.parametrize(
    ("check", "expected"),
    [
        (None, False),
        ({"test": ["CMD", "true"]}, True),
        ({"Test": ["CMD-SHELL", "true"]}, True),
        ({"test": ["NONE"]}, False),
        ({"disable": True}, False),
        ({"interval": "1s"}, False),
    ],
)
def test_has_health_check(check: dict[str, Any] | None, expected: bool) -> None:
    assert engine.has_health_check(check) is expected


def test_container_of() -> None:
    raw = {
        "Id": "0123456789abcdef",
        "Name": "/p-gateway-2",
        "Image": "sha256:1",
        "RestartCount": 1,
        "HostsPath": "/hosts",
        "Config": {"Labels": {engine.SERVICE_LABEL: "gateway", engine.HASH_LABEL: "h", engine.NUMBER_LABEL: "2"}},
        "State": {"Status": "running", "ExitCode": 0, "Error": "", "Health": {"Status": "unhealthy", "Log": [{"Output": "no\n"}]}},
        "NetworkSettings": {"Networks": {"net": {"IPAddress": "10.0.0.2", "Aliases": ["p-gateway-2", "gateway", "0123456789ab"]}}},
    }
    found = engine.container_of(raw)
    assert (found.name, found.service, found.number, found.health, found.health_output) == ("p-gateway-2", "gateway", 2, "unhealthy", "no")
    assert found.aliases == {"net": ("gateway",)}


def test_pins_come_and_go_without_a_trace() -> None:
    pinned = pins.with_pins(HOSTS, "gateway", ["api", "gateway"], ["10.0.0.2"])
    assert pinned == HOSTS + "10.0.0.2\tapi gateway\t# rollout of gateway\n"
    assert pins.with_pins(pinned, "gateway", ["gateway"], ["10.0.0.3"]) == HOSTS + "10.0.0.3\tgateway\t# rollout of gateway\n"
    assert pins.without_pins(pinned, "gateway") == HOSTS
    assert pins.without_pins(pinned, "way") == pinned, "another service's pins stay"


def test_pin_writes_in_place_and_by_a_shared_network(tmp_path: Path) -> None:
    path = tmp_path / "hosts"
    path.write_text(HOSTS)
    inode = path.stat().st_ino
    caller = container("nginx", {"net": "10.0.0.9", "other": "10.1.0.9"}, str(path))
    target = container("gateway", {"net": "10.0.0.2"})
    pins.pin([caller], "gateway", [target])
    assert path.read_text() == HOSTS + "10.0.0.2\tapi gateway\t# rollout of gateway\n"
    assert path.stat().st_ino == inode, "a mounted file that is replaced is not seen"
    pins.pin([caller], "gateway", [])
    assert path.read_text() == HOSTS
    pins.pin([container("apart", {"alone": "10.2.0.1"}, str(path))], "gateway", [target])
    assert path.read_text() == HOSTS


@pytest.mark.parametrize(
    ("text", "expected"),
    [("TAG=1\n", "1"), ("export TAG = '1' \n", "1"), ("OTHER=1\n", None), ("TAG=1\nTAG=2", "2"), ("TAG=\n", "")],
)
def test_dotenv_value(text: str, expected: str | None) -> None:
    assert history.dotenv_value(text, "TAG") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A=1\nTAG=1\nB=2\n", "A=1\nTAG=2\nB=2\n"),
        ("A=1", "A=1\nTAG=2\n"),
        ("", "TAG=2\n"),
        ('TAG="1" \n', 'TAG="2"\n'),
        ("TAG = '1'", "TAG='2'"),
    ],
)
def test_with_dotenv_value(text: str, expected: str) -> None:
    assert history.with_dotenv_value(text, "TAG", "2") == expected


def test_write_atomically_keeps_permissions(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    history.write_atomically(path, "a")
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o640)
    history.write_atomically(path, "b")
    assert (path.read_text(), path.stat().st_mode & 0o777) == ("b", 0o640)
    assert [item.name for item in tmp_path.iterdir()] == [".env"]
