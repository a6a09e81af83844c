"""KMS: the keys that AWS manages, as Terraform and SDKs read them."""

import json

import pytest
from harness.tables import refusal

ABSENT = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def kms(client):
    return client("kms")


def alias_of(client, service):
    entry, = [a for a in client.list_aliases()["Aliases"] if a["AliasName"] == f"alias/aws/{service}"]
    return entry


def test_a_managed_key_comes_to_be_at_its_first_use(kms, account):
    alias = alias_of(kms, "sns")
    assert alias == {"AliasName": "alias/aws/sns", "AliasArn": f"arn:aws:kms:us-east-1:{account}:alias/aws/sns"}
    key = kms.describe_key(KeyId="alias/aws/sns")["KeyMetadata"]
    created, material = key.pop("CreationDate"), key.pop("CurrentKeyMaterialId", "0" * 64)
    assert len(material) == 64
    assert key == {
        "AWSAccountId": account,
        "KeyId": key["KeyId"],
        "Arn": f"arn:aws:kms:us-east-1:{account}:key/{key['KeyId']}",
        "Enabled": True,
        "Description": "Default key that protects my SNS data when no other key is defined",
        "KeyUsage": "ENCRYPT_DECRYPT",
        "KeyState": "Enabled",
        "Origin": "AWS_KMS",
        "KeyManager": "AWS",
        "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT",
        "KeySpec": "SYMMETRIC_DEFAULT",
        "EncryptionAlgorithms": ["SYMMETRIC_DEFAULT"],
        "MultiRegion": False,
    }
    alias = alias_of(kms, "sns")
    assert alias["TargetKeyId"] == key["KeyId"] and alias["CreationDate"] == created
    for name in (key["KeyId"], key["Arn"], alias["AliasArn"]):
        assert kms.describe_key(KeyId=name)["KeyMetadata"]["Arn"] == key["Arn"]
    assert kms.list_aliases(KeyId=key["KeyId"])["Aliases"] == [alias]
    assert {"KeyId": key["KeyId"], "KeyArn": key["Arn"]} in kms.list_keys()["Keys"]


def test_keys_belong_to_an_account_in_a_region(client):
    keys = [client("kms").describe_key(KeyId="alias/aws/s3"), client("kms", region="eu-west-1").describe_key(KeyId="alias/aws/s3"),
            client("kms", account="123123123123").describe_key(KeyId="alias/aws/s3")]
    assert len({k["KeyMetadata"]["KeyId"] for k in keys}) == 3


def test_a_table_is_encrypted_by_the_key_that_kms_shows(client, dynamodb, make_table, call):
    name = make_table(SSESpecification={"Enabled": True})
    european = client("kms", region="eu-west-1")
    assert "TargetKeyId" in alias_of(client("kms"), "dynamodb")
    key = client("kms").describe_key(KeyId="alias/aws/dynamodb")["KeyMetadata"]["Arn"]
    assert dynamodb.describe_table(TableName=name)["Table"]["SSEDescription"] == {
        "Status": "ENABLED", "SSEType": "KMS", "KMSMasterKeyArn": key}
    named = make_table(SSESpecification={"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": "alias/aws/dynamodb"})
    assert dynamodb.describe_table(TableName=named)["Table"]["SSEDescription"]["KMSMasterKeyArn"] == key

    assert "TargetKeyId" not in alias_of(european, "dynamodb")
    dynamodb.update_table(TableName=name, ReplicaUpdates=[{"Create": {"RegionName": "eu-west-1"}}])
    replica = client("dynamodb", region="eu-west-1").describe_table(TableName=name)["Table"]
    assert replica["SSEDescription"]["KMSMasterKeyArn"].endswith(alias_of(european, "dynamodb")["TargetKeyId"])
    own = european.create_key()["KeyMetadata"]["Arn"]
    call("UpdateTable", {"TableName": name, "ReplicaUpdates": [{"Update": {"RegionName": "eu-west-1", "KMSMasterKeyId": own}}]})
    replica = client("dynamodb", region="eu-west-1").describe_table(TableName=name)["Table"]
    assert replica["SSEDescription"]["KMSMasterKeyArn"] == own
    shown, = dynamodb.describe_table(TableName=name)["Table"]["Replicas"]
    assert shown["KMSMasterKeyId"] == own


def test_aliases_come_in_pages(kms):
    whole = [a["AliasName"] for a in kms.list_aliases()["Aliases"]]
    assert whole == sorted(whole)
    pages = kms.get_paginator("list_aliases").paginate(PaginationConfig={"PageSize": 5})
    assert [a["AliasName"] for page in pages for a in page["Aliases"]] == whole
    assert refusal(kms.list_aliases, Marker="alias/nowhere")[0] == "InvalidMarkerException"


def test_what_is_not_there_is_not_found(kms, account):
    here = f"arn:aws:kms:us-east-1:{account}:"
    for name, message in (
        ("alias/mine", f"Alias {here}alias/mine is not found."),
        (ABSENT, f"Key '{here}key/{ABSENT}' does not exist"),
        (f"{here}key/{ABSENT}", f"Key '{here}key/{ABSENT}' does not exist"),
        (f"arn:aws:kms:eu-west-1:{account}:alias/aws/s3", "Invalid arn eu-west-1"),
        ("mine", "Invalid keyId 'mine'"),
    ):
        assert refusal(kms.describe_key, KeyId=name) == ("NotFoundException", message)


def test_other_operations_say_that_they_are_not_there(raw):
    answer = raw("kms", "POST", "/", json.dumps({}), {"X-Amz-Target": "TrentService.CreateCustomKeyStore",
                                                      "Content-Type": "application/x-amz-json-1.1"})
    assert answer.status == 501 and "CreateCustomKeyStore" in answer.text
