# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs on the host: what certificates there are, how long they last, and whether nginx serves them.

`list`     prints every configured certificate as JSON, with what certbot knows of its renewal and the serial that nginx serves.
`publish`  sends the days that each has left to CloudWatch, with the credentials of the instance's role.
`reload`   is certbot's deploy hook: nginx reads the new certificate, and is asked by TLS whether it serves it. What did not work is tried
           again by `reload --pending`, which does nothing otherwise and runs after every run of certbot's timer.
`way`      prints how the authority can be answered now: `webroot` when nginx runs and serves the challenges, `standalone` when port 80
           is free.
"""

from __future__ import annotations

import argparse
import configparser
import json
import secrets
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import asdict, dataclass, field
from pathlib import Path

SETTINGS = Path("/etc/compose-host/certificates.json")
PENDING = Path("/var/lib/compose-host/reload-pending")
LETSENCRYPT = Path("/etc/letsencrypt")
PROXY = "/usr/local/sbin/compose-host-proxy"
DAY = 86400
# Seconds: for nginx to take a reload, and between two attempts to give it one.
SERVED_WITHIN = 15.0
ATTEMPTS = 6
PAUSE = 5.0


@dataclass(frozen=True)
class Settings:
    """What the role says of the certificates (SETTINGS)."""

    names: list[str]
    served: str
    """The certificate of the proxy, empty when it has none."""
    server_name: str
    webroot: str
    region: str
    namespace: str


@dataclass
class Certificate:
    """A certificate on the host, as far as it can be read."""

    name: str
    domains: list[str] = field(default_factory=list)
    serial: str = ""
    served_serial: str = ""
    """What nginx serves, of the proxy's certificate only; empty when nothing answers."""
    not_after: float = 0.0
    """Seconds since 1970; 0 when there is no certificate."""
    days_left: float = 0.0
    """Of what is on the disk or what nginx serves, whichever ends first; 0 when there is none."""
    directory: str = ""
    authenticator: str = ""
    webroots: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Words:
    """What openssl says of a certificate."""

    serial: str
    not_after: float
    domains: list[str]


def settings(path: Path = SETTINGS) -> Settings:
    """Return what the role wrote."""
    return Settings(**json.loads(path.read_text(encoding="utf-8")))


def parsed(text: str) -> Words:
    """Read openssl's description of a certificate."""
    serial, not_after, domains = "", 0.0, []
    for line in text.splitlines():
        name, _equals, value = line.strip().partition("=")
        if name == "serial":
            serial = value
        elif name == "notAfter":
            not_after = float(ssl.cert_time_to_seconds(value))
        elif line.strip().startswith("DNS:"):
            domains = [word.strip().removeprefix("DNS:") for word in line.split(",")]
    return Words(serial, not_after, domains)


def described(pem: str) -> Words:
    """Return what openssl says of the first certificate in a text."""
    command = ["openssl", "x509", "-noout", "-serial", "-enddate", "-ext", "subjectAltName"]
    done = subprocess.run(command, input=pem, capture_output=True, text=True, check=True)
    return parsed(done.stdout)


def renewal(text: str) -> tuple[str, str, list[str]]:
    """Return directory, authenticator and webroots of a certificate from certbot's file about its renewal."""
    reader = configparser.RawConfigParser(delimiters=("=",), comment_prefixes=("#",), strict=False)
    reader.optionxform = str  # type: ignore[assignment,method-assign]
    reader.read_string("[top]\n" + text)
    how = dict(reader["renewalparams"]) if reader.has_section("renewalparams") else {}
    roots = list(dict(reader["[webroot_map]"]).values()) if reader.has_section("[webroot_map]") else []
    if not roots:
        roots = how.get("webroot_path", "").split(",")
    return how.get("server", ""), how.get("authenticator", ""), sorted({root.strip() for root in roots if root.strip()})


def served(server_name: str, port: int = 443) -> str:
    """Return the certificate (PEM) that this host serves under a name, empty when nothing answers."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        with (
            socket.create_connection(("127.0.0.1", port), timeout=5) as plain,
            context.wrap_socket(plain, server_hostname=server_name) as tls,
        ):
            return ssl.DER_cert_to_PEM_cert(tls.getpeercert(binary_form=True) or b"")
    except OSError:
        return ""


def certificate(name: str, now: float, root: Path = LETSENCRYPT, pem_served: str = "") -> Certificate:
    """Return what there is of a certificate."""
    found = Certificate(name)
    chain, about = root / "live" / name / "fullchain.pem", root / "renewal" / f"{name}.conf"
    if about.is_file():
        found.directory, found.authenticator, found.webroots = renewal(about.read_text(encoding="utf-8"))
    if chain.is_file():
        words = described(chain.read_text(encoding="utf-8"))
        found.serial, found.not_after, found.domains = words.serial, words.not_after, words.domains
        ends = words.not_after
        if pem_served:
            there = described(pem_served)
            found.served_serial, ends = there.serial, min(ends, there.not_after)
        found.days_left = max(0.0, round((ends - now) / DAY, 3))
    return found


def certificates(said: Settings) -> list[Certificate]:
    """Return all that are configured."""
    now = time.time()
    return [certificate(name, now, pem_served=served(said.server_name) if name == said.served else "") for name in said.names]


def metric_data(found: list[Certificate]) -> list[dict[str, object]]:
    """Return what CloudWatch is told. A certificate that is missing has no days left, so that its alarm rings."""
    return [
        {"MetricName": "CertificateDaysLeft", "Dimensions": [{"Name": "Certificate", "Value": one.name}], "Value": one.days_left}
        for one in found
    ]


def publish(said: Settings) -> None:
    """Send the metric."""
    import boto3  # only here: a deploy hook should not wait for it

    if data := metric_data(certificates(said)):
        boto3.client("cloudwatch", region_name=said.region).put_metric_data(Namespace=said.namespace, MetricData=data)


def serves_its_certificate(said: Settings) -> bool:
    """Wait until nginx serves the certificate on the disk; tell whether it does."""
    if not said.served:
        return True
    serial = described((LETSENCRYPT / "live" / said.served / "fullchain.pem").read_text(encoding="utf-8")).serial
    until = time.monotonic() + SERVED_WITHIN
    while time.monotonic() < until:
        pem = served(said.server_name)
        if pem and described(pem).serial == serial:
            return True
        time.sleep(0.2)
    return False


def reload(said: Settings, pending: bool = False) -> str:
    """Make nginx serve what is on the disk; return what was done. Raises SystemExit with the reason when it would not."""
    if pending and not PENDING.exists():
        return "nothing pending"
    PENDING.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    PENDING.touch()
    words = ""
    for attempt in range(ATTEMPTS):
        if attempt:
            time.sleep(PAUSE)
        done = subprocess.run([PROXY, "reload"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        words = done.stdout.strip()
        if done.returncode:
            continue
        if words == "not running" or serves_its_certificate(said):
            PENDING.unlink(missing_ok=True)
            return words
        words = f"nginx reloaded, and still serves another certificate than {LETSENCRYPT}/live/{said.served}/fullchain.pem"
    sys.exit(f"{words}\nIt is tried again after the next run of certbot's timer, or by: {sys.argv[0]} reload --pending")


def way(said: Settings, port: int = 80) -> str:
    """Return how the authority can be answered now. Raises SystemExit when it cannot."""
    folder = Path(said.webroot) / ".well-known" / "acme-challenge"
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    probe = folder / f"probe-{secrets.token_hex(8)}"
    probe.write_text(probe.name, encoding="utf-8")
    try:
        url = f"http://127.0.0.1:{port}/.well-known/acme-challenge/{probe.name}"
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=10) as answer:
            content = answer.read(200).decode("ascii", "replace")
    except urllib.error.HTTPError as wrong:
        content = f"HTTP {wrong.code}"
    except urllib.error.URLError as wrong:
        if isinstance(wrong.reason, ConnectionRefusedError):
            return "standalone"
        content = str(wrong.reason)
    except OSError as wrong:
        content = str(wrong)
    finally:
        probe.unlink()
    if content == probe.name:
        return "webroot"
    sys.exit(
        f"The authority could not be answered: something listens on port {port} and does not serve {said.webroot}"
        f" at /.well-known/acme-challenge/ ({content}). Stop it for the first certificate, or let it serve that directory."
    )


def main() -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("list", "publish", "way"):
        commands.add_parser(name)
    commands.add_parser("reload").add_argument("--pending", action="store_true")
    arguments = parser.parse_args()
    said = settings()
    if arguments.command == "publish":
        publish(said)
    elif arguments.command == "list":
        sys.stdout.write(json.dumps([asdict(one) for one in certificates(said)], indent=2) + "\n")
    else:
        sys.stdout.write((way(said) if arguments.command == "way" else reload(said, arguments.pending)) + "\n")


if __name__ == "__main__":
    main()
