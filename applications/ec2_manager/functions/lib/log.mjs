// Copyright (c) 2026, stratum.aws contributors
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// One JSON object a line. With Lambda's log format JSON the runtime would wrap a text, so the object goes to stdout as it is.

const LEVELS = ["DEBUG", "INFO", "WARN", "ERROR"];

function least() {
  const wanted = (process.env.LOG_LEVEL ?? "INFO").toUpperCase();
  return LEVELS.includes(wanted) ? LEVELS.indexOf(wanted) : LEVELS.indexOf("INFO");
}

/** Return functions that log with these fields; `write` takes a line. */
export function logger(fields, write = (line) => process.stdout.write(`${line}\n`)) {
  const log = (level, message, more = {}) => {
    if (LEVELS.indexOf(level) >= least()) {
      write(JSON.stringify({ timestamp: new Date().toISOString(), level, message, ...fields, ...more }));
    }
  };
  return {
    debug: (message, more) => log("DEBUG", message, more),
    info: (message, more) => log("INFO", message, more),
    warn: (message, more) => log("WARN", message, more),
    error: (message, more) => log("ERROR", message, more),
  };
}

/** Log figures in CloudWatch's embedded metric format, from which it makes metrics of their own. */
export function count(metrics, dimensions, write = (line) => process.stdout.write(`${line}\n`)) {
  write(
    JSON.stringify({
      _aws: {
        Timestamp: Date.now(),
        CloudWatchMetrics: [
          {
            Namespace: process.env.METRIC_NAMESPACE ?? "Ec2Manager",
            Dimensions: [Object.keys(dimensions)],
            Metrics: Object.keys(metrics).map((Name) => ({ Name, Unit: "Count" })),
          },
        ],
      },
      ...dimensions,
      ...metrics,
    }),
  );
}
