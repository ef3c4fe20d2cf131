// Copyright (c) 2026, stratum.aws contributors
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// The nightly export: the stack's resources by layer, under the day's name and as the latest one.

/** Read what bears the stack's tags, and store it; `read` lists a page, `store` puts an object. */
export async function exported({ stack, environment, bucket }, read, store, log, now = new Date()) {
  const resources = [];
  let PaginationToken;
  do {
    const page = await read({
      TagFilters: [
        { Key: "stratum:stack", Values: [stack] },
        { Key: "stratum:environment", Values: [environment] },
      ],
      PaginationToken,
    });
    for (const { ResourceARN, Tags = [] } of page.ResourceTagMappingList ?? []) {
      const tags = Object.fromEntries(Tags.map(({ Key, Value }) => [Key, Value]));
      resources.push({ arn: ResourceARN, layer: tags["stratum:layer"] ?? "", tags });
    }
    PaginationToken = page.PaginationToken;
  } while (PaginationToken);
  resources.sort((first, second) => first.arn.localeCompare(second.arn));
  const day = now.toISOString().slice(0, 10);
  const Body = JSON.stringify({ stack, environment, exported: now.toISOString(), resources }, null, 2);
  const keys = [`exports/${environment}/${stack}/${day}.json`, `exports/${environment}/${stack}/latest.json`];
  for (const Key of keys) await store({ Bucket: bucket, Key, Body, ContentType: "application/json" });
  log.info("exported the stack", { resources: resources.length, key: keys[0] });
  return { resources: resources.length, key: keys[0] };
}
