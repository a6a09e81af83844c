"""pytest's kit: a stack is applied once a session and brought back by a snapshot; a failing test's report tells."""

import os
import re
import shutil
import subprocess
import sys
import time

import providers
import pytest
from harness.server import ROOT, binary, clean_environment

STACK = ROOT / "python_handler/users_stream"
# MILLRACE_KIT_STACKS=100 also measures: for a quiet machine, by hand.
NUMBER = int(os.environ.get("MILLRACE_KIT_STACKS", "5"))
MEASURED = "MILLRACE_KIT_STACKS" in os.environ

TESTS = """
import os
import time
import pytest

@pytest.mark.parametrize("n", range(1 + int(os.environ["STACKS"])))
def test_one_user(stack, aws_account, n):
    stack("users_stream")
    users = aws_account.client("dynamodb")
    users.put_item(TableName="UsersIds", Item={"UserId": {"S": f"user-{n}"}})
    assert [item["UserId"]["S"] for item in users.scan(TableName="UsersIds")["Items"]] == [f"user-{n}"]

def test_its_function_runs(stack, aws_account, drain, logs_of, trace_of):
    stack("users_stream")
    aws_account.client("dynamodb").put_item(TableName="UsersIds", Item={"UserId": {"S": "ada"}})
    drain(table="UsersIds")
    assert any("ada" in line for line in logs_of("my-function"))
    assert [event["what"] for event in trace_of("UsersIds")[0]["recent"]] == ["delivered"]

def queues_and_tables(account):
    urls = account.client("sqs").list_queues().get("QueueUrls", [])
    return {url.rsplit("/", 1)[1] for url in urls} & {"jobs"}, account.client("dynamodb").list_tables()["TableNames"]

@pytest.mark.parametrize("n", range(2))
def test_two_stacks_in_one_account(stack, aws_account, n):
    stack("users_stream")
    stack("jobs")
    assert queues_and_tables(aws_account) == ({"jobs"}, ["UsersIds"])

def test_one_stack_has_nothing_of_the_other(stack, aws_account):
    stack("users_stream")
    assert queues_and_tables(aws_account) == (set(), ["UsersIds"])

@pytest.mark.parametrize("folder", ["bucket", "users_stream", "bucket"])
def test_stacks_with_one_buckets_name_make_way(stack, aws_account, folder):
    stack(folder)
    assert [b["Name"] for b in aws_account.client("s3").list_buckets()["Buckets"]] == ["s3-files-dynamo-stream"]

@pytest.mark.skipif(os.environ["MEASURED"] == "no", reason="measures")
def test_an_account_in_under_2_ms(millrace):
    millrace.account()
    started = time.perf_counter()
    for _ in range(100):
        millrace.account()
    assert (time.perf_counter() - started) / 100 < 0.002

def test_that_fails(stack, aws_account, drain, faults):
    stack("users_stream")
    faults.function_error("my-function", message="told so", times=1)
    aws_account.client("dynamodb").put_item(TableName="UsersIds", Item={"UserId": {"S": "grace"}})
    drain()
    assert False

def test_a_used_account_gets_the_stack_anew(stack, aws_account):
    aws_account.client("sqs").create_queue(QueueName="mine")
    stack("users_stream")
    assert len(aws_account.client("sqs").list_queues()["QueueUrls"]) >= 1
    assert aws_account.client("dynamodb").list_tables()["TableNames"] == ["UsersIds"]

def test_a_snapshot_of_the_test(snapshot, aws_account):
    sqs = aws_account.client("sqs")
    sqs.create_queue(QueueName="one")
    snapshot.save("here")
    sqs.create_queue(QueueName="two")
    snapshot.load("here")
    assert len(sqs.list_queues()["QueueUrls"]) == 1
"""

SMALL_STACK = """
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}
provider "aws" {
  region = "us-east-1"
}
variable "name" {
  default = "NAME"
}
resource "KIND" "it" {
  ATTRIBUTE = var.name
}
output "name" {
  value = KIND.it.ATTRIBUTE
}
"""


@pytest.fixture
def project(tmp_path):
    """A folder with three configurations: the users', a queue, a bucket of the users' bucket's name."""
    folder = tmp_path / "project"
    folder.mkdir()
    shutil.copytree(STACK, folder / "users_stream")
    for name, kind, attribute, value in (("jobs", "aws_sqs_queue", "name", "jobs"),
                                         ("bucket", "aws_s3_bucket", "bucket", "s3-files-dynamo-stream")):
        (folder / name).mkdir()
        (folder / name / "main.tf").write_text(
            SMALL_STACK.replace("NAME", value).replace("KIND", kind).replace("ATTRIBUTE", attribute))
    return folder


def environment_of(tmp_path, **more):
    configuration = tmp_path / "terraform.rc"
    configuration.write_text(providers.cli_configuration(providers.aws_mirror()))
    return clean_environment(MILLRACE_BINARY=str(binary()), TMPDIR=str(tmp_path), TF_CLI_CONFIG_FILE=str(configuration),
                             CHECKPOINT_DISABLE="1", **more)


@pytest.mark.slow
def test_stacks_by_snapshot(tmp_path, project):
    (project / "test_it.py").write_text(TESTS)
    environment = environment_of(tmp_path, PYTHONPATH=str(ROOT / "emulator/kits/python"), STACKS=str(NUMBER),
                                 MEASURED="yes" if MEASURED else "no")
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "millrace.pytest_plugin", "-p", "no:cacheprovider", "--durations=0", "."],
        cwd=project, env=environment, capture_output=True, text=True, timeout=400)
    print(done.stdout[-3000:], time.monotonic() - started)
    assert f"1 failed, {NUMBER + (11 if MEASURED else 10)} passed" in done.stdout, done.stdout[-6000:] + done.stderr
    # The report of the one that fails: what became of its records, by which rule, and its function's log.
    assert "what became of the records of account" in done.stdout and "told so (by fault rule f-" in done.stdout
    assert "log group /aws/lambda/my-function" in done.stdout and "(function-error) was applied 1 times" in done.stdout
    calls = {number: float(seconds) for seconds, number in re.findall(r"([\d.]+)s call +test_it.py::test_one_user\[(\d+)\]", done.stdout)}
    if not MEASURED:
        return
    brought_back = sum(seconds for number, seconds in calls.items() if number != "0")
    assert brought_back < 20, f"{brought_back:.1f} s for a hundred stacks"


NODE_TESTS = """
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Millrace } from "millrace";
import { call, send } from "./world.js";

let server;
before(async () => (server = await Millrace.start()));
after(() => server.stop());

const put = (account, id) => call(account)("dynamodb", "PutItem", { TableName: "UsersIds", Item: { UserId: { S: id } } });
const users = async (account) =>
  (await call(account)("dynamodb", "Scan", { TableName: "UsersIds" })).Items.map((item) => item.UserId.S);
const buckets = async (account) => [...(await send(account, "s3", "GET", "/")).matchAll(/<Name>([^<]*)/g)].map((found) => found[1]);

test("a stack is applied once and brought back as it was", async () => {
  const first = await server.withStack("users_stream");
  assert.match(first.outputs.table_arn, new RegExp(`${first.id}:table/UsersIds$`));
  await put(first, "ada");
  const started = performance.now();
  const second = await server.withStack("users_stream");
  assert.ok(performance.now() - started < 5000, "it was applied anew");
  assert.equal(second.id, first.id);
  assert.deepEqual(second.outputs, first.outputs);
  assert.deepEqual(await users(second), []);
  await put(second, "grace");
  await second.drain({ table: "UsersIds" });
  assert.ok((await second.logsOf("my-function")).some((line) => line.includes("grace")));
});

test("other variables are another stack, in an account of its own", async () => {
  const one = await server.withStack("jobs");
  const two = await server.withStack("jobs", { variables: { name: "others" } });
  assert.notEqual(one.id, two.id);
  assert.deepEqual([one.outputs.name, two.outputs.name], ["jobs", "others"]);
});

test("a name that is one's in all the world makes way, and comes back", async () => {
  const before = await server.withStack("users_stream");
  assert.deepEqual(await buckets(before), ["s3-files-dynamo-stream"]);
  const other = await server.withStack("bucket");
  assert.deepEqual(await buckets(other), ["s3-files-dynamo-stream"]);
  assert.deepEqual(await buckets(before), []);
  const again = await server.withStack("users_stream");
  assert.deepEqual(await buckets(again), ["s3-files-dynamo-stream"]);
});

test("an account's own stack, to be destroyed; the kept one makes way", async () => {
  const account = server.account();
  const stack = await account.stack("bucket");
  assert.deepEqual(await buckets(account), ["s3-files-dynamo-stream"]);
  await stack.destroy();
  assert.deepEqual(await buckets(account), []);
});

test("Terraform's words are the error", async () => {
  await assert.rejects(server.withStack("jobs", { variables: { nobody: "1" } }), /nobody/);
});
"""


@pytest.mark.slow
def test_stacks_by_snapshot_in_node(tmp_path, project):
    if not shutil.which("node"):
        pytest.skip("there is no node")
    (project / "stacks.test.js").write_text(NODE_TESTS)
    shutil.copy(ROOT / "tests/examples/node/world.js", project)
    (project / "package.json").write_text('{"type": "module"}')
    (project / "node_modules").mkdir()
    (project / "node_modules/millrace").symlink_to(ROOT / "emulator/kits/node")
    done = subprocess.run(["node", "--test", "stacks.test.js"], cwd=project, capture_output=True, text=True, timeout=400,
                          env=environment_of(tmp_path))
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
