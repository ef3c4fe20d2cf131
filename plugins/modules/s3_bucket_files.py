#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files in an S3 bucket."""

from __future__ import annotations

DOCUMENTATION = r"""
module: s3_bucket_files
version_added: 0.5.0
short_description: Keep files in an S3 bucket
description:
  - Makes what a bucket holds under a prefix consist of the files of a directory and of files that are given by their content.
  - Only what differs is uploaded, by the SHA-256 that S3 keeps of each object, its type and how long it may be cached.
notes:
  - M(community.aws.s3_sync) compares sizes and times unless told otherwise, takes no content, cannot set a header for some files only,
    and has no check mode.
  - An object that was uploaded by something else, without a SHA-256, is uploaded once more.
author:
  - stratum.aws contributors (@stratum-aws)
options:
  bucket:
    description: The name of the bucket.
    type: str
    required: true
    aliases: [name]
  prefix:
    description: What the keys of all files begin with, such as C(web/).
    type: str
    default: ""
  directory:
    description: The directory with the files, on the machine that runs the module. Hidden files and caches are left out.
    type: path
  exclude:
    description: Patterns of names of files and directories in O(directory) that are left out.
    type: list
    elements: str
    default: []
  files:
    description: Further files, which win over those of the directory.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: The name, without the prefix.
        type: str
        required: true
      content:
        description: The content. What is not a text is written as JSON.
        type: raw
        required: true
      content_type:
        description: The type. By the end of the name if not set.
        type: str
      cache_control:
        description: The header C(Cache-Control). By O(cache_rules) if not set.
        type: str
  content_types:
    description: Types by the end of a file's name, such as C(.html), beside those that the module knows.
    type: dict
    default: {}
  cache_control:
    description: The header C(Cache-Control) of the files that no rule is for.
    type: str
  cache_rules:
    description: The header C(Cache-Control) by the names of files; the first rule that matches counts.
    type: list
    elements: dict
    default: []
    suboptions:
      pattern:
        description: A pattern of names, such as C(*.html).
        type: str
        required: true
      cache_control:
        description: The header.
        type: str
        required: true
  purge_files:
    description: Whether other objects under the prefix are deleted.
    type: bool
    default: true
  kms_key_id:
    description: The key that encrypts the files. The bucket's own encryption if not set.
    type: str
  state:
    description: Whether the files are there. V(absent) deletes everything under the prefix.
    type: str
    choices: [present, absent]
    default: present
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - stratum.aws.attributes
"""

EXAMPLES = r"""
- name: Publish the page
  stratum.aws.s3_bucket_files:
    bucket: example-web
    directory: "{{ playbook_dir }}/web"
    cache_rules:
      - pattern: index.html
        cache_control: no-cache
    cache_control: public, max-age=86400
    files:
      - name: config.json
        content:
          apiUrl: https://api.example.com
        cache_control: no-cache
"""

RETURN = r"""
files:
  description: What the bucket holds under the prefix.
  returned: always
  type: dict
  contains:
    bucket:
      description: The name of the bucket.
      returned: always
      type: str
      sample: example-web
    files:
      description: The files by their keys; those of others too, unless they are deleted.
      returned: always
      type: dict
      sample:
        index.html:
          cache_control: no-cache
          content_type: text/html; charset=utf-8
          sha256: 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=
    content_hash:
      description: A text that is another one when any file is.
      returned: always
      type: str
      sample: 44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a
    uploaded:
      description: The keys that this run uploaded, or would upload.
      returned: always
      type: list
      elements: str
      sample: [index.html]
    deleted:
      description: The keys that this run deleted, or would delete.
      returned: always
      type: list
      elements: str
      sample: []
"""

from collections.abc import Callable
from typing import Any, ClassVar

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.amazon.aws.plugins.module_utils.retries import AWSRetry
from ansible_collections.stratum.aws.plugins.module_utils import _s3_files
from ansible_collections.stratum.aws.plugins.module_utils._archive import LEFT_OUT, files_of
from ansible_collections.stratum.aws.plugins.module_utils._base import STATE, AwsResource, Document
from ansible_collections.stratum.aws.plugins.module_utils._s3_files import File


class BucketFiles(AwsResource):
    """The files under one prefix of a bucket."""

    service = "s3"
    kind = "Files of bucket"
    returns = "files"
    missing = ("NoSuchBucket", "NoSuchKey", "404")
    retried = ("SlowDown", "OperationAborted")
    cures: ClassVar[dict[str, str]] = {"NoSuchBucket": "Create the bucket first."}

    def __init__(self, module: Any) -> None:
        super().__init__(module)
        self.prefix: str = self.params["prefix"]
        self.wanted = {} if self.params["state"] == "absent" else self._wanted()
        self.upload: list[str] = []
        self.delete: list[str] = []

    @property
    def identity(self) -> str:
        return f"{self.params['bucket']}/{self.prefix}".rstrip("/")

    def _wanted(self) -> dict[str, File]:
        params = self.params
        given = {file["name"]: file for file in params["files"]}
        contents = {name: _s3_files.text_of(file["content"]) for name, file in given.items()}
        if params["directory"]:
            found = files_of(params["directory"], (*LEFT_OUT, *params["exclude"]))
            contents = {name: path.read_bytes() for name, path in found.items()} | contents
        return {
            self.prefix + name: File(
                content,
                given.get(name, {}).get("content_type") or _s3_files.content_type(name, params["content_types"]),
                given.get(name, {}).get("cache_control") or _s3_files.cache_control(name, params["cache_rules"], params["cache_control"]),
            )
            for name, content in contents.items()
        }

    def _describe(self) -> Document | None:
        if self.find("head_bucket", Bucket=self.params["bucket"]) is None:
            return None
        listed = self.collect("list_objects_v2", "Contents", Bucket=self.params["bucket"], Prefix=self.prefix)
        # What others put beside the files is of interest only if it is deleted.
        every = self.params["purge_files"] or self.params["state"] == "absent"
        files = {each["Key"]: self._head(each["Key"]) for each in listed if every or each["Key"] in self.wanted}
        if not files and self.params["state"] == "absent":
            return None
        return self._document(files)

    def _document(self, files: Document) -> Document:
        held = {key: value for key, value in sorted(files.items()) if value is not None}
        return {
            "bucket": self.params["bucket"],
            "files": held,
            "content_hash": _s3_files.content_hash(held),
            "uploaded": self.upload,
            "deleted": self.delete,
        }

    def _head(self, key: str) -> Document | None:
        found = self.find("head_object", Bucket=self.params["bucket"], Key=key, ChecksumMode="ENABLED")
        if found is None:
            return None
        return {
            "sha256": found.get("ChecksumSHA256") or "",
            "content_type": found.get("ContentType") or "",
            "cache_control": found.get("CacheControl") or "",
        }

    def _changes(self, current: Document) -> Document:
        self.upload, self.delete = _s3_files.differences(current["files"], self.wanted, self.params["purge_files"])
        return {key: value for key, value in self._after(current).items() if value != current.get(key)}

    def _after(self, current: Document) -> Document:
        kept = {key: value for key, value in current["files"].items() if key not in self.delete}
        return self._document(kept | {key: file.described for key, file in self.wanted.items()})

    def _predict(self) -> Document:
        self.upload = sorted(self.wanted)
        return self._document({key: file.described for key, file in self.wanted.items()})

    def _create(self) -> None:
        # S3 does not know a new bucket everywhere at once.
        patient: Callable[..., Any] = AWSRetry.jittered_backoff(retries=5, delay=1, max_delay=8, catch_extra_error_codes=["NoSuchBucket"])
        patient(self._put_all)({})

    def _put_all(self, known: Document) -> None:
        # The page that names the others comes last, so that nobody gets a page whose parts are missing.
        for key in sorted(self.upload or self.wanted, key=lambda name: (name.endswith((".html", ".htm")), name)):
            self._put(key, self.wanted[key], key in known)

    def _update(self, current: Document, changes: Document) -> None:
        if self.upload:
            self._put_all(current["files"])
        for key in self.delete:
            self.call("delete_object", Bucket=self.params["bucket"], Key=key)

    def _put(self, key: str, file: File, known: bool) -> None:
        encryption = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": self.params["kms_key_id"]} if self.params["kms_key_id"] else {}
        self.call(
            "put_object",
            Bucket=self.params["bucket"],
            Key=key,
            Body=file.content,
            ContentType=file.content_type,
            CacheControl=file.cache_control or None,
            ChecksumAlgorithm="SHA256",
            ChecksumSHA256=file.sha256,
            # A plan can tell a new object from a changed one by it, and two runs at once do not overwrite each other's.
            IfNoneMatch=None if known else "*",
            **encryption,
        )

    def _delete(self, current: Document) -> None:
        for key in current["files"]:
            self.call("delete_object", Bucket=self.params["bucket"], Key=key)


def main() -> None:
    """Run the module."""
    argument_spec: dict[str, dict[str, Any]] = {
        "bucket": {"required": True, "aliases": ["name"]},
        "prefix": {"default": ""},
        "directory": {"type": "path"},
        "exclude": {"type": "list", "elements": "str", "default": []},
        "files": {
            "type": "list",
            "elements": "dict",
            "default": [],
            "options": {
                "name": {"required": True},
                "content": {"type": "raw", "required": True},
                "content_type": {},
                "cache_control": {},
            },
        },
        "content_types": {"type": "dict", "default": {}},
        "cache_control": {},
        "cache_rules": {
            "type": "list",
            "elements": "dict",
            "default": [],
            "options": {"pattern": {"required": True}, "cache_control": {"required": True}},
        },
        "purge_files": {"type": "bool", "default": True},
        "kms_key_id": {"no_log": False},
        "state": STATE,
    }
    module = AnsibleAWSModule(argument_spec=argument_spec, supports_check_mode=True)
    try:
        resource = BucketFiles(module)
    except OSError as error:
        module.fail_json(msg=f"Files of bucket {module.params['bucket']}: {error}. Correct directory.")
    resource.run()


if __name__ == "__main__":
    main()
