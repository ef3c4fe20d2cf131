// Copyright (c) 2026, stratum.aws contributors
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// Segments of our own in the traces of X-Ray: what the application did, beside what Lambda and API Gateway record by themselves.
// X-Ray's daemon runs beside the function; Lambda says in variables where, and to which trace the call belongs.

import { randomBytes } from "node:crypto";
import { createSocket } from "node:dgram";

/** Return the trace that a call belongs to, if X-Ray has chosen it to be recorded. */
export function current(header = process.env._X_AMZN_TRACE_ID) {
  const { Root, Parent, Sampled } = Object.fromEntries((header ?? "").split(";").map((part) => part.split("=", 2)));
  return Root && Parent && Sampled === "1" ? { trace: Root, parent: Parent } : undefined;
}

/** Send a segment to the daemon; it is not worth a failed call if none listens. */
function deliver(segment) {
  const [host, port] = (process.env.AWS_XRAY_DAEMON_ADDRESS ?? "").split(":");
  if (!port) return undefined;
  const packet = `{"format": "json", "version": 1}\n${JSON.stringify(segment)}`;
  return new Promise((resolve) => {
    const socket = createSocket("udp4");
    socket.on("error", () => {});
    socket.send(packet, Number(port), host, () => socket.close(resolve));
  });
}

/** Do the work as a segment of the trace; traces are found by its annotations. */
export async function traced(name, annotations, work) {
  const within = current();
  if (!within) return work();
  const start = Date.now() / 1000;
  const segment = { name, type: "subsegment", id: randomBytes(8).toString("hex"), trace_id: within.trace, parent_id: within.parent, start_time: start, annotations };
  try {
    return await work();
  } catch (error) {
    // X-Ray's words: an error is the caller's, a fault ours.
    segment[error.status < 500 ? "error" : "fault"] = true;
    throw error;
  } finally {
    // Before the answer: Lambda freezes the process behind it.
    await deliver({ ...segment, end_time: Date.now() / 1000 });
  }
}
