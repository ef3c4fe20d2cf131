#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bring the services of a Docker Compose project to another tag, one after another, and back if one fails."""

from __future__ import annotations

DOCUMENTATION = r"""
module: compose_rollout
version_added: 0.3.0
short_description: Bring a Docker Compose project to another tag while it goes on answering
description:
  - Gets all images first, then replaces service by service. A service with a health check gets a new container beside the old one;
    the old one goes when the new one is healthy and the proxy leads to it.
  - A service that publishes ports, writes to a volume, has a fixed container name or no network of its own is replaced in place, and
    so is one without a health check.
  - When a service fails, everything goes back to the tag before, the module fails, and the history says why.
  - A rollout that was killed is finished, or undone, by the next one. Until a rollout is done, C(.env) has the tag before, so a host that
    restarts in the middle comes up with that.
  - Runs on the host that runs the project, as root.
author:
  - stratum.aws contributors (@stratum-aws)
options:
  project_directory:
    description: The directory of the project, with its C(.env).
    type: path
    required: true
  files:
    description: The compose files, relative to O(project_directory).
    type: list
    elements: str
    required: true
  project_name:
    description: The name of the project, if it is not the one that the compose file or the directory says.
    type: str
  tag:
    description:
      - The tag to bring the project to.
      - Required when O(state=present). Without it O(state=rolled_back) goes to the last good release before the current one.
    type: str
  state:
    description:
      - V(present) brings the project to O(tag).
      - V(rolled_back) does the same with images that are on the host already, if they are, and notes that the current release was left.
    type: str
    choices: [present, rolled_back]
    default: present
  services:
    description:
      - The services to replace, in this order.
      - All whose image depends on the tag when it is not given.
    type: list
    elements: str
    default: []
  proxy:
    description: The nginx of the project that leads to its services.
    type: dict
    suboptions:
      service:
        description: The service that is nginx.
        type: str
        required: true
      upstreams:
        description: The services that it leads to. It is reloaded when one of them has been replaced.
        type: list
        elements: str
        default: []
  tag_variable:
    description: The variable of C(.env) that holds the tag.
    type: str
    default: TAG
  pull:
    description:
      - Whether images are fetched V(always), only when they are V(missing), or V(never).
      - V(always) means V(missing) when O(state=rolled_back).
    type: str
    choices: [always, missing, never]
    default: always
  health_timeout:
    description: How many seconds a new container may take to become healthy.
    type: int
    default: 300
  drain_timeout:
    description: How many seconds the proxy may take to answer the requests that it has sent to an old container.
    type: int
    default: 30
  linger:
    description:
      - For how many seconds at least an old container goes on answering when the new one is healthy.
      - Callers that remember addresses, such as Java's 30 seconds, need as many.
    type: int
    default: 10
  settle:
    description: For how many seconds a container without a health check must run to count as started.
    type: int
    default: 5
  stop_timeout:
    description: How many seconds an old container has to end. The service's own C(stop_grace_period) when it is not given.
    type: int
  lock_timeout:
    description: For how many seconds to wait for another rollout of this project.
    type: int
    default: 10
  history_file:
    description: Where releases are written down, relative to O(project_directory).
    type: str
    default: releases.json
  history_size:
    description: How many releases are kept in the history.
    type: int
    default: 50
  keep_images:
    description: Of how many good releases the images stay on the host; V(0) removes none.
    type: int
    default: 3
  log_lines:
    description: How many of the last lines of a container that failed are shown and kept.
    type: int
    default: 20
  by:
    description: Who wants this, for the history.
    type: str
    default: ansible
notes:
  - M(community.docker.docker_compose_v2) stops the old container before the new one is healthy, knows no proxy, and has no way back.
  - Writes lines that end with C(# rollout of) and the service into the C(/etc/hosts) of the project's containers for the time of a
    replacement, because Docker's name server leads to a container before it is healthy. A caller that asks the name server itself, such
    as nginx with C(resolver), does not see them.
requirements:
  - Docker with Docker Compose 2.26 or newer on the host
attributes:
  check_mode:
    support: full
    description: Says what would be replaced. Fetches no image, so it does not know of a tag that means another image by now.
  diff_mode:
    support: full
    description: Returns the images before and after.
  idempotent:
    support: full
    description: The same tag with the same images again changes nothing.
  action_group:
    support: full
    description: Use C(module_defaults) for the group C(stratum.aws.aws) to set options of all modules at once.
    membership:
      - stratum.aws.aws
"""

EXAMPLES = r"""
- name: Deploy
  stratum.aws.compose_rollout:
    project_directory: /opt/accountabilityatlas
    files: [docker-compose.prod.yml]
    tag: 1.4.0
    services: [user-service, api-gateway, web-app]
    proxy:
      service: nginx
      upstreams: [api-gateway, web-app]
    by: jane@runner-7

- name: Go back to the release before
  stratum.aws.compose_rollout:
    project_directory: /opt/accountabilityatlas
    files: [docker-compose.prod.yml]
    state: rolled_back
"""

RETURN = r"""
tag:
  description: The tag that the project is at, or would be at.
  returned: success
  type: str
  sample: 1.4.0
previous:
  description: The tag that it was at.
  returned: success
  type: str
  sample: 1.3.2
services:
  description: What was replaced, in order. In check mode what would be.
  returned: success
  type: list
  elements: dict
  sample: [{"name": "api-gateway", "how": "start_first", "tag": "1.4.0", "seconds": 21.3}]
release:
  description: The entry of the history.
  returned: when there is one
  type: dict
  sample: {"tag": "1.4.0", "previous": "1.3.2", "by": "jane@runner-7", "outcome": "good", "reason": null}
details:
  description: What the container that failed left behind. C(status), C(exit_code), C(health_output), C(log) and more.
  returned: when a container failed
  type: dict
  sample: {"service": "api-gateway", "exit_code": 1, "log": ["cannot reach the database"]}
notes:
  description: What was not quite as it should be.
  returned: always
  type: list
  elements: str
  sample: []
"""

import signal
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.stratum.aws.plugins.module_utils._compose_engine import Engine, EngineError, RunCommand
from ansible_collections.stratum.aws.plugins.module_utils._compose_history import History, LockedError, locked
from ansible_collections.stratum.aws.plugins.module_utils._compose_rollout import Plan, Rollout, RolloutError
from ansible_collections.stratum.aws.plugins.module_utils._compose_switch import Patience, Switch

LOCK = ".rollout.lock"

Values = dict[str, Any]


def build(params: Values, run_command: RunCommand) -> Rollout:
    """Return the rollout that the options describe."""
    directory = Path(params["project_directory"])
    proxy = params["proxy"] or {}
    switch = Switch(
        engine=Engine(run_command, str(directory), params["files"], params["project_name"], params["tag_variable"]),
        patience=Patience(
            health=params["health_timeout"],
            drain=params["drain_timeout"],
            linger=params["linger"],
            settle=params["settle"],
            stop=params["stop_timeout"],
        ),
        proxy=proxy.get("service"),
        upstreams=proxy.get("upstreams") or (),
        log_lines=params["log_lines"],
    )
    pull = params["pull"]
    return Rollout(
        switch=switch,
        history=History(directory / params["history_file"], params["history_size"]),
        dotenv=directory / ".env",
        tag_variable=params["tag_variable"],
        names=params["services"],
        pull="missing" if pull == "always" and params["state"] == "rolled_back" else pull,
        keep_images=params["keep_images"],
    )


def difference(plan: Plan) -> Values:
    """Return what `--diff` shows."""
    names = [item.name for item in plan.outdated]
    return {"before": {"tag": plan.previous, "replaced": []}, "after": {"tag": plan.tag, "replaced": names}}


def perform(module: AnsibleModule) -> Values:
    """Do what the options say, and return what the module returns."""
    params, check = module.params, module.check_mode
    rollout = build(params, module.run_command)
    tag = params["tag"] or rollout.target()
    plan = rollout.plan(tag)
    if not check:
        plan = rollout.fetch(plan)
    result: Values = {"changed": plan.changes, "tag": tag, "previous": plan.previous, "services": [], "notes": rollout.switch.notes}
    if not plan.changes:
        return result
    result["diff"] = difference(plan)
    if check:
        result["services"] = [{"name": item.name, "how": "start_first" if item.start_first else "in_place"} for item in plan.outdated]
        return result
    kind = "rollback" if params["state"] == "rolled_back" else "deploy"
    release = rollout.run(plan, params["by"], kind)
    return {**result, "services": rollout.done, "release": release}


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "project_directory": {"type": "path", "required": True},
            "files": {"type": "list", "elements": "str", "required": True},
            "project_name": {},
            "tag": {},
            "state": {"choices": ["present", "rolled_back"], "default": "present"},
            "services": {"type": "list", "elements": "str", "default": []},
            "proxy": {
                "type": "dict",
                "options": {"service": {"required": True}, "upstreams": {"type": "list", "elements": "str", "default": []}},
            },
            "tag_variable": {"default": "TAG"},
            "pull": {"choices": ["always", "missing", "never"], "default": "always"},
            "health_timeout": {"type": "int", "default": 300},
            "drain_timeout": {"type": "int", "default": 30},
            "linger": {"type": "int", "default": 10},
            "settle": {"type": "int", "default": 5},
            "stop_timeout": {"type": "int"},
            "lock_timeout": {"type": "int", "default": 10},
            "history_file": {"default": "releases.json"},
            "history_size": {"type": "int", "default": 50},
            "keep_images": {"type": "int", "default": 3},
            "log_lines": {"type": "int", "default": 20},
            "by": {"default": "ansible"},
        },
        required_if=[("state", "present", ["tag"])],
        supports_check_mode=True,
    )
    params = module.params
    directory = Path(params["project_directory"])
    if not directory.is_dir():
        module.fail_json(msg=f"there is no {directory} on this host; configure the host first")
    # A connection that breaks must not leave the project between two releases.
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        if module.check_mode:
            result = perform(module)
        else:
            with locked(directory / LOCK, params["by"], params["lock_timeout"]):
                result = perform(module)
    except LockedError as error:
        module.fail_json(msg=f"another rollout of this project is at work: {error}. Nothing was changed; wait for it with lock_timeout")
    except RolloutError as error:
        module.fail_json(msg=str(error), changed=bool(error.result), **error.result)
    except EngineError as error:
        module.fail_json(msg=f"Docker says: {error}")
    module.exit_json(**result)


if __name__ == "__main__":
    main()
