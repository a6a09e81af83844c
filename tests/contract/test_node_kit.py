"""The Node kit and its example project, by Node's own test runner."""

import shutil
import subprocess

import pytest
from harness.server import ROOT, binary, clean_environment

EXAMPLES = ROOT / "tests/examples/node"


@pytest.mark.parametrize("file", ["users.test.js", "faults.test.js"])
def test_the_examples_of_node(tmp_path, file):
    if not shutil.which("node"):
        pytest.skip("there is no node")
    project = tmp_path / "project"
    shutil.copytree(EXAMPLES, project, ignore=shutil.ignore_patterns("node_modules"))
    (project / "node_modules").mkdir()
    (project / "node_modules/millrace").symlink_to(ROOT / "emulator/kits/node")
    done = subprocess.run(["node", "--test", file], cwd=project, capture_output=True, text=True, timeout=240,
                          env=clean_environment(MILLRACE_BINARY=str(binary()), TMPDIR=str(tmp_path)))
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
