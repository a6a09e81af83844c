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


@pytest.mark.slow
def test_stacks_by_snapshot(tmp_path):
    project = tmp_path / "project"
    project.mkdir()
    shutil.copytree(STACK, project / "users_stream")
    (project / "test_it.py").write_text(TESTS)
    configuration = tmp_path / "terraform.rc"
    configuration.write_text(providers.cli_configuration(providers.aws_mirror()))
    environment = clean_environment(
        PYTHONPATH=str(ROOT / "emulator/kits/python"), MILLRACE_BINARY=str(binary()), TMPDIR=str(tmp_path),
        TF_CLI_CONFIG_FILE=str(configuration), CHECKPOINT_DISABLE="1",
        STACKS=str(NUMBER), MEASURED="yes" if MEASURED else "no")
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "millrace.pytest_plugin", "-p", "no:cacheprovider", "--durations=0", "."],
        cwd=project, env=environment, capture_output=True, text=True, timeout=400)
    print(done.stdout[-3000:], time.monotonic() - started)
    assert f"1 failed, {NUMBER + (5 if MEASURED else 4)} passed" in done.stdout, done.stdout[-6000:] + done.stderr
    # The report of the one that fails: what became of its records, by which rule, and its function's log.
    assert "what became of the records of account" in done.stdout and "told so (by fault rule f-" in done.stdout
    assert "log group /aws/lambda/my-function" in done.stdout and "(function-error) was applied 1 times" in done.stdout
    calls = {number: float(seconds) for seconds, number in re.findall(r"([\d.]+)s call +test_it.py::test_one_user\[(\d+)\]", done.stdout)}
    if not MEASURED:
        return
    brought_back = sum(seconds for number, seconds in calls.items() if number != "0")
    assert brought_back < 20, f"{brought_back:.1f} s for a hundred stacks"
