// Copyright (c) 2026, stratum.aws contributors
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// The handlers, as functions of what they work on.

import { ApiError, api, demand } from "./http.mjs";
import { count } from "./log.mjs";

const OPERATIONS = ["start", "stop", "reboot"];

/** Return whether an operation is switched on in this environment; all are unless it says which. */
function switchedOn(operation) {
  return (process.env.FEATURES ?? OPERATIONS.join(",")).split(",").includes(operation);
}

/** Say whether the API and the audit table answer. Anybody may ask, so nothing else is told. */
export function health(audit) {
  return api("health", async () => {
    try {
      await audit.probe();
    } catch (error) {
      throw new ApiError(503, "Unavailable", "The audit table does not answer.");
    }
    return { status: "ok", environment: process.env.ENVIRONMENT ?? "", version: process.env.AWS_LAMBDA_FUNCTION_VERSION ?? "" };
  });
}

/** List instances (viewers), or start, stop and reboot one (operators). */
export function instances(fleet, audit, write) {
  const list = api("list", async (event, { who }) => {
    demand(who, "viewers");
    return { instances: await fleet.list() };
  });
  const change = (operation) =>
    api(operation, async (event, { log, who, correlation }) => {
      const id = event.pathParameters?.id ?? "";
      const entry = { operation, instanceId: id, user: who.name, userId: who.id, sourceIp: who.sourceIp, correlationId: correlation };
      try {
        demand(who, "operators");
        if (!switchedOn(operation)) throw new ApiError(409, "SwitchedOff", `The operation ${operation} is switched off here.`);
        const result = await fleet.change(operation, id);
        const item = await audit.write({ ...entry, outcome: "success", before: result.before, after: result.state });
        count({ Operations: 1 }, { Environment: process.env.ENVIRONMENT ?? "", Operation: operation }, write);
        log.info("changed an instance", { instanceId: id, before: result.before, after: result.state, auditId: item.id });
        return { ...result, auditId: item.id };
      } catch (error) {
        await audit.write({ ...entry, outcome: error.code === "Forbidden" ? "denied" : "failure", reason: error.code ?? error.name });
        count({ Failures: 1 }, { Environment: process.env.ENVIRONMENT ?? "", Operation: operation }, write);
        throw error;
      }
    });
  const changes = Object.fromEntries(OPERATIONS.map((operation) => [operation, change(operation)]));
  return async (event, context) => {
    const operation = (event.resource ?? event.path ?? "").split("/").at(-1);
    return event.httpMethod === "POST" && OPERATIONS.includes(operation) ? changes[operation](event, context) : list(event, context);
  };
}

/** Show the latest entries of the audit trail, or those of an id (administrators). */
export function entries(audit) {
  return api("audit", async (event, { who }) => {
    demand(who, "administrators");
    const id = event.pathParameters?.id;
    if (id) {
      const found = await audit.read(id);
      if (found.length === 0) throw new ApiError(400, "EntryNotFound", `There is no entry ${id}.`);
      return { entries: found };
    }
    const limit = Number(event.queryStringParameters?.limit ?? 50);
    if (!Number.isInteger(limit) || limit < 1 || limit > 500) throw new ApiError(400, "InvalidLimit", "limit is a number from 1 to 500.");
    return { entries: await audit.latest(limit) };
  });
}
