# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The program helm, with one that a test plays: what it is told, what is made of its answers, and how its manifests are read."""

from __future__ import annotations

import base64
import gzip
import json
import os
import stat
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.testing import patch_module_args
from ansible_collections.stratum.aws.plugins.module_utils import _helm
from ansible_collections.stratum.aws.plugins.module_utils._helm import UNVALIDATED, Chart, Helm, HelmError, found_binary, logged_in
from ansible_collections.stratum.aws.plugins.module_utils._helm_manifests import documents
from ansible_collections.stratum.aws.plugins.module_utils._helm_records import Records, history_in, record_in

API: Any = SimpleNamespace(host="https://api", ca_data="Q0E=", token=lambda: "token-1")


def helm_saying(code: int, out: str = "", error: str = "") -> Helm:
    return Helm("helm", {}, lambda *_arguments, **_options: (code, out, error), API)


# ---- its words


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("Error: no", "no"),
        ("WARNING: x is deprecated\nError: no\n", "no"),
        *((f"W{month:02}21 16:00:00.1 1 warnings.go:70] x\nI{month:02}01 1\nError: no", "no") for month in range(1, 13)),
        ("Error: values:\n- a: wrong\n\n- b: wrong", "values: - a: wrong - b: wrong"),
        ("", "helm said nothing"),
    ],
)
def test_warnings_are_no_reason(said: str, told: str) -> None:
    with pytest.raises(HelmError) as failed:
        helm_saying(1, error=said).command("status")
    assert str(failed.value) == told


def test_what_the_server_warns_of_is_kept_once() -> None:
    warned = 'W0121 17:24:42.658875   13787 warnings.go:70] unknown field "spec.replica"\n'
    helm = helm_saying(0, "done", warned + warned + "I0121 17:24:42.658875   13787 x.go:1] hello\n")
    assert (helm.command("upgrade"), helm.command("upgrade")) == ("done", "done")
    assert helm.warnings == ['unknown field "spec.replica"']


def test_an_answer_that_is_none_is_said() -> None:
    with pytest.raises(HelmError, match="did not answer in JSON"):
        helm_saying(0, "hello").rendered("web", "shop", Chart("web"), [])


def test_a_rendering_is_an_upgrade_that_only_looks() -> None:
    asked: list[list[str]] = []
    told = {
        "chart": {"metadata": {"name": "web", "version": "1.2.3", "appVersion": 2}},
        "manifest": "kind: A\n---\nkind: B\n---\n# nothing\n",
        "hooks": [{"manifest": "kind: Job"}],
    }

    def run(command: list[str], environ_update: dict[str, str]) -> tuple[int, str, str]:
        asked.append(command)
        return 0, f"notes of a plugin\n{json.dumps(told)}", ""

    helm = Helm("helm", {}, run, API)
    chart = Chart("web", "~1", "https://charts")
    found = helm.rendered("web", "shop", chart, ["--skip-crds"])
    assert (found.objects, found.hooks) == (({"kind": "A"}, {"kind": "B"}), ({"kind": "Job"},))
    assert (found.chart, found.chart_version, found.app_version) == ("web", "1.2.3", "2")
    helm.rendered("web", "shop", chart, [], anew=True)
    named = [
        "web",
        "web",
        "--version",
        "~1",
        "--repo",
        "https://charts",
        "--namespace",
        "shop",
        "--dry-run=server",
        "--output",
        "json",
        UNVALIDATED,
    ]
    assert asked == [["helm", "upgrade", "--install", *named, "--skip-crds"], ["helm", "install", *named]]


def test_a_template_is_told_what_the_cluster_can_do() -> None:
    asked: list[list[str]] = []
    answers = {
        "/apis": {"groups": [{"versions": [{"groupVersion": "apps/v1"}]}]},
        "/version": {"gitVersion": "v1.33.0"},
    }
    api: Any = SimpleNamespace(request=lambda _method, path: answers[path])
    hook = "kind: Job\nmetadata: {annotations: {helm.sh/hook: pre-install}}"

    def run(command: list[str], environ_update: dict[str, str]) -> tuple[int, str, str]:
        asked.append(command[1:])
        return 0, f"kind: A\n---\n{hook}\n---\nkind: B\nmetadata: {{}}" if command[1] == "template" else "name: web\nversion: 1.2.3", ""

    found = Helm("helm", {}, run, api).templated("web", "shop", Chart("c"), ["--no-hooks"], upgrade=True)
    assert [each["kind"] for each in (*found.objects, *found.hooks)] == ["A", "B", "Job"]
    assert (found.chart, found.chart_version) == ("web", "1.2.3")
    can_do = ["--kube-version", "v1.33.0", "--api-versions", "v1", "--api-versions", "apps/v1"]
    command = ["template", "web", "c", "--namespace", "shop", "--dry-run=server", *can_do, "--is-upgrade", "--no-hooks"]
    assert asked == [command, ["show", "chart", "c"]]


# ---- a command that is watched


@pytest.fixture(name="watched")
def _watched(tmp_path: Path) -> Callable[..., str]:
    """Return what runs a script in the place of helm, watched, and returns what the script has left in the file `out`."""

    def run(script: str, watch: Callable[[], str] = lambda: "", *arguments: str) -> str:
        binary = tmp_path / "helm"
        binary.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        binary.chmod(0o755)
        with patch_module_args({}):
            run_command = AnsibleModule(argument_spec={}).run_command
        helm = Helm(str(binary), {"OUT": str(tmp_path / "out")}, run_command, API)
        try:
            helm.watched(arguments, watch, seconds=0.01)
        finally:
            text = (tmp_path / "out").read_text(encoding="utf-8") if (tmp_path / "out").exists() else ""
            (tmp_path / "said").write_text(text, encoding="utf-8")
        return text

    return run


NOTES_ITS_END = """trap 'sleep 0.1; echo failed > "$OUT"; exit 1' TERM
echo > "$OUT.begun"
while :; do sleep 0.01; done"""


def test_a_command_is_watched_until_it_ends_however_much_it_prints(watched: Callable[..., str]) -> None:
    looks = iter([""] * 100_000)
    script = 'sleep 0.2; head -c 300000 /dev/zero; head -c 300000 /dev/zero >&2; echo "$1" > "$OUT"'
    assert watched(script, lambda: next(looks), "deploy $HOME by ~") == "deploy $HOME by ~\n"
    assert len(list(looks)) < 100_000


def test_a_watched_command_that_fails_says_why(watched: Callable[..., str]) -> None:
    with pytest.raises(HelmError, match=r"^no$"):
        watched("echo 'WARNING: x' >&2; echo 'Error: no' >&2; exit 1")


@pytest.mark.parametrize("error", [None, KeyError("x")])
def test_what_is_seen_ends_the_command_which_may_note_its_end(watched: Callable[..., str], tmp_path: Path, error: Exception | None) -> None:
    def watch() -> str:
        if not (tmp_path / "out.begun").exists():
            return ""
        if error:
            raise error
        return "too many errors"

    with pytest.raises(type(error) if error else HelmError, match="x" if error else "^too many errors$"):
        watched(NOTES_ITS_END, watch)
    assert (tmp_path / "said").read_text(encoding="utf-8") == "failed\n"


def test_a_command_that_cannot_begin_is_said(tmp_path: Path) -> None:
    with patch_module_args({}):
        run_command = AnsibleModule(argument_spec={}).run_command
    with pytest.raises(FileNotFoundError):
        Helm(str(tmp_path / "nothing"), {}, run_command, API).watched([], lambda: "")


# ---- manifests


def test_values_are_read_as_helm_reads_them() -> None:
    (found,) = documents(
        "kind: A\ndate: 2026-01-01\ntime: 12:30\nmode: 0o644\nold: 0644\nhex: 0x1f\nbig: 1e3\nflag: yes\nv: 1.2.3\nn: -5\nf: .5"
    )
    assert found == {
        "kind": "A",
        "date": "2026-01-01",
        "time": "12:30",
        "mode": 420,
        "old": 420,
        "hex": 31,
        "big": 1000.0,
        "flag": True,
        "v": "1.2.3",
        "n": -5,
        "f": 0.5,
    }


def test_keys_are_texts_as_in_json() -> None:
    assert documents("kind: A\nx: [{on: 1, 2: off, ~: 3}]") == [{"kind": "A", "x": [{"true": 1, "2": False, "null": 3}]}]


def test_lists_are_taken_apart_and_what_is_no_object_is_left_out() -> None:
    text = "---\n---\nkind: List\nitems:\n- kind: A\n- kind: B\n---\nhello\n---\nkind: ConfigMapList\nitems: []\n---\nkind: C\n"
    assert [each["kind"] for each in documents(text)] == ["A", "B", "C"]


# ---- what it has written down


def secret(release: str) -> dict[str, Any]:
    return {"data": {"release": release}}


def packed(told: bytes) -> str:
    return base64.b64encode(base64.b64encode(told)).decode()


def record(**changes: Any) -> str:
    told = {
        "name": "web",
        "namespace": "shop",
        "version": 3,
        "info": {"status": "deployed", "last_deployed": "2026-11-21T12:00:00Z"},
        "chart": {"metadata": {"name": "web", "version": "1.0.0"}},
        "config": {"a": 1},
        "manifest": "kind: A",
        "hooks": [{"manifest": "kind: Job"}],
        **changes,
    }
    return packed(gzip.compress(json.dumps(told).encode()))


def test_a_record_is_read_as_helm_writes_it() -> None:
    found = record_in(secret(record()))
    assert found.release.as_dict() == {
        "name": "web",
        "namespace": "shop",
        "revision": 3,
        "status": "deployed",
        "chart": "web",
        "chart_version": "1.0.0",
        "app_version": "",
        "updated": "2026-11-21T12:00:00Z",
    }
    assert (found.objects, found.hooks, found.values) == (({"kind": "A"},), ({"kind": "Job"},), {"a": 1})
    bare = record_in(secret(record(config=None, manifest="", hooks=None)))
    assert (bare.objects, bare.hooks, bare.values) == ((), (), {})


@pytest.mark.parametrize(
    "found",
    [
        {},
        {"data": None},
        *map(secret, ["", "x", "eA==", packed(b"{}"), packed(b"[]"), packed(b"\x1f\x8b\x08 no gzip"), record(info={}), record(chart=None)]),
        *(secret(packed(gzip.compress(b'{"name": "web"}')[:end])) for end in (12, 20, -1)),
    ],
)
def test_another_record_is_refused_and_no_part_of_a_history(found: dict[str, Any]) -> None:
    with pytest.raises(HelmError, match="cannot be read"):
        record_in(found)
    assert [each.revision for each in history_in([found, secret(record())])] == [3]


def test_a_record_that_is_not_packed_is_read_as_well() -> None:
    plain = gzip.decompress(base64.b64decode(base64.b64decode(record())))
    assert record_in(secret(packed(plain))) == record_in(secret(record()))


class Kept:
    """An API with the records of one release: revision → status."""

    def __init__(self, **statuses: str) -> None:
        self.statuses = {int(key.removeprefix("v")): status for key, status in statuses.items()}

    def metadata(self, *_unused: str, labelSelector: str) -> list[dict[str, Any]]:
        assert labelSelector == "owner=helm,name=web"
        return [{"labels": {"version": str(number), "status": status}} for number, status in self.statuses.items()]

    def get(self, _version: str, _kind: str, name: str, _namespace: str) -> dict[str, Any] | None:
        number = int(name.rpartition(".v")[2])
        return {"data": {"release": record(version=number, info={"status": self.statuses[number]})}} if number in self.statuses else None


def records(**statuses: str) -> Records:
    api: Any = Kept(**statuses)
    return Records(api, "web", "shop")


def test_the_newest_revision_is_that_of_the_highest_number() -> None:
    found = records(v10="deployed", v9="superseded").newest()
    assert found is not None
    assert found.release.revision == 10
    assert records().newest() is None
    # What `helm uninstall --keep-history` leaves is no release.
    assert records(v1="superseded", v2="uninstalled").newest() is None
    assert records(v1="deployed").record(7) is None


def test_what_was_well_once_can_be_gone_back_to() -> None:
    kept = records(v1="superseded", v2="deployed", v3="failed", v4="pending-upgrade")
    assert [kept.last_good(below) for below in (1, 2, 3, 4, 5)] == [0, 1, 2, 2, 2]
    assert list(kept.statuses()) == [1, 2, 3, 4]


# ---- its login


@pytest.fixture
def module(tmp_path: Path) -> Any:
    binary = tmp_path / "helm"
    binary.write_text("#!/bin/sh\n", encoding="utf-8")
    binary.chmod(0o755)
    return SimpleNamespace(params={"binary_path": str(binary)}, tmpdir=str(tmp_path), run_command=None)


def test_helm_logs_in_with_a_token_that_only_this_user_can_read(module: Any) -> None:
    seen: dict[str, str] = {}

    def run(_command: list[str], environ_update: dict[str, str]) -> tuple[int, str, str]:
        seen.update(environ_update)
        config = json.loads(Path(environ_update["KUBECONFIG"]).read_text(encoding="utf-8"))
        assert config["clusters"][0]["cluster"] == {"server": "https://api", "certificate-authority-data": "Q0E="}
        token = Path(config["users"][0]["user"]["tokenFile"])
        assert token.read_text(encoding="utf-8") == "token-1"
        for file in (token, Path(environ_update["KUBECONFIG"])):
            assert stat.S_IMODE(file.stat().st_mode) == 0o600
        return 0, "", ""

    module.run_command = run
    with logged_in(module, API) as (helm, folder):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        helm.command("list")
    assert not folder.exists()
    # Nothing of the user's own environment leads helm elsewhere.
    assert {"HELM_KUBECONTEXT", "HELM_KUBETOKEN", "HELM_KUBEAPISERVER", "HELM_NAMESPACE"} <= {key for key in seen if not seen[key]}
    assert seen["HELM_DRIVER"] == "secret"


def test_the_token_is_renewed_while_helm_runs_and_a_failure_is_tried_again(module: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_helm, "RENEW_SECONDS", 0.01)
    asked = threading.Semaphore(0)
    numbers = iter(range(100_000))

    def token() -> str:
        number = next(numbers)
        asked.release()
        if number % 2:
            raise OSError("no network for a moment")
        return f"token-{number}"

    api: Any = SimpleNamespace(host="https://api", ca_data=None, token=token)
    with logged_in(module, api) as (_unused, folder):
        first = (folder / "token").read_text(encoding="utf-8")
        for _number in range(6):
            assert asked.acquire(timeout=10)
        assert (folder / "token").read_text(encoding="utf-8") != first
    assert not folder.exists()


def test_helm_is_found_where_it_is_said_and_otherwise_missed_in_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(HelmError, match=r"there is no /nowhere/helm on this machine. Install Helm 3 .* or give binary_path"):
        found_binary("/nowhere/helm")
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    with pytest.raises(HelmError, match="there is no helm on this machine"):
        found_binary(None)
    beside = tmp_path / "helm"
    beside.write_text("", encoding="utf-8")
    beside.chmod(0o755)
    assert found_binary(None) == str(beside)


def test_values_can_be_read_by_this_user_only(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        file = _helm.write_values(tmp_path, {"password": "hunter2"})
    finally:
        os.umask(old)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert json.loads(file.read_text(encoding="utf-8")) == {"password": "hunter2"}
