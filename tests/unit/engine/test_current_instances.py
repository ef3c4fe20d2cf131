# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a write would change of instances, their addresses and volumes, and of queues and repositories."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.stratum.aws.plugins.plugin_utils.changes import _current
from ansible_collections.stratum.aws.plugins.plugin_utils.changes._current import ABSENT, SENSITIVE, Change

from tests.unit.engine.answering import Client, told


def test_attributes_of_an_instance_are_asked_for_one_by_one() -> None:
    client = Client("ec2", {"DescribeInstanceAttribute": {"InstanceId": "i-1", "DisableApiTermination": {"Value": True}}})
    found = _current.changes(client, "ModifyInstanceAttribute", {"InstanceId": "i-1", "DisableApiTermination": {"Value": False}})
    assert found == [Change("disable_api_termination", True, False)]
    assert client.asked == [("DescribeInstanceAttribute", {"InstanceId": "i-1", "Attribute": "disableApiTermination"})]


@pytest.mark.parametrize(
    ("operation", "parameters", "answers", "expected"),
    [
        (
            "ModifyInstanceAttribute",
            {"InstanceId": "i-1", "Attribute": "instanceType", "Value": "t3.xlarge"},
            {"DescribeInstanceAttribute": {"InstanceType": {"Value": "t3.large"}}},
            # In this form it might be user data, which botocore's model says is sensitive.
            {"instance_type": (SENSITIVE, SENSITIVE)},
        ),
        (
            "ModifyInstanceAttribute",
            {"InstanceId": "i-1", "Groups": ["sg-1", "sg-2"]},
            {"DescribeInstanceAttribute": {"Groups": [{"GroupId": "sg-2"}, {"GroupId": "sg-1"}]}},
            {},
        ),
        (
            "ModifyInstanceAttribute",
            {"InstanceId": "i-1", "UserData": {"Value": b"#!/bin/sh"}},
            {},
            {"user_data": (SENSITIVE, SENSITIVE)},
        ),
        (
            "ModifyInstanceMetadataOptions",
            {"InstanceId": "i-1", "HttpTokens": "required", "HttpEndpoint": "enabled"},
            {
                "DescribeInstances": {
                    "Reservations": [{"Instances": [{"MetadataOptions": {"HttpTokens": "optional", "HttpEndpoint": "enabled"}}]}]
                }
            },
            {"metadata_options.http_tokens": ("optional", "required")},
        ),
        (
            "ModifyInstanceMaintenanceOptions",
            {"InstanceId": "i-1", "AutoRecovery": "default"},
            {"DescribeInstances": {"Reservations": [{"Instances": [{"MaintenanceOptions": {"AutoRecovery": "disabled"}}]}]}},
            {"maintenance_options.auto_recovery": ("disabled", "default")},
        ),
        (
            "MonitorInstances",
            {"InstanceIds": ["i-1"]},
            {"DescribeInstances": {"Reservations": [{"Instances": [{"InstanceId": "i-1", "Monitoring": {"State": "disabled"}}]}]}},
            {"monitoring": ("disabled", "enabled")},
        ),
        (
            "StopInstances",
            {"InstanceIds": ["i-1", "i-2"]},
            {
                "DescribeInstances": {
                    "Reservations": [
                        {"Instances": [{"InstanceId": each, "State": {"Name": state}}]}
                        for each, state in (("i-1", "running"), ("i-2", "stopped"))
                    ]
                }
            },
            {"state of i-1": ("running", "stopped")},
        ),
        (
            "ModifyVolume",
            {"VolumeId": "vol-1", "Size": 100, "VolumeType": "gp3"},
            {"DescribeVolumes": {"Volumes": [{"VolumeId": "vol-1", "Size": 50, "VolumeType": "gp3"}]}},
            {"size": (50, 100)},
        ),
        (
            "AssociateAddress",
            {"AllocationId": "eipalloc-1", "InstanceId": "i-2"},
            {"DescribeAddresses": {"Addresses": [{"AllocationId": "eipalloc-1", "InstanceId": "i-1"}]}},
            {"instance_id": ("i-1", "i-2")},
        ),
        (
            "AssociateAddress",
            {"AllocationId": "eipalloc-1", "InstanceId": "i-2"},
            {"DescribeAddresses": {"Addresses": [{"AllocationId": "eipalloc-1"}]}},
            {"instance_id": (ABSENT, "i-2")},
        ),
        (
            "DisassociateAddress",
            {"AssociationId": "eipassoc-1"},
            {"DescribeAddresses": {"Addresses": [{"AllocationId": "eipalloc-1", "InstanceId": "i-1"}]}},
            {"instance_id": ("i-1", ABSENT)},
        ),
        (
            "ReplaceIamInstanceProfileAssociation",
            {"AssociationId": "iip-1", "IamInstanceProfile": {"Name": "new"}},
            {
                "DescribeIamInstanceProfileAssociations": {
                    "IamInstanceProfileAssociations": [{"IamInstanceProfile": {"Arn": "arn:aws:iam::123456789012:instance-profile/old"}}]
                }
            },
            {"iam_instance_profile": ("old", "new")},
        ),
        (
            "AssociateIamInstanceProfile",
            {"InstanceId": "i-1", "IamInstanceProfile": {"Arn": "arn:aws:iam::123456789012:instance-profile/host"}},
            {"DescribeIamInstanceProfileAssociations": {"IamInstanceProfileAssociations": []}},
            {"iam_instance_profile": (ABSENT, "host")},
        ),
    ],
)
def test_an_instance(operation: str, parameters: dict[str, Any], answers: dict[str, Any], expected: dict[str, Any]) -> None:
    assert told("ec2", operation, parameters, **answers) == expected


def test_attributes_of_a_queue() -> None:
    now = {"VisibilityTimeout": "30", "RedrivePolicy": '{"maxReceiveCount": 5}', "SqsManagedSseEnabled": "true"}
    given = {"VisibilityTimeout": "60", "RedrivePolicy": "", "KmsMasterKeyId": "k", "SqsManagedSseEnabled": "true"}
    assert told("sqs", "SetQueueAttributes", {"QueueUrl": "u", "Attributes": given}, GetQueueAttributes={"Attributes": now}) == {
        "attributes.visibility_timeout": ("30", "60"),
        "attributes.redrive_policy": ({"maxReceiveCount": 5}, ABSENT),
        "attributes.kms_master_key_id": (ABSENT, "k"),
    }


def test_a_repository() -> None:
    named = {"repositoryName": "shop/api"}
    now = {"repositories": [{"imageTagMutability": "MUTABLE", "imageScanningConfiguration": {"scanOnPush": False}}]}
    assert told("ecr", "PutImageTagMutability", {**named, "imageTagMutability": "IMMUTABLE"}, DescribeRepositories=now) == {
        "image_tag_mutability": ("MUTABLE", "IMMUTABLE")
    }
    scanning = {**named, "imageScanningConfiguration": {"scanOnPush": True}}
    assert told("ecr", "PutImageScanningConfiguration", scanning, DescribeRepositories=now) == {
        "image_scanning_configuration.scan_on_push": (False, True)
    }
    rules = '{"rules": [{"rulePriority": 1, "selection": {"countNumber": %d}}]}'
    lifecycle = told(
        "ecr", "PutLifecyclePolicy", {**named, "lifecyclePolicyText": rules % 10}, GetLifecyclePolicy={"lifecyclePolicyText": rules % 5}
    )
    assert lifecycle == {"lifecycle_policy.rules.selection.countNumber": (5, 10)}
    assert told("ecr", "DeleteLifecyclePolicy", named) == {}
