#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keep a secret of a Kubernetes cluster in step with Secrets Manager."""

from __future__ import annotations

DOCUMENTATION = r"""
module: kubernetes_secret
version_added: 0.4.0
short_description: Make a Kubernetes secret of secrets of Secrets Manager
description:
  - Reads secrets of AWS Secrets Manager and applies a Kubernetes secret that is made of them.
  - Values pass from AWS to the cluster within the module. No variable, result, diff or report ever holds one.
author:
  - stratum.aws contributors (@stratum-aws)
options:
  name:
    description: The name of the Kubernetes secret.
    type: str
    required: true
  namespace:
    description: The namespace that it is in.
    type: str
    default: default
  state:
    description: Whether the Kubernetes secret exists. Nothing in Secrets Manager is ever changed.
    type: str
    choices: [present, absent]
    default: present
  type:
    description: The type of the Kubernetes secret.
    type: str
    default: Opaque
  data:
    description:
      - Its keys, each with where the value comes from. Keys that an earlier run set and that are not here any more are removed.
      - C(secret) is the name or ARN in Secrets Manager. C(key) is a key of it, where it holds a JSON object.
      - C(template) is a text in which C({key}) stands for a key of that secret or of O(values), and C({key:url}) for the same as it can
        stand in an address.
      - C(value) is a text that is no secret. C(optional) leaves the key out as long as its secret has no value.
    type: dict
    default: {}
  values:
    description: What templates may use beside the keys of their secret, such as the address of a database.
    type: dict
    default: {}
  labels:
    description: Labels of the Kubernetes secret.
    type: dict
    default: {}
  annotations:
    description: Annotations of the Kubernetes secret.
    type: dict
    default: {}
notes:
  - With M(kubernetes.core.k8s) the values would have to be in variables of the play.
seealso:
  - module: stratum.aws.kubernetes_object
  - module: stratum.aws.secretsmanager_random_secret
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - stratum.aws.kubernetes
  - stratum.aws.attributes
"""

EXAMPLES = r"""
- name: Give Speckle its secrets
  stratum.aws.kubernetes_secret:
    cluster: speckle-cluster
    namespace: speckle-production
    name: server-vars
    values:
      host: speckle-cluster-postgres.abc.ca-central-1.rds.amazonaws.com
    data:
      session_secret:
        secret: speckle/production/session
        key: password
      postgres_url:
        secret: speckle/production/database
        template: postgresql://{username:url}:{password:url}@{host}:5432/speckle
"""

RETURN = r"""
object:
  description: The Kubernetes secret, with its keys and without their values.
  returned: when there is one
  type: dict
  sample: {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "server-vars"}, "data": {"postgres_url": "(sensitive)"}}
revision:
  description:
    - A text that is another one when any value may have changed, and tells nothing of them. As an annotation of pods it restarts
      those that use the secret.
  returned: when O(state=present)
  type: str
  sample: 3f1c2a9b7d10
left_out:
  description: The optional keys that have no value yet.
  returned: when O(state=present)
  type: list
  elements: str
  sample: [license_token]
"""

from contextlib import suppress
from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.amazon.aws.plugins.module_utils.retries import AWSRetry
from ansible_collections.stratum.aws.plugins.module_utils import _kubernetes_object as objects
from ansible_collections.stratum.aws.plugins.module_utils._base import STATE
from ansible_collections.stratum.aws.plugins.module_utils._kubernetes_api import ApiError
from ansible_collections.stratum.aws.plugins.module_utils._kubernetes_login import LOGIN_CHECKS, LOGIN_OPTIONS, api_of, fail
from ansible_collections.stratum.aws.plugins.module_utils._kubernetes_secret import Made, Stored, ValueMissing, made

with suppress(ImportError):  # AnsibleAWSModule says what is missing
    from botocore.exceptions import BotoCoreError, ClientError

_NO_VALUE = frozenset({"ResourceNotFoundException", "InvalidRequestException"})
"""What Secrets Manager answers for a secret that does not exist, has no value yet, or is to be deleted."""


def values_of(module: Any) -> Made:
    """Return the values that the module's options describe, read from Secrets Manager."""
    client = module.client("secretsmanager", retry_decorator=AWSRetry.jittered_backoff())
    specs = [spec for spec in module.params["data"].values() if isinstance(spec, dict)]
    stored = {name: _stored(client, name) for name in sorted({str(spec["secret"]) for spec in specs if spec.get("secret")})}
    # Before anything is made of them, so that no message can hold one.
    module.no_log_values.update(each.text for each in stored.values() if each)
    found = made(module.params["data"], stored, module.params["values"])
    module.no_log_values.update(value for value in found.secret if value)
    return found


def _stored(client: Any, name: str) -> Stored | None:
    try:
        answer = client.get_secret_value(aws_retry=True, SecretId=name)
    except ClientError as error:
        if error.response["Error"]["Code"] in _NO_VALUE:
            return None
        raise
    text = answer.get("SecretString")
    return Stored(text, answer["VersionId"]) if text else None


def main() -> None:
    """Run the module."""
    spec: dict[str, dict[str, Any]] = {
        "name": {"required": True},
        "namespace": {"default": "default"},
        "state": STATE,
        "type": {"default": "Opaque"},
        "data": {"type": "dict", "default": {}, "no_log": False},
        "values": {"type": "dict", "default": {}},
        "labels": {"type": "dict", "default": {}},
        "annotations": {"type": "dict", "default": {}},
        **LOGIN_OPTIONS,
    }
    module = AnsibleAWSModule(argument_spec=spec, supports_check_mode=True, **LOGIN_CHECKS)
    params = module.params
    metadata = {key: params[key] for key in ("name", "namespace", "labels", "annotations") if params[key]}
    definition: dict[str, Any] = {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "type": params["type"]}
    try:
        api = api_of(module)
        if params["state"] == "absent":
            result = objects.absent(api, objects.Wish(definition), check=module.check_mode)
        else:
            found = values_of(module)
            definition["stringData"] = dict(found.values)
            result = objects.present(api, objects.Wish(definition), check=module.check_mode)
            result |= {"revision": found.revision, "left_out": list(found.left_out)}
    except (ApiError, ValueMissing, BotoCoreError, ClientError) as error:
        fail(module, f"Secret {params['namespace']}/{params['name']}", error)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
