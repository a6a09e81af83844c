"""Multipart uploads, by hand and by boto3's transfer manager; the AWS CLI."""

import base64
import hashlib
import io
import os
import subprocess
import zlib

import pytest
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError

from harness.s3 import MIB, code, error_document, refusal
from harness.server import clean_environment


def start(s3, bucket, key="k", **options):
    return s3.create_multipart_upload(Bucket=bucket, Key=key, **options)["UploadId"]


def part(s3, bucket, upload, number, body, key="k", **options):
    put = s3.upload_part(Bucket=bucket, Key=key, UploadId=upload, PartNumber=number, Body=body, **options)
    return {"PartNumber": number, "ETag": put["ETag"]}


def complete(s3, bucket, upload, parts, key="k"):
    return s3.complete_multipart_upload(Bucket=bucket, Key=key, UploadId=upload, MultipartUpload={"Parts": parts})


def test_an_upload_in_parts(s3, bucket):
    first, second = os.urandom(5 * MIB), os.urandom(1000)
    upload = start(s3, bucket, Metadata={"m": "1"}, Tagging="a=b")
    parts = [part(s3, bucket, upload, 1, first), part(s3, bucket, upload, 7, second)]
    assert code(s3.head_object, Bucket=bucket, Key="k") == (404, "404")
    listed = s3.list_parts(Bucket=bucket, Key="k", UploadId=upload)
    assert [(p["PartNumber"], p["Size"]) for p in listed["Parts"]] == [(1, 5 * MIB), (7, 1000)]
    assert [u["UploadId"] for u in s3.list_multipart_uploads(Bucket=bucket)["Uploads"]] == [upload]
    done = complete(s3, bucket, upload, parts)
    sums = hashlib.md5(first).digest() + hashlib.md5(second).digest()
    assert done["ETag"] == f'"{hashlib.md5(sums).hexdigest()}-2"'
    assert complete(s3, bucket, upload, parts)["ETag"] == done["ETag"]  # again
    got = s3.get_object(Bucket=bucket, Key="k")
    assert got["Body"].read() == first + second and got["Metadata"] == {"m": "1"} and got["TagCount"] == 1
    assert s3.get_object(Bucket=bucket, Key="k", Range=f"bytes={5 * MIB - 2}-{5 * MIB + 1}")["Body"].read() == first[-2:] + second[:2]
    two = s3.get_object(Bucket=bucket, Key="k", PartNumber=2)
    assert two["Body"].read() == second and two["PartsCount"] == 2
    assert code(s3.get_object, Bucket=bucket, Key="k", PartNumber=3) == (416, "InvalidPartNumber")
    attributes = s3.get_object_attributes(Bucket=bucket, Key="k", ObjectAttributes=["ObjectParts", "ObjectSize"])
    assert attributes["ObjectParts"]["TotalPartsCount"] == 2 and attributes["ObjectSize"] == 5 * MIB + 1000
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket)
    s3.delete_object(Bucket=bucket, Key="k")
    s3.delete_bucket(Bucket=bucket)


def test_a_part_is_replaced_and_others_are_left_out(s3, bucket):
    upload = start(s3, bucket)
    part(s3, bucket, upload, 1, b"old")
    parts = [part(s3, bucket, upload, 1, b"new")]
    part(s3, bucket, upload, 2, b"unlisted")
    complete(s3, bucket, upload, parts)
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"new"


@pytest.mark.parametrize("algorithm", ["CRC32", "CRC32C", "SHA1", "SHA256"])
def test_composite_checksums(s3, bucket, algorithm):
    if algorithm == "CRC32C":
        pytest.importorskip("awscrt")
    upload = start(s3, bucket, ChecksumAlgorithm=algorithm)
    member = "Checksum" + algorithm
    put = s3.upload_part(Bucket=bucket, Key="k", UploadId=upload, PartNumber=1, Body=b"x", ChecksumAlgorithm=algorithm)
    only = {"PartNumber": 1, "ETag": put["ETag"]}
    answer = refusal(complete, s3=s3, bucket=bucket, upload=upload, parts=[only])
    assert answer["Error"]["Message"] == (
        f"The upload was created using a {algorithm.lower()} checksum. The complete request must include the checksum for "
        "each part. It was missing for part 1 in the request."
    )
    done = complete(s3, bucket, upload, [{**only, member: put[member]}])
    assert done[member].endswith("-1")
    if algorithm == "SHA256":
        whole = hashlib.sha256(base64.b64decode(put[member])).digest()
        assert done[member] == base64.b64encode(whole).decode() + "-1"
    assert s3.head_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")[member] == done[member]
    # The attributes show it without the number of parts, a part its own.
    attributes = s3.get_object_attributes(Bucket=bucket, Key="k", ObjectAttributes=["Checksum", "ObjectParts"])
    assert attributes["Checksum"][member] == done[member].removesuffix("-1")
    assert [p[member] for p in attributes["ObjectParts"]["Parts"]] == [put[member]]
    assert s3.get_object(Bucket=bucket, Key="k", PartNumber=1, ChecksumMode="ENABLED")[member] == put[member]


def with_checksums(number, etag, **checksums):
    members = "".join(f"<Checksum{name}>{value}</Checksum{name}>" for name, value in checksums.items())
    part = f"<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag>{members}</Part>"
    return f"<CompleteMultipartUpload>{part}</CompleteMultipartUpload>"


@pytest.mark.parametrize("kind", ["COMPOSITE", "FULL_OBJECT", None])
def test_a_part_is_named_by_its_checksum_too(raw, s3, bucket, kind):
    """None: the upload has no algorithm, so that no part of it can have one."""
    headers = {"x-amz-checksum-algorithm": "CRC32", "x-amz-checksum-type": kind} if kind else {}
    begun = raw("s3", "POST", f"/{bucket}/k?uploads=", headers=headers)
    upload = begun.text.split("<UploadId>")[1].split("<")[0]
    own = base64.b64encode(zlib.crc32(b"x").to_bytes(4, "big")).decode()
    etag = s3.upload_part(Bucket=bucket, Key="k", UploadId=upload, PartNumber=1, Body=b"x", ChecksumCRC32=own)["ETag"].strip('"')

    def complete(**checksums):
        return raw("s3", "POST", f"/{bucket}/k?uploadId={upload}", body=with_checksums(1, etag, **checksums))

    missing = (400, {
        "Code": "InvalidPart", "UploadId": upload, "PartNumber": "1", "ETag": etag,
        "Message": "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified "
        "entity tag may not match the part's entity tag.",
    })  # fmt: skip
    assert error_document(complete(CRC32="AAAAAA==")) == missing
    if not kind:
        assert error_document(complete(CRC32=own)) == missing
        assert complete().status == 200
        return
    assert error_document(complete(SHA256=base64.b64encode(b"0" * 32).decode())) == (
        400, {"Code": "BadDigest", "Message": "The sha256 you specified for part 1 did not match what we received."})
    assert complete(CRC32=own).status == 200


def test_no_checksum_is_added_to_bytes_under_a_customers_key(s3, bucket):
    key = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": "k" * 32}
    upload = start(s3, bucket, **key)
    put = s3.upload_part(Bucket=bucket, Key="k", UploadId=upload, PartNumber=1, Body=b"x", **key)
    s3.complete_multipart_upload(
        Bucket=bucket, Key="k", UploadId=upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": put["ETag"]}]})
    headers = s3.head_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED", **key)["ResponseMetadata"]["HTTPHeaders"]
    assert not [name for name in headers if name.startswith("x-amz-checksum")]


@pytest.mark.parametrize("algorithm", ["CRC32", "CRC32C", "CRC64NVME"])
def test_full_object_checksums(raw, s3, bucket, algorithm):
    """What is combined from the parts is what the whole has: a copy's checksum is computed over its bytes."""
    data = os.urandom(5 * MIB) + b"the end"
    wanted = {"x-amz-checksum-algorithm": algorithm, "x-amz-checksum-type": "FULL_OBJECT"}
    answer = raw("s3", "POST", f"/{bucket}/k?uploads=", headers=wanted)
    assert answer.headers["x-amz-checksum-type"] == "FULL_OBJECT" and answer.headers["x-amz-checksum-algorithm"] == algorithm
    upload = answer.text.split("<UploadId>")[1].split("<")[0]
    parts = [part(s3, bucket, upload, 1, data[: 5 * MIB]), part(s3, bucket, upload, 2, data[5 * MIB :])]
    xml = "".join(f"<Part><PartNumber>{p['PartNumber']}</PartNumber><ETag>{p['ETag']}</ETag></Part>" for p in parts)
    body, name = f"<CompleteMultipartUpload>{xml}</CompleteMultipartUpload>", f"x-amz-checksum-{algorithm.lower()}"
    path, size = f"/{bucket}/k?uploadId={upload}", str(len(data))

    def refused(message, kind="InvalidRequest", **headers):
        headers = {header.replace("_", "-"): value for header, value in headers.items()}
        assert error_document(raw("s3", "POST", path, body=body, headers=headers)) == (400, {"Code": kind, "Message": message})

    refused("The upload was created using the FULL_OBJECT checksum mode. The complete request must use the same checksum mode.",
            x_amz_checksum_type="COMPOSITE")  # fmt: skip
    refused(f"The provided 'x-amz-mp-object-size' header value 5 does not match what was computed: {size}", x_amz_mp_object_size="5")
    nothing = "AAAAAAAAAAA=" if algorithm == "CRC64NVME" else "AAAAAA=="
    refused(f"The {algorithm.lower()} you specified did not match the calculated checksum.", "BadDigest", **{name: nothing})
    if algorithm == "CRC32":
        numbered = base64.b64encode(zlib.crc32(data).to_bytes(4, "big")).decode() + "-2"
        refused("The crc32 you specified did not match the calculated checksum.", "BadDigest", **{name: numbered})
    done = raw("s3", "POST", path, body=body, headers={"x-amz-checksum-type": "FULL_OBJECT", "x-amz-mp-object-size": size})
    whole = done.text.split(f"<Checksum{algorithm}>")[1].split("<")[0]
    assert "<ChecksumType>FULL_OBJECT</ChecksumType>" in done.text
    if algorithm == "CRC32":
        assert whole == base64.b64encode(zlib.crc32(data).to_bytes(4, "big")).decode()
    head = raw("s3", "HEAD", f"/{bucket}/k", headers={"x-amz-checksum-mode": "ENABLED"}).headers
    assert head[name] == whole and head["x-amz-checksum-type"] == "FULL_OBJECT"
    one = raw("s3", "HEAD", f"/{bucket}/k?partNumber=1", headers={"x-amz-checksum-mode": "ENABLED"}).headers
    assert one["content-length"] == str(5 * MIB) and name not in one and "x-amz-checksum-type" not in one
    copy = raw("s3", "PUT", f"/{bucket}/copy", headers={"x-amz-copy-source": f"/{bucket}/k", "x-amz-checksum-algorithm": algorithm})
    assert f"<Checksum{algorithm}>{whole}</Checksum{algorithm}>" in copy.text


@pytest.mark.parametrize(
    "headers, message",
    [
        ({"x-amz-checksum-type": "COMPOSITE"}, "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header."),
        (
            {"x-amz-checksum-algorithm": "SHA1", "x-amz-checksum-type": "FULL_OBJECT"},
            "The FULL_OBJECT checksum type cannot be used with the sha1 checksum algorithm.",
        ),
        (
            {"x-amz-checksum-algorithm": "CRC64NVME", "x-amz-checksum-type": "COMPOSITE"},
            "The COMPOSITE checksum type cannot be used with the crc64nvme checksum algorithm.",
        ),
        ({"x-amz-checksum-algorithm": "MD5"}, "Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]"),
    ],
)
def test_checksum_kinds_that_are_refused(raw, bucket, headers, message):
    answer = raw("s3", "POST", f"/{bucket}/k?uploads=", headers=headers)
    assert answer.status == 400 and f"<Message>{message}</Message>" in answer.text


def test_a_part_with_another_checksum(s3, bucket):
    upload = start(s3, bucket, ChecksumAlgorithm="SHA256")
    answer = refusal(
        s3.upload_part, Bucket=bucket, Key="k", UploadId=upload, PartNumber=1, Body=b"x", ChecksumAlgorithm="CRC32"
    )
    assert answer["Error"]["Message"] == "Checksum Type mismatch occurred, expected checksum Type: sha256, actual checksum Type: crc32"


@pytest.mark.parametrize("algorithm", ["CRC32", "SHA256"])
def test_an_upload_without_algorithm_takes_any_checksum(s3, bucket, algorithm):
    """SDKs add CRC32 to parts of their own accord; the object's own checksum is CRC64NVME."""
    upload = s3.create_multipart_upload(Bucket=bucket, Key="m")["UploadId"]
    part = {"Bucket": bucket, "Key": "m", "UploadId": upload}
    first = s3.upload_part(PartNumber=1, Body=b"a" * 5 * MIB, ChecksumAlgorithm=algorithm, **part)
    assert first[f"Checksum{algorithm}"]
    second = s3.upload_part(PartNumber=2, Body=b"b", **part)
    wrong = {"x-amz-checksum-crc32": "AAAAAA=="}
    with pytest.raises(ClientError) as refused:
        s3.upload_part(PartNumber=3, Body=b"c", ChecksumCRC32=wrong["x-amz-checksum-crc32"], **part)
    assert refused.value.response["Error"]["Code"] == "BadDigest"
    parts = [{"PartNumber": n, "ETag": p["ETag"]} for n, p in ((1, first), (2, second))]
    s3.complete_multipart_upload(MultipartUpload={"Parts": parts}, **part)
    headers = s3.head_object(Bucket=bucket, Key="m", ChecksumMode="ENABLED")["ResponseMetadata"]["HTTPHeaders"]
    assert headers["x-amz-checksum-crc64nvme"] and headers["x-amz-checksum-type"] == "FULL_OBJECT"


def test_conditions_of_complete(raw, s3, bucket):
    etag = s3.put_object(Bucket=bucket, Key="k", Body=b"there")["ETag"]
    upload = start(s3, bucket)
    first = part(s3, bucket, upload, 1, b"x")["ETag"]
    body = f"<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{first}</ETag></Part></CompleteMultipartUpload>"

    def complete(**headers):
        return raw("s3", "POST", f"/{bucket}/k?uploadId={upload}", body=body, headers={k.replace("_", "-"): v for k, v in headers.items()})

    for headers, condition in (({"If_Match": first}, "If-Match"), ({"If_None_Match": "*"}, "If-None-Match")):
        assert error_document(complete(**headers)) == (412, {
            "Code": "PreconditionFailed", "Message": "At least one of the pre-conditions you specified did not hold", "Condition": condition,
        })
    assert error_document(complete(If_None_Match=first))[0] == 501
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"there"
    assert complete(If_Match=etag).status == 200
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"


def test_completing_after_the_key_was_deleted_is_a_conflict(raw, s3, bucket):
    def begin():
        upload = s3.create_multipart_upload(Bucket=bucket, Key="m")["UploadId"]
        return upload, s3.upload_part(Bucket=bucket, Key="m", UploadId=upload, PartNumber=1, Body=b"x")["ETag"]

    def complete(upload, etag):
        body = f"<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{etag}</ETag></Part></CompleteMultipartUpload>"
        return raw("s3", "POST", f"/{bucket}/m?uploadId={upload}", body=body, headers={"If-None-Match": "*"})

    during = begin()
    s3.put_object(Bucket=bucket, Key="m", Body=b"y")
    assert complete(*during).status == 412
    s3.delete_object(Bucket=bucket, Key="m")
    answer = complete(*during)
    assert answer.status == 409 and "<Code>ConditionalRequestConflict</Code>" in answer.text
    assert complete(*begin()).status == 200  # an upload that began after the deletion knows nothing of it
    s3.abort_multipart_upload(Bucket=bucket, Key="m", UploadId=during[0])


def test_completing_over_what_was_written_meanwhile_is_a_conflict(raw, s3, bucket):
    def begin():
        upload = s3.create_multipart_upload(Bucket=bucket, Key="m")["UploadId"]
        return upload, s3.upload_part(Bucket=bucket, Key="m", UploadId=upload, PartNumber=1, Body=b"x")["ETag"]

    def complete(begun, etag):
        body = with_checksums(1, begun[1])
        return raw("s3", "POST", f"/{bucket}/m?uploadId={begun[0]}", body=body, headers={"If-Match": etag})

    early = begin()
    written = s3.put_object(Bucket=bucket, Key="m", Body=b"y")["ETag"]
    conflict = (409, {
        "Code": "ConditionalRequestConflict", "Condition": "If-Match", "Key": "m",
        "Message": "The conditional request cannot succeed due to a conflicting operation against this resource.",
    })  # fmt: skip
    assert error_document(complete(early, written)) == conflict
    assert error_document(complete(early, '"0"'))[0] == 412
    s3.delete_object(Bucket=bucket, Key="m")
    assert error_document(complete(early, written))[0] == 404
    s3.put_object(Bucket=bucket, Key="m", Body=b"y")  # the same bytes again
    assert error_document(complete(early, written)) == conflict
    s3.put_object_tagging(Bucket=bucket, Key="m", Tagging={"TagSet": []})
    late = begin()
    s3.put_object_tagging(Bucket=bucket, Key="m", Tagging={"TagSet": [{"Key": "a", "Value": "b"}]})  # that is no write
    assert complete(late, written).status == 200


def test_part_copies(s3, bucket):
    s3.put_object(Bucket=bucket, Key="source", Body=b"0123456789")
    upload = start(s3, bucket)
    source = {"Bucket": bucket, "Key": "k", "UploadId": upload, "PartNumber": 1, "CopySource": f"{bucket}/source"}
    copied = s3.upload_part_copy(**source, CopySourceRange="bytes=2-4")
    complete(s3, bucket, upload, [{"PartNumber": 1, "ETag": copied["CopyPartResult"]["ETag"]}])
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"234"
    source["UploadId"] = start(s3, bucket)
    answer = refusal(s3.upload_part_copy, **source, CopySourceRange="bytes=5-")
    assert answer["Error"]["Message"].startswith("The x-amz-copy-source-range value must be of the form")
    answer = refusal(s3.upload_part_copy, **source, CopySourceRange="bytes=5-10")
    assert answer["Error"]["Message"] == "Range specified is not valid for source object of size: 10"
    answer = refusal(s3.upload_part_copy, **source, CopySourceRange="bytes=10-11")
    assert (answer["Error"]["Code"], answer["Error"]["Message"]) == (
        "InvalidRequest", "The specified copy range is invalid for the source object size")


def test_transfer_manager(s3, bucket, tmp_path):
    data = os.urandom(20 * MIB + 5)
    config = TransferConfig(multipart_threshold=6 * MIB, multipart_chunksize=6 * MIB, max_concurrency=4)
    s3.upload_fileobj(io.BytesIO(data), bucket, "big", Config=config, ExtraArgs={"ChecksumAlgorithm": "SHA256"})
    target = io.BytesIO()
    s3.download_fileobj(bucket, "big", target, Config=config)
    assert target.getvalue() == data
    assert s3.head_object(Bucket=bucket, Key="big")["ETag"].endswith('-4"')
    s3.copy({"Bucket": bucket, "Key": "big"}, bucket, "copy", Config=config)
    assert s3.get_object(Bucket=bucket, Key="copy")["Body"].read() == data


# -- the AWS CLI


@pytest.fixture
def cli(endpoint, account, tmp_path):
    def run(*arguments):
        environment = clean_environment(
            AWS_ACCESS_KEY_ID=account, AWS_SECRET_ACCESS_KEY="test", AWS_DEFAULT_REGION="us-east-1", HOME=str(tmp_path)
        )
        done = subprocess.run(
            ["/usr/bin/aws", "--endpoint-url", endpoint, *arguments], env=environment, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


@pytest.mark.skipif(not os.path.exists("/usr/bin/aws"), reason="no AWS CLI")
def test_cli(cli, s3, bucket, tmp_path):
    tree = tmp_path / "tree"
    (tree / "sub dir").mkdir(parents=True)
    (tree / "a.txt").write_text("a")
    (tree / "sub dir" / "b.txt").write_text("b")
    big = os.urandom(9 * MIB)
    (tree / "big.bin").write_bytes(big)
    for file in ("a.txt", "sub dir/b.txt", "big.bin"):
        # A file of the same second as its object counts as newer: LastModified has no fraction.
        os.utime(tree / file, (1_700_000_000, 1_700_000_000))
    cli("s3", "sync", str(tree), f"s3://{bucket}/tree")
    assert s3.get_object(Bucket=bucket, Key="tree/big.bin")["Body"].read() == big
    listed = cli("s3", "ls", f"s3://{bucket}", "--recursive")
    assert "tree/sub dir/b.txt" in listed
    assert "PRE tree/" in cli("s3", "ls", f"s3://{bucket}")
    cli("s3", "cp", f"s3://{bucket}/tree/a.txt", f"s3://{bucket}/copy.txt")
    cli("s3", "cp", f"s3://{bucket}/tree/big.bin", str(tmp_path / "back.bin"))
    assert (tmp_path / "back.bin").read_bytes() == big
    assert "upload" not in cli("s3", "sync", str(tree), f"s3://{bucket}/tree")
    cli("s3", "rm", f"s3://{bucket}", "--recursive")
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0
    cli("s3", "rb", f"s3://{bucket}")
