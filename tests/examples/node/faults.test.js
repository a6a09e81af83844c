// What only millrace gives a test: faults, drains of what concerns one, snapshots, resets, replays.
import assert from "node:assert/strict";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { Millrace, NotDrained } from "millrace";
import { FAILS, call, got, makeUsers, put, send } from "./world.js";

let server;
before(async () => (server = await Millrace.start()));
after(() => server.stop());

/** "ok" or the error's code of each call. */
async function outcomes(count, run) {
  const out = [];
  for (let i = 0; i < count; ++i) out.push(await run().then(() => "ok", (error) => error.code));
  return out;
}

describe("faults of calls", () => {
  let account, dynamodb;
  before(async () => {
    account = server.account();
    dynamodb = call(account);
    await makeUsers(account);
  });

  test("the nth is throttled", async () => {
    const fault = await account.faults.throttle("PutItem", { nth: 2 });
    assert.deepEqual(await outcomes(3, () => put(account, "a")), ["ok", "ProvisionedThroughputExceededException", "ok"]);
    assert.equal(await fault.applied(), 1);
    assert.equal((await fault.hits())[0].what, "PutItem");
    await fault.remove();
    assert.deepEqual(await account.faults.list(), []);
  });
  test("any error", async () => {
    await account.faults.error("GetItem", "InternalServerError", { times: 1, message: "told so" });
    const get = () => dynamodb("dynamodb", "GetItem", { TableName: "Users", Key: { Id: { S: "a" } } });
    await assert.rejects(get, { code: "InternalServerError", status: 500, message: "told so" });
    await get();
  });
  test("a share, by a seed", async () => {
    const runs = [];
    for (const seed of [7, 7, 8]) {
      const fault = await account.faults.error("PutItem", "InternalServerError", { share: 0.5, seed });
      runs.push(await outcomes(30, () => put(account, "a")));
      await fault.remove();
    }
    assert.deepEqual(runs[0], runs[1]);
    assert.notDeepEqual(runs[0], runs[2]);
  });
  test("a delay", async () => {
    await account.faults.delay("PutItem", 0.4, { times: 1 });
    const started = performance.now();
    await put(account, "a");
    assert.ok(performance.now() - started >= 400);
  });
  test("items left unprocessed", async () => {
    await account.faults.unprocessed(1, { times: 1 });
    const requests = ["x", "y"].map((id) => ({ PutRequest: { Item: { Id: { S: id } } } }));
    const { UnprocessedItems } = await dynamodb("dynamodb", "BatchWriteItem", { RequestItems: { Users: requests } });
    assert.deepEqual(UnprocessedItems, { Users: [requests[1]] });
  });
  test("transactions in conflict", async () => {
    await account.faults.conflict(undefined, { times: 1 });
    const TransactItems = [{ Put: { TableName: "Users", Item: { Id: { S: "t" } } } }];
    await assert.rejects(
      () => dynamodb("dynamodb", "TransactWriteItems", { TransactItems }),
      (error) => error.answer.CancellationReasons[0].Code === "TransactionConflict",
    );
  });
  test("iterators expired", async () => {
    await account.faults.iteratorExpired({ times: 1 });
    const { stream, shard } = await firstShard(account);
    const { ShardIterator } = await dynamodb("streams", "GetShardIterator", {
      StreamArn: stream, ShardId: shard, ShardIteratorType: "TRIM_HORIZON",
    });
    await assert.rejects(() => dynamodb("streams", "GetRecords", { ShardIterator }), { code: "ExpiredIteratorException" });
    await dynamodb("streams", "GetRecords", { ShardIterator });
  });
  test("S3 asks to slow down", async () => {
    await account.faults.slowDown("ListBuckets", { times: 1 });
    const list = () => send(account, "s3", "GET", "/");
    await assert.rejects(list, { code: "SlowDown", status: 503 });
    await list();
  });
  test("a shard splits now", async () => {
    const { stream } = await firstShard(account);
    await account.faults.splitShard(stream);
    const { StreamDescription } = await dynamodb("streams", "DescribeStream", { StreamArn: stream });
    assert.equal(StreamDescription.Shards.length, 3);
  });
});

async function firstShard(account) {
  const { Table } = await call(account)("dynamodb", "DescribeTable", { TableName: "Users" });
  const stream = Table.LatestStreamArn;
  const { StreamDescription } = await call(account)("streams", "DescribeStream", { StreamArn: stream });
  return { stream, shard: StreamDescription.Shards[0].ShardId };
}

describe("faults of invocations", () => {
  for (const [method, said] of [
    ["functionError", "told so"],
    ["functionTimeout", "timed out"],
    ["environmentDeath", "Runtime exited"],
    ["functionThrottle", "ConcurrentInvocationLimitExceeded"],
  ]) {
    test(method, async () => {
      const account = server.account();
      await makeUsers(account);
      const fault = await account.faults[method]("notice", { times: 1, ...(method === "functionError" && { message: "told so" }) });
      await put(account, "ada");
      await account.drain();
      assert.deepEqual(await got(account), ["ada"]);
      const [{ recent }] = await account.traceOf("Users");
      assert.ok(recent.some(({ reason }) => reason?.includes(said) && reason.includes(`by fault rule ${fault.id}`)), JSON.stringify(recent));
    });
  }
  test("a batch is delivered twice", async () => {
    const account = server.account();
    await makeUsers(account);
    await account.faults.twice("notice", { times: 1 });
    await put(account, "ada");
    await account.drain();
    assert.deepEqual(await got(account), ["ada", "ada"]);
  });
  test("the server is killed before the checkpoint", async () => {
    const dataDir = mkdtempSync(path.join(tmpdir(), "millrace-data-"));
    const options = { url: undefined, dataDir };
    const one = await Millrace.start(options);
    const first = one.account("123456789012");
    await makeUsers(first);
    await first.faults.kill("notice");
    await put(first, "ada");
    await one.ended();
    const two = await Millrace.start(options);
    const again = two.account("123456789012");
    await again.drain();
    assert.equal((await got(again)).at(-1), "ada");
    await two.stop();
  });
});

describe("drains", () => {
  test("another account's failing mapping holds nobody; a time-out names what is pending", async () => {
    const failing = server.account(), account = server.account();
    await makeUsers(failing, FAILS);
    await makeUsers(account);
    await put(failing, "ada");
    await put(account, "grace");
    await account.drain({ timeoutS: 10 });
    await account.drain({ timeoutS: 10, table: "Users" });
    await account.drain({ timeoutS: 10, function: "notice" });
    assert.deepEqual(await got(account), ["grace"]);
    await assert.rejects(failing.drain({ timeoutS: 1 }), (error) => {
      assert.ok(error instanceof NotDrained);
      assert.equal(error.pending[0].function, "notice");
      assert.match(error.pending[0].lastError, /never/);
      return true;
    });
    await failing.reset();
  });
});

test("a snapshot of an account, a reset, a file", async () => {
  const account = server.account();
  await makeUsers(account);
  await put(account, "ada");
  await account.drain();
  await account.snapshots.save("here");
  await account.reset();
  await account.snapshots.load("here");
  await put(account, "grace");
  await account.drain();
  assert.deepEqual(await got(account), ["ada", "grace"]);
  const file = path.join(mkdtempSync(path.join(tmpdir(), "millrace-")), "file");
  await server.snapshots.export("here", file);
  await server.snapshots.delete("here");
  await server.snapshots.import("here", file);
  assert.deepEqual((await server.snapshots.list()).map(({ name }) => name), ["here"]);
  await server.snapshots.delete("here");
});

test("a stretch is delivered again", async () => {
  const account = server.account();
  const { mapping } = await makeUsers(account);
  await put(account, "ada");
  await account.drain();
  assert.equal((await server.replay(mapping)).records, 1);
  assert.deepEqual(await got(account), ["ada", "ada"]);
});
