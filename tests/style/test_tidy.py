"""clang-tidy on the lines that changed. `./tests/run` asks for it; a plain pytest doesn't: it reads each unit as a compiler does,
some ten seconds apiece. The whole tree: ./tests/run --tidy."""

import os

import pytest

from harness import tidy


def test_changed_lines_are_tidy():
    wanted = os.environ.get("MILLRACE_TIDY")
    if not wanted:
        pytest.skip("./tests/run --only style runs it")
    found = tidy.findings(every=wanted == "all")
    if found is None:
        pytest.skip("clang-tidy isn't installed: nothing is known (apt-get install clang-tidy)")
    assert found == [], "mend it, or narrow .clang-tidy with a reason"


def test_a_change_is_seen_by_its_lines(monkeypatch):
    diff = ("--- a/emulator/base/x.cc\n+++ b/emulator/base/x.cc\n@@ -1,2 +3,4 @@ f\n+a\n@@ -9 +12 @@\n+b\n@@ -20,3 +20,0 @@\n-c\n"
            "--- a/tests/unit/y.cc\n+++ b/tests/unit/y.cc\n@@ -1 +1 @@\n+d\n")
    monkeypatch.setattr(tidy, "git", lambda *words: diff)
    assert tidy.changed_lines("HEAD") == {"emulator/base/x.cc": [[3, 6], [12, 12]]}
