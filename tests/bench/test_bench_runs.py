"""The bench isn't a test; that it runs is."""

import subprocess
import sys

import pytest

from harness.server import ROOT, binary


@pytest.mark.slow
def test_bench_prints_its_table():
    program = binary().parent / "tests" / "bench" / "bench_load"
    done = subprocess.run(
        [sys.executable, str(ROOT / "tests/bench/bench.py"), "--binary", str(binary()), "--load", str(program), "--seconds", "0.2",
         "--records", "5000"],
        capture_output=True, text=True, timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    rows = [line.split() for line in done.stdout.splitlines() if line.startswith(("PutItem", "GetItem", "Query"))]
    assert rows and all(row[-1] == "0" for row in rows), f"requests failed:\n{done.stdout}{done.stderr}"
    assert "acknowledged write to the handler's first line" in done.stdout
