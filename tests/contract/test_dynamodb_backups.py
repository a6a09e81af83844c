"""Backups, restores, point-in-time recovery; exports and imports."""

import gzip
import json
import shutil
import subprocess
import time

import pytest

from harness.tables import KEY, PK, fill, keys_of, minimal, refusal, until


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
    assert (done["ImportStatus"], done["ImportedItemCount"], done["ErrorCount"]) == ("FAILED", 2, 1)
    items = sorted(dynamodb.scan(TableName=target)["Items"], key=lambda item: item["pk"]["S"])
    assert items == [{"pk": {"S": "a"}, "n": {"N": "1"}, "text": {"S": 'x, "y"'}}, {"pk": {"S": "c"}, "n": {"N": "3"}}]


GOOD = b'{"Item":{"pk":{"S":"a"},"n":{"N":"1"}}}'


@pytest.mark.parametrize("bad", [
    b'{"Other":1}', b"garbage", b'{"Item":{"n":{"N":"1"}}}', b'{"Item":{"pk":{"N":"1"}}}', b'{"Item":{"pk":{"S":"b"},"n":{"N":"x"}}}'])
def test_a_bad_record_fails_the_import_and_leaves_the_table(client, dynamodb, unique, bad):
    target, bucket = unique("imported"), unique("bucket")
    client("s3").create_bucket(Bucket=bucket)
    client("s3").put_object(Bucket=bucket, Key="a.json", Body=GOOD + b"\n" + bad + b"\n")
    started = dynamodb.import_table(S3BucketSource={"S3Bucket": bucket}, InputFormat="DYNAMODB_JSON",
                                    TableCreationParameters=minimal(target))["ImportTableDescription"]
    done = transfer(dynamodb.describe_import, "ImportArn", started["ImportArn"], "ImportTableDescription")
    assert (done["ImportStatus"], done["FailureCode"]) == ("FAILED", "ItemValidationError")
    assert (done["ErrorCount"], done["ProcessedItemCount"], done["ImportedItemCount"]) == (1, 2, 1)
    assert keys_of(dynamodb, target) == ["a"]


def test_documents_need_no_line_of_their_own(client, dynamodb, unique):
    target, bucket = unique("imported"), unique("bucket")
    client("s3").create_bucket(Bucket=bucket)
    body = b''.join(b'{"Item": {"pk": {"S": "%s}\\"{"}}}' % key for key in (b"a", b"b", b"c"))
    client("s3").put_object(Bucket=bucket, Key="a.json", Body=body + b'\n {"Item":\n{"pk":{"S":"d"}}}')
    started = dynamodb.import_table(S3BucketSource={"S3Bucket": bucket}, InputFormat="DYNAMODB_JSON",
                                    TableCreationParameters=minimal(target))["ImportTableDescription"]
    done = transfer(dynamodb.describe_import, "ImportArn", started["ImportArn"], "ImportTableDescription")
    assert (done["ImportStatus"], done["ErrorCount"], done["ImportedItemCount"]) == ("COMPLETED", 0, 4), done
    assert keys_of(dynamodb, target) == ['a}"{', 'b}"{', 'c}"{', "d"]


def test_a_missing_bucket_fails_the_import(dynamodb, unique):
    started = dynamodb.import_table(S3BucketSource={"S3Bucket": unique("none")}, InputFormat="CSV",
                                    TableCreationParameters=minimal(unique("imported")))["ImportTableDescription"]
    done = until(lambda: (lambda d: d if d["ImportStatus"] != "IN_PROGRESS" else None)(
        dynamodb.describe_import(ImportArn=started["ImportArn"])["ImportTableDescription"]))
    assert done["ImportStatus"] == "FAILED" and "The specified bucket does not exist" in done["FailureMessage"]


# -- further formats


def transfer(describe, arn_member, arn, member):
    status = "ExportStatus" if member == "ExportDescription" else "ImportStatus"
    return until(lambda: (lambda d: d if d[status] != "IN_PROGRESS" else None)(describe(**{arn_member: arn})[member]))


def exported_lines(client, bucket, description):
    """The summary, and all lines of the data files."""
    s3 = client("s3")
    summary = json.loads(s3.get_object(Bucket=bucket, Key=description["ExportManifest"])["Body"].read())
    manifest = s3.get_object(Bucket=bucket, Key=summary["manifestFilesS3Key"])["Body"].read().decode().splitlines()
    keys = [json.loads(line)["dataFileS3Key"] for line in manifest]
    return summary, keys, "".join(gzip.decompress(s3.get_object(Bucket=bucket, Key=k)["Body"].read()).decode() for k in keys).splitlines()


EVERYTHING = {
    "n": {"N": "-12.5"}, "whole": {"N": "100"}, "text": {"S": 'a "quoted" \\ line\nand é'}, "b": {"B": b"\x00\xff"}, "t": {"BOOL": True},
    "nothing": {"NULL": True}, "l": {"L": [{"S": "x"}, {"N": "1"}]}, "m": {"M": {"odd name!": {"S": ""}, "null": {"BOOL": False}}},
    "ss": {"SS": ["a", "b"]}, "ns": {"NS": ["1", "2.5"]}, "bs": {"BS": [b"\x01", b"\x02"]},
}


def test_ion_goes_out_and_comes_back_in(client, dynamodb, make_table, unique):
    name, target, bucket = make_table(), unique("imported"), unique("bucket")
    client("s3").create_bucket(Bucket=bucket)
    fill(dynamodb, name, "a", **EVERYTHING)
    dynamodb.update_continuous_backups(TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True})
    arn = dynamodb.describe_table(TableName=name)["Table"]["TableArn"]
    export = dynamodb.export_table_to_point_in_time(TableArn=arn, S3Bucket=bucket, ExportFormat="ION")["ExportDescription"]
    done = transfer(dynamodb.describe_export, "ExportArn", export["ExportArn"], "ExportDescription")
    summary, keys, lines = exported_lines(client, bucket, done)
    assert summary["outputFormat"] == "ION" and "exportType" not in summary and keys[0].endswith(".ion.gz")
    assert lines[0].startswith("$ion_1_0 {Item:{b:{{AP8=}},bs:$dynamodb_BS::[{{AQ==}},{{Ag==}}],l:[\"x\",1.]")
    started = dynamodb.import_table(S3BucketSource={"S3Bucket": bucket, "S3KeyPrefix": keys[0]}, InputFormat="ION",
                                    InputCompressionType="GZIP", TableCreationParameters=minimal(target))["ImportTableDescription"]
    done = transfer(dynamodb.describe_import, "ImportArn", started["ImportArn"], "ImportTableDescription")
    assert (done["ImportedItemCount"], done["ErrorCount"]) == (1, 0), done
    key = {"pk": {"S": "a"}}
    assert dynamodb.get_item(TableName=target, Key=key)["Item"] == dynamodb.get_item(TableName=name, Key=key)["Item"]


def test_ion_as_people_write_it_is_read(client, dynamodb, unique):
    target, bucket = unique("imported"), unique("bucket")
    client("s3").create_bucket(Bucket=bucket)
    text = """$ion_1_0
      { Item: { pk: "one", n: 2d3, /* a comment */ 'a-b': [1, 2.50], s: $dynamodb_SS::["x"], sym: hello, long: '''ab''' '''c''' } } // the end
      {Item:{pk:"two",none:null.string,u:"\\u00e9\\x41"}}
      {Other:1}"""
    client("s3").put_object(Bucket=bucket, Key="a.ion", Body=text.encode())
    started = dynamodb.import_table(S3BucketSource={"S3Bucket": bucket}, InputFormat="ION",
                                    TableCreationParameters=minimal(target))["ImportTableDescription"]
    done = transfer(dynamodb.describe_import, "ImportArn", started["ImportArn"], "ImportTableDescription")
    assert (done["ImportedItemCount"], done["ErrorCount"]) == (2, 1), done
    one, two = (dynamodb.get_item(TableName=target, Key={"pk": {"S": k}})["Item"] for k in ("one", "two"))
    assert one == {"pk": {"S": "one"}, "n": {"N": "2000"}, "a-b": {"L": [{"N": "1"}, {"N": "2.5"}]}, "s": {"SS": ["x"]},
                   "sym": {"S": "hello"}, "long": {"S": "abc"}}
    assert two == {"pk": {"S": "two"}, "none": {"NULL": True}, "u": {"S": "éA"}}


@pytest.mark.skipif(not shutil.which("zstd"), reason="needs the zstd program")
def test_zstandard_is_unpacked(client, dynamodb, unique):
    target, bucket = unique("imported"), unique("bucket")
    client("s3").create_bucket(Bucket=bucket)
    lines = "".join(json.dumps({"Item": {"pk": {"S": str(n)}}}) + "\n" for n in range(2000)).encode()
    packed = subprocess.run(["zstd", "-c"], input=lines, stdout=subprocess.PIPE, check=True).stdout
    client("s3").put_object(Bucket=bucket, Key="in/a.zst", Body=packed)
    client("s3").put_object(Bucket=bucket, Key="in/cut.zst", Body=packed[:-5])
    started = dynamodb.import_table(S3BucketSource={"S3Bucket": bucket, "S3KeyPrefix": "in/"}, InputFormat="DYNAMODB_JSON",
                                    InputCompressionType="ZSTD", TableCreationParameters=minimal(target))["ImportTableDescription"]
    done = transfer(dynamodb.describe_import, "ImportArn", started["ImportArn"], "ImportTableDescription")
    assert (done["ImportedItemCount"], done["ErrorCount"]) == (2000, 1), done


def test_a_client_token_names_one_import(client, dynamodb, unique):
    target, bucket, token = unique("imported"), unique("bucket"), unique("token")
    client("s3").create_bucket(Bucket=bucket)
    request = {"ClientToken": token, "S3BucketSource": {"S3Bucket": bucket}, "InputFormat": "DYNAMODB_JSON",
               "TableCreationParameters": minimal(target)}
    first = dynamodb.import_table(**request)["ImportTableDescription"]["ImportArn"]
    assert refusal(dynamodb.import_table, **{**request, "TableCreationParameters": minimal(unique("other"))}) == (
        "ImportConflictException", "Import conflict: Duplicate request detected with conflicting parameters")
    transfer(dynamodb.describe_import, "ImportArn", first, "ImportTableDescription")
    assert refusal(dynamodb.import_table, **request) == ("ResourceInUseException", f"Table already exists: {target}")
    dynamodb.delete_table(TableName=target)
    assert dynamodb.import_table(**request)["ImportTableDescription"]["ImportArn"] == first


def test_a_client_token_names_one_export(client, dynamodb, make_table, unique):
    name, bucket, token = make_table(), unique("bucket"), unique("token")
    client("s3").create_bucket(Bucket=bucket)
    dynamodb.update_continuous_backups(TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True})
    arn = dynamodb.describe_table(TableName=name)["Table"]["TableArn"]
    request = {"TableArn": arn, "S3Bucket": bucket, "ClientToken": token}
    first = dynamodb.export_table_to_point_in_time(**request)["ExportDescription"]
    assert first["ExportFormat"] == "DYNAMODB_JSON" and first["S3SseAlgorithm"] == "AES256" and "ExportType" not in first
    assert dynamodb.export_table_to_point_in_time(**request)["ExportDescription"]["ExportArn"] == first["ExportArn"]
    assert refusal(dynamodb.export_table_to_point_in_time, **request, S3Prefix="x") == (
        "ExportConflictException", "Export conflict: Duplicate request detected with conflicting parameters")


def test_a_backup_feeds_one_restore_and_the_systems_own_stay(dynamodb, make_table, call):
    name = make_table()
    dynamodb.update_continuous_backups(TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True})
    dynamodb.delete_table(TableName=name)
    backup, = dynamodb.list_backups(TableName=name, BackupType="SYSTEM")["BackupSummaries"]
    assert refusal(dynamodb.delete_backup, BackupArn=backup["BackupArn"])[1].startswith(
        f"Invalid Request: User is not allowed to delete the system backup with arn {backup['BackupArn']}. It will automatically expire on ")
