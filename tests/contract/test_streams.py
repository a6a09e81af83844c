"""DynamoDB Streams: streams, shards, iterators and records."""

import json

import pytest
from botocore.exceptions import ClientError


@pytest.fixture
def dynamodb(client):
    return client("dynamodb")


@pytest.fixture
def streams(client):
    return client("dynamodbstreams")


@pytest.fixture
def call(raw):
    """call("GetRecords", {...}) -> the answer's document, past boto3's own checks."""

    def make(operation, body):
        headers = {"X-Amz-Target": "DynamoDBStreams_20120810." + operation, "Content-Type": "application/x-amz-json-1.0"}
        return raw("dynamodb", headers=headers, body=json.dumps(body)).json()

    return make


def refusal(function, **arguments):
    with pytest.raises(ClientError) as error:
        function(**arguments)
    found = error.value.response["Error"]
    return found["Code"], found["Message"]


class Reader:
    """One stream, by its table's name."""

    def __init__(self, dynamodb, streams, table):
        self.streams, self.table = streams, table
        self.arn = dynamodb.describe_table(TableName=table)["Table"]["LatestStreamArn"]

    def describe(self, **more):
        return self.streams.describe_stream(StreamArn=self.arn, **more)["StreamDescription"]

    def shard(self):
        return self.describe()["Shards"][-1]["ShardId"]

    def iterator(self, kind="TRIM_HORIZON", **more):
        return self.streams.get_shard_iterator(StreamArn=self.arn, ShardId=more.pop("shard", None) or self.shard(),
                                               ShardIteratorType=kind, **more)["ShardIterator"]

    def records(self, kind="TRIM_HORIZON", **more):
        return self.streams.get_records(ShardIterator=self.iterator(kind, **more))["Records"]


@pytest.fixture
def stream(dynamodb, streams, make_table):
    return lambda view="NEW_AND_OLD_IMAGES", **more: Reader(dynamodb, streams, make_table(stream=view, **more))


def put(dynamodb, reader, key, **attributes):
    dynamodb.put_item(TableName=reader.table, Item={"pk": {"S": key}, **attributes})


def test_the_worked_example(dynamodb, stream):
    """facts: each write and the record that it gives."""
    reader = stream()
    update = dict(TableName=reader.table, Key={"pk": {"S": "a"}})
    put(dynamodb, reader, "a", v={"N": "1"})
    put(dynamodb, reader, "a", v={"N": "1"})
    put(dynamodb, reader, "a", v={"N": "1.0"})
    dynamodb.update_item(**update, UpdateExpression="SET v = v + :one", ExpressionAttributeValues={":one": {"N": "1"}})
    dynamodb.update_item(**update, UpdateExpression="SET v = :two", ExpressionAttributeValues={":two": {"N": "2"}})
    dynamodb.update_item(**update, UpdateExpression="REMOVE w")
    dynamodb.delete_item(**update)
    dynamodb.delete_item(**update)
    dynamodb.update_item(TableName=reader.table, Key={"pk": {"S": "b"}})
    got = reader.records()
    assert [r["eventName"] for r in got] == ["INSERT", "MODIFY", "REMOVE", "INSERT"]
    insert, modify, remove, key_only = (r["dynamodb"] for r in got)
    one, two = {"pk": {"S": "a"}, "v": {"N": "1"}}, {"pk": {"S": "a"}, "v": {"N": "2"}}
    assert insert["Keys"] == {"pk": {"S": "a"}} and insert["NewImage"] == one and "OldImage" not in insert
    assert insert["SizeBytes"] == 9 and modify["SizeBytes"] == 15
    assert modify["NewImage"] == two and modify["OldImage"] == one
    assert remove["OldImage"] == two and "NewImage" not in remove
    assert key_only["NewImage"] == {"pk": {"S": "b"}}
    assert insert["StreamViewType"] == "NEW_AND_OLD_IMAGES"
    numbers = [r["dynamodb"]["SequenceNumber"] for r in got]
    assert numbers == sorted(numbers) and len({len(n) for n in numbers}) == 1
    assert len({r["eventID"] for r in got}) == 4
    for record in got:
        assert (record["eventVersion"], record["eventSource"], record["awsRegion"]) == ("1.1", "aws:dynamodb", "us-east-1")
        assert "userIdentity" not in record


@pytest.mark.parametrize("view, images", [("KEYS_ONLY", [(), (), ()]), ("NEW_IMAGE", [("NewImage",), ("NewImage",), ()]),
                                          ("OLD_IMAGE", [(), ("OldImage",), ("OldImage",)])])
def test_view_types_choose_the_images(dynamodb, stream, view, images):
    reader = stream(view)
    put(dynamodb, reader, "a")
    put(dynamodb, reader, "a", v={"S": "x"})
    dynamodb.delete_item(TableName=reader.table, Key={"pk": {"S": "a"}})
    found = [tuple(n for n in ("NewImage", "OldImage") if n in r["dynamodb"]) for r in reader.records()]
    assert found == images


def test_a_stream_is_described(stream, dynamodb):
    reader = stream()
    described = reader.describe()
    assert described["StreamStatus"] == "ENABLED" and described["TableName"] == reader.table
    assert described["KeySchema"] == [{"AttributeName": "pk", "KeyType": "HASH"}]
    shard, = described["Shards"]
    assert "EndingSequenceNumber" not in shard["SequenceNumberRange"] and "ParentShardId" not in shard
    assert 21 <= len(shard["SequenceNumberRange"]["StartingSequenceNumber"]) <= 40
    assert reader.describe(ExclusiveStartShardId=shard["ShardId"])["Shards"] == []
    assert reader.describe(ExclusiveStartShardId="shardId-00000000000000000000-00000000")["Shards"] == []


def test_iterators_start_where_they_say(dynamodb, stream):
    reader = stream()
    put(dynamodb, reader, "a")
    put(dynamodb, reader, "b")
    latest = reader.iterator("LATEST")
    put(dynamodb, reader, "c")

    def keys(records):
        return [r["dynamodb"]["Keys"]["pk"]["S"] for r in records]

    assert keys(reader.records()) == ["a", "b", "c"]
    second = reader.records()[1]["dynamodb"]["SequenceNumber"]
    assert keys(reader.records("AT_SEQUENCE_NUMBER", SequenceNumber=second)) == ["b", "c"]
    assert keys(reader.records("AFTER_SEQUENCE_NUMBER", SequenceNumber=second)) == ["c"]
    start = reader.describe()["Shards"][0]["SequenceNumberRange"]["StartingSequenceNumber"]
    assert keys(reader.records("AT_SEQUENCE_NUMBER", SequenceNumber=start)) == ["a", "b", "c"]
    assert keys(reader.streams.get_records(ShardIterator=latest)["Records"]) == ["c"]
    page = reader.streams.get_records(ShardIterator=reader.iterator(), Limit=2)
    assert keys(page["Records"]) == ["a", "b"]
    following = reader.streams.get_records(ShardIterator=page["NextShardIterator"])
    assert keys(following["Records"]) == ["c"]
    empty = reader.streams.get_records(ShardIterator=following["NextShardIterator"])
    assert empty["Records"] == [] and "NextShardIterator" in empty


def test_a_disabled_stream_stays_readable_to_its_end(dynamodb, stream):
    reader = stream()
    put(dynamodb, reader, "a")
    dynamodb.update_table(TableName=reader.table, StreamSpecification={"StreamEnabled": False})
    put(dynamodb, reader, "b")
    described = reader.describe()
    assert described["StreamStatus"] == "DISABLED"
    assert "EndingSequenceNumber" in described["Shards"][0]["SequenceNumberRange"]
    answer = reader.streams.get_records(ShardIterator=reader.iterator())
    assert len(answer["Records"]) == 1 and "NextShardIterator" not in answer
    listed = reader.streams.list_streams(TableName=reader.table)["Streams"]
    assert [s["StreamArn"] for s in listed] == [reader.arn]
    dynamodb.delete_table(TableName=reader.table)
    assert len(reader.records()) == 1


def test_streams_are_listed_page_by_page(client, dynamodb, streams, make_table):
    tables = sorted(make_table(stream="KEYS_ONLY") for _ in range(3))
    make_table()
    listed, start = [], {}
    while True:
        page = streams.list_streams(Limit=2, **start)
        listed += [s["TableName"] for s in page["Streams"]]
        if "LastEvaluatedStreamArn" not in page:
            break
        start = {"ExclusiveStartStreamArn": page["LastEvaluatedStreamArn"]}
    assert [name for name in listed if name in tables] == tables
    assert streams.list_streams(TableName=make_table())["Streams"] == []


CONSTRAINT = "1 validation error detected: Value '{}' at '{}' failed to satisfy constraint: Member must have "


def test_wrong_input_is_refused_in_aws_words(call, streams, stream):
    reader = stream()
    arn, shard = reader.arn, reader.shard()
    missing = arn[:-3] + "000"
    if missing == arn:
        missing = arn[:-3] + "001"
    assert refusal(streams.describe_stream, StreamArn=missing) == (
        "ResourceNotFoundException", f"Requested resource not found: Stream: {missing} not found")
    assert refusal(streams.get_shard_iterator, StreamArn=arn, ShardId="shardId-00000000000000000000-00000000",
                   ShardIteratorType="LATEST") == ("ResourceNotFoundException", "Requested resource not found: Shard does not exist")
    short = "arn:aws:dynamodb"
    assert call("DescribeStream", {"StreamArn": short})["message"] == \
        CONSTRAINT.format(short, "streamArn") + "length greater than or equal to 37"
    assert call("ListStreams", {"Limit": 0})["message"] == CONSTRAINT.format(0, "limit") + "value greater than or equal to 1"
    assert call("ListStreams", {"Limit": 101})["message"] == CONSTRAINT.format(101, "limit") + "value less than or equal to 100"
    iterator = reader.iterator()
    assert "limit" in call("GetRecords", {"ShardIterator": iterator, "Limit": 1001})["message"]
    wrong = [
        ("GetRecords", {"ShardIterator": iterator[:-4] + "AAA="}),
        ("GetRecords", {"ShardIterator": "x"}),
        ("GetShardIterator", {"StreamArn": arn, "ShardId": shard, "ShardIteratorType": "AT_SEQUENCE_NUMBER"}),
        ("GetShardIterator", {"StreamArn": arn, "ShardId": shard, "ShardIteratorType": "LATEST", "SequenceNumber": "1" * 21}),
        ("GetShardIterator", {"StreamArn": arn, "ShardId": shard, "ShardIteratorType": "SOON"}),
        ("ListStreams", {"ExclusiveStartStreamArn": "x" * 40}),
        ("DescribeStream", {"StreamArn": arn, "ShardFilter": {"Type": "CHILD_SHARDS"}}),
        ("DescribeStream", {"StreamArn": arn, "ShardFilter": {"Type": "PARENTS", "ShardId": shard}}),
    ]
    for operation, body in wrong:
        assert call(operation, body)["__type"] == "com.amazon.coral.validate#ValidationException", (operation, body)
    assert "shardFilter.shardId" in call(
        "DescribeStream", {"StreamArn": arn, "ShardFilter": {"Type": "CHILD_SHARDS", "ShardId": "short"}})["message"]
    assert call("DescribeStream", {"StreamArn": arn, "ShardFilter": {"Type": "CHILD_SHARDS", "ShardId": shard}})[
        "StreamDescription"]["Shards"] == []
