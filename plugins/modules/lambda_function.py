#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make a function of Lambda be as its user says."""

from __future__ import annotations

DOCUMENTATION = r"""
module: lambda_function
version_added: 0.5.0
short_description: Manage a function of Lambda with its versions and its reserved concurrency
description:
  - Creates, updates and deletes a function, and publishes a version when code or configuration changed.
  - Code comes from a directory, which is packed so that the same files make the same package, from a ZIP file, or from S3.
  - What is not given is left as it is, or as Lambda makes it when the function is new.
author:
  - stratum.aws contributors (@stratum-aws)
options:
  name:
    description: The name.
    type: str
    required: true
  state:
    description: Whether the function exists. V(absent) deletes all versions and aliases too.
    type: str
    choices: [present, absent]
    default: present
  source_directory:
    description: The path of a directory on the machine that runs the module, which is packed as the code.
    type: path
  exclude:
    description: Patterns of names of files and directories in O(source_directory) that are left out, beside caches and hidden files.
    type: list
    elements: str
    default: []
  zip_file:
    description: The path of a ZIP file on the machine that runs the module.
    type: path
  s3_bucket:
    description: A bucket in the same region with a ZIP file.
    type: str
  s3_key:
    description: The key of that file.
    type: str
  s3_object_version:
    description: The version of that file. Without it, new content under the same key is not noticed.
    type: str
  description:
    description: What the function does.
    type: str
  runtime:
    description: The runtime, such as V(nodejs20.x). A new function needs it.
    type: str
  handler:
    description: What is called, such as V(index.handler). A new function needs it.
    type: str
  role_arn:
    description: The ARN of the role that the function runs with. A new function needs it.
    type: str
  architecture:
    description: The processor.
    type: str
    choices: [x86_64, arm64]
  memory_size:
    description: The memory in MB, from 128 to 10240.
    type: int
  timeout:
    description: How many seconds a call may take, up to 900.
    type: int
  ephemeral_storage:
    description: The size of V(/tmp) in MB, from 512 to 10240.
    type: int
  environment:
    description: The environment variables. All others are taken away.
    type: dict
  kms_key_arn:
    description: The ARN of the key that encrypts the environment; an empty string for AWS's own.
    type: str
  tracing:
    description: Whether X-Ray traces calls.
    type: str
    choices: [Active, PassThrough]
  subnet_ids:
    description: The subnets that the function stands in; an empty list for none.
    type: list
    elements: str
  security_group_ids:
    description: The security groups of the function.
    type: list
    elements: str
  dead_letter_arn:
    description: The ARN of the queue or topic for asynchronous calls that failed; an empty string for none.
    type: str
  layers:
    description: The ARNs of versions of layers, in their order.
    type: list
    elements: str
  log_format:
    description: The form of the log.
    type: str
    choices: [JSON, Text]
  log_group:
    description: The name of the log group, V(/aws/lambda/<name>) by default.
    type: str
  application_log_level:
    description: The least important level of the application that is logged, with V(JSON).
    type: str
    choices: [TRACE, DEBUG, INFO, WARN, ERROR, FATAL]
  system_log_level:
    description: The least important level of Lambda itself that is logged, with V(JSON).
    type: str
    choices: [DEBUG, INFO, WARN]
  reserved_concurrency:
    description: How many calls may run at a time, which are taken from what others in the account can use; V(-1) for no reservation.
    type: int
  publish:
    description: Whether a version is published when the newest one is not what the function is.
    type: bool
    default: false
  wait:
    description: Whether to wait until the function can be called as it was made. Without it, further changes may be refused.
    type: bool
    default: true
  wait_timeout:
    description: How many seconds to wait.
    type: int
    default: 300
notes:
  - M(amazon.aws.lambda) takes no directory, uploads code from S3 on every run, and has no ephemeral storage, log configuration and reserved
    concurrency. It publishes at once with a change of the configuration and again with that of the code, and names the new version only
    when it created the function.
  - Code from S3 is told by the tag C(stratum:source), which this module keeps.
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.tags
  - amazon.aws.boto3
  - stratum.aws.attributes
"""

EXAMPLES = r"""
- name: Create the function
  stratum.aws.lambda_function:
    name: shop-orders
    source_directory: /srv/shop/orders
    runtime: nodejs20.x
    handler: index.handler
    role_arn: arn:aws:iam::123456789012:role/shop-orders
    memory_size: 256
    timeout: 10
    tracing: Active
    environment:
      TABLE: orders
    publish: true
    tags:
      Project: shop
  register: orders

- name: Delete the function
  stratum.aws.lambda_function:
    name: shop-orders
    state: absent
"""

RETURN = r"""
function:
  description: The function, or null when there is none. Its other keys are the module's options of the same name.
  returned: always
  type: dict
  contains:
    arn:
      description: The ARN without a version; null in check mode when the function would be created.
      returned: always
      type: str
      sample: arn:aws:lambda:us-west-2:123456789012:function:shop-orders
    name:
      description: The name.
      returned: always
      type: str
      sample: shop-orders
    version:
      description: The version that was published last, or V($LATEST).
      returned: always
      type: str
      sample: "3"
    code_sha256:
      description: The SHA-256 of the package in base64.
      returned: when it is known
      type: str
      sample: PnX+sMzFaqxd2Nq4yoiKhPrEKcfIk+4JnQRPuk6ZHkg=
    tags:
      description: The tags.
      returned: always
      type: dict
      sample: {"Project": "shop"}
"""

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.stratum.aws.plugins.module_utils import _lambda as pure
from ansible_collections.stratum.aws.plugins.module_utils._archive import LEFT_OUT, Archive, packed
from ansible_collections.stratum.aws.plugins.module_utils._base import STATE, TAGS, AwsResource, Document, wait_options
from ansible_collections.stratum.aws.plugins.module_utils._tags import retag, tag_changes, text_tags

NONE = -1
UNKNOWN_ROLE = "cannot be assumed by Lambda"


class Function(AwsResource):
    """A function of Lambda, known by its name."""

    service = "lambda"
    kind = "Function"
    returns = "function"
    retried = ("ThrottlingException", "TooManyRequestsException", "ResourceConflictException", "ServiceException")
    cures: ClassVar[Mapping[str, str]] = {
        "InvalidParameterValueException": "Correct the option; the role's trust policy must name lambda.amazonaws.com.",
        "RequestEntityTooLargeException": "Put a package of more than 50 MB into a bucket and name it by s3_bucket and s3_key.",
        "CodeStorageExceededException": "Delete versions of functions that nobody uses any more.",
    }
    _newest: Mapping[str, Any] | None = None

    @property
    def identity(self) -> str:
        return str(self.params["name"])

    @cached_property
    def _package(self) -> Archive | None:
        """The ZIP file, unless the code comes from S3 or is not given."""
        try:
            if self.params["source_directory"]:
                return packed(self.params["source_directory"], left_out=(*LEFT_OUT, *self.params["exclude"]))
            return Archive(Path(self.params["zip_file"]).read_bytes(), ()) if self.params["zip_file"] else None
        except OSError as error:
            self.fail(f"its code cannot be read: {error}. Correct source_directory or zip_file.")

    @cached_property
    def _tags(self) -> dict[str, str] | None:
        """The tags that are wanted, with that of the source of code from S3."""
        source = pure.source_of(self.params)
        wanted = text_tags(self.params["tags"])
        return wanted if source is None else {**(wanted or {}), pure.SOURCE_TAG: source}

    def _code(self) -> Document:
        if self._package is not None:
            return {"ZipFile": self._package.content}
        names = {"S3Bucket": "s3_bucket", "S3Key": "s3_key", "S3ObjectVersion": "s3_object_version"}
        return {key: self.params[option] for key, option in names.items() if self.params[option]}

    def _describe(self) -> Document | None:
        answer = self.find("get_function", FunctionName=self.identity)
        if answer is None:
            return None
        self._newest = pure.newest(self.collect("list_versions_by_function", "Versions", FunctionName=self.identity))
        reserved = answer.get("Concurrency", {}).get("ReservedConcurrentExecutions")
        return {
            **pure.document(answer["Configuration"]),
            "version": self._newest["Version"] if self._newest else pure.LATEST,
            "reserved_concurrency": NONE if reserved is None else reserved,
            "tags": dict(answer.get("Tags") or {}),
        }

    def _settle(self, current: Document) -> Document:
        self._wait_until_ready()
        return current

    def _wait_until_ready(self) -> None:
        self.wait(pure.ACTIVE, FunctionName=self.identity)
        self.wait(pure.UPDATED, FunctionName=self.identity)

    def _changes(self, current: Document) -> Document:
        changes = pure.changes(current, self.params, None if self._package is None else self._package.code_sha256)
        source = pure.source_of(self.params)
        if source is not None and current["tags"].get(pure.SOURCE_TAG) != source:
            changes["code_sha256"] = None
        if self.params["publish"] and (changes or not pure.is_published(current, self._newest)):
            changes["version"] = str(int(self._newest["Version"]) + 1 if self._newest else 1)
        if self.params["reserved_concurrency"] not in (None, current["reserved_concurrency"]):
            changes["reserved_concurrency"] = self.params["reserved_concurrency"]
        # Without tags of the user's, only that of the source is looked at.
        purge = self.params["purge_tags"] and self.params["tags"] is not None
        return {**changes, **tag_changes(current["tags"], self._tags, purge)}

    def _predict(self) -> Document:
        return {
            "name": self.identity,
            "arn": None,
            **pure.wanted(self.params),
            "version": "1" if self.params["publish"] else pure.LATEST,
            "reserved_concurrency": self.params["reserved_concurrency"] or NONE,
            "tags": self._tags or {},
        }

    def _create(self) -> None:
        for option in ("runtime", "handler", "role_arn"):
            if not self.params[option]:
                self.fail(f"a new function needs {option}.")
        if not (code := self._code()):
            self.fail("a new function needs code. Give source_directory, zip_file, or s3_bucket and s3_key.")
        wanted = pure.wanted(self.params)
        # A role that was just created is not known to Lambda for some seconds.
        self.call_patiently(
            UNKNOWN_ROLE,
            "create_function",
            FunctionName=self.identity,
            Code=code,
            Publish=self.params["publish"],
            Architectures=[self.params["architecture"]] if self.params["architecture"] else None,
            Tags=self._tags or None,
            **pure.parameters(wanted, [key for key, value in wanted.items() if value not in ("", [], {})]),
        )
        self._reserve(self.params["reserved_concurrency"])
        self._wait_until_ready()

    def _reserve(self, number: int | None) -> None:
        if number is not None and number >= 0:
            self.call("put_function_concurrency", FunctionName=self.identity, ReservedConcurrentExecutions=number)

    def _update(self, current: Document, changes: Document) -> None:
        named, after = {"FunctionName": self.identity}, {**current, **changes}
        if settings := pure.parameters(after, changes):
            self.call_patiently(UNKNOWN_ROLE, "update_function_configuration", **named, **settings)
            self._wait_until_ready()
        if {"code_sha256", "architecture"} & changes.keys():
            self.call("update_function_code", **named, **self._code(), Architectures=[after["architecture"]])
            self._wait_until_ready()
        if "version" in changes:
            self.call("publish_version", **named)
        if changes.get("reserved_concurrency") == NONE:
            self.call("delete_function_concurrency", **named)
        else:
            self._reserve(changes.get("reserved_concurrency"))
        retag(
            current["tags"],
            changes.get("tags"),
            lambda tags: self.call("tag_resource", Resource=current["arn"], Tags=tags),
            lambda keys: self.call("untag_resource", Resource=current["arn"], TagKeys=keys),
        )

    def _delete(self, current: Document) -> None:
        self.find("delete_function", FunctionName=self.identity)


def main() -> None:
    """Run the module."""
    text, number, texts = {"type": "str"}, {"type": "int"}, {"type": "list", "elements": "str"}
    levels = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"]
    argument_spec = {
        "name": {"type": "str", "required": True},
        "source_directory": {"type": "path"},
        "exclude": {"type": "list", "elements": "str", "default": []},
        "zip_file": {"type": "path"},
        **dict.fromkeys(
            ("s3_bucket", "s3_object_version", "description", "runtime", "handler", "role_arn", "dead_letter_arn", "log_group"), text
        ),
        **{key: {"type": "str", "no_log": False} for key in ("s3_key", "kms_key_arn")},
        "architecture": {"type": "str", "choices": ["x86_64", "arm64"]},
        **dict.fromkeys(("memory_size", "timeout", "ephemeral_storage", "reserved_concurrency"), number),
        "environment": {"type": "dict"},
        "tracing": {"type": "str", "choices": ["Active", "PassThrough"]},
        **dict.fromkeys(("subnet_ids", "security_group_ids", "layers"), texts),
        "log_format": {"type": "str", "choices": ["JSON", "Text"]},
        "application_log_level": {"type": "str", "choices": levels},
        "system_log_level": {"type": "str", "choices": levels[1:4]},
        "publish": {"type": "bool", "default": False},
        "state": STATE,
        **wait_options(300),
        **TAGS,
    }
    module = AnsibleAWSModule(
        argument_spec=argument_spec,
        mutually_exclusive=[("source_directory", "zip_file", "s3_bucket")],
        required_together=[("s3_bucket", "s3_key"), ("subnet_ids", "security_group_ids")],
        supports_check_mode=True,
    )
    Function(module).run()


if __name__ == "__main__":
    main()
