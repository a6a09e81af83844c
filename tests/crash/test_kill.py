"""kill -9 at any moment: an acknowledged write is there with exactly one stream record, and is delivered."""

import collections
import io
import json
import random
import threading
import time
import zipfile

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from harness import waiting

WRITERS = 6
KEYS_EACH = 5
ROUNDS = 4

HANDLER = """
def handler(event, context):
    for record in event["Records"]:
        image = record["dynamodb"]["NewImage"]
        print("record", image["pk"]["S"], image["version"]["N"])
"""


class Writer(threading.Thread):
    """Raises its own items' versions one by one until the server is gone; knows what was acknowledged."""

    def __init__(self, dynamodb, name, attempted, acknowledged):
        super().__init__(daemon=True)
        self._dynamodb, self._name = dynamodb, name
        self._attempted, self._acknowledged = attempted, acknowledged

    def run(self):
        keys = [f"{self._name}-{n}" for n in range(KEYS_EACH)]
        while True:
            key = random.choice(keys)
            # A write whose answer was lost may have happened: its version isn't used again.
            version = self._attempted[key] + 1
            self._attempted[key] = version
            try:
                self._dynamodb.put_item(
                    TableName="kept", Item={"pk": {"S": key}, "version": {"N": str(version)}, "fill": {"S": "x" * 300}}
                )
            except (BotoCoreError, ClientError, OSError):
                return
            self._acknowledged[key].append(version)


def create_table(dynamodb):
    dynamodb.create_table(
        TableName="kept",
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )
    return dynamodb.describe_table(TableName="kept")["Table"]["LatestStreamArn"]


def stored_versions(dynamodb):
    versions, start = {}, {}
    while True:
        page = dynamodb.scan(TableName="kept", ConsistentRead=True, **start)
        versions.update({item["pk"]["S"]: int(item["version"]["N"]) for item in page["Items"]})
        if "LastEvaluatedKey" not in page:
            return versions
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


def streamed_versions(streams, stream_arn):
    """key -> versions in stream order, over all shards."""
    versions = collections.defaultdict(list)
    for shard in streams.describe_stream(StreamArn=stream_arn)["StreamDescription"]["Shards"]:
        iterator = streams.get_shard_iterator(
            StreamArn=stream_arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        while iterator:
            page = streams.get_records(ShardIterator=iterator)
            for record in page["Records"]:
                image = record["dynamodb"]["NewImage"]
                old = record["dynamodb"].get("OldImage")
                if old:  # the chain of images has no gap
                    assert int(old["version"]["N"]) == versions[image["pk"]["S"]][-1]
                versions[image["pk"]["S"]].append(int(image["version"]["N"]))
            iterator = page.get("NextShardIterator") if page["Records"] else None
    return versions


def write_until_killed(server, connect, attempted, acknowledged):
    writers = [Writer(connect("dynamodb"), f"w{n}", attempted, acknowledged) for n in range(WRITERS)]
    before = sum(map(len, acknowledged.values()))
    for writer in writers:
        writer.start()
    waiting.until(lambda: sum(map(len, list(acknowledged.values()))) > before, "the first acknowledged write")
    time.sleep(random.uniform(0.2, 1.0))  # the moment of the kill is the test's input, not a wait
    server.kill()
    for writer in writers:
        writer.join(90)
        assert not writer.is_alive()


def assert_kept(stored, streamed, attempted, acknowledged):
    assert sum(map(len, acknowledged.values())) > 0
    for key, versions in acknowledged.items():
        seen = collections.Counter(streamed[key])
        assert [v for v in versions if seen[v] != 1] == [], f"{key}: acknowledged writes without exactly one record"
    for key, versions in streamed.items():
        assert versions == sorted(set(versions)), f"{key}: records out of order or twice: {versions}"
        assert versions[-1] == stored[key], f"{key}: the item and its last record differ"
        assert versions[-1] <= attempted[key]
    assert stored.keys() == streamed.keys()


def test_acknowledged_writes_survive_with_one_record_each(durable, connect):
    stream_arn = create_table(connect("dynamodb"))
    attempted, acknowledged = collections.Counter(), collections.defaultdict(list)
    for _ in range(ROUNDS):
        write_until_killed(durable, connect, attempted, acknowledged)
        durable.start()
        assert_kept(
            stored_versions(connect("dynamodb")),
            streamed_versions(connect("dynamodbstreams"), stream_arn),
            attempted,
            acknowledged,
        )


def create_function(connect, stream_arn):
    def document(**statement):
        return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]})

    iam, functions = connect("iam"), connect("lambda")
    trust = document(Action="sts:AssumeRole", Principal={"Service": "lambda.amazonaws.com"})
    role = iam.create_role(RoleName="all", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    iam.put_role_policy(RoleName="all", PolicyName="all", PolicyDocument=document(Action="*", Resource="*"))
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("index.py", HANDLER)
    functions.create_function(
        FunctionName="told", Runtime="python3.12", Handler="index.handler", Role=role,
        Code={"ZipFile": package.getvalue()}, Timeout=30,
    )
    functions.create_event_source_mapping(
        EventSourceArn=stream_arn, FunctionName="told", StartingPosition="TRIM_HORIZON", BatchSize=50
    )


def told_versions(logs):
    """key -> versions as the handler printed them, in the order of the log's timestamps."""
    events = []
    for stream in logs.describe_log_streams(logGroupName="/aws/lambda/told")["logStreams"]:
        token = {}
        while True:
            page = logs.get_log_events(
                logGroupName="/aws/lambda/told", logStreamName=stream["logStreamName"], startFromHead=True, **token
            )
            events += page["events"]
            if token.get("nextToken") == page["nextForwardToken"]:
                break
            token = {"nextToken": page["nextForwardToken"]}
    versions = collections.defaultdict(list)
    for event in sorted(events, key=lambda e: e["timestamp"]):  # stable: the order within one stream stays
        if event["message"].startswith("record "):
            _, key, version = event["message"].split()
            versions[key].append(int(version))
    return versions


@pytest.mark.slow
def test_pending_records_are_delivered_after_a_kill(durable, connect):
    stream_arn = create_table(connect("dynamodb"))
    create_function(connect, stream_arn)
    attempted, acknowledged = collections.Counter(), collections.defaultdict(list)
    for _ in range(ROUNDS):
        write_until_killed(durable, connect, attempted, acknowledged)
        durable.start()
    waiting.drain(durable.endpoint, timeout_s=120)
    streamed = streamed_versions(connect("dynamodbstreams"), stream_arn)
    told = told_versions(connect("logs"))
    for key, versions in streamed.items():
        # At least once: a batch whose checkpoint was lost comes again. First sightings are complete and in order.
        assert list(dict.fromkeys(told[key])) == versions, key
    assert_kept(stored_versions(connect("dynamodb")), streamed, attempted, acknowledged)
