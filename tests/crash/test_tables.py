"""What tables were doing when the server was killed goes on when it starts again."""

import time

import pytest
from botocore.exceptions import ClientError

PK = {"AttributeName": "pk", "AttributeType": "S"}
KEY = [{"AttributeName": "pk", "KeyType": "HASH"}]
INDEX = {"IndexName": "by-g", "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}], "Projection": {"ProjectionType": "ALL"}}
ITEMS = 1500  # several chunks of every kind of background work


def create(dynamodb, name, **more):
    dynamodb.create_table(TableName=name, AttributeDefinitions=[PK], KeySchema=KEY, BillingMode="PAY_PER_REQUEST", **more)


def fill(dynamodb, name, count, **attributes):
    for i in range(count):
        dynamodb.put_item(TableName=name, Item={"pk": {"S": str(i)}, **attributes})


def until(probe, seconds=60):
    end = time.monotonic() + seconds
    while not (value := probe()):
        assert time.monotonic() < end, "didn't come true"
        time.sleep(0.05)
    return value


def restart(durable):
    durable.kill()
    durable.start()


def count(dynamodb, name, **more):
    pages = dynamodb.get_paginator("scan").paginate(TableName=name, Select="COUNT", **more)
    return sum(page["Count"] for page in pages)


def test_a_killed_backfill_goes_on(durable, connect):
    dynamodb = connect("dynamodb")
    create(dynamodb, "table")
    fill(dynamodb, "table", ITEMS, g={"S": "x"})
    dynamodb.update_table(TableName="table", AttributeDefinitions=[PK, {"AttributeName": "g", "AttributeType": "S"}],
                          GlobalSecondaryIndexUpdates=[{"Create": INDEX}])
    restart(durable)
    dynamodb = connect("dynamodb")

    def index():
        return dynamodb.describe_table(TableName="table")["Table"]["GlobalSecondaryIndexes"][0]

    until(lambda: index()["IndexStatus"] == "ACTIVE")
    assert count(dynamodb, "table", IndexName="by-g") == ITEMS


def test_tables_streams_and_backups_are_there_after_a_kill(durable, connect):
    dynamodb = connect("dynamodb")
    create(dynamodb, "table", StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}, Tags=[{"Key": "a", "Value": "b"}])
    fill(dynamodb, "table", 30)
    backup = dynamodb.create_backup(TableName="table", BackupName="one")["BackupDetails"]["BackupArn"]
    create(dynamodb, "gone")
    dynamodb.delete_table(TableName="gone")
    before = dynamodb.describe_table(TableName="table")["Table"]
    restart(durable)
    dynamodb, streams = connect("dynamodb"), connect("dynamodbstreams")
    after = dynamodb.describe_table(TableName="table")["Table"]
    for same in ("TableId", "LatestStreamArn", "CreationDateTime", "KeySchema"):
        assert after[same] == before[same]
    assert dynamodb.list_tables()["TableNames"] == ["table"]
    arn = after["LatestStreamArn"]
    shard, = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
    iterator = streams.get_shard_iterator(StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    first = streams.get_records(ShardIterator=iterator)
    assert len(first["Records"]) == 30
    dynamodb.put_item(TableName="table", Item={"pk": {"S": "later"}})
    later, = streams.get_records(ShardIterator=first["NextShardIterator"])["Records"]
    assert later["dynamodb"]["SequenceNumber"] > first["Records"][-1]["dynamodb"]["SequenceNumber"]
    dynamodb.restore_table_from_backup(TargetTableName="restored", BackupArn=backup)
    until(lambda: dynamodb.describe_table(TableName="restored")["Table"]["TableStatus"] == "ACTIVE")
    assert count(dynamodb, "restored") == 30


def test_items_that_expired_while_the_server_was_down_go(durable, connect):
    dynamodb = connect("dynamodb")
    create(dynamodb, "table")
    dynamodb.update_time_to_live(TableName="table", TimeToLiveSpecification={"Enabled": True, "AttributeName": "ttl"})
    dynamodb.put_item(TableName="table", Item={"pk": {"S": "soon"}, "ttl": {"N": str(int(time.time()) + 2)}})
    dynamodb.put_item(TableName="table", Item={"pk": {"S": "late"}, "ttl": {"N": str(int(time.time()) + 3600)}})
    durable.kill()
    time.sleep(3)
    durable.start()
    dynamodb = connect("dynamodb")
    until(lambda: [item["pk"]["S"] for item in dynamodb.scan(TableName="table")["Items"]] == ["late"])


def test_a_killed_restore_is_done_again(durable, connect):
    dynamodb = connect("dynamodb")
    create(dynamodb, "table")
    fill(dynamodb, "table", ITEMS)
    backup = dynamodb.create_backup(TableName="table", BackupName="one")["BackupDetails"]["BackupArn"]
    try:
        dynamodb.restore_table_from_backup(TargetTableName="restored", BackupArn=backup)
    except ClientError as error:
        pytest.fail(str(error))
    restart(durable)
    dynamodb = connect("dynamodb")
    until(lambda: dynamodb.describe_table(TableName="restored")["Table"]["TableStatus"] == "ACTIVE")
    assert count(dynamodb, "restored") == ITEMS


def test_killed_exports_and_imports_are_done_again(durable, connect):
    dynamodb, s3 = connect("dynamodb"), connect("s3")
    s3.create_bucket(Bucket="bucket")
    create(dynamodb, "table")
    dynamodb.update_continuous_backups(TableName="table", PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True})
    fill(dynamodb, "table", ITEMS, fill={"S": "x" * 200})
    lines = "".join(f'{{"Item":{{"pk":{{"S":"{i}"}}}}}}\n' for i in range(20 * ITEMS))
    s3.put_object(Bucket="bucket", Key="in/lines.json", Body=lines.encode())
    arn = dynamodb.describe_table(TableName="table")["Table"]["TableArn"]
    exported = dynamodb.export_table_to_point_in_time(TableArn=arn, S3Bucket="bucket", S3Prefix="out")["ExportDescription"]["ExportArn"]
    imported = dynamodb.import_table(
        S3BucketSource={"S3Bucket": "bucket", "S3KeyPrefix": "in/"}, InputFormat="DYNAMODB_JSON",
        TableCreationParameters={"TableName": "imported", "AttributeDefinitions": [PK], "KeySchema": KEY,
                                 "BillingMode": "PAY_PER_REQUEST"})["ImportTableDescription"]["ImportArn"]
    restart(durable)
    dynamodb = connect("dynamodb")

    def export():
        shown = dynamodb.describe_export(ExportArn=exported)["ExportDescription"]
        return shown if shown["ExportStatus"] != "IN_PROGRESS" else None

    def import_():
        shown = dynamodb.describe_import(ImportArn=imported)["ImportTableDescription"]
        return shown if shown["ImportStatus"] != "IN_PROGRESS" else None

    done = until(export)
    assert (done["ExportStatus"], done["ItemCount"]) == ("COMPLETED", ITEMS), done
    done = until(import_)
    assert (done["ImportStatus"], done["ImportedItemCount"]) == ("COMPLETED", 20 * ITEMS), done
    assert count(dynamodb, "imported") == 20 * ITEMS
