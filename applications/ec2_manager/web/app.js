// Copyright (c) 2026, stratum.aws contributors
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// The page: signs in, shows instances and the audit trail, and asks for operations. Tokens stay in memory.

import { claims, signIn, signOut } from "./cognito.js";

const OPERATIONS = { start: ["stopped"], stop: ["pending", "running"], reboot: ["running"] };

const at = (id) => document.getElementById(id);
let config;
let tokens;
let groups = [];

function say(text) {
  at("message").textContent = text;
}

function show(...shown) {
  for (const id of ["sign-in", "challenge", "instances", "audit", "sign-out"]) at(id).hidden = !shown.includes(id);
}

async function call(path, method = "GET") {
  const answer = await fetch(`${config.apiUrl}${path}`, {
    method,
    headers: { Authorization: tokens.IdToken, "X-Correlation-Id": crypto.randomUUID() },
  });
  const body = await answer.json().catch(() => ({}));
  if (answer.ok) return body;
  const error = body.error ?? {};
  if (answer.status === 401 && error.code !== "Forbidden") leave("Your session has ended. Sign in again.");
  throw new Error(`${error.message ?? body.message ?? `The request failed (${answer.status}).`}${error.correlationId ? ` Reference: ${error.correlationId}` : ""}`);
}

function row(...cells) {
  const line = document.createElement("tr");
  for (const cell of cells) {
    const field = document.createElement("td");
    field.append(...[cell ?? ""].flat());
    line.append(field);
  }
  return line;
}

function button(operation, instance) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = operation;
  made.dataset.operation = operation;
  made.setAttribute("aria-label", `${operation} ${instance.name || instance.id}`);
  made.disabled = !OPERATIONS[operation].includes(instance.state);
  made.addEventListener("click", () => change(operation, instance));
  return made;
}

async function change(operation, instance) {
  for (const each of at("rows").querySelectorAll("button")) each.disabled = true;
  try {
    const done = await call(`/instances/${encodeURIComponent(instance.id)}/${operation}`, "POST");
    await refresh();
    say(`${operation} of ${done.id}: was ${done.before}, is ${done.state}.`);
  } catch (error) {
    await refresh().catch(() => {});
    say(error.message);
  }
}

async function refresh() {
  if (!tokens) return;
  const { instances } = await call("/instances");
  const mayChange = groups.some((each) => ["administrators", "operators"].includes(each));
  at("rows").replaceChildren(
    ...instances.map((each) => {
      const line = row(each.name, each.id, each.type, each.zone, each.state, mayChange ? Object.keys(OPERATIONS).map((name) => button(name, each)) : []);
      line.dataset.id = each.id;
      line.dataset.state = each.state;
      return line;
    }),
  );
  if (groups.includes("administrators")) {
    const { entries } = await call("/audit");
    at("entries").replaceChildren(...entries.map((each) => row(each.timestamp, each.user, each.operation, each.instanceId, each.outcome)));
  }
}

function prompt({ text, label, secret }) {
  at("challenge-text").textContent = text;
  at("challenge-label").textContent = label;
  const input = at("challenge-answer");
  input.type = secret ? "password" : "text";
  input.value = "";
  show("challenge");
  input.focus();
  return new Promise((resolve) => {
    at("challenge").onsubmit = (event) => {
      event.preventDefault();
      resolve(input.value);
    };
  });
}

async function enter(event) {
  event.preventDefault();
  say("Signing in …");
  try {
    tokens = await signIn(config, at("username").value, at("password").value, prompt);
    at("password").value = "";
    groups = claims(tokens.IdToken)["cognito:groups"] ?? [];
    show("instances", "sign-out", ...(groups.includes("administrators") ? ["audit"] : []));
    say("");
    await refresh();
  } catch (error) {
    if (!tokens) show("sign-in");
    say(error.message);
  }
}

function leave(text) {
  tokens = undefined;
  groups = [];
  at("rows").replaceChildren();
  at("entries").replaceChildren();
  show("sign-in");
  say(text);
}

at("sign-in").addEventListener("submit", enter);
at("refresh").addEventListener("click", () => refresh().catch((error) => say(error.message)));
at("sign-out").addEventListener("click", async () => {
  await signOut(config, tokens).catch(() => {});
  leave("You have signed out.");
});

try {
  config = await (await fetch("config.json", { cache: "no-cache" })).json();
  at("environment").textContent = config.environment;
  show("sign-in");
} catch {
  say("The page is not configured: config.json is missing.");
}
