// Copyright (c) 2026, stratum.aws contributors
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// Every night: what the stack consists of, as a document in the run bucket beside the plans and reports of its runs.

import { GetResourcesCommand, ResourceGroupsTaggingAPIClient } from "@aws-sdk/client-resource-groups-tagging-api";
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { exported } from "./lib/export.mjs";
import { logger } from "./lib/log.mjs";

// What belongs to no region, such as distributions and zones, is listed in us-east-1.
const regions = [...new Set([process.env.AWS_REGION, "us-east-1"])];
const tagging = new Map(regions.map((region) => [region, new ResourceGroupsTaggingAPIClient({ region })]));
const s3 = new S3Client({});

export const handler = (event, context) =>
  exported(
    { stack: process.env.STACK, environment: process.env.ENVIRONMENT, bucket: process.env.RUN_BUCKET, regions },
    (region, input) => tagging.get(region).send(new GetResourcesCommand(input)),
    (input) => s3.send(new PutObjectCommand(input)),
    logger({ requestId: context?.awsRequestId, operation: "export" }),
  );
