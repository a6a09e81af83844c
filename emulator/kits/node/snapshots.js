// Saved states of a server, or of one account.
import { readFile, writeFile } from "node:fs/promises";

export class Snapshots {
  #server;
  #account;
  constructor(server, account) {
    this.#server = server;
    this.#account = account ? `&account=${account}` : "";
  }
  save(name) {
    return this.#server.admin("POST", `snapshots/save?name=${encodeURIComponent(name)}${this.#account}`);
  }
  /** Of a server: everything is replaced at once, clock and environments included. Of an account: that alone. */
  load(name) {
    return this.#server.admin("POST", `snapshots/load?name=${encodeURIComponent(name)}${this.#account}`);
  }
  async list() {
    return (await this.#server.admin("GET", "snapshots")).snapshots;
  }
  delete(name) {
    return this.#server.admin("DELETE", `snapshots?name=${encodeURIComponent(name)}`);
  }
  /** Writes the snapshot to one file. */
  async export(name, file) {
    await writeFile(file, await this.#server.adminBytes("GET", `snapshots/export?name=${encodeURIComponent(name)}`));
  }
  /** Makes a snapshot of that name out of such a file. */
  async import(name, file) {
    return this.#server.admin("PUT", `snapshots/import?name=${encodeURIComponent(name)}`, await readFile(file));
  }
}
