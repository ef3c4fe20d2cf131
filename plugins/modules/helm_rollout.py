#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bring a Helm release to a tag in stages, or back."""

from __future__ import annotations

DOCUMENTATION = r"""
module: helm_rollout
version_added: 0.4.0
short_description: Bring a Helm release to another tag in stages, watched, and back by itself when it does not do well
description:
  - Upgrades an installed release with the values that it has, of which only the tag, or what a strategy needs, is changed.
    Each stage is one C(helm upgrade) that waits for the pods.
  - While and after the stages that lead requests to the new tag, the checks are asked. As soon as one of them, or a pod, shows for certain
    that the release does not do well, the release goes back to the values that it had.
  - What was done is in the release's own history. A run that was killed is recognized by the next one, which goes on with it or takes
    it back.
options:
  name:
    description: The name of the release.
    type: str
    required: true
    aliases: [release_name]
  namespace:
    description: The namespace that it is installed in.
    type: str
    required: true
    aliases: [release_namespace]
  state:
    description:
      - V(deployed) brings it to O(tag), V(rolled_back) to an earlier O(revision), V(scaled) gives a O(workload) a number of O(replicas).
    type: str
    choices: [deployed, rolled_back, scaled]
    default: deployed
  chart:
    description: A path, a reference such as C(oci://registry.example.com/charts/app), or a name in O(repository).
    type: str
    required: true
    aliases: [chart_ref]
  chart_version:
    description: The version of the chart.
    type: str
  repository:
    description: The address of the repository that O(chart) is a name in.
    type: str
    aliases: [chart_repo_url]
  tag:
    description: The tag to come to. Required with O(state=deployed).
    type: str
  tag_values:
    description: The dotted paths of the values that hold the tag. V(image.tag) when there are none.
    type: list
    elements: str
    default: []
  strategy:
    description:
      - V(rolling) replaces pod by pod. V(blue_green) brings the new tag up beside the old one and then leads all requests to it.
        V(canary) leads a growing share of the requests to it.
      - Only charts with the values of C(web-service) know others than V(rolling). The default is the one by which the release
        was deployed last.
    type: str
    choices: [rolling, blue_green, canary]
  steps:
    description: The shares of the requests that a canary gets one after another, in percent.
    type: list
    elements: int
    default: [10, 50, 100]
  step_seconds:
    description: How long each share of a canary is watched, in seconds.
    type: int
    default: 60
  bake_seconds:
    description: How long the new tag is watched when it gets all requests, in seconds.
    type: int
    default: 30
  settle_seconds:
    description:
      - How long the pods of a canary stay after the stable ones have taken over, in seconds.
      - With an autoscaler 300 by default, in which it sees the requests return, otherwise 0. Never less than O(bake_seconds).
    type: int
  retire:
    description: Whether the colour that served before loses its pods in the end. While it has them, going back takes no time.
    type: bool
    default: false
  checks:
    description:
      - What tells whether the release does well. Every check has C(type), and C(target), V(serving) (the default) or V(preview), for what a
        new tag must pass before it gets requests.
      - V(http) sends requests, C(per_second) (5) of them to C(url), and fails when more than C(max_failed_percent) (1) are not answered
        with C(expect_status) (200, or a list) within C(timeout) (5) seconds, or when 95 % took longer than C(max_p95_seconds). It lasts
        C(seconds) (10) at least. It takes C(headers), such as C(Host), and C(verify) (true) for certificates. Redirects are not followed.
      - V(cloudwatch_alarm) fails when the alarm C(name) rings. A deploy is refused while it does.
      - V(prometheus) fails when a value of C(query) at C(url) is above C(max). C(no_data) is V(fail) (the default) or V(pass).
      - The last two are asked C(every) (10) seconds.
    type: list
    elements: dict
    default: []
  restarts:
    description: How often a new container may begin again before its pod is given up.
    type: int
    default: 3
  revision:
    description: The revision to go back to with O(state=rolled_back). With 0, the newest before this one that has another tag.
    type: int
    default: 0
  workload:
    description: What O(replicas) are for, for messages. Required with O(state=scaled).
    type: str
  replicas:
    description: How many pods the workload is to have. Required with O(state=scaled).
    type: int
  replicas_value:
    description: The dotted path of the value that says how many pods the workload has. Required with O(state=scaled).
    type: str
  timeout:
    description: How long helm may take for each stage, in seconds.
    type: int
    default: 600
  hooks:
    description: Whether the chart's hooks are run. They run in the first stage, and neither in the others nor on the way back.
    type: bool
    default: true
  history_max:
    description: How many revisions the cluster keeps; 0 for all. Stages in the middle are forgotten in the end.
    type: int
    default: 10
  lease:
    description:
      - A file that somebody renews as long as this may go on, by its time of modification. When that is 45 seconds old,
        or the file is gone, nothing more is changed. M(stratum.aws.locked) gives one.
    type: path
  binary_path:
    description: The path of C(helm), version 3. Without it, the one beside this Python or on C(PATH) is taken.
    type: str
requirements:
  - helm 3
notes:
  - No module of C(kubernetes.core) releases in stages, asks anything but Kubernetes whether a release does well, or goes on with
    what was killed.
  - What going back does not undo is what hooks have done, such as the migration of a database.
  - With O(state=rolled_back), a release whose chart knows stages is upgraded with the values of that revision and the chart as it is now,
    because C(helm rollback) would write the number of pods of then, whatever the autoscaler has made of it. Any other release goes
    back by C(helm rollback).
author:
  - stratum.aws contributors (@stratum-aws)
seealso:
  - module: stratum.aws.helm_release
  - module: stratum.aws.locked
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - stratum.aws.kubernetes
  - stratum.aws.attributes
"""

EXAMPLES = r"""
- name: Lead more and more requests to the new release
  stratum.aws.helm_rollout:
    cluster: spywatcher-cluster
    namespace: spywatcher
    name: spywatcher-backend
    chart: charts/web-service
    tag: 1.4.0
    strategy: canary
    checks:
      - type: http
        url: https://spywatcher.example.com/health
        max_failed_percent: 0.5
      - type: cloudwatch_alarm
        name: spywatcher-5xx

- name: Go back to what was before
  stratum.aws.helm_rollout:
    cluster: spywatcher-cluster
    namespace: spywatcher
    name: spywatcher-backend
    chart: charts/web-service
    state: rolled_back
"""

RETURN = r"""
tag:
  description: The tag that the release is at, or would be at.
  returned: success
  type: str
  sample: 1.4.0
previous:
  description: The tag that it was at.
  returned: success
  type: str
  sample: 1.3.2
strategy:
  description: The strategy by which it was deployed.
  returned: success
  type: str
  sample: canary
steps:
  description: What was done, in order, with the seconds that it took and what the checks have seen. In check mode what would be done.
  returned: always
  type: list
  elements: dict
  sample:
    - name: shift to 10 %
      seconds: 61.2
      checks: [{"type": "http", "requests": 300, "failed": 0, "p95_seconds": 0.041}]
release:
  description: The release as it is now; in check mode as it was before.
  returned: success
  type: dict
  sample: {"name": "spywatcher-backend", "revision": 7, "status": "deployed"}
failed_step:
  description: The step that failed.
  returned: when a step failed
  type: str
  sample: shift to 10 %
ailments:
  description: The pods that did not come up, with the reason, the exit code, the events and the last lines of the log.
  returned: when a step failed
  type: list
  elements: dict
  sample: [{"pod": "spywatcher-backend-canary-5d8f-abcde", "reason": "CrashLoopBackOff", "exit_code": 1, "restarts": 3}]
serving:
  description: The revision that serves after a failure; 0 when that is not certain.
  returned: when a step failed
  type: int
  sample: 8
notes:
  description: What was not quite as it should be.
  returned: always
  type: list
  elements: str
  sample: []
"""

import signal
from contextlib import suppress
from pathlib import Path
from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.stratum.aws.plugins.module_utils import _rollout_checks as checks
from ansible_collections.stratum.aws.plugins.module_utils._helm import Chart, Helm, logged_in
from ansible_collections.stratum.aws.plugins.module_utils._helm_manifests import HelmError
from ansible_collections.stratum.aws.plugins.module_utils._helm_rollout import Rollout, RolloutFailed, RolloutRefused
from ansible_collections.stratum.aws.plugins.module_utils._helm_rollout_plan import Wanted
from ansible_collections.stratum.aws.plugins.module_utils._helm_rollout_upgrade import LeaseLost, Upgrades
from ansible_collections.stratum.aws.plugins.module_utils._kubernetes_api import ApiError, KubernetesApi
from ansible_collections.stratum.aws.plugins.module_utils._kubernetes_login import LOGIN_CHECKS, LOGIN_OPTIONS, api_of, fail

with suppress(ImportError):  # AnsibleAWSModule says what is missing
    from botocore.exceptions import BotoCoreError, ClientError


def upgrades_of(params: dict[str, Any], api: KubernetesApi, helm: Helm, folder: Path) -> Upgrades:
    """Return what upgrades the release that a module's options name."""
    return Upgrades(
        api,
        helm,
        folder,
        params["name"],
        params["namespace"],
        Chart(params["chart"], params["chart_version"] or "", params["repository"] or ""),
        timeout=params["timeout"],
        history_max=params["history_max"],
        hooks=params["hooks"],
        restarts=params["restarts"],
        lease=Path(params["lease"]) if params["lease"] else None,
    )


def wanted_of(params: dict[str, Any]) -> Wanted:
    """Return what a deploy is to come to."""
    return Wanted(
        tag=params["tag"],
        strategy=params["strategy"] or "",
        tag_paths=tuple(params["tag_values"]),
        steps=tuple(params["steps"]),
        step_seconds=params["step_seconds"],
        bake_seconds=params["bake_seconds"],
        settle_seconds=params["settle_seconds"],
        retire=params["retire"],
    )


def perform(module: Any, rollout: Rollout) -> dict[str, Any]:
    """Do what the options say, and return what the module returns."""
    params, check = module.params, module.check_mode
    if params["state"] == "rolled_back":
        return rollout.roll_back(params["revision"], check=check)
    if params["state"] == "scaled":
        return rollout.scale(params["workload"], params["replicas_value"], params["replicas"], check=check)
    return rollout.deploy(wanted_of(params), check=check)


def main() -> None:
    """Run the module."""
    spec: dict[str, dict[str, Any]] = {
        "name": {"required": True, "aliases": ["release_name"]},
        "namespace": {"required": True, "aliases": ["release_namespace"]},
        "state": {"choices": ["deployed", "rolled_back", "scaled"], "default": "deployed"},
        "chart": {"required": True, "aliases": ["chart_ref"]},
        "chart_version": {},
        "repository": {"aliases": ["chart_repo_url"]},
        "tag": {},
        "tag_values": {"type": "list", "elements": "str", "default": []},
        "strategy": {"choices": ["rolling", "blue_green", "canary"]},
        "steps": {"type": "list", "elements": "int", "default": [10, 50, 100]},
        "step_seconds": {"type": "int", "default": 60},
        "bake_seconds": {"type": "int", "default": 30},
        "settle_seconds": {"type": "int"},
        "retire": {"type": "bool", "default": False},
        "checks": {"type": "list", "elements": "dict", "default": []},
        "restarts": {"type": "int", "default": 3},
        "revision": {"type": "int", "default": 0},
        "workload": {},
        "replicas": {"type": "int"},
        "replicas_value": {},
        "timeout": {"type": "int", "default": 600},
        "hooks": {"type": "bool", "default": True},
        "history_max": {"type": "int", "default": 10},
        "lease": {"type": "path"},
        "binary_path": {},
        **LOGIN_OPTIONS,
    }
    needs = [("state", "deployed", ["tag"]), ("state", "scaled", ["workload", "replicas", "replicas_value"])]
    module = AnsibleAWSModule(argument_spec=spec, supports_check_mode=True, required_if=needs, **LOGIN_CHECKS)
    params = module.params
    title = f"Release {params['namespace']}/{params['name']}"
    # A connection that breaks must not leave a release between two tags.
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        watching = checks.made(params["checks"], lambda: module.client("cloudwatch"))
        api = api_of(module)
        with logged_in(module, api) as (helm, folder):
            rollout = Rollout(upgrades_of(params, api, helm, folder), watching, tuple(params["tag_values"]))
            result = perform(module, rollout)
    except (checks.CheckInvalid, RolloutRefused, LeaseLost) as refusal:
        module.fail_json(msg=f"{title}: {refusal}", changed=False, steps=[], notes=[])
    except RolloutFailed as failure:
        module.fail_json(msg=f"{title}: {failure}", changed=True, **failure.result)
    except (HelmError, ApiError, BotoCoreError, ClientError) as error:
        fail(module, title, error)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
