// What a project's own tests look like with node:test; vitest and jest take the same lines.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Millrace, milliseconds } from "millrace";

let server;
before(async () => (server = await Millrace.start()));
after(() => server.stop());

test("spans of time", () => {
  assert.equal(milliseconds("1h30m"), 5_400_000);
  assert.throws(() => milliseconds("soon"), /90s, 2h/);
});

test("an account costs no request: nobody listens there", () => {
  const nobody = new Millrace({ url: "http://127.0.0.1:1" });
  const ids = new Set(Array.from({ length: 1000 }, () => nobody.account().id));
  assert.equal(ids.size, 1000);
});

test("an account is a world of its own, and clients find it", async () => {
  const account = server.account();
  assert.match(account.id, /^\d{12}$/);
  assert.equal(account.config.endpoint, server.url);
  assert.deepEqual(await account.logsOf("nobody"), []);
});

test("the clock is the emulator's", async () => {
  await server.clock.freeze();
  const before = await server.clock.now();
  await server.clock.advance("2h");
  assert.equal((await server.clock.now()) - before, 7_200_000);
  await server.clock.resume();
  await server.drain();
});

test("a refusal says which request it was", async () => {
  await assert.rejects(server.admin("POST", "clock/advance?by=never"), /clock\/advance\?by=never was answered by 400/);
});
