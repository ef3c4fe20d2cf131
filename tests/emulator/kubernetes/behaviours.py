# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How kwok plays nodes and pods, and what a pod can ask for: the stages in `stages/`, put together.

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

from pathlib import Path
from typing import Any, Final

import yaml

ANNOTATION: Final = "stratum.test/behaviour"
LOG_ANNOTATION: Final = "stratum.test/log"
FOLDER: Final = Path(__file__).parent / "stages"


def write_stages(target: Path) -> None:
    """Write kwok's configuration, all stages in one file."""
    target.write_text(yaml.safe_dump_all(stages(), sort_keys=False), encoding="utf-8")


def stages() -> list[dict[str, Any]]:
    """Return the stages as kwok reads them."""
    documents: list[dict[str, Any]] = []
    for file in ("node.yaml", "pod.yaml"):
        documents += yaml.safe_load_all((FOLDER / file).read_text(encoding="utf-8"))
    filled: list[dict[str, Any]] = _filled(documents)
    return filled


def _filled(part: Any) -> Any:
    """Return this part of a stage with what it refers to in place.

    A template `@<file>` is that file, and an expression that begins with `@` may use the definitions of `behaviour.jq`.
    """
    if isinstance(part, list):
        return [_filled(item) for item in part]
    if not isinstance(part, dict):
        return part
    filled = {}
    for key, value in part.items():
        if key == "statusTemplate" and value.startswith("@"):
            value = (FOLDER / value[1:]).read_text(encoding="utf-8")
        elif key in {"key", "expressionFrom"} and value.startswith("@"):
            value = (FOLDER / "behaviour.jq").read_text(encoding="utf-8") + value[1:]
        filled[key] = _filled(value)
    return filled
