#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make a response headers policy of CloudFront be as its user says."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cloudfront_response_headers_policy
version_added: 0.5.0
short_description: Make a response headers policy of CloudFront
description:
  - Creates, changes and deletes a response headers policy - which headers distributions add to answers, and which they leave out.
  - Headers that are set here replace those of the origin.
options:
  name:
    description: The name.
    type: str
    required: true
  comment:
    description: What it is for.
    type: str
    default: ""
  security_headers:
    description: Headers that keep browsers from mistakes.
    type: dict
    suboptions:
      content_security_policy:
        description: C(Content-Security-Policy).
        type: str
      content_type_options:
        description: Whether C(X-Content-Type-Options) is V(nosniff).
        type: bool
      frame_options:
        description: C(X-Frame-Options).
        type: str
        choices: [DENY, SAMEORIGIN]
      referrer_policy:
        description: C(Referrer-Policy).
        type: str
      strict_transport_security:
        description: C(Strict-Transport-Security).
        type: dict
        suboptions:
          max_age:
            description: For how many seconds browsers use TLS only.
            type: int
            required: true
          include_subdomains:
            description: Whether that is true for the names below, too.
            type: bool
            default: true
          preload:
            description: Whether browsers may know it before they ask.
            type: bool
            default: false
      xss_protection:
        description: Whether C(X-XSS-Protection) is V(1; mode=block).
        type: bool
  cors:
    description: Whose pages may ask.
    type: dict
    suboptions:
      allow_origins:
        description: The origins of the pages.
        type: list
        elements: str
        required: true
      allow_methods:
        description: The methods.
        type: list
        elements: str
        default: [GET, HEAD, OPTIONS]
      allow_headers:
        description: The headers.
        type: list
        elements: str
        default: ["*"]
      expose_headers:
        description: The headers of the answer that pages see.
        type: list
        elements: str
        default: []
      allow_credentials:
        description: Whether cookies are sent along.
        type: bool
        default: false
      max_age:
        description: For how many seconds a browser need not ask again whether it may ask.
        type: int
        default: 600
  custom_headers:
    description: Further headers.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: The header.
        type: str
        required: true
      value:
        description: Its value.
        type: str
        required: true
  remove_headers:
    description: Headers of the origin that are left out.
    type: list
    elements: str
    default: []
  state:
    description: Whether the policy exists.
    type: str
    choices: [present, absent]
    default: present
notes:
  - M(community.aws.cloudfront_response_headers_policy) cannot leave headers out, and sets what it is not told to empty values.
  - CloudFront knows no tags for policies.
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
- name: Add the headers of a careful site
  stratum.aws.cloudfront_response_headers_policy:
    name: shop-headers
    security_headers:
      content_type_options: true
      frame_options: DENY
      referrer_policy: strict-origin-when-cross-origin
      strict_transport_security:
        max_age: 31536000
"""

RETURN = r"""
response_headers_policy:
  description: The response headers policy, or V(null) when O(state=absent).
  returned: success
  type: dict
  contains:
    id:
      description: The id.
      returned: when the response headers policy exists
      type: str
      sample: 67f7725c-6f97-4210-82d7-5512b31e9d03
    etag:
      description: The version.
      returned: when the response headers policy exists
      type: str
      sample: E2QWRUHEXAMPLE
    config:
      description: The configuration as AWS returns it.
      returned: always
      type: dict
      sample: {"Name": shop-headers}
"""

from collections.abc import Mapping
from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.stratum.aws.plugins.module_utils._base import STATE, Document
from ansible_collections.stratum.aws.plugins.module_utils._cloudfront import NamedConfig, items
from ansible_collections.stratum.aws.plugins.module_utils._compare import given


def headers_config(params: Mapping[str, Any]) -> Document:
    """Return the options as AWS takes them."""
    config: Document = {
        "Name": params["name"],
        "Comment": params["comment"],
        "CustomHeadersConfig": items(
            [{"Header": each["name"], "Value": each["value"], "Override": True} for each in params["custom_headers"]]
        ),
        "RemoveHeadersConfig": items([{"Header": name} for name in params["remove_headers"]]),
    }
    if params["security_headers"] is not None:
        config["SecurityHeadersConfig"] = security_config(params["security_headers"])
    if params["cors"] is not None:
        config["CorsConfig"] = cors_config(params["cors"])
    return config


def security_config(headers: Mapping[str, Any]) -> Document:
    """Return the headers that keep browsers from mistakes as AWS takes them."""
    config: Document = {}
    plain = {
        "content_security_policy": ("ContentSecurityPolicy", "ContentSecurityPolicy"),
        "frame_options": ("FrameOptions", "FrameOption"),
        "referrer_policy": ("ReferrerPolicy", "ReferrerPolicy"),
    }
    for option, (name, key) in plain.items():
        if headers.get(option) is not None:
            config[name] = {"Override": True, key: headers[option]}
    if headers.get("content_type_options"):
        config["ContentTypeOptions"] = {"Override": True}
    if headers.get("xss_protection"):
        config["XSSProtection"] = {"Override": True, "Protection": True, "ModeBlock": True}
    if (transport := headers.get("strict_transport_security")) is not None:
        config["StrictTransportSecurity"] = {
            "Override": True,
            "AccessControlMaxAgeSec": transport["max_age"],
            "IncludeSubdomains": transport["include_subdomains"],
            "Preload": transport["preload"],
        }
    return config


def cors_config(cors: Mapping[str, Any]) -> Document:
    """Return whose pages may ask as AWS takes it."""
    return given(
        {
            "AccessControlAllowOrigins": items(cors["allow_origins"]),
            "AccessControlAllowHeaders": items(cors["allow_headers"]),
            "AccessControlAllowMethods": items(cors["allow_methods"]),
            "AccessControlAllowCredentials": cors["allow_credentials"],
            "AccessControlExposeHeaders": items(cors["expose_headers"]) if cors["expose_headers"] else None,
            "AccessControlMaxAgeSec": cors["max_age"],
            "OriginOverride": True,
        }
    )


class ResponseHeadersPolicy(NamedConfig):
    """A response headers policy, found by its name."""

    kind = "response headers policy"
    returns = "response_headers_policy"
    missing = ("NoSuchResponseHeadersPolicy",)
    noun, listing, snake = "ResponseHeadersPolicy", "list_response_headers_policies", "response_headers_policy"

    def _config(self) -> Document:
        return headers_config(self.params)


def _texts(default: list[str]) -> dict[str, Any]:
    return {"type": "list", "elements": "str", "default": default}


def main() -> None:
    """Run the module."""
    transport = {
        "max_age": {"type": "int", "required": True},
        "include_subdomains": {"type": "bool", "default": True},
        "preload": {"type": "bool", "default": False},
    }
    security = {
        "content_security_policy": {"type": "str"},
        "content_type_options": {"type": "bool"},
        "frame_options": {"type": "str", "choices": ["DENY", "SAMEORIGIN"]},
        "referrer_policy": {"type": "str"},
        "strict_transport_security": {"type": "dict", "options": transport},
        "xss_protection": {"type": "bool"},
    }
    cors = {
        "allow_origins": {"type": "list", "elements": "str", "required": True},
        "allow_methods": _texts(["GET", "HEAD", "OPTIONS"]),
        "allow_headers": _texts(["*"]),
        "expose_headers": _texts([]),
        "allow_credentials": {"type": "bool", "default": False},
        "max_age": {"type": "int", "default": 600},
    }
    custom = {"name": {"type": "str", "required": True}, "value": {"type": "str", "required": True}}
    argument_spec: dict[str, dict[str, Any]] = {
        "name": {"type": "str", "required": True},
        "comment": {"type": "str", "default": ""},
        "security_headers": {"type": "dict", "options": security},
        "cors": {"type": "dict", "options": cors},
        "custom_headers": {"type": "list", "elements": "dict", "default": [], "options": custom},
        "remove_headers": _texts([]),
        "state": STATE,
    }
    ResponseHeadersPolicy(AnsibleAWSModule(argument_spec=argument_spec, supports_check_mode=True)).run()


if __name__ == "__main__":
    main()
