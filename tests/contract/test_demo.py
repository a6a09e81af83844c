"""The demo's programs: the stack without Terraform, twice, and the table of what became of each change."""

import re
import subprocess

import pytest

from harness import aws
from harness.leftovers import leftovers
from harness.server import ROOT, clean_environment


@pytest.fixture(scope="module")
def run_demo(server, client):
    account = aws.new_account()

    def run(program):
        done = subprocess.run(
            ["/usr/bin/python3", str(ROOT / "emulator" / "demo" / program)],
            env=clean_environment(
                AWS_ENDPOINT_URL=server.endpoint, AWS_ACCESS_KEY_ID=account, AWS_SECRET_ACCESS_KEY="test",
                AWS_DEFAULT_REGION="us-east-1", AWS_CONFIG_FILE="/dev/null",
            ),
            capture_output=True, text=True, timeout=120,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    run.account = account
    return run


def resources_of_main_tf():
    """The names that the Terraform files give, to hold stack.py to them."""
    text = (ROOT / "python_handler" / "users_stream" / "main.tf").read_text()
    return set(re.findall(r'^\s+(?:name|function_name|bucket)\s+= "([^"]+)"', text, re.MULTILINE))


def test_stack_and_table(run_demo, client):
    first = run_demo("stack.py")
    assert "is there already" not in first
    second = run_demo("stack.py")
    assert ": created" not in second

    there = " ".join(leftovers(lambda service: client(service, account=run_demo.account)))
    for name in resources_of_main_tf() - {"UserId", "read-stream"}:
        assert name in there, f"{name} of main.tf isn't in what stack.py built: {there}"

    rows = [line.split() for line in run_demo("demo.py").splitlines()]
    fates = [(row[1], " ".join(row[2:4])) for row in rows if len(row) > 3 and row[1] in ("INSERT", "MODIFY", "REMOVE")]
    assert [event for event, _ in fates] == ["INSERT", "MODIFY", "REMOVE"] * 3
    for event, fate in fates:
        assert fate.startswith("filtered out" if event == "MODIFY" else "delivered"), fates
