"""Fixtures for every Python test: one server per test process, an account per module, names that don't collide."""

import itertools
import os
import uuid

import boto3
import pytest

from harness import aws, waiting
from harness.server import Server, binary

# Tests that need nothing but `client` and what is made by it can run against AWS itself (tests/README.md).
ON_AWS = bool(os.environ.get("MILLRACE_TESTS_ON_AWS"))

# Otherwise nothing of the developer's own configuration may reach a client in this process.
if not ON_AWS:
    for _name in [n for n in os.environ if n.startswith("AWS_")]:
        del os.environ[_name]
    os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
    os.environ["AWS_CONFIG_FILE"] = os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull


@pytest.fixture(scope="session", autouse=True)
def _binary_is_built():
    if not ON_AWS and not binary().exists():
        pytest.exit(f"{binary()} isn't built; ./tests/run builds it", returncode=3)


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """One millrace for all tests of this process (one per xdist worker), in a temporary store."""
    if ON_AWS:
        pytest.skip("needs the emulator")
    with Server(tmp_path_factory.mktemp("server") / "server.log") as running:
        yield running
        assert running.alive(), f"the server died during the tests:\n{running.log()}"


@pytest.fixture(scope="session")
def endpoint(server):
    return server.endpoint


@pytest.fixture(scope="module")
def account():
    """This module's own account: what other modules make isn't seen here."""
    return boto3.client("sts").get_caller_identity()["Account"] if ON_AWS else aws.new_account()


@pytest.fixture(scope="module")
def client(request, account):
    """client("dynamodb"), client("s3", region="eu-west-1"), client("sqs", account=other): cached boto3 clients."""
    if ON_AWS:
        return lambda service, region=None, **_: boto3.client(service, region_name=region)
    server = request.getfixturevalue("server")
    cache = {}

    def make(service, region=aws.REGION, account=account, **options):
        key = (service, region, account, repr(sorted(options.items())))
        if key not in cache:
            cache[key] = aws.make_client(server.endpoint, service, account, region, **options)
        return cache[key]

    return make


@pytest.fixture(scope="module")
def raw(server, account):
    """Signed requests of any shape: raw("lambda", "GET", "/2015-03-31/functions"), raw.dynamodb("PutItem", "{")."""
    return aws.Raw(server.endpoint, account)


_counter = itertools.count(1)


@pytest.fixture
def unique():
    """unique("table") -> "table-1f3c09-7": a name nobody else uses, valid for every service."""

    def name(prefix="test"):
        return f"{prefix}-{uuid.uuid4().hex[:6]}-{next(_counter)}"

    return name


@pytest.fixture(scope="module")
def drain(server):
    """drain(timeout_s=30): returns when all committed records are through every mapping and destination."""
    return lambda timeout_s=30: waiting.drain(server.endpoint, timeout_s)


@pytest.fixture(scope="module")
def until():
    return waiting.until
