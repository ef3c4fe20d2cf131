# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts of a control plane that need none to run: keys, command lines, stages."""

from __future__ import annotations

import base64
import re
import socket
import ssl
import subprocess
import threading
from pathlib import Path

import pytest
import yaml

from tests.emulator.kubernetes import behaviours, build, control_plane, parts, pki
from tests.emulator.kubernetes.control_plane import ControlPlane, ControlPlaneError
from tests.emulator.kubernetes.parts import Files, Networks, Part, Ports, Webhooks
from tests.emulator.kubernetes.pki import Authority, Pair

PORTS = Ports(api=6443, etcd=2379, etcd_peers=2380, kubelet=10250)


@pytest.fixture
def files(tmp_path: Path) -> Files:
    pair = Pair(tmp_path / "x.crt", tmp_path / "x.key")
    path = tmp_path / "file"
    return Files(pair, pair, pair, pair, path, path, path, path, path, path, path)


def option(part: Part, name: str) -> str | None:
    values = [argument.partition("=")[2] for argument in part.arguments if argument.partition("=")[0] == f"--{name}"]
    assert len(values) <= 1, f"{name} is given twice"
    return values[0] if values else None


def test_a_client_and_a_server_of_the_authority_trust_each_other(tmp_path: Path) -> None:
    authority = Authority(tmp_path / "pki")
    server, client = authority.server("server", ["127.0.0.1", "kubernetes.default.svc"]), authority.client("me", "me", "system:masters")
    listening = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    listening.load_cert_chain(server.certificate, server.key)
    listening.load_verify_locations(authority.pair.certificate)
    listening.verify_mode = ssl.CERT_REQUIRED
    calling = ssl.create_default_context(cadata=base64.b64decode(authority.data).decode())
    calling.load_cert_chain(client.certificate, client.key)
    subjects: list[object] = []
    near, far = socket.socketpair()

    def serve() -> None:
        with listening.wrap_socket(far, server_side=True) as connection:
            subjects.append((connection.getpeercert() or {})["subject"])
            connection.sendall(b"x")

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    with calling.wrap_socket(near, server_hostname="127.0.0.1") as connection:
        assert connection.recv(1) == b"x"
    thread.join(5)
    assert subjects == [((("organizationName", "system:masters"),), (("commonName", "me"),))]


def test_keys_are_for_their_owner_only(tmp_path: Path) -> None:
    authority = Authority(tmp_path / "pki")
    authority.client("admin", "admin")
    pki.signing_key(tmp_path / "pki")
    keys = sorted((tmp_path / "pki").glob("*.key"))
    assert [key.name for key in keys] == ["admin.key", "ca.key", "service-accounts.key"]
    assert {key.stat().st_mode & 0o777 for key in keys} == {0o600}


def test_a_kubeconfig_holds_everything_itself(tmp_path: Path) -> None:
    authority = Authority(tmp_path / "pki")
    path = tmp_path / "config"
    pair = authority.client("admin", "admin")
    pki.write_kubeconfig(path, cluster="c", server="https://127.0.0.1:1", ca_data=authority.data, user="admin", pair=pair)
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert document["clusters"][0]["cluster"] == {"server": "https://127.0.0.1:1", "certificate-authority-data": authority.data}
    assert base64.b64decode(document["users"][0]["user"]["client-key-data"]) == pair.key.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o600


def test_webhooks_are_asked_only_where_they_are(files: Files, tmp_path: Path) -> None:
    without = parts.api_server(PORTS, files, Networks(), Webhooks(), "https://issuer")
    assert option(without, "authorization-mode") == "Node,RBAC"
    assert not [argument for argument in without.arguments if "webhook" in argument.partition("=")[0]]
    both = Webhooks(token=tmp_path / "t", authorization=tmp_path / "a", cache_seconds=0.5)
    having = parts.api_server(PORTS, files, Networks(), both, "https://issuer")
    assert option(having, "authorization-mode") == "Node,RBAC,Webhook"
    assert option(having, "authentication-token-webhook-config-file") == str(tmp_path / "t")
    assert option(having, "authentication-token-webhook-cache-ttl") == "0.5s"
    assert option(having, "authorization-webhook-config-file") == str(tmp_path / "a")


def test_everything_listens_on_the_loopback_interface(files: Files) -> None:
    api = parts.api_server(PORTS, files, Networks(), Webhooks(), "https://issuer")
    assert option(api, "bind-address") == "127.0.0.1"
    store = parts.etcd(PORTS, files)
    assert option(store, "listen-client-urls") == "http://127.0.0.1:2379"
    assert option(store, "listen-peer-urls") == "http://127.0.0.1:2380"
    assert option(parts.controller_manager(files, "c"), "secure-port") == "0"
    assert option(parts.scheduler(files), "secure-port") == "0"
    kwok = parts.kwok(PORTS, files, Networks())
    assert kwok.environment["KUBELET_ADDRESS"] == "127.0.0.1:10250"
    assert option(kwok, "server-address") is None


def test_the_networks_can_be_chosen(files: Files) -> None:
    networks = Networks(services="10.100.0.0/16", pods="10.7.0.0/20")
    assert networks.api == "10.100.0.1"
    assert option(parts.api_server(PORTS, files, networks, Webhooks(), "i"), "service-cluster-ip-range") == "10.100.0.0/16"
    assert option(parts.kwok(PORTS, files, networks), "cidr") == "10.7.0.1/20"


def stage_printer(folder: Path, *names: str, exit_code: int = 0) -> Path:
    """Return a program that says these stages as kwok's own, where it is asked for them."""
    said = yaml.safe_dump_all([{"kind": "Stage", "metadata": {"name": name}, "spec": {"theirs": True}} for name in names])
    (folder / "said").write_text(said, encoding="utf-8")
    program = folder / "program"
    program.write_text(f'#!/bin/sh\n[ "$*" = stages ] && cat {folder}/said\nexit {exit_code}\n', encoding="utf-8")
    program.chmod(0o755)
    return program


def test_stages_are_kwoks_and_over_them_ours(tmp_path: Path) -> None:
    behaviours.write_stages(tmp_path / "stages.yaml", stage_printer(tmp_path, "node-ready", "pod-start"))
    written = list(yaml.safe_load_all((tmp_path / "stages.yaml").read_text(encoding="utf-8")))
    assert {stage["kind"] for stage in written} == {"Stage"}
    assert len({stage["metadata"]["name"] for stage in written}) == len(written) == 9
    assert [stage["metadata"]["name"] for stage in written if "theirs" in stage["spec"]] == ["node-ready"]


def test_without_kwoks_stages_there_are_none(tmp_path: Path) -> None:
    with pytest.raises(subprocess.CalledProcessError):
        behaviours.stages(stage_printer(tmp_path, "node-ready", exit_code=2))


def test_every_stage_of_ours_has_what_it_names() -> None:
    definitions = (behaviours.FOLDER / "behaviour.jq").read_text(encoding="utf-8")
    for stage in behaviours.own_stages():
        spec = stage["spec"]
        expressions = [expression["key"] for expression in spec["selector"]["matchExpressions"]]
        if "durationFrom" in spec["delay"]:
            expressions.append(spec["delay"]["durationFrom"]["expressionFrom"])
        for expression in expressions:
            assert expression.startswith(definitions)
            assert len(expression) > len(definitions)
        template = spec["next"]["statusTemplate"]
        defined, called = (set(re.findall(rf'{action} "([a-z-]+)"', template)) for action in ("define", "template"))
        assert called <= defined
        assert template.endswith(" . }}")


def test_stages_tell_their_events() -> None:
    events = {stage["metadata"]["name"]: stage["spec"]["next"].get("event") for stage in behaviours.own_stages()}
    assert events["pod-start"] is None
    assert events["pod-crash"] == {"type": "Warning", "reason": "BackOff", "message": "Back-off restarting failed container"}


def test_free_ports_differ_and_can_be_bound() -> None:
    found = control_plane._free_ports(8)
    assert len(set(found)) == 8
    for port in found:
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", port))


def test_without_a_build_it_says_how_to_have_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert build.built() is None
    plane = ControlPlane(tmp_path / "c", name="c", version="1.33")
    with pytest.raises(ControlPlaneError, match="make kubernetes"):
        plane.start()
    with pytest.raises(ControlPlaneError, match="was not started"):
        assert plane.endpoint
    assert not plane.alive()
    plane.stop()


def test_processes_that_end_at_once_are_told_with_their_last_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "program"
    program.write_text("#!/bin/sh\necho 'etcd ended: no space left' >&2\nexit 1\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setattr(control_plane, "built", lambda: program)
    plane = ControlPlane(tmp_path / "c", name="mine", version="1.33")
    plane.start()
    with pytest.raises(ControlPlaneError, match=r"control plane of mine.*no space left"):
        plane.wait_ready(20)
    assert not plane.ready
    plane.stop()
    assert not (tmp_path / "c").exists()
    plane.stop()


def test_a_port_that_is_taken_meanwhile_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "program"
    program.write_text("#!/bin/sh\nsleep 0.2\necho 'listen tcp 127.0.0.1:1: bind: address already in use' >&2\nexit 1\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setattr(control_plane, "built", lambda: program)
    tried: list[int] = []
    free_ports = control_plane._free_ports

    def remembered(count: int) -> list[int]:
        found = free_ports(count)
        tried.append(found[0])
        return found

    monkeypatch.setattr(control_plane, "_free_ports", remembered)
    plane = ControlPlane(tmp_path / "c", name="mine", version="1.33")
    plane.start()
    with pytest.raises(ControlPlaneError, match="address already in use"):
        plane.wait_ready(20)
    assert len(set(tried)) == control_plane.ATTEMPTS
    plane.stop()
