"""What a request costs is kept: more than a tenth above instructions.json fails, until that file says otherwise."""

import json
import pathlib
import shutil
import subprocess
import sys

import pytest

from harness.server import binary, is_sanitized

HERE = pathlib.Path(__file__).parent
MORE_AT_MOST = 1.10
WAKING = 1500  # how often threads wake each other differs between runs


@pytest.mark.slow
def test_requests_cost_what_they_did():
    assert shutil.which("valgrind"), "valgrind is missing: it is in emulator/setup/packages-test.txt"
    if is_sanitized():
        pytest.skip("a sanitizer's own instructions would be counted")
    # A program of its own: tests/bench holds modules that are called as pytest calls the folder.
    done = subprocess.run([sys.executable, HERE / "instructions.py", "--binary", binary(), "--json"], capture_output=True,
                          text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    counts = json.loads(done.stdout)
    kept = json.loads((HERE / "instructions.json").read_text())
    assert counts.keys() == kept.keys()
    dearer = {name: f"{count} instructions, {kept[name]} in instructions.json" for name, count in counts.items()
              if count > kept[name] * MORE_AT_MOST + WAKING}
    assert not dearer, f"{dearer}: if that has its reason, `tests/bench/instructions.py --write` and say it in the commit"
