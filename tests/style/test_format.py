"""One style: every source is as clang-format leaves it."""

import re
import shutil
import subprocess

import pytest

from .conftest import ROOT

AT_ONCE = 200  # files in one run: a command line has its limit


def test_every_source_is_formatted(sources):
    """To mend it: clang-format -i FILE... (Debian 12's, 14)."""
    if not shutil.which("clang-format"):
        pytest.skip("clang-format isn't installed: nothing is known of the format (apt-get install clang-format)")
    version = subprocess.run(["clang-format", "--version"], capture_output=True, text=True).stdout
    if not re.search(r"version 14\.", version):
        pytest.skip(f"another clang-format has another opinion: {version.strip()}; Debian 12's 14 is what counts")
    names, wrong = sorted(sources), set()
    for at in range(0, len(names), AT_ONCE):
        run = subprocess.run(
            ["clang-format", "--dry-run", *names[at : at + AT_ONCE]], capture_output=True, text=True, cwd=ROOT
        )
        wrong |= set(re.findall(r"^(\S+?):\d+:\d+: warning: code should be clang-formatted", run.stderr, re.M))
    assert sorted(wrong) == [], "clang-format -i " + " ".join(sorted(wrong))
