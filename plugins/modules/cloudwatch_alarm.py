#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Manage an alarm on a metric or on metric math, with its tags."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cloudwatch_alarm
version_added: 0.1.0
short_description: Manage a CloudWatch metric alarm
description:
  - Creates, changes and deletes an alarm on one metric or on metric math.
  - CloudWatch replaces an alarm as a whole. This module passes on what the alarm has and the options do not mention.
author:
  - stratum.aws contributors (@stratum-aws)
options:
  name:
    description: The name of the alarm.
    type: str
    required: true
  state:
    description: Whether the alarm is there.
    type: str
    choices: [present, absent]
    default: present
  description:
    description: What the alarm means, and what to do.
    type: str
  namespace:
    description: The namespace of the metric, such as V(AWS/RDS).
    type: str
  metric_name:
    description: The name of the metric. Either this or O(metrics) is needed when the alarm is created.
    type: str
    aliases: [metric]
  dimensions:
    description: The dimensions of the metric.
    type: dict
  statistic:
    description: The statistic of the metric.
    type: str
    choices: [SampleCount, Average, Sum, Minimum, Maximum]
  extended_statistic:
    description: A percentile or another extended statistic, such as V(p95) or V(tm99).
    type: str
  period:
    description: The seconds over which a data point is made.
    type: int
  unit:
    description: The unit of the metric. Without it data of any unit counts, which is nearly always right.
    type: str
  metrics:
    description: Metrics and expressions; exactly one has O(metrics[].return_data=true), which the alarm watches.
    type: list
    elements: dict
    suboptions:
      id:
        description: The name by which expressions refer to it; begins with a lower case letter.
        type: str
        required: true
      expression:
        description: Metric math over the other ids, or a Metrics Insights query.
        type: str
      metric_stat:
        description: A metric and its statistic.
        type: dict
        suboptions:
          metric:
            description: The metric.
            type: dict
            required: true
            suboptions:
              namespace:
                description: The namespace of the metric.
                type: str
                required: true
              metric_name:
                description: The name of the metric.
                type: str
                required: true
              dimensions:
                description: The dimensions of the metric.
                type: dict
          period:
            description: The seconds over which a data point is made.
            type: int
            required: true
          stat:
            description: The statistic, such as V(Sum) or V(p99).
            type: str
            required: true
          unit:
            description: The unit of the metric.
            type: str
      label:
        description: What it is called in graphs.
        type: str
      return_data:
        description: Whether the alarm watches this one.
        type: bool
        default: true
      period:
        description: The seconds over which a data point of a Metrics Insights query is made.
        type: int
      account_id:
        description: The account that has the metric, if it is another one.
        type: str
  comparison_operator:
    description: How the data is compared with the threshold.
    type: str
    choices:
      - GreaterThanOrEqualToThreshold
      - GreaterThanThreshold
      - LessThanThreshold
      - LessThanOrEqualToThreshold
      - LessThanLowerOrGreaterThanUpperThreshold
      - LessThanLowerThreshold
      - GreaterThanUpperThreshold
    aliases: [comparison]
  threshold:
    description: The value to compare with. Either this or O(threshold_metric_id) is needed when the alarm is created.
    type: float
  threshold_metric_id:
    description: The id of the C(ANOMALY_DETECTION_BAND) expression in O(metrics) to compare with.
    type: str
  evaluation_periods:
    description: The number of most recent periods that are looked at.
    type: int
  datapoints_to_alarm:
    description: How many of O(evaluation_periods) must breach; all of them by default.
    type: int
  treat_missing_data:
    description: What a missing data point counts as. CloudWatch's default is V(missing).
    type: str
    choices: [breaching, notBreaching, ignore, missing]
  evaluate_low_sample_count_percentile:
    description: Whether a percentile of too few samples is evaluated. CloudWatch's default is V(evaluate).
    type: str
    choices: [evaluate, ignore]
  actions_enabled:
    description: Whether the actions are carried out. CloudWatch's default is V(true).
    type: bool
  alarm_actions:
    description: The ARNs to call when the alarm goes off, for example of an SNS topic. An empty list removes all.
    type: list
    elements: str
  ok_actions:
    description: The ARNs to call when the alarm is over.
    type: list
    elements: str
  insufficient_data_actions:
    description: The ARNs to call when there is not enough data.
    type: list
    elements: str
notes:
  - M(amazon.aws.cloudwatch_metric_alarm) cannot tag an alarm, reports a change on every run when O(metrics) is used,
    and takes away what its options do not mention. This module is for those cases.
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.tags
  - amazon.aws.boto3
  - stratum.aws.attributes
"""

EXAMPLES = r"""
- name: Warn when the database is busy
  stratum.aws.cloudwatch_alarm:
    name: speckle-db-cpu
    namespace: AWS/RDS
    metric_name: CPUUtilization
    dimensions:
      DBInstanceIdentifier: speckle-db
    statistic: Average
    period: 300
    evaluation_periods: 3
    comparison_operator: GreaterThanThreshold
    threshold: 80
    alarm_actions: ["arn:aws:sns:ca-central-1:123456789012:alerts"]
    tags:
      Environment: production

- name: Warn when more than one percent of the requests fail
  stratum.aws.cloudwatch_alarm:
    name: api-error-rate
    metrics:
      - id: rate
        expression: 100 * errors / requests
        label: Error rate
      - id: errors
        return_data: false
        metric_stat:
          metric: {namespace: AWS/ApiGateway, metric_name: 5XXError, dimensions: {ApiName: api}}
          period: 60
          stat: Sum
      - id: requests
        return_data: false
        metric_stat:
          metric: {namespace: AWS/ApiGateway, metric_name: Count, dimensions: {ApiName: api}}
          period: 60
          stat: Sum
    evaluation_periods: 5
    datapoints_to_alarm: 3
    comparison_operator: GreaterThanThreshold
    threshold: 1
    treat_missing_data: notBreaching
"""

RETURN = r"""
alarm:
  description: The alarm, or null when there is none. Its other keys are the module's options of the same name.
  returned: always
  type: dict
  contains:
    arn:
      description: The ARN of the alarm.
      returned: when the alarm exists
      type: str
      sample: arn:aws:cloudwatch:ca-central-1:123456789012:alarm:speckle-db-cpu
    name:
      description: The name of the alarm.
      returned: always
      type: str
      sample: speckle-db-cpu
    state_value:
      description: The state of the alarm.
      returned: when the alarm exists
      type: str
      sample: OK
    tags:
      description: The tags of the alarm.
      returned: always
      type: dict
      sample: {"Environment": "production"}
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.amazon.aws.plugins.module_utils.tagging import ansible_dict_to_boto3_tag_list, boto3_tag_list_to_ansible_dict
from ansible_collections.stratum.aws.plugins.module_utils._base import STATE, TAGS, AwsResource, Document
from ansible_collections.stratum.aws.plugins.module_utils._cloudwatch_alarm import (
    ACTIONS,
    EXCLUSIVE,
    SINGLE,
    alarm_changes,
    alarm_document,
    alarm_request,
    lacking,
    normal,
)
from ansible_collections.stratum.aws.plugins.module_utils._tags import retag, tag_changes, text_tags


class Alarm(AwsResource):
    """A metric alarm of CloudWatch."""

    service = "cloudwatch"
    kind = "Alarm"
    returns = "alarm"
    cures: ClassVar[Mapping[str, str]] = {
        "ValidationError": "Check the metric, its statistic and period, and that exactly one of metrics has return_data.",
        "InvalidParameterValue": "Check the statistic, the period (10, 20, 30 or a multiple of 60) and the ARNs of the actions.",
        "InvalidParameterCombination": "Check that each of metrics has either expression or metric_stat.",
    }

    @property
    def identity(self) -> str:
        return str(self.params["name"])

    def _describe(self) -> Document | None:
        answer = self.call("describe_alarms", AlarmNames=[self.params["name"]], AlarmTypes=["MetricAlarm", "CompositeAlarm"])
        if answer.get("CompositeAlarms"):
            self.fail("it is a composite alarm, which this module does not manage. Use another name.")
        if not answer.get("MetricAlarms"):
            return None
        found = answer["MetricAlarms"][0]
        tags = self.call("list_tags_for_resource", ResourceARN=found["AlarmArn"])["Tags"]
        identity = {"arn": found["AlarmArn"], "name": found["AlarmName"], "state_value": found.get("StateValue")}
        return {**identity, **alarm_document(found), "tags": boto3_tag_list_to_ansible_dict(tags)}

    def _changes(self, current: Document) -> Document:
        tags = tag_changes(current["tags"], self.params["tags"], self.params["purge_tags"])
        return {**alarm_changes(normal(current), normal(self.params)), **tags}

    def _predict(self) -> Document:
        wanted = normal(self.params)
        missing = lacking(wanted)
        if missing:
            self.fail(f"a new alarm needs {', '.join(missing)}. Set what is missing.")
        return {"name": self.params["name"], **wanted, "tags": text_tags(self.params["tags"]) or {}}

    def _create(self) -> None:
        tags = ansible_dict_to_boto3_tag_list(self.params["tags"]) or None
        self.call("put_metric_alarm", **alarm_request(self.params["name"], self.params), Tags=tags)

    def _update(self, current: Document, changes: Document) -> None:
        after = {**current, **changes}
        if set(changes) != {"tags"}:
            self.call("put_metric_alarm", **alarm_request(self.params["name"], after))
        retag(
            current["tags"],
            after["tags"],
            lambda tags: self.call("tag_resource", ResourceARN=current["arn"], Tags=ansible_dict_to_boto3_tag_list(tags)),
            lambda keys: self.call("untag_resource", ResourceARN=current["arn"], TagKeys=keys),
        )

    def _delete(self, current: Document) -> None:
        self.call("delete_alarms", AlarmNames=[current["name"]])


def main() -> None:
    """Run the module."""
    metric = {"namespace": {"required": True}, "metric_name": {"required": True}, "dimensions": {"type": "dict"}}
    stat = {
        "metric": {"type": "dict", "required": True, "options": metric},
        "period": {"type": "int", "required": True},
        "stat": {"required": True},
        "unit": {},
    }
    query = {
        "id": {"required": True},
        "expression": {},
        "metric_stat": {"type": "dict", "options": stat},
        "label": {},
        "return_data": {"type": "bool", "default": True},
        "period": {"type": "int"},
        "account_id": {},
    }
    comparisons = ["GreaterThanOrEqualToThreshold", "GreaterThanThreshold", "LessThanThreshold", "LessThanOrEqualToThreshold"]
    bands = ["LessThanLowerOrGreaterThanUpperThreshold", "LessThanLowerThreshold", "GreaterThanUpperThreshold"]
    spec: dict[str, Any] = {
        "name": {"required": True},
        "state": STATE,
        "description": {},
        "namespace": {},
        "metric_name": {"aliases": ["metric"]},
        "dimensions": {"type": "dict"},
        "statistic": {"choices": ["SampleCount", "Average", "Sum", "Minimum", "Maximum"]},
        "extended_statistic": {},
        "period": {"type": "int"},
        "unit": {},
        "metrics": {
            "type": "list",
            "elements": "dict",
            "options": query,
            "required_one_of": [("expression", "metric_stat")],
            "mutually_exclusive": [("expression", "metric_stat")],
        },
        "comparison_operator": {"choices": [*comparisons, *bands], "aliases": ["comparison"]},
        "threshold": {"type": "float"},
        "threshold_metric_id": {},
        "evaluation_periods": {"type": "int"},
        "datapoints_to_alarm": {"type": "int"},
        "treat_missing_data": {"choices": ["breaching", "notBreaching", "ignore", "missing"]},
        "evaluate_low_sample_count_percentile": {"choices": ["evaluate", "ignore"]},
        "actions_enabled": {"type": "bool"},
        **{name: {"type": "list", "elements": "str"} for name in ACTIONS},
        **TAGS,
    }
    exclusive = [*EXCLUSIVE, *(("metrics", name) for name in SINGLE)]
    Alarm(AnsibleAWSModule(argument_spec=spec, mutually_exclusive=exclusive, supports_check_mode=True)).run()


if __name__ == "__main__":
    main()
