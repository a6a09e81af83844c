#!/usr/bin/python3
"""Every known difference from AWS beside the tests that show that it is gone: data/fidelity.tsv, listed and checked.

    /usr/bin/python3 tests/harness/fidelity.py [PREFIX]    lists the lines, ends with 1 if any is open or wrong

A row is `id <tab> subject <tab> shown by`, one a line, sorted by id. Ids are a list's name, its section where it has
any, and the line's number in it. `shown by` holds tests, separated by blanks: `contract/test_x.py::test_name`,
`unit/room/x_test.cc::Suite.Name`, or with the mark of parametrized data in brackets,
`contract/test_dynamodb_cases.py::test_case[dynamodb.7]`: the data files' cases with `"of": "dynamodb.7"`, or of that
name. Otherwise it is a sentence that says why no test shows it, or the word `open`.
"""

import ast
import functools
import pathlib
import re
import sys

TESTS = pathlib.Path(__file__).resolve().parents[1]
TABLE = TESTS / "data" / "fidelity.tsv"
# How many lines each list and section has.
LENGTHS = {"dynamodb": 50, "pipeline.1": 28, "pipeline.2": 18, "pipeline.3": 6, "pipeline.4": 19, "pipeline.5": 8}


def rows():
    """[(id, subject, shown by)] as they stand in the table."""
    found = []
    for line in TABLE.read_text().splitlines():
        if line and not line.startswith("#"):
            found.append(tuple((line.split("\t") + ["", ""])[:3]))
    return found


def order(row_id):
    return [(0, int(part)) if part.isdigit() else (1, part) for part in row_id.split(".")]


def wanted_ids():
    return [f"{name}.{number}" for name, length in LENGTHS.items() for number in range(1, length + 1)]


@functools.lru_cache
def names_in(path):
    """The tests of a file: functions of Python, `Suite.Name` of GoogleTest."""
    text = path.read_text()
    if path.suffix == ".py":
        nodes = ast.walk(ast.parse(text))
        return {node.name for node in nodes if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}
    pairs = re.findall(r"^TEST(?:_F|_P)?\(\s*(\w+)\s*,\s*(\w+)\s*\)", text, re.MULTILINE)
    return {f"{suite}.{name}" for suite, name in pairs}


@functools.lru_cache
def marks():
    """What can stand in brackets: the marks of data cases, the names of Terraform stacks."""
    found = {path.name for path in (TESTS / "terraform" / "stacks").iterdir() if path.is_dir()}
    for path in (TESTS / "data").rglob("*.jsonl"):
        found |= set(re.findall(r'"of": ?"([^"]+)"', path.read_text()))
    return found


def wrong_reference(reference):
    """What is wrong with `file::test[mark]`, or None."""
    match = re.fullmatch(r"([^:]+)::([\w.]+)(?:\[([^\]]+)\])?", reference)
    if not match:
        return f"{reference} names no test"
    file, test, mark = match.groups()
    if not (TESTS / file).is_file():
        return f"there is no {file}"
    if test not in names_in(TESTS / file):
        return f"{file} has no {test}"
    if mark and mark not in marks():
        return f"no data case or stack is marked {mark}"
    return None


def is_sentence(shown_by):
    return "::" not in shown_by and len(shown_by.split()) >= 4


def wrong(row):
    """What is wrong with a row."""
    row_id, subject, shown_by = row
    if not subject or not shown_by:
        return [f"{row_id}: a row has an id, a subject and what shows it"]
    if shown_by == "open" or is_sentence(shown_by):
        return []
    return [f"{row_id}: {text}" for text in map(wrong_reference, shown_by.split()) if text]


def problems():
    """Everything that is wrong with the table, without what is open."""
    table = rows()
    ids = [row[0] for row in table]
    found = [text for row in table for text in wrong(row)]
    if ids != sorted(ids, key=order):
        found.append("the rows aren't sorted by id")
    found += [f"{row_id} stands twice" for row_id in sorted({row_id for row_id in ids if ids.count(row_id) > 1})]
    return found + [f"{row_id} isn't listed" for row_id in wanted_ids() if row_id not in ids]


def main(prefix=""):
    is_open = 0
    for row_id, subject, shown_by in rows():
        if not row_id.startswith(prefix):
            continue
        is_open += shown_by == "open"
        print(f"{row_id:14} {subject}\n{'':14} -> {shown_by}")
    found = problems()
    print("\n".join(found))
    print(f"{len(rows())} lines, {is_open} open, {len(found)} problems")
    return 1 if is_open or found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
