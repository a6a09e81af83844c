"""--aws-delays: states last as long as on AWS, by the emulator's clock."""

import time
import urllib.request

import pytest
from botocore.exceptions import ClientError

from harness import aws
from harness.server import Server

PK = {"AttributeName": "pk", "AttributeType": "S"}
TABLE = {"AttributeDefinitions": [PK], "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}], "BillingMode": "PAY_PER_REQUEST"}
INDEX = {"IndexName": "by-pk", "KeySchema": TABLE["KeySchema"], "Projection": {"ProjectionType": "ALL"}}


@pytest.fixture(scope="module")
def slow(tmp_path_factory):
    with Server(tmp_path_factory.mktemp("slow") / "server.log", arguments=["--aws-delays"]) as running:
        yield running


def until(probe):
    end = time.monotonic() + 10
    while not probe():
        assert time.monotonic() < end, "didn't come true"
        time.sleep(0.02)


def test_states_follow_the_clock(slow):
    def clock(what):
        urllib.request.urlopen(urllib.request.Request(slow.endpoint + "/_millrace/clock/" + what, method="POST", data=b""), timeout=10)

    clock("freeze")
    dynamodb = aws.make_client(slow.endpoint, "dynamodb", aws.new_account())

    def table():
        try:
            return dynamodb.describe_table(TableName="slow")["Table"]
        except dynamodb.exceptions.ResourceNotFoundException:
            return {"TableStatus": "gone"}

    def refused(function, **arguments):
        with pytest.raises(ClientError) as error:
            function(TableName="slow", **arguments)
        return error.value.response["Error"]["Message"]

    dynamodb.create_table(TableName="slow", **TABLE)
    in_use = "Attempt to change a resource which is still in use: "
    assert table()["TableStatus"] == "CREATING" and "WarmThroughput" not in table()
    assert refused(dynamodb.create_table, **TABLE) == in_use + "Table is being created: slow"
    assert refused(dynamodb.delete_table) == in_use + "Table is being created: slow"
    clock("advance?by=5000")
    until(lambda: table()["TableStatus"] == "ACTIVE")
    dynamodb.update_table(TableName="slow", AttributeDefinitions=[PK], GlobalSecondaryIndexUpdates=[{"Create": INDEX}])
    index = table()["GlobalSecondaryIndexes"][0]
    assert (table()["TableStatus"], index["IndexStatus"], index["Backfilling"]) == ("UPDATING", "CREATING", False)
    clock("advance?by=60000")
    until(lambda: table()["TableStatus"] == "ACTIVE")
    index = table()["GlobalSecondaryIndexes"][0]
    assert (index["IndexStatus"], index["Backfilling"]) == ("CREATING", True)
    assert refused(dynamodb.delete_table) == in_use + "Cannot delete table while indexes are being created, updated, or deleted."
    clock("advance?by=300000")
    until(lambda: table()["GlobalSecondaryIndexes"][0]["IndexStatus"] == "ACTIVE")
    dynamodb.delete_table(TableName="slow")
    assert table()["TableStatus"] == "DELETING"
    assert refused(dynamodb.delete_table) == in_use + "Table is being deleted: slow"
    clock("advance?by=5000")
    until(lambda: table()["TableStatus"] == "gone")
