# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands for AWS towards a host: names, TLS names, the metadata tree."""

from __future__ import annotations

import json
import ssl
import struct
import time
from pathlib import Path

import pytest

from tests.hosts.image.aws.front import keys, metadata, names, tls
from tests.hosts.image.aws.front.settings import Settings, Source, service_of

SETTINGS = Settings(address="10.0.0.2", records={"acme.test": "10.0.0.3", "1.dkr.ecr.us-east-1.amazonaws.com": "10.0.0.4"})


def query(name: str, kind: int = 1) -> bytes:
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    return struct.pack("!HHHHHH", 7, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack("!HH", kind, 1)


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("acme.test", "10.0.0.3"),
        ("1.dkr.ecr.us-east-1.amazonaws.com", "10.0.0.4"),
        ("logs.us-east-1.amazonaws.com", "10.0.0.2"),
        ("bucket.s3.amazonaws.com", "10.0.0.2"),
        ("notamazonaws.com", None),
        ("www.example.org", None),
    ],
)
def test_names_of_the_stage_and_of_aws_have_addresses(name: str, address: str | None) -> None:
    assert names.address_of(name, SETTINGS) == address


def test_an_answer_holds_the_question_and_the_address() -> None:
    reply = names.answer(query("Acme.test"), SETTINGS)
    assert reply is not None
    assert reply[:2] == query("x")[:2]
    assert struct.unpack("!HHHH", reply[4:12]) == (1, 1, 0, 0)
    assert reply.endswith(bytes([0, 4, 10, 0, 0, 3]))


def test_there_is_no_ipv6_and_that_is_not_an_error() -> None:
    reply = names.answer(query("acme.test", 28), SETTINGS)
    assert reply is not None
    assert struct.unpack("!H", reply[2:4])[0] & 0xF == 0
    assert struct.unpack("!HH", reply[4:8]) == (1, 0)


def test_other_names_are_for_others_to_answer() -> None:
    assert names.answer(query("www.example.org"), SETTINGS) is None


@pytest.mark.parametrize("packet", [b"", b"\0" * 12, query("a.b")[:-3], query("a.b")[:12] + b"\xc0\x0c"])
def test_what_is_no_question_is_refused(packet: bytes) -> None:
    with pytest.raises(ValueError, match="question"):
        names.question_of(packet)


@pytest.mark.parametrize(
    ("name", "service"),
    [
        ("logs.us-east-1.amazonaws.com", "logs"),
        ("api.ecr.us-east-1.amazonaws.com", "ecr"),
        ("bucket.s3.us-east-1.amazonaws.com", "s3"),
        ("bucket.s3.amazonaws.com", "s3"),
        ("sts.amazonaws.com", "sts"),
    ],
)
def test_a_name_says_its_service(name: str, service: str) -> None:
    assert service_of(name, "us-east-1") == service


def client_hello(name: str | None) -> bytes:
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    context = ssl.create_default_context()
    context.check_hostname = name is not None
    with pytest.raises(ssl.SSLWantReadError):
        context.wrap_bio(incoming, outgoing, server_hostname=name).do_handshake()
    return outgoing.read()


def test_the_first_message_of_a_client_says_whom_it_wants() -> None:
    assert tls.server_name(client_hello("Logs.us-east-1.amazonaws.com")) == "logs.us-east-1.amazonaws.com"


@pytest.mark.parametrize(
    "hello", [client_hello(None), b"", b"GET / HTTP/1.1", client_hello("a.test")[:40]], ids=["no name", "nothing", "plain HTTP", "cut off"]
)
def test_a_message_without_a_name_has_none(hello: bytes) -> None:
    assert tls.server_name(hello) is None


def root() -> dict[str, object]:
    host = {"instance_id": "i-1", "role": "web", "hostname": "ip-1", "public_key": "ssh-ed25519 A"}
    return metadata.tree(SETTINGS, host, "10.0.0.10", lambda role: {"AccessKeyId": role})


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/latest/meta-data/instance-id", "i-1"),
        ("/latest/meta-data/placement/", "availability-zone\nregion"),
        ("/latest/meta-data/public-keys/0/openssh-key", "ssh-ed25519 A"),
        ("/latest/meta-data/iam/security-credentials/", "web"),
        ("/latest/meta-data/iam/security-credentials/other", None),
        ("/latest/user-data", None),
    ],
)
def test_metadata_is_a_tree(path: str, text: str | None) -> None:
    assert metadata.look_up(root(), path) == text


def test_credentials_are_asked_for_when_they_are_read() -> None:
    text = metadata.look_up(root(), "/latest/meta-data/iam/security-credentials/web")
    assert text is not None
    assert json.loads(text) == {"AccessKeyId": "web"}


def test_a_host_without_a_role_has_no_credentials() -> None:
    tree = metadata.tree(SETTINGS, {"instance_id": "i-1"}, "10.0.0.10", lambda _role: {})
    assert metadata.look_up(tree, "/latest/meta-data/iam/") is None


def test_without_the_emulator_there_are_still_credentials() -> None:
    given = keys.Keys(lambda: Settings(upstream=("127.0.0.1", 1)))("web", "i-1")
    assert (given["Code"], given["AccessKeyId"]) == ("Success", "testing")


def test_keys_are_there_at_once_however_slow_sts_is() -> None:
    def slow(_settings: Settings, role: str, session: str) -> dict[str, str]:
        time.sleep(0.3)
        asked.append(session)
        return {"AccessKeyId": f"{role}-{len(asked)}", "SecretAccessKey": "s", "SessionToken": "t"}

    asked: list[str] = []
    given = keys.Keys(lambda: SETTINGS, slow, fresh_seconds=0)
    assert given("web", "i-1")["AccessKeyId"] == "web-1"
    before = time.monotonic()
    assert given("web", "i-1")["AccessKeyId"] == "web-1"
    assert time.monotonic() - before < 0.2
    time.sleep(0.6)
    assert given("web", "i-1")["AccessKeyId"] == "web-2"


def test_fresh_keys_are_not_asked_for_again() -> None:
    def ask(_settings: Settings, role: str, _session: str) -> dict[str, str]:
        asked.append(role)
        return {"AccessKeyId": "a", "SecretAccessKey": "s", "SessionToken": "t"}

    asked: list[str] = []
    given = keys.Keys(lambda: SETTINGS, ask)
    for _turn in range(3):
        given("web", "i-1")
    assert asked == ["web"]


def test_settings_follow_their_file(tmp_path: Path) -> None:
    path = tmp_path / "aws.json"
    source = Source(path)
    assert source().region == "us-east-1"
    path.write_text('{"region": "eu-west-1", "upstream": ["10.0.0.1", 4566]}', encoding="utf-8")
    assert (source().region, source().upstream) == ("eu-west-1", ("10.0.0.1", 4566))
    path.write_text("{", encoding="utf-8")
    assert source().region == "eu-west-1"
    path.write_text('{"cut": {"logs": "hang"}}', encoding="utf-8")
    assert source().cut == {"logs": "hang"}
