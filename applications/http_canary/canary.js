// Copyright (c) 2026, stratum.aws contributors
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// A canary of CloudWatch Synthetics that asks addresses as anybody would, and fails when one does not answer as it should.
// TARGETS holds the addresses, separated by spaces, each with the status that is expected where it is not 200: https://example.com/health=204

const synthetics = require("Synthetics");
const log = require("SyntheticsLogger");

/** Return the targets that a text names. */
function targetsOf(text) {
  return text
    .split(/\s+/)
    .filter(Boolean)
    .map((target) => {
      const [, address, status] = /^(.*?)(?:=(\d{3}))?$/.exec(target);
      return { url: new URL(address), status: Number(status ?? 200) };
    });
}

/** Ask one address, as a step of its own with its own duration and success. */
async function ask({ url, status }) {
  const options = {
    hostname: url.hostname,
    method: "GET",
    path: `${url.pathname}${url.search}`,
    port: url.port || 443,
    protocol: url.protocol,
  };
  const look = (answer) =>
    new Promise((resolve, reject) => {
      log.info(`${url} answered ${answer.statusCode}`);
      answer.resume();
      answer.on("error", reject);
      answer.on("end", () => (answer.statusCode === status ? resolve() : reject(new Error(`${answer.statusCode} in place of ${status}`))));
    });
  await synthetics.executeHttpStep(`GET ${url.pathname}`, options, look);
}

exports.targetsOf = targetsOf;
exports.handler = async () => {
  for (const target of targetsOf(process.env.TARGETS ?? "")) {
    await ask(target);
  }
};
