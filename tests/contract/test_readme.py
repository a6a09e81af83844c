"""The README's commands work: every block marked ```sh run or ```python run, in order, in one new account."""

import re
import subprocess

import pytest

from harness import aws
from harness.own_server import endpoint, server  # noqa: F401  (its clock is moved)
from harness.server import ROOT, binary, clean_environment, free_port

# What each block prints, in the README's order.
EXPECTED = [
    ("sh", "artifacts-of-mine"),
    ("python", "grace"),
    ("sh", "memory"),
    ("sh", "record INSERT {\"UserId\":{\"S\":\"alan\"}}"),
    ("sh", "that is the statement to add"),
    ("sh", "before\"\n\"after"),
    ("sh", ", running"),
]
BLOCKS = re.findall(r"^```(sh|python) run\n(.*?)^```", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL)


def test_blocks_are_found():
    assert [language for language, _ in BLOCKS] == [language for language, _ in EXPECTED]


@pytest.fixture(scope="module")
def environment(server):  # noqa: F811
    environment = clean_environment(
        AWS_ENDPOINT_URL=server.endpoint, AWS_ACCESS_KEY_ID=aws.new_account(), AWS_SECRET_ACCESS_KEY="test",
        AWS_DEFAULT_REGION="us-east-1", AWS_CONFIG_FILE="/dev/null", AWS_PAGER="", MILLRACE_URL=server.endpoint,
    )
    # Debian's aws and python3, whatever else is installed.
    environment["PATH"] = f"{binary().parent}:/usr/bin:/bin"
    return environment


@pytest.mark.parametrize("number", range(len(BLOCKS)))
def test_readme_block(environment, number, tmp_path):
    language, text = BLOCKS[number]
    text = text.replace("4567", str(free_port()))
    command = ["bash", "-euo", "pipefail", "-c", text] if language == "sh" else ["/usr/bin/python3", "-c", text]
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert EXPECTED[number][1] in done.stdout, done.stdout
