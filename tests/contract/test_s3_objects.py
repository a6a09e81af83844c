"""Objects: put, get, head, delete, lists, versions, conditions, ranges, checksums, tags, locks, copies."""

import datetime
import hashlib
import http.client
import socket
import urllib.parse

import pytest

from harness.s3 import b64, code, error_document, fill, headers_of, refusal, unsigned


def test_put_get_head_delete(s3, bucket):
    put = s3.put_object(
        Bucket=bucket,
        Key="a/b c+é.txt",
        Body=b"hello",
        ContentType="text/plain",
        CacheControl="no-cache",
        Metadata={"Name": "value"},
        Tagging="a=b&c=d",
    )
    assert put["ETag"] == '"5d41402abc4b2a76b9719d911017c592"'
    assert put["ServerSideEncryption"] == "AES256"
    assert headers_of(put)["x-amz-checksum-crc64nvme"] and headers_of(put)["x-amz-checksum-type"] == "FULL_OBJECT"
    assert "x-amz-version-id" not in headers_of(put)
    got = s3.get_object(Bucket=bucket, Key="a/b c+é.txt")
    assert got["Body"].read() == b"hello"
    assert got["ContentType"] == "text/plain" and got["CacheControl"] == "no-cache"
    assert got["Metadata"] == {"name": "value"} and got["TagCount"] == 2
    assert got["AcceptRanges"] == "bytes" and got["ContentLength"] == 5
    assert "x-amz-storage-class" not in headers_of(got)
    head = s3.head_object(Bucket=bucket, Key="a/b c+é.txt")
    assert head["ContentLength"] == 5 and head["ETag"] == put["ETag"]
    assert headers_of(s3.delete_object(Bucket=bucket, Key="a/b c+é.txt")).get("x-amz-delete-marker") is None
    s3.delete_object(Bucket=bucket, Key="a/b c+é.txt")
    answer = refusal(s3.get_object, Bucket=bucket, Key="a/b c+é.txt")
    assert answer["Error"]["Code"] == "NoSuchKey" and answer["Error"]["Key"] == "a/b c+é.txt"
    assert code(s3.head_object, Bucket=bucket, Key="x") == (404, "404")


def test_an_empty_object(s3, bucket):
    put = s3.put_object(Bucket=bucket, Key="empty")
    assert put["ETag"] == '"d41d8cd98f00b204e9800998ecf8427e"'
    got = s3.get_object(Bucket=bucket, Key="empty")
    assert got["Body"].read() == b"" and got["ContentType"] == "binary/octet-stream"


@pytest.mark.parametrize("key", ["a/../b", "/", "//a//", "a/./b", "é" * 512, "%2F", "a?b&c=d", " ", "tab\there", "~*'()!"])
def test_keys_are_just_keys(s3, bucket, key):
    s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == b"x"
    assert [o["Key"] for o in s3.list_objects_v2(Bucket=bucket)["Contents"]] == [key]
    s3.delete_object(Bucket=bucket, Key=key)
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


@pytest.mark.parametrize(
    "wanted, status, expected",
    [
        ("bytes=0-3", 206, b"0123"),
        ("bytes=5-", 206, b"56789"),
        ("bytes=-3", 206, b"789"),
        ("bytes=8-100", 206, b"89"),
        ("bytes=-100", 206, b"0123456789"),
        ("bytes=1-0", 200, b"0123456789"),
        ("bytes=0-1,3-4", 200, b"0123456789"),
        ("nonsense", 200, b"0123456789"),
    ],
)
def test_ranges(s3, bucket, wanted, status, expected):
    s3.put_object(Bucket=bucket, Key="k", Body=b"0123456789")
    got = s3.get_object(Bucket=bucket, Key="k", Range=wanted)
    assert got["ResponseMetadata"]["HTTPStatusCode"] == status
    assert got["Body"].read() == expected
    if status == 206:
        first = b"0123456789".index(expected)
        assert got["ContentRange"] == f"bytes {first}-{first + len(expected) - 1}/10"


@pytest.mark.parametrize("wanted", ["bytes=10-", "bytes=-0", "bytes=99-100"])
def test_ranges_out_of_reach(s3, bucket, wanted):
    s3.put_object(Bucket=bucket, Key="k", Body=b"0123456789")
    answer = refusal(s3.get_object, Bucket=bucket, Key="k", Range=wanted)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 416
    assert answer["Error"]["Code"] == "InvalidRange"
    assert answer["Error"]["ActualObjectSize"] == "10" and answer["Error"]["RangeRequested"] == wanted


def test_conditional_reads(s3, bucket):
    etag = s3.put_object(Bucket=bucket, Key="k", Body=b"x")["ETag"]
    past = datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc)
    now = s3.head_object(Bucket=bucket, Key="k")["LastModified"]
    get = s3.get_object
    assert get(Bucket=bucket, Key="k", IfMatch=etag, IfUnmodifiedSince=past)["ETag"] == etag
    assert get(Bucket=bucket, Key="k", IfMatch=etag.strip('"'))["ETag"] == etag
    answer = refusal(get, Bucket=bucket, Key="k", IfMatch='"other"')
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 412
    assert answer["Error"]["Condition"] == "If-Match"
    assert code(get, Bucket=bucket, Key="k", IfUnmodifiedSince=past) == (412, "PreconditionFailed")
    not_modified = refusal(get, Bucket=bucket, Key="k", IfNoneMatch=etag)
    assert not_modified["ResponseMetadata"]["HTTPStatusCode"] == 304
    assert headers_of(not_modified)["etag"] == etag
    assert code(get, Bucket=bucket, Key="k", IfModifiedSince=now)[0] == 304
    assert get(Bucket=bucket, Key="k", IfModifiedSince=past)["ETag"] == etag
    future = datetime.datetime(2090, 1, 1, tzinfo=datetime.timezone.utc)
    assert get(Bucket=bucket, Key="k", IfModifiedSince=future)["ETag"] == etag
    assert code(s3.head_object, Bucket=bucket, Key="k", IfMatch='"other"') == (412, "412")


def test_an_etag_with_one_quote(raw, s3, bucket):
    etag = s3.put_object(Bucket=bucket, Key="k", Body=b"x")["ETag"]
    for half in (etag[1:], etag[:-1], etag.strip('"')):
        assert put_with(raw, bucket, "k", If_Match=half).status == 200
        assert raw("s3", "GET", f"/{bucket}/k", headers={"If-None-Match": half}).status == 304


def put_with(raw, bucket, key, body=b"x", **headers):
    return raw("s3", "PUT", f"/{bucket}/{key}", body=body, headers={k.replace("_", "-"): v for k, v in headers.items()})


def test_conditional_writes(s3, raw, bucket):
    assert put_with(raw, bucket, "k", If_None_Match="*").status == 200
    answer = put_with(raw, bucket, "k", If_None_Match="*")
    assert answer.status == 412 and "<Condition>If-None-Match</Condition>" in answer.text
    etag = s3.head_object(Bucket=bucket, Key="k")["ETag"]
    assert put_with(raw, bucket, "k", body=b"y", If_Match=etag).status == 200
    assert put_with(raw, bucket, "k", If_Match=etag).status == 412
    answer = put_with(raw, bucket, "missing", If_Match=etag)
    assert answer.status == 404 and "<Code>NoSuchKey</Code>" in answer.text
    answer = put_with(raw, bucket, "k", If_None_Match=etag)
    assert answer.status == 501 and "We don't accept the provided value of If-None-Match header for this API" in answer.text
    answer = put_with(raw, bucket, "k", If_None_Match="*", If_Match=etag)
    assert answer.status == 501 and "<Header>If-Match,If-None-Match</Header>" in answer.text


# -- checksums


CHECK = b"123456789"
KNOWN = {  # of CHECK; the CRC catalogue's check values
    "CRC32": "y/Q5Jg==",
    "CRC32C": "4waSgw==",
    "CRC64NVME": b64(bytes.fromhex("ae8b14860a799888")),
    "SHA1": b64(hashlib.sha1(CHECK).digest()),
    "SHA256": b64(hashlib.sha256(CHECK).digest()),
}


@pytest.mark.parametrize("algorithm", KNOWN)
def test_checksums_in_headers(raw, bucket, algorithm):
    name = f"x-amz-checksum-{algorithm.lower()}"
    answer = raw("s3", "PUT", f"/{bucket}/k", body=CHECK, headers={name: KNOWN[algorithm]})
    assert answer.status == 200 and answer.headers[name] == KNOWN[algorithm]
    answer = raw("s3", "GET", f"/{bucket}/k", headers={"x-amz-checksum-mode": "ENABLED"})
    assert answer.headers[name] == KNOWN[algorithm] and answer.headers["x-amz-checksum-type"] == "FULL_OBJECT"
    assert name not in raw("s3", "GET", f"/{bucket}/k").headers
    partial = raw("s3", "GET", f"/{bucket}/k", headers={"x-amz-checksum-mode": "ENABLED", "Range": "bytes=0-3"})
    assert name not in partial.headers
    answer = raw("s3", "PUT", f"/{bucket}/k", body=b"other", headers={name: KNOWN[algorithm]})
    assert answer.status == 400
    assert f"The {algorithm} you specified did not match the calculated checksum." in answer.text
    answer = raw("s3", "PUT", f"/{bucket}/k", body=CHECK, headers={name: "nonsense"})
    assert f"Value for {name} header is invalid." in answer.text


def test_an_object_without_checksum_gets_crc64nvme(raw, bucket):
    answer = raw("s3", "PUT", f"/{bucket}/k", body=CHECK)
    assert answer.headers["x-amz-checksum-crc64nvme"] == KNOWN["CRC64NVME"]


def chunked(data, trailer="", size=4):
    pieces = [data[i : i + size] for i in range(0, len(data), size)]
    out = b"".join(b"%x;chunk-signature=%s\r\n%s\r\n" % (len(p), b"0" * 64, p) for p in pieces)
    return out + b"0;chunk-signature=" + b"0" * 64 + b"\r\n" + trailer.encode() + b"\r\n"


@pytest.mark.parametrize("algorithm", KNOWN)
def test_aws_chunked_with_trailer(raw, s3, bucket, algorithm):
    name = f"x-amz-checksum-{algorithm.lower()}"
    headers = {
        "Content-Encoding": "gzip,aws-chunked",
        "x-amz-decoded-content-length": str(len(CHECK)),
        "x-amz-trailer": name,
        "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
    }
    body = chunked(CHECK, f"{name}:{KNOWN[algorithm]}\r\n")
    answer = send_unsigned_payload(raw, bucket, body, headers)
    assert answer.status == 200, answer
    assert answer.headers[name] == KNOWN[algorithm]
    got = s3.get_object(Bucket=bucket, Key="k")
    assert got["Body"].read() == CHECK and got["ContentEncoding"] == "gzip"
    bad = chunked(CHECK, f"{name}:{KNOWN[algorithm][::-1]}\r\n")
    assert send_unsigned_payload(raw, bucket, bad, headers).status == 400
    assert send_unsigned_payload(raw, bucket, body, {**headers, "x-amz-decoded-content-length": "5"}).status == 400


def send_unsigned_payload(raw, bucket, body, headers):
    return raw("s3", "PUT", f"/{bucket}/k", body=body, headers={**unsigned(raw.account), **headers}, sign=False)


def test_an_upload_that_is_cut_off_leaves_nothing(endpoint, account, s3, bucket, drain):
    host = urllib.parse.urlsplit(endpoint)
    with socket.create_connection((host.hostname, host.port)) as connection:
        lines = "".join(f"{name}: {value}\r\n" for name, value in unsigned(account).items())
        head = f"PUT /{bucket}/cut HTTP/1.1\r\nHost: {host.netloc}\r\nContent-Length: 50000000\r\n{lines}\r\n"
        connection.sendall(head.encode() + b"x" * 3_000_000)
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(1 << 16):  # until the server has given it up
            pass
    assert code(s3.head_object, Bucket=bucket, Key="cut") == (404, "404")
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket)
    s3.delete_bucket(Bucket=bucket)


# -- versions


def test_versions(s3, versioned):
    ids = [s3.put_object(Bucket=versioned, Key="k", Body=b"%d" % i)["VersionId"] for i in range(3)]
    assert len(set(ids)) == 3 and all(len(i) == 32 for i in ids)
    for number, one in enumerate(ids):
        assert s3.get_object(Bucket=versioned, Key="k", VersionId=one)["Body"].read() == b"%d" % number
    deleted = s3.delete_object(Bucket=versioned, Key="k")
    assert deleted["DeleteMarker"] is True
    missing = refusal(s3.get_object, Bucket=versioned, Key="k")
    assert missing["Error"]["Code"] == "NoSuchKey" and headers_of(missing)["x-amz-delete-marker"] == "true"
    assert code(s3.get_object, Bucket=versioned, Key="k", VersionId=deleted["VersionId"]) == (405, "MethodNotAllowed")
    listed = s3.list_object_versions(Bucket=versioned)
    assert [v["VersionId"] for v in listed["Versions"]] == ids[::-1]
    assert [v["IsLatest"] for v in listed["Versions"]] == [False] * 3
    assert listed["DeleteMarkers"][0]["IsLatest"] is True
    assert s3.list_objects_v2(Bucket=versioned)["KeyCount"] == 0
    back = s3.delete_object(Bucket=versioned, Key="k", VersionId=deleted["VersionId"])
    assert back["DeleteMarker"] is True
    assert s3.get_object(Bucket=versioned, Key="k")["Body"].read() == b"2"
    s3.delete_object(Bucket=versioned, Key="k", VersionId=ids[2])
    assert s3.get_object(Bucket=versioned, Key="k")["Body"].read() == b"1"
    assert code(s3.get_object, Bucket=versioned, Key="k", VersionId=ids[2]) == (404, "NoSuchVersion")
    assert code(s3.get_object, Bucket=versioned, Key="k", VersionId="x") == (400, "InvalidArgument")


def test_null_versions(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"before")
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    kept = s3.put_object(Bucket=bucket, Key="k", Body=b"during")["VersionId"]
    assert s3.get_object(Bucket=bucket, Key="k", VersionId="null")["Body"].read() == b"before"
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})
    s3.put_object(Bucket=bucket, Key="k", Body=b"after")
    versions = s3.list_object_versions(Bucket=bucket)["Versions"]
    assert [v["VersionId"] for v in versions] == ["null", kept]
    marker = s3.delete_object(Bucket=bucket, Key="k")
    assert marker["VersionId"] == "null" and marker["DeleteMarker"]
    listed = s3.list_object_versions(Bucket=bucket)
    assert [v["VersionId"] for v in listed["Versions"]] == [kept]
    assert [m["VersionId"] for m in listed["DeleteMarkers"]] == ["null"]
    s3.delete_object(Bucket=bucket, Key="k", VersionId="null")
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"during"


def test_delete_objects(s3, bucket):
    fill(s3, bucket, ["a", "b+ c"])
    answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "a"}, {"Key": "b+ c"}, {"Key": "missing"}]})
    assert [d["Key"] for d in answer["Deleted"]] == ["a", "b+ c", "missing"] and "Errors" not in answer
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0
    fill(s3, bucket, ["a"])
    quiet = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "a", "VersionId": "null"}], "Quiet": True})
    assert "Deleted" not in quiet
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


# -- tags, locks, attributes, copies


def test_object_tagging(s3, bucket):
    fill(s3, bucket, ["k"])
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == []
    tags = [{"Key": "a", "Value": "1"}]
    assert s3.put_object_tagging(Bucket=bucket, Key="k", Tagging={"TagSet": tags})["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == tags
    s3.delete_object_tagging(Bucket=bucket, Key="k")
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == []
    assert code(s3.put_object, Bucket=bucket, Key="k", Tagging="a=1&a=2") == (400, "InvalidArgument")
    eleven = [{"Key": str(i), "Value": ""} for i in range(11)]
    assert code(s3.put_object_tagging, Bucket=bucket, Key="k", Tagging={"TagSet": eleven}) == (400, "BadRequest")


def test_attributes(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=CHECK, ChecksumSHA256=KNOWN["SHA256"])
    got = s3.get_object_attributes(
        Bucket=bucket, Key="k", ObjectAttributes=["ETag", "Checksum", "ObjectSize", "StorageClass", "ObjectParts"]
    )
    assert got["ETag"] == hashlib.md5(CHECK).hexdigest()
    assert got["Checksum"]["ChecksumSHA256"] == KNOWN["SHA256"]
    assert got["ObjectSize"] == 9 and got["StorageClass"] == "STANDARD" and "ObjectParts" not in got


def test_copies(s3, bucket):
    s3.put_object(Bucket=bucket, Key="a é", Body=b"x", Metadata={"m": "1"}, Tagging="t=1", ContentType="text/x")
    copied = s3.copy_object(Bucket=bucket, Key="b", CopySource={"Bucket": bucket, "Key": "a é"})
    assert copied["CopyObjectResult"]["ETag"] == '"9dd4e461268c8034f5c8564e155c67a6"'
    head = s3.head_object(Bucket=bucket, Key="b")
    assert head["Metadata"] == {"m": "1"} and head["ContentType"] == "text/x"
    assert s3.get_object_tagging(Bucket=bucket, Key="b")["TagSet"] == [{"Key": "t", "Value": "1"}]
    s3.copy_object(
        Bucket=bucket,
        Key="b",
        CopySource=f"{bucket}/b",
        MetadataDirective="REPLACE",
        Metadata={"n": "2"},
        TaggingDirective="REPLACE",
        Tagging="",
    )
    assert s3.head_object(Bucket=bucket, Key="b")["Metadata"] == {"n": "2"}
    answer = refusal(s3.copy_object, Bucket=bucket, Key="b", CopySource=f"{bucket}/b")
    assert answer["Error"]["Code"] == "InvalidRequest" and "copy an object to itself" in answer["Error"]["Message"]
    answer = refusal(s3.copy_object, Bucket=bucket, Key="c", CopySource=f"{bucket}/b", CopySourceIfMatch="x")
    assert answer["Error"]["Condition"] == "x-amz-copy-source-If-Match"
    assert code(s3.copy_object, Bucket=bucket, Key="c", CopySource=f"{bucket}/missing") == (404, "NoSuchKey")


def test_storage_classes(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", StorageClass="GLACIER")
    assert s3.head_object(Bucket=bucket, Key="k")["StorageClass"] == "GLACIER"
    assert code(s3.get_object, Bucket=bucket, Key="k") == (403, "InvalidObjectState")
    s3.restore_object(Bucket=bucket, Key="k", RestoreRequest={"Days": 1, "GlacierJobParameters": {"Tier": "Standard"}})
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"
    assert code(s3.put_object, Bucket=bucket, Key="k", StorageClass="SHELF") == (400, "InvalidStorageClass")


# -- hosts


def test_virtual_hosts(endpoint, raw, s3, bucket):
    s3.put_object(Bucket=bucket, Key="a/b", Body=b"x")
    port = urllib.parse.urlsplit(endpoint).port
    for host in (
        f"{bucket}.localhost:{port}",
        f"{bucket}.s3.localhost:{port}",
        f"{bucket}.s3.us-east-1.amazonaws.com",
        f"{bucket}.s3.amazonaws.com",
    ):
        headers = {**unsigned(raw.account), "Host": host}
        answer = raw("s3", "GET", "/a/b", headers=headers, sign=False)
        assert (answer.status, answer.body) == (200, b"x"), host
        listed = raw("s3", "GET", "/?list-type=2", headers=headers, sign=False)
        assert "<Key>a/b</Key>" in listed.text


# -- copies onto themselves, delete markers, expiry: lines of data/fidelity.tsv


def test_copies_onto_itself(s3, bucket):
    etag = s3.put_object(Bucket=bucket, Key="k", Body=b"x")["ETag"]
    same = {"Bucket": bucket, "Key": "k", "CopySource": f"{bucket}/k"}
    assert code(s3.copy_object, **same) == (400, "InvalidRequest")
    assert s3.copy_object(**same, StorageClass="STANDARD")["CopyObjectResult"]["ETag"] == etag
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})
    assert s3.copy_object(**same)["CopyObjectResult"]["ETag"] == etag


@pytest.mark.parametrize("header", [{"If-None-Match": "*"}, {"If-Match": '"0"'}])
def test_conditions_come_before_a_copy_onto_itself(raw, s3, bucket, header):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    answer = raw("s3", "PUT", f"/{bucket}/k", headers={"x-amz-copy-source": f"{bucket}/k", **header})
    assert (answer.status, "<Code>PreconditionFailed</Code>" in answer.text) == (412, True)


def test_copies_under_suspended_versioning(s3, bucket):
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})
    assert "VersionId" not in s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    copied = s3.copy_object(Bucket=bucket, Key="copy", CopySource=f"{bucket}/k")
    assert (copied["VersionId"], copied["CopySourceVersionId"]) == ("null", "null")


@pytest.mark.parametrize("named", [False, True])
def test_what_a_delete_marker_cannot_have(s3, raw, unique, named):
    bucket = unique("locked")
    s3.create_bucket(Bucket=bucket, ObjectLockEnabledForBucket=True)
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    marker = s3.delete_object(Bucket=bucket, Key="k")["VersionId"]
    tags = "<Tagging><TagSet/></Tagging>"
    for method, what, body in (("GET", "acl", ""), ("PUT", "acl", ""), ("GET", "tagging", ""), ("PUT", "tagging", tags),
                               ("DELETE", "tagging", ""), ("GET", "retention", ""), ("GET", "legal-hold", "")):  # fmt: skip
        headers = {"x-amz-acl": "private"} if (method, what) == ("PUT", "acl") else {}
        path = f"/{bucket}/k?{what}" + (f"&versionId={marker}" if named else "")
        assert error_document(raw("s3", method, path, body, headers)) == (405, {
            "Code": "MethodNotAllowed", "Message": "The specified method is not allowed against this resource.",
            "Method": method, "ResourceType": "DeleteMarker",
        }), (method, what)  # fmt: skip


def test_who_tells_of_expiry(s3, versioned):
    rule = {"ID": "r", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 2}}
    s3.put_bucket_lifecycle_configuration(Bucket=versioned, LifecycleConfiguration={"Rules": [rule]})
    put = s3.put_object(Bucket=versioned, Key="k", Body=b"x")
    assert put["Expiration"] == s3.head_object(Bucket=versioned, Key="k")["Expiration"]
    assert put["Expiration"].endswith('rule-id="r"')
    for call in (s3.head_object, s3.get_object):
        assert "Expiration" not in call(Bucket=versioned, Key="k", VersionId=put["VersionId"])


@pytest.mark.parametrize("sent, answered", [
    ("=?UTF-8?B?YWJj?=", "abc"),
    ("=?utf-8?q?a=5Fb_c?=", "a_b c"),
    ("=?UTF-8?B?YQ==?= =?UTF-8?B?Yg==?= c", "ab c"),
    ("ÄMÄZÕÑ S3", "=?UTF-8?B?w4PChE3Dg8KEWsODwpXDg8KRIFMz?="),  # AWS's documentation
    ("=?UTF-8?B?w6k=?=", "=?UTF-8?B?w6k=?="),
    ("=?UTF-8?Q?caf=C3=A9?=", "=?UTF-8?Q?caf=C3=A9?="),
    ("=?UTF-8?B?!?=", "=?UTF-8?B?!?="),
    ("=?none", "=?none"),
])  # fmt: skip
def test_metadata_in_encoded_words(endpoint, account, s3, bucket, sent, answered):
    address = endpoint.removeprefix("http://")
    connection = http.client.HTTPConnection(address, timeout=10)
    connection.putrequest("PUT", f"/{bucket}/k")
    for name, value in {**unsigned(account), "Content-Length": "1", "x-amz-meta-text": sent.encode()}.items():
        connection.putheader(name, value)
    connection.endheaders(b"x")
    assert connection.getresponse().status == 200
    connection.close()
    assert headers_of(s3.head_object(Bucket=bucket, Key="k"))["x-amz-meta-text"] == answered
    s3.copy_object(Bucket=bucket, Key="copy", CopySource=f"{bucket}/k")
    assert headers_of(s3.head_object(Bucket=bucket, Key="copy"))["x-amz-meta-text"] == answered


@pytest.mark.parametrize("source", [
    "{bucket}/a+b", "/{bucket}%2Fa+b", "{bucket}/a%20b", "http://s3.amazonaws.com/{bucket}/a+b", "https://{bucket}.s3.us-east-1.amazonaws.com/a%20b",
    "{endpoint}/{bucket}/a%20b"])  # fmt: skip
def test_how_a_copys_source_may_be_written(raw, endpoint, s3, bucket, source):
    s3.put_object(Bucket=bucket, Key="a b", Body=b"x")
    s3.put_object(Bucket=bucket, Key="a+b", Body=b"plus")
    source = source.format(bucket=bucket, endpoint=endpoint)
    assert raw("s3", "PUT", f"/{bucket}/c", headers={"x-amz-copy-source": source}).status == 200
    assert s3.get_object(Bucket=bucket, Key="c")["Body"].read() == b"x"
    s3.copy_object(Bucket=bucket, Key="c", CopySource={"Bucket": bucket, "Key": "a+b"})
    assert s3.get_object(Bucket=bucket, Key="c")["Body"].read() == b"plus"


def test_listings_tell_the_region(s3, bucket):
    for call in (s3.list_objects, s3.list_objects_v2):
        assert headers_of(call(Bucket=bucket))["x-amz-bucket-region"] == "us-east-1"


def test_a_bucket_is_not_looked_at_from_a_region_that_is_none(raw, bucket):
    assert raw("s3", "HEAD", f"/{bucket}", region="aws-global").status == 400
