"""What tests of DynamoDB's tables share: the plainest definition, items by key, refusals, waiting."""

import time

import pytest
from botocore.exceptions import ClientError

KEY = [{"AttributeName": "pk", "KeyType": "HASH"}]
PK = {"AttributeName": "pk", "AttributeType": "S"}


def minimal(name, **more):
    """CreateTable's arguments for an on-demand table whose key is `pk` (S)."""
    return {"TableName": name, "AttributeDefinitions": [PK], "KeySchema": KEY, "BillingMode": "PAY_PER_REQUEST", **more}


def refusal(function, **arguments):
    """(code, message) of the error that the call must end in."""
    with pytest.raises(ClientError) as error:
        function(**arguments)
    found = error.value.response["Error"]
    return found["Code"], found["Message"]


def until(probe, seconds=20):
    """The probe's first truthy value."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = probe()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError("didn't come true")


def fill(dynamodb, name, *keys, **attributes):
    for key in keys:
        dynamodb.put_item(TableName=name, Item={"pk": {"S": key}, **attributes})


def keys_of(dynamodb, name, **more):
    return sorted(item["pk"]["S"] for item in dynamodb.scan(TableName=name, **more)["Items"])
