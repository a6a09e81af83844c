"""Backups, restores, point-in-time recovery; exports and imports."""

import json
import time

import pytest
from botocore.exceptions import ClientError

KEY = [{"AttributeName": "pk", "KeyType": "HASH"}]
PK = {"AttributeName": "pk", "AttributeType": "S"}


@pytest.fixture
def dynamodb(client):
    return client("dynamodb")


@pytest.fixture
def call(raw):
    """call("CreateTable", {...}) -> the answer's document, past boto3's own checks."""
    return lambda operation, body: raw.dynamodb(operation, json.dumps(body)).json()


def refusal(function, **arguments):
    with pytest.raises(ClientError) as error:
        function(**arguments)
    found = error.value.response["Error"]
    return found["Code"], found["Message"]


def minimal(name, **more):
    return {"TableName": name, "AttributeDefinitions": [PK], "KeySchema": KEY, "BillingMode": "PAY_PER_REQUEST", **more}


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


# -- backups and restores


INDEXED = {
    "AttributeDefinitions": [PK, {"AttributeName": "g", "AttributeType": "S"}],
    "GlobalSecondaryIndexes": [{"IndexName": "by-g", "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}],
                                "Projection": {"ProjectionType": "ALL"}}],
}


def test_a_backup_is_restored_into_a_new_table(dynamodb, make_table, unique):
    name, target = make_table(**INDEXED, Tags=[{"Key": "a", "Value": "b"}]), unique("restored")
    fill(dynamodb, name, "a", "b", g={"S": "x"})
    details = dynamodb.create_backup(TableName=name, BackupName="first")["BackupDetails"]
    assert details["BackupType"] == "USER"
    arn = details["BackupArn"]
    fill(dynamodb, name, "c")
    described = dynamodb.describe_backup(BackupArn=arn)["BackupDescription"]
    assert described["BackupDetails"]["BackupStatus"] == "AVAILABLE"
    assert described["SourceTableDetails"]["ItemCount"] == 2
    assert described["SourceTableFeatureDetails"]["GlobalSecondaryIndexes"][0]["IndexName"] == "by-g"
    listed = dynamodb.list_backups(TableName=name)["BackupSummaries"]
    assert [b["BackupArn"] for b in listed] == [arn]
    restored = dynamodb.restore_table_from_backup(TargetTableName=target, BackupArn=arn)["TableDescription"]
    assert restored["TableStatus"] == "CREATING" and restored["RestoreSummary"]["SourceBackupArn"] == arn
    dynamodb.get_waiter("table_exists").wait(TableName=target)
    table = dynamodb.describe_table(TableName=target)["Table"]
    assert table["ItemCount"] == 2 and table["GlobalSecondaryIndexes"][0]["ItemCount"] == 2
    assert table["RestoreSummary"]["RestoreInProgress"] is False
    assert keys_of(dynamodb, target) == keys_of(dynamodb, target, IndexName="by-g") == ["a", "b"]
    assert dynamodb.list_tags_of_resource(ResourceArn=table["TableArn"])["Tags"] == []
    assert refusal(dynamodb.restore_table_from_backup, TargetTableName=target, BackupArn=arn) == (
        "TableAlreadyExistsException", f"Table already exists: {target}")
    dynamodb.delete_backup(BackupArn=arn)
    assert refusal(dynamodb.describe_backup, BackupArn=arn)[0] == "BackupNotFoundException"
    assert keys_of(dynamodb, target) == ["a", "b"]


def test_a_table_goes_back_to_a_point_in_time(dynamodb, make_table, unique):
    name, target = make_table(**INDEXED), unique("restored")
    fill(dynamodb, name, "before")
    code, text = refusal(dynamodb.restore_table_to_point_in_time, SourceTableName=name, TargetTableName=target, UseLatestRestorableTime=True)
    assert code == "PointInTimeRecoveryUnavailableException"
    dynamodb.update_continuous_backups(TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True})
    fill(dynamodb, name, "kept", "changed", "deleted", g={"S": "old"})
    time.sleep(1.1)  # RestoreDateTime has whole seconds in boto3
    then = int(time.time())
    time.sleep(1.1)
    fill(dynamodb, name, "changed", "added", g={"S": "new"})
    dynamodb.delete_item(TableName=name, Key={"pk": {"S": "deleted"}})
    dynamodb.restore_table_to_point_in_time(SourceTableName=name, TargetTableName=target, RestoreDateTime=then)
    dynamodb.get_waiter("table_exists").wait(TableName=target)
    assert keys_of(dynamodb, target) == ["before", "changed", "deleted", "kept"]
    assert keys_of(dynamodb, target, IndexName="by-g") == ["changed", "deleted", "kept"]
    changed = dynamodb.get_item(TableName=target, Key={"pk": {"S": "changed"}})["Item"]
    assert changed["g"] == {"S": "old"}
    code, text = refusal(dynamodb.restore_table_to_point_in_time, SourceTableName=name, TargetTableName=unique("restored"),
                         RestoreDateTime=then - 3600)
    assert code == "InvalidRestoreTimeException"


def test_a_recoverable_table_leaves_a_system_backup(dynamodb, make_table, unique):
    name, target = make_table(), unique("restored")
    dynamodb.update_continuous_backups(TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True})
    fill(dynamodb, name, "a")
    dynamodb.delete_table(TableName=name)
    backup, = dynamodb.list_backups(TableName=name, BackupType="SYSTEM")["BackupSummaries"]
    assert backup["BackupName"] == name + "$DeletedTableBackup" and backup["BackupExpiryDateTime"] > backup["BackupCreationDateTime"]
    dynamodb.restore_table_from_backup(TargetTableName=target, BackupArn=backup["BackupArn"])
    dynamodb.get_waiter("table_exists").wait(TableName=target)
    assert keys_of(dynamodb, target) == ["a"]


# -- exports and imports


def test_an_export_is_imported_into_a_new_table(client, dynamodb, call, make_table, unique):
    name, target, bucket = make_table(), unique("imported"), unique("bucket")
    s3 = client("s3")
    s3.create_bucket(Bucket=bucket)
    arn = dynamodb.describe_table(TableName=name)["Table"]["TableArn"]
    assert refusal(dynamodb.export_table_to_point_in_time, TableArn=arn, S3Bucket=bucket) == (
        "PointInTimeRecoveryUnavailableException", f"Point in time recovery is not enabled for table '{name}'")
    dynamodb.update_continuous_backups(TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True})
    fill(dynamodb, name, "a", "b", "c", n={"N": "1"}, l={"L": [{"BOOL": True}, {"B": b"\x00"}]})
    export = dynamodb.export_table_to_point_in_time(TableArn=arn, S3Bucket=bucket, S3Prefix="out")["ExportDescription"]
    assert export["ExportStatus"] == "IN_PROGRESS"

    def exported():
        described = dynamodb.describe_export(ExportArn=export["ExportArn"])["ExportDescription"]
        return described if described["ExportStatus"] != "IN_PROGRESS" else None

    done = until(exported)
    assert done["ExportStatus"] == "COMPLETED" and done["ItemCount"] == 3, done
    summary = json.loads(s3.get_object(Bucket=bucket, Key=done["ExportManifest"])["Body"].read())
    line = json.loads(s3.get_object(Bucket=bucket, Key=summary["manifestFilesS3Key"])["Body"].read().splitlines()[0])
    assert line["itemCount"] == 3 and line["dataFileS3Key"].startswith("out/AWSDynamoDB/")
    assert [e["ExportArn"] for e in dynamodb.list_exports(TableArn=arn)["ExportSummaries"]] == [export["ExportArn"]]
    started = dynamodb.import_table(
        S3BucketSource={"S3Bucket": bucket, "S3KeyPrefix": line["dataFileS3Key"]}, InputFormat="DYNAMODB_JSON",
        InputCompressionType="GZIP", TableCreationParameters=minimal(target))["ImportTableDescription"]

    def imported():
        described = dynamodb.describe_import(ImportArn=started["ImportArn"])["ImportTableDescription"]
        return described if described["ImportStatus"] != "IN_PROGRESS" else None

    done = until(imported)
    assert done["ImportStatus"] == "COMPLETED" and done["ImportedItemCount"] == 3, done
    assert keys_of(dynamodb, target) == ["a", "b", "c"]
    key = {"pk": {"S": "a"}}
    assert dynamodb.get_item(TableName=target, Key=key) ["Item"] == dynamodb.get_item(TableName=name, Key=key)["Item"]


def test_csv_is_imported_with_typed_keys(client, dynamodb, unique):
    target, bucket = unique("imported"), unique("bucket")
    client("s3").create_bucket(Bucket=bucket)
    client("s3").put_object(Bucket=bucket, Key="in/a.csv", Body=b'pk,n,text\na,1,"x, ""y"""\nb,no,z\nc,3,\n')
    started = dynamodb.import_table(
        S3BucketSource={"S3Bucket": bucket, "S3KeyPrefix": "in/"}, InputFormat="CSV",
        TableCreationParameters={
            "TableName": target, "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [PK, {"AttributeName": "n", "AttributeType": "N"}],
            "KeySchema": KEY + [{"AttributeName": "n", "KeyType": "RANGE"}]})["ImportTableDescription"]
    done = until(lambda: (lambda d: d if d["ImportStatus"] != "IN_PROGRESS" else None)(
        dynamodb.describe_import(ImportArn=started["ImportArn"])["ImportTableDescription"]))
    assert (done["ImportedItemCount"], done["ErrorCount"]) == (2, 1)
    items = sorted(dynamodb.scan(TableName=target)["Items"], key=lambda item: item["pk"]["S"])
    assert items == [{"pk": {"S": "a"}, "n": {"N": "1"}, "text": {"S": 'x, "y"'}}, {"pk": {"S": "c"}, "n": {"N": "3"}}]


def test_a_missing_bucket_fails_the_import(dynamodb, unique):
    started = dynamodb.import_table(S3BucketSource={"S3Bucket": unique("none")}, InputFormat="CSV",
                                    TableCreationParameters=minimal(unique("imported")))["ImportTableDescription"]
    done = until(lambda: (lambda d: d if d["ImportStatus"] != "IN_PROGRESS" else None)(
        dynamodb.describe_import(ImportArn=started["ImportArn"])["ImportTableDescription"]))
    assert done["ImportStatus"] == "FAILED" and "The specified bucket does not exist" in done["FailureMessage"]
