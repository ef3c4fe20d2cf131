# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Renders and lints the charts in charts/ with the real helm, for tests.

Equal renderings are done once per process. What is returned is the caller's own copy.
"""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[1]
CHARTS = ROOT / "charts"

# What the renderings pretend to: the Kubernetes of Speckle's cluster, so that the result does not hang on helm's own version.
KUBE_VERSION = "1.29.0"

Object = dict[str, Any]


class Refused(Exception):
    """Helm did not render or lint; the text is what it said on its error stream."""


@functools.cache
def helm() -> str:
    """Return the path of helm: the one beside the running Python, or the one on PATH."""
    beside = Path(sys.executable).with_name("helm")
    found = str(beside) if beside.exists() else shutil.which("helm")
    if not found:
        raise FileNotFoundError("helm is neither beside this Python nor on PATH: run `make setup`")
    return found


def chart_path(chart: str | Path) -> Path:
    """Return the folder of a chart: a name means one in charts/, a path itself."""
    return chart if isinstance(chart, Path) else CHARTS / chart


def render(
    chart: str | Path,
    values: Mapping[str, Any] | None = None,
    *,
    release: str = "release",
    namespace: str = "default",
    api_versions: Iterable[str] = (),
    show_only: Iterable[str] = (),
    kube_version: str = KUBE_VERSION,
) -> list[Object]:
    """Return the objects that `helm template` makes of the chart, hooks included, in helm's order of installation.

    `show_only` names templates within the chart (`templates/service.yaml`); `api_versions` are APIs that the cluster has beside
    Kubernetes' own (`monitoring.coreos.com/v1`). Raises `Refused` where helm refuses.
    """
    path = chart_path(chart)
    text = _template(path, _state(path), _text(values), release, namespace, tuple(api_versions), tuple(show_only), kube_version)
    return [loaded for loaded in yaml.load_all(text, Loader=_LOADER) if loaded]


def manifest(chart: str | Path, values: Mapping[str, Any] | None = None, *, release: str = "release", namespace: str = "default") -> str:
    """Return the text of `helm template`, for what is lost when it is parsed."""
    path = chart_path(chart)
    return _template(path, _state(path), _text(values), release, namespace, (), (), KUBE_VERSION)


def refused(chart: str | Path, values: Mapping[str, Any] | None = None, **options: Any) -> str:
    """Return what helm says when it refuses the values; it is an error of the test when it takes them. Options as for `render`."""
    try:
        objects = render(chart, values, **options)
    except Refused as error:
        return str(error)
    raise AssertionError(f"helm took the values and made {len(objects)} objects")


def lint(chart: str | Path, values: Mapping[str, Any] | None = None) -> str:
    """Return the output of `helm lint --strict`; raises `Refused` with it where a warning or an error is in it."""
    command = [helm(), "lint", "--strict", "--kube-version", KUBE_VERSION, str(chart_path(chart)), "--values", "-"]
    done = _run(command, _text(values))
    if done.returncode:
        raise Refused(done.stdout + done.stderr)
    return done.stdout


def find(objects: Iterable[Object], kind: str, name: str) -> Object:
    """Return the object of that kind and name; an error of the test, with the names that are there, when it is not exactly one."""
    same_kind = named(objects, kind)
    if name not in same_kind:
        raise AssertionError(f"no {kind} {name!r}; there are: {', '.join(sorted(same_kind)) or 'none of that kind'}")
    return same_kind[name]


def named(objects: Iterable[Object], kind: str) -> dict[str, Object]:
    """Return the objects of that kind by name; two of the same name are an error of the test."""
    result: dict[str, Object] = {}
    for each in objects:
        if each["kind"] == kind:
            name = each["metadata"]["name"]
            if name in result:
                raise AssertionError(f"two objects {kind} {name!r}")
            result[name] = each
    return result


def pod(workload: Object) -> Object:
    """Return the pod specification of a workload, or of a pod."""
    spec: Object = workload["spec"] if workload["kind"] == "Pod" else workload["spec"]["template"]["spec"]
    return spec


def container(workload: Object, name: str | None = None) -> Object:
    """Return the workload's container of that name, or its only one."""
    containers: list[Object] = pod(workload)["containers"]
    (found,) = (each for each in containers if name in (None, each["name"]))
    return found


def environment(one: Object) -> dict[str, Any]:
    """Return a container's variables by name: the value, or `{"secretKeyRef": …}` and the like; a name given twice is an error."""
    entries: list[Object] = one.get("env", [])
    result: dict[str, Any] = {entry["name"]: entry.get("value", entry.get("valueFrom")) for entry in entries}
    if len(result) != len(entries):
        names = [entry["name"] for entry in entries]
        raise AssertionError(f"given twice: {sorted({name for name in names if names.count(name) > 1})}")
    return result


# mypy takes no base that is chosen at run time; libyaml is not everywhere.
class _UniqueKeys(yaml.CSafeLoader if hasattr(yaml, "CSafeLoader") else yaml.SafeLoader):  # type: ignore[misc]
    """Refuses mappings in which a key stands twice: Kubernetes would, or would drop one silently."""


def _mapping(loader: yaml.SafeLoader, node: yaml.MappingNode) -> dict[Any, Any]:
    pairs = [(loader.construct_object(key, deep=True), loader.construct_object(value, deep=True)) for key, value in node.value]
    keys = [key for key, _value in pairs]
    if len(set(keys)) != len(keys):
        raise AssertionError(f"a key stands twice at {node.start_mark}: {sorted({key for key in keys if keys.count(key) > 1})}")
    return dict(pairs)


_UniqueKeys.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)
_LOADER = _UniqueKeys


def _text(values: Mapping[str, Any] | None) -> str:
    return json.dumps(values or {}, sort_keys=True)


def _state(chart: Path) -> tuple[tuple[str, int, int], ...]:
    """Return what is another one when a file of the chart has changed, so that an old rendering is not taken for its own."""
    files = ((str(path), path.stat()) for path in sorted(chart.rglob("*")))
    return tuple((path, state.st_mtime_ns, state.st_size) for path, state in files)


@functools.lru_cache(maxsize=256)
def _template(
    chart: Path,
    _state_of_chart: tuple[tuple[str, int, int], ...],
    values: str,
    release: str,
    namespace: str,
    api_versions: tuple[str, ...],
    show_only: tuple[str, ...],
    kube_version: str,
) -> str:
    command = [helm(), "template", release, str(chart), "--namespace", namespace, "--kube-version", kube_version, "--values", "-"]
    for version in api_versions:
        command += ["--api-versions", version]
    for template in show_only:
        command += ["--show-only", template]
    done = _run(command, values)
    if done.returncode:
        raise Refused(done.stderr)
    return done.stdout


def _run(command: list[str], values: str) -> subprocess.CompletedProcess[str]:
    # What a user's kubeconfig says must not matter.
    environment = {**os.environ, "KUBECONFIG": os.devnull}
    return subprocess.run(command, input=values, capture_output=True, text=True, check=False, env=environment)
