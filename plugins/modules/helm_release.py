#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make a Helm release be as its user says."""

from __future__ import annotations

DOCUMENTATION = r"""
module: helm_release
version_added: 0.4.0
short_description: Manage a Helm release, seeing what was edited by hand and saying why an upgrade failed
description:
  - Installs, upgrades, rolls back and uninstalls a release with the C(helm) program.
  - The chart is rendered on every run and compared with the objects in the cluster, field by field. So a change of the chart is seen
    whatever its version says, and so is what somebody has edited by hand. Nothing but reading is needed for that.
  - After an upgrade that did not come up, the module says which pods failed and why, and then goes back to the revision that served before.
author:
  - stratum.aws contributors (@stratum-aws)
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
      - V(present) installs or upgrades, V(absent) uninstalls and waits until its objects are gone, V(rolled_back) goes back to O(revision).
    type: str
    choices: [present, absent, rolled_back]
    default: present
  chart:
    description:
      - A path, a reference such as C(oci://registry.example.com/charts/app), or a name in O(repository).
      - Required with O(state=present).
    type: str
    aliases: [chart_ref]
  chart_version:
    description: The version of the chart, or a range of them. Without it, the newest, which is not what production wants.
    type: str
  repository:
    description: The address of the repository that O(chart) is a name in.
    type: str
    aliases: [chart_repo_url]
  values:
    description: Values for the chart, over its own.
    type: dict
    default: {}
    aliases: [release_values]
  secret_values:
    description:
      - Values over O(values) that are never shown. The cluster keeps them readable in the release's own secret,
        so M(stratum.aws.kubernetes_secret) is the better way wherever the chart takes the name of a secret.
    type: dict
    default: {}
  keep_values:
    description:
      - Dotted paths of values that an installed release goes on with, such as V(image.tag), whatever O(values) says. The first installation
        takes them from O(values).
      - So a release stays at the tag to which M(stratum.aws.helm_rollout) has brought it.
      - Where that overrules a value of O(values), one warning says which, in check mode too.
    type: list
    elements: str
    default: []
  revision:
    description: The revision to go back to with O(state=rolled_back); 0 is the last one before this that was deployed.
    type: int
    default: 0
  wait:
    description: Whether to wait until everything is ready, jobs and load balancers included.
    type: bool
    default: true
  atomic:
    description:
      - Whether to go back to the revision that served before when an upgrade fails. A first installation that fails is uninstalled.
    type: bool
    default: true
  timeout:
    description: How long helm may take for each step, in seconds.
    type: int
    default: 600
  create_namespace:
    description: Whether to create the namespace when it is missing.
    type: bool
    default: false
  hooks:
    description: Whether the chart's hooks are run.
    type: bool
    default: true
  skip_crds:
    description: Whether the definitions of custom resources in the chart are left out.
    type: bool
    default: false
  history_max:
    description: How many revisions the cluster keeps; 0 for all.
    type: int
    default: 10
  binary_path:
    description: The path of C(helm), version 3. Without it, the one beside this Python or on C(PATH) is taken.
    type: str
requirements:
  - helm 3
  - PyYAML
notes:
  - M(kubernetes.core.helm) compares the version of the chart and the values only, so it neither sees a chart that was changed in place
    nor an object that was edited by hand; its plugin C(helm diff) compares with what was installed last, not with the cluster.
    It tells of a failed upgrade no more than that helm timed out.
  - The number of replicas of a workload that an autoscaler of the same release decides about is not compared.
seealso:
  - module: kubernetes.core.helm
  - module: stratum.aws.kubernetes_object
  - module: stratum.aws.kubernetes_secret
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - stratum.aws.kubernetes
  - stratum.aws.attributes
"""

EXAMPLES = r"""
- name: Install Speckle
  stratum.aws.helm_release:
    cluster: speckle-cluster
    namespace: speckle-production
    name: speckle-server
    chart: charts/speckle-server
    values:
      domain: speckle.example.com

- name: Go back to what was before
  stratum.aws.helm_release:
    cluster: speckle-cluster
    namespace: speckle-production
    name: speckle-server
    state: rolled_back
"""

RETURN = r"""
release:
  description: The release; in check mode as it was before.
  returned: when there is one, or will be
  type: dict
  sample:
    name: speckle-server
    namespace: speckle-production
    revision: 2
    status: deployed
    chart: speckle-server
    chart_version: 1.0.0
    app_version: "2"
    updated: "2026-11-21T12:00:00Z"
changes:
  description: What changes in the cluster, field by field; a side that is absent has no key.
  returned: when something changes
  type: list
  elements: dict
  sample: [{"property": "Deployment speckle-server spec.replicas", "old": 3, "new": 1}]
kept:
  description: The values of O(keep_values) in which the installed release differs from O(values).
  returned: when O(state=present) succeeded
  type: list
  elements: dict
  sample: [{"value": "image.tag", "wanted": "1.3.2", "installed": "1.4.0"}]
ailments:
  description: The pods that did not come up, with the reason, the exit code, the events and the last lines of the log.
  returned: when an upgrade failed
  type: list
  elements: dict
  sample:
    - pod: speckle-server-5d8f-abcde
      container: main
      reason: CrashLoopBackOff
      message: back-off 10s restarting failed container
      restarts: 3
      exit_code: 1
      events: ["BackOff: Back-off restarting failed container"]
      log: ["cannot connect to the database"]
serving:
  description: The revision that serves after an upgrade that failed; 0 for none.
  returned: when an upgrade failed
  type: int
  sample: 1
"""

from contextlib import suppress
from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.stratum.aws.plugins.module_utils._helm import Chart, HelmError, logged_in
from ansible_collections.stratum.aws.plugins.module_utils._helm_release import HelmRelease, ReleaseFailed, Wish
from ansible_collections.stratum.aws.plugins.module_utils._helm_values import told_kept
from ansible_collections.stratum.aws.plugins.module_utils._kubernetes_api import ApiError
from ansible_collections.stratum.aws.plugins.module_utils._kubernetes_login import LOGIN_CHECKS, LOGIN_OPTIONS, api_of, fail

with suppress(ImportError):  # AnsibleAWSModule says what is missing
    from botocore.exceptions import BotoCoreError, ClientError


WISHES = (
    "values",
    "secret_values",
    "keep_values",
    "wait",
    "atomic",
    "timeout",
    "create_namespace",
    "hooks",
    "skip_crds",
    "history_max",
)


def wish_of(params: dict[str, Any]) -> Wish:
    """Return what a module's options ask for."""
    return Wish(
        name=params["name"],
        namespace=params["namespace"],
        chart=Chart(params["chart"] or "", params["chart_version"] or "", params["repository"] or ""),
        **{name: params[name] for name in WISHES},
    )


def result_of(module: Any, wish: Wish) -> dict[str, Any]:
    """Do what the module is to do and return its result; what there is to warn of is handed on, also when the work fails."""
    api = api_of(module)
    with logged_in(module, api) as (helm, folder):
        release = HelmRelease(api, helm, folder, wish, check=module.check_mode)
        try:
            match module.params["state"]:
                case "absent":
                    return release.absent()
                case "rolled_back":
                    return release.rolled_back(module.params["revision"])
                case _:
                    result = release.present()
                    if told := told_kept(result["kept"]):
                        helm.warnings.append(told)
                    return result
        finally:
            for warning in helm.warnings:
                module.warn(f"{api.name}/{wish.namespace}/{wish.name}: {warning}")


def main() -> None:
    """Run the module."""
    spec: dict[str, dict[str, Any]] = {
        "name": {"required": True, "aliases": ["release_name"]},
        "namespace": {"required": True, "aliases": ["release_namespace"]},
        "state": {"choices": ["present", "absent", "rolled_back"], "default": "present"},
        "chart": {"aliases": ["chart_ref"]},
        "chart_version": {},
        "repository": {"aliases": ["chart_repo_url"]},
        "values": {"type": "dict", "default": {}, "aliases": ["release_values"]},
        "secret_values": {"type": "dict", "default": {}, "no_log": True},
        "keep_values": {"type": "list", "elements": "str", "default": []},
        "revision": {"type": "int", "default": 0},
        "wait": {"type": "bool", "default": True},
        "atomic": {"type": "bool", "default": True},
        "timeout": {"type": "int", "default": 600},
        "create_namespace": {"type": "bool", "default": False},
        "hooks": {"type": "bool", "default": True},
        "skip_crds": {"type": "bool", "default": False},
        "history_max": {"type": "int", "default": 10},
        "binary_path": {},
        **LOGIN_OPTIONS,
    }
    module = AnsibleAWSModule(argument_spec=spec, supports_check_mode=True, required_if=[("state", "present", ["chart"])], **LOGIN_CHECKS)
    wish = wish_of(module.params)
    try:
        result = result_of(module, wish)
    except ReleaseFailed as failure:
        module.fail_json(msg=f"{wish.title} did not come up: {failure}", ailments=failure.ailments, serving=failure.serving)
    except (HelmError, ApiError, BotoCoreError, ClientError) as error:
        fail(module, wish.title, error)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
