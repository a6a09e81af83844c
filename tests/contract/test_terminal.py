"""What serve shows on its terminal: the opening lines, a line for each request, what handlers print, and how little twice."""

import json
import os
import pty
import re
import select
import subprocess
import time

import botocore.exceptions
import pytest

from harness import aws
from harness.server import Server, binary, clean_environment, free_port
from harness.waiting import until

HANDLER = """
def handler(event, context):
    print("hello from", context.function_name)
    if event.get("fail"):
        raise ValueError("no such luck")
    return {}
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with Server(tmp_path_factory.mktemp("own") / "server.log", arguments=["--log-requests"]) as running:
        yield running


@pytest.fixture(scope="module")
def endpoint(server):
    return server.endpoint


def lines(server, pattern, count=1):
    """The lines of the log that match, when there are so many: they are written by a thread of their own."""
    found = lambda: [line for line in server.log(1_000_000).splitlines() if re.search(pattern, line)]  # noqa: E731
    until(lambda: len(found()) >= count, pattern, 10)
    return found()


def test_the_opening_says_what_and_where(server):
    opening = server.log(5000)
    assert re.search(rf"^millrace \d+\.\d+\.\d+  {server.endpoint}$", opening, re.MULTILINE)
    for line in (r"data +temporary, removed at exit", r"region +us-east-1, IAM on", r"python +boto3 .+",
                 rf"shell +export AWS_ENDPOINT_URL={server.endpoint} AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_DEFAULT_REGION=us-east-1"):
        assert re.search(rf"^  {line}", opening, re.MULTILINE), opening
    assert f"HTTP_PROXY={server.endpoint}" in opening and "\x1b" not in opening


def test_a_request_is_a_line(server, client, account, unique, make_table):
    table = make_table()
    client("dynamodb").put_item(TableName=table, Item={"pk": {"S": "a"}})
    line, = lines(server, f"PutItem {table}")
    # The account isn't the default one, the region is.
    assert re.fullmatch(rf"\d\d:\d\d:\d\d\.\d{{3}}  dynamodb PutItem {table} {account} +200  \d+\.\d ms", line)
    bucket = unique("b")
    client("s3").create_bucket(Bucket=bucket)
    client("s3").put_object(Bucket=bucket, Key="a/b", Body=b"x")
    assert re.search(r"  s3 PutObject \S+/a/b \d+ +200  ", lines(server, f"PutObject {bucket}")[0])
    client("sqs", region="eu-west-1").create_queue(QueueName=unique("q"))
    assert re.search(rf" {account} eu-west-1 +200  ", lines(server, "sqs CreateQueue")[0])


def test_an_error_has_its_code_and_reason(server, client, unique):
    with pytest.raises(botocore.exceptions.ClientError):
        client("dynamodb").describe_table(TableName=unique("gone"))
    assert re.search(r"400 ResourceNotFoundException  \d+\.\d ms  Requested resource not found", lines(server, "dynamodb DescribeTable gone")[0])


def test_a_refusal_names_the_missing_permission(server, client, endpoint, account, unique):
    iam, user = client("iam"), unique("user")
    iam.create_user(UserName=user)
    key = iam.create_access_key(UserName=user)["AccessKey"]
    mine = aws.make_client(endpoint, "dynamodb", key["AccessKeyId"], secret=key["SecretAccessKey"])
    with pytest.raises(botocore.exceptions.ClientError):
        mine.list_tables()
    line, = lines(server, "dynamodb ListTables")
    assert "403" in line or "400" in line
    assert f"user/{user} is not authorized to perform: dynamodb:ListTables" in line


def test_what_a_handler_prints_is_shown_with_its_request(server, client, make_function):
    name = make_function(HANDLER)
    answer = client("lambda").invoke(FunctionName=name, Payload=b'{"fail": true}')
    request_id = answer["ResponseMetadata"]["RequestId"]
    who = rf"^\d\d:\d\d:\d\d\.\d{{3}}  {name} {request_id[:8]} \| "
    assert lines(server, who + f"hello from {name}")
    assert lines(server, who + r"\[ERROR\] ValueError: no such luck")
    # Lambda indents tracebacks with no-break spaces.
    assert lines(server, who + r"\W+File .*index.py") and lines(server, who + r"REPORT Duration: [\d.]+ ms  Billed Duration: ")


def test_what_isnt_built_is_told_once(server, raw, account):
    for _ in range(3):
        assert raw("logs", "POST", "/", "{}", {"X-Amz-Target": "Logs_20140328.PutTransformer", "Content-Type": "application/x-amz-json-1.1"}).status == 501
    lines(server, r"logs .*501", 3)
    refused = [line for line in server.log(1_000_000).splitlines() if re.search(r"info not built: .*PutTransformer", line)]
    assert len(refused) == 1


def test_a_flood_is_shown_by_kind(server, endpoint, client, make_table):
    table = make_table()
    connection = client("dynamodb")
    for n in range(400):
        connection.put_item(TableName=table, Item={"pk": {"S": str(n)}})
    def shown():
        return sum(int((re.search(r"x (\d+)$", line) or [0, 1])[1]) for line in lines(server, f"PutItem {table}"))
    until(lambda: shown() == 400, "400 requests", 10)


def opening_of(*arguments, variables=None, tty=False):
    """What a server says until it is ready, then nothing more of it."""
    command = [str(binary()), "serve", "--ephemeral", "--port", "0", *arguments]
    environment = clean_environment(**(variables or {}))
    if tty:
        master, slave = pty.openpty()
    process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=slave if tty else subprocess.PIPE)
    try:
        assert process.stdout.readline() == b"Ready.\n"
    finally:
        process.terminate()
        process.wait(20)
    process.stdout.close()
    if not tty:
        return process.stderr.read().decode()
    os.close(slave)
    said = b""
    while select.select([master], [], [], 1)[0]:
        try:
            said += os.read(master, 65536)
        except OSError:
            break
    os.close(master)
    return said.decode()


def test_quiet_is_quiet():
    assert opening_of("--quiet") == ""


def test_json_is_json_from_the_first_line():
    said = opening_of("--log-format", "json", "--host", "0.0.0.0")
    parsed = [json.loads(line) for line in said.splitlines()]
    assert any(one["level"] == "warning" and "listening on 0.0.0.0" in one["message"] for one in parsed)


def test_colours_are_for_terminals_that_want_them():
    assert "\x1b[" in opening_of(tty=True)
    assert "\x1b[" not in opening_of(tty=True, variables={"NO_COLOR": "1"})


def test_what_is_odd_is_said_at_the_start():
    said = opening_of("--region", "mars-1")
    assert "'mars-1' doesn't look like a region" in said


def test_variables_stand_for_options():
    said = opening_of(variables={"MILLRACE_REGION": "eu-central-1", "MILLRACE_IAM": "audit"})
    assert "eu-central-1, IAM audit" in said
    said = opening_of("--region", "eu-west-3", variables={"MILLRACE_REGION": "eu-central-1"})
    assert "eu-west-3" in said


def test_a_slow_terminal_holds_up_nobody(tmp_path):
    """Nobody reads its standard error; requests are answered all the same."""
    process = subprocess.Popen([str(binary()), "serve", "--ephemeral", "--port", str(port := free_port()), "--log-requests"],
                               env=clean_environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
    try:
        assert process.stdout.readline() == b"Ready.\n"
        sqs = aws.make_client(f"http://127.0.0.1:{port}", "sqs", aws.new_account())
        began = time.monotonic()
        for _ in range(1500):  # a pipe holds 64 KiB, some 700 lines
            sqs.list_queues()
        assert time.monotonic() - began < 30
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        process.stderr.close()


def test_a_failing_batch_is_told_until_it_is_given_up(server, endpoint, client, make_table, make_function, drain):
    table, function = make_table(stream="NEW_AND_OLD_IMAGES"), make_function("def handler(event, context):\n    raise ValueError('never')\n")
    stream = client("dynamodb").describe_table(TableName=table)["Table"]["LatestStreamArn"]
    client("lambda").create_event_source_mapping(
        EventSourceArn=stream, FunctionName=function, StartingPosition="TRIM_HORIZON", BatchSize=2, MaximumBatchingWindowInSeconds=1,
        MaximumRetryAttempts=0, BisectBatchOnFunctionError=True)
    for key in "ab":
        client("dynamodb").put_item(TableName=table, Item={"pk": {"S": key}})
    drain()
    assert lines(server, rf"warning {table} -> {function}: failed: .*ValueError")
    assert lines(server, rf"warning {table} -> {function}: given up: .*the retries are used up; no on-failure destination is set")
