// Copyright (c) 2026, stratum.aws contributors
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// The audit trail: an item for each operation that was asked for, whatever became of it.

import { randomUUID } from "node:crypto";

/** Return the trail in a table; `send` takes a command of DynamoDB, `commands` makes them. */
export function trail(table, send, { PutCommand, QueryCommand, ScanCommand }) {
  return {
    async write(entry) {
      const item = { id: randomUUID(), timestamp: new Date().toISOString(), ...entry };
      await send(new PutCommand({ TableName: table, Item: item }));
      return item;
    },
    async read(id) {
      const { Items = [] } = await send(
        new QueryCommand({ TableName: table, KeyConditionExpression: "#id = :id", ExpressionAttributeNames: { "#id": "id" }, ExpressionAttributeValues: { ":id": id } }),
      );
      return Items;
    },
    async latest(limit) {
      const items = [];
      let start;
      do {
        const page = await send(new ScanCommand({ TableName: table, ExclusiveStartKey: start }));
        items.push(...(page.Items ?? []));
        start = page.LastEvaluatedKey;
      } while (start);
      return items.sort((first, second) => second.timestamp.localeCompare(first.timestamp)).slice(0, limit);
    },
    // Whether the table answers at all.
    async probe() {
      await send(new QueryCommand({ TableName: table, KeyConditionExpression: "#id = :id", ExpressionAttributeNames: { "#id": "id" }, ExpressionAttributeValues: { ":id": "health" }, Limit: 1 }));
    },
  };
}
