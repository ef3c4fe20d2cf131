#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What CloudWatch has measured."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cloudwatch_metric_data_info
short_description: Read what CloudWatch has measured
version_added: 0.5.0
description:
  - Returns the values of metrics over the last days, hours or seconds, by one call for up to 500 metrics.
notes:
  - amazon.aws and community.aws read alarms, but no values of metrics.
author:
  - stratum.aws contributors (@stratum-aws)
options:
  queries:
    description: What is asked for.
    type: list
    elements: dict
    required: true
    suboptions:
      id:
        description: The name of the answer. It begins with a lower-case letter and has letters, digits and underscores only.
        type: str
        required: true
      namespace:
        description: The namespace of the metric.
        type: str
      metric_name:
        description: The name of the metric.
        type: str
      dimensions:
        description: The dimensions of the metric; all of them, as CloudWatch takes other ones for another metric.
        type: dict
        default: {}
      statistic:
        description: The statistic, such as V(Average), V(Maximum) or V(p95).
        type: str
        default: Average
      expression:
        description: An expression in metric math over other queries, instead of a metric.
        type: str
      period:
        description: Over how many seconds values are taken together.
        type: int
        default: 3600
  seconds:
    description: How far back to look, in seconds.
    type: int
    default: 86400
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - stratum.aws.attributes
attributes:
  check_mode:
    description: It only reads.
  diff_mode:
    support: N/A
"""

EXAMPLES = r"""
- name: Read how busy a host was in the last week
  stratum.aws.cloudwatch_metric_data_info:
    queries:
      - id: cpu
        namespace: AWS/EC2
        metric_name: CPUUtilization
        dimensions: {InstanceId: i-0123456789abcdef0}
    seconds: 604800
  register: measured
"""

RETURN = r"""
results:
  description: The values by the ids of the queries, the oldest first. A metric without values has an empty list.
  returned: success
  type: dict
  sample: {cpu: [{timestamp: "2026-01-31T12:00:00+00:00", value: 71.5}]}
until:
  description: The moment until which was looked.
  returned: success
  type: str
  sample: "2026-02-01T12:00:00+00:00"
"""

import datetime
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.amazon.aws.plugins.module_utils.retries import AWSRetry

with suppress(ImportError):  # AnsibleAWSModule says what is missing
    from botocore.exceptions import BotoCoreError, ClientError

Document = dict[str, Any]
PER_CALL = 500


def query(option: Mapping[str, Any]) -> Document:
    """Return a query in CloudWatch's form."""
    if option.get("expression"):
        return {"Id": option["id"], "Expression": option["expression"], "Period": option["period"]}
    dimensions = [{"Name": str(name), "Value": str(value)} for name, value in sorted((option.get("dimensions") or {}).items())]
    metric = {"Namespace": option["namespace"], "MetricName": option["metric_name"], "Dimensions": dimensions}
    return {"Id": option["id"], "MetricStat": {"Metric": metric, "Period": option["period"], "Stat": option["statistic"]}}


def results(ids: list[str], pages: list[Document]) -> dict[str, list[Document]]:
    """Return the values of all pages by their queries, the oldest first."""
    found: dict[str, list[Document]] = {each: [] for each in ids}
    for page in pages:
        for series in page.get("MetricDataResults", []):
            points = zip(series.get("Timestamps", []), series.get("Values", []), strict=True)
            found.setdefault(series["Id"], []).extend({"timestamp": moment.isoformat(), "value": float(value)} for moment, value in points)
    return {each: sorted(points, key=lambda point: str(point["timestamp"])) for each, points in found.items()}


def main() -> None:
    """Run the module."""
    option: dict[str, Any] = {
        "id": {"type": "str", "required": True},
        "namespace": {"type": "str"},
        "metric_name": {"type": "str"},
        "dimensions": {"type": "dict", "default": {}},
        "statistic": {"type": "str", "default": "Average"},
        "expression": {"type": "str"},
        "period": {"type": "int", "default": 3600},
    }
    argument_spec: dict[str, Any] = {
        "queries": {
            "type": "list",
            "elements": "dict",
            "required": True,
            "options": option,
            "required_one_of": [("metric_name", "expression")],
            "required_together": [("metric_name", "namespace")],
        },
        "seconds": {"type": "int", "default": 86400},
    }
    module = AnsibleAWSModule(argument_spec=argument_spec, supports_check_mode=True)
    asked = [query(each) for each in module.params["queries"]]
    until = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
    since = until - datetime.timedelta(seconds=module.params["seconds"])
    pages: list[Document] = []
    try:
        paginator = module.client("cloudwatch").get_paginator("get_metric_data")
        for first in range(0, len(asked), PER_CALL):
            some = {"MetricDataQueries": asked[first : first + PER_CALL], "StartTime": since, "EndTime": until}
            pages += AWSRetry.jittered_backoff()(lambda some=some: list(paginator.paginate(**some)))()
    except (BotoCoreError, ClientError) as error:
        module.fail_json_aws(error, msg="CloudWatch did not answer: check the queries, and that cloudwatch:GetMetricData is allowed")
    module.exit_json(changed=False, results=results([each["Id"] for each in asked], pages), until=until.isoformat())


if __name__ == "__main__":
    main()
