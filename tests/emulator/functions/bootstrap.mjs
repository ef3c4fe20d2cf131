// Copyright (c) 2026, stratum.aws contributors
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// Runs the handler of a function of Node.js: reads a call from each line of stdin, writes logs and then the result to stdout.

import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { existsSync } from "node:fs";
import { format } from "node:util";

const MARK = "\u0000result ";
const [name, member] = process.env._HANDLER.split(/\.(?=[^.]+$)/);
let request = "";

const write = (level) => (...values) => process.stdout.write(`${new Date().toISOString()}\t${request}\t${level}\t${format(...values)}\n`);
Object.assign(console, { log: write("INFO"), info: write("INFO"), debug: write("DEBUG"), warn: write("WARN"), error: write("ERROR"), trace: write("TRACE") });

const described = (error) => ({
  errorType: error?.name ?? "Error",
  errorMessage: error?.message ?? String(error),
  trace: String(error?.stack ?? "").split("\n"),
});

let handler;
let failure;
try {
  const path = [".mjs", ".js", ".cjs"].map((ending) => `${process.env.LAMBDA_TASK_ROOT}/${name}${ending}`).find(existsSync);
  if (!path) throw Object.assign(new Error(`Cannot find module '${name}'`), { name: "Runtime.ImportModuleError" });
  const module = await import(pathToFileURL(path));
  handler = module[member] ?? module.default?.[member];
  if (!handler) throw Object.assign(new Error(`${name}.${member} is undefined or not exported`), { name: "Runtime.HandlerNotFound" });
} catch (error) {
  failure = described(error);
}

for await (const line of createInterface({ input: process.stdin })) {
  const call = JSON.parse(line);
  request = call.context.awsRequestId;
  const ends = Date.now() + call.milliseconds;
  const context = { ...call.context, callbackWaitsForEmptyEventLoop: true, getRemainingTimeInMillis: () => Math.max(0, ends - Date.now()) };
  let answer;
  try {
    if (failure) throw failure;
    const value = await new Promise((resolve, reject) => {
      const returned = handler(call.event, context, (error, result) => (error ? reject(error) : resolve(result)));
      if (typeof returned?.then === "function") returned.then(resolve, reject);
      else if (handler.length < 3) resolve(returned);
    });
    answer = { result: value ?? null };
  } catch (error) {
    answer = { error: error === failure ? failure : described(error) };
    console.error("Invoke Error", JSON.stringify(answer.error));
  }
  process.stdout.write(`${MARK}${JSON.stringify(answer)}\n`);
}
