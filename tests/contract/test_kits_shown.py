"""Every kind of fault and every filter of a drain is shown by a test in both kits' languages: a new one needs its row here."""

import ast
import json
import re

import pytest
from harness.kit import kit  # noqa: F401
from harness.server import ROOT
from millrace import Millrace, MillraceError

PYTHON = [(ROOT / "tests/contract" / name).read_text() for name in ("test_faults.py", "test_drain_scopes.py")]
NODE = (ROOT / "tests/examples/node/faults.test.js").read_text()

# kind -> what asks for it, and the test that sees it come true: of Python, of Node.
FAULTS = {
    "error": ("faults.error(", "test_any_error_of_any_service", "faults.error(", "any error"),
    "throttle": ("faults.throttle(", "test_the_nth_call_is_throttled", "faults.throttle(", "the nth is throttled"),
    "delay": ("faults.delay(", "test_a_call_is_delayed", "faults.delay(", "a delay"),
    "unprocessed": ("faults.unprocessed(", "test_a_batch_leaves_items_unprocessed", "faults.unprocessed(", "items left unprocessed"),
    "conflict": ("faults.conflict(", "test_transactions_conflict", "faults.conflict(", "transactions in conflict"),
    "iterator-expired": ("faults.iterator_expired(", "test_iterators_expire", "faults.iteratorExpired(", "iterators expired"),
    "function-error": ('"function_error"', "test_the_kth_invocation_fails_and_is_tried_again", '"functionError"', "method"),
    "function-timeout": ('"function_timeout"', "test_the_kth_invocation_fails_and_is_tried_again", '"functionTimeout"', "method"),
    "environment-death": ('"environment_death"', "test_the_kth_invocation_fails_and_is_tried_again", '"environmentDeath"', "method"),
    "function-throttle": ("faults.function_throttle(", "test_an_invocation_is_throttled", '"functionThrottle"', "method"),
    "twice": ("faults.twice(", "test_a_batch_is_delivered_twice", "faults.twice(", "a batch is delivered twice"),
    "kill": ("faults.kill(", "test_the_server_is_killed_before_the_checkpoint", "faults.kill(",
             "the server is killed before the checkpoint"),
    # No rules, but at once.
    "S3's slow-down": ("faults.slow_down(", "test_s3_asks_to_slow_down", "faults.slowDown(", "S3 asks to slow down"),
    "a shard's split": ("faults.split_shard(", "test_a_shard_splits_now", "faults.splitShard(", "a shard splits now"),
}
DRAINS = {
    "account": ("world.drain(", "test_anothers_failing_mapping_holds_nobody", "account.drain(", "another account's failing mapping"),
    "table": ('drain(10, table="Users")', "test_a_table_and_a_function", 'table: "Users"', "another account's failing mapping"),
    "function": ('drain(10, function="notice")', "test_a_table_and_a_function", 'function: "notice"',
                 "another account's failing mapping"),
    "timeout": ("failing.drain(1)", "test_a_timeout_names_what_is_pending", "drain({ timeoutS: 1 })",
                "another account's failing mapping"),
}


def python_test(name):
    """Its text, with the decorators above it."""
    for source in PYTHON:
        for node in ast.parse(source).body:
            if isinstance(node, ast.FunctionDef) and node.name == name:
                first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
                return "\n".join(source.splitlines()[first - 1:node.end_lineno])
    return ""


def node_test(name):
    """From its title, or the variable that has it, to the next test."""
    found = re.search(rf"test\(\"?{re.escape(name)}(?:.|\n)*?(?=\n  test\(|\ntest\(|\Z)", NODE)
    if found and name == "method":
        return NODE[NODE.index("for (const [method, said] of ["):found.end()]
    return found.group(0) if found else ""


@pytest.mark.parametrize("kind", [*FAULTS, *DRAINS])
def test_it_is_shown_in_both_languages(kind):
    asked, test, asked_in_node, title = {**FAULTS, **DRAINS}[kind]
    assert asked in python_test(test), f"{test} doesn't show {kind}"
    assert asked_in_node in node_test(title), f"'{title}' of faults.test.js doesn't show {kind}"


def test_there_are_no_other_kinds(kit):
    with pytest.raises(MillraceError) as refused:
        kit.admin("POST", "faults", json.dumps({"kind": "?"}).encode())
    kinds = re.search(r"kind is one of ([a-z, -]+)\.", str(refused.value)).group(1).split(", ")
    assert set(kinds) == {kind for kind in FAULTS if "'" not in kind}


def test_there_are_no_other_filters(kit):
    described = kit.admin("GET", "openapi.json")["paths"]["/_millrace/drain"]["post"]
    assert {parameter["name"] for parameter in described["parameters"]} == set(DRAINS)


def test_the_node_kits_methods_are_typed():
    """Each method of faults.js stands in index.d.ts."""
    kit_of_node = ROOT / "emulator/kits/node"
    methods = set(re.findall(r"^  (?:async )?(\w+)\(.*\) \{$", (kit_of_node / "faults.js").read_text(), re.MULTILINE))
    typed = set(re.findall(r"^  (\w+)\(", (kit_of_node / "index.d.ts").read_text(), re.MULTILINE))
    assert methods - {"constructor"} - typed == set()


def test_a_fixtures_account_asks_the_server_nothing():
    """It costs what drawing a number costs (the bound is 2 ms): nobody listens there, and nobody is missed."""
    nobody = Millrace("http://127.0.0.1:1")
    accounts = {nobody.account().id for _ in range(1000)}
    assert len(accounts) == 1000 and all(re.fullmatch(r"\d{12}", account) for account in accounts)
