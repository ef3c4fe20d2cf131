# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Projects of CodeBuild and pipelines of CodePipeline in the tagging API, which moto leaves out."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any


def delivery_resources(account_id: str, region: str) -> Iterator[Any]:
    """Return projects and pipelines with their tags."""
    from moto.core.resource_tagging import TaggedResource

    if "moto.codebuild.models" in sys.modules:  # otherwise nothing was made there, and importing takes time
        builds = sys.modules["moto.codebuild.models"].codebuild_backends[account_id][region]
        for project in builds.codebuild_projects.values():
            yield TaggedResource(project.arn, {tag["key"]: tag["value"] for tag in project.tags or []}, "codebuild:project")
    if "moto.codepipeline.models" in sys.modules:
        pipelines = sys.modules["moto.codepipeline.models"].codepipeline_backends[account_id][region]
        for pipeline in pipelines.pipelines.values():
            yield TaggedResource(pipeline._arn, dict(pipeline.tags), "codepipeline")
