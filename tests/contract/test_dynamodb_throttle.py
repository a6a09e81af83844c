"""--throttle: provisioned capacity is enforced, by the emulator's clock."""

import json
import urllib.request

import pytest
from botocore.exceptions import ClientError

from harness import aws
from harness.server import Server
from harness.tables import KEY, PK

ONE = {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}
MANY = {"ReadCapacityUnits": 1000, "WriteCapacityUnits": 1000}
TABLE = "The level of configured provisioned throughput for the table was exceeded. Consider increasing your provisioning level with the UpdateTable API."


@pytest.fixture(scope="module")
def limited(tmp_path_factory):
    with Server(tmp_path_factory.mktemp("limited") / "server.log", arguments=["--throttle"]) as running:
        clock(running, "freeze")
        yield running


def clock(server, what):
    urllib.request.urlopen(urllib.request.Request(server.endpoint + "/_millrace/clock/" + what, method="POST", data=b""), timeout=10)


@pytest.fixture
def dynamodb(limited):
    return aws.make_client(limited.endpoint, "dynamodb", aws.new_account())


def create(dynamodb, units=ONE, index_units=None):
    table = {"TableName": "limited", "AttributeDefinitions": [PK], "KeySchema": KEY, "ProvisionedThroughput": units}
    if index_units:
        table["AttributeDefinitions"] = [PK, {"AttributeName": "g", "AttributeType": "S"}]
        table["GlobalSecondaryIndexes"] = [{"IndexName": "by-g", "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}],
                                            "Projection": {"ProjectionType": "ALL"}, "ProvisionedThroughput": index_units}]
    dynamodb.create_table(**table)


def put(dynamodb, key, kilobytes=1, **more):
    dynamodb.put_item(TableName="limited", Item={"pk": {"S": key}, "v": {"S": "x" * (kilobytes * 1024 - 40)}, **more})


def refused(function, *arguments, **named):
    with pytest.raises(ClientError) as error:
        function(*arguments, **named)
    return error.value.response


def test_writes_beyond_the_burst_are_refused_until_units_come_back(limited, dynamodb):
    create(dynamodb)
    put(dynamodb, "large", 350)  # 300 seconds' worth are there, and what passes may leave a debt
    response = refused(put, dynamodb, "more")
    assert response["Error"]["Code"] == "ProvisionedThroughputExceededException" and response["Error"]["Message"] == TABLE
    clock(limited, "advance?by=40000")
    assert refused(put, dynamodb, "more")["Error"]["Message"] == TABLE
    clock(limited, "advance?by=20000")
    put(dynamodb, "more")
    arn = dynamodb.describe_table(TableName="limited")["Table"]["TableArn"]
    put(dynamodb, "large", 300)
    raw = aws.Raw(limited.endpoint, arn.split(":")[4])
    answer = raw.dynamodb("PutItem", json.dumps({"TableName": "limited", "Item": {"pk": {"S": "a"}}})).json()
    assert answer["ThrottlingReasons"] == [{"reason": "TableWriteProvisionedThroughputExceeded", "resource": arn}]
    dynamodb.update_table(TableName="limited", ProvisionedThroughput=MANY)
    clock(limited, "advance?by=1000")
    put(dynamodb, "more")


def test_reads_have_units_of_their_own(limited, dynamodb):
    create(dynamodb)
    put(dynamodb, "large", 290)
    for _ in range(5):
        dynamodb.get_item(TableName="limited", Key={"pk": {"S": "large"}}, ConsistentRead=True)
    assert refused(dynamodb.get_item, TableName="limited", Key={"pk": {"S": "large"}})["Error"]["Message"] == TABLE
    assert refused(dynamodb.query, TableName="limited", KeyConditionExpression="pk = :p",
                   ExpressionAttributeValues={":p": {"S": "large"}})["Error"]["Message"] == TABLE
    assert refused(dynamodb.scan, TableName="limited")["Error"]["Message"] == TABLE
    reasons = refused(dynamodb.transact_get_items, TransactItems=[{"Get": {"TableName": "limited", "Key": {"pk": {"S": "a"}}}}])
    assert reasons["CancellationReasons"] == [{"Code": "ProvisionedThroughputExceeded", "Message": TABLE}]
    select = [{"Statement": "SELECT * FROM limited WHERE pk = 'a'"}]
    assert refused(dynamodb.execute_transaction, TransactStatements=select)["CancellationReasons"] == reasons["CancellationReasons"]
    put(dynamodb, "small")


def test_batches_give_back_what_found_no_capacity(limited, dynamodb):
    create(dynamodb)
    keys = [{"pk": {"S": str(n)}} for n in range(4)]
    requests = [{"PutRequest": {"Item": {**key, "v": {"S": "x" * 200_000}}}} for key in keys]
    left = dynamodb.batch_write_item(RequestItems={"limited": requests})["UnprocessedItems"]
    assert left == {"limited": requests[2:]}
    assert refused(dynamodb.batch_write_item, RequestItems=left)["Error"]["Code"] == "ProvisionedThroughputExceededException"
    clock(limited, "advance?by=300000")
    assert dynamodb.batch_write_item(RequestItems=left)["UnprocessedItems"] == {}
    read = {"limited": {"Keys": keys, "ConsistentRead": True}}
    for _ in range(2):
        answer = dynamodb.batch_get_item(RequestItems=read)
    assert 0 < len(answer["UnprocessedKeys"]["limited"]["Keys"]) < 4 and answer["UnprocessedKeys"]["limited"]["ConsistentRead"] is True
    refusal = refused(dynamodb.batch_get_item, RequestItems=answer["UnprocessedKeys"])
    assert refusal["Error"]["Code"] == "ProvisionedThroughputExceededException"


def test_a_transaction_names_the_action_and_costs_twice(limited, dynamodb):
    create(dynamodb)
    big = {"Put": {"TableName": "limited", "Item": {"pk": {"S": "a"}, "v": {"S": "x" * 160_000}}}}
    dynamodb.transact_write_items(TransactItems=[big])
    small = {"Put": {"TableName": "limited", "Item": {"pk": {"S": "b"}}}}
    response = refused(dynamodb.transact_write_items, TransactItems=[small])
    assert response["Error"]["Code"] == "TransactionCanceledException"
    assert response["CancellationReasons"] == [{"Code": "ProvisionedThroughputExceeded", "Message": TABLE}]


def test_an_index_without_capacity_stops_its_tables_writes(limited, dynamodb):
    create(dynamodb, MANY, ONE)
    put(dynamodb, "large", 350, g={"S": "x"})
    message = refused(put, dynamodb, "more", g={"S": "x"})["Error"]["Message"]
    assert message.startswith("The level of configured provisioned throughput for one or more global secondary indexes of the table")
    put(dynamodb, "not-indexed")
    dynamodb.query(TableName="limited", IndexName="by-g", KeyConditionExpression="g = :g", ExpressionAttributeValues={":g": {"S": "x"}})


def test_an_on_demand_table_is_held_to_its_maximum(limited, dynamodb):
    raw = aws.Raw(limited.endpoint, dynamodb._request_signer._credentials.access_key)
    raw.dynamodb("CreateTable", json.dumps({"TableName": "limited", "AttributeDefinitions": [PK], "KeySchema": KEY,
                                            "BillingMode": "PAY_PER_REQUEST", "OnDemandThroughput": {"MaxWriteRequestUnits": 1}}))
    put(dynamodb, "large", 350)
    error = refused(put, dynamodb, "more")["Error"]
    assert error == {"Code": "ThrottlingException", "Message": "Throughput exceeds the maximum OnDemandThroughput configured on table or index"}
    dynamodb.get_item(TableName="limited", Key={"pk": {"S": "large"}})
