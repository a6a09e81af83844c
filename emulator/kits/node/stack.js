// A Terraform configuration in an account: applied, its outputs, destroyed; or brought back by a snapshot.
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { cp, mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

const APPLY_MS = 600_000;
const IS_TAKEN = /AlreadyExists|AlreadyOwned|already exists|already in use/i;
const IN_USE = /are in use here by other accounts/; // says the server of an account's snapshot
const isState = (name) => name === ".terraform" || name.startsWith("terraform.tfstate");

function run(program, args, options) {
  return new Promise((resolve, reject) => {
    execFile(program, args, { timeout: APPLY_MS, maxBuffer: 64 << 20, ...options }, (error, stdout, stderr) => {
      if (error) reject(new Error(`terraform ${args[0]} failed:\n${stdout}${stderr || error.message}`));
      else resolve(stdout);
    });
  });
}

export class Stack {
  #account;
  #source;
  #options;
  #folder;
  outputs = {};

  constructor(account, source, options) {
    this.#account = account;
    this.accountId = account.id;
    this.#source = path.resolve(source);
    this.#options = options;
  }
  #terraform(...args) {
    const ours = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("AWS_")));
    const env = { ...ours, TF_IN_AUTOMATION: "1", ...this.#account.environment, ...this.#options.environment };
    const program = this.#options.terraform ?? process.env.MILLRACE_TERRAFORM ?? "terraform";
    return run(program, args, { cwd: this.#folder, env });
  }
  #given() {
    return Object.entries(this.#options.variables ?? {}).map(([name, value]) => `-var=${name}=${value}`);
  }
  async apply() {
    if (!this.#folder) {
      // A copy: state and plugins stay out of the project.
      const parent = await mkdtemp(path.join(tmpdir(), "millrace-stack-"));
      this.#folder = path.join(parent, path.basename(this.#source));
      await cp(this.#source, this.#folder, { recursive: true, filter: (file) => !isState(path.basename(file)) });
      await this.#terraform("init", "-input=false", "-no-color");
    }
    await this.#terraform("apply", "-auto-approve", "-input=false", "-no-color", ...this.#given());
    const answered = JSON.parse(await this.#terraform("output", "-json", "-no-color"));
    this.outputs = Object.fromEntries(Object.entries(answered).map(([name, output]) => [name, output.value]));
    return this;
  }
  async destroy() {
    if (!this.#folder) return;
    try {
      await this.#terraform("destroy", "-auto-approve", "-input=false", "-no-color", ...this.#given());
    } finally {
      await this.forgetFolder();
    }
  }
  /** What was applied stays; its state is thrown away. */
  async forgetFolder() {
    if (this.#folder) await rm(path.dirname(this.#folder), { recursive: true, force: true });
    this.#folder = undefined;
  }
}

/** Of a configuration's files and of what it is given. */
async function fingerprint(source, options) {
  const hash = createHash("sha256").update(JSON.stringify([path.resolve(source), options]));
  const walk = async (folder) => {
    for (const entry of (await readdir(folder, { withFileTypes: true })).sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (isState(entry.name)) continue;
      const file = path.join(folder, entry.name);
      if (entry.isDirectory()) await walk(file);
      else hash.update(file).update(await readFile(file));
    }
  };
  await walk(path.resolve(source));
  return hash.digest("hex");
}

/** Stacks that this process applied once; each has an account of its own, which a snapshot brings back as it was. */
export class StackCache {
  #server;
  #kept = new Map();
  #filled = new Set(); // those of the accounts that weren't emptied since
  constructor(server) {
    this.#server = server;
  }
  async bring(source, options) {
    const key = await fingerprint(source, options);
    const kept = this.#kept.get(key);
    if (kept) {
      await this.#load(kept.id);
      return Object.assign(this.#server.account(kept.id), { outputs: kept.outputs });
    }
    const account = this.#server.account();
    const stack = await this.apply(new Stack(account, source, options));
    await stack.forgetFolder();
    await account.drain();
    await account.snapshots.save(`stack-${account.id}`);
    this.#kept.set(key, { id: account.id, outputs: stack.outputs });
    this.#filled.add(account.id);
    return Object.assign(account, { outputs: stack.outputs });
  }
  /** Where a name that is one's in all the world, such as a bucket's, is an earlier stack's, that one makes way. */
  async apply(stack) {
    try {
      return await stack.apply();
    } catch (error) {
      if (!IS_TAKEN.test(error.message) || !(await this.makeWay(stack.accountId))) throw error;
      return stack.apply();
    }
  }
  /** Empties the accounts of all that was applied, but this one: their names may be taken in another account then. bring()
   *  has them back. Whether there was one. */
  async makeWay(but) {
    const emptied = [...this.#filled].filter((id) => id !== but);
    for (const id of emptied) {
      await this.#server.reset({ account: id });
      this.#filled.delete(id);
    }
    return emptied.length > 0;
  }
  async #load(id) {
    const load = () => this.#server.snapshots.load(`stack-${id}`);
    await load().catch(async (error) => {
      if (!IN_USE.test(error.message) || !(await this.makeWay(id))) throw error;
      await load();
    });
    this.#filled.add(id);
  }
}
