#!/usr/bin/env node
// The `millrace` command: the server's program itself.
import { spawn } from "node:child_process";
import { program } from "../index.js";

const child = spawn(program(), process.argv.slice(2), { stdio: "inherit" });
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
child.on("exit", (code, signal) => process.exit(code ?? (signal === "SIGINT" ? 130 : 143)));
child.on("error", (error) => {
  console.error(`millrace: ${error.message}`);
  process.exit(1);
});
