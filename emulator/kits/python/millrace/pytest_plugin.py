"""Fixtures: `millrace` (the server of this session), `aws_account` (a fresh world for each test), `drain`, `clock`,
`logs_of` and `stack`. A failing test's report shows what its account's functions logged."""

from __future__ import annotations

import os

import pytest

from .account import Account
from .server import Millrace

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
def drain(millrace: Millrace):
    """drain(timeout=30): until every record has been through every mapping."""
    return millrace.drain


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
def stack(aws_account: Account):
    """stack("path", variables={...}): a Terraform configuration applied in the test's account, destroyed afterwards."""
    made = []

    def apply(folder, variables=None, **options):
        one = aws_account.stack(folder, variables, **options)
        made.append(one)
        return one.apply()

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
        for group in account.log_groups():
            lines = account._lines(group)[-_LINES_SHOWN:]
            report.sections.append((f"log group {group} of account {account.id}", "\n".join(lines)))
    except Exception as error:  # the server may be what failed
        report.sections.append(("millrace", f"its logs can't be read: {error}"))
