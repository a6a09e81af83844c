"""Incremental exports: what changed between two points of time, by the emulator's clock."""

import gzip
import json

import pytest

from harness import aws
from harness.own_server import endpoint, server  # noqa: F401
from harness.tables import fill, minimal, until


@pytest.fixture
def changed(server, emulator_clock, unique):
    """A table whose items came, changed, stayed and went within an hour; (dynamodb, s3, ARN, from, to, bucket)."""
    account = aws.new_account()
    dynamodb, s3 = (aws.make_client(server.endpoint, service, account) for service in ("dynamodb", "s3"))
    name, bucket = unique("table"), unique("bucket")
    s3.create_bucket(Bucket=bucket)
    arn = dynamodb.create_table(**minimal(name))["TableDescription"]["TableArn"]
    fill(dynamodb, name, "stays", "changes", "goes", v={"N": "1"})
    dynamodb.update_continuous_backups(TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True})

    def now():
        return emulator_clock.show()["now_ms"] / 1000

    emulator_clock.advance(60)
    begin = now()
    fill(dynamodb, name, "changes", v={"N": "2"})
    fill(dynamodb, name, "changes", "comes", "came-and-went", v={"N": "3"})
    dynamodb.delete_item(TableName=name, Key={"pk": {"S": "goes"}})
    dynamodb.delete_item(TableName=name, Key={"pk": {"S": "came-and-went"}})
    emulator_clock.advance(1800)
    end = now()
    emulator_clock.advance(60)
    fill(dynamodb, name, "changes", "later", v={"N": "4"})
    return dynamodb, s3, arn, begin, end, bucket


def request(dynamodb, **members):
    """Past boto3, which may be older than these members."""
    raw = aws.Raw(dynamodb.meta.endpoint_url, dynamodb._request_signer._credentials.access_key)
    return raw.dynamodb("ExportTableToPointInTime", json.dumps({"ExportType": "INCREMENTAL_EXPORT", **members})).json()


def export(dynamodb, s3, arn, begin, end, bucket, **more):
    window = {"ExportFromTime": begin, "ExportToTime": end, **more.pop("window", {})}
    started = request(dynamodb, TableArn=arn, S3Bucket=bucket, IncrementalExportSpecification=window, **more)["ExportDescription"]
    done = until(lambda: (lambda d: d if d["ExportStatus"] != "IN_PROGRESS" else None)(
        dynamodb.describe_export(ExportArn=started["ExportArn"])["ExportDescription"]))
    assert done["ExportStatus"] == "COMPLETED", done
    summary = json.loads(s3.get_object(Bucket=bucket, Key=done["ExportManifest"])["Body"].read())
    files = s3.get_object(Bucket=bucket, Key=summary["manifestFilesS3Key"])["Body"].read().decode().splitlines()
    key = json.loads(files[0])["dataFileS3Key"]
    return summary, key, gzip.decompress(s3.get_object(Bucket=bucket, Key=key)["Body"].read()).decode().splitlines()


def test_a_window_holds_each_changed_item_once(changed):
    summary, key, lines = export(*changed)
    assert summary["exportType"] == "INCREMENTAL_EXPORT" and summary["outputView"] == "NEW_AND_OLD_IMAGES" and summary["itemCount"] == 3
    assert key.startswith("AWSDynamoDB/data/")
    changes = {line["Keys"]["pk"]["S"]: line for line in map(json.loads, lines)}
    item = lambda name, v: {"pk": {"S": name}, "v": {"N": v}}  # noqa: E731
    assert {k: (c.get("OldImage"), c.get("NewImage")) for k, c in changes.items()} == {
        "changes": (item("changes", "1"), item("changes", "3")),
        "comes": (None, item("comes", "3")),
        "goes": (item("goes", "1"), None),
    }
    assert all(int(c["Metadata"]["WriteTimestampMicros"]["N"]) > 1.5e15 for c in changes.values())


def test_new_images_alone_and_ion(changed):
    _, _, lines = export(*changed, window={"ExportViewType": "NEW_IMAGE"})
    assert not any("OldImage" in json.loads(line) for line in lines)
    _, key, lines = export(*changed, ExportFormat="ION")
    assert key.endswith(".ion.gz") and all(line.startswith("$ion_1_0 {Record:{Metadata:{WriteTimestampMicros:") for line in lines)


def test_a_window_has_its_limits(changed):
    dynamodb, _, arn, begin, end, bucket = changed

    def refused(**window):
        answer = request(dynamodb, TableArn=arn, S3Bucket=bucket, IncrementalExportSpecification=window)
        return answer["__type"].split("#")[1], answer["message"]

    code, text = refused(ExportFromTime=begin, ExportToTime=begin + 600)
    assert (code, text) == ("InvalidExportTimeException",
                            "Difference between export period from time and export period to time is less than 15 minutes")
    assert refused(ExportFromTime=begin - 7200, ExportToTime=end)[1].startswith(
        "Incremental export period from time cannot be less than the table creation time : 2")
    assert refused(ExportFromTime=begin, ExportToTime=end + 7200)[1].startswith(
        "Incremental export period to time cannot be greater than the current time : 2")
