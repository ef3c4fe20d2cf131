# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules of security groups for prefix lists."""

from __future__ import annotations

import pytest

from tests.emulator.fixtures import Emulator

pytestmark = pytest.mark.integration


def test_rules_for_prefix_lists_keep_their_descriptions(account: Emulator) -> None:
    ec2 = account.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    group = ec2.create_security_group(GroupName="own", Description="own", VpcId=vpc)["GroupId"]
    lists = [each["PrefixListId"] for each in ec2.describe_managed_prefix_lists()["PrefixLists"][:2]]
    rule = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}
    wanted = [{"PrefixListId": lists[0], "Description": "first"}, {"PrefixListId": lists[1]}]
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[{**rule, "PrefixListIds": wanted}])
    (permission,) = ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]["IpPermissions"]
    assert permission["PrefixListIds"] == wanted
