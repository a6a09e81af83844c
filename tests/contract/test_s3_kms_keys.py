"""S3: objects under a customer's KMS key are written and read only by who may use it, while it can be used."""

import urllib.error
import urllib.request

import pytest
from harness.tables import refusal


@pytest.fixture
def kms(client):
    return client("kms")


@pytest.fixture
def key(kms):
    return kms.create_key()["KeyMetadata"]["Arn"]


def under(key):
    return {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}


def test_a_key_by_any_name_is_shown_by_its_arn(s3, bucket, kms, key, unique):
    alias = "alias/" + unique("bucket")
    kms.create_alias(AliasName=alias, TargetKeyId=key)
    for name in (key, key.split("/")[1], alias):
        assert s3.put_object(Bucket=bucket, Key="a", Body=b"x", **under(name))["SSEKMSKeyId"] == key
        assert s3.get_object(Bucket=bucket, Key="a")["SSEKMSKeyId"] == key


def test_keys_that_cant_be_used(s3, bucket, kms, key, account):
    absent = f"arn:aws:kms:us-east-1:{account}:key/00000000-0000-4000-8000-000000000000"
    put = lambda name: refusal(s3.put_object, Bucket=bucket, Key="a", Body=b"x", **under(name))  # noqa: E731
    assert put(absent) == ("KMS.NotFoundException", f"Key '{absent}' does not exist")
    assert put("fake") == ("KMS.NotFoundException", "Invalid keyId 'fake'")
    assert put(key.replace("us-east-1", "eu-west-1")) == ("KMS.NotFoundException", "Invalid arn eu-west-1")
    s3.put_object(Bucket=bucket, Key="a", Body=b"x", **under(key))
    kms.disable_key(KeyId=key)
    disabled = ("KMS.DisabledException", f"{key} is disabled.")
    assert put(key) == refusal(s3.get_object, Bucket=bucket, Key="a") == disabled
    assert refusal(s3.create_multipart_upload, Bucket=bucket, Key="a", **under(key)) == disabled
    kms.schedule_key_deletion(KeyId=key)
    assert refusal(s3.get_object, Bucket=bucket, Key="a") == ("KMS.KMSInvalidStateException", f"{key} is pending deletion.")
    assert s3.head_object(Bucket=bucket, Key="a")["SSEKMSKeyId"] == key


def test_who_may_not_use_the_key_may_not_use_the_object(s3, bucket, kms, key, make_principal):
    s3.put_object(Bucket=bucket, Key="a", Body=b"x", **under(key))
    stranger = make_principal({"Effect": "Allow", "Action": "s3:*", "Resource": "*"}).client("s3")
    code, message = refusal(stranger.get_object, Bucket=bucket, Key="a")
    assert code == "AccessDenied" and f"not authorized to perform: kms:Decrypt on resource: {key} because no identity-based policy" in message
    code, message = refusal(stranger.put_object, Bucket=bucket, Key="a", Body=b"x", **under(key))
    assert code == "AccessDenied" and "kms:GenerateDataKey" in message
    friend = make_principal({"Effect": "Allow", "Action": "s3:*", "Resource": "*"},
                            {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": key, "Condition": {"StringEquals": {
                                "kms:ViaService": "s3.us-east-1.amazonaws.com", "kms:EncryptionContext:aws:s3:arn": f"arn:aws:s3:::{bucket}/a"}}})
    assert friend.client("s3").get_object(Bucket=bucket, Key="a")["Body"].read() == b"x"


def test_copies_and_parts_need_the_key_as_well(s3, bucket, key, make_principal):
    s3.put_object(Bucket=bucket, Key="a", Body=b"x", **under(key))
    everything = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    stranger = make_principal(everything).client("s3")
    code, message = refusal(stranger.copy_object, Bucket=bucket, Key="b", CopySource=f"{bucket}/a")
    assert code == "AccessDenied" and f"kms:Decrypt on resource: {key}" in message
    writer = make_principal(everything, {"Effect": "Allow", "Action": "kms:GenerateDataKey", "Resource": key}).client("s3")
    upload = writer.create_multipart_upload(Bucket=bucket, Key="parts", **under(key))["UploadId"]
    part = {"Bucket": bucket, "Key": "parts", "UploadId": upload, "PartNumber": 1, "Body": b"x"}
    code, message = refusal(writer.upload_part, **part)
    assert code == "AccessDenied" and f"kms:Decrypt on resource: {key}" in message
    s3.upload_part(**part)


def test_a_form_puts_under_the_key_that_it_names(s3, bucket, kms, key):
    fields = {"x-amz-server-side-encryption": "aws:kms", "x-amz-server-side-encryption-aws-kms-key-id": key}
    post = s3.generate_presigned_post(bucket, "form", Fields=fields, Conditions=[{name: value} for name, value in fields.items()])
    boundary = "----b"
    form = "".join(f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in post["fields"].items())
    form += f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\nhidden\r\n--{boundary}--\r\n'

    def send():
        request = urllib.request.Request(post["url"], data=form.encode(), headers={"Content-Type": f"multipart/form-data; boundary={boundary}"})
        try:
            return urllib.request.urlopen(request).status
        except urllib.error.HTTPError as error:
            return error.read().decode()

    assert send() == 204
    got = s3.get_object(Bucket=bucket, Key="form")
    assert (got["Body"].read(), got["SSEKMSKeyId"]) == (b"hidden", key)
    kms.disable_key(KeyId=key)
    assert "KMS.DisabledException" in send()
