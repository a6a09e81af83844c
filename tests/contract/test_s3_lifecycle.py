"""Lifecycle rules as the clock executes them, and what they refuse. The clock moves by days, so this server is ours."""

import re

import pytest

from harness import aws, waiting
from harness.own_server import endpoint, server  # noqa: F401
from harness.s3 import MIB, error_document, fetch, fill, keys_of

DAY = 86_400


@pytest.fixture
def rules(s3, bucket):
    """rules(rule, ...) puts them, each Enabled; without a Filter one of the whole bucket."""

    def put(*wanted):
        filled = [{"ID": str(i), "Status": "Enabled", "Filter": {"Prefix": ""}, **rule} for i, rule in enumerate(wanted)]
        s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": filled})

    return put


@pytest.fixture
def days_pass(emulator_clock, client, drain):
    """days_pass(3): returns when the rules of the last midnight have been executed."""
    s3 = client("s3")

    def advance(days):
        # A bucket of its own says when: names come in order, and this is the last one.
        name = f"zzz-{aws.new_account()}"
        s3.create_bucket(Bucket=name)
        s3.put_bucket_lifecycle_configuration(
            Bucket=name,
            LifecycleConfiguration={"Rules": [{"ID": "x", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 1}}]},
        )
        s3.put_object(Bucket=name, Key="k", Body=b"x")
        emulator_clock.advance(max(days, 2) * DAY)
        waiting.until(lambda: s3.list_objects_v2(Bucket=name)["KeyCount"] == 0, "the lifecycle's run")
        s3.delete_bucket(Bucket=name)

    return advance


def versions_of(s3, bucket):
    listed = s3.list_object_versions(Bucket=bucket)
    return [v["VersionId"] for v in listed.get("Versions", [])], [m["VersionId"] for m in listed.get("DeleteMarkers", [])]


def test_expiration_by_prefix_tags_and_size(s3, bucket, rules, days_pass):
    rules(
        {"Filter": {"Prefix": "logs/"}, "Expiration": {"Days": 3}},
        {"Filter": {"Tag": {"Key": "keep", "Value": "no"}}, "Expiration": {"Days": 3}},
        {"Filter": {"And": {"Prefix": "sized/", "ObjectSizeGreaterThan": 2, "ObjectSizeLessThan": 5}}, "Expiration": {"Days": 3}},
        {"Status": "Disabled", "Expiration": {"Days": 1}},
    )
    fill(s3, bucket, ["logs/a", "other"])
    for size in (2, 3, 4, 5):
        s3.put_object(Bucket=bucket, Key=f"sized/{size}", Body=b"x" * size)
    s3.put_object(Bucket=bucket, Key="tagged", Body=b"x", Tagging="keep=no&a=b")
    s3.put_object(Bucket=bucket, Key="kept", Body=b"x", Tagging="keep=yes")
    days_pass(2)
    assert len(keys_of(s3.list_objects_v2(Bucket=bucket))) == 8
    days_pass(2)
    assert keys_of(s3.list_objects_v2(Bucket=bucket)) == ["kept", "other", "sized/2", "sized/5"]


def test_versions_and_markers(s3, versioned, rules, days_pass):
    rules(
        {"NoncurrentVersionExpiration": {"NoncurrentDays": 3, "NewerNoncurrentVersions": 1}},
        {"Expiration": {"ExpiredObjectDeleteMarker": True}},
    )
    ids = [s3.put_object(Bucket=versioned, Key="k", Body=b"%d" % n)["VersionId"] for n in range(4)]
    deleted = s3.put_object(Bucket=versioned, Key="gone", Body=b"x")["VersionId"]
    marker = s3.delete_object(Bucket=versioned, Key="gone")["VersionId"]
    days_pass(2)
    assert versions_of(s3, versioned) == ([deleted, *ids[::-1]], [marker])
    days_pass(3)
    # One noncurrent version is kept however old it is, of "gone" the deleted one.
    assert versions_of(s3, versioned) == ([deleted, ids[3], ids[2]], [marker])
    s3.delete_object(Bucket=versioned, Key="gone", VersionId=deleted)
    days_pass(2)
    assert versions_of(s3, versioned) == ([ids[3], ids[2]], [])  # a marker without versions behind it goes


def test_expiration_of_a_versioned_object_is_a_marker(s3, versioned, rules, days_pass):
    rules({"Expiration": {"Days": 1}})
    version = s3.put_object(Bucket=versioned, Key="k", Body=b"x")["VersionId"]
    days_pass(2)
    versions, markers = versions_of(s3, versioned)
    assert versions == [version] and len(markers) == 1


def test_transitions(s3, versioned, rules, days_pass):
    rules(
        {"Filter": {"Prefix": "data/"}, "Transitions": [{"Days": 30, "StorageClass": "STANDARD_IA"}, {"Days": 60, "StorageClass": "GLACIER"}]},
        {"Filter": {"And": {"Prefix": "any/", "ObjectSizeGreaterThan": 0}}, "Transitions": [{"Days": 1, "StorageClass": "GLACIER_IR"}]},
        {"Filter": {"Prefix": "old/"}, "NoncurrentVersionTransitions": [{"NoncurrentDays": 1, "StorageClass": "DEEP_ARCHIVE"}]},
        # Removing counts before moving, and nothing moves back to a warmer class.
        {"Filter": {"Prefix": "any/gone"}, "Expiration": {"Days": 1}},
        {"Filter": {"Prefix": "cold/"}, "Transitions": [{"Days": 1, "StorageClass": "GLACIER_IR"}]},
    )
    large = b"x" * (MIB // 4)
    for key in ("data/large", "old/k"):
        s3.put_object(Bucket=versioned, Key=key, Body=large)
    fill(s3, versioned, ["data/small", "any/small", "any/gone"])
    s3.put_object(Bucket=versioned, Key="old/k", Body=large)
    s3.put_object(Bucket=versioned, Key="cold/k", Body=large, StorageClass="DEEP_ARCHIVE")
    days_pass(3)

    def classes():
        return {(v["Key"], v["IsLatest"]): v["StorageClass"] for v in s3.list_object_versions(Bucket=versioned)["Versions"]}

    assert classes() == {
        ("any/gone", False): "STANDARD", ("any/small", True): "GLACIER_IR", ("cold/k", True): "DEEP_ARCHIVE",
        ("data/large", True): "STANDARD", ("data/small", True): "STANDARD",
        ("old/k", True): "STANDARD", ("old/k", False): "DEEP_ARCHIVE",
    }
    days_pass(30)
    assert classes()["data/large", True] == "STANDARD_IA"
    days_pass(30)
    assert classes()["data/large", True] == "GLACIER" and classes()["data/small", True] == "STANDARD"


def test_uploads_are_aborted(s3, bucket, rules, days_pass):
    rules({"Filter": {"Prefix": "in/"}, "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 2}})
    for key in ("in/k", "out/k"):
        upload = s3.create_multipart_upload(Bucket=bucket, Key=key)["UploadId"]
        s3.upload_part(Bucket=bucket, Key=key, UploadId=upload, PartNumber=1, Body=b"x")
    days_pass(4)
    assert [u["Key"] for u in s3.list_multipart_uploads(Bucket=bucket)["Uploads"]] == ["out/k"]


def test_restored_objects_are_archived_again(s3, bucket, days_pass):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", StorageClass="DEEP_ARCHIVE")
    restore = {"Bucket": bucket, "Key": "k", "RestoreRequest": {"Days": 1, "GlacierJobParameters": {"Tier": "Bulk"}}}
    assert s3.restore_object(**restore)["ResponseMetadata"]["HTTPStatusCode"] == 202
    assert s3.restore_object(**restore)["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert s3.head_object(Bucket=bucket, Key="k")["Restore"].startswith('ongoing-request="false", expiry-date="')
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"
    days_pass(3)
    with pytest.raises(s3.exceptions.InvalidObjectState):
        s3.get_object(Bucket=bucket, Key="k")


def test_presigned_urls_end_by_the_clock(client, s3, emulator_clock, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    now = s3.head_object(Bucket=bucket, Key="k")["LastModified"]  # the emulator's: earlier tests moved it
    url = client("s3", signature_version="s3v4").generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "k"}, ExpiresIn=3600)
    url = re.sub(r"X-Amz-Date=\w+", f"X-Amz-Date={now:%Y%m%dT%H%M%SZ}", url)
    assert fetch(url)[0] == 200
    emulator_clock.advance(3601)
    status, body, _ = fetch(url)
    assert status == 403 and b"<Message>Request has expired</Message><X-Amz-Expires>3600</X-Amz-Expires><Expires>" in body


ABORT = "<AbortIncompleteMultipartUpload><DaysAfterInitiation>1</DaysAfterInitiation></AbortIncompleteMultipartUpload>"
TAG = "<Tag><Key>a</Key><Value>b</Value></Tag>"


@pytest.mark.parametrize(
    "rule, code, message",
    [
        (f"<Filter>{TAG}</Filter>{ABORT}", "InvalidRequest", "AbortIncompleteMultipartUpload cannot be specified with Tags."),
        (f"<Filter><And><Prefix>p</Prefix>{TAG}</And></Filter><Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration>",
         "InvalidRequest", "ExpiredObjectDeleteMarker cannot be specified with Tags."),
        ("<Filter/>", "InvalidRequest", "At least one action needs to be specified in a rule"),
        ("<Filter/><Expiration><Days>0</Days></Expiration>", "InvalidArgument", "'Days' for Expiration action must be a positive integer"),
        ("<Filter/><Transition><Days>29</Days><StorageClass>STANDARD_IA</StorageClass></Transition>", "InvalidArgument",
         "'Days' in Transition action must be greater than or equal to 30 for storageClass 'STANDARD_IA'"),
        ("<Filter/><Prefix/><Expiration><Days>1</Days></Expiration>", "MalformedXML", None),
        ("<Filter/><Expiration><Days>1</Days><Date>2030-01-01T00:00:00Z</Date></Expiration>", "MalformedXML", None),
        (f"<Filter><Prefix>p</Prefix>{TAG}</Filter><Expiration><Days>1</Days></Expiration>", "MalformedXML", None),
    ],
)
def test_rules_that_are_refused(raw, bucket, rule, code, message):
    message = message or "The XML you provided was not well-formed or did not validate against our published schema"
    body = f"<LifecycleConfiguration><Rule><Status>Enabled</Status>{rule}</Rule></LifecycleConfiguration>"
    answer = raw("s3", "PUT", f"/{bucket}?lifecycle=", body=body)
    assert error_document(answer) == (400, {"Code": code, "Message": message})
