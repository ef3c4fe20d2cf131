# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A token to log in to an EKS cluster with."""

from __future__ import annotations

DOCUMENTATION = r"""
name: eks_token
version_added: 0.4.0
short_description: Sign a token to log in to an EKS cluster with
description:
  - Signs a token for the Kubernetes API of an EKS cluster with the AWS credentials of whoever runs the play, as C(aws eks get-token) does,
    without the AWS command line. The C(kubernetes.core) modules take it as C(api_key).
  - It is signed on this machine and nothing is sent, so it says nothing about whether the cluster exists or lets one in.
author:
  - stratum.aws contributors (@stratum-aws)
options:
  _terms:
    description: The names of the clusters, as EKS has them.
    type: list
    elements: str
    required: true
notes:
  - EKS takes a token for 15 minutes from its signature. A task signs its own whenever its arguments are templated, so write the lookup
    into the task or its C(module_defaults), and do not keep the token in a fact for a long run.
  - The M(stratum.aws.kubernetes_object), M(stratum.aws.kubernetes_secret) and M(stratum.aws.helm_release) modules sign by themselves,
    and sign another token before one gets too old.
  - A token is a secret. Use C(no_log) where it could be shown; as C(api_key) it is hidden by the modules.
  - The C(environment) of a play is not that of a lookup. Say O(region) where C(AWS_REGION) is not set for C(ansible-playbook) itself.
  - O(endpoint_url), C(AWS_ENDPOINT_URL) and C(AWS_ENDPOINT_URL_STS) are not heeded, because EKS takes only tokens with the address of
    AWS's own STS. Nobody is asked there when a token is signed, so this works with an emulator too.
extends_documentation_fragment:
  - amazon.aws.common.plugins
  - amazon.aws.region.plugins
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Look at the pods
  kubernetes.core.k8s_info:
    host: "{{ eks_cluster_endpoints['shop'] }}"
    ca_cert: "{{ ca_file }}"
    api_key: "{{ lookup('stratum.aws.eks_token', 'shop', region=aws_region) }}"
    kind: Pod
    namespace: shop

- name: Apply two manifests with another profile
  module_defaults:
    group/kubernetes.core.k8s:
      host: "{{ eks_cluster_endpoints['shop'] }}"
      ca_cert: "{{ ca_file }}"
      api_key: "{{ lookup('stratum.aws.eks_token', 'shop', region=aws_region, profile='operations') }}"
  block:
    - name: Apply the first
      kubernetes.core.k8s:
        src: first.yml
    - name: Apply the second
      kubernetes.core.k8s:
        src: second.yml
"""

RETURN = r"""
_raw:
  description: One token for each cluster, in their order.
  type: list
  elements: str
  sample: [k8s-aws-v1.aHR0cHM6Ly9zdHMuY2EtY2VudHJhbC0xLmFtYXpvbmF3cy5jb20v]
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from ansible.errors import AnsibleLookupError
from ansible_collections.amazon.aws.plugins.plugin_utils.lookup import AWSLookupBase
from ansible_collections.stratum.aws.plugins.module_utils._eks_token import signed

with suppress(ImportError):  # AWSLookupBase says what is missing
    import boto3
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, NoCredentialsError


class LookupModule(AWSLookupBase):  # type: ignore[misc, unused-ignore]
    """Signs tokens."""

    def run(self, terms: Sequence[Any], variables: Mapping[str, Any] | None = None, **kwargs: Any) -> list[str]:
        """Return a token for each cluster."""
        super().run(terms, variables, **kwargs)
        if not terms or not all(isinstance(term, str) and term for term in terms):
            raise AnsibleLookupError("eks_token: name the cluster, as in lookup('stratum.aws.eks_token', 'shop', region='us-east-1').")
        named, profile = ", ".join(terms), self.get_option("profile")
        # An unknown profile has no region either, and is the better reason.
        if profile and profile not in boto3.session.Session().available_profiles:
            raise AnsibleLookupError(
                f"eks_token: there is no AWS profile {profile} to sign a token for {named} with. Correct profile or AWS_PROFILE."
            )
        if not self.region:
            raise AnsibleLookupError(f"eks_token: no region for {named}. Give region, or set AWS_REGION for ansible-playbook.")
        try:
            own = Config(ignore_configured_endpoint_urls=True)  # type: ignore[call-arg]  # the stubs do not know it
            client = self.client("sts", endpoint=None, config=own)
            return [signed(client, str(term)) for term in terms]
        except NoCredentialsError:
            reason = f"no AWS credentials to sign a token for {named} with. Give profile, or set AWS_PROFILE."
        except BotoCoreError as error:
            reason = f"no token for {named}: {error}"
        raise AnsibleLookupError(f"eks_token: {reason}")
