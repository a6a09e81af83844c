"""The README's commands work: every block marked ```sh run or ```python run, in order, in one new account."""

import re
import subprocess

import pytest

from harness import aws
from harness.server import ROOT, clean_environment

BLOCKS = re.findall(r"^```(sh|python) run\n(.*?)^```", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL)


def test_blocks_are_found():
    assert [language for language, _ in BLOCKS] == ["sh", "python"]


@pytest.fixture(scope="module")
def environment(server):
    environment = clean_environment(
        AWS_ENDPOINT_URL=server.endpoint, AWS_ACCESS_KEY_ID=aws.new_account(), AWS_SECRET_ACCESS_KEY="test",
        AWS_DEFAULT_REGION="us-east-1", AWS_CONFIG_FILE="/dev/null", AWS_PAGER="",
    )
    # Debian's aws and python3, whatever else is installed.
    environment["PATH"] = "/usr/bin:/bin"
    return environment


@pytest.mark.parametrize("language, text", BLOCKS, ids=[f"{n}-{language}" for n, (language, _) in enumerate(BLOCKS)])
def test_readme_block(environment, language, text, tmp_path):
    command = ["bash", "-euo", "pipefail", "-c", text] if language == "sh" else ["/usr/bin/python3", "-c", text]
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    expected = "artifacts-of-mine" if language == "sh" else "grace"
    assert expected in done.stdout
