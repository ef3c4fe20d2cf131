# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A client of PostgreSQL that can log in and run simple statements, and needs nothing but Python.

It speaks version 3 of the protocol with TLS, and logs in by SCRAM-SHA-256 (without channel binding), MD5 or a password in clear text,
which it gives to nobody without TLS.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import socket
import ssl
import struct
from base64 import b64decode, b64encode
from collections.abc import Iterator
from types import TracebackType

PROTOCOL = 196608
TLS_REQUEST = 80877103
SECONDS = 10.0


class DatabaseError(Exception):
    """What the server refuses; `code` is PostgreSQL's five characters, such as 28P01 for a wrong password."""

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.code = code


def literal(text: str) -> str:
    """Return a text as a literal of SQL, whatever is in it."""
    if "\0" in text:
        raise ValueError("PostgreSQL takes no NUL in a text")
    quoted = text.replace("'", "''")
    return f"'{quoted}'" if "\\" not in text else "E'" + quoted.replace("\\", "\\\\") + "'"


def identifier(name: str) -> str:
    """Return a name as an identifier of SQL, whatever is in it."""
    if "\0" in name:
        raise ValueError("PostgreSQL takes no NUL in a name")
    return '"' + name.replace('"', '""') + '"'


class Connection:
    """A session, to be used in a `with` statement."""

    def __init__(
        self, host: str, port: int, user: str, password: str, database: str, *, tls: bool = True, ca_file: str | None = None
    ) -> None:
        self._socket = socket.create_connection((host, port), timeout=SECONDS)
        try:
            self._encrypted = self._begin_tls(host, tls, ca_file)
            self._log_in(user, password, database)
        except BaseException:
            self._socket.close()
            raise

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        try:
            self._send(b"X")
        except OSError:
            pass  # the session ends in any case
        finally:
            self._socket.close()

    def run(self, statement: str) -> list[tuple[str | None, ...]]:
        """Run one statement or several, and return the rows as texts."""
        self._send(b"Q", statement.encode() + b"\0")
        rows: list[tuple[str | None, ...]] = []
        refused: DatabaseError | None = None
        for kind, body in self._messages():
            if kind == b"D":
                rows.append(tuple(_columns(body)))
            elif kind == b"E":
                refused = _error(body)
            elif kind == b"Z":
                if refused is not None:
                    raise refused
                return rows
        raise DatabaseError("the server has ended the session")

    # -- The protocol ------------------------------------------------------------------------------------

    def _begin_tls(self, host: str, wanted: bool, ca_file: str | None) -> bool:
        if not wanted:
            return False
        self._socket.sendall(struct.pack("!ii", 8, TLS_REQUEST))
        if self._socket.recv(1) != b"S":
            raise DatabaseError("the server offers no TLS, and without it no password is sent")
        context = ssl.create_default_context(cafile=ca_file)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if ca_file is None:
            # Lambda does not know RDS's authorities; the connection stays within the VPC.
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        self._socket = context.wrap_socket(self._socket, server_hostname=host)
        return True

    def _log_in(self, user: str, password: str, database: str) -> None:
        parameters = {"user": user, "database": database, "client_encoding": "UTF8", "application_name": "rotate_postgresql"}
        body = struct.pack("!i", PROTOCOL) + b"".join(f"{key}\0{value}\0".encode() for key, value in parameters.items()) + b"\0"
        self._socket.sendall(struct.pack("!i", len(body) + 4) + body)
        exchange: _Scram | None = None
        for kind, message in self._messages():
            if kind == b"E":
                raise _error(message)
            if kind == b"Z":
                return
            if kind != b"R":
                continue
            (asked,) = struct.unpack("!i", message[:4])
            rest = message[4:]
            if asked == 3:
                if not self._encrypted:
                    raise DatabaseError("the server wants the password in clear text over a connection without TLS")
                self._send(b"p", password.encode() + b"\0")
            elif asked == 5:
                inner = hashlib.md5(password.encode() + user.encode(), usedforsecurity=False).hexdigest()
                outer = hashlib.md5(inner.encode() + rest[:4], usedforsecurity=False).hexdigest()
                self._send(b"p", b"md5" + outer.encode() + b"\0")
            elif asked == 10:
                if b"SCRAM-SHA-256\0" not in rest:
                    raise DatabaseError("the server offers no way to log in that is known here")
                exchange = _Scram(password)
                first = exchange.first()
                self._send(b"p", b"SCRAM-SHA-256\0" + struct.pack("!i", len(first)) + first)
            elif asked == 11 and exchange is not None:
                self._send(b"p", exchange.final(rest))
            elif asked == 12 and exchange is not None:
                exchange.verify(rest)
            elif asked != 0:
                raise DatabaseError(f"the server wants a way to log in ({asked}) that is not known here")
        raise DatabaseError("the server has ended the session during the login")

    def _send(self, kind: bytes, body: bytes = b"") -> None:
        self._socket.sendall(kind + struct.pack("!i", len(body) + 4) + body)

    def _messages(self) -> Iterator[tuple[bytes, bytes]]:
        while True:
            header = self._receive(5)
            if not header:
                return
            (length,) = struct.unpack("!i", header[1:])
            yield header[:1], self._receive(length - 4)

    def _receive(self, length: int) -> bytes:
        parts: list[bytes] = []
        while length:
            part = self._socket.recv(length)
            if not part:
                return b""
            parts.append(part)
            length -= len(part)
        return b"".join(parts)


class _Scram:
    """One login by SCRAM-SHA-256 (RFC 7677)."""

    def __init__(self, password: str) -> None:
        self._password = password.encode()
        self._nonce = b64encode(os.urandom(18)).decode()
        self._bare = f"n=,r={self._nonce}"
        self._signature = b""

    def first(self) -> bytes:
        """Return the client's first message."""
        return f"n,,{self._bare}".encode()

    def final(self, server_first: bytes) -> bytes:
        """Return the client's proof for the server's challenge."""
        fields = _fields(server_first)
        nonce, salt, rounds = fields["r"], b64decode(fields["s"]), int(fields["i"])
        if not nonce.startswith(self._nonce):
            raise DatabaseError("the server has answered somebody else's login")
        salted = hashlib.pbkdf2_hmac("sha256", self._password, salt, rounds)
        without_proof = f"c=biws,r={nonce}"
        said = ",".join((self._bare, server_first.decode(), without_proof)).encode()
        client_key = _hmac(salted, b"Client Key")
        proof = bytes(a ^ b for a, b in zip(client_key, _hmac(hashlib.sha256(client_key).digest(), said), strict=True))
        self._signature = _hmac(_hmac(salted, b"Server Key"), said)
        return f"{without_proof},p={b64encode(proof).decode()}".encode()

    def verify(self, server_final: bytes) -> None:
        """Fail unless the server knows the password, too."""
        if not hmac.compare_digest(b64decode(_fields(server_final).get("v", "")), self._signature):
            raise DatabaseError("the server does not know the password: it is not the one that was meant")


def _hmac(key: bytes, text: bytes) -> bytes:
    return hmac.new(key, text, "sha256").digest()


def _fields(message: bytes) -> dict[str, str]:
    return dict(part.split("=", 1) for part in message.decode().split(",") if "=" in part)


def _columns(body: bytes) -> Iterator[str | None]:
    (count,) = struct.unpack("!h", body[:2])
    place = 2
    for _unused in range(count):
        (length,) = struct.unpack("!i", body[place : place + 4])
        place += 4
        if length < 0:
            yield None
            continue
        yield body[place : place + length].decode()
        place += length


def _error(body: bytes) -> DatabaseError:
    fields = {part[:1]: part[1:].decode(errors="replace") for part in body.split(b"\0") if part}
    return DatabaseError(fields.get(b"M", "the server refuses"), fields.get(b"C", ""))
