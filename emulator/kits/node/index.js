// A millrace server for tests: one that is started here and ended, or one that runs already (MILLRACE_URL).
import { spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { createRequire } from "node:module";
import path from "node:path";

import { Faults } from "./faults.js";
import { Snapshots } from "./snapshots.js";
import { Stack, StackCache } from "./stack.js";

const START_MS = 60_000;
const STOP_MS = 15_000;
const LOG_CHARACTERS_KEPT = 1 << 20;
const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const FOREIGN = /^(AWS_|MILLRACE_|(HTTP|HTTPS|ALL)_PROXY$)/i;

export class MillraceError extends Error {}

/** A drain's time ran out. `pending`: what was waited for, since when, the last error, the next try. */
export class NotDrained extends MillraceError {
  constructor(answered) {
    const lines = (answered.pending ?? []).map((one) => Object.entries(one).map(([k, v]) => `${k}: ${v}`).join(", "));
    super([`not drained; waiting for ${answered.waiting_for.join(", ")}`, ...lines].join("\n  "));
    this.waitingFor = answered.waiting_for;
    this.pending = answered.pending ?? [];
  }
}

/** The server's program: $MILLRACE_BINARY, the optional package's, or `millrace` on the PATH. */
export function program() {
  if (process.env.MILLRACE_BINARY) return process.env.MILLRACE_BINARY;
  try {
    const described = createRequire(import.meta.url).resolve("millrace-linux-x64/package.json");
    return path.join(path.dirname(described), "bin/millrace");
  } catch {
    // Not installed: another platform, or --no-optional.
  }
  for (const folder of (process.env.PATH ?? "").split(path.delimiter)) {
    const candidate = path.join(folder, "millrace");
    // The command of this very package would start itself for ever.
    if (folder && !folder.includes("node_modules") && existsSync(candidate)) return candidate;
  }
  throw new MillraceError("There is no millrace: neither the package millrace-linux-x64 nor one on the PATH.");
}

/** Milliseconds of a number of seconds or a text such as "90s", "2h", "1d12h". */
export function milliseconds(span) {
  if (typeof span === "number") return Math.round(span * 1000);
  const parts = [...span.matchAll(/(\d+(?:\.\d+)?)(ms|[smhd])/g)];
  if (!parts.length || parts.map((p) => p[0]).join("") !== span.replaceAll(" ", ""))
    throw new RangeError(`'${span}' isn't a span of time such as 90s, 2h or 1d12h`);
  return Math.round(parts.reduce((sum, [, number, unit]) => sum + Number(number) * UNITS[unit], 0));
}

function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer().once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

const queryOf = (given) =>
  new URLSearchParams(Object.entries(given).filter(([, value]) => value !== undefined && value !== null && value !== ""));
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** The emulator's clock, which all accounts of a server share. A handler's own clock is the machine's. */
class Clock {
  constructor(server) {
    this.server = server;
  }
  async now() {
    return new Date((await this.server.admin("GET", "clock")).now_ms);
  }
  advance(by) {
    return this.server.admin("POST", `clock/advance?by=${milliseconds(by)}`);
  }
  set(to) {
    const time = to instanceof Date ? to.getTime() : to;
    return this.server.admin("POST", `clock/set?to=${time}`);
  }
  freeze() {
    return this.server.admin("POST", "clock/freeze");
  }
  resume() {
    return this.server.admin("POST", "clock/resume");
  }
}

/** A world of its own: whoever signs with an account's number as the access key is its root. */
class Account {
  constructor(server, id, region) {
    this.server = server;
    this.id = id;
    this.region = region;
    this.faults = new Faults(server, id);
    this.snapshots = new Snapshots(server, id);
  }
  /** As the server's, of what concerns this account. */
  drain(options = {}) {
    return this.server.drain({ ...options, account: this.id });
  }
  /** Empties the account, or of a service what it has. */
  reset({ service } = {}) {
    return this.server.reset({ account: this.id, service });
  }
  /** What became of the records of this account's mappings: of all, or of a table, queue, function or mapping. */
  async traceOf(name) {
    const query = name ? `?of=${encodeURIComponent(name)}` : "";
    const { mappings } = await this.server.admin("GET", `mappings${query}`);
    return mappings.filter((one) => one.function.includes(`:${this.id}:`));
  }
  /** A Terraform configuration applied in this account; destroy() it afterwards. */
  stack(folder, options = {}) {
    return this.server.applied(new Stack(this, folder, options));
  }
  /** Options for any client of the AWS SDK for JavaScript v3: `new DynamoDBClient(account.config)`. */
  get config() {
    return {
      endpoint: this.server.url,
      region: this.region,
      credentials: { accessKeyId: this.id, secretAccessKey: "test" },
      forcePathStyle: true,
      maxAttempts: 1,
    };
  }
  /** What a program needs to use this account. */
  get environment() {
    return {
      AWS_ENDPOINT_URL: this.server.url,
      HTTP_PROXY: this.server.url,
      NO_PROXY: "127.0.0.1,localhost,::1",
      AWS_ACCESS_KEY_ID: this.id,
      AWS_SECRET_ACCESS_KEY: "test",
      AWS_REGION: this.region,
      AWS_DEFAULT_REGION: this.region,
      AWS_S3_USE_PATH_STYLE: "true",
    };
  }
  /** One operation of CloudWatch Logs' JSON protocol; unsigned secrets aren't checked for an account's root. */
  async #logs(operation, input) {
    const date = new Date().toISOString().replace(/[-:]|\.\d+/g, "");
    const scope = `${this.id}/${date.slice(0, 8)}/${this.region}/logs/aws4_request`;
    const answer = await fetch(this.server.url + "/", {
      method: "POST",
      headers: {
        "content-type": "application/x-amz-json-1.1",
        "x-amz-target": `Logs_20140328.${operation}`,
        "x-amz-date": date,
        authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0`,
      },
      body: JSON.stringify(input),
    });
    const body = await answer.json();
    if (answer.ok) return body;
    if (body.__type?.endsWith("ResourceNotFoundException")) return { events: [] };
    throw new MillraceError(`${operation}: ${body.message ?? JSON.stringify(body)}`);
  }
  /** The lines of a function's log, oldest first; with `waitFor` as soon as a line holds it. */
  async logsOf(name, { waitFor, timeoutMs = 10_000 } = {}) {
    const end = Date.now() + timeoutMs;
    for (;;) {
      const lines = [];
      let nextToken;
      do {
        const page = await this.#logs("FilterLogEvents", { logGroupName: `/aws/lambda/${name}`, nextToken });
        lines.push(...page.events.map((event) => event.message.trimEnd()));
        nextToken = page.nextToken;
      } while (nextToken);
      if (waitFor === undefined || lines.some((line) => line.includes(waitFor))) return lines;
      if (Date.now() >= end) throw new MillraceError(`no line of ${name}'s log holds '${waitFor}':\n${lines.join("\n")}`);
      await pause(20);
    }
  }
}

export class Millrace {
  #process;
  #given;
  #stacks = new StackCache(this);
  #log = "";

  /** `url`: a server that runs already. `dataDir`: a folder that outlives it. `args`: options of `millrace serve`. */
  constructor({ url, dataDir, port, args = [] } = {}) {
    this.#given = Boolean(url);
    this.url = url?.replace(/\/$/, "") ?? "";
    this.dataDir = dataDir;
    this.port = port;
    this.args = args;
    this.clock = new Clock(this);
    this.faults = new Faults(this);
    this.snapshots = new Snapshots(this);
  }

  /** MILLRACE_URL's server, or a new one that is ready. */
  static start(options = {}) {
    return new Millrace({ url: process.env.MILLRACE_URL, ...options }).start();
  }

  async start() {
    if (this.#given || this.#process) return this;
    const port = this.port ?? (await freePort());
    const where = this.dataDir ? ["--data-dir", this.dataDir] : ["--ephemeral"];
    const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !FOREIGN.test(name)));
    const child = spawn(program(), ["serve", "--port", String(port), ...where, ...this.args], {
      stdio: ["ignore", "pipe", "pipe"],
      env: environment,
    });
    this.#process = child;
    const keep = (text) => (this.#log = (this.#log + text).slice(-LOG_CHARACTERS_KEPT));
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    let failed;
    child.once("error", (error) => (failed = error.message));
    this.url = `http://127.0.0.1:${port}`;
    const end = Date.now() + START_MS;
    while (Date.now() < end) {
      if (failed || child.exitCode !== null) throw new MillraceError(`millrace didn't start: ${failed ?? this.#log}`);
      try {
        await this.admin("GET", "health");
        // The tests' process ends when they are done, not when the server does.
        child.unref();
        child.stdout.unref?.();
        child.stderr.unref?.();
        return this;
      } catch (error) {
        if (error instanceof MillraceError) throw error;
        await pause(5);
      }
    }
    await this.stop();
    throw new MillraceError(`millrace wasn't ready after ${START_MS / 1000} s:\n${this.#log}`);
  }

  async stop() {
    const child = this.#process;
    this.#process = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.ref();
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
    await ended;
    clearTimeout(timer);
  }

  /** Resolves when the server that start() started has ended, whoever ended it. */
  async ended() {
    const child = this.#process;
    if (child && child.exitCode === null && child.signalCode === null) {
      child.ref();
      await new Promise((resolve) => child.once("exit", resolve));
    }
    this.#process = undefined;
  }

  [Symbol.asyncDispose ?? Symbol.for("Symbol.asyncDispose")]() {
    return this.stop();
  }

  /** What the server wrote so far; empty for one that runs elsewhere. */
  get log() {
    return this.#log;
  }

  /** A new account, or the one with this number. */
  account(id = String(randomInt(100_000_000_000, 281_000_000_000_000)).slice(0, 12), { region = "us-east-1" } = {}) {
    return new Account(this, id, region);
  }

  /** Waits until every committed record has been through every mapping and nothing asynchronous is under way. */
  async drain({ timeoutS = 30, account, table, function: name } = {}) {
    const given = { timeout: Math.max(1, Math.round(timeoutS)), account: account?.id ?? account, table, function: name };
    const answer = await this.#ask("POST", `drain?${queryOf(given)}`);
    if (answer.status === 408) throw new NotDrained(await answer.json());
    await this.#check("POST", "drain", answer);
  }

  /** Empties the server, as if it had been started anew; or an account, or a service ("dynamodb", "lambda", ...). */
  reset({ account, service } = {}) {
    return this.admin("POST", `reset?${queryOf({ account: account?.id ?? account, service })}`);
  }

  /** Delivers records of a stream again to the one mapping that `of` means; `from`, `to`: sequence numbers or times. */
  replay(of, { from, to, account } = {}) {
    return this.admin("POST", `replay?${queryOf({ of, from, to, account: account?.id ?? account })}`);
  }

  /** An account with a Terraform configuration in it, and its `outputs`: applied once in this process, later brought back
   *  by a snapshot as it was then. */
  withStack(folder, options = {}) {
    return this.#stacks.bring(folder, options);
  }

  /** An account's stack, applied; stacks of withStack() make way for it. */
  applied(stack) {
    return this.#stacks.apply(stack);
  }

  /** One request to /_millrace/<path>; what it answers, decoded if it is JSON. */
  async admin(method, path, body) {
    const answer = await this.#ask(method, path, body);
    await this.#check(method, path, answer);
    const text = await answer.text();
    try {
      return JSON.parse(text);
    } catch {
      return text.trim();
    }
  }

  /** The same for what isn't text. */
  async adminBytes(method, path) {
    const answer = await this.#ask(method, path);
    await this.#check(method, path, answer);
    return new Uint8Array(await answer.arrayBuffer());
  }

  #ask(method, path, body) {
    // The token is wanted where the server is reached from elsewhere (a container's).
    const token = process.env.MILLRACE_ADMIN_TOKEN;
    const headers = token ? { authorization: `Bearer ${token}` } : {};
    return fetch(`${this.url}/_millrace/${path}`, { method, body, headers });
  }
  async #check(method, path, answer) {
    if (answer.ok) return;
    const text = await answer.text();
    throw new MillraceError(`${method} /_millrace/${path} was answered by ${answer.status}: ${text.trim()}`);
  }
}
