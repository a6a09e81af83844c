"""data/fidelity.tsv lists every known difference from AWS, and the tests that it names exist."""

from harness import fidelity


def test_every_line_is_listed_and_every_test_exists():
    assert fidelity.problems() == []


def test_the_check_sees_what_it_looks_for():
    assert fidelity.wrong(("x.1", "subject", "style/test_fidelity.py::test_every_line_is_listed_and_every_test_exists")) == []
    assert fidelity.wrong(("x.1", "subject", "style/test_fidelity.py::test_nothing"))
    assert fidelity.wrong(("x.1", "subject", "style/none.py::test_nothing"))
    assert fidelity.wrong(("x.1", "subject", "contract/test_dynamodb_cases.py::test_case[no such mark]"))
    assert fidelity.wrong(("x.1", "subject", "too short"))
    assert fidelity.wrong(("x.1", "", "open"))
    assert fidelity.wrong(("x.1", "subject", "AWS keeps what it does to itself.")) == []
