// What goes wrong because a test wants it to: rules for one account, or for all.

/** A rule of the server's. */
class Fault {
  #faults;
  constructor(faults, described) {
    this.#faults = faults;
    this.id = described.id;
  }
  async #now() {
    return (await this.#faults.list()).find((rule) => rule.id === this.id);
  }
  /** How often it has hit. */
  async applied() {
    return (await this.#now())?.applied ?? 0;
  }
  /** What it has hit, the newest last. */
  async hits() {
    return (await this.#now())?.hits ?? [];
  }
  remove() {
    return this.#faults.clear(this.id);
  }
}

/** Every method takes which calls are meant: `nth`, `times`, `share` with `seed`, `forMs`, `resource`; without: every call. */
export class Faults {
  constructor(server, account) {
    this.server = server;
    this.account = account;
  }
  /** A rule as the admin API takes it (`/_millrace/openapi.json`). */
  async add(kind, rule = {}) {
    const whole = { kind, account: this.account, ...rule };
    return new Fault(this, await this.server.admin("POST", "faults", JSON.stringify(whole)));
  }
  async list() {
    return (await this.server.admin("GET", `faults${this.account ? `?account=${this.account}` : ""}`)).faults;
  }
  /** Removes one rule, or all (of the account). */
  clear(id) {
    const query = new URLSearchParams({ ...(id && { id }), ...(this.account && { account: this.account }) });
    return this.server.admin("DELETE", `faults?${query}`);
  }
  error(operation, error, which = {}) {
    return this.add("error", { operation, error, ...which });
  }
  throttle(operation, which = {}) {
    return this.add("throttle", { operation, ...which });
  }
  /** S3 answers 503 SlowDown. */
  slowDown(operation, which = {}) {
    return this.add("throttle", { operation, service: "s3", ...which });
  }
  /** The call is answered so much later, by the emulator's clock. */
  delay(operation, seconds, which = {}) {
    return this.add("delay", { operation, delayMs: Math.round(seconds * 1000), ...which });
  }
  /** BatchWriteItem leaves so many items unprocessed; without a number all but the first. */
  unprocessed(items, which = {}) {
    return this.add("unprocessed", { items, ...which });
  }
  conflict(operation, which = {}) {
    return this.add("conflict", { operation, ...which });
  }
  iteratorExpired(which = {}) {
    return this.add("iterator-expired", which);
  }
  functionError(name, which = {}) {
    return this.add("function-error", { function: name, ...which });
  }
  functionTimeout(name, which = {}) {
    return this.add("function-timeout", { function: name, ...which });
  }
  environmentDeath(name, which = {}) {
    return this.add("environment-death", { function: name, ...which });
  }
  functionThrottle(name, which = {}) {
    return this.add("function-throttle", { function: name, ...which });
  }
  /** A batch that succeeded is delivered once more. */
  twice(name, which = {}) {
    return this.add("twice", { function: name, ...which });
  }
  /** The server is killed after the invocation and before it knows of it. */
  kill(name, which = {}) {
    return this.add("kill", { function: name, ...which });
  }
  /** An open shard of the table's stream (its ARN, or a name) is closed; it gets two children. */
  splitShard(table) {
    return this.server.admin("POST", `streams/split?stream=${encodeURIComponent(table)}`);
  }
}
