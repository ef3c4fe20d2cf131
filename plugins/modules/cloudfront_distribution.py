#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make a distribution of CloudFront be as its user says."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cloudfront_distribution
version_added: 0.5.0
short_description: Make a distribution of CloudFront
description:
  - Creates, changes and deletes a distribution. Its tags tell it from others, see O(identity_tags).
  - What options do not name stays as it is.
options:
  name:
    description: The Name tag, by which the distribution is found again.
    type: str
    required: true
  identity_tags:
    description:
      - Keys of tags that belong to the distribution's identity beside its name. A distribution whose value of one of them is not
        the one in O(tags) is somebody else's.
      - Keys that O(tags) does not have are ignored.
    type: list
    elements: str
    default: ["stratum:stack", "stratum:environment"]
  comment:
    description: What it is for.
    type: str
    default: ""
  enabled:
    description: Whether it answers.
    type: bool
    default: true
  aliases:
    description: Its own names. They need O(certificate_arn).
    type: list
    elements: str
  certificate_arn:
    description: The ARN of a certificate of us-east-1; an empty text for CloudFront's own.
    type: str
  minimum_tls:
    description: What browsers must know at least, with O(certificate_arn).
    type: str
    default: TLSv1.2_2021
  price_class:
    description: From where on earth it answers.
    type: str
    choices: [PriceClass_100, PriceClass_200, PriceClass_All]
  http_version:
    description: The newest version of HTTP that it speaks.
    type: str
    choices: [http1.1, http2, http3, http2and3]
  ipv6:
    description: Whether it has IPv6 addresses.
    type: bool
  default_root_object:
    description: What is answered at V(/).
    type: str
  web_acl_arn:
    description: The ARN of a web ACL with the scope V(CLOUDFRONT); an empty text for none.
    type: str
  log:
    description: Where requests are logged.
    type: dict
    suboptions:
      bucket:
        description: The DNS name of the bucket, such as V(logs.s3.amazonaws.com).
        type: str
        required: true
      prefix:
        description: The beginning of the keys.
        type: str
        default: ""
  origins:
    description: Whom it asks. Needed to create the distribution.
    type: list
    elements: dict
    suboptions:
      id:
        description: What behaviours call it.
        type: str
        required: true
      domain_name:
        description: The host.
        type: str
        required: true
      type:
        description: Whether it is a bucket's API or any host.
        type: str
        choices: [s3, custom]
        default: custom
      path:
        description: What is put before every path.
        type: str
        default: ""
      origin_access_control_id:
        description: The id of the origin access control.
        type: str
      protocol_policy:
        description: How a host that is no bucket is spoken to.
        type: str
        choices: [http-only, https-only, match-viewer]
        default: https-only
      read_timeout:
        description: How many seconds a host may take to answer.
        type: int
        default: 30
      headers:
        description: Headers that are added, by name.
        type: dict
        default: {}
      secret_headers:
        description: Headers that are added and that nobody must know.
        type: list
        elements: dict
        default: []
        suboptions:
          name:
            description: The header.
            type: str
            required: true
          value:
            description: Its value, instead of O(origins[].secret_headers[].secret).
            type: str
          secret:
            description: The ARN or name of a secret that holds the value; of the region in its ARN, or of the module's.
            type: str
          key:
            description: The key in the secret, if it is a JSON object.
            type: str
  default_behavior:
    description: How requests are treated that fit no path. Needed to create the distribution.
    type: dict
    suboptions:
      origin:
        description: The id of the origin.
        type: str
        required: true
      viewer_protocol_policy:
        description: What becomes of requests without TLS.
        type: str
        choices: [allow-all, https-only, redirect-to-https]
        default: redirect-to-https
      methods:
        description: The methods that are let through.
        type: list
        elements: str
        default: [GET, HEAD]
      cached_methods:
        description: The methods whose answers are kept.
        type: list
        elements: str
        default: [GET, HEAD]
      compress:
        description: Whether answers are compressed.
        type: bool
        default: true
      cache_policy:
        description: The id of a cache policy, or its name; those of AWS without C(Managed-).
        type: str
        default: CachingOptimized
      origin_request_policy:
        description: The id of an origin request policy, or its name; those of AWS without C(Managed-).
        type: str
      response_headers_policy:
        description: The id of a response headers policy, or its name; those of AWS without C(Managed-).
        type: str
  behaviors:
    description: How requests are treated that fit a path, in this order.
    type: list
    elements: dict
    suboptions:
      path:
        description: The path, with wildcards if need be.
        type: str
        required: true
      origin:
        description: The id of the origin.
        type: str
        required: true
      viewer_protocol_policy:
        description: What becomes of requests without TLS.
        type: str
        choices: [allow-all, https-only, redirect-to-https]
        default: redirect-to-https
      methods:
        description: The methods that are let through.
        type: list
        elements: str
        default: [GET, HEAD]
      cached_methods:
        description: The methods whose answers are kept.
        type: list
        elements: str
        default: [GET, HEAD]
      compress:
        description: Whether answers are compressed.
        type: bool
        default: true
      cache_policy:
        description: The id of a cache policy, or its name; those of AWS without C(Managed-).
        type: str
        default: CachingOptimized
      origin_request_policy:
        description: The id of an origin request policy, or its name; those of AWS without C(Managed-).
        type: str
      response_headers_policy:
        description: The id of a response headers policy, or its name; those of AWS without C(Managed-).
        type: str
  error_responses:
    description: What is answered in place of errors.
    type: list
    elements: dict
    suboptions:
      error_code:
        description: The error of the origin.
        type: int
        required: true
      response_code:
        description: The status code that is answered instead.
        type: int
      response_page:
        description: The path of what is answered instead.
        type: str
      ttl:
        description: For how many seconds the error is kept.
        type: int
        default: 10
  state:
    description:
      - Whether the distribution exists.
      - V(absent) disables it, waits until that is known everywhere, which takes minutes, and deletes it.
    type: str
    choices: [present, absent]
    default: present
  wait:
    description: Whether to wait until a change is known everywhere. A deletion always waits.
    type: bool
    default: true
  wait_timeout:
    description: How many seconds to wait.
    type: int
    default: 1800
notes:
  - M(community.aws.cloudfront_distribution) has no check mode, knows no origin access controls, and changes what is as wanted.
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.tags
  - amazon.aws.boto3
  - stratum.aws.attributes
seealso:
  - module: stratum.aws.cloudfront_origin_access_control
  - module: stratum.aws.cloudfront_response_headers_policy
  - module: stratum.aws.cloudfront_cache_policy
  - module: stratum.aws.cloudfront_invalidation
author:
  - stratum.aws contributors (@stratum-aws)
"""

EXAMPLES = r"""
- name: Serve a page from a private bucket, and its API
  stratum.aws.cloudfront_distribution:
    name: shop
    default_root_object: index.html
    origins:
      - id: web
        type: s3
        domain_name: shop-web.s3.us-east-1.amazonaws.com
        origin_access_control_id: E327GJI25M56DG
      - id: api
        domain_name: api.example.com
    default_behavior:
      origin: web
      response_headers_policy: SecurityHeadersPolicy
    behaviors:
      - path: /api/*
        origin: api
        methods: [GET, HEAD, OPTIONS, PUT, PATCH, POST, DELETE]
        cache_policy: CachingDisabled
        origin_request_policy: AllViewerExceptHostHeader
    error_responses:
      - error_code: 403
        response_code: 200
        response_page: /index.html
    tags:
      stratum:stack: shop

- name: Delete the distribution
  stratum.aws.cloudfront_distribution:
    name: shop
    tags:
      stratum:stack: shop
    state: absent
"""

RETURN = r"""
distribution:
  description: The distribution, or V(null) when O(state=absent).
  returned: success
  type: dict
  contains:
    id:
      description: The id.
      returned: when the distribution exists
      type: str
      sample: EDFDVBD6EXAMPLE
    arn:
      description: The ARN.
      returned: when the distribution exists
      type: str
      sample: arn:aws:cloudfront::123456789012:distribution/EDFDVBD6EXAMPLE
    domain_name:
      description: The name under which it is reached.
      returned: when the distribution exists
      type: str
      sample: d111111abcdef8.cloudfront.net
    hosted_zone_id:
      description: The hosted zone of that name, for aliases.
      returned: always
      type: str
      sample: Z2FDTNDATAQYW2
    status:
      description: Whether the last change is known everywhere.
      returned: when the distribution exists
      type: str
      sample: Deployed
    etag:
      description: The version of the configuration.
      returned: when the distribution exists
      type: str
      sample: E2QWRUHEXAMPLE
    config:
      description: The configuration as AWS returns it, without the values of secret headers.
      returned: always
      type: dict
      sample: {"Comment": "", "Enabled": true}
    tags:
      description: The tags.
      returned: always
      type: dict
      sample: {"Name": shop, "stratum:stack": shop}
"""

import json
import uuid
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.amazon.aws.plugins.module_utils.tagging import ansible_dict_to_boto3_tag_list, boto3_tag_list_to_ansible_dict
from ansible_collections.stratum.aws.plugins.module_utils._base import STATE, TAGS, AwsResource, Document, wait_options
from ansible_collections.stratum.aws.plugins.module_utils._cloudfront import HOSTED_ZONE, merged, same
from ansible_collections.stratum.aws.plugins.module_utils._cloudfront_distribution import (
    DEPLOYED,
    acceptable,
    distribution_config,
    secrets_wanted,
)
from ansible_collections.stratum.aws.plugins.module_utils._tags import retag, tag_changes, text_tags
from ansible_collections.stratum.aws.plugins.module_utils._waiters import wait_until

_POLICIES = {"cache": "cache_policies", "origin_request": "origin_request_policies", "response_headers": "response_headers_policies"}


class Distribution(AwsResource):
    """A distribution, found by its tags: CloudFront gives it no name."""

    service = "cloudfront"
    kind = "distribution"
    returns = "distribution"
    missing = ("NoSuchDistribution", "NoSuchResource")
    cures: ClassVar[Mapping[str, str]] = {
        "CNAMEAlreadyExists": "Take the name out of aliases of the distribution that has it.",
        "InvalidViewerCertificate": "Give a certificate of us-east-1 that is issued and names all aliases.",
        "PreconditionFailed": "Somebody changed it at the same time. Run again.",
        "InvalidArgument": "Correct what the message names.",
    }

    def __init__(self, module: Any) -> None:
        super().__init__(module)
        self._id: str | None = None
        self._wanted: Document | None = None

    @property
    def identity(self) -> str:
        return str(self.params["name"])

    @property
    def _tags(self) -> dict[str, str]:
        return {**(text_tags(self.params["tags"]) or {}), "Name": self.params["name"]}

    def _is_ours(self, arn: str) -> bool:
        tags = self._tags_of(arn)
        keys = ("Name", *self.params["identity_tags"])
        return all(tags.get(key) == self._tags[key] for key in keys if key in self._tags)

    def _tags_of(self, arn: str) -> dict[str, str]:
        answer = self.find("list_tags_for_resource", Resource=arn) or {"Tags": {}}
        tags: dict[str, str] = boto3_tag_list_to_ansible_dict(answer["Tags"].get("Items") or [])
        return tags

    def _find_id(self) -> str | None:
        return next((item["Id"] for item in self._summaries() if self._is_ours(item["ARN"])), None)

    def _summaries(self) -> list[Document]:
        """Return what is listed of all distributions, those first that look like ours: tags are asked for one by one."""
        pages = self.client.get_paginator("list_distributions").paginate()
        listed = [item for page in pages for item in page["DistributionList"].get("Items") or []]
        return sorted(listed, key=lambda item: item.get("Comment") != self.params["comment"])

    def _describe(self) -> Document | None:
        self._id = self._id or self._find_id()
        answer = self.find("get_distribution", Id=self._id) if self._id else None
        if answer is None:
            return None
        found = answer["Distribution"]
        return {
            "id": found["Id"],
            "arn": found["ARN"],
            "domain_name": found["DomainName"],
            "hosted_zone_id": HOSTED_ZONE,
            "status": found["Status"],
            "etag": answer["ETag"],
            "config": found["DistributionConfig"],
            "tags": self._tags_of(found["ARN"]),
        }

    def _settle(self, current: Document) -> Document:
        if current["status"] == "Deployed" or not self.params["wait"]:
            return current
        self.wait(DEPLOYED, Id=current["id"])
        return self._describe() or current

    def _config(self) -> Document:
        if self._wanted is None:
            self._wanted = distribution_config(self._with_policies(), dict(self._secrets()))
        return self._wanted

    def _with_policies(self) -> Document:
        """Return the options with the ids of policies in place of their names."""
        params = dict(self.params)
        if params["default_behavior"] is not None:
            params["default_behavior"] = self._behavior(params["default_behavior"])
        if params["behaviors"] is not None:
            params["behaviors"] = [self._behavior(each) for each in params["behaviors"]]
        return params

    def _behavior(self, behavior: Document) -> Document:
        ids = {f"{kind}_policy_id": self._policy(kind, behavior[f"{kind}_policy"]) for kind in _POLICIES}
        return {**behavior, **ids}

    def _policy(self, kind: str, name: str | None) -> str | None:
        if not name or _is_id(name):
            return name
        noun = "".join(word.capitalize() for word in f"{kind}_policy".split("_"))
        for item in self._policies(kind, noun):
            if item[f"{noun}Config"]["Name"] in (name, f"Managed-{name}"):
                return str(item["Id"])
        if self.module.check_mode:
            return name  # an earlier task may be about to create it
        return self.fail(f"there is no {noun} {name}. Correct its name, or create it first.")

    def _policies(self, kind: str, noun: str) -> Iterator[Document]:
        marker: str | None = None
        while True:
            answer = self.call(f"list_{_POLICIES[kind]}", Marker=marker)[f"{noun}List"]
            yield from (item[noun] for item in answer.get("Items") or [])
            marker = answer.get("NextMarker")
            if not marker:
                return

    def _secrets(self) -> Iterator[tuple[tuple[str, str], str]]:
        for place, header in secrets_wanted(self.params["origins"]).items():
            value = self._secret(header["secret"], header["key"]) if header["secret"] else header["value"] or ""
            self.module.no_log_values.add(value)
            yield place, value

    def _hide(self, config: Document) -> None:
        """Keep the values that secret headers have so far out of what is returned."""
        hidden = secrets_wanted(self.params["origins"])
        for origin in config["Origins"]["Items"]:
            for header in origin.get("CustomHeaders", {}).get("Items") or []:
                if (origin["Id"], header["HeaderName"]) in hidden:
                    self.module.no_log_values.add(header["HeaderValue"])

    def _secret(self, name: str, key: str | None) -> str:
        region = name.split(":")[3] if name.startswith("arn:") else self.module.region
        text = self.module.client("secretsmanager", region=region).get_secret_value(SecretId=name)["SecretString"]
        return str(json.loads(text)[key]) if key else str(text)

    def _changes(self, current: Document) -> Document:
        wanted = self._config()
        self._hide(current["config"])
        changes: Document = {}
        if not same(current["config"], wanted):
            changes["config"] = acceptable(merged(current["config"], wanted), wanted)
        tags = None if self.params["tags"] is None else self._tags
        return {**changes, **tag_changes(current["tags"], tags, self.params["purge_tags"])}

    def _predict(self) -> Document:
        if self.params["origins"] is None or self.params["default_behavior"] is None:
            self.fail("there is no such distribution. Set origins and default_behavior to create one.")
        return {"hosted_zone_id": HOSTED_ZONE, "config": self._config(), "tags": self._tags}

    def _create(self) -> None:
        self._predict()
        wanted = self._config()
        config = {**acceptable(wanted, wanted), "CallerReference": uuid.uuid4().hex}
        answer = self.call(
            "create_distribution_with_tags",
            DistributionConfigWithTags={"DistributionConfig": config, "Tags": {"Items": ansible_dict_to_boto3_tag_list(self._tags)}},
        )
        self._id = answer["Distribution"]["Id"]
        self.wait(DEPLOYED, Id=self._id)

    def _update(self, current: Document, changes: Document) -> None:
        if "config" in changes:
            self.call("update_distribution", Id=current["id"], IfMatch=current["etag"], DistributionConfig=changes["config"])
        arn = current["arn"]
        retag(
            current["tags"],
            changes.get("tags"),
            lambda tags: self.call("tag_resource", Resource=arn, Tags={"Items": ansible_dict_to_boto3_tag_list(tags)}),
            lambda keys: self.call("untag_resource", Resource=arn, TagKeys={"Items": keys}),
        )
        if "config" in changes:
            self.wait(DEPLOYED, Id=current["id"])

    def _delete(self, current: Document) -> None:
        etag = current["etag"]
        if current["config"]["Enabled"]:
            config = {**current["config"], "Enabled": False}
            etag = self.call("update_distribution", Id=current["id"], IfMatch=etag, DistributionConfig=acceptable(config, config))["ETag"]
        # An enabled distribution, or one whose change is not known everywhere, cannot be deleted.
        wait_until(self.client, DEPLOYED, self.params["wait_timeout"], Id=current["id"])
        self.find("delete_distribution", Id=current["id"], IfMatch=etag)


def _is_id(text: str) -> bool:
    """Return whether a text is the id of a policy."""
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True


def _options() -> dict[str, dict[str, Any]]:
    secret = {
        "name": {"type": "str", "required": True},
        "value": {"type": "str", "no_log": True},
        "secret": {"type": "str", "no_log": False},
        "key": {"type": "str", "no_log": False},
    }
    origin = {
        "id": {"type": "str", "required": True},
        "domain_name": {"type": "str", "required": True},
        "type": {"type": "str", "choices": ["s3", "custom"], "default": "custom"},
        "path": {"type": "str", "default": ""},
        "origin_access_control_id": {"type": "str"},
        "protocol_policy": {"type": "str", "choices": ["http-only", "https-only", "match-viewer"], "default": "https-only"},
        "read_timeout": {"type": "int", "default": 30},
        "headers": {"type": "dict", "default": {}},
        "secret_headers": {"type": "list", "elements": "dict", "default": [], "options": secret, "no_log": False},
    }
    behavior = {
        "origin": {"type": "str", "required": True},
        "viewer_protocol_policy": {
            "type": "str",
            "choices": ["allow-all", "https-only", "redirect-to-https"],
            "default": "redirect-to-https",
        },
        "methods": {"type": "list", "elements": "str", "default": ["GET", "HEAD"]},
        "cached_methods": {"type": "list", "elements": "str", "default": ["GET", "HEAD"]},
        "compress": {"type": "bool", "default": True},
        "cache_policy": {"type": "str", "default": "CachingOptimized"},
        "origin_request_policy": {"type": "str"},
        "response_headers_policy": {"type": "str"},
    }
    error = {
        "error_code": {"type": "int", "required": True},
        "response_code": {"type": "int"},
        "response_page": {"type": "str"},
        "ttl": {"type": "int", "default": 10},
    }
    log = {"bucket": {"type": "str", "required": True}, "prefix": {"type": "str", "default": ""}}
    return {
        "origins": {"type": "list", "elements": "dict", "options": origin},
        "default_behavior": {"type": "dict", "options": behavior},
        "behaviors": {"type": "list", "elements": "dict", "options": {"path": {"type": "str", "required": True}, **behavior}},
        "error_responses": {"type": "list", "elements": "dict", "options": error},
        "log": {"type": "dict", "options": log},
    }


def main() -> None:
    """Run the module."""
    argument_spec: dict[str, dict[str, Any]] = {
        "name": {"type": "str", "required": True},
        "identity_tags": {"type": "list", "elements": "str", "default": ["stratum:stack", "stratum:environment"]},
        "comment": {"type": "str", "default": ""},
        "enabled": {"type": "bool", "default": True},
        "aliases": {"type": "list", "elements": "str"},
        "certificate_arn": {"type": "str"},
        "minimum_tls": {"type": "str", "default": "TLSv1.2_2021"},
        "price_class": {"type": "str", "choices": ["PriceClass_100", "PriceClass_200", "PriceClass_All"]},
        "http_version": {"type": "str", "choices": ["http1.1", "http2", "http3", "http2and3"]},
        "ipv6": {"type": "bool"},
        "default_root_object": {"type": "str"},
        "web_acl_arn": {"type": "str"},
        **_options(),
        "state": STATE,
        **wait_options(1800),
        **TAGS,
    }
    Distribution(AnsibleAWSModule(argument_spec=argument_spec, supports_check_mode=True)).run()


if __name__ == "__main__":
    main()
