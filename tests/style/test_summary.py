"""The sum of a run counts every suite that left a report."""

import pytest
from harness import summary

GOOD = '<testsuite><testcase classname="a" name="b"/></testsuite>'
BAD = '<testsuite><testcase classname="a" name="b"><failure message="no"/></testcase></testsuite>'


@pytest.mark.parametrize("suite", [*summary.ORDER, "one-that-comes-later"])
def test_a_failure_of_any_suite_fails_the_run(tmp_path, suite):
    (tmp_path / "unit.xml").write_text(GOOD)
    assert summary.main(tmp_path) == 0
    (tmp_path / f"{suite}.xml").write_text(BAD)
    assert summary.main(tmp_path) == 1


def test_a_suite_that_broke_fails_the_run(tmp_path):
    (tmp_path / "unit.xml").write_text(GOOD)
    (tmp_path / "hostile.failed").touch()
    assert summary.main(tmp_path) == 1


def test_nothing_run_is_no_success(tmp_path):
    assert summary.main(tmp_path) == 1
