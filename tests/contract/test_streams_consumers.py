"""Consumers of streams whose shards roll and split: lineage, a Kinesis-adapter style reader, mappings."""

import json
import subprocess
import urllib.error
import urllib.parse
import urllib.request

import pytest
from harness.deliveries import delivery  # noqa: F401
from harness.own_server import endpoint, server  # noqa: F401
from harness.server import binary, clean_environment


@pytest.fixture
def shards_of(server):  # noqa: F811
    """shards_of("split", arn, shard=...): the admin API's answer to a change, or to "shards"."""

    def call(action, stream, **more):
        query = urllib.parse.urlencode({"stream": stream, **more})
        method = "GET" if action == "shards" else "POST"
        url = f"{server.endpoint}/_millrace/streams/{action}?{query}"
        try:
            with urllib.request.urlopen(urllib.request.Request(url, method=method), timeout=10) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)["message"]

    return call


class AdapterConsumer:
    """Reads a stream as the Kinesis Client Library does through the DynamoDB Streams adapter: a lease per shard with a
    checkpoint, a shard's parents to their end before the shard itself, TRIM_HORIZON for shards without a checkpoint."""

    def __init__(self, streams, arn):
        self.streams, self.arn = streams, arn
        self.checkpoints = {}  # shard -> last sequence number, or "SHARD_END"
        self.seen = []

    def list_shards(self):
        shards, more = [], {}
        while True:
            page = self.streams.describe_stream(StreamArn=self.arn, Limit=1, **more)["StreamDescription"]
            shards += page["Shards"]
            if "LastEvaluatedShardId" not in page:
                return shards
            more = {"ExclusiveStartShardId": page["LastEvaluatedShardId"]}

    def run_once(self, page_size=2):
        """One pass over all shards whose parents are done."""
        shards = self.list_shards()
        known = {s["ShardId"] for s in shards}
        for shard in shards:
            parent = shard.get("ParentShardId")
            if parent in known and self.checkpoints.get(parent) != "SHARD_END":
                continue
            if self.checkpoints.get(shard["ShardId"]) != "SHARD_END":
                self.read(shard["ShardId"], page_size)

    def read(self, shard, page_size):
        position = {"ShardIteratorType": "TRIM_HORIZON"}
        if shard in self.checkpoints:
            position = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": self.checkpoints[shard]}
        iterator = self.streams.get_shard_iterator(StreamArn=self.arn, ShardId=shard, **position)["ShardIterator"]
        while True:
            page = self.streams.get_records(ShardIterator=iterator, Limit=page_size)
            for record in page["Records"]:
                self.seen.append(record["dynamodb"]["NewImage"]["v"]["S"])
                self.checkpoints[shard] = record["dynamodb"]["SequenceNumber"]
            iterator = page.get("NextShardIterator")
            if iterator is None:
                self.checkpoints[shard] = "SHARD_END"
                return
            if not page["Records"]:
                return


def in_order_per_item(seen):
    by_item = {}
    for value in seen:
        by_item.setdefault(value[0], []).append(int(value[1:]))
    return all(numbers == sorted(numbers) for numbers in by_item.values())


def test_a_split_closes_the_parent_and_opens_two_children(delivery, client, shards_of, raw):  # noqa: F811
    d = delivery()
    parent = shards_of("shards", d.stream)["shards"][0]["shard"]
    d.write("a1")
    shown = shards_of("split", d.stream, shard=parent)["shards"]
    assert [(s["open"], s.get("parent")) for s in shown] == [(False, None), (True, parent), (True, parent)]
    described = client("dynamodbstreams").describe_stream(StreamArn=d.stream)["StreamDescription"]["Shards"]
    assert [s["ShardId"] for s in described] == sorted(s["shard"] for s in shown)
    ends = described[0]["SequenceNumberRange"]["EndingSequenceNumber"]
    assert all(s["SequenceNumberRange"]["StartingSequenceNumber"] > ends for s in described[1:])
    # Debian's boto3 doesn't know ShardFilter yet.
    body = {"StreamArn": d.stream, "ShardFilter": {"Type": "CHILD_SHARDS", "ShardId": parent}}
    headers = {"X-Amz-Target": "DynamoDBStreams_20120810.DescribeStream", "Content-Type": "application/x-amz-json-1.0"}
    children = raw("dynamodb", headers=headers, body=json.dumps(body)).json()["StreamDescription"]["Shards"]
    assert [s["ShardId"] for s in children] == [s["ShardId"] for s in described[1:]]


def test_what_cannot_be_changed_is_named(delivery, shards_of, account):  # noqa: F811
    d = delivery()
    closed = shards_of("shards", d.stream)["shards"][0]["shard"]
    shards_of("roll", d.table)  # by the table's name
    assert len(shards_of("shards", d.stream)["shards"]) == 2
    assert shards_of("split", d.stream, shard=closed) == (404, "Requested resource not found: Shard does not exist")
    assert shards_of("roll", "nothing")[0] == 404
    d.dynamodb.update_table(TableName=d.table, StreamSpecification={"StreamEnabled": False})
    assert shards_of("roll", d.stream) == (404, "The stream is disabled: all its shards are closed")


def test_the_command_line_changes_shards(delivery, endpoint):  # noqa: F811
    d = delivery()

    def millrace(*arguments):
        done = subprocess.run([str(binary()), "shards", *arguments, "--json"], env=clean_environment(MILLRACE_URL=endpoint),
                              capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout)["shards"]

    assert [s["open"] for s in millrace("roll", d.table)] == [False, True]
    (child,) = [s["shard"] for s in millrace("list", d.stream) if s["open"]]
    assert [s.get("parent") for s in millrace("split", d.stream, "--shard", child)][-2:] == [child, child]


def test_an_adapter_consumer_follows_splits_and_rolls(delivery, client, shards_of):  # noqa: F811
    d = delivery()
    consumer = AdapterConsumer(client("dynamodbstreams"), d.stream)
    written = []

    def write(round_number):
        for item in "abcdefghij":
            written.append(f"{item}{round_number}")
            d.write(written[-1])

    write(1)
    consumer.run_once()
    write(2)
    shards_of("split", d.stream)
    write(3)
    shards_of("roll", d.stream)
    write(4)
    consumer.run_once()
    after_restart = AdapterConsumer(client("dynamodbstreams"), d.stream)
    after_restart.checkpoints, after_restart.seen = dict(consumer.checkpoints), consumer.seen
    write(5)
    for _ in range(3):
        after_restart.run_once()
    assert sorted(after_restart.seen) == sorted(written), "each record once"
    assert in_order_per_item(after_restart.seen)
    assert len(consumer.list_shards()) == 5


def test_two_consumers_of_a_shard_each_get_everything(delivery, client):  # noqa: F811
    d = delivery()
    d.write("a1", "b1", "a2")
    first, second = (AdapterConsumer(client("dynamodbstreams"), d.stream) for _ in range(2))
    first.run_once()
    second.run_once()
    assert first.seen == second.seen == ["a1", "b1", "a2"]


def test_a_mapping_keeps_each_items_order_across_a_split(delivery, shards_of, drain, until):  # noqa: F811
    d = delivery()
    d.write("a1:wait go", *[f"{item}1" for item in "bcdefgh"])
    d.map(BatchSize=1)
    d.wait_for_calls(1)
    shards_of("split", d.stream)
    d.write(*[f"{item}2" for item in "abcdefgh"])
    shards_of("roll", d.stream)
    d.write(*[f"{item}3" for item in "abcdefgh"])
    assert d.calls() == ["a1"], "the children wait for their parent"
    d.release("go")
    drain()
    calls = d.calls()
    assert sorted(calls) == sorted(f"{item}{n}" for item in "abcdefgh" for n in (1, 2, 3))
    assert in_order_per_item(calls)
    assert calls[:8] == [f"{item}1" for item in "abcdefgh"]


def test_children_of_a_split_are_delivered_side_by_side(delivery, shards_of, drain):  # noqa: F811
    d = delivery()
    d.map(BatchSize=1)
    shards_of("split", d.stream)
    items = "abcdefghijklmnop"
    d.write("a1:wait go", *[f"{item}1" for item in items[1:]])
    # The other shard's items go past the one that waits.
    d.wait_for_calls(3)
    d.release("go")
    drain()
    assert sorted(d.calls()) == [f"{item}1" for item in items]


def test_latest_on_a_stream_with_several_shards(delivery, shards_of, drain):  # noqa: F811
    d = delivery()
    d.write("a1", "b1")
    shards_of("split", d.stream)
    d.write("a2", "b2")
    d.map(StartingPosition="LATEST")
    d.write("a3", "b3")
    shards_of("roll", d.stream)
    d.write("a4", "b4")
    drain()
    seen = [value for call in d.calls() for value in call.split()]
    assert sorted(seen) == ["a3", "a4", "b3", "b4"] and in_order_per_item(seen)


def test_a_disabled_stream_is_read_to_its_end_beside_the_new_one(delivery, client, drain, emulator_clock, until):  # noqa: F811
    d = delivery()
    d.write("a1")
    old = d.stream
    d.dynamodb.update_table(TableName=d.table, StreamSpecification={"StreamEnabled": False})
    emulator_clock.advance(1)  # labels are times
    d.dynamodb.update_table(TableName=d.table, StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"})
    new = d.dynamodb.describe_table(TableName=d.table)["Table"]["LatestStreamArn"]
    d.write("b1")
    assert old != new
    streams = client("dynamodbstreams")
    assert {s["StreamArn"] for s in streams.list_streams(TableName=d.table)["Streams"]} == {old, new}
    consumers = [AdapterConsumer(streams, arn) for arn in (old, new)]
    for consumer in consumers:
        consumer.run_once()
    assert [c.seen for c in consumers] == [["a1"], ["b1"]]
    d.map()  # the old stream's rest is delivered as well
    drain()
    assert d.calls() == ["a1"]
    emulator_clock.advance(24 * 3600 + 600)
    until(lambda: [s["StreamArn"] for s in streams.list_streams(TableName=d.table)["Streams"]] == [new], "the old stream goes")
    with pytest.raises(streams.exceptions.ResourceNotFoundException):
        streams.describe_stream(StreamArn=old)
