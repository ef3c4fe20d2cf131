// Copyright (c) 2026, stratum.aws contributors
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// The handlers, with stubs in place of EC2 and DynamoDB: nothing is installed for these tests.

import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { test } from "node:test";
import { trail } from "../functions/lib/audit.mjs";
import { exported } from "../functions/lib/export.mjs";
import { caller, correlationId } from "../functions/lib/http.mjs";
import { fleet } from "../functions/lib/instances.mjs";
import { count, logger } from "../functions/lib/log.mjs";
import { entries, health, instances } from "../functions/lib/operations.mjs";

process.env.LOG_LEVEL = "ERROR";

const command = (name) =>
  class {
    constructor(input) {
      Object.assign(this, { name, input });
    }
  };
const EC2 = Object.fromEntries(["DescribeInstances", "StartInstances", "StopInstances", "RebootInstances"].map((name) => [`${name}Command`, command(name)]));
const TABLE = Object.fromEntries(["Put", "Query", "Scan"].map((name) => [`${name}Command`, command(name)]));
const ID = "i-0123456789abcdef0";

function machines(state = "running", asked = []) {
  const instance = { InstanceId: ID, State: { Name: state }, InstanceType: "t3.micro", Tags: [{ Key: "Name", Value: "web" }], Placement: { AvailabilityZone: "us-west-2a" } };
  return fleet((sent) => {
    asked.push([sent.name, sent.input]);
    if (sent.name === "DescribeInstances") return { Reservations: [{ Instances: [instance] }] };
    if (sent.name === "StartInstances") return { StartingInstances: [{ CurrentState: { Name: "pending" } }] };
    if (sent.name === "StopInstances") return { StoppingInstances: [{ CurrentState: { Name: "stopping" } }] };
    return {};
  }, EC2);
}

function table(items = []) {
  return trail("audit", (sent) => {
    if (sent.name === "Put") items.push(sent.input.Item);
    return { Items: items };
  }, TABLE);
}

const silent = () => {};
const event = (groups, resource = "/api/instances", more = {}) => ({
  httpMethod: resource === "/api/instances" ? "GET" : "POST",
  resource,
  headers: { "x-correlation-id": "test-correlation-1" },
  pathParameters: { id: ID },
  requestContext: { requestId: "request-1", identity: { sourceIp: "192.0.2.1" }, authorizer: { claims: { sub: "1", "cognito:username": "jo", "cognito:groups": groups } } },
  ...more,
});
const body = (answer) => JSON.parse(answer.body);

test("a viewer sees the instances", async () => {
  const answer = await instances(machines(), table(), silent)(event("viewers"));
  assert.equal(answer.statusCode, 200);
  assert.equal(answer.headers["X-Correlation-Id"], "test-correlation-1");
  const [found] = body(answer).instances;
  assert.deepEqual([found.id, found.name, found.state, found.zone], [ID, "web", "running", "us-west-2a"]);
});

test("terminated instances are not shown", async () => {
  assert.deepEqual(body(await instances(machines("terminated"), table(), silent)(event("viewers"))).instances, []);
});

test("nobody without a group sees anything", async () => {
  const answer = await instances(machines(), table(), silent)(event(""));
  assert.equal(answer.statusCode, 401);
  assert.deepEqual(body(answer).error, { code: "Forbidden", message: "This needs a member of administrators or operators or viewers.", correlationId: "test-correlation-1" });
});

for (const [operation, state, after] of [["start", "stopped", "pending"], ["stop", "running", "stopping"], ["reboot", "running", "running"]]) {
  test(`an operator's ${operation} is done and written down`, async () => {
    const asked = [];
    const items = [];
    const metrics = [];
    const answer = await instances(machines(state, asked), table(items), (line) => metrics.push(JSON.parse(line)))(event("operators", `/api/instances/{id}/${operation}`));
    assert.equal(answer.statusCode, 200);
    assert.equal(body(answer).state, after);
    assert.equal(asked.length, 2);
    assert.deepEqual(asked[1][1], { InstanceIds: [ID] });
    const [{ id, timestamp, ...entry }] = items;
    assert.equal(id, body(answer).auditId);
    assert.match(timestamp, /^\d{4}-\d\d-\d\dT.*Z$/);
    assert.deepEqual(entry, { operation, instanceId: ID, user: "jo", userId: "1", sourceIp: "192.0.2.1", correlationId: "test-correlation-1", outcome: "success", before: state, after });
    assert.deepEqual([metrics[0].Operations, metrics[0].Operation], [1, operation]);
  });
}

test("a viewer may change nothing, and the attempt is written down", async () => {
  const asked = [];
  const items = [];
  const answer = await instances(machines("running", asked), table(items), silent)(event("viewers", "/api/instances/{id}/stop"));
  assert.equal(answer.statusCode, 401);
  assert.deepEqual(asked, []);
  assert.equal(items[0].outcome, "denied");
});

test("an operation that does not fit the state is refused", async () => {
  const items = [];
  const answer = await instances(machines("stopped"), table(items), silent)(event("administrators", "/api/instances/{id}/stop"));
  assert.equal(answer.statusCode, 409);
  assert.equal(body(answer).error.code, "WrongState");
  assert.equal(items[0].outcome, "failure");
});

test("an operation that is switched off is refused", async () => {
  process.env.FEATURES = "start,stop";
  const asked = [];
  const answer = await instances(machines("running", asked), table(), silent)(event("operators", "/api/instances/{id}/reboot"));
  delete process.env.FEATURES;
  assert.equal(body(answer).error.code, "SwitchedOff");
  assert.deepEqual(asked, []);
});

test("nothing answers 403 or 404, which CloudFront keeps for the page", async () => {
  const { readFileSync, readdirSync } = await import("node:fs");
  const folder = new URL("../functions/lib/", import.meta.url);
  for (const name of readdirSync(folder)) assert.doesNotMatch(readFileSync(new URL(name, folder), "utf8"), /ApiError\((403|404)/);
});

test("an id that is none is refused before EC2 is asked", async () => {
  const asked = [];
  const answer = await instances(machines("running", asked), table(), silent)(event("operators", "/api/instances/{id}/stop", { pathParameters: { id: "x; rm" } }));
  assert.equal(answer.statusCode, 400);
  assert.deepEqual(asked, []);
});

test("an instance that is not there is not found", async () => {
  const none = fleet(() => {
    throw Object.assign(new Error("no"), { name: "InvalidInstanceID.NotFound" });
  }, EC2);
  assert.equal((await instances(none, table(), silent)(event("operators", "/api/instances/{id}/stop"))).statusCode, 400);
});

test("what fails inside is not told", async (context) => {
  context.mock.method(process.stdout, "write", () => true);
  const broken = fleet(() => {
    throw new Error("a secret");
  }, EC2);
  const answer = await instances(broken, table(), silent)(event("viewers"));
  assert.equal(answer.statusCode, 500);
  assert.doesNotMatch(answer.body, /secret/);
  assert.equal(body(answer).error.code, "InternalError");
});

test("health asks the table", async (context) => {
  assert.equal(body(await health(table())({})).status, "ok");
  context.mock.method(process.stdout, "write", () => true);
  const gone = trail("audit", () => Promise.reject(new Error("no")), TABLE);
  assert.equal((await health(gone)({})).statusCode, 503);
});

test("only administrators read the audit trail, the latest first", async () => {
  const items = [{ id: "1", timestamp: "2026-01-01" }, { id: "2", timestamp: "2026-01-02" }];
  const read = entries(table(items));
  assert.equal((await read(event("operators"))).statusCode, 401);
  assert.deepEqual(body(await read(event("administrators", undefined, { pathParameters: null }))).entries.map(({ id }) => id), ["2", "1"]);
  assert.equal((await read(event("administrators", undefined, { pathParameters: null, queryStringParameters: { limit: "0" } }))).statusCode, 400);
  assert.equal((await entries(table())(event("administrators"))).statusCode, 400);
});

test("only the origins that are allowed may read answers", async () => {
  process.env.ALLOWED_ORIGINS = "https://one.example.com,https://two.example.com";
  const ask = async (origin) => (await health(table())({ headers: { Origin: origin } })).headers["Access-Control-Allow-Origin"];
  assert.equal(await ask("https://two.example.com"), "https://two.example.com");
  assert.equal(await ask("https://else.example.com"), "https://one.example.com");
  delete process.env.ALLOWED_ORIGINS;
  assert.equal(await ask("https://one.example.com"), undefined);
});

test("groups are read in each form that API Gateway gives them", () => {
  for (const groups of ["operators,viewers", "[operators viewers]", "operators viewers", ["operators", "viewers"]]) {
    assert.deepEqual(caller(event(groups)).groups, ["operators", "viewers"]);
  }
});

test("a correlation id that is none is not logged", () => {
  assert.equal(correlationId({ headers: { "X-Correlation-Id": "a\nforged line" }, requestContext: { requestId: "r" } }), "r");
});

test("logs are JSON with a level, and the least level counts", () => {
  const lines = [];
  process.env.LOG_LEVEL = "WARN";
  const log = logger({ correlationId: "c" }, (line) => lines.push(JSON.parse(line)));
  log.info("no");
  log.warn("yes", { status: 403 });
  process.env.LOG_LEVEL = "ERROR";
  const [{ timestamp, ...line }] = lines;
  assert.ok(timestamp);
  assert.deepEqual(line, { level: "WARN", message: "yes", correlationId: "c", status: 403 });
});

test("what an operation does is a segment of its own in the trace", async (context) => {
  const daemon = createSocket("udp4");
  daemon.bind(0, "127.0.0.1");
  await once(daemon, "listening");
  context.after(() => {
    daemon.close();
    delete process.env._X_AMZN_TRACE_ID;
    delete process.env.AWS_XRAY_DAEMON_ADDRESS;
  });
  process.env.AWS_XRAY_DAEMON_ADDRESS = `127.0.0.1:${daemon.address().port}`;
  const segmentOf = async (groups) => {
    const [[packet]] = await Promise.all([once(daemon, "message"), instances(machines(), table(), silent)(event(groups, "/api/instances/{id}/stop"))]);
    const [head, document] = packet.toString().split("\n");
    assert.deepEqual(JSON.parse(head), { format: "json", version: 1 });
    return JSON.parse(document);
  };
  process.env._X_AMZN_TRACE_ID = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1;Lineage=a:0";
  const { id, start_time: start, end_time: end, ...segment } = await segmentOf("operators");
  assert.match(id, /^[0-9a-f]{16}$/);
  assert.ok(start <= end);
  assert.deepEqual(segment, {
    name: "stop",
    type: "subsegment",
    trace_id: "1-5759e988-bd862e3fe1be46a994272793",
    parent_id: "53995c3f42cd8ad8",
    annotations: { operation: "stop", correlationId: "test-correlation-1", environment: "" },
  });
  assert.equal((await segmentOf("viewers")).error, true);
  // Neither a trace that X-Ray does not record nor a daemon that is not there is in anybody's way.
  for (const [trace, address] of [["Root=1-a;Parent=b;Sampled=0", "127.0.0.1:9"], ["Root=1-a;Parent=b;Sampled=1", ""], ["Root=1-a;Parent=b;Sampled=1", "127.0.0.1:9"]]) {
    Object.assign(process.env, { _X_AMZN_TRACE_ID: trace, AWS_XRAY_DAEMON_ADDRESS: address });
    assert.equal((await health(table())({})).statusCode, 200);
  }
});

test("metrics are in the embedded format", () => {
  const lines = [];
  count({ Operations: 1 }, { Operation: "stop" }, (line) => lines.push(JSON.parse(line)));
  assert.deepEqual(lines[0]._aws.CloudWatchMetrics, [{ Namespace: "Ec2Manager", Dimensions: [["Operation"]], Metrics: [{ Name: "Operations", Unit: "Count" }] }]);
});

test("the export holds every page of the stack's resources", async () => {
  const stored = [];
  const pages = {
    "us-west-2": [
      { ResourceTagMappingList: [{ ResourceARN: "arn:b", Tags: [{ Key: "stratum:layer", Value: "edge" }] }], PaginationToken: "more" },
      { ResourceTagMappingList: [{ ResourceARN: "arn:a", Tags: [] }], PaginationToken: "" },
    ],
    "us-east-1": [{ ResourceTagMappingList: [{ ResourceARN: "arn:a", Tags: [] }] }],
  };
  const where = { stack: "shop", environment: "dev", bucket: "runs", regions: ["us-west-2", "us-east-1"] };
  const result = await exported(where, (region) => pages[region].shift(), (input) => stored.push(input), { info: silent }, new Date("2026-01-02T03:04:05Z"));
  assert.deepEqual(result, { resources: 2, key: "exports/dev/shop/2026-01-02.json" });
  assert.deepEqual(stored.map(({ Key }) => Key), ["exports/dev/shop/2026-01-02.json", "exports/dev/shop/latest.json"]);
  assert.deepEqual(JSON.parse(stored[0].Body).resources.map(({ arn, layer }) => [arn, layer]), [["arn:a", ""], ["arn:b", "edge"]]);
});
