# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Key pairs as text, and which parts of a stored one must be set."""

from __future__ import annotations

import base64
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.stratum.aws.plugins.module_utils import _key_pair
from ansible_collections.stratum.aws.plugins.modules.secretsmanager_key_pair import keys_to_set
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

# The example of RFC 7638, section 3.1.
RFC_MODULUS = (
    "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W"
    "-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08q"
    "NLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
)


@pytest.fixture(scope="module")
def rsa_key() -> str:
    return _key_pair.generate("rsa", 2048, "pkcs8")


def pair(private: str, **more: Any) -> dict[str, Any]:
    return {"private_key": private, "public_key": _key_pair.public_text(private), "key_id": _key_pair.key_id(private), **more}


def test_an_rsa_key_in_pem(rsa_key: str) -> None:
    assert rsa_key.startswith("-----BEGIN PRIVATE KEY-----\n")
    public = serialization.load_pem_public_key(_key_pair.public_text(rsa_key).encode())
    assert isinstance(public, rsa.RSAPublicKey)
    assert public.key_size == 2048


def test_an_ed25519_key_of_openssh_is_one_that_ssh_reads(tmp_path: Path) -> None:
    private = _key_pair.generate("ed25519", 0, "openssh")
    public = _key_pair.public_text(private, "shop")
    assert public.startswith("ssh-ed25519 ")
    assert public.endswith(" shop")
    assert isinstance(serialization.load_ssh_public_key(public.encode()), ed25519.Ed25519PublicKey)
    file = tmp_path / "key"
    file.write_text(private)
    file.chmod(0o600)
    derived = subprocess.run(["ssh-keygen", "-y", "-f", file], capture_output=True, text=True, check=True).stdout
    assert _key_pair.same_public_key(derived, public)


def test_the_id_of_a_key_is_its_thumbprint(monkeypatch: pytest.MonkeyPatch) -> None:
    modulus = int.from_bytes(base64.urlsafe_b64decode(RFC_MODULUS + "=="), "big")
    public = rsa.RSAPublicNumbers(65537, modulus).public_key()
    monkeypatch.setattr(_key_pair, "halves", lambda _private: public)
    assert _key_pair.key_id("") == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"


def test_the_id_of_an_ed25519_key(monkeypatch: pytest.MonkeyPatch) -> None:
    # RFC 8037, appendix A.3.
    raw = base64.urlsafe_b64decode("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo=")
    public = ed25519.Ed25519PublicKey.from_public_bytes(raw)
    monkeypatch.setattr(_key_pair, "halves", lambda _private: public)
    assert _key_pair.key_id("") == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


def test_other_keys_are_refused() -> None:
    other = ec.generate_private_key(ec.SECP256R1())
    plain = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8)
    with pytest.raises(ValueError, match="neither an RSA nor an Ed25519"):
        _key_pair.halves(other.private_bytes(*plain, serialization.NoEncryption()).decode())
    mine = ed25519.Ed25519PrivateKey.generate()
    with pytest.raises(ValueError, match="passphrase"):
        _key_pair.halves(mine.private_bytes(*plain, serialization.BestAvailableEncryption(b"x")).decode())
    with pytest.raises(ValueError, match=r"."):
        _key_pair.halves("no key at all")


def test_a_pair_is_generated_when_there_is_none() -> None:
    assert keys_to_set({}, rotate=False) == ["created", "format", "key_id", "private_key", "public_key", "type"]
    assert "previous" not in keys_to_set({}, rotate=True)


def test_an_existing_pair_stays(rsa_key: str) -> None:
    assert keys_to_set(pair(rsa_key), rotate=False) == []
    assert keys_to_set(pair(rsa_key), rotate=True) == ["created", "format", "key_id", "previous", "private_key", "public_key", "type"]


def test_what_somebody_stored_is_completed(rsa_key: str) -> None:
    assert keys_to_set({"private_key": rsa_key}, rotate=False) == ["key_id", "public_key"]
    other = _key_pair.generate("ed25519", 0, "pkcs8")
    assert keys_to_set({**pair(rsa_key), "public_key": _key_pair.public_text(other)}, rotate=False) == ["public_key"]


def test_a_comment_is_no_difference() -> None:
    assert _key_pair.same_public_key("ssh-ed25519 AAAA mine", "ssh-ed25519 AAAA yours")
    assert not _key_pair.same_public_key("ssh-ed25519 AAAA", "ssh-ed25519 BBBB")
    assert not _key_pair.same_public_key(None, "ssh-ed25519 AAAA")


def test_old_pairs_are_kept_without_their_private_halves() -> None:
    value = {"private_key": "S", "public_key": "P", "key_id": "2", "created": "then", "previous": [{"key_id": "1"}, {"key_id": "0"}]}
    old = {"public_key": "P", "key_id": "2", "created": "then", "retired": "now"}
    assert _key_pair.retired(value, "now", keep=2, private=False) == [old, {"key_id": "1"}]
    assert _key_pair.retired(value, "now", keep=1, private=True) == [{**old, "private_key": "S"}]
    assert _key_pair.retired(value, "now", keep=0, private=True) == []
    assert "S" not in json.dumps(_key_pair.retired(value, "now", keep=2, private=False))
