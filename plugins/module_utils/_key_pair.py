# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Key pairs as text: generating them, and telling the public half and its id from the private one.  Private to the collection.

`cryptography` is imported where it is used, because modules must be able to say that it is missing.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

RSA = "rsa"
ED25519 = "ed25519"
PKCS8 = "pkcs8"
OPENSSH = "openssh"
PUBLIC_PARTS = ("public_key", "key_id", "created")


def generate(kind: str, bits: int, form: str) -> str:
    """Return the private key of a new pair: PEM, in the form PKCS#8 or that of OpenSSH, without a passphrase."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=bits) if kind == RSA else ed25519.Ed25519PrivateKey.generate()
    private = serialization.PrivateFormat.OpenSSH if form == OPENSSH else serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, private, serialization.NoEncryption()).decode()


def halves(private_key: str) -> Any:
    """Return the public key object of a private key in PEM; raise ValueError where it is none, or of another kind."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

    data = private_key.encode()
    load = serialization.load_ssh_private_key if "BEGIN OPENSSH PRIVATE KEY" in private_key else serialization.load_pem_private_key
    try:
        key = load(data, password=None)
    except (TypeError, UnsupportedAlgorithm) as error:
        raise ValueError("it has a passphrase, or is of a kind that is not known") from error
    if not isinstance(key, rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey):
        raise ValueError("it is neither an RSA nor an Ed25519 key")
    return key.public_key()


def public_text(private_key: str, comment: str = "") -> str:
    """Return the public half: PEM for a private key in PKCS#8 (or PKCS#1), one line of authorized_keys for one of OpenSSH."""
    from cryptography.hazmat.primitives import serialization

    public = halves(private_key)
    if "BEGIN OPENSSH PRIVATE KEY" not in private_key:
        text: bytes = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        return text.decode()
    line: bytes = public.public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    return f"{line.decode()} {comment}".rstrip()


def key_id(private_key: str) -> str:
    """Return the thumbprint of the public half (RFC 7638): what tokens name as `kid`."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    public = halves(private_key)
    if isinstance(public, rsa.RSAPublicKey):
        numbers = public.public_numbers()
        jwk = {"e": _number(numbers.e), "kty": "RSA", "n": _number(numbers.n)}
    else:
        raw = public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        jwk = {"crv": "Ed25519", "kty": "OKP", "x": _base64(raw)}
    # The RFC fixes the members, their order and that there is no white space.
    return _base64(hashlib.sha256(json.dumps(jwk, separators=(",", ":"), sort_keys=True).encode()).digest())


def _number(value: int) -> str:
    return _base64(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def same_public_key(stored: Any, derived: str) -> bool:
    """Return whether two texts are the same public key; the comment of an OpenSSH line is nobody's affair."""
    if not isinstance(stored, str):
        return False
    if derived.startswith("-----"):
        return stored.strip() == derived.strip()
    return stored.split()[:2] == derived.split()[:2]


def retired(value: Mapping[str, Any], now: str, keep: int, private: bool) -> list[dict[str, Any]]:
    """Return the old pairs once the current one is replaced, newest first and at most `keep` of them.

    Private halves are kept only on demand: what checks signatures needs none, what must log in with the old key does.
    """
    parts = (*PUBLIC_PARTS, "private_key") if private else PUBLIC_PARTS
    current = {**{key: value[key] for key in parts if value.get(key)}, "retired": now}
    before: Sequence[Any] = value.get("previous") or []
    return [current, *(dict(each) for each in before if isinstance(each, Mapping))][:keep]
