// Copyright (c) 2026, stratum.aws contributors
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// What every handler of the API shares: who asks, what is answered, and the form of errors.

import { logger } from "./log.mjs";
import { traced } from "./trace.mjs";

/** An error that the caller of the API is told. Not 403 or 404: CloudFront answers these of every origin with the page. */
export class ApiError extends Error {
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

// What a group may do; a group may do what those after it may.
const GROUPS = ["administrators", "operators", "viewers"];

/** Return who asks, from the claims that the authorizer has checked. */
export function caller(event) {
  const claims = event.requestContext?.authorizer?.claims ?? {};
  const listed = claims["cognito:groups"] ?? "";
  const groups = Array.isArray(listed) ? listed : String(listed).split(/[\s,[\]]+/).filter(Boolean);
  return {
    id: claims.sub ?? "",
    name: claims["cognito:username"] ?? claims.username ?? claims.email ?? "",
    groups,
    sourceIp: event.requestContext?.identity?.sourceIp ?? "",
  };
}

/** Throw unless the caller is in this group or one that may do more. */
export function demand(who, group) {
  const sufficient = GROUPS.slice(0, GROUPS.indexOf(group) + 1);
  if (!who.groups.some((each) => sufficient.includes(each))) {
    throw new ApiError(401, "Forbidden", `This needs a member of ${sufficient.join(" or ")}.`);
  }
}

export function correlationId(event, context) {
  const headers = Object.entries(event.headers ?? {});
  const given = headers.find(([name]) => name.toLowerCase() === "x-correlation-id")?.[1];
  // What is logged must not be anything that somebody sends.
  if (given && /^[\w-]{8,64}$/.test(given)) return given;
  return event.requestContext?.requestId ?? context?.awsRequestId ?? "unknown";
}

function answer(status, body, correlation, event) {
  const allowed = (process.env.ALLOWED_ORIGINS ?? "").split(",").filter(Boolean);
  const origin = Object.entries(event.headers ?? {}).find(([name]) => name.toLowerCase() === "origin")?.[1];
  const cors = allowed.includes("*") ? "*" : allowed.includes(origin) ? origin : allowed[0];
  return {
    statusCode: status,
    headers: {
      "Content-Type": "application/json",
      "Cache-Control": "no-store",
      "X-Correlation-Id": correlation,
      ...(cors ? { "Access-Control-Allow-Origin": cors, "Access-Control-Expose-Headers": "X-Correlation-Id", Vary: "Origin" } : {}),
    },
    body: JSON.stringify(body),
  };
}

/** Return a Lambda handler around `work(event, {log, who, correlation})`, which returns a body or throws. */
export function api(operation, work) {
  return async (event, context) => {
    const correlation = correlationId(event, context);
    const who = caller(event);
    const log = logger({ correlationId: correlation, requestId: context?.awsRequestId, operation, user: who.name || undefined });
    const started = Date.now();
    try {
      const annotations = { operation, correlationId: correlation, environment: process.env.ENVIRONMENT ?? "" };
      const body = await traced(operation, annotations, () => work(event, { log, who, correlation }));
      log.info("answered", { status: 200, milliseconds: Date.now() - started });
      return answer(200, body, correlation, event);
    } catch (error) {
      const known = error instanceof ApiError;
      const status = known ? error.status : 500;
      const details = { status, milliseconds: Date.now() - started, error: error.name, reason: error.message };
      if (status >= 500) log.error("failed", { ...details, stack: error.stack });
      else log.warn("refused", details);
      // What went wrong inside is for the log only.
      const [code, message] = known ? [error.code, error.message] : ["InternalError", "The request failed. Try again later."];
      return answer(status, { error: { code, message, correlationId: correlation } }, correlation, event);
    }
  };
}
