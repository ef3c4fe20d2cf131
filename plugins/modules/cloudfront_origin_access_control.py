#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make an origin access control of CloudFront be as its user says."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cloudfront_origin_access_control
version_added: 0.5.0
short_description: Make an origin access control of CloudFront
description:
  - Creates, changes and deletes an origin access control, with which distributions sign what they ask a private bucket for.
options:
  name:
    description: The name.
    type: str
    required: true
  description:
    description: What it is for.
    type: str
    default: ""
  origin_type:
    description: What is asked. It cannot change.
    type: str
    choices: [s3, lambda, mediastore, mediapackagev2]
    default: s3
  signing_behavior:
    description: Which requests are signed.
    type: str
    choices: [always, never, no-override]
    default: always
  state:
    description: Whether the origin access control exists.
    type: str
    choices: [present, absent]
    default: present
notes:
  - Neither amazon.aws nor community.aws has a module for origin access controls; M(community.aws.cloudfront_origin_access_identity) makes
    their predecessor, which knows neither KMS keys nor newer regions.
  - CloudFront knows no tags for it.
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - stratum.aws.attributes
seealso:
  - module: stratum.aws.cloudfront_distribution
author:
  - stratum.aws contributors (@stratum-aws)
"""

EXAMPLES = r"""
- name: Sign what is asked of the bucket
  stratum.aws.cloudfront_origin_access_control:
    name: shop-web
"""

RETURN = r"""
origin_access_control:
  description: The origin access control, or V(null) when O(state=absent).
  returned: success
  type: dict
  contains:
    id:
      description: The id.
      returned: when the origin access control exists
      type: str
      sample: E327GJI25M56DG
    etag:
      description: The version.
      returned: when the origin access control exists
      type: str
      sample: E2QWRUHEXAMPLE
    config:
      description: The configuration as AWS returns it.
      returned: always
      type: dict
      sample: {"Name": shop-web}
"""

from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.stratum.aws.plugins.module_utils._base import STATE, Document
from ansible_collections.stratum.aws.plugins.module_utils._cloudfront import NamedConfig


class OriginAccessControl(NamedConfig):
    """An origin access control, found by its name."""

    kind = "origin access control"
    returns = "origin_access_control"
    missing = ("NoSuchOriginAccessControl",)
    noun, listing, snake = "OriginAccessControl", "list_origin_access_controls", "origin_access_control"

    def _config(self) -> Document:
        return {
            "Name": self.params["name"],
            "Description": self.params["description"],
            "SigningProtocol": "sigv4",
            "SigningBehavior": self.params["signing_behavior"],
            "OriginAccessControlOriginType": self.params["origin_type"],
        }

    def _changes(self, current: Document) -> Document:
        origin_type = current["config"].get("OriginAccessControlOriginType")
        if origin_type != self.params["origin_type"]:
            self.fail(f"it is for {origin_type}, which cannot change. Give the new one another name.")
        return super()._changes(current)


def main() -> None:
    """Run the module."""
    argument_spec: dict[str, dict[str, Any]] = {
        "name": {"type": "str", "required": True},
        "description": {"type": "str", "default": ""},
        "origin_type": {"type": "str", "choices": ["s3", "lambda", "mediastore", "mediapackagev2"], "default": "s3"},
        "signing_behavior": {"type": "str", "choices": ["always", "never", "no-override"], "default": "always"},
        "state": STATE,
    }
    OriginAccessControl(AnsibleAWSModule(argument_spec=argument_spec, supports_check_mode=True)).run()


if __name__ == "__main__":
    main()
