"""Listing: objects, versions, uploads and parts, by prefix and delimiter, in pages, in the order of bytes."""

import re
import urllib.parse

import pytest

from harness import aws
from harness.s3 import MIB, error_document, fill, keys_of

TREE = ["a/1", "a/2", "b", "c/1/x", "c/2", "d", "é", "￿", "\U0001f600"]  # in the order of their UTF-8 bytes


def test_order_is_by_bytes(s3, bucket):
    fill(s3, bucket, reversed(TREE))
    assert TREE == sorted(TREE, key=lambda key: key.encode()) != sorted(TREE, key=lambda key: key.encode("utf-16-be"))
    assert keys_of(s3.list_objects_v2(Bucket=bucket)) == keys_of(s3.list_objects(Bucket=bucket)) == TREE
    assert [v["Key"] for v in s3.list_object_versions(Bucket=bucket)["Versions"]] == TREE


def test_v2(s3, bucket):
    fill(s3, bucket, TREE)
    listed = s3.list_objects_v2(Bucket=bucket)
    assert listed["KeyCount"] == len(TREE) and not listed["IsTruncated"] and listed["MaxKeys"] == 1000
    first = listed["Contents"][0]
    assert "Owner" not in first and first["StorageClass"] == "STANDARD" and first["Size"] == 1
    page = s3.list_objects_v2(Bucket=bucket, Prefix="c/", Delimiter="/")
    assert keys_of(page) == ["c/2"] and page["CommonPrefixes"] == [{"Prefix": "c/1/"}] and page["KeyCount"] == 2
    page = s3.list_objects_v2(Bucket=bucket, Delimiter="1")
    assert [p["Prefix"] for p in page["CommonPrefixes"]] == ["a/1", "c/1"]
    assert keys_of(s3.list_objects_v2(Bucket=bucket, StartAfter="c/1/x"))[0] == "c/2"
    assert keys_of(s3.list_objects_v2(Bucket=bucket, StartAfter="c/1"))[0] == "c/1/x"
    assert keys_of(s3.list_objects_v2(Bucket=bucket, Prefix="no")) == []
    empty = s3.list_objects_v2(Bucket=bucket, MaxKeys=0)
    assert (empty["KeyCount"], empty["MaxKeys"], empty["IsTruncated"]) == (0, 0, False)
    assert s3.list_objects_v2(Bucket=bucket, MaxKeys=5000)["MaxKeys"] == 1000
    assert "Owner" in s3.list_objects_v2(Bucket=bucket, FetchOwner=True)["Contents"][0]


@pytest.mark.parametrize("size", [1, 2, 3])
def test_v2_pages(s3, bucket, size):
    fill(s3, bucket, TREE)
    seen, more = [], {}
    while True:
        page = s3.list_objects_v2(Bucket=bucket, MaxKeys=size, Delimiter="/", **more)
        here = keys_of(page) + [p["Prefix"] for p in page.get("CommonPrefixes", [])]
        assert page["KeyCount"] == len(here) <= size
        assert page.get("ContinuationToken") == more.get("ContinuationToken")
        seen += here
        assert page["IsTruncated"] == ("NextContinuationToken" in page)
        if not page["IsTruncated"]:
            break
        more = {"ContinuationToken": page["NextContinuationToken"]}
    assert sorted(seen, key=lambda key: key.encode()) == ["a/", "b", "c/", "d", "é", "￿", "\U0001f600"]


def test_v1(s3, bucket):
    fill(s3, bucket, TREE)
    page = s3.list_objects(Bucket=bucket, MaxKeys=1)
    assert page["IsTruncated"] and page["Marker"] == "" and "Owner" in page["Contents"][0]
    seen, marker = [], ""
    while True:
        page = s3.list_objects(Bucket=bucket, MaxKeys=2, Delimiter="/", Marker=marker)
        assert page["Marker"] == marker and page["IsTruncated"] == ("NextMarker" in page)
        seen += keys_of(page) + [p["Prefix"] for p in page.get("CommonPrefixes", [])]
        if not page["IsTruncated"]:
            break
        marker = page["NextMarker"]
    assert sorted(seen, key=lambda key: key.encode()) == ["a/", "b", "c/", "d", "é", "￿", "\U0001f600"]
    paged = s3.get_paginator("list_objects").paginate(Bucket=bucket, PaginationConfig={"PageSize": 2})
    assert [key for page in paged for key in keys_of(page)] == TREE
    assert not s3.list_objects(Bucket=bucket, MaxKeys=0)["IsTruncated"]


def test_v1_gives_a_marker_with_a_delimiter_only(raw, s3, bucket):
    fill(s3, bucket, TREE)
    assert "<NextMarker>" not in raw("s3", "GET", f"/{bucket}?max-keys=1").text
    assert "<NextMarker>a/</NextMarker>" in raw("s3", "GET", f"/{bucket}?max-keys=1&delimiter=/").text


def test_encoding_type(raw, s3, bucket):
    fill(s3, bucket, ["a b+c/é", "tab\tand\x01"])
    encoded = raw("s3", "GET", f"/{bucket}?list-type=2&encoding-type=url&prefix=a%20b%2B&delimiter=/&start-after=a%20a").text
    for text in ("<Prefix>a+b%2B</Prefix>", "<StartAfter>a+a</StartAfter>", "<Delimiter>/</Delimiter>",
                 "<CommonPrefixes><Prefix>a+b%2Bc/</Prefix></CommonPrefixes>", "<EncodingType>url</EncodingType>"):  # fmt: skip
        assert text in encoded
    assert "<Key>a+b%2Bc/%C3%A9</Key>" in raw("s3", "GET", f"/{bucket}?list-type=2&encoding-type=url").text
    assert "<Key>tab%09and%01</Key>" in raw("s3", "GET", f"/{bucket}?encoding-type=url").text
    assert "<Key>a b+c/é</Key>" in raw("s3", "GET", f"/{bucket}?list-type=2").text


# -- versions


@pytest.fixture
def history(s3, versioned):
    """Two versions of each of four keys; of "c" the newest is a delete marker."""
    for key in ("a", "b/1", "b/2", "c"):
        for body in (b"1", b"2"):
            s3.put_object(Bucket=versioned, Key=key, Body=body)
    s3.delete_object(Bucket=versioned, Key="c")
    return versioned


def entries(page):
    both = page.get("Versions", []) + page.get("DeleteMarkers", [])
    return {(v["Key"], v["VersionId"]): v["IsLatest"] for v in both}


@pytest.mark.parametrize("size", [1, 2, 4])
def test_version_pages(s3, history, size):
    everything = entries(s3.list_object_versions(Bucket=history))
    assert len(everything) == 9 and sum(everything.values()) == 4
    seen, more = {}, {}
    while True:
        page = s3.list_object_versions(Bucket=history, MaxKeys=size, **more)
        here = entries(page)
        assert len(here) <= size and not here.keys() & seen.keys()
        seen.update(here)
        if not page["IsTruncated"]:
            break
        more = {"KeyMarker": page["NextKeyMarker"], "VersionIdMarker": page["NextVersionIdMarker"]}
    assert seen == everything


def test_version_prefixes(s3, history):
    page = s3.list_object_versions(Bucket=history, Delimiter="/")
    assert page["CommonPrefixes"] == [{"Prefix": "b/"}] and len(page["Versions"]) == 4
    assert [m["IsLatest"] for m in page["DeleteMarkers"]] == [True]
    page = s3.list_object_versions(Bucket=history, Delimiter="/", MaxKeys=3)
    assert page["IsTruncated"] and page["NextKeyMarker"] == "b/" and "NextVersionIdMarker" not in page
    page = s3.list_object_versions(Bucket=history, Delimiter="/", KeyMarker="b/")
    assert "CommonPrefixes" not in page and {key for key, _ in entries(page)} == {"c"}
    assert {key for key, _ in entries(s3.list_object_versions(Bucket=history, Prefix="b/"))} == {"b/1", "b/2"}
    assert {key for key, _ in entries(s3.list_object_versions(Bucket=history, KeyMarker="b/1"))} == {"b/2", "c"}
    assert keys_of(s3.list_objects_v2(Bucket=history)) == ["a", "b/1", "b/2"]  # what is deleted isn't listed


# -- uploads and parts


def test_uploads(s3, bucket):
    ids = {}
    for key in ("a", "b/1", "b/2", "a"):
        ids.setdefault(key, []).append(s3.create_multipart_upload(Bucket=bucket, Key=key)["UploadId"])
    listed = s3.list_multipart_uploads(Bucket=bucket)
    assert [(u["Key"], u["UploadId"]) for u in listed["Uploads"]] == [
        ("a", ids["a"][0]), ("a", ids["a"][1]), ("b/1", ids["b/1"][0]), ("b/2", ids["b/2"][0])]  # fmt: skip
    assert listed["Uploads"][0]["StorageClass"] == "STANDARD" and len(listed["Uploads"][0]["Owner"]["ID"]) == 64
    seen, more = [], {}
    while True:
        page = s3.list_multipart_uploads(Bucket=bucket, MaxUploads=1, **more)
        seen += [u["UploadId"] for u in page.get("Uploads", [])]
        if not page["IsTruncated"]:
            break
        more = {"KeyMarker": page["NextKeyMarker"], "UploadIdMarker": page["NextUploadIdMarker"]}
    assert seen == [u["UploadId"] for u in listed["Uploads"]]
    page = s3.list_multipart_uploads(Bucket=bucket, Delimiter="/")
    assert [u["Key"] for u in page["Uploads"]] == ["a", "a"] and page["CommonPrefixes"] == [{"Prefix": "b/"}]
    assert [u["Key"] for u in s3.list_multipart_uploads(Bucket=bucket, Prefix="b/")["Uploads"]] == ["b/1", "b/2"]


def test_parts(s3, bucket):
    upload = {"Bucket": bucket, "Key": "k", "UploadId": s3.create_multipart_upload(Bucket=bucket, Key="k")["UploadId"]}
    for number in (7, 1, 10_000):
        s3.upload_part(PartNumber=number, Body=b"x" * number, **upload)
    listed = s3.list_parts(**upload)
    assert [(p["PartNumber"], p["Size"]) for p in listed["Parts"]] == [(1, 1), (7, 7), (10_000, 10_000)]
    assert (listed["PartNumberMarker"], listed["NextPartNumberMarker"], listed["MaxParts"], listed["IsTruncated"]) == (0, 10_000, 1000, False)
    page = s3.list_parts(MaxParts=2, **upload)
    assert page["IsTruncated"] and page["NextPartNumberMarker"] == 7 and len(page["Parts"]) == 2
    page = s3.list_parts(PartNumberMarker=7, **upload)
    assert [p["PartNumber"] for p in page["Parts"]] == [10_000] and page["PartNumberMarker"] == 7
    assert "Parts" not in s3.list_parts(PartNumberMarker=10_000, **upload)


def test_attributes_of_parts(s3, bucket):
    upload = {"Bucket": bucket, "Key": "k"}
    upload["UploadId"] = s3.create_multipart_upload(**upload, ChecksumAlgorithm="SHA256")["UploadId"]
    parts = []
    for number, body in ((1, b"a" * 5 * MIB), (2, b"b" * 5 * MIB), (3, b"c")):
        put = s3.upload_part(PartNumber=number, Body=body, ChecksumAlgorithm="SHA256", **upload)
        parts.append({"PartNumber": number, "ETag": put["ETag"], "ChecksumSHA256": put["ChecksumSHA256"]})
    done = s3.complete_multipart_upload(MultipartUpload={"Parts": parts}, **upload)
    ask = {"Bucket": bucket, "Key": "k", "ObjectAttributes": ["ETag", "Checksum", "ObjectParts", "ObjectSize", "StorageClass"]}
    got = s3.get_object_attributes(**ask)
    assert got["ETag"] == done["ETag"].strip('"') and got["Checksum"]["ChecksumSHA256"] == done["ChecksumSHA256"].removesuffix("-3")
    assert (got["ObjectSize"], got["StorageClass"]) == (10 * MIB + 1, "STANDARD")
    assert got["ObjectParts"]["TotalPartsCount"] == 3 and not got["ObjectParts"]["IsTruncated"]
    assert [(p["PartNumber"], p["Size"], p["ChecksumSHA256"]) for p in got["ObjectParts"]["Parts"]] == [
        (p["PartNumber"], size, p["ChecksumSHA256"]) for p, size in zip(parts, (5 * MIB, 5 * MIB, 1))
    ]
    page = s3.get_object_attributes(MaxParts=1, PartNumberMarker=1, **ask)["ObjectParts"]
    assert [p["PartNumber"] for p in page["Parts"]] == [2] and page["IsTruncated"] and page["NextPartNumberMarker"] == 2


def test_buckets(raw, unique):
    account, names = aws.new_account(), sorted(unique(prefix) for prefix in ("one", "two", "two"))
    for name in names:
        assert raw("s3", "PUT", f"/{name}", account=account).status == 200

    def listed(query=""):
        text = raw("s3", "GET", f"/{query}", account=account).text
        return re.findall("<Name>(.*?)</Name>", text), re.findall("<ContinuationToken>(.*?)</ContinuationToken>", text), text

    everything = listed()
    assert everything[0] == names and "<BucketRegion>" not in everything[2] and "<DisplayName>" not in everything[2]
    first, (token,), text = listed("?max-buckets=2")
    assert first == names[:2] and text.count("<BucketRegion>us-east-1</BucketRegion>") == 2
    assert listed("?max-buckets=2&continuation-token=" + urllib.parse.quote(token))[:2] == (names[2:], [])
    assert listed("?prefix=one")[0] == names[:1]
    assert listed("?bucket-region=eu-west-1")[0] == []
    for query, message, name, value in (
        ("?bucket-region=mars", "Argument value mars is not a valid AWS Region", "bucket-region", "mars"),
        ("?max-buckets=0", "Argument max-buckets must be an integer between 1 and 10000", "max-buckets", "0"),
        ("?continuation-token=x", "The continuation token provided is incorrect", "continuation-token", None),
    ):
        assert error_document(raw("s3", "GET", f"/{query}", account=account)) == (400, {
            "Code": "InvalidArgument", "Message": message, "ArgumentName": name,
            **({"ArgumentValue": value} if value else {}),
        })


# -- markers are positions: what they name may be gone, and they may lie inside a common prefix


@pytest.mark.parametrize("size", [1, 3, 4])
def test_emptying_a_versioned_bucket_page_by_page(s3, versioned, size):
    for key in ("a", "b", "c"):
        for body in (b"1", b"2", b"3"):
            s3.put_object(Bucket=versioned, Key=key, Body=body)
    seen, more = 0, {}
    while True:
        page = s3.list_object_versions(Bucket=versioned, MaxKeys=size, **more)
        for version in page.get("Versions", []):
            seen += 1
            s3.delete_object(Bucket=versioned, Key=version["Key"], VersionId=version["VersionId"])
        if not page["IsTruncated"]:
            break
        more = {"KeyMarker": page["NextKeyMarker"], "VersionIdMarker": page["NextVersionIdMarker"]}
    assert seen == 9
    s3.delete_bucket(Bucket=versioned)


def test_the_latest_behind_a_marker_that_is_gone(s3, versioned):
    ids = [s3.put_object(Bucket=versioned, Key="k", Body=b"x")["VersionId"] for _ in range(2)]
    s3.delete_object(Bucket=versioned, Key="k", VersionId=ids[1])
    page = s3.list_object_versions(Bucket=versioned, KeyMarker="k", VersionIdMarker=ids[1])
    assert [(v["VersionId"], v["IsLatest"]) for v in page["Versions"]] == [(ids[0], True)]


def test_a_marker_inside_a_common_prefix(s3, versioned):
    fill(s3, versioned, ["a/1", "a/2", "b/1", "c"])
    for key in ("a/1", "b/1"):
        s3.create_multipart_upload(Bucket=versioned, Key=key)
    prefixes = lambda page: [p["Prefix"] for p in page.get("CommonPrefixes", [])]  # noqa: E731
    assert prefixes(s3.list_objects(Bucket=versioned, Delimiter="/", Marker="a/1")) == ["b/"]
    assert prefixes(s3.list_object_versions(Bucket=versioned, Delimiter="/", KeyMarker="a/1")) == ["b/"]
    assert prefixes(s3.list_multipart_uploads(Bucket=versioned, Delimiter="/", KeyMarker="a/1")) == ["b/"]


def test_markers_of_uploads(raw, s3, bucket):
    def page(query):
        return raw("s3", "GET", f"/{bucket}?uploads=&{query}").text

    ids = {key: s3.create_multipart_upload(Bucket=bucket, Key=key)["UploadId"] for key in ("a", "b", "p/1", "p/2")}
    assert "<Message>Invalid uploadId marker</Message>" in page(f"key-marker=b&upload-id-marker={ids['a']}")
    s3.abort_multipart_upload(Bucket=bucket, Key="a", UploadId=ids["a"])
    assert "<Key>b</Key>" in page(f"key-marker=a&upload-id-marker={ids['a']}")  # a position, not a thing
    ends_with_a_prefix = page("delimiter=/")
    assert "<CommonPrefixes><Prefix>p/</Prefix></CommonPrefixes>" in ends_with_a_prefix
    assert "<NextKeyMarker></NextKeyMarker><NextUploadIdMarker></NextUploadIdMarker>" in ends_with_a_prefix
    assert f"<NextKeyMarker>b</NextKeyMarker><NextUploadIdMarker>{ids['b']}</NextUploadIdMarker>" in page("prefix=b")
    # Where more is to come, the prefix is where to go on.
    s3.create_multipart_upload(Bucket=bucket, Key="q")
    assert "<NextKeyMarker>p/</NextKeyMarker>" in page("delimiter=/&max-uploads=2")
    assert "<Key>q</Key>" in page("delimiter=/&key-marker=p/") and "<Prefix>p/" not in page("delimiter=/&key-marker=p/")
    assert "<Key>q</Key>" in page("delimiter=/&key-marker=p/1") and "<Prefix>p/" not in page("delimiter=/&key-marker=p/1")


def test_parts_past_the_end(raw, s3, bucket):
    upload = s3.create_multipart_upload(Bucket=bucket, Key="k", ChecksumAlgorithm="SHA256")["UploadId"]
    put = s3.upload_part(Bucket=bucket, Key="k", UploadId=upload, PartNumber=1, Body=b"x", ChecksumAlgorithm="SHA256")
    parts = raw("s3", "GET", f"/{bucket}/k?uploadId={upload}&part-number-marker=1").text
    assert "<PartNumberMarker>1</PartNumberMarker><NextPartNumberMarker>0</NextPartNumberMarker>" in parts
    one = {"PartNumber": 1, "ETag": put["ETag"], "ChecksumSHA256": put["ChecksumSHA256"]}
    s3.complete_multipart_upload(Bucket=bucket, Key="k", UploadId=upload, MultipartUpload={"Parts": [one]})
    attributes = raw("s3", "GET", f"/{bucket}/k?attributes=", headers={
        "x-amz-object-attributes": "ObjectParts", "x-amz-part-number-marker": "1"}).text  # fmt: skip
    assert "<PartNumberMarker>1</PartNumberMarker><NextPartNumberMarker>0</NextPartNumberMarker>" in attributes


def test_what_restored_objects_tell_of_it(raw, s3, bucket):
    for key in ("archived", "restored"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"x", StorageClass="GLACIER")
    s3.restore_object(Bucket=bucket, Key="restored", RestoreRequest={"Days": 1})
    for query in ("?list-type=2", "", "?versions="):
        asked = raw("s3", "GET", f"/{bucket}{query}", headers={"x-amz-optional-object-attributes": "RestoreStatus"}).text
        assert asked.count("<RestoreStatus><IsRestoreInProgress>false</IsRestoreInProgress><RestoreExpiryDate>") == 1, query
        assert "T00:00:00.000Z</RestoreExpiryDate></RestoreStatus>" in asked.split("<Key>restored</Key>")[1]
        assert "RestoreStatus" not in raw("s3", "GET", f"/{bucket}{query}").text


def test_a_token_hides_where_it_began(s3, bucket):
    fill(s3, bucket, ["a", "b", "c", "d"])
    first = s3.list_objects_v2(Bucket=bucket, StartAfter="a", MaxKeys=1)
    assert first["StartAfter"] == "a"
    second = s3.list_objects_v2(Bucket=bucket, StartAfter="a", MaxKeys=1, ContinuationToken=first["NextContinuationToken"])
    assert keys_of(second) == ["c"] and "StartAfter" not in second


def test_an_empty_token_of_list_buckets(raw, bucket):
    assert f"<Name>{bucket}</Name>" in raw("s3", "GET", "/?continuation-token=").text
