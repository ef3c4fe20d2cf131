# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The programs that compose_host installs on a host: what they read, decide and say. What they do is in tests/integration/hosts."""

from __future__ import annotations

import importlib.util
import json
import ssl
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.role_templates import ROLES

NOT_AFTER = "Feb 19 09:00:00 2027 GMT"


def load(name: str) -> ModuleType:
    """Import a program from the role's files."""
    spec = importlib.util.spec_from_file_location(f"compose_host_{name}", ROLES / "compose_host" / "files" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


certificates = load("certificates")
proxy = load("proxy")


def settings(**changes: Any) -> Any:
    said = {"names": ["a.example"], "served": "a.example", "server_name": "a.example", "webroot": "/w", "region": "r", "namespace": "n"}
    return certificates.Settings(**(said | changes))


def project(folder: Path) -> Any:
    (folder / "nginx").mkdir(exist_ok=True)
    return proxy.Proxy("site", str(folder), str(folder / "docker-compose.prod.yml"), "nginx", "nginx:alpine", ["api-gateway"])


def test_openssls_words_are_read() -> None:
    words = certificates.parsed(
        f"serial=4F2A\nnotAfter={NOT_AFTER}\nX509v3 Subject Alternative Name: \n    DNS:a.example, DNS:www.a.example\n"
    )  # fmt: skip
    assert (words.serial, words.domains) == ("4F2A", ["a.example", "www.a.example"])
    assert words.not_after == ssl.cert_time_to_seconds(NOT_AFTER)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ("", "", [])),
        ("[renewalparams]\nserver = https://x/dir\nauthenticator = standalone\n", ("https://x/dir", "standalone", [])),
        ("version = 4.0\n[renewalparams]\nauthenticator = webroot\nwebroot_path = /w,\nserver = s?a=b\n", ("s?a=b", "webroot", ["/w"])),
        (
            "# renew_before_expiry = 30 days\n[renewalparams]\nauthenticator = webroot\n[[webroot_map]]\na.example = /w\nb = /w\n",
            ("", "webroot", ["/w"]),
        ),
    ],
)
def test_what_certbot_knows_of_a_renewal_is_read(text: str, expected: tuple[str, str, list[str]]) -> None:
    assert certificates.renewal(text) == expected


def test_a_certificate_that_is_missing_has_no_days_left(tmp_path: Path) -> None:
    found = certificates.certificate("a.example", 0.0, tmp_path)
    assert (found.serial, found.days_left) == ("", 0.0)
    assert certificates.metric_data([found])[0]["Value"] == 0.0


def test_what_nginx_serves_counts_when_it_ends_earlier(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chain = tmp_path / "live" / "a.example" / "fullchain.pem"
    chain.parent.mkdir(parents=True)
    chain.write_text("disk", encoding="utf-8")
    ends = {"disk": 90 * 86400.0, "old": 3 * 86400.0}
    monkeypatch.setattr(certificates, "described", lambda pem: certificates.Words(pem, ends[pem], ["a.example"]))
    assert certificates.certificate("a.example", 0.0, tmp_path).days_left == 90
    found = certificates.certificate("a.example", 0.0, tmp_path, "old")
    assert (found.serial, found.served_serial, found.days_left) == ("disk", "old", 3)
    assert certificates.certificate("a.example", 4 * 86400.0, tmp_path, "old").days_left == 0


def test_the_metric_has_the_one_dimension_that_its_alarm_asks_for() -> None:
    found = certificates.Certificate("a.example", days_left=12.5)
    assert certificates.metric_data([found]) == [
        {"MetricName": "CertificateDaysLeft", "Dimensions": [{"Name": "Certificate", "Value": "a.example"}], "Value": 12.5}
    ]


@contextmanager
def web_server(folder: Path) -> Iterator[int]:
    """Serve a folder; yield the port."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *values: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()


def test_the_way_is_standalone_while_the_port_is_free(tmp_path: Path) -> None:
    with web_server(tmp_path) as port:
        pass
    assert certificates.way(settings(webroot=str(tmp_path)), port) == "standalone"


def test_the_way_is_the_webroot_when_it_is_served(tmp_path: Path) -> None:
    with web_server(tmp_path) as port:
        assert certificates.way(settings(webroot=str(tmp_path)), port) == "webroot"
    assert not list((tmp_path / ".well-known" / "acme-challenge").iterdir()), "the probe is gone"


def test_who_else_has_the_port_is_told_and_the_probe_is_gone(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    with web_server(tmp_path / "other") as port, pytest.raises(SystemExit, match=r"does not serve .*HTTP 404"):
        certificates.way(settings(webroot=str(tmp_path / "root")), port)
    assert not list((tmp_path / "root" / ".well-known" / "acme-challenge").iterdir())


class Reloads:
    """Stands for the program that reloads nginx: fails as often as it is told, counts how often it was asked."""

    def __init__(self, failures: int, says: str = "reloaded") -> None:
        self.failures, self.says, self.asked = failures, says, 0

    def __call__(self, command: list[str], **_options: Any) -> Any:
        self.asked += 1
        refused = self.asked <= self.failures
        return type("Done", (), {"returncode": int(refused), "stdout": "host not found in upstream" if refused else self.says})


@pytest.fixture
def pending(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "state" / "reload-pending"
    monkeypatch.setattr(certificates, "PENDING", path)
    monkeypatch.setattr(certificates, "PAUSE", 0)
    monkeypatch.setattr(certificates, "serves_its_certificate", lambda said: True)
    return path


def test_a_reload_is_tried_again_and_leaves_nothing_to_do(pending: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reloads = Reloads(failures=2)
    monkeypatch.setattr(certificates.subprocess, "run", reloads)
    assert certificates.reload(settings()) == "reloaded"
    assert (reloads.asked, pending.exists()) == (3, False)
    assert certificates.reload(settings(), pending=True) == "nothing pending"
    assert reloads.asked == 3


def test_a_reload_that_never_works_is_told_and_stays_pending(pending: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(certificates.subprocess, "run", Reloads(failures=100))
    with pytest.raises(SystemExit, match="host not found in upstream"):
        certificates.reload(settings())
    assert pending.exists()
    monkeypatch.setattr(certificates.subprocess, "run", Reloads(failures=0))
    assert certificates.reload(settings(), pending=True) == "reloaded"
    assert not pending.exists()


def test_an_nginx_that_goes_on_with_the_old_certificate_is_no_success(pending: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(certificates, "serves_its_certificate", lambda said: False)
    monkeypatch.setattr(certificates.subprocess, "run", Reloads(failures=0))
    with pytest.raises(SystemExit, match="still serves another certificate"):
        certificates.reload(settings())
    assert pending.exists()


def test_an_nginx_that_does_not_run_reads_the_certificate_when_it_starts(pending: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(certificates, "serves_its_certificate", lambda said: False)
    monkeypatch.setattr(certificates.subprocess, "run", Reloads(failures=0, says="not running"))
    assert certificates.reload(settings()) == "not running"
    assert not pending.exists()


class Engine:
    """Stands for Docker: notes commands, answers what it was told to."""

    def __init__(self, container: str = "", seen: str = "", refuses: tuple[str, ...] = ()) -> None:
        self.container, self.seen, self.refuses = container, seen, refuses
        self.commands: list[str] = []

    def __call__(self, command: list[str]) -> Any:
        text = " ".join(command)
        self.commands.append(text)
        refused = any(word in text for word in self.refuses)
        said = {"docker ps": self.container, "docker inspect": "sha256:running", "docker exec": self.seen}
        stdout = next((answer for start, answer in said.items() if text.startswith(start)), "")
        return type("Done", (), {"returncode": int(refused), "stdout": "nginx: [emerg] no" if refused else stdout})

    def did(self, *words: str) -> bool:
        return any(all(word in command for word in words) for command in self.commands)


@pytest.fixture
def candidate(tmp_path: Path) -> Path:
    path = tmp_path / "candidate.conf"
    path.write_text("new", encoding="utf-8")
    return path


def applied(monkeypatch: pytest.MonkeyPatch, engine: Engine, folder: Path, candidate: Path) -> bool:
    monkeypatch.setattr(proxy, "run", engine)
    done: bool = proxy.apply(project(folder), candidate)
    return done


def test_the_first_configuration_is_checked_with_the_image_that_is_going_to_run(
    tmp_path: Path, candidate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = Engine()
    assert applied(monkeypatch, engine, tmp_path, candidate)
    assert engine.did("docker run", "nginx:alpine", "--add-host=api-gateway:127.0.0.1", "-t")
    assert not engine.did("reload")
    assert (tmp_path / "nginx" / "nginx.conf").read_text(encoding="utf-8") == "new"


def test_a_new_configuration_keeps_the_inode_and_is_loaded(tmp_path: Path, candidate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "nginx" / "nginx.conf"
    target.parent.mkdir()
    target.write_text("old, and longer than the new one", encoding="utf-8")
    inode = target.stat().st_ino
    engine = Engine("c0ffee", target.read_text(encoding="utf-8"))
    assert applied(monkeypatch, engine, tmp_path, candidate)
    assert (target.stat().st_ino, target.read_text(encoding="utf-8")) == (inode, "new")
    assert engine.did("docker run", "sha256:running", "-t")
    assert engine.did("exec", "nginx -s reload")
    assert not applied(monkeypatch, Engine("c0ffee", "new"), tmp_path, candidate), "a second time, nothing is to do"


def test_a_refused_configuration_changes_nothing(tmp_path: Path, candidate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "nginx" / "nginx.conf"
    target.parent.mkdir()
    target.write_text("old", encoding="utf-8")
    engine = Engine("c0ffee", "old", refuses=("docker run",))
    with pytest.raises(SystemExit, match=r"the old one stays:\nnginx: \[emerg\] no"):
        applied(monkeypatch, engine, tmp_path, candidate)
    assert target.read_text(encoding="utf-8") == "old"
    assert not engine.did("reload")


def test_a_configuration_that_nginx_does_not_load_is_taken_back(tmp_path: Path, candidate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "nginx" / "nginx.conf"
    target.parent.mkdir()
    target.write_text("old", encoding="utf-8")
    with pytest.raises(SystemExit, match="the old one is back in place"):
        applied(monkeypatch, Engine("c0ffee", "old", refuses=("reload",)), tmp_path, candidate)
    assert target.read_text(encoding="utf-8") == "old"
    assert applied(monkeypatch, Engine("c0ffee", "old"), tmp_path, candidate), "and is tried again"


def test_a_container_that_holds_on_to_a_replaced_file_is_made_anew(
    tmp_path: Path, candidate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "nginx" / "nginx.conf"
    target.parent.mkdir()
    target.write_text("new", encoding="utf-8")
    engine = Engine("c0ffee", "what the container still sees")
    assert applied(monkeypatch, engine, tmp_path, candidate)
    assert engine.did("up", "--force-recreate", "nginx")


def test_a_reload_that_was_interrupted_is_done_by_the_next_run(tmp_path: Path, candidate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "nginx" / "nginx.conf"
    target.parent.mkdir()
    target.write_text("new", encoding="utf-8")
    (target.parent / ".reload").touch()
    engine = Engine("c0ffee", "new")
    assert applied(monkeypatch, engine, tmp_path, candidate)
    assert engine.did("nginx -s reload")
    assert not (target.parent / ".reload").exists()


def test_settings_that_the_role_writes_are_those_that_the_programs_read(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text(
        json.dumps({"names": [], "served": "", "server_name": "", "webroot": "", "region": "", "namespace": ""}), encoding="utf-8"
    )
    assert certificates.settings(path).names == []
    task = (ROLES / "compose_host" / "tasks" / "host" / "proxy.yml").read_text(encoding="utf-8")
    for name in proxy.Proxy.__dataclass_fields__:
        assert f"          {name}: " in task
    task = (ROLES / "compose_host" / "tasks" / "host" / "certificate.yml").read_text(encoding="utf-8")
    for name in certificates.Settings.__dataclass_fields__:
        assert f"          {name}: " in task
