"""What time does to streams: shards roll after four hours, records go after a day, iterators after 15 minutes."""

import time
import urllib.request

import pytest
from botocore.exceptions import ClientError

from harness import aws
from harness.server import Server

HOUR = 3600


@pytest.fixture
def own(tmp_path):
    """A server whose clock is this test's."""
    with Server(tmp_path / "server.log") as running:
        yield running


class Stream:
    def __init__(self, server):
        self.server = server
        account = aws.new_account()
        self.dynamodb = aws.make_client(server.endpoint, "dynamodb", account)
        self.streams = aws.make_client(server.endpoint, "dynamodbstreams", account)
        self.clock("freeze")
        self.arn = self.dynamodb.create_table(
            TableName="table", AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}], BillingMode="PAY_PER_REQUEST",
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"})["TableDescription"]["LatestStreamArn"]

    def clock(self, what):
        url = self.server.endpoint + "/_millrace/clock/" + what
        urllib.request.urlopen(urllib.request.Request(url, method="POST", data=b""), timeout=10)

    def advance(self, seconds):
        self.clock(f"advance?by={int(seconds * 1000)}")

    def put(self, key):
        self.dynamodb.put_item(TableName="table", Item={"pk": {"S": key}})

    def shards(self):
        return self.streams.describe_stream(StreamArn=self.arn)["StreamDescription"]["Shards"]

    def iterator(self, shard, kind="TRIM_HORIZON", **more):
        return self.streams.get_shard_iterator(StreamArn=self.arn, ShardId=shard["ShardId"], ShardIteratorType=kind, **more)["ShardIterator"]

    def page(self, iterator):
        answer = self.streams.get_records(ShardIterator=iterator)
        return [r["dynamodb"]["Keys"]["pk"]["S"] for r in answer["Records"]], answer.get("NextShardIterator")


def until(probe):
    end = time.monotonic() + 10
    while not (value := probe()):
        assert time.monotonic() < end, "didn't come true"
        time.sleep(0.02)
    return value


def test_shards_roll_and_keep_the_lineage(own):
    stream = Stream(own)
    stream.put("a")
    stream.advance(4 * HOUR + 1)
    parent, child = until(lambda: len(stream.shards()) == 2 and stream.shards())
    stream.put("b")
    assert child["ParentShardId"] == parent["ShardId"] and parent["ShardId"] < child["ShardId"]
    ends = parent["SequenceNumberRange"]["EndingSequenceNumber"]
    assert ends < child["SequenceNumberRange"]["StartingSequenceNumber"]
    assert stream.page(stream.iterator(parent)) == (["a"], None)
    keys, following = stream.page(stream.iterator(child))
    assert keys == ["b"] and following


def test_records_are_trimmed_after_a_day(own):
    stream = Stream(own)
    stream.put("a")
    stream.put("b")
    shard = stream.shards()[0]
    first = stream.streams.get_records(ShardIterator=stream.iterator(shard))["Records"][0]["dynamodb"]["SequenceNumber"]
    stream.advance(24 * HOUR - 60)
    until(lambda: len(stream.shards()) >= 2)
    stream.put("c")
    stream.advance(120)
    parent = [s for s in stream.shards() if s["ShardId"] == shard["ShardId"]]
    if parent:  # closed, and kept for a day after its closing
        assert stream.page(stream.iterator(parent[0])) == ([], None)
        with pytest.raises(ClientError) as error:
            stream.page(stream.iterator(parent[0], "AFTER_SEQUENCE_NUMBER", SequenceNumber=first))
        assert error.value.response["Error"]["Code"] == "TrimmedDataAccessException"
    keys = [key for s in stream.shards() for key in stream.page(stream.iterator(s))[0]]
    assert keys == ["c"]


def test_iterators_expire_after_a_quarter_of_an_hour(own):
    stream = Stream(own)
    stream.put("a")
    iterator = stream.iterator(stream.shards()[0])
    stream.advance(15 * 60)
    assert stream.page(iterator)[0] == ["a"]
    stream.advance(1)
    with pytest.raises(ClientError) as error:
        stream.page(iterator)
    assert error.value.response["Error"]["Code"] == "ExpiredIteratorException"
