"""Objects under a key that the customer keeps (SSE-C): nobody reads them without it."""

import base64
import hashlib

import pytest
from botocore.exceptions import ClientError

KEY, OTHER = b"k" * 32, b"o" * 32
MINE = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": KEY}
THEIRS = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": OTHER}
PREFIX = "x-amz-server-side-encryption-customer-"


def refusal(call, **parameters):
    with pytest.raises(ClientError) as error:
        call(**parameters)
    answer = error.value.response
    return answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"], answer["Error"].get("Message", "")


def test_put_get_head(s3, bucket):
    put = s3.put_object(Bucket=bucket, Key="a", Body=b"secret", **MINE)
    md5 = base64.b64encode(hashlib.md5(KEY).digest()).decode()
    assert put["SSECustomerAlgorithm"] == "AES256" and put["SSECustomerKeyMD5"] == md5
    assert "ServerSideEncryption" not in put
    assert put["ETag"].strip('"') != hashlib.md5(b"secret").hexdigest()
    got = s3.get_object(Bucket=bucket, Key="a", **MINE)
    assert got["Body"].read() == b"secret" and got["SSECustomerKeyMD5"] == md5
    assert s3.head_object(Bucket=bucket, Key="a", **MINE)["ETag"] == put["ETag"]
    assert s3.get_object(Bucket=bucket, Key="a", Range="bytes=1-2", **MINE)["Body"].read() == b"ec"


def test_without_the_key_or_with_another(s3, bucket):
    s3.put_object(Bucket=bucket, Key="a", Body=b"secret", **MINE)
    s3.put_object(Bucket=bucket, Key="plain", Body=b"x")
    assert refusal(s3.get_object, Bucket=bucket, Key="a") == (
        400, "InvalidRequest",
        "The object was stored using a form of Server Side Encryption. The correct parameters must be provided to "
        "retrieve the object.",
    )
    assert refusal(s3.get_object, Bucket=bucket, Key="a", **THEIRS)[:2] == (403, "AccessDenied")
    assert refusal(s3.head_object, Bucket=bucket, Key="a")[0] == 400
    assert refusal(s3.head_object, Bucket=bucket, Key="a", **THEIRS)[0] == 403
    assert refusal(s3.get_object_attributes, Bucket=bucket, Key="a", ObjectAttributes=["ETag"])[0] == 400
    assert refusal(s3.get_object, Bucket=bucket, Key="plain", **MINE) == (
        400, "InvalidRequest", "The encryption parameters are not applicable to this object.",
    )


@pytest.mark.parametrize(
    "headers, code, message",
    [
        ({"algorithm": "AES256"}, "InvalidArgument", "must provide an appropriate secret key"),
        ({"key": base64.b64encode(KEY).decode()}, "InvalidArgument", "must provide a valid encryption algorithm"),
        ({"algorithm": "DES", "key": base64.b64encode(KEY).decode()}, "InvalidEncryptionAlgorithmError", "AES256"),
        ({"algorithm": "AES256", "key": "c2hvcnQ="}, "InvalidArgument", "The secret key was invalid"),
        (
            {"algorithm": "AES256", "key": base64.b64encode(KEY).decode(), "key-MD5": "AAAAAAAAAAAAAAAAAAAAAA=="},
            "InvalidArgument", "The calculated MD5 hash of the key did not match the hash that was provided.",
        ),
    ],
)
def test_keys_that_are_refused(raw, s3, bucket, headers, code, message):
    answer = raw("s3", "PUT", f"/{bucket}/k", body=b"x", headers={PREFIX + k: v for k, v in headers.items()})
    assert answer.status == 400 and f"<Code>{code}</Code>" in answer.text and message in answer.text
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)


def test_reading_without_the_keys_digest(raw, s3, bucket):
    s3.put_object(Bucket=bucket, Key="a", Body=b"secret", **MINE)
    key = {PREFIX + "algorithm": "AES256", PREFIX + "key": base64.b64encode(KEY).decode()}
    assert raw("s3", "GET", f"/{bucket}/a", headers=key).status == 403
    assert raw("s3", "HEAD", f"/{bucket}/a", headers=key).status == 403
    assert raw("s3", "PUT", f"/{bucket}/a", body=b"x", headers=key).status == 400


def test_the_etag_under_a_key_of_kms_is_no_digest_of_the_bytes(s3, bucket):
    kms = {"ServerSideEncryption": "aws:kms"}
    put = s3.put_object(Bucket=bucket, Key="a", Body=b"secret", **kms)
    assert len(put["ETag"]) == 34 and put["ETag"].strip('"') != hashlib.md5(b"secret").hexdigest()
    assert s3.get_object(Bucket=bucket, Key="a", IfMatch=put["ETag"])["Body"].read() == b"secret"
    copy = s3.copy_object(Bucket=bucket, Key="plain", CopySource=f"{bucket}/a", ServerSideEncryption="AES256")
    assert copy["CopyObjectResult"]["ETag"].strip('"') == hashlib.md5(b"secret").hexdigest()


def test_copies(s3, bucket):
    s3.put_object(Bucket=bucket, Key="a", Body=b"secret", **MINE)
    source = {"Bucket": bucket, "Key": "a"}
    assert refusal(s3.copy_object, Bucket=bucket, Key="b", CopySource=source)[0] == 400
    opened = {"CopySourceSSECustomerAlgorithm": "AES256", "CopySourceSSECustomerKey": KEY}
    s3.copy_object(Bucket=bucket, Key="open", CopySource=source, **opened)
    assert s3.get_object(Bucket=bucket, Key="open")["Body"].read() == b"secret"
    s3.copy_object(Bucket=bucket, Key="a", CopySource=source, **opened, **THEIRS)  # another key for the same object
    assert s3.get_object(Bucket=bucket, Key="a", **THEIRS)["Body"].read() == b"secret"


def test_uploads_in_parts(s3, bucket):
    upload = s3.create_multipart_upload(Bucket=bucket, Key="m", **MINE)
    assert upload["SSECustomerAlgorithm"] == "AES256"
    part = {"Bucket": bucket, "Key": "m", "UploadId": upload["UploadId"], "PartNumber": 1, "Body": b"part"}
    assert "Subsequent part requests must include" in refusal(s3.upload_part, **part)[2]
    plain = s3.create_multipart_upload(Bucket=bucket, Key="m")["UploadId"]
    assert "Subsequent part requests must include" in refusal(s3.upload_part, **{**part, "UploadId": plain}, **MINE)[2]
    assert "did not match the ones used originally" in refusal(s3.upload_part, **part, **THEIRS)[2]
    etag = s3.upload_part(**part, **MINE)["ETag"]
    s3.complete_multipart_upload(
        Bucket=bucket, Key="m", UploadId=upload["UploadId"],
        MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": etag}]},
    )
    assert s3.get_object(Bucket=bucket, Key="m", **MINE)["Body"].read() == b"part"
    assert refusal(s3.get_object, Bucket=bucket, Key="m")[0] == 400


def test_sub_resources_that_are_not_built_are_named(raw, s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"kept")
    for method, path, operation in (
        ("PUT", f"/{bucket}/k?renameObject=", "RenameObject"),
        ("GET", f"/{bucket}/k?torrent=", "GetObjectTorrent"),
        ("GET", f"/{bucket}?metadataTable=", "GetBucketMetadataTableConfiguration"),
        ("GET", f"/{bucket}?session=", "CreateSession"),
    ):
        answer = raw("s3", method, path)
        assert answer.status == 501 and f"The operation {operation} is not implemented" in answer.text
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"kept"
