"""A page costs what is on it, however much else there is."""

import concurrent.futures
import statistics
import time

import pytest

from contract.conftest import zip_files
from harness.server import is_sanitized

MANY = 2000
pytestmark = [pytest.mark.slow, pytest.mark.skipif(is_sanitized(), reason="a sanitizer's time isn't the server's")]


def make(count, call):
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        for done in concurrent.futures.as_completed([pool.submit(call, number) for number in range(count)]):
            done.result()


def milliseconds(call):
    times = []
    for _ in range(7):
        began = time.monotonic()
        call()
        times.append((time.monotonic() - began) * 1000)
    return statistics.median(times)


def test_functions(client, make_role):
    lam, role, code = client("lambda"), make_role(), zip_files({"index.py": "def handler(event, context): pass"})
    make(MANY, lambda number: lam.create_function(
        FunctionName=f"function-{number:05}", Runtime="python3.12", Handler="index.handler", Role=role, Code={"ZipFile": code}))
    pages = list(lam.get_paginator("list_functions").paginate())
    assert [f["FunctionName"] for page in pages for f in page["Functions"]] == [f"function-{n:05}" for n in range(MANY)]
    assert milliseconds(lam.list_functions) < 100
    assert milliseconds(lambda: lam.list_functions(Marker=pages[-2]["NextMarker"])) < 100
    assert milliseconds(lambda: lam.list_functions(FunctionVersion="ALL")) < 100


def test_tables(client):
    dynamodb = client("dynamodb")
    key = {"AttributeName": "pk", "AttributeType": "S"}
    make(500, lambda number: dynamodb.create_table(
        TableName=f"table-{number:05}", BillingMode="PAY_PER_REQUEST", AttributeDefinitions=[key],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}))
    assert milliseconds(dynamodb.list_tables) < 100
    assert milliseconds(lambda: dynamodb.list_tables(ExclusiveStartTableName="table-00450")) < 100
    assert milliseconds(client("dynamodbstreams").list_streams) < 100
