#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A metric filter: what a log group's events become as a metric."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cloudwatch_metric_filter
short_description: Manage a metric filter of a CloudWatch log group
version_added: 0.1.0
description:
  - Creates, changes and deletes a filter that turns events of a log group into values of a metric.
notes:
  - M(amazon.aws.cloudwatchlogs_log_group_metric_filter) looks a filter up by the beginning of its name, so it takes a
    longer name for the filter or misses the filter beside one; is changed every time when there are
    dimensions in capitals; and ends in a traceback where the log group is missing.
author:
  - stratum.aws contributors (@stratum-aws)
options:
  name:
    description: The name of the filter, unique in the log group.
    type: str
    required: true
    aliases: [filter_name]
  log_group:
    description: The name of the log group.
    type: str
    required: true
    aliases: [log_group_name]
  pattern:
    description:
      - Which events count, in the language of CloudWatch Logs. An empty string is every event.
      - Required when O(state=present).
    type: str
  metric_namespace:
    description: The namespace of the metric. Required when O(state=present).
    type: str
  metric_name:
    description: The name of the metric. Required when O(state=present).
    type: str
  metric_value:
    description: What an event that matches adds - a number, or a field such as V($.bytes).
    type: str
    default: "1"
  default_value:
    description: What the metric is in a period with events none of which matches. Not together with O(dimensions).
    type: float
  unit:
    description: The unit of the metric, such as V(Count) or V(Milliseconds).
    type: str
  dimensions:
    description: The dimensions of the metric, each with the field of the event that gives its value.
    type: dict
  state:
    description: Whether the filter exists.
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
- name: Count failed sign-ins
  stratum.aws.cloudwatch_metric_filter:
    name: failed-sign-ins
    log_group: /example/access
    pattern: '{ $.status = 401 }'
    metric_namespace: Example/Security
    metric_name: FailedSignIns
    default_value: 0
"""

RETURN = r"""
metric_filter:
  description: The filter; null when there is none.
  returned: always
  type: dict
  contains:
    name:
      description: Its name.
      type: str
      sample: failed-sign-ins
    log_group:
      description: The log group whose events it reads.
      type: str
      sample: /example/access
    pattern:
      description: Which events count.
      type: str
      sample: "{ $.status = 401 }"
    metric_namespace:
      description: The namespace of the metric.
      type: str
      sample: Example/Security
    metric_name:
      description: The name of the metric.
      type: str
      sample: FailedSignIns
    metric_value:
      description: What an event adds.
      type: str
      sample: "1"
    default_value:
      description: What the metric is without such events; null when it has no value then.
      type: float
      sample: 0.0
    unit:
      description: The unit of the metric.
      type: str
      sample: None
    dimensions:
      description: The dimensions of the metric.
      type: dict
      sample: {}
"""

from typing import Any, ClassVar

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.stratum.aws.plugins.module_utils._base import STATE, AwsResource, Document
from ansible_collections.stratum.aws.plugins.module_utils._compare import given

# Option -> its name in a metric transformation.
TRANSFORMATION = {
    "metric_namespace": "metricNamespace",
    "metric_name": "metricName",
    "metric_value": "metricValue",
    "default_value": "defaultValue",
    "unit": "unit",
    "dimensions": "dimensions",
}
UNSET: Document = {"default_value": None, "unit": "None", "dimensions": {}}


def to_document(metric_filter: Document) -> Document:
    """Return a filter as the module returns it."""
    transformation = metric_filter["metricTransformations"][0]
    return {
        "name": metric_filter["filterName"],
        "log_group": metric_filter["logGroupName"],
        "pattern": metric_filter.get("filterPattern", ""),
        **UNSET,
        **given({option: transformation.get(name) for option, name in TRANSFORMATION.items()}),
    }


def wanted_document(params: Document) -> Document:
    """Return the filter that the options describe; a filter is replaced as a whole, so what is unset is unset."""
    options = {option: params[option] for option in ("name", "log_group", "pattern", *TRANSFORMATION)}
    return {**UNSET, **given(options)}


class MetricFilter(AwsResource):
    """One metric filter."""

    service = "logs"
    kind = "Metric filter"
    returns = "metric_filter"
    retried = ("ThrottlingException", "OperationAbortedException")
    cures: ClassVar[dict[str, str]] = {"ResourceNotFoundException": "Create the log group first."}

    @property
    def identity(self) -> str:
        return f"{self.params['name']} of {self.params['log_group']}"

    def _describe(self) -> Document | None:
        answer = self.find("describe_metric_filters", logGroupName=self.params["log_group"], filterNamePrefix=self.params["name"])
        while answer:
            for metric_filter in answer["metricFilters"]:
                if metric_filter["filterName"] == self.params["name"]:
                    return to_document({"logGroupName": self.params["log_group"], **metric_filter})
            token = answer.get("nextToken")
            answer = token and self.call(
                "describe_metric_filters",
                logGroupName=self.params["log_group"],
                filterNamePrefix=self.params["name"],
                nextToken=token,
            )
        return None

    def _predict(self) -> Document:
        return wanted_document(self.params)

    def _changes(self, current: Document) -> Document:
        return {key: value for key, value in wanted_document(self.params).items() if current.get(key) != value}

    def _create(self) -> None:
        wanted = {key: value for key, value in wanted_document(self.params).items() if value != UNSET.get(key, "")}
        transformation = {name: wanted[option] for option, name in TRANSFORMATION.items() if option in wanted}
        self.call(
            "put_metric_filter",
            logGroupName=self.params["log_group"],
            filterName=self.params["name"],
            filterPattern=self.params["pattern"],
            metricTransformations=[transformation],
        )

    def _update(self, current: Document, changes: Document) -> None:
        self._create()

    def _delete(self, current: Document) -> None:
        self.find("delete_metric_filter", logGroupName=self.params["log_group"], filterName=self.params["name"])


def main() -> None:
    """Run the module."""
    argument_spec: dict[str, Any] = {
        "name": {"type": "str", "required": True, "aliases": ["filter_name"]},
        "log_group": {"type": "str", "required": True, "aliases": ["log_group_name"]},
        "pattern": {"type": "str"},
        "metric_namespace": {"type": "str"},
        "metric_name": {"type": "str"},
        "metric_value": {"type": "str", "default": "1"},
        "default_value": {"type": "float"},
        "unit": {"type": "str"},
        "dimensions": {"type": "dict"},
        "state": STATE,
    }
    module = AnsibleAWSModule(
        argument_spec=argument_spec,
        required_if=[("state", "present", ["pattern", "metric_namespace", "metric_name"])],
        mutually_exclusive=[("default_value", "dimensions")],
        supports_check_mode=True,
    )
    MetricFilter(module).run()


if __name__ == "__main__":
    main()
