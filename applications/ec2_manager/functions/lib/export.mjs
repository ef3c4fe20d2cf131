// Copyright (c) 2026, stratum.aws contributors
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// The nightly export: the stack's resources by layer, under the day's name and as the latest one.

/** Return what bears the stack's tags in a region; `read` lists a page. */
async function listed(region, { stack, environment }, read) {
  const resources = [];
  let PaginationToken;
  do {
    const page = await read(region, {
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
  return resources;
}

/** Read what the stack consists of in all its regions, and store it; `read` lists a page of a region, `store` puts an object. */
export async function exported({ stack, environment, bucket, regions }, read, store, log, now = new Date()) {
  const found = new Map();
  for (const region of regions) {
    for (const each of await listed(region, { stack, environment }, read)) found.set(each.arn, each);
  }
  const resources = [...found.values()];
  resources.sort((first, second) => first.arn.localeCompare(second.arn));
  const day = now.toISOString().slice(0, 10);
  const Body = JSON.stringify({ stack, environment, exported: now.toISOString(), resources }, null, 2);
  const keys = [`exports/${environment}/${stack}/${day}.json`, `exports/${environment}/${stack}/latest.json`];
  for (const Key of keys) await store({ Bucket: bucket, Key, Body, ContentType: "application/json" });
  log.info("exported the stack", { resources: resources.length, key: keys[0] });
  return { resources: resources.length, key: keys[0] };
}
