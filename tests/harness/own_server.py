"""Fixtures for a file whose tests move the emulator's clock: a server of its own, so that nobody else's signatures,
sessions and retries are judged by another day. A file takes them by importing both names."""

import pytest

from harness.server import Server


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with Server(tmp_path_factory.mktemp("own") / "server.log") as running:
        yield running
        assert running.alive(), f"the server died during the tests:\n{running.log()}"


@pytest.fixture(scope="module")
def endpoint(server):
    return server.endpoint
