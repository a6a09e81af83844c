"""What the tests of CloudWatch Logs share. A file takes the fixtures by importing their names."""

import time

import pytest
from botocore.exceptions import ClientError


def now():
    """Milliseconds, as events' timestamps."""
    return int(time.time() * 1000)


def refused(call, **parameters):
    """(code, message) of the error that the call must give."""
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    return caught.value.response["Error"]["Code"], caught.value.response["Error"]["Message"]


@pytest.fixture
def logs(client):
    return client("logs")


@pytest.fixture
def group(logs, unique):
    """A new log group with the stream "main"."""
    name = unique("/test/group")
    logs.create_log_group(logGroupName=name)
    logs.create_log_stream(logGroupName=name, logStreamName="main")
    return name
