# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts of a stage that need no Docker engine."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from cryptography import x509

from tests.hosts import __main__ as command_line
from tests.hosts import authority, catalogue, forward, images, network, parts, state
from tests.hosts.docker import HostsError


def test_certificates_are_trusted_by_openssl(tmp_path: Path) -> None:
    ca = authority.authority(tmp_path)
    pair = authority.issue(["*.us-east-1.amazonaws.com", "acme.test"], ca)
    (tmp_path / "leaf.crt").write_bytes(pair.certificate)
    command = ["openssl", "verify", "-x509_strict", "-CAfile", str(tmp_path / "ca.crt"), "-verify_hostname", "logs.us-east-1.amazonaws.com"]
    subprocess.run([*command, str(tmp_path / "leaf.crt")], check=True, capture_output=True)
    wrong = [*command[:-1], "logs.example.org", str(tmp_path / "leaf.crt")]
    assert subprocess.run(wrong, check=False, capture_output=True).returncode != 0


def test_the_authority_is_made_once_and_its_key_is_private(tmp_path: Path) -> None:
    assert authority.authority(tmp_path) == authority.authority(tmp_path)
    assert (tmp_path / "ca.key").stat().st_mode & 0o077 == 0


def test_a_long_name_still_gets_a_certificate(tmp_path: Path) -> None:
    name = f"{'a' * 60}.cabc123.us-east-1.rds.amazonaws.com"
    certificate = x509.load_pem_x509_certificate(authority.issue([name], authority.authority(tmp_path)).certificate)
    alternative = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert alternative.get_values_for_type(x509.DNSName) == [name]


def test_the_catalogue_has_every_service_in_every_version() -> None:
    found = list(catalogue.images())
    assert len(found) == 8 * 4
    assert len({(image.repository, image.tag) for image in found}) == len(found)


def test_a_derived_image_keeps_what_the_first_one_has() -> None:
    config = {"config": {"Env": ["PATH=/bin"], "Entrypoint": ["x"]}, "rootfs": {"diff_ids": ["a"]}}
    made = catalogue.derive(config, {"STAGE_PORT": "8080"})
    assert made["config"]["Env"] == ["PATH=/bin", "STAGE_PORT=8080"]
    assert made["config"]["ExposedPorts"] == {"8080/tcp": {}}
    assert (made["config"]["Entrypoint"], made["rootfs"]) == (["x"], {"diff_ids": ["a"]})
    assert config["config"] == {"Env": ["PATH=/bin"], "Entrypoint": ["x"]}


def test_an_images_name_changes_with_its_sources_and_those_below_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in images.PARENTS:
        (tmp_path / name).mkdir()
        (tmp_path / name / "Dockerfile").write_text(f"# {name}\n", encoding="utf-8")
    monkeypatch.setattr(images, "FOLDER", tmp_path)
    before = {name: images.tag_of(name) for name in images.PARENTS}
    (tmp_path / "host" / "Dockerfile").write_text("# other\n", encoding="utf-8")
    changed = {name for name in images.PARENTS if images.tag_of(name) != before[name]}
    assert changed == {"host", "host-ready"}
    (tmp_path / "nginx" / "file").write_text("more\n", encoding="utf-8")
    changed = {name for name in images.PARENTS if images.tag_of(name) != before[name]}
    assert changed == {"host", "host-ready", "nginx", "registry-filled"}


def test_every_image_has_its_sources() -> None:
    for name, parent in images.PARENTS.items():
        if parent is None:
            assert os.access(images.FOLDER / name / "build", os.X_OK)
        elif name != "registry-filled":
            assert "ARG BASE\nFROM ${BASE}\n" in (images.FOLDER / name / "Dockerfile").read_text(encoding="utf-8")
    assert {part.image for part in parts.PARTS.values()} <= set(images.PARENTS)


def test_an_unknown_image_is_refused() -> None:
    with pytest.raises(HostsError, match="there is no image 'other'"):
        images.tag_of("other")


def test_every_part_has_an_address_and_hosts_have_others() -> None:
    assert set(network.PARTS) == set(parts.PARTS)
    subnet = network.Network("10.224.7.0/24")
    first = network.free_host_address(subnet, [])
    assert first == "10.224.7.10"
    assert network.free_host_address(subnet, [first]) == "10.224.7.11"
    assert {network.address(subnet, part) for part in network.PARTS}.isdisjoint({first, str(network.gateway(subnet))})


@pytest.mark.parametrize("name", ["", "../x", "UPPER", "-x", "a b"])
def test_a_name_that_cannot_name_containers_is_refused(name: str) -> None:
    with pytest.raises(HostsError, match="is not usable"):
        state.path_of(name)


def test_the_state_is_kept_and_its_owner_watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state, "FOLDER", tmp_path)
    mine = state.State("mine", "10.224.7.0/24", "us-east-1", "123456789012", owner=os.getpid())
    mine.save()
    ended = subprocess.Popen(["true"])
    ended.wait()
    state.State("orphan", "10.224.8.0/24", "us-east-1", "123456789012", owner=ended.pid).save()
    assert state.load("mine") == mine
    assert [found.name for found in state.listed() if state.orphaned(found)] == ["orphan"]


def test_the_emulator_is_looked_up_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forward, "ROOT", tmp_path)
    place = tmp_path / "stage.json"
    assert forward.emulator_port(place) is None
    place.write_text('{"emulator": "one"}', encoding="utf-8")
    assert forward.emulator_port(place) is None
    (tmp_path / ".emulator" / "one").mkdir(parents=True)
    for port in (4000, 4001):
        (tmp_path / ".emulator" / "one" / "server.json").write_text(f'{{"port": {port}}}', encoding="utf-8")
        assert forward.emulator_port(place) == port


def test_a_command_for_a_stage_that_is_down_says_how_to_bring_it_up(capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.main(["cut", "logs", "--name", "not-there"]) == 1
    assert "python -m tests.hosts up --name not-there" in capsys.readouterr().err
