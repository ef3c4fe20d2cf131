# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the modules that speak to a Kubernetes API are told which, and how they log in."""

from __future__ import annotations


class ModuleDocFragment:
    """`extends_documentation_fragment: stratum.aws.kubernetes`."""

    DOCUMENTATION = r"""
options:
  cluster:
    description:
      - The name of an EKS cluster.
      - The module signs its login tokens with the AWS credentials that it runs with, and signs another before one gets too old,
        so that it may wait for longer than a token lives.
      - Required unless O(api_key) is given.
    type: str
    aliases: [cluster_name]
  host:
    description:
      - The address of the Kubernetes API, such as C(eks_cluster_endpoints[name]) of the layer C(eks).
      - Without it, the module asks EKS about O(cluster).
    type: str
  ca_data:
    description:
      - The certificate of the authority behind O(host), PEM in base64, as EKS and a kubeconfig have it.
      - Without it, the authorities of this machine count.
    type: str
  api_key:
    description:
      - A token to log in with, for a cluster that is not EKS's. It is used as it is, and not renewed.
      - Needs O(host).
    type: str
"""
