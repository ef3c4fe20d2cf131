#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Let a distribution of CloudFront forget what it has kept, when the content is another one."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cloudfront_invalidation
version_added: 0.5.0
short_description: Let a distribution forget what it has kept when the content has changed
description:
  - Creates an invalidation, unless the latest one that this module has created was for the same content.
  - So a run whose upload succeeded and whose invalidation did not is made good by the next one.
options:
  distribution_id:
    description: The id of the distribution.
    type: str
    required: true
  content:
    description: What stands for the content, such as a hash over all files.
    type: str
    required: true
  paths:
    description: What is forgotten.
    type: list
    elements: str
    default: ["/*"]
  wait:
    description: Whether to wait until it is forgotten everywhere.
    type: bool
    default: true
  wait_timeout:
    description: How many seconds to wait.
    type: int
    default: 900
notes:
  - M(community.aws.cloudfront_invalidation) has no check mode, and invalidates on every run.
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
- name: Forget the old pages
  stratum.aws.cloudfront_invalidation:
    distribution_id: EDFDVBD6EXAMPLE
    content: "{{ pages.hash }}"
"""

RETURN = r"""
invalidation:
  description: The invalidation for this content.
  returned: success
  type: dict
  contains:
    id:
      description: The id.
      returned: when it exists
      type: str
      sample: I2J0I21PCUYOIK
    status:
      description: Whether it is done.
      returned: when it exists
      type: str
      sample: Completed
    content:
      description: What stands for the content.
      returned: always
      type: str
      sample: 2cf24dba5fb0a30e26e83b2ac5b9e29e
    paths:
      description: What is forgotten.
      returned: always
      type: list
      elements: str
      sample: ["/*"]
"""

import uuid
from typing import Any, Final

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.stratum.aws.plugins.module_utils._base import AwsResource, Document, wait_options
from ansible_collections.stratum.aws.plugins.module_utils._waiters import status_waiter

_COMPLETED: Final = status_waiter("GetInvalidation", "Invalidation.Status", ["Completed"], delay=20)
_MARK: Final = "stratum"
_LOOKED_AT: Final = 20
"""How many invalidations, the latest first, are looked through for the latest of ours."""


def reference(content: str) -> str:
    """Return a reference that nobody has used: CloudFront answers a known one with the old invalidation."""
    return f"{_MARK} {content} {uuid.uuid4().hex}"


def content_of(text: str) -> str | None:
    """Return the content that a reference of ours names; None if it is somebody else's."""
    parts = text.split(" ")
    return " ".join(parts[1:-1]) if len(parts) > 2 and parts[0] == _MARK else None


class Invalidation(AwsResource):
    """The latest invalidation of ours."""

    service = "cloudfront"
    kind = "invalidation of"
    returns = "invalidation"
    missing = ("NoSuchDistribution", "NoSuchInvalidation")

    @property
    def identity(self) -> str:
        return str(self.params["distribution_id"])

    def _describe(self) -> Document | None:
        distribution = self.params["distribution_id"]
        listed = self.find("list_invalidations", DistributionId=distribution, MaxItems=str(_LOOKED_AT))
        summaries = (listed or {}).get("InvalidationList", {}).get("Items") or []
        for summary in sorted(summaries, key=lambda each: each["CreateTime"], reverse=True):
            found = self.call("get_invalidation", DistributionId=distribution, Id=summary["Id"])["Invalidation"]
            batch = found["InvalidationBatch"]
            content = content_of(batch["CallerReference"])
            if content is not None:
                paths = batch["Paths"].get("Items") or []
                current = {"id": found["Id"], "status": found["Status"], "content": content, "paths": paths}
                return current if content == self.params["content"] and paths == self.params["paths"] else None
        return None

    def _settle(self, current: Document) -> Document:
        if current["status"] == "Completed" or not self.params["wait"]:
            return current
        self.wait(_COMPLETED, DistributionId=self.params["distribution_id"], Id=current["id"])
        return self._describe() or current

    def _changes(self, current: Document) -> Document:
        return {}

    def _predict(self) -> Document:
        return {"content": self.params["content"], "paths": self.params["paths"]}

    def _create(self) -> None:
        paths = self.params["paths"]
        batch = {"Paths": {"Quantity": len(paths), "Items": paths}, "CallerReference": reference(self.params["content"])}
        answer = self.call("create_invalidation", DistributionId=self.params["distribution_id"], InvalidationBatch=batch)
        self.wait(_COMPLETED, DistributionId=self.params["distribution_id"], Id=answer["Invalidation"]["Id"])

    def _update(self, current: Document, changes: Document) -> None:
        raise NotImplementedError

    def _delete(self, current: Document) -> None:
        """Do nothing: an invalidation goes with its distribution."""


def main() -> None:
    """Run the module."""
    argument_spec: dict[str, dict[str, Any]] = {
        "distribution_id": {"type": "str", "required": True},
        "content": {"type": "str", "required": True},
        "paths": {"type": "list", "elements": "str", "default": ["/*"]},
        **wait_options(900),
    }
    module = AnsibleAWSModule(argument_spec=argument_spec, supports_check_mode=True)
    module.params["state"] = "present"
    Invalidation(module).run()


if __name__ == "__main__":
    main()
