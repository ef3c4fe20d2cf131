#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make an object of a Kubernetes cluster be as its user says."""

from __future__ import annotations

DOCUMENTATION = r"""
module: kubernetes_object
version_added: 0.4.0
short_description: Manage one Kubernetes object by server-side apply, with a plan that only reads
description:
  - Applies an object on the server side, or deletes it.
  - Only the fields of O(definition) are managed. A field that an earlier run set and that is not in O(definition) any more
    is removed; what others have set stays.
  - Fields are compared by what they mean, so V(1000m) of CPU is V(1), and defaults of the API are no difference.
author:
  - stratum.aws contributors (@stratum-aws)
options:
  definition:
    description:
      - The object, with C(apiVersion), C(kind) and C(metadata.name). The namespace is V(default) where none is given.
      - The values of a C(Secret) are never shown. M(stratum.aws.kubernetes_secret) keeps them out of variables too.
    type: dict
    required: true
    aliases: [resource_definition]
  state:
    description: Whether the object exists. V(absent) deletes what belongs to it, too.
    type: str
    choices: [present, absent]
    default: present
  field_manager:
    description: The name under which the cluster keeps who has set a field.
    type: str
    default: stratum.aws
  force_conflicts:
    description: Whether fields that another manager has set otherwise are taken over. Without it, that is an error.
    type: bool
    default: true
  ignore_fields:
    description: Fields that somebody else decides about after the creation, such as C(spec.replicas) of what is scaled automatically.
    type: list
    elements: str
    default: []
  unknown_kind:
    description:
      - What becomes of an object of a kind that the cluster does not have.
      - V(skip) leaves it out, for kinds that a program brings which is not everywhere.
    type: str
    choices: [fail, skip]
    default: fail
    version_added: 0.5.0
  wait:
    description: Whether to wait until an object that is deleted is gone.
    type: bool
    default: true
  wait_timeout:
    description: How long to wait for that, in seconds.
    type: int
    default: 300
notes:
  - M(kubernetes.core.k8s) asks the API for a dry run in check mode, which needs the permission to write, so that who may only
    read cannot plan with it. It does not tell either which fields differ when the object is there. This module compares by itself.
  - Needs no Python package beside botocore.
seealso:
  - module: kubernetes.core.k8s
  - module: stratum.aws.kubernetes_secret
  - module: stratum.aws.helm_release
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - stratum.aws.kubernetes
  - stratum.aws.attributes
"""

EXAMPLES = r"""
- name: Make a namespace that runs no privileged pods
  stratum.aws.kubernetes_object:
    cluster: speckle-cluster
    definition:
      apiVersion: v1
      kind: Namespace
      metadata:
        name: speckle-production
        labels:
          pod-security.kubernetes.io/enforce: baseline

- name: Delete it with all that is in it
  stratum.aws.kubernetes_object:
    cluster: speckle-cluster
    definition:
      apiVersion: v1
      kind: Namespace
      metadata:
        name: speckle-production
    state: absent
"""

RETURN = r"""
object:
  description: The object as the cluster has it; in check mode as it was before, or as it would be created. The data of a secret is hidden.
  returned: when there is one, or was one before O(state=absent)
  type: dict
  sample: {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "speckle-production"}}
"""

from contextlib import suppress
from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.stratum.aws.plugins.module_utils import _kubernetes_object as objects
from ansible_collections.stratum.aws.plugins.module_utils._base import STATE, wait_options
from ansible_collections.stratum.aws.plugins.module_utils._kubernetes_api import ApiError
from ansible_collections.stratum.aws.plugins.module_utils._kubernetes_login import LOGIN_CHECKS, LOGIN_OPTIONS, api_of, fail

with suppress(ImportError):  # AnsibleAWSModule says what is missing
    from botocore.exceptions import BotoCoreError, ClientError


def main() -> None:
    """Run the module."""
    spec: dict[str, dict[str, Any]] = {
        "definition": {"type": "dict", "required": True, "aliases": ["resource_definition"]},
        "state": STATE,
        "field_manager": {"default": objects.MANAGER},
        "force_conflicts": {"type": "bool", "default": True},
        "ignore_fields": {"type": "list", "elements": "str", "default": []},
        "unknown_kind": {"choices": ["fail", "skip"], "default": "fail"},
        **wait_options(300),
        **LOGIN_OPTIONS,
    }
    module = AnsibleAWSModule(argument_spec=spec, supports_check_mode=True, **LOGIN_CHECKS)
    params = module.params
    definition = params["definition"]
    if definition.get("kind") == "Secret":
        texts = [*(definition.get("stringData") or {}).values(), *(definition.get("data") or {}).values()]
        module.no_log_values.update(text for text in texts if isinstance(text, str) and text)
    wish = objects.Wish(
        definition,
        manager=params["field_manager"],
        force=params["force_conflicts"],
        ignored=tuple(params["ignore_fields"]),
        wait_seconds=params["wait_timeout"] if params["wait"] else 0,
    )
    act = objects.absent if params["state"] == "absent" else objects.present
    try:
        api = api_of(module)
        if params["unknown_kind"] == "skip" and not api.knows(str(definition.get("apiVersion")), str(definition.get("kind"))):
            module.exit_json(changed=False, msg=f"The cluster has no kind {definition.get('kind')} of {definition.get('apiVersion')}.")
        result = act(api, wish, check=module.check_mode)
    except (ApiError, BotoCoreError, ClientError) as error:
        fail(module, f"{definition.get('kind')} {(definition.get('metadata') or {}).get('name')}", error)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
