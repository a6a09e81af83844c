"""Object lock: legal holds, retention in both modes, and what a bucket gives its new objects."""

import datetime

import pytest

from harness.s3 import code, error_document, fill

HELD = "Access Denied because object protected by object lock."


def in_days(days):
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days)).replace(microsecond=0)


@pytest.fixture
def locked(s3, unique):
    """The name of a bucket with object lock."""
    name = unique("locked")
    s3.create_bucket(Bucket=name, ObjectLockEnabledForBucket=True)
    return name


def put(s3, bucket, **options):
    return s3.put_object(Bucket=bucket, Key="k", Body=b"x", ChecksumAlgorithm="SHA256", **options)["VersionId"]


def retain(s3, bucket, mode, days, **options):
    retention = {"Mode": mode, "RetainUntilDate": in_days(days)} if mode else {}
    return dict(Bucket=bucket, Key="k", Retention=retention, **options)


def test_legal_holds(s3, locked):
    version = put(s3, locked)
    one = {"Bucket": locked, "Key": "k"}
    assert code(s3.get_object_legal_hold, **one) == (404, "NoSuchObjectLockConfiguration")
    s3.put_object_legal_hold(**one, LegalHold={"Status": "ON"})
    assert s3.get_object_legal_hold(**one)["LegalHold"] == {"Status": "ON"}
    assert s3.head_object(**one)["ObjectLockLegalHoldStatus"] == "ON"
    delete = {**one, "VersionId": version}
    assert code(s3.delete_object, **delete) == (403, "AccessDenied")
    assert code(s3.delete_object, **delete, BypassGovernanceRetention=True) == (403, "AccessDenied")
    marker = s3.delete_object(**one)["VersionId"]  # a marker hides it, and may be put at any time
    s3.delete_object(**one, VersionId=marker)
    s3.put_object_legal_hold(**one, LegalHold={"Status": "OFF"})
    s3.delete_object(**delete)
    s3.delete_bucket(Bucket=locked)


def test_governance(s3, locked):
    version = put(s3, locked, ObjectLockMode="GOVERNANCE", ObjectLockRetainUntilDate=in_days(2))
    got = s3.get_object_retention(Bucket=locked, Key="k")["Retention"]
    assert got["Mode"] == "GOVERNANCE" and abs(got["RetainUntilDate"] - in_days(2)) < datetime.timedelta(minutes=5)
    head = s3.head_object(Bucket=locked, Key="k")
    assert head["ObjectLockMode"] == "GOVERNANCE" and head["ObjectLockRetainUntilDate"] == got["RetainUntilDate"]
    delete = {"Bucket": locked, "Key": "k", "VersionId": version}
    assert code(s3.delete_object, **delete) == (403, "AccessDenied")
    s3.put_object_retention(**retain(s3, locked, "GOVERNANCE", 3))  # longer is always allowed
    assert code(s3.put_object_retention, **retain(s3, locked, "GOVERNANCE", 1)) == (403, "AccessDenied")
    assert code(s3.put_object_retention, **retain(s3, locked, None, 0)) == (403, "AccessDenied")
    s3.put_object_retention(**retain(s3, locked, "GOVERNANCE", 1, BypassGovernanceRetention=True))
    s3.delete_object(**delete, BypassGovernanceRetention=True)


def test_compliance(s3, locked):
    version = put(s3, locked, ObjectLockMode="COMPLIANCE", ObjectLockRetainUntilDate=in_days(2))
    delete = {"Bucket": locked, "Key": "k", "VersionId": version, "BypassGovernanceRetention": True}
    assert code(s3.delete_object, **delete) == (403, "AccessDenied")
    for shorter in (retain(s3, locked, "COMPLIANCE", 1), retain(s3, locked, "GOVERNANCE", 3), retain(s3, locked, None, 0)):
        assert code(s3.put_object_retention, **shorter, BypassGovernanceRetention=True) == (403, "AccessDenied")
    s3.put_object_retention(**retain(s3, locked, "COMPLIANCE", 3))
    assert code(s3.delete_objects, Bucket=locked, Delete={"Objects": []})[0] == 400
    answer = s3.delete_objects(Bucket=locked, Delete={"Objects": [{"Key": "k", "VersionId": version}]}, ChecksumAlgorithm="SHA256")
    assert [(e["Code"], e["Message"]) for e in answer["Errors"]] == [("AccessDenied", HELD)]


def test_what_a_bucket_gives_its_new_objects(s3, locked):
    fill(s3, locked, ["before"])
    rule = {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 5}}}
    s3.put_object_lock_configuration(Bucket=locked, ObjectLockConfiguration=rule)
    put(s3, locked)
    kept = s3.get_object_retention(Bucket=locked, Key="k")["Retention"]
    assert kept["Mode"] == "GOVERNANCE" and abs(kept["RetainUntilDate"] - in_days(5)) < datetime.timedelta(minutes=5)
    assert code(s3.get_object_retention, Bucket=locked, Key="before") == (404, "NoSuchObjectLockConfiguration")
    s3.copy_object(Bucket=locked, Key="copy", CopySource=f"{locked}/before")
    assert s3.head_object(Bucket=locked, Key="copy")["ObjectLockMode"] == "GOVERNANCE"


@pytest.mark.parametrize(
    "headers, message, argument, shown",
    [
        ({"x-amz-object-lock-mode": "GOVERNANCE"},
         "x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied", "x-amz-object-lock-retain-until-date", None),
        ({"x-amz-object-lock-mode": "STRICT", "x-amz-object-lock-retain-until-date": "2099-01-01T00:00:00Z"},
         "Unknown wormMode directive.", "x-amz-object-lock-mode", None),
        ({"x-amz-object-lock-mode": "GOVERNANCE", "x-amz-object-lock-retain-until-date": "2001-01-01T00:00:00Z"},
         "The retain until date must be in the future!", "x-amz-object-lock-retain-until-date", "Sun Dec 31 16:00:00 PST 2000"),
        ({"x-amz-object-lock-mode": "GOVERNANCE", "x-amz-object-lock-retain-until-date": "soon"},
         "The retain until date must be provided in ISO 8601 format", "x-amz-object-lock-retain-until-date", None),
        ({"x-amz-object-lock-legal-hold": "MAYBE"}, "Legal Hold must be either of 'ON' or 'OFF'", "x-amz-object-lock-legal-hold", None),
    ],
)
def test_locks_that_are_refused(raw, s3, locked, headers, message, argument, shown):
    answer = raw("s3", "PUT", f"/{locked}/k", body=b"x", headers=headers)
    assert error_document(answer) == (400, {
        "Code": "InvalidArgument", "Message": message, "ArgumentName": argument,
        **({"ArgumentValue": shown or headers[argument]} if argument in headers else {}),
    })
    assert "Versions" not in s3.list_object_versions(Bucket=locked)


@pytest.mark.parametrize("date, shown", [
    ("2020-01-01T00:00:00Z", "Tue Dec 31 16:00:00 PST 2019"),
    ("2020-03-08T09:59:59Z", "Sun Mar 08 01:59:59 PST 2020"),
    ("2020-03-08T10:00:00Z", "Sun Mar 08 03:00:00 PDT 2020"),
    ("2020-11-01T08:59:59Z", "Sun Nov 01 01:59:59 PDT 2020"),
    ("2020-11-01T09:00:00Z", "Sun Nov 01 01:00:00 PST 2020"),
])  # fmt: skip
def test_a_past_date_is_shown_in_the_time_of_seattle(raw, s3, locked, date, shown):
    s3.put_object(Bucket=locked, Key="k", Body=b"x", ChecksumAlgorithm="SHA256")
    body = f"<Retention><Mode>GOVERNANCE</Mode><RetainUntilDate>{date}</RetainUntilDate></Retention>"
    assert error_document(raw("s3", "PUT", f"/{locked}/k?retention=", body=body)) == (400, {
        "Code": "InvalidArgument", "Message": "The retain until date must be in the future!",
        "ArgumentName": "RetainUntilDate", "ArgumentValue": shown,
    })


def test_a_locked_bucket_stays_versioned(raw, s3, locked, bucket):
    suspend = "<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>"
    assert error_document(raw("s3", "PUT", f"/{locked}?versioning=", body=suspend)) == (409, {
        "Code": "InvalidBucketState",
        "Message": "An Object Lock configuration is present on this bucket, so the versioning state cannot be changed.",
    })
    lock = "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled></ObjectLockConfiguration>"
    assert error_document(raw("s3", "PUT", f"/{bucket}?object-lock=", body=lock)) == (409, {
        "Code": "InvalidBucketState", "Message": "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration",
    })
