import pytest

from harness import aws
from harness.server import Server


@pytest.fixture
def durable(tmp_path):
    """A server with a data folder; a test kills and starts it as it likes."""
    with Server(tmp_path / "server.log", data_dir=tmp_path / "data") as running:
        yield running


@pytest.fixture
def connect(durable):
    """connect("dynamodb"): a new client each time, so that no connection survives a restart."""
    account = aws.new_account()
    return lambda service, **options: aws.make_client(durable.endpoint, service, account, **options)
