// One server for a whole run, for vitest's `globalSetup` and jest's `globalSetup`/`globalTeardown`: tests find it by
// MILLRACE_URL, which Millrace.start() reads.
import { Millrace } from "./index.js";

let server;

export async function setup() {
  server = await Millrace.start();
  process.env.MILLRACE_URL = server.url;
  return teardown;
}

export async function teardown() {
  await server?.stop();
}

export default setup;
