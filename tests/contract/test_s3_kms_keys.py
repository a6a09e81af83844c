"""S3: objects under a customer's KMS key are written and read only by who may use it, while it can be used."""

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
