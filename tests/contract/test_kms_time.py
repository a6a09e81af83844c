"""KMS by the emulator's clock: deletions, rotations, material that expires."""

import json

import pytest
from harness.own_server import endpoint, server  # noqa: F401
from harness.tables import refusal

DAY_S = 86_400


@pytest.fixture
def kms(client):
    return client("kms")


def test_a_key_and_its_aliases_are_deleted_when_the_window_ends(kms, emulator_clock):
    key = kms.create_key()["KeyMetadata"]
    kms.create_alias(AliasName="alias/doomed", TargetKeyId=key["KeyId"])
    kms.schedule_key_deletion(KeyId=key["KeyId"], PendingWindowInDays=7)
    emulator_clock.advance(7 * DAY_S - 60)
    assert kms.describe_key(KeyId="alias/doomed")["KeyMetadata"]["KeyState"] == "PendingDeletion"
    emulator_clock.advance(120)
    assert refusal(kms.describe_key, KeyId=key["KeyId"]) == ("NotFoundException", f"Key '{key['Arn']}' does not exist")
    assert refusal(kms.describe_key, KeyId="alias/doomed")[0] == "NotFoundException"
    assert key["KeyId"] not in [k["KeyId"] for k in kms.list_keys()["Keys"]]
    kms.create_alias(AliasName="alias/doomed", TargetKeyId=kms.create_key()["KeyMetadata"]["KeyId"])


def test_a_key_rotates_every_year(kms, emulator_clock, raw):
    def call(operation, body):
        return json.loads(raw("kms", "POST", "/", json.dumps(body), {
            "X-Amz-Target": f"TrentService.{operation}", "Content-Type": "application/x-amz-json-1.1"}).text)

    key = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.enable_key_rotation(KeyId=key)
    old = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    emulator_clock.advance(366 * DAY_S)
    kms.encrypt(KeyId=key, Plaintext=b"x")
    rotation, = call("ListKeyRotations", {"KeyId": key})["Rotations"]
    assert rotation["RotationType"] == "AUTOMATIC"
    assert rotation["KeyMaterialId"] == call("DescribeKey", {"KeyId": key})["KeyMetadata"]["CurrentKeyMaterialId"]
    assert kms.decrypt(CiphertextBlob=old)["Plaintext"] == b"x"
