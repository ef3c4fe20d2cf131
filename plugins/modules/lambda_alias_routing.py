#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make an alias of a function be as its user says."""

from __future__ import annotations

DOCUMENTATION = r"""
module: lambda_alias_routing
version_added: 0.5.0
short_description: Manage an alias of a function of Lambda, with the shares of its versions
description:
  - Creates, updates and deletes an alias, which is a name for a version, or for several with a share of the calls for each.
author:
  - stratum.aws contributors (@stratum-aws)
options:
  name:
    description: The name of the alias.
    type: str
    required: true
  function_name:
    description: The name of the function.
    type: str
    required: true
  version:
    description: The version that calls go to which no other one gets. The one published last if not set.
    type: str
  routing:
    description: Further versions and the share of the calls that each gets, from 0 to 1. An empty dictionary for none.
    type: dict
  description:
    description: What the alias is for.
    type: str
  state:
    description: Whether the alias exists.
    type: str
    choices: [present, absent]
    default: present
notes:
  - M(amazon.aws.lambda_alias) knows no shares, and must be told the number of the version.
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - stratum.aws.attributes
"""

EXAMPLES = r"""
- name: Let the alias be the newest version
  stratum.aws.lambda_alias_routing:
    name: live
    function_name: shop-orders

- name: Try a version with a tenth of the calls
  stratum.aws.lambda_alias_routing:
    name: live
    function_name: shop-orders
    version: "3"
    routing:
      "4": 0.1
"""

RETURN = r"""
alias:
  description: The alias, or null when there is none.
  returned: always
  type: dict
  contains:
    arn:
      description: The ARN; null in check mode when the alias would be created.
      returned: always
      type: str
      sample: arn:aws:lambda:us-west-2:123456789012:function:shop-orders:live
    name:
      description: The name.
      returned: always
      type: str
      sample: live
    function_name:
      description: The name of the function.
      returned: always
      type: str
      sample: shop-orders
    version:
      description: The version.
      returned: always
      type: str
      sample: "3"
    routing:
      description: The shares of further versions.
      returned: always
      type: dict
      sample: {"4": 0.1}
    description:
      description: What the alias is for.
      returned: always
      type: str
      sample: ""
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.stratum.aws.plugins.module_utils._base import STATE, AwsResource, Document
from ansible_collections.stratum.aws.plugins.module_utils._lambda import newest


def document(alias: Mapping[str, Any], function_name: str) -> Document:
    """Return an alias of GetAlias as the module returns it."""
    weights = (alias.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}
    return {
        "arn": alias["AliasArn"],
        "name": alias["Name"],
        "function_name": function_name,
        "version": alias["FunctionVersion"],
        "routing": {version: float(weight) for version, weight in weights.items()},
        "description": alias.get("Description") or "",
    }


def shares(routing: Mapping[Any, Any] | None) -> dict[str, float] | None:
    """Return the shares of versions as numbers; None leaves them alone."""
    return None if routing is None else {str(version): float(weight) for version, weight in routing.items()}


def alias_changes(current: Mapping[str, Any], version: str, options: Mapping[str, Any]) -> Document:
    """Return what differs between an alias and the options."""
    wanted = {"version": version, "routing": shares(options["routing"]), "description": options["description"]}
    return {key: value for key, value in wanted.items() if value is not None and value != current[key]}


class Alias(AwsResource):
    """An alias of a function."""

    service = "lambda"
    kind = "Function alias"
    returns = "alias"
    retried = ("ThrottlingException", "TooManyRequestsException", "ResourceConflictException")
    cures: ClassVar[Mapping[str, str]] = {
        "ResourceNotFoundException": "Create the function and publish the version first.",
        "InvalidParameterValueException": "Name published versions, and shares from 0 to 1.",
    }

    @property
    def identity(self) -> str:
        return f"{self.params['function_name']}:{self.params['name']}"

    @property
    def _named(self) -> Document:
        return {"FunctionName": self.params["function_name"], "Name": self.params["name"]}

    def _version(self) -> str:
        if self.params["version"]:
            return str(self.params["version"])
        name = self.params["function_name"]
        last = newest(self.collect("list_versions_by_function", "Versions", FunctionName=name))
        if last is None:
            self.fail("the function has no version yet. Publish one, or name $LATEST as the version.")
        return str(last["Version"])

    def _describe(self) -> Document | None:
        answer = self.find("get_alias", **self._named)
        return None if answer is None else document(answer, self.params["function_name"])

    def _changes(self, current: Document) -> Document:
        return alias_changes(current, self._version(), self.params)

    def _predict(self) -> Document:
        named = {key: self.params[key] for key in ("name", "function_name")}
        routing, description = shares(self.params["routing"]) or {}, self.params["description"] or ""
        return {"arn": None, **named, "version": self._version(), "routing": routing, "description": description}

    def _write(self, operation: str, wanted: Document, routed: bool) -> None:
        self.call(
            operation,
            **self._named,
            FunctionVersion=wanted["version"],
            Description=wanted["description"] or None,
            RoutingConfig={"AdditionalVersionWeights": wanted["routing"]} if routed else None,
        )

    def _create(self) -> None:
        wanted = self._predict()
        self._write("create_alias", wanted, bool(wanted["routing"]))

    def _update(self, current: Document, changes: Document) -> None:
        self._write("update_alias", {**current, **changes}, "routing" in changes)

    def _delete(self, current: Document) -> None:
        self.find("delete_alias", **self._named)


def main() -> None:
    """Run the module."""
    argument_spec = {
        "name": {"type": "str", "required": True},
        "function_name": {"type": "str", "required": True},
        "version": {"type": "str"},
        "routing": {"type": "dict"},
        "description": {"type": "str"},
        "state": STATE,
    }
    module = AnsibleAWSModule(argument_spec=argument_spec, supports_check_mode=True)
    Alias(module).run()


if __name__ == "__main__":
    main()
