// Copyright (c) 2026, stratum.aws contributors
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

import { DescribeInstancesCommand, EC2Client, RebootInstancesCommand, StartInstancesCommand, StopInstancesCommand } from "@aws-sdk/client-ec2";
import { audit } from "./lib/clients.mjs";
import { fleet } from "./lib/instances.mjs";
import { instances } from "./lib/operations.mjs";

const ec2 = new EC2Client({});
const machines = fleet((command) => ec2.send(command), {
  DescribeInstancesCommand,
  StartInstancesCommand,
  StopInstancesCommand,
  RebootInstancesCommand,
});

export const handler = instances(machines, audit);
