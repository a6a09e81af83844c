"""The soak in short: five mappings at full write speed, every record accounted for."""

import subprocess
import sys

import pytest

from harness.server import ROOT, binary


@pytest.mark.slow
def test_a_short_soak_loses_nothing():
    program = binary().parent / "tests" / "bench" / "bench_load"
    done = subprocess.run(
        [sys.executable, str(ROOT / "tests/bench/soak.py"), "--binary", str(binary()), "--load", str(program), "--seconds", "10"],
        capture_output=True, text=True, timeout=600,
    )
    assert done.returncode == 0, done.stdout + done.stderr
