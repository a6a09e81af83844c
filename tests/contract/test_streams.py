"""DynamoDB Streams: streams, shards, iterators and records."""

import json

import boto3
import pytest
from botocore.config import Config
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


def names(records):
    return [(r["eventName"], r["dynamodb"]["Keys"]["pk"]["S"]) for r in records]


def test_a_transaction_gives_a_record_for_each_changed_item_in_its_order(dynamodb, stream, make_table):
    reader, silent = stream(), make_table()
    put(dynamodb, reader, "same", v={"S": "x"})
    put(dynamodb, reader, "gone")
    start = reader.iterator("LATEST")

    def key(name):
        return {"TableName": reader.table, "Key": {"pk": {"S": name}}}

    dynamodb.transact_write_items(TransactItems=[
        {"Put": {"TableName": reader.table, "Item": {"pk": {"S": "z"}}}},
        {"Delete": key("gone")},
        {"Put": {"TableName": silent, "Item": {"pk": {"S": "elsewhere"}}}},
        {"Put": {"TableName": reader.table, "Item": {"pk": {"S": "same"}, "v": {"S": "x"}}}},
        {"Update": {**key("a"), "UpdateExpression": "SET v = :v", "ExpressionAttributeValues": {":v": {"N": "1"}}}},
        {"Delete": key("never was")},
    ])
    assert names(reader.streams.get_records(ShardIterator=start)["Records"]) == [("INSERT", "z"), ("REMOVE", "gone"), ("INSERT", "a")]
    before = len(reader.records())
    with pytest.raises(dynamodb.exceptions.TransactionCanceledException):
        dynamodb.transact_write_items(TransactItems=[
            {"Put": {"TableName": reader.table, "Item": {"pk": {"S": "new"}}}},
            {"ConditionCheck": {**key("nobody"), "ConditionExpression": "attribute_exists(pk)"}},
        ])
    assert len(reader.records()) == before


def test_batches_and_statements_give_the_records_of_their_writes(dynamodb, stream):
    reader = stream()
    put(dynamodb, reader, "same")
    dynamodb.batch_write_item(RequestItems={reader.table: [
        {"PutRequest": {"Item": {"pk": {"S": "b"}}}}, {"PutRequest": {"Item": {"pk": {"S": "same"}}}},
        {"DeleteRequest": {"Key": {"pk": {"S": "missing"}}}}]})
    dynamodb.execute_statement(Statement=f"INSERT INTO \"{reader.table}\" VALUE {{'pk': 'c'}}")
    dynamodb.execute_statement(Statement=f"UPDATE \"{reader.table}\" SET v = 1 WHERE pk = 'c'")
    dynamodb.execute_statement(Statement=f"DELETE FROM \"{reader.table}\" WHERE pk = 'c'")
    assert names(reader.records()) == [
        ("INSERT", "same"), ("INSERT", "b"), ("INSERT", "c"), ("MODIFY", "c"), ("REMOVE", "c")]


def test_sizes_by_the_item_rules(dynamodb, stream):
    """facts 6: names and values of the keys and of each image, without the 100 bytes of an item."""
    reader = stream("NEW_IMAGE")
    put(dynamodb, reader, "Fred", t={"BOOL": True}, b={"B": b"foobar"}, z={"NULL": True}, l={"L": [{"S": "ab"}]})
    keys = len("pk") + len("Fred")
    image = keys + (1 + 1) + (1 + 6) + (1 + 1) + (1 + 3 + 1 + 2)
    assert reader.records()[0]["dynamodb"]["SizeBytes"] == keys + image
    only_keys = stream("KEYS_ONLY")
    put(dynamodb, only_keys, "Fred", t={"BOOL": True})
    assert only_keys.records()[0]["dynamodb"]["SizeBytes"] == keys


def test_a_page_has_a_thousand_records_or_a_megabyte(dynamodb, stream):
    reader = stream("NEW_IMAGE")
    for start in range(0, 1100, 25):
        dynamodb.batch_write_item(RequestItems={reader.table: [
            {"PutRequest": {"Item": {"pk": {"S": f"k{n}"}}}} for n in range(start, start + 25)]})
    page = reader.streams.get_records(ShardIterator=reader.iterator())
    assert len(page["Records"]) == 1000
    assert len(reader.streams.get_records(ShardIterator=page["NextShardIterator"])["Records"]) == 100
    large = stream("NEW_IMAGE")
    for n in range(5):
        put(dynamodb, large, f"k{n}", fill={"S": "x" * 300_000})
    first = large.streams.get_records(ShardIterator=large.iterator())
    assert 0 < len(first["Records"]) < 5
    second = large.streams.get_records(ShardIterator=first["NextShardIterator"])
    assert len(first["Records"]) + len(second["Records"]) == 5


def test_a_closed_shards_end_comes_without_a_next_iterator(dynamodb, stream):
    reader = stream()
    empty = stream()
    put(dynamodb, reader, "a")
    for one in (reader, empty):
        dynamodb.update_table(TableName=one.table, StreamSpecification={"StreamEnabled": False})
    answer = reader.streams.get_records(ShardIterator=reader.iterator("LATEST"))
    assert answer["Records"] == [] and "NextShardIterator" not in answer
    answer = empty.streams.get_records(ShardIterator=empty.iterator())
    assert answer["Records"] == [] and "NextShardIterator" not in answer


def test_an_iterator_may_be_used_again(dynamodb, stream):
    reader = stream()
    put(dynamodb, reader, "a")
    iterator = reader.iterator()
    pages = [reader.streams.get_records(ShardIterator=iterator)["Records"] for _ in range(2)]
    assert pages[0] == pages[1] and len(pages[0]) == 1


def test_policies_name_streams(client, dynamodb, stream, account, unique):
    """Reading needs dynamodb: actions on the stream's ARN; listing needs them on table/<name>/stream/*."""
    reader, name, iam = stream(), unique("user"), client("iam")
    put(dynamodb, reader, "a")
    iam.create_user(UserName=name)
    keys = iam.create_access_key(UserName=name)["AccessKey"]
    user = boto3.client("dynamodbstreams", endpoint_url=reader.streams.meta.endpoint_url, region_name="us-east-1",
                        aws_access_key_id=keys["AccessKeyId"], aws_secret_access_key=keys["SecretAccessKey"],
                        config=Config(retries={"max_attempts": 0}))
    assert refusal(user.describe_stream, StreamArn=reader.arn)[0] == "AccessDeniedException"
    allow = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": ["dynamodb:DescribeStream", "dynamodb:GetShardIterator"], "Resource": reader.arn}]}
    iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=json.dumps(allow))
    shard = user.describe_stream(StreamArn=reader.arn)["StreamDescription"]["Shards"][0]["ShardId"]
    iterator = user.get_shard_iterator(StreamArn=reader.arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    code, message = refusal(user.get_records, ShardIterator=iterator)
    assert code == "AccessDeniedException" and "dynamodb:GetRecords on resource: " + reader.arn in message
    allow["Statement"][0]["Action"].append("dynamodb:GetRecords")
    iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=json.dumps(allow))
    assert len(user.get_records(ShardIterator=iterator)["Records"]) == 1


@pytest.mark.parametrize("operation, member, value, text", [
    ("DescribeStream", "Limit", 0, "limit' failed to satisfy constraint: Member must have value greater than or equal to 1"),
    ("DescribeStream", "Limit", 101, "limit' failed to satisfy constraint: Member must have value less than or equal to 100"),
    ("DescribeStream", "ExclusiveStartShardId", "shardId", "exclusiveStartShardId' failed to satisfy constraint: Member must have length greater than or equal to 28"),
    ("DescribeStream", "StreamArn", None, "Value null at 'streamArn' failed to satisfy constraint: Member must not be null"),
    ("GetShardIterator", "ShardId", "x" * 66, "shardId' failed to satisfy constraint: Member must have length less than or equal to 65"),
    ("GetShardIterator", "SequenceNumber", "1", "sequenceNumber' failed to satisfy constraint: Member must have length greater than or equal to 21"),
    ("GetShardIterator", "ShardIteratorType", "SOON", "Value 'SOON' at 'shardIteratorType' failed to satisfy constraint: Member must satisfy enum value set: ["),
    ("GetShardIterator", "ShardIteratorType", None, "Value null at 'shardIteratorType' failed to satisfy constraint: Member must not be null"),
    ("GetRecords", "Limit", 0, "limit' failed to satisfy constraint: Member must have value greater than or equal to 1"),
    ("GetRecords", "Limit", -1, "limit' failed to satisfy constraint: Member must have value greater than or equal to 1"),
    ("GetRecords", "Limit", 1001, "limit' failed to satisfy constraint: Member must have value less than or equal to 1000"),
    ("GetRecords", "ShardIterator", None, "Value null at 'shardIterator' failed to satisfy constraint: Member must not be null"),
    ("ListStreams", "ExclusiveStartStreamArn", "short", "exclusiveStartStreamArn' failed to satisfy constraint: Member must have length greater than or equal to 37"),
])
def test_bounds(call, stream, operation, member, value, text):
    reader = stream()
    body = {"DescribeStream": {"StreamArn": reader.arn},
            "GetShardIterator": {"StreamArn": reader.arn, "ShardId": reader.shard(), "ShardIteratorType": "AT_SEQUENCE_NUMBER"},
            "GetRecords": {"ShardIterator": reader.iterator()}, "ListStreams": {}}[operation]
    body.pop(member, None) if value is None else body.update({member: value})
    answer = call(operation, body)
    assert answer["__type"] == "com.amazon.coral.validate#ValidationException"
    assert answer["message"].startswith("1 validation error detected: ") and text in answer["message"]


def test_sequence_numbers_outside_the_shard_are_refused(dynamodb, stream, call):
    reader = stream()
    put(dynamodb, reader, "a")
    dynamodb.update_table(TableName=reader.table, StreamSpecification={"StreamEnabled": False})
    bounds = reader.describe()["Shards"][0]["SequenceNumberRange"]
    for number in (int(bounds["StartingSequenceNumber"]) - 1, int(bounds["EndingSequenceNumber"]) + 1):
        answer = call("GetShardIterator", {"StreamArn": reader.arn, "ShardId": reader.shard(), "ShardIteratorType": "AFTER_SEQUENCE_NUMBER",
                                           "SequenceNumber": str(number)})
        assert answer["__type"].endswith("#ValidationException"), answer
    assert reader.records("AFTER_SEQUENCE_NUMBER", SequenceNumber=bounds["EndingSequenceNumber"]) == []


def test_a_stream_lives_in_its_region(raw, stream):
    reader = stream()
    headers = {"X-Amz-Target": "DynamoDBStreams_20120810.DescribeStream", "Content-Type": "application/x-amz-json-1.0"}
    answer = raw("dynamodb", headers=headers, body=json.dumps({"StreamArn": reader.arn}), region="eu-west-1")
    assert (answer.status, answer.json()["__type"]) == (400, "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException")


def test_listing_goes_on_after_a_stream_whose_table_is_gone(dynamodb, streams, make_table):
    first, second = sorted(make_table(stream="KEYS_ONLY") for _ in range(2))
    (found,) = streams.list_streams(TableName=first)["Streams"]
    dynamodb.delete_table(TableName=first)
    names_after = [s["TableName"] for s in streams.list_streams(ExclusiveStartStreamArn=found["StreamArn"])["Streams"]]
    assert second in names_after and first not in names_after
    page = streams.list_streams(TableName=second, Limit=1)
    assert page["LastEvaluatedStreamArn"] == page["Streams"][0]["StreamArn"], "a full page names its last stream"
    assert "LastEvaluatedStreamArn" not in streams.list_streams(TableName=second, Limit=2)
