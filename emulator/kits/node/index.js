// A millrace server for tests: one that is started here and ended, or one that runs already (MILLRACE_URL).
import { spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { createRequire } from "node:module";
import path from "node:path";

const START_MS = 60_000;
const STOP_MS = 15_000;
const LOG_CHARACTERS_KEPT = 1 << 20;
const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const FOREIGN = /^(AWS_|MILLRACE_|(HTTP|HTTPS|ALL)_PROXY$)/i;

export class MillraceError extends Error {}

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
  #log = "";

  /** `url`: a server that runs already. `dataDir`: a folder that outlives it. `args`: options of `millrace serve`. */
  constructor({ url, dataDir, port, args = [] } = {}) {
    this.#given = Boolean(url);
    this.url = url?.replace(/\/$/, "") ?? "";
    this.dataDir = dataDir;
    this.port = port;
    this.args = args;
    this.clock = new Clock(this);
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
    if (!child || child.exitCode !== null) return;
    child.ref();
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
    await ended;
    clearTimeout(timer);
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
  drain({ timeoutS = 30 } = {}) {
    return this.admin("POST", `drain?timeout=${Math.max(1, Math.round(timeoutS))}`);
  }

  /** One request to /_millrace/<path>; what it answers, decoded if it is JSON. */
  async admin(method, path, body) {
    const answer = await fetch(`${this.url}/_millrace/${path}`, { method, body });
    const text = await answer.text();
    if (!answer.ok) throw new MillraceError(`${method} /_millrace/${path} was answered by ${answer.status}: ${text.trim()}`);
    try {
      return JSON.parse(text);
    } catch {
      return text.trim();
    }
  }
}
