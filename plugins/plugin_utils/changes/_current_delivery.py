# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The part of the table of writes that is about builds, deployments and pipelines. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from ansible_collections.stratum.aws.plugins.plugin_utils.changes._current_compare import ABSENT, Change, Manner, compare, words
from ansible_collections.stratum.aws.plugins.plugin_utils.changes._current_reader import Reader
from ansible_collections.stratum.aws.plugins.plugin_utils.changes._current_rows import Fields, Row


def _pipeline(read: Reader, given: Mapping[str, Any]) -> Iterator[Change]:
    new = given["pipeline"]
    current = read("GetPipeline", name=new["name"]).get("pipeline", {})
    shape = read.shape("UpdatePipeline", "pipeline")
    for name in sorted({*current, *new} - {"version"}):
        yield from compare(current.get(name, ABSENT), new.get(name, ABSENT), words(name), Manner(), shape.members.get(name))


ROWS: Final[dict[str, Row]] = {
    "codebuild:UpdateProject": Fields(
        read="BatchGetProjects", ask={"names": "[name]"}, current="projects[0]", apart=frozenset({"name", "badgeEnabled"})
    ),
    "codedeploy:UpdateDeploymentGroup": Fields(
        read="GetDeploymentGroup",
        ask={"applicationName": "applicationName", "deploymentGroupName": "currentDeploymentGroupName"},
        current="deploymentGroupInfo",
        apart=frozenset({"applicationName", "currentDeploymentGroupName", "newDeploymentGroupName"}),
    ),
    "codepipeline:UpdatePipeline": _pipeline,
}
