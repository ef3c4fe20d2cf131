#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make a cache policy of CloudFront be as its user says."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cloudfront_cache_policy
version_added: 0.5.0
short_description: Make a cache policy of CloudFront
description:
  - Creates, changes and deletes a cache policy - for how long distributions keep answers, and by what they tell them apart.
options:
  name:
    description: The name.
    type: str
    required: true
  comment:
    description: What it is for.
    type: str
    default: ""
  min_ttl:
    description: For how many seconds answers are kept at least.
    type: int
    default: 0
  default_ttl:
    description: For how many seconds they are kept if the origin does not say.
    type: int
    default: 86400
  max_ttl:
    description: For how many seconds they are kept at most.
    type: int
    default: 31536000
  headers:
    description: Headers that tell answers apart, and that the origin gets.
    type: list
    elements: str
    default: []
  cookies:
    description: Cookies that tell answers apart, and that the origin gets; V(['*']) for all.
    type: list
    elements: str
    default: []
  query_strings:
    description: Parameters of the query that tell answers apart, and that the origin gets; V(['*']) for all.
    type: list
    elements: str
    default: []
  compression:
    description: Whether compressed answers are kept beside the others.
    type: bool
    default: true
  state:
    description: Whether the policy exists.
    type: str
    choices: [present, absent]
    default: present
notes:
  - Neither amazon.aws nor community.aws has a module for cache policies.
  - CloudFront knows no tags for them.
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
- name: Keep answers for an hour, apart by language
  stratum.aws.cloudfront_cache_policy:
    name: shop-pages
    default_ttl: 3600
    headers: [Accept-Language]
"""

RETURN = r"""
cache_policy:
  description: The cache policy, or V(null) when O(state=absent).
  returned: success
  type: dict
  contains:
    id:
      description: The id.
      returned: when the cache policy exists
      type: str
      sample: 658327ea-f89d-4fab-a63d-7e88639e58f6
    etag:
      description: The version.
      returned: when the cache policy exists
      type: str
      sample: E2QWRUHEXAMPLE
    config:
      description: The configuration as AWS returns it.
      returned: always
      type: dict
      sample: {"Name": shop-pages}
"""

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.stratum.aws.plugins.module_utils._base import STATE, Document
from ansible_collections.stratum.aws.plugins.module_utils._cloudfront import NamedConfig, items


def cache_config(params: Mapping[str, Any]) -> Document:
    """Return the options as AWS takes them."""
    headers = params["headers"]
    return {
        "Name": params["name"],
        "Comment": params["comment"],
        "MinTTL": params["min_ttl"],
        "DefaultTTL": params["default_ttl"],
        "MaxTTL": params["max_ttl"],
        "ParametersInCacheKeyAndForwardedToOrigin": {
            "EnableAcceptEncodingGzip": params["compression"],
            "EnableAcceptEncodingBrotli": params["compression"],
            "HeadersConfig": {"HeaderBehavior": "whitelist", "Headers": items(headers)} if headers else {"HeaderBehavior": "none"},
            "CookiesConfig": _chosen("Cookie", "Cookies", params["cookies"]),
            "QueryStringsConfig": _chosen("QueryString", "QueryStrings", params["query_strings"]),
        },
    }


def _chosen(noun: str, key: str, names: Sequence[str]) -> Document:
    if not names or "*" in names:
        return {f"{noun}Behavior": "all" if names else "none"}
    return {f"{noun}Behavior": "whitelist", key: items(names)}


class CachePolicy(NamedConfig):
    """A cache policy, found by its name."""

    kind = "cache policy"
    returns = "cache_policy"
    missing = ("NoSuchCachePolicy",)
    noun, listing, snake = "CachePolicy", "list_cache_policies", "cache_policy"

    def _config(self) -> Document:
        return cache_config(self.params)


def main() -> None:
    """Run the module."""
    argument_spec: dict[str, dict[str, Any]] = {
        "name": {"type": "str", "required": True},
        "comment": {"type": "str", "default": ""},
        "min_ttl": {"type": "int", "default": 0},
        "default_ttl": {"type": "int", "default": 86400},
        "max_ttl": {"type": "int", "default": 31536000},
        **{name: {"type": "list", "elements": "str", "default": []} for name in ("headers", "cookies", "query_strings")},
        "compression": {"type": "bool", "default": True},
        "state": STATE,
    }
    CachePolicy(AnsibleAWSModule(argument_spec=argument_spec, supports_check_mode=True)).run()


if __name__ == "__main__":
    main()
