# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter that finds the dead-letter queues of a list of queues."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError

DOCUMENTATION = r"""
name: dead_letter_queues
short_description: Find the dead-letter queues of a list of queues
version_added: 0.3.0
description:
  - Returns the queues that others name as their dead-letter queues, each once, in the form of the list.
  - One that is in the list is as the list says. One that is not has the kind, the encryption and the tags of the queue that names it first.
positional: _input
options:
  _input:
    description: The queues, in the form of C(storage_queues).
    type: list
    elements: dict
    required: true
author:
  - stratum.aws contributors
"""

EXAMPLES = r"""
- name: Show which queues must be there before the others
  ansible.builtin.debug:
    msg: "{{ [{'name': 'events', 'dead_letter': {}}] | stratum.aws.dead_letter_queues | map(attribute='name') }}"
"""

RETURN = r"""
_value:
  description: The dead-letter queues.
  type: list
  elements: dict
  sample: [{"name": "events-dlq", "retention_seconds": 1209600}]
"""

LONGEST_RETENTION = 1_209_600
"""14 days, in seconds: what nobody could process should wait as long as SQS lets it."""
TAKEN_OVER = ("fifo", "kms_key", "kms_key_arn", "kms_reuse_seconds", "require_tls", "tags")


def dead_letter_name(queue: Mapping[str, Any]) -> str:
    """Return the name of a queue's dead-letter queue."""
    return str(queue["dead_letter"].get("name") or f"{str(queue['name']).removesuffix('.fifo')}-dlq")


def dead_letter_queues(queues: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the dead-letter queues of these queues; see DOCUMENTATION."""
    listed = {queue["name"]: queue for queue in queues}
    found: dict[str, dict[str, Any]] = {}
    for queue in queues:
        if queue.get("dead_letter") is None:
            continue
        name = dead_letter_name(queue)
        if name in listed and listed[name].get("dead_letter") is not None:
            raise AnsibleFilterError(f"the queue {name} is the dead-letter queue of {queue['name']}, so it cannot have one of its own")
        if name not in found:
            found[name] = dict(listed[name]) if name in listed else _made_for(queue, name)
        if bool(found[name].get("fifo")) != bool(queue.get("fifo")):
            raise AnsibleFilterError(f"the dead-letter queue {name} must be FIFO like {queue['name']}, or neither of them")
    return list(found.values())


def _made_for(queue: Mapping[str, Any], name: str) -> dict[str, Any]:
    taken = {key: queue[key] for key in TAKEN_OVER if key in queue}
    return {**taken, "name": name, "retention_seconds": queue["dead_letter"].get("retention_seconds", LONGEST_RETENTION)}


class FilterModule:
    """Filters of this file."""

    def filters(self) -> dict[str, Any]:
        """Return the filters by name."""
        return {"dead_letter_queues": dead_letter_queues}
