# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How kwok plays nodes and pods, and what a pod can ask for: the stages that kwok brings along, and those in `stages/`.

A pod's behaviour is the value of its annotation `stratum.test/behaviour`, or else the tag of the first image that is
one of these; `crash-2` is a `crash`, too, so that several releases can crash:

- none of them: Ready within a second; with another `restartPolicy` than `Always` it has succeeded a second later
- `crash`: its containers end with exit code 1 and are started again, after 1, 2, 4 and then always 5 seconds
  (`CrashLoopBackOff`); with `restartPolicy: Never` it has failed
- `never-ready`: it runs, and its readiness probe fails
- `late`, `late-20`: it is Ready after 5 seconds, or that many
- `image-missing`: it waits for its image (`ImagePullBackOff`)

With a tag, only the containers with such a tag behave so; with the annotation all do. Init containers always
succeed. What `kubectl logs` says is the annotation `stratum.test/log`, or else some lines that fit the container's
state (see `control_plane/kubelet.go`).
Deletion never takes a grace period.
"""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

ANNOTATION: Final = "stratum.test/behaviour"
LOG_ANNOTATION: Final = "stratum.test/log"
FOLDER: Final = Path(__file__).parent / "stages"
_ANSWER_SECONDS: Final = 60.0


def write_stages(target: Path, program: Path) -> None:
    """Write kwok's configuration, all stages in one file; the program is the built control plane, which holds kwok's own."""
    target.write_text(yaml.safe_dump_all(stages(program), sort_keys=False), encoding="utf-8")


def stages(program: Path) -> list[dict[str, Any]]:
    """Return the stages as kwok reads them: its own for nodes and for deleted pods, ours for pods; ours count where names are the same.

    CalledProcessError when the program cannot say its own.
    """
    documents = [*yaml.safe_load_all(_kwoks(program)), *own_stages()]
    return list({document["metadata"]["name"]: document for document in documents}.values())


def own_stages() -> list[dict[str, Any]]:
    """Return those of `stages/pods.yaml`, which says what they are made of."""
    definitions = (FOLDER / "behaviour.jq").read_text(encoding="utf-8")
    statuses = (FOLDER / "statuses.tpl").read_text(encoding="utf-8")
    described: dict[str, dict[str, Any]] = yaml.safe_load((FOLDER / "pods.yaml").read_text(encoding="utf-8"))
    return [_stage(name, described[name], definitions, statuses) for name in described]


def _stage(name: str, described: dict[str, Any], definitions: str, statuses: str) -> dict[str, Any]:
    delay: dict[str, Any] = {"durationMilliseconds": described["milliseconds"]}
    if "duration" in described:
        delay["durationFrom"] = {"expressionFrom": definitions + described["duration"]}
    then: dict[str, Any] = {"statusTemplate": f'{statuses}{{{{ template "{described["status"]}" . }}}}'}
    if "event" in described:
        then["event"] = dict(zip(("type", "reason", "message"), described["event"], strict=True))
    return {
        "apiVersion": "kwok.x-k8s.io/v1alpha1",
        "kind": "Stage",
        "metadata": {"name": name},
        "spec": {
            "resourceRef": {"apiGroup": "v1", "kind": "Pod"},
            "selector": {"matchExpressions": [{"key": definitions + described["when"], "operator": "In", "values": ["true"]}]},
            "delay": delay,
            "next": then,
        },
    }


@cache
def _kwoks(program: Path) -> str:
    done = subprocess.run([str(program), "stages"], capture_output=True, text=True, check=True, timeout=_ANSWER_SECONDS)
    return done.stdout
