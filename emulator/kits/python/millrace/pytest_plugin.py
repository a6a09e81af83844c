"""Fixtures: `millrace` (the server of this session), `aws_account` (a fresh world for each test), `drain`, `clock`,
`logs_of`, `trace_of`, `faults`, `snapshot` and `stack`. A failing test's report shows what became of its account's records,
which faults were applied, and what its functions logged."""

from __future__ import annotations

import os

import pytest

from .account import Account
from .server import Millrace
from .stack import StackCache

_LINES_SHOWN = 60  # of a failing test's functions, each


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("millrace")
    group.addoption("--millrace-url", default=os.environ.get("MILLRACE_URL"),
                    help="use this server instead of starting one (MILLRACE_URL)")
    group.addoption("--millrace-argument", action="append", default=[], help="an option of `millrace serve`; may be repeated")


@pytest.fixture(scope="session")
def millrace(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory):
    """The server of this session (with xdist, of each worker), in temporary storage."""
    options = request.config.option
    log = tmp_path_factory.mktemp("millrace") / "server.log"
    with Millrace(options.millrace_url, arguments=options.millrace_argument, log=log) as server:
        yield server


@pytest.fixture
def aws_account(request: pytest.FixtureRequest, millrace: Millrace) -> Account:
    """An account that nothing is in: clients by client("dynamodb"), log lines by logs_of(function)."""
    account = millrace.account()
    request.node.stash[_ACCOUNT] = account
    return account


@pytest.fixture
def drain(aws_account: Account):
    """drain(timeout=30, table=None, function=None): until every record of the account has been through every mapping, and
    nothing asynchronous of it is under way."""
    return aws_account.drain


@pytest.fixture
def trace_of(aws_account: Account):
    """trace_of(name=None): what became of the records of the account's mappings."""
    return aws_account.trace_of


@pytest.fixture
def faults(aws_account: Account):
    """Rules that refuse, delay or fail the account's calls and invocations; gone after the test."""
    # The account's number may change until it is used (stack): asked for anew each time.
    class OfTheAccount:
        def __getattr__(self, name):
            return getattr(aws_account.faults, name)

    yield OfTheAccount()
    aws_account.faults.clear()


@pytest.fixture
def snapshot(aws_account: Account):
    """save(name) and load(name) of the test's account; the server's others aren't touched."""
    saved = []

    class OfTheAccount:
        def save(self, name: str) -> None:
            full = f"{aws_account.id}-{name}"
            aws_account.snapshots.save(full)
            saved.append(full)

        def load(self, name: str) -> None:
            aws_account.snapshots.load(f"{aws_account.id}-{name}")

    yield OfTheAccount()
    for name in saved:
        aws_account.snapshots.delete(name)


@pytest.fixture(scope="session")
def millrace_stacks(millrace: Millrace):
    """The stacks that this session has applied."""
    return StackCache(millrace)


@pytest.fixture
def logs_of(aws_account: Account):
    """logs_of(function, wait_for=None): its log's lines."""
    return aws_account.logs_of


@pytest.fixture
def clock(request: pytest.FixtureRequest, millrace: Millrace):
    """The clock of the session's server, running again at the machine's time afterwards. Tests that share the server see
    it move: with xdist each worker has its own."""
    yield millrace.clock
    import datetime

    millrace.clock.set(datetime.datetime.now(datetime.timezone.utc))
    millrace.clock.resume()


@pytest.fixture
def stack(aws_account: Account, millrace_stacks: StackCache):
    """stack("path", variables={...}): a Terraform configuration applied in the test's account. Of an account that wasn't
    used yet it is applied once a session; later tests get it back by a snapshot, as it was. Otherwise (and with
    cached=False) it is applied anew and destroyed afterwards."""
    made = []

    def apply(folder, variables=None, cached=True, **options):
        if cached and aws_account.is_untouched:
            return millrace_stacks.bring(aws_account, folder, variables or {}, **options)
        one = aws_account.stack(folder, variables, **options)
        made.append(one)
        return millrace_stacks.apply(one)

    yield apply
    for one in reversed(made):
        one.destroy()


_ACCOUNT = pytest.StashKey[Account]()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo):
    outcome = yield
    report = outcome.get_result()
    account = item.stash.get(_ACCOUNT, None)
    if report.when != "call" or not report.failed or account is None:
        return
    try:
        report.sections.append((f"what became of the records of account {account.id}", _trace(account)))
        for group in account.log_groups():
            lines = account._lines(group)[-_LINES_SHOWN:]
            report.sections.append((f"log group {group} of account {account.id}", "\n".join(lines)))
    except Exception as error:  # the server may be what failed
        report.sections.append(("millrace", f"its logs can't be read: {error}"))


def _trace(account: Account) -> str:
    lines = []
    for mapping in account.trace_of():
        lines.append(f"{mapping['source']} -> {mapping['function']}: {mapping['state']}, {mapping['lastProcessingResult']}")
        for event in mapping["recent"][-_LINES_SHOWN:]:
            why = f": {event['reason']}" if event.get("reason") else ""
            lines.append(f"  {event['at']}  {event['what']}, {event['records']} records, {event['first']}{why}")
    for rule in account.faults.list():
        lines.append(f"fault {rule['id']} ({rule['kind']}) was applied {rule['applied']} times")
    return "\n".join(lines)
