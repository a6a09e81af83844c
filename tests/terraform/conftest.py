"""Terraform tests run the real terraform and the real hashicorp/aws; where those aren't found, they are skipped."""

import pathlib

import pytest

import providers
from harness.server import ROOT, Server
from workspace import RAN, Workspace

USERS_STREAM = ROOT / "python_handler" / "users_stream"


def pytest_collection_modifyitems(items):
    reason = providers.missing()
    if reason:
        here = pathlib.Path(__file__).parent
        for item in items:
            path = pathlib.Path(item.path)
            if path.is_relative_to(here) and not path.is_relative_to(here / "provider6"):  # replays need no Terraform
                item.add_marker(pytest.mark.skip(reason=reason))


def pytest_generate_tests(metafunc):
    """Every test that runs Terraform runs with the newest hashicorp/aws of each series that is found."""
    if "provider" in metafunc.fixturenames:
        metafunc.parametrize("provider", list(providers.aws_versions()) or ["none"])


def pytest_terminal_summary(terminalreporter):
    if RAN:
        terminalreporter.write_line(f"{providers.version()} ran with hashicorp/aws {', '.join(sorted(RAN))}")


@pytest.fixture
def persistent_server(tmp_path):
    """A server of the test's own, with a data folder that survives a restart."""
    with Server(tmp_path / "server.log", data_dir=tmp_path / "data") as running:
        yield running


@pytest.fixture
def users_stream(tmp_path, server, provider):
    """The example stack, initialised, in an account of its own on the shared server."""
    workspace = Workspace(USERS_STREAM, tmp_path / "users_stream", server, provider)
    workspace.init()
    return workspace


@pytest.fixture
def persistent_users_stream(tmp_path, persistent_server, provider):
    workspace = Workspace(USERS_STREAM, tmp_path / "users_stream", persistent_server, provider)
    workspace.init()
    return workspace
