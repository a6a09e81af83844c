"""./emulator/start --demo as a newcomer runs it, from the build to the table; twice, against one data folder."""

import os
import signal
import subprocess
import threading

import pytest

from harness.server import ROOT, binary, clean_environment, free_port


def is_release_build():
    """The start script makes any build folder a Release one; a developer's own is left alone."""
    cache = binary().parent / "CMakeCache.txt"
    return cache.exists() and "CMAKE_BUILD_TYPE:STRING=Release" in cache.read_text()


pytestmark = pytest.mark.skipif(not is_release_build(), reason="the binary under test isn't from a Release build folder")


def run_demo(tmp_path, port):
    """What it printed until it says that the server runs; then Ctrl-C."""
    process = subprocess.Popen(
        [str(ROOT / "emulator" / "start"), "--demo", "--port", str(port), "--data-dir", str(tmp_path / "data")],
        env=clean_environment(MILLRACE_BUILD_DIR=str(binary().parent)),
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
    )
    printed = []
    patience = threading.Timer(900, os.killpg, (process.pid, signal.SIGKILL))  # its output ends then
    patience.start()
    try:
        for line in process.stdout:
            printed.append(line)
            if "The server runs until Ctrl-C" in line:
                break
        else:
            pytest.fail("".join(printed))
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(90) == 0, "".join(printed)
    finally:
        patience.cancel()
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        process.stdout.close()
    return "".join(printed)


@pytest.mark.slow
def test_start_demo_twice(tmp_path):
    port = free_port()
    for _ in range(2):
        printed = run_demo(tmp_path, port)
        assert "Ready." in printed
        assert printed.count("delivered") == 6 and printed.count("filtered out") == 3, printed
        assert "NOT DELIVERED" not in printed
        assert f"http://127.0.0.1:{port}" in printed
    assert "Apply complete! Resources: 0 added, 0 changed, 0 destroyed." in printed or "is there already" in printed
