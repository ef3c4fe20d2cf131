# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Queues, repositories and roles for deliveries that do not fit together. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.stratum.aws.plugins.filter.dead_letter_queues import dead_letter_queues
from ansible_collections.stratum.aws.plugins.filter.oidc_trust_policy import subjects
from ansible_collections.stratum.aws.plugins.plugin_utils.checks._findings import Finding, entries


def check(values: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield dead-letter queues that SQS refuses, roles that anybody could assume, and repositories that nobody makes."""
    try:
        dead_letter_queues(
            [{key: value for key, value in queue.items() if value is not None} for queue in entries(values, "storage_queues")]
        )
    except AnsibleFilterError as error:
        yield Finding("storage_queues", str(error), "Give it another dead-letter queue")
    made = {entry.get("name") for entry in entries(values, "storage_repositories")}
    for role in entries(values, "delivery_roles"):
        try:
            subjects(role)
        except AnsibleFilterError as error:
            yield Finding("delivery_roles", str(error), "Say which jobs may assume it: repository with branches, git_tags or environments")
        if "storage_repositories" not in values:
            continue  # told by a run, or made elsewhere
        for name in sorted({*(role.get("ecr_push") or [])} - {"*", *made}):
            cure = "Make it in storage_repositories, or correct the name"
            yield Finding("delivery_roles", f"the role {role.get('name')} pushes to {name}, which is no repository of the stack", cure)
