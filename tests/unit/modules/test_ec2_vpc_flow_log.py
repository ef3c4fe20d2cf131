# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a flow log has against what its user wants."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.stratum.aws.plugins.modules.ec2_vpc_flow_log import (
    destination_of,
    destination_type,
    flow_log_document,
    replacing_changes,
)

GROUP = "arn:aws:logs:us-east-1:123456789012:log-group:/flow"
LOG: dict[str, Any] = {"FlowLogId": "fl-1", "ResourceId": "vpc-1", "TrafficType": "ALL", "LogFormat": "${srcaddr} ${dstaddr}"}


@pytest.mark.parametrize(
    ("arn", "kind"),
    [
        (None, "cloud-watch-logs"),
        ("arn:aws:logs:us-east-1:123456789012:log-group:/flow:*", "cloud-watch-logs"),
        ("arn:aws:s3:::bucket/folder", "s3"),
        ("arn:aws:firehose:us-east-1:123456789012:deliverystream/flow", "kinesis-data-firehose"),
    ],
)
def test_the_arn_says_what_the_destination_is(arn: str | None, kind: str) -> None:
    assert destination_type(arn) == kind


@pytest.mark.parametrize(
    "arn", ["arn:aws:logs:us-east-1:123456789012:log-group:/flow:*", "arn:aws:logs:us-east-1:123456789012:log-group:/flow"]
)
def test_a_log_group_is_one_destination_by_name_and_by_arn(arn: str) -> None:
    assert destination_of(None, arn) == destination_of("/flow", None) == destination_of("/flow", arn)


def test_a_final_slash_makes_no_other_folder() -> None:
    assert destination_of(None, "arn:aws:s3:::bucket/a/") == destination_of(None, "arn:aws:s3:::bucket/a")


def test_options_that_are_not_given_do_not_differ() -> None:
    assert replacing_changes(flow_log_document(LOG), {"traffic_type": None}) == {}


def test_white_space_in_the_format_means_nothing() -> None:
    assert replacing_changes(flow_log_document(LOG), {"log_format": "${srcaddr}  ${dstaddr} "}) == {}
    assert replacing_changes(flow_log_document(LOG), {"log_format": "${dstaddr} ${srcaddr}"}) == {"log_format": "${dstaddr} ${srcaddr}"}


def test_file_options_have_the_defaults_of_aws() -> None:
    current = flow_log_document({**LOG, "LogDestinationType": "s3"})
    assert replacing_changes(current, {"file_format": "plain-text", "per_hour_partition": False}) == {}
    assert replacing_changes(current, {"file_format": "parquet"}) == {"file_format": "parquet"}
